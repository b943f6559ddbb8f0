//! One message as the screen shows it.
//!
//! ```text
//! 12:00:01.250 < {            the time where it is wanted, the arrow, the text
//!     "a": 1                  what follows the first line stands under its text
//!   }
//!   … 120 more lines, 4.2 KiB in all: /show 7
//! ```

use std::{fmt::Write as _, time::Duration};

use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use super::{
    setting::{JsonMode, Settings},
    transcript::Entry,
};
use crate::{
    event::Direction,
    output::{
        fold::fold,
        hexdump,
        pretty::Json,
        progress::size,
        sanitize::{Layout, visible},
        style::{Role, Style},
    },
    ws::{CloseFrame, Kind, code_name},
};

/// How things are shown.
#[derive(Clone, Copy, Debug)]
pub struct Renderer {
    /// What the user has set.
    pub settings: Settings,
    /// The terminal's colours.
    pub style: Style,
    /// The terminal's columns.
    pub columns: usize,
}

impl Renderer {
    /// A message, folded to the limits that are set; `stamp` is the time as text.
    #[must_use]
    pub fn message(&self, entry: &Entry<'_>, stamp: &str) -> String {
        let note = |hidden: String| {
            let whole = size(entry.payload.len() as u64);
            format!("… {hidden}{whole} in all: /show {}", entry.number)
        };
        let mut text = match entry.kind {
            Kind::Text => self.text(entry.payload, self.settings.fold, note),
            Kind::Binary => self.binary(entry.payload, self.settings.dump, note),
        };
        self.dress(&mut text, entry.direction, stamp)
    }

    /// A message with nothing left out.
    #[must_use]
    pub fn whole(&self, entry: &Entry<'_>, stamp: &str) -> String {
        let mut text = match entry.kind {
            Kind::Text => self.text(entry.payload, usize::MAX, |_| String::new()),
            Kind::Binary => self.binary(entry.payload, usize::MAX, |_| String::new()),
        };
        self.dress(&mut text, entry.direction, stamp)
    }

    /// A message on one line with its number, for `/history`.
    #[must_use]
    pub fn line(&self, entry: &Entry<'_>, stamp: &str) -> String {
        let head = format!("{:>5} ", entry.number);
        let used = head.len() + stamp.len() + 2;
        let room = self.columns.saturating_sub(used + 1).max(8);
        let text = match entry.kind {
            // Four bytes are the longest character, so that this prefix fills the room.
            Kind::Text => {
                let start = prefix(entry.payload, room.saturating_mul(4));
                clipped(&visible(start, Layout::SingleLine), room)
            }
            Kind::Binary => format!("binary, {}", size(entry.payload.len() as u64)),
        };
        format!(
            "{}{stamp}{} {text}\n",
            self.style.paint(Role::Dim, head),
            self.arrow(entry.direction)
        )
    }

    /// A ping or a pong.
    #[must_use]
    pub fn control(
        &self,
        direction: Direction,
        name: &str,
        payload: &[u8],
        rtt: Option<Duration>,
        stamp: &str,
    ) -> String {
        let mut text = name.to_owned();
        if !payload.is_empty() {
            let data = visible(payload, Layout::SingleLine);
            write!(text, " {data:?}").expect(STRING);
        }
        if let Some(rtt) = rtt {
            write!(text, ", {}", milliseconds(rtt)).expect(STRING);
        }
        let arrow = self.arrow(direction);
        format!("{stamp}{arrow} {}\n", self.style.paint(Role::Dim, text))
    }

    /// A Close frame.
    #[must_use]
    pub fn close(&self, direction: Direction, frame: &CloseFrame, stamp: &str) -> String {
        let arrow = self.arrow(direction);
        let role = match frame.code {
            None | Some(1000 | 1001) => Role::Heading,
            Some(_) => Role::Warning,
        };
        let text = self.style.paint(role, close_text(frame));
        format!("{stamp}{arrow} {text}\n")
    }

    fn arrow(&self, direction: Direction) -> String {
        match direction {
            Direction::Sent => self.style.paint(Role::Sent, ">"),
            Direction::Received => self.style.paint(Role::Received, "<"),
        }
        .to_string()
    }

    fn text(&self, payload: &[u8], rows: usize, note: impl Fn(String) -> String) -> String {
        if payload.is_empty() {
            return self.style.paint(Role::Dim, "(empty text)").to_string();
        }
        let columns = self.columns.saturating_sub(INDENT.len()).max(1);
        // More than the rows can hold, and far less than 64 MiB: only this much is looked at.
        let enough = rows
            .saturating_add(2)
            .saturating_mul(columns)
            .saturating_mul(4);
        let (shown, hidden_lines, hidden) = match self.json(payload) {
            // Folded as lines: escape sequences have no width.
            Some(pretty) => folded_lines(&pretty, rows),
            None => {
                let start = prefix(payload, enough);
                let text = visible(start, Layout::Lines);
                let folded = fold(&text, rows, columns);
                let beyond = &payload[start.len()..];
                let lines = folded.lines + memchr::memchr_iter(b'\n', beyond).count();
                (
                    folded.shown.to_owned(),
                    lines,
                    folded.bytes > 0 || !beyond.is_empty(),
                )
            }
        };
        if !hidden {
            return shown;
        }
        let lines = match hidden_lines {
            0 | 1 => String::new(),
            lines => format!("{lines} more lines, "),
        };
        format!("{shown}\n{}", self.style.paint(Role::Dim, note(lines)))
    }

