//! Proxies: real ones where they are installed, and the answers that were captured from others.

use std::path::Path;

use crate::{
    daemon::{Daemon, file, free_port},
    peer::Peer,
    run::{Outcome, wscope},
};

/// A server behind a proxy, which says hello.
fn greeter() -> Peer {
    Peer::start(|conn| {
        conn.upgrade();
        conn.text("hello");
        conn.finish(1000, "");
    })
}

fn through(proxy: &str, url: &str) -> Outcome {
    wscope(["-x", proxy, url]).run()
}

fn squid(folder: &Path, port: u16, allowed: u16) -> Vec<String> {
    // "pass", as openssl passwd -apr1 -salt wscope writes it.
    let users = file(
        folder,
        "users",
        "user:$apr1$wscope$4opDE43HNFu1wzbXFUCgg1\n",
    );
    let rules = format!(
        "auth_param basic program /usr/lib/squid/basic_ncsa_auth {users}\nauth_param basic realm Corp Proxy\n\
         acl known proxy_auth REQUIRED\nacl allowed port {allowed}\n\
         http_access deny CONNECT !allowed\nhttp_access allow known\nhttp_access deny all\n"
    );
    squid_with(folder, port, &rules)
}

/// A Squid whose name server never answers.
fn squid_with(folder: &Path, port: u16, rules: &str) -> Vec<String> {
    let name = folder.display();
    let text = format!(
        "http_port 127.0.0.1:{port}\npid_filename none\ncache_log {name}/cache.log\naccess_log none\n\
         coredump_dir {name}\n{rules}dns_nameservers 127.0.0.1\ndns_timeout 1 seconds\n\
         shutdown_lifetime 0 seconds\n"
    );
    let config = file(folder, "squid.conf", &text);
    // its shared memory has the service's name, and outlives a kill
    let service = format!("wscope{port}");
    ["-N", "-n", &service, "-f", &config]
        .map(str::to_owned)
        .to_vec()
}

#[test]
fn squid_opens_a_tunnel_for_those_it_knows() {
    let peer = greeter();
    let Some(squid) = Daemon::start("squid", |folder, port| squid(folder, port, peer.port()))
    else {
        through("", &peer.url());
        return;
    };
    let proxy = squid.authority();
    through(&proxy, &peer.url())
        .exits(5)
        .says("407")
        .says("Basic realm=\"Corp Proxy\"")
        .says("-U USER:PASSWORD");
    through(&format!("user:wrong@{proxy}"), &peer.url())
        .exits(5)
        .says("not accepted")
        .never_says("wrong");
    through(&format!("user:pass@{proxy}"), "ws://127.0.0.1:1/")
        .exits(5)
        .says("403 Forbidden (ERR_ACCESS_DENIED)")
        .says("X-Squid-Error");
    wscope(["-v", "-x", &proxy, "-U", "user:pass", &peer.url()])
        .run()
        .exits(0)
        .prints("hello\n")
        .says("answered 407")
        .says("answered 200")
        .never_says("dXNlcjpwYXNz");
}

#[test]
fn squid_that_cannot_resolve_is_the_one_to_blame() {
    let Some(squid) = Daemon::start("squid", |folder, port| {
        squid_with(folder, port, "http_access allow all\n")
    }) else {
        return;
    };
    let proxy = squid.authority();
    through(&proxy, "wss://nosuch.invalid/ws")
        .exits(5)
        .says(&format!(
            "the proxy http://{proxy} refused the tunnel to nosuch.invalid:443"
        ))
        .says("X-Squid-Error: ERR_CANNOT_FORWARD")
        .says("\u{2717} proxy");
}

#[test]
fn squid_that_speaks_ntlm_alone_is_told_from_a_missing_password() {
    let helper = "/usr/lib/squid/ntlm_fake_auth";
    let rules = format!(
        "auth_param ntlm program {helper}\nauth_param ntlm children 1\nacl known proxy_auth REQUIRED\n\
         http_access allow known\nhttp_access deny all\n"
    );
    let Some(squid) = Daemon::start("squid", |folder, port| squid_with(folder, port, &rules))
    else {
        return;
    };
    let proxy = squid.authority();
    for flags in [&[][..], &["-U", "user:hunter2"]] {
        wscope(["-x", &proxy])
            .args(flags)
            .args(["ws://chat.example/"])
            .run()
            .exits(5)
            .says("wants authentication (407): it offers NTLM, and only Basic is spoken here")
            .says("run px or cntlm")
            .never_says("give the proxy's user name")
            .never_says("hunter2");
    }
}

