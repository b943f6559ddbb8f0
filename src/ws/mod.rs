//! The protocol itself, RFC 6455 and RFC 7692: bytes ↔ frames ↔ messages.
//!
//! Nothing here knows a socket, a thread, a clock or a command line.
//!
//! ```text
//! received bytes → Receiver ( Header → payload → UTF-8, fragments, inflate ) → Receive
//! messages       → Encoder  ( deflate → Header → mask )                      → bytes to send
//! any bytes      → dissect  ( fields + violations, never an error )
//! ```

mod close;
mod deflate;
mod dissect;
mod encoder;
mod frame;
mod mask;
mod receive;
mod receiver;
mod sniff;
mod utf8;
mod violation;

pub use close::{CloseFrame, code_is_allowed_on_the_wire, code_name};
pub use deflate::{DeflateParams, Deflater, Inflater};
pub use dissect::{Dissection, Field, Sender, dissect, header_rules, opcode_name};
pub use encoder::{Encoder, Place};
pub use frame::{Header, LengthForm, MAX_HEADER};
pub use mask::{Masks, apply_mask};
pub use receive::{
    ControlFrame, Flow, FrameContext, FrameStep, Limits, MessagePosition, Part, Receive, Severity,
    Strictness, Unfinished,
};
pub use receiver::Receiver;
pub use sniff::sniff;
pub use tungstenite::protocol::frame::coding::{Control, Data, OpCode};
pub use utf8::Utf8Stream;
pub use violation::{Rule, Violation};

/// What a data message carries, RFC 6455 §5.6.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// UTF-8 text, opcode 0x1.
    Text,
    /// Arbitrary bytes, opcode 0x2.
    Binary,
}

impl Kind {
    /// The opcode of the message's first frame.
    #[must_use]
    pub fn opcode(self) -> u8 {
        match self {
            Self::Text => 0x1,
            Self::Binary => 0x2,
        }
    }

    /// The RFC's name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Binary => "binary",
        }
    }
}

/// Which end of the connection something belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The end that opened the connection; it masks every frame.
    Client,
    /// The end that accepted it; it masks none.
    Server,
}
