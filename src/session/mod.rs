//! An open connection at work: the reader thread, the writer thread, and the clock between them.
//!
//! ```text
//!              ┌────────── reader thread ──────────┐
//! socket ────▶ │ read → Receiver → Incoming → Output │ ────▶ stdout, the REPL, JSON
//!              └──────┬──────────────────────┬─────┘
//!          pong, Close│ (never waits)        │ notices
//!                     ▼                      ▼
//!                   Queue                 Clock (the calling thread): deadlines, who closes, how it ended
//!                     │                      │ commands
//!              ┌──────▼──── writer thread ───▼─────┐
//! stdin  ────▶ │ commands, input → Encoder → write │ ────▶ socket
//!              └───────────────────────────────────┘
//! ```
//!
//! In pipe mode nothing is handed from thread to thread: the reader writes standard output, the
//! writer reads standard input, each in blocks. Backpressure is that of the blocking calls.
//! Every wait of a thread ends when the socket is shut down or the queue has ended.

mod clock;
mod notice;
mod queue;
mod reader;
mod shared;
pub mod signals;
mod summary;
mod wake;
mod writer;

use std::{io, sync::Arc, thread, time::Duration};

pub use clock::{Plan, Wait};
use notice::{Notice, Notices, Notify};
pub use queue::{Gone, Queue};
pub use shared::{Counts, Shared};
pub use summary::{End, Loss, Summary, TimedOut};

use crate::{
    event::{Cut, Direction, Event},
    input::Input,
    net::{Closer, ReadHalf, WriteHalf},
    ws::{
        DeflateParams, FrameContext, FrameStep, Kind, Limits, Part, Severity, Strictness,
        Unfinished, Violation,
    },
};

/// The bytes of an open connection, as two halves that block and a way to wake both.
#[derive(Debug)]
pub struct Link {
    /// Bytes from the peer; blocks, 0 is the end.
    pub read: ReadHalf,
    /// Bytes to the peer; blocks.
    pub write: WriteHalf,
    /// Ends both directions, and every call that blocks in them.
    pub closer: Closer,
    /// Bytes that came with the end of the upgrade: the first frames.
    pub leftover: Vec<u8>,
    /// What was agreed about compression.
    pub deflate: Option<DeflateParams>,
}

/// Where messages and events go; one for each thread.
pub trait Output: Send {
    /// Whether messages of `kind` are wanted piece by piece, by [`Output::part`].
    fn streams(&self, kind: Kind) -> bool {
        let _ = kind;
        false
    }

    /// Whether it tells events, so that their order with those of the other thread matters.
    fn tells_events(&self) -> bool {
        true
    }

    /// A whole message from the peer.
    ///
    /// # Errors
    ///
    /// What it is written to has failed.
    fn message(&mut self, at: Duration, kind: Kind, payload: &[u8]) -> io::Result<()>;

    /// A piece of a message from the peer, for kinds that [`Output::streams`].
    ///
    /// # Errors
    ///
    /// What it is written to has failed.
    fn part(&mut self, part: Part<'_>) -> io::Result<()> {
        let _ = part;
        Ok(())
    }

    /// Anything else, and the messages that we sent.
    ///
    /// # Errors
    ///
    /// What it is written to has failed.
    fn event(&mut self, event: &Event<'_>) -> io::Result<()>;

    /// The thread is about to wait: nothing may be kept back.
    ///
    /// # Errors
    ///
    /// What it is written to has failed.
    fn flush(&mut self) -> io::Result<()>;

    /// Takes over the lines of a [`FrameObserver`] that stand among its own; others stay.
    ///
    /// # Errors
    ///
    /// What it is written to has failed.
    fn take_records(&mut self, lines: &mut Vec<u8>) -> io::Result<()> {
        let _ = lines;
        Ok(())
    }
}

/// Who looks at frames, whatever their messages are; one for each thread.
pub trait FrameObserver: std::fmt::Debug + Send {
    /// Whether [`FrameObserver::frame`] is wanted.
    fn wants_frames(&self) -> bool {
        true
    }

    /// Whether its lines stand among those of an [`Output`], in the order of the wire; then
    /// [`FrameObserver::hand_over`] is called before each event.
    fn joins_output(&self) -> bool {
        false
    }

    /// Gives the lines that are complete to the output they stand among.
    ///
    /// # Errors
    ///
    /// The output's.
    fn hand_over(&mut self, output: &mut dyn Output) -> io::Result<()> {
        let _ = output;
        Ok(())
    }

