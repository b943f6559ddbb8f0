//! SOCKS 4, 4a (the de facto protocols) and 5 (RFC 1928, with RFC 1929 passwords), the client's side of CONNECT.
//!
//! Reads exactly the bytes of each reply, so that nothing of the tunnel's own is taken.

use std::{
    fmt, io,
    net::{IpAddr, Ipv4Addr},
};

use url::Host;

use crate::{
    net::{authority::Userinfo, foreign::Foreign},
    output::counted,
};

/// The version of the protocol, and who resolves the name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    /// SOCKS 4: IPv4 addresses only, resolved here.
    V4,
    /// SOCKS 4a: the proxy resolves.
    V4a,
    /// SOCKS 5, resolved here.
    V5,
    /// SOCKS 5: the proxy resolves.
    V5h,
}

impl Version {
    /// True where a name has to be turned into an address before the proxy is asked.
    #[must_use]
    pub fn resolves_here(self) -> bool {
        matches!(self, Self::V4 | Self::V5)
    }
}

/// What the tunnel is to lead to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Destination {
    /// A name or an address.
    pub host: Host,
    /// The port.
    pub port: u16,
}

/// The bytes of a negotiation; a password among those sent is overwritten with `*`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Transcript {
    /// What was sent.
    pub sent: Vec<u8>,
    /// What came back.
    pub received: Vec<u8>,
}

/// Why there is no tunnel. `Display` gives a predicate, for "the proxy …".
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The first byte is not this version's.
    #[error("does not speak SOCKS{}", spoken(.foreign.as_ref()))]
    NotSocks {
        /// What it speaks, where that was recognised.
        foreign: Option<Foreign>,
    },
    /// RFC 1928 §3: method 0xff.
    #[error("{}", no_method(*.password_offered))]
    NoMethod {
        /// A user name and password were there to be given.
        password_offered: bool,
    },
    /// A method that was not offered.
    #[error("chose the authentication method {0:#04x}, which was not offered")]
    UnknownMethod(u8),
    /// RFC 1929 §2: a status other than 0.
    #[error("did not accept the user name and password (status {0:#04x})")]
    Password(u8),
    /// RFC 1928 §6: a reply other than 0.
    #[error("refused the tunnel to {destination}: reply {code:#04x}, {}", reply_5(*.code))]
    Refused5 {
        /// What the tunnel should have led to.
        destination: String,
        /// The reply.
        code: u8,
    },
    /// SOCKS 4: a reply other than 90.
    #[error("refused the tunnel to {destination}: reply {code}, {}", reply_4(*.code))]
    Refused4 {
        /// What the tunnel should have led to.
        destination: String,
        /// The reply.
        code: u8,
    },
    /// The reply is not one that the protocol has.
    #[error("sent a reply with the address type {0:#04x}, which SOCKS 5 does not have")]
    AddressType(u8),
    /// SOCKS 4 carries IPv4 only.
    #[error("cannot be asked for {0}: SOCKS 4 carries IPv4 addresses only; use socks5://")]
    NotIpv4(String),
    /// A length field has one byte.
    #[error("cannot be given a {0} longer than 255 bytes")]
    TooLong(&'static str),
    /// The connection was closed.
    #[error("closed the connection {}", after(*.received))]
    Closed {
        /// How many bytes had come.
        received: usize,
    },
    /// The connection failed.
    #[error("stopped answering: {0}")]
    Io(io::Error),
}

/// RFC 1928 §6, in words.
#[must_use]
pub fn reply_5(code: u8) -> &'static str {
    match code {
        1 => "general failure (often a name that the proxy cannot resolve)",
        2 => "not allowed by the proxy's rules",
        3 => "network unreachable from the proxy",
        4 => "host unreachable from the proxy, or its name unknown there",
        5 => "connection refused by the destination",
        6 => "TTL expired",
        7 => "command not supported",
        8 => "address type not supported",
        _ => "a code that RFC 1928 does not have",
    }
}

/// The replies of SOCKS 4, in words.
#[must_use]
pub fn reply_4(code: u8) -> &'static str {
    match code {
        91 => "rejected or failed",
        92 => "the proxy cannot reach an identd here",
        93 => "identd names another user",
        _ => "a code that SOCKS 4 does not have",
    }
}

fn spoken(foreign: Option<&Foreign>) -> String {
    foreign.map_or_else(String::new, |foreign| format!(": it speaks {foreign}"))
}

