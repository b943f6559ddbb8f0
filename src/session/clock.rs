//! The thread that waits for everything else: deadlines, who closes, how it ended.

use std::{
    io,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use super::{
    FrameObserver, Notice, Notices, Shared,
    reader::ReadEnd,
    spawn,
    summary::{End, Loss, Summary, TimedOut},
    writer::WriteEnd,
};
use crate::{
    event::{Command, Direction},
    net::Closer,
    ws::{CloseFrame, Violation},
};

/// How long the peer may take to end the connection when both Close frames are exchanged, or
/// when we leave in haste.
const BRIEF: Duration = Duration::from_secs(1);

/// How much longer a peer may go on that keeps sending what it owed us.
const LAST_WORDS: Duration = Duration::from_secs(60);

/// A frame that has begun and does not go on is told after so long.
const STALL: Duration = Duration::from_secs(5);

/// A message this long after the end of input shows a flow rather than an answer.
const FLOW: Duration = Duration::from_millis(500);

/// The deadlines of a session.
#[derive(Clone, Debug)]
pub struct Plan {
    /// What follows the end of standard input.
    pub wait: Wait,
    /// When the whole run must be over, and how long it was given.
    pub total: Option<(Instant, Duration)>,
    /// How often a ping is sent.
    pub ping_interval: Option<Duration>,
    /// How long its pong may take.
    pub ping_timeout: Duration,
    /// How long the peer's Close may take after ours.
    pub close_timeout: Duration,
    /// How long the peer may send nothing at all.
    pub idle_timeout: Option<Duration>,
}

/// How long to stay when standard input has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// Until no message has come for so long.
    Silence(Duration),
    /// Until the peer closes.
    Forever,
}

/// Why we want to leave.
#[derive(Debug)]
enum Why {
    /// Our Close was asked for: by `--wait`, `--count`, `--until`, `/close`.
    Asked,
    Violation(Violation),
    TimedOut(TimedOut),
    InputFailed(String),
    OutputFailed(io::Error),
    Signal(i32),
}

#[derive(Debug)]
pub(super) struct Clock {
    shared: Arc<Shared>,
    notices: Notices,
    closer: Closer,
    plan: Plan,
    why: Option<Why>,
    /// When we give up on an orderly end, as a time since open.
    give_up: Option<Duration>,
    input_ended: Option<Duration>,
    ours: Option<CloseFrame>,
    peers: Option<CloseFrame>,
    closed_by: Option<Direction>,
    enough: bool,
    cut_a_flow: bool,
    pings: Pings,
    stall: Stall,
    observer: Option<Arc<Mutex<Box<dyn FrameObserver>>>>,
    reader: Option<ReadEnd>,
    writer: Option<WriteEnd>,
    gave_up: bool,
}

#[derive(Debug, Default)]
struct Pings {
    count: u64,
    next: Option<Duration>,
    unanswered: Option<Duration>,
}

/// How often the silence of the peer in the middle of something has been told.
#[derive(Clone, Copy, Debug, Default)]
struct Stall {
    since: Duration,
    told: u32,
}

impl Clock {
    pub(super) fn new(
        shared: Arc<Shared>,
        notices: Notices,
        closer: Closer,
        plan: Plan,
        observer: Option<Box<dyn FrameObserver>>,
    ) -> Self {
        let pings = Pings {
            next: plan.ping_interval,
            ..Pings::default()
        };
        Self {
            shared,
            notices,
            closer,
            plan,
            why: None,
            give_up: None,
            input_ended: None,
            ours: None,
            peers: None,
            closed_by: None,
            enough: false,
            cut_a_flow: false,
            pings,
            stall: Stall::default(),
            observer: observer.map(|observer| Arc::new(Mutex::new(observer))),
            reader: None,
            writer: None,
            gave_up: false,
        }
    }

