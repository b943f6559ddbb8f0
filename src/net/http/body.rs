//! The first part of a refusal's body: bounded in size and in time, decoded enough to be read.

use std::io;

use crate::net::{Deadline, Stream, http::Head};

/// How much of a body is kept.
pub const BODY_LIMIT: usize = 16 * 1024;

/// The first part of a body.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Body {
    /// What came, without the transfer coding.
    pub bytes: Vec<u8>,
    /// There is more, or there should be.
    pub truncated: bool,
}

/// How a body's end is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// After so many bytes.
    Length(usize),
    /// After the chunk of length 0.
    Chunked,
    /// Where the connection ends.
    UntilClose,
}

/// Reads a body until its end, the limit or the deadline, whichever comes first.
/// The stream's deadline is `deadline` afterwards.
pub fn read(stream: &mut Stream, leftover: Vec<u8>, head: &Head, deadline: Deadline) -> Body {
    stream.set_deadline(Some(deadline.at()));
    collect(stream, leftover, Framing::of(head))
}

impl Framing {
    /// How the body behind this head ends, RFC 9112 §6.3.
    #[must_use]
    pub fn of(head: &Head) -> Self {
        if matches!(head.status, 204 | 304) {
            return Self::Length(0);
        }
        if head
            .list("Transfer-Encoding")
            .any(|coding| coding.eq_ignore_ascii_case(b"chunked"))
        {
            return Self::Chunked;
        }
        head.value("Content-Length")
            .and_then(|length| length.parse().ok())
            .map_or(Self::UntilClose, Self::Length)
    }
}

/// Reads a body until its end, the limit, or the reader's own end or deadline.
pub fn collect(from: &mut impl io::Read, mut raw: Vec<u8>, framing: Framing) -> Body {
    loop {
        if let Some(body) = decode(&raw, framing) {
            return body;
        }
        let mut block = [0; 4096];
        match from.read(&mut block) {
            Ok(received @ 1..) => raw.extend_from_slice(&block[..received]),
            end => return cut_off(&raw, framing, matches!(end, Ok(0))),
        }
    }
}

/// The body once it is whole or long enough; `None` while more is to be read.
fn decode(raw: &[u8], framing: Framing) -> Option<Body> {
    let (bytes, whole) = match framing {
        Framing::Length(length) => (raw[..raw.len().min(length)].to_vec(), raw.len() >= length),
        Framing::Chunked => dechunk(raw),
        Framing::UntilClose => (raw.to_vec(), false),
    };
    // A chunk's own lines may be long without adding to the body, so the raw bytes have a limit too.
    let enough = bytes.len() >= BODY_LIMIT || raw.len() >= 2 * BODY_LIMIT;
    (whole || enough).then(|| limited(bytes, !whole))
}

fn cut_off(raw: &[u8], framing: Framing, closed: bool) -> Body {
    match framing {
        Framing::Length(_) => limited(raw.to_vec(), true),
        Framing::Chunked => limited(dechunk(raw).0, true),
        Framing::UntilClose => limited(raw.to_vec(), !closed),
    }
}

fn limited(mut bytes: Vec<u8>, incomplete: bool) -> Body {
    let truncated = incomplete || bytes.len() > BODY_LIMIT;
    bytes.truncate(BODY_LIMIT);
    Body { bytes, truncated }
}

/// The data of the chunks so far, and whether the last chunk is among them. Nonsense is kept as it came.
fn dechunk(mut raw: &[u8]) -> (Vec<u8>, bool) {
    let mut bytes = Vec::new();
    while let Some(end) = memchr::memchr(b'\n', raw) {
        let (line, rest) = (&raw[..end], &raw[end + 1..]);
        let digits = line
            .split(|byte| *byte == b';')
            .next()
            .unwrap_or(line)
            .trim_ascii();
        let size = std::str::from_utf8(digits)
            .ok()
            .and_then(|digits| usize::from_str_radix(digits, 16).ok());
        let Some(size) = size else {
            bytes.extend_from_slice(raw);
            return (bytes, true);
        };
        if size == 0 {
            return (bytes, true);
        }
        bytes.extend_from_slice(&rest[..size.min(rest.len())]);
        let Some(after) = rest.get(size..) else {
            break;
        };
        let after = after.strip_prefix(b"\r").unwrap_or(after);
        raw = after.strip_prefix(b"\n").unwrap_or(after);
    }
    (bytes, false)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(raw: &[u8], framing: Framing) -> (String, bool) {
        let body = collect(
            &mut &raw[raw.len().min(1)..],
            raw[..raw.len().min(1)].to_vec(),
            framing,
        );
        (String::from_utf8(body.bytes).unwrap(), body.truncated)
    }

    #[test]
    fn each_framing_finds_its_end() {
        for (raw, framing, expected, truncated) in BODIES {
            assert_eq!(
                body(raw, *framing),
                ((*expected).to_owned(), *truncated),
                "{}",
                raw.escape_ascii()
            );
        }
    }

    #[test]
    fn a_body_is_bounded() {
        let raw = vec![b'a'; 100_000];
        let (text, truncated) = body(&raw, Framing::UntilClose);
        assert_eq!((text.len(), truncated), (BODY_LIMIT, true));
        let lines = b"1;".iter().chain(&raw).copied().collect::<Vec<_>>();
        assert!(body(&lines, Framing::Chunked).1);
    }

    const BODIES: &[(&[u8], Framing, &str, bool)] = &[
        (b"hello, more", Framing::Length(5), "hello", false),
        (b"hel", Framing::Length(5), "hel", true),
        (b"", Framing::Length(0), "", false),
        (b"hello", Framing::UntilClose, "hello", false),
        (
            b"5\r\nhello\r\n1;x=y\r\n!\r\n0\r\n\r\n",
            Framing::Chunked,
            "hello!",
            false,
        ),
        (b"5\r\nhel", Framing::Chunked, "hel", true),
        (b"zz\r\nhello", Framing::Chunked, "zz\r\nhello", false),
        (
            b"ffffffffffffffff\r\nhello",
            Framing::Chunked,
            "hello",
            true,
        ),
    ];
}