fn no_method(password_offered: bool) -> &'static str {
    if password_offered {
        "accepts neither an anonymous client nor a password (no acceptable method, 0xff)"
    } else {
        "wants authentication (no acceptable method, 0xff); give a user name and password with -U"
    }
}

fn after(received: usize) -> String {
    match received {
        0 => "without an answer; does it speak SOCKS?".to_owned(),
        _ => format!(
            "in the middle of the negotiation, after {}",
            counted(received, "byte")
        ),
    }
}

/// Negotiates a tunnel to `destination` over `stream`.
///
/// # Errors
/// What the proxy refused, or what it sent instead of a reply.
pub fn negotiate(
    stream: impl io::Read + io::Write,
    version: Version,
    destination: &Destination,
    credentials: Option<&Userinfo>,
    transcript: &mut Transcript,
) -> Result<(), Failure> {
    let mut exchange = Exchange { stream, transcript };
    match version {
        Version::V4 | Version::V4a => exchange.version_4(destination, credentials),
        Version::V5 | Version::V5h => exchange.version_5(destination, credentials),
    }
}

struct Exchange<'a, S> {
    stream: S,
    transcript: &'a mut Transcript,
}

impl<S: io::Read + io::Write> Exchange<'_, S> {
    fn version_5(
        &mut self,
        destination: &Destination,
        credentials: Option<&Userinfo>,
    ) -> Result<(), Failure> {
        const ANONYMOUS: u8 = 0;
        const PASSWORD: u8 = 2;
        const NONE: u8 = 0xff;
        let greeting: &[u8] = if credentials.is_some() {
            &[5, 2, ANONYMOUS, PASSWORD]
        } else {
            &[5, 1, ANONYMOUS]
        };
        self.send(greeting)?;
        let [version, method] = self.receive()?;
        self.expect_version(version, 5)?;
        match (method, credentials) {
            (ANONYMOUS, _) => {}
            (PASSWORD, Some(credentials)) => self.password(credentials)?,
            (NONE, _) => {
                return Err(Failure::NoMethod {
                    password_offered: credentials.is_some(),
                });
            }
            _ => return Err(Failure::UnknownMethod(method)),
        }
        self.send(&request_5(destination)?)?;
        self.reply_5(destination)
    }

    /// RFC 1929. The transcript gets stars for the password.
    fn password(&mut self, credentials: &Userinfo) -> Result<(), Failure> {
        let mut request = vec![1];
        push_short(&mut request, credentials.user.as_bytes(), "user name")?;
        push_short(&mut request, credentials.password.as_bytes(), "password")?;
        self.stream.write_all(&request).map_err(Failure::Io)?;
        let shown = request.len() - credentials.password.len();
        self.transcript.sent.extend_from_slice(&request[..shown]);
        self.transcript
            .sent
            .extend(credentials.password.bytes().map(|_| b'*'));
        match self.receive()? {
            [_, 0] => Ok(()),
            [_, status] => Err(Failure::Password(status)),
        }
    }

    fn reply_5(&mut self, destination: &Destination) -> Result<(), Failure> {
        let [version, code, _reserved, address_type] = self.receive()?;
        self.expect_version(version, 5)?;
        if code != 0 {
            return Err(Failure::Refused5 {
                destination: destination.to_string(),
                code,
            });
        }
        let address = match address_type {
            1 => 4,
            4 => 16,
            3 => {
                let [length] = self.receive()?;
                usize::from(length)
            }
            other => return Err(Failure::AddressType(other)),
        };
        for _ in 0..address + 2 {
            let [_] = self.receive()?;
        }
        Ok(())
    }

    fn version_4(
        &mut self,
        destination: &Destination,
        credentials: Option<&Userinfo>,
    ) -> Result<(), Failure> {
        self.send(&request_4(destination, credentials)?)?;
        let [version, code, ..]: [u8; 8] = self.receive()?;
        self.expect_version(version, 0)?;
        match code {
            90 => Ok(()),
            code => Err(Failure::Refused4 {
                destination: destination.to_string(),
                code,
            }),
        }
    }

    fn expect_version(&self, received: u8, expected: u8) -> Result<(), Failure> {
        if received == expected {
            return Ok(());
        }
        Err(Failure::NotSocks {
            foreign: Foreign::recognise(&self.transcript.received)
                .or_else(|| (received == b'H').then_some(Foreign::Http)),
        })
    }

    fn send(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        self.transcript.sent.extend_from_slice(bytes);
        self.stream.write_all(bytes).map_err(Failure::Io)
    }

    fn receive<const N: usize>(&mut self) -> Result<[u8; N], Failure> {
        let mut bytes = [0; N];
        let mut filled = 0;
        while filled < N {
            match self.stream.read(&mut bytes[filled..]) {
                Ok(0) => {
                    return Err(Failure::Closed {
                        received: self.transcript.received.len(),
                    });
                }
                Ok(received) => {
                    self.transcript
                        .received
                        .extend_from_slice(&bytes[filled..filled + received]);
                    filled += received;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(Failure::Io(error)),
            }
        }
        Ok(bytes)
    }
}

