//! Where to connect: what the URL says, kept as it was written.

use std::{borrow::Cow, fmt, fmt::Write as _, path::PathBuf};

use url::Host;

use crate::{
    error::Error,
    net::{
        address,
        authority::{Authority, Userinfo, usage, without_userinfo},
        redact,
        zone::Zone,
    },
};

/// Whether TLS is spoken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// `ws://`
    Ws,
    /// `wss://`
    Wss,
}

impl Scheme {
    /// The scheme as a URL writes it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Ws => "ws",
            Self::Wss => "wss",
        }
    }

    /// 80 or 443.
    #[must_use]
    pub fn default_port(self) -> u16 {
        match self {
            Self::Ws => 80,
            Self::Wss => 443,
        }
    }
}

/// A parsed `ws:` or `wss:` URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// `ws` or `wss`.
    pub scheme: Scheme,
    /// The name (in ASCII form) or address.
    pub host: Host,
    /// The link that a link-local address is meant on; known to nobody but us.
    pub zone: Option<Zone>,
    /// The port, the scheme's own where none was written.
    pub port: u16,
    /// Path and query as they go into the request line; never empty.
    pub resource: String,
    /// What stood before the `@`.
    pub userinfo: Option<Userinfo>,
    /// The socket of a `ws+unix:` URL.
    pub unix_socket: Option<PathBuf>,
}

impl Target {
    /// Parses a URL as a user types it, and returns notes about what was assumed or dropped.
    ///
    /// `http` and `https` are taken as `ws` and `wss`; without a scheme, loopback and private hosts get `ws` and
    /// all others `wss`; `:8080` is a port of this machine; a fragment is dropped, for RFC 6455 §3 has none, and so
    /// are the quotes of the text that the URL was copied from.
    ///
    /// # Errors
    /// A usage error that names the place in the URL.
    pub fn parse(text: &str) -> Result<(Self, Vec<String>), Error> {
        let mut notes = Vec::new();
        let text = without_quotes(text.trim(), &mut notes);
        reject_control_characters(text)?;
        if let Some((scheme, rest)) = unix_scheme(text) {
            return Ok((parse_unix(scheme, strip_fragment(rest, &mut notes))?, notes));
        }
        let (written, rest) = split_scheme(text)?;
        let rest = &complete_port(written, rest, &mut notes)?;
        let rest = strip_fragment(rest, &mut notes);
        let (authority, resource) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
        let Authority {
            userinfo,
            host,
            zone,
            port,
        } = Authority::parse(authority)?;
        let host_port = without_userinfo(authority);
        let scheme = written
            .map(|written| map_scheme(written, &mut notes))
            .transpose()?
            .unwrap_or_else(|| assume_scheme(&host, host_port, &mut notes));
        let target = Self {
            scheme,
            host,
            zone,
            port: port.unwrap_or_else(|| scheme.default_port()),
            resource: encode_resource(resource),
            userinfo,
            unix_socket: None,
        };
        Ok((target, notes))
    }

    /// The value of `Host`: the port only where it is not the scheme's own.
    #[must_use]
    pub fn authority(&self) -> String {
        if self.port == self.scheme.default_port() {
            self.host.to_string()
        } else {
            self.host_and_port()
        }
    }

    /// `host:port`, always with the port.
    #[must_use]
    pub fn host_and_port(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }

    /// The URL without user name and password, and without the zone: as the server knows it.
    #[must_use]
    pub fn url(&self) -> String {
        format!(
            "{}://{}{}",
            self.scheme.name(),
            self.authority(),
            self.resource
        )
    }

    /// [`Self::url`], or what is shown of it, as this machine finds the target.
    pub(crate) fn with_zone(&self, url: &str) -> String {
        match (&self.zone, url.split_once(']')) {
            (Some(zone), Some((address, rest))) => format!("{address}{zone}]{rest}"),
            _ => url.to_owned(),
        }
    }
}

/// The URL to connect to, without anything secret: no userinfo, and token-like query values replaced.
impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.with_zone(&redact::url(&self.url())))
    }
}

/// A URL that was copied with what stood around it.
fn without_quotes<'a>(text: &'a str, notes: &mut Vec<String>) -> &'a str {
    const PAIRS: [(char, char); 6] = [
        ('"', '"'),
        ('\'', '\''),
        ('`', '`'),
        ('<', '>'),
        ('\u{201c}', '\u{201d}'),
        ('\u{2018}', '\u{2019}'),
    ];
    let inside = |(open, close)| text.strip_prefix(open)?.strip_suffix(close);
    match PAIRS.into_iter().find_map(inside) {
        Some(inner) => {
            notes.push("the quotes around the URL are left out".to_owned());
            inner.trim()
        }
        None => text,
    }
}

