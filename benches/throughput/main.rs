//! How fast wscope is, beside the limit of this machine and the clients people use instead.
//!
//! `cargo bench --bench throughput` runs all cases; CONTRIBUTING.md says more.
//!
//! ```text
//! driver ─ spawns ─ this program --measure REPORT ─ spawns ─ wscope │ reference │ a peer
//!    │                 (getrusage of one child)                         │      │
//!    ├─ stdin, stdout: files, /dev/null, or pipes fed and compared ─────┘      │
//!    └─ loopback server in two threads: source, sink, echo; ws or wss ─────────┘
//! ```
//!
//! The clients take turns, A, B, A, B, so that what else the machine does falls on all of them,
//! and every run compares every byte: a client that loses data has no speed.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "the table is what this program is for"
)]

mod case;
mod client;
mod clock;
mod instructions;
mod measure;
mod pattern;
mod reference;
mod run;
mod server;
mod table;
mod tls;
mod wire;

use std::{io, path::Path, process::ExitCode};

use case::Case;
use client::{Client, Lack, REFERENCE, WSCOPE};
use run::Bench;
use table::{Results, Row};

const USAGE: &str = "\
usage: cargo bench --bench throughput -- [OPTIONS]
  --case TEXT    only the cases whose name contains TEXT; may be repeated
  --client NAME  only this client beside the reference; may be repeated
  --runs N       runs of wscope and the reference (7); peers run at most 3 times
  --quick        a tenth of the messages, 3 runs
  --list         the names of the cases
  --instructions count instructions with valgrind, and compare with benches/instructions.txt";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args()
        .skip(1)
        .filter(|arg| arg != "--bench")
        .collect();
    let result = match args.split_first() {
        Some((first, rest)) if first == "--measure" => measure::run(rest).map(|()| true),
        Some((first, rest)) if first == "--reference" => reference::run(rest).map(|()| true),
        _ => drive(&args),
    };
    match result {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("throughput: {error}");
            ExitCode::from(2)
        }
    }
}

/// What was asked for.
#[derive(Default)]
struct Options {
    cases: Vec<String>,
    clients: Vec<String>,
    runs: Option<usize>,
    quick: bool,
    list: bool,
    instructions: bool,
}

impl Options {
    fn parse(args: &[String]) -> io::Result<Self> {
        let mut options = Self::default();
        let mut args = args.iter();
        while let Some(arg) = args.next() {
            let mut value = || {
                let missing = || io::Error::other(format!("{arg} needs a value\n{USAGE}"));
                args.next().cloned().ok_or_else(missing)
            };
            match arg.as_str() {
                "--case" => options.cases.push(value()?),
                "--client" => options.clients.push(value()?),
                "--runs" => options.runs = Some(value()?.parse().map_err(io::Error::other)?),
                "--quick" => options.quick = true,
                "--list" => options.list = true,
                "--instructions" => options.instructions = true,
                other => return Err(io::Error::other(format!("what is {other}?\n{USAGE}"))),
            }
        }
        Ok(options)
    }

    fn selects(&self, case: &Case) -> bool {
        self.cases.is_empty()
            || self
                .cases
                .iter()
                .any(|text| case.name.contains(text.as_str()))
    }

    fn wants(&self, client: &Client) -> bool {
        client.name == REFERENCE
            || self.clients.is_empty()
            || self.clients.iter().any(|name| name == client.name)
    }

    fn runs(&self) -> usize {
        self.runs.unwrap_or(if self.quick { 3 } else { 7 })
    }
}

/// Runs the cases and prints the table; whether wscope and the reference lost nothing.
fn drive(args: &[String]) -> io::Result<bool> {
    let options = Options::parse(args)?;
    let mut cases = case::all();
    cases.retain(|case| options.selects(case));
    if options.list {
        cases
            .iter()
            .for_each(|case| println!("{:20} {}", case.name, case.title()));
        return Ok(true);
    }
    let target = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let folder = target.join("throughput");
    std::fs::create_dir_all(&folder)?;
    let tls = tls::generate(&folder.join("ca.pem"))?;
    let peers = target.with_file_name("bench-peers");
    let (mut clients, missing) = client::find(&peers, &folder)?;
    clients.retain(|client| options.wants(client));
    let mut bench = Bench {
        folder,
        tls,
        prefix: Vec::new(),
    };
    if options.instructions {
        let committed = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/instructions.txt");
        return instructions::check(&mut bench, &clients, &committed);
    }
    print!("{}", table::heading(&clients, &missing, options.runs()));
    let mut intact = true;
    for case in cases {
        let case = if options.quick { case.quick() } else { case };
        let results = interleave(&bench, case, &clients, options.runs())?;
        print!("{}", results.rows());
        let ours = results
            .rows
            .iter()
            .filter(|row| [WSCOPE, REFERENCE].contains(&row.client));
        intact &= ours.filter_map(Row::failure).count() == 0;
    }
    Ok(intact)
}

/// Each client once, and again, until all have had their runs.
fn interleave(bench: &Bench, case: Case, clients: &[Client], runs: usize) -> io::Result<Results> {
    // A start takes milliseconds and scatters widely.
    let runs = if case.traffic == case::Traffic::Start {
        10 * runs
    } else {
        runs
    };
    let mut rows: Vec<Row> = Vec::new();
    let mut absent: Vec<(&'static str, Lack)> = Vec::new();
    for run in 0..runs {
        for client in clients {
            let is_ours = [WSCOPE, REFERENCE].contains(&client.name);
            if !is_ours && run >= runs.min(3) {
                continue;
            }
            let sample = match bench.run(&case, client)? {
                Ok(sample) => sample,
                Err(lack) => {
                    absent.extend((run == 0).then_some((client.name, lack)));
                    continue;
                }
            };
            eprintln!("{} {} {}: {sample:?}", case.name, client.name, run + 1);
            if sample.verdict.is_err() {
                eprintln!("{}", bench.last_words());
            }
            match rows.iter_mut().find(|row| row.client == client.name) {
                Some(row) => row.samples.push(sample),
                None => rows.push(Row {
                    client: client.name,
                    samples: vec![sample],
                }),
            }
        }
    }
    Ok(Results { case, rows, absent })
}
