//! How a session ended, as facts.

use std::{io, time::Duration};

use super::Counts;
use crate::{
    error::Error,
    event::Direction,
    output::counted,
    ws::{CloseFrame, Unfinished, Violation},
};

/// What was seen of a session as a whole.
#[derive(Debug)]
pub struct Summary {
    /// What ended it.
    pub end: End,
    /// Whose Close frame came first; `None` where there was none.
    pub closed_by: Option<Direction>,
    /// The Close frame that we sent.
    pub ours: Option<CloseFrame>,
    /// The Close frame that the peer sent.
    pub peers: Option<CloseFrame>,
    /// The time from open to the end.
    pub lasted: Duration,
    /// What came.
    pub received: Counts,
    /// What was sent.
    pub sent: Counts,
    /// Whether `--count` or `--until` was met.
    pub enough: bool,
    /// Whether `--wait` ended a flow that was still running.
    pub cut_a_flow: bool,
}

/// What ended a session.
#[derive(Debug)]
pub enum End {
    /// Both Close frames were exchanged, or the peer owed us only its own.
    Closed,
    /// The connection ended without the peer's Close frame.
    Lost(Loss),
    /// The peer broke a rule.
    Violation(Violation),
    /// A deadline passed.
    TimedOut(TimedOut),
    /// Standard input could not be used.
    InputFailed(String),
    /// What we write to has failed.
    OutputFailed(io::Error),
    /// A signal came.
    Signal(i32),
}

/// How a connection was lost.
#[derive(Debug)]
pub struct Loss {
    /// What the system said; `None` is an orderly end of the stream (FIN).
    pub error: Option<io::Error>,
    /// What had begun to arrive.
    pub unfinished: Option<Unfinished>,
    /// Whether our own Close was sent before.
    pub after_our_close: bool,
}

/// Which deadline passed, and how long it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimedOut {
    /// `--max-time`.
    Total(Duration),
    /// `--idle-timeout`.
    Idle(Duration),
    /// The pong to a ping of `--ping-interval`.
    Pong(Duration),
    /// The peer's Close after ours.
    Close(Duration),
}

impl Summary {
    /// The error that the end stands for, if it is one; `unmet` says what the user expected to
    /// see, where that was not met.
    #[must_use]
    pub fn error(&self, unmet: Option<String>) -> Option<Error> {
        let enough = self.enough;
        Some(match &self.end {
            End::Signal(signal) => Error::Interrupted(*signal),
            End::Violation(violation) => Error::Protocol(violation.clone()),
            End::InputFailed(text) => Error::Input(text.clone()),
            End::OutputFailed(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                Error::BrokenPipe
            }
            End::OutputFailed(error) => Error::Io {
                what: "standard output",
                source: error.kind().into(),
            },
            End::TimedOut(TimedOut::Close(_) | TimedOut::Total(_)) | End::Lost(_) if enough => {
                return None;
            }
            End::TimedOut(timed_out) => timed_out.error(),
            End::Lost(loss) => Error::Lost(loss.to_string()),
            End::Closed if enough => return None,
            End::Closed => match &self.peers {
                Some(frame) if is_error(frame) && !self.is_echo_of_ours() => {
                    Error::ClosedByPeer(frame.to_string())
                }
                _ => Error::Expectation(unmet?),
            },
        })
    }

    /// Whether the closing handshake was complete.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        matches!(self.end, End::Closed) && self.peers.is_some() && self.ours.is_some()
    }

    /// Whether the user, or `--max-time`, wants nothing more to be waited for.
    #[must_use]
    pub fn is_in_haste(&self) -> bool {
        matches!(self.end, End::Signal(_) | End::TimedOut(TimedOut::Total(_)))
    }

    /// The peer only repeats the code that we closed with, as RFC 6455 §5.5.1 has it.
    fn is_echo_of_ours(&self) -> bool {
        let code = |frame: &Option<CloseFrame>| frame.as_ref().and_then(|frame| frame.code);
        self.closed_by == Some(Direction::Sent) && code(&self.ours) == code(&self.peers)
    }
}

/// Whether a Close frame tells of an error: anything but 1000, 1001 and no code.
fn is_error(frame: &CloseFrame) -> bool {
    !matches!(frame.code, None | Some(1000 | 1001))
}

impl TimedOut {
    fn error(self) -> Error {
        let (what, after) = match self {
            Self::Total(after) => ("--max-time passed", after),
            Self::Idle(after) => ("nothing received (--idle-timeout)", after),
            Self::Pong(after) => ("no pong to our ping (--ping-timeout)", after),
            Self::Close(after) => ("no Close from the peer (--close-timeout)", after),
        };
        Error::Timeout {
            what: what.to_owned(),
            after,
        }
    }
}

impl std::fmt::Display for Loss {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.error {
            None => f.write_str("the connection ended (FIN) without a Close frame")?,
            Some(error) if error.kind() == io::ErrorKind::ConnectionReset => {
                f.write_str("the connection was reset (RST) without a Close frame")?;
            }
            Some(error) => write!(f, "the connection failed without a Close frame: {error}")?,
        }
        if self.after_our_close {
            f.write_str(" in answer to ours")?;
        }
        match self.unfinished {
            None => Ok(()),
            Some(Unfinished::Header { got, of }) => {
                write!(f, ", inside a frame header: {got} of {of} bytes came")
            }
            Some(Unfinished::Payload { got, of }) => {
                write!(f, ", inside a payload: {got} of {of} bytes came")
            }
            Some(Unfinished::Message { got }) => write!(
                f,
                ", inside a fragmented message: {} came, its last frame did not",
                counted(got, "byte")
            ),
        }
    }
}
