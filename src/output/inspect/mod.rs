//! The inspector: a line for every frame, as it was on the wire, in both directions.
//!
//! It is told the steps of each frame and the time, and appends to a buffer that its owner writes
//! out; it knows no stream and no clock. A line is begun when the header is there and ended with
//! the payload, unless [`Inspector::pause`] says that nothing more is known for now: then the line
//! stands as it is and a second one follows when the frame is whole.
//!
//! ```text
//! FrameStep, Violation, Unfinished → Inspector → line · bits · dump   (text)
//!                                              → FrameRecord          (JSON)
//! ```

mod bits;
mod canvas;
mod observer;
mod pings;
mod record;
mod text;

pub use self::observer::{InspectorHandle, Tolerated};

use std::{fmt, str::FromStr, time::Duration};

use jiff::Timestamp;

use self::{
    canvas::{Canvas, Recording},
    pings::Pings,
    record::FrameRecord,
    text::{Dump, HEADER},
};
use super::style::{Role, Style};
use crate::{
    event::{Cut, Direction},
    ws::{
        CloseFrame, FrameContext, FrameStep, Header, Severity, Unfinished, Violation, apply_mask,
    },
};

/// How much of each frame is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Detail {
    /// A line for each frame.
    #[default]
    Header,
    /// And its header drawn bit by bit.
    Bits,
    /// A line, and the payload in hex.
    Payload,
    /// All of it.
    Full,
}

impl Detail {
    /// The words that [`FromStr`] accepts.
    pub const NAMES: [&str; 4] = ["header", "bits", "payload", "full"];

    fn draws_bits(self) -> bool {
        matches!(self, Self::Bits | Self::Full)
    }

    fn dumps_payload(self) -> bool {
        matches!(self, Self::Payload | Self::Full)
    }
}

impl FromStr for Detail {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        match word {
            "header" => Ok(Self::Header),
            "bits" => Ok(Self::Bits),
            "payload" => Ok(Self::Payload),
            "full" => Ok(Self::Full),
            _ => Err("expected header, bits, payload or full".to_owned()),
        }
    }
}

impl fmt::Display for Detail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(Self::NAMES[*self as usize])
    }
}

/// What the inspector writes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Form {
    /// Lines for people.
    #[default]
    Text,
    /// A JSON object for each frame.
    Json,
}

/// What stands in front of each line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Clock {
    /// The time since the connection was open, and since the line before.
    #[default]
    Time,
    /// Where the frame begins: for bytes that have no time.
    Offset,
}

/// How the inspector shows what it is told.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// How much of each frame.
    pub detail: Detail,
    /// The most payload bytes of a frame that are shown in hex.
    pub dump_limit: usize,
    /// Columns of the terminal; `usize::MAX` where lines need not be folded.
    pub width: usize,
    /// Whether there is colour.
    pub style: Style,
    /// Text or JSON.
    pub form: Form,
    /// Time or place.
    pub clock: Clock,
    /// When the connection was open; for JSON.
    pub opened: Option<Timestamp>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            detail: Detail::Header,
            dump_limit: 256,
            width: usize::MAX,
            style: Style::PLAIN,
            form: Form::Text,
            clock: Clock::Time,
            opened: None,
        }
    }
}

/// Shows frames; see the module.
#[derive(Debug)]
pub struct Inspector {
    options: Options,
    canvas: Canvas,
    /// The start of the latest line, and its columns: most lines are like the one before.
    start: Recording<(Direction, Duration, Duration, u64)>,
    middle: Recording<(Direction, Header)>,
    /// What stands at the end of a line, before it is known whether it fits there.
    notes: Canvas,
    sent: Half,
    received: Half,
    /// Whose line has been begun and not ended, or whose record waits.
    line: Option<Direction>,
    previous: Option<Duration>,
    has_heading: bool,
}

/// One direction.
#[derive(Debug, Default)]
struct Half {
    open: Option<Open>,
    pings: Pings,
}

/// A frame that has begun.
#[derive(Debug)]
struct Open {
    context: FrameContext,
    at: Duration,
    since: Duration,
    arrived: u64,
    /// The payload of a control frame, unmasked.
    control: Vec<u8>,
    /// Whether `payload` is wanted.
    keeps_payload: bool,
    /// The payload as on the wire, up to the limit.
    payload: Vec<u8>,
    /// The time since the ping that this pong answers; for records.
    rtt: Option<Duration>,
    /// What this Close frame says; for records.
    close: Option<CloseFrame>,
    /// How much of `payload` has been shown.
    dumped: usize,
    /// Its line has been ended, its bits have been drawn.
    told: bool,
    /// Rules broken while the line was unfinished.
    violations: Vec<Violation>,
}

impl Inspector {
    /// An inspector that has seen nothing.
    #[must_use]
    pub fn new(options: Options) -> Self {
        Self {
            options,
            canvas: Canvas::new(options.style),
            start: Recording::default(),
            middle: Recording::default(),
            notes: Canvas::new(options.style),
            sent: Half::default(),
            received: Half::default(),
            line: None,
            previous: None,
            has_heading: false,
        }
    }

