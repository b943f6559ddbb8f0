//! The latest messages, kept for `/show`, `/history` and `/save`.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use jiff::Timestamp;

use crate::{event::Direction, ws::Kind};

/// A message that went either way.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Its number in this run, from 1.
    pub number: u64,
    /// Which way it went.
    pub direction: Direction,
    /// When its connection was open.
    pub opened: Timestamp,
    /// When it went, counted from there.
    pub at: Duration,
    /// Text or binary.
    pub kind: Kind,
    /// Its bytes; shared, so that a copy of the entry costs nothing.
    pub payload: Arc<[u8]>,
}

/// The messages that are kept, in order.
#[derive(Debug, Default)]
pub struct Transcript {
    entries: VecDeque<Entry>,
    bytes: usize,
    last: u64,
}

impl Transcript {
    /// Keeps a message and gives it a number; the oldest give way where there are too many.
    pub fn push(
        &mut self,
        direction: Direction,
        opened: Timestamp,
        at: Duration,
        kind: Kind,
        payload: &[u8],
    ) -> Entry {
        self.last += 1;
        let entry = Entry {
            number: self.last,
            direction,
            opened,
            at,
            kind,
            payload: payload.into(),
        };
        self.bytes += payload.len();
        self.entries.push_back(entry.clone());
        while self.entries.len() > 1 && (self.bytes > MAX_BYTES || self.entries.len() > MAX_ENTRIES)
        {
            if let Some(oldest) = self.entries.pop_front() {
                self.bytes -= oldest.payload.len();
            }
        }
        entry
    }

    /// The message of this number, if it is still kept.
    #[must_use]
    pub fn entry(&self, number: u64) -> Option<&Entry> {
        let first = self.entries.front()?.number;
        let index = usize::try_from(number.checked_sub(first)?).ok()?;
        self.entries.get(index)
    }

    /// The latest messages, the oldest of them first.
    pub fn latest(&self, count: usize) -> impl Iterator<Item = &Entry> {
        let skipped = self.entries.len().saturating_sub(count);
        self.entries.range(skipped..)
    }

    /// How many messages there were in all.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.last
    }

    /// How many of them are no longer kept.
    #[must_use]
    pub fn forgotten(&self) -> u64 {
        self.last - self.entries.len() as u64
    }
}

const MAX_ENTRIES: usize = 100_000;
const MAX_BYTES: usize = 64 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    fn push(transcript: &mut Transcript, payload: &[u8]) -> u64 {
        let at = Duration::ZERO;
        let direction = Direction::Received;
        transcript
            .push(direction, Timestamp::UNIX_EPOCH, at, Kind::Text, payload)
            .number
    }

    #[test]
    fn finds_messages_by_number() {
        let mut transcript = Transcript::default();
        assert!(transcript.entry(1).is_none());
        assert_eq!(push(&mut transcript, b"a"), 1);
        assert_eq!(push(&mut transcript, b"b"), 2);
        assert_eq!(&*transcript.entry(2).unwrap().payload, b"b");
        assert!(transcript.entry(0).is_none());
        assert!(transcript.entry(3).is_none());
        assert_eq!(transcript.latest(1).count(), 1);
        assert_eq!(transcript.latest(9).count(), 2);
    }

    #[test]
    fn forgets_the_oldest_when_there_are_too_many() {
        let mut transcript = Transcript::default();
        for _ in 0..MAX_ENTRIES + 5 {
            push(&mut transcript, b"");
        }
        assert_eq!(transcript.forgotten(), 5);
        assert!(transcript.entry(5).is_none());
        assert_eq!(transcript.entry(6).unwrap().number, 6);
    }

    #[test]
    fn forgets_the_oldest_when_they_are_too_large_but_never_the_last() {
        let mut transcript = Transcript::default();
        let half = vec![0; MAX_BYTES / 2 + 1];
        push(&mut transcript, &half);
        push(&mut transcript, &half);
        assert_eq!(transcript.forgotten(), 1);
        push(&mut transcript, &vec![0; MAX_BYTES + 1]);
        assert_eq!(transcript.forgotten(), 2);
        assert!(transcript.entry(3).is_some());
    }
}
