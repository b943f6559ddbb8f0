//! Tunnels through proxies: HTTP CONNECT, over TCP or TLS, and SOCKS.
//!
//! A tunnel is asked for with `ws://` too, as browsers do: a proxy that is sent the upgrade itself strips it.

pub mod choose;
mod connect;

use std::{fmt, io};

use url::Host;

pub use choose::{Choice, Exceptions};
pub(crate) use connect::offers_basic;

use crate::net::{
    self, Deadline, Error, Options, Stage, Stream, Target, Timeline,
    authority::{Authority, Userinfo},
    http::{Body, Fault, Head},
    resolve, socks,
    timeline::{Detail, Role, Tunnel},
    tls,
    zone::Zone,
};

/// How a proxy is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// CONNECT over TCP.
    Http,
    /// CONNECT over TLS.
    Https,
    /// SOCKS.
    Socks(socks::Version),
}

impl Protocol {
    /// The scheme of the proxy's URL.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
            Self::Socks(socks::Version::V4) => "socks4",
            Self::Socks(socks::Version::V4a) => "socks4a",
            Self::Socks(socks::Version::V5) => "socks5",
            Self::Socks(socks::Version::V5h) => "socks5h",
        }
    }

    fn parse(scheme: &str) -> Option<Self> {
        use socks::Version::{V4, V4a, V5, V5h};
        const ALL: [Protocol; 6] = [
            Protocol::Http,
            Protocol::Https,
            Protocol::Socks(V4),
            Protocol::Socks(V4a),
            Protocol::Socks(V5),
            Protocol::Socks(V5h),
        ];
        match scheme.to_ascii_lowercase().as_str() {
            "socks" => Some(Self::Socks(V5)),
            scheme => ALL.into_iter().find(|protocol| protocol.name() == scheme),
        }
    }

    /// curl's defaults: 1080 for all but HTTPS.
    fn default_port(self) -> u16 {
        match self {
            Self::Https => 443,
            _ => 1080,
        }
    }
}

/// A proxy, and how to speak to it.
#[derive(Clone)]
pub struct Proxy {
    /// The protocol.
    pub protocol: Protocol,
    /// Its name or address.
    pub host: Host,
    /// The link that a link-local address is meant on.
    pub zone: Option<Zone>,
    /// Its port.
    pub port: u16,
    /// The user name and password for it.
    pub credentials: Option<Userinfo>,
    /// Header fields for CONNECT alone.
    pub headers: Vec<(String, String)>,
    /// How TLS is spoken with an HTTPS proxy.
    pub tls: tls::Options,
}

impl Proxy {
    /// Parses `[protocol://][user:password@]host[:port]`; `http` is the default protocol.
    ///
    /// # Errors
    /// A sentence about what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (scheme, rest) = text.split_once("://").unwrap_or(("http", text));
        let protocol = Protocol::parse(scheme).ok_or_else(|| {
            format!("the proxy protocol {scheme:?} is not one of http, https, socks4, socks4a, socks5, socks5h")
        })?;
        let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
        let authority = Authority::parse(authority).map_err(|error| error.to_string())?;
        Ok(Self {
            protocol,
            host: authority.host,
            zone: authority.zone,
            port: authority.port.unwrap_or_else(|| protocol.default_port()),
            credentials: authority.userinfo,
            headers: Vec::new(),
            tls: tls::Options::default(),
        })
    }
}

/// Shows no header field, for any may be secret.
impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Proxy({self})")
    }
}

/// Its URL, without user name and password.
impl fmt::Display for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}:{}", self.protocol.name(), self.host, self.port)
    }
}

/// Why there is no tunnel. `Display` gives a predicate, for "the proxy …".
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The proxy itself was not reached: name, TCP or TLS.
    #[error("could not be used: {0}")]
    Unreachable(Box<Error>),
    /// It answered CONNECT with something other than 2xx.
    #[error("refused the tunnel to {destination}: {}", refusal(.answer))]
    Refused {
        /// What the tunnel should have led to.
        destination: String,
        /// Its answer.
        answer: Box<(Head, Body)>,
    },
    /// It wants credentials that it did not get.
    #[error("wants authentication (407): {}", authentication(.offered, *.sent))]
    Authentication {
        /// The challenges, as they came.
        offered: Vec<String>,
        /// Whether credentials were sent.
        sent: Credentials,
        /// Its answer.
        answer: Box<(Head, Body)>,
    },
    /// Its answer is not a response head.
    #[error("{0}")]
    Answer(Fault),
    /// The SOCKS negotiation failed.
    #[error("{0}")]
    Socks(socks::Failure),
}

