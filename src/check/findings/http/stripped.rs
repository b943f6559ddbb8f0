//! Headers of the upgrade did not arrive, or the upgrade itself was not taken.

use super::NOBODY_SAW_IT;
use crate::check::{
    advice::Fix,
    answer::End,
    evidence::{Fact, Probe},
    findings::{Finding, When::*, certain, likely, possible},
    hop::Hop,
    mark::Mark,
};

/// `H5`, `H6`, `H7`, `H8`, `H9`, `H17`, `H20`, `H21`, `H28`, `H44`.
pub(in crate::check::findings) const FINDINGS: &[Finding] = &[
    Finding {
        id: "H5",
        hop: Hop::ReverseProxy,
        title: "{by} does not pass the Upgrade header on to Socket.IO",
        signs: &[
            certain(
                NOBODY_SAW_IT,
                &[
                    WrittenBy("Socket.IO"),
                    On(Probe::Upgrade, Mark::Body("Bad request")),
                    Matrix("ABCE"),
                ],
            ),
            likely(
                "Socket.IO answers code 3 when transport=websocket comes without Upgrade, and Upgrade was sent",
                &[
                    WrittenBy("Socket.IO"),
                    On(Probe::Upgrade, Mark::Body("Bad request")),
                ],
            ),
        ],
        against: &[certain("a plain GET gets another answer", &[Matrix("A B")])],
        raise: "wscope check --level normal compares six requests",
        fix: Fix::ForwardUpgrade,
    },
    Finding {
        id: "H6",
        hop: Hop::ReverseProxy,
        title: "the Socket.IO session is unknown to the server that got the request",
        signs: &[likely(
            "its answer is \"Session ID unknown\", as without sticky sessions",
            &[On(Probe::Upgrade, Mark::Body("Session ID unknown"))],
        )],
        against: &[],
        raise: "a path without sid=: if that works, requests reach different servers",
        fix: Fix::Say("make sessions sticky in the balancer, or use the websocket transport alone"),
    },
    Finding {
        id: "H7",
        hop: Hop::ReverseProxy,
        title: "{by} does not pass the Upgrade header on to a gorilla/websocket server",
        signs: &[
            certain(
                NOBODY_SAW_IT,
                &[
                    WrittenBy("gorilla"),
                    On(Probe::Upgrade, Mark::Status(&[400])),
                    Matrix("ABCE"),
                ],
            ),
            likely(
                "gorilla/websocket answers 400 when a header of the upgrade is missing, and all were sent",
                &[
                    WrittenBy("gorilla"),
                    On(Probe::Upgrade, Mark::Status(&[400])),
                ],
            ),
        ],
        against: &[],
        raise: "the server's log, which names the header that is missing",
        fix: Fix::ForwardUpgrade,
    },
    Finding {
        id: "H8",
        hop: Hop::ReverseProxy,
        title: "{by} does not pass the Upgrade header on to an aiohttp server",
        signs: &[
            certain(
                "the server says that it got no Upgrade header, and one was sent",
                &[On(Probe::Upgrade, Mark::Body("No WebSocket UPGRADE hdr"))],
            ),
            certain(
                "the server says that it got no Connection header, and one was sent",
                &[On(Probe::Upgrade, Mark::Body("No CONNECTION upgrade hdr"))],
            ),
        ],
        against: &[],
        raise: "nothing: the server says so",
        fix: Fix::ForwardUpgrade,
    },
    Finding {
        id: "H9",
        hop: Hop::ReverseProxy,
        title: "{by} removes the Sec-WebSocket-Key header",
        signs: &[
            certain(
                "the server misses the key, and one was sent; without a key it says the same, with another protocol it does not",
                &[
                    On(
                        Probe::Upgrade,
                        Mark::Body("Missing or invalid Sec-WebSocket-Key"),
                    ),
                    Matrix("AD E"),
                ],
            ),
            certain(
                "the server misses the key, and one was sent",
                &[On(
                    Probe::Upgrade,
                    Mark::Body("Missing or invalid Sec-WebSocket-Key"),
                )],
            ),
            certain(
                "the server misses the key, and one was sent",
                &[On(
                    Probe::Upgrade,
                    Mark::Body("missing Sec-WebSocket-Key header"),
                )],
            ),
            likely(
                "without a key the answer is the same, with another protocol it is not",
                &[
                    On(Probe::Upgrade, Mark::Status(&[400])),
                    Matrix("AD BE"),
                    Matrix("A B"),
                ],
            ),
        ],
        against: &[],
        raise: "nothing: the server says so",
        fix: Fix::ForwardKey,
    },
    Finding {
        id: "H17",
        hop: Hop::ReverseProxy,
        title: "{by} removes the Upgrade header, and the application answers with its own 404",
        signs: &[
            likely(
                "over the other scheme the same path upgrades",
                &[
                    On(Probe::Upgrade, Mark::Status(&[404])),
                    On(Probe::OtherScheme, Mark::Status(&[101])),
                ],
            ),
            possible(
                NOBODY_SAW_IT,
                &[On(Probe::Upgrade, Mark::Status(&[404])), Matrix("ABCE")],
            ),
        ],
        against: &[
            certain("a plain GET gets another answer", &[Matrix("A B")]),
            likely("the page is the proxy's own", &[WrittenByFront]),
        ],
        raise: "ask the application server past its proxy",
        fix: Fix::ForwardUpgrade,
    },
    Finding {
        id: "H20",
        hop: Hop::ReverseProxy,
        title: "{by} removes the Upgrade header",
        signs: &[
            certain(
                "every probe got the same answer, and only a WebSocket server writes it: one is there and was not asked to upgrade",
                &[
                    On(Probe::Upgrade, Mark::Status(&[426])),
                    WebSocketText,
                    Matrix("ABCE"),
                ],
            ),
            certain(
                "the server names a header that was sent and did not reach it",
                &[
                    WrittenBy("Python websockets"),
                    On(Probe::Upgrade, Mark::Body("invalid Connection header")),
                ],
            ),
            certain(
                "the server names a header that was sent and did not reach it",
                &[
                    WrittenBy("Python websockets"),
                    On(Probe::Upgrade, Mark::Body("missing Connection header")),
                ],
            ),
            certain(
                "the server names a header that was sent and did not reach it",
                &[
                    WrittenBy("Python websockets"),
                    On(Probe::Upgrade, Mark::Body("missing Upgrade header")),
                ],
            ),
            certain(
                "the server names a header that was sent and did not reach it",
                &[
                    WrittenBy("ws"),
                    On(Probe::Upgrade, Mark::Body("Invalid Upgrade header")),
                ],
            ),
            likely(
                "a WebSocket server answers so to a request without Upgrade, and Upgrade was sent",
                &[On(Probe::Upgrade, Mark::Status(&[426])), WebSocketText],
            ),
            likely(
                NOBODY_SAW_IT,
                &[On(Probe::Upgrade, Mark::Status(&[426])), Matrix("ABCE")],
            ),
            possible(
                "426 is the answer to a request without Upgrade, and Upgrade was sent",
                &[On(Probe::Upgrade, Mark::Status(&[426]))],
            ),
            possible(
                "every probe got the same answer, so nobody who speaks WebSocket saw the upgrade",
                &[On(Probe::Upgrade, Mark::Status(&[200])), Matrix("ABCE")],
            ),
        ],
        against: &[
            certain(
                "a plain GET and another protocol get other answers, so Upgrade arrived",
                &[Matrix("A B"), Matrix("A E")],
            ),
            possible(
                "over TLS the same host upgrades, so a device on the way may do it",
                &[On(Probe::OtherScheme, Mark::Status(&[101])), Not(Fact::Tls)],
            ),
            possible(
                "the text is about the version",
                &[On(Probe::Upgrade, Mark::Body("version"))],
            ),
        ],
        raise: "wscope check --level normal compares six requests; past the proxy the server should answer 101",
        fix: Fix::ForwardUpgrade,
    },
    Finding {
        id: "H21",
        hop: Hop::Application,
        title: "the server does not speak the version of WebSocket that was asked for",
        signs: &[
            certain(
                "its text says so",
                &[On(
                    Probe::Upgrade,
                    Mark::Body("Missing or invalid Sec-WebSocket-Version"),
                )],
            ),
            certain(
                "its text says so",
                &[On(
                    Probe::Upgrade,
                    Mark::Body("unsupported WebSocket version"),
                )],
            ),
        ],
        against: &[],
        raise: "the version in the request's head",
        fix: Fix::Say("send Sec-WebSocket-Version: 13, and see that no proxy drops it"),
    },
    Finding {
        id: "H28",
        hop: Hop::ReverseProxy,
        title: "{by} passes the request on as HTTP/1.0, without the Upgrade header",
        signs: &[
            certain(
                "the server says that it was asked by HTTP/1.0, and HTTP/1.1 was sent; that text is written by Python \"websockets\", so a WebSocket server is there",
                &[On(
                    Probe::Upgrade,
                    Mark::Body("unsupported HTTP version: HTTP/1.0"),
                )],
            ),
            likely(
                "505 is about the version of HTTP, and HTTP/1.1 was sent",
                &[On(Probe::Upgrade, Mark::Status(&[505]))],
            ),
        ],
        against: &[],
        raise: "nothing: the server says so",
        fix: Fix::ForwardUpgrade,
    },
    Finding {
        id: "H44",
        hop: Hop::ReverseProxy,
        title: "{by} passes requests on and holds the 101 back",
        signs: &[
            certain(
                "the upgrade hangs, while a plain GET and a false version are answered by the server behind",
                &[
                    On(Probe::Upgrade, Mark::Nothing(End::Silent)),
                    On(Probe::Version99, Mark::Status(&[400, 426])),
                    Matrix("A B"),
                ],
            ),
            likely(
                "the upgrade hangs while a plain GET is answered",
                &[
                    On(Probe::Upgrade, Mark::Nothing(End::Silent)),
                    Matrix("A B"),
                ],
            ),
        ],
        against: &[],
        raise: "the development proxy's configuration",
        fix: Fix::TakeUpgrades,
    },
];
