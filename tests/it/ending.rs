//! When a run ends: stdin's end, `--wait`, `--count`, `--until`, `-m`, pings without pongs.

use std::time::Duration;

use crate::{
    peer::{Frame, Peer, gate, opcode},
    run::wscope,
};

#[test]
fn one_line_is_sent_and_its_echo_printed() {
    let peer = echo();
    wscope([peer.url()])
        .stdin("hello\n")
        .run()
        .exits(0)
        .prints("hello\n")
        .says_nothing();
}

/// The reply needs longer than the request took to send, and the peer would answer a Close at once.
#[test]
fn a_late_reply_is_waited_for() {
    let peer = Peer::start(|conn| {
        conn.upgrade();
        conn.expect_text("hello");
        // what is tested is time: a reply that comes later than any Close would
        std::thread::sleep(Duration::from_millis(300));
        conn.text("reply");
        conn.expect_goodbye(1000);
    });
    wscope([peer.url()])
        .stdin("hello\n")
        .run()
        .exits(0)
        .prints("reply\n");
}

#[test]
fn a_reply_that_comes_only_after_our_close_is_printed() {
    let peer = Peer::start(|conn| {
        conn.upgrade();
        conn.expect_text("hello");
        conn.expect_close(1000);
        conn.text("reply");
        conn.close(1000, "");
        conn.fin();
    });
    wscope(["--wait", "0", &peer.url()])
        .stdin("hello\n")
        .run()
        .exits(0)
        .prints("reply\n");
}

#[test]
fn wait_forever_leaves_the_end_to_the_peer() {
    let peer = Peer::start(|conn| {
        conn.upgrade();
        conn.expect_text("hello");
        conn.text("reply");
        conn.finish(1000, "");
    });
    wscope(["--wait", "forever", &peer.url()])
        .stdin("hello\n")
        .run()
        .exits(0)
        .prints("reply\n");
}

/// Each message starts the wait anew.
#[test]
fn wait_counts_from_the_last_message() {
    let peer = Peer::start(|conn| {
        conn.upgrade();
        conn.expect_text("hello");
        for _ in 0..6 {
            std::thread::sleep(Duration::from_millis(150));
            conn.text("still here");
        }
        conn.expect_goodbye(1000);
    });
    wscope(["--wait", "0.6", &peer.url()])
        .stdin("hello\n")
        .run()
        .exits(0)
        .prints("still here\n".repeat(6));
}

#[test]
fn a_last_line_without_newline_is_a_whole_message() {
    let peer = Peer::start(|conn| {
        conn.upgrade();
        conn.expect_text("first");
        conn.expect_text("");
        conn.expect_text("last");
        conn.expect_goodbye(1000);
    });
    wscope(["--wait", "0", &peer.url()])
        .stdin("first\n\nlast")
        .run()
        .exits(0);
}

#[test]
fn a_line_of_300_000_bytes_is_one_message() {
    let line = "0123456789".repeat(30_000);
    let peer = Peer::start({
        let line = line.clone();
        move |conn| {
            conn.upgrade();
            conn.expect_text(&line);
            conn.text(&line);
            conn.expect_goodbye(1000);
        }
    });
    wscope(["--wait", "1", &peer.url()])
        .stdin(format!("{line}\n"))
        .run()
        .exits(0)
        .prints(format!("{line}\n"));
}

#[test]
fn a_line_that_is_not_utf_8_is_an_error_and_what_came_before_is_delivered() {
    let peer = Peer::start(|conn| {
        conn.upgrade();
        conn.expect_text("good");
        conn.text("reply");
        let close = conn.expect(opcode::CLOSE);
        conn.send_frame(&Frame::new(opcode::CLOSE, close));
    });
    wscope([peer.url()])
        .stdin(b"good\n\xff\xfe\nnever\n")
        .run()
        .exits(1)
        .prints("reply\n")
        .says("line 2")
        .says("--binary");
}

#[test]
fn a_hundred_thousand_lines_come_back() {
    let lines: String = (0..100_000)
        .map(|number| format!("line {number}\n"))
        .collect();
    let peer = echo();
    wscope([peer.url()])
        .stdin(lines.clone())
        .patience(Duration::from_secs(60))
        .run()
        .exits(0)
        .prints(lines);
}

