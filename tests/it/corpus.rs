//! The fuzz targets' properties on every file of their corpora, and on random input.

#[path = "../../fuzz/properties/answer.rs"]
mod answer;
#[path = "../../fuzz/properties/connect.rs"]
mod connect;
#[path = "../../fuzz/properties/decode.rs"]
mod decode;
#[path = "../../fuzz/properties/files.rs"]
mod files;
#[path = "../../fuzz/properties/frame_spec.rs"]
mod frame_spec;
#[path = "../../fuzz/properties/inflate.rs"]
mod inflate;
#[path = "../../fuzz/properties/receiver.rs"]
mod receiver;
#[path = "../../fuzz/properties/redact.rs"]
mod redact;
#[path = "../../fuzz/properties/response.rs"]
mod response;
#[path = "../../fuzz/properties/shown.rs"]
mod shown;
#[path = "../../fuzz/properties/socks.rs"]
mod socks;
#[path = "../../fuzz/properties/splitter.rs"]
mod splitter;
#[path = "../../fuzz/properties/written.rs"]
mod written;

use std::{fs, path::Path};

#[test]
fn the_receiver_holds_on_its_corpus() {
    replay("receiver", receiver::holds);
}

#[test]
fn a_proxys_answer_holds_on_its_corpus() {
    replay("connect", connect::holds);
}

#[test]
fn a_socks_negotiation_holds_on_its_corpus() {
    replay("socks", socks::holds);
}

#[test]
fn the_response_parser_holds_on_its_corpus() {
    replay("response", response::holds);
}

#[test]
fn a_probes_answer_holds_on_its_corpus() {
    replay("answer", answer::holds);
}

#[test]
fn decode_holds_on_its_corpus() {
    replay("decode", decode::holds);
}

#[test]
fn files_and_redirects_hold_on_their_corpus() {
    replay("files", files::holds);
}

#[test]
fn frames_made_by_hand_hold_on_their_corpus() {
    replay("frame_spec", frame_spec::holds);
}

#[test]
fn inflating_holds_on_its_corpus() {
    replay("inflate", inflate::holds);
}

#[test]
fn what_is_redacted_holds_on_its_corpus() {
    replay("redact", redact::holds);
}

#[test]
fn what_is_shown_holds_on_its_corpus() {
    replay("shown", shown::holds);
}

#[test]
fn standard_input_holds_on_its_corpus() {
    replay("splitter", splitter::holds);
}

/// Random bytes behind plausible headers, so that more than the first header is reached.
#[test]
fn the_receiver_holds_on_random_frames() {
    arbtest::arbtest(|u| {
        let mut input = vec![u.arbitrary()?];
        for _ in 0..u.int_in_range(1..=6)? {
            let opcode = *u.choose(&[0, 1, 2, 8, 9, 10, 3])?;
            let first = *u.choose(&[0x80, 0x00, 0xc0, 0x40])? | opcode;
            let length = u.int_in_range(0..=130_u8)?;
            let mask = if input[0] & 1 == 0 { 0 } else { 0x80 };
            match length {
                0..=125 => input.extend([first, mask | length]),
                _ => input.extend([first, mask | 126, 0, length]),
            }
            if mask != 0 {
                input.extend([1, 2, 3, 4]);
            }
            input.extend(u.bytes(u.len().min(length.into()))?);
        }
        receiver::holds(&input);
        Ok(())
    });
}

#[test]
fn the_response_parser_holds_on_random_heads() {
    arbtest::arbtest(|u| {
        let mut input = b"HTTP/1.".to_vec();
        for _ in 0..u.int_in_range(1..=12)? {
            input.extend_from_slice(u.choose(&[
                &b"1 101 Switching Protocols\r\n"[..],
                b"1 200 OK\r\n",
                b"1 100 Continue\r\n\r\nHTTP/1.",
                b"Upgrade: websocket\r\n",
                b"Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits=\"10\"\r\n",
                b"Sec-WebSocket-Extensions: ",
                b"\r\n",
                b"\n",
                b" folded",
            ])?);
            let noise: [u8; 3] = u.arbitrary()?;
            if u.ratio(1, 4)? {
                input.extend(noise);
            }
        }
        response::holds(&input);
        Ok(())
    });
}