    /// What there is to write out; its owner empties it.
    pub fn output(&mut self) -> &mut Vec<u8> {
        &mut self.canvas.out
    }

    /// Whether it writes records rather than lines for people.
    #[must_use]
    pub fn writes_records(&self) -> bool {
        self.options.form == Form::Json
    }

    /// A step of a frame; `at` is the time since the connection was open.
    ///
    /// Payload bytes are those on the wire, masked where the header says so.
    pub fn frame(&mut self, direction: Direction, step: &FrameStep<'_>, at: Duration) {
        match step {
            FrameStep::Header(context) => self.header(direction, context, at),
            FrameStep::Payload { bytes, offset } => self.payload(direction, bytes, *offset),
            FrameStep::End(context) => self.end(direction, context, at),
        }
    }

    /// A frame that is there whole; shows what its steps would.
    pub fn whole_frame(
        &mut self,
        direction: Direction,
        context: &FrameContext,
        payload: &[u8],
        at: Duration,
    ) {
        if self.is_line_without_notes(context, payload) {
            self.pause();
            self.begin_line(direction, context, at);
            self.canvas.newline();
            self.half(direction).open = None;
        } else {
            FrameStep::each(context, payload, |step| self.frame(direction, &step, at));
        }
    }

    /// A broken rule.
    pub fn violation(&mut self, direction: Direction, violation: &Violation, severity: Severity) {
        let waits = self.line == Some(direction) || self.options.form == Form::Json;
        if waits && let Some(open) = &mut self.half(direction).open {
            open.violations.push(violation.clone());
        } else if self.options.form == Form::Text {
            self.pause();
            self.tell_violation(violation);
        }
        if severity == Severity::Fatal {
            self.pause();
            if self.options.form == Form::Json {
                self.tell_record(direction); // the rest of the frame is not waited for
            }
        }
    }

    /// Ends a line that was begun: nothing more is known for now.
    pub fn pause(&mut self) {
        let Some(direction) = self.line.take() else {
            return;
        };
        match self.options.form {
            Form::Text => {
                self.canvas.newline();
                self.tell_body(direction, Dump::WholeRows);
            }
            Form::Json => self.tell_record(direction),
        }
    }

    /// Something has begun and does not go on; `quiet` is how long nothing has come.
    pub fn stalled(
        &mut self,
        direction: Direction,
        what: Unfinished,
        quiet: Duration,
        at: Duration,
    ) {
        if self.options.form == Form::Json {
            return;
        }
        self.begin_remark(direction, at);
        self.tell_unfinished(what);
        self.canvas.text(", nothing for ");
        self.canvas
            .text(&super::seconds(Duration::from_secs(quiet.as_secs())));
        self.canvas.newline();
    }

    /// The connection ended inside of something.
    pub fn cut_off(&mut self, direction: Direction, what: Unfinished, cut: Cut, at: Duration) {
        self.pause();
        if self.options.form == Form::Json {
            return self.tell_record(direction);
        }
        self.tell_body(direction, Dump::All);
        self.begin_remark(direction, at);
        self.canvas.begin(Role::Error);
        self.canvas.text(match cut {
            Cut::Eof => "EOF",
            Cut::Reset => "RST",
        });
        self.canvas.end();
        self.canvas.text(" after ");
        self.tell_unfinished(what);
        if let Unfinished::Header { got, of } | Unfinished::Payload { got, of } = what {
            self.canvas.text(", ");
            self.canvas.number(of.saturating_sub(got));
            self.canvas.text(" missing");
        }
        self.canvas.newline();
    }

    /// Shows a head of the upgrade that stands in front of the frames.
    pub fn head(&mut self, head: &[u8]) {
        if self.options.form == Form::Text {
            self.tell_head(head);
        }
    }

    /// Keeps of a message's inflated bytes what [`Inspector::inflated`] will show.
    pub fn keep_inflated(&self, bytes: &[u8], kept: &mut Vec<u8>) {
        let room = self.options.dump_limit.saturating_sub(kept.len());
        kept.extend_from_slice(&bytes[..bytes.len().min(room)]);
    }

    /// Shows what the compressed message that has just ended holds.
    pub fn inflated(&mut self, bytes: &[u8]) {
        if self.options.form == Form::Text && self.options.detail.dumps_payload() {
            self.tell_inflated(bytes);
        }
    }

    /// Says that so many bytes can no longer be told apart.
    pub fn skipped(&mut self, bytes: u64) {
        self.pause();
        if self.options.form == Form::Text && bytes > 0 {
            self.tell_skipped(bytes);
        }
    }

