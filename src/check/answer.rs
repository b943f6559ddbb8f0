//! What one probe saw: the bytes of the answer, and how the connection stood when they had come.
//!
//! An answer is read leniently. Its purpose is to be looked at, so a head that no client would
//! accept is still taken apart as far as it goes, and every byte is kept.

use std::time::Duration;

/// The most bytes of an answer that are kept; a cause is always in the first few hundred.
pub const KEPT: usize = 16 * 1024;

/// How the connection stood when the probe stopped reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The answer is complete, or the deadline passed after some of it, and nobody had closed.
    Open,
    /// The peer sent FIN.
    Fin,
    /// The peer sent RST.
    Reset,
    /// Not one byte came before the deadline.
    Silent,
}

/// The bytes that came back for one probe, taken apart.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The first [`KEPT`] bytes as they came.
    pub raw: Vec<u8>,
    /// How the connection stood at the end.
    pub end: End,
    /// From the request's last byte to the answer's first, or to the end where none came.
    pub took: Duration,
    head: Option<Head>,
    body: Vec<u8>,
}

/// A status line and its headers, names and values as they were sent.
#[derive(Clone, Debug)]
struct Head {
    version: String,
    status: u16,
    reason: String,
    headers: Vec<(String, String)>,
}

impl Answer {
    /// Takes apart what came back.
    #[must_use]
    pub fn new(mut raw: Vec<u8>, end: End, took: Duration) -> Self {
        raw.truncate(KEPT);
        let body_at = end_of_head(&raw).unwrap_or(raw.len());
        let head = Head::parse(&raw[..body_at]);
        let body = head
            .as_ref()
            .map_or_else(|| raw.clone(), |head| head.decode(&raw[body_at..]));
        Self {
            raw,
            end,
            took,
            head,
            body,
        }
    }

    /// An answer whose body was read, and taken out of its framing, by somebody else.
    #[must_use]
    pub fn of_parts(head: &[u8], body: &[u8], end: End, took: Duration) -> Self {
        Self {
            raw: [head, body].concat(),
            body: body.to_vec(),
            ..Self::new(head.to_vec(), end, took)
        }
    }

    /// True once nothing more belongs to the answer, however long one waits.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        let Some(head) = &self.head else {
            return false;
        };
        let Some(body_at) = end_of_head(&self.raw) else {
            return false;
        };
        let arrived = self.raw.len() - body_at;
        match head
            .value("content-length")
            .and_then(|length| length.parse::<usize>().ok())
        {
            _ if matches!(head.status, 101 | 204 | 304) => true,
            Some(length) => arrived >= length || self.raw.len() >= KEPT,
            None if head.is_chunked() => self.raw.ends_with(b"0\r\n\r\n"),
            None => self.raw.len() >= KEPT,
        }
    }

    /// The status code, where the answer begins with an HTTP status line.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        self.head.as_ref().map(|head| head.status)
    }

    /// The status as it was written: `426 Upgrade Required`.
    #[must_use]
    pub fn status_text(&self) -> Option<String> {
        let head = self.head.as_ref()?;
        Some(
            format!("{} {}", head.status, head.reason)
                .trim_end()
                .to_owned(),
        )
    }

    /// What follows the status code in the status line.
    #[must_use]
    pub fn reason(&self) -> Option<&str> {
        self.head.as_ref().map(|head| head.reason.as_str())
    }

    /// The version of the status line, `HTTP/1.1`.
    #[must_use]
    pub fn version(&self) -> Option<&str> {
        self.head.as_ref().map(|head| head.version.as_str())
    }

    /// All headers in their order, names as they were sent.
    #[must_use]
    pub fn headers(&self) -> &[(String, String)] {
        self.head.as_ref().map_or(&[], |head| &head.headers)
    }

    /// The first header of that name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.as_ref()?.value(name)
    }

    /// Every header of that name.
    pub fn headers_named<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.headers()
            .iter()
            .filter(move |(sent, _)| sent.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// True when every header name came in lower case, as some proxies write them.
    #[must_use]
    pub fn has_lower_case_names(&self) -> bool {
        let mut names = self.headers().iter().map(|(name, _)| name);
        !self.headers().is_empty()
            && names.all(|name| !name.contains(|c: char| c.is_ascii_uppercase()))
    }

    /// What follows the head, or the whole where it is not HTTP; a chunked body without its framing.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// The body as text; bytes that are not UTF-8 become U+FFFD.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The line of the body that says most: the title of a page, else its first line.
    #[must_use]
    pub fn saying(&self) -> Option<String> {
        let text = self.text();
        let line = title(&text).map_or_else(
            || {
                text.lines()
                    .map(str::trim)
                    .find(|line| !line.is_empty())
                    .map(str::to_owned)
            },
            Some,
        )?;
        (!line.is_empty()).then_some(line)
    }

    /// What two answers must share to count as the same; dates, ids and lengths are left out.
    #[must_use]
    pub fn shape(&self) -> Shape {
        match &self.head {
            Some(head) if head.status == 101 => Shape::Http(101, String::new(), String::new()),
            Some(head) => Shape::Http(
                head.status,
                media_type(self.header("content-type").unwrap_or_default()),
                without_ids(&self.text()),
            ),
            None if !self.raw.is_empty() => Shape::NotHttp(self.raw.clone()),
            None => Shape::Nothing(self.end),
        }
    }
}

