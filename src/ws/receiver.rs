//! Received bytes → frames → messages, as they arrive and however they are cut.
//!
//! A header is reported the moment its last byte is there, a payload piece by piece, and a
//! broken rule together with the bytes that broke it. Memory does not grow with what the peer
//! sends: nothing is held but one header, one control payload and the inflater's window.

use std::ops::ControlFlow;

use super::{
    CloseFrame, Header, Inflater, Kind, LengthForm, MAX_HEADER, Role, Rule, Utf8Stream, Violation,
    apply_mask, sniff,
};

/// The most a control frame may carry, RFC 6455 §5.5.
const MAX_CONTROL: usize = 125;

/// Go on, or stop reading.
pub type Flow = ControlFlow<()>;

/// Whoever wants what a [`Receiver`] recognises.
pub trait Receive {
    /// Whether [`Receive::frame`] is wanted; without it whole messages take a short cut.
    fn wants_frames(&self) -> bool;

    /// A step of a frame, before what it means.
    fn frame(&mut self, step: &FrameStep<'_>);

    /// A message that came whole, in one frame.
    fn message(&mut self, kind: Kind, payload: &[u8]) -> Flow;

    /// A piece of a message, unmasked and inflated.
    fn part(&mut self, part: Part<'_>) -> Flow;

    /// A whole control frame.
    fn control(&mut self, control: ControlFrame<'_>) -> Flow;

    /// A broken rule. After one that is fatal nothing follows.
    fn violation(&mut self, violation: &Violation, severity: Severity);
}

/// What a violation does to the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// The receiver stops.
    Fatal,
    /// It was asked to read on.
    Tolerated,
}

/// A piece of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part<'a> {
    /// What the message carries.
    pub kind: Kind,
    /// The piece; may be empty.
    pub bytes: &'a [u8],
    /// Nothing of this message came before.
    pub first: bool,
    /// Nothing of it follows.
    pub last: bool,
}

/// A control frame, RFC 6455 §5.5.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ControlFrame<'a> {
    /// Close, with what its payload says.
    Close(CloseFrame),
    /// Ping.
    Ping(&'a [u8]),
    /// Pong.
    Pong(&'a [u8]),
}

/// How far a frame has come.
#[derive(Clone, Copy, Debug)]
pub enum FrameStep<'a> {
    /// The header is complete.
    Header(&'a FrameContext),
    /// A piece of the payload as on the wire, masked where it was.
    Payload {
        /// The piece.
        bytes: &'a [u8],
        /// Where it begins in the payload.
        offset: u64,
    },
    /// The payload is complete.
    End(&'a FrameContext),
}

/// A frame and where it stands.
#[derive(Clone, Copy, Debug)]
pub struct FrameContext {
    /// The header.
    pub header: Header,
    /// Where the header begins, in bytes after the upgrade.
    pub offset: u64,
    /// The message it belongs to; `None` for control frames and reserved opcodes.
    pub message: Option<MessagePosition>,
}

/// A data frame's place in its message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MessagePosition {
    /// What the message carries.
    pub kind: Kind,
    /// The frame's number in the message, from 1.
    pub fragment: u32,
    /// Payload bytes of the message on the wire, this frame's included as far as they came.
    pub size: u64,
    /// RSV1 of the first frame: the payload is deflated (RFC 7692 §6).
    pub compressed: bool,
    /// Bytes of the message so far after inflating.
    pub inflated: u64,
}

/// The longest messages that are taken, in bytes after inflating.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// For text messages.
    pub text: u64,
    /// For binary messages.
    pub binary: u64,
}

impl Limits {
    /// No limit at all: for a sink that holds nothing.
    pub const NONE: Self = Self {
        text: u64::MAX,
        binary: u64::MAX,
    };

    fn of(self, kind: Kind) -> u64 {
        match kind {
            Kind::Text => self.text,
            Kind::Binary => self.binary,
        }
    }
}

/// What to do about a violation after which the frames can still be told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strictness {
    /// Fail the connection, as RFC 6455 demands.
    Strict,
    /// Report it and read on.
    Lenient,
}