/// What became of the user name and password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Credentials {
    /// None were given.
    None,
    /// They were given, and not sent, for Basic was not offered.
    Unsent,
    /// They were sent and not accepted.
    Rejected,
}

/// The status, and the header field in which Squid names the cause.
fn refusal((head, _): &(Head, Body)) -> String {
    let status = head.status_and_reason();
    match head.value("X-Squid-Error") {
        Some(cause) => format!("{status} ({})", squid_error(&cause)),
        None => status,
    }
}

/// `ERR_CONNECT_FAIL 111` carries the errno that Squid met.
fn squid_error(cause: &str) -> String {
    match cause
        .rsplit_once(' ')
        .and_then(|(name, number)| Some((name, number.parse().ok()?)))
    {
        Some((name, 0)) => name.to_owned(),
        Some((name, number)) => format!("{name}, {}", io::Error::from_raw_os_error(number)),
        None => cause.to_owned(),
    }
}

fn authentication(offered: &[String], sent: Credentials) -> String {
    let schemes = if offered.is_empty() {
        "no scheme".to_owned()
    } else {
        let schemes: Vec<_> = offered
            .iter()
            .map(|challenge| challenge_in_words(challenge))
            .collect();
        schemes.join(", ")
    };
    match sent {
        Credentials::None if offers_basic(offered) => {
            format!("it offers {schemes}; give a user name and password with -U USER:PASSWORD")
        }
        Credentials::Rejected => {
            format!("it offers {schemes}; the user name and password were not accepted")
        }
        Credentials::None | Credentials::Unsent => format!(
            "it offers {schemes}, and only Basic is spoken here; a local helper such as cntlm or px can speak the rest"
        ),
    }
}

/// The message that follows these schemes' names is for machines.
fn challenge_in_words(challenge: &str) -> &str {
    match challenge.split_once(' ') {
        Some((scheme @ ("NTLM" | "Negotiate"), _)) => scheme,
        _ => challenge,
    }
}

/// Connects to the proxy and through it to the target.
///
/// # Errors
/// [`Error::Proxy`] for whatever the proxy did, [`Error::Timeout`] when the deadline passed.
pub(super) fn connect(
    proxy: &Proxy,
    target: &Target,
    options: &Options,
    deadline: Deadline,
    timeline: &mut Timeline,
) -> Result<Stream, Error> {
    let (host, port) = options.destination(target);
    match proxy.protocol {
        Protocol::Http | Protocol::Https => {
            let destination = format!("{host}:{port}");
            connect::tunnel(
                proxy,
                &destination,
                |timeline| reach(proxy, options, deadline, timeline),
                deadline,
                timeline,
            )
        }
        Protocol::Socks(version) => {
            let destination = socks_destination(version, &host, port, options, deadline, timeline)?;
            let stream = reach(proxy, options, deadline, timeline)?;
            through_socks(proxy, version, &destination, stream, deadline, timeline)
        }
    }
}

/// Connects to the proxy itself; what fails there is the proxy's failure.
fn reach(
    proxy: &Proxy,
    options: &Options,
    deadline: Deadline,
    timeline: &mut Timeline,
) -> Result<Stream, Error> {
    let reached = net::reach(
        &proxy.host,
        proxy.zone.as_ref(),
        proxy.port,
        Role::Proxy,
        options,
        deadline,
        timeline,
    );
    let secured = reached.and_then(|stream| match proxy.protocol {
        Protocol::Https => tls::connect(
            stream,
            &proxy.host,
            Role::Proxy,
            &proxy.tls,
            deadline,
            timeline,
        ),
        _ => Ok(stream),
    });
    secured.map_err(|error| match error {
        Error::Timeout { .. } => error,
        error => failed(proxy, Failure::Unreachable(Box::new(error))),
    })
}

fn failed(proxy: &Proxy, source: Failure) -> Error {
    Error::Proxy {
        proxy: proxy.to_string(),
        source: Box::new(source),
    }
}

