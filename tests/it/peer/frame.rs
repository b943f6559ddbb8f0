//! Frames as the peer writes and reads them: RFC 6455 §5.2, written again, so that tests do not trust wscope's.

use std::io;

pub(crate) mod opcode {
    pub(crate) const CONTINUATION: u8 = 0x0;
    pub(crate) const TEXT: u8 = 0x1;
    pub(crate) const BINARY: u8 = 0x2;
    pub(crate) const CLOSE: u8 = 0x8;
    pub(crate) const PING: u8 = 0x9;
    pub(crate) const PONG: u8 = 0xA;
}

/// A frame with every field open, also to what the RFC forbids.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Frame {
    pub(crate) fin: bool,
    pub(crate) rsv: u8,
    pub(crate) opcode: u8,
    pub(crate) mask: Option<[u8; 4]>,
    pub(crate) payload: Vec<u8>,
    /// The bits of the length field: 7, 16 or 64.
    pub(crate) length_bits: u8,
}

impl Frame {
    /// An unmasked final frame with the shortest length, as a server sends it.
    pub(crate) fn new(opcode: u8, payload: impl Into<Vec<u8>>) -> Self {
        let payload = payload.into();
        Self {
            fin: true,
            rsv: 0,
            opcode,
            mask: None,
            length_bits: shortest_length_bits(payload.len()),
            payload,
        }
    }

    pub(crate) fn text(text: impl Into<Vec<u8>>) -> Self {
        Self::new(opcode::TEXT, text)
    }

    pub(crate) fn binary(bytes: impl Into<Vec<u8>>) -> Self {
        Self::new(opcode::BINARY, bytes)
    }

    pub(crate) fn continuation(bytes: impl Into<Vec<u8>>) -> Self {
        Self::new(opcode::CONTINUATION, bytes)
    }

    pub(crate) fn ping(bytes: impl Into<Vec<u8>>) -> Self {
        Self::new(opcode::PING, bytes)
    }

    pub(crate) fn pong(bytes: impl Into<Vec<u8>>) -> Self {
        Self::new(opcode::PONG, bytes)
    }

    pub(crate) fn close(code: u16, reason: impl AsRef<[u8]>) -> Self {
        Self::new(
            opcode::CLOSE,
            [&code.to_be_bytes()[..], reason.as_ref()].concat(),
        )
    }

    /// More fragments follow.
    pub(crate) fn unfinished(mut self) -> Self {
        self.fin = false;
        self
    }

    /// RSV1–3 as a 3-bit number, RSV1 the highest.
    pub(crate) fn rsv(mut self, rsv: u8) -> Self {
        self.rsv = rsv;
        self
    }

    pub(crate) fn masked(mut self, key: [u8; 4]) -> Self {
        self.mask = Some(key);
        self
    }

    pub(crate) fn length_bits(mut self, bits: u8) -> Self {
        self.length_bits = bits;
        self
    }

    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut bytes = self.encode_header(self.payload.len() as u64);
        let start = bytes.len();
        bytes.extend_from_slice(&self.payload);
        if let Some(key) = self.mask {
            apply(key, &mut bytes[start..]);
        }
        bytes
    }

    /// The header alone, announcing any length.
    pub(crate) fn encode_header(&self, length: u64) -> Vec<u8> {
        let mut bytes = vec![u8::from(self.fin) << 7 | self.rsv << 4 | self.opcode];
        let masked = u8::from(self.mask.is_some()) << 7;
        match self.length_bits {
            7 => bytes.push(masked | u8::try_from(length).unwrap()),
            16 => {
                bytes.push(masked | 126);
                bytes.extend(u16::try_from(length).unwrap().to_be_bytes());
            }
            _ => {
                bytes.push(masked | 127);
                bytes.extend(length.to_be_bytes());
            }
        }
        bytes.extend(self.mask.into_iter().flatten());
        bytes
    }

    /// Reads one frame; `None` at an end between frames.
    pub(crate) fn read(
        mut exactly: impl FnMut(usize) -> io::Result<Option<Vec<u8>>>,
    ) -> io::Result<Option<Self>> {
        let Some(start) = exactly(2)? else {
            return Ok(None);
        };
        let mut rest =
            |count| exactly(count)?.ok_or_else(|| io::Error::from(io::ErrorKind::UnexpectedEof));
        let (length_bits, length) = match start[1] & 0x7f {
            126 => (16, big_endian(&rest(2)?)),
            127 => (64, big_endian(&rest(8)?)),
            length => (7, u64::from(length)),
        };
        let mask = match start[1] & 0x80 {
            0 => None,
            _ => <[u8; 4]>::try_from(rest(4)?).ok(),
        };
        let mut payload = rest(usize::try_from(length).unwrap())?;
        if let Some(key) = mask {
            apply(key, &mut payload);
        }
        Ok(Some(Self {
            fin: start[0] & 0x80 != 0,
            rsv: start[0] >> 4 & 7,
            opcode: start[0] & 0xf,
            mask,
            payload,
            length_bits,
        }))
    }

    /// What RFC 6455 forbids a client to send, whatever the context; `None` for a good frame.
    pub(crate) fn fault_of_client(&self) -> Option<&'static str> {
        let control = self.opcode & 8 != 0;
        match () {
            () if self.mask.is_none() => Some("an unmasked frame"),
            () if !matches!(self.opcode, 0..=2 | 8..=10) => Some("a reserved opcode"),
            () if self.length_bits != shortest_length_bits(self.payload.len()) => {
                Some("a length that is not in its shortest form")
            }
            () if control && !self.fin => Some("a fragmented control frame"),
            () if control && self.payload.len() > 125 => Some("a control frame over 125 bytes"),
            () if control && self.rsv != 0 => Some("a control frame with a reserved bit"),
            () if self.opcode == opcode::CLOSE && self.payload.len() == 1 => {
                Some("a Close payload of one byte")
            }
            () => None,
        }
    }
}

fn shortest_length_bits(length: usize) -> u8 {
    match length {
        0..=125 => 7,
        126..=0xffff => 16,
        _ => 64,
    }
}

fn big_endian(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .fold(0, |number, byte| number << 8 | u64::from(*byte))
}

fn apply(key: [u8; 4], payload: &mut [u8]) {
    for (byte, key) in payload.iter_mut().zip(key.iter().cycle()) {
        *byte ^= key;
    }
}
