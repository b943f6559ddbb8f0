//! The answer leads elsewhere.

use crate::check::{
    advice::Fix,
    evidence::{Fact, Probe},
    findings::{Finding, When::*, certain, likely},
    hop::Hop,
    mark::Mark,
};

/// `H2`, `H3`, `H4`.
pub(in crate::check::findings) const FINDINGS: &[Finding] = &[
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
        signs: &[certain(
            "the Location is a login page",
            &[Saw(Fact::RedirectToLogin)],
        )],
        against: &[],
        raise: "the same with the session's cookie: -b or -H 'Cookie: …'",
        fix: Fix::Say("send the session with -b COOKIE or a token with -H 'Authorization: …'"),
    },
    Finding {
        id: "H51",
        hop: Hop::ReverseProxy,
        title: "{by} redirects the upgrade to {location}",
        signs: &[likely(
            "the status is a redirect",
            &[
                On(Probe::Upgrade, Mark::Status(&[301, 302, 303, 307, 308])),
                Not(Fact::RedirectToLogin),
                Not(Fact::RedirectToTls),
                Not(Fact::RedirectSlash),
            ],
        )],
        against: &[],
        raise: "what is there: a login wants the session (-b, -H), another site its own URL",
        fix: Fix::Say("connect to {ready_url}; no browser follows a redirect of a WebSocket"),
    },
];
