//! `--json`: one event per line, and nothing lost in it.

use data_encoding::{BASE64, HEXLOWER};
use serde_json::Value;

use crate::{
    peer::{Conn, Frame, Peer, opcode},
    run::wscope,
};

#[test]
fn each_event_is_a_line_with_its_direction_and_time() {
    let events = events_of(|conn| {
        conn.expect_text("hello");
        conn.ping("beat");
        conn.expect_pong("beat");
        conn.text("reply");
        conn.finish(1000, "bye");
    });
    assert!(of_event(&events, "open").next().is_some(), "{events:?}");
    let messages: Vec<_> = of_event(&events, "message").collect();
    let texts: Vec<_> = messages
        .iter()
        .map(|event| event["text"].as_str())
        .collect();
    assert_eq!(texts, [Some("hello"), Some("reply")]);
    let directions: Vec<_> = messages
        .iter()
        .map(|event| event["direction"].as_str())
        .collect();
    assert_eq!(directions, [Some("sent"), Some("received")]);
    assert_eq!(messages[1]["length"], 5);
    assert_eq!(messages[1]["opcode"], "text");
    assert!(of_event(&events, "ping").next().is_some());
    assert!(of_event(&events, "pong").next().is_some());
    let closes: Vec<_> = of_event(&events, "close").collect();
    assert_eq!(closes[0]["code"], 1000);
    assert_eq!(closes[0]["reason"], "bye");
    for event in &events {
        assert!(
            event["time"].is_string() || event["time"].is_number(),
            "{event}"
        );
    }
}

#[test]
fn a_nul_and_a_newline_survive() {
    let text = "a\0b\nc\u{2028}\u{1f600}\"\\\u{7f}";
    let events = events_of(move |conn| {
        conn.expect_text("hello");
        conn.text(text);
        conn.finish(1000, "");
    });
    assert_eq!(received(&events)["text"].as_str(), Some(text));
}

#[test]
fn a_mebibyte_of_binary_survives() {
    let bytes: Vec<u8> = (0..1 << 20)
        .map(|number: u32| (number % 251) as u8)
        .collect();
    let sent = bytes.clone();
    let events = events_of(move |conn| {
        conn.expect_text("hello");
        conn.binary(sent);
        conn.finish(1000, "");
    });
    let event = received(&events);
    assert_eq!(event["length"], 1 << 20);
    assert!(
        BASE64
            .decode(event["base64"].as_str().unwrap().as_bytes())
            .unwrap()
            == bytes
    );
}

#[test]
fn a_close_reason_that_is_not_utf_8_survives() {
    /// The longest there is.
    const REASON: [u8; 123] = [0xff; 123];
    let peer = Peer::start(|conn| {
        conn.upgrade();
        conn.send_frame(&Frame::close(4001, REASON));
        conn.expect_close(1007);
    });
    let outcome = wscope(["--json", &peer.url()]).run().exits(8);
    let events = outcome.events();
    let payload = [&4001_u16.to_be_bytes()[..], &REASON].concat();
    let violation = of_event(&events, "violation").next();
    let bytes = violation.and_then(|violation| violation["bytes"].as_str());
    outcome.assert(
        bytes == Some(&HEXLOWER.encode(&payload)),
        "the violation has the bytes of code and reason",
    );
    let close = of_event(&events, "close").find(|close| close["direction"] == "received");
    let close = close.unwrap_or(&Value::Null);
    outcome.assert(close["code"] == 4001, "the code");
    outcome.assert(
        close["reason"].as_str() == Some(&"\u{fffd}".repeat(123)),
        "the reason, as far as it can be read",
    );
    outcome.assert(
        close["reason_base64"].as_str() == Some(&BASE64.encode(&REASON)),
        "the reason, byte for byte",
    );
}

#[test]
fn a_close_that_breaks_a_rule_is_an_event_before_our_answer() {
    let broken = [
        (Frame::close(1006, "why"), Some(1006), "why"),
        (Frame::new(opcode::CLOSE, "x"), None, ""),
    ];
    for (frame, code, reason) in broken {
        let peer = Peer::start(move |conn| {
            conn.upgrade();
            conn.send_frame(&frame);
            conn.expect_close(1002);
        });
        let outcome = wscope(["--json", &peer.url()]).run().exits(8);
        let events = outcome.events();
        let closes: Vec<_> = of_event(&events, "close").collect();
        let directions: Vec<_> = closes.iter().map(|close| &close["direction"]).collect();
        outcome.assert(directions == ["received", "sent"], "theirs, then ours");
        outcome.assert(closes[0]["code"].as_u64() == code, "the code");
        outcome.assert(closes[0]["reason"] == reason, "the reason");
        let end = of_event(&events, "end").next().unwrap_or(&Value::Null);
        outcome.assert(end["closed_by"] == "server", "whose Close came first");
        outcome.assert(end["clean"] == false, "that it was not clean");
    }
}

#[test]
fn frames_made_by_hand_are_counted_as_what_they_are() {
    let peer = Peer::start(|conn| {
        conn.upgrade();
        for _ in 0..4 {
            conn.any_frame();
        }
        conn.finish(1000, "");
    });
    let frames = [
        "text fin=0 \"Hel\"",
        "ping \"x\"",
        "cont \"lo\"",
        "0x3 \"y\"",
    ];
    let outcome = wscope(["--json", "--no-deflate", &peer.url()])
        .args(frames.iter().flat_map(|frame| ["--send-frame", frame]))
        .run();
    let events = outcome.events();
    let end = of_event(&events, "end").next().unwrap_or(&Value::Null);
    let sent = serde_json::json!({"messages": 1, "bytes": 5});
    outcome.assert(end["sent"] == sent, "one message of two frames");
}

#[test]
fn a_failure_is_an_event_too() {
    let peer = Peer::start(|conn| {
        conn.answer("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
    });
    let outcome = wscope(["--json", &peer.url()]).run().exits(7);
    let events = outcome.events();
    let error = of_event(&events, "error").next();
    outcome.assert(
        error.is_some_and(|error| error["exit"] == 7),
        "an error event with its status",
    );
}

/// The events of a run that sends `hello` and ends well.
fn events_of(script: impl FnOnce(&mut Conn) + Send + 'static) -> Vec<Value> {
    let peer = Peer::start(|conn| {
        conn.upgrade();
        script(conn);
    });
    let outcome = wscope(["--json", &peer.url()]).stdin("hello\n").run();
    outcome.exits(0).events()
}

fn of_event<'a>(events: &'a [Value], kind: &'a str) -> impl Iterator<Item = &'a Value> {
    events.iter().filter(move |event| event["event"] == kind)
}

fn received(events: &[Value]) -> &Value {
    of_event(events, "message")
        .find(|event| event["direction"] == "received")
        .expect("a message from the peer")
}
