//! From a name to a connected byte stream.

use crate::error::Exit;

/// A step of connecting that failed.
#[derive(Debug, thiserror::Error)]
#[error("not connected")]
pub struct Error;

impl Error {
    /// The exit status of the step.
    #[must_use]
    pub fn exit(&self) -> Exit {
        Exit::Connect
    }
}
