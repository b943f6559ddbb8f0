//! The inspector's text: columns, notes behind them, and what stands below a line.

use std::time::Duration;

use super::{
    Clock, Inspector, Open, bits,
    canvas::{Canvas, Short},
};
use crate::{
    event::Direction,
    output::{
        hexdump,
        sanitize::{Layout, visible},
        style::Role,
    },
    ws::{CloseFrame, Header, MessagePosition, Unfinished, Violation, apply_mask, code_name},
};

// Where the columns of a line begin or, of what is aligned to the right, end.
const CLOCK_END: usize = 10;
const DELTA_END: usize = 17;
pub(super) const HEADER: usize = 19;
const OPCODE: usize = 39;
const FLAGS: usize = 46;
const LENGTH_END: usize = 64;
const FORM: usize = 65;
const NOTES: usize = 70;

/// From this width on the notes are written out.
const WIDE: usize = 110;

/// How much of a dump is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dump {
    /// The rows that are full: more may come.
    WholeRows,
    /// Everything, and how much was left out.
    All,
}

impl Inspector {
    pub(super) fn heading(&mut self) {
        if std::mem::replace(&mut self.has_heading, true) {
            return;
        }
        let canvas = &mut self.canvas;
        canvas.begin(Role::Dim);
        canvas.ascii(match self.options.clock {
            Clock::Time => b"      time  delta",
            Clock::Offset => b"           offset",
        });
        canvas.ascii(b"  header              op     flags     length/bits  notes");
        canvas.end();
        canvas.newline();
        if self.options.detail.draws_bits() {
            canvas.lines(bits::ruler);
        }
    }

    pub(super) fn line_start(
        &mut self,
        direction: Direction,
        at: Duration,
        since: Duration,
        offset: u64,
    ) {
        // frames of one read share their time
        let key = (direction, at, since, offset);
        let is_time = self.options.clock == Clock::Time;
        let key = if is_time {
            (direction, at, since, 0)
        } else {
            key
        };
        if self.canvas.replay(&self.start, &key) {
            return;
        }
        let mark = self.canvas.mark();
        let canvas = &mut self.canvas;
        canvas.begin(role(direction));
        canvas.text(match direction {
            Direction::Sent => "→",
            Direction::Received => "←",
        });
        canvas.end();
        canvas.begin(Role::Dim);
        match self.options.clock {
            Clock::Time => {
                canvas.right(&Short::clock(at), CLOCK_END);
                let mut delta = Short::duration(since);
                delta.prepend(b"+");
                canvas.right(&delta, DELTA_END);
            }
            Clock::Offset => canvas.right(&Short::grouped(offset), DELTA_END),
        }
        canvas.end();
        self.canvas.record(mark, key, &mut self.start);
    }

    pub(super) fn columns(&mut self, direction: Direction, header: &Header) {
        // a server's frames of one size have one header
        let key = (direction, *header);
        if self.canvas.replay(&self.middle, &key) {
            return;
        }
        let mark = self.canvas.mark();
        let canvas = &mut self.canvas;
        canvas.pad_to(HEADER);
        header_bytes(canvas, header);
        canvas.pad_to(OPCODE);
        canvas.begin(role(direction));
        canvas.ascii(short_opcode(header.opcode()));
        canvas.end();
        canvas.pad_to(FLAGS);
        canvas.ascii(flags(header).as_bytes());
        canvas.right(&Short::grouped(header.length()), LENGTH_END);
        canvas.pad_to(FORM);
        canvas.begin(Role::Dim);
        canvas.ascii(match header.length_form().bits() {
            7 => b"/7",
            16 => b"/16",
            _ => b"/64",
        });
        canvas.end();
        self.canvas.record(mark, key, &mut self.middle);
    }

    /// What is known at the end of a frame: behind its columns, or below them where it is too
    /// long.
    pub(super) fn tell_notes(&mut self, direction: Direction, rtt: Option<Duration>) {
        let wide = self.options.width >= WIDE;
        let notes = &mut self.notes;
        notes.clear();
        let half = match direction {
            Direction::Sent => &self.sent,
            Direction::Received => &self.received,
        };
        let Some(open) = &half.open else {
            return;
        };
        match (open.context.header.opcode(), open.context.message) {
            (0x8, _) => note_close(notes, &open.control),
            (0x9, _) => {}
            (0xa, _) => note_pong(notes, direction, rtt),
            (_, Some(message)) => note_message(notes, &open.context.header, message, wide),
            _ => {}
        }
        if open.arrived != open.context.header.length() {
            note_partial(notes, open.arrived);
        }
        if notes.column() == 0 {
            return;
        }
        if self.canvas.column().max(NOTES - 1) + 1 + notes.column() > self.options.width {
            self.canvas.newline();
            let room = self.options.width.saturating_sub(notes.column());
            self.canvas.pad_to(HEADER.min(room));
        } else {
            self.canvas.pad_to(NOTES);
        }
        self.canvas.ascii(&notes.out);
    }