fn request_5(destination: &Destination) -> Result<Vec<u8>, Failure> {
    let mut request = vec![5, 1, 0];
    match &destination.host {
        Host::Ipv4(v4) => {
            request.push(1);
            request.extend(v4.octets());
        }
        Host::Ipv6(v6) => {
            request.push(4);
            request.extend(v6.octets());
        }
        Host::Domain(name) => {
            request.push(3);
            push_short(&mut request, name.as_bytes(), "host name")?;
        }
    }
    request.extend(destination.port.to_be_bytes());
    Ok(request)
}

/// A name goes behind the user name, announced by the impossible address 0.0.0.1.
fn request_4(
    destination: &Destination,
    credentials: Option<&Userinfo>,
) -> Result<Vec<u8>, Failure> {
    const NAME_FOLLOWS: Ipv4Addr = Ipv4Addr::new(0, 0, 0, 1);
    let (address, name) = match &destination.host {
        Host::Ipv4(v4) => (*v4, None),
        Host::Domain(name) => (NAME_FOLLOWS, Some(name)),
        Host::Ipv6(_) => return Err(Failure::NotIpv4(destination.to_string())),
    };
    let mut request = vec![4, 1];
    request.extend(destination.port.to_be_bytes());
    request.extend(address.octets());
    let user = credentials.map_or("", |credentials| credentials.user.as_str());
    request.extend(user.bytes().filter(|byte| *byte != 0));
    request.push(0);
    if let Some(name) = name {
        request.extend(name.bytes());
        request.push(0);
    }
    Ok(request)
}

fn push_short(request: &mut Vec<u8>, bytes: &[u8], what: &'static str) -> Result<(), Failure> {
    request.push(u8::try_from(bytes.len()).map_err(|_| Failure::TooLong(what))?);
    request.extend_from_slice(bytes);
    Ok(())
}

impl From<(IpAddr, u16)> for Destination {
    fn from((address, port): (IpAddr, u16)) -> Self {
        let host = match address {
            IpAddr::V4(v4) => Host::Ipv4(v4),
            IpAddr::V6(v6) => Host::Ipv6(v6),
        };
        Self { host, port }
    }
}

