//! permessage-deflate, RFC 7692: what was agreed, and the two directions of it.
//!
//! A compressed message is a DEFLATE stream ended by a sync flush whose last four bytes,
//! `00 00 ff ff`, are not sent. Both directions work on pieces, so that no message need be held
//! whole and a bomb can be stopped while it inflates.

use std::{fmt, ops::ControlFlow};

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};

use super::Rule;

/// What a sync flush ends with and a sender removes, RFC 7692 §7.2.1.
const TAIL: [u8; 4] = [0x00, 0x00, 0xff, 0xff];

/// The whole payload of an empty message, RFC 7692 §7.2.3.6: an empty stored block's first byte.
const EMPTY: u8 = 0x00;

/// The most that is inflated between two looks at the caller's limit.
const SCRATCH: usize = 32 * 1024;

/// Up to this length the end of a message is copied, so that the tail needs no call of its own.
const SHORT: usize = 4096;

/// Room that a flush needs at the least, so that zlib does not repeat its marker.
const FLUSH_ROOM: usize = 64;

/// The parameters both ends agreed on, RFC 7692 §7.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeflateParams {
    /// The server forgets its window after each message.
    pub server_no_context_takeover: bool,
    /// The client forgets its window after each message.
    pub client_no_context_takeover: bool,
    /// The server's window is at most 2 to this power, 8 to 15.
    pub server_max_window_bits: u8,
    /// The client's window is at most 2 to this power, 8 to 15.
    pub client_max_window_bits: u8,
}

impl DeflateParams {
    /// What undoes the server's compression.
    #[must_use]
    pub fn server_inflater(&self) -> Inflater {
        Inflater::new(
            self.server_max_window_bits,
            !self.server_no_context_takeover,
        )
    }

    /// What undoes the client's compression.
    #[must_use]
    pub fn client_inflater(&self) -> Inflater {
        Inflater::new(
            self.client_max_window_bits,
            !self.client_no_context_takeover,
        )
    }

    /// What compresses as the server.
    #[must_use]
    pub fn server_deflater(&self) -> Deflater {
        Deflater::new(
            self.server_max_window_bits,
            !self.server_no_context_takeover,
        )
    }

    /// What compresses as the client.
    #[must_use]
    pub fn client_deflater(&self) -> Deflater {
        Deflater::new(
            self.client_max_window_bits,
            !self.client_no_context_takeover,
        )
    }
}

impl Default for DeflateParams {
    fn default() -> Self {
        Self {
            server_no_context_takeover: false,
            client_no_context_takeover: false,
            server_max_window_bits: 15,
            client_max_window_bits: 15,
        }
    }
}

/// The form of the header: `permessage-deflate`, then what differs from the defaults.
impl fmt::Display for DeflateParams {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("permessage-deflate")?;
        if self.server_no_context_takeover {
            f.write_str("; server_no_context_takeover")?;
        }
        if self.client_no_context_takeover {
            f.write_str("; client_no_context_takeover")?;
        }
        if self.server_max_window_bits < 15 {
            write!(
                f,
                "; server_max_window_bits={}",
                self.server_max_window_bits
            )?;
        }
        if self.client_max_window_bits < 15 {
            write!(
                f,
                "; client_max_window_bits={}",
                self.client_max_window_bits
            )?;
        }
        Ok(())
    }
}

/// Inflates the messages of one direction.
pub struct Inflater {
    stream: Decompress,
    takeover: bool,
    /// Something of the current message has been fed to the stream.
    begun: bool,
    /// The last block fed had BFINAL set, and nothing came after it.
    ended: bool,
    scratch: Box<[u8]>,
    /// The end of a short message, and the tail behind it.
    joined: Vec<u8>,
}

impl Inflater {
    /// An inflater for a peer whose window is `window_bits` wide and kept between messages where
    /// `takeover` is set.
    ///
    /// 8 is read with a window of 9, which holds it; flate2 has nothing smaller.
    #[must_use]
    pub fn new(window_bits: u8, takeover: bool) -> Self {
        Self {
            stream: Decompress::new_with_window_bits(false, window_bits.clamp(9, 15)),
            takeover,
            begun: false,
            ended: false,
            scratch: vec![0; SCRATCH].into_boxed_slice(),
            joined: Vec::new(),
        }
    }

