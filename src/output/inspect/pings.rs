//! Which ping a pong answers, RFC 6455 §5.5.3: the one with the same payload.

use std::{collections::VecDeque, time::Duration};

/// Pings that are remembered while their pong is awaited.
const MAX_PENDING: usize = 64;

/// The unanswered pings of one direction.
#[derive(Debug, Default)]
pub(super) struct Pings(VecDeque<(Vec<u8>, Duration)>);

impl Pings {
    /// A ping went by at the time `at`.
    pub(super) fn ping(&mut self, payload: &[u8], at: Duration) {
        if self.0.len() == MAX_PENDING {
            self.0.pop_front();
        }
        self.0.push_back((payload.to_vec(), at));
    }

    /// How long ago the ping was that this pong answers; `None` where it answers none.
    ///
    /// Older pings are forgotten: "an endpoint may elect to send a Pong frame for only the most
    /// recently processed Ping frame".
    pub(super) fn pong(&mut self, payload: &[u8], at: Duration) -> Option<Duration> {
        let index = self.0.iter().position(|(ping, _)| ping == payload)?;
        let (_, sent) = self.0.drain(..=index).next_back()?;
        Some(at.saturating_sub(sent))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    #[test]
    fn a_pong_answers_the_ping_with_its_payload() {
        let mut pings = Pings::default();
        pings.ping(b"a", ms(1));
        pings.ping(b"b", ms(2));
        assert_eq!(pings.pong(b"c", ms(3)), None);
        assert_eq!(pings.pong(b"b", ms(7)), Some(ms(5)));
        assert_eq!(pings.pong(b"b", ms(8)), None);
        assert_eq!(
            pings.pong(b"a", ms(8)),
            None,
            "older pings are answered with it"
        );
    }

    #[test]
    fn a_peer_that_never_answers_takes_no_memory() {
        let mut pings = Pings::default();
        for i in 0..1000_u16 {
            pings.ping(&i.to_be_bytes(), ms(0));
        }
        assert_eq!(pings.0.len(), MAX_PENDING);
    }
}
