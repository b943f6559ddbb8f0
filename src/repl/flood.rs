//! How much of a flood is shown: all of a burst, then a steady part with a count of the rest.
//!
//! Nothing here prints or knows the time; the caller gives both.

use std::time::{Duration, Instant};

/// What waits to be shown, under a limit of rows that fills up again with time.
#[derive(Debug)]
pub struct Backlog {
    waiting: String,
    /// Rows that may still be taken in.
    credit: f64,
    refilled: Instant,
    left_out: LeftOut,
}

/// What was not shown since the last note about it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LeftOut {
    /// Messages.
    pub messages: u64,
    /// Their payload bytes.
    pub bytes: u64,
}

impl LeftOut {
    /// Whether all was shown.
    #[must_use]
    pub fn is_none(self) -> bool {
        self.messages == 0
    }
}

impl Backlog {
    /// Nothing waits, and a whole burst is allowed.
    #[must_use]
    pub fn new(now: Instant) -> Self {
        Self {
            waiting: String::new(),
            credit: BURST,
            refilled: now,
            left_out: LeftOut::default(),
        }
    }

    /// Whether a message may be shown now; if not, it is counted as left out.
    ///
    /// Asked before the message is rendered, so that what is not shown costs next to nothing.
    pub fn admits(&mut self, bytes: u64, now: Instant) -> bool {
        self.refill(now);
        if self.credit >= 1.0 && self.waiting.len() < MAX_WAITING {
            return true;
        }
        self.left_out.messages += 1;
        self.left_out.bytes += bytes;
        false
    }

    /// Adds the text of a message that was admitted; it gets a line end if it has none.
    ///
    /// Its rows are taken from the credit, which one long message may overdraw.
    pub fn push(&mut self, text: &str) {
        self.credit -= text.lines().count().max(1) as f64;
        self.push_free(text);
    }

    /// Adds text that is shown whatever waits: answers to commands, closes, failures.
    pub fn push_free(&mut self, text: &str) {
        self.waiting.push_str(text);
        if !text.ends_with('\n') {
            self.waiting.push('\n');
        }
    }

    /// Takes what waits.
    pub fn take(&mut self) -> String {
        std::mem::take(&mut self.waiting)
    }

    /// Takes the count of what was left out since the last time.
    pub fn take_left_out(&mut self) -> LeftOut {
        std::mem::take(&mut self.left_out)
    }

    fn refill(&mut self, now: Instant) {
        let passed = now.saturating_duration_since(self.refilled);
        self.refilled = now;
        self.credit = (self.credit + passed.as_secs_f64() * STEADY).min(BURST);
    }
}

/// What is taken out at once is drawn at once; a faster rhythm than the eye's costs only time.
pub const DRAW_INTERVAL: Duration = Duration::from_millis(40);

/// Bytes that may wait: a terminal that takes nothing must not fill the memory.
const MAX_WAITING: usize = 4 << 20;

/// Rows of a burst that are all shown: a long answer in many messages is read by scrolling back.
const BURST: f64 = 1_000.0;

/// Rows a second of a flood that goes on.
const STEADY: f64 = 100.0;

#[cfg(test)]
mod tests {
    use super::*;

    /// Offers `count` messages of one line, `gap` apart, and says how many were taken in.
    fn flood(backlog: &mut Backlog, start: Instant, count: u32, gap: Duration) -> u64 {
        let mut shown = 0;
        for index in 0..count {
            if backlog.admits(10, start + gap * index) {
                backlog.push("message");
                shown += 1;
            }
        }
        shown
    }

    #[test]
    fn shows_all_of_a_burst() {
        let start = Instant::now();
        let mut backlog = Backlog::new(start);
        assert_eq!(flood(&mut backlog, start, 1_000, Duration::ZERO), 1_000);
        assert_eq!(backlog.take().lines().count(), 1_000);
        assert!(backlog.take_left_out().is_none());
    }

    #[test]
    fn shows_a_steady_part_of_a_flood_and_counts_the_rest() {
        let start = Instant::now();
        let mut backlog = Backlog::new(start);
        let shown = flood(&mut backlog, start, 100_000, Duration::from_micros(100));
        assert!(
            (1_990..=2_000).contains(&shown),
            "{shown} of 10 s at 10 000/s"
        );
        assert_eq!(backlog.take().lines().count() as u64, shown);
        let left_out = backlog.take_left_out();
        assert_eq!(left_out.messages, 100_000 - shown);
        assert_eq!(left_out.bytes, 10 * (100_000 - shown));
    }

    #[test]
    fn shows_all_again_after_a_rest() {
        let start = Instant::now();
        let mut backlog = Backlog::new(start);
        flood(&mut backlog, start, 5_000, Duration::ZERO);
        backlog.take();
        let later = start + Duration::from_secs(60);
        assert_eq!(flood(&mut backlog, later, 1_000, Duration::ZERO), 1_000);
    }

    #[test]
    fn counts_a_long_message_by_its_rows() {
        let start = Instant::now();
        let mut backlog = Backlog::new(start);
        assert!(backlog.admits(1, start));
        backlog.push(&"row\n".repeat(3_000));
        assert!(!backlog.admits(1, start));
        assert!(!backlog.admits(1, start + Duration::from_secs(19)));
        assert!(backlog.admits(1, start + Duration::from_secs(21)));
    }

    #[test]
    fn holds_no_more_than_a_terminal_that_stands_still_deserves() {
        let start = Instant::now();
        let mut backlog = Backlog::new(start);
        backlog.push(&"x".repeat(MAX_WAITING));
        assert!(!backlog.admits(1, start));
        backlog.take();
        assert!(backlog.admits(1, start));
    }

    #[test]
    fn never_leaves_out_what_is_free() {
        let start = Instant::now();
        let mut backlog = Backlog::new(start);
        flood(&mut backlog, start, 2_000, Duration::ZERO);
        backlog.take();
        backlog.push_free("closed\n");
        assert_eq!(backlog.take(), "closed\n");
    }
}