    fn json(&self, payload: &[u8]) -> Option<String> {
        if self.settings.json == JsonMode::Off {
            return None;
        }
        let json = Json::find(std::str::from_utf8(payload).ok()?)?;
        let wanted = self.settings.json == JsonMode::On || json.is_structured();
        wanted.then(|| json.indented(self.style))
    }

    fn binary(&self, payload: &[u8], limit: usize, note: impl Fn(String) -> String) -> String {
        let head = format!("binary, {}", size(payload.len() as u64));
        let mut text = self.style.paint(Role::Dim, head).to_string();
        let shown = &payload[..payload.len().min(limit)];
        let (row, beside) = self.row();
        let mut out = Vec::new();
        for (index, bytes) in shown.chunks(row).enumerate() {
            out.push(b'\n');
            let label = hexdump::offset_label((index * row) as u64);
            hexdump::row(&label, bytes, beside, &mut out);
        }
        // Hex digits, and of the text what is printable ASCII.
        text.push_str(&String::from_utf8_lossy(&out));
        if shown.len() < payload.len() && limit > 0 {
            let note = note(String::new());
            write!(text, "\n{}", self.style.paint(Role::Dim, note)).expect(STRING);
        }
        text
    }

    /// How many bytes of a dump fit into a row of the terminal, and whether their text does.
    fn row(&self) -> (usize, hexdump::Text) {
        match self.columns {
            70.. => (hexdump::ROW, hexdump::Text::Beside),
            52.. => (hexdump::ROW, hexdump::Text::Omitted),
            32.. => (hexdump::ROW / 2, hexdump::Text::Omitted),
            _ => (2, hexdump::Text::Omitted),
        }
    }

    /// Puts time and arrow before the first line, and the rest under the first line's text.
    fn dress(&self, text: &mut String, direction: Direction, stamp: &str) -> String {
        if text.contains('\n') {
            *text = text.replace('\n', &format!("\n{INDENT}"));
        }
        format!("{stamp}{} {text}\n", self.arrow(direction))
    }
}

/// Code, name and reason of a Close frame: `close 1011 internal error "db"`.
#[must_use]
pub fn close_text(frame: &CloseFrame) -> String {
    let mut text = "close".to_owned();
    match frame.code {
        None => text.push_str(" without a code"),
        Some(code) => {
            write!(text, " {code}").expect(STRING);
            if let Some(name) = code_name(code) {
                write!(text, " {name}").expect(STRING);
            }
        }
    }
    if !frame.reason.is_empty() {
        let reason = visible(&frame.reason, Layout::SingleLine);
        write!(text, " \"{reason}\"").expect(STRING);
    }
    text
}

/// A short time: `0.8 ms`, `120 ms`.
#[must_use]
pub fn milliseconds(duration: Duration) -> String {
    let millis = duration.as_secs_f64() * 1_000.0;
    if millis < 10.0 {
        format!("{millis:.1} ms")
    } else {
        format!("{millis:.0} ms")
    }
}

/// The first bytes of a payload, cut where no character is.
fn prefix(payload: &[u8], length: usize) -> &[u8] {
    let Some(start) = payload.get(..length) else {
        return payload;
    };
    let is_inside = |byte: &u8| byte & 0xc0 == 0x80;
    let back = (0..4).find(|back| payload.get(length - back).is_none_or(|b| !is_inside(b)));
    &start[..length - back.unwrap_or(0)]
}

fn folded_lines(text: &str, rows: usize) -> (String, usize, bool) {
    let lines = text.lines().count();
    if lines <= rows.saturating_add(1) {
        return (text.to_owned(), 0, false);
    }
    let shown: Vec<&str> = text.lines().take(rows.max(1)).collect();
    (shown.join("\n"), lines - shown.len(), true)
}

/// The beginning of a line that fits, with an ellipsis where something is cut.
fn clipped(text: &str, columns: usize) -> String {
    if text.width() <= columns {
        return text.to_owned();
    }
    let mut used = 1;
    let fits = |c: &char| {
        used += c.width().unwrap_or(0);
        used <= columns
    };
    let mut out: String = text.chars().take_while(fits).collect();
    out.push('…');
    out
}

const INDENT: &str = "  ";

