//! The response head, read as raw bytes and kept whole.

use std::io;

use crate::{handshake::Error, net::foreign::Foreign};

/// The longest head that is accepted. Browsers take 256 KiB, Node 16 KiB, most proxies 8 to 64 KiB.
pub const HEAD_LIMIT: usize = 64 * 1024;

/// How many interim responses may precede the final one.
const MOST_INTERIM: usize = 16;

/// A response head.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// The bytes as they came, the empty line included.
    pub bytes: Vec<u8>,
    /// The `x` of HTTP/1.x.
    pub minor_version: u8,
    /// The status code.
    pub status: u16,
    /// The reason phrase; empty where there is none.
    pub reason: String,
    /// The fields in their order; values without the surrounding white space.
    pub fields: Vec<(String, Vec<u8>)>,
}

impl Head {
    /// Parses a whole head.
    ///
    /// # Errors
    /// [`Error::BadHead`] or [`Error::BareLineFeed`].
    pub fn parse(bytes: &[u8]) -> Result<Self, Error> {
        if has_bare_line_feed(bytes) {
            return Err(Error::BareLineFeed);
        }
        let lines = memchr::memchr_iter(b'\n', bytes).count();
        let mut fields = vec![httparse::EMPTY_HEADER; lines];
        let mut response = httparse::Response::new(&mut fields);
        let mut config = httparse::ParserConfig::default();
        config
            .allow_multiple_spaces_in_response_status_delimiters(true)
            .allow_obsolete_multiline_headers_in_responses(true)
            .allow_spaces_after_header_name_in_responses(true)
            .ignore_invalid_headers_in_responses(true);
        config
            .parse_response(&mut response, bytes)
            .map_err(|error| Error::BadHead(error.to_string()))?;
        let (Some(status), Some(minor_version)) = (response.code, response.version) else {
            return Err(Error::BadHead("it has no status line".to_owned()));
        };
        Ok(Self {
            bytes: bytes.to_vec(),
            minor_version,
            status,
            reason: response.reason.unwrap_or_default().to_owned(),
            fields: response
                .headers
                .iter()
                .map(|field| (field.name.to_owned(), field.value.trim_ascii().to_vec()))
                .collect(),
        })
    }

    /// The values of every field of this name, in order.
    pub fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
        self.fields
            .iter()
            .filter(move |(field, _)| field.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_slice())
    }

    /// The first value of this name, as text.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<String> {
        self.values(name)
            .next()
            .map(|value| String::from_utf8_lossy(value).into_owned())
    }

    /// The members of a comma-separated list, over every field of this name.
    pub fn list<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
        self.values(name)
            .flat_map(|value| value.split(|byte| *byte == b','))
            .map(<[u8]>::trim_ascii)
            .filter(|member| !member.is_empty())
    }

    /// `403 Forbidden`.
    #[must_use]
    pub fn status_and_reason(&self) -> String {
        if self.reason.is_empty() {
            self.status.to_string()
        } else {
            format!("{} {}", self.status, self.reason)
        }
    }
}

fn has_bare_line_feed(bytes: &[u8]) -> bool {
    memchr::memchr_iter(b'\n', bytes).any(|at| at == 0 || bytes[at - 1] != b'\r')
}

/// Reads heads from a stream, and keeps what comes after them.
#[derive(Debug)]
pub struct Reader<R> {
    from: R,
    buffer: Vec<u8>,
    /// Everything before this has been searched for the end of the head.
    searched: usize,
}

impl<R: io::Read> Reader<R> {
    /// A reader with nothing read yet.
    pub fn new(from: R) -> Self {
        Self {
            from,
            buffer: Vec::new(),
            searched: 0,
        }
    }

    /// What was read and does not belong to a returned head.
    #[must_use]
    pub fn into_leftover(self) -> Vec<u8> {
        self.buffer
    }

    /// The first head that is not interim: 1xx other than 101 are passed over, with a note.
    ///
    /// # Errors
    /// What came instead; [`Self::into_leftover`] then has its bytes.
    pub fn final_head(&mut self, notes: &mut Vec<String>) -> Result<Head, Error> {
        for _ in 0..MOST_INTERIM {
            let head = self.head()?;
            if !matches!(head.status, 100 | 102..=199) {
                return Ok(head);
            }
            notes.push(format!(
                "the server sent {} before its answer; some clients refuse that",
                head.status_and_reason()
            ));
        }
        Err(Error::BadHead(
            "the server sends interim responses without end".to_owned(),
        ))
    }

    /// The next head.
    ///
    /// # Errors
    /// What came instead; [`Self::into_leftover`] then has its bytes.
    pub fn head(&mut self) -> Result<Head, Error> {
        loop {
            if !is_http_so_far(&self.buffer) {
                return Err(Error::NotHttp {
                    foreign: Foreign::recognise(&self.buffer),
                });
            }
            if let Some(end) = self.find_end() {
                let head = Head::parse(&self.buffer[..end])?;
                self.buffer.drain(..end);
                self.searched = 0;
                return Ok(head);
            }
            if self.buffer.len() > HEAD_LIMIT {
                return Err(Error::HeadTooLong);
            }
            self.fill()?;
        }
    }

