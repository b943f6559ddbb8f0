//! The knowledge of `check` against answers that real products gave: no sockets, a table of files.

use std::{fs, path::PathBuf, time::Duration};

use wscope::check::{
    answer::{Answer, End},
    diagnosis::{Diagnosis, diagnose},
    evidence::{Evidence, Fact, Probe},
    reading::{self, Asked},
};

/// One line of a table: cells between bars, without the space around them.
fn rows(table: &'static str) -> impl Iterator<Item = Vec<&'static str>> {
    table
        .lines()
        .filter(|line| !line.starts_with('#') && !line.trim().is_empty())
        .map(|line| line.split('|').map(str::trim).collect())
}

fn fixture(name: &str) -> Vec<u8> {
    let file: PathBuf = [
        env!("CARGO_MANIFEST_DIR"),
        "tests/fixtures/answers",
        &format!("{name}.http"),
    ]
    .iter()
    .collect();
    fs::read(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

fn end(word: &str) -> End {
    match word {
        "open" => End::Open,
        "fin" => End::Fin,
        "reset" => End::Reset,
        "silent" => End::Silent,
        _ => panic!("no such end: {word}"),
    }
}

/// `fin@1000` and `silent` are answers without a byte; anything else is a fixture or a status with a body.
fn answer(cell: &str) -> Answer {
    let (word, after) = cell.split_once('@').unwrap_or((cell, "5"));
    let took = Duration::from_millis(after.parse().unwrap());
    match word {
        "fin" | "reset" | "silent" => Answer::new(Vec::new(), end(word), took),
        _ => match word.split_once(' ') {
            Some((status, body)) => bare(status, body, took),
            None if word.bytes().all(|byte| byte.is_ascii_digit()) => bare(word, "", took),
            None => Answer::new(fixture(word), End::Open, took),
        },
    }
}

fn bare(status: &str, body: &str, took: Duration) -> Answer {
    Answer::new(
        format!("HTTP/1.1 {status} X\r\nDate: now\r\n\r\n{body}").into_bytes(),
        End::Open,
        took,
    )
}

/// `H20 reverse-proxy certain`, or `? H1 H20` where the evidence does not decide, or `ok`.
fn verdict(diagnosis: &Diagnosis) -> String {
    let undecided = diagnosis.undecided();
    if !undecided.is_empty() {
        let ids: Vec<_> = undecided.iter().map(|cause| cause.finding.id).collect();
        return format!("? {}", ids.join(" "));
    }
    diagnosis.verdict().map_or_else(
        || "ok".to_owned(),
        |cause| {
            let hop = serde_json::to_value(cause.hop).unwrap();
            let words = [
                cause.finding.id,
                hop.as_str().unwrap(),
                cause.confidence.word(),
            ];
            words.join(" ")
        },
    )
}

fn front(diagnosis: &Diagnosis) -> &str {
    diagnosis
        .front
        .as_ref()
        .map_or("-", |front| front.product.name)
}

#[test]
fn every_captured_answer_names_its_product_and_its_finding() {
    let mut wrong = Vec::new();
    for row in rows(include_str!("../fixtures/answers.txt")) {
        let [name, asked, ended, facts, product, expected] = row[..] else {
            panic!("six cells: {row:?}");
        };
        let mut evidence = Evidence::default();
        let answer = match ended.split_once('@') {
            Some(_) => answer(ended),
            None => Answer::new(fixture(name), end(ended), Duration::from_millis(5)),
        };
        note(asked, answer, &mut evidence);
        for fact in facts.split_whitespace() {
            evidence.saw(serde_json::from_value(fact.into()).unwrap());
        }
        let diagnosis = diagnose(&evidence);
        let named = front(&diagnosis);
        let got = verdict(&diagnosis);
        if (named, got.as_str()) != (product, expected) {
            wrong.push(format!(
                "{name} | {asked} | {ended} | {facts} | {named} | {got}"
            ));
        }
    }
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

/// Notes an answer as the ladder would.
fn note(asked: &str, answer: Answer, evidence: &mut Evidence) {
    if asked == "connect" {
        evidence.saw(Fact::ViaProxy);
        evidence.saw(Fact::OddPort);
        evidence.answers.insert(Probe::Connect, answer);
        return;
    }
    if answer.status() == Some(101) {
        evidence.saw(Fact::Upgraded);
    }
    let asked = Asked {
        url: asked,
        request_bytes: 160,
    };
    reading::upgrade_answer(answer, asked, evidence);
}

#[test]
fn every_comparison_of_the_matrix_gives_its_verdict() {
    let mut wrong = Vec::new();
    for row in rows(include_str!("../fixtures/matrix.txt")) {
        let [name, a, b, c, d, e, f, expected] = row[..] else {
            panic!("eight cells: {row:?}");
        };
        let mut evidence = Evidence::default();
        note("ws://127.0.0.1/ws", answer(a), &mut evidence);
        for (probe, cell) in Probe::SIX[1..].iter().zip([b, c, d, e, f]) {
            evidence.answers.insert(*probe, answer(cell));
        }
        let got = verdict(&diagnose(&evidence));
        if got != expected {
            wrong.push(format!("{name}: {got}, expected {expected}"));
        }
    }
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}