impl fmt::Display for Destination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Answers from a script and keeps what was sent.
    struct Proxy<'a> {
        answers: &'a [u8],
    }

    impl io::Read for Proxy<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.answers.read(buffer)
        }
    }

    impl io::Write for Proxy<'_> {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn destination(text: &str) -> Destination {
        let (host, port) = text.rsplit_once(':').unwrap();
        Destination {
            host: Host::parse(host).unwrap(),
            port: port.parse().unwrap(),
        }
    }

    fn run(
        version: Version,
        to: &str,
        password: Option<&str>,
        answers: &[u8],
    ) -> (Result<(), String>, Transcript, usize) {
        let mut transcript = Transcript::default();
        let mut proxy = Proxy { answers };
        let credentials = password.map(|password| Userinfo {
            user: "user".to_owned(),
            password: password.to_owned(),
        });
        let result = negotiate(
            &mut proxy,
            version,
            &destination(to),
            credentials.as_ref(),
            &mut transcript,
        );
        (
            result.map_err(|failure| failure.to_string()),
            transcript,
            proxy.answers.len(),
        )
    }

    #[test]
    fn a_tunnel_takes_only_the_replies_bytes() {
        for (version, to, answers, sent) in OPENED {
            let with_server_bytes = [answers, b"SERVER".as_slice()].concat();
            let (result, transcript, left) = run(*version, to, None, &with_server_bytes);
            assert_eq!(result, Ok(()), "{to}");
            assert_eq!(transcript.sent, *sent, "{to}");
            assert_eq!(left, 6, "{to}");
        }
    }

    #[test]
    fn refusals_are_put_into_words() {
        for (version, answers, expected) in REFUSED {
            let (result, ..) = run(*version, "nosuch.invalid:443", None, answers);
            let said = result.unwrap_err();
            assert!(said.contains(expected), "{answers:02x?}: {said}");
        }
    }

    #[test]
    fn a_password_is_sent_and_not_kept() {
        let (result, transcript, _) = run(
            Version::V5h,
            "h:1",
            Some("pass"),
            b"\x05\x02\x01\x00\x05\x00\x00\x01\0\0\0\0\0\0",
        );
        assert_eq!(result, Ok(()));
        assert!(
            transcript
                .sent
                .starts_with(b"\x05\x02\x00\x02\x01\x04user\x04****\x05\x01")
        );
        let (result, ..) = run(Version::V5h, "h:1", Some("no"), b"\x05\x02\x01\x02");
        assert_eq!(
            result.unwrap_err(),
            "did not accept the user name and password (status 0x02)"
        );
    }

    #[test]
    fn socks_4_cannot_carry_ipv6() {
        let (result, ..) = run(Version::V4, "[::1]:80", None, b"");
        assert!(result.unwrap_err().contains("IPv4 addresses only"));
    }

    #[test]
    fn any_answer_is_survived() {
        arbtest::arbtest(|u| {
            let version = *u.choose(&[Version::V4, Version::V4a, Version::V5, Version::V5h])?;
            let answers: Vec<u8> = u.arbitrary()?;
            let _ = run(
                version,
                "h:1",
                u.arbitrary::<bool>()?.then_some("p"),
                &answers,
            );
            Ok(())
        });
    }

    /// Version, destination, replies (captured from Dante and microsocks), the bytes that must have been sent.
    const OPENED: &[(Version, &str, &[u8], &[u8])] = &[
        (
            Version::V5,
            "127.0.0.1:9001",
            b"\x05\x00\x05\x00\x00\x01\x7f\x00\x00\x01\xb8\x2b",
            b"\x05\x01\x00\x05\x01\x00\x01\x7f\x00\x00\x01\x23\x29",
        ),
        (
            Version::V5h,
            "a.example:443",
            b"\x05\x00\x05\x00\x00\x03\x03abc\x01\xbb",
            b"\x05\x01\x00\x05\x01\x00\x03\x09a.example\x01\xbb",
        ),
        (
            Version::V5,
            "[2001:db8::1]:443",
            b"\x05\x00\x05\x00\x00\x04\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
            b"\x05\x01\x00\x05\x01\x00\x04\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01\x01\xbb",
        ),
        (
            Version::V4,
            "127.0.0.1:80",
            b"\x00\x5a\0\0\0\0\0\0",
            b"\x04\x01\x00\x50\x7f\x00\x00\x01\x00",
        ),
        (
            Version::V4a,
            "h:80",
            b"\x00\x5a\0\0\0\0\0\0",
            b"\x04\x01\x00\x50\x00\x00\x00\x01\x00h\x00",
        ),
    ];

    /// The replies in shared/failures/socks.txt, and what is not SOCKS at all.
    const REFUSED: &[(Version, &[u8], &str)] = &[
        (
            Version::V5h,
            b"\x05\xff",
            "give a user name and password with -U",
        ),
        (Version::V5h, b"\x05\x09", "0x09, which was not offered"),
        (
            Version::V5h,
            b"\x05\x00\x05\x01\x00\x01\0\0\0\0\0\0",
            "reply 0x01, general failure",
        ),
        (
            Version::V5h,
            b"\x05\x00\x05\x02\x00\x01\x7f\0\0\x01#+",
            "nosuch.invalid:443: reply 0x02, not allowed",
        ),
        (
            Version::V5h,
            b"\x05\x00\x05\x03\x00\x01\x7f\0\0\x01\x98+",
            "reply 0x03, network unreachable",
        ),
        (
            Version::V5h,
            b"\x05\x00\x05\x04\x00\x03\x0enosuch.invalid\x01\xbb",
            "reply 0x04, host unreachable",
        ),
        (
            Version::V5h,
            b"\x05\x00\x05\x05\x00\x01\x7f\0\0\x01\xec\x23",
            "reply 0x05, connection refused",
        ),
        (
            Version::V5h,
            b"\x05\x00\x05\x00\x00\x07",
            "address type 0x07",
        ),
        (Version::V5h, b"", "does it speak SOCKS?"),
        (Version::V5h, b"\x05\x00\x05", "after 3 bytes"),
        (
            Version::V5h,
            b"HTTP/1.1 400 Bad Request\r\n",
            "it speaks plain HTTP",
        ),
        (Version::V4a, b"\x00\x5b\0\0\0\0\0\0", "reply 91, rejected"),
        (Version::V4a, b"SSH-2.0-", "it speaks SSH"),
    ];
}
