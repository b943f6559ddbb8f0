//! The 101 itself is not in order.

use crate::check::{
    advice::Fix,
    evidence::{Fact, Probe},
    findings::{Finding, When::*, certain, likely},
    hop::Hop,
    mark::Mark,
};

/// `H31`, `H32`, `H33`, `H34`, `H35`, `H36`, `H37`, `H38`.
pub(in crate::check::findings) const FINDINGS: &[Finding] = &[
    Finding {
        id: "H31",
        hop: Hop::Application,
        title: "the 101 answers another key: Sec-WebSocket-Accept is {received}, not {expected}",
        signs: &[
            certain(
                "the value belongs to {accept_of}",
                &[Saw(Fact::AcceptWrong), Saw(Fact::AcceptOfKnownKey)],
            ),
            certain(
                "the value does not belong to the key that was sent",
                &[Saw(Fact::AcceptWrong)],
            ),
        ],
        against: &[],
        raise: "a second attempt: the same value again is a fixed or cached answer",
        fix: Fix::Say(
            "the server must compute the value from this request's key; no proxy may cache the answer or send a key of its own",
        ),
    },
    Finding {
        id: "H32",
        hop: Hop::ReverseProxy,
        title: "the 101 has no Sec-WebSocket-Accept: {by} dropped it, or the server never sent it",
        signs: &[certain(
            "the header is not in the answer",
            &[Saw(Fact::AcceptMissing)],
        )],
        against: &[],
        raise: "the same past the proxy",
        fix: Fix::KeepAccept,
    },
    Finding {
        id: "H33",
        hop: Hop::Application,
        title: "the 101 lacks a right Upgrade or Connection header",
        signs: &[certain("{detail}", &[Saw(Fact::UpgradeHeadersWrong)])],
        against: &[],
        raise: "the same past the proxy",
        fix: Fix::Say("the answer must carry Upgrade: websocket and Connection: Upgrade"),
    },
    Finding {
        id: "H34",
        hop: Hop::Application,
        title: "no subprotocol was agreed; asked for: {asked_protocols}",
        signs: &[likely(
            "RFC 6455 allows it, but browsers end the connection; the server does not know the name, or a proxy dropped the header",
            &[Saw(Fact::SubprotocolMissing)],
        )],
        against: &[],
        raise: "the same past the proxy, and the server's list of subprotocols",
        fix: Fix::Say(
            "pass Sec-WebSocket-Protocol in both directions, and check the spelling of the name",
        ),
    },
    Finding {
        id: "H35",
        hop: Hop::Application,
        title: "the server chose the subprotocol {received_protocol}, which was not asked for",
        signs: &[certain(
            "the header is in the answer",
            &[Saw(Fact::SubprotocolUnasked)],
        )],
        against: &[],
        raise: "nothing: the header shows it",
        fix: Fix::Say(
            "ask for it (--subprotocol {received_protocol}), or let the server choose among what is asked",
        ),
    },
    Finding {
        id: "H36",
        hop: Hop::Application,
        title: "the server uses an extension that was not offered: {extension}",
        signs: &[certain(
            "the header is in the answer",
            &[Saw(Fact::ExtensionUnasked)],
        )],
        against: &[],
        raise: "the same past the proxy, which may negotiate compression by itself",
        fix: Fix::Say("the server may only choose from Sec-WebSocket-Extensions of the request"),
    },
    Finding {
        id: "H37",
        hop: Hop::Application,
        title: "the 101 breaks HTTP in a way that some clients forgive: {detail}",
        signs: &[certain("the bytes show it", &[Saw(Fact::LooseHead)])],
        against: &[],
        raise: "nothing: the bytes are in the evidence",
        fix: Fix::Say("send HTTP/1.1, lines ended by CRLF, no body and no 100 before the 101"),
    },
    Finding {
        id: "H38",
        hop: Hop::ReverseProxy,
        title: "the headers of an upgrade come with status 200: {by} rewrote the 101",
        signs: &[certain(
            "Sec-WebSocket-Accept is in an answer that is not 101",
            &[
                On(Probe::Upgrade, Mark::Status(&[200])),
                On(Probe::Upgrade, Mark::Header("sec-websocket-accept", "")),
            ],
        )],
        against: &[],
        raise: "the same past the proxy",
        fix: Fix::Say("take the middleware or cache that rewrites the status out of this path"),
    },
];