    /// What stands below a line.
    pub(super) fn tell_body(&mut self, direction: Direction, dump: Dump) {
        let draws_bits = self.options.detail.draws_bits();
        let half = self.half(direction);
        let Some(open) = &mut half.open else {
            return;
        };
        if !draws_bits && !open.keeps_payload && open.violations.is_empty() {
            open.told = true;
            return;
        }
        let Some(mut open) = half.open.take() else {
            return;
        };
        let is_first = !std::mem::replace(&mut open.told, true);
        if is_first && draws_bits {
            self.canvas
                .lines(|out| bits::draw(&open.context.header, out));
        }
        for violation in std::mem::take(&mut open.violations) {
            self.tell_violation(&violation);
        }
        if open.keeps_payload {
            self.tell_dump(&mut open, dump);
        }
        self.half(direction).open = Some(open);
    }

    fn tell_dump(&mut self, open: &mut Open, dump: Dump) {
        let rows = match dump {
            Dump::WholeRows => open.payload.len() / hexdump::ROW * hexdump::ROW,
            Dump::All => open.payload.len(),
        };
        let key = open.context.header.mask();
        for row in open.payload[open.dumped.min(rows)..rows].chunks(hexdump::ROW) {
            self.canvas
                .lines(|out| dump_row(open.dumped as u64, row, key, out));
            open.dumped += row.len();
        }
        let more = open.arrived - open.payload.len() as u64;
        if dump == Dump::All && more > 0 {
            self.canvas.begin(Role::Dim);
            self.canvas.text("    … ");
            self.canvas.number(more);
            self.canvas.text(byte_or_bytes(more));
            self.canvas.text(" more, --dump-limit is ");
            self.canvas.number(self.options.dump_limit as u64);
            self.canvas.end();
            self.canvas.newline();
        }
    }

    pub(super) fn tell_violation(&mut self, violation: &Violation) {
        let canvas = &mut self.canvas;
        canvas.ascii(b"  ");
        canvas.begin(Role::Error);
        canvas.ascii(b"! ");
        canvas.text(&violation.rule.to_string());
        canvas.end();
        canvas.text(&format!(" ({})", violation.rule.section()));
        canvas.newline();
        if Header::parse(&violation.bytes).is_some_and(|header| header.bytes() == violation.bytes) {
            return; // it stands in the line above
        }
        for (i, row) in violation.bytes.chunks(hexdump::ROW).enumerate() {
            let offset = violation.offset + (i * hexdump::ROW) as u64;
            canvas.lines(|out| dump_row(offset, row, None, out));
        }
    }

    pub(super) fn begin_remark(&mut self, direction: Direction, at: Duration) {
        self.pause();
        let since = self.since_previous(at);
        let offset = self.half(direction).open.as_ref().map_or(0, |open| {
            let size = open.context.header.bytes().len() as u64;
            open.context.offset + size + open.arrived
        });
        self.line_start(direction, at, since, offset);
        self.canvas.pad_to(HEADER);
    }

    /// A head of the upgrade, made harmless, as lines of its own.
    pub(super) fn tell_head(&mut self, head: &[u8]) {
        let text = visible(head.trim_ascii_end(), Layout::Lines).replace("\\r\n", "\n");
        for line in text.lines() {
            self.canvas.begin(Role::Dim);
            self.canvas.text("  ");
            self.canvas.text(line);
            self.canvas.end();
            self.canvas.newline();
        }
    }

    pub(super) fn tell_inflated(&mut self, bytes: &[u8]) {
        if bytes.is_empty() {
            return;
        }
        self.canvas.begin(Role::Dim);
        self.canvas.ascii(b"    inflated:");
        self.canvas.end();
        self.canvas.newline();
        for (index, row) in bytes.chunks(hexdump::ROW).enumerate() {
            let offset = (index * hexdump::ROW) as u64;
            self.canvas.lines(|out| dump_row(offset, row, None, out));
        }
    }

    pub(super) fn tell_skipped(&mut self, bytes: u64) {
        self.canvas.ascii(b"  ");
        self.canvas.number(bytes);
        self.canvas.text(byte_or_bytes(bytes));
        self.canvas
            .text(" after this cannot be decoded: no frame can be told there");
        self.canvas.newline();
    }

    pub(super) fn tell_unfinished(&mut self, what: Unfinished) {
        match what {
            Unfinished::Header { got, of } => {
                self.tell_part(got, of);
                self.canvas.text(" header bytes");
            }
            Unfinished::Payload { got, of } => {
                self.tell_part(got, of);
                self.canvas.text(byte_or_bytes(of));
            }
            Unfinished::Message { got } => {
                self.canvas.number(got);
                self.canvas.text(byte_or_bytes(got));
                self.canvas.text(" of an unfinished message");
            }
        }
    }

