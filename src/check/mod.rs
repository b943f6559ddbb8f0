//! `wscope check URL`: which hop broke the WebSocket, on what evidence, and how to mend it.
//!
//! ```text
//! survey ─┬─ ladder, first_frames ──▶ evidence ──▶ diagnosis ──▶ report ──▶ output
//!         └─ probe, tls_probe,        (facts,      (tables: fingerprint,
//!            endurance  (sockets)      answers)     findings, advice)
//! ```
//!
//! The left half talks and concludes nothing; the right half concludes and opens no socket. What is
//! known about products and failures is data in the tables, never a branch in the code.

pub mod advice;
pub mod answer;
mod certificate;
mod conversation;
pub mod diagnosis;
mod endurance;
pub mod evidence;
pub mod findings;
pub mod fingerprint;
pub mod first_frames;
pub mod hop;
pub mod ladder;
pub mod mark;
pub mod matrix;
mod probe;
pub mod reading;
pub mod report;
mod scope;
mod stall;
pub mod survey;
mod symptoms;
mod tls_probe;

pub use report::Report;
pub use scope::{Level, Scope, outline};
pub use survey::{Watch, survey};

use std::{fs, io, path::Path};

use crate::{
    Env,
    cli::check::CheckArgs,
    error::{Error, Exit},
    handshake::extensions::Offer,
    output::{
        check as output,
        style::{Stream, Style},
    },
};

/// Runs `wscope check`.
///
/// # Errors
/// The command line is wrong, or what was found cannot be written. What was found is no error: its
/// status is returned.
pub fn run(args: &CheckArgs, env: &Env) -> Result<Exit, Error> {
    let plan = args
        .connect
        .resolve(&args.url, Some(Offer::default().to_string()), env)?;
    let scope = Scope {
        level: args.level,
        idle: args.idle.map(|idle| idle.0),
    };
    if args.dry_run {
        output::write_outline(&outline(&plan, scope)).map_err(no_stdout)?;
        return Ok(Exit::Done);
    }
    let mut progress = output::Progress::new(env.stderr_tty && !args.silent);
    let report = survey(&plan, scope, &mut progress);
    progress.clear();
    if let Some(file) = &args.report {
        write_report(file, &report)?;
    }
    if args.json {
        output::write_json(&report).map_err(no_stdout)?;
    } else {
        let style = Style::new(args.color, Stream::Stdout, env);
        output::write_text(&report, env.width, style).map_err(no_stdout)?;
    }
    Ok(report.exit)
}

fn write_report(file: &Path, report: &Report) -> Result<(), Error> {
    fs::write(file, output::markdown(report))
        .map_err(|error| Error::Input(format!("--report {}: {error}", file.display())))
}

fn no_stdout(source: io::Error) -> Error {
    if source.kind() == io::ErrorKind::BrokenPipe {
        return Error::BrokenPipe;
    }
    Error::Io {
        what: "standard output",
        source,
    }
}
