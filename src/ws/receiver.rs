//! Received bytes → frames → messages, as they arrive and however they are cut.
//!
//! A header is reported the moment its last byte is there, a payload piece by piece, and a
//! broken rule together with the bytes that broke it. Memory does not grow with what the peer
//! sends: nothing is held but one header, one control payload and the inflater's window.

mod rules;

use std::ops::ControlFlow;

use super::{
    CloseFrame, ControlFrame, Flow, FrameContext, FrameStep, Header, Inflater, Kind, Limits,
    MAX_HEADER, MessagePosition, Part, Receive, Role, Rule, Severity, Strictness, Unfinished,
    Utf8Stream, Violation, apply_mask, sniff,
};

/// The most a control frame may carry, RFC 6455 §5.5.
const MAX_CONTROL: usize = 125;

/// Text of up to so many bytes is first looked at for ASCII.
const SHORT: usize = 256;

/// The receiving side of one connection.
#[derive(Debug)]
pub struct Receiver {
    role: Role,
    strictness: Strictness,
    limits: Limits,
    inflater: Option<Inflater>,
    state: State,
    message: Option<Message>,
    control: Vec<u8>,
    scratch: Vec<u8>,
    offset: u64,
    closed: bool,
}

#[derive(Debug)]
enum State {
    Header {
        bytes: [u8; MAX_HEADER],
        have: usize,
    },
    Payload(Frame),
    /// What comes is no frame, and nobody waits for one: a Close frame came before it.
    Beyond,
    Failed,
}

impl State {
    const BOUNDARY: Self = Self::Header {
        bytes: [0; MAX_HEADER],
        have: 0,
    };
}

#[derive(Clone, Copy, Debug)]
struct Frame {
    context: FrameContext,
    purpose: Purpose,
    got: u64,
}

/// What the payload of the current frame is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Purpose {
    Data,
    Control,
    Skip,
}

#[derive(Debug)]
struct Message {
    position: MessagePosition,
    /// `None` once lenient reading has met a wrong byte.
    utf8: Option<Utf8Stream>,
    delivered: bool,
}

impl Message {
    fn new(kind: Kind, compressed: bool) -> Self {
        Self {
            position: MessagePosition {
                kind,
                fragment: 0,
                size: 0,
                compressed,
                inflated: 0,
            },
            utf8: (kind == Kind::Text).then(Utf8Stream::default),
            delivered: false,
        }
    }
}

impl Receiver {
    /// The receiving side of the end that has `role`; `inflater` where permessage-deflate was
    /// agreed.
    #[must_use]
    pub fn new(
        role: Role,
        limits: Limits,
        strictness: Strictness,
        inflater: Option<Inflater>,
    ) -> Self {
        Self {
            role,
            strictness,
            limits,
            inflater,
            state: State::BOUNDARY,
            message: None,
            control: Vec::with_capacity(MAX_CONTROL),
            scratch: Vec::new(),
            offset: 0,
            closed: false,
        }
    }

    /// Takes the next bytes, in pieces of any size; breaks when `sink` does or a rule is broken.
    ///
    /// After a Close frame only [`Receive::frame`] and [`Receive::discarded`] are still called
    /// (RFC 6455 §5.5.1: what follows is to be discarded). After a break the receiver takes nothing
    /// more.
    pub fn feed<R: Receive>(&mut self, input: &[u8], sink: &mut R) -> Flow {
        let mut rest = input;
        while !rest.is_empty() {
            if self.is_idle() && (!sink.wants_frames() || sink.takes_whole_frames()) {
                rest = self.whole_messages(rest, sink)?;
                if self.inflater.is_some() && !sink.wants_frames() {
                    rest = self.deflated_messages(rest, sink)?;
                }
            }
            rest = match self.state {
                _ if rest.is_empty() => break,
                State::Header { .. } => self.take_header(rest, sink)?,
                State::Payload(_) => self.take_payload(rest, sink)?,
                State::Beyond => break,
                State::Failed => return Flow::Break(()),
            };
        }
        Flow::Continue(())
    }

    /// What has begun and not ended; `None` between messages.
    #[must_use]
    pub fn unfinished(&self) -> Option<Unfinished> {
        match &self.state {
            State::Header { bytes, have } if *have > 0 => Some(Unfinished::Header {
                got: *have as u64,
                of: if *have < 2 {
                    2
                } else {
                    Header::size_of([bytes[0], bytes[1]]) as u64
                },
            }),
            State::Payload(frame) => Some(Unfinished::Payload {
                got: frame.got,
                of: frame.context.header.length(),
            }),
            _ => self.message.as_ref().map(|message| Unfinished::Message {
                got: message.position.size,
            }),
        }
    }

