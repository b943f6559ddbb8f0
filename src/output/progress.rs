//! The line about a message that takes long: bytes, per cent where the length is known, rate.

use std::time::{Duration, Instant};

use crate::event::Direction;

/// One message on its way.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    direction: Direction,
    total: Option<u64>,
    done: u64,
    began: Instant,
    told: Option<Instant>,
}

impl Progress {
    /// A message begins; `total` is its length where a header has told it.
    #[must_use]
    pub fn new(direction: Direction, total: Option<u64>, now: Instant) -> Self {
        Self {
            direction,
            total,
            done: 0,
            began: now,
            told: None,
        }
    }

    /// So many of its bytes are there in all; the length may have become known or larger.
    ///
    /// Gives a line where the message has taken longer than [`PATIENCE`] and the last line is
    /// [`INTERVAL`] old.
    pub fn advance(&mut self, done: u64, total: Option<u64>, now: Instant) -> Option<String> {
        self.done = done;
        self.total = total;
        let due = self
            .told
            .map_or(self.began + PATIENCE, |told| told + INTERVAL);
        if now < due {
            return None;
        }
        self.told = Some(now);
        Some(self.line(now))
    }

    /// Whether a line was given, which the end of the message should clear or follow.
    #[must_use]
    pub fn was_told(&self) -> bool {
        self.told.is_some()
    }

    fn line(&self, now: Instant) -> String {
        let verb = match self.direction {
            Direction::Sent => "sending",
            Direction::Received => "receiving",
        };
        let seconds = now.duration_since(self.began).as_secs_f64();
        let rate = size((self.done as f64 / seconds.max(0.001)) as u64);
        match self.total.filter(|total| *total > 0) {
            Some(total) => {
                // In f64 and clamped: a length in a header can be any number up to 2^64.
                let percent = (self.done as f64 / total as f64 * 100.0).min(100.0);
                let (done, total) = (size(self.done), size(total));
                format!("{verb}: {done} of {total}, {percent:.0} %, {rate}/s")
            }
            None => format!("{verb}: {}, {rate}/s", size(self.done)),
        }
    }
}

/// A number of bytes for people: `37 B`, `1.5 KiB`, `4 MiB`.
#[must_use]
pub fn size(bytes: u64) -> String {
    let mut value = bytes as f64;
    let mut unit = 0;
    // At 1023.95 one decimal would be written as 1024.0.
    while value >= 1023.95 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    let text = format!("{value:.1}");
    let text = text.strip_suffix(".0").unwrap_or(&text);
    format!("{text} {}", UNITS[unit])
}

/// How long a message may take before a word is said about it.
pub const PATIENCE: Duration = Duration::from_secs(1);

/// How long a line about it stands before the next.
pub const INTERVAL: Duration = Duration::from_millis(500);

const UNITS: [&str; 7] = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_nothing_in_the_first_second_and_then_twice_a_second() {
        let start = Instant::now();
        let after = |millis| start + Duration::from_millis(millis);
        let mut progress = Progress::new(Direction::Received, Some(4 << 20), start);
        assert_eq!(progress.advance(1 << 19, Some(4 << 20), after(500)), None);
        assert!(!progress.was_told());
        assert_eq!(
            progress
                .advance(1 << 20, Some(4 << 20), after(1_000))
                .unwrap(),
            "receiving: 1 MiB of 4 MiB, 25 %, 1 MiB/s"
        );
        assert_eq!(progress.advance(2 << 20, Some(4 << 20), after(1_400)), None);
        assert_eq!(
            progress
                .advance(3 << 20, Some(4 << 20), after(1_500))
                .unwrap(),
            "receiving: 3 MiB of 4 MiB, 75 %, 2 MiB/s"
        );
    }

    #[test]
    fn gives_no_per_cent_where_the_length_is_unknown() {
        let start = Instant::now();
        let mut progress = Progress::new(Direction::Sent, None, start);
        let line = progress.advance(3 << 10, None, start + Duration::from_secs(2));
        assert_eq!(line.unwrap(), "sending: 3 KiB, 1.5 KiB/s");
    }

    #[test]
    fn believes_no_header_beyond_a_hundred_per_cent() {
        let start = Instant::now();
        let mut progress = Progress::new(Direction::Received, Some(u64::MAX), start);
        let later = start + Duration::from_secs(1);
        let line = progress.advance(u64::MAX, Some(1), later).unwrap();
        assert!(line.contains("of 1 B, 100 %"), "{line}");
    }

    #[test]
    fn writes_sizes_for_people() {
        for (bytes, expected) in [
            (0, "0 B"),
            (1_023, "1023 B"),
            (1_024, "1 KiB"),
            (1_536, "1.5 KiB"),
            (1_048_575, "1 MiB"),
            (64 << 20, "64 MiB"),
            (u64::MAX, "16 EiB"),
        ] {
            assert_eq!(size(bytes), expected, "{bytes}");
        }
    }
}
