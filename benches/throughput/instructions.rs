//! The regression guard that noise cannot fool: instructions for each message, counted by valgrind.
//!
//! The real program runs twice under callgrind, with few messages and with many; what the second
//! run needs more, divided by the messages it has more, is the cost of one. Start and end cancel
//! out, and the load of the machine does not enter.

use std::{io, path::Path, process::Command};

use crate::{
    case::{self, Case},
    client::{Client, WSCOPE},
    run::Bench,
};

/// The cases that are guarded.
const GUARDED: [&str; 2] = ["receive-64", "send-64"];

const FEW: u64 = 100_000;
const MANY: u64 = 300_000;

/// How far a count may be from the committed one, up or down: a gain is to be committed too.
const TOLERANCE: f64 = 0.05;

/// Counts, and compares with what is committed; whether all is as it was.
pub(crate) fn check(bench: &mut Bench, clients: &[Client], committed: &Path) -> io::Result<bool> {
    if Command::new("valgrind").arg("--version").output().is_err() {
        let is_required = std::env::var_os("WSCOPE_REQUIRE_SERVERS").is_some();
        println!("skipped: valgrind not found");
        return Ok(!is_required);
    }
    let Some(wscope) = clients.iter().find(|client| client.name == WSCOPE) else {
        return Err(io::Error::other("wscope is not among the clients"));
    };
    let text = std::fs::read_to_string(committed)?;
    bench.prefix = [
        "valgrind",
        "--tool=callgrind",
        "--callgrind-out-file=/dev/null",
    ]
    .map(str::to_owned)
    .to_vec();
    let mut is_as_it_was = true;
    for name in GUARDED {
        let cases = case::all();
        let case = cases.iter().find(|case| case.name == name);
        let case = case.ok_or_else(|| io::Error::other(format!("no case {name}")))?;
        let few = count(bench, case, FEW, wscope)?;
        let many = count(bench, case, MANY, wscope)?;
        let each = many.saturating_sub(few) as f64 / (MANY - FEW) as f64;
        let was = committed_count(&text, name)?;
        let change = each / was - 1.0;
        let verdict = if change.abs() <= TOLERANCE {
            "ok"
        } else {
            "CHANGED"
        };
        println!(
            "{name}: {each:.1} instructions per message, committed {was:.1}: {:+.1} %, {verdict}",
            change * 100.0
        );
        is_as_it_was &= change.abs() <= TOLERANCE;
    }
    if !is_as_it_was {
        println!(
            "find out why, then commit the new numbers in {}",
            committed.display()
        );
    }
    Ok(is_as_it_was)
}

fn count(bench: &Bench, case: &Case, messages: u64, wscope: &Client) -> io::Result<u64> {
    let mut case = *case;
    case.pattern.count = messages;
    let sample = bench.run(&case, wscope)?;
    let verdict = sample
        .map_err(str::to_owned)
        .and_then(|sample| sample.verdict);
    if let Err(failure) = verdict {
        return Err(io::Error::other(format!("{}: {failure}", case.name)));
    }
    let said = bench.last_words();
    let collected = said.lines().find_map(|line| line.split_once("Collected :"));
    let collected = collected.and_then(|(_, number)| number.trim().parse().ok());
    collected.ok_or_else(|| io::Error::other(format!("valgrind said no count: {said}")))
}

fn committed_count(text: &str, name: &str) -> io::Result<f64> {
    let mut lines = text.lines().filter_map(|line| line.split_once(' '));
    let number = lines
        .find(|(case, _)| *case == name)
        .map(|(_, number)| number.trim());
    number
        .and_then(|number| number.parse().ok())
        .ok_or_else(|| io::Error::other(format!("no committed count for {name}")))
}
