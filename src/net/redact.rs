//! Secrets taken out of heads and URLs before anything shows them.

use std::borrow::Cow;

/// What stands in a secret's place.
pub const MARK: &str = "[redacted]";

/// Whether secrets are shown (`--show-secrets`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Secrets {
    /// Replaced by [`MARK`].
    #[default]
    Redact,
    /// Left as they are.
    Show,
}

impl Secrets {
    /// A head as it may be shown.
    #[must_use]
    pub fn head<'a>(self, head: &'a [u8]) -> Cow<'a, [u8]> {
        match self {
            Self::Redact => Cow::Owned(self::head(head)),
            Self::Show => Cow::Borrowed(head),
        }
    }

    /// The value of a header field as it may be shown.
    #[must_use]
    pub fn value(self, name: &str, value: &str) -> String {
        match self {
            Self::Redact => header_value(name, value),
            Self::Show => value.to_owned(),
        }
    }

    /// A URL as it may be shown.
    #[must_use]
    pub fn url(self, text: &str) -> String {
        match self {
            Self::Redact => url(text),
            Self::Show => text.to_owned(),
        }
    }
}

/// A request or response head with its secrets replaced; line ends, order and case stay.
#[must_use]
pub fn head(head: &[u8]) -> Vec<u8> {
    let (first, mut rest) = head.split_at(end_of_field(head));
    let mut shown = first_line(first);
    while !rest.is_empty() {
        let (field, after) = rest.split_at(end_of_field(rest));
        shown.extend(header_line(field));
        rest = after;
    }
    shown
}

/// A field goes on where the next line begins with a blank: RFC 9112 §5.2, obsolete and still sent.
fn end_of_field(bytes: &[u8]) -> usize {
    memchr::memchr_iter(b'\n', bytes)
        .map(|at| at + 1)
        .find(|end| !matches!(bytes.get(*end), Some(b' ' | b'\t')))
        .unwrap_or(bytes.len())
}

/// The words of a request line are looked at one by one, for a resource may be sent with a blank in it.
fn first_line(line: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(line);
    if text.contains(['?', '#', '@']) {
        each(&text, " ", url).into_bytes()
    } else {
        line.to_vec()
    }
}

fn header_line(line: &[u8]) -> Vec<u8> {
    let Some(colon) = line.iter().position(|byte| *byte == b':') else {
        return line.to_vec();
    };
    let (name, rest) = line.split_at(colon);
    let value = rest[1..].trim_ascii();
    let shown = header_value(
        &String::from_utf8_lossy(name),
        &String::from_utf8_lossy(value),
    );
    if shown.as_bytes() == value {
        return line.to_vec();
    }
    let end = line.len() - line.trim_ascii_end().len();
    [name, b": ", shown.as_bytes(), &line[line.len() - end..]].concat()
}

/// A header field as it is typed, `Name: value`, with the secret part of its value replaced.
#[must_use]
pub fn field(text: &str) -> String {
    String::from_utf8_lossy(&header_line(text.as_bytes())).into_owned()
}

/// A proxy as it is typed, with or without a scheme, and without its user name and password.
#[must_use]
pub fn proxy(text: &str) -> String {
    let Some((before, host)) = text.rsplit_once('@') else {
        return text.to_owned();
    };
    match before.split_once("://") {
        Some((scheme, _)) => format!("{scheme}://{MARK}@{host}"),
        None => format!("{MARK}@{host}"),
    }
}

/// True where the whole value of a header field is secret.
#[must_use]
pub fn is_secret_field(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    matches!(
        name.as_str(),
        "authorization" | "proxy-authorization" | "cookie" | "cookie2"
    ) || is_secret_name(&name)
}