    pub(super) fn run(&mut self) -> Summary {
        while !self.is_over() {
            let deadline = self.next_deadline();
            let left = deadline.map(|at| at.saturating_sub(self.shared.now()));
            match self.notices.wait(left) {
                Ok(Some(notice)) => self.take(notice),
                Ok(None) => self.time_has_passed(),
                Err(_) => self.gave_up = true, // a clock that cannot wait must not spin
            }
        }
        self.leave()
    }

    fn take(&mut self, notice: Notice) {
        match notice {
            Notice::InputEnded => self.input_ended = Some(self.shared.now()),
            Notice::InputFailed(text) => self.close(Why::InputFailed(text), 1000, BRIEF),
            Notice::CloseSent(frame) => self.close_sent(frame),
            Notice::CloseReceived(frame) => self.close_received(frame),
            Notice::Unfinished => {} // the next deadline takes it into account
            Notice::Pong => self.pings.unanswered = None,
            Notice::Enough => {
                // the reader queues the Close
                self.enough = true;
                self.leave_for(Why::Asked, self.plan.close_timeout);
            }
            Notice::Violation(violation) => {
                if let Some(frame) = violation.close() {
                    self.close_received(frame);
                }
                // the reader queues the Close with the violation's own code
                if matches!(self.why, Some(Why::Asked)) {
                    self.why = None; // the end that was asked for is not the one that came
                }
                self.leave_for(Why::Violation(violation), BRIEF);
            }
            Notice::ReaderEnded(end) => self.reader_ended(end),
            Notice::WriterEnded(end) => {
                if matches!(end, WriteEnd::Failed(_)) {
                    // the reader may still find the peer's Close among what has arrived
                    self.limit(BRIEF);
                }
                self.writer = Some(end);
            }
            Notice::Signal(signal) => self.signal(signal),
        }
    }

    fn close_sent(&mut self, frame: CloseFrame) {
        self.closed_by.get_or_insert(Direction::Sent);
        self.ours = Some(frame);
        let patience = if self.peers.is_some() {
            BRIEF
        } else {
            self.plan.close_timeout
        };
        self.leave_for(Why::Asked, patience);
    }

    fn close_received(&mut self, frame: CloseFrame) {
        self.closed_by.get_or_insert(Direction::Received);
        self.peers = Some(frame);
        self.limit(BRIEF);
    }

    fn reader_ended(&mut self, end: ReadEnd) {
        if let ReadEnd::OutputFailed(error) = end {
            if matches!(self.why, Some(Why::Asked)) {
                // an end that was asked for does not excuse what could not be written
                self.why = Some(Why::OutputFailed(error));
            } else {
                self.close(Why::OutputFailed(error), 1001, BRIEF);
            }
            self.reader = Some(ReadEnd::Stopped);
            return;
        }
        self.reader = Some(end);
    }

    fn signal(&mut self, signal: i32) {
        if matches!(self.why, Some(Why::Signal(_))) {
            self.gave_up = true;
            return;
        }
        self.why = None; // whatever we were waiting for, the user is not
        self.give_up = None;
        self.close(Why::Signal(signal), 1001, BRIEF);
    }

    /// Sends a Close, unless one is sent already, and leaves when it is answered.
    fn close(&mut self, why: Why, code: u16, patience: Duration) {
        if self.ours.is_none() && self.why.is_none() {
            let frame = CloseFrame::new(code, "");
            let _ = self.shared.queue.push_now(Command::Close(frame));
        }
        self.leave_for(why, patience);
    }

    /// The first reason to leave is the one that is told.
    fn leave_for(&mut self, why: Why, patience: Duration) {
        self.why.get_or_insert(why);
        self.limit(patience);
    }

    fn limit(&mut self, patience: Duration) {
        let at = self.shared.now() + patience;
        self.give_up = Some(self.give_up.map_or(at, |earlier| earlier.min(at)));
    }

    /// Whether nothing more is to be waited for.
    fn is_over(&self) -> bool {
        if self.gave_up {
            return true;
        }
        let writer_has_ended = self.writer.is_some();
        match &self.reader {
            None => false,
            Some(ReadEnd::Stopped) => writer_has_ended,
            // our reply to the peer's Close may still be on its way
            Some(_) => writer_has_ended || self.peers.is_none(),
        }
    }