#[test]
fn an_empty_stdin_is_a_listener() {
    let (key, sent) = gate();
    let peer = Peer::start(move |conn| {
        conn.upgrade();
        conn.text("one");
        sent.pass();
        conn.text("two");
        conn.finish(1000, "");
    });
    let run = wscope(["--wait", "0", &peer.url()]).start();
    run.expect_stdout("one\n");
    key.open();
    run.wait().exits(0).prints("one\ntwo\n");
}

#[test]
fn a_closed_stdin_and_that_of_nohup_are_listeners() {
    for prepare in [
        crate::run::Wscope::stdin_closed,
        crate::run::Wscope::stdin_of_nohup,
    ] {
        let peer = Peer::start(|conn| {
            conn.upgrade();
            conn.text("one");
            conn.finish(1000, "");
        });
        prepare(wscope(["--wait", "0", &peer.url()]))
            .run()
            .exits(0)
            .prints("one\n");
    }
}

#[test]
fn a_peer_that_closes_ends_a_run_whose_stdin_is_open() {
    for (code, status) in [(1000, 0), (1011, 10)] {
        let peer = Peer::start(move |conn| {
            conn.upgrade();
            conn.expect_text("hello");
            conn.finish(code, "");
        });
        let mut run = wscope([peer.url()]).stdin_open().start();
        run.write("hello\n");
        run.wait().exits(status);
    }
}

#[test]
fn a_peer_that_goes_without_close_ends_a_run_whose_stdin_is_open() {
    let peer = Peer::start(|conn| {
        conn.upgrade();
        conn.fin();
    });
    wscope([peer.url()]).stdin_open().run().exits(9);
}

#[test]
fn lines_leave_as_they_come_while_stdin_stays_open() {
    let (key, came) = gate();
    let peer = Peer::start(move |conn| {
        conn.upgrade();
        conn.expect_text("one");
        key.open();
        conn.expect_text("two");
        conn.expect_goodbye(1000);
    });
    let mut run = wscope(["--wait", "0", &peer.url()]).stdin_open().start();
    run.write("on");
    run.write("e\ntw");
    came.pass();
    run.write("o");
    run.close_stdin();
    run.wait().exits(0);
}

#[test]
fn input_is_queued_until_the_connection_is_open() {
    let (key, written) = gate();
    let peer = Peer::start(move |conn| {
        let request = conn.request();
        written.pass();
        conn.send(request.switching_protocols(""));
        conn.expect_text("early");
        conn.expect_goodbye(1000);
    });
    let mut run = wscope(["--wait", "0", &peer.url()]).stdin_open().start();
    run.write("early\n");
    run.close_stdin();
    key.open();
    run.wait().exits(0);
}

#[test]
fn count_ends_after_so_many() {
    for (flag, count) in [("--count=3", 3), ("-1", 1)] {
        let peer = Peer::start(|conn| {
            conn.upgrade();
            for number in 0..5 {
                conn.text(number.to_string());
            }
            conn.expect_goodbye(1000);
        });
        let expected = &"0\n1\n2\n3\n4\n"[..2 * count];
        wscope([flag, &peer.url()])
            .stdin_open()
            .run()
            .exits(0)
            .prints(expected);
    }
}

#[test]
fn until_ends_at_the_message_that_matches() {
    let peer = Peer::start(|conn| {
        conn.upgrade();
        for text in ["starting", "state: ready", "more"] {
            conn.text(text);
        }
        conn.expect_goodbye(1000);
    });
    wscope(["--until", "read[xy]$", &peer.url()])
        .stdin_open()
        .run()
        .exits(0)
        .prints("starting\nstate: ready\n");
}

#[test]
fn until_unmet_is_a_failed_expectation() {
    let peer = Peer::start(|conn| {
        conn.upgrade();
        conn.text("starting");
        conn.finish(1000, "");
    });
    wscope(["--until", "ready", &peer.url()])
        .run()
        .exits(12)
        .prints("starting\n")
        .says("ready");
}

