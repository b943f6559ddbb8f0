//! The answer to the upgrade.

use super::{ALERT, Finding, When::*, certain, likely, possible, unseen};
use crate::check::{
    advice::Fix,
    answer::End,
    evidence::{Fact, Probe},
    hop::Hop,
    mark::Mark,
};

/// What the plain GET, a false version and a missing key get when nobody saw the upgrade: the same.
const NOBODY_SAW_IT: &str =
    "every probe got the same answer: with and without Upgrade, version 99, no such protocol";

/// `H`.
pub(super) const FINDINGS: &[Finding] = &[
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
        against: &[],
        raise: "ask the application server past its proxy: 101 there means that the proxy drops Upgrade",
        fix: Fix::ForwardUpgrade,
    },
    Finding {
        id: "H2",
        hop: Hop::ReverseProxy,
        title: "{by} redirects ws:// to TLS: use {ready_url}",
        signs: &[certain(
            "the Location is the same host by https",
            &[Saw(Fact::RedirectToTls)],
        )],
        against: &[],
        raise: "nothing: the Location says it",
        fix: Fix::Say("connect to {ready_url}; no browser follows a redirect of a WebSocket"),
    },
    Finding {
        id: "H3",
        hop: Hop::ReverseProxy,
        title: "{by} redirects to the path with a slash at its end: use {ready_url}",
        signs: &[certain(
            "the Location differs by the slash alone",
            &[Saw(Fact::RedirectSlash)],
        )],
        against: &[],
        raise: "nothing: the Location says it",
        fix: Fix::Say("connect to {ready_url}"),
    },
    Finding {
        id: "H4",
        hop: Hop::Application,
        title: "the upgrade is redirected to a login: {location}",
        signs: &[
            certain(
                "the Location is a login page",
                &[Saw(Fact::RedirectToLogin)],
            ),
            possible(
                "the answer is a redirect to {location}",
                &[On(Probe::Upgrade, Mark::Status(&[301, 302, 303, 307, 308]))],
            ),
        ],
        against: &[],
        raise: "the same with the session's cookie: -b or -H 'Cookie: …'",
        fix: Fix::Say("send the session with -b COOKIE or a token with -H 'Authorization: …'"),
    },
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
                    On(Probe::LikeBrowser, Mark::Status(&[101])),
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
            certain("a plain GET gets the same answer", &[Matrix("AB")]),
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
                "the page is a forward proxy's",
                &[On(Probe::Upgrade, Mark::Header("x-squid-error", ""))],
            ),
        ],
        raise: "the proxy's log; its rules for addresses, countries and methods",
        fix: Fix::Say(
            "allow this client in the proxy's access rules (nginx: deny, limit_except; HAProxy: http-request deny)",
        ),
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
        id: "H16",
        hop: Hop::Application,
        title: "there is no WebSocket at the path {path} (404)",
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
        fix: Fix::Say(
            "check the path, and the proxy's rewriting of it (ATS: add map ws://… ws://…)",
        ),
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
                "a plain GET gets another answer, so Upgrade arrived",
                &[Matrix("A B")],
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
        against: &[],
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
        title: "{by} gets no usable answer from the server behind it (502)",
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
        against: &[],
        raise: "the same past the proxy: does the server answer the upgrade at all",
        fix: Fix::Upstream,
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
        "H30",
        Hop::OnPath,
        "a portal answers 511",
        "it shows as M4",
        Fix::Say("see M4"),
    ),
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
    Finding {
        id: "H39",
        hop: Hop::ReverseProxy,
        title: "the connection is closed without an answer",
        signs: &[
            likely(
                "a plain GET is closed as well, at once: a rule (nginx return 444, HAProxy reject) or a port that wants TLS",
                &[
                    On(Probe::Upgrade, Mark::Nothing(End::Fin)),
                    On(Probe::Upgrade, Mark::Took(0, 900)),
                    Matrix("ABCE"),
                ],
            ),
            possible(
                "FIN came after {took} and before any byte",
                &[On(Probe::Upgrade, Mark::Nothing(End::Fin))],
            ),
        ],
        against: &[],
        raise: "the same as wss://, and the logs of proxy and application: a crash closes like this too",
        fix: Fix::Say(
            "look for the request in the logs, nearest hop first: the last that has it closed it",
        ),
    },
    unseen(
        "H40",
        Hop::OnPath,
        "the request is answered with RST",
        "it shows as M3",
        Fix::Say("see M3"),
    ),
    Finding {
        id: "H41",
        hop: Hop::ReverseProxy,
        title: "the upgrade gets no answer for {took}",
        signs: &[possible(
            "TCP connected and not a byte came back",
            &[On(Probe::Upgrade, Mark::Nothing(End::Silent))],
        )],
        against: &[likely("a plain GET is answered", &[Matrix("A B")])],
        raise: "wscope check --level normal sends a plain GET",
        fix: Fix::Say(
            "look for the request in the logs, nearest hop first; HAProxy's silent-drop and tarpit look so",
        ),
    },
    Finding {
        id: "H42",
        hop: Hop::Application,
        title: "the answer ends in the middle of its head",
        signs: &[certain(
            "the connection ended before the empty line",
            &[Saw(Fact::HeadTruncated)],
        )],
        against: &[],
        raise: "the server's log",
        fix: Fix::Say("look for a crash in the server's log"),
    },
    Finding {
        id: "H43",
        hop: Hop::You,
        title: "the answer is not HTTP: {greeting}",
        signs: &[
            certain(
                "the port speaks SSH",
                &[On(Probe::Upgrade, Mark::Begins(b"SSH-"))],
            ),
            likely(
                "the first bytes are no status line; nginx passes such bytes on from behind it",
                &[On(Probe::Upgrade, Mark::NotHttp)],
            ),
        ],
        against: &[possible(
            "it is a TLS record",
            &[On(Probe::Upgrade, Mark::Begins(ALERT))],
        )],
        raise: "nothing: the bytes are in the evidence",
        fix: Fix::Say("check the port, and the port that the proxy passes the request to"),
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
    unseen(
        "H45",
        Hop::OnPath,
        "the 101 passes and no data follows",
        "no ping is answered (C6) through the proxy, and each is without it",
        Fix::Say("the proxy must tunnel after a 101"),
    ),
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
    unseen(
        "H47",
        Hop::ReverseProxy,
        "IIS or Azure has WebSocket switched off",
        "503 with its text shows as H26",
        Fix::Say(
            "az webapp config set --web-sockets-enabled true; IIS: install the feature WebSocket Protocol",
        ),
    ),
    unseen(
        "H48",
        Hop::Application,
        "a development server claims every upgrade for its own reload socket",
        "the same with the development server off",
        Fix::Say("one upgrade listener that routes by path"),
    ),
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
