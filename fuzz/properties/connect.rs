//! What must hold of the reading of a proxy's answer to CONNECT: no panic, bounded, and nothing taken of the tunnel.

use wscope::net::http::{Reader, body};

pub(crate) fn holds(input: &[u8]) {
    let mut reader = Reader::new(input);
    let head = match reader.head() {
        Ok(head) => head,
        Err(fault) => {
            assert!(!fault.to_string().is_empty());
            return;
        }
    };
    let leftover = reader.into_leftover();
    assert!(input.starts_with(&head.bytes), "the head is kept whole");
    assert!(
        input[head.bytes.len()..].starts_with(&leftover),
        "what follows is the tunnel's"
    );
    let rest = &input[head.bytes.len() + leftover.len()..];
    let body = body::collect(&mut &*rest, leftover, body::Framing::of(&head));
    assert!(body.bytes.len() <= body::BODY_LIMIT);
}
