//! The authority of a URL: `[user[:password]@]host[:port]`, RFC 3986 §3.2.

use std::fmt;

use url::Host;

use crate::{error::Error, net::zone::Zone};

/// Its parts.
pub(super) struct Authority {
    pub(super) userinfo: Option<Userinfo>,
    pub(super) host: Host,
    pub(super) zone: Option<Zone>,
    pub(super) port: Option<u16>,
}

impl Authority {
    /// Reads the parts.
    ///
    /// # Errors
    /// A usage error that names the place in the URL.
    pub(super) fn parse(authority: &str) -> Result<Self, Error> {
        let userinfo = parse_userinfo(authority)?;
        let (host, port) = split_port(without_userinfo(authority))?;
        let (host, zone) = Zone::take_off(host);
        Ok(Self {
            userinfo,
            host: parse_host(&host)?,
            zone,
            port,
        })
    }
}

/// User name and password of a URL, percent-decoded.
#[derive(Clone, PartialEq, Eq)]
pub struct Userinfo {
    /// Before the colon.
    pub user: String,
    /// After the colon; empty where there was none.
    pub password: String,
}

impl Userinfo {
    /// As it stands before the `@` of a URL.
    pub(crate) fn encoded(&self) -> String {
        format!("{}:{}", encoded(&self.user), encoded(&self.password))
    }

    /// The value of `Authorization` or `Proxy-Authorization`, RFC 7617.
    #[must_use]
    pub fn basic(&self) -> String {
        let credentials = format!("{}:{}", self.user, self.password);
        format!(
            "Basic {}",
            data_encoding::BASE64.encode(credentials.as_bytes())
        )
    }
}

impl fmt::Debug for Userinfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Userinfo(redacted)")
    }
}

/// The host and the port.
fn encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
            byte if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
            byte => format!("%{byte:02X}"),
        })
        .collect()
}

pub(super) fn without_userinfo(authority: &str) -> &str {
    authority
        .rsplit_once('@')
        .map_or(authority, |(_, host_port)| host_port)
}

fn parse_userinfo(authority: &str) -> Result<Option<Userinfo>, Error> {
    let Some((userinfo, _)) = authority.rsplit_once('@') else {
        return Ok(None);
    };
    let (user, password) = userinfo.split_once(':').unwrap_or((userinfo, ""));
    Ok(Some(Userinfo {
        user: percent_decode(user)?,
        password: percent_decode(password)?,
    }))
}

fn percent_decode(text: &str) -> Result<String, Error> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let escaped = (*first == b'%')
            .then(|| tail.get(..2))
            .flatten()
            .and_then(|hex| data_encoding::HEXLOWER_PERMISSIVE.decode(hex).ok());
        bytes.push(escaped.as_ref().map_or(*first, |byte| byte[0]));
        rest = if escaped.is_some() { &tail[2..] } else { tail };
    }
    match String::from_utf8(bytes) {
        Ok(text) if !text.chars().any(char::is_control) => Ok(text),
        _ => usage("the user name or password in the URL is not plain text once percent-decoded"),
    }
}

fn split_port(host_port: &str) -> Result<(&str, Option<u16>), Error> {
    let (host, port) = if host_port.starts_with('[') {
        let Some(end) = host_port.find(']') else {
            return usage(format!(
                "the bracket of the IPv6 address {host_port:?} in the URL is not closed"
            ));
        };
        let (host, after) = host_port.split_at(end + 1);
        match after.strip_prefix(':') {
            Some(port) => (host, port),
            None if after.is_empty() => (host, ""),
            None => {
                return usage(format!(
                    "{after:?} after the IPv6 address in the URL is not a port"
                ));
            }
        }
    } else {
        host_port.split_once(':').unwrap_or((host_port, ""))
    };
    if port.contains(':') {
        return usage(format!(
            "the host {host_port:?} in the URL has several colons: an IPv6 address is written in brackets, [::1]"
        ));
    }
    Ok((host, parse_port(port)?))
}

fn parse_port(port: &str) -> Result<Option<u16>, Error> {
    if port.is_empty() {
        return Ok(None);
    }
    let digits = port.bytes().all(|byte| byte.is_ascii_digit());
    match port.parse() {
        Ok(number) if digits && number > 0 => Ok(Some(number)),
        _ => usage(format!(
            "the port {port:?} in the URL is not a number from 1 to 65535"
        )),
    }
}

fn parse_host(host: &str) -> Result<Host, Error> {
    if host.is_empty() {
        return usage("the URL has no host");
    }
    Host::parse(host).or_else(|error| {
        usage(format!(
            "the host {host:?} in the URL is not valid: {error}"
        ))
    })
}

/// An error of the command line.
pub(super) fn usage<T>(message: impl Into<String>) -> Result<T, Error> {
    Err(Error::Usage(message.into()))
}