/// A failure, or the timeout that it stands for.
fn failed_or_late(proxy: &Proxy, source: Failure, deadline: Deadline) -> Error {
    let late = match &source {
        Failure::Answer(Fault::Io { source, .. }) | Failure::Socks(socks::Failure::Io(source)) => {
            source.kind() == io::ErrorKind::TimedOut
        }
        _ => false,
    };
    if late {
        return Error::Timeout {
            stage: Stage::Proxy,
            what: format!("the tunnel through {proxy}"),
            after: deadline.limit(),
        };
    }
    failed(proxy, source)
}

/// The name itself, or the first address that the version can carry.
fn socks_destination(
    version: socks::Version,
    host: &Host,
    port: u16,
    options: &Options,
    deadline: Deadline,
    timeline: &mut Timeline,
) -> Result<socks::Destination, Error> {
    if !version.resolves_here() {
        return Ok(socks::Destination {
            host: host.clone(),
            port,
        });
    }
    let family = match version {
        socks::Version::V4 => net::Family::V4,
        _ => options.family,
    };
    let query = resolve::Query {
        host,
        zone: None,
        port,
        role: Role::Server,
        family,
        rules: &options.resolve,
    };
    let addresses = resolve::resolve(&query, deadline, timeline)?;
    // A resolution that succeeds has at least one address.
    let first = addresses.first().map(|address| (address.ip(), port).into());
    Ok(first.unwrap_or_else(|| socks::Destination {
        host: host.clone(),
        port,
    }))
}

fn through_socks(
    proxy: &Proxy,
    version: socks::Version,
    destination: &socks::Destination,
    mut stream: Stream,
    deadline: Deadline,
    timeline: &mut Timeline,
) -> Result<Stream, Error> {
    let step = Timeline::begin(Stage::Proxy);
    let mut transcript = socks::Transcript::default();
    let negotiated = socks::negotiate(
        &mut stream,
        version,
        destination,
        proxy.credentials.as_ref(),
        &mut transcript,
    )
    .map_err(|failure| failed_or_late(proxy, Failure::Socks(failure), deadline));
    let tunnel = Tunnel {
        proxy: proxy.to_string(),
        destination: destination.to_string(),
        request: transcript.sent,
        response: transcript.received,
        ..Tunnel::default()
    };
    timeline.end_with(step, Detail::Proxy(Box::new(tunnel)), &negotiated);
    negotiated.map(|()| stream)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn proxies_are_parsed_as_curl_parses_them() {
        for (text, expected) in PARSED {
            assert_eq!(Proxy::parse(text).unwrap().to_string(), *expected, "{text}");
        }
    }

    #[test]
    fn wrong_proxies_say_what_is_wrong() {
        for (text, expected) in WRONG {
            let error = Proxy::parse(text).unwrap_err();
            assert!(error.contains(expected), "{text}: {error}");
        }
    }

    #[test]
    fn credentials_are_taken_and_never_shown() {
        let proxy = Proxy::parse("http://us%40er:pa%3Ass@p:3128").unwrap();
        assert_eq!(proxy.credentials.as_ref().unwrap().password, "pa:ss");
        assert!(!format!("{proxy} {proxy:?}").contains("pa"));
    }

    #[test]
    fn squids_errno_is_put_into_words() {
        assert!(squid_error("ERR_CONNECT_FAIL 111").contains("refused"));
        assert_eq!(squid_error("ERR_ACCESS_DENIED 0"), "ERR_ACCESS_DENIED");
        assert_eq!(squid_error("odd"), "odd");
    }

    const PARSED: &[(&str, &str)] = &[
        ("p", "http://p:1080"),
        ("p:3128", "http://p:3128"),
        ("http://p:3128/", "http://p:3128"),
        ("https://p", "https://p:443"),
        ("socks://p", "socks5://p:1080"),
        ("SOCKS5H://[::1]:9050", "socks5h://[::1]:9050"),
        ("socks4a://127.0.0.1", "socks4a://127.0.0.1:1080"),
    ];

    const WRONG: &[(&str, &str)] = &[
        ("ftp://p", "\"ftp\" is not one of http"),
        ("http://", "no host"),
        ("p:0", "port \"0\""),
        ("p:x", "port \"x\""),
    ];
}