    fn next_deadline(&self) -> Option<Duration> {
        let alarms = [
            self.giving_up(),
            self.total(),
            self.silence(),
            self.idle(),
            self.pong(),
            self.ping(),
            self.stall(),
        ];
        alarms.into_iter().flatten().min()
    }

    fn time_has_passed(&mut self) {
        let now = self.shared.now();
        let is_due = |alarm: Option<Duration>| alarm.is_some_and(|at| at <= now);
        if is_due(self.giving_up()) {
            self.gave_up = true;
        } else if is_due(self.total()) {
            let total = self.plan.total.map_or(Duration::ZERO, |(_, given)| given);
            self.why = None; // a Close that is being waited for is cut short as well
            self.close(Why::TimedOut(TimedOut::Total(total)), 1001, BRIEF);
        } else if is_due(self.silence()) {
            let last = self.shared.last_message();
            self.cut_a_flow = self.input_ended.is_some_and(|end| last > end + FLOW);
            self.close(Why::Asked, 1000, self.plan.close_timeout);
        } else if is_due(self.idle()) {
            let after = self.plan.idle_timeout.unwrap_or_default();
            self.close(Why::TimedOut(TimedOut::Idle(after)), 1001, BRIEF);
        } else if is_due(self.pong()) {
            let after = self.plan.ping_timeout;
            self.close(Why::TimedOut(TimedOut::Pong(after)), 1001, BRIEF);
        } else if is_due(self.ping()) {
            self.send_ping(now);
        } else if is_due(self.stall()) {
            self.tell_stall(now);
        }
    }

    fn send_ping(&mut self, now: Duration) {
        self.pings.count += 1;
        self.pings.unanswered.get_or_insert(now);
        self.pings.next = self.plan.ping_interval.map(|interval| now + interval);
        let payload = self.pings.count.to_string().into_bytes();
        let _ = self.shared.queue.push_now(Command::Ping(payload));
    }

    fn tell_stall(&mut self, now: Duration) {
        let (Some(since), Some(what)) = (self.shared.quiet_since(), self.shared.unfinished())
        else {
            return;
        };
        let told = if self.stall.since == since {
            self.stall.told
        } else {
            0
        };
        self.stall = Stall {
            since,
            told: told + 1,
        };
        if let Some(observer) = &self.observer {
            let (observer, quiet) = (Arc::clone(observer), now.saturating_sub(since));
            // whoever should read it may have stopped reading, and the clock must not stop with them
            let _ = spawn("stall", move || {
                if let Ok(mut observer) = observer.try_lock() {
                    observer.stalled(now, what, quiet);
                }
            });
        }
    }

    fn is_leaving(&self) -> bool {
        self.why.is_some() || self.peers.is_some()
    }

    /// When the peer's Close is no longer waited for; not while answers that it owed still pour in.
    fn giving_up(&self) -> Option<Duration> {
        let at = self.give_up?;
        if self.peers.is_some() || !matches!(self.why, Some(Why::Asked)) || self.enough {
            return Some(at);
        }
        let quiet = self
            .shared
            .quiet_since()
            .unwrap_or_else(|| self.shared.now());
        Some(at.max(quiet + FLOW).min(at + LAST_WORDS))
    }

    fn total(&self) -> Option<Duration> {
        if matches!(self.why, Some(Why::TimedOut(_) | Why::Signal(_))) {
            return None;
        }
        let (end, _) = self.plan.total?;
        Some(end.saturating_duration_since(self.shared.opened()))
    }

    /// When `--wait` has passed, if nothing comes until then.
    fn silence(&self) -> Option<Duration> {
        let Wait::Silence(wait) = self.plan.wait else {
            return None;
        };
        let ended = self.input_ended.filter(|_| !self.is_leaving())?;
        let since = match self.shared.quiet_since() {
            None => self.shared.now(),
            Some(quiet) if self.shared.unfinished().is_some() => quiet,
            Some(_) => self.shared.last_message(),
        };
        Some(since.max(ended) + wait)
    }

