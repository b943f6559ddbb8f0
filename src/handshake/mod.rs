//! The upgrade, RFC 6455 §4.

pub mod extensions;

use crate::error::Exit;

/// An upgrade that failed.
#[derive(Debug, thiserror::Error)]
#[error("not upgraded")]
pub struct Error;

impl Error {
    /// The exit status of the step.
    #[must_use]
    pub fn exit(&self) -> Exit {
        Exit::Upgrade
    }
}
