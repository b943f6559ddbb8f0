//! The upgrade request, byte for byte as it is sent.

use std::fmt;

use tungstenite::handshake::client::generate_key;

use super::redirect::Redirects;
use crate::net::{Target, USER_AGENT, authority::Userinfo};

/// Everything that goes into the request.
#[derive(Clone, PartialEq, Eq)]
pub struct Request {
    /// Path and query.
    pub resource: String,
    /// The value of `Host`.
    pub host: String,
    /// The version in the request line.
    pub http_version: HttpVersion,
    /// The value of `Sec-WebSocket-Key`; a fresh one where there is none.
    pub key: Option<String>,
    /// The value of `Sec-WebSocket-Version`.
    pub version: String,
    /// The offer of `Sec-WebSocket-Extensions`.
    pub extensions: Option<String>,
    /// The subprotocols asked for, in order of preference.
    pub subprotocols: Vec<String>,
    /// The value of `User-Agent`.
    pub user_agent: Option<String>,
    /// The value of `Origin`.
    pub origin: Option<String>,
    /// The value of `Authorization`.
    pub authorization: Option<String>,
    /// The value of `Cookie`.
    pub cookie: Option<String>,
    /// The user's own header fields, in the order they were given.
    pub headers: Vec<Header>,
    /// How redirects are followed.
    pub redirects: Redirects,
}

/// The version in the request line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum HttpVersion {
    /// What RFC 6455 §4.1 asks for.
    #[default]
    Http11,
    /// What a proxy that is set up wrongly makes of it.
    Http10,
}

/// Shows no value: any of them may be secret.
impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("host", &self.host)
            .finish_non_exhaustive()
    }
}

/// A header field that the user has a word about.
#[derive(Clone, PartialEq, Eq)]
pub struct Header {
    /// The name, in the case it was given.
    pub name: String,
    /// What becomes of it.
    pub value: HeaderValue,
}

/// Shows no value, for it may be secret.
impl fmt::Debug for Header {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Header")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// What becomes of a header field.
#[derive(Clone, PartialEq, Eq)]
pub enum HeaderValue {
    /// It is sent with this value, in place of the default.
    Sent(String),
    /// It is sent with an empty value (`-H 'Name;'`).
    Empty,
    /// The default is left out (`-H 'Name:'`).
    Removed,
}

impl fmt::Debug for HeaderValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sent(_) => "Sent(redacted)",
            Self::Empty => "Empty",
            Self::Removed => "Removed",
        })
    }
}

/// A request as it was sent, and what its answer has to match.
#[derive(Clone)]
pub struct Sent {
    /// The bytes.
    pub bytes: Vec<u8>,
    fields: Vec<(String, String)>,
}

impl fmt::Debug for Sent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sent")
            .field("length", &self.bytes.len())
            .finish_non_exhaustive()
    }
}

impl Sent {
    /// The values of every field of this name, in order.
    pub fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.fields
            .iter()
            .filter(move |(field, _)| field.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }
}

impl Request {
    /// The plain request for a target: its `Host`, its path, and its user name and password as Basic credentials.
    #[must_use]
    pub fn new(target: &Target) -> Self {
        Self {
            resource: target.resource.clone(),
            host: target.authority(),
            http_version: HttpVersion::default(),
            key: None,
            version: "13".to_owned(),
            extensions: None,
            subprotocols: Vec::new(),
            user_agent: Some(USER_AGENT.to_owned()),
            origin: None,
            authorization: target.userinfo.as_ref().map(Userinfo::basic),
            cookie: None,
            headers: Vec::new(),
            redirects: Redirects::default(),
        }
    }

    /// The request's bytes, with a fresh key.
    #[must_use]
    pub fn encode(&self) -> Sent {
        self.encode_with(self.key.clone().unwrap_or_else(generate_key))
    }

