//! Ten thousand messages with each of three servers that others wrote, over ws and wss, byte for byte.
//!
//! A server echoes: every third text as binary, every fourth message in fragments, with pings between; over ws the
//! scripts also agree to compression. Half of the messages go out as text and come back as JSON events, which tell the
//! kinds; half go both ways as binary with lengths.

mod tungstenite_server;

use std::{fmt::Write as _, process::Command, time::Duration};

use data_encoding::BASE64;
use serde_json::Value;

use crate::{
    peer::Certificate,
    run::{Outcome, wscope},
    servers::{Server, installed, on_path, script, skip},
};

/// For each run; two runs make the ten thousand.
const MESSAGES: usize = 5000;

#[test]
fn tungstenite_over_ws() {
    exchange("ws", |_| tungstenite_server::start(None));
}

#[test]
fn tungstenite_over_wss() {
    exchange("wss", |certificate| {
        tungstenite_server::start(Some(certificate.server_config()))
    });
}

#[test]
fn python_websockets_over_ws() {
    exchange_with_python("ws");
}

#[test]
fn python_websockets_over_wss() {
    exchange_with_python("wss");
}

#[test]
fn npm_ws_over_ws() {
    exchange_with_npm("ws");
}

#[test]
fn npm_ws_over_wss() {
    exchange_with_npm("wss");
}

#[track_caller]
fn exchange_with_python(scheme: &str) {
    let Some(python) = installed("venv/bin/python") else {
        return skip("Python websockets");
    };
    exchange(scheme, |certificate| {
        let mut command = Command::new(&python);
        command.arg(script("websockets_server.py"));
        Server::start(with_tls(&mut command, scheme, certificate))
    });
}

#[track_caller]
fn exchange_with_npm(scheme: &str) {
    let (Some(node), Some(modules)) = (on_path("node"), installed("node_modules")) else {
        return skip("npm ws");
    };
    exchange(scheme, |certificate| {
        let mut command = Command::new(&node);
        command.arg(script("ws_server.mjs")).arg(&modules);
        Server::start(with_tls(&mut command, scheme, certificate))
    });
}

fn with_tls<'a>(
    command: &'a mut Command,
    scheme: &str,
    certificate: &Certificate,
) -> &'a mut Command {
    if scheme == "wss" {
        command
            .arg(certificate.pem_file())
            .arg(certificate.key_file());
    }
    command
}

/// A server of any sort that listens on a port while it lives.
pub(crate) trait Listening {
    fn port(&self) -> u16;
}

impl Listening for Server {
    fn port(&self) -> u16 {
        self.port
    }
}

#[track_caller]
fn exchange<L: Listening>(scheme: &str, start: impl FnOnce(&Certificate) -> L) {
    let certificate = Certificate::for_names(["127.0.0.1"]);
    let server = start(&certificate);
    let url = format!("{scheme}://127.0.0.1:{}/", server.port());
    let run = |flags: &[&str], stdin: Vec<u8>| {
        wscope(["--count", &MESSAGES.to_string(), "--ping-interval", "1"])
            .args(["--ping-timeout", "120", "--length-prefixed", "--cacert"])
            .args([certificate.pem_file()])
            .args(flags)
            .args([&url])
            .stdin(stdin)
            .patience(Duration::from_secs(240))
            .run()
            .exits(0)
    };
    let texts: Vec<Vec<u8>> = (0..MESSAGES)
        .map(|number| text(number).into_bytes())
        .collect();
    check_events(&run(&["--json"], prefixed(&texts)), &texts);
    let binaries: Vec<Vec<u8>> = (0..MESSAGES).map(binary).collect();
    let stdin = prefixed(&binaries);
    run(&["--binary"], stdin.clone()).prints(stdin);
}

#[track_caller]
fn check_events(outcome: &Outcome, texts: &[Vec<u8>]) {
    let events = outcome.events();
    let received: Vec<&Value> = events
        .iter()
        .filter(|event| event["event"] == "message" && event["direction"] == "received")
        .collect();
    assert_eq!(received.len(), texts.len());
    for (number, (event, expected)) in received.iter().zip(texts).enumerate() {
        let is_binary = number % 3 == 0;
        assert_eq!(
            event["opcode"],
            if is_binary { "binary" } else { "text" },
            "message {number}"
        );
        let payload = match (event["text"].as_str(), event["base64"].as_str()) {
            (Some(text), None) if !is_binary => text.as_bytes().to_vec(),
            (None, Some(base64)) if is_binary => BASE64.decode(base64.as_bytes()).unwrap(),
            _ => panic!("message {number} has not the payload of its kind"),
        };
        assert!(payload == *expected, "message {number} differs");
    }
}

/// Every length form at its edges, a few giants, and small ones between.
fn size(number: usize) -> usize {
    match number {
        10 => 4 << 20,
        2500 => (1 << 20) + 1,
        number if number % 500 == 0 => 65_534 + number / 500 % 4,
        number if number % 20 == 0 => 124 + number / 20 % 4,
        number => number % 97,
    }
}

fn binary(number: usize) -> Vec<u8> {
    (0..size(number))
        .map(|at| (at * 7 + number) as u8)
        .collect()
}

/// Text of about that size, with characters of one to four bytes.
fn text(number: usize) -> String {
    let mut text = String::with_capacity(size(number));
    while text.len() + 24 < size(number) {
        let _ = write!(text, "{} \u{e9}\u{4e16}\u{1f600}\n\0", text.len());
    }
    while text.len() < size(number) {
        text.push(char::from(b'a' + (text.len() % 26) as u8));
    }
    text
}

fn prefixed(messages: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for message in messages {
        bytes.extend(u32::try_from(message.len()).unwrap().to_be_bytes());
        bytes.extend(message);
    }
    bytes
}
