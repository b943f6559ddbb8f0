//! What must hold of the receiver for any bytes: no panic, and the same messages however the bytes are cut.

use wscope::ws::{
    CloseFrame, ControlFrame, Flow, FrameStep, Inflater, Kind, Limits, Part, Receive, Receiver,
    Role, Rule, Severity, Strictness, Violation,
};

/// Of the choice: the receiver inflates.
const DEFLATED: u8 = 4;

/// The first byte of `input` chooses the receiver, the rest is what it is fed with.
pub(crate) fn holds(input: &[u8]) {
    let Some((&choice, bytes)) = input.split_first() else {
        return;
    };
    let whole = seen(choice, Frames::Unwanted, [bytes]);
    let cut = seen(choice, Frames::Unwanted, bytes.chunks(1));
    let framed = seen(choice, Frames::Wanted, bytes.chunks(7));
    let certain = [&whole, &cut, &framed].map(|seen| {
        seen.iter()
            .take_while(|seen| is_certain(seen, choice))
            .count()
    });
    let certain = certain.into_iter().min().unwrap_or_default();
    if certain == whole.len() {
        assert_eq!(whole, cut, "cut into single bytes");
        assert_eq!(whole, framed, "with every frame reported");
    }
    assert_eq!(whole[..certain], cut[..certain], "cut into single bytes");
    assert_eq!(
        whole[..certain],
        framed[..certain],
        "with every frame reported"
    );
}

/// Two things depend on how much is there at once: another protocol is recognised by more bytes than a header has, and
/// compressed data that is wrong twice may show either fault first.
fn is_certain(seen: &Seen, choice: u8) -> bool {
    use Rule::{HttpInStream, Inflate, InvalidUtf8, TextInStream, TlsInStream, TooBig};
    match seen {
        Seen::Broken(HttpInStream | TlsInStream | TextInStream, _) => false,
        Seen::Broken(Inflate | InvalidUtf8(_) | TooBig(_), _) => choice & DEFLATED == 0,
        _ => true,
    }
}

#[derive(Clone, Copy)]
enum Frames {
    Wanted,
    Unwanted,
}

#[derive(Debug, PartialEq)]
enum Seen {
    Message(Kind, Vec<u8>),
    Close(CloseFrame),
    Ping(Vec<u8>),
    Pong(Vec<u8>),
    Broken(Rule, Severity),
}

/// Everything that is complete; of an unfinished message more or less may have been given.
fn seen<'a>(choice: u8, frames: Frames, pieces: impl IntoIterator<Item = &'a [u8]>) -> Vec<Seen> {
    let role = if choice & 1 == 0 {
        Role::Client
    } else {
        Role::Server
    };
    let strictness = if choice & 2 == 0 {
        Strictness::Strict
    } else {
        Strictness::Lenient
    };
    let inflater =
        (choice & DEFLATED != 0).then(|| Inflater::new(9 + (choice >> 4) % 7, choice & 8 == 0));
    let limits = Limits {
        text: 1 << 12,
        binary: 1 << 14,
    };
    let mut receiver = Receiver::new(role, limits, strictness, inflater);
    let mut sink = Sink {
        frames,
        unfinished: Vec::new(),
        seen: Vec::new(),
    };
    for piece in pieces {
        if receiver.feed(piece, &mut sink).is_break() {
            break;
        }
    }
    sink.seen
}

struct Sink {
    frames: Frames,
    unfinished: Vec<u8>,
    seen: Vec<Seen>,
}

impl Receive for Sink {
    fn wants_frames(&self) -> bool {
        matches!(self.frames, Frames::Wanted)
    }

    fn frame(&mut self, step: &FrameStep<'_>) {
        if let FrameStep::Header(context) | FrameStep::End(context) = step {
            assert!(context.header.bytes().len() >= 2);
        }
    }

    fn message(&mut self, kind: Kind, payload: &[u8]) -> Flow {
        self.seen.push(Seen::Message(kind, payload.to_vec()));
        Flow::Continue(())
    }

    fn part(&mut self, part: Part<'_>) -> Flow {
        if part.first {
            self.unfinished.clear();
        }
        self.unfinished.extend_from_slice(part.bytes);
        if part.last {
            let whole = std::mem::take(&mut self.unfinished);
            self.seen.push(Seen::Message(part.kind, whole));
        }
        Flow::Continue(())
    }

    fn control(&mut self, control: ControlFrame<'_>) -> Flow {
        self.seen.push(match control {
            ControlFrame::Close(frame) => Seen::Close(frame),
            ControlFrame::Ping(payload) => Seen::Ping(payload.to_vec()),
            ControlFrame::Pong(payload) => Seen::Pong(payload.to_vec()),
        });
        Flow::Continue(())
    }

    fn violation(&mut self, violation: &Violation, severity: Severity) {
        self.seen.push(Seen::Broken(violation.rule, severity));
    }
}
