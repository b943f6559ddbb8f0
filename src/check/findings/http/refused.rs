//! Somebody who could let the upgrade pass does not: credentials, Origin, access rules, limits.

use crate::check::{
    advice::Fix,
    evidence::{Fact, Probe},
    findings::{Finding, When::*, certain, likely, possible},
    hop::Hop,
    mark::Mark,
};

/// `H10`, `H11`, `H12`, `H13`, `H14`, `H15`, `H19`, `H22`, `H46`, `H49`.
pub(in crate::check::findings) const FINDINGS: &[Finding] = &[
    Finding {
        id: "H10",
        hop: Hop::ReverseProxy,
        title: "{by} itself refuses the request as malformed or too large (400)",
        signs: &[
            certain(
                "its page says that a header or cookie is too large",
                &[On(
                    Probe::Upgrade,
                    Mark::Body("Request Header Or Cookie Too Large"),
                )],
            ),
            likely(
                "the page is the proxy's own",
                &[On(Probe::Upgrade, Mark::Status(&[400])), WrittenByFront],
            ),
        ],
        against: &[
            certain(
                "the page is about TLS",
                &[On(Probe::Upgrade, Mark::Body("HTTPS port"))],
            ),
            certain(
                "the page is about a certificate",
                &[On(Probe::Upgrade, Mark::Body("SSL certificate"))],
            ),
            certain(
                "the page is a forward proxy's",
                &[On(Probe::Upgrade, Mark::Header("x-squid-error", ""))],
            ),
        ],
        raise: "the same without -H and -b: --level deep sends the required headers alone",
        fix: Fix::Say(
            "send smaller headers (the request had {request_bytes} bytes), or raise the limit (nginx: large_client_header_buffers)",
        ),
    },
    Finding {
        id: "H11",
        hop: Hop::Application,
        title: "credentials are wanted (401): {www_authenticate}",
        signs: &[
            certain(
                "the answer names its scheme",
                &[
                    On(Probe::Upgrade, Mark::Status(&[401])),
                    On(Probe::Upgrade, Mark::Header("www-authenticate", "")),
                ],
            ),
            likely(
                "the answer is 401",
                &[On(Probe::Upgrade, Mark::Status(&[401]))],
            ),
        ],
        against: &[],
        raise: "the same with -u USER:PASSWORD or -H 'Authorization: …'",
        fix: Fix::Say(
            "send them: -u USER:PASSWORD, or -H 'Authorization: Bearer …'; a browser cannot set that header and needs a cookie, a subprotocol or a query",
        ),
    },
    Finding {
        id: "H12",
        hop: Hop::Application,
        title: "the application refuses the upgrade (403), most often for its Origin",
        signs: &[
            certain(
                "its text names the Origin, and a plain GET gets another answer, so it saw the upgrade",
                &[
                    On(Probe::Upgrade, Mark::Status(&[403])),
                    On(Probe::Upgrade, Mark::Body("origin")),
                    Matrix("A B"),
                ],
            ),
            certain(
                "with the site's own Origin it upgrades",
                &[
                    On(Probe::Upgrade, Mark::Status(&[403])),
                    On(Probe::SiteOrigin, Mark::Status(&[101])),
                ],
            ),
            certain(
                "its text names the Origin header",
                &[
                    On(Probe::Upgrade, Mark::Status(&[403])),
                    WrittenBy("Python websockets"),
                    On(Probe::Upgrade, Mark::Body("origin")),
                ],
            ),
            likely(
                "its text names the Origin",
                &[
                    On(Probe::Upgrade, Mark::Status(&[403])),
                    On(Probe::Upgrade, Mark::Body("origin")),
                ],
            ),
            likely(
                "a plain GET gets another answer, so it saw the upgrade; it does not say whether Origin or credentials are wrong",
                &[
                    On(Probe::Upgrade, Mark::Status(&[403])),
                    WrittenByUnknown,
                    OneOf(&[Matrix("AE B"), Matrix("A B C")]),
                ],
            ),
            likely(
                "gorilla/websocket answers so to an Origin that is not its own",
                &[
                    On(Probe::Upgrade, Mark::Status(&[403])),
                    WrittenBy("gorilla"),
                ],
            ),
        ],
        against: &[
            certain(
                "a plain GET gets the same answer",
                &[Matrix("AB"), Unsent(Probe::SiteOrigin)],
            ),
            likely("a proxy wrote the page", &[WrittenByFront]),
        ],
        raise: "the same with -H 'Origin: https://{host}' and with the site's own origin",
        fix: Fix::Origin,
    },
    Finding {
        id: "H13",
        hop: Hop::ReverseProxy,
        title: "Cloudflare challenges this client as a bot",
        signs: &[
            certain(
                "it says so in cf-mitigated",
                &[On(
                    Probe::Upgrade,
                    Mark::Header("cf-mitigated", "challenge"),
                )],
            ),
            likely(
                "the page is its waiting page",
                &[
                    On(Probe::Upgrade, Mark::Header("server", "cloudflare")),
                    On(Probe::Upgrade, Mark::Body("Just a moment...")),
                ],
            ),
        ],
        against: &[],
        raise: "the zone's security events",
        fix: Fix::Say("add a rule to the zone that skips the challenge for this path"),
    },
    Finding {
        id: "H14",
        hop: Hop::ReverseProxy,
        title: "{by} forbids the path (403), WebSocket or not",
        signs: &[
            certain(
                "the page is the proxy's own, and a plain GET gets it too",
                &[
                    On(Probe::Upgrade, Mark::Status(&[403])),
                    WrittenByFront,
                    Matrix("ABCE"),
                ],
            ),
            likely(
                "the page is the proxy's own",
                &[On(Probe::Upgrade, Mark::Status(&[403])), WrittenByFront],
            ),
            likely(
                "a plain GET gets the same answer, so it was decided before any WebSocket code",
                &[On(Probe::Upgrade, Mark::Status(&[403])), Matrix("ABCE")],
            ),
            possible(
                "the answer is 403",
                &[On(Probe::Upgrade, Mark::Status(&[403]))],
            ),
        ],
        against: &[
            certain("a plain GET gets another answer", &[Matrix("A B")]),
            likely(
                "with a browser's headers it upgrades",
                &[On(Probe::LikeBrowser, Mark::Status(&[101]))],
            ),
            likely(
                "the page is a forward proxy's",
                &[On(Probe::Upgrade, Mark::Header("x-squid-error", ""))],
            ),
        ],
        raise: "the proxy's log; its rules for addresses, countries and methods",
        fix: Fix::Allow,
    },
    Finding {
        id: "H15",
        hop: Hop::ReverseProxy,
        title: "Envoy has no WebSocket upgrade enabled on this route",
        signs: &[
            certain(
                "it refuses the upgrade with an empty 403 and passes a plain GET",
                &[
                    On(Probe::Upgrade, Mark::Status(&[403])),
                    By("Envoy"),
                    Matrix("A B"),
                    On(Probe::Upgrade, Mark::NoBody),
                ],
            ),
            likely(
                "an empty 403 by Envoy",
                &[On(Probe::Upgrade, Mark::Status(&[403])), WrittenBy("Envoy")],
            ),
        ],
        against: &[likely("a plain GET gets the same answer", &[Matrix("AB")])],
        raise: "wscope check --level normal sends the plain GET",
        fix: Fix::ForwardUpgrade,
    },
    Finding {
        id: "H19",
        hop: Hop::ReverseProxy,
        title: "{by} finds the request too large or too slow ({status})",
        signs: &[certain(
            "the status says so; the request had {request_bytes} bytes",
            &[On(Probe::Upgrade, Mark::Status(&[408, 413, 414, 431]))],
        )],
        against: &[],
        raise: "the same with a short query and without -H and -b",
        fix: Fix::Say(
            "shorten the URL or the headers (a token in the query is the usual cause), or raise the limit",
        ),
    },
    Finding {
        id: "H22",
        hop: Hop::ReverseProxy,
        title: "{by} limits the rate of requests (429)",
        signs: &[certain(
            "429 says so; Retry-After: {retry_after}",
            &[On(Probe::Upgrade, Mark::Status(&[429]))],
        )],
        against: &[],
        raise: "one attempt after a minute of silence",
        fix: Fix::Say(
            "wait, and let clients back off with jitter; raise the limit if these are few requests",
        ),
    },
    Finding {
        id: "H46",
        hop: Hop::ReverseProxy,
        title: "AWS refuses the upgrade: {saying}",
        signs: &[
            likely(
                "API Gateway answers so when the path lacks its stage",
                &[
                    On(Probe::Upgrade, Mark::Status(&[403])),
                    By("API Gateway"),
                    On(Probe::Upgrade, Mark::Body("Forbidden")),
                ],
            ),
            possible(
                "CloudFront answered with an error of its own",
                &[On(
                    Probe::Upgrade,
                    Mark::Header("x-cache", "error from cloudfront"),
                )],
            ),
        ],
        against: &[],
        raise: "the stage in the URL; the distribution's origin request policy",
        fix: Fix::Say(
            "API Gateway: wss://ID.execute-api.REGION.amazonaws.com/STAGE; CloudFront: origin request policy AllViewer",
        ),
    },
    Finding {
        id: "H49",
        hop: Hop::ReverseProxy,
        title: "the upgrade fails for its header {culprit} alone",
        signs: &[certain(
            "without that header the same request upgrades",
            &[Saw(Fact::HeaderMatters)],
        )],
        against: &[],
        raise: "nothing: the comparison shows it",
        fix: Fix::Say("leave the header out (-H '{culprit}:'), or mend whoever refuses it"),
    },
];
