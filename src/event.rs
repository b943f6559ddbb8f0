//! What happens on an open connection, and what can be asked of it: the spine of text, JSON,
//! the REPL and the tests.

use std::time::Duration;

use crate::{
    input::frame_spec::FrameSpec,
    ws::{CloseFrame, Kind, Severity, Violation},
};

/// Which way something went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From us to the peer.
    Sent,
    /// From the peer to us.
    Received,
}

/// How a connection ended that was not closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// The peer sent FIN.
    Eof,
    /// The peer sent RST, or the system gave the connection up.
    Reset,
}

/// Something that happened; `at` is the time since the connection was open.
#[derive(Clone, Debug)]
pub enum Event<'a> {
    /// A whole data message.
    Message {
        /// Whose.
        direction: Direction,
        /// When.
        at: Duration,
        /// Text or binary.
        kind: Kind,
        /// Its bytes, unmasked and inflated.
        payload: &'a [u8],
    },
    /// A ping.
    Ping {
        /// Whose.
        direction: Direction,
        /// When.
        at: Duration,
        /// Up to 125 bytes.
        payload: &'a [u8],
    },
    /// A pong.
    Pong {
        /// Whose.
        direction: Direction,
        /// When.
        at: Duration,
        /// Up to 125 bytes.
        payload: &'a [u8],
        /// The time since the ping of ours that it answers.
        rtt: Option<Duration>,
    },
    /// A Close frame.
    Close {
        /// Whose.
        direction: Direction,
        /// When.
        at: Duration,
        /// Code and reason.
        frame: &'a CloseFrame,
    },
    /// A rule that the peer broke.
    Violation {
        /// When.
        at: Duration,
        /// The rule and the bytes.
        violation: &'a Violation,
        /// Whether it ends the connection.
        severity: Severity,
    },
}

/// Something to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// A data message in one frame.
    Message {
        /// Text or binary.
        kind: Kind,
        /// Its bytes.
        payload: Vec<u8>,
    },
    /// A ping of up to 125 bytes.
    Ping(Vec<u8>),
    /// A pong of up to 125 bytes.
    Pong(Vec<u8>),
    /// A Close frame; nothing is sent after it.
    Close(CloseFrame),
    /// Something of the user's making, which need not be legal.
    Frame(FrameSpec),
}

impl Command {
    /// How many bytes it keeps in memory while it waits.
    #[must_use]
    pub fn weight(&self) -> usize {
        match self {
            Self::Message { payload, .. } | Self::Ping(payload) | Self::Pong(payload) => {
                payload.len()
            }
            Self::Close(frame) => frame.reason.len(),
            Self::Frame(spec) => spec.weight(),
        }
    }
}
