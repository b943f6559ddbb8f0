//! wscope: a WebSocket client that shows every frame and says why the upgrade failed.
//!
//! This library is the program's body, split out for its tests; it is not a stable API.
//!
//! ```text
//! main ─ cli ─ config          what was typed → what is meant
//!         ├─ net ─ handshake   name → TCP → proxy → TLS → upgrade
//!         ├─ ws                pure protocol: bytes ↔ frames ↔ messages
//!         ├─ session           the reader thread, the writer thread, the clock
//!         ├─ input / repl      stdin and commands → Command
//!         ├─ output            Event → text, JSON, raw; the only place that prints
//!         └─ check             timeline and probes → findings → advice
//! ```

pub mod check;
pub mod cli;
pub mod client;
pub mod config;
pub mod decode;
pub mod demo;
pub mod env;
pub mod error;
pub mod event;
pub mod handshake;
pub mod input;
pub mod net;
pub mod output;
pub mod repl;
pub mod session;
pub mod ws;

use std::{ffi::OsString, io, process};

use cli::{Cli, ClientArgs, Command};
use config::{Config, Purpose};
pub use env::Env;
pub use error::{Error, Exit};

/// How the process is to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// With this status.
    Exit(Exit),
    /// By this signal.
    Signal(i32),
}

impl Ended {
    /// The end that `error` stands for.
    #[must_use]
    pub fn by(error: &Error) -> Self {
        match error {
            Error::Interrupted(signal) => Self::Signal(*signal),
            error => Self::Exit(error.exit()),
        }
    }

    /// Ends the process so.
    pub fn leave(self) -> ! {
        match self {
            Self::Exit(exit) => process::exit(exit as i32),
            Self::Signal(signal) => {
                // so that a shell sees a death by this signal, not a number
                let _ = signal_hook::low_level::emulate_default_handler(signal);
                process::exit(128 + signal)
            }
        }
    }
}

/// Runs the program with these arguments, its own name first.
pub fn run(arguments: impl IntoIterator<Item = OsString>, env: &Env) -> Ended {
    let cli = match Cli::read(arguments) {
        Ok(cli) => cli,
        Err(error) => return told_by_clap(&error),
    };
    let result = match (cli.generate, &cli.command, &cli.url) {
        (Some(artefact), ..) => output::artefact(artefact),
        (None, Some(Command::Demo(demo)), _) => run_demo(&demo.client, env),
        (None, Some(Command::Check(check)), _) => match check::run(check, env) {
            Ok(exit) => return Ended::Exit(exit),
            Err(error) => Err(error),
        },
        (None, Some(Command::Decode(args)), _) => match decode::run(args, env) {
            Ok(exit) => return Ended::Exit(exit),
            Err(error) => Err(error),
        },
        (None, None, Some(url)) => run_client(&cli.client, url, Purpose::Client, env),
        (None, None, None) => Err(cli::usage("no URL is given")),
    };
    match result {
        Ok(()) => Ended::Exit(Exit::Done),
        Err(error) => {
            if matches!(error, Error::Usage(_)) {
                output::usage_error(&error);
            }
            Ended::by(&error)
        }
    }
}

fn run_client(args: &ClientArgs, url: &str, purpose: Purpose, env: &Env) -> Result<(), Error> {
    client::run(Config::resolve(args, url, purpose, env)?)
}

fn run_demo(args: &ClientArgs, env: &Env) -> Result<(), Error> {
    let address = demo::start().map_err(|source| {
        let what = "starting the demo server";
        Error::Io { what, source }
    })?;
    run_client(args, &format!("ws://{address}/"), Purpose::Demo, env)
}

/// Clap's own words, on the stream they belong to: help is an answer, the rest an error.
fn told_by_clap(error: &clap::Error) -> Ended {
    if error.use_stderr() {
        output::usage_by_clap(error);
        return Ended::Exit(Exit::Usage);
    }
    // a closed standard output is no reason to fail
    let _: io::Result<()> = error.print();
    Ended::Exit(Exit::Done)
}
