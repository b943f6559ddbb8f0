//! What a [`Receiver`](super::Receiver) tells, and to whom.

use std::ops::ControlFlow;

use super::{CloseFrame, Header, Kind, Violation};

/// Go on, or stop reading.
pub type Flow = ControlFlow<()>;

/// Whoever wants what a [`Receiver`](super::Receiver) recognises.
pub trait Receive {
    /// Whether [`Receive::frame`] is wanted; without it whole messages take a short cut.
    fn wants_frames(&self) -> bool;

    /// A step of a frame, before what it means.
    fn frame(&mut self, step: &FrameStep<'_>);

    /// Whether a frame that came whole may be told by [`Receive::whole_frame`], before its message.
    fn takes_whole_frames(&self) -> bool {
        false
    }

    /// A frame that came whole and is a message by itself.
    fn whole_frame(&mut self, context: &FrameContext, payload: &[u8]) {
        FrameStep::each(context, payload, |step| self.frame(&step));
    }

    /// A message that came whole, in one frame.
    fn message(&mut self, kind: Kind, payload: &[u8]) -> Flow;

    /// A piece of a message, unmasked and inflated.
    fn part(&mut self, part: Part<'_>) -> Flow;

    /// A whole control frame.
    fn control(&mut self, control: ControlFrame<'_>) -> Flow;

    /// A broken rule. After one that is fatal nothing follows.
    fn violation(&mut self, violation: &Violation, severity: Severity);

    /// The frame just shown came after the Close frame and means nothing (RFC 6455 §5.5.1); told
    /// only where [`Receive::wants_frames`]. After bytes that are no frame at all nothing follows.
    fn discarded(&mut self, violation: &Violation) {
        let _ = violation;
    }
}

/// What a violation does to the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// The receiver stops.
    Fatal,
    /// It was asked to read on.
    Tolerated,
}

/// A piece of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part<'a> {
    /// What the message carries.
    pub kind: Kind,
    /// The piece; may be empty.
    pub bytes: &'a [u8],
    /// Nothing of this message came before.
    pub first: bool,
    /// Nothing of it follows.
    pub last: bool,
}

/// A control frame, RFC 6455 §5.5.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ControlFrame<'a> {
    /// Close, with what its payload says.
    Close(CloseFrame),
    /// Ping.
    Ping(&'a [u8]),
    /// Pong.
    Pong(&'a [u8]),
}

/// How far a frame has come.
#[derive(Clone, Copy, Debug)]
pub enum FrameStep<'a> {
    /// The header is complete.
    Header(&'a FrameContext),
    /// A piece of the payload as on the wire, masked where it was.
    Payload {
        /// The piece.
        bytes: &'a [u8],
        /// Where it begins in the payload.
        offset: u64,
    },
    /// The payload is complete.
    End(&'a FrameContext),
}

impl<'a> FrameStep<'a> {
    /// Tells the steps of a frame that is there whole.
    pub fn each(context: &'a FrameContext, payload: &'a [u8], mut tell: impl FnMut(Self)) {
        tell(Self::Header(context));
        if !payload.is_empty() {
            tell(Self::Payload {
                bytes: payload,
                offset: 0,
            });
        }
        tell(Self::End(context));
    }
}

/// A frame and where it stands.
#[derive(Clone, Copy, Debug)]
pub struct FrameContext {
    /// The header.
    pub header: Header,
    /// Where the header begins, in bytes after the upgrade.
    pub offset: u64,
    /// The message it belongs to; `None` for control frames and reserved opcodes.
    pub message: Option<MessagePosition>,
}

/// A data frame's place in its message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MessagePosition {
    /// What the message carries.
    pub kind: Kind,
    /// The frame's number in the message, from 1.
    pub fragment: u32,
    /// Payload bytes of the message on the wire, this frame's included as far as they came.
    pub size: u64,
    /// RSV1 of the first frame: the payload is deflated (RFC 7692 §6).
    pub compressed: bool,
    /// Bytes of the message so far after inflating.
    pub inflated: u64,
}

/// The longest messages that are taken, in bytes after inflating.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// For text messages.
    pub text: u64,
    /// For binary messages.
    pub binary: u64,
}

impl Limits {
    /// No limit at all: for a sink that holds nothing.
    pub const NONE: Self = Self {
        text: u64::MAX,
        binary: u64::MAX,
    };

    /// The limit for messages of `kind`.
    #[must_use]
    pub fn of(self, kind: Kind) -> u64 {
        match kind {
            Kind::Text => self.text,
            Kind::Binary => self.binary,
        }
    }
}

/// What to do about a violation after which the frames can still be told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strictness {
    /// Fail the connection, as RFC 6455 demands.
    Strict,
    /// Report it and read on.
    Lenient,
}

/// What is missing of something that has begun to arrive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unfinished {
    /// A header: the bytes that came, and how many it has as far as they tell.
    Header {
        /// Bytes there.
        got: u64,
        /// Bytes it has; 2 until the length is known.
        of: u64,
    },
    /// A frame's payload.
    Payload {
        /// Bytes there.
        got: u64,
        /// Bytes declared.
        of: u64,
    },
    /// A fragmented message whose last frame has not come.
    Message {
        /// Payload bytes there.
        got: u64,
    },
}
