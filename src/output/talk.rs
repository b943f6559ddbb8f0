//! What wscope says on standard error: notes, the steps of connecting, the end.

use std::io::{self, Write as _};

use super::style::{Role, Style};
use crate::Env;

/// How much is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verbosity {
    /// Nothing.
    Silent,
    /// Why the run failed, in a line.
    Errors,
    /// What the user must know.
    Normal,
    /// Each step.
    Verbose,
}

/// Standard error, and how much to say there.
#[derive(Clone, Copy, Debug)]
pub struct Talk {
    /// How much.
    pub verbosity: Verbosity,
    /// In which colours.
    pub style: Style,
    /// Somebody is looking.
    pub is_tty: bool,
    /// Columns.
    pub width: usize,
}

impl Talk {
    /// Standard error in these surroundings.
    #[must_use]
    pub fn new(verbosity: Verbosity, style: Style, env: &Env) -> Self {
        Self {
            verbosity,
            style,
            is_tty: env.stderr_tty,
            width: env.width,
        }
    }

    /// Says something that the user must know.
    pub fn note(&self, text: &str) {
        self.say(Verbosity::Normal, &format!("wscope: {text}"));
    }

    /// Says why the run failed.
    pub fn error(&self, text: &str) {
        let mark = self.style.paint(Role::Error, "wscope:");
        self.say(Verbosity::Errors, &format!("{mark} {text}"));
    }

    /// Says a line of the account that `-v` gives.
    pub fn verbose(&self, text: &str) {
        self.say(Verbosity::Verbose, text);
    }

    /// Says lines as they are.
    pub fn say(&self, at_least: Verbosity, text: &str) {
        if self.verbosity >= at_least {
            // a closed standard error must not end the run
            let _ = writeln!(io::stderr().lock(), "{text}");
        }
    }
}
