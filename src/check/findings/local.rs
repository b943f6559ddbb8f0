//! The URL, the name, and the way to the first SYN-ACK.

use super::{Finding, When::*, certain, likely, possible, unseen};
use crate::check::{
    advice::Fix,
    answer::End,
    evidence::{Fact, Probe},
    hop::Hop,
    mark::Mark,
};

/// `U`, `D`, `N`.
pub(super) const FINDINGS: &[Finding] = &[
    unseen(
        "U1",
        Hop::You,
        "the URL's scheme means nothing here",
        "wscope refuses it before anything is sent, and suggests the nearest",
        Fix::Say("write ws:// or wss://"),
    ),
    Finding {
        id: "U2",
        hop: Hop::You,
        title: "the URL was {given_scheme}://, and {scheme}:// was used",
        signs: &[certain("the scheme was mapped", &[Saw(Fact::HttpScheme)])],
        against: &[],
        raise: "nothing: it is a remark",
        fix: Fix::Remark,
    },
    Finding {
        id: "U3",
        hop: Hop::You,
        title: "the URL's fragment is never sent and was dropped",
        signs: &[certain("the URL has a \"#\"", &[Saw(Fact::UrlFragment)])],
        against: &[],
        raise: "nothing: it is a remark",
        fix: Fix::Remark,
    },
    unseen(
        "U4",
        Hop::You,
        "the URL cannot be read",
        "wscope refuses it before anything is sent, and names the place",
        Fix::Say("check host and port; an IPv6 address stands in brackets: ws://[::1]:8080/"),
    ),
    unseen(
        "U5",
        Hop::You,
        "a page served by https may not open ws://",
        "the browser's console says \"Mixed Content\" while the same URL works here",
        Fix::Say("use wss:// in the page"),
    ),
    Finding {
        id: "U6",
        hop: Hop::You,
        title: "the server speaks {library} here, which is a protocol of its own on top of WebSocket",
        signs: &[
            certain(
                "Socket.IO closes an upgrade outside its own path after one second, without a byte",
                &[
                    On(Probe::Upgrade, Mark::Nothing(End::Fin)),
                    On(Probe::Upgrade, Mark::Took(950, 1300)),
                    On(Probe::PlainGet, Mark::Nothing(End::Silent)),
                ],
            ),
            likely(
                "the upgrade ended after one second without a byte, which is what Socket.IO does outside its path",
                &[
                    On(Probe::Upgrade, Mark::Nothing(End::Fin)),
                    On(Probe::Upgrade, Mark::Took(950, 1300)),
                ],
            ),
            certain(
                "the body is Socket.IO's error for a request without its query parameters",
                &[On(
                    Probe::Upgrade,
                    Mark::Body("\"message\":\"Transport unknown\""),
                )],
            ),
        ],
        against: &[],
        raise: "wscope check with the path /socket.io/?EIO=4&transport=websocket",
        fix: Fix::Say(
            "Socket.IO: use the path /socket.io/?EIO=4&transport=websocket, or its own client;\n\
             a plain WebSocket client must speak that library's packets",
        ),
    },
    Finding {
        id: "D1",
        hop: Hop::Resolver,
        title: "the name {host} does not exist",
        signs: &[certain(
            "the resolver answered that there is no such name",
            &[Saw(Fact::NameNotFound)],
        )],
        against: &[],
        raise: "ask another resolver, and look whether the parent domain exists",
        fix: Fix::Say(
            "check the spelling; for an internal name connect the VPN; else publish the record",
        ),
    },
    Finding {
        id: "D2",
        hop: Hop::Resolver,
        title: "the resolver could not answer for {host}",
        signs: &[likely(
            "it failed after {dns_ms} ms, too soon for a timeout: SERVFAIL or REFUSED",
            &[Saw(Fact::ResolverFailed)],
        )],
        against: &[],
        raise: "dig {host} beside dig +cd {host}: only the second answering means DNSSEC",
        fix: Fix::Say("use another resolver, or have this one or the zone's signatures mended"),
    },
    Finding {
        id: "D3",
        hop: Hop::Resolver,
        title: "the resolver does not answer",
        signs: &[likely(
            "nothing came back for {dns_ms} ms",
            &[Saw(Fact::ResolverTimeout)],
        )],
        against: &[],
        raise: "dig +tcp {host}: an answer means that only UDP port 53 is blocked",
        fix: Fix::Say(
            "check the resolver in /etc/resolv.conf: a VPN that is down leaves a dead one there",
        ),
    },
    Finding {
        id: "D4",
        hop: Hop::Resolver,
        title: "the name {host} exists and has no address of the family asked for",
        signs: &[certain(
            "the resolver answered with no address",
            &[Saw(Fact::NoAddress)],
        )],
        against: &[],
        raise: "dig {host} A and dig {host} AAAA",
        fix: Fix::Say("publish the missing A or AAAA record, or drop -4 or -6"),
    },
    Finding {
        id: "D5",
        hop: Hop::Resolver,
        title: "{host} resolved to {address}, which cannot be a public server",
        signs: &[
            likely(
                "{address} is not an address of the Internet",
                &[Saw(Fact::OddAddress), Saw(Fact::Refused)],
            ),
            possible(
                "{address} is not an address of the Internet",
                &[Saw(Fact::OddAddress)],
            ),
        ],
        against: &[],
        raise: "compare with another resolver, and look for {host} in /etc/hosts",
        fix: Fix::Say(
            "remove the stale line in /etc/hosts, leave the portal, or ask why the name is filtered",
        ),
    },
    Finding {
        id: "N1",
        hop: Hop::Application,
        title: "nothing listens on {address}: the connection was refused",
        signs: &[certain(
            "the SYN was answered with RST",
            &[Saw(Fact::Refused), Not(Fact::ViaProxy)],
        )],
        against: &[],
        raise: "on the server: ss -ltnp, for the port and the address that it is bound to",
        fix: Fix::Say(
            "start the server, or bind it to the address that clients use (a container\n\
             needs its port published); a firewall that rejects with RST looks the same",
        ),
    },
    Finding {
        id: "N2",
        hop: Hop::OnPath,
        title: "no answer from {address}: packets are dropped",
        signs: &[
            likely(
                "another port of the same host answers, so the host is up and this port is filtered",
                &[Saw(Fact::ConnectTimeout), Saw(Fact::SiblingPortOpen)],
            ),
            possible(
                "no SYN was answered in {connect_s}",
                &[Saw(Fact::ConnectTimeout)],
            ),
        ],
        against: &[],
        raise: "a TCP traceroute to the port, and the same port of a neighbour of that host",
        fix: Fix::Say(
            "open the port in the firewall or security group, or serve on 443; else check the address",
        ),
    },
    Finding {
        id: "N3",
        hop: Hop::OnPath,
        title: "a firewall rejects {address}, although the system says \"no route to host\"",
        signs: &[likely(
            "the error came at once; a missing host would take seconds",
            &[Saw(Fact::UnreachableAtOnce)],
        )],
        against: &[],
        raise: "ping the host: an answer leaves only the firewall",
        fix: Fix::Say(
            "open the port on the server: firewall-cmd --add-port={port}/tcp, or the router's access list",
        ),
    },
    Finding {
        id: "N4",
        hop: Hop::You,
        title: "this machine has no route to {address}",
        signs: &[
            certain("the system refused to send a packet", &[Saw(Fact::NoRoute)]),
            likely(
                "the address was unreachable after the time of address resolution",
                &[Saw(Fact::UnreachableLate)],
            ),
        ],
        against: &[],
        raise: "ip route get the address",
        fix: Fix::Say("connect the VPN, or use the other address family (-4, -6)"),
    },
    Finding {
        id: "N5",
        hop: Hop::OnPath,
        title: "IPv6 to {host} is broken, IPv4 works",
        signs: &[certain(
            "the IPv6 address did not answer while the IPv4 address connected",
            &[Saw(Fact::V6Silent)],
        )],
        against: &[],
        raise: "wscope check -6 {url} from another network",
        fix: Fix::Remark,
    },
    Finding {
        id: "N6",
        hop: Hop::Application,
        title: "the server listens on 127.0.0.1 and not on ::1",
        signs: &[certain(
            "::1 refused and 127.0.0.1 accepted; clients that try one address only will fail",
            &[Saw(Fact::V6LoopbackRefused)],
        )],
        against: &[],
        raise: "ss -ltn shows the addresses",
        fix: Fix::Remark,
    },
    Finding {
        id: "N7",
        hop: Hop::ReverseProxy,
        title: "{address} accepts connections and nobody behind it speaks",
        signs: &[
            likely(
                "neither the upgrade nor a plain GET got a byte",
                &[
                    On(Probe::Upgrade, Mark::Nothing(End::Silent)),
                    On(Probe::PlainGet, Mark::Nothing(End::Silent)),
                ],
            ),
            likely(
                "neither the upgrade nor a plain GET got a byte before the connection was closed",
                &[
                    On(Probe::Upgrade, Mark::Nothing(End::Fin)),
                    On(Probe::Upgrade, Mark::Took(1300, 60_000)),
                    On(Probe::PlainGet, Mark::Nothing(End::Fin)),
                ],
            ),
        ],
        against: &[],
        raise: "the balancer's own list of healthy backends",
        fix: Fix::Say("start the server behind the balancer, or mend its port forward"),
    },
    unseen(
        "N8",
        Hop::You,
        "another service answers on the port",
        "it shows as H43, by the bytes that came back",
        Fix::Say("check the port"),
    ),
];
