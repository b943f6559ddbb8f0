//! What a run observed, and nothing that it concludes from it.
//!
//! The ladder and the probes write here; the tables of findings read. Neither knows the other.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::answer::Answer;

/// One request whose answer may be compared with another's. Each goes out on a fresh connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Probe {
    /// A: the upgrade itself.
    Upgrade,
    /// B: the same GET without the headers that ask for an upgrade.
    PlainGet,
    /// C: the upgrade with a version that no server speaks.
    Version99,
    /// D: the upgrade without its key.
    NoKey,
    /// E: an upgrade to a protocol that does not exist.
    BogusProtocol,
    /// F: the upgrade as a page of another site would ask for it.
    ForeignOrigin,
    /// The upgrade with no header that is not required.
    Bare,
    /// The upgrade with the headers that a browser adds.
    LikeBrowser,
    /// The upgrade with the Origin of a page of the same site, and nothing else that a browser adds.
    SiteOrigin,
    /// The upgrade by the other scheme: `ws` for `wss`, `wss` for `ws`.
    OtherScheme,
    /// What the proxy said to CONNECT.
    Connect,
    /// What the proxy said to CONNECT to the same host's port 443.
    Connect443,
    /// What came back for a TLS ClientHello that was not TLS.
    ClientHello,
}

impl Probe {
    /// The six of the differential comparison, in the order of their letters.
    pub const SIX: [Self; 6] = [
        Self::Upgrade,
        Self::PlainGet,
        Self::Version99,
        Self::NoKey,
        Self::BogusProtocol,
        Self::ForeignOrigin,
    ];

    /// What the request was, in a few words.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Upgrade => "upgrade",
            Self::PlainGet => "plain GET",
            Self::Version99 => "version 99",
            Self::NoKey => "no key",
            Self::BogusProtocol => "Upgrade: bogus",
            Self::ForeignOrigin => "other Origin",
            Self::Bare => "required headers only",
            Self::LikeBrowser => "a browser's headers",
            Self::SiteOrigin => "the site's own Origin",
            Self::OtherScheme => "the other scheme",
            Self::Connect => "CONNECT",
            Self::Connect443 => "CONNECT to port 443",
            Self::ClientHello => "TLS ClientHello",
        }
    }

    /// The letter that `A`–`F` have in a [`When::Matrix`](super::findings::When) pattern.
    #[must_use]
    pub fn letter(self) -> Option<char> {
        Self::SIX
            .iter()
            .position(|probe| *probe == self)
            .map(|at| char::from(b"ABCDEF"[at]))
    }
}

