//! TLS, and the protocols chosen inside it.

use super::{ALERT, Finding, When::*, certain, likely, possible, unseen};
use crate::check::{
    advice::Fix,
    evidence::{Fact, Probe},
    hop::Hop,
    mark::Mark,
};

/// `T`.
pub(super) const FINDINGS: &[Finding] = &[
    Finding {
        id: "T1",
        hop: Hop::TlsTerminator,
        title: "the certificate of {host} expired {cert_end}",
        signs: &[certain(
            "its notAfter has passed by this machine's clock",
            &[Saw(Fact::CertExpired)],
        )],
        against: &[],
        raise: "the clock of this machine: date -u",
        fix: Fix::Say(
            "renew the certificate; if only some clients see it, one server of several has the old one: {address}",
        ),
    },
    Finding {
        id: "T2",
        hop: Hop::You,
        title: "the certificate of {host} is not valid yet: the clock of this machine may be wrong",
        signs: &[likely(
            "its notBefore is in the future",
            &[Saw(Fact::CertNotYetValid)],
        )],
        against: &[],
        raise: "compare date -u with the Date header of any web server",
        fix: Fix::Say("set the clock; else wait or have the certificate issued again"),
    },
    Finding {
        id: "T3",
        hop: Hop::TlsTerminator,
        title: "the certificate is for {sans}, not for {host}",
        signs: &[certain(
            "no name of the certificate matches",
            &[Saw(Fact::CertWrongName)],
        )],
        against: &[],
        raise: "the certificate that comes without a server name: --level deep",
        fix: Fix::Say(
            "add the name to the certificate, or configure the virtual host (nginx: server_name {host}); use the name, not the address",
        ),
    },
    Finding {
        id: "T4",
        hop: Hop::TlsTerminator,
        title: "the certificate of {host} is signed by itself",
        signs: &[certain(
            "its issuer is its subject",
            &[Saw(Fact::CertSelfSigned)],
        )],
        against: &[],
        raise: "nothing: the certificate shows it",
        fix: Fix::Say("trust it with --cacert FILE, or install one from a public authority"),
    },
    Finding {
        id: "T5",
        hop: Hop::OnPath,
        title: "TLS is intercepted: the certificate for {host} was issued by \"{issuer}\"",
        signs: &[
            certain(
                "that issuer is a product that inspects traffic",
                &[Saw(Fact::KnownInspector)],
            ),
            possible(
                "the issuer is no public authority and the chain is complete",
                &[
                    Saw(Fact::CertUnknownIssuer),
                    Not(Fact::LeafOnly),
                    Not(Fact::CertSelfSigned),
                ],
            ),
        ],
        against: &[likely(
            "the server sent its leaf alone",
            &[Saw(Fact::LeafOnly)],
        )],
        raise: "look at another well-known host: the same issuer there is interception",
        fix: Fix::Say(
            "trust the company's root with --cacert FILE (or the system's store), or bypass inspection for {host}",
        ),
    },
    Finding {
        id: "T6",
        hop: Hop::TlsTerminator,
        title: "the server does not send its intermediate certificate",
        signs: &[likely(
            "it sent one certificate, which is not self-signed; browsers fetch what is missing",
            &[Saw(Fact::LeafOnly), Saw(Fact::CertUnknownIssuer)],
        )],
        against: &[likely(
            "the issuer is a product that inspects traffic",
            &[Saw(Fact::KnownInspector)],
        )],
        raise: "the leaf's \"caIssuers\" address, with which the chain can be completed by hand",
        fix: Fix::Say(
            "configure the whole chain: nginx ssl_certificate fullchain.pem, Apache SSLCertificateFile with it",
        ),
    },
    Finding {
        id: "T7",
        hop: Hop::TlsTerminator,
        title: "the server knows no virtual host named {sni}",
        signs: &[
            certain(
                "it said so by alert 112, unrecognized_name",
                &[Saw(Fact::AlertUnrecognizedName)],
            ),
            likely(
                "alert 80, internal_error, is what Go servers (Caddy, Traefik) send when they have no certificate for the name",
                &[Saw(Fact::AlertInternalError)],
            ),
        ],
        against: &[],
        raise: "--level deep repeats it without a server name",
        fix: Fix::Say(
            "configure the name (nginx: server_name {host}), or use the DNS name instead of an address",
        ),
    },
    Finding {
        id: "T8",
        hop: Hop::TlsTerminator,
        title: "the server and wscope share no cipher, curve or certificate type",
        signs: &[likely(
            "alert 40, handshake_failure",
            &[Saw(Fact::AlertHandshakeFailure)],
        )],
        against: &[],
        raise: "the server's log; a client certificate that is missing gives the same alert in TLS 1.2",
        fix: Fix::Say(
            "allow TLS 1.2 or 1.3 with AEAD suites; give a client certificate (--cert, --key) if one is wanted",
        ),
    },
    Finding {
        id: "T9",
        hop: Hop::TlsTerminator,
        title: "the server speaks no version of TLS that wscope does",
        signs: &[certain(
            "alert 70, protocol_version",
            &[Saw(Fact::AlertProtocolVersion)],
        )],
        against: &[],
        raise: "nothing: the alert says so",
        fix: Fix::Say("enable TLS 1.2 or 1.3 on the server"),
    },
    Finding {
        id: "T10",
        hop: Hop::TlsTerminator,
        title: "the server wants a client certificate",
        signs: &[
            certain(
                "the page says so",
                &[On(
                    Probe::Upgrade,
                    Mark::Body("No required SSL certificate was sent"),
                )],
            ),
            certain(
                "it said so by an alert",
                &[Saw(Fact::AlertCertificateRequired)],
            ),
        ],
        against: &[],
        raise: "nothing: the server says so",
        fix: Fix::Say("give one with --cert FILE and --key FILE"),
    },
    Finding {
        id: "T11",
        hop: Hop::You,
        title: "port {port} is not TLS: it answers the ClientHello with {greeting}",
        signs: &[
            certain(
                "the answer to the ClientHello is HTTP",
                &[
                    Saw(Fact::NotTls),
                    On(Probe::ClientHello, Mark::Begins(b"HTTP/")),
                ],
            ),
            certain(
                "the answer to the ClientHello is SSH",
                &[
                    Saw(Fact::NotTls),
                    On(Probe::ClientHello, Mark::Begins(b"SSH-")),
                ],
            ),
            certain(
                "the ClientHello gets no answer, and ws:// on the same port gets HTTP",
                &[
                    OneOf(&[Saw(Fact::TlsFin), Saw(Fact::TlsReset), Saw(Fact::TlsSilent)]),
                    Saw(Fact::OddPort),
                    On(Probe::OtherScheme, Mark::Http),
                ],
            ),
            likely(
                "the answer to the ClientHello is not a TLS record",
                &[Saw(Fact::NotTls)],
            ),
        ],
        against: &[],
        raise: "--level deep repeats the upgrade as ws://",
        fix: Fix::Say("use ws:// on this port, or the port that has TLS"),
    },
    Finding {
        id: "T12",
        hop: Hop::You,
        title: "port {port} wants TLS, and ws:// was used",
        signs: &[
            certain(
                "the page says so",
                &[On(
                    Probe::Upgrade,
                    Mark::Body("The plain HTTP request was sent to HTTPS port"),
                )],
            ),
            certain(
                "the page says so",
                &[On(
                    Probe::Upgrade,
                    Mark::Body("Client sent an HTTP request to an HTTPS server"),
                )],
            ),
            certain(
                "the page says so",
                &[On(
                    Probe::Upgrade,
                    Mark::Body("speaking plain HTTP to an SSL-enabled server port"),
                )],
            ),
            likely(
                "the answer is a TLS alert",
                &[On(Probe::Upgrade, Mark::Begins(ALERT)), Not(Fact::Tls)],
            ),
            certain(
                "the answer to ws:// is no HTTP, and a ClientHello on the same port is answered with TLS",
                &[Saw(Fact::PortSpeaksTls)],
            ),
        ],
        against: &[certain(
            "a ClientHello on the same port is not answered with TLS",
            &[Saw(Fact::PortSpeaksNoTls)],
        )],
        raise: "wscope check --level normal tries TLS on the same port",
        fix: Fix::Say("use {other_url}"),
    },
    Finding {
        id: "T13",
        hop: Hop::TlsTerminator,
        title: "{address} closes the connection when it sees the ClientHello",
        signs: &[possible("FIN without a byte of TLS", &[Saw(Fact::TlsFin)])],
        against: &[],
        raise: "the same address with another server name: --level deep",
        fix: Fix::Say(
            "check that the balancer has a certificate for {host} and a live backend behind its name routing",
        ),
    },
    Finding {
        id: "T14",
        hop: Hop::OnPath,
        title: "the connection is reset when it shows the name {sni}",
        signs: &[
            likely(
                "without the server name the handshake goes on",
                &[Saw(Fact::TlsReset), Saw(Fact::TlsOkWithoutSni)],
            ),
            possible("RST in answer to the ClientHello", &[Saw(Fact::TlsReset)]),
        ],
        against: &[],
        raise: "the same address without a server name: --level deep",
        fix: Fix::Say("another network tells a filter from the server; then ask who filters"),
    },
    Finding {
        id: "T15",
        hop: Hop::OnPath,
        title: "the ClientHello to {address} gets no answer",
        signs: &[
            likely(
                "without the server name the handshake goes on, so the name is filtered",
                &[Saw(Fact::TlsSilent), Saw(Fact::TlsOkWithoutSni)],
            ),
            possible(
                "TCP connected and TLS stayed silent",
                &[Saw(Fact::TlsSilent)],
            ),
        ],
        against: &[],
        raise: "the same address without a server name: --level deep; a service that waits for another protocol is silent too",
        fix: Fix::Say(
            "lower the MTU of a VPN to see whether large packets are lost; check that the port is TLS",
        ),
    },
    unseen(
        "T16",
        Hop::You,
        "the client offered h2, and an upgrade inside it means nothing",
        "wscope offers http/1.1 only; curl needs --http1.1",
        Fix::Say("offer http/1.1 only"),
    ),
    unseen(
        "T17",
        Hop::ReverseProxy,
        "WebSocket over HTTP/2 needs extended CONNECT, which this server does not offer",
        "--level deep reads the server's first SETTINGS",
        Fix::Say("use HTTP/1.1 for WebSocket; HAProxy 2.4 and Envoy (allow_connect) offer it"),
    ),
    Finding {
        id: "T18",
        hop: Hop::TlsTerminator,
        title: "the server offers h2 only, and no HTTP/1.1 for the upgrade",
        signs: &[certain(
            "alert 120, no_application_protocol, for http/1.1 alone",
            &[Saw(Fact::AlertNoApplicationProtocol)],
        )],
        against: &[],
        raise: "--level deep tries each protocol by itself",
        fix: Fix::Say("let the balancer offer http/1.1 too"),
    },
];
