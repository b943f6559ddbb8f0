//! Text laid out in columns, written by hand: a line for every frame must cost almost nothing.

use std::time::Duration;

use unicode_width::UnicodeWidthStr as _;

use crate::output::{
    hexdump,
    style::{Role, Style},
};

/// Output that knows which column it has reached.
#[derive(Debug)]
pub(super) struct Canvas {
    pub(super) out: Vec<u8>,
    column: usize,
    palette: Palette,
}

impl Canvas {
    pub(super) fn new(style: Style) -> Self {
        Self {
            out: Vec::new(),
            column: 0,
            palette: Palette::new(style),
        }
    }

    pub(super) fn column(&self) -> usize {
        self.column
    }

    /// Appends ASCII, whose bytes are its columns.
    pub(super) fn ascii(&mut self, text: &[u8]) {
        self.out.extend_from_slice(text);
        self.column += text.len();
    }

    /// Appends text that has been made harmless.
    pub(super) fn text(&mut self, text: &str) {
        self.out.extend_from_slice(text.as_bytes());
        self.column += text.width();
    }

    /// Appends a number of which each group of three digits stands apart.
    pub(super) fn number(&mut self, number: u64) {
        self.ascii(Short::grouped(number).as_bytes());
    }

    pub(super) fn duration(&mut self, duration: Duration) {
        let short = Short::duration(duration);
        self.out.extend_from_slice(short.as_bytes());
        self.column += short.width();
    }

    pub(super) fn hex(&mut self, bytes: &[u8]) {
        hexdump::hex(bytes, &mut self.out);
        self.column += 2 * bytes.len();
    }

    /// Goes to `column`, by one space where it has been passed.
    pub(super) fn pad_to(&mut self, column: usize) {
        let spaces = column.saturating_sub(self.column).max(1);
        self.out.resize(self.out.len() + spaces, b' ');
        self.column += spaces;
    }

    /// Appends `short` so that it ends at `column`, or after one space where there is no room.
    pub(super) fn right(&mut self, short: &Short, column: usize) {
        self.pad_to(column.saturating_sub(short.width()));
        self.out.extend_from_slice(short.as_bytes());
        self.column += short.width();
    }

    /// Where the output stands, for [`Canvas::record`].
    pub(super) fn mark(&self) -> Mark {
        Mark {
            length: self.out.len(),
            column: self.column,
        }
    }

    /// Remembers what was appended since `mark` as what `key` looks like.
    pub(super) fn record<K>(&self, mark: Mark, key: K, recording: &mut Recording<K>) {
        recording.key = Some((key, mark.column));
        recording.text.clear();
        recording.text.extend_from_slice(&self.out[mark.length..]);
        recording.column = self.column;
    }

    /// Appends what was recorded, if it was for `key` and began at this column.
    pub(super) fn replay<K: PartialEq>(&mut self, recording: &Recording<K>, key: &K) -> bool {
        let is_same = matches!(&recording.key, Some((recorded, column)) if recorded == key && *column == self.column);
        if is_same {
            self.out.extend_from_slice(&recording.text);
            self.column = recording.column;
        }
        is_same
    }

    pub(super) fn newline(&mut self) {
        self.out.push(b'\n');
        self.column = 0;
    }

    pub(super) fn clear(&mut self) {
        self.out.clear();
        self.column = 0;
    }

    /// Appends whole lines made elsewhere.
    pub(super) fn lines(&mut self, lines: impl FnOnce(&mut Vec<u8>)) {
        lines(&mut self.out);
        self.column = 0;
    }

    pub(super) fn begin(&mut self, role: Role) {
        self.out.extend_from_slice(self.palette.of(role));
    }

    pub(super) fn end(&mut self) {
        self.out.extend_from_slice(&self.palette.end);
    }
}

/// A place in the output.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mark {
    length: usize,
    column: usize,
}

/// A part of a line, kept to be written again.
#[derive(Debug)]
pub(super) struct Recording<K> {
    /// What it shows, and the column it began at.
    key: Option<(K, usize)>,
    text: Vec<u8>,
    /// The column it ends at.
    column: usize,
}

impl<K> Default for Recording<K> {
    fn default() -> Self {
        Self {
            key: None,
            text: Vec::new(),
            column: 0,
        }
    }
}

/// What begins and ends each colour, asked of [`Style`] once: `paint` allocates.
#[derive(Debug)]
struct Palette {
    sent: Vec<u8>,
    received: Vec<u8>,
    dim: Vec<u8>,
    warning: Vec<u8>,
    error: Vec<u8>,
    end: Vec<u8>,
}

impl Palette {
    fn new(style: Style) -> Self {
        let ends = |role| {
            let painted = style.paint(role, "x").to_string();
            let (begin, end) = painted.split_once('x').unwrap_or_default();
            (begin.as_bytes().to_vec(), end.as_bytes().to_vec())
        };
        let (sent, end) = ends(Role::Sent);
        Self {
            sent,
            received: ends(Role::Received).0,
            dim: ends(Role::Dim).0,
            warning: ends(Role::Warning).0,
            error: ends(Role::Error).0,
            end,
        }
    }

    fn of(&self, role: Role) -> &[u8] {
        match role {
            Role::Sent => &self.sent,
            Role::Received => &self.received,
            Role::Warning => &self.warning,
            Role::Error => &self.error,
            _ => &self.dim,
        }
    }
}

