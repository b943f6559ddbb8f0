//! What must hold of standard input: no byte lost or added, however it is read, and our own output read back.

use std::time::Duration;

use wscope::{
    input::{Framing, InputError, Piece, Splitter},
    output::RawOutput,
    session::Output as _,
    ws::Kind,
};

use super::written::Written;

/// The first two bytes of `input` choose the framing and the limit, the rest is what is read.
pub(crate) fn holds(input: &[u8]) {
    let [choice, limit, bytes @ ..] = input else {
        return;
    };
    let framings = [
        Framing::lines(),
        Framing::Delimited(b"\0".to_vec()),
        Framing::Delimited(b"aab".to_vec()),
        Framing::Whole,
        Framing::LengthPrefixed,
        Framing::Hex,
        Framing::Base64,
    ];
    let framing = &framings[usize::from(choice % 7)];
    let kind = if choice & 128 == 0 {
        Kind::Text
    } else {
        Kind::Binary
    };
    let limit = usize::from(*limit) * 8;
    let whole = split(framing, kind, limit, bytes, bytes.len().max(1));
    for block in [1, 2, 3, 7] {
        let cut = split(framing, kind, limit, bytes, block);
        assert_eq!(whole, cut, "{framing:?} in blocks of {block}");
    }
    if whole.1.is_ok() {
        keeps_every_byte(framing, bytes, &whole.0);
        reads_back(framing, &whole.0);
    }
}

fn keeps_every_byte(framing: &Framing, bytes: &[u8], messages: &[Vec<u8>]) {
    match framing {
        Framing::Delimited(delimiter) => {
            let joined = messages.join(&delimiter[..]);
            let is_all = bytes == joined || bytes == [&joined[..], delimiter].concat();
            assert!(is_all, "{messages:02x?} are not all of {bytes:02x?}");
        }
        Framing::Whole => assert_eq!(messages.concat(), bytes),
        Framing::LengthPrefixed => {
            let total: usize = messages.iter().map(|message| 4 + message.len()).sum();
            assert_eq!(total, bytes.len());
        }
        Framing::Chunks | Framing::Hex | Framing::Base64 => {}
    }
}

/// What one wscope writes, another reads.
fn reads_back(framing: &Framing, messages: &[Vec<u8>]) {
    if *framing == Framing::Whole {
        return;
    }
    let written = Written::default();
    let mut output = RawOutput::new(Box::new(written.clone()), framing.clone());
    for message in messages {
        let told = output.message(Duration::ZERO, Kind::Binary, message);
        told.expect("memory takes every write");
    }
    output.flush().expect("memory takes every write");
    let bytes = written.take();
    let (again, end) = split(framing, Kind::Binary, usize::MAX / 4, &bytes, 4096);
    assert_eq!((&again[..], end), (messages, Ok(())));
}

/// The messages of `input` when it is read in blocks of `block` bytes, and how it ended.
fn split(
    framing: &Framing,
    kind: Kind,
    limit: usize,
    input: &[u8],
    block: usize,
) -> (Vec<Vec<u8>>, Result<(), InputError>) {
    let mut splitter = Splitter::new(framing.clone(), kind, limit);
    let mut messages: Vec<Vec<u8>> = Vec::new();
    for block in input.chunks(block).chain([&[][..]]) {
        splitter.space()[..block.len()].copy_from_slice(block);
        splitter.filled(block.len());
        let taken = splitter.take(block.is_empty(), |piece| {
            match piece {
                Piece::Fragment(place, bytes) if !place.first => {
                    let message = messages.last_mut().expect("the first comes first");
                    message.extend_from_slice(bytes);
                }
                Piece::Message(bytes) | Piece::Fragment(_, bytes) => messages.push(bytes.to_vec()),
            }
            Ok::<_, InputError>(())
        });
        if taken.is_err() {
            return (messages, taken);
        }
    }
    (messages, Ok(()))
}
