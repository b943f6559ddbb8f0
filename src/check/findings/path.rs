//! Forward proxies, and devices on the way that nobody configured.

use super::{Finding, When::*, certain, likely, possible, unseen};
use crate::check::{
    advice::Fix,
    answer::End,
    evidence::{Fact, Probe},
    hop::Hop,
    mark::Mark,
};

/// `P`, `M`.
pub(super) const FINDINGS: &[Finding] = &[
    Finding {
        id: "P1",
        hop: Hop::YourProxy,
        title: "the proxy {proxy} refuses tunnels to port {port}",
        signs: &[
            certain(
                "CONNECT to port {port} got {connect_status}, to port 443 of the same host it was allowed",
                &[
                    On(Probe::Connect, Mark::Status(&[403, 405])),
                    On(Probe::Connect443, Mark::Status(&[200, 502, 503, 504])),
                ],
            ),
            certain(
                "the page says that CONNECT is not allowed with this port",
                &[On(
                    Probe::Connect,
                    Mark::Body("The CONNECT method not allowed with the port"),
                )],
            ),
            likely(
                "the port is not 443, and proxies commonly allow CONNECT to nothing else",
                &[
                    On(Probe::Connect, Mark::Status(&[403])),
                    Saw(Fact::OddPort),
                    Unsent(Probe::Connect443),
                ],
            ),
        ],
        against: &[possible(
            "port 443 of the same host is refused too",
            &[On(Probe::Connect443, Mark::Status(&[403]))],
        )],
        raise: "wscope check --level deep asks for a tunnel to port 443 of the same host",
        fix: Fix::Say(
            "serve wss on port 443, or ask the proxy's administrator to allow the port\n\
             (Squid: acl SSL_ports port {port})",
        ),
    },
    Finding {
        id: "P2",
        hop: Hop::YourProxy,
        title: "the proxy {proxy} refuses tunnels to {host}",
        signs: &[
            likely(
                "port 443 of the same host is refused too, so it is the host and not the port",
                &[
                    On(Probe::Connect, Mark::Status(&[403])),
                    On(Probe::Connect443, Mark::Status(&[403])),
                ],
            ),
            likely(
                "CONNECT to port 443 is what proxies allow, and it was refused",
                &[On(Probe::Connect, Mark::Status(&[403])), Not(Fact::OddPort)],
            ),
            possible(
                "CONNECT was refused with {connect_status}",
                &[On(Probe::Connect, Mark::Status(&[403])), Saw(Fact::OddPort)],
            ),
        ],
        against: &[possible(
            "port 443 of the same host is allowed",
            &[On(Probe::Connect443, Mark::Status(&[200]))],
        )],
        raise: "CONNECT to another host's port 443 through the same proxy",
        fix: Fix::Say(
            "ask the proxy's administrator to allow {host}; quote the reference in the page",
        ),
    },
    Finding {
        id: "P3",
        hop: Hop::YourProxy,
        title: "the proxy {proxy} wants credentials ({proxy_schemes})",
        signs: &[
            certain(
                "407 although credentials were sent: they are wrong",
                &[
                    On(Probe::Connect, Mark::Status(&[407])),
                    On(Probe::Connect, Mark::Header("proxy-authenticate", "basic")),
                    Saw(Fact::ProxyCredentialsSent),
                ],
            ),
            certain(
                "407, and no credentials were sent",
                &[
                    On(Probe::Connect, Mark::Status(&[407])),
                    On(Probe::Connect, Mark::Header("proxy-authenticate", "basic")),
                    Not(Fact::ProxyCredentialsSent),
                ],
            ),
            certain(
                "the SOCKS proxy accepts none of the offered methods",
                &[Saw(Fact::SocksNoMethod)],
            ),
            certain(
                "the SOCKS proxy refused name and password",
                &[Saw(Fact::SocksBadPassword)],
            ),
        ],
        against: &[],
        raise: "nothing: the proxy says so itself",
        fix: Fix::Say(
            "give them with -U USER:PASSWORD or in the proxy's URL: -x http://user:pass@host:port",
        ),
    },
    Finding {
        id: "P4",
        hop: Hop::YourProxy,
        title: "the proxy {proxy} accepts only {proxy_schemes}, which wscope does not speak",
        signs: &[
            certain(
                "407 offers NTLM and no Basic",
                &[
                    On(Probe::Connect, Mark::Status(&[407])),
                    On(Probe::Connect, Mark::Header("proxy-authenticate", "ntlm")),
                ],
            ),
            certain(
                "407 offers Negotiate and no Basic",
                &[
                    On(Probe::Connect, Mark::Status(&[407])),
                    On(
                        Probe::Connect,
                        Mark::Header("proxy-authenticate", "negotiate"),
                    ),
                ],
            ),
        ],
        against: &[certain(
            "Basic is offered beside it",
            &[On(
                Probe::Connect,
                Mark::Header("proxy-authenticate", "basic"),
            )],
        )],
        raise: "nothing: the proxy says so itself",
        fix: Fix::Say("run px or cntlm on this machine and use it: -x http://127.0.0.1:3128"),
    },
    Finding {
        id: "P5",
        hop: Hop::YourProxy,
        title: "the proxy {proxy} cannot resolve {host}",
        signs: &[
            certain(
                "its error is that of a failed look-up",
                &[On(
                    Probe::Connect,
                    Mark::Header("x-squid-error", "ERR_DNS_FAIL"),
                )],
            ),
            likely(
                "the proxy could not choose a way to the host, as when the name does not resolve for it",
                &[On(
                    Probe::Connect,
                    Mark::Header("x-squid-error", "ERR_CANNOT_FORWARD"),
                )],
            ),
            certain(
                "the proxy says that there is no such domain",
                &[On(Probe::Connect, Mark::Body("No such domain"))],
            ),
            possible(
                "tinyproxy answers so for a name that it cannot resolve",
                &[
                    On(Probe::Connect, Mark::Status(&[500])),
                    On(Probe::Connect, Mark::Header("server", "tinyproxy")),
                ],
            ),
            likely(
                "the SOCKS proxy replied \"{socks_reply}\" to a name",
                &[Saw(Fact::SocksRefused), Saw(Fact::NameNotFound)],
            ),
        ],
        against: &[],
        raise: "resolve {host} here and compare",
        fix: Fix::Say("put internal hosts into NO_PROXY, or use a proxy that knows the name"),
    },
    Finding {
        id: "P6",
        hop: Hop::YourProxy,
        title: "the proxy {proxy} cannot reach {host}:{port}",
        signs: &[
            certain(
                "the proxy's header carries the errno of its connect: {squid_errno}",
                &[On(
                    Probe::Connect,
                    Mark::Header("x-squid-error", "ERR_CONNECT_FAIL"),
                )],
            ),
            likely(
                "the proxy answered {connect_status}",
                &[On(Probe::Connect, Mark::Status(&[502, 503, 504]))],
            ),
            possible(
                "tinyproxy answers so for a host that it cannot reach",
                &[
                    On(Probe::Connect, Mark::Status(&[500])),
                    On(Probe::Connect, Mark::Header("server", "tinyproxy")),
                ],
            ),
            likely(
                "the SOCKS proxy replied \"{socks_reply}\"",
                &[Saw(Fact::SocksRefused)],
            ),
        ],
        against: &[],
        raise: "connect to {host}:{port} without the proxy: --noproxy {host}",
        fix: Fix::Say(
            "start the server, correct the port, or open its firewall for the proxy's address",
        ),
    },
    Finding {
        id: "P7",
        hop: Hop::YourProxy,
        title: "the proxy {proxy} itself cannot be reached",
        signs: &[certain(
            "the connection to the proxy's own address failed: {detail}",
            &[Saw(Fact::ProxyUnreachable)],
        )],
        against: &[],
        raise: "nothing: the address in the evidence is the proxy's, not the server's",
        fix: Fix::Say("connect the VPN, or correct {proxy_source}; --noproxy '*' goes without"),
    },
    Finding {
        id: "P8",
        hop: Hop::You,
        title: "{proxy} does not speak the protocol that its URL names",
        signs: &[
            likely(
                "it said nothing when spoken to",
                &[Saw(Fact::ProxySaidNothing)],
            ),
            certain(
                "it answered in another protocol",
                &[Saw(Fact::ProxyOtherProtocol)],
            ),
        ],
        against: &[],
        raise: "try the same address as http:// and as socks5h://",
        fix: Fix::Say(
            "write http://HOST:PORT for an HTTP proxy (https:// is TLS to the proxy itself) or socks5h://HOST:PORT",
        ),
    },
    Finding {
        id: "P9",
        hop: Hop::YourProxy,
        title: "the SOCKS proxy {proxy} refused {host}:{port}: {socks_reply}",
        signs: &[certain(
            "the reply code says so",
            &[Saw(Fact::SocksRefused)],
        )],
        against: &[],
        raise: "the same with local name resolution: socks5:// for socks5h://",
        fix: Fix::Say("as the reply says: the rule set, the network, or the host behind the proxy"),
    },
    unseen(
        "P10",
        Hop::YourProxy,
        "a proxy asked with GET http://… drops the Upgrade header",
        "wscope asks with CONNECT, which does not suffer from it; other clients may not",
        Fix::Say(
            "use CONNECT for ws:// too, or wss://; Squid 5: http_upgrade_request_protocols websocket allow all",
        ),
    ),
    Finding {
        id: "P11",
        hop: Hop::YourProxy,
        title: "a proxy was asked for a ws:// URL and does not know that scheme",
        signs: &[certain(
            "its error says so",
            &[On(
                Probe::Upgrade,
                Mark::Header("x-squid-error", "ERR_UNSUP_REQ"),
            )],
        )],
        against: &[],
        raise: "nothing: the header says so",
        fix: Fix::Say("the client must use CONNECT"),
    },
    Finding {
        id: "P12",
        hop: Hop::You,
        title: "{host}:{port} is a proxy, not the server",
        signs: &[certain(
            "the answer is a proxy's complaint about a request that is not for a proxy",
            &[On(
                Probe::Upgrade,
                Mark::Header("x-squid-error", "ERR_INVALID_URL"),
            )],
        )],
        against: &[],
        raise: "nothing: the header says so",
        fix: Fix::Say("give it as the proxy: -x http://{host}:{port}, and the server as the URL"),
    },
    Finding {
        id: "P13",
        hop: Hop::YourProxy,
        title: "the proxy {proxy} ends tunnels that are idle for {idle_s}",
        signs: &[possible(
            "the silent tunnel ended without a Close frame",
            &[Saw(Fact::IdleKilled), Saw(Fact::ViaProxy)],
        )],
        against: &[possible(
            "with pings it ended at the same age",
            &[Saw(Fact::LifetimeCapped)],
        )],
        raise: "the same --idle test without the proxy",
        fix: Fix::IdleTimer,
    },
    Finding {
        id: "P14",
        hop: Hop::OnPath,
        title: "{by} forbids requests that ask for a WebSocket",
        signs: &[
            certain(
                "the same request is refused only while it says \"Upgrade: websocket\"",
                &[Matrix("ACD BE"), On(Probe::Upgrade, Mark::Status(&[403]))],
            ),
            certain(
                "a proxy's access list refuses only what says \"Upgrade: websocket\"",
                &[
                    On(
                        Probe::Upgrade,
                        Mark::Header("x-squid-error", "ERR_ACCESS_DENIED"),
                    ),
                    Matrix("A B"),
                ],
            ),
            possible(
                "a proxy's access list refused the upgrade",
                &[On(
                    Probe::Upgrade,
                    Mark::Header("x-squid-error", "ERR_ACCESS_DENIED"),
                )],
            ),
        ],
        against: &[likely("a plain GET is refused alike", &[Matrix("AB")])],
        raise: "wscope check --level normal sends the request without Upgrade",
        fix: Fix::Say(
            "ask the proxy's administrator for an exception for {host}, or use wss where it is not inspected",
        ),
    },
    Finding {
        id: "P15",
        hop: Hop::You,
        title: "a proxy is set in the environment and was not used: {proxy_reason}",
        signs: &[
            possible(
                "the direct attempt got no answer",
                &[Saw(Fact::ProxyBypassed), Saw(Fact::ConnectTimeout)],
            ),
            possible(
                "the direct attempt found no name",
                &[Saw(Fact::ProxyBypassed), Saw(Fact::NameNotFound)],
            ),
        ],
        against: &[],
        raise: "the same with -x and that proxy",
        fix: Fix::Say("take {host} out of NO_PROXY, or give the proxy with -x"),
    },
    unseen(
        "P16",
        Hop::YourProxy,
        "the proxy decrypts TLS",
        "it shows as T5, by the certificate's issuer",
        Fix::Say("see T5"),
    ),
    Finding {
        id: "M1",
        hop: Hop::OnPath,
        title: "something on the way removes the Upgrade header from ws://",
        signs: &[
            certain(
                "over TLS the same host upgrades, so only readable traffic is touched",
                &[
                    On(Probe::OtherScheme, Mark::Status(&[101])),
                    Not(Fact::Tls),
                    Matrix("ABCDE"),
                ],
            ),
            likely(
                "over TLS the same host upgrades, so only readable traffic is touched",
                &[
                    On(Probe::OtherScheme, Mark::Status(&[101])),
                    On(Probe::Upgrade, Mark::Http),
                    Not(Fact::Tls),
                    Not(Fact::Upgraded),
                ],
            ),
        ],
        against: &[possible(
            "the peer is on this machine",
            &[Saw(Fact::Loopback)],
        )],
        raise: "wscope check --level deep asks over TLS as well",
        fix: Fix::Say("use wss://"),
    },
    unseen(
        "M2",
        Hop::OnPath,
        "something on the way changes frames after the 101",
        "the first frame is corrupt here and intact over wss or another network",
        Fix::Say("use wss://"),
    ),
    Finding {
        id: "M3",
        hop: Hop::OnPath,
        title: "the connection is reset when it asks for a WebSocket",
        signs: &[
            likely(
                "the same request without Upgrade is answered",
                &[On(Probe::Upgrade, Mark::Nothing(End::Reset)), Matrix("A B")],
            ),
            possible(
                "the request was answered with RST",
                &[On(Probe::Upgrade, Mark::Nothing(End::Reset))],
            ),
        ],
        against: &[possible(
            "a plain GET is reset too",
            &[On(Probe::PlainGet, Mark::Nothing(End::Reset))],
        )],
        raise: "the same from another network: a signature on the way disappears, a crash does not",
        fix: Fix::Say(
            "look for a crash in the server's log; else use wss:// or ask who filters the network",
        ),
    },
    Finding {
        id: "M4",
        hop: Hop::OnPath,
        title: "a captive portal answers instead of the server",
        signs: &[
            certain(
                "511 is the status of portals (RFC 6585 §6)",
                &[On(Probe::Upgrade, Mark::Status(&[511]))],
            ),
            possible(
                "the redirect leads to another host",
                &[
                    On(Probe::Upgrade, Mark::Status(&[302, 303, 307])),
                    Saw(Fact::OddAddress),
                ],
            ),
        ],
        against: &[],
        raise: "open any http:// page in a browser",
        fix: Fix::Say("sign in to the network, then try again"),
    },
    unseen(
        "M5",
        Hop::OnPath,
        "an antivirus on this machine changes the stream",
        "reserved bits, or a certificate issued by the product; another machine works",
        Fix::Say("exclude the process or host in the product's web shield"),
    ),
    unseen(
        "M6",
        Hop::OnPath,
        "a firewall's application control drops WebSocket",
        "a plain GET works, the upgrade does not, and another network works",
        Fix::Say("allow the application \"websocket\" in the firewall's policy"),
    ),
    Finding {
        id: "M7",
        hop: Hop::OnPath,
        title: "a web application firewall refuses this client",
        signs: &[likely(
            "with a browser's headers the same request upgrades",
            &[
                On(Probe::LikeBrowser, Mark::Status(&[101])),
                Not(Fact::Upgraded),
            ],
        )],
        against: &[certain(
            "the site's own Origin alone is enough",
            &[On(Probe::SiteOrigin, Mark::Status(&[101]))],
        )],
        raise: "wscope check --level deep repeats the upgrade with a browser's headers",
        fix: Fix::Say("send the missing headers (-A, -H), or except the path from the rule"),
    },
    unseen(
        "M8",
        Hop::OnPath,
        "an application that pins its certificate fails behind inspection",
        "the application fails and wscope --cacert does not",
        Fix::Say("bypass inspection for the host"),
    ),
    unseen(
        "M9",
        Hop::OnPath,
        "a tunnel service shows its warning page to browsers",
        "the answer is 101 here and HTML in a browser",
        Fix::Say("send the header with which the service skips the page"),
    ),
];
