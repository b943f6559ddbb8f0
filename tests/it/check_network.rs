//! `wscope check` on networks that fail: names, dropped and rejected packets, a dead IPv6. Each in a network namespace
//! of its own, which takes root.

use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use crate::{
    run::{BINARY, hermetic},
    servers::{on_path, script},
};

/// The URL, the finding and its confidence, and the status.
const FAILURES: &[(&str, &str, i32)] = &[
    ("wss://missing.example.com/", "D1 certain", 3),
    ("wss://broken.example.com/", "D2 likely", 3),
    ("wss://silent.example.com/", "D3 likely", 3),
    ("wss://nothing.example.com/", "D4 certain", 3),
    ("wss://sinkhole.example.com:9/", "N1 certain", 4),
    ("ws://127.0.0.1:7001/", "N2 likely", 11),
    ("ws://127.0.0.1:7002/", "N3 likely", 4),
    ("ws://127.0.0.1:7003/", "N1 certain", 4),
    ("ws://203.0.113.5/", "N4 certain", 4),
];

#[test]
fn names_and_packets_that_fail_are_told_apart() {
    if !can_make_networks() {
        return;
    }
    let mut wrong = Vec::new();
    for (url, expected, exit) in FAILURES {
        let (report, status) = check([], url);
        let cause = &report["causes"][0];
        let got = format!("{} {}", word(cause, "id"), word(cause, "confidence"));
        if (got.as_str(), status) != (*expected, *exit) {
            wrong.push(format!(
                "{url}: {got} exit {status}, expected {expected} exit {exit}"
            ));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn an_ipv6_that_is_dead_beside_an_ipv4_that_works_is_a_warning() {
    if !can_make_networks() {
        return;
    }
    let (report, _) = check([], "ws://both.example.com:9001/");
    let warnings = report["warnings"].as_array().unwrap();
    assert!(
        warnings.iter().any(|warning| warning["id"] == "N5"),
        "{report}"
    );
    assert_eq!(report["causes"][0]["id"], "H20", "{report}");
}

#[test]
fn a_path_that_forgot_a_silent_connection_is_dead_and_no_deaf_peer() {
    if !can_make_networks() {
        return;
    }
    let (report, status) = check(["--level", "quick", "--idle", "1"], "ws://127.0.0.1:7010/");
    let cause = &report["causes"][0];
    assert_eq!(
        (word(cause, "id"), word(cause, "confidence"), status),
        ("C5".to_owned(), "certain".to_owned(), 9),
        "{report}"
    );
}

/// Root, and the tools; says so where they are missing.
fn can_make_networks() -> bool {
    let missing = ["unshare", "ip", "nft", "python3"]
        .iter()
        .find(|tool| program(tool).is_none());
    let reason = match missing {
        Some(tool) => Some((*tool).to_owned()),
        None if !nix::unistd::geteuid().is_root() => {
            Some("root, for a network namespace,".to_owned())
        }
        None => None,
    };
    // never a failure: `.ci/run` also runs where nobody is root
    if let Some(what) = &reason {
        eprintln!("skipped: {what} not found");
    }
    reason.is_none()
}

fn program(name: &str) -> Option<std::path::PathBuf> {
    let system = std::path::Path::new("/usr/sbin").join(name);
    on_path(name).or_else(|| system.is_file().then_some(system))
}

fn check<const N: usize>(arguments: [&str; N], url: &str) -> (Value, i32) {
    let home = TempDir::new().unwrap();
    let mut command: Command = hermetic("timeout", home.path());
    let path = format!(
        "{}:/usr/sbin:/sbin",
        std::env::var("PATH").unwrap_or_default()
    );
    let output = command
        .env("PATH", path)
        .args(["60", "unshare", "-n", "-m", "python3"])
        .arg(script("netns.py"))
        .args([BINARY, "check", "--json", "--connect-timeout", "5"])
        .args(arguments)
        .arg(url)
        .output()
        .unwrap();
    let report = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| {
        panic!(
            "{url}: {error}: {}",
            String::from_utf8_lossy(&output.stderr)
        )
    });
    (report, output.status.code().unwrap_or(-1))
}

fn word(cause: &Value, name: &str) -> String {
    cause[name].as_str().unwrap_or("nothing").to_owned()
}
