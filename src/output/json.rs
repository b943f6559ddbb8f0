//! `--json`: one event a line on standard output, nothing lost.
//!
//! The wire types stand here and nowhere else; fields are only ever added. Payloads are `text`
//! where they are valid UTF-8 text, and `base64` otherwise.

mod escape;

use std::{borrow::Cow, io, time::Duration};

use data_encoding::{BASE64, HEXLOWER};
use jiff::Timestamp;
use serde::Serialize;

use self::escape::escape;
use super::SharedStream;
use crate::{
    error::Error,
    event::{Direction, Event},
    handshake::Upgraded,
    session::{Counts, Output, Summary},
    ws::{CloseFrame, Kind, Severity, Violation, code_name},
};

/// Lines are gathered up to this many bytes.
const BATCH: usize = 256 * 1024;

/// The schema of the events, for the man page.
pub const MAN_JSON: &str = "\
Every line is one object. Fields are only ever added; ignore those you do not know.
event: open, message, ping, pong, close, violation, frame, error, end.
time: RFC 3339, UTC, microseconds. at: seconds since the connection was open.
direction: sent or received. opcode: text or binary. length: bytes of the payload.
text: the payload where it is UTF-8 text; base64: the payload otherwise.
rtt: seconds from a ping to its pong. code, name, reason: of a Close frame; where the reason is not UTF-8, reason has U+FFFD in its place and reason_base64 its bytes.
rule, section, bytes, offset, severity: a broken rule, the bytes (hexadecimal) that broke it, where they stood, fatal or tolerated.
message, exit: of an error. closed_by, clean, duration, received, sent: of the end.";

/// Writes events as JSON lines; each thread has its own, all share one stream.
#[derive(Debug)]
pub struct JsonOutput {
    stream: SharedStream,
    opened: Timestamp,
    batch: Vec<u8>,
    /// The fields `time` and `at`, kept as long as they stay the same.
    stamp: Vec<u8>,
    stamped: Option<Duration>,
    /// How the line of a message begins, and of which messages.
    head: Vec<u8>,
    head_of: Option<(Direction, Duration, Kind)>,
}

impl JsonOutput {
    /// Lines to `stream`, with times counted from `opened`.
    #[must_use]
    pub fn new(stream: SharedStream, opened: Timestamp) -> Self {
        Self {
            stream,
            opened,
            batch: Vec::with_capacity(BATCH),
            stamp: Vec::new(),
            stamped: None,
            head: Vec::new(),
            head_of: None,
        }
    }

    /// Writes a line that is no event of the open connection, such as `open`, `error`, `end`.
    ///
    /// # Errors
    ///
    /// The stream's own.
    pub fn line(
        &mut self,
        event: &'static str,
        at: Duration,
        body: &impl Serialize,
    ) -> io::Result<()> {
        self.begin(event, at);
        self.end(body)
    }

    #[inline]
    fn message_line(
        &mut self,
        direction: Direction,
        at: Duration,
        kind: Kind,
        payload: &[u8],
    ) -> io::Result<()> {
        if self.head_of != Some((direction, at, kind)) {
            self.begin_like(direction, at, kind);
        }
        self.batch.extend_from_slice(&self.head);
        serde_json::to_writer(&mut self.batch, &payload.len())?;
        match text(kind, payload) {
            Some(text) => {
                self.batch.extend_from_slice(b",\"text\":\"");
                escape(text.as_bytes(), &mut self.batch);
            }
            None => {
                self.batch.extend_from_slice(b",\"base64\":\"");
                append_base64(payload, &mut self.batch);
            }
        }
        self.batch.extend_from_slice(b"\"}\n");
        self.write_when_full()
    }

    /// Writes the head of a message's line aside: all messages of a block begin alike.
    fn begin_like(&mut self, direction: Direction, at: Duration, kind: Kind) {
        let start = self.batch.len();
        self.begin("message", at);
        self.head.clear();
        self.head.extend(self.batch.drain(start..));
        let (direction_name, kind_name) = (direction_name(direction), kind.name());
        let fields =
            format!(",\"direction\":\"{direction_name}\",\"opcode\":\"{kind_name}\",\"length\":");
        self.head.extend_from_slice(fields.as_bytes());
        self.head_of = Some((direction, at, kind));
    }

