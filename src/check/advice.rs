//! What mends it: one table of configuration per fix and product.
//!
//! Configuration is shown for the product that was recognised and for no other; where none was,
//! for the two that stand there most often.

use super::{evidence::Evidence, fingerprint::Identified};

/// A way to mend a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fix {
    /// Nothing to mend: the finding is a remark about something that works.
    Remark,
    /// The same for every product; `{names}` of values are filled in.
    Say(&'static str),
    /// Pass `Upgrade` and `Connection` on.
    ForwardUpgrade,
    /// Let a development proxy take upgrades as well as requests.
    TakeUpgrades,
    /// Pass the `Sec-WebSocket-*` headers of the request on.
    ForwardKey,
    /// Leave the headers of the 101 alone.
    KeepAccept,
    /// Let the site's Origin pass the server's check.
    Origin,
    /// Outlast the idle timer.
    IdleTimer,
    /// Mend the server behind the proxy, or the proxy's way to it.
    Upstream,
    /// Mend what answered 500.
    ServerError,
    /// Serve the path, or ask for the one that is served.
    Route,
    /// Let the client pass the access rules.
    Allow,
    /// Let connections live longer.
    AgeLimit,
}

/// Configuration for one product.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Advice {
    /// The product it is for; none where it is for everyone.
    pub product: Option<&'static str>,
    /// What to write where.
    pub lines: Vec<String>,
}

/// The advice for a fix, given who was recognised in front.
#[must_use]
pub fn advice(fix: Fix, front: Option<&Identified>, evidence: &Evidence) -> Vec<Advice> {
    match fix {
        Fix::Remark => Vec::new(),
        Fix::Say(text) => vec![plain(&evidence.fill(text))],
        _ => match front {
            Some(front) => for_product(fix, front),
            None => for_nobody_known(fix),
        },
    }
}

/// The product's own words, and where there are none, or it is only perhaps that product, the general
/// ones: another product's configuration would mislead.
fn for_product(fix: Fix, front: &Identified) -> Vec<Advice> {
    let own = snippet(fix, front.product.name);
    let words = general(fix).filter(|_| own.is_none() || !front.sure);
    words.into_iter().chain(own).collect()
}

fn general(fix: Fix) -> Option<Advice> {
    let row = GENERAL.iter().find(|(for_fix, _)| *for_fix == fix)?;
    Some(plain(row.1))
}

fn for_nobody_known(fix: Fix) -> Vec<Advice> {
    let mut all: Vec<_> = general(fix).into_iter().collect();
    // Who stands in front of a server is a good guess; what runs behind is not.
    let commonest: &[&str] = match fix {
        Fix::ForwardUpgrade | Fix::ForwardKey | Fix::IdleTimer => &["nginx", "Apache"],
        Fix::TakeUpgrades => &["node http-proxy"],
        _ => &[],
    };
    all.extend(commonest.iter().filter_map(|name| snippet(fix, name)));
    all
}

fn snippet(fix: Fix, name: &str) -> Option<Advice> {
    let row = SNIPPETS.iter().find(|row| row.0 == fix && row.1 == name)?;
    Some(Advice {
        product: Some(row.1),
        lines: paragraphs(row.2),
    })
}

fn plain(text: &str) -> Advice {
    Advice {
        product: None,
        lines: paragraphs(text),
    }
}

/// Lines of prose joined, to be wrapped again; lines of configuration, which begin with a space, kept.
fn paragraphs(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for line in text.lines() {
        match lines.last_mut() {
            Some(last) if !line.starts_with(' ') && !last.starts_with(' ') => {
                last.push(' ');
                last.push_str(line);
            }
            _ => lines.push(line.to_owned()),
        }
    }
    lines
}

