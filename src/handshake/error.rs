//! Why an upgrade failed.

use std::{fmt, io, time::Duration};

use crate::{
    error::Exit,
    net::{
        Deadline,
        foreign::Foreign,
        http::{Body, Fault, Head},
        redact,
    },
    output::{self, counted},
};

/// An answer that is not the upgrade that was asked for.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// HTTP, but not 101.
    #[error("the upgrade was refused: {}", .0.head.status_and_reason())]
    Refused(Box<Refusal>),
    /// Every redirect led to another.
    #[error("{} (--max-redirs), and the last led to {}", followed(*.most), place(.refusal))]
    TooManyRedirects {
        /// How many were followed.
        most: usize,
        /// The one that was not.
        refusal: Box<Refusal>,
    },
    /// A redirect leads nowhere.
    #[error("the redirect to {location:?} cannot be followed: {why}")]
    Redirect {
        /// The value of `Location`, without secrets.
        location: String,
        /// What is wrong with it.
        why: String,
    },
    /// The connection was closed without a byte.
    #[error("the server closed the connection without an answer to the upgrade request")]
    EmptyReply,
    /// The connection was closed inside the response head.
    #[error(
        "the server closed the connection inside its response head, after {}",
        counted(*.received, "byte")
    )]
    HeadCutOff {
        /// How many bytes had come.
        received: usize,
    },
    /// A TCP RST instead of an answer.
    #[error("the connection was reset {}", when(*.received))]
    Reset {
        /// How many bytes had come.
        received: usize,
    },
    /// What came is not HTTP.
    #[error("the server's answer is not HTTP{}", spoken(.foreign.as_ref()))]
    NotHttp {
        /// What it is, where it was recognised.
        foreign: Option<Foreign>,
    },
    /// The response head has no end within the limit.
    #[error("the server's response head is longer than 64 KiB")]
    HeadTooLong,
    /// The response head's lines end in `\n` alone, which RFC 9112 §2.2 lets a client refuse, and most do.
    #[error(
        "the server's response head has lines that end in a bare line feed, without a carriage return"
    )]
    BareLineFeed,
    /// The response head is not HTTP/1.x.
    #[error("the server's response head is not valid HTTP/1.x: {0}")]
    BadHead(String),
    /// RFC 6455 §4.1: `Upgrade` must be `websocket`.
    #[error("the server answered 101 {}", wrong("Upgrade", .received.as_deref(), "websocket"))]
    Upgrade {
        /// The field's value.
        received: Option<String>,
    },
    /// RFC 6455 §4.1: `Connection` must contain `upgrade`.
    #[error("the server answered 101 {}", wrong("Connection", .received.as_deref(), "Upgrade"))]
    Connection {
        /// The field's value.
        received: Option<String>,
    },
    /// RFC 6455 §4.1: `Sec-WebSocket-Accept` must be there.
    #[error("the server answered 101 without Sec-WebSocket-Accept (a proxy may have removed it)")]
    AcceptMissing,
    /// RFC 6455 §4.1: `Sec-WebSocket-Accept` must prove that the key was read.
    #[error(
        "Sec-WebSocket-Accept is {received:?} where {expected:?} was due{}",
        .known.map(|known| format!(": it is the answer to {known}")).unwrap_or_default()
    )]
    AcceptWrong {
        /// The answer to the key that was sent.
        expected: String,
        /// The answer that came.
        received: String,
        /// The key that it is the answer to, where that is a well-known one.
        known: Option<&'static str>,
    },
    /// RFC 6455 §4.1: a subprotocol that was not asked for.
    #[error("the server chose the subprotocol {chosen:?}, which {}", not_requested(.requested))]
    Subprotocol {
        /// What the server chose.
        chosen: String,
        /// What was asked for.
        requested: Vec<String>,
    },
    /// RFC 6455 §4.1: an extension that was not offered.
    #[error("the server chose the extension {0:?}, which was not offered")]
    Extension(String),
    /// The parameters of permessage-deflate, RFC 7692 §7.1.
    #[error(transparent)]
    Compression(#[from] super::extensions::ExtensionError),
    /// RFC 6455 §11.3.4: the field must not appear more than once in a response.
    #[error("the server sent {0} more than once")]
    Repeated(&'static str),
    /// The connection failed.
    #[error("the connection failed during the upgrade: {0}")]
    Io(io::Error),
    /// The deadline passed.
    #[error("the upgrade timed out after {}: {}", output::seconds(*.after), waited(*.received))]
    Timeout {
        /// The limit of the whole of connecting.
        after: Duration,
        /// How many bytes of the answer had come.
        received: usize,
    },
}

/// A response other than 101.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Its head.
    pub head: Head,
    /// The first part of its body.
    pub body: Body,
}

impl Error {
    /// The exit status of the step.
    #[must_use]
    pub fn exit(&self) -> Exit {
        match self {
            Self::Timeout { .. } => Exit::Timeout,
            _ => Exit::Upgrade,
        }
    }

    pub(super) fn from_io(error: io::Error, received: usize) -> Self {
        match error.kind() {
            io::ErrorKind::TimedOut => Self::Timeout {
                after: Duration::ZERO,
                received,
            },
            io::ErrorKind::ConnectionReset => Self::Reset { received },
            _ => Self::Io(error),
        }
    }

    /// Names the limit in a timeout, which the failing read does not know.
    pub(super) fn with_deadline(self, deadline: Deadline) -> Self {
        match self {
            Self::Timeout { received, .. } => Self::Timeout {
                after: deadline.limit(),
                received,
            },
            error => error,
        }
    }
}

fn place(refusal: &Refusal) -> String {
    refusal
        .head
        .value("Location")
        .map_or_else(String::new, |location| redact::url(&location))
}

fn followed(redirects: usize) -> String {
    match redirects {
        1 => "1 redirect was followed".to_owned(),
        _ => format!("{redirects} redirects were followed"),
    }
}

fn when(received: usize) -> String {
    match received {
        0 => "after the upgrade request was sent".to_owned(),
        _ => format!(
            "inside the response head, after {}",
            counted(received, "byte")
        ),
    }
}

fn waited(received: usize) -> String {
    match received {
        0 => "no byte of an answer came".to_owned(),
        _ => format!(
            "the response head was not complete after {}",
            counted(received, "byte")
        ),
    }
}

fn spoken(foreign: Option<&Foreign>) -> String {
    match foreign {
        Some(foreign @ (Foreign::TlsAlert { .. } | Foreign::TlsRecord)) => {
            format!(": this port speaks {foreign}; try wss://")
        }
        Some(foreign) => format!(": this port speaks {foreign}"),
        None => String::new(),
    }
}

fn wrong(name: &str, received: Option<&str>, due: &str) -> String {
    match received {
        Some(received) => format!("with {name}: {received:?} where {due:?} was due"),
        None => format!("without {name}: {due}"),
    }
}

fn not_requested(requested: &[String]) -> impl fmt::Display {
    if requested.is_empty() {
        "was not asked for (none was)".to_owned()
    } else {
        format!("was not asked for (asked for: {})", requested.join(", "))
    }
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::EmptyReply => Self::EmptyReply,
            Fault::CutOff { received } => Self::HeadCutOff { received },
            Fault::NotHttp { foreign } => Self::NotHttp { foreign },
            Fault::TooLong => Self::HeadTooLong,
            Fault::BareLineFeed => Self::BareLineFeed,
            Fault::Bad(reason) => Self::BadHead(reason),
            Fault::Io { received, source } => Self::from_io(source, received),
        }
    }
}
