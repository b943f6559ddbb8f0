//! What must hold of `wscope decode` for any file: nothing raw on a terminal, and no byte of a frame lost.

use wscope::{
    decode::{self, Known},
    event::Direction,
    net::redact::Secrets,
    output::{
        inspect::{Clock, Detail, Form, Options},
        sanitize::is_unsafe,
    },
    ws::{DeflateParams, apply_mask},
};

/// The first byte of `input` chooses how the rest is looked at.
pub(crate) fn holds(input: &[u8]) {
    let Some((&choice, bytes)) = input.split_first() else {
        return;
    };
    let _ = decode::hex::parse(&String::from_utf8_lossy(bytes));
    let known = Known {
        from: [None, Some(Direction::Sent), Some(Direction::Received)][usize::from(choice % 3)],
        deflate: (choice & 16 != 0).then(DeflateParams::default),
        secrets: Secrets::Redact,
    };
    tells_nothing_raw(bytes, choice, known);
    loses_no_byte(bytes, known);
}

fn tells_nothing_raw(bytes: &[u8], choice: u8, known: Known) {
    let details = [Detail::Header, Detail::Bits, Detail::Payload, Detail::Full];
    let options = Options {
        detail: details[usize::from(choice >> 2 & 3)],
        width: if choice & 32 == 0 { usize::MAX } else { 40 },
        clock: Clock::Offset,
        ..Options::default()
    };
    let explained = decode::explain(bytes, options, known);
    let text = String::from_utf8(explained.output).expect("text for people");
    let raw = text.find(|c| is_unsafe(c) && !matches!(c, '\n' | '\t'));
    assert_eq!(raw, None, "{text:?}");
    assert!(bytes.is_empty() || !text.is_empty(), "something is said");
}

/// The records say where each frame stands, and its bytes.
fn loses_no_byte(bytes: &[u8], known: Known) {
    let options = Options {
        detail: Detail::Payload,
        dump_limit: usize::MAX,
        form: Form::Json,
        clock: Clock::Offset,
        ..Options::default()
    };
    let explained = decode::explain(bytes, options, known);
    let mut expected = None;
    for line in explained.output.split_inclusive(|byte| *byte == b'\n') {
        let record: serde_json::Value = serde_json::from_slice(line).expect("a JSON object a line");
        let offset = record["offset"].as_u64().expect("a place") as usize;
        assert_eq!(
            *expected.get_or_insert(offset),
            offset,
            "frame follows on frame"
        );
        let mut frame = unhex(&record["header"]);
        let mut payload = unhex(&record["payload"]);
        if let Ok(key) = unhex(&record["mask"]).try_into() {
            apply_mask(key, 0, &mut payload);
        }
        frame.extend(payload);
        assert!(bytes[offset..].starts_with(&frame), "{record}");
        expected = Some(offset + frame.len());
    }
}

fn unhex(value: &serde_json::Value) -> Vec<u8> {
    let digits = value.as_str().unwrap_or_default().as_bytes();
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    digits
        .chunks(2)
        .map(|pair| byte(pair).expect("hexadecimal"))
        .collect()
}