/// Something that was seen and is not an answer's bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fact {
    // the URL
    /// `http` or `https` was given and mapped.
    HttpScheme,
    /// The URL had a fragment, which no server sees.
    UrlFragment,
    /// The first message is the greeting of Socket.IO, SockJS or the like.
    SpeaksLibrary,
    // the name
    /// The resolver says that the name does not exist.
    NameNotFound,
    /// The resolver answered at once that it cannot say.
    ResolverFailed,
    /// The resolver did not answer.
    ResolverTimeout,
    /// The name exists and has no address.
    NoAddress,
    /// A public name resolved to an address that cannot be public.
    OddAddress,
    /// The peer is on this machine.
    Loopback,
    // TCP
    /// The port answered with RST.
    Refused,
    /// Nothing answered the SYN.
    ConnectTimeout,
    /// The host was unreachable, and that was known at once.
    UnreachableAtOnce,
    /// The host was unreachable after the seconds that address resolution takes.
    UnreachableLate,
    /// There is no route.
    NoRoute,
    /// An IPv6 address did not answer and an IPv4 address did.
    V6Silent,
    /// `::1` refused and `127.0.0.1` accepted.
    V6LoopbackRefused,
    /// Another usual port of the same host accepted a connection.
    SiblingPortOpen,
    // the proxy
    /// A proxy is used.
    ViaProxy,
    /// A proxy variable is set and is not used for this host.
    ProxyBypassed,
    /// The proxy's own name or port could not be reached.
    ProxyUnreachable,
    /// The proxy closed without a byte.
    ProxySaidNothing,
    /// The proxy answered in another protocol than it was spoken to.
    ProxyOtherProtocol,
    /// Credentials were sent to the proxy.
    ProxyCredentialsSent,
    /// SOCKS: none of the offered methods is acceptable.
    SocksNoMethod,
    /// SOCKS: the password was refused.
    SocksBadPassword,
    /// SOCKS: the proxy refused or could not connect; the reply code is a value.
    SocksRefused,
    /// The URL's port is neither 443 nor 80.
    OddPort,
    // TLS
    /// TLS is in use.
    Tls,
    /// The certificate's time is over.
    CertExpired,
    /// The certificate's time has not begun.
    CertNotYetValid,
    /// The certificate is for other names.
    CertWrongName,
    /// No trusted root signed the chain.
    CertUnknownIssuer,
    /// The certificate signed itself.
    CertSelfSigned,
    /// The server sent the leaf alone, and the leaf says where its issuer is.
    LeafOnly,
    /// The issuer is a known inspecting product.
    KnownInspector,
    /// Alert 112.
    AlertUnrecognizedName,
    /// Alert 80.
    AlertInternalError,
    /// Alert 40.
    AlertHandshakeFailure,
    /// Alert 70.
    AlertProtocolVersion,
    /// Alert 120.
    AlertNoApplicationProtocol,
    /// Alert 42, 48 or 116: the server wants a certificate.
    AlertCertificateRequired,
    /// The peer closed when it saw the ClientHello.
    TlsFin,
    /// The peer reset when it saw the ClientHello.
    TlsReset,
    /// The ClientHello got no answer.
    TlsSilent,
    /// The answer to the ClientHello is no TLS.
    NotTls,
    /// The upgrade was asked for without TLS, and the same port answers a ClientHello with TLS.
    PortSpeaksTls,
    /// The upgrade was asked for without TLS, and the same port answers a ClientHello with none.
    PortSpeaksNoTls,
    /// Without a server name the handshake succeeded.
    TlsOkWithoutSni,
    /// The server chose h2 when it was offered.
    ChoosesH2,
    /// The first SETTINGS offer extended CONNECT.
    H2ExtendedConnect,
    /// The first SETTINGS do not.
    H2NoExtendedConnect,
    // the upgrade
    /// 101 and every header in order.
    Upgraded,
    /// 101 without `Sec-WebSocket-Accept`.
    AcceptMissing,
    /// 101 with another `Sec-WebSocket-Accept`.
    AcceptWrong,
    /// The wrong accept value belongs to the empty key or to the RFC's sample.
    AcceptOfKnownKey,
    /// 101 without, or with a wrong, `Upgrade` or `Connection`.
    UpgradeHeadersWrong,
    /// A subprotocol was asked for and none was chosen.
    SubprotocolMissing,
    /// A subprotocol was chosen that was not asked for.
    SubprotocolUnasked,
    /// An extension was chosen that was not offered.
    ExtensionUnasked,
    /// The 101 breaks HTTP in a way that some clients forgive.
    LooseHead,
    /// The answer redirects to the same host by TLS.
    RedirectToTls,
    /// The answer redirects to the same path with a slash at its end.
    RedirectSlash,
    /// The answer redirects to a path that looks like a login.
    RedirectToLogin,
    /// The head ended in the middle.
    HeadTruncated,
    /// Without one optional header the upgrade works.
    HeaderMatters,
    // after it
    /// FIN without a Close frame soon after the 101.
    FinAfterUpgrade,
    /// RST soon after the 101.
    ResetAfterUpgrade,
    /// The peer closed with 1001 or 1012.
    ClosedGoingAway,
    /// The peer closed without a code.
    ClosedNoCode,
    /// The peer closed with 1008.
    ClosedPolicy,
    /// The peer closed with 1009.
    ClosedTooBig,
    /// The peer closed with 1011.
    ClosedInternal,
    /// The peer closed with 1013.
    ClosedTryLater,
    /// The peer closed with 1002, 1003 or 1007.
    ClosedProtocol,
    /// The peer closed with a code from 4000 to 4999.
    ClosedApplication,
    /// The bytes at a frame boundary spell HTTP.
    HttpInStream,
    /// Reserved bits that nothing negotiated.
    ReservedBits,
    /// A frame from the server was masked.
    MaskedFrame,
    /// Text that is not UTF-8.
    BadUtf8,
    /// A frame breaks a rule for opcodes, lengths or control frames.
    BadFrame,
    /// A Close frame whose payload is not allowed.
    BadClose,
    /// Compressed data that does not inflate.
    BadDeflate,
    /// A ping was answered.
    PongSeen,
    /// A ping was not answered.
    NoPong,
    /// The kernel holds bytes that the peer has not acknowledged.
    PathDead,
    /// The peer's kernel acknowledged and its application did not answer.
    PeerDeaf,
    /// The silent connection was ended by FIN or RST without a Close frame.
    IdleKilled,
    /// With pings the connection outlived that age.
    PingKeptOpen,
    /// With pings it ended at the same age.
    LifetimeCapped,
    /// Small messages got no answer and large ones did.
    SmallHeldBack,
    /// Small messages passed and a larger one ended the connection.
    LargeRefused,
    /// A first message was in the same segment as the 101.
    EarlyData,
    // what a healthy endpoint may still be warned of
    /// The server answered an upgrade from a foreign origin with 101.
    AnyOriginAccepted,
    /// The user sent a cookie.
    CookieSent,
    /// The leaf certificate ends within three weeks.
    CertEndsSoon,
    /// No TLS, and the peer is not on this machine.
    Cleartext,
}

