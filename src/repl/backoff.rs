//! How long to wait before the next attempt to connect.

use std::time::Duration;

use rand::Rng;

/// The waits of one row of failures, each about twice as long as the one before.
///
/// A connection that is made and soon lost is such a failure too: a server that takes every
/// client in and drops it at once is as little to be pressed as one that refuses.
#[derive(Clone, Copy, Debug)]
pub struct Backoff {
    failures: u32,
    limit: Option<u32>,
}

impl Backoff {
    /// No attempt has failed; at most `limit` will be made.
    #[must_use]
    pub fn new(limit: Option<u32>) -> Self {
        Self { failures: 0, limit }
    }

    /// The number of the attempt that comes next, from 1.
    #[must_use]
    pub fn attempt(&self) -> u32 {
        self.failures + 1
    }

    /// The next row begins anew.
    pub fn reset(&mut self) {
        self.failures = 0;
    }

    /// A connection has ended after this long; one that has lasted ends the row.
    pub fn connection_ended(&mut self, lived: Duration) {
        if lived >= LASTING {
            self.reset();
        }
    }

    /// The wait before the next attempt; `None` where the last one has been made.
    ///
    /// Half of it is left to chance, so that the clients that a server has lost do not all come
    /// back at once.
    pub fn next_wait(&mut self, random: &mut impl Rng) -> Option<Duration> {
        if self.limit.is_some_and(|limit| self.failures >= limit) {
            return None;
        }
        let full = FIRST
            .saturating_mul(1 << self.failures.min(16))
            .min(LONGEST);
        self.failures += 1;
        let chance = f64::from(random.next_u32()) / f64::from(u32::MAX);
        Some(full.mul_f64(0.5 + chance / 2.0))
    }
}

const FIRST: Duration = Duration::from_millis(500);
const LONGEST: Duration = Duration::from_secs(30);

/// How long a connection has to live to count as a success.
const LASTING: Duration = Duration::from_secs(10);

#[cfg(test)]
mod tests {
    use rand::{SeedableRng as _, rngs::StdRng};

    use super::*;

    #[test]
    fn doubles_up_to_a_cap_with_half_left_to_chance() {
        let mut random = StdRng::seed_from_u64(1);
        let mut backoff = Backoff::new(None);
        for full in [500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000] {
            let full = Duration::from_millis(full);
            let wait = backoff.next_wait(&mut random).unwrap();
            assert!(wait >= full / 2 && wait <= full, "{wait:?} of {full:?}");
        }
        for _ in 0..100 {
            assert!(backoff.next_wait(&mut random).unwrap() <= LONGEST);
        }
    }

    #[test]
    fn differs_from_client_to_client() {
        let wait = |seed| Backoff::new(None).next_wait(&mut StdRng::seed_from_u64(seed));
        assert_ne!(wait(1), wait(2));
    }

    #[test]
    fn ends_at_its_limit() {
        let mut random = StdRng::seed_from_u64(1);
        let mut backoff = Backoff::new(Some(2));
        assert_eq!(backoff.attempt(), 1);
        assert!(backoff.next_wait(&mut random).is_some());
        assert!(backoff.next_wait(&mut random).is_some());
        assert_eq!(backoff.attempt(), 3);
        assert!(backoff.next_wait(&mut random).is_none());
        backoff.reset();
        assert!(backoff.next_wait(&mut random).is_some());
    }

    #[test]
    fn begins_anew_only_after_a_connection_that_has_lasted() {
        let mut random = StdRng::seed_from_u64(1);
        let mut backoff = Backoff::new(None);
        for (lived, attempt) in [
            (Duration::ZERO, 1),
            (LASTING - Duration::from_millis(1), 2),
            (LASTING, 1),
            (Duration::ZERO, 2),
        ] {
            backoff.connection_ended(lived);
            assert_eq!(backoff.attempt(), attempt, "after {lived:?}");
            assert!(backoff.next_wait(&mut random).is_some());
        }
    }
}