/// What holds for every product.
const GENERAL: &[(Fix, &str)] = &[
    (
        Fix::ForwardUpgrade,
        "pass the headers Upgrade and Connection on to the server",
    ),
    (
        Fix::TakeUpgrades,
        "let the proxy take upgrades as well: it passes requests on, and leaves the\n\
         upgrade without an answer",
    ),
    (
        Fix::ForwardKey,
        "pass every Sec-WebSocket-* header of the request on to the server",
    ),
    (
        Fix::KeepAccept,
        "pass every Sec-WebSocket-* header of the 101 back to the client",
    ),
    (
        Fix::Origin,
        "add the site's origin to the server's list of allowed origins,\n\
         and let the proxy pass the Host header on unchanged",
    ),
    (
        Fix::IdleTimer,
        "send a WebSocket ping at least every half of that time (every 25 s where the\n\
         way is unknown), or raise the timer; TCP keepalive does not help",
    ),
    (
        Fix::Upstream,
        "start the server, and check address, port and scheme that the proxy uses for it",
    ),
    (
        Fix::ServerError,
        "look for the exception in the error log of whoever wrote the answer",
    ),
    (
        Fix::Route,
        "check the path, and the proxy's rewriting of it",
    ),
    (
        Fix::Allow,
        "allow this client in the access rules of whoever answered",
    ),
    (
        Fix::AgeLimit,
        "raise the cap (GCP: timeoutSec of the backend service; ingress-nginx:\n\
         worker-shutdown-timeout), and let clients reconnect",
    ),
];

