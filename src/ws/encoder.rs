//! Messages → frames to send: header, masking key, masked payload, all into one buffer.

use super::{Deflater, Header, Kind, LengthForm, Masks, Role, apply_mask};

/// The sending side of one connection.
#[derive(Debug)]
pub struct Encoder {
    masks: Option<Masks>,
    deflater: Option<Deflater>,
    compressed: Vec<u8>,
}

impl Encoder {
    /// The sending side of the end that has `role`; `deflater` where permessage-deflate was
    /// agreed.
    #[must_use]
    pub fn new(role: Role, deflater: Option<Deflater>) -> Self {
        Self {
            masks: (role == Role::Client).then(Masks::new),
            deflater,
            compressed: Vec::new(),
        }
    }

    /// A key for a frame that is masked by hand.
    pub fn draw_key(&mut self) -> [u8; 4] {
        match &mut self.masks {
            Some(masks) => masks.next_key(),
            None => Masks::new().next_key(),
        }
    }

    /// Appends a message as one frame, deflated where that was agreed.
    #[inline]
    pub fn message(&mut self, kind: Kind, payload: &[u8], out: &mut Vec<u8>) {
        let Some(deflater) = &mut self.deflater else {
            return self.frame(true, 0, kind.opcode(), payload, out);
        };
        let mut compressed = std::mem::take(&mut self.compressed);
        compressed.clear();
        deflater.message(payload, &mut compressed);
        self.frame(true, 4, kind.opcode(), &compressed, out);
        self.compressed = compressed;
    }

    /// Appends a piece of a message as a fragment, deflated where that was agreed.
    pub fn fragment(&mut self, kind: Kind, place: Place, payload: &[u8], out: &mut Vec<u8>) {
        let opcode = if place.first { kind.opcode() } else { 0 };
        let Some(deflater) = &mut self.deflater else {
            return self.frame(place.last, 0, opcode, payload, out);
        };
        let mut compressed = std::mem::take(&mut self.compressed);
        compressed.clear();
        deflater.push(payload, place.last, &mut compressed);
        let rsv = if place.first { 4 } else { 0 };
        self.frame(place.last, rsv, opcode, &compressed, out);
        self.compressed = compressed;
    }

    /// Appends one frame as it is told; `rsv` is RSV1–3 as a 3-bit number.
    #[inline]
    pub fn frame(&mut self, fin: bool, rsv: u8, opcode: u8, payload: &[u8], out: &mut Vec<u8>) {
        let key = self.begin_frame(fin, rsv, opcode, payload.len() as u64, out);
        let start = out.len();
        out.extend_from_slice(payload);
        if let Some(key) = key {
            apply_mask(key, 0, &mut out[start..]);
        }
    }

    /// Appends the header of a frame of data that is sent beside `out`, and masks that data.
    ///
    /// Returns false, and does nothing, where messages are deflated.
    pub fn frame_beside(
        &mut self,
        kind: Kind,
        place: Place,
        payload: &mut [u8],
        out: &mut Vec<u8>,
    ) -> bool {
        if self.deflater.is_some() {
            return false;
        }
        let opcode = if place.first { kind.opcode() } else { 0 };
        if let Some(key) = self.begin_frame(place.last, 0, opcode, payload.len() as u64, out) {
            apply_mask(key, 0, payload);
        }
        true
    }

    #[inline]
    fn begin_frame(
        &mut self,
        fin: bool,
        rsv: u8,
        opcode: u8,
        length: u64,
        out: &mut Vec<u8>,
    ) -> Option<[u8; 4]> {
        let key = self.masks.as_mut().map(Masks::next_key);
        let form = LengthForm::minimal(length);
        Header::new(fin, rsv, opcode, key, form, length).append_to(out);
        key
    }
}

/// Where a fragment stands in its message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// It begins the message.
    pub first: bool,
    /// It ends the message.
    pub last: bool,
}

impl Place {
    /// The only frame of its message.
    pub const WHOLE: Self = Self {
        first: true,
        last: true,
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_masks_and_a_server_does_not() {
        let mut out = Vec::new();
        Encoder::new(Role::Server, None).message(Kind::Text, b"Hello", &mut out);
        assert_eq!(out, b"\x81\x05Hello");

        out.clear();
        Encoder::new(Role::Client, None).message(Kind::Text, b"Hello", &mut out);
        let header = Header::parse(&out).unwrap();
        let payload = &mut out[6..];
        apply_mask(header.mask().unwrap(), 0, payload);
        assert_eq!(payload, b"Hello");
    }

    #[test]
    fn fragments_say_the_opcode_once_and_fin_last() {
        let mut out = Vec::new();
        let mut encoder = Encoder::new(Role::Server, None);
        for (first, last) in [(true, false), (false, false), (false, true)] {
            encoder.fragment(Kind::Binary, Place { first, last }, b"x", &mut out);
        }
        assert_eq!(out, b"\x02\x01x\x00\x01x\x80\x01x");
    }

    #[test]
    fn tungstenite_reads_what_it_writes() {
        use tungstenite::protocol::frame::FrameHeader;
        for length in [0_usize, 1, 125, 126, 65_535, 65_536] {
            let mut out = Vec::new();
            Encoder::new(Role::Client, None).message(Kind::Binary, &vec![7; length], &mut out);
            let mut cursor = std::io::Cursor::new(&out);
            let (header, declared) = FrameHeader::parse(&mut cursor).unwrap().unwrap();
            assert!(header.is_final && header.mask.is_some());
            assert_eq!(declared, length as u64);
            assert_eq!(out.len() as u64, cursor.position() + declared);
        }
    }
}
