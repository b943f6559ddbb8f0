//! Every way a run can end, and the one place where exit statuses are assigned.

use std::{io, time::Duration};

use crate::{handshake, net, ws::Violation};

/// The status a run ends with; the table in the man page and the README.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// The run did what was asked.
    Done = 0,
    /// A fault of wscope or of local input and output.
    Internal = 1,
    /// The command line asks for something impossible.
    Usage = 2,
    /// The host name has no address.
    Resolve = 3,
    /// No address accepted the TCP connection.
    Connect = 4,
    /// The proxy was unreachable, refused, or answered nonsense.
    Proxy = 5,
    /// The TLS handshake failed.
    Tls = 6,
    /// The upgrade was refused or its answer is invalid.
    Upgrade = 7,
    /// The peer broke the WebSocket protocol.
    Protocol = 8,
    /// The connection ended without a Close frame.
    Lost = 9,
    /// The peer closed with a code other than 1000, 1001 or 1005.
    ClosedWithError = 10,
    /// A deadline passed; the message names it.
    Timeout = 11,
    /// `--until`, `--count` or another expectation was not met.
    Expectation = 12,
}

/// Why a run failed: the step, and its source.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The command line, or a file that it names, is wrong.
    #[error("{0}")]
    Usage(String),
    /// Connecting failed before the upgrade: name, TCP, proxy or TLS.
    #[error(transparent)]
    Net(#[from] net::Error),
    /// The upgrade was refused, or its answer is not a WebSocket's.
    #[error(transparent)]
    Handshake(#[from] handshake::Error),
    /// The peer sent what RFC 6455 or RFC 7692 forbids.
    #[error("{0}")]
    Protocol(Violation),
    /// The connection ended without a Close frame.
    #[error("{0}")]
    Lost(String),
    /// The peer's Close frame carries an error code.
    #[error("{0}")]
    ClosedByPeer(String),
    /// A deadline passed.
    #[error("{what} after {}", crate::output::seconds(*.after))]
    Timeout {
        /// What was waited for, as a sentence: "no pong".
        what: String,
        /// How long the wait was.
        after: Duration,
    },
    /// What the user asked to see did not come.
    #[error("{0}")]
    Expectation(String),
    /// Standard input could not be read or does not have the promised form.
    #[error("{0}")]
    Input(String),
    /// A local read or write failed.
    #[error("{what}: {source}")]
    Io {
        /// The file or stream.
        what: &'static str,
        /// The system's error.
        source: io::Error,
    },
    /// The reader of standard output has gone; not a failure.
    #[error("standard output closed")]
    BrokenPipe,
    /// A signal ended the run; main raises it again.
    #[error("interrupted by signal {0}")]
    Interrupted(i32),
}

impl Error {
    /// The exit status this error stands for; total, so that a new variant cannot forget one.
    #[must_use]
    pub fn exit(&self) -> Exit {
        match self {
            Self::Usage(_) => Exit::Usage,
            Self::Net(error) => error.exit(),
            Self::Handshake(error) => error.exit(),
            Self::Protocol(_) => Exit::Protocol,
            Self::Lost(_) => Exit::Lost,
            Self::ClosedByPeer(_) => Exit::ClosedWithError,
            Self::Timeout { .. } => Exit::Timeout,
            Self::Expectation(_) => Exit::Expectation,
            Self::Input(_) | Self::Io { .. } => Exit::Internal,
            Self::BrokenPipe => Exit::Done,
            Self::Interrupted(_) => Exit::Internal,
        }
    }
}