/// An answer reduced to what a comparison may look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Status, media type, and the body without its ids.
    Http(u16, String, String),
    /// Bytes that do not begin with a status line.
    NotHttp(Vec<u8>),
    /// Not a byte, and how it ended.
    Nothing(End),
}

impl Head {
    fn parse(bytes: &[u8]) -> Option<Self> {
        let text = String::from_utf8_lossy(bytes);
        let mut lines = text.lines();
        let mut status_line = lines.next()?.splitn(3, ' ');
        let version = status_line
            .next()
            .filter(|version| version.starts_with("HTTP/"))?;
        let status = status_line.next()?.parse().ok()?;
        Some(Self {
            version: version.to_owned(),
            status,
            reason: status_line.next().unwrap_or_default().trim().to_owned(),
            headers: lines.filter_map(header).collect(),
        })
    }

    fn value(&self, name: &str) -> Option<&str> {
        let found = self
            .headers
            .iter()
            .find(|(sent, _)| sent.eq_ignore_ascii_case(name))?;
        Some(&found.1)
    }

    fn is_chunked(&self) -> bool {
        let coding = self.value("transfer-encoding").unwrap_or_default();
        coding.to_ascii_lowercase().contains("chunked")
    }

    fn decode(&self, body: &[u8]) -> Vec<u8> {
        if self.is_chunked() {
            unchunk(body)
        } else {
            body.to_vec()
        }
    }
}

fn header(line: &str) -> Option<(String, String)> {
    let (name, value) = line.split_once(':')?;
    Some((name.trim().to_owned(), value.trim().to_owned()))
}

/// One past the empty line that ends a head, whether its lines end in CRLF or, wrongly, in LF.
fn end_of_head(bytes: &[u8]) -> Option<usize> {
    let crlf = memchr::memmem::find(bytes, b"\r\n\r\n").map(|at| at + 4);
    let lf = memchr::memmem::find(bytes, b"\n\n").map(|at| at + 2);
    crlf.into_iter().chain(lf).min()
}

/// Strips chunk headers as far as the kept bytes go; anything odd ends it with what there is.
fn unchunk(mut bytes: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    while let Some(line_end) = memchr::memmem::find(bytes, b"\r\n") {
        let line = String::from_utf8_lossy(&bytes[..line_end]);
        let digits = line.split(';').next().unwrap_or_default().trim();
        let Ok(length) = usize::from_str_radix(digits, 16) else {
            break;
        };
        let rest = &bytes[line_end + 2..];
        if length == 0 {
            break;
        }
        body.extend_from_slice(&rest[..length.min(rest.len())]);
        // Two bytes of CRLF close a chunk; a hostile length must not overflow the sum.
        let Some(next) = length.checked_add(2).and_then(|past| rest.get(past..)) else {
            break;
        };
        bytes = next;
    }
    body
}

fn title(text: &str) -> Option<String> {
    let lower = text.to_ascii_lowercase();
    let from = lower.find("<title>")? + "<title>".len();
    let to = from + lower[from..].find("</title>")?;
    Some(text[from..to].trim().to_owned())
}