#[test]
fn tinyproxy_hangs_up_with_its_407_and_is_asked_again() {
    let peer = greeter();
    let (allowed, users) = (peer.port(), "BasicAuth user pass");
    let Some(proxy) = Daemon::start("tinyproxy", |folder, port| {
        let text =
            format!("Port {port}\nListen 127.0.0.1\nTimeout 10\nConnectPort {allowed}\n{users}\n");
        ["-d", "-c", &file(folder, "conf", &text)]
            .map(str::to_owned)
            .to_vec()
    }) else {
        through("", &peer.url());
        return;
    };
    let known = format!("http://user:pass@{}", proxy.authority());
    through(&known, "ws://127.0.0.1:1/").exits(5).says("403");
    through(&proxy.authority(), &peer.url())
        .exits(5)
        .says("407")
        .says("Basic");
    through(&known, &peer.url()).exits(0).prints("hello\n");
}

#[test]
fn microsocks_wants_a_password() {
    let peer = greeter();
    let Some(proxy) = Daemon::start("microsocks", |_, port| {
        let port = port.to_string();
        ["-i", "127.0.0.1", "-p", &port, "-u", "user", "-P", "pass"]
            .map(str::to_owned)
            .to_vec()
    }) else {
        through("", &peer.url());
        return;
    };
    let to = proxy.authority();
    through(&format!("socks5h://{to}"), &peer.url())
        .exits(5)
        .says("0xff")
        .says("-U");
    through(&format!("socks5://user:no@{to}"), &peer.url())
        .exits(5)
        .says("did not accept the user name and password");
    through(&format!("socks5h://user:pass@{to}"), "ws://127.0.0.1:1/")
        .exits(5)
        .says("reply 0x05, connection refused");
    through(&format!("socks5h://user:pass@{to}"), "ws://nosuch.invalid/")
        .exits(5)
        .says("reply 0x01");
    through(&format!("http://{to}"), &peer.url())
        .exits(5)
        .says("SOCKS5");
    through(&format!("socks5://user:pass@{to}"), &peer.url())
        .exits(0)
        .prints("hello\n");
}

#[test]
fn dante_names_its_rules() {
    let (peer, denied) = (greeter(), free_port());
    let Some(proxy) = Daemon::start("danted", |folder, port| {
        let text = format!(
            "internal: 127.0.0.1 port = {port}\nexternal: lo\nclientmethod: none\nsocksmethod: none\n\
             user.unprivileged: nobody\nclient pass {{ from: 127.0.0.1/32 to: 0.0.0.0/0 }}\n\
             socks block {{ from: 0.0.0.0/0 to: 0.0.0.0/0 port = {denied} }}\n\
             socks pass {{ from: 0.0.0.0/0 to: 0.0.0.0/0 }}\n"
        );
        vec!["-f".to_owned(), file(folder, "conf", &text)]
    }) else {
        through("", &peer.url());
        return;
    };
    let proxy = format!("socks5://{}", proxy.authority());
    through(&proxy, &format!("ws://127.0.0.1:{denied}/"))
        .exits(5)
        .says("not allowed by the proxy's rules");
    through(&proxy, "ws://127.0.0.1:1/")
        .exits(5)
        .says("connection refused");
    through(&proxy, &peer.url()).exits(0).prints("hello\n");
}

/// What proxies were seen to answer: each is the proxy's, and exit status 5.
#[test]
fn captured_refusals_belong_to_the_proxy() {
    for (answer, expected) in REFUSALS {
        let proxy = Peer::start(move |conn| {
            let request = conn.answer(answer);
            assert_eq!(request.line(), "CONNECT chat.example:8443 HTTP/1.1");
            conn.fin();
        });
        let outcome = wscope([
            "-x",
            &proxy.authority(),
            "-U",
            "user:hunter2",
            "wss://chat.example:8443/ws",
        ])
        .run()
        .exits(5)
        .prints("")
        .says("the proxy http://127.0.0.1")
        .never_says("hunter2");
        expected
            .iter()
            .fold(outcome, |outcome, text| outcome.says(text));
    }
}

