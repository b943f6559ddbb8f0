//! The latest messages, kept for `/show`, `/history` and `/save`.
//!
//! They stand in blocks, each with the payloads of many messages one behind the other: in a flood
//! no message costs an allocation, and a small one takes little more memory than what it carries.

use std::{collections::VecDeque, time::Duration};

use jiff::Timestamp;

use crate::{event::Direction, ws::Kind};

/// A message that went either way.
#[derive(Clone, Copy, Debug)]
pub struct Entry<'a> {
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
    /// Its bytes.
    pub payload: &'a [u8],
}

/// The messages that are kept, in order.
#[derive(Debug, Default)]
pub struct Transcript {
    blocks: VecDeque<Block>,
    kept: usize,
    bytes: usize,
    last: u64,
}

/// Some messages in a row.
#[derive(Debug)]
struct Block {
    /// The number of the first.
    first: u64,
    records: Vec<Record>,
    payloads: Vec<u8>,
}

/// A message, and where its payload ends in its block.
#[derive(Debug)]
struct Record {
    direction: Direction,
    opened: Timestamp,
    at: Duration,
    kind: Kind,
    end: usize,
}

impl Transcript {
    /// Keeps a message and gives it a number; a block of the oldest gives way where there are too
    /// many, or too large ones.
    pub fn push(
        &mut self,
        direction: Direction,
        opened: Timestamp,
        at: Duration,
        kind: Kind,
        payload: &[u8],
    ) -> u64 {
        self.last += 1;
        self.kept += 1;
        self.bytes += payload.len();
        let block = self.block_for(payload.len());
        block.payloads.extend_from_slice(payload);
        block.records.push(Record {
            direction,
            opened,
            at,
            kind,
            end: block.payloads.len(),
        });
        self.last
    }

    /// The message of this number, if it is still kept.
    #[must_use]
    pub fn entry(&self, number: u64) -> Option<Entry<'_>> {
        let after = self.blocks.partition_point(|block| block.first <= number);
        let block = self.blocks.get(after.checked_sub(1)?)?;
        block.entry(usize::try_from(number - block.first).ok()?)
    }

    /// The latest messages, the oldest of them first.
    pub fn latest(&self, count: usize) -> impl Iterator<Item = Entry<'_>> {
        let skipped = self.kept.saturating_sub(count) as u64;
        (self.forgotten() + skipped + 1..=self.last).filter_map(|number| self.entry(number))
    }

    /// How many messages there were in all.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.last
    }

    /// How many of them are no longer kept.
    #[must_use]
    pub fn forgotten(&self) -> u64 {
        self.last - self.kept as u64
    }

    /// The block that takes the next message, of `length` bytes, which is counted already.
    fn block_for(&mut self, length: usize) -> &mut Block {
        let has_room = |block: &Block| {
            block.records.len() < BLOCK_MESSAGES && block.payloads.len() + length <= BLOCK_BYTES
        };
        let is_new = !self.blocks.back().is_some_and(has_room);
        if is_new {
            while self.kept > MAX_MESSAGES || self.bytes > MAX_BYTES {
                let Some(oldest) = self.blocks.pop_front() else {
                    break; // the message itself is too large, and yet kept
                };
                self.kept -= oldest.records.len();
                self.bytes -= oldest.payloads.len();
            }
        }
        let block = is_new.then(|| Block {
            first: self.last,
            records: Vec::new(),
            payloads: Vec::with_capacity(length.max(BLOCK_BYTES)),
        });
        self.blocks.extend(block);
        let newest = self.blocks.len() - 1; // there is one, or it was just added
        &mut self.blocks[newest]
    }
}

impl Block {
    fn entry(&self, index: usize) -> Option<Entry<'_>> {
        let record = self.records.get(index)?;
        let before = index.checked_sub(1).and_then(|i| self.records.get(i));
        Some(Entry {
            number: self.first + index as u64,
            direction: record.direction,
            opened: record.opened,
            at: record.at,
            kind: record.kind,
            payload: &self.payloads[before.map_or(0, |record| record.end)..record.end],
        })
    }
}

/// Small enough for its memory to be used again when it is free.
const BLOCK_BYTES: usize = 64 << 10;
const BLOCK_MESSAGES: usize = 1024;

const MAX_MESSAGES: usize = 50_000;
const MAX_BYTES: usize = 64 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    fn push(transcript: &mut Transcript, payload: &[u8]) -> u64 {
        let at = Duration::ZERO;
        let direction = Direction::Received;
        transcript.push(direction, Timestamp::UNIX_EPOCH, at, Kind::Text, payload)
    }

    #[test]
    fn finds_messages_by_number() {
        let mut transcript = Transcript::default();
        assert!(transcript.entry(1).is_none());
        assert_eq!(push(&mut transcript, b"a"), 1);
        assert_eq!(push(&mut transcript, b"b"), 2);
        assert_eq!(transcript.entry(2).unwrap().payload, b"b");
        assert!(transcript.entry(0).is_none());
        assert!(transcript.entry(3).is_none());
        assert_eq!(transcript.latest(1).count(), 1);
        assert_eq!(transcript.latest(9).count(), 2);
    }

    #[test]
    fn forgets_the_oldest_when_there_are_too_many() {
        let mut transcript = Transcript::default();
        for number in 1..=2 * MAX_MESSAGES as u64 {
            assert_eq!(push(&mut transcript, &number.to_be_bytes()), number);
        }
        let forgotten = transcript.forgotten();
        let kept = 2 * MAX_MESSAGES - forgotten as usize;
        assert!((MAX_MESSAGES - BLOCK_MESSAGES..=MAX_MESSAGES + BLOCK_MESSAGES).contains(&kept));
        assert!(transcript.entry(forgotten).is_none());
        assert_eq!(transcript.latest(usize::MAX).count(), kept);
        for (entry, number) in transcript.latest(usize::MAX).zip(forgotten + 1..) {
            assert_eq!(
                (entry.number, entry.payload),
                (number, &number.to_be_bytes()[..])
            );
        }
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
        push(&mut transcript, b"small");
        assert_eq!(transcript.forgotten(), 3);
        assert_eq!(transcript.bytes, 5);
    }
}