    /// Inflates a piece of a message's payload; `last` ends the message.
    ///
    /// What comes out goes to `emit` in chunks of at most 32 KiB, each with whether it ends the
    /// message; the one that does may be empty. When `emit` breaks, inflating stops at once and
    /// the inflater is of no more use.
    ///
    /// # Errors
    ///
    /// [`Rule::Inflate`] where the bytes are not DEFLATE.
    pub fn push<B>(
        &mut self,
        input: &[u8],
        last: bool,
        mut emit: impl FnMut(&[u8], bool) -> ControlFlow<B>,
    ) -> Result<ControlFlow<B>, Rule> {
        self.begun |= !input.is_empty();
        if !last {
            return self.inflate(input, false, &mut emit);
        }
        let flow = if (1..=SHORT).contains(&input.len()) {
            let mut joined = std::mem::take(&mut self.joined);
            joined.clear();
            joined.extend_from_slice(input);
            joined.extend_from_slice(&TAIL);
            let flow = self.inflate(&joined, true, &mut emit);
            self.joined = joined;
            flow?
        } else {
            match self.inflate(input, false, &mut emit)? {
                ControlFlow::Continue(()) => self.inflate_tail(&mut emit)?,
                broken @ ControlFlow::Break(_) => broken,
            }
        };
        self.end_message();
        Ok(flow)
    }

    /// An empty payload is no DEFLATE stream, but means an empty message beyond doubt; and after a
    /// final block that ends the payload the tail would begin a stray block.
    fn inflate_tail<B>(
        &mut self,
        emit: &mut impl FnMut(&[u8], bool) -> ControlFlow<B>,
    ) -> Result<ControlFlow<B>, Rule> {
        if self.begun && !self.ended {
            self.inflate(&TAIL, true, emit)
        } else {
            Ok(emit(&[], true))
        }
    }

    /// Inflates `input`; with `to_the_end` it ends with the tail, and the message with it.
    fn inflate<B>(
        &mut self,
        mut input: &[u8],
        to_the_end: bool,
        emit: &mut impl FnMut(&[u8], bool) -> ControlFlow<B>,
    ) -> Result<ControlFlow<B>, Rule> {
        loop {
            let (read, written) = (self.stream.total_in(), self.stream.total_out());
            let status = self
                .stream
                .decompress(input, &mut self.scratch, FlushDecompress::Sync)
                .map_err(|_| Rule::Inflate)?;
            let read = (self.stream.total_in() - read) as usize;
            let written = (self.stream.total_out() - written) as usize;
            input = &input[read..];
            if read > 0 {
                self.ended = false;
            }
            if status == Status::StreamEnd {
                // RFC 7692 §7.2.3.4 allows BFINAL inside a message; the blocks after it are a
                // stream of their own, as the sender's zlib had to be reset.
                self.stream.reset(false);
                if to_the_end && input.len() == TAIL.len() {
                    input = &[]; // the final block ends the payload
                }
                self.ended = input.is_empty();
            }
            let drained = written < self.scratch.len() || status == Status::StreamEnd;
            let done = (input.is_empty() && drained) || (read == 0 && written == 0);
            let last = done && to_the_end;
            if (written > 0 || last)
                && let broken @ ControlFlow::Break(_) = emit(&self.scratch[..written], last)
            {
                return Ok(broken);
            }
            if done {
                return Ok(ControlFlow::Continue(()));
            }
        }
    }

    fn end_message(&mut self) {
        if !self.takeover && self.begun {
            self.stream.reset(false);
        }
        self.begun = false;
        self.ended = false;
    }
}

impl fmt::Debug for Inflater {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inflater")
            .field("takeover", &self.takeover)
            .finish_non_exhaustive()
    }
}

/// Compresses the messages of one direction.
pub struct Deflater {
    stream: Compress,
    takeover: bool,
    /// Something of the current message has been fed to the stream.
    begun: bool,
}

