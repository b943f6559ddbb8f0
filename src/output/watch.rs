//! Which message is on its way, seen from outside at intervals, and told on standard error.

use std::{
    io::{self, Write as _},
    sync::{Arc, mpsc},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use super::progress::Progress;
use crate::{event::Direction, session::Shared, ws::Unfinished};

/// Watches the counters of one connection; asked a few times a second.
#[derive(Debug, Default)]
pub struct Watch {
    receiving: Option<(u64, Progress)>,
    sending: Option<(u64, Progress)>,
}

impl Watch {
    /// The line to be shown now: `Some(None)` takes the last one away, `None` leaves it.
    pub fn look(&mut self, shared: &Shared, now: Instant) -> Option<Option<String>> {
        let received = look_at(&mut self.receiving, incoming(shared), now);
        let sent = look_at(&mut self.sending, outgoing(shared), now);
        match (received, sent) {
            (Some(Some(line)), _) | (_, Some(Some(line))) => Some(Some(line)),
            (Some(None), _) | (_, Some(None)) => Some(None),
            (None, None) => None,
        }
    }
}

/// Tells the progress of long messages on standard error, a terminal, until it is dropped.
#[derive(Debug)]
pub struct Ticker {
    /// Its end is the sign to stop.
    stop: Option<mpsc::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Ticker {
    /// Watches a connection.
    ///
    /// # Errors
    ///
    /// The system has no threads left.
    pub fn start(shared: Arc<Shared>) -> io::Result<Self> {
        let (stop, stopped) = mpsc::channel();
        let thread = thread::Builder::new()
            .name("progress".to_owned())
            .spawn(move || tick(&shared, &stopped))?;
        Ok(Self {
            stop: Some(stop),
            thread: Some(thread),
        })
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        self.stop = None;
        // It wakes at once, and only takes its line away.
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn tick(shared: &Shared, stopped: &mpsc::Receiver<()>) {
    let mut watch = Watch::default();
    let mut stands = false;
    while stopped.recv_timeout(LOOK) == Err(mpsc::RecvTimeoutError::Timeout) {
        if let Some(line) = watch.look(shared, Instant::now()) {
            stands = line.is_some();
            draw(&line.unwrap_or_default());
        }
    }
    if stands {
        draw("");
    }
}

/// Over the last one, in the same row.
fn draw(line: &str) {
    // A closed standard error must not end the run.
    let _ = write!(io::stderr().lock(), "\r\x1b[K{line}");
}

/// How often a connection is looked at.
pub const LOOK: Duration = Duration::from_millis(250);

/// A message that has begun and not ended: which one it is, and how far.
struct Part {
    direction: Direction,
    message: u64,
    done: u64,
    total: Option<u64>,
}

fn incoming(shared: &Shared) -> Option<Part> {
    let (done, total) = match shared.unfinished()? {
        Unfinished::Header { .. } => return None,
        Unfinished::Payload { got, of } => (got, Some(of)),
        Unfinished::Message { got } => (got, None),
    };
    Some(Part {
        direction: Direction::Received,
        message: shared.received().messages,
        done,
        total,
    })
}

fn outgoing(shared: &Shared) -> Option<Part> {
    let (done, total) = shared.sending()?;
    Some(Part {
        direction: Direction::Sent,
        message: shared.sent().messages,
        done,
        total: Some(total),
    })
}

fn look_at(
    watched: &mut Option<(u64, Progress)>,
    part: Option<Part>,
    now: Instant,
) -> Option<Option<String>> {
    let Some(part) = part else {
        let was_told = watched
            .take()
            .is_some_and(|(_, progress)| progress.was_told());
        return was_told.then_some(None);
    };
    match watched {
        Some((message, progress)) if *message == part.message => {
            progress.advance(part.done, part.total, now).map(Some)
        }
        _ => {
            // Another message: in a flow each look meets one, and none of them takes long.
            let was_told = watched
                .take()
                .is_some_and(|(_, progress)| progress.was_told());
            let progress = Progress::new(part.direction, part.total, now);
            *watched = Some((part.message, progress));
            was_told.then_some(None)
        }
    }
}