#[test]
fn the_environment_chooses_and_says_why() {
    let proxy = Peer::start(|conn| {
        conn.answer("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n");
    });
    wscope(["-v", "wss://chat.example/"])
        .env(
            "https_proxy",
            format!("http://user:secret@{}", proxy.authority()),
        )
        .env("http_proxy", "http://127.0.0.1:1")
        .env("no_proxy", "other.example")
        .run()
        .exits(5)
        .says("https_proxy is set")
        .never_says("secret");
    let peer = greeter();
    wscope(["-v", &peer.url()])
        .env("http_proxy", "http://127.0.0.1:1")
        .run()
        .exits(0)
        .says("direct: the host is this machine");
}

#[test]
fn a_proxy_header_goes_to_the_proxy_alone() {
    let proxy = Peer::start(|conn| {
        let connect = conn.request();
        assert_eq!(connect.header("X-Proxy").as_deref(), Some("1"));
        assert_eq!(connect.header("X-Server"), None);
        conn.send("HTTP/1.1 200 Connection established\r\n\r\n");
        let upgrade = conn.upgrade();
        assert_eq!(upgrade.header("X-Proxy"), None);
        assert_eq!(upgrade.header("X-Server").as_deref(), Some("1"));
        conn.finish(1000, "");
    });
    wscope([
        "-x",
        &proxy.authority(),
        "--proxy-header",
        "X-Proxy: 1",
        "-H",
        "X-Server: 1",
        "ws://chat.example/",
    ])
    .run()
    .exits(0);
}

#[test]
fn an_https_proxy_is_spoken_to_over_tls() {
    let proxy = Peer::start_tls(|conn| {
        conn.request();
        conn.send("HTTP/1.1 200 OK\r\n\r\n");
        conn.upgrade();
        conn.text("inside");
        conn.finish(1000, "");
    });
    let url = proxy.url().replace("wss://", "https://");
    wscope(["--proxy-insecure", "-x", &url, "ws://chat.example/"])
        .run()
        .exits(0)
        .prints("inside\n")
        .says("goes on although the certificate is self-signed\n");
}

#[test]
fn an_unreachable_proxy_is_not_the_servers_fault() {
    let nobody = format!("127.0.0.1:{}", free_port());
    through(&nobody, "ws://chat.example/")
        .exits(5)
        .says(&format!("the proxy http://{nobody} could not be used"))
        .says("refused");
}

const REFUSALS: &[(&str, &[&str])] = &[
    (
        "HTTP/1.1 403 Forbidden\r\nServer: squid/5.7\r\nX-Squid-Error: ERR_ACCESS_DENIED 0\r\nContent-Length: 15\r\n\
         Via: 1.1 proxy.corp.example (squid/5.7)\r\n\r\n<h1>Denied</h1>",
        &[
            "403 Forbidden (ERR_ACCESS_DENIED)",
            "Denied",
            "chat.example:8443",
        ],
    ),
    (
        "HTTP/1.1 503 Service Unavailable\r\nX-Squid-Error: ERR_CONNECT_FAIL 111\r\nContent-Length: 0\r\n\r\n",
        &["503", "ERR_CONNECT_FAIL", "refused"],
    ),
    (
        "HTTP/1.1 500 Internal Server Error\r\nServer: squid/5.7\r\nX-Squid-Error: ERR_CANNOT_FORWARD 0\r\n\
         Content-Length: 0\r\n\r\n",
        &["500", "ERR_CANNOT_FORWARD"],
    ),
    (
        "HTTP/1.0 403 Access violation\r\nServer: tinyproxy/1.11.1\r\nContent-Type: text/html\r\n\
         Connection: close\r\n\r\n<p>The CONNECT method not allowed with the port you tried to use.</p>",
        &["403 Access violation", "not allowed with the port"],
    ),
    (
        "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: NTLM\r\nProxy-Authenticate: Negotiate\r\n\
         Content-Length: 0\r\nConnection: keep-alive\r\n\r\n",
        &[
            "407",
            "NTLM, Negotiate",
            "only Basic is spoken here",
            "cntlm",
        ],
    ),
    ("SSH-2.0-OpenSSH_9.2p1\r\n", &["does not speak HTTP", "SSH"]),
];
