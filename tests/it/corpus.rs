//! The fuzz targets' properties on every file of their corpora, and on random input.

#[path = "../../fuzz/properties/connect.rs"]
mod connect;
#[path = "../../fuzz/properties/receiver.rs"]
mod receiver;
#[path = "../../fuzz/properties/response.rs"]
mod response;
#[path = "../../fuzz/properties/socks.rs"]
mod socks;

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