/// Everything one run observed.
#[derive(Clone, Debug, Default)]
pub struct Evidence {
    /// What was seen.
    pub facts: BTreeSet<Fact>,
    /// What each probe got.
    pub answers: BTreeMap<Probe, Answer>,
    /// Words that titles and advice are filled with: `host`, `port`, `location` and the like.
    pub values: BTreeMap<&'static str, String>,
}

impl Evidence {
    /// Notes that something was seen.
    pub fn saw(&mut self, fact: Fact) {
        self.facts.insert(fact);
    }

    /// Notes a word for the sentences to come; it is kept as the peer wrote it.
    pub fn value(&mut self, name: &'static str, value: impl Into<String>) {
        self.values.insert(name, value.into());
    }

    /// True when it was seen.
    #[must_use]
    pub fn has(&self, fact: Fact) -> bool {
        self.facts.contains(&fact)
    }

    /// Replaces each `{name}` in the template; a name nobody noted becomes "?".
    #[must_use]
    pub fn fill(&self, template: &str) -> String {
        let mut filled = String::with_capacity(template.len());
        let mut rest = template;
        while let Some((before, after)) = rest.split_once('{') {
            let Some((name, after)) = after.split_once('}') else {
                break;
            };
            filled.push_str(before);
            filled.push_str(self.values.get(name).map_or("?", String::as_str));
            rest = after;
        }
        filled.push_str(rest);
        filled
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fills_names_and_leaves_other_braces() {
        let mut evidence = Evidence::default();
        evidence.value("port", "8443");
        assert_eq!(evidence.fill("port {port} of {host}"), "port 8443 of ?");
        assert_eq!(evidence.fill("an open { brace"), "an open { brace");
    }

    #[test]
    fn only_the_six_have_letters() {
        let letters: String = Probe::SIX
            .iter()
            .filter_map(|probe| probe.letter())
            .collect();
        assert_eq!(letters, "ABCDEF");
        assert_eq!(Probe::Connect.letter(), None);
    }
}