    fn begin(&mut self, event: &'static str, at: Duration) {
        if self.stamped != Some(at) {
            self.stamped = Some(at);
            self.stamp.clear();
            let time = self.opened.checked_add(at).unwrap_or(self.opened);
            let text = format!("\",\"time\":\"{time:.6}\",\"at\":{:.6}", at.as_secs_f64());
            self.stamp.extend_from_slice(text.as_bytes());
        }
        self.batch.extend_from_slice(b"{\"event\":\"");
        self.batch.extend_from_slice(event.as_bytes());
        self.batch.extend_from_slice(&self.stamp);
    }

    /// Appends the fields of `body` to the object that was begun, and ends its line.
    fn end(&mut self, body: &impl Serialize) -> io::Result<()> {
        let start = self.batch.len();
        serde_json::to_writer(&mut self.batch, body)?;
        if self.batch[start..] == *b"{}" {
            self.batch.truncate(start);
            self.batch.push(b'}');
        } else {
            self.batch[start] = b','; // the brace that opens the body
        }
        self.batch.push(b'\n');
        self.write_when_full()
    }

    fn write_when_full(&mut self) -> io::Result<()> {
        if self.batch.len() >= BATCH {
            return self.stream.write(&mut self.batch);
        }
        Ok(())
    }
}

impl Output for JsonOutput {
    fn message(&mut self, at: Duration, kind: Kind, payload: &[u8]) -> io::Result<()> {
        self.message_line(Direction::Received, at, kind, payload)
    }

    fn event(&mut self, event: &Event<'_>) -> io::Result<()> {
        match *event {
            Event::Message {
                direction,
                at,
                kind,
                payload,
            } => self.message_line(direction, at, kind, payload),
            Event::Ping {
                direction,
                at,
                payload,
            } => self.line("ping", at, &Control::new(direction, payload, None)),
            Event::Pong {
                direction,
                at,
                payload,
                rtt,
            } => self.line("pong", at, &Control::new(direction, payload, rtt)),
            Event::Close {
                direction,
                at,
                frame,
            } => self.line("close", at, &Close::new(Some(direction), frame)),
            Event::Violation {
                at,
                violation,
                severity,
            } => self.line("violation", at, &Broken::new(violation, severity)),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.write(&mut self.batch)
    }

    fn take_records(&mut self, lines: &mut Vec<u8>) -> io::Result<()> {
        self.batch.append(lines);
        self.write_when_full()
    }
}

#[derive(Serialize)]
struct Control<'a> {
    direction: &'static str,
    length: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    base64: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rtt: Option<f64>,
}

impl<'a> Control<'a> {
    fn new(direction: Direction, payload: &'a [u8], rtt: Option<Duration>) -> Self {
        let (text, base64) = text_or_base64(Kind::Text, payload);
        Self {
            direction: direction_name(direction),
            length: payload.len(),
            text,
            base64,
            rtt: rtt.map(|rtt| rtt.as_secs_f64()),
        }
    }
}

/// A Close frame's fields.
#[derive(Clone, Debug, Serialize)]
pub struct Close<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    direction: Option<&'static str>,
    code: Option<u16>,
    name: Option<&'static str>,
    /// Readable whatever its bytes are, which `reason_base64` has where they are not UTF-8.
    reason: Cow<'a, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason_base64: Option<String>,
}

impl<'a> Close<'a> {
    /// The fields of `frame`.
    #[must_use]
    pub fn new(direction: Option<Direction>, frame: &'a CloseFrame) -> Self {
        let (_, reason_base64) = text_or_base64(Kind::Text, &frame.reason);
        Self {
            direction: direction.map(direction_name),
            code: frame.code,
            name: frame.code.and_then(code_name),
            reason: String::from_utf8_lossy(&frame.reason),
            reason_base64,
        }
    }
}

#[derive(Serialize)]
struct Broken {
    rule: String,
    section: &'static str,
    bytes: String,
    offset: u64,
    severity: &'static str,
}

impl Broken {
    fn new(violation: &Violation, severity: Severity) -> Self {
        Self {
            rule: violation.rule.to_string(),
            section: violation.rule.section(),
            bytes: HEXLOWER.encode(&violation.bytes),
            offset: violation.offset,
            severity: match severity {
                Severity::Fatal => "fatal",
                Severity::Tolerated => "tolerated",
            },
        }
    }
}

/// The fields of `open`.
#[derive(Clone, Debug, Serialize)]
pub struct Open<'a> {
    url: String,
    subprotocol: Option<&'a str>,
    extensions: Vec<String>,
}

