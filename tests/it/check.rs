//! `wscope check` against the scripted peer: what is sent, and how it is told.

use std::{
    io::{Read as _, Write as _},
    net::TcpListener,
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

use serde_json::Value;
use tempfile::TempDir;

use crate::{
    peer::{Frame, Peer},
    run::{Outcome, wscope},
};

/// Answers each connection with the same bytes, and keeps what was asked.
pub(crate) struct Listener {
    port: u16,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Listener {
    fn answering(answer: &'static str) -> Self {
        Self::start(move |_| answer.to_owned())
    }

    pub(crate) fn start(answer: impl Fn(&str) -> String + Send + 'static) -> Self {
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

    pub(crate) fn url(&self) -> String {
        format!("ws://127.0.0.1:{}/ws", self.port)
    }

    fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

const NOT_FOUND: &str = "HTTP/1.1 426 Upgrade Required\r\nServer: nginx/1.22.1\r\nContent-Length: 16\r\n\r\nUpgrade Required";

pub(crate) fn check<const N: usize>(arguments: [&str; N], url: &str) -> Outcome {
    let arguments = ["check"].into_iter().chain(arguments).chain([url]);
    wscope(arguments.map(str::to_owned)).run()
}

pub(crate) fn json(outcome: &Outcome) -> Value {
    serde_json::from_slice(&outcome.stdout).unwrap_or_else(|error| panic!("{error}: {outcome:?}"))
}

/// `ID confidence`, or `ok`.
pub(crate) fn verdict(report: &Value) -> String {
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

pub(crate) fn switching_protocols(key: &str) -> String {
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