    /// Whether a Close frame has come.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.closed
    }

    fn is_idle(&self) -> bool {
        matches!(self.state, State::Header { have: 0, .. })
            && self.message.is_none()
            && !self.closed
    }

    /// The short cut: unfragmented messages that are in `input` whole, as nearly all are.
    /// Whatever is unusual is left to the long way, which also names what is wrong with it.
    fn whole_messages<'a, R: Receive>(
        &mut self,
        input: &'a [u8],
        sink: &mut R,
    ) -> ControlFlow<(), &'a [u8]> {
        if self.role == Role::Server {
            return ControlFlow::Continue(input); // what clients send is masked
        }
        let tells_frames = sink.wants_frames();
        let mut rest = input;
        let flow = loop {
            let Some((kind, payload, after)) = whole_message(rest, 0x80) else {
                break Flow::Continue(());
            };
            let is_long = payload.len() as u64 > self.limits.of(kind);
            if is_long || (kind == Kind::Text && !is_utf8(payload)) {
                break Flow::Continue(());
            }
            if tells_frames && let Some(header) = Header::parse(rest) {
                let offset = self.offset + (input.len() - rest.len()) as u64;
                sink.whole_frame(&whole_frame(header, kind, offset), payload);
            }
            rest = after;
            if sink.message(kind, payload).is_break() {
                self.state = State::Failed;
                break Flow::Break(());
            }
        };
        self.offset += (input.len() - rest.len()) as u64;
        flow.map_continue(|()| rest)
    }

    /// The same short cut for deflated messages. What has been inflated cannot be given back to the
    /// long way, so that their broken rules are told here.
    fn deflated_messages<'a, R: Receive>(
        &mut self,
        input: &'a [u8],
        sink: &mut R,
    ) -> ControlFlow<(), &'a [u8]> {
        let mut rest = input;
        while self.role == Role::Client
            && let Some((kind, payload, after)) = whole_message(rest, 0xc0)
        {
            self.offset += (rest.len() - after.len()) as u64;
            rest = after;
            self.message = Some(Message::new(kind, true));
            if self.use_data(payload, true, sink).is_break() {
                self.state = State::Failed;
                return ControlFlow::Break(());
            }
            self.message = None;
        }
        ControlFlow::Continue(rest)
    }

    fn take_header<'a, R: Receive>(
        &mut self,
        input: &'a [u8],
        sink: &mut R,
    ) -> ControlFlow<(), &'a [u8]> {
        let State::Header { bytes, have } = &mut self.state else {
            return ControlFlow::Continue(input);
        };
        let mut rest = input;
        loop {
            let needed = if *have < 2 {
                2
            } else {
                Header::size_of([bytes[0], bytes[1]])
            };
            if *have >= 2 && *have == needed {
                break;
            }
            let taken = rest.len().min(needed - *have);
            bytes[*have..*have + taken].copy_from_slice(&rest[..taken]);
            *have += taken;
            rest = &rest[taken..];
            if *have < needed {
                self.offset += input.len() as u64;
                return ControlFlow::Continue(rest);
            }
        }
        let (bytes, have) = (*bytes, *have);
        self.offset += (input.len() - rest.len()) as u64;
        let Some(header) = Header::parse(&bytes[..have]) else {
            return ControlFlow::Continue(rest); // cannot be: `have` is what the header needs
        };
        self.begin_frame(header, rest, sink)?;
        ControlFlow::Continue(rest)
    }

    /// A header is complete: judge it, say it, and get ready for its payload.
    fn begin_frame<R: Receive>(&mut self, header: Header, following: &[u8], sink: &mut R) -> Flow {
        let start = self.offset - header.bytes().len() as u64;
        let broken = self.broken_rules(&header);
        let fatal = broken.iter().flatten().any(|rule| self.is_fatal(*rule));
        let purpose = self.purpose(&header);
        if purpose == Purpose::Data && !self.closed && !fatal {
            self.begin_fragment(&header);
        }
        let context = FrameContext {
            header,
            offset: start,
            message: self.position(purpose),
        };
        if sink.wants_frames() {
            sink.frame(&FrameStep::Header(&context));
        }
        if self.closed {
            if discard(&context, following, sink).is_break() {
                self.state = State::Beyond;
                return Flow::Continue(());
            }
        } else {
            self.report(&broken, &context, following, sink)?;
        }
        self.control.clear();
        self.state = State::Payload(Frame {
            context,
            purpose,
            got: 0,
        });
        if header.length() == 0 {
            self.take_payload(&[], sink)?;
        }
        Flow::Continue(())
    }

    fn position(&self, purpose: Purpose) -> Option<MessagePosition> {
        if purpose != Purpose::Data {
            return None;
        }
        self.message.as_ref().map(|message| message.position)
    }

    fn report<R: Receive>(
        &mut self,
        broken: &[Option<Rule>],
        context: &FrameContext,
        following: &[u8],
        sink: &mut R,
    ) -> Flow {
        let bytes = context.header.bytes();
        if broken.iter().flatten().next().is_some() {
            let evidence = [bytes, start_of(following)].concat();
            if let Some(rule) = sniff(&evidence) {
                return self.break_rule(rule, &evidence, context.offset, sink);
            }
        }
        for rule in broken.iter().flatten() {
            self.break_rule(*rule, bytes, context.offset, sink)?;
        }
        Flow::Continue(())
    }

    fn purpose(&self, header: &Header) -> Purpose {
        match header.opcode() {
            _ if self.closed => Purpose::Skip,
            0..=2 => Purpose::Data,
            8..=10 => Purpose::Control,
            _ => Purpose::Skip,
        }
    }

    fn begin_fragment(&mut self, header: &Header) {
        let opcode = header.opcode();
        if opcode != 0 || self.message.is_none() {
            let kind = if opcode == 1 {
                Kind::Text
            } else {
                Kind::Binary
            };
            let is_compressed = header.rsv1() && self.inflater.is_some();
            self.message = Some(Message::new(kind, is_compressed));
        }
        if let Some(message) = &mut self.message {
            message.position.fragment = message.position.fragment.saturating_add(1);
        }
    }

    fn take_payload<'a, R: Receive>(
        &mut self,
        input: &'a [u8],
        sink: &mut R,
    ) -> ControlFlow<(), &'a [u8]> {
        let State::Payload(frame) = &mut self.state else {
            return ControlFlow::Continue(input);
        };
        let left = frame.context.header.length() - frame.got;
        let take = usize::try_from(left).map_or(input.len(), |left| left.min(input.len()));
        let (piece, rest) = input.split_at(take);
        let offset = frame.got;
        frame.got += take as u64;
        let frame = *frame;
        let ends = frame.got == frame.context.header.length();
        self.offset += take as u64;
        if sink.wants_frames() && !piece.is_empty() {
            let step = FrameStep::Payload {
                bytes: piece,
                offset,
            };
            sink.frame(&step);
        }
        match frame.context.header.mask() {
            Some(key) => {
                let mut scratch = std::mem::take(&mut self.scratch);
                scratch.clear();
                scratch.extend_from_slice(piece);
                apply_mask(key, offset, &mut scratch);
                let flow = self.use_payload(&frame, &scratch, ends, sink);
                self.scratch = scratch;
                flow?;
            }
            None => self.use_payload(&frame, piece, ends, sink)?,
        }
        if ends {
            self.end_frame(&frame, sink)?;
        }
        ControlFlow::Continue(rest)
    }

    fn use_payload<R: Receive>(
        &mut self,
        frame: &Frame,
        piece: &[u8],
        ends: bool,
        sink: &mut R,
    ) -> Flow {
        match frame.purpose {
            Purpose::Data => self.use_data(piece, ends && frame.context.header.fin(), sink),
            Purpose::Control => {
                let room = MAX_CONTROL - self.control.len();
                self.control
                    .extend_from_slice(&piece[..piece.len().min(room)]);
                Flow::Continue(())
            }
            Purpose::Skip => Flow::Continue(()),
        }
    }

    fn use_data<R: Receive>(&mut self, piece: &[u8], last: bool, sink: &mut R) -> Flow {
        let Some(message) = &mut self.message else {
            return Flow::Continue(());
        };
        message.position.size += piece.len() as u64;
        if !message.position.compressed {
            return self.deliver(piece, last, sink);
        }
        let Some(mut inflater) = self.inflater.take() else {
            return Flow::Continue(());
        };
        let inflated = inflater.push(piece, last, |bytes, last| self.deliver(bytes, last, sink));
        self.inflater = Some(inflater);
        inflated.unwrap_or_else(|rule| {
            let start = self.offset - piece.len() as u64;
            self.break_rule(rule, piece, start, sink)
        })
    }

    fn deliver<R: Receive>(&mut self, bytes: &[u8], last: bool, sink: &mut R) -> Flow {
        let Some(message) = &mut self.message else {
            return Flow::Continue(());
        };
        let before = message.position.inflated;
        message.position.inflated += bytes.len() as u64;
        let kind = message.position.kind;
        let limit = self.limits.of(kind);
        if message.position.inflated > limit {
            return self.break_rule(Rule::TooBig(limit), &[], self.offset, sink);
        }
        if let Some(utf8) = &mut message.utf8 {
            let checked = utf8
                .push(bytes)
                .and_then(|()| if last { utf8.finish() } else { Ok(()) });
            if let Err(wrong) = checked {
                message.utf8 = None;
                let from = usize::try_from(wrong.saturating_sub(before)).unwrap_or(0);
                let evidence = &bytes[from.min(bytes.len())..];
                // what was inflated stands nowhere on the wire, and may be longer than all that came
                let at = if message.position.compressed {
                    self.offset
                } else {
                    self.offset - evidence.len() as u64
                };
                self.break_rule(Rule::InvalidUtf8(wrong), evidence, at, sink)?;
            }
        }
        let Some(message) = &mut self.message else {
            return Flow::Continue(());
        };
        let first = !message.delivered;
        message.delivered = true;
        sink.part(Part {
            kind,
            bytes,
            first,
            last,
        })
    }

    fn end_frame<R: Receive>(&mut self, frame: &Frame, sink: &mut R) -> Flow {
        self.state = State::BOUNDARY;
        let context = FrameContext {
            message: self.position(frame.purpose),
            ..frame.context
        };
        if frame.purpose == Purpose::Data && context.header.fin() {
            self.message = None;
        }
        if sink.wants_frames() {
            sink.frame(&FrameStep::End(&context));
        }
        if frame.purpose == Purpose::Control {
            return self.end_control(&context, sink);
        }
        Flow::Continue(())
    }

    fn end_control<R: Receive>(&mut self, context: &FrameContext, sink: &mut R) -> Flow {
        let payload = std::mem::take(&mut self.control);
        let control = match context.header.opcode() {
            8 => {
                let (close, broken) = CloseFrame::parse(&payload);
                if let Some(rule) = broken {
                    let start = self.offset - payload.len() as u64;
                    self.break_rule(rule, &payload, start, sink)?;
                }
                self.closed = true;
                ControlFrame::Close(close)
            }
            9 => ControlFrame::Ping(&payload),
            _ => ControlFrame::Pong(&payload),
        };
        let flow = sink.control(control);
        self.control = payload;
        flow
    }

    fn is_fatal(&self, rule: Rule) -> bool {
        self.strictness == Strictness::Strict || !rule.is_survivable()
    }

    fn break_rule<R: Receive>(
        &mut self,
        rule: Rule,
        bytes: &[u8],
        offset: u64,
        sink: &mut R,
    ) -> Flow {
        let violation = Violation::new(rule, bytes, offset);
        if self.is_fatal(rule) {
            self.state = State::Failed;
            sink.violation(&violation, Severity::Fatal);
            return Flow::Break(());
        }
        sink.violation(&violation, Severity::Tolerated);
        Flow::Continue(())
    }
}

