//! `wscope check` against the scripted peer: what no real server does at will, what is sent, and how it is told.

use std::{
    io::{Read as _, Write as _},
    net::TcpListener,
    sync::{Arc, Mutex},
    thread,
    time::{Duration, SystemTime},
};

use rustls::{
    ServerConfig,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
};
use serde_json::Value;
use tempfile::{NamedTempFile, TempDir};

use crate::{
    peer::{Conn, Frame, Peer},
    run::{Outcome, wscope},
};

/// Answers each connection with the same bytes, and keeps what was asked.
struct Listener {
    port: u16,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Listener {
    fn answering(answer: &'static str) -> Self {
        Self::start(move |_| answer.to_owned())
    }

    fn start(answer: impl Fn(&str) -> String + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&requests);
        thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                stream
                    .set_read_timeout(Some(Duration::from_secs(20)))
                    .unwrap();
                let mut request = vec![0; 8192];
                let count = stream.read(&mut request).unwrap_or_default();
                let request = String::from_utf8_lossy(&request[..count]).into_owned();
                let _ = stream.write_all(answer(&request).as_bytes()); // it may have left
                kept.lock().unwrap().push(request);
            }
        });
        Self { port, requests }
    }

    fn url(&self) -> String {
        format!("ws://127.0.0.1:{}/ws", self.port)
    }

    fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

const NOT_FOUND: &str = "HTTP/1.1 426 Upgrade Required\r\nServer: nginx/1.22.1\r\nContent-Length: 16\r\n\r\nUpgrade Required";

fn check<const N: usize>(arguments: [&str; N], url: &str) -> Outcome {
    let arguments = ["check"].into_iter().chain(arguments).chain([url]);
    wscope(arguments.map(str::to_owned)).run()
}

fn json(outcome: &Outcome) -> Value {
    serde_json::from_slice(&outcome.stdout).unwrap_or_else(|error| panic!("{error}: {outcome:?}"))
}

/// `ID confidence`, or `ok`.
fn verdict(report: &Value) -> String {
    if report["ok"] == true {
        return "ok".to_owned();
    }
    let cause = &report["causes"][0];
    let word = |name: &str| cause[name].as_str().unwrap_or("nothing").to_owned();
    format!("{} {}", word("id"), word("confidence"))
}

#[test]
fn quick_sends_one_upgrade_and_nothing_else() {
    let listener = Listener::answering(NOT_FOUND);
    let report = json(&check(["--level", "quick", "--json"], &listener.url()).exits(7));
    assert_eq!(verdict(&report), "H20 likely");
    assert_eq!(listener.requests().len(), 1, "{:?}", listener.requests());
}

#[test]
fn normal_sends_six_each_with_the_users_headers() {
    let listener = Listener::answering(NOT_FOUND);
    let report = json(
        &check(
            ["--json", "-H", "X-Mine: 1", "-u", "me:secret"],
            &listener.url(),
        )
        .exits(7),
    );
    assert_eq!(verdict(&report), "H20 certain");
    let requests = listener.requests();
    assert_eq!(requests.len(), 6, "{requests:?}");
    for request in &requests {
        assert!(
            request.contains("X-Mine: 1\r\n") && request.contains("Authorization: Basic"),
            "{request}"
        );
        assert!(request.starts_with("GET /ws HTTP/1.1\r\n"), "{request}");
    }
    let plain = &requests[1];
    assert!(
        !plain.contains("Upgrade") && !plain.contains("Sec-WebSocket"),
        "{plain}"
    );
}

#[test]
fn a_working_endpoint_gets_one_more_upgrade_for_its_origin_check() {
    let peer = Peer::start_many(2, |number, conn| {
        let request = conn.upgrade();
        if number == 0 {
            let payload = conn.expect(0x9);
            conn.send_frame(&Frame::pong(payload));
            conn.expect_goodbye(1000);
        } else {
            assert_eq!(
                request.header("Origin").as_deref(),
                Some("https://wscope.invalid")
            );
            // a server that is strict logs 1006 where no Close frame comes
            conn.expect_goodbye(1000);
        }
    });
    let report = json(&check(["--json"], &peer.url()).exits(0));
    assert_eq!(report["health"]["checks_origin"], false);
    assert_eq!(report["probes"].as_array().unwrap().len(), 2);
}

