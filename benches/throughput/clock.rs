//! One clock for all processes of a run, and the processor time of a thread.

use std::time::Duration;

use nix::time::{ClockId, clock_gettime};

/// Nanoseconds of the monotonic clock, which is the same in every process.
pub(crate) fn now() -> u64 {
    read(ClockId::CLOCK_MONOTONIC).as_nanos() as u64
}

/// The processor time this thread has used.
pub(crate) fn thread_time() -> Duration {
    read(ClockId::CLOCK_THREAD_CPUTIME_ID)
}

fn read(clock: ClockId) -> Duration {
    clock_gettime(clock).map_or(Duration::ZERO, Duration::from)
}
