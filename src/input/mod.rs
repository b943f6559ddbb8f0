//! Standard input → messages to send.
//!
//! ```text
//! Stdin (blocks of bytes) → Splitter (by the chosen framing) → Piece → the writer thread
//! ```
//!
//! Nothing here knows a socket or a frame.

pub mod frame_spec;
mod framing;
mod splitter;
mod stdin;

pub use framing::Framing;
pub use splitter::{InputError, Piece, Splitter};
pub use stdin::Stdin;

use crate::ws::Kind;

/// Where messages come from in pipe mode, and how they are cut out of it.
#[derive(Debug)]
pub struct Input {
    /// The stream.
    pub stdin: Stdin,
    /// The framing at work.
    pub splitter: Splitter,
}

impl Input {
    /// The process's standard input, read by `framing`.
    ///
    /// # Errors
    ///
    /// The system has no descriptors left.
    pub fn from_process(framing: Framing, kind: Kind, limit: usize) -> std::io::Result<Self> {
        Ok(Self {
            stdin: Stdin::of_the_process()?,
            splitter: Splitter::new(framing, kind, limit),
        })
    }
}
