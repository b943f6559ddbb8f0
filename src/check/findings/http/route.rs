//! Nothing takes WebSockets at this path, or not by this method.

use crate::check::{
    advice::Fix,
    evidence::Probe,
    findings::{Finding, When::*, certain, likely, possible, unseen},
    hop::Hop,
    mark::Mark,
};

/// `H16`, `H18`, `H48`, `H1`.
pub(in crate::check::findings) const FINDINGS: &[Finding] = &[
    Finding {
        id: "H16",
        hop: Hop::Application,
        title: "there is no WebSocket at the path {path} ({code})",
        signs: &[
            certain(
                "Apache Traffic Server has no map for ws://, while a plain GET passes",
                &[
                    On(Probe::Upgrade, Mark::Status(&[404])),
                    WrittenBy("ATS"),
                    Matrix("A B"),
                ],
            ),
            certain(
                "the server's own WebSocket code was reached: a plain GET and a false version get other answers",
                &[
                    On(Probe::Upgrade, Mark::Status(&[404])),
                    WrittenByUnknown,
                    Matrix("A B"),
                ],
            ),
            likely(
                "Caddy answers an empty 200 where no site or route matches host and path",
                &[On(Probe::Upgrade, Mark::Status(&[200])), WrittenBy("Caddy")],
            ),
            likely(
                "it is the page of Go's net/http where nothing matches: no router of Traefik, or no route of a Go server",
                &[On(Probe::Upgrade, Mark::Status(&[404])), By("Traefik")],
            ),
            likely(
                "the page is the proxy's own: it passes this path to nobody",
                &[On(Probe::Upgrade, Mark::Status(&[404])), WrittenByFront],
            ),
            possible(
                "the answer is 404",
                &[On(Probe::Upgrade, Mark::Status(&[404]))],
            ),
        ],
        against: &[],
        raise: "the same path with and without a slash at its end, and the server's list of routes",
        fix: Fix::Route,
    },
    Finding {
        id: "H18",
        hop: Hop::ReverseProxy,
        title: "the method GET is not allowed at {path} (405)",
        signs: &[
            certain(
                "a plain GET gets the same answer",
                &[On(Probe::Upgrade, Mark::Status(&[405])), Matrix("AB")],
            ),
            likely(
                "the answer is 405",
                &[On(Probe::Upgrade, Mark::Status(&[405]))],
            ),
        ],
        against: &[],
        raise: "the routes of proxy and application",
        fix: Fix::Say("allow GET for the path, which every upgrade uses; check the path"),
    },
    unseen(
        "H48",
        Hop::Application,
        "a development server claims every upgrade for its own reload socket",
        "the same with the development server off",
        Fix::Say("one upgrade listener that routes by path"),
    ),
    Finding {
        id: "H1",
        hop: Hop::ReverseProxy,
        title: "the upgrade is answered with a web page (200): nothing here treats it as a WebSocket",
        signs: &[
            possible(
                "the page is what every path of a single-page application or file server gets",
                &[
                    On(Probe::Upgrade, Mark::Status(&[200])),
                    On(Probe::Upgrade, Mark::Header("content-type", "text/html")),
                ],
            ),
            possible(
                "the answer is 200 and not 101",
                &[
                    On(Probe::Upgrade, Mark::Status(&[200])),
                    On(Probe::Upgrade, Mark::NoHeader("sec-websocket-accept")),
                ],
            ),
        ],
        against: &[likely(
            "Caddy wrote it: no route matched",
            &[WrittenBy("Caddy")],
        )],
        raise: "ask the application server past its proxy: 101 there means that the proxy drops Upgrade",
        fix: Fix::ForwardUpgrade,
    },
];
