//! The life of a connection as the prompt sees it: dialled, open, ended, perhaps tried again.

use std::{io, time::Instant};

use super::{
    Course, Repl,
    dial::{Failure, Opened},
    setting::Setting,
    wire::State,
};
use crate::{
    client,
    error::Error,
    event::Direction,
    net::{Target, Timeline},
    output::{
        again::Again,
        closing::closing_line,
        counted,
        ladder::{Look, Stages, report},
        style::{Role, Style},
        talk::Verbosity,
        verbose::account,
        write_out::Facts,
    },
    session::{End, Summary},
};

/// How far the latest attempt to connect has come, as far as the prompt does not know it anyway.
#[derive(Debug, Default)]
pub(super) enum Latest {
    /// It is under way, or the connection is at work.
    #[default]
    Unknown,
    /// It came to nothing.
    Failed(Box<(Timeline, Target)>),
    /// The connection has ended.
    Ended(Box<Summary>),
}

impl Repl {
    pub(super) fn dial(&mut self, url: Option<String>) {
        if let Err(error) = self.wire.dial(url) {
            self.failed(error);
        }
    }

    pub(super) fn dialled(&mut self, result: Result<Opened, Box<Failure>>) {
        self.take_dialled(result);
        // Not before: what comes of the first attempt stands above the first prompt, and without
        // a connection there may be none at all.
        if !std::mem::replace(&mut self.has_asked, true) {
            self.ask();
        }
    }

    fn take_dialled(&mut self, result: Result<Opened, Box<Failure>>) {
        if self.course != Course::Staying {
            self.course = Course::Over;
            return;
        }
        if let Some(next) = self.wire.next.take() {
            return self.dial(next.0);
        }
        match result {
            Ok(opened) => self.opened(opened),
            Err(failure) => self.not_connected(*failure),
        }
    }

    fn not_connected(&mut self, failure: Failure) {
        let error = &failure.error;
        let will_try_again = self.feed.settings().reconnect;
        if self.wire.evidence.is_none() && !will_try_again {
            // Without a connection this is a run like any other: it says why, and ends.
            client::tell_account(&self.config, &failure.timeline);
            client::tell_failure(&self.config, &failure.timeline, error);
            self.course = Course::Over;
        } else {
            self.tell_account(&failure.timeline);
            self.complain(&error.to_string());
            if !will_try_again {
                self.show_report(&failure);
            }
        }
        self.wire.state = State::Down;
        self.latest = Latest::Failed(Box::new((failure.timeline, failure.target)));
        self.outcome = Err(failure.error);
        if will_try_again {
            self.wait_for_the_next_attempt();
        }
    }

    fn show_report(&self, failure: &Failure) {
        let look = Look {
            style: self.screen.style(),
            width: self.columns(),
            secrets: self.config.secrets,
        };
        let stages = match self.config.talk.verbosity {
            Verbosity::Verbose => Stages::Known,
            Verbosity::Normal | Verbosity::Errors | Verbosity::Silent => Stages::Told,
        };
        let Failure {
            error,
            timeline,
            target,
        } = failure;
        let again = Again {
            target,
            ..Again::of(&self.config.connect, self.config.secrets)
        };
        self.screen
            .show(&report(timeline, error, again, stages, look).join("\n"));
    }

    /// The steps, for `-v`.
    fn tell_account(&self, timeline: &Timeline) {
        if self.config.talk.verbosity == Verbosity::Verbose {
            let lines = account(timeline, self.config.secrets, self.screen.style());
            self.screen.show(&lines.join("\n"));
        }
    }

    fn opened(&mut self, opened: Opened) {
        self.tell_account(&opened.evidence.timeline);
        for note in &opened.evidence.notes {
            self.tell(Role::Warning, note);
        }
        self.screen
            .show(&opened.evidence.greeting(self.screen.style()));
        if !self.has_asked {
            self.tell(
                Role::Dim,
                "/help lists the commands; Ctrl-D closes and leaves",
            );
        }
        self.outcome = Ok(());
        self.latest = Latest::Unknown;
        self.asked_to_close = false;
        let kept = std::mem::take(&mut self.kept);
        let first = self.config.first.iter().cloned().chain(kept);
        if let Err(error) = self.wire.start(opened, &self.feed, &self.frames, first) {
            self.failed(error);
        }
    }

    pub(super) fn ended(&mut self, summary: Summary) {
        self.rtt = None;
        self.screen.show_passing(None);
        let unmet = self.config.expectation.as_ref();
        let unmet = unmet.map(|wanted| wanted.unmet(summary.received.messages));
        let error = summary.error(unmet);
        if let Some(error @ (Error::Timeout { .. } | Error::Expectation(_))) = &error {
            self.complain(&error.to_string());
        }
        let role = if summary.is_clean() {
            Role::Good
        } else {
            Role::Error
        };
        self.tell(role, &closing_line(&summary, Style::PLAIN));
        let was_wanted = self.asked_to_close || summary.closed_by == Some(Direction::Sent);
        self.outcome = error.map_or(Ok(()), Err);
        self.wire.state = State::Down;
        self.wire.backoff.connection_ended(summary.lasted);
        if self.course == Course::Leaving || summary.enough || matches!(summary.end, End::Signal(_))
        {
            self.course = Course::Over;
        } else if let Some(next) = self.wire.next.take() {
            self.dial(next.0);
        } else if self.feed.settings().reconnect && !was_wanted {
            self.wait_for_the_next_attempt();
        } else {
            self.tell(Role::Dim, "/reconnect, /open URL, or Ctrl-D to leave");
        }
        self.latest = Latest::Ended(Box::new(summary));
    }

    /// Something of our own went wrong; the prompt stays.
    pub(super) fn failed(&mut self, source: io::Error) {
        self.wire.state = State::Down;
        self.complain(&source.to_string());
        let what = "the session";
        self.outcome = Err(Error::Io { what, source });
        if self.course == Course::Leaving {
            self.course = Course::Over;
        }
    }

    fn wait_for_the_next_attempt(&mut self) {
        let attempt = self.wire.backoff.attempt();
        match self.wire.backoff.next_wait(&mut rand::rng()) {
            Some(wait) => {
                let text = format!("attempt {attempt} in {}", crate::output::seconds(wait));
                self.tell(Role::Dim, &text);
                self.wire.state = State::Waiting(Instant::now() + wait);
            }
            None => {
                self.wire.state = State::Down;
                let text = format!(
                    "given up after {}; /reconnect tries again",
                    counted(attempt - 1, "attempt")
                );
                self.complain(&text);
                self.wire.backoff.reset();
                self.feed.set(Setting::Reconnect(false));
            }
        }
    }

    /// Writes what `-w` asks for, about the latest connection.
    pub(super) fn write_out(&self) -> Result<(), Error> {
        let nothing = Timeline::new();
        let (timeline, target) = match (&self.latest, &self.wire.evidence) {
            (Latest::Failed(attempt), _) => (&attempt.0, &attempt.1),
            (_, Some(evidence)) => (&evidence.timeline, &evidence.target),
            (_, None) => (&nothing, &self.config.connect.target),
        };
        let summary = match &self.latest {
            Latest::Ended(summary) => Some(summary.as_ref()),
            Latest::Failed(_) | Latest::Unknown => None,
        };
        let facts = Facts {
            timeline,
            target,
            summary,
            error: self.outcome.as_ref().err(),
            total: self.wire.elapsed(),
        };
        client::write_out(&self.config, &facts)
    }
}