fn media_type(value: &str) -> String {
    value
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase()
}

/// Replaces what differs between two answers to the same question: numbers (Varnish counts its
/// transactions), long words that contain a digit (request ids, times, hashes), and the space around them.
fn without_ids(text: &str) -> String {
    let has_digit = |word: &str| word.contains(|c: char| c.is_ascii_digit());
    let is_number = |word: &str| word.bytes().all(|byte| byte.is_ascii_digit());
    let is_id = |word: &str| is_number(word) || word.len() >= 8 && has_digit(word);
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '-' && c != ':');
    words
        .filter(|word| !word.is_empty())
        .map(|word| if is_id(word) { "#" } else { word })
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(raw: &[u8]) -> Answer {
        Answer::new(raw.to_vec(), End::Open, Duration::ZERO)
    }

    #[test]
    fn keeps_names_and_order_of_headers() {
        let answer = answer(b"HTTP/1.1 400 Bad Request\r\nSec-Websocket-Version: 13\r\nX: 1\r\nx: 2\r\n\r\nBad Request\n");
        assert_eq!(answer.status_text().as_deref(), Some("400 Bad Request"));
        assert_eq!(answer.headers()[0].0, "Sec-Websocket-Version");
        assert_eq!(answer.headers_named("x").collect::<Vec<_>>(), ["1", "2"]);
        assert_eq!(answer.text(), "Bad Request\n");
    }

    #[test]
    fn reads_a_head_whose_lines_end_in_line_feeds() {
        let answer = answer(b"HTTP/1.0 200 OK\nContent-Type: text/html\n\n<title>Sign in</title>");
        assert_eq!(answer.version(), Some("HTTP/1.0"));
        assert_eq!(answer.saying().as_deref(), Some("Sign in"));
    }

    #[test]
    fn takes_a_chunked_body_out_of_its_chunks() {
        let head = b"HTTP/1.1 400 Bad Request\r\nTransfer-Encoding: chunked\r\n\r\n".as_slice();
        for (chunks, body) in [
            (
                "22\r\n{\"code\":3,\"message\":\"Bad request\"}\r\n0\r\n\r\n",
                "{\"code\":3,\"message\":\"Bad request\"}",
            ),
            ("3\r\nabc\r\n2\r\nde", "abcde"),
            ("ffffffffffffffff\r\nabc", "abc"),
            ("zz\r\nabc", ""),
        ] {
            assert_eq!(
                answer(&[head, chunks.as_bytes()].concat()).text(),
                body,
                "{chunks:?}"
            );
        }
    }

    #[test]
    fn what_is_not_http_is_all_body() {
        let answer = answer(b"SSH-2.0-OpenSSH_9.2\r\n");
        assert_eq!(answer.status(), None);
        assert_eq!(answer.saying().as_deref(), Some("SSH-2.0-OpenSSH_9.2"));
        assert!(matches!(answer.shape(), Shape::NotHttp(_)));
    }

    #[test]
    fn dates_and_ids_do_not_make_a_difference() {
        let page = |id: &str| {
            let raw = format!(
                "HTTP/1.1 404 Not Found\r\nDate: {id}\r\nContent-Type: text/html; charset={id}\r\n\r\n<p>no such page, request {id}</p>"
            );
            answer(raw.as_bytes()).shape()
        };
        assert_eq!(page("5f0c1e7a9b"), page("11223344aa"));
        assert_eq!(page("2"), page("65544"));
        assert_ne!(page("5f0c1e7a9b"), page("gone"));
    }

    #[test]
    fn two_upgrades_are_alike_whatever_their_first_frames() {
        let first = answer(b"HTTP/1.1 101 Switching Protocols\r\n\r\n\x81\x01a");
        let second = answer(b"HTTP/1.1 101 Switching Protocols\r\n\r\n");
        assert_eq!(first.shape(), second.shape());
    }

    #[test]
    fn nothing_differs_by_how_it_ended() {
        let nothing = |end| Answer::new(Vec::new(), end, Duration::ZERO).shape();
        assert_ne!(nothing(End::Fin), nothing(End::Silent));
    }
}