    fn tell_part(&mut self, got: u64, of: u64) {
        self.canvas.number(got);
        self.canvas.text(" of ");
        self.canvas.number(of);
    }
}

fn byte_or_bytes(count: u64) -> &'static str {
    if count == 1 { " byte" } else { " bytes" }
}

/// The header's bytes, its parts set apart: two bytes of bits, extended length, masking key.
fn header_bytes(canvas: &mut Canvas, header: &Header) {
    let bytes = header.bytes();
    canvas.hex(&bytes[..1]);
    canvas.ascii(b" ");
    canvas.hex(&bytes[1..2]);
    let extra = header.length_form().extra_bytes();
    for part in [&bytes[2..2 + extra], &bytes[2 + extra..]] {
        if !part.is_empty() {
            canvas.ascii(b" ");
            canvas.hex(part);
        }
    }
}

fn short_opcode(opcode: u8) -> &'static [u8] {
    const NAMES: [&[u8]; 16] = [
        b"cont", b"text", b"binary", b"op 0x3", b"op 0x4", b"op 0x5", b"op 0x6", b"op 0x7",
        b"close", b"ping", b"pong", b"op 0xb", b"op 0xc", b"op 0xd", b"op 0xe", b"op 0xf",
    ];
    NAMES[usize::from(opcode & 15)]
}

fn flags(header: &Header) -> &'static str {
    const FLAGS: [&str; 16] = [
        "-",
        "- RSV3",
        "- RSV2",
        "- RSV2,3",
        "- RSV1",
        "- RSV1,3",
        "- RSV1,2",
        "- RSV1,2,3",
        "FIN",
        "FIN RSV3",
        "FIN RSV2",
        "FIN RSV2,3",
        "FIN RSV1",
        "FIN RSV1,3",
        "FIN RSV1,2",
        "FIN RSV1,2,3",
    ];
    FLAGS[usize::from(header.bytes()[0] >> 4)]
}

fn note_message(notes: &mut Canvas, header: &Header, message: MessagePosition, wide: bool) {
    let is_fragment = message.fragment > 1 || !header.fin();
    if is_fragment {
        notes.text(if wide { "fragment " } else { "#" });
        notes.number(message.fragment.into());
        notes.text(if wide { ", message " } else { " " });
        notes.number(message.size);
    }
    if message.compressed && header.fin() {
        if is_fragment {
            notes.text(" ");
        }
        notes.text(if wide { "inflated " } else { "→" });
        notes.number(message.inflated);
        if message.inflated > 0 {
            notes.text(if wide { ", ratio " } else { " " });
            let percent = message.size as f64 / message.inflated as f64 * 100.0;
            notes.number(percent.round() as u64);
            notes.text("%");
        }
    }
}

/// A frame of the user's making whose declared length is not its payload's.
fn note_partial(notes: &mut Canvas, arrived: u64) {
    if notes.column() > 0 {
        notes.text(", ");
    }
    notes.number(arrived);
    notes.text(" sent");
}

fn note_pong(notes: &mut Canvas, direction: Direction, rtt: Option<Duration>) {
    match (direction, rtt) {
        (Direction::Received, Some(rtt)) => {
            notes.text("rtt ");
            notes.duration(rtt);
        }
        (Direction::Sent, Some(rtt)) => {
            notes.text("in ");
            notes.duration(rtt);
        }
        (_, None) => notes.text("unasked"),
    }
}

fn note_close(notes: &mut Canvas, payload: &[u8]) {
    let (close, _) = CloseFrame::parse(payload);
    let Some(code) = close.code else {
        return notes.text("no code");
    };
    notes.text(&code.to_string());
    notes.text(" ");
    notes.text(code_name(code).unwrap_or("undefined"));
    if !close.reason.is_empty() {
        notes.text(" \"");
        notes.text(&visible(&close.reason, Layout::SingleLine));
        notes.text("\"");
    }
}

/// A row of a dump; of masked bytes what they mean, and below it what was on the wire.
fn dump_row(offset: u64, wire: &[u8], key: Option<[u8; 4]>, out: &mut Vec<u8>) {
    let mut plain = wire.to_vec();
    if let Some(key) = key {
        apply_mask(key, offset, &mut plain);
    }
    out.extend_from_slice(b"    ");
    hexdump::row(
        &hexdump::offset_label(offset),
        &plain,
        hexdump::Text::Beside,
        out,
    );
    out.push(b'\n');
    if key.is_some() {
        out.extend_from_slice(b"    ");
        hexdump::row(b"  masked:", wire, hexdump::Text::Omitted, out);
        out.push(b'\n');
    }
}

fn role(direction: Direction) -> Role {
    match direction {
        Direction::Sent => Role::Sent,
        Direction::Received => Role::Received,
    }
}
