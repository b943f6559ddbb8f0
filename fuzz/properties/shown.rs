//! What must hold of showing a peer's bytes: harmless on a terminal, and whole in JSON.

use std::time::Duration;

use wscope::{
    event::{Direction, Event},
    output::{
        JsonOutput, SharedStream, Spelled, TerminalOutput,
        sanitize::{Layout, is_unsafe, visible},
    },
    session::Output,
    ws::{CloseFrame, Kind},
};

use super::written::Written;

/// All of `input` is a payload.
pub(crate) fn holds(input: &[u8]) {
    for layout in [Layout::Lines, Layout::SingleLine] {
        let shown = visible(input, layout);
        assert!(is_harmless(&shown, layout), "{shown:?}");
        assert_eq!(
            visible(&*shown, layout),
            shown,
            "what is harmless stays as it is"
        );
    }
    is_harmless_on_a_terminal(input);
    comes_back_from_json(input);
}

fn is_harmless(shown: &str, layout: Layout) -> bool {
    let passes = |c| layout == Layout::Lines && matches!(c, '\n' | '\t');
    !shown.contains(|c| is_unsafe(c) && !passes(c))
}

fn is_harmless_on_a_terminal(payload: &[u8]) {
    let written = Written::default();
    let mut output = TerminalOutput::new(Box::new(written.clone()));
    tell(&mut output, payload);
    let shown = written.take();
    let shown = std::str::from_utf8(&shown).expect("a terminal is given text");
    assert!(is_harmless(shown, Layout::Lines), "{shown:?}");
}

/// Also as it is written to a terminal, where nothing may act.
fn comes_back_from_json(payload: &[u8]) {
    let (written, spelled) = (Written::default(), Written::default());
    let opened = "2026-01-01T00:00:00Z".parse().expect("a time");
    let plain = SharedStream::new(Box::new(written.clone()));
    tell(&mut JsonOutput::new(plain, opened), payload);
    let for_terminal = SharedStream::new(Box::new(Spelled(spelled.clone())));
    tell(&mut JsonOutput::new(for_terminal, opened), payload);
    let spelled = spelled.take();
    let shown = std::str::from_utf8(&spelled).expect("JSON is text");
    assert!(is_harmless(shown, Layout::Lines), "{shown:?}");
    for lines in [written.take(), spelled] {
        let events = lines.split_inclusive(|byte| *byte == b'\n').map(|line| {
            let event: serde_json::Value = serde_json::from_slice(line).expect("a line is JSON");
            assert_eq!(bytes_of(&event), payload, "{event}");
        });
        assert_eq!(events.count(), 5, "an event, a line");
    }
}

/// Bytes that are no text stand there in base64, beside what can be read of them or alone.
fn bytes_of(event: &serde_json::Value) -> Vec<u8> {
    let field = |name: &str, other: &str| event[name].as_str().or_else(|| event[other].as_str());
    match field("base64", "reason_base64") {
        Some(base64) => unbase64(base64),
        None => field("text", "reason")
            .expect("bytes are text or base64")
            .as_bytes()
            .to_vec(),
    }
}

/// Base64 by hand, so that it is not undone by what did it.
fn unbase64(text: &str) -> Vec<u8> {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut bits = 0_u32;
    let mut held = 0;
    let mut bytes = Vec::new();
    for letter in text.bytes().take_while(|letter| *letter != b'=') {
        let value = ALPHABET.iter().position(|other| *other == letter);
        bits = bits << 6 | value.expect("a letter of base64") as u32;
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push((bits >> held) as u8);
        }
    }
    bytes
}

/// One event of each sort that carries a peer's bytes.
fn tell(output: &mut impl Output, payload: &[u8]) {
    let (direction, at) = (Direction::Received, Duration::ZERO);
    let frame = CloseFrame {
        code: Some(1000),
        reason: payload.to_vec(),
    };
    let events = [
        Event::Ping {
            direction,
            at,
            payload,
        },
        Event::Pong {
            direction,
            at,
            payload,
            rtt: None,
        },
        Event::Close {
            direction,
            at,
            frame: &frame,
        },
    ];
    let told = output
        .message(at, Kind::Binary, payload)
        .and_then(|()| match std::str::from_utf8(payload) {
            Ok(_) => output.message(at, Kind::Text, payload),
            Err(_) => output.message(at, Kind::Binary, payload),
        })
        .and_then(|()| events.iter().try_for_each(|event| output.event(event)))
        .and_then(|()| output.flush());
    told.expect("memory takes every write");
}
