//! An open connection, spoken on by one thread with a deadline for each wait.
//!
//! Unlike a session it moves no data for the user: it pings, listens, and says how the peer behaves.

use std::{
    io::{self, Read as _, Write as _},
    time::{Duration, Instant},
};

use crate::{
    handshake::{Upgraded, extensions::Offer},
    net::Stream,
    ws::{
        CloseFrame, ControlFrame, DeflateParams, Encoder, Flow, FrameStep, Kind, Limits, Part,
        Receive, Receiver, Role, Severity, Strictness, Violation,
    },
};

/// How long the answer to our Close may take when nobody asks how long it took.
const GOODBYE: Duration = Duration::from_secs(1);

/// How much of the first message is kept; enough to know a library by its greeting.
const FIRST_KEPT: usize = 64;

/// How a wait ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Waited {
    /// What was waited for came.
    Came,
    /// The time was over.
    Passed,
    /// The peer sent FIN.
    Fin,
    /// The peer sent RST.
    Reset,
    /// The peer broke the protocol.
    Broken,
}

/// What the peer has sent so far.
#[derive(Debug, Default)]
pub(super) struct Heard {
    /// Pongs.
    pub(super) pongs: u32,
    /// Pings of its own.
    pub(super) pings: u32,
    /// Messages that ended.
    pub(super) messages: u32,
    /// The beginning of the first message.
    pub(super) first: Vec<u8>,
    /// Its Close frame.
    pub(super) close: Option<CloseFrame>,
    /// The rule it broke.
    pub(super) violation: Option<Violation>,
    owed: Vec<Vec<u8>>,
}

impl Receive for Heard {
    fn wants_frames(&self) -> bool {
        false
    }

    fn frame(&mut self, _: &FrameStep<'_>) {}

    fn message(&mut self, _: Kind, payload: &[u8]) -> Flow {
        self.keep_first(payload);
        self.messages += 1;
        Flow::Continue(())
    }

    fn part(&mut self, part: Part<'_>) -> Flow {
        self.keep_first(part.bytes);
        self.messages += u32::from(part.last);
        Flow::Continue(())
    }

    fn control(&mut self, control: ControlFrame<'_>) -> Flow {
        match control {
            ControlFrame::Close(close) => self.close = Some(close),
            ControlFrame::Pong(_) => self.pongs += 1,
            ControlFrame::Ping(payload) => {
                self.pings += 1;
                self.owed.push(payload.to_vec());
            }
        }
        Flow::Continue(())
    }

    fn violation(&mut self, violation: &Violation, _: Severity) {
        self.violation.get_or_insert_with(|| violation.clone());
    }
}

impl Heard {
    fn keep_first(&mut self, bytes: &[u8]) {
        if self.messages == 0 {
            let room = FIRST_KEPT.saturating_sub(self.first.len());
            self.first
                .extend_from_slice(&bytes[..bytes.len().min(room)]);
        }
    }
}

/// The two sides of one upgraded connection.
#[derive(Debug)]
pub(super) struct Conversation {
    stream: Stream,
    receiver: Receiver,
    encoder: Encoder,
    /// What the peer has sent so far.
    pub(super) heard: Heard,
    opened: Instant,
    has_closed: bool,
}

impl Conversation {
    /// Takes over a connection whose 101 has just come.
    #[must_use]
    pub(super) fn new(upgraded: Upgraded) -> Self {
        let deflate = agreed(&upgraded);
        Self::over(upgraded.stream, &upgraded.leftover, deflate.as_ref())
    }

    /// Takes over a connection that was upgraded by somebody else; `leftover` came behind its 101.
    #[must_use]
    pub(super) fn over(stream: Stream, leftover: &[u8], deflate: Option<&DeflateParams>) -> Self {
        let inflater = deflate.map(DeflateParams::server_inflater);
        let mut conversation = Self {
            stream,
            receiver: Receiver::new(Role::Client, Limits::NONE, Strictness::Strict, inflater),
            encoder: Encoder::new(Role::Client, None),
            heard: Heard::default(),
            opened: Instant::now(),
            has_closed: false,
        };
        // What breaks here is seen again by the first wait.
        let _ = conversation
            .receiver
            .feed(leftover, &mut conversation.heard);
        conversation
    }

    /// Since the 101.
    #[must_use]
    pub(super) fn age(&self) -> Duration {
        self.opened.elapsed()
    }

    /// Sends a ping.
    ///
    /// # Errors
    /// The system's.
    pub(super) fn ping(&mut self) -> io::Result<()> {
        self.frame(0x9, b"wscope")
    }

    /// Sends a text message in one frame.
    ///
    /// # Errors
    /// The system's.
    pub(super) fn text(&mut self, payload: &[u8]) -> io::Result<()> {
        self.frame(0x1, payload)
    }

    /// Sends Close 1000.
    ///
    /// # Errors
    /// The system's.
    pub(super) fn close(&mut self) -> io::Result<()> {
        self.has_closed = true;
        self.frame(0x8, &CloseFrame::new(1000, "").payload())
    }

    /// Ends the connection as a server expects it, which would log an abnormal closure otherwise:
    /// Close 1000, where none was sent, and a moment for the answer.
    pub(super) fn leave(mut self) {
        // A peer that has gone needs no goodbye.
        if !self.has_closed && self.close().is_ok() {
            self.wait(Instant::now() + GOODBYE, |heard| heard.close.is_some());
        }
    }

    /// Reads until `enough`, the deadline, or the end, and answers pings on the way.
    pub(super) fn wait(&mut self, until: Instant, enough: impl Fn(&Heard) -> bool) -> Waited {
        loop {
            if self.heard.violation.is_some() {
                return Waited::Broken;
            }
            if enough(&self.heard) {
                return Waited::Came;
            }
            if let Some(ended) = self.step(until) {
                return ended;
            }
        }
    }

    fn step(&mut self, until: Instant) -> Option<Waited> {
        if Instant::now() >= until {
            return Some(Waited::Passed);
        }
        let mut buffer = [0; 16 * 1024];
        self.stream.set_deadline(Some(until));
        match self.stream.read(&mut buffer) {
            Ok(0) => Some(Waited::Fin),
            Ok(count) => {
                // A violation is kept by `heard`, and ends the wait there.
                let _ = self.receiver.feed(&buffer[..count], &mut self.heard);
                for payload in std::mem::take(&mut self.heard.owed) {
                    // A peer that has gone shows at the next read.
                    let _ = self.frame(0xA, &payload);
                }
                None
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => None,
            Err(error) if error.kind() == io::ErrorKind::TimedOut => Some(Waited::Passed),
            Err(error) if error.kind() == io::ErrorKind::ConnectionReset => Some(Waited::Reset),
            Err(_) => Some(Waited::Fin),
        }
    }

    fn frame(&mut self, opcode: u8, payload: &[u8]) -> io::Result<()> {
        let mut bytes = Vec::with_capacity(payload.len() + 14);
        self.encoder.frame(true, 0, opcode, payload, &mut bytes);
        self.stream
            .set_deadline(Some(Instant::now() + Duration::from_secs(5)));
        self.stream.write_all(&bytes)?;
        self.stream.flush()
    }
}

fn agreed(upgraded: &Upgraded) -> Option<DeflateParams> {
    let answers = upgraded.extensions.iter().map(Vec::as_slice);
    Offer::default().agreed(answers).ok().flatten()
}
