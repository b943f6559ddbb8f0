//! After the upgrade, and what a working endpoint is warned of.

use super::{Finding, When::*, certain, likely, possible, unseen};
use crate::check::{
    advice::Fix,
    evidence::{Fact, Probe},
    hop::Hop,
    mark::Mark,
};

/// `C`, `W`.
pub(super) const FINDINGS: &[Finding] = &[
    Finding {
        id: "C1",
        hop: Hop::Application,
        title: "the connection is closed {took_open} after the 101, without a Close frame",
        signs: &[likely(
            "FIN came and no frame before it: an application that rejects after accepting, or a firewall in front of it",
            &[Saw(Fact::FinAfterUpgrade)],
        )],
        against: &[],
        raise: "the server's log at that moment",
        fix: Fix::Say("let the server close with a code (1008 for a client it does not accept)"),
    },
    Finding {
        id: "C2",
        hop: Hop::Application,
        title: "the connection is reset {took_open} after the 101",
        signs: &[likely(
            "RST came and no Close frame: a crash, or a balancer that takes the server out",
            &[Saw(Fact::ResetAfterUpgrade)],
        )],
        against: &[],
        raise: "the server's log at that moment",
        fix: Fix::Say("look for a crash in the server's log"),
    },
    Finding {
        id: "C3",
        hop: Hop::ReverseProxy,
        title: "closed after {idle_s} of silence by an intermediary, without a Close frame",
        signs: &[
            certain(
                "with a ping every {ping_s} it stayed open for {ping_age_s}",
                &[Saw(Fact::IdleKilled), Saw(Fact::PingKeptOpen)],
            ),
            likely(
                "the silent connection ended without a Close frame; {idle_match}",
                &[Saw(Fact::IdleKilled)],
            ),
        ],
        against: &[certain(
            "with pings it ended at the same age",
            &[Saw(Fact::LifetimeCapped)],
        )],
        raise: "wscope check --idle SECS also tries it with pings",
        fix: Fix::IdleTimer,
    },
    Finding {
        id: "C4",
        hop: Hop::ReverseProxy,
        title: "the connection ends at the age of {idle_s}, traffic or not",
        signs: &[likely(
            "it ended at the same age with pings and without",
            &[Saw(Fact::LifetimeCapped)],
        )],
        against: &[certain(
            "with pings it stayed open",
            &[Saw(Fact::PingKeptOpen)],
        )],
        raise: "a third run: the same age again is a cap, another is a reload",
        fix: Fix::AgeLimit,
    },
    Finding {
        id: "C5",
        hop: Hop::OnPath,
        title: "the path is dead: sent bytes are not acknowledged",
        signs: &[certain(
            "the kernel counts {unacked} unacknowledged segments and {retransmits} retransmissions",
            &[Saw(Fact::PathDead)],
        )],
        against: &[],
        raise: "a new connection: if it works, a NAT or firewall forgot the old one",
        fix: Fix::Say(
            "ping every 25 s or less with a deadline for the pong, so that state on the way stays alive",
        ),
    },
    Finding {
        id: "C6",
        hop: Hop::Application,
        title: "the server does not answer a ping",
        signs: &[
            likely(
                "its system acknowledged the bytes, so the path is alive and the application does not read",
                &[Saw(Fact::NoPong), Saw(Fact::PeerDeaf)],
            ),
            possible("no pong came in {pong_s}", &[Saw(Fact::NoPong)]),
        ],
        against: &[
            likely("the bytes were not acknowledged", &[Saw(Fact::PathDead)]),
            certain(
                "pings behind large messages are answered",
                &[Saw(Fact::SmallHeldBack)],
            ),
        ],
        raise: "TCP_INFO of the socket (Linux), which --level deep reads",
        fix: Fix::Say(
            "a library that answers pings only while it reads must read; look for a blocked event loop",
        ),
    },
    Finding {
        id: "C7",
        hop: Hop::OnPath,
        title: "small messages are held back and large ones pass: something buffers",
        signs: &[likely(
            "the echo of {small} did not come, that of {large} did",
            &[Saw(Fact::SmallHeldBack)],
        )],
        against: &[],
        raise: "the same over wss://",
        fix: Fix::Say(
            "turn response and request buffering off for this path (nginx: proxy_buffering off), or use wss://",
        ),
    },
    Finding {
        id: "C8",
        hop: Hop::Application,
        title: "the server wrote an HTTP response into the WebSocket stream: \"{stream_text}\"",
        signs: &[certain(
            "the bytes at a frame boundary spell HTTP",
            &[Saw(Fact::HttpInStream)],
        )],
        against: &[],
        raise: "nothing: the bytes are in the evidence",
        fix: Fix::Say(
            "two upgrade handlers share one socket: use one that routes by path (ws: noServer and a single 'upgrade' listener)",
        ),
    },
    Finding {
        id: "C9",
        hop: Hop::Application,
        title: "a frame has reserved bits that nothing negotiated",
        signs: &[likely("{violation}", &[Saw(Fact::ReservedBits)])],
        against: &[],
        raise: "the same with --no-deflate, over wss://, and from another machine (antivirus)",
        fix: Fix::Say(
            "compress only what the 101 agreed; nothing on the way may add or drop compression",
        ),
    },
    Finding {
        id: "C10",
        hop: Hop::Application,
        title: "the server masks its frames, which only a client may",
        signs: &[certain("{violation}", &[Saw(Fact::MaskedFrame)])],
        against: &[],
        raise: "nothing: the bytes are in the evidence",
        fix: Fix::Say("the server must send frames unmasked (RFC 6455 §5.1)"),
    },
    Finding {
        id: "C11",
        hop: Hop::Application,
        title: "a text message is not UTF-8",
        signs: &[certain("{violation}", &[Saw(Fact::BadUtf8)])],
        against: &[],
        raise: "the bytes: a cut character, or binary sent as text",
        fix: Fix::Say("send binary data in binary messages; do not cut text inside a character"),
    },
    Finding {
        id: "C12",
        hop: Hop::Application,
        title: "messages above a size are refused: {size_limit}",
        signs: &[
            certain("the peer closed with 1009", &[Saw(Fact::ClosedTooBig)]),
            likely(
                "a larger message ended the connection and a smaller did not",
                &[Saw(Fact::LargeRefused)],
            ),
        ],
        against: &[],
        raise: "wscope check --level deep climbs through the sizes",
        fix: Fix::Say(
            "raise the limit at the endpoint (plain proxies have none), or send smaller messages",
        ),
    },
    Finding {
        id: "C13",
        hop: Hop::Application,
        title: "a frame breaks the protocol: {violation}",
        signs: &[certain("the bytes show it", &[Saw(Fact::BadFrame)])],
        against: &[],
        raise: "the same past the proxy and over wss://",
        fix: Fix::Say("mend the server's framing; wscope --inspect shows each header"),
    },
    Finding {
        id: "C14",
        hop: Hop::Application,
        title: "the server's Close frame is malformed: {violation}",
        signs: &[certain("the bytes show it", &[Saw(Fact::BadClose)])],
        against: &[],
        raise: "nothing: the bytes are in the evidence",
        fix: Fix::Say(
            "a Close payload is empty, or a code that may be sent and UTF-8 (RFC 6455 §5.5.1)",
        ),
    },
    Finding {
        id: "C15",
        hop: Hop::Application,
        title: "the server closed with 1008, policy violation: {close_reason}",
        signs: &[certain(
            "the Close frame says so",
            &[Saw(Fact::ClosedPolicy)],
        )],
        against: &[],
        raise: "the reason in the frame, and the server's log",
        fix: Fix::Say("usually a missing or expired token: send it with -H, -b or the subprotocol"),
    },
    Finding {
        id: "C16",
        hop: Hop::Application,
        title: "the server closed with 1011, internal error: {close_reason}",
        signs: &[certain(
            "the Close frame says so",
            &[Saw(Fact::ClosedInternal)],
        )],
        against: &[],
        raise: "the server's log",
        fix: Fix::Say("look for the exception in the server's log"),
    },
    Finding {
        id: "C17",
        hop: Hop::Application,
        title: "the server is going away or restarting ({close_code})",
        signs: &[certain(
            "the Close frame says so",
            &[Saw(Fact::ClosedGoingAway)],
        )],
        against: &[],
        raise: "a second attempt in a minute",
        fix: Fix::Say("reconnect with backoff"),
    },
    Finding {
        id: "C18",
        hop: Hop::Application,
        title: "the server is overloaded and says to come back later (1013)",
        signs: &[certain(
            "the Close frame says so",
            &[Saw(Fact::ClosedTryLater)],
        )],
        against: &[],
        raise: "a second attempt later",
        fix: Fix::Say("reconnect with backoff and jitter"),
    },
    Finding {
        id: "C19",
        hop: Hop::Application,
        title: "the application closed with its own code {close_code}: {close_reason}",
        signs: &[certain(
            "codes from 4000 to 4999 belong to the application",
            &[Saw(Fact::ClosedApplication)],
        )],
        against: &[],
        raise: "the application's documentation",
        fix: Fix::Say("look the code up in the application's documentation"),
    },
    Finding {
        id: "C20",
        hop: Hop::Application,
        title: "the server closed without a code, soon after the upgrade",
        signs: &[likely(
            "its Close frame is empty",
            &[Saw(Fact::ClosedNoCode)],
        )],
        against: &[],
        raise: "the server's log",
        fix: Fix::Say("let the server send a code and a reason"),
    },
    unseen(
        "C21",
        Hop::You,
        "1006 is what a browser reports when it saw no Close frame",
        "wscope says what came instead: FIN, RST or nothing",
        Fix::Say("look at C1, C2 and C3"),
    ),
    Finding {
        id: "C22",
        hop: Hop::Application,
        title: "compressed data does not inflate",
        signs: &[certain("{violation}", &[Saw(Fact::BadDeflate)])],
        against: &[],
        raise: "the same with --no-deflate and past the proxy",
        fix: Fix::Say(
            "turn compression off in one of the two places that do it (Traefik: no compress on this router)",
        ),
    },
    Finding {
        id: "C23",
        hop: Hop::Application,
        title: "the first message came in the same segment as the 101; careless clients lose it",
        signs: &[certain("bytes follow the head", &[Saw(Fact::EarlyData)])],
        against: &[],
        raise: "nothing: it is a remark",
        fix: Fix::Remark,
    },
    unseen(
        "C24",
        Hop::ReverseProxy,
        "a reconnect reaches another server that does not know the session",
        "it shows as H6",
        Fix::Say("make sessions sticky"),
    ),
    Finding {
        id: "C25",
        hop: Hop::Application,
        title: "the server says that wscope broke the protocol ({close_code}): {close_reason}",
        signs: &[certain(
            "the Close frame says so",
            &[Saw(Fact::ClosedProtocol)],
        )],
        against: &[],
        raise: "wscope --inspect shows what was sent",
        fix: Fix::Say("something on the way may change frames: compare over wss://"),
    },
    Finding {
        id: "W1",
        hop: Hop::You,
        title: "no TLS: everything can be read and changed on the way",
        signs: &[certain(
            "the scheme is ws",
            &[Saw(Fact::Cleartext), Saw(Fact::Upgraded)],
        )],
        against: &[],
        raise: "nothing: it is a remark",
        fix: Fix::Say("use wss://"),
    },
    Finding {
        id: "W2",
        hop: Hop::TlsTerminator,
        title: "the certificate ends in {cert_days}",
        signs: &[certain("its notAfter is near", &[Saw(Fact::CertEndsSoon)])],
        against: &[],
        raise: "nothing: it is a remark",
        fix: Fix::Say("renew it"),
    },
    Finding {
        id: "W3",
        hop: Hop::Application,
        title: "any Origin is accepted although a cookie authenticates: other sites can connect as the user",
        signs: &[certain(
            "an upgrade with a foreign Origin and the cookie got 101",
            &[
                Saw(Fact::AnyOriginAccepted),
                Saw(Fact::CookieSent),
                On(Probe::ForeignOrigin, Mark::Status(&[101])),
            ],
        )],
        against: &[],
        raise: "the same without the cookie: a refusal then shows that the cookie counts",
        fix: Fix::Say("check the Origin header against a list (CSWSH protection)"),
    },
    Finding {
        id: "W4",
        hop: Hop::You,
        title: "the server speaks {library}, a protocol of its own on top of WebSocket",
        signs: &[certain(
            "its first message is that library's greeting",
            &[Saw(Fact::SpeaksLibrary)],
        )],
        against: &[],
        raise: "nothing: it is a remark",
        fix: Fix::Say("use that library's client, or write its packets"),
    },
];
