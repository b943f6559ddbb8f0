//! `--inspect`, `--lenient`, `--send-frame` and their kin.

use std::time::{Duration, Instant};

use crate::{
    peer::{Frame, Peer, gate, opcode},
    run::{Outcome, wscope},
};

/// What the inspector said, without the times and the masking keys, which differ from run to run.
fn screen(outcome: &Outcome) -> Vec<String> {
    let frames = outcome
        .stderr
        .lines()
        .filter(|line| line.starts_with(['→', '←']));
    let words = frames.map(|line| {
        let direction = line.chars().next().unwrap();
        let columns: Vec<_> = line.split_whitespace().skip(3).collect();
        format!("{direction} {}", columns.join(" "))
    });
    words.collect()
}

#[test]
fn shows_both_directions_and_matches_pongs() {
    let peer = Peer::start(|conn| {
        conn.upgrade();
        conn.expect_text("Hello");
        conn.send_frame(&Frame::text("He").unfinished());
        conn.send_frame(&Frame::continuation("llo"));
        conn.ping("are you there");
        conn.expect_pong("are you there");
        conn.finish(4001, "bad token");
    });
    let outcome = wscope(["--no-deflate", "--inspect", &peer.url()])
        .stdin("Hello\n")
        .run()
        .exits(10)
        .prints("Hello\n");
    let lines = screen(&outcome);
    let received: Vec<_> = lines.iter().filter(|line| line.starts_with('←')).collect();
    assert_eq!(
        received,
        [
            "← 01 02 text - 2 /7 fragment 1, message 2",
            "← 80 03 cont FIN 3 /7 fragment 2, message 5",
            "← 89 0d ping FIN 13 /7",
            "← 88 0b close FIN 11 /7 4001 private use \"bad token\"",
        ]
    );
    let has = |start: &str, end: &str| {
        let found = |line: &String| line.starts_with(start) && line.contains(end);
        outcome.assert(lines.iter().any(found), start);
    };
    has("→ 81 85 ", "text FIN 5 /7");
    has("→ 8a 8d ", "pong FIN 13 /7 in ");
    has("→ 88 82 ", "close FIN 2 /7 4001 private use");
}

#[test]
fn shows_a_header_as_soon_as_it_is_there_and_what_is_missing_at_the_end() {
    let (key, gate) = gate();
    let peer = Peer::start(move |conn| {
        conn.upgrade();
        conn.send(b"\x82\x7e\x01\x00half");
        gate.pass();
        conn.reset();
    });
    let run = wscope(["--inspect", &peer.url()]).stdin_open().start();
    run.expect_stderr("82 7e 0100          binary FIN            256 /16");
    key.open();
    run.wait()
        .exits(9)
        .says("RST after 4 of 256 bytes, 252 missing");
}

#[test]
fn tells_a_payload_that_stalls() {
    let (key, gate) = gate();
    let peer = Peer::start(move |conn| {
        conn.upgrade();
        let mut start = b"\x82\x7f\0\0\0\0\0\x10\0\0".to_vec();
        start.extend([7; 37]);
        conn.send(start);
        gate.pass();
        conn.reset();
    });
    let run = wscope(["--inspect", &peer.url()]).stdin_open().start();
    run.expect_stderr("37 of 1 048 576 bytes, nothing for 5 s");
    key.open();
    run.wait().exits(9);
}

#[test]
fn a_violation_stands_below_its_frame_and_ends_the_run() {
    let peer = Peer::start(|conn| {
        conn.upgrade();
        conn.send_frame(&Frame::text("Hello").rsv(2));
        conn.expect_close(1002);
        conn.fin();
    });
    wscope(["--inspect", &peer.url()]).run().exits(8).says(
        "text   FIN RSV2         5 /7\n  ! RSV2 set, and no extension defines it (RFC 6455 §5.2)\n",
    );
}

#[test]
fn what_follows_a_close_is_marked_and_means_nothing() {
    let peer = Peer::start(|conn| {
        conn.upgrade();
        let late = [Frame::close(1000, ""), Frame::text("late"), Frame::ping("")];
        conn.send(late.map(|frame| frame.encode()).concat());
        conn.expect_close(1000);
        conn.fin();
    });
    let outcome = wscope(["--inspect", &peer.url()]).run().exits(0).prints("");
    let marked = "! a frame after the Close frame (RFC 6455 §5.5.1)";
    let lines: Vec<_> = outcome.stderr.lines().map(str::trim_start).collect();
    for (number, shown) in [(2, "81 04"), (3, "89 00")] {
        let frame = lines.iter().position(|line| line.contains(shown));
        let below = frame.and_then(|frame| lines.get(frame + 1));
        outcome.assert(below == Some(&marked), &format!("frame {number} is marked"));
    }
}

#[test]
fn lenient_reads_on_after_whatever_leaves_the_frames_readable() {
    let peer = Peer::start(|conn| {
        conn.upgrade();
        conn.send_frame(&Frame::text("rsv").rsv(7));
        conn.send_frame(&Frame::new(0x3, "reserved"));
        conn.send_frame(&Frame::text("masked").masked([1, 2, 3, 4]));
        conn.send_frame(&Frame::text("long length").length_bits(64));
        conn.send_frame(&Frame::ping(vec![b'p'; 126]));
        conn.expect_pong([b'p'; 125]);
        conn.finish(1000, "");
    });
    wscope(["--lenient", "--no-deflate", &peer.url()])
        .run()
        .exits(0)
        .says("tolerated: RSV1 and RSV2 and RSV3 set, and no extension defines it (RFC 6455 §5.2")
        .says("tolerated: a frame from the server is masked (RFC 6455 §5.1")
        .prints("rsv\nmasked\nlong length\n");
}