    /// Whether the columns are all there is to show of a frame: so it is with nearly all.
    fn is_line_without_notes(&self, context: &FrameContext, payload: &[u8]) -> bool {
        let is_line = self.options.form == Form::Text && self.options.detail == Detail::Header;
        let header = &context.header;
        is_line
            && header.fin()
            && header.length() == payload.len() as u64
            && context
                .message
                .is_some_and(|message| message.fragment == 1 && !message.compressed)
    }

    fn header(&mut self, direction: Direction, context: &FrameContext, at: Duration) {
        self.pause();
        let keeps_payload = self.options.detail.dumps_payload();
        let since = if self.options.form == Form::Json {
            self.tell_record(direction); // a frame that its sender left unfinished
            self.since_previous(at)
        } else {
            self.line = Some(direction);
            self.begin_line(direction, context, at)
        };
        self.half(direction).open = Some(Open {
            context: *context,
            at,
            since,
            arrived: 0,
            control: Vec::new(),
            keeps_payload,
            payload: Vec::new(),
            rtt: None,
            close: None,
            dumped: 0,
            told: false,
            violations: Vec::new(),
        });
    }

    /// Writes the columns, and returns the time since the line before.
    fn begin_line(
        &mut self,
        direction: Direction,
        context: &FrameContext,
        at: Duration,
    ) -> Duration {
        let since = self.since_previous(at);
        self.heading();
        self.line_start(direction, at, since, context.offset);
        self.columns(direction, &context.header);
        since
    }

    fn payload(&mut self, direction: Direction, bytes: &[u8], offset: u64) {
        let limit = self.options.dump_limit;
        let Some(open) = &mut self.half(direction).open else {
            return;
        };
        open.arrived += bytes.len() as u64;
        if open.context.header.is_control() {
            open.keep_control(bytes, offset);
        }
        if open.keeps_payload {
            let room = limit - open.payload.len().min(limit);
            open.payload
                .extend_from_slice(&bytes[..bytes.len().min(room)]);
        }
    }

    fn end(&mut self, direction: Direction, context: &FrameContext, at: Duration) {
        let Some(open) = &mut self.half(direction).open else {
            return;
        };
        open.context = *context;
        let began = open.at;
        let rtt = self.match_pong(direction, at);
        if self.options.form == Form::Json {
            return self.hold_record(direction, rtt);
        }
        if self.line != Some(direction) {
            self.pause();
            let since = self.since_previous(at);
            self.line_start(direction, at, since, context.offset);
            self.canvas.pad_to(HEADER);
            self.canvas.begin(Role::Dim);
            self.canvas.text("whole after ");
            self.canvas.duration(at.saturating_sub(began));
            self.canvas.end();
        }
        self.line = None;
        self.tell_notes(direction, rtt);
        self.canvas.newline();
        self.tell_body(direction, Dump::All);
        self.half(direction).open = None;
    }

    /// A record waits for the rules that the payload as a whole may break.
    fn hold_record(&mut self, direction: Direction, rtt: Option<Duration>) {
        self.pause();
        if let Some(open) = &mut self.half(direction).open {
            open.rtt = rtt;
            let is_close = open.context.header.opcode() == 8;
            open.close = is_close.then(|| CloseFrame::parse(&open.control).0);
            self.line = Some(direction);
        }
    }

    fn tell_record(&mut self, direction: Direction) {
        let Some(open) = self.half(direction).open.take() else {
            return;
        };
        let record = FrameRecord::new(direction, &open, &self.options);
        if serde_json::to_writer(&mut self.canvas.out, &record).is_ok() {
            self.canvas.newline();
        }
    }

    fn since_previous(&mut self, at: Duration) -> Duration {
        at.saturating_sub(self.previous.replace(at).unwrap_or(at))
    }

    fn half(&mut self, direction: Direction) -> &mut Half {
        match direction {
            Direction::Sent => &mut self.sent,
            Direction::Received => &mut self.received,
        }
    }

    /// Remembers a ping, finds the one that a pong answers.
    fn match_pong(&mut self, direction: Direction, at: Duration) -> Option<Duration> {
        let (mine, theirs) = match direction {
            Direction::Sent => (&mut self.sent, &mut self.received.pings),
            Direction::Received => (&mut self.received, &mut self.sent.pings),
        };
        let open = mine.open.as_ref()?;
        match open.context.header.opcode() {
            0x9 => {
                mine.pings.ping(&open.control, open.at);
                None
            }
            0xa => theirs.pong(&open.control, at),
            _ => None,
        }
    }
}

impl Open {
    fn keep_control(&mut self, bytes: &[u8], offset: u64) {
        let start = self.control.len();
        let room = MAX_CONTROL - start.min(MAX_CONTROL);
        self.control
            .extend_from_slice(&bytes[..bytes.len().min(room)]);
        if let Some(key) = self.context.header.mask() {
            apply_mask(key, offset, &mut self.control[start..]);
        }
    }
}

/// The most of a control frame's payload that is looked at: what the RFC allows.
const MAX_CONTROL: usize = 125;

#[cfg(test)]
mod tests;
