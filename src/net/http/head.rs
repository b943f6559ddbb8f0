//! The response head, read as raw bytes and kept whole.

use std::{fmt, io};

use crate::{net::foreign::Foreign, output::counted};

/// The longest head that is accepted. Browsers take 256 KiB, Node 16 KiB, most proxies 8 to 64 KiB.
pub const HEAD_LIMIT: usize = 64 * 1024;

/// What came instead of a response head. `Display` gives a predicate, for "the proxy …".
#[derive(Debug)]
pub enum Fault {
    /// The connection was closed without a byte.
    EmptyReply,
    /// The connection was closed inside the head.
    CutOff {
        /// How many bytes had come.
        received: usize,
    },
    /// What came is not HTTP.
    NotHttp {
        /// What it is, where it was recognised.
        foreign: Option<Foreign>,
    },
    /// The head has no end within [`HEAD_LIMIT`].
    TooLong,
    /// A line of the head ends in `\n` alone.
    BareLineFeed,
    /// The head is not HTTP/1.x.
    Bad(String),
    /// The connection failed.
    Io {
        /// How many bytes had come.
        received: usize,
        /// The system's error.
        source: io::Error,
    },
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::EmptyReply => f.write_str("closed the connection without an answer"),
            Self::CutOff { received } => {
                write!(
                    f,
                    "closed the connection inside its response head, after {}",
                    counted(*received, "byte")
                )
            }
            Self::NotHttp {
                foreign: Some(foreign),
            } => write!(f, "does not speak HTTP: it speaks {foreign}"),
            Self::NotHttp { foreign: None } => f.write_str("answered something that is not HTTP"),
            Self::TooLong => f.write_str("sent a response head longer than 64 KiB"),
            Self::BareLineFeed => {
                f.write_str("sent a response head whose lines end in a bare line feed")
            }
            Self::Bad(reason) => write!(
                f,
                "sent a response head that is not valid HTTP/1.x: {reason}"
            ),
            Self::Io { source, .. } if source.kind() == io::ErrorKind::ConnectionReset => {
                f.write_str("reset the connection")
            }
            Self::Io { source, .. } => write!(f, "stopped answering: {source}"),
        }
    }
}

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
    /// [`Fault::Bad`] or [`Fault::BareLineFeed`].
    pub fn parse(bytes: &[u8]) -> Result<Self, Fault> {
        if has_bare_line_feed(bytes) {
            return Err(Fault::BareLineFeed);
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
            .map_err(|error| Fault::Bad(error.to_string()))?;
        let (Some(status), Some(minor_version)) = (response.code, response.version) else {
            return Err(Fault::Bad("it has no status line".to_owned()));
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

    /// The next head.
    ///
    /// # Errors
    /// What came instead; [`Self::into_leftover`] then has its bytes.
    pub fn head(&mut self) -> Result<Head, Fault> {
        loop {
            if !is_http_so_far(&self.buffer) {
                return Err(Fault::NotHttp {
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
                return Err(Fault::TooLong);
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

    fn fill(&mut self) -> Result<(), Fault> {
        const STEP: usize = 4 * 1024;
        let filled = self.buffer.len();
        self.buffer.resize(filled + STEP, 0);
        let result = self.from.read(&mut self.buffer[filled..]);
        self.buffer
            .truncate(filled + *result.as_ref().unwrap_or(&0));
        match result {
            Ok(0) if filled == 0 => Err(Fault::EmptyReply),
            Ok(0) => Err(Fault::CutOff { received: filled }),
            Ok(_) => Ok(()),
            Err(error) => Err(Fault::Io {
                received: filled,
                source: error,
            }),
        }
    }
}

fn is_http_so_far(bytes: &[u8]) -> bool {
    const START: &[u8] = b"HTTP/";
    let length = bytes.len().min(START.len());
    bytes[..length] == START[..length]
}