#[test]
fn a_dry_run_lists_what_it_would_send_and_sends_nothing() {
    let listener = Listener::answering(NOT_FOUND);
    let outcome = check(
        ["--dry-run", "--level", "deep", "--idle", "60"],
        &listener.url(),
    )
    .exits(0);
    let text = String::from_utf8(outcome.stdout).unwrap();
    for part in [
        "plain GET",
        "version 99",
        "no key",
        "wss://",
        "1 MiB",
        "silent for 60 s",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert_eq!(listener.requests(), Vec::<String>::new());
}

#[test]
fn what_is_secret_stays_out_of_every_form_of_the_report() {
    let listener = Listener::answering(NOT_FOUND);
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("report.md");
    let url =
        format!("{}?access_token=TOPSECRET", listener.url()).replace("ws://", "ws://me:HIDDEN@");
    let arguments = [
        "--report",
        file.to_str().unwrap(),
        "-H",
        "Cookie: sid=TOPSECRET",
        "-b",
        "a=TOPSECRET",
    ];
    for form in ["--json", "--color=never"] {
        let all = arguments.iter().copied().chain([form, url.as_str()]);
        let outcome = wscope(["check"].into_iter().chain(all).map(str::to_owned))
            .run()
            .exits(7);
        let page = std::fs::read_to_string(&file).unwrap();
        let told = format!(
            "{}{}{page}",
            String::from_utf8_lossy(&outcome.stdout),
            outcome.stderr
        );
        assert!(
            !told.contains("TOPSECRET") && !told.contains("HIDDEN"),
            "{told}"
        );
        assert!(
            page.contains("nginx/1.22.1") && page.contains("H20"),
            "{page}"
        );
    }
}

#[test]
fn the_text_begins_with_the_verdict_and_fits_eighty_columns() {
    let listener = Listener::answering(NOT_FOUND);
    let outcome = check([], &listener.url()).exits(7).says_nothing();
    let text = String::from_utf8(outcome.stdout).unwrap();
    let first = format!("✗ {} — the reverse proxy (nginx/1.22.1)", listener.url());
    assert!(text.starts_with(&first), "{text}");
    for part in [
        "[certain]",
        "upgrade  426 Upgrade Required",
        "<-- here",
        "Server: nginx/1.22.1",
        "\"Upgrade Required\"",
        "6 of 6 requests",
        "  proxy_set_header Upgrade $http_upgrade;",
        "not tested:",
        "id H20  exit 7",
    ] {
        assert!(text.contains(part), "{part:?} is missing:\n{text}");
    }
    assert!(
        !text.contains("ProxyPass"),
        "the fix of another product:\n{text}"
    );
    for line in text.lines() {
        assert!(line.chars().count() <= 80, "{line}");
    }
}

#[test]
fn nothing_of_the_peers_reaches_the_terminal_as_it_came() {
    let hostile = "HTTP/1.1 403 \x1b[2JGone\r\nServer: nginx\x1b]0;owned\x07\r\nContent-Length: 24\r\n\r\n<title>\x1b[31mred\u{202e}</title>";
    let listener = Listener::answering(hostile);
    let outcome = check(["--level", "quick", "--color=never"], &listener.url());
    let text = String::from_utf8(outcome.stdout).unwrap();
    assert!(
        !text.contains('\x1b') && !text.contains('\x07') && !text.contains('\u{202e}'),
        "{text}"
    );
}

#[test]
fn a_header_that_is_refused_alone_is_found_by_leaving_each_out() {
    let listener = Listener::start(|request| match request.split_once("Sec-WebSocket-Key: ") {
        Some((_, rest)) if !request.contains("X-Bad") => {
            switching_protocols(rest.lines().next().unwrap())
        }
        _ => "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n".to_owned(),
    });
    let arguments = [
        "--json",
        "--level",
        "deep",
        "-H",
        "X-Good: 1",
        "-H",
        "X-Bad: 1",
    ];
    let report = json(&check(arguments, &listener.url()).exits(7));
    let ids: Vec<_> = report["causes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|cause| cause["id"].as_str().unwrap())
        .collect();
    assert_eq!(ids.first(), Some(&"H49"), "{report}");
}

fn switching_protocols(key: &str) -> String {
    let accept = tungstenite::handshake::derive_accept_key(key.as_bytes());
    format!(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Accept: {accept}\r\n\r\n"
    )
}

#[test]
fn an_idle_timer_is_found_and_told_from_a_cap_on_the_age() {
    let port = idle_server(Duration::from_millis(800));
    let url = format!("ws://127.0.0.1:{port}/");
    let report = json(&check(["--json", "--level", "quick", "--idle", "5"], &url).exits(9));
    assert_eq!(verdict(&report), "C3 certain", "{report}");
}

/// Ends each connection after that much silence, and answers pings.
fn idle_server(timer: Duration) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            thread::spawn(move || {
                stream.set_read_timeout(Some(timer)).unwrap();
                let Ok(mut socket) = tungstenite::accept(stream) else {
                    return;
                };
                while socket.read().is_ok() {}
            });
        }
    });
    port
}

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

