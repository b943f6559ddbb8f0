//! The types of flag values: parsed once, at the command line, so that everything after it may trust them.

use std::str::FromStr;

use crate::{
    handshake::{Header, HeaderValue},
    net::authority::Userinfo,
};

/// The value of `-H`: `Name: value`, `Name;` for an empty value, `Name:` to leave a default out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeaderArg(pub Header);

impl FromStr for HeaderArg {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (name, value) = match (text.split_once(':'), text.strip_suffix(';')) {
            (Some((name, value)), _) if value.trim().is_empty() => (name, HeaderValue::Removed),
            (Some((name, value)), _) => (name, HeaderValue::Sent(field_value(value.trim())?)),
            (None, Some(name)) => (name, HeaderValue::Empty),
            (None, None) => return Err("a header is written \"Name: value\"".to_owned()),
        };
        Ok(Self(Header {
            name: token(name.trim_end())?,
            value,
        }))
    }
}

/// A value that goes into a header field as it is: no line breaks, no control characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldValue(pub String);

impl FromStr for FieldValue {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        field_value(text).map(Self)
    }
}

/// A name by the rule of RFC 9110 §5.6.2: a header field's, or a subprotocol's (RFC 6455 §4.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token(pub String);

impl FromStr for Token {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        token(text).map(Self)
    }
}

/// A user name and a password: `user:password`.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// Before the first colon.
    pub user: String,
    /// After it; empty where there is none.
    pub password: String,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Credentials(redacted)")
    }
}

impl From<Credentials> for Userinfo {
    fn from(Credentials { user, password }: Credentials) -> Self {
        Self { user, password }
    }
}

impl FromStr for Credentials {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (user, password) = text.split_once(':').unwrap_or((text, ""));
        Ok(Self {
            user: field_value(user)?,
            password: field_value(password)?,
        })
    }
}

fn field_value(text: &str) -> Result<String, String> {
    if text.contains(['\r', '\n']) {
        Err("it holds a line break, which would end the header field".to_owned())
    } else if text.chars().any(|c| c.is_ascii_control() && c != '\t') {
        Err("it holds a control character".to_owned())
    } else {
        Ok(text.to_owned())
    }
}

fn token(text: &str) -> Result<String, String> {
    const PUNCTUATION: &[u8] = b"!#$%&'*+-.^_`|~";
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || PUNCTUATION.contains(&byte);
    if text.is_empty() {
        return Err("the name is empty".to_owned());
    }
    if text.contains(['\r', '\n']) {
        return Err("the name holds a line break".to_owned());
    }
    match text.chars().find(|c| !c.is_ascii() || !legal(*c as u8)) {
        Some(illegal) => Err(format!("{illegal:?} may not stand in the name")),
        None => Ok(text.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_have_three_forms() {
        for (text, name, value) in HEADERS {
            let header = text.parse::<HeaderArg>().unwrap().0;
            let shown = match header.value {
                HeaderValue::Sent(value) => Some(value),
                HeaderValue::Empty => Some(String::new()),
                HeaderValue::Removed => None,
            };
            assert_eq!(
                (header.name.as_str(), shown.as_deref()),
                (*name, *value),
                "{text}"
            );
        }
    }

    #[test]
    fn malformed_headers_say_what_is_wrong() {
        for (text, expected) in MALFORMED {
            let error = text.parse::<HeaderArg>().unwrap_err();
            assert!(error.contains(expected), "{text:?}: {error}");
        }
    }

    const HEADERS: &[(&str, &str, Option<&str>)] = &[
        ("X-A: b: c", "X-A", Some("b: c")),
        ("X-A:b", "X-A", Some("b")),
        ("X-A:", "X-A", None),
        ("X-A;", "X-A", Some("")),
        ("X-A: b;", "X-A", Some("b;")),
    ];

    const MALFORMED: &[(&str, &str)] = &[
        ("X-A", "\"Name: value\""),
        ("X-A: b\r\nX-B: c", "line break"),
        ("X A: b", "' ' may not stand"),
        (": b", "empty"),
        ("X-A: \u{1}", "control character"),
        ("X-\u{e9}: b", "may not stand"),
    ];
}
