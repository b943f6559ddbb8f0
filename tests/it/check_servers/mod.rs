//! `wscope check` before real servers in their broken forms, from nginx to Envoy, with five
//! kinds of backend behind them. What each row must say is a table, `tests/fixtures/servers.txt`.

mod upstream;
mod world;

use std::{
    collections::VecDeque,
    fmt::Write as _,
    io::{self, Write as _},
    sync::Mutex,
    thread,
    time::Duration,
};

use serde_json::Value;

use crate::run::wscope;
use world::World;

/// Runs at a time: most of each is waiting.
const AT_ONCE: usize = 24;

/// One line of the table.
#[derive(Clone, Copy, Debug)]
struct Row {
    /// The finding, or findings, that are really the case; `ok` where nothing is wrong.
    truth: &'static str,
    /// The URL, with `@NAME@` for the port of a server.
    url: &'static str,
    /// More arguments.
    arguments: &'static str,
    /// What must be said: `ID hop confidence`, `? ID ID` where the evidence does not decide, or `ok`.
    verdict: &'static str,
}

/// How a row came out.
struct Came {
    /// What was said.
    said: String,
    /// One of the true findings is named, alone or among those that are left undecided.
    is_true: bool,
}

#[test]
fn real_servers_are_named_right_or_not_at_all() {
    let world = World::start();
    let rows: Vec<_> = rows()
        .filter(|row| world.has(row.url) && world.has(row.arguments))
        .collect();
    let queue = Mutex::new(rows.iter().copied().collect::<VecDeque<_>>());
    let results = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                loop {
                    // a guard in the head of a `while let` would be held through its body
                    let next = queue.lock().unwrap().pop_front();
                    let Some(row) = next else { return };
                    let came = examine(row, &world);
                    results.lock().unwrap().push((row, came));
                }
            });
        }
    });
    conclude(&results.into_inner().unwrap());
}

fn rows() -> impl Iterator<Item = Row> {
    include_str!("../../fixtures/servers.txt")
        .lines()
        .filter(|line| !line.starts_with('#') && !line.trim().is_empty())
        .map(|line| {
            let cells: Vec<_> = line.split('|').map(str::trim).collect();
            let [truth, url, arguments, verdict] = cells[..] else {
                panic!("four cells: {line}");
            };
            Row {
                truth,
                url,
                arguments,
                verdict,
            }
        })
}

fn examine(row: Row, world: &World) -> Came {
    let url = world.fill(row.url);
    let more = world.fill(row.arguments);
    let arguments = ["check", "--json", "--connect-timeout", "4"];
    let arguments = arguments
        .into_iter()
        .chain(more.split_whitespace())
        .chain([url.as_str()]);
    let outcome = wscope(arguments.map(str::to_owned))
        .patience(Duration::from_secs(120))
        .run();
    let report: Value = serde_json::from_slice(&outcome.stdout)
        .unwrap_or_else(|error| panic!("{url}: {error}: {outcome:?}"));
    let said = verdict(&report);
    // the ids behind a question mark, else the one in front
    let named: Vec<_> = match said.strip_prefix("? ") {
        Some(ids) => ids.split(' ').collect(),
        None => said.split(' ').take(1).collect(),
    };
    let is_true = row.truth.split(' ').any(|truth| named.contains(&truth));
    Came { said, is_true }
}

/// The verdict of a report in the words of the table.
fn verdict(report: &Value) -> String {
    let undecided = report["undecided"].as_array().unwrap();
    if report["ok"] == true {
        return "ok".to_owned();
    }
    if !undecided.is_empty() {
        let ids: Vec<_> = undecided.iter().filter_map(Value::as_str).collect();
        return format!("? {}", ids.join(" "));
    }
    let cause = &report["causes"][0];
    let word = |name: &str| cause[name].as_str().unwrap_or("nothing").to_owned();
    format!("{} {} {}", word("id"), word("hop"), word("confidence"))
}

fn conclude(results: &[(Row, Came)]) {
    let count =
        |is_so: &dyn Fn(&Came) -> bool| results.iter().filter(|(_, came)| is_so(came)).count();
    let is_unsure = |came: &Came| came.said.starts_with('?');
    let is_wrong_and_certain = |came: &Came| !came.is_true && came.said.ends_with("certain");
    let summary = format!(
        "check: {} of {} named right, {} honestly cannot tell, {} wrong and unsure, {} wrong with certain",
        count(&|came| came.is_true && !is_unsure(came)),
        results.len(),
        count(&|came| came.is_true && is_unsure(came)),
        count(&|came| !came.is_true && !is_wrong_and_certain(came)),
        count(&is_wrong_and_certain),
    );
    // past libtest's capture, which hides what a passing test prints
    let _ = writeln!(io::stderr(), "{summary}");
    let mut others = String::new();
    for (row, came) in results
        .iter()
        .filter(|(row, came)| came.said != row.verdict)
    {
        let _ = write!(
            others,
            "\n{} {}: {}, expected {}",
            row.url, row.arguments, came.said, row.verdict
        );
    }
    assert!(
        others.is_empty() && count(&is_wrong_and_certain) == 0,
        "{summary}{others}"
    );
}
