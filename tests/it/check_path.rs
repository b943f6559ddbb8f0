//! `wscope check` and what stands on the way: SOCKS proxies, devices that hold back, strip or filter.

use crate::{
    check::{Listener, check, json, switching_protocols, verdict},
    peer::{Certificate, Conn, Frame, Peer, opcode},
};

#[test]
fn what_a_socks_proxy_replies_is_told() {
    let mut wrong = Vec::new();
    for (scheme, script, expected) in SOCKS {
        let proxy = Peer::start(script);
        let through = format!("{scheme}{}", proxy.authority());
        let outcome = check(
            ["--json", "--level", "quick", "-x", &through],
            "ws://chat.example:9/",
        );
        let report = json(&outcome.exits(5));
        let verdict = verdict(&report);
        let title = report["causes"][0]["title"].as_str().unwrap_or_default();
        let (finding, words) = expected.split_once(": ").unwrap();
        if verdict != finding || !title.contains(words) {
            wrong.push(format!("{scheme}: {verdict}: {title}, expected {expected}"));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// The proxy's scheme with credentials, what it does, and `FINDING CONFIDENCE: words of the title`.
type Socks = (&'static str, fn(&mut Conn), &'static str);

const SOCKS: [Socks; 9] = [
    (
        "socks5h://",
        |conn| {
            greeting(conn, 0xff);
            conn.fin();
        },
        "P3 certain: ",
    ),
    (
        "socks5h://user:no@",
        |conn| {
            greeting(conn, 2);
            conn.first_bytes();
            conn.send([1, 1]);
            conn.fin();
        },
        "P3 certain: ",
    ),
    ("socks5h://", |conn| reply(conn, 1), "P9 certain: general"),
    ("socks5h://", |conn| reply(conn, 2), "P9 certain: 2"),
    ("socks5h://", |conn| reply(conn, 3), "P9 certain: network"),
    ("socks5h://", |conn| reply(conn, 4), "P9 certain: host"),
    ("socks5h://", |conn| reply(conn, 5), "P9 certain: refused"),
    (
        "socks4a://",
        |conn| {
            conn.first_bytes();
            conn.send([0, 0x5b, 0, 0, 0, 0, 0, 0]);
            conn.fin();
        },
        "P9 certain: 91",
    ),
    (
        "socks5h://",
        |conn| {
            conn.first_bytes();
            conn.send("HTTP/1.1 400 Bad Request\r\n\r\n");
            conn.fin();
        },
        "P8 certain: ",
    ),
];

/// RFC 1928 §3: the method that is chosen.
fn greeting(conn: &mut Conn, method: u8) {
    conn.first_bytes();
    conn.send([5, method]);
}

/// RFC 1928 §6: the reply to the request, from 0.0.0.0:0.
fn reply(conn: &mut Conn, code: u8) {
    greeting(conn, 0);
    conn.first_bytes();
    conn.send([5, code, 0, 1, 0, 0, 0, 0, 0, 0]);
    conn.fin();
}

#[test]
fn a_device_that_holds_small_messages_back_is_no_deaf_peer() {
    let peer = Peer::start_many(3, |number, conn| {
        conn.upgrade();
        if number < 2 {
            // the first frames are small
            return conn.drain();
        }
        let mut held = Vec::new();
        let mut is_full = false;
        while let Some(frame) = conn.frame() {
            is_full |= frame.payload.len() >= 60_000;
            if frame.opcode == opcode::PING {
                held.push(frame.payload);
            }
            if is_full {
                for payload in held.drain(..) {
                    conn.send_frame(&Frame::pong(payload));
                }
            }
        }
    });
    let report = json(&check(["--json", "--level", "deep"], &peer.url()).exits(11));
    assert_eq!(verdict(&report), "C7 likely", "{report}");
}

#[test]
fn what_upgrades_over_tls_alone_is_stripped_on_the_way() {
    let certificate = Certificate::for_names(["localhost", "127.0.0.1"]);
    let cacert = certificate.pem_file().to_owned();
    let config = certificate.server_config();
    let peer = Peer::start_many(9, move |number, conn| {
        // six requests without TLS, one over TLS, two more without
        if number == 6 {
            conn.start_tls(config.clone());
            conn.upgrade();
            conn.expect_goodbye(1000);
        } else {
            conn.request();
            conn.send(
                "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 5\r\n\r\nhello",
            );
            conn.drain();
        }
    });
    let arguments = [
        "--json",
        "--level",
        "deep",
        "--cacert",
        cacert.to_str().unwrap(),
    ];
    let report = json(&check(arguments, &peer.url()).exits(7));
    // not certain: a peer on this machine has no way to it
    assert_eq!(verdict(&report), "M1 likely", "{report}");
}

#[test]
fn a_firewall_that_wants_a_browser_is_told_from_an_origin_check() {
    let wants = |header: &'static str| {
        Listener::start(
            move |request| match request.split_once("Sec-WebSocket-Key: ") {
                Some((_, rest)) if request.contains(header) => {
                    switching_protocols(rest.lines().next().unwrap())
                }
                _ => "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n".to_owned(),
            },
        )
    };
    for (header, expected) in [
        ("Firefox/", "M7 likely"),
        ("Origin: http://127.0.0.1", "H12 certain"),
    ] {
        let listener = wants(header);
        let report = json(&check(["--json", "--level", "deep"], &listener.url()).exits(7));
        assert_eq!(verdict(&report), expected, "{report}");
    }
}
