//! Cuts blocks of input into messages, a block at a time rather than a line at a time.

use data_encoding::{BASE64, HEXLOWER_PERMISSIVE};
use memchr::{memchr, memmem, memrchr};

use super::Framing;
use crate::ws::{Kind, Place};

/// How much is asked of standard input at once.
const BLOCK: usize = 256 * 1024;

/// The longest message that a block without boundaries becomes; most servers take it.
const CHUNK: usize = 64 * 1024;

/// A message, or a part of one that is too long to be held; whoever takes it may mask it in place.
#[derive(Debug, PartialEq, Eq)]
pub enum Piece<'a> {
    /// A whole message.
    Message(&'a mut [u8]),
    /// A fragment.
    Fragment(Place, &'a mut [u8]),
}

/// Input that is not what the chosen framing promises.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InputError {
    /// Text that is not UTF-8.
    #[error("message {number} on standard input is not UTF-8 text; --binary sends any bytes")]
    NotUtf8 {
        /// From 1.
        number: u64,
    },
    /// As above, where messages are lines.
    #[error("line {number} on standard input is not UTF-8 text; --binary sends any bytes")]
    LineNotUtf8 {
        /// From 1.
        number: u64,
    },
    /// A message over the limit.
    #[error(
        "message {number} on standard input is over {limit} bytes; --max-message-size sets the limit"
    )]
    TooLong {
        /// From 1.
        number: u64,
        /// In bytes.
        limit: usize,
    },
    /// A line that is not hexadecimal or base64.
    #[error("line {number} on standard input is not {what}, as {flag} says")]
    Undecodable {
        /// From 1.
        number: u64,
        /// What it should be.
        what: &'static str,
        /// The flag.
        flag: &'static str,
    },
    /// The input ended inside a length-prefixed message.
    #[error(
        "standard input ended inside message {number}: {got} of {of} bytes (--length-prefixed: 4 bytes of length, big-endian, then the message)"
    )]
    Truncated {
        /// From 1.
        number: u64,
        /// Bytes there, the length's included.
        got: usize,
        /// Bytes promised.
        of: usize,
    },
}

/// Cuts one input; give it blocks by [`Splitter::space`] and [`Splitter::filled`].
#[derive(Debug)]
pub struct Splitter {
    framing: Framing,
    kind: Kind,
    limit: usize,
    /// Always as long as it is allocated: growing it for each block would zero it each time.
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    /// Up to here no delimiter was found.
    scanned: usize,
    taken: u64,
    decoded: Vec<u8>,
    is_begun: bool,
}

impl Splitter {
    /// A splitter for messages of `kind` and of at most `limit` bytes where they must be held.
    #[must_use]
    pub fn new(framing: Framing, kind: Kind, limit: usize) -> Self {
        Self {
            framing,
            kind,
            limit,
            buffer: vec![0; BLOCK],
            start: 0,
            end: 0,
            scanned: 0,
            taken: 0,
            decoded: Vec::new(),
            is_begun: false,
        }
    }

    /// What the messages carry.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Whether no byte has come at all.
    #[must_use]
    pub fn is_untouched(&self) -> bool {
        !self.is_begun
    }

    /// Room for the next block.
    pub fn space(&mut self) -> &mut [u8] {
        if self.start > 0 {
            self.buffer.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.scanned -= self.start;
            self.start = 0;
        }
        if self.buffer.len() - self.end < BLOCK / 2 {
            let wanted = self.buffer.len() / 2 * 3;
            let wanted = wanted.min(self.limit.saturating_add(2 * BLOCK));
            self.buffer.resize(wanted.max(self.end + BLOCK), 0);
        }
        &mut self.buffer[self.end..]
    }

    /// `length` bytes were written into [`Splitter::space`].
    pub fn filled(&mut self, length: usize) {
        self.end += length;
        self.is_begun |= length > 0;
    }

