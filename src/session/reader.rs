//! The reader thread: socket → frames → messages → output.

use std::{
    io::{self, Read as _},
    sync::Arc,
    time::Duration,
};

use super::{Behaviour, Counts, FrameObserver, Notice, Notify, Output, Shared};
use crate::{
    event::{Command, Cut, Direction, Event},
    net::ReadHalf,
    ws::{
        CloseFrame, ControlFrame, DeflateParams, Flow, FrameContext, FrameStep, Inflater, Kind,
        Part, Receive, Receiver, Role, Severity, Unfinished, Violation,
    },
};

/// How much is asked of the socket at once.
const BLOCK: usize = 256 * 1024;

/// What is kept of the buffer for held messages between two of them.
const KEEP: usize = 1 << 20;

/// Why the reader thread ended.
#[derive(Debug)]
pub(crate) enum ReadEnd {
    /// The peer ended its direction (FIN).
    Eof(Option<Unfinished>),
    /// The socket failed: a reset, most often.
    Failed(io::Error, Option<Unfinished>),
    /// What it writes to has failed.
    OutputFailed(io::Error),
    /// A violation ended it.
    Stopped,
}

pub(super) struct Reader<O> {
    socket: ReadHalf,
    receiver: Receiver,
    incoming: Incoming<O>,
    /// Had before the thread begins, from pages that are zero: asked of the heap of a thread, the
    /// first block would be cleared by hand.
    block: Vec<u8>,
}

impl<O: Output> Reader<O> {
    pub(super) fn new(
        socket: ReadHalf,
        deflate: Option<DeflateParams>,
        shared: Arc<Shared>,
        notify: Notify,
        output: O,
        observer: Option<Box<dyn FrameObserver>>,
        behaviour: Behaviour,
    ) -> Self {
        let inflater = deflate.map(|params| {
            Inflater::new(
                params.server_max_window_bits,
                !params.server_no_context_takeover,
            )
        });
        Self {
            socket,
            receiver: Receiver::new(
                Role::Client,
                behaviour.limits,
                behaviour.strictness,
                inflater,
            ),
            incoming: Incoming {
                at: Duration::ZERO,
                output,
                joins_output: observer
                    .as_ref()
                    .is_some_and(|observer| observer.joins_output()),
                observer,
                looks_at_messages: behaviour.echo
                    || behaviour.count.is_some()
                    || behaviour.until.is_some(),
                behaviour,
                counts: Counts::default(),
                total: 0,
                held: Vec::new(),
                due: None,
                is_discarding: false,
                failure: None,
                shared,
                notify,
            },
            block: vec![0; BLOCK],
        }
    }

    pub(super) fn run(mut self, leftover: &[u8]) {
        let end = self.read_to_the_end(leftover);
        let flushed = self.incoming.flush();
        let end = match (self.incoming.failure.take(), flushed) {
            (Some(error), _) | (None, Err(error)) => ReadEnd::OutputFailed(error),
            (None, Ok(())) => end,
        };
        self.incoming.notify.send(Notice::ReaderEnded(end));
    }

    fn read_to_the_end(&mut self, leftover: &[u8]) -> ReadEnd {
        let mut fed = self.receiver.feed(leftover, &mut self.incoming);
        loop {
            if self.incoming.flush().is_err() {
                return ReadEnd::Stopped;
            }
            if fed.is_break() {
                return self.drain();
            }
            let shared = Arc::clone(&self.incoming.shared);
            let unfinished = self.receiver.unfinished();
            shared.begin_waiting(unfinished);
            if unfinished.is_some() && self.incoming.wants_frames() {
                self.incoming.notify(Notice::Unfinished);
            }
            let read = self.socket.read(&mut self.block);
            shared.end_waiting();
            let length = match read {
                Ok(0) => return ReadEnd::Eof(self.cut_off(Cut::Eof)),
                Ok(length) => length,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return ReadEnd::Failed(error, self.cut_off(Cut::Reset)),
            };
            self.incoming.at = shared.now();
            fed = self
                .receiver
                .feed(&self.block[..length], &mut self.incoming);
        }
    }
}

impl<O> Reader<O> {
    /// What the end of the connection cuts off.
    fn cut_off(&mut self, cut: Cut) -> Option<Unfinished> {
        let unfinished = self.receiver.unfinished()?;
        if let Some(observer) = &mut self.incoming.observer {
            observer.cut_off(self.incoming.shared.now(), unfinished, cut);
        }
        Some(unfinished)
    }