impl Deflater {
    /// A compressor whose window is `window_bits` wide and kept between messages where `takeover`
    /// is set.
    ///
    /// It compresses as fast as zlib can, which in small messages is ten times as fast as usual:
    /// what usual costs there is a Huffman code of its own for each message. Text is then as a rule
    /// halved, and not brought to a third.
    ///
    /// 8 is served by zlib's window of 9: it looks back at most 512 − 262 bytes there, which the
    /// 256 of the peer hold.
    #[must_use]
    pub fn new(window_bits: u8, takeover: bool) -> Self {
        let window_bits = window_bits.clamp(9, 15);
        Self {
            stream: Compress::new_with_window_bits(Compression::fast(), false, window_bits),
            takeover,
            begun: false,
        }
    }

    /// Appends the compressed form of a whole message to `out`.
    pub fn message(&mut self, payload: &[u8], out: &mut Vec<u8>) {
        self.push(payload, true, out);
    }

    /// Appends what is ready of the compressed form of a message that comes in pieces.
    pub fn push(&mut self, piece: &[u8], last: bool, out: &mut Vec<u8>) {
        self.begun |= !piece.is_empty();
        if !last {
            self.compress(piece, FlushCompress::None, out);
        } else if self.begun {
            self.compress(piece, FlushCompress::Sync, out);
            debug_assert!(out.ends_with(&TAIL), "a sync flush ends with its marker");
            out.truncate(out.len() - TAIL.len());
            self.end_message();
        } else {
            // zlib writes nothing for a flush that follows a flush.
            out.push(EMPTY);
        }
    }

    fn compress(&mut self, mut piece: &[u8], flush: FlushCompress, out: &mut Vec<u8>) {
        loop {
            out.reserve(FLUSH_ROOM + (piece.len() / 2).min(SCRATCH));
            let (read, room) = (self.stream.total_in(), out.capacity() - out.len());
            let before = out.len();
            let done = self.stream.compress_vec(piece, out, flush);
            debug_assert!(done.is_ok(), "deflating fails only on a finished stream");
            piece = &piece[(self.stream.total_in() - read) as usize..];
            if (piece.is_empty() && out.len() - before < room) || done.is_err() {
                return;
            }
        }
    }

    fn end_message(&mut self) {
        if !self.takeover {
            self.stream.reset();
        }
        self.begun = false;
    }
}

impl fmt::Debug for Deflater {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Deflater")
            .field("takeover", &self.takeover)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The message in `pieces`, or the rule they break.
    fn inflate(inflater: &mut Inflater, pieces: &[&[u8]]) -> Result<Vec<u8>, Rule> {
        let mut message = Vec::new();
        for (i, piece) in pieces.iter().enumerate() {
            let is_last = i + 1 == pieces.len();
            let mut has_ended = false;
            let flow = inflater.push(piece, is_last, |chunk, last| {
                assert!(!has_ended, "nothing follows the end");
                has_ended = last;
                message.extend_from_slice(chunk);
                ControlFlow::<()>::Continue(())
            })?;
            assert_eq!(flow, ControlFlow::Continue(()));
            assert_eq!(has_ended, is_last);
        }
        Ok(message)
    }

    fn deflate(deflater: &mut Deflater, payload: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        deflater.message(payload, &mut out);
        out
    }

    #[test]
    fn reads_the_examples_of_the_rfc() {
        for (payload, message) in EXAMPLES {
            for takeover in [true, false] {
                let mut inflater = Inflater::new(15, takeover);
                for _ in 0..2 {
                    assert_eq!(
                        inflate(&mut inflater, &[payload]).as_deref(),
                        Ok(*message),
                        "{payload:02x?}"
                    );
                }
            }
        }
    }

    #[test]
    fn reads_a_second_message_that_leans_on_the_first() {
        let mut inflater = Inflater::new(15, true);
        assert_eq!(inflate(&mut inflater, &[HELLO]).unwrap(), b"Hello");
        assert_eq!(inflate(&mut inflater, &[HELLO_AGAIN]).unwrap(), b"Hello");
    }

    #[test]
    fn refuses_a_second_message_that_leans_on_a_first_that_is_forgotten() {
        let mut inflater = Inflater::new(15, false);
        inflate(&mut inflater, &[HELLO]).unwrap();
        assert_eq!(inflate(&mut inflater, &[HELLO_AGAIN]), Err(Rule::Inflate));
    }

