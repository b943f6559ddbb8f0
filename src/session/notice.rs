//! What the clock is told, and how it waits for that.

use std::{
    io,
    sync::{Arc, mpsc},
    time::{Duration, Instant},
};

use super::{
    reader::ReadEnd,
    signals::Caught,
    wake::{Waker, Woken},
    writer::WriteEnd,
};
use crate::ws::{CloseFrame, Violation};

/// What the threads tell the clock.
#[derive(Debug)]
pub(crate) enum Notice {
    /// Standard input has ended.
    InputEnded,
    /// Standard input breaks its framing or cannot be read.
    InputFailed(String),
    /// Our Close frame is on the wire.
    CloseSent(CloseFrame),
    /// The peer's has come.
    CloseReceived(CloseFrame),
    /// A pong to one of our pings.
    Pong,
    /// `--count` or `--until` is met.
    Enough,
    /// The reader waits in the middle of something.
    Unfinished,
    /// A rule was broken, fatally.
    Violation(Violation),
    /// The reader thread has ended.
    ReaderEnded(ReadEnd),
    /// The writer thread has ended.
    WriterEnded(WriteEnd),
    /// A signal came.
    Signal(i32),
}

/// Tells the clock; it never waits.
#[derive(Clone, Debug)]
pub(crate) struct Notify {
    sender: mpsc::Sender<Notice>,
    bell: Arc<Waker>,
}

/// What the clock has been told and not yet looked at.
#[derive(Debug)]
pub(super) struct Notices {
    receiver: mpsc::Receiver<Notice>,
    bell: Arc<Waker>,
    caught: Option<Caught>,
}

/// The two ends.
///
/// # Errors
///
/// The system has no descriptors left.
pub(super) fn notices() -> io::Result<(Notify, Notices)> {
    let (sender, receiver) = mpsc::channel();
    let bell = Arc::new(Waker::new()?);
    let notices = Notices {
        receiver,
        bell: Arc::clone(&bell),
        caught: None,
    };
    Ok((Notify { sender, bell }, notices))
}

impl Notify {
    /// Tells it; a clock that is gone does not care.
    pub(super) fn send(&self, notice: Notice) {
        if self.sender.send(notice).is_ok() {
            self.bell.wake();
        }
    }
}

impl Notices {
    /// Makes the signals that ask the process to end notices too, until it ends.
    ///
    /// # Errors
    ///
    /// The handlers cannot be had.
    pub(super) fn catch_signals(&mut self) -> io::Result<()> {
        self.caught = Some(Caught::new(&self.bell)?);
        Ok(())
    }

    /// The next notice; `None` when `time` has passed without one.
    ///
    /// # Errors
    ///
    /// The system refuses to wait.
    pub(super) fn wait(&self, time: Option<Duration>) -> io::Result<Option<Notice>> {
        let until = time.and_then(|time| Instant::now().checked_add(time));
        loop {
            let signal = self.caught.as_ref().and_then(Caught::take);
            let told = signal.map(Notice::Signal);
            if let Some(notice) = told.or_else(|| self.receiver.try_recv().ok()) {
                return Ok(Some(notice));
            }
            let left = until.map(|until| until.saturating_duration_since(Instant::now()));
            if self.bell.sleep(None, left)? == Woken::TimedOut {
                return Ok(None);
            }
        }
    }
}