/// A few characters that live on the stack.
#[derive(Clone, Copy, Debug)]
pub(super) struct Short {
    bytes: [u8; 32],
    start: usize,
    /// Bytes that are no column of their own.
    extra: usize,
}

impl Short {
    const EMPTY: Self = Self {
        bytes: [0; 32],
        start: 32,
        extra: 0,
    };

    /// `1 048 576`.
    pub(super) fn grouped(mut number: u64) -> Self {
        let mut short = Self::EMPTY;
        let mut digits = 0;
        loop {
            if digits > 0 && digits % 3 == 0 {
                short.prepend(b" ");
            }
            short.prepend_digit((number % 10) as u8);
            number /= 10;
            digits += 1;
            if number == 0 {
                return short;
            }
        }
    }

    /// Seconds and milliseconds: `12.345`.
    pub(super) fn clock(time: Duration) -> Self {
        let mut short = Self::EMPTY;
        short.prepend_padded(u64::from(time.subsec_millis()), 3);
        short.prepend(b".");
        short.prepend_padded(time.as_secs(), 1);
        short
    }

    /// At most six columns for whatever is shorter than a hundred hours: `340µs`, `1.2ms`, `2m03s`.
    pub(super) fn duration(duration: Duration) -> Self {
        let mut short = Self::EMPTY;
        let micros = u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
        let seconds = duration.as_secs();
        match micros {
            0..1_000 => {
                short.prepend("µs".as_bytes());
                short.extra = 1;
                short.prepend_padded(micros, 1);
            }
            1_000..10_000 => short.prepend_tenths(micros / 100, b"ms"),
            10_000..1_000_000 => {
                short.prepend(b"ms");
                short.prepend_padded(micros / 1_000, 1);
            }
            1_000_000..100_000_000 => short.prepend_tenths(micros / 100_000, b"s"),
            _ if seconds < 6_000 => short.prepend_pair(seconds, b"m", b"s"),
            _ => short.prepend_pair(seconds / 60, b"h", b"m"),
        }
        short
    }

    pub(super) fn prepend(&mut self, text: &[u8]) {
        let start = self.start.saturating_sub(text.len());
        self.bytes[start..self.start].copy_from_slice(&text[..self.start - start]);
        self.start = start;
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.bytes[self.start..]
    }

    pub(super) fn width(&self) -> usize {
        self.as_bytes().len() - self.extra
    }

    fn prepend_digit(&mut self, digit: u8) {
        if let Some(start) = self.start.checked_sub(1) {
            self.bytes[start] = b'0' + digit;
            self.start = start;
        }
    }

    fn prepend_padded(&mut self, mut number: u64, mut digits: usize) {
        while number > 0 || digits > 0 {
            self.prepend_digit((number % 10) as u8);
            number /= 10;
            digits = digits.saturating_sub(1);
        }
    }

    fn prepend_tenths(&mut self, tenths: u64, unit: &[u8]) {
        self.prepend(unit);
        self.prepend_padded(tenths % 10, 1);
        self.prepend(b".");
        self.prepend_padded(tenths / 10, 1);
    }

    fn prepend_pair(&mut self, number: u64, unit: &[u8], small_unit: &[u8]) {
        self.prepend(small_unit);
        self.prepend_padded(number % 60, 2);
        self.prepend(unit);
        self.prepend_padded(number / 60, 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(short: Short) -> String {
        String::from_utf8(short.as_bytes().to_vec()).unwrap()
    }

    #[test]
    fn groups_the_digits_of_any_number() {
        let table = [
            (0, "0"),
            (7, "7"),
            (999, "999"),
            (1_000, "1 000"),
            (1_048_576, "1 048 576"),
            (u64::MAX, "18 446 744 073 709 551 615"),
        ];
        for (number, text) in table {
            assert_eq!(told(Short::grouped(number)), text);
        }
    }

    #[test]
    fn keeps_durations_to_six_columns() {
        let table = [
            (0, "0µs"),
            (340, "340µs"),
            (1_240, "1.2ms"),
            (12_900, "12ms"),
            (999_999, "999ms"),
            (1_000_000, "1.0s"),
            (99_950_000, "99.9s"),
            (123_000_000, "2m03s"),
            (6_000_000_000, "1h40m"),
            (359_999_000_000, "99h59m"),
        ];
        for (micros, text) in table {
            let short = Short::duration(Duration::from_micros(micros));
            assert_eq!(
                (told(short), short.width()),
                (text.to_owned(), text.chars().count())
            );
            assert!(short.width() <= 6);
        }
        assert_eq!(told(Short::duration(Duration::MAX)), "5124095576030431h00m");
    }

    #[test]
    fn reads_the_clock_in_milliseconds() {
        assert_eq!(told(Short::clock(Duration::from_millis(12_045))), "12.045");
        assert_eq!(told(Short::clock(Duration::ZERO)), "0.000");
        assert_eq!(
            told(Short::clock(Duration::MAX)),
            "18446744073709551615.999"
        );
    }

    #[test]
    fn fills_columns_and_never_joins_them() {
        let mut canvas = Canvas::new(Style::PLAIN);
        canvas.text("→");
        canvas.right(&Short::grouped(5), 4);
        canvas.right(&Short::grouped(1_000), 5);
        canvas.pad_to(3);
        assert_eq!(canvas.column(), 11);
        assert_eq!(canvas.out, "→  5 1 000 ".as_bytes());
    }
}