/// `(fix, product, what to write)`.
const SNIPPETS: &[(Fix, &str, &str)] = &[
    (
        Fix::ForwardUpgrade,
        "nginx",
        "in the location that serves the path:\n\
         \x20 proxy_http_version 1.1;\n\
         \x20 proxy_set_header Upgrade $http_upgrade;\n\
         \x20 proxy_set_header Connection $connection_upgrade;\n\
         \x20 proxy_set_header Host $host;\n\
         and beside the server blocks:\n\
         \x20 map $http_upgrade $connection_upgrade {\n\
         \x20   default upgrade; '' close;\n\
         \x20 }\n\
         (ingress-nginx does this by itself: look for an annotation that undoes it)",
    ),
    (
        Fix::ForwardUpgrade,
        "Apache",
        "from 2.4.47 on, with mod_proxy_http:\n\
         \x20 ProxyPass /ws http://backend/ws upgrade=websocket\n\
         two ProxyPass lines with one backend URL share a worker, and the second's\n\
         upgrade= is ignored (AH01146); a wss:// backend needs SSLProxyEngine on.\n\
         Older: a2enmod proxy_wstunnel, and a ws:// rule before the http:// rule",
    ),
    (
        Fix::ForwardUpgrade,
        "HAProxy",
        "HAProxy passes it on by default: remove the rule that deletes it\n\
         (http-request del-header Upgrade, or Connection), and set\n\
         \x20 timeout tunnel 1h",
    ),
    (
        Fix::ForwardUpgrade,
        "Squid",
        "\x20 http_upgrade_request_protocols websocket allow all",
    ),
    (
        Fix::ForwardUpgrade,
        "Caddy",
        "reverse_proxy passes it on by default: remove a header_up rule that deletes\n\
         Upgrade or Connection",
    ),
    (
        Fix::ForwardUpgrade,
        "Traefik",
        "Traefik passes it on by default: take compress off this router, and do not use\n\
         an h2c backend",
    ),
    (
        Fix::ForwardUpgrade,
        "Varnish",
        "\x20 sub vcl_recv { if (req.http.Upgrade ~ \"(?i)websocket\") { return (pipe); } }\n\
         \x20 sub vcl_pipe { if (req.http.upgrade) {\n\
         \x20   set bereq.http.upgrade = req.http.upgrade;\n\
         \x20   set bereq.http.connection = req.http.connection; } }\n\
         the first before any other return of vcl_recv; pipe_timeout (default 60 s) ends\n\
         silent connections: varnishd -p pipe_timeout=3600",
    ),
    (
        Fix::ForwardUpgrade,
        "lighttpd",
        "beside proxy.server, with what proxy.header has already:\n\
         \x20 proxy.header = ( \"upgrade\" => \"enable\" )\n\
         and without \"force-http10\"",
    ),
    (
        Fix::ForwardUpgrade,
        "h2o",
        "beside proxy.reverse.url of the path:\n\x20 proxy.websocket: ON",
    ),
    (
        Fix::ForwardUpgrade,
        "ATS",
        "in remap.config, beside the http:// line:\n\x20 map ws://SITE ws://BACKEND",
    ),
    (
        Fix::ForwardUpgrade,
        "Envoy",
        "in the HTTP connection manager (Istio sets it by default):\n\
         \x20 upgrade_configs: [{ upgrade_type: websocket }]",
    ),
    (
        Fix::ForwardUpgrade,
        "CloudFront",
        "give the behaviour the origin request policy AllViewer",
    ),
    (
        Fix::ForwardUpgrade,
        "Cloudflare",
        "switch on Network > WebSockets for the zone",
    ),
    (
        Fix::ForwardUpgrade,
        "AWS ALB",
        "an ALB passes it on to an HTTP/1.1 target group: set the protocol version to HTTP1",
    ),
    (
        Fix::ForwardUpgrade,
        "IIS",
        "install the feature \"WebSocket Protocol\"; on Azure:\n\
         \x20 az webapp config set --web-sockets-enabled true",
    ),
    (
        Fix::TakeUpgrades,
        "node http-proxy",
        "createProxyServer({ ws: true }), and server.on('upgrade', proxy.ws)\n\
         (http-proxy-middleware, webpack and vite: ws: true); one upgrade listener only",
    ),
    (
        Fix::ForwardKey,
        "nginx",
        "remove the line that empties it:\n\
         \x20 proxy_set_header Sec-WebSocket-Key \"\";",
    ),
    (
        Fix::ForwardKey,
        "CloudFront",
        "forward Sec-WebSocket-Key and Sec-WebSocket-Version: origin request policy AllViewer",
    ),
    (
        Fix::ForwardKey,
        "Caddy",
        "remove the header_up rule that deletes Sec-WebSocket-Key",
    ),
    (
        Fix::KeepAccept,
        "nginx",
        "remove the line that hides it:\n\
         \x20 proxy_hide_header Sec-WebSocket-Accept;",
    ),
    (
        Fix::Origin,
        "nginx",
        "add the site's origin to the application's list of allowed origins; where it\n\
         compares Origin with Host, let nginx pass the name on:\n\
         \x20 proxy_set_header Host $host;",
    ),
    (
        Fix::IdleTimer,
        "nginx",
        "ping at least every 25 s, or raise the timer (default 60 s):\n\
         \x20 proxy_read_timeout 1h;\n\
         \x20 proxy_send_timeout 1h;\n\
         (ingress-nginx: nginx.ingress.kubernetes.io/proxy-read-timeout: \"3600\")",
    ),
    (
        Fix::IdleTimer,
        "HAProxy",
        "ping at least every 25 s, or set the timer of upgraded connections:\n\
         \x20 timeout tunnel 1h\n\
         (without it, timeout client and timeout server count)",
    ),
    (
        Fix::IdleTimer,
        "Apache",
        "ping at least every 25 s, or raise the timer (default 60 s):\n\
         \x20 ProxyPass /ws http://backend/ws upgrade=websocket timeout=3600",
    ),
    (
        Fix::IdleTimer,
        "Squid",
        "ping at least every 25 s, or ask its administrator for a longer read_timeout",
    ),
    (
        Fix::IdleTimer,
        "tinyproxy",
        "ping at least every 25 s, or ask its administrator for a longer Timeout",
    ),
    (
        Fix::IdleTimer,
        "AWS ALB",
        "ping at least every 25 s, or raise idle_timeout.timeout_seconds (60, at most 4000)",
    ),
    (
        Fix::IdleTimer,
        "Envoy",
        "ping at least every 25 s, or raise stream_idle_timeout (default 5 min)",
    ),
    (
        Fix::IdleTimer,
        "Varnish",
        "ping at least every 25 s, or raise the timer (default 60 s):\n\
         \x20 varnishd -p pipe_timeout=3600",
    ),
    (
        Fix::IdleTimer,
        "lighttpd",
        "ping at least every 25 s, or raise the timer (default 60 s):\n\
         \x20 server.max-read-idle = 3600",
    ),
    (
        Fix::IdleTimer,
        "h2o",
        "ping at least every 25 s, or raise the timer (milliseconds; default 5 min):\n\
         \x20 proxy.websocket.timeout: 3600000",
    ),
    (
        Fix::IdleTimer,
        "ATS",
        "ping at least every 25 s, or raise the timer (default 600 s) in records.config:\n\
         \x20 CONFIG proxy.config.websocket.no_activity_timeout INT 3600",
    ),
    (
        Fix::IdleTimer,
        "Cloudflare",
        "ping at least every 25 s: the timer cannot be raised",
    ),
    (
        Fix::Upstream,
        "nginx",
        "look into nginx's error log; check that the server runs, and that proxy_pass has\n\
         its port and scheme (http:// to a TLS port and https:// to a plain one are 502 too);\n\
         for 504 raise proxy_read_timeout, for 503 see limit_req and limit_conn",
    ),
    (
        Fix::Upstream,
        "HAProxy",
        "look into HAProxy's log (termination state) and at its statistics page for servers\n\
         that are down; check the server line's address and the timeouts",
    ),
    (
        Fix::Upstream,
        "Apache",
        "look into Apache's error log; check that the server runs, and that ProxyPass has its\n\
         port and scheme (a wss:// or https:// backend needs SSLProxyEngine on)",
    ),
    (
        Fix::Upstream,
        "Caddy",
        "look into Caddy's log, whose error names it; check the address of reverse_proxy and\n\
         its scheme: http:// to a TLS port, https:// to a plain one and h2c:// to HTTP/1.1\n\
         are 502 too; for 504 raise response_header_timeout",
    ),
    (
        Fix::Upstream,
        "Varnish",
        "varnishlog -q FetchError names it: refused, first byte timeout, or no HTTP; check\n\
         .host, .port and .first_byte_timeout of the backend, to which Varnish speaks no TLS",
    ),
    (
        Fix::Upstream,
        "lighttpd",
        "look into lighttpd's error log; check host and port of proxy.server, to which\n\
         lighttpd speaks no TLS (a TLS port shows as 500); for 504 see its read-timeout",
    ),
    (
        Fix::Upstream,
        "h2o",
        "the text names it: \"connection failed\" is a refusal, \"I/O timeout\" silence\n\
         (proxy.timeout.io), \"I/O error\" an answer that is no HTTP, as of a TLS port;\n\
         check proxy.reverse.url and its scheme",
    ),
    (
        Fix::Upstream,
        "ATS",
        "the page's title names it: Could Not Connect, Inactivity Timeout, or Web Server\n\
         Error (no HTTP, as of a TLS port: wss:// on the right); check the right side of\n\
         the map line in remap.config",
    ),
    (
        Fix::Upstream,
        "Envoy",
        "the text behind \"reset reason\" names it: remote connection failure (refused),\n\
         connection termination (closed, as by a TLS port: the cluster needs a TLS\n\
         transport_socket), protocol error (no HTTP/1.1, or http2_protocol_options for a\n\
         server that speaks HTTP/1.1); for 504 raise the route's timeout",
    ),
    (
        Fix::Upstream,
        "Traefik",
        "check the servers of the service (url with scheme and port), and which of them the\n\
         dashboard shows as down; http:// to a TLS port and https:// to a plain one fail too",
    ),
    (
        Fix::Upstream,
        "node http-proxy",
        "check the address and scheme of target:, and that the server runs",
    ),
    (
        Fix::Route,
        "nginx",
        "add a location for the path, with proxy_pass, to the server block of that name",
    ),
    (
        Fix::Route,
        "Caddy",
        "route the path, in the site whose address is the Host of the request:\n\
         \x20 reverse_proxy /ws* BACKEND",
    ),
    (
        Fix::Route,
        "ATS",
        "in remap.config, beside the http:// line of the path:\n\
         \x20 map ws://SITE/PATH ws://BACKEND/PATH\n\
         the first line that matches counts: a longer path stands before a shorter",
    ),
    (
        Fix::Route,
        "Envoy",
        "add a route for the path, in the virtual host whose domains include the Host:\n\
         \x20 - { match: { prefix: \"/ws\" }, route: { cluster: BACKEND } }",
    ),
    (
        Fix::Route,
        "lighttpd",
        "let the condition around proxy.server match the path: $HTTP[\"url\"]",
    ),
    (
        Fix::Route,
        "h2o",
        "add the path, with proxy.reverse.url, under paths: of the host",
    ),
    (
        Fix::Route,
        "Traefik",
        "if it is Traefik, no router matches: check its rule (Host, PathPrefix), entry point\n\
         and tls, which the dashboard lists; if it is a Go server: add the path to its routes",
    ),
    (
        Fix::Allow,
        "nginx",
        "look at deny, allow and limit_except of the location",
    ),
    (
        Fix::Allow,
        "HAProxy",
        "look at http-request deny and its conditions",
    ),
    (
        Fix::Allow,
        "Apache",
        "look at Require, and Allow and Deny of older configurations",
    ),
    (
        Fix::Allow,
        "Varnish",
        "look at return (synth(403)) in the VCL, and the acl before it",
    ),
    (
        Fix::Allow,
        "Caddy",
        "look at respond 403 and the matchers of the route (remote_ip)",
    ),
    (
        Fix::Allow,
        "lighttpd",
        "look at url.access-deny, and the conditions around it",
    ),
    (
        Fix::Allow,
        "Envoy",
        "look at the RBAC and external authorization filters, and direct_response of the route",
    ),
    (
        Fix::Allow,
        "ATS",
        "look at ip_allow.yaml, and the @action filters of remap.config",
    ),
    (
        Fix::AgeLimit,
        "Envoy",
        "raise max_stream_duration of the route or the connection manager, and let clients\n\
         reconnect",
    ),
    (
        Fix::AgeLimit,
        "ATS",
        "raise the cap (default 3600 s) in records.config, and let clients reconnect:\n\
         \x20 CONFIG proxy.config.websocket.active_timeout INT 86400",
    ),
    (
        Fix::ServerError,
        "Apache",
        "look into Apache's error log; AH01144 \"No protocol handler was valid\" means:\n\
         \x20 a2enmod proxy_http          (and proxy_wstunnel before 2.4.47)\n\
         \x20 a2enmod ssl, SSLProxyEngine on     for a wss:// or https:// backend",
    ),
    (
        Fix::ServerError,
        "nginx",
        "look into nginx's error log: the page is nginx's own",
    ),
];

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::check::{
        answer::{Answer, End},
        fingerprint,
    };

    fn front(server: &str) -> Option<Identified> {
        let raw = format!("HTTP/1.1 426 Upgrade Required\r\nServer: {server}\r\n\r\n");
        fingerprint::nearest(&Answer::new(raw.into_bytes(), End::Open, Duration::ZERO))
    }

    #[test]
    fn shows_the_recognised_product_and_no_other() {
        let shown = advice(
            Fix::ForwardUpgrade,
            front("nginx/1.22.1").as_ref(),
            &Evidence::default(),
        );
        let [nginx] = shown.as_slice() else {
            panic!("{shown:?}");
        };
        assert_eq!(nginx.product, Some("nginx"));
        assert!(
            nginx
                .lines
                .iter()
                .any(|line| line.contains("proxy_http_version 1.1;"))
        );
    }

    #[test]
    fn shows_the_two_likeliest_when_nobody_was_recognised() {
        let products: Vec<_> = advice(Fix::ForwardUpgrade, None, &Evidence::default())
            .iter()
            .map(|advice| advice.product)
            .collect();
        assert_eq!(products, [None, Some("nginx"), Some("Apache")]);
    }

    #[test]
    fn every_fix_has_general_words() {
        for (fix, name, text) in SNIPPETS {
            assert!(GENERAL.iter().any(|row| row.0 == *fix), "{fix:?} of {name}");
            assert!(text.lines().all(|line| line.len() <= 88), "{name}: {text}");
        }
    }
}