#[test]
fn what_takes_any_bytes_holds_on_random_ones() {
    for holds in [
        answer::holds,
        decode::holds,
        files::holds,
        frame_spec::holds,
        inflate::holds,
        redact::holds,
        shown::holds,
        splitter::holds,
    ] {
        arbtest::arbtest(|u| {
            holds(u.bytes(u.len())?);
            Ok(())
        });
    }
}

/// Pieces of what each expects, so that more than the first byte is looked at.
#[test]
fn what_takes_any_bytes_holds_on_plausible_ones() {
    for (holds, pieces) in PLAUSIBLE {
        arbtest::arbtest(|u| {
            let mut input = Vec::new();
            for _ in 0..u.int_in_range(1..=24)? {
                input.extend_from_slice(u.choose(pieces)?.as_bytes());
                if u.ratio(1, 8)? {
                    input.push(u.arbitrary()?);
                }
            }
            holds(&input);
            Ok(())
        });
    }
}

#[track_caller]
fn replay(target: &str, holds: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fuzz/corpus")
        .join(target);
    let files: Vec<_> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    assert!(!files.is_empty(), "no corpus in {}", folder.display());
    for file in files {
        let input = fs::read(&file).unwrap();
        if std::panic::catch_unwind(|| holds(&input)).is_err() {
            panic!("{} breaks {target}", file.display());
        }
    }
}

type Property = fn(&[u8]);

const PLAUSIBLE: &[(Property, &[&str])] = &[
    (
        answer::holds,
        &[
            "HTTP/1.1 426 Upgrade Required\r\n",
            "HTTP/1.0 ",
            "502 Bad Gateway\n",
            "Server: nginx/1.22.1\r\n",
            "Via: 1.1 varnish",
            "Transfer-Encoding: chunked\r\n",
            "Content-Length: 3\r\n",
            "\r\n",
            "\n",
            "5\r\n",
            "<title>",
            "</title>",
            "0\r\n\r\n",
            "\u{130}",
            "ffffffffffffffff\r\n",
        ],
    ),
    (
        decode::holds,
        &[
            "\x10",
            "\x0c",
            "\x2f",
            "GET / HTTP/1.1\r\n\r\n",
            "HTTP/1.1 101 S\r\n",
            "Sec-WebSocket-Extensions: permessage-deflate\r\n",
            "\r\n",
            "\x01\x02a\u{1b}",
            "\0\x01",
            "\x09\0",
            "\x08\x02\x03\x7f",
        ],
    ),
    (
        files::holds,
        &[
            ".example.com\tTRUE\t/\tFALSE\t0\t",
            "a\tb",
            "\n",
            "\r",
            "#HttpOnly_",
            "\t",
            "TRUE",
            "0.0.1\tTRUE\t/\tFALSE\t0\t",
            "machine ",
            "app.example.com ",
            "login ",
            "password \"",
            "macdef ",
            "//other.test",
            "https://u:p@h",
            "?a b",
            "%0d%0a",
            "/",
            "\\",
            "http:",
            "ws://[::1]:80",
        ],
    ),
    (
        frame_spec::holds,
        &[
            "text ",
            "close ",
            "0x3 ",
            "fin=0 ",
            "rsv2 ",
            "mask=01020304 ",
            "nomask ",
            "len=",
            "126 ",
            "form=16 ",
            "form=7 ",
            "header-only ",
            "\"",
            "\\x",
            "\\u{",
            "}",
            "a",
            "*3 ",
            "hex:00",
            "base64:aGk=",
            "raw ",
            "pause 1",
            " ",
            "\u{202e}",
        ],
    ),
    (
        redact::holds,
        &[
            "a", " ", "\u{80}", "\u{93}", "\u{bf}", "\u{ff}", ":", "=", "\t", "?", "@", "/",
        ],
    ),
    (
        splitter::holds,
        &[
            "\x01",
            "\x02",
            "\x03",
            "\x04",
            "\x05",
            "\x06",
            "\n",
            "aab",
            "aa",
            "é",
            "\0",
            "\0\0\0\x02",
            "0f",
            "aGk=",
            "\r",
        ],
    ),
];