/// `:8080/path` is a port of this machine; of `8080` alone that is likely, but as a host it is the address 0.0.31.144.
fn complete_port<'a>(
    scheme: Option<&str>,
    rest: &'a str,
    notes: &mut Vec<String>,
) -> Result<Cow<'a, str>, Error> {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    match host.strip_prefix(':') {
        Some(port) if is_number(port) => {
            notes.push("no host in the URL: localhost is assumed".to_owned());
            Ok(format!("localhost{rest}").into())
        }
        None if scheme.is_none() && is_number(host) => usage(format!(
            "{host} is a port without a host: did you mean localhost:{rest}"
        )),
        _ => Ok(rest.into()),
    }
}

fn reject_control_characters(text: &str) -> Result<(), Error> {
    match text.chars().position(char::is_control) {
        Some(at) => usage(format!(
            "the URL has a control character at column {}",
            at + 1
        )),
        None => Ok(()),
    }
}

fn unix_scheme(text: &str) -> Option<(Scheme, &str)> {
    let (scheme, rest) = text.split_once(':')?;
    let scheme = match scheme.to_ascii_lowercase().as_str() {
        "ws+unix" => Scheme::Ws,
        "wss+unix" => Scheme::Wss,
        _ => return None,
    };
    Some((scheme, rest))
}

/// `ws+unix:/path/of/the/socket:/path?query`, the form of npm's `ws`; its `//` after the first colon is optional.
fn parse_unix(scheme: Scheme, rest: &str) -> Result<Target, Error> {
    let rest = rest.strip_prefix("//").unwrap_or(rest);
    let (socket, resource) = rest.split_once(':').unwrap_or((rest, "/"));
    if socket.is_empty() {
        return usage("the URL has no socket: write ws+unix:/path/of/socket:/path");
    }
    Ok(Target {
        scheme,
        host: Host::Domain("localhost".to_owned()),
        zone: None,
        port: scheme.default_port(),
        resource: encode_resource(resource),
        userinfo: None,
        unix_socket: Some(socket.into()),
    })
}

fn split_scheme(text: &str) -> Result<(Option<&str>, &str), Error> {
    if let Some((scheme, rest)) = text.split_once("://")
        && !scheme.contains(['/', '?', '#', '@', '['])
    {
        return Ok((Some(scheme), rest));
    }
    match text.split_once(':') {
        Some((scheme, rest)) if nearest(scheme).is_some_and(|(_, distance)| distance == 0) => {
            usage(format!(
                "the URL's scheme must be followed by \"://\": did you mean {}://{}",
                scheme.to_ascii_lowercase(),
                rest.trim_start_matches('/'),
            ))
        }
        _ => Ok((None, text)),
    }
}

fn map_scheme(written: &str, notes: &mut Vec<String>) -> Result<Scheme, Error> {
    let (scheme, said) = match written.to_ascii_lowercase().as_str() {
        "ws" => return Ok(Scheme::Ws),
        "wss" => return Ok(Scheme::Wss),
        "http" => (Scheme::Ws, "http:// is taken as ws://"),
        "https" => (Scheme::Wss, "https:// is taken as wss://"),
        _ => return usage(unknown_scheme(written)),
    };
    notes.push(said.to_owned());
    Ok(scheme)
}

const SCHEMES: [&str; 4] = ["ws", "wss", "http", "https"];

fn unknown_scheme(written: &str) -> String {
    match nearest(written) {
        Some((scheme, distance)) if distance <= 2 && distance + 1 < written.len() => {
            format!("unknown scheme {written:?} in the URL: did you mean {scheme}://")
        }
        _ => format!("unknown scheme {written:?} in the URL: use ws:// or wss://"),
    }
}

fn nearest(written: &str) -> Option<(&'static str, usize)> {
    let written = written.to_ascii_lowercase();
    SCHEMES
        .iter()
        .map(|scheme| (*scheme, distance(&written, scheme)))
        .min_by_key(|(_, distance)| *distance)
}

/// Levenshtein's distance, in bytes.
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.bytes().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, y) in b.bytes().enumerate() {
            let substituted = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

fn assume_scheme(host: &Host, host_port: &str, notes: &mut Vec<String>) -> Scheme {
    let (scheme, why) = if address::is_local(host) {
        (Scheme::Ws, "a local host")
    } else {
        (Scheme::Wss, "not a local host")
    };
    notes.push(format!(
        "no scheme in the URL: {}:// is assumed, for {host_port} is {why}",
        scheme.name()
    ));
    scheme
}

fn strip_fragment<'a>(rest: &'a str, notes: &mut Vec<String>) -> &'a str {
    let Some((before, fragment)) = rest.split_once('#') else {
        return rest;
    };
    notes.push(format!(
        "the fragment #{} of the URL is not sent: a WebSocket URL has none",
        if fragment.is_empty() { "" } else { "..." }
    ));
    before
}