    #[test]
    fn writes_the_example_of_the_rfc_and_leans_on_it_where_that_is_allowed() {
        let mut deflater = Deflater::new(15, true);
        assert_eq!(deflate(&mut deflater, b"Hello"), HELLO);
        let again = deflate(&mut deflater, b"Hello");
        assert!(again.len() < HELLO.len());
        let mut inflater = Inflater::new(15, true);
        for payload in [HELLO, &again] {
            assert_eq!(inflate(&mut inflater, &[payload]).unwrap(), b"Hello");
        }
        let mut forgetful = Deflater::new(15, false);
        assert_eq!(deflate(&mut forgetful, b"Hello"), HELLO);
        assert_eq!(deflate(&mut forgetful, b"Hello"), HELLO);
    }

    #[test]
    fn an_empty_message_is_one_zero_byte_however_often() {
        for takeover in [true, false] {
            let (mut deflater, mut inflater) =
                (Deflater::new(15, takeover), Inflater::new(15, takeover));
            for message in [b"".as_slice(), b"", b"full", b"", b"full", b"full"] {
                let payload = deflate(&mut deflater, message);
                assert_eq!(payload == [EMPTY], message.is_empty());
                assert_eq!(inflate(&mut inflater, &[&payload]).unwrap(), message);
            }
        }
    }

    #[test]
    fn an_empty_payload_is_an_empty_message() {
        let mut inflater = Inflater::new(15, true);
        assert_eq!(inflate(&mut inflater, &[b""]).unwrap(), b"");
        assert_eq!(inflate(&mut inflater, &[HELLO]).unwrap(), b"Hello");
    }

    #[test]
    fn reads_on_after_a_final_block() {
        let mut inflater = Inflater::new(15, true);
        let without_the_zero = &FINAL_BLOCK[..FINAL_BLOCK.len() - 1];
        for payload in [FINAL_BLOCK, without_the_zero, HELLO] {
            assert_eq!(inflate(&mut inflater, &[payload]).unwrap(), b"Hello");
        }
        for payload in [without_the_zero, HELLO] {
            assert_eq!(inflate(&mut inflater, &[payload, b""]).unwrap(), b"Hello");
        }
        let with_more_behind = [without_the_zero, HELLO].concat();
        assert_eq!(
            inflate(&mut inflater, &[&with_more_behind]).unwrap(),
            b"HelloHello"
        );
    }

    #[test]
    fn refuses_what_is_not_deflate() {
        let mut inflater = Inflater::new(15, true);
        assert_eq!(
            inflate(&mut inflater, &[b"\xff\xff\xff"]),
            Err(Rule::Inflate)
        );
    }

    #[test]
    fn a_bomb_is_stopped_while_it_inflates() {
        let bomb = deflate(&mut Deflater::new(15, true), &vec![0; 64 << 20]);
        assert!(bomb.len() < 1_000_000);
        let mut inflated = 0;
        let flow = Inflater::new(15, true).push(&bomb, true, |chunk, _| {
            inflated += chunk.len();
            if inflated > 1 << 20 {
                ControlFlow::Break("too big")
            } else {
                ControlFlow::Continue(())
            }
        });
        assert_eq!(flow, Ok(ControlFlow::Break("too big")));
        assert!(inflated <= (1 << 20) + SCRATCH);
    }

    #[test]
    fn survives_a_round_trip_at_every_cut_with_every_window() {
        arbtest::arbtest(|u| {
            let (bits, takeover) = (u.int_in_range(8..=15)?, u.arbitrary()?);
            let (mut deflater, mut inflater) =
                (Deflater::new(bits, takeover), Inflater::new(bits, takeover));
            for _ in 0..u.int_in_range(1..=4)? {
                let seed: Vec<u8> = u.arbitrary()?;
                let message = seed.repeat(u.int_in_range(1..=40)?);
                let payload = deflate(&mut deflater, &message);
                let (start, end) = payload.split_at(u.choose_index(payload.len() + 1)?);
                assert_eq!(inflate(&mut inflater, &[start, end]).unwrap(), message);
            }
            Ok(())
        });
    }