impl<'a> Open<'a> {
    /// What was agreed with the server at `url`.
    #[must_use]
    pub fn new(url: String, upgraded: &'a Upgraded) -> Self {
        let text = |value: &Vec<u8>| String::from_utf8_lossy(value).into_owned();
        Self {
            url,
            subprotocol: upgraded.subprotocol.as_deref(),
            extensions: upgraded.extensions.iter().map(text).collect(),
        }
    }
}

/// The fields of `error`.
#[derive(Clone, Debug, Serialize)]
pub struct Failure {
    message: String,
    exit: u8,
}

impl Failure {
    /// What `error` says, and the exit status it stands for.
    #[must_use]
    pub fn new(error: &Error) -> Self {
        Self {
            message: error.to_string(),
            exit: error.exit() as u8,
        }
    }
}

/// The fields of `end`.
#[derive(Clone, Debug, Serialize)]
pub struct Ended {
    closed_by: Option<&'static str>,
    clean: bool,
    duration: f64,
    received: Amount,
    sent: Amount,
}

#[derive(Clone, Copy, Debug, Serialize)]
struct Amount {
    messages: u64,
    bytes: u64,
}

impl Ended {
    /// How the session went as a whole.
    #[must_use]
    pub fn new(summary: &Summary) -> Self {
        let amount = |counts: Counts| Amount {
            messages: counts.messages,
            bytes: counts.bytes,
        };
        Self {
            closed_by: summary.closed_by.map(|direction| match direction {
                Direction::Sent => "client",
                Direction::Received => "server",
            }),
            clean: summary.is_clean(),
            duration: summary.lasted.as_secs_f64(),
            received: amount(summary.received),
            sent: amount(summary.sent),
        }
    }
}

/// The name of a direction in JSON.
#[must_use]
pub fn direction_name(direction: Direction) -> &'static str {
    match direction {
        Direction::Sent => "sent",
        Direction::Received => "received",
    }
}

fn text_or_base64(kind: Kind, payload: &[u8]) -> (Option<&str>, Option<String>) {
    let text = text(kind, payload);
    let base64 = text.is_none().then(|| BASE64.encode(payload));
    (text, base64)
}

fn text(kind: Kind, payload: &[u8]) -> Option<&str> {
    match kind {
        Kind::Text => simdutf8::basic::from_utf8(payload).ok(),
        Kind::Binary => None,
    }
}

fn append_base64(payload: &[u8], out: &mut Vec<u8>) {
    let start = out.len();
    out.resize(start + BASE64.encode_len(payload.len()), 0);
    BASE64.encode_mut(payload, &mut out[start..]);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(write: impl FnOnce(&mut JsonOutput)) -> Vec<serde_json::Value> {
        let mut output = JsonOutput::new(
            SharedStream::new(Box::new(io::sink())),
            Timestamp::UNIX_EPOCH,
        );
        write(&mut output);
        let text = String::from_utf8(output.batch).unwrap();
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    #[test]
    fn a_message_is_text_or_base64_and_loses_nothing() {
        let at = Duration::from_micros(1_500_000);
        let lines = lines(|output| {
            output
                .message(at, Kind::Text, "a\0\n\u{1b}é".as_bytes())
                .unwrap();
            output.message(at, Kind::Binary, b"\x00\xff").unwrap();
            output.message(at, Kind::Text, b"").unwrap();
        });
        assert_eq!(
            lines[0],
            serde_json::json!({
                "event": "message", "time": "1970-01-01T00:00:01.500000Z", "at": 1.5,
                "direction": "received", "opcode": "text", "length": 6, "text": "a\0\n\u{1b}é",
            })
        );
        assert_eq!(lines[1]["base64"], "AP8=");
        assert_eq!(lines[2]["text"], "");
    }

    #[test]
    fn a_reason_that_is_not_text_survives() {
        let frame = CloseFrame {
            code: Some(1007),
            reason: b"\xff".to_vec(),
        };
        let lines = lines(|output| {
            let direction = Direction::Received;
            let at = Duration::ZERO;
            output
                .event(&Event::Close {
                    direction,
                    at,
                    frame: &frame,
                })
                .unwrap();
        });
        assert_eq!(lines[0]["name"], "invalid payload data");
        assert_eq!(lines[0]["reason_base64"], "/w==");
        assert_eq!(lines[0]["reason"], "\u{fffd}");
    }
}
