//! Addresses: both families raced, and all the ways to say where to go.

use std::{
    net::{Ipv6Addr, SocketAddr, SocketAddrV6, TcpListener, TcpStream},
    os::unix::net::UnixListener,
    time::{Duration, Instant},
};

use socket2::{Domain, Socket, Type};

use crate::{peer::Peer, run::wscope, servers::skip};

fn greeter() -> Peer {
    Peer::start(|conn| {
        conn.upgrade();
        conn.text("hello");
        conn.finish(1000, "");
    })
}

/// A listener that answers no SYN, for its queue is full; the connections that fill it come along.
fn silent(port: u16) -> Option<(Socket, Vec<TcpStream>)> {
    let address: SocketAddr = format!("[::1]:{port}").parse().unwrap();
    let listener = Socket::new(Domain::IPV6, Type::STREAM, None).ok()?;
    listener.bind(&address.into()).ok()?;
    listener.listen(0).ok()?;
    let mut queued = Vec::new();
    while let Ok(stream) = TcpStream::connect_timeout(&address, Duration::from_millis(200)) {
        queued.push(stream);
        if queued.len() > 16 {
            return None;
        }
    }
    Some((listener, queued))
}

#[test]
fn a_silent_ipv6_costs_a_quarter_of_a_second_and_is_told() {
    let peer = greeter();
    let rule = format!("both.example:{}:[::1],127.0.0.1", peer.port());
    let silent = silent(peer.port());
    let began = Instant::now();
    let outcome = wscope([
        "-v",
        "--resolve",
        &rule,
        &format!("ws://both.example:{}/", peer.port()),
    ])
    .run()
    .exits(0)
    .prints("hello\n")
    .says(&format!("127.0.0.1:{} connected", peer.port()));
    assert!(
        began.elapsed() < Duration::from_secs(2),
        "the race is not waited out"
    );
    if silent.is_some() {
        outcome.says(&format!("[::1]:{} no answer", peer.port()));
    }
}

#[test]
fn a_refused_ipv6_costs_nothing() {
    let peer = greeter();
    let rule = format!("both.example:{}:[::1],127.0.0.1", peer.port());
    let began = Instant::now();
    wscope([
        "-v",
        "--resolve",
        &rule,
        &format!("ws://both.example:{}/", peer.port()),
    ])
    .run()
    .exits(0)
    .prints("hello\n")
    .says(&format!("127.0.0.1:{} connected", peer.port()))
    .says(&format!("[::1]:{} ", peer.port()));
    assert!(
        began.elapsed() < Duration::from_secs(2),
        "a refusal is not waited for"
    );
}

#[test]
fn one_family_can_be_excluded() {
    let peer = greeter();
    let rule = format!("both.example:{}:[::1],127.0.0.1", peer.port());
    let url = format!("ws://both.example:{}/", peer.port());
    wscope(["-v", "-4", "--resolve", &rule, &url])
        .run()
        .exits(0)
        .never_says("[::1]");
    wscope(["-6", "ws://127.0.0.1/"])
        .run()
        .exits(3)
        .says("it has no IPv6 address, only 127.0.0.1");
}

#[test]
fn connect_to_changes_the_way_and_not_the_name() {
    let peer = Peer::start(|conn| {
        let request = conn.upgrade();
        assert_eq!(request.header("Host").as_deref(), Some("far.example"));
        conn.finish(1000, "");
    });
    let detour = format!("far.example:80:127.0.0.1:{}", peer.port());
    wscope(["--connect-to", &detour, "ws://far.example/"])
        .run()
        .exits(0);
}

#[test]
fn an_interface_is_where_the_connection_leaves_from() {
    for interface in ["127.0.0.1", "lo"] {
        let peer = greeter();
        wscope(["--interface", interface, &peer.url()])
            .run()
            .exits(0)
            .prints("hello\n");
    }
    wscope(["--interface", "nosuch0", "ws://127.0.0.1:1/"])
        .run()
        .exits(4)
        .says("there is no interface nosuch0");
}

/// A link-local address of this machine, and the interface it is on.
fn link_local() -> Option<(Ipv6Addr, String)> {
    let table = std::fs::read_to_string("/proc/net/if_inet6").ok()?;
    table.lines().find_map(|line| {
        let mut columns = line.split_whitespace();
        let address = u128::from_str_radix(columns.next()?, 16).ok()?;
        let address = Ipv6Addr::from_bits(address);
        address
            .is_unicast_link_local()
            .then(|| Some((address, columns.last()?.to_owned())))?
    })
}

#[test]
fn a_link_local_address_is_reached_through_its_zone_which_stays_at_home() {
    let Some((address, interface)) = link_local() else {
        return skip("a link-local IPv6 address");
    };
    let index = nix::net::if_::if_nametoindex(interface.as_str()).unwrap();
    for zone in [
        format!("%25{interface}"),
        format!("%{interface}"),
        format!("%{index}"),
    ] {
        let peer = Peer::start_at(SocketAddrV6::new(address, 0, 0, index), move |conn| {
            let host = conn.upgrade().header("Host").unwrap_or_default();
            assert!(host.starts_with(&format!("[{address}]:")), "{host}");
            conn.finish(1000, "");
        });
        let url = format!("ws://[{address}{zone}]:{}/", peer.port());
        wscope([url]).run().exits(0);
    }
    wscope([format!("ws://[{address}]:1/")])
        .run()
        .exits(4)
        .says("is link-local, and on which link is not said");
}

#[test]
fn a_zone_that_is_no_interface_is_named() {
    wscope(["ws://[fe80::1%25nosuch0]/"])
        .run()
        .exits(3)
        .says("[fe80::1] was not resolved: there is no interface \"nosuch0\", only ");
}

#[test]
fn a_unix_socket_is_named_by_flag_or_by_url() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ws.sock");
    let listener = UnixListener::bind(&path).unwrap();
    let serving = std::thread::spawn(move || {
        use std::io::{Read as _, Write as _};
        for _ in 0..2 {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = vec![0; 4096];
            let read = stream.read(&mut request).unwrap();
            assert!(request[..read].starts_with(b"GET /chat HTTP/1.1\r\n"));
            stream
                .write_all(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
                .unwrap();
        }
    });
    let path = path.to_str().unwrap();
    wscope(["--unix-socket", path, "ws://h/chat"])
        .run()
        .exits(7)
        .says("403");
    wscope([format!("ws+unix:{path}:/chat")])
        .run()
        .exits(7)
        .says("403");
    serving.join().unwrap();
    wscope([format!("ws+unix:{path}.not")])
        .run()
        .exits(4)
        .says("ws.sock.not");
}

#[test]
fn a_public_name_with_a_private_address_is_flagged() {
    let port = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let rule = format!("chat.example.com:{port}:127.0.0.1");
    wscope([
        "--resolve",
        &rule,
        &format!("ws://chat.example.com:{port}/"),
    ])
    .run()
    .exits(4)
    .says("resolves to 127.0.0.1, this machine");
}