/// What is missing of something that has begun to arrive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unfinished {
    /// A header: the bytes that came, and how many it has as far as they tell.
    Header {
        /// Bytes there.
        got: u64,
        /// Bytes it has; 2 until the length is known.
        of: u64,
    },
    /// A frame's payload.
    Payload {
        /// Bytes there.
        got: u64,
        /// Bytes declared.
        of: u64,
    },
    /// A fragmented message whose last frame has not come.
    Message {
        /// Payload bytes there.
        got: u64,
    },
}

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
    /// After a Close frame only [`Receive::frame`] is still called (RFC 6455 §5.5.1: what follows
    /// is to be discarded). After a break the receiver takes nothing more.
    pub fn feed<R: Receive>(&mut self, input: &[u8], sink: &mut R) -> Flow {
        let mut rest = input;
        while !rest.is_empty() {
            if self.is_idle() && !sink.wants_frames() {
                rest = self.whole_messages(rest, sink)?;
            }
            rest = match self.state {
                _ if rest.is_empty() => break,
                State::Header { .. } => self.take_header(rest, sink)?,
                State::Payload(_) => self.take_payload(rest, sink)?,
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
        let mut rest = input;
        let flow = loop {
            let (kind, start, length) = match *rest {
                [first @ (0x81 | 0x82), second, ..] if second < 126 => {
                    (kind_of(first), 2, usize::from(second))
                }
                [first @ (0x81 | 0x82), 126, high, low, ..] => {
                    let length = u16::from_be_bytes([high, low]);
                    if length < 126 {
                        break Flow::Continue(());
                    }
                    (kind_of(first), 4, usize::from(length))
                }
                _ => break Flow::Continue(()),
            };
            let Some(payload) = rest.get(start..start + length) else {
                break Flow::Continue(());
            };
            if length as u64 > self.limits.of(kind)
                || (kind == Kind::Text && simdutf8::basic::from_utf8(payload).is_err())
            {
                break Flow::Continue(());
            }
            rest = &rest[start + length..];
            if sink.message(kind, payload).is_break() {
                self.state = State::Failed;
                break Flow::Break(());
            }
        };
        self.offset += (input.len() - rest.len()) as u64;
        flow.map_continue(|()| rest)
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
        self.report(&broken, &context, following, sink)?;
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
        if self.closed {
            return Flow::Continue(());
        }
        let mut evidence = context.header.bytes().to_vec();
        if broken.iter().flatten().next().is_some() {
            evidence.extend(following.iter().take(MAX_HEADER * 2));
            if let Some(rule) = sniff(&evidence) {
                return self.break_rule(rule, &evidence, context.offset, sink);
            }
        }
        let bytes = context.header.bytes();
        for rule in broken.iter().flatten() {
            self.break_rule(*rule, bytes, context.offset, sink)?;
        }
        Flow::Continue(())
    }

    /// The rules a header breaks, in the order of its bits.
    fn broken_rules(&self, header: &Header) -> [Option<Rule>; 6] {
        let opcode = header.opcode();
        let starts_message = matches!(opcode, 1 | 2);
        let defined = if self.inflater.is_some() && starts_message {
            0b100
        } else {
            0
        };
        let reserved = header.rsv() & !defined;
        let masking = match (self.role, header.mask()) {
            (Role::Client, Some(_)) => Some(Rule::MaskedByServer),
            (Role::Server, None) => Some(Rule::UnmaskedByClient),
            _ => None,
        };
        let length = header.length();
        let form = header.length_form();
        [
            (reserved != 0).then_some(Rule::ReservedBits(reserved)),
            matches!(opcode, 3..=7 | 11..=15).then_some(Rule::ReservedOpcode(opcode)),
            masking,
            if length >> 63 == 1 {
                Some(Rule::LengthTopBit)
            } else {
                (form != LengthForm::minimal(length)).then_some(Rule::NonMinimalLength(form))
            },
            if header.is_control() {
                control_rule(header)
            } else {
                self.fragment_rule(header)
            },
            self.size_rule(header),
        ]
    }

    fn fragment_rule(&self, header: &Header) -> Option<Rule> {
        match (header.opcode(), &self.message) {
            (0, None) => Some(Rule::OrphanContinuation),
            (1 | 2, Some(_)) => Some(Rule::InterruptedMessage),
            _ => None,
        }
    }

    /// The declared size against the limit; what is compressed is counted as it inflates.
    fn size_rule(&self, header: &Header) -> Option<Rule> {
        let (kind, before) = match (header.opcode(), &self.message) {
            (0, Some(message)) if message.position.compressed => return None,
            (1 | 2, _) if header.rsv1() && self.inflater.is_some() => return None,
            (0, Some(message)) => (message.position.kind, message.position.size),
            (1, _) => (Kind::Text, 0),
            (0 | 2, _) => (Kind::Binary, 0),
            _ => return None,
        };
        let limit = self.limits.of(kind);
        (before.saturating_add(header.length()) > limit).then_some(Rule::TooBig(limit))
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
            self.message = Some(Message {
                position: MessagePosition {
                    kind,
                    fragment: 0,
                    size: 0,
                    compressed: header.rsv1() && self.inflater.is_some(),
                    inflated: 0,
                },
                utf8: (kind == Kind::Text).then(Utf8Stream::default),
                delivered: false,
            });
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
        let inflated = inflater.push(piece, last, |bytes| self.deliver(bytes, false, sink));
        self.inflater = Some(inflater);
        match inflated {
            Ok(flow) => flow?,
            Err(rule) => {
                let start = self.offset - piece.len() as u64;
                return self.break_rule(rule, piece, start, sink);
            }
        }
        if last {
            self.deliver(&[], true, sink)?;
        }
        Flow::Continue(())
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

fn kind_of(first: u8) -> Kind {
    if first == 0x81 {
        Kind::Text
    } else {
        Kind::Binary
    }
}

fn control_rule(header: &Header) -> Option<Rule> {
    if header.length() > MAX_CONTROL as u64 {
        Some(Rule::ControlTooLong(header.length()))
    } else if !header.fin() {
        Some(Rule::ControlFragmented)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Writes down what it is told, one line each.
    #[derive(Default)]
    struct Log {
        frames: bool,
        lines: Vec<String>,
        held: Vec<u8>,
    }

    impl Receive for Log {
        fn wants_frames(&self) -> bool {
            self.frames
        }

        fn frame(&mut self, step: &FrameStep<'_>) {
            self.lines.push(match step {
                FrameStep::Header(context) => format!(
                    "header {:02x?} at {}",
                    context.header.bytes(),
                    context.offset
                ),
                FrameStep::Payload { bytes, offset } => format!("payload {bytes:02x?} at {offset}"),
                FrameStep::End(context) => format!(
                    "end fragment {:?}",
                    context
                        .message
                        .map(|message| (message.fragment, message.size))
                ),
            });
        }

        fn message(&mut self, kind: Kind, payload: &[u8]) -> Flow {
            self.part(Part {
                kind,
                bytes: payload,
                first: true,
                last: true,
            })
        }

        fn part(&mut self, part: Part<'_>) -> Flow {
            if part.first {
                self.held.clear();
            }
            self.held.extend_from_slice(part.bytes);
            if part.last {
                let line = format!("{} {}", part.kind.name(), self.held.escape_ascii());
                self.lines.push(line);
            }
            Flow::Continue(())
        }

        fn control(&mut self, control: ControlFrame<'_>) -> Flow {
            self.lines.push(match control {
                ControlFrame::Ping(payload) => format!("ping {}", payload.escape_ascii()),
                ControlFrame::Pong(payload) => format!("pong {}", payload.escape_ascii()),
                ControlFrame::Close(close) => {
                    format!("close {:?} {}", close.code, close.reason.escape_ascii())
                }
            });
            Flow::Continue(())
        }

        fn violation(&mut self, violation: &Violation, severity: Severity) {
            self.lines.push(format!("{severity:?}: {violation}"));
        }
    }

    fn receiver(strictness: Strictness) -> Receiver {
        let limits = Limits {
            text: 1000,
            binary: 1000,
        };
        Receiver::new(Role::Client, limits, strictness, None)
    }

    fn lines(strictness: Strictness, pieces: &[&[u8]]) -> Vec<String> {
        let mut log = Log::default();
        let mut receiver = receiver(strictness);
        for piece in pieces {
            if receiver.feed(piece, &mut log).is_break() {
                break;
            }
        }
        log.lines
    }

    /// RFC 6455 §5.7, as a client sees it, with a ping between two fragments.
    const LEGAL: &[u8] = b"\x81\x05Hello\x01\x03Hel\x89\x05Hello\x80\x02lo\x82\x00\x82\x02\x00\xff\x8a\x00\x88\x05\x03\xe8bye";
    const MEANING: &[&str] = &[
        "text Hello",
        "ping Hello",
        "text Hello",
        "binary ",
        "binary \\x00\\xff",
        "pong ",
        "close Some(1000) bye",
    ];

    #[test]
    fn understands_the_same_however_the_bytes_are_cut() {
        for cut in 0..=LEGAL.len() {
            let (left, right) = LEGAL.split_at(cut);
            assert_eq!(
                lines(Strictness::Strict, &[left, right]),
                MEANING,
                "cut at {cut}"
            );
        }
        let single: Vec<&[u8]> = LEGAL.chunks(1).collect();
        assert_eq!(lines(Strictness::Strict, &single), MEANING);
    }

    #[test]
    fn reports_each_broken_rule_with_its_bytes() {
        let table: &[(&[u8], &str)] = &[
            (
                b"\xc1\x02hi",
                "RSV1 set, and no extension defines it (RFC 6455 §5.2; at byte 0: c1 02)",
            ),
            (
                b"\x83\x00",
                "reserved opcode 0x3 (RFC 6455 §5.2; at byte 0: 83 00)",
            ),
            (
                b"\x8b\x00",
                "reserved opcode 0xb (RFC 6455 §5.2; at byte 0: 8b 00)",
            ),
            (
                b"\x81\x81\x01\x02\x03\x04\x00",
                "a frame from the server is masked (RFC 6455 §5.1; at byte 0: 81 81 01 02 03 04)",
            ),
            (
                b"\x81\x7e\x00\x05hello",
                "the length is written in 16 bits, more than it needs (RFC 6455 §5.2; at byte 0: 81 7e 00 05)",
            ),
            (
                b"\x82\x7f\x80\x00\x00\x00\x00\x00\x00\x00",
                "the highest bit of the 64-bit length is set (RFC 6455 §5.2; at byte 0: 82 7f 80 00 00 00 00 00 00 00)",
            ),
            (
                b"\x89\x7e\x00\x7e",
                "a control frame of 126 bytes, 125 are allowed (RFC 6455 §5.5; at byte 0: 89 7e 00 7e)",
            ),
            (
                b"\x09\x00",
                "a control frame without FIN (RFC 6455 §5.5; at byte 0: 09 00)",
            ),
            (
                b"\x80\x00",
                "a continuation with no message to continue (RFC 6455 §5.4; at byte 0: 80 00)",
            ),
            (
                b"\x01\x01a\x81\x01b",
                "a new message before the fragmented one was finished (RFC 6455 §5.4; at byte 3: 81 01)",
            ),
            (
                b"\x81\x03a\xffb",
                "text that is not UTF-8, from byte 1 of the message (RFC 6455 §8.1; at byte 3: ff 62)",
            ),
            (
                b"\x81\x01\xc3",
                "text that is not UTF-8, from byte 0 of the message (RFC 6455 §8.1; at byte 2: c3)",
            ),
            (
                b"\x82\x7e\x03\xe9",
                "a message over the limit of 1000 bytes (RFC 6455 §7.4.1; at byte 0: 82 7e 03 e9)",
            ),
            (
                b"\x88\x02\x03\xee",
                "Close code 1006 (abnormal closure) must not be sent (RFC 6455 §7.4; at byte 2: 03 ee)",
            ),
            (
                b"\x88\x01\x03",
                "a Close payload of one byte, the code has two (RFC 6455 §5.5.1; at byte 2: 03)",
            ),
            (
                b"HTTP/1.1 400 Bad",
                "an HTTP message where a frame should begin (RFC 6455 §5.2; at byte 0: 48 54 54 50 2f 31 2e 31 20 34 30 30 20 42 61 64)",
            ),
        ];
        for (bytes, said) in table {
            let lines = lines(Strictness::Strict, &[bytes]);
            assert_eq!(
                lines.last(),
                Some(&format!("Fatal: {said}")),
                "{bytes:02x?}"
            );
        }
    }

    #[test]
    fn reads_on_when_lenient() {
        let table: &[(&[u8], &[&str])] = &[
            (b"\xc1\x02hi", &["text hi"]),
            (b"\x83\x02xx", &[]),
            (b"\x81\x82\x01\x01\x01\x01ih", &["text hi"]),
            (b"\x81\x7e\x00\x02hi", &["text hi"]),
            (b"\x81\x03h\xffi", &["text h\\xffi"]),
            (b"\x80\x02hi", &["binary hi"]),
            (b"\x01\x01a\x81\x02hi", &["text hi"]),
        ];
        for (bytes, meant) in table {
            let with_next = [bytes, &b"\x81\x04next"[..]].concat();
            let mut lines = lines(Strictness::Lenient, &[&with_next]);
            assert!(
                lines.iter().any(|line| line.starts_with("Tolerated")),
                "{bytes:02x?}"
            );
            lines.retain(|line| !line.starts_with("Tolerated"));
            assert_eq!(lines.pop().as_deref(), Some("text next"), "{bytes:02x?}");
            assert_eq!(lines, *meant, "{bytes:02x?}");
        }
    }

    #[test]
    fn finds_a_wrong_byte_before_the_frame_is_complete() {
        let lines = lines(Strictness::Strict, &[b"\x81\x7d\xce\xba\xe1\xbd\xf4\x90"]);
        assert_eq!(lines.len(), 1);
        assert!(
            lines[0].starts_with("Fatal: text that is not UTF-8"),
            "{lines:?}"
        );
    }

    #[test]
    fn shows_a_header_before_its_payload_is_there() {
        let mut log = Log {
            frames: true,
            ..Log::default()
        };
        let mut receiver = receiver(Strictness::Strict);
        assert!(receiver.feed(b"\x82\x05ab", &mut log).is_continue());
        assert_eq!(log.lines, ["header [82, 05] at 0", "payload [61, 62] at 0"]);
        let unfinished = Some(Unfinished::Payload { got: 2, of: 5 });
        assert_eq!(receiver.unfinished(), unfinished);
    }

    #[test]
    fn says_what_is_unfinished() {
        let table: &[(&[u8], Option<Unfinished>)] = &[
            (b"", None),
            (b"\x81", Some(Unfinished::Header { got: 1, of: 2 })),
            (b"\x81\x7f\x00", Some(Unfinished::Header { got: 3, of: 10 })),
            (b"\x01\x01a", Some(Unfinished::Message { got: 1 })),
            (b"\x81\x01a", None),
        ];
        for (bytes, unfinished) in table {
            let mut receiver = receiver(Strictness::Strict);
            assert!(receiver.feed(bytes, &mut Log::default()).is_continue());
            assert_eq!(receiver.unfinished(), *unfinished, "{bytes:02x?}");
        }
    }

    #[test]
    fn discards_what_follows_a_close() {
        let lines = lines(Strictness::Strict, &[b"\x88\x00\x81\x02hi\xff\xff\xff"]);
        assert_eq!(lines, ["close None "]);
    }

    #[test]
    fn no_input_makes_it_panic_and_cuts_change_nothing() {
        arbtest::arbtest(|u| {
            let strictness = if u.arbitrary()? {
                Strictness::Strict
            } else {
                Strictness::Lenient
            };
            let bytes: Vec<u8> = u.arbitrary()?;
            let whole = lines(strictness, &[&bytes]);
            let single: Vec<&[u8]> = bytes.chunks(1).collect();
            let cut = lines(strictness, &single);
            // the evidence of a violation is what had arrived; the rest must agree
            let meaning = |lines: &[String]| -> Vec<String> {
                let is_meaning = |line: &&String| !line.contains("RFC");
                lines.iter().filter(is_meaning).cloned().collect()
            };
            assert_eq!(meaning(&whole), meaning(&cut));
            Ok(())
        });
    }
}