    /// Gives every piece that is complete to `emit`; with `is_end` also what is left.
    ///
    /// # Errors
    ///
    /// Those of `emit`, and input that breaks the framing: everything before it has been given.
    pub fn take<E: From<InputError>>(
        &mut self,
        is_end: bool,
        mut emit: impl FnMut(Piece<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        if self.is_untouched() {
            return Ok(()); // an empty input has no message, not even an empty one
        }
        match self.framing.clone() {
            Framing::Delimited(delimiter) => {
                self.take_delimited(&delimiter, is_end, |_, message| {
                    emit(Piece::Message(message))
                })
            }
            Framing::Hex => self.take_encoded(is_end, decode_hex, "hexadecimal", "--hex", emit),
            Framing::Base64 => self.take_encoded(is_end, decode_base64, "base64", "--base64", emit),
            Framing::Chunks => {
                for chunk in self.buffer[self.start..self.end].chunks_mut(CHUNK) {
                    emit(Piece::Message(chunk))?;
                }
                self.consume_all();
                Ok(())
            }
            Framing::Whole => self.take_whole(is_end, emit),
            Framing::LengthPrefixed => self.take_length_prefixed(is_end, emit),
        }
    }

    fn take_delimited<E: From<InputError>>(
        &mut self,
        delimiter: &[u8],
        is_end: bool,
        mut emit: impl FnMut(&mut Vec<u8>, &mut [u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        let block = &mut self.buffer[self.start..self.end];
        let look_from = (self.scanned - self.start).saturating_sub(delimiter.len() - 1);
        let complete = match rfind(&block[look_from..], delimiter) {
            Some(last) => look_from + last + delimiter.len(),
            None => 0,
        };
        let (mut messages, left) = block.split_at_mut(complete);
        // a delimiter cannot split a character, so that the whole block is checked at once
        let is_valid = self.kind == Kind::Binary || simdutf8::basic::from_utf8(messages).is_ok();
        while let Some(length) = find(messages, delimiter) {
            let (message, rest) = messages.split_at_mut(length);
            self.taken += 1;
            if message.len() > self.limit {
                return Err(self.too_long(self.taken).into());
            }
            if !is_valid && std::str::from_utf8(message).is_err() {
                return Err(not_utf8(delimiter, self.taken).into());
            }
            emit(&mut self.decoded, message)?;
            messages = &mut rest[delimiter.len()..];
        }
        // the start of a delimiter may stand at the end of a block
        let begun = if is_end { 0 } else { delimiter.len() - 1 };
        if left.len() > self.limit.saturating_add(begun) {
            return Err(self.too_long(self.taken + 1).into());
        }
        if is_end && !left.is_empty() {
            self.taken += 1;
            if self.kind == Kind::Text && std::str::from_utf8(left).is_err() {
                return Err(not_utf8(delimiter, self.taken).into());
            }
            emit(&mut self.decoded, left)?;
            self.consume_all();
            return Ok(());
        }
        self.start += complete;
        self.scanned = self.end;
        Ok(())
    }

    fn take_encoded<E: From<InputError>>(
        &mut self,
        is_end: bool,
        decode: impl Fn(&[u8], &mut Vec<u8>) -> bool,
        what: &'static str,
        flag: &'static str,
        mut emit: impl FnMut(Piece<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut number = self.taken;
        let kind = std::mem::replace(&mut self.kind, Kind::Binary); // the line itself is no message
        let taken = self.take_delimited(b"\n", is_end, |decoded, line| {
            number += 1;
            decoded.clear();
            if !decode(line, decoded) {
                return Err(InputError::Undecodable { number, what, flag }.into());
            }
            emit(Piece::Message(decoded))
        });
        self.kind = kind;
        taken
    }

    /// Binary that is longer than a block leaves as fragments; text has to be checked whole first.
    fn take_whole<E: From<InputError>>(
        &mut self,
        is_end: bool,
        mut emit: impl FnMut(Piece<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let held = &mut self.buffer[self.start..self.end];
        if self.kind == Kind::Text {
            if held.len() > self.limit {
                return Err(self.too_long(1).into());
            }
            if !is_end {
                return Ok(());
            }
            if simdutf8::basic::from_utf8(held).is_err() {
                return Err(InputError::NotUtf8 { number: 1 }.into());
            }
        } else if !is_end && held.len() < BLOCK / 2 {
            return Ok(());
        }
        let place = Place {
            first: self.taken == 0,
            last: is_end,
        };
        if place.first && place.last {
            emit(Piece::Message(held))?;
        } else {
            emit(Piece::Fragment(place, held))?;
        }
        self.taken += 1;
        self.consume_all();
        Ok(())
    }

    fn take_length_prefixed<E: From<InputError>>(
        &mut self,
        is_end: bool,
        mut emit: impl FnMut(Piece<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        while self.start < self.end {
            let held = &mut self.buffer[self.start..self.end];
            let number = self.taken + 1;
            let of = match held.first_chunk::<4>() {
                Some(length) => 4 + u32::from_be_bytes(*length) as usize,
                None => 4,
            };
            if of - 4 > self.limit {
                return Err(self.too_long(number).into());
            }
            if held.len() < of || held.len() < 4 {
                if is_end {
                    let got = held.len();
                    return Err(InputError::Truncated { number, got, of }.into());
                }
                break;
            }
            let message = &mut held[4..of];
            if self.kind == Kind::Text && simdutf8::basic::from_utf8(message).is_err() {
                return Err(InputError::NotUtf8 { number }.into());
            }
            emit(Piece::Message(message))?;
            self.taken = number;
            self.start += of;
        }
        self.scanned = self.start;
        Ok(())
    }

    fn too_long(&self, number: u64) -> InputError {
        let limit = self.limit;
        InputError::TooLong { number, limit }
    }

    fn consume_all(&mut self) {
        self.start = self.end;
        self.scanned = self.end;
    }
}

#[inline]
fn find(bytes: &[u8], delimiter: &[u8]) -> Option<usize> {
    match delimiter {
        [byte] => memchr(*byte, bytes),
        _ => memmem::find(bytes, delimiter),
    }
}

fn rfind(bytes: &[u8], delimiter: &[u8]) -> Option<usize> {
    match delimiter {
        [byte] => memrchr(*byte, bytes),
        _ => memmem::rfind(bytes, delimiter),
    }
}

fn not_utf8(delimiter: &[u8], number: u64) -> InputError {
    if delimiter == b"\n" {
        InputError::LineNotUtf8 { number }
    } else {
        InputError::NotUtf8 { number }
    }
}

fn decode_hex(line: &[u8], decoded: &mut Vec<u8>) -> bool {
    let digits: Vec<u8> = line
        .iter()
        .copied()
        .filter(|byte| !byte.is_ascii_whitespace())
        .collect();
    match HEXLOWER_PERMISSIVE.decode(&digits) {
        Ok(bytes) => {
            *decoded = bytes;
            true
        }
        Err(_) => false,
    }
}

fn decode_base64(line: &[u8], decoded: &mut Vec<u8>) -> bool {
    match BASE64.decode(line.trim_ascii()) {
        Ok(bytes) => {
            *decoded = bytes;
            true
        }
        Err(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The messages of `input` when it is read in blocks of `block` bytes, and how it ended.
    fn split(
        framing: &Framing,
        kind: Kind,
        input: &[u8],
        block: usize,
    ) -> (Vec<Vec<u8>>, Result<(), InputError>) {
        let mut splitter = Splitter::new(framing.clone(), kind, 1000);
        let mut messages: Vec<Vec<u8>> = Vec::new();
        let mut blocks: Vec<&[u8]> = input.chunks(block).collect();
        blocks.push(&[]);
        for block in blocks {
            splitter.space()[..block.len()].copy_from_slice(block);
            splitter.filled(block.len());
            let taken = splitter.take(block.is_empty(), |piece| {
                match piece {
                    Piece::Message(bytes) => messages.push(bytes.to_vec()),
                    Piece::Fragment(place, bytes) if place.first => messages.push(bytes.to_vec()),
                    Piece::Fragment(_, bytes) => {
                        messages.last_mut().unwrap().extend_from_slice(bytes);
                    }
                }
                Ok::<_, InputError>(())
            });
            if taken.is_err() {
                return (messages, taken);
            }
        }
        (messages, Ok(()))
    }

    #[test]
    fn cuts_the_same_messages_however_the_input_comes() {
        let null = Framing::Delimited(b"\0".to_vec());
        let word = Framing::Delimited(b"--END--".to_vec());
        type Row = (Framing, &'static [u8], &'static [&'static [u8]]);
        let table: &[Row] = &[
            (Framing::lines(), b"a\nbc\n", &[b"a", b"bc"]),
            (Framing::lines(), b"a\n\nlast", &[b"a", b"", b"last"]),
            (Framing::lines(), b"cr\r\n", &[b"cr\r"]),
            (Framing::lines(), b"", &[]),
            (Framing::lines(), b"\n", &[b""]),
            (null, b"a\nb\0\0c", &[b"a\nb", b"", b"c"]),
            (word, b"a--END----END--b--EN", &[b"a", b"", b"b--EN"]),
            (Framing::Whole, b"a\nb\n", &[b"a\nb\n"]),
            (
                Framing::LengthPrefixed,
                b"\0\0\0\x02hi\0\0\0\0",
                &[b"hi", b""],
            ),
            (Framing::Hex, b"00 ff\n\n6869", &[b"\x00\xff", b"", b"hi"]),
            (Framing::Base64, b"aGk=\n\n", &[b"hi", b""]),
        ];
        for (framing, input, messages) in table {
            let kind = match framing {
                Framing::Hex | Framing::Base64 => Kind::Binary,
                _ => Kind::Text,
            };
            for block in 1..=input.len().max(1) {
                let (got, end) = split(framing, kind, input, block);
                assert_eq!(got, *messages, "{framing:?} in blocks of {block}");
                assert_eq!(end, Ok(()));
            }
        }
    }

    #[test]
    fn gives_what_came_before_a_line_that_is_not_text() {
        let input = b"good\n\xff\xfe\nnever\n";
        let (messages, end) = split(&Framing::lines(), Kind::Text, input, input.len());
        assert_eq!(messages, [b"good"]);
        let error = end.unwrap_err().to_string();
        assert_eq!(
            error,
            "line 2 on standard input is not UTF-8 text; --binary sends any bytes"
        );
    }

    #[test]
    fn names_what_breaks_the_framing() {
        let long = [b'a'; 1001];
        let table: &[(Framing, &[u8], &str)] = &[
            (Framing::lines(), &long, "--max-message-size"),
            (Framing::Whole, &long, "--max-message-size"),
            (Framing::lines(), b"ok\n\xff", "line 2 "),
            (
                Framing::Hex,
                b"00\n0\n",
                "line 2 on standard input is not hexadecimal, as --hex says",
            ),
            (
                Framing::Base64,
                b"!\n",
                "line 1 on standard input is not base64",
            ),
            (
                Framing::LengthPrefixed,
                b"\0\0\0\x05hi",
                "ended inside message 1: 6 of 9 bytes",
            ),
            (Framing::LengthPrefixed, b"\0\0", "2 of 4 bytes"),
            (
                Framing::LengthPrefixed,
                b"\xff\xff\xff\xff",
                "--max-message-size",
            ),
        ];
        for (framing, input, said) in table {
            for block in [1, 2, input.len()] {
                let (_, end) = split(framing, Kind::Text, input, block);
                let error = end.unwrap_err().to_string();
                assert!(error.contains(said), "{framing:?}: {error}");
            }
        }
    }

    #[test]
    fn the_limit_is_the_same_however_the_input_comes() {
        let word = Framing::Delimited(b"--END--".to_vec());
        let message = |length| [&vec![b'a'; length][..], b"--END--b"].concat();
        for block in [1, 3, 1008] {
            let (messages, end) = split(&word, Kind::Text, &message(1000), block);
            assert_eq!((messages.len(), end), (2, Ok(())), "in blocks of {block}");
            let (messages, end) = split(&word, Kind::Text, &message(1001), block);
            let limit = 1000;
            assert_eq!(end, Err(InputError::TooLong { number: 1, limit }));
            assert!(messages.is_empty(), "in blocks of {block}");
        }
    }

    #[test]
    fn a_long_binary_input_leaves_as_fragments_of_one_message() {
        let input = vec![7; 3 * BLOCK];
        let (messages, end) = split(&Framing::Whole, Kind::Binary, &input, BLOCK / 4);
        assert_eq!(end, Ok(()));
        assert_eq!(messages, [input]);
    }
}
