//! `wscope check` against a peer that does what no real server does at will, above TLS: in the answer, in the 101, in the
//! frames behind it.

use crate::{
    check::{check, json, verdict},
    peer::{Conn, Frame, Peer},
};

#[test]
fn every_defect_that_a_peer_can_play_is_named() {
    let mut wrong = Vec::new();
    for (name, script, expected, exit) in DEFECTS {
        let peer = Peer::start(script);
        let outcome = check(
            ["--json", "--level", "quick", "--connect-timeout", "2"],
            &peer.url(),
        );
        let got = format!(
            "{} exit {}",
            verdict(&json(&outcome)),
            outcome.status.code().unwrap_or(-1)
        );
        if got != format!("{expected} exit {exit}") {
            wrong.push(format!("{name}: {got}, expected {expected} exit {exit}"));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// What the peer does, the finding it must be given, and the status.
type Defect = (&'static str, fn(&mut Conn), &'static str, i32);

const DEFECTS: &[Defect] = &[
    // the answer
    (
        "captive portal",
        |conn| answer(conn, "511 Network Authentication Required", ""),
        "M4 certain",
        7,
    ),
    (
        "login",
        |conn| answer(conn, "302 Found", "Location: /auth/login?next=/\r\n"),
        "H4 certain",
        7,
    ),
    (
        "bearer token",
        |conn| {
            answer(
                conn,
                "401 Unauthorized",
                "WWW-Authenticate: Bearer realm=\"api\"\r\n",
            );
        },
        "H11 certain",
        7,
    ),
    (
        "challenge",
        |conn| {
            answer(
                conn,
                "403 Forbidden",
                "Server: cloudflare\r\nCF-RAY: 1-FRA\r\ncf-mitigated: challenge\r\n",
            );
        },
        "H13 certain",
        7,
    ),
    (
        "origin down",
        |conn| answer(conn, "522 ", "Server: cloudflare\r\nCF-RAY: 1-FRA\r\n"),
        "H29 certain",
        7,
    ),
    (
        "rewritten status",
        |conn| {
            answer(
                conn,
                "200 OK",
                "Sec-WebSocket-Accept: x\r\nUpgrade: websocket\r\n",
            );
        },
        "H38 certain",
        7,
    ),
    (
        "silence",
        |conn| {
            conn.request();
            conn.expect_end();
        },
        "H41 possible",
        11,
    ),
    (
        "FIN",
        |conn| {
            conn.request();
            conn.fin();
        },
        "H39 possible",
        7,
    ),
    (
        "RST",
        |conn| {
            conn.request();
            conn.reset();
        },
        "M3 possible",
        7,
    ),
    (
        "cut head",
        |conn| {
            conn.request();
            conn.send("HTTP/1.1 101 Swit");
            conn.fin();
        },
        "H42 certain",
        7,
    ),
    (
        "SSH",
        |conn| {
            conn.request();
            conn.send("SSH-2.0-OpenSSH_9.2p1\r\n");
            conn.fin();
        },
        "H43 certain",
        7,
    ),
    (
        "TLS alert",
        |conn| {
            conn.request();
            conn.send(b"\x15\x03\x03\0\x02\x02\x28");
            conn.fin();
        },
        "T12 likely",
        7,
    ),
    // the 101
    (
        "sample accept",
        |conn| {
            switch(
                conn,
                "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n",
            );
        },
        "H31 certain",
        7,
    ),
    ("no accept", |conn| switch(conn, ""), "H32 certain", 7),
    (
        "no upgrade header",
        |conn| {
            conn.request();
            conn.send("HTTP/1.1 101 X\r\nConnection: Upgrade\r\n\r\n");
            conn.drain();
        },
        "H33 certain",
        7,
    ),
    (
        "unasked subprotocol",
        |conn| {
            conn.upgrade_with("Sec-WebSocket-Protocol: mqtt\r\n");
            conn.drain();
        },
        "H35 certain",
        7,
    ),
    (
        "unasked extension",
        |conn| {
            conn.upgrade_with("Sec-WebSocket-Extensions: x-foo\r\n");
            conn.drain();
        },
        "H36 certain",
        7,
    ),
    (
        "line feeds",
        |conn| {
            conn.request();
            conn.send("HTTP/1.1 101 X\nUpgrade: websocket\n\n");
            conn.drain();
        },
        "H37 certain",
        7,
    ),
    // after it
    (
        "FIN after 101",
        |conn| {
            conn.upgrade();
            conn.fin();
            conn.drain();
        },
        "C1 likely",
        9,
    ),
    (
        "RST after 101",
        |conn| {
            conn.upgrade();
            conn.expect(0x9);
            conn.reset();
        },
        "C2 likely",
        9,
    ),
    (
        "deaf",
        |conn| {
            conn.upgrade();
            conn.expect(0x9);
            conn.drain();
        },
        "C6 likely",
        11,
    ),
    (
        "HTTP in the stream",
        |conn| {
            conn.upgrade();
            conn.text("hello");
            conn.send("HTTP/1.1 400 Bad Request\r\n\r\n");
            conn.drain();
        },
        "C8 certain",
        8,
    ),
    (
        "reserved bits",
        |conn| frame(conn, &Frame::text("x").rsv(3)),
        "C9 likely",
        8,
    ),
    (
        "masked",
        |conn| frame(conn, &Frame::text("x").masked([1, 2, 3, 4])),
        "C10 certain",
        8,
    ),
    (
        "not UTF-8",
        |conn| frame(conn, &Frame::text(b"\xff\xfe".to_vec())),
        "C11 certain",
        8,
    ),
    (
        "orphan continuation",
        |conn| frame(conn, &Frame::continuation("x")),
        "C13 certain",
        8,
    ),
    (
        "reserved opcode",
        |conn| frame(conn, &Frame::new(0xB, "x")),
        "C13 certain",
        8,
    ),
    (
        "close of one byte",
        |conn| frame(conn, &Frame::new(0x8, "x")),
        "C14 certain",
        8,
    ),
    (
        "close 1006",
        |conn| frame(conn, &Frame::close(1006, "")),
        "C14 certain",
        8,
    ),
    ("close 1008", |conn| closed(conn, 1008), "C15 certain", 10),
    ("close 1011", |conn| closed(conn, 1011), "C16 certain", 10),
    ("close 1012", |conn| closed(conn, 1012), "C17 certain", 10),
    ("close 1013", |conn| closed(conn, 1013), "C18 certain", 10),
    ("close 4401", |conn| closed(conn, 4401), "C19 certain", 10),
    (
        "close without a code",
        |conn| frame(conn, &Frame::new(0x8, "")),
        "C20 likely",
        0,
    ),
];

fn answer(conn: &mut Conn, status: &str, headers: &str) {
    conn.answer(format!(
        "HTTP/1.1 {status}\r\n{headers}Content-Length: 0\r\n\r\n"
    ));
}

fn switch(conn: &mut Conn, accept: &str) {
    conn.request();
    conn.send(format!("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n{accept}\r\n"));
    conn.drain();
}

fn frame(conn: &mut Conn, frame: &Frame) {
    conn.upgrade();
    conn.send_frame(frame);
    conn.drain();
}

fn closed(conn: &mut Conn, code: u16) {
    frame(conn, &Frame::close(code, "because"));
}
