//! The connection as the prompt sees it: up, on its way, or down.

use std::{
    io,
    sync::{Arc, Mutex, PoisonError, mpsc},
    thread,
    time::{Duration, Instant},
};

use super::{
    backoff::Backoff,
    dial::{Aim, Dialler, Evidence, Opened},
    feed::Feed,
    frames::Frames,
    happening::Happening,
};
use crate::{
    config::Config,
    event::Command,
    session::{Gone, Parts, Plan, Shared, SignalSender},
};

/// What there is to send over.
#[derive(Debug)]
pub enum State {
    /// A connection at work.
    Up(Up),
    /// An attempt to connect is being made.
    Dialling,
    /// The next attempt comes then.
    Waiting(Instant),
    /// Nothing, until the user asks for it.
    Down,
}

/// A connection at work.
#[derive(Debug)]
pub struct Up {
    /// Its queue and its counters.
    pub shared: Arc<Shared>,
    signals: SignalSender,
}

/// Where to connect when the present connection has ended.
#[derive(Debug)]
pub struct Next(pub Option<String>);

/// The connection, and the way to the next one.
#[derive(Debug)]
pub struct Wire {
    /// What there is now.
    pub state: State,
    /// How the latest connection came about.
    pub evidence: Option<Evidence>,
    /// What comes after the present one, at the user's wish.
    pub next: Option<Next>,
    /// The waits between attempts.
    pub backoff: Backoff,
    config: Arc<Config>,
    dialler: Arc<Mutex<Dialler>>,
    number: u64,
    happenings: mpsc::Sender<Happening>,
    started: Instant,
}

impl Wire {
    /// Nothing is connected yet.
    #[must_use]
    pub fn new(
        config: Arc<Config>,
        aim: Aim,
        backoff: Backoff,
        started: Instant,
        happenings: mpsc::Sender<Happening>,
    ) -> Self {
        Self {
            state: State::Down,
            evidence: None,
            next: None,
            backoff,
            dialler: Arc::new(Mutex::new(Dialler::new(config.connect.clone(), aim))),
            config,
            number: 0,
            happenings,
            started,
        }
    }

    /// The time since the start of the run.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    /// Whether a happening of connection `number` is about the present one.
    #[must_use]
    pub fn is_present(&self, number: u64) -> bool {
        self.number == number
    }

    /// The connection, if there is one.
    #[must_use]
    pub fn up(&self) -> Option<&Up> {
        match &self.state {
            State::Up(up) => Some(up),
            State::Dialling | State::Waiting(_) | State::Down => None,
        }
    }

    /// Whether messages can be expected to be sent sooner or later without the user's help.
    #[must_use]
    pub fn will_be_up(&self) -> bool {
        self.next.is_some() || matches!(self.state, State::Dialling | State::Waiting(_))
    }

    /// Begins to connect; the result is a happening.
    ///
    /// # Errors
    ///
    /// The system has no threads left.
    pub fn dial(&mut self, url: Option<String>) -> io::Result<()> {
        self.number += 1;
        self.state = State::Dialling;
        let (number, happenings) = (self.number, self.happenings.clone());
        let dialler = Arc::clone(&self.dialler);
        thread::Builder::new()
            .name("dial".to_owned())
            .spawn(move || {
                let mut dialler = dialler.lock().unwrap_or_else(PoisonError::into_inner);
                let result = Box::new(dialler.dial(url.as_deref()));
                let _ = happenings.send(Happening::Dialled(number, result));
            })?;
        Ok(())
    }

    /// Starts the threads of a connection that was made, with what is to be sent first.
    ///
    /// # Errors
    ///
    /// The system has no threads left.
    pub fn start(
        &mut self,
        opened: Opened,
        feed: &Arc<Feed>,
        frames: &Arc<Frames>,
        first: impl IntoIterator<Item = Command>,
    ) -> io::Result<()> {
        let (received, sent) = feed.taps(opened.at);
        let parts = Parts {
            received,
            sent: Some(Box::new(sent)),
            received_frames: Some(frames.observer()),
            sent_frames: Some(frames.observer()),
            stalled_frames: Some(frames.observer()),
            input: None,
        };
        let shared = opened.session.shared();
        let up = Up {
            shared: Arc::clone(&shared),
            signals: opened.session.signal_sender(),
        };
        for command in first {
            feed.expect_sent(false);
            // Nobody has ended a queue that nobody reads yet.
            let _ = shared.queue.push_now(command);
        }
        let plan = self.plan();
        let behaviour = self.config.behaviour.clone();
        let (number, happenings) = (self.number, self.happenings.clone());
        thread::Builder::new()
            .name("session".to_owned())
            .spawn(move || {
                let summary = opened.session.run(opened.link, parts, behaviour, plan);
                let _ = happenings.send(Happening::Ended(number, Box::new(summary)));
            })?;
        self.evidence = Some(opened.evidence);
        self.state = State::Up(up);
        Ok(())
    }

    fn plan(&self) -> Plan {
        let deadlines = &self.config.deadlines;
        Plan {
            wait: deadlines.wait,
            total: deadlines.total.map(|total| (self.started + total, total)),
            ping_interval: deadlines.ping_interval,
            ping_timeout: deadlines.ping_timeout,
            close_timeout: deadlines.close_timeout,
            idle_timeout: deadlines.idle_timeout,
        }
    }

    /// How long until the next attempt, if one is waited for.
    #[must_use]
    pub fn until_next_attempt(&self) -> Option<Duration> {
        match self.state {
            State::Waiting(at) => Some(at.saturating_duration_since(Instant::now())),
            State::Up(_) | State::Dialling | State::Down => None,
        }
    }
}

impl Up {
    /// Queues a command.
    ///
    /// # Errors
    ///
    /// [`Gone`] when the connection is closing.
    pub fn send(&self, command: Command) -> Result<(), Gone> {
        // Without waiting for room: what a person types is little, and the prompt must not stop.
        self.shared.queue.push_now(command)
    }

    /// Closes in haste, because of a signal.
    pub fn signal(&self, signal: i32) {
        self.signals.send(signal);
    }
}