/// The proof beside each `expect` of a `write!`.
const STRING: &str = "a String takes every write";

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    fn renderer(columns: usize) -> Renderer {
        Renderer {
            settings: Settings::default(),
            style: Style::PLAIN,
            columns,
        }
    }

    fn entry(kind: Kind, payload: &[u8]) -> Entry<'_> {
        Entry {
            number: 7,
            direction: Direction::Received,
            opened: Timestamp::UNIX_EPOCH,
            at: Duration::ZERO,
            kind,
            payload,
        }
    }

    fn shown(payload: impl AsRef<[u8]>) -> String {
        renderer(80).message(&entry(Kind::Text, payload.as_ref()), "")
    }

    #[test]
    fn shows_texts_with_their_lines_under_each_other() {
        for (payload, expected) in [
            ("hello", "< hello\n"),
            ("", "< (empty text)\n"),
            ("a\nb", "< a\n  b\n"),
            ("\u{1b}[2J", "< \\x1b[2J\n"),
            ("12", "< 12\n"),
            ("{\"a\":1}", "< {\n    \"a\": 1\n  }\n"),
            ("[]", "< []\n"),
        ] {
            assert_eq!(shown(payload), expected, "{payload:?}");
        }
    }

    #[test]
    fn shows_json_as_it_is_set() {
        let show = |json, payload: &str| {
            let mut renderer = renderer(80);
            renderer.settings.json = json;
            renderer.message(&entry(Kind::Text, payload.as_bytes()), "")
        };
        assert_eq!(show(JsonMode::Off, "{\"a\":1}"), "< {\"a\":1}\n");
        assert_eq!(show(JsonMode::On, " 12"), "< 12\n");
        assert_eq!(show(JsonMode::Auto, " 12"), "<  12\n");
    }

    #[test]
    fn folds_what_is_long_and_says_how_to_see_it() {
        let lines = "line\n".repeat(100);
        let text = shown(&lines);
        assert_eq!(text.lines().count(), 41);
        assert!(
            text.ends_with("\n  … 60 more lines, 500 B in all: /show 7\n"),
            "{text}"
        );

        let text = shown("x".repeat(1 << 20));
        assert!(text.ends_with("x\n  … 1 MiB in all: /show 7\n"));
        assert_eq!(text.lines().count(), 2);

        let numbers = serde_json::to_string(&(0..100).collect::<Vec<_>>()).unwrap();
        let text = shown(numbers);
        let end = "\n    38,\n  … 62 more lines, 291 B in all: /show 7\n";
        assert!(text.ends_with(end), "{text}");
    }

    #[test]
    fn shows_a_message_whole_when_asked() {
        let lines = "line\n".repeat(100);
        let whole = renderer(80).whole(&entry(Kind::Text, lines.as_bytes()), "");
        assert_eq!(whole.lines().count(), 101);
        assert!(!whole.contains('…'));
    }

    #[test]
    fn dumps_binary_to_the_limit_and_to_the_width() {
        let bytes: Vec<u8> = (0..=255).chain(0..=255).collect();
        let dumped = |columns| renderer(columns).message(&entry(Kind::Binary, &bytes), "");
        let wide = dumped(80);
        assert!(
            wide.starts_with("< binary, 512 B\n  00000000: 0001 0203"),
            "{wide}"
        );
        assert!(wide.ends_with("  … 512 B in all: /show 7\n"));
        assert_eq!(wide.lines().count(), 18);
        for columns in [80, 60, 40, 20] {
            let dump = dumped(columns);
            let mut rows = dump.lines().filter(|line| line.starts_with("  0000"));
            assert!(rows.all(|row| row.len() <= columns), "{dump}");
        }
    }

    #[test]
    fn puts_a_message_on_one_line_of_any_width() {
        for columns in [20, 40, 80] {
            let line =
                renderer(columns).line(&entry(Kind::Text, "你好\n".repeat(100).as_bytes()), "");
            assert_eq!(line.lines().count(), 1);
            assert!(line.trim_end().width() <= columns, "{line}");
        }
        let line = renderer(80).line(&entry(Kind::Text, b"short"), "");
        assert_eq!(line, "    7 < short\n");
    }

    #[test]
    fn names_close_codes_and_quotes_reasons() {
        for (frame, expected) in [
            (
                CloseFrame::new(1011, "db \u{1b}"),
                "close 1011 internal error \"db \\x1b\"",
            ),
            (CloseFrame::new(1000, ""), "close 1000 normal closure"),
            (CloseFrame::default(), "close without a code"),
        ] {
            assert_eq!(close_text(&frame), expected);
        }
    }

    #[test]
    fn cuts_a_long_payload_between_characters() {
        for length in 1..12 {
            let text = "a€b€c€";
            let cut = prefix(text.as_bytes(), length);
            assert!(std::str::from_utf8(cut).is_ok(), "{length}");
            assert!(cut.len() <= length && cut.len() + 3 > length.min(text.len()));
        }
    }
}
