//! A frame header, RFC 6455 §5.2, kept as the bytes it was on the wire.
//!
//! ```text
//!  0                   1                   2                   3
//!  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//! +-+-+-+-+-------+-+-------------+-------------------------------+
//! |F|R|R|R| opcode|M| payload len |    extended length, 16 or 64  |
//! |I|S|S|S|       |A|     (7)     |    (if payload len = 126/127) |
//! |N|V|V|V|       |S|             |                               |
//! | |1|2|3|       |K|             |    masking key, if MASK       |
//! +-+-+-+-+-------+-+-------------+-------------------------------+
//! ```

use std::fmt;

use super::OpCode;

/// The longest header: 2 bytes, a 64-bit length, a masking key.
pub const MAX_HEADER: usize = 14;

const FIN: u8 = 0x80;
const RSV: u8 = 0x70;
const OPCODE: u8 = 0x0f;
const MASK: u8 = 0x80;
const LENGTH: u8 = 0x7f;

/// How the payload length is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LengthForm {
    /// In the second byte, up to 125.
    Bits7,
    /// In the two bytes that follow, announced by 126.
    Bits16,
    /// In the eight bytes that follow, announced by 127.
    Bits64,
}

impl LengthForm {
    /// The form that RFC 6455 §5.2 demands for `length`: the shortest.
    #[must_use]
    pub fn minimal(length: u64) -> Self {
        match length {
            0..=125 => Self::Bits7,
            126..=0xffff => Self::Bits16,
            _ => Self::Bits64,
        }
    }

    /// The width of the length in bits: 7, 16 or 64.
    #[must_use]
    pub fn bits(self) -> u8 {
        match self {
            Self::Bits7 => 7,
            Self::Bits16 => 16,
            Self::Bits64 => 64,
        }
    }

    /// The bytes that follow the second one.
    #[must_use]
    pub fn extra_bytes(self) -> usize {
        match self {
            Self::Bits7 => 0,
            Self::Bits16 => 2,
            Self::Bits64 => 8,
        }
    }
}

/// A whole frame header; every combination of bits is representable, also those the RFC forbids.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Header {
    bytes: [u8; MAX_HEADER],
    size: u8,
}

impl Header {
    /// The header that encodes these fields; `rsv` is RSV1–3 as a 3-bit number, RSV1 the highest.
    ///
    /// `form` may be longer than needed; a `length` that does not fit it is cut to its low bits.
    #[must_use]
    #[inline]
    pub fn new(
        fin: bool,
        rsv: u8,
        opcode: u8,
        mask: Option<[u8; 4]>,
        form: LengthForm,
        length: u64,
    ) -> Self {
        let mut bytes = [0; MAX_HEADER];
        bytes[0] = u8::from(fin) << 7 | (rsv << 4 & RSV) | (opcode & OPCODE);
        bytes[1] = if mask.is_some() { MASK } else { 0 };
        match form {
            LengthForm::Bits7 => bytes[1] |= length as u8 & LENGTH,
            LengthForm::Bits16 => {
                bytes[1] |= 126;
                bytes[2..4].copy_from_slice(&(length as u16).to_be_bytes());
            }
            LengthForm::Bits64 => {
                bytes[1] |= 127;
                bytes[2..10].copy_from_slice(&length.to_be_bytes());
            }
        }
        let mut size = 2 + form.extra_bytes();
        if let Some(key) = mask {
            bytes[size..size + 4].copy_from_slice(&key);
            size += 4;
        }
        Self {
            bytes,
            size: size as u8,
        }
    }

