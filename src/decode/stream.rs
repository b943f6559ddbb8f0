//! The bytes of a connection, taken apart: heads of the upgrade, then frame by frame.

use std::{ops::ControlFlow, time::Duration};

use crate::{
    event::{Cut, Direction},
    handshake::extensions,
    net::redact::Secrets,
    output::inspect::Inspector,
    ws::{
        ControlFrame, DeflateParams, Flow, FrameStep, Header, Kind, Limits, Part, Receive,
        Receiver, Role, Severity, Strictness, Violation,
    },
};

/// A head of the upgrade is no longer than this.
const MAX_HEAD: usize = 64 * 1024;

/// A stream at work.
#[derive(Debug)]
pub(super) struct Stream {
    from: Option<Direction>,
    deflate: Option<DeflateParams>,
    secrets: Secrets,
    sink: Sink,
}

impl Stream {
    /// A stream whose frames `from` one end, or each from the end that its MASK bit tells.
    pub(super) fn new(
        inspector: Inspector,
        from: Option<Direction>,
        deflate: Option<DeflateParams>,
        secrets: Secrets,
    ) -> Self {
        Self {
            from,
            deflate,
            secrets,
            sink: Sink {
                inspector,
                direction: Direction::Received,
                start: 0,
                receiver_start: 0,
                violations: 0,
                is_beyond: false,
                inflated: Vec::new(),
            },
        }
    }

    pub(super) fn output(&mut self) -> &mut Vec<u8> {
        self.sink.inspector.output()
    }

    pub(super) fn has_violations(&self) -> bool {
        self.sink.violations > 0
    }

    pub(super) fn decode(&mut self, input: &[u8]) {
        let mut rest = input;
        while let Some(head) = head(rest) {
            let (head, after) = rest.split_at(head);
            self.head(head);
            rest = after;
        }
        self.frames(rest, (input.len() - rest.len()) as u64);
        self.sink.inspector.pause();
    }

    /// A request or a response: shown, and asked what it agrees to.
    fn head(&mut self, head: &[u8]) {
        self.sink.inspector.head(&self.secrets.head(head));
        if !head.starts_with(b"HTTP/") {
            return;
        }
        let answers = head.split(|byte| *byte == b'\n').filter_map(|line| {
            let (name, value) = line.split_at(line.iter().position(|byte| *byte == b':')?);
            let is_extensions = name.eq_ignore_ascii_case(b"Sec-WebSocket-Extensions");
            is_extensions.then(|| value[1..].trim_ascii())
        });
        // the answer repeats what both ends keep, as an offer would say it
        if let Some((_, params)) = extensions::accept(answers) {
            self.deflate = Some(params);
        }
    }

    fn frames(&mut self, input: &[u8], start: u64) {
        let deflate = self.deflate;
        let mut client = receiver(Role::Server, deflate.map(|params| params.client_inflater()));
        let mut server = receiver(Role::Client, deflate.map(|params| params.server_inflater()));
        let (mut rest, mut offset) = (input, start);
        while !rest.is_empty() {
            let header = Header::parse(rest);
            let (frame, after) = rest.split_at(frame_size(header.as_ref(), rest));
            let direction = self.from.unwrap_or_else(|| sender(header.as_ref()));
            let receiver = match direction {
                Direction::Sent => &mut client,
                Direction::Received => &mut server,
            };
            self.sink.begin(direction, offset);
            let flow = receiver.feed(frame, &mut self.sink);
            rest = after;
            offset += frame.len() as u64;
            if flow.is_break() || self.sink.is_beyond {
                return self.sink.inspector.skipped(rest.len() as u64);
            }
            if rest.is_empty()
                && let Some(unfinished) = receiver.unfinished()
            {
                let at = Duration::ZERO;
                self.sink
                    .inspector
                    .cut_off(direction, unfinished, Cut::Eof, at);
            }
        }
    }
}