    /// After a violation the peer is given the time to read our Close: a socket closed with
    /// unread bytes in it would reset the connection first. The clock ends this.
    fn drain(&mut self) -> ReadEnd {
        while matches!(self.socket.read(&mut self.block), Ok(1..)) {}
        ReadEnd::Stopped
    }
}

/// What becomes of what the receiver recognises.
struct Incoming<O> {
    /// When the block at work arrived.
    at: Duration,
    output: O,
    observer: Option<Box<dyn FrameObserver>>,
    /// Frames are told among the events, each before what it means.
    joins_output: bool,
    behaviour: Behaviour,
    /// Not yet added to the shared ones: that is done once for each block.
    counts: Counts,
    /// Messages so far, where they are looked at.
    total: u64,
    /// Something depends on the messages themselves: echo, count, until.
    looks_at_messages: bool,
    held: Vec<u8>,
    /// The held message is whole, and its last frame not yet told.
    due: Option<Kind>,
    is_discarding: bool,
    failure: Option<io::Error>,
    shared: Arc<Shared>,
    notify: Notify,
}

impl<O: Output> Incoming<O> {
    fn flush(&mut self) -> io::Result<()> {
        self.hand_over_frames();
        if let Some(observer) = &mut self.observer {
            observer.flush();
        }
        let flushed = self.output.flush();
        // after the output took it: a slow reader of ours is no silence of the peer
        self.shared.add_received(std::mem::take(&mut self.counts));
        let _ = self.note_failure(flushed);
        match &self.failure {
            Some(error) => Err(error.kind().into()),
            None => Ok(()),
        }
    }

    fn note_failure(&mut self, result: io::Result<()>) -> Flow {
        match result {
            Ok(()) => Flow::Continue(()),
            Err(error) => {
                self.failure.get_or_insert(error);
                Flow::Break(())
            }
        }
    }

    fn hand_over_frames(&mut self) {
        if self.joins_output
            && let Some(observer) = &mut self.observer
        {
            let handed_over = observer.hand_over(&mut self.output);
            let _ = self.note_failure(handed_over); // it ends the feed at the next flush
        }
    }

    fn notify(&self, notice: Notice) {
        self.notify.send(notice); // a clock that has gone needs no news
    }

    fn holds(&self, kind: Kind) -> bool {
        self.behaviour.echo || self.behaviour.until.is_some() || !self.output.streams(kind)
    }

    /// The writer thread tells our answer as soon as it has it; its cause must stand before it.
    fn tell_before_answering(&mut self) {
        if self.observer.is_some() || self.output.tells_events() {
            let _ = self.flush(); // a failure is kept, and ends the feed
        }
    }

    /// A message is over: count it, and see whether it was the last one wanted.
    #[inline]
    fn finish(&mut self, kind: Kind, length: u64, payload: Option<&[u8]>) {
        self.counts.messages += 1;
        self.counts.bytes += length;
        if self.looks_at_messages {
            self.look_at(kind, payload);
        }
    }

    fn look_at(&mut self, kind: Kind, payload: Option<&[u8]>) {
        self.total += 1;
        if self.behaviour.echo
            && let Some(payload) = payload
        {
            let payload = payload.to_vec();
            self.tell_before_answering();
            // refused only when we are closing, and then the peer wants no more
            let _ = self.shared.queue.push(Command::Message { kind, payload });
        }
        let is_enough = self.behaviour.count == Some(self.total)
            || matches!((&self.behaviour.until, payload), (Some(until), Some(payload)) if until.is_match(payload));
        if is_enough {
            self.is_discarding = true;
            // told first, so that the clock knows why we close
            self.notify(Notice::Enough);
            self.tell_before_answering();
            let _ = self
                .shared
                .queue
                .push_now(Command::Close(CloseFrame::new(1000, "")));
        }
    }

    /// The message that came in pieces is whole.
    fn finish_held(&mut self, kind: Kind) -> Flow {
        let mut held = std::mem::take(&mut self.held);
        let flow = self.message(kind, &held);
        held.clear();
        held.shrink_to(KEEP);
        self.held = held;
        flow
    }

    fn event(&mut self, event: &Event<'_>) -> Flow {
        self.hand_over_frames();
        let written = self.output.event(event);
        self.note_failure(written)
    }

