//! What a peer saw and did, for the dump of a failed test.

use std::{
    fmt,
    sync::{Arc, Mutex},
};

use crate::run::excerpt;

/// Beyond this, bytes are counted and not kept.
const KEPT: usize = 1 << 20;

#[derive(Clone, Default)]
pub(crate) struct Transcript(Arc<Mutex<Record>>);

#[derive(Default)]
struct Record {
    notes: Vec<String>,
    received: Vec<u8>,
    received_in_all: usize,
}

impl Transcript {
    pub(crate) fn note(&self, what: impl Into<String>) {
        self.0.lock().unwrap().notes.push(what.into());
    }

    pub(crate) fn receive(&self, bytes: &[u8]) {
        let mut record = self.0.lock().unwrap();
        let room = KEPT - record.received.len();
        record
            .received
            .extend_from_slice(&bytes[..bytes.len().min(room)]);
        record.received_in_all += bytes.len();
    }
}

impl fmt::Display for Transcript {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let record = self.0.lock().unwrap();
        let skipped = record.notes.len().saturating_sub(60);
        if skipped > 0 {
            writeln!(f, "  ({skipped} earlier steps)")?;
        }
        for note in &record.notes[skipped..] {
            writeln!(f, "  {note}")?;
        }
        writeln!(
            f,
            "  received {} bytes: {}",
            record.received_in_all,
            excerpt(&record.received)
        )
    }
}