/// The size of the head of a request or a response that `bytes` begin with.
fn head(bytes: &[u8]) -> Option<usize> {
    let is_head = bytes.starts_with(b"HTTP/1.") || bytes.starts_with(b"GET ");
    let bytes = bytes.get(..MAX_HEAD).unwrap_or(bytes);
    let end = |mark: &[u8]| {
        let at = bytes
            .windows(mark.len())
            .position(|window| window == mark)?;
        Some(at + mark.len())
    };
    if !is_head {
        return None;
    }
    // a capture that was edited may have lost its CRs
    end(b"\r\n\r\n").or_else(|| end(b"\n\n"))
}

fn receiver(role: Role, inflater: Option<crate::ws::Inflater>) -> Receiver {
    Receiver::new(role, Limits::NONE, Strictness::Lenient, inflater)
}

/// How much of `rest` the frame takes; all of it where it is cut off.
fn frame_size(header: Option<&Header>, rest: &[u8]) -> usize {
    let size = header.and_then(|header| {
        let payload = usize::try_from(header.length()).ok()?;
        payload.checked_add(header.bytes().len())
    });
    size.map_or(rest.len(), |size| size.min(rest.len()))
}

fn sender(header: Option<&Header>) -> Direction {
    if header.is_some_and(|header| header.mask().is_some()) {
        Direction::Sent
    } else {
        Direction::Received
    }
}

/// Hands what a receiver recognises to the inspector, with places in the file.
#[derive(Debug)]
struct Sink {
    inspector: Inspector,
    direction: Direction,
    /// Where the frame at work begins, in the file.
    start: u64,
    /// And by its receiver's count, which knows its own direction alone.
    receiver_start: u64,
    violations: u64,
    /// What stands behind a Close frame is no frame.
    is_beyond: bool,
    /// What a compressed message holds.
    inflated: Vec<u8>,
}

impl Sink {
    fn begin(&mut self, direction: Direction, start: u64) {
        self.direction = direction;
        self.start = start;
    }
}

impl Receive for Sink {
    fn wants_frames(&self) -> bool {
        true
    }

    fn frame(&mut self, step: &FrameStep<'_>) {
        let at = Duration::ZERO;
        let moved = |context: &crate::ws::FrameContext| crate::ws::FrameContext {
            offset: self.start,
            ..*context
        };
        match step {
            FrameStep::Header(context) => {
                self.receiver_start = context.offset;
                let step = FrameStep::Header(&moved(context));
                self.inspector.frame(self.direction, &step, at);
            }
            FrameStep::Payload { .. } => self.inspector.frame(self.direction, step, at),
            FrameStep::End(context) => {
                let step = FrameStep::End(&moved(context));
                self.inspector.frame(self.direction, &step, at);
                let is_compressed = context.message.is_some_and(|message| message.compressed);
                if is_compressed && context.header.fin() {
                    self.inspector.inflated(&std::mem::take(&mut self.inflated));
                }
            }
        }
    }

    fn message(&mut self, _: Kind, _: &[u8]) -> Flow {
        ControlFlow::Continue(())
    }

    fn part(&mut self, part: Part<'_>) -> Flow {
        if part.first {
            self.inflated.clear();
        }
        self.inspector.keep_inflated(part.bytes, &mut self.inflated);
        ControlFlow::Continue(())
    }

    fn control(&mut self, _: ControlFrame<'_>) -> Flow {
        ControlFlow::Continue(())
    }

    fn violation(&mut self, violation: &Violation, severity: Severity) {
        self.violations += 1;
        let violation = Violation {
            offset: self.start + violation.offset.saturating_sub(self.receiver_start),
            ..violation.clone()
        };
        self.inspector
            .violation(self.direction, &violation, severity);
    }

    fn discarded(&mut self, violation: &Violation) {
        self.is_beyond = !violation.rule.is_survivable();
        self.violation(violation, Severity::Tolerated);
    }
}
