//! Why connecting failed.

use std::{io, path::PathBuf, time::Duration};

use crate::{
    error::Exit,
    net::{Stage, proxy, resolve, tcp::Refused, tls},
    output,
};

/// A step of connecting that failed, with its source.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The name has no usable address.
    #[error("{host} was not resolved: {source}")]
    Resolve {
        /// The name.
        host: String,
        /// What the resolver said.
        source: resolve::Failure,
    },
    /// No address accepted the connection.
    #[error("{host} was not reached: {refused}")]
    Connect {
        /// `host:port`.
        host: String,
        /// What each address answered.
        refused: Refused,
    },
    /// A local operation on the new socket failed.
    #[error("{what} could not be set up: {source}")]
    Setup {
        /// What was being set up.
        what: &'static str,
        /// The system's error.
        source: io::Error,
    },
    /// The Unix socket did not accept the connection.
    #[error("the socket {} was not reached: {source}", .path.display())]
    Unix {
        /// Its path.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// The proxy was not reached, refused, or answered nonsense.
    #[error("the proxy {proxy} {source}")]
    Proxy {
        /// Its URL, without secrets.
        proxy: String,
        /// What it did.
        source: Box<proxy::Failure>,
    },
    /// The TLS handshake failed.
    #[error("TLS with {host} failed: {source}")]
    Tls {
        /// The name that the certificate had to be for.
        host: String,
        /// What went wrong.
        source: Box<tls::Failure>,
    },
    /// The deadline passed.
    #[error("{what} timed out after {}", output::seconds(*.after))]
    Timeout {
        /// The stage that was running.
        stage: Stage,
        /// The stage as a sentence's subject: "TLS handshake".
        what: String,
        /// The limit of the whole of connecting.
        after: Duration,
    },
}

impl Error {
    /// The exit status of the step.
    #[must_use]
    pub fn exit(&self) -> Exit {
        match self {
            Self::Resolve { .. } => Exit::Resolve,
            Self::Connect { .. } | Self::Unix { .. } => Exit::Connect,
            Self::Proxy { .. } => Exit::Proxy,
            Self::Setup { .. } => Exit::Internal,
            Self::Tls { .. } => Exit::Tls,
            Self::Timeout { .. } => Exit::Timeout,
        }
    }

    /// The stage that failed.
    #[must_use]
    pub fn stage(&self) -> Stage {
        match self {
            Self::Resolve { .. } => Stage::Dns,
            Self::Connect { .. } | Self::Unix { .. } | Self::Setup { .. } => Stage::Tcp,
            Self::Proxy { .. } => Stage::Proxy,
            Self::Tls { .. } => Stage::Tls,
            Self::Timeout { stage, .. } => *stage,
        }
    }
}
