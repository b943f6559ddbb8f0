//! The one deadline that all of connecting shares.

use std::time::{Duration, Instant};

/// A moment by which something must be done, and the limit that it was computed from, for the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadline {
    at: Instant,
    limit: Duration,
}

impl Deadline {
    /// The deadline `limit` after `start`. A limit beyond what the clock can hold is a year.
    #[must_use]
    pub fn after(start: Instant, limit: Duration) -> Self {
        const YEAR: Duration = Duration::from_secs(365 * 24 * 60 * 60);
        let limit = limit.min(YEAR);
        Self {
            at: start + limit,
            limit,
        }
    }

    /// The moment.
    #[must_use]
    pub fn at(&self) -> Instant {
        self.at
    }

    /// The limit as it was given, for "timed out after 10 s".
    #[must_use]
    pub fn limit(&self) -> Duration {
        self.limit
    }

    /// What is left; `None` once the moment has passed.
    #[must_use]
    pub fn left(&self) -> Option<Duration> {
        self.at
            .checked_duration_since(Instant::now())
            .filter(|left| !left.is_zero())
    }

    /// The earlier of this deadline and `limit` from now.
    #[must_use]
    pub fn at_most(&self, limit: Duration) -> Self {
        let other = Self::after(Instant::now(), limit);
        if other.at < self.at { other } else { *self }
    }
}