#[test]
fn sent_texts_come_first_and_in_order() {
    let peer = Peer::start(|conn| {
        conn.upgrade();
        conn.expect_text("login");
        conn.expect_text("subscribe");
        conn.expect_text("line");
        conn.expect_goodbye(1000);
    });
    wscope([
        "--send",
        "login",
        "--send",
        "subscribe",
        "--wait",
        "0",
        &peer.url(),
    ])
    .stdin("line\n")
    .run()
    .exits(0);
}

/// As in cron: nothing on stdin, a request on the command line, one reply.
#[test]
fn send_works_without_stdin() {
    let peer = echo();
    wscope(["--send", "request", "-1", &peer.url()])
        .run()
        .exits(0)
        .prints("request\n");
}

#[test]
fn pings_that_are_answered_keep_the_connection() {
    let peer = Peer::start(|conn| {
        conn.upgrade();
        for _ in 0..3 {
            let payload = conn.expect(opcode::PING);
            conn.send_frame(&Frame::pong(payload));
        }
        conn.finish(1000, "");
    });
    wscope(["--ping-interval", "0.05", &peer.url()])
        .stdin_open()
        .run()
        .exits(0);
}

#[test]
fn a_ping_without_a_pong_is_a_timeout() {
    let peer = Peer::start(|conn| {
        conn.upgrade();
        conn.expect(opcode::PING);
        conn.drain();
    });
    wscope(["--ping-interval", "0.2", &peer.url()])
        .stdin_open()
        .run()
        .exits(11)
        .says("pong");
}

#[test]
fn a_silence_over_the_idle_timeout_is_a_timeout() {
    let peer = Peer::start(|conn| {
        conn.upgrade();
        conn.text("hello");
        conn.expect_goodbye(1001);
    });
    wscope(["--idle-timeout", "0.2", &peer.url()])
        .stdin_open()
        .run()
        .exits(11)
        .prints("hello\n")
        .says("--idle-timeout");
}

#[test]
fn echo_sends_each_message_back_as_it_came() {
    let peer = Peer::start(|conn| {
        conn.upgrade();
        conn.text("h\u{e9}llo");
        conn.expect_text("h\u{e9}llo");
        conn.send_frame(&Frame::binary(b"\x00").unfinished());
        conn.send_frame(&Frame::continuation(b"\xff"));
        conn.expect_binary(b"\x00\xff");
        conn.finish(1000, "");
    });
    wscope(["--echo", &peer.url()]).run().exits(0);
}

#[test]
fn the_demo_needs_no_network_and_no_wait() {
    wscope(["demo"])
        .stdin("hello\n")
        .run()
        .exits(0)
        .prints("hello\n")
        .says_nothing();
}

#[test]
fn a_violation_in_answer_to_our_close_is_told() {
    let peer = Peer::start(|conn| {
        conn.upgrade();
        conn.expect_text("x");
        conn.expect_close(1000);
        conn.send_frame(&Frame::new(0x3, "x"));
    });
    wscope(["--wait", "0", &peer.url()])
        .stdin("x\n")
        .run()
        .exits(8)
        .says("0x3");
}

#[test]
fn a_peer_that_never_answers_our_close_does_not_keep_us() {
    let (key, ended) = gate();
    let peer = Peer::start(move |conn| {
        conn.upgrade();
        conn.expect_text("x");
        conn.expect_close(1000);
        ended.pass();
    });
    let outcome = wscope(["--wait", "0", &peer.url()]).stdin("x\n").run();
    key.open();
    outcome.exits(11).says("Close");
}

#[test]
fn what_was_asked_for_has_come_even_if_max_time_cuts_the_close_short() {
    let (key, ended) = gate();
    let peer = Peer::start(move |conn| {
        conn.upgrade();
        conn.text("one");
        conn.expect_close(1000);
        ended.pass();
    });
    let outcome = wscope(["-1", "-m", "0.3", "--close-timeout", "20", &peer.url()]).run();
    key.open();
    outcome
        .exits(0)
        .prints("one\n")
        .says("cut short by --max-time");
}

fn echo() -> Peer {
    Peer::start(|conn| {
        conn.upgrade();
        conn.echo();
    })
}