/// What comes after the Close frame is shown for what it is; breaks where it is no frame.
fn discard<R: Receive>(context: &FrameContext, following: &[u8], sink: &mut R) -> Flow {
    if !sink.wants_frames() {
        return Flow::Continue(());
    }
    let bytes = context.header.bytes();
    let evidence = [bytes, start_of(following)].concat();
    match sniff(&evidence) {
        Some(rule) => {
            sink.discarded(&Violation::new(rule, &evidence, context.offset));
            Flow::Break(())
        }
        None => {
            sink.discarded(&Violation::new(Rule::AfterClose, bytes, context.offset));
            Flow::Continue(())
        }
    }
}

/// As much of what follows a header as it takes to recognise another protocol.
fn start_of(following: &[u8]) -> &[u8] {
    &following[..following.len().min(MAX_HEADER * 2)]
}

/// The check for ASCII is inlined, which for short text is most of the cost.
#[inline]
fn is_utf8(text: &[u8]) -> bool {
    (text.len() <= SHORT && text.is_ascii()) || simdutf8::basic::from_utf8(text).is_ok()
}

/// What there is to say of a frame that is a message by itself.
fn whole_frame(header: Header, kind: Kind, offset: u64) -> FrameContext {
    FrameContext {
        header,
        offset,
        message: Some(MessagePosition {
            kind,
            fragment: 1,
            size: header.length(),
            compressed: false,
            inflated: header.length(),
        }),
    }
}

/// An unfragmented message that is in `input` whole, with the first four bits of its frame as in
/// `flags`: its payload, and what follows.
#[inline]
fn whole_message(input: &[u8], flags: u8) -> Option<(Kind, &[u8], &[u8])> {
    let (start, length) = match *input {
        [_, second, ..] if second < 126 => (2, usize::from(second)),
        [_, 126, high, low, ..] => match u16::from_be_bytes([high, low]) {
            0..126 => return None,
            length => (4, usize::from(length)),
        },
        _ => return None,
    };
    let kind = match input[0] ^ flags {
        1 => Kind::Text,
        2 => Kind::Binary,
        _ => return None,
    };
    let payload = input.get(start..start + length)?;
    Some((kind, payload, &input[start + length..]))
}

#[cfg(test)]
mod tests;