/// The value of a header field with its secret part replaced.
#[must_use]
pub fn header_value(name: &str, value: &str) -> String {
    match name.trim().to_ascii_lowercase().as_str() {
        "authorization" | "proxy-authorization" => credentials(value),
        "cookie" => each(value, ";", cookie_pair),
        "set-cookie" => set_cookie(value),
        "sec-websocket-protocol" => each(value, ",", subprotocol),
        "location" | "referer" | "origin" => url(value),
        name if is_secret_name(name) => MARK.to_owned(),
        _ => value.to_owned(),
    }
}

/// The scheme stays, for it is half of a diagnosis: `Basic [redacted]`. What is no scheme may be a token without one.
fn credentials(value: &str) -> String {
    const SCHEMES: [&str; 14] = [
        "apikey",
        "aws4-hmac-sha256",
        "basic",
        "bearer",
        "digest",
        "dpop",
        "hawk",
        "key",
        "negotiate",
        "ntlm",
        "oauth",
        "scram-sha-256",
        "token",
        "vapid",
    ];
    let scheme = value.split_ascii_whitespace().next().unwrap_or_default();
    if SCHEMES.contains(&scheme.to_ascii_lowercase().as_str()) && scheme.len() < value.len() {
        format!("{scheme} {MARK}")
    } else {
        MARK.to_owned()
    }
}

fn each(value: &str, separator: &str, one: fn(&str) -> String) -> String {
    value
        .split(separator)
        .map(one)
        .collect::<Vec<_>>()
        .join(separator)
}

fn cookie_pair(pair: &str) -> String {
    match pair.split_once('=') {
        Some((name, _)) => format!("{name}={MARK}"),
        None => format!(" {MARK}").split_off(usize::from(!pair.starts_with(' '))),
    }
}

fn set_cookie(value: &str) -> String {
    match value.split_once(';') {
        Some((pair, attributes)) => format!("{};{attributes}", cookie_pair(pair)),
        None => cookie_pair(value),
    }
}

/// Browsers cannot send `Authorization`, so tokens travel as subprotocols: long, or after a telling prefix.
fn subprotocol(value: &str) -> String {
    const LONGEST_NAME: usize = 40;
    let name = value.trim();
    let indent = &value[..value.len() - value.trim_start().len()];
    let lower = name.to_ascii_lowercase();
    let secret = name.len() > LONGEST_NAME
        || lower.starts_with("eyj")
        || [
            "bearer.",
            "bearer-",
            "token.",
            "token-",
            "authorization.",
            "auth.",
            "jwt.",
            "base64url.bearer.",
        ]
        .iter()
        .any(|prefix| lower.starts_with(prefix));
    if secret {
        format!("{indent}{MARK}")
    } else {
        value.to_owned()
    }
}

/// A URL, or a path with a query, without userinfo and with the values of secret parameters replaced.
#[must_use]
pub fn url(text: &str) -> String {
    let (before, parameters) = text.split_at(text.find(['?', '#']).unwrap_or(text.len()));
    let mut shown = without_userinfo(before);
    // a fragment carries tokens too: the implicit grant of RFC 6749 §4.2 puts them there
    for part in parameters.split_inclusive(['?', '#', '&']) {
        let (pair, end) = part.split_at(part.trim_end_matches(['?', '#', '&']).len());
        shown.push_str(&parameter(pair));
        shown.push_str(end);
    }
    shown
}

fn without_userinfo(text: &str) -> String {
    let Some((scheme, rest)) = text.split_once("://") else {
        return text.to_owned();
    };
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    match authority.rsplit_once('@') {
        Some((_, host)) => format!("{scheme}://{MARK}@{host}{path}"),
        None => text.to_owned(),
    }
}

fn parameter(pair: &str) -> String {
    match pair.split_once('=') {
        Some((name, value))
            if !value.is_empty() && (is_secret_name(name) || value.starts_with("eyJ")) =>
        {
            format!("{name}={MARK}")
        }
        _ => pair.to_owned(),
    }
}

