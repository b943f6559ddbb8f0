//! What must hold of permessage-deflate: bounded, the same however it is cut, and the inverse of itself.

use std::ops::ControlFlow;

use wscope::ws::{Deflater, Inflater};

/// The most that one call may give at once, and that is lost sight of when a limit is passed.
const CHUNK: usize = 32 * 1024;

/// What the bomb's finder is willing to take.
const LIMIT: usize = 1 << 20;

/// The first byte of `input` chooses the window; the rest is a message, compressed or to be compressed.
pub(crate) fn holds(input: &[u8]) {
    let Some((&choice, bytes)) = input.split_first() else {
        return;
    };
    let (window, takeover) = (8 + choice % 8, choice & 8 == 0);
    let size = 1 + usize::from(choice >> 4);
    let mut whole = Inflater::new(window, takeover);
    let mut cut = Inflater::new(window, takeover);
    for _ in 0..2 {
        let (from_whole, whole_is_good) = inflate(&mut whole, &[bytes]);
        let pieces: Vec<_> = bytes.chunks(size).collect();
        let (from_pieces, pieces_are_good) = inflate(&mut cut, &pieces);
        assert_eq!(
            whole_is_good, pieces_are_good,
            "good or not, however it is cut"
        );
        assert!(
            from_whole == from_pieces || !whole_is_good,
            "the same message however it is cut"
        );
        if !whole_is_good {
            break;
        }
    }
    comes_back(window, takeover, bytes, size);
}

fn comes_back(window: u8, takeover: bool, message: &[u8], size: usize) {
    let mut deflater = Deflater::new(window, takeover);
    let mut inflater = Inflater::new(window, takeover);
    for _ in 0..2 {
        let mut payload = Vec::new();
        for piece in message.chunks(size) {
            deflater.push(piece, false, &mut payload);
        }
        deflater.push(&[], true, &mut payload);
        let (inflated, is_good) = inflate(&mut inflater, &[&payload]);
        assert!(
            is_good && inflated == message,
            "what was deflated comes back"
        );
    }
}

/// What came out up to the limit, and whether the message ended well.
fn inflate(inflater: &mut Inflater, pieces: &[&[u8]]) -> (Vec<u8>, bool) {
    let mut out = Vec::new();
    let mut is_over = false;
    let mut pieces = pieces.iter().peekable();
    while let Some(piece) = pieces.next() {
        let flow = inflater.push(piece, pieces.peek().is_none(), |chunk, _| {
            assert!(!is_over, "nothing comes after the limit");
            assert!(chunk.len() <= CHUNK, "a bounded chunk");
            out.extend_from_slice(chunk);
            is_over = out.len() > LIMIT;
            if is_over {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        });
        if flow != Ok(ControlFlow::Continue(())) {
            out.truncate(LIMIT);
            return (out, false);
        }
    }
    (out, true)
}
