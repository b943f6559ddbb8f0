//! No answer, half of one, or one that is no HTTP.

use crate::check::{
    advice::Fix,
    answer::End,
    evidence::{Fact, Probe},
    findings::{ALERT, Finding, When::*, certain, likely, possible, unseen},
    hop::Hop,
    mark::Mark,
};

/// `H30`, `H39`, `H40`, `H41`, `H42`, `H43`, `H45`.
pub(in crate::check::findings) const FINDINGS: &[Finding] = &[
    unseen(
        "H30",
        Hop::OnPath,
        "a portal answers 511",
        "it shows as M4",
        Fix::Say("see M4"),
    ),
    Finding {
        id: "H39",
        hop: Hop::ReverseProxy,
        title: "the connection is closed without an answer",
        signs: &[
            likely(
                "a plain GET is closed as well, at once, and the port wants no TLS: a rule (nginx return 444, HAProxy reject), or a tunnel whose server is down",
                &[
                    On(Probe::Upgrade, Mark::Nothing(End::Fin)),
                    On(Probe::Upgrade, Mark::Took(0, 900)),
                    Matrix("ABCE"),
                    Saw(Fact::PortSpeaksNoTls),
                ],
            ),
            likely(
                "a plain GET is closed as well, at once: a rule (nginx return 444, HAProxy reject), a tunnel whose server is down, or a port that wants TLS",
                &[
                    On(Probe::Upgrade, Mark::Nothing(End::Fin)),
                    On(Probe::Upgrade, Mark::Took(0, 900)),
                    Matrix("ABCE"),
                    Not(Fact::PortSpeaksNoTls),
                ],
            ),
            likely(
                "upgrades alone are closed, a plain GET is not: the upgrade listener does not know the path, or the server behind it is down (node http-proxy)",
                &[On(Probe::Upgrade, Mark::Nothing(End::Fin)), Matrix("AC B")],
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
    unseen(
        "H45",
        Hop::OnPath,
        "the 101 passes and no data follows",
        "no ping is answered (C6) through the proxy, and each is without it",
        Fix::Say("the proxy must tunnel after a 101"),
    ),
];

/// Where the table knows nothing to say of an answer.
pub(in crate::check::findings) const REFUSED: Finding = Finding {
    id: "H52",
    hop: Hop::Application,
    title: "the upgrade is refused with {status}",
    signs: &[possible(
        "it says: {saying}",
        &[On(Probe::Upgrade, Mark::Http), Not(Fact::Upgraded)],
    )],
    against: &[],
    raise: "the log of whoever wrote the answer",
    fix: Fix::Say("look for the request in the logs, nearest hop first"),
};
