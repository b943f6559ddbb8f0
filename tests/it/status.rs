//! The exit statuses, one test each, and the closing line.

use std::net::TcpListener;

use crate::{
    peer::{Frame, Peer},
    run::wscope,
};

#[test]
fn status_0_when_all_was_done() {
    let peer = Peer::start(|conn| {
        conn.upgrade();
        conn.finish(1000, "");
    });
    wscope([peer.url()])
        .run()
        .exits(0)
        .prints("")
        .says_nothing();
}

/// `/dev/full` takes no byte.
#[test]
#[cfg(target_os = "linux")]
fn status_1_when_stdout_cannot_be_written() {
    let peer = Peer::start(|conn| {
        conn.upgrade();
        conn.text("hello");
        conn.drain();
    });
    let full = std::fs::OpenOptions::new()
        .write(true)
        .open("/dev/full")
        .unwrap();
    wscope([peer.url()])
        .stdout_to(full)
        .run()
        .exits(1)
        .says("standard output");
}

#[test]
fn status_2_for_an_impossible_command_line() {
    for (args, named) in [
        (&["--no-such-flag", "ws://127.0.0.1/"][..], "--no-such-flag"),
        (&["gopher://127.0.0.1/"], "gopher"),
        (&["ws://127.0.0.1:99999/"], "port"),
        (&["-H", "X: a\r\nEvil: b", "ws://127.0.0.1/"], "--header"),
        (&["--until", "(", "ws://127.0.0.1/"], "--until"),
        (&["--reconnect", "ws://127.0.0.1/"], "--reconnect"),
    ] {
        wscope(args).run().exits(2).prints("").says(named);
    }
}

/// RFC 2606 keeps `.invalid` from ever having an address.
#[test]
fn status_3_for_a_name_without_an_address() {
    wscope(["ws://wscope-test.invalid/"])
        .run()
        .exits(3)
        .prints("")
        .says("wscope-test.invalid");
}

#[test]
fn status_4_when_nobody_listens() {
    let address = free_address();
    wscope([format!("ws://{address}/")])
        .stdin("hello\n")
        .run()
        .exits(4)
        .prints("")
        .says("refused")
        .says(&address);
}

#[test]
fn status_5_when_the_proxy_refuses() {
    let proxy = Peer::start(|conn| {
        let request = conn.answer(
            "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"office\"\r\n\
             Content-Length: 0\r\n\r\n",
        );
        assert!(request.line().starts_with("CONNECT "), "{}", request.line());
    });
    let url = format!("http://{}", proxy.authority());
    wscope(["-x", &url, "ws://example.com/"])
        .run()
        .exits(5)
        .prints("")
        .says("407")
        .says("proxy");
}

#[test]
fn status_6_for_a_certificate_that_nobody_vouches_for() {
    let peer = Peer::start_tls(|conn| conn.drain());
    wscope([peer.url()])
        .run()
        .exits(6)
        .prints("")
        .says("certificate");
}

#[test]
fn status_7_when_the_upgrade_is_refused() {
    let peer = Peer::start(|conn| {
        conn.answer("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
    });
    wscope([peer.url()])
        .run()
        .exits(7)
        .prints("")
        .says("404 Not Found");
}

#[test]
fn status_8_when_the_peer_breaks_the_protocol() {
    let peer = Peer::start(|conn| {
        conn.upgrade();
        conn.send_frame(&Frame::text("masked").masked([1, 2, 3, 4]));
        conn.expect_close(1002);
    });
    wscope([peer.url()])
        .run()
        .exits(8)
        .prints("")
        .says("masked");
}

#[test]
fn status_9_when_the_connection_ends_without_a_close() {
    let peer = Peer::start(|conn| {
        conn.upgrade();
        conn.text("last words");
        conn.fin();
    });
    wscope([peer.url()])
        .run()
        .exits(9)
        .prints("last words\n")
        .says("FIN")
        .never_says("1006");
}

#[test]
fn status_10_when_the_peer_closes_with_an_error() {
    for code in [1002, 1008, 1011, 3000, 4001] {
        let peer = Peer::start(move |conn| {
            conn.upgrade();
            conn.finish(code, "no");
        });
        wscope([peer.url()])
            .run()
            .exits(10)
            .prints("")
            .says(&code.to_string());
    }
}

#[test]
fn status_0_for_every_code_of_a_good_end() {
    for payload in [&b"\x03\xe8"[..], b"\x03\xe9", b""] {
        let peer = Peer::start(move |conn| {
            conn.upgrade();
            conn.send_frame(&Frame::new(0x8, payload));
            assert_eq!(conn.expect(0x8), payload, "the answer repeats the code");
        });
        wscope([peer.url()]).run().exits(0).says_nothing();
    }
}

#[test]
fn status_11_when_time_is_up() {
    let peer = Peer::start(|conn| {
        conn.upgrade();
        conn.expect_close(1001);
        conn.drain();
    });
    wscope(["-m", "0.3", &peer.url()])
        .stdin_open()
        .run()
        .exits(11)
        .prints("")
        .says("--max-time");
}

#[test]
fn status_12_when_an_expectation_fails() {
    let peer = Peer::start(|conn| {
        conn.upgrade();
        conn.text("one");
        conn.finish(1000, "");
    });
    wscope(["--count", "2", &peer.url()])
        .run()
        .exits(12)
        .prints("one\n")
        .says("--count");
}

#[test]
fn the_closing_line_tells_who_what_and_how_much() {
    let peer = Peer::start(|conn| {
        conn.upgrade();
        conn.expect_text("hello");
        conn.text("abc");
        conn.finish(1011, "boom");
    });
    let outcome = wscope([peer.url()]).stdin("hello\n").run().exits(10);
    for part in ["1011", "internal error", "boom", "1 message", "5 B", "3 B"] {
        outcome.assert(
            outcome.stderr.to_lowercase().contains(&part.to_lowercase()),
            &format!("the closing line lacks {part:?}"),
        );
    }
}

#[test]
fn verbose_says_the_closing_line_after_a_good_end() {
    let peer = Peer::start(|conn| {
        conn.upgrade();
        conn.text("hello");
        conn.finish(1000, "bye");
    });
    wscope(["-v", &peer.url()])
        .run()
        .exits(0)
        .prints("hello\n")
        .says("1000")
        .says("bye");
}

#[test]
fn silent_keeps_quiet_and_keeps_the_status() {
    let peer = Peer::start(|conn| {
        conn.upgrade();
        conn.finish(4001, "bad token");
    });
    wscope(["-s", &peer.url()])
        .run()
        .exits(10)
        .prints("")
        .says_nothing();
}

/// An address where nothing listens: the port was free a moment ago.
fn free_address() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().to_string()
}

#[test]
fn a_peer_that_only_repeats_our_close_code_is_no_error() {
    let peer = Peer::start(|conn| {
        conn.upgrade();
        conn.echo();
    });
    wscope(["--send-frame", "close 4001", &peer.url()])
        .run()
        .exits(0);
}

/// The end was asked for before the write failed; what was lost is lost all the same.
#[test]
#[cfg(target_os = "linux")]
fn status_1_when_stdout_is_full_although_we_were_leaving() {
    for args in [&["--wait", "0"][..], &["-1"]] {
        let peer = Peer::start(|conn| {
            conn.upgrade();
            conn.echo();
        });
        let full = std::fs::OpenOptions::new()
            .write(true)
            .open("/dev/full")
            .unwrap();
        wscope(args.iter().copied().chain([peer.url().as_str()]))
            .stdin("hello\n")
            .stdout_to(full)
            .run()
            .exits(1)
            .says("standard output");
    }
}