    fn close(&mut self, frame: CloseFrame) -> Flow {
        let reply = match frame.code {
            Some(code) if crate::ws::code_is_allowed_on_the_wire(code) => CloseFrame {
                code: Some(code),
                reason: Vec::new(),
            },
            _ => CloseFrame::default(),
        };
        let flow = self.event(&Event::Close {
            direction: Direction::Received,
            at: self.at,
            frame: &frame,
        });
        // told first, so that the clock knows whose Close came first
        self.notify(Notice::CloseReceived(frame));
        self.tell_before_answering();
        let _ = self.shared.queue.push_now(Command::Close(reply));
        flow
    }
}

impl<O: Output> Receive for Incoming<O> {
    #[inline]
    fn wants_frames(&self) -> bool {
        self.observer
            .as_ref()
            .is_some_and(|observer| observer.wants_frames())
    }

    fn frame(&mut self, step: &FrameStep<'_>) {
        if let Some(observer) = &mut self.observer {
            observer.frame(Direction::Received, self.at, step);
        }
        if matches!(step, FrameStep::End(_))
            && let Some(kind) = self.due.take()
        {
            self.hand_over_frames();
            let _ = self.finish_held(kind); // a failure ends the feed at the next flush
        }
    }

    /// Not where a message may be answered: then its frame has begun when the answer is told.
    fn takes_whole_frames(&self) -> bool {
        !self.looks_at_messages
    }

    fn whole_frame(&mut self, context: &FrameContext, payload: &[u8]) {
        if let Some(observer) = &mut self.observer {
            observer.whole_frame(Direction::Received, self.at, context, payload);
        }
        self.hand_over_frames();
    }

    #[inline]
    fn message(&mut self, kind: Kind, payload: &[u8]) -> Flow {
        if self.is_discarding {
            return Flow::Continue(());
        }
        let written = self.output.message(self.at, kind, payload);
        self.finish(kind, payload.len() as u64, Some(payload));
        self.note_failure(written)
    }

    fn part(&mut self, part: Part<'_>) -> Flow {
        if self.is_discarding {
            return Flow::Continue(());
        }
        if !self.holds(part.kind) {
            let written = self.output.part(part);
            self.counts.bytes += part.bytes.len() as u64;
            if part.last {
                self.finish(part.kind, 0, None);
            }
            return self.note_failure(written);
        }
        if part.first && part.last && !self.joins_output {
            return self.message(part.kind, part.bytes);
        }
        if part.first {
            self.held.clear();
        }
        self.held.extend_from_slice(part.bytes);
        if !part.last {
            return Flow::Continue(());
        }
        if self.joins_output {
            self.due = Some(part.kind);
            return Flow::Continue(());
        }
        self.finish_held(part.kind)
    }

    fn control(&mut self, control: ControlFrame<'_>) -> Flow {
        let (direction, at) = (Direction::Received, self.at);
        match control {
            ControlFrame::Close(frame) => self.close(frame),
            ControlFrame::Ping(payload) => {
                let flow = self.event(&Event::Ping {
                    direction,
                    at,
                    payload,
                });
                if self.behaviour.answers_pings {
                    self.tell_before_answering();
                    self.shared.queue.push_pong(payload.to_vec());
                }
                flow
            }
            ControlFrame::Pong(payload) => {
                let rtt = self.shared.pong_received(payload);
                if rtt.is_some() {
                    self.notify(Notice::Pong);
                }
                self.event(&Event::Pong {
                    direction,
                    at,
                    payload,
                    rtt,
                })
            }
        }
    }

    fn discarded(&mut self, violation: &Violation) {
        if let Some(observer) = &mut self.observer {
            observer.violation(self.at, violation, Severity::Tolerated);
        }
    }

    fn violation(&mut self, violation: &Violation, severity: Severity) {
        let at = self.at;
        if let Some(observer) = &mut self.observer {
            observer.violation(at, violation, severity);
        }
        let _ = self.event(&Event::Violation {
            at,
            violation,
            severity,
        });
        if severity == Severity::Fatal {
            let code = violation.rule.close_code();
            let close = CloseFrame::new(code, &violation.rule.to_string());
            if let Some(frame) = &violation.close() {
                let direction = Direction::Received;
                let _ = self.event(&Event::Close {
                    direction,
                    at,
                    frame,
                });
            }
            // told first, so that the clock knows why we close
            self.notify(Notice::Violation(violation.clone()));
            self.tell_before_answering();
            let _ = self.shared.queue.push_now(Command::Close(close));
        }
    }
}
