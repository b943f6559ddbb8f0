//! `/rtt`: pings one after the other, and how long their pongs took.

use std::time::{Duration, Instant};

use super::{Repl, render::milliseconds};
use crate::output::{seconds, style::Role};

/// A measurement of round trips that is going on.
#[derive(Debug)]
pub(super) struct Rtt {
    left: usize,
    times: Vec<Duration>,
    deadline: Instant,
}

impl Rtt {
    /// How long the pong may still take.
    pub(super) fn time_left(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }
}

impl Repl {
    pub(super) fn begin_rtt(&mut self, count: usize) {
        self.rtt = Some(Rtt {
            left: count,
            times: Vec::new(),
            deadline: Instant::now() + PONG_WAIT,
        });
        self.next_rtt();
    }

    fn next_rtt(&mut self) {
        if let Some(rtt) = &mut self.rtt {
            let payload = format!("rtt {}", rtt.times.len() + 1).into_bytes();
            rtt.deadline = Instant::now() + PONG_WAIT;
            if self.wire.up().is_none() {
                self.rtt = None;
            }
            self.ping(payload);
        }
    }

    pub(super) fn pong(&mut self, payload: &[u8], time: Duration) {
        let Some(rtt) = &mut self.rtt else { return };
        let expected = format!("rtt {}", rtt.times.len() + 1);
        if payload != expected.as_bytes() {
            return;
        }
        rtt.times.push(time);
        rtt.left -= 1;
        if rtt.left > 0 {
            return self.next_rtt();
        }
        let times = std::mem::take(&mut rtt.times);
        self.rtt = None;
        if times.len() > 1 {
            self.tell(Role::Heading, &summary(&times));
        }
    }

    pub(super) fn rtt_is_late(&mut self) {
        if self
            .rtt
            .as_ref()
            .is_some_and(|rtt| Instant::now() >= rtt.deadline)
        {
            self.rtt = None;
            let text = format!("no pong after {}", seconds(PONG_WAIT));
            self.complain(&text);
        }
    }
}

fn summary(times: &[Duration]) -> String {
    let total: Duration = times.iter().sum();
    let show = |time: Option<&Duration>| milliseconds(time.copied().unwrap_or_default());
    format!(
        "{} round trips: least {}, mean {}, most {}",
        times.len(),
        show(times.iter().min()),
        milliseconds(total / u32::try_from(times.len()).unwrap_or(u32::MAX)),
        show(times.iter().max())
    )
}

/// How long a pong is waited for.
const PONG_WAIT: Duration = Duration::from_secs(10);