/// Percent-encodes what a request line cannot carry, and nothing else: dot segments and case stay as written.
fn encode_resource(resource: &str) -> String {
    let resource: Cow<'_, str> = if resource.starts_with('/') {
        resource.into()
    } else {
        format!("/{resource}").into()
    };
    let mut encoded = String::with_capacity(resource.len());
    for byte in resource.bytes() {
        if byte.is_ascii_graphic() {
            encoded.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(url: &str) -> Target {
        Target::parse(url).unwrap().0
    }

    #[test]
    fn accepts_what_users_type() {
        for (url, expected) in ACCEPTED {
            assert_eq!(parsed(url).url(), *expected, "{url}");
        }
    }

    #[test]
    fn rejects_with_the_place_named() {
        for (url, expected) in REJECTED {
            let message = Target::parse(url).unwrap_err().to_string();
            assert!(message.contains(expected), "{url}: {message}");
        }
    }

    #[test]
    fn notes_say_what_was_assumed() {
        for (url, expected) in NOTED {
            let notes = Target::parse(url).unwrap().1;
            assert!(
                notes.iter().any(|note| note.contains(expected)),
                "{url}: {notes:?}"
            );
        }
        assert!(Target::parse("ws://h/").unwrap().1.is_empty());
    }

    #[test]
    fn decodes_the_userinfo_and_never_shows_it() {
        let target = parsed("ws://us%40er:p%3Aw@h/");
        let userinfo = target.userinfo.clone().unwrap();
        assert_eq!(
            (userinfo.user.as_str(), userinfo.password.as_str()),
            ("us@er", "p:w")
        );
        assert_eq!(target.to_string(), "ws://h/");
        assert!(!format!("{target:?}").contains("p:w"));
    }

    #[test]
    fn a_zone_is_shown_where_the_url_may_be_typed_again() {
        for url in ["ws://[fe80::1%25eth0]:8080/x", "ws://[fe80::1%eth0]:8080/x"] {
            assert_eq!(parsed(url).to_string(), "ws://[fe80::1%25eth0]:8080/x");
        }
    }

    #[test]
    fn a_unix_socket_is_named_before_the_path() {
        for (url, socket, resource) in UNIX {
            let target = parsed(url);
            assert_eq!(
                target.unix_socket.as_deref(),
                Some(std::path::Path::new(socket)),
                "{url}"
            );
            assert_eq!(
                (target.resource.as_str(), target.authority().as_str()),
                (*resource, "localhost"),
                "{url}"
            );
        }
    }

    const UNIX: &[(&str, &str, &str)] = &[
        ("ws+unix:/run/a.sock:/ws?x=1", "/run/a.sock", "/ws?x=1"),
        ("ws+unix:///run/a.sock", "/run/a.sock", "/"),
        ("WS+UNIX:a.sock:/#x", "a.sock", "/"),
    ];

    const ACCEPTED: &[(&str, &str)] = &[
        ("ws://example.com", "ws://example.com/"),
        ("WSS://Example.COM:443/A/../b", "wss://example.com/A/../b"),
        ("https://h:8443?x=1", "wss://h:8443/?x=1"),
        ("localhost:9001/ws", "ws://localhost:9001/ws"),
        ("example.com", "wss://example.com/"),
        ("ws://[::1]:8080/", "ws://[::1]:8080/"),
        ("ws://[FE80::1%25eth0]:8080/x", "ws://[fe80::1]:8080/x"),
        ("ws://[fe80::1%eth0]", "ws://[fe80::1]/"),
        ("ws://h/a b#frag", "ws://h/a%20b"),
        ("ws://h/\u{e9}?a=%20", "ws://h/%C3%A9?a=%20"),
        ("ws://b\u{fc}cher.example/", "ws://xn--bcher-kva.example/"),
        ("h/x?to=http://other/", "ws://h/x?to=http://other/"),
        (" ws://h/x\n", "ws://h/x"),
        ("\"ws://h/x\"", "ws://h/x"),
        ("<ws://h/x>", "ws://h/x"),
        (":8080/x", "ws://localhost:8080/x"),
        ("wss://:8443", "wss://localhost:8443/"),
    ];

    const REJECTED: &[(&str, &str)] = &[
        ("wsss://h", "did you mean wss://"),
        ("htttp://h", "did you mean http://"),
        ("gopher://h", "use ws:// or wss://"),
        ("ftp://h", "use ws:// or wss://"),
        ("8080/x", "did you mean localhost:8080/x"),
        ("/x", "no host"),
        ("ws:h", "did you mean ws://h"),
        ("ws://", "no host"),
        ("ws+unix:", "no socket"),
        ("ws://h:0", "port \"0\""),
        ("ws://h:65536", "port \"65536\""),
        ("ws://h:+80", "port \"+80\""),
        ("ws://::1/", "in brackets"),
        ("ws://[::1", "not closed"),
        ("ws://[::1]x", "not a port"),
        ("ws://[h%25eth0]/", "invalid IPv6 address"),
        ("ws://h%25eth0/", "host \"h%25eth0\""),
        ("ws://a b/", "host \"a b\""),
        ("ws://h/\r\nX: y", "control character at column 8"),
        ("ws://a:%0a@h/", "password"),
    ];

    const NOTED: &[(&str, &str)] = &[
        ("http://h", "taken as ws://"),
        ("h", "ws:// is assumed"),
        (
            "example.com:8443",
            "wss:// is assumed, for example.com:8443",
        ),
        ("ws://h/#x", "fragment"),
        ("'ws://h/'", "quotes"),
        (":80", "localhost is assumed"),
    ];
}