    #[test]
    fn the_result_does_not_depend_on_where_a_payload_is_cut() {
        let message = b"wscope, wscope, a frame in a frame in a frame";
        for payload in [
            &deflate(&mut Deflater::new(15, true), message)[..],
            FINAL_BLOCK,
        ] {
            let whole = inflate(&mut Inflater::new(15, true), &[payload]).unwrap();
            for cut in 0..=payload.len() {
                let (start, end) = payload.split_at(cut);
                let pieces = [start, b"", end, b""];
                let cut_up = inflate(&mut Inflater::new(15, true), &pieces);
                assert_eq!(cut_up.as_deref(), Ok(&whole[..]), "cut at {cut}");
            }
            let bytes: Vec<_> = payload.chunks(1).collect();
            assert_eq!(
                inflate(&mut Inflater::new(15, true), &bytes).unwrap(),
                whole
            );
        }
    }

    #[test]
    fn compresses_in_pieces_what_it_compresses_whole() {
        arbtest::arbtest(|u| {
            let pieces: Vec<Vec<u8>> = u.arbitrary()?;
            let (mut deflater, mut inflater) = (Deflater::new(12, true), Inflater::new(12, true));
            for _ in 0..2 {
                let mut payload = Vec::new();
                for piece in &pieces {
                    deflater.push(piece, false, &mut payload);
                }
                deflater.push(b"", true, &mut payload);
                assert_eq!(
                    inflate(&mut inflater, &[&payload]).unwrap(),
                    pieces.concat()
                );
            }
            Ok(())
        });
    }

    #[test]
    fn never_looks_further_back_than_the_window() {
        let noise: Vec<u8> = {
            let mut state = 1_u32;
            let mut next = || {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (state >> 24) as u8
            };
            (0..40_000).map(|_| next()).collect()
        };
        for bits in 8..=15_u8 {
            let window = 1 << bits;
            let beyond = noise[..window + 1].repeat(8);
            let size = deflate(&mut Deflater::new(bits, true), &beyond).len();
            assert!(
                size > beyond.len() * 3 / 4,
                "{bits} bits found a match beyond {window} bytes"
            );
            let within = noise[..window / 2 - 6].repeat(8);
            let size = deflate(&mut Deflater::new(bits, true), &within).len();
            assert!(
                size < within.len() * 2 / 3,
                "{bits} bits missed a match within {window} bytes"
            );
        }
    }

    #[test]
    fn a_warm_compressor_does_not_allocate_for_its_output() {
        let (mut deflater, mut out) = (Deflater::new(15, true), Vec::new());
        deflater.message(&[b'x'; 4096], &mut out);
        let capacity = out.capacity();
        for _ in 0..100 {
            out.clear();
            deflater.message(&[b'x'; 4096], &mut out);
        }
        assert_eq!(out.capacity(), capacity);
    }

    #[test]
    fn writes_parameters_as_the_header_does() {
        assert_eq!(DeflateParams::default().to_string(), "permessage-deflate");
        let params = DeflateParams {
            server_no_context_takeover: true,
            client_no_context_takeover: true,
            server_max_window_bits: 9,
            client_max_window_bits: 8,
        };
        assert_eq!(
            params.to_string(),
            "permessage-deflate; server_no_context_takeover; client_no_context_takeover; \
             server_max_window_bits=9; client_max_window_bits=8"
        );
    }

    /// RFC 7692 §7.2.3.1.
    const HELLO: &[u8] = &[0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00];
    /// RFC 7692 §7.2.3.2: with the window of the first.
    const HELLO_AGAIN: &[u8] = &[0xf2, 0x00, 0x11, 0x00, 0x00];
    /// RFC 7692 §7.2.3.4: a block with BFINAL set.
    const FINAL_BLOCK: &[u8] = &[0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x00];

    /// RFC 7692 §7.2.3.1 and .3 to .6.
    const EXAMPLES: &[(&[u8], &[u8])] = &[
        (HELLO, b"Hello"),
        (
            &[
                0x00, 0x05, 0x00, 0xfa, 0xff, 0x48, 0x65, 0x6c, 0x6c, 0x6f, 0x00,
            ],
            b"Hello",
        ),
        (FINAL_BLOCK, b"Hello"),
        (
            &[
                0xf2, 0x48, 0x05, 0x00, 0x00, 0x00, 0xff, 0xff, 0xca, 0xc9, 0xc9, 0x07, 0x00,
            ],
            b"Hello",
        ),
        (&[EMPTY], b""),
    ];
}