    /// The end of the first empty line. A line may end in `\n` alone here, so that such a head is recognised as one.
    fn find_end(&mut self) -> Option<usize> {
        let from = self.searched;
        for at in memchr::memchr_iter(b'\n', &self.buffer[from..]).map(|at| at + from) {
            let line = &self.buffer[..at];
            if line.ends_with(b"\n") || line.ends_with(b"\n\r") {
                return (at < HEAD_LIMIT).then_some(at + 1);
            }
        }
        self.searched = self.buffer.len();
        None
    }

    fn fill(&mut self) -> Result<(), Error> {
        const STEP: usize = 16 * 1024;
        let filled = self.buffer.len();
        self.buffer.resize(filled + STEP, 0);
        let result = self.from.read(&mut self.buffer[filled..]);
        self.buffer
            .truncate(filled + *result.as_ref().unwrap_or(&0));
        match result {
            Ok(0) if filled == 0 => Err(Error::EmptyReply),
            Ok(0) => Err(Error::HeadCutOff { received: filled }),
            Ok(_) => Ok(()),
            Err(error) => Err(Error::from_io(error, filled)),
        }
    }
}

fn is_http_so_far(bytes: &[u8]) -> bool {
    const START: &[u8] = b"HTTP/";
    let length = bytes.len().min(START.len());
    bytes[..length] == START[..length]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Hands out its pieces one per read.
    struct Pieces<'a>(&'a [&'a [u8]]);

    impl io::Read for Pieces<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let Some((first, rest)) = self.0.split_first() else {
                return Ok(0);
            };
            self.0 = rest;
            buffer[..first.len()].copy_from_slice(first);
            Ok(first.len())
        }
    }

    #[test]
    fn a_head_in_any_pieces_leaves_the_frames_behind() {
        for cut in 1..OK.len() {
            let (before, after) = OK.split_at(cut);
            let pieces = [before, after];
            let mut reader = Reader::new(Pieces(&pieces));
            let head = reader.final_head(&mut Vec::new()).unwrap();
            assert_eq!((head.status, head.minor_version), (101, 1));
            assert_eq!(head.reason, "Switching Protocols");
            let read = if cut < head.bytes.len() {
                OK.len()
            } else {
                cut
            };
            assert_eq!(
                [head.bytes, reader.into_leftover()].concat(),
                OK[..read],
                "cut at {cut}"
            );
        }
    }

    #[test]
    fn interim_responses_are_passed_over_with_a_note() {
        let mut notes = Vec::new();
        let bytes = [b"HTTP/1.1 100 Continue\r\n\r\n".as_slice(), OK].concat();
        let head = Reader::new(bytes.as_slice())
            .final_head(&mut notes)
            .unwrap();
        assert_eq!(head.status, 101);
        assert!(notes[0].contains("100 Continue"), "{notes:?}");
    }

    #[test]
    fn each_defect_has_its_own_error() {
        for (bytes, expected) in DEFECTS {
            let error = Reader::new(*bytes)
                .final_head(&mut Vec::new())
                .unwrap_err()
                .to_string();
            assert!(
                error.contains(expected),
                "{}: {error}",
                bytes.escape_ascii()
            );
        }
    }

    #[test]
    fn a_head_of_64_kib_is_the_longest() {
        for (length, accepted) in [(HEAD_LIMIT, true), (HEAD_LIMIT + 1, false)] {
            let start = b"HTTP/1.1 200 OK\r\nX: ";
            let mut bytes = start.to_vec();
            bytes.resize(length - 4, b'a');
            bytes.extend_from_slice(b"\r\n\r\n");
            let result = Reader::new(bytes.as_slice()).head();
            assert_eq!(result.is_ok(), accepted, "{length}");
        }
    }

    #[test]
    fn interim_responses_without_end_are_an_error() {
        let bytes = b"HTTP/1.1 103 Early Hints\r\n\r\n".repeat(100);
        let error = Reader::new(bytes.as_slice())
            .final_head(&mut Vec::new())
            .unwrap_err();
        assert!(matches!(error, Error::BadHead(_)));
    }

    #[test]
    fn arbitrary_bytes_never_panic() {
        arbtest::arbtest(|u| {
            let bytes: Vec<u8> = u.arbitrary()?;
            let bytes = [b"HTTP/1.1 ".as_slice(), &bytes].concat();
            let _ = Reader::new(bytes.as_slice()).final_head(&mut Vec::new());
            Ok(())
        });
    }

    const OK: &[u8] = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n\x81\x01a";

    const DEFECTS: &[(&[u8], &str)] = &[
        (b"", "without an answer"),
        (b"HTTP/1.1 101 Swi", "after 16 bytes"),
        (b"HTT", "after 3 bytes"),
        (b"SSH-2.0-OpenSSH_9.2p1\r\n", "SSH"),
        (b"\x15\x03\x03\x00\x02\x02\x70", "alert 112"),
        (b"\x00\x00\x12\x04\x00\x00\x00\x00\x00\x00\x03", "HTTP/2"),
        (b"220 mail ESMTP\r\n", "SMTP"),
        (b"garbage", "not HTTP"),
        (b"HTTP/1.1 101 OK\nUpgrade: websocket\n\n", "line feed"),
        (b"HTTP/1.1 abc\r\n\r\n", "not valid HTTP"),
        (b"HTTP/3 200\r\n\r\n", "not valid HTTP"),
    ];
}