    /// The header at the start of `bytes`, or `None` where it is not all there yet.
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let (&[first, second], _) = bytes.split_first_chunk::<2>()?;
        let size = Self::size_of([first, second]);
        let present = bytes.get(..size)?;
        let mut header = Self {
            bytes: [0; MAX_HEADER],
            size: size as u8,
        };
        header.bytes[..size].copy_from_slice(present);
        Some(header)
    }

    /// How many bytes the header has that begins with these two: 2 to 14.
    #[must_use]
    pub fn size_of(start: [u8; 2]) -> usize {
        let extended = match start[1] & LENGTH {
            126 => 2,
            127 => 8,
            _ => 0,
        };
        2 + extended + if start[1] & MASK == 0 { 0 } else { 4 }
    }

    /// The bytes as they are on the wire.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes[..usize::from(self.size)]
    }

    /// Appends the bytes to `out`.
    #[inline]
    pub fn append_to(&self, out: &mut Vec<u8>) {
        let end = out.len() + usize::from(self.size);
        // more than is wanted, because a copy of constant size is a few instructions
        out.extend_from_slice(&self.bytes);
        out.truncate(end);
    }

    /// FIN: this frame ends its message.
    #[must_use]
    pub fn fin(&self) -> bool {
        self.bytes[0] & FIN != 0
    }

    /// RSV1–3 as a 3-bit number: RSV1 is 4, RSV2 is 2, RSV3 is 1.
    #[must_use]
    pub fn rsv(&self) -> u8 {
        (self.bytes[0] & RSV) >> 4
    }

    /// RSV1, which permessage-deflate calls "compressed" (RFC 7692 §6).
    #[must_use]
    pub fn rsv1(&self) -> bool {
        self.rsv() & 4 != 0
    }

    /// The opcode's number, 0 to 15.
    #[must_use]
    pub fn opcode(&self) -> u8 {
        self.bytes[0] & OPCODE
    }

    /// The opcode by name.
    #[must_use]
    pub fn op(&self) -> OpCode {
        OpCode::from(self.opcode())
    }

    /// Whether the opcode is a control frame's: 8 to 15.
    #[must_use]
    pub fn is_control(&self) -> bool {
        self.opcode() & 8 != 0
    }

    /// The masking key, where MASK is set.
    #[must_use]
    pub fn mask(&self) -> Option<[u8; 4]> {
        let end = usize::from(self.size);
        (self.bytes[1] & MASK != 0).then(|| {
            let mut key = [0; 4];
            key.copy_from_slice(&self.bytes[end - 4..end]);
            key
        })
    }

    /// How the length is written.
    #[must_use]
    pub fn length_form(&self) -> LengthForm {
        match self.bytes[1] & LENGTH {
            126 => LengthForm::Bits16,
            127 => LengthForm::Bits64,
            _ => LengthForm::Bits7,
        }
    }

    /// The declared payload length in bytes.
    #[must_use]
    pub fn length(&self) -> u64 {
        let extended = |width: usize| {
            self.bytes[2..2 + width]
                .iter()
                .fold(0, |length, byte| length << 8 | u64::from(*byte))
        };
        match self.length_form() {
            LengthForm::Bits7 => u64::from(self.bytes[1] & LENGTH),
            LengthForm::Bits16 => extended(2),
            LengthForm::Bits64 => extended(8),
        }
    }
}

impl fmt::Debug for Header {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Header")
            .field("bytes", &data_encoding::HEXLOWER.encode(self.bytes()))
            .field("fin", &self.fin())
            .field("rsv", &self.rsv())
            .field("opcode", &self.opcode())
            .field("mask", &self.mask())
            .field("length", &self.length())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6455 §5.7.
    #[test]
    fn reads_the_examples_of_the_rfc() {
        let masked_hello = Header::parse(&[0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f]).unwrap();
        assert!(masked_hello.fin());
        assert_eq!(masked_hello.opcode(), 1);
        assert_eq!(masked_hello.mask(), Some([0x37, 0xfa, 0x21, 0x3d]));
        assert_eq!(masked_hello.length(), 5);
        assert_eq!(masked_hello.bytes().len(), 6);

        let binary_256 = Header::parse(&[0x82, 0x7e, 0x01, 0x00]).unwrap();
        assert_eq!(binary_256.length_form(), LengthForm::Bits16);
        assert_eq!(binary_256.length(), 256);

        let binary_64k = Header::parse(&[0x82, 0x7f, 0, 0, 0, 0, 0, 1, 0, 0]).unwrap();
        assert_eq!(binary_64k.length_form(), LengthForm::Bits64);
        assert_eq!(binary_64k.length(), 65_536);
    }

    #[test]
    fn waits_for_the_whole_header() {
        let whole = [0x82, 0xff, 0, 0, 0, 0, 0, 1, 0, 0, 1, 2, 3, 4];
        for have in 0..whole.len() {
            assert_eq!(Header::parse(&whole[..have]), None, "{have} bytes");
        }
        assert_eq!(Header::parse(&whole).unwrap().mask(), Some([1, 2, 3, 4]));
    }

    #[test]
    fn writes_what_it_reads_for_any_bytes() {
        arbtest::arbtest(|u| {
            let bytes: [u8; MAX_HEADER] = u.arbitrary()?;
            let header = Header::parse(&bytes).unwrap();
            let again = Header::new(
                header.fin(),
                header.rsv(),
                header.opcode(),
                header.mask(),
                header.length_form(),
                header.length(),
            );
            assert_eq!(again, header);
            Ok(())
        });
    }
}
