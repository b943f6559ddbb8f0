//! Answers captured from real products, played by the scripted peer: each exits with the status of its step and names
//! the hop it came from. What each row must say is a table, `tests/fixtures/reports.txt`.

use std::{fs, path::Path};

use crate::{
    peer::Peer,
    run::{Outcome, wscope},
};

/// RFC 6455's example, to which the captured answers belong.
const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";

#[test]
fn every_captured_refusal_names_its_step_and_its_hop() {
    let table = include_str!("../fixtures/reports.txt");
    for line in table.lines().filter(|line| !line.starts_with('#')) {
        let cells: Vec<_> = line.split('|').map(str::trim).collect();
        let [fixture, asked, status, said] = cells[..] else {
            panic!("four cells: {line}");
        };
        let outcome = play(fixture, asked).exits(status.parse().unwrap());
        // the report folds what is long
        let words: Vec<_> = outcome.stderr.split_whitespace().collect();
        let report = words.join(" ");
        let step = match asked {
            "connect" => "\u{2717} proxy",
            _ => "\u{2717} upgrade",
        };
        for text in said.split("; ").chain([step]) {
            let what = format!("{fixture} was expected to say {text:?}");
            outcome.assert(report.contains(text), &what);
        }
    }
}

/// Answers the upgrade, or the CONNECT before it, with a fixture.
#[track_caller]
fn play(fixture: &str, asked: &str) -> Outcome {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/answers");
    let answer = fs::read(folder.join(fixture).with_extension("http")).expect(fixture);
    let peer = Peer::start(move |conn| {
        conn.answer(answer);
    });
    match asked {
        "connect" => wscope(["-x", &peer.authority(), "wss://chat.example/"]),
        _ => wscope(["--ws-key", KEY, &peer.url()]),
    }
    .run()
}