#[test]
fn json_and_frames_share_standard_output() {
    let peer = Peer::start(|conn| {
        conn.upgrade();
        conn.text("Hello");
        conn.finish(1000, "");
    });
    let outcome = wscope(["--json", "--inspect", &peer.url()]).run().exits(0);
    let events = outcome.events();
    let frame = events
        .iter()
        .find(|event| event["event"] == "frame")
        .unwrap();
    outcome.assert(frame["direction"] == "received", "its direction");
    outcome.assert(frame["header"] == "8105", "its header");
    outcome.assert(
        frame["time"].is_string() && frame["at"].is_number(),
        "its times",
    );
    outcome.assert(
        events.iter().any(|event| event["event"] == "message"),
        "a message",
    );
}

/// A frame stands before what it means, and nothing before what came earlier.
#[test]
fn json_and_frames_stand_in_the_order_of_the_wire() {
    let peer = Peer::start(|conn| {
        conn.upgrade();
        conn.expect_text("mine");
        let frames = [
            Frame::text("a"),
            Frame::text("b").unfinished(),
            Frame::ping("p"),
            Frame::continuation("c"),
            Frame::binary("d"),
            Frame::close(1000, ""),
        ];
        conn.send(frames.map(|frame| frame.encode()).concat());
        conn.expect_pong("p");
        conn.expect_close(1000);
        conn.fin();
    });
    let outcome = wscope(["--json", "--inspect", "--no-deflate", &peer.url()])
        .stdin("mine\n")
        .run()
        .exits(0);
    let events = outcome.events();
    let of = |direction: &str| -> Vec<String> {
        let theirs = events
            .iter()
            .filter(|event| event["direction"] == direction);
        let words = |event: &serde_json::Value| match event["event"].as_str() {
            Some("frame") => format!("frame {}", event["opcode_name"].as_str().unwrap()),
            Some(name) => name.to_owned(),
            None => String::new(),
        };
        theirs.map(words).collect()
    };
    let received = [
        "frame text",
        "message",
        "frame text",
        "frame ping",
        "ping",
        "frame continuation",
        "message",
        "frame binary",
        "message",
        "frame close",
        "close",
    ];
    outcome.assert(of("received") == received, &format!("{received:?}"));
    let sent = [
        "frame text",
        "message",
        "frame pong",
        "pong",
        "frame close",
        "close",
    ];
    outcome.assert(of("sent") == sent, &format!("{sent:?}"));
}

/// The frame that ends the run is the one that matters.
#[test]
fn json_has_the_frame_that_breaks_a_rule() {
    let peer = Peer::start(|conn| {
        conn.upgrade();
        conn.send_frame(&Frame::text("Hello").rsv(2));
        conn.expect_close(1002);
        conn.fin();
    });
    let outcome = wscope(["--json", "--inspect", &peer.url()]).run().exits(8);
    let events = outcome.events();
    let names: Vec<_> = events.iter().map(|event| event["event"].as_str()).collect();
    let expected = [
        "open",
        "frame",
        "violation",
        "frame",
        "close",
        "end",
        "error",
    ];
    outcome.assert(names == expected.map(Some), &format!("{expected:?}"));
    let section = &events[1]["violations"][0]["section"];
    outcome.assert(section == "RFC 6455 §5.2", "the violation in its frame");
}

#[test]
fn sends_frames_made_by_hand_in_order_with_messages() {
    let peer = Peer::start(|conn| {
        conn.upgrade();
        conn.expect_text("one");
        let frame = conn.any_frame().unwrap();
        assert_eq!((frame.opcode, frame.rsv, frame.fin), (0x3, 3, false));
        assert_eq!(frame.payload, b"\xff");
        conn.expect_text("two");
        let unmasked = conn.any_frame().unwrap();
        assert_eq!(
            (unmasked.mask, unmasked.payload.as_slice()),
            (None, &b"bare"[..])
        );
        let close = conn.any_frame().unwrap();
        assert_eq!(
            (close.opcode, close.payload.as_slice()),
            (opcode::CLOSE, &b"\x03\xeewhy"[..])
        );
        conn.fin();
    });
    wscope(["--no-deflate", "--send", "one"])
        .args([
            "--send-frame",
            "0x3 rsv2 rsv3 fin=0 \"\\xff\"",
            "--send",
            "two",
        ])
        .args([
            "--send-frame",
            "binary nomask \"bare\"",
            "--send-frame",
            "close 1006 \"why\"",
        ])
        .args([peer.url()])
        .run();
}

#[test]
fn a_specification_that_is_wrong_gets_a_caret() {
    wscope(["--send-frame", "text foo \"x\"", "ws://127.0.0.1:1/"])
        .run()
        .exits(2)
        .says("--send-frame")
        .says("  text foo \"x\"\n       ^^^\n");
}

/// The bound is generous: what is tested is that it waits at all, and not for ever.
#[test]
fn trickles_and_pauses() {
    let peer = Peer::start(|conn| {
        conn.upgrade();
        let began = Instant::now();
        conn.expect_text("slow");
        conn.expect_text("later");
        conn.expect_text("last");
        assert!(
            began.elapsed() >= Duration::from_millis(250),
            "{:?}",
            began.elapsed()
        );
        conn.expect_goodbye(1000);
    });
    wscope([
        "--no-deflate",
        "--wait",
        "0",
        "--send-frame",
        "text trickle=20 \"slow\"",
    ])
    .args(["--send-frame", "pause 0.1", "--send", "later", &peer.url()])
    .stdin("last\n")
    .run()
    .exits(0);
}

#[test]
fn no_pong_leaves_pings_unanswered() {
    let peer = Peer::start(|conn| {
        conn.upgrade();
        conn.ping("x");
        conn.finish(1000, "");
    });
    wscope(["--no-pong", &peer.url()]).run().exits(0);
}
