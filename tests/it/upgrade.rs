//! Upgrades that go wrong, and those that look wrong and are not: each row of the experiment on other clients.

use std::fmt::Write as _;

use crate::{
    peer::{Conn, Peer, Request, gate},
    run::{Outcome, wscope},
};

#[test]
fn a_refusal_shows_status_headers_and_body() {
    let outcome = refused_with(
        "HTTP/1.1 403 Forbidden\r\nX-Reason: quota\r\nContent-Length: 9\r\n\r\ngo away\x1b!",
    );
    outcome
        .says("403 Forbidden")
        .says("X-Reason: quota")
        .says("go away")
        .never_says("\x1b");
}

#[test]
fn of_a_refusal_s_says_nothing_and_s_with_capital_s_one_line() {
    let quiet = |flag: &str| {
        let peer = Peer::start(|conn| {
            conn.answer("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
        });
        wscope([flag, &peer.url()]).run().exits(7).prints("")
    };
    quiet("-s").says_nothing();
    quiet("-sS")
        .says("wscope: the upgrade was refused: 403 Forbidden\n")
        .never_says("tcp");
}

#[test]
fn a_redirect_shows_where_to() {
    refused_with(
        "HTTP/1.1 302 Found\r\nLocation: ws://elsewhere.example/ws\r\nContent-Length: 0\r\n\r\n",
    )
    .says("302")
    .says("ws://elsewhere.example/ws");
}

#[test]
fn a_web_page_instead_of_an_upgrade_is_shown() {
    refused_with(
        "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 26\r\n\r\n<title>Please login</title>",
    )
    .says("200 OK")
    .says("Please login")
    .never_says("<title>");
}

#[test]
fn of_a_long_body_the_start_is_shown() {
    let body = "b".repeat(3000);
    refused_with(format!(
        "HTTP/1.1 500 Oh\r\nContent-Length: 3000\r\n\r\n{body}"
    ))
    .says("\n      bbbb")
    .says("(3000 bytes in all; -v shows more)");
}

#[test]
fn a_proxy_that_refuses_shows_its_answer() {
    let proxy = Peer::start(|conn| {
        conn.answer("HTTP/1.1 403 Forbidden\r\nX-Squid-Error: ERR_ACCESS_DENIED 0\r\nContent-Length: 0\r\n\r\n");
    });
    wscope([proxy
        .url()
        .replace("ws://127.0.0.1", "ws://wscope-test.invalid")])
    .env("http_proxy", format!("http://{}", proxy.authority()))
    .run()
    .exits(5)
    .says("proxy")
    .says("X-Squid-Error: ERR_ACCESS_DENIED 0");
}

#[test]
fn each_defect_of_a_101_is_named() {
    type Spoil = fn(String) -> String;
    let defects: [(&str, Spoil); 6] = [
        ("Sec-WebSocket-Accept", |good| {
            replace_line(
                &good,
                "Sec-WebSocket-Accept",
                "Sec-WebSocket-Accept: AAAAAAAAAAAAAAAAAAAAAAAAAAA=",
            )
        }),
        ("Sec-WebSocket-Accept", |good| {
            replace_line(&good, "Sec-WebSocket-Accept", "X: y")
        }),
        ("Upgrade", |good| replace_line(&good, "Upgrade:", "X: y")),
        ("Connection", |good| {
            replace_line(&good, "Connection:", "Connection: keep-alive")
        }),
        ("subprotocol", |good| {
            replace_line(
                &good,
                "Upgrade:",
                "Upgrade: websocket\r\nSec-WebSocket-Protocol: chat",
            )
        }),
        ("extension", |good| {
            replace_line(
                &good,
                "Upgrade:",
                "Upgrade: websocket\r\nSec-WebSocket-Extensions: x-unknown",
            )
        }),
    ];
    for (named, spoil) in defects {
        refused(move |conn| {
            let request = conn.request();
            conn.send(spoil(request.switching_protocols("")));
            conn.fin();
        })
        .says(named);
    }
}

#[test]
fn legal_oddities_of_a_101_are_accepted() {
    let oddities: [fn(String) -> String; 4] = [
        |good| replace_line(&good, "Connection:", "connection: keep-alive, UPGRADE"),
        |good| replace_line(&good, "Upgrade:", "UPGRADE: WebSocket"),
        |good| good.replacen("101 Switching Protocols", "101 ", 1),
        |good| format!("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n{good}"),
    ];
    for oddity in oddities {
        let peer = Peer::start(move |conn| {
            let request = conn.request();
            conn.send(oddity(request.switching_protocols("")));
            conn.finish(1000, "");
        });
        wscope([peer.url()]).run().exits(0).prints("");
    }
}

#[test]
fn a_101_may_come_byte_by_byte() {
    let peer = Peer::start(|conn| {
        let request = conn.request();
        conn.send_in_slices(1, request.switching_protocols(""));
        conn.finish(1000, "");
    });
    wscope([peer.url()]).run().exits(0);
}

/// Decided: accepted, and said, since other clients refuse it.
#[test]
fn a_101_in_http_1_0_is_accepted_with_a_note() {
    let peer = Peer::start(|conn| {
        let request = conn.request();
        conn.send(request.switching_protocols("").replacen("/1.1", "/1.0", 1));
        conn.finish(1000, "");
    });
    wscope([peer.url()]).run().exits(0).says("HTTP/1.0");
}

/// Decided: refused, since a proxy and a server that read such a head differently can be played against each other.
#[test]
fn a_head_whose_lines_end_in_line_feeds_alone_is_refused() {
    refused(|conn| {
        let request = conn.request();
        conn.send(request.switching_protocols("").replace("\r\n", "\n"));
        conn.fin();
    })
    .says("line feed");
}

#[test]
fn a_url_may_come_without_scheme_or_with_that_of_http() {
    for (prefix, said) in [("", "ws://"), ("http://", "ws://"), ("ws://", "")] {
        let peer = Peer::start(|conn| {
            conn.upgrade();
            conn.finish(1000, "");
        });
        wscope([format!("{prefix}{}", peer.authority())])
            .run()
            .exits(0)
            .says(said);
    }
}

#[test]
fn a_fragment_in_the_url_is_not_sent_and_warned_of() {
    let peer = Peer::start(|conn| {
        let request = conn.upgrade();
        assert_eq!(request.line(), "GET /path?query HTTP/1.1");
        conn.finish(1000, "");
    });
    wscope([format!("{}path?query#part", peer.url())])
        .run()
        .exits(0)
        .says("fragment");
}

/// Frames behind the 101, in the same segment, are the first frames.
#[test]
fn bytes_that_come_with_the_101_are_frames() {
    let peer = Peer::start(|conn| {
        let request = conn.request();
        let mut answer = request.switching_protocols("").into_bytes();
        answer.extend(b"\x81\x05hello\x81\x00\x88\x02\x03\xe8");
        conn.send(answer);
        conn.expect_close(1000);
    });
    wscope([peer.url()]).run().exits(0).prints("hello\n\n");
}

#[test]
fn a_reset_during_the_upgrade_is_a_failed_upgrade() {
    refused(|conn| {
        conn.request();
        conn.reset();
    })
    .says("reset");
}

#[test]
fn an_end_during_the_upgrade_is_a_failed_upgrade() {
    refused(|conn| {
        conn.request();
        conn.send("HTTP/1.1 101 Switching");
        conn.fin();
    })
    .says("HTTP/1.1 101 Switching");
}

/// What OpenSSL answers to a GET: a fatal alert.
#[test]
fn plain_text_to_a_tls_port_is_recognised() {
    refused_with(b"\x15\x03\x01\x00\x02\x02\x46")
        .says("TLS")
        .says("wss://");
}

#[test]
fn tls_to_a_plain_port_is_recognised() {
    let peer =
        Peer::start(|conn| conn.send("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n"));
    let url = peer.url().replace("ws://", "wss://");
    wscope([url]).run().exits(6).prints("").says("ws://");
}

#[test]
fn a_peer_that_is_silent_on_a_client_hello_is_timed_out() {
    let (done, left) = gate();
    let peer = Peer::start(move |_| left.pass());
    let url = peer.url().replace("ws://", "wss://");
    wscope(["--connect-timeout", "0.3", &url])
        .stdin_open()
        .run()
        .exits(11)
        .prints("")
        .says("TLS")
        .says("300 ms");
    done.open();
}

#[test]
fn a_peer_that_never_answers_the_upgrade_is_timed_out() {
    let (done, left) = gate();
    let peer = Peer::start(move |conn| {
        conn.request();
        left.pass();
    });
    wscope(["--connect-timeout", "0.3", &peer.url()])
        .stdin("hello\n")
        .run()
        .exits(11)
        .prints("")
        .says("upgrade");
    done.open();
}

#[test]
fn a_head_without_end_is_refused() {
    refused(|conn| {
        conn.request();
        let mut head = String::from("HTTP/1.1 101 Switching Protocols\r\n");
        for number in 0..3000 {
            let _ = write!(
                head,
                "X-Filler-{number}: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n"
            );
        }
        let _ = conn.try_send(head.as_bytes());
    })
    .says("64 KiB");
}

#[test]
fn what_is_asked_for_is_in_the_request() {
    let (request, outcome) = request_of(&[
        "-H",
        "X-One: 1",
        "--origin",
        "https://a.example",
        "-A",
        "agent/1",
        "-b",
        "k=v",
        "-u",
        "Aladdin:open sesame",
        "--subprotocol",
        "chat",
        "--no-deflate",
    ]);
    outcome.exits(0);
    for (name, value) in [
        ("X-One", "1"),
        ("Origin", "https://a.example"),
        ("User-Agent", "agent/1"),
        ("Cookie", "k=v"),
        ("Authorization", "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="),
        ("Sec-WebSocket-Protocol", "chat"),
        ("Sec-WebSocket-Version", "13"),
        ("Upgrade", "websocket"),
    ] {
        assert_eq!(request.header(name).as_deref(), Some(value), "{name}");
    }
    assert_eq!(request.header("Sec-WebSocket-Extensions"), None);
}

#[test]
fn compression_is_offered_unless_told_otherwise() {
    let (request, outcome) = request_of(&[]);
    outcome.exits(0);
    let offer = request
        .header("Sec-WebSocket-Extensions")
        .unwrap_or_default();
    assert!(offer.starts_with("permessage-deflate"), "{offer}");
}

#[test]
fn a_secret_in_the_request_stays_out_of_the_talk() {
    let peer = Peer::start(|conn| {
        conn.upgrade();
        conn.finish(1000, "");
    });
    wscope([
        "-v",
        "-H",
        "Authorization: Bearer s3cr3t",
        "-b",
        "sid=s3cr3t",
        &peer.url(),
    ])
    .run()
    .exits(0)
    .says("Authorization")
    .never_says("s3cr3t");
}

#[test]
fn a_certificate_can_be_trusted_by_file_or_not_asked_for() {
    for trust in ["--cacert", "-k"] {
        let peer = Peer::start_tls(|conn| {
            conn.upgrade();
            conn.echo();
        });
        let cacert = peer.cacert().to_owned();
        let mut args = vec![trust.into()];
        if trust == "--cacert" {
            args.push(cacert.into_os_string());
        }
        args.push(peer.url().into());
        wscope(args)
            .stdin("hello\n")
            .run()
            .exits(0)
            .prints("hello\n");
    }
}

/// The request that a run with these flags sends, and how the run ends.
fn request_of(flags: &[&str]) -> (Request, Outcome) {
    let (tell, told) = std::sync::mpsc::channel();
    let peer = Peer::start(move |conn| {
        let request = conn.request();
        let chosen = match request.header("Sec-WebSocket-Protocol") {
            Some(offered) => format!("Sec-WebSocket-Protocol: {offered}\r\n"),
            None => String::new(),
        };
        conn.send(request.switching_protocols(&chosen));
        tell.send(request).unwrap();
        conn.finish(1000, "");
    });
    let outcome = wscope(flags).args([peer.url()]).run();
    (told.recv().unwrap(), outcome)
}

fn refused_with(response: impl AsRef<[u8]> + Send + 'static) -> Outcome {
    refused(move |conn| {
        conn.answer(response);
    })
}

/// A run whose upgrade fails; some lines on stdin are ready, and nothing may come on stdout.
fn refused(script: impl FnOnce(&mut Conn) + Send + 'static) -> Outcome {
    let peer = Peer::start(script);
    wscope([peer.url()])
        .stdin("hello\n")
        .run()
        .exits(7)
        .prints("")
}

/// `head` with the line that starts so replaced.
fn replace_line(head: &str, start: &str, replacement: &str) -> String {
    let line = head
        .split("\r\n")
        .find(|line| line.starts_with(start))
        .expect("the line");
    head.replacen(line, replacement, 1)
}