/// True for names of parameters and header fields whose values are secret by custom.
fn is_secret_name(name: &str) -> bool {
    const WHOLE: [&str; 9] = [
        "key", "sig", "auth", "jwt", "code", "pass", "pwd", "sid", "session",
    ];
    const PART: [&str; 9] = [
        "token",
        "secret",
        "password",
        "passwd",
        "apikey",
        "api-key",
        "api_key",
        "credential",
        "signature",
    ];
    let name = name.to_ascii_lowercase();
    WHOLE.contains(&name.as_str())
        || PART.iter().any(|part| name.contains(part))
        || name.ends_with("-session")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_keep_their_form_and_lose_their_secrets() {
        let shown = String::from_utf8(head(HEAD)).unwrap();
        assert_eq!(shown, HEAD_SHOWN);
    }

    #[test]
    fn urls_lose_userinfo_and_tokens() {
        for (text, expected) in URLS {
            assert_eq!(url(text), *expected, "{text}");
        }
    }

    #[test]
    fn a_scheme_is_shown_where_it_is_one() {
        for (value, shown) in [
            ("Basic dTpw", "Basic [redacted]"),
            ("basic", "[redacted]"),
            ("t0ken and more", "[redacted]"),
            ("t0ken\r\n more", "[redacted]"),
        ] {
            assert_eq!(header_value("Authorization", value), shown, "{value}");
        }
    }

    #[test]
    fn the_handshake_key_is_no_secret() {
        assert_eq!(header_value("Sec-WebSocket-Key", "abc"), "abc");
    }

    #[test]
    fn a_secret_on_a_folded_line_is_one_too() {
        for (shown, sent) in FOLDED {
            assert_eq!(String::from_utf8(head(sent)).unwrap(), *shown);
        }
    }

    const FOLDED: &[(&str, &[u8])] = &[
        (
            "HTTP/1.1 200 OK\r\nSet-Cookie: sid=[redacted]; Path=/\r\nA: b\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nSet-Cookie:\r\n sid=abc; Path=/\r\nA: b\r\n\r\n",
        ),
        (
            "GET / HTTP/1.1\r\nAuthorization: Basic [redacted]\r\nX:\r\n y\r\n\r\n",
            b"GET / HTTP/1.1\r\nAuthorization: Basic\r\n\tdTpw\r\nX:\r\n y\r\n\r\n",
        ),
    ];
    const HEAD: &[u8] =
        b"GET /ws?token=abc&x=1 HTTP/1.1\r\nHost: h\r\nauthorization:  Basic dTpw\r\n\
        Cookie: a=1; b=2\r\nSet-Cookie: s=1; Path=/\r\nSec-WebSocket-Protocol: chat, bearer.zzz\r\n\
        X-Api-Key: 5\r\nSec-WebSocket-Key: abc\r\n\r\n";
    const HEAD_SHOWN: &str = "GET /ws?token=[redacted]&x=1 HTTP/1.1\r\nHost: h\r\nauthorization: Basic [redacted]\r\n\
        Cookie: a=[redacted]; b=[redacted]\r\nSet-Cookie: s=[redacted]; Path=/\r\n\
        Sec-WebSocket-Protocol: chat, [redacted]\r\nX-Api-Key: [redacted]\r\nSec-WebSocket-Key: abc\r\n\r\n";

    const URLS: &[(&str, &str)] = &[
        ("wss://u:p@h/x", "wss://[redacted]@h/x"),
        (
            "ws://h/?access_token=q&room=1",
            "ws://h/?access_token=[redacted]&room=1",
        ),
        ("/ws?v=eyJhbGciOi", "/ws?v=[redacted]"),
        ("ws://h/@x", "ws://h/@x"),
        (
            "https://h/cb#access_token=q&state=1",
            "https://h/cb#access_token=[redacted]&state=1",
        ),
        ("/x?y=1#id_token=q", "/x?y=1#id_token=[redacted]"),
        ("/plain", "/plain"),
    ];
}