#[test]
fn tls_that_does_not_come_about_is_named() {
    let mut wrong = Vec::new();
    for (name, script, expected) in TLS_DEFECTS {
        let peer = Peer::start(script);
        let url = peer.url().replace("ws://", "wss://");
        let outcome = check(
            ["--json", "--level", "quick", "--connect-timeout", "2"],
            &url,
        );
        let got = verdict(&json(&outcome));
        if got != *expected {
            wrong.push(format!("{name}: {got}, expected {expected}"));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// What the peer does with a ClientHello, and the finding.
type TlsDefect = (&'static str, fn(&mut Conn), &'static str);

const TLS_DEFECTS: &[TlsDefect] = &[
    ("alert 112", |conn| alert(conn, 112), "T7 certain"),
    ("alert 40", |conn| alert(conn, 40), "T8 likely"),
    ("alert 70", |conn| alert(conn, 70), "T9 certain"),
    ("alert 120", |conn| alert(conn, 120), "T18 certain"),
    ("alert 116", |conn| alert(conn, 116), "T10 certain"),
    (
        "HTTP",
        |conn| {
            conn.first_bytes();
            conn.send("HTTP/1.1 400 Bad Request\r\n\r\n");
            conn.fin();
        },
        "T11 certain",
    ),
    (
        "FIN",
        |conn| {
            conn.first_bytes();
            conn.fin();
        },
        "T13 possible",
    ),
    (
        "RST",
        |conn| {
            conn.first_bytes();
            conn.reset();
        },
        "T14 possible",
    ),
    ("silence", |conn| conn.drain(), "T15 possible"),
];

fn alert(conn: &mut Conn, number: u8) {
    conn.first_bytes();
    conn.send([0x15, 3, 3, 0, 2, 2, number]);
    conn.fin();
}

#[test]
fn certificates_that_are_refused_are_told_apart() {
    let now = SystemTime::now();
    let days = |count: u64| Duration::from_secs(count * 24 * 60 * 60);
    let mut wrong = Vec::new();
    for (name, host, from, to, is_trusted, expected) in [
        (
            "expired",
            "127.0.0.1",
            now - days(40),
            now - days(10),
            true,
            "T1 certain",
        ),
        (
            "not yet valid",
            "127.0.0.1",
            now + days(10),
            now + days(40),
            true,
            "T2 likely",
        ),
        (
            "another name",
            "other.example",
            now - days(1),
            now + days(40),
            true,
            "T3 certain",
        ),
        (
            "self-signed",
            "127.0.0.1",
            now - days(1),
            now + days(40),
            false,
            "T4 certain",
        ),
    ] {
        let (certificate, key) = certificate(host, from, to);
        let file = NamedTempFile::new().unwrap();
        std::fs::write(file.path(), certificate.pem()).unwrap();
        let config = server_config(&certificate, &key);
        let peer = Peer::start(move |conn| {
            conn.start_tls(config);
            conn.drain();
        });
        let url = peer.url().replace("ws://", "wss://");
        let cacert = ["--cacert", file.path().to_str().unwrap()];
        let trust = if is_trusted { &cacert[..] } else { &[] };
        let arguments = ["check", "--json", "--level", "quick"]
            .into_iter()
            .chain(trust.iter().copied());
        let outcome = wscope(arguments.chain([url.as_str()]).map(str::to_owned))
            .run()
            .exits(6);
        let got = verdict(&json(&outcome));
        if got != expected {
            wrong.push(format!("{name}: {got}, expected {expected}"));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

fn certificate(
    host: &str,
    from: SystemTime,
    to: SystemTime,
) -> (rcgen::Certificate, rcgen::KeyPair) {
    let mut params = rcgen::CertificateParams::new(vec![host.to_owned()]).unwrap();
    params.not_before = from.into();
    params.not_after = to.into();
    let key = rcgen::KeyPair::generate().unwrap();
    (params.self_signed(&key).unwrap(), key)
}

fn server_config(certificate: &rcgen::Certificate, key: &rcgen::KeyPair) -> Arc<ServerConfig> {
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)
        .unwrap();
    Arc::new(config)
}
