//! What must hold of the reading of an upgrade's answer for any bytes: no panic, and the same answer however it comes.

use std::{
    io::{self, Read},
    mem::{Discriminant, discriminant},
};

use wscope::handshake::{Error, Head, extensions::Offer, response::Reader};

pub(crate) fn holds(input: &[u8]) {
    let (whole, leftover) = read(input);
    let (cut, _) = read(InPieces {
        rest: input,
        most: 1 + input.len() / 2000,
    });
    assert_eq!(whole, cut, "cut into pieces");
    let Ok(head) = whole else { return };
    assert!(head.bytes.ends_with(b"\n"), "an empty line ends the head");
    assert!(
        leftover.len() <= input.len() - head.bytes.len(),
        "nothing is counted twice"
    );
    for name in ["Upgrade", "Connection", "Sec-WebSocket-Protocol"] {
        let _ = head.list(name).count();
    }
    let offer: Offer = "client_max_window_bits".parse().expect("an offer");
    let _ = offer.agreed(head.values("Sec-WebSocket-Extensions"));
    let _ = wscope::handshake::extensions::accept(head.values("Sec-WebSocket-Extensions"));
}

/// The head or the sort of error, and what is left; an error's details may tell how much was there.
fn read(from: impl Read) -> (Result<Head, Discriminant<Error>>, Vec<u8>) {
    let mut reader = Reader::new(from);
    let head = reader.final_head(&mut Vec::new());
    (
        head.map_err(|error| discriminant(&error)),
        reader.into_leftover(),
    )
}

/// Single bytes, or a few of a long input.
struct InPieces<'a> {
    rest: &'a [u8],
    most: usize,
}

impl Read for InPieces<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = buffer.len().min(self.most);
        self.rest.read(&mut buffer[..most])
    }
}