    /// A step of a frame. Sent payloads are as on the wire, masked.
    fn frame(&mut self, direction: Direction, at: Duration, step: &FrameStep<'_>);

    /// A frame that is there whole, instead of its steps.
    fn whole_frame(
        &mut self,
        direction: Direction,
        at: Duration,
        context: &FrameContext,
        payload: &[u8],
    ) {
        FrameStep::each(context, payload, |step| self.frame(direction, at, &step));
    }

    /// A rule that the frame just shown breaks.
    fn violation(&mut self, at: Duration, violation: &Violation, severity: Severity);

    /// What the peer has begun has not gone on for the time `quiet`.
    fn stalled(&mut self, at: Duration, what: Unfinished, quiet: Duration);

    /// The connection ended inside of what the peer had begun.
    fn cut_off(&mut self, at: Duration, what: Unfinished, cut: Cut);

    /// The thread is about to wait: nothing may be kept back.
    fn flush(&mut self);
}

/// What a run does besides moving messages.
#[derive(Clone, Debug)]
pub struct Behaviour {
    /// The longest messages that are taken.
    pub limits: Limits,
    /// What a violation does.
    pub strictness: Strictness,
    /// Whether messages go back as they came.
    pub echo: bool,
    /// Whether pings are answered.
    pub answers_pings: bool,
    /// The most bytes to send in a second.
    pub trickle: Option<u64>,
    /// Stop after this many messages from the peer.
    pub count: Option<u64>,
    /// Stop after a message from the peer that matches.
    pub until: Option<regex::bytes::Regex>,
}

/// The parts that differ from run to run.
pub struct Parts<O> {
    /// What the reader thread writes to.
    pub received: O,
    /// What the writer thread tells of what it sends.
    pub sent: Option<Box<dyn Output>>,
    /// Who looks at the frames from the peer.
    pub received_frames: Option<Box<dyn FrameObserver>>,
    /// Who looks at the frames to the peer.
    pub sent_frames: Option<Box<dyn FrameObserver>>,
    /// Who is told of frames that do not go on.
    pub stalled_frames: Option<Box<dyn FrameObserver>>,
    /// Standard input, in pipe mode.
    pub input: Option<Input>,
}

impl<O> std::fmt::Debug for Parts<O> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Parts")
            .field("input", &self.input)
            .finish_non_exhaustive()
    }
}

/// A connection that is ready to run.
#[derive(Debug)]
pub struct Session {
    shared: Arc<Shared>,
    notices: Notices,
    notify: Notify,
}

impl Session {
    /// A session that has not started; commands may be queued already.
    ///
    /// # Errors
    ///
    /// The system has no descriptors left.
    pub fn new() -> io::Result<Self> {
        let (notify, notices) = notice::notices()?;
        Ok(Self {
            shared: Arc::new(Shared::new()?),
            notices,
            notify,
        })
    }

    /// Counters, the queue, what other threads may ask.
    #[must_use]
    pub fn shared(&self) -> Arc<Shared> {
        Arc::clone(&self.shared)
    }

    /// Lets SIGINT, SIGTERM and SIGHUP end the session in order, and no longer the process at once.
    ///
    /// # Errors
    ///
    /// The handlers cannot be had.
    pub fn catch_signals(&mut self) -> io::Result<()> {
        self.notices.catch_signals()
    }

    /// A way to tell the session that a signal came.
    #[must_use]
    pub fn signal_sender(&self) -> SignalSender {
        SignalSender(self.notify.clone())
    }

    /// Runs until the connection has ended; the calling thread keeps the time.
    ///
    /// # Errors
    ///
    /// The system has no threads left.
    pub fn run<O: Output + 'static>(
        self,
        link: Link,
        parts: Parts<O>,
        behaviour: Behaviour,
        plan: Plan,
    ) -> io::Result<Summary> {
        let writer = writer::Writer::new(
            link.write,
            link.deflate,
            Arc::clone(&self.shared),
            self.notify.clone(),
            parts.sent,
            parts.sent_frames,
            behaviour.trickle,
        );
        let reader = reader::Reader::new(
            link.read,
            link.deflate,
            Arc::clone(&self.shared),
            self.notify.clone(),
            parts.received,
            parts.received_frames,
            behaviour,
        );
        let input = parts.input;
        let leftover = link.leftover;
        spawn("writer", move || writer.run(input))?;
        spawn("reader", move || reader.run(&leftover))?;
        let mut clock = clock::Clock::new(
            self.shared,
            self.notices,
            link.closer,
            plan,
            parts.stalled_frames,
        );
        Ok(clock.run())
    }
}

/// Tells a session that a signal came.
#[derive(Clone, Debug)]
pub struct SignalSender(Notify);

impl SignalSender {
    /// Tells it; a session that has ended does not care.
    pub fn send(&self, signal: i32) {
        self.0.send(Notice::Signal(signal));
    }
}

/// The threads are not joined: each tells the clock of its end, and one that is stuck in a
/// terminal or a pipe must not keep the process.
fn spawn(name: &str, body: impl FnOnce() + Send + 'static) -> io::Result<()> {
    thread::Builder::new().name(name.to_owned()).spawn(body)?;
    Ok(())
}
