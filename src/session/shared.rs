//! What both threads and the clock look at: the queue, counters, the pings on their way.

use std::{
    collections::VecDeque,
    io,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use super::{queue::Queue, wake::Waker};
use crate::ws::Unfinished;

/// Pings whose pongs are waited for; older ones are forgotten.
const MAX_PINGS: usize = 64;

/// Messages and payload bytes in one direction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Data messages.
    pub messages: u64,
    /// Their bytes, unmasked and inflated.
    pub bytes: u64,
}

/// The part of a session that every thread may touch.
#[derive(Debug)]
pub struct Shared {
    /// What waits to be sent.
    pub queue: Queue,
    opened: Instant,
    received: AtomicCounts,
    sent: AtomicCounts,
    /// When the reader last began to wait, in nanoseconds since open.
    quiet_since: AtomicU64,
    /// When the last message came, in nanoseconds since open.
    last_message: AtomicU64,
    /// The reader waits for the peer; otherwise it works, or waits for whoever reads our output.
    is_waiting: AtomicBool,
    unfinished: Mutex<Option<Unfinished>>,
    pings: Mutex<VecDeque<(Vec<u8>, Instant)>>,
    last_rtt: AtomicU64,
    sending_done: AtomicU64,
    /// 0 while nothing is half written.
    sending_total: AtomicU64,
}

#[derive(Debug, Default)]
struct AtomicCounts {
    messages: AtomicU64,
    bytes: AtomicU64,
}

impl Shared {
    pub(super) fn new() -> io::Result<Self> {
        Ok(Self {
            queue: Queue::new(Waker::new()?),
            opened: Instant::now(),
            received: AtomicCounts::default(),
            sent: AtomicCounts::default(),
            quiet_since: AtomicU64::new(0),
            last_message: AtomicU64::new(0),
            is_waiting: AtomicBool::new(true),
            unfinished: Mutex::default(),
            pings: Mutex::default(),
            last_rtt: AtomicU64::new(u64::MAX),
            sending_done: AtomicU64::new(0),
            sending_total: AtomicU64::new(0),
        })
    }

    /// The time since the connection was open.
    #[must_use]
    pub fn now(&self) -> Duration {
        self.opened.elapsed()
    }

    /// When the connection was open.
    #[must_use]
    pub fn opened(&self) -> Instant {
        self.opened
    }

    /// What has come from the peer.
    #[must_use]
    pub fn received(&self) -> Counts {
        self.received.load()
    }

    /// What was given to the socket.
    #[must_use]
    pub fn sent(&self) -> Counts {
        self.sent.load()
    }

    /// Since when nothing has come, as a time since open; `None` while the reader works.
    #[must_use]
    pub fn quiet_since(&self) -> Option<Duration> {
        self.is_waiting
            .load(Relaxed)
            .then(|| Duration::from_nanos(self.quiet_since.load(Relaxed)))
    }

    /// When the last message came, as a time since open; zero before the first.
    #[must_use]
    pub fn last_message(&self) -> Duration {
        Duration::from_nanos(self.last_message.load(Relaxed))
    }

    /// What has begun to arrive and not ended, as of the reader's last look.
    #[must_use]
    pub fn unfinished(&self) -> Option<Unfinished> {
        *self
            .unfinished
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// How much of what is being written the socket has taken, and how much that is in all.
    #[must_use]
    pub fn sending(&self) -> Option<(u64, u64)> {
        let total = self.sending_total.load(Relaxed);
        (total > 0).then(|| (self.sending_done.load(Relaxed), total))
    }

    /// The round trip of the last ping that was answered.
    #[must_use]
    pub fn last_rtt(&self) -> Option<Duration> {
        let nanos = self.last_rtt.load(Relaxed);
        (nanos != u64::MAX).then(|| Duration::from_nanos(nanos))
    }

    pub(super) fn add_received(&self, counts: Counts) {
        if counts != Counts::default() {
            self.last_message.store(nanos(self.now()), Relaxed);
        }
        self.received.add(counts);
    }

    pub(super) fn add_sent(&self, counts: Counts) {
        self.sent.add(counts);
    }

    pub(super) fn note_sending(&self, done: usize, total: usize) {
        let is_over = done == total;
        self.sending_done.store(done as u64, Relaxed);
        self.sending_total
            .store(if is_over { 0 } else { total as u64 }, Relaxed);
    }

    pub(super) fn begin_waiting(&self, unfinished: Option<Unfinished>) {
        *self
            .unfinished
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = unfinished;
        self.quiet_since.store(nanos(self.now()), Relaxed);
        self.is_waiting.store(true, Relaxed);
    }

    pub(super) fn end_waiting(&self) {
        self.is_waiting.store(false, Relaxed);
    }

    pub(super) fn ping_sent(&self, payload: Vec<u8>) {
        let mut pings = self.pings.lock().unwrap_or_else(PoisonError::into_inner);
        if pings.len() == MAX_PINGS {
            pings.pop_front();
        }
        pings.push_back((payload, Instant::now()));
    }

    /// The round trip that a pong ends; a pong also answers the pings before its own.
    pub(super) fn pong_received(&self, payload: &[u8]) -> Option<Duration> {
        let mut pings = self.pings.lock().unwrap_or_else(PoisonError::into_inner);
        let answered = pings.iter().position(|(ping, _)| ping == payload)?;
        let (_, sent) = pings.drain(..=answered).next_back()?;
        let rtt = sent.elapsed();
        self.last_rtt.store(nanos(rtt), Relaxed);
        Some(rtt)
    }
}

impl AtomicCounts {
    fn add(&self, counts: Counts) {
        self.messages.fetch_add(counts.messages, Relaxed);
        self.bytes.fetch_add(counts.bytes, Relaxed);
    }

    fn load(&self) -> Counts {
        Counts {
            messages: self.messages.load(Relaxed),
            bytes: self.bytes.load(Relaxed),
        }
    }
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pong_answers_its_ping_and_those_before_it() {
        let shared = Shared::new().unwrap();
        for payload in [b"1", b"2", b"3"] {
            shared.ping_sent(payload.to_vec());
        }
        assert!(shared.pong_received(b"unsolicited").is_none());
        assert!(shared.pong_received(b"2").is_some());
        assert!(shared.pong_received(b"1").is_none());
        assert!(shared.pong_received(b"3").is_some());
    }
}