    fn encode_with(&self, key: String) -> Sent {
        let fields = self.fields(key);
        let version = match self.http_version {
            HttpVersion::Http11 => "1.1",
            HttpVersion::Http10 => "1.0",
        };
        let mut text = format!("GET {} HTTP/{version}\r\n", self.resource);
        for (name, value) in &fields {
            text.push_str(name);
            text.push(':');
            if !value.is_empty() {
                text.push(' ');
                text.push_str(value);
            }
            text.push_str("\r\n");
        }
        text.push_str("\r\n");
        Sent {
            bytes: text.into_bytes(),
            fields,
        }
    }

    /// The defaults that the user has not replaced, then the user's own in their order; `Host` stays first.
    fn fields(&self, key: String) -> Vec<(String, String)> {
        let mut fields: Vec<_> = self
            .defaults(key)
            .into_iter()
            .filter_map(|(name, value)| Some((name.to_owned(), value?)))
            .filter(|(name, _)| {
                !self
                    .headers
                    .iter()
                    .any(|header| header.name.eq_ignore_ascii_case(name))
            })
            .collect();
        let own = |header: &Header| match &header.value {
            HeaderValue::Sent(value) => Some((header.name.clone(), value.clone())),
            HeaderValue::Empty => Some((header.name.clone(), String::new())),
            HeaderValue::Removed => None,
        };
        let (host, others): (Vec<_>, Vec<_>) = self
            .headers
            .iter()
            .filter_map(own)
            .partition(|(name, _)| name.eq_ignore_ascii_case("host"));
        fields.splice(0..0, host);
        fields.extend(others);
        fields
    }

    fn defaults(&self, key: String) -> [(&'static str, Option<String>); 11] {
        let subprotocols = (!self.subprotocols.is_empty()).then(|| self.subprotocols.join(", "));
        [
            ("Host", Some(self.host.clone())),
            ("Upgrade", Some("websocket".to_owned())),
            ("Connection", Some("Upgrade".to_owned())),
            ("Sec-WebSocket-Key", Some(key)),
            ("Sec-WebSocket-Version", Some(self.version.clone())),
            ("Sec-WebSocket-Extensions", self.extensions.clone()),
            ("Sec-WebSocket-Protocol", subprotocols),
            ("User-Agent", self.user_agent.clone()),
            ("Origin", self.origin.clone()),
            ("Authorization", self.authorization.clone()),
            ("Cookie", self.cookie.clone()),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request() -> Request {
        Request {
            user_agent: Some("wscope/test".to_owned()),
            ..Request::new(&Target::parse("ws://h:81/x?y").unwrap().0)
        }
    }

    fn header(name: &str, value: HeaderValue) -> Header {
        Header {
            name: name.to_owned(),
            value,
        }
    }

    fn text(request: &Request) -> String {
        String::from_utf8(request.encode_with("KEY".to_owned()).bytes).unwrap()
    }

    #[test]
    fn the_plain_request_is_what_rfc_6455_asks_for() {
        assert_eq!(text(&request()), PLAIN);
    }

    #[test]
    fn a_users_header_replaces_the_default_and_keeps_its_case_and_order() {
        let mut request = request();
        request.headers = vec![
            header("x-b", HeaderValue::Sent("2".to_owned())),
            header("X-A", HeaderValue::Empty),
            header("HOST", HeaderValue::Sent("other".to_owned())),
            header("user-agent", HeaderValue::Removed),
            header("x-b", HeaderValue::Sent("3".to_owned())),
        ];
        assert_eq!(text(&request), REPLACED);
    }

    #[test]
    fn userinfo_becomes_basic_credentials() {
        let request = Request::new(&Target::parse("ws://Aladdin:open%20sesame@h/").unwrap().0);
        assert_eq!(
            request.authorization.as_deref(),
            Some("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==")
        );
        assert!(!format!("{request:?}").contains("QWxh"));
    }

    const PLAIN: &str = "GET /x?y HTTP/1.1\r\nHost: h:81\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
        Sec-WebSocket-Key: KEY\r\nSec-WebSocket-Version: 13\r\nUser-Agent: wscope/test\r\n\r\n";
    const REPLACED: &str = "GET /x?y HTTP/1.1\r\nHOST: other\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
        Sec-WebSocket-Key: KEY\r\nSec-WebSocket-Version: 13\r\nx-b: 2\r\nX-A:\r\nx-b: 3\r\n\r\n";
}
