//! The proxy answered, since the server behind it could not.

use crate::check::{
    advice::Fix,
    evidence::{Fact, Probe},
    findings::{ALERT, Finding, When::*, certain, likely, possible, unseen},
    hop::Hop,
    mark::Mark,
};

/// `H23`, `H24`, `H25`, `H26`, `H27`, `H29`, `H47`, `H50`.
pub(in crate::check::findings) const FINDINGS: &[Finding] = &[
    Finding {
        id: "H23",
        hop: Hop::Application,
        title: "the server fails while it handles the upgrade (500)",
        signs: &[
            likely(
                "the page is Apache's own, as when no module serves the scheme of its ProxyPass (AH01144)",
                &[
                    On(Probe::Upgrade, Mark::Status(&[500])),
                    WrittenBy("Apache"),
                ],
            ),
            likely(
                "the page is the proxy's own: its configuration fails, or it delays refused clients (tarpit)",
                &[On(Probe::Upgrade, Mark::Status(&[500])), WrittenByFront],
            ),
            likely(
                "the answer is 500",
                &[On(Probe::Upgrade, Mark::Status(&[500]))],
            ),
        ],
        against: &[possible(
            "lighttpd wrote it, and has the server behind it for another cause",
            &[WrittenBy("lighttpd")],
        )],
        raise: "the error log of whoever wrote the page",
        fix: Fix::ServerError,
    },
    Finding {
        id: "H24",
        hop: Hop::ReverseProxy,
        title: "{by} does not implement what the request asks for (501)",
        signs: &[likely(
            "501 says so",
            &[On(Probe::Upgrade, Mark::Status(&[501]))],
        )],
        against: &[],
        raise: "the same without Upgrade: --level normal",
        fix: Fix::Say("enable the upgrade where the answer comes from"),
    },
    Finding {
        id: "H25",
        hop: Hop::ReverseProxy,
        title: "{by} gets no usable answer from the server behind it ({code})",
        signs: &[
            certain(
                "HAProxy passes a plain GET and rejects the answer to the upgrade: the 101 lacks Sec-WebSocket-Accept or Connection",
                &[
                    On(Probe::Upgrade, Mark::Status(&[502])),
                    WrittenBy("HAProxy"),
                    Matrix("A B"),
                ],
            ),
            certain(
                "the proxy's own text names the cause: {saying}",
                &[
                    On(Probe::Upgrade, Mark::Status(&[502])),
                    OneOf(&[WrittenBy("h2o"), WrittenBy("Envoy")]),
                ],
            ),
            certain(
                "http-proxy-middleware answers 504 at once when the server behind it refuses",
                &[
                    On(Probe::Upgrade, Mark::Status(&[504])),
                    WrittenBy("node http-proxy"),
                    On(Probe::Upgrade, Mark::Took(0, 1000)),
                ],
            ),
            likely(
                "lighttpd answers 500 when what comes from behind it is no HTTP, as from a TLS port",
                &[
                    On(Probe::Upgrade, Mark::Status(&[500])),
                    WrittenBy("lighttpd"),
                ],
            ),
            certain(
                "502 is the proxy's own page",
                &[On(Probe::Upgrade, Mark::Status(&[502])), WrittenByFront],
            ),
            likely(
                "the answer is 502",
                &[On(Probe::Upgrade, Mark::Status(&[502]))],
            ),
        ],
        against: &[],
        raise: "the proxy's error log: refused, reset, wrong scheme (http to a TLS port or the reverse), or a bad head",
        fix: Fix::Upstream,
    },
    Finding {
        id: "H26",
        hop: Hop::ReverseProxy,
        title: "{by} turns the request away (503)",
        signs: &[
            certain(
                "HAProxy says that it has no server left",
                &[
                    On(Probe::Upgrade, Mark::Status(&[503])),
                    On(
                        Probe::Upgrade,
                        Mark::Body("No server is available to handle this request."),
                    ),
                ],
            ),
            certain(
                "IIS says that WebSocket is disabled for the site",
                &[On(Probe::Upgrade, Mark::Body("WebSockets are disabled"))],
            ),
            certain(
                "nginx wrote the page: limit_req, limit_conn, maintenance, or an error it intercepts",
                &[On(Probe::Upgrade, Mark::Status(&[503])), WrittenBy("nginx")],
            ),
            certain(
                "Apache answers 503 when the server behind it refuses the connection",
                &[
                    On(Probe::Upgrade, Mark::Status(&[503])),
                    WrittenBy("Apache"),
                ],
            ),
            certain(
                "Varnish writes this page when its fetch fails: the server behind it refuses, is silent, or speaks no HTTP",
                &[
                    On(Probe::Upgrade, Mark::Status(&[503])),
                    On(Probe::Upgrade, Mark::Body("Backend fetch failed")),
                ],
            ),
            certain(
                "Envoy's own text names the cause: {saying}",
                &[On(Probe::Upgrade, Mark::Status(&[503])), WrittenBy("Envoy")],
            ),
            certain(
                "lighttpd answers 503 when the server behind it refuses the connection",
                &[
                    On(Probe::Upgrade, Mark::Status(&[503])),
                    WrittenBy("lighttpd"),
                ],
            ),
            certain(
                "Traefik says that the service has no healthy server",
                &[
                    On(Probe::Upgrade, Mark::Status(&[503])),
                    WrittenBy("Traefik"),
                ],
            ),
            certain(
                "the page is the proxy's own",
                &[On(Probe::Upgrade, Mark::Status(&[503])), WrittenByFront],
            ),
            likely(
                "the answer is 503",
                &[On(Probe::Upgrade, Mark::Status(&[503]))],
            ),
        ],
        against: &[],
        raise: "the proxy's log, and its list of healthy servers",
        fix: Fix::Upstream,
    },
    Finding {
        id: "H27",
        hop: Hop::ReverseProxy,
        title: "{by} waited {took} for the server behind it (504)",
        signs: &[
            certain(
                "504 is the proxy's own page",
                &[On(Probe::Upgrade, Mark::Status(&[504])), WrittenByFront],
            ),
            likely(
                "the answer is 504",
                &[On(Probe::Upgrade, Mark::Status(&[504]))],
            ),
        ],
        against: &[certain(
            "the answer came at once, and http-proxy-middleware says 504 for a refusal too",
            &[
                WrittenBy("node http-proxy"),
                On(Probe::Upgrade, Mark::Took(0, 1000)),
            ],
        )],
        raise: "the same past the proxy: does the server answer the upgrade at all",
        fix: Fix::Upstream,
    },
    Finding {
        id: "H29",
        hop: Hop::ReverseProxy,
        title: "Cloudflare cannot get an answer from the origin ({status})",
        signs: &[
            certain(
                "the status is one that only Cloudflare uses, and it signed the answer",
                &[
                    On(
                        Probe::Upgrade,
                        Mark::Status(&[520, 521, 522, 523, 524, 525, 526, 527]),
                    ),
                    By("Cloudflare"),
                ],
            ),
            likely(
                "the status is one that only Cloudflare uses",
                &[On(
                    Probe::Upgrade,
                    Mark::Status(&[520, 521, 522, 523, 524, 525, 526, 527]),
                )],
            ),
        ],
        against: &[],
        raise: "the origin without Cloudflare: --connect-to ::ORIGIN:443",
        fix: Fix::Say(
            "520 bad answer, 521 refused, 522 and 524 timeouts, 523 unreachable, 525 TLS failed, 526 bad certificate: mend the origin",
        ),
    },
    unseen(
        "H47",
        Hop::ReverseProxy,
        "IIS or Azure has WebSocket switched off",
        "503 with its text shows as H26",
        Fix::Say(
            "az webapp config set --web-sockets-enabled true; IIS: install the feature WebSocket Protocol",
        ),
    ),
    Finding {
        id: "H50",
        hop: Hop::ReverseProxy,
        title: "{by} speaks plain HTTP to a TLS port behind it, and passes the alert on",
        signs: &[
            certain(
                "the answer is a TLS alert, and this port does not speak TLS: it answers a ClientHello with {greeting_to_tls}",
                &[
                    On(Probe::Upgrade, Mark::Begins(ALERT)),
                    Saw(Fact::PortSpeaksNoTls),
                ],
            ),
            certain(
                "the answer is a TLS alert, inside a TLS session that works",
                &[On(Probe::Upgrade, Mark::Begins(ALERT)), Saw(Fact::Tls)],
            ),
            possible(
                "the answer is a TLS alert",
                &[On(Probe::Upgrade, Mark::Begins(ALERT))],
            ),
        ],
        against: &[certain(
            "a ClientHello on the same port is answered with TLS",
            &[Saw(Fact::PortSpeaksTls)],
        )],
        raise: "wscope check --level normal tries TLS on the same port",
        fix: Fix::Say(
            "let the proxy speak TLS to that server (nginx: proxy_pass https://…), or give it the server's plain port",
        ),
    },
];