    fn idle(&self) -> Option<Duration> {
        let timeout = self.plan.idle_timeout.filter(|_| !self.is_leaving())?;
        let since = self
            .shared
            .quiet_since()
            .unwrap_or_else(|| self.shared.now());
        Some(since + timeout)
    }

    fn ping(&self) -> Option<Duration> {
        self.pings.next.filter(|_| !self.is_leaving())
    }

    /// When a frame that does not go on is to be told: after [`STALL`], then twice as long, and so
    /// on.
    fn stall(&self) -> Option<Duration> {
        self.observer.as_ref()?;
        self.shared.unfinished()?;
        let since = self.shared.quiet_since()?;
        let told = if self.stall.since == since {
            self.stall.told
        } else {
            0
        };
        Some(since + STALL * 2_u32.saturating_pow(told.min(16)))
    }

    /// When the pong is late; while the reader is busy the pong may be there already.
    fn pong(&self) -> Option<Duration> {
        let sent = self.pings.unanswered.filter(|_| !self.is_leaving())?;
        let since = match self.shared.quiet_since() {
            Some(_) => sent,
            None => sent.max(self.shared.now()),
        };
        Some(since + self.plan.ping_timeout)
    }

    fn leave(&mut self) -> Summary {
        self.shared.queue.end();
        self.closer.shutdown();
        self.await_the_reader();
        Summary {
            end: self.end(),
            closed_by: self.closed_by,
            ours: self.ours.take(),
            peers: self.peers.take(),
            lasted: self.shared.now(),
            received: self.shared.received(),
            sent: self.shared.sent(),
            enough: self.enough,
            cut_a_flow: self.cut_a_flow,
        }
    }

    /// The reader still has to write out what it holds; only a user in haste does not wait.
    fn await_the_reader(&mut self) {
        let patience = match self.why {
            Some(Why::Signal(_) | Why::TimedOut(TimedOut::Total(_))) => BRIEF / 4,
            _ => Duration::MAX,
        };
        let until = self.shared.now().saturating_add(patience);
        while self.reader.is_none() {
            let left = until.saturating_sub(self.shared.now());
            match self.notices.wait(Some(left)) {
                Ok(Some(Notice::ReaderEnded(end))) => self.reader_ended(end),
                Ok(Some(Notice::CloseReceived(frame))) => self.peers = Some(frame),
                Ok(Some(Notice::Signal(signal))) => {
                    self.why = Some(Why::Signal(signal));
                    break;
                }
                Ok(None) | Err(_) => break,
                Ok(Some(_)) => {}
            }
        }
    }

    fn end(&mut self) -> End {
        match self.why.take() {
            Some(Why::Violation(violation)) => return End::Violation(violation),
            Some(Why::TimedOut(timed_out)) => return End::TimedOut(timed_out),
            Some(Why::InputFailed(text)) => return End::InputFailed(text),
            Some(Why::OutputFailed(error)) => return End::OutputFailed(error),
            Some(Why::Signal(signal)) => return End::Signal(signal),
            Some(Why::Asked) | None => {}
        }
        if self.peers.is_some() {
            return End::Closed;
        }
        let after_our_close = self.ours.is_some();
        if self.gave_up && after_our_close {
            return End::TimedOut(TimedOut::Close(self.plan.close_timeout));
        }
        let (error, unfinished) = match (self.reader.take(), self.writer.take()) {
            (Some(ReadEnd::Failed(error, unfinished)), _) => (Some(error), unfinished),
            (Some(ReadEnd::Eof(unfinished)), _) if !self.gave_up => (None, unfinished),
            (_, Some(WriteEnd::Failed(error))) => (Some(error), None),
            _ => (None, None),
        };
        End::Lost(Loss {
            error,
            unfinished,
            after_our_close,
        })
    }
}
