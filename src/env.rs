//! The process's surroundings, read once and passed down: terminals, variables, width.

use std::{
    collections::HashMap,
    io::{self, IsTerminal as _},
};

/// What the process found around it when it started.
///
/// Nothing below `main` asks the system for these again, so that a test can set each.
#[derive(Clone, Debug, Default)]
pub struct Env {
    /// Standard input is a terminal.
    pub stdin_tty: bool,
    /// Standard output is a terminal.
    pub stdout_tty: bool,
    /// Standard error is a terminal.
    pub stderr_tty: bool,
    /// Columns of the terminal; 80 where it is not known.
    pub width: usize,
    /// The environment variables that are valid Unicode.
    pub vars: HashMap<String, String>,
}

impl Env {
    /// Reads the real surroundings of this process.
    #[must_use]
    pub fn from_process() -> Self {
        let vars: HashMap<_, _> = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect();
        Self {
            stdin_tty: io::stdin().is_terminal(),
            stdout_tty: io::stdout().is_terminal(),
            stderr_tty: io::stderr().is_terminal(),
            width: terminal_width(&vars),
            vars,
        }
    }

    /// A variable that is set and not empty.
    #[must_use]
    pub fn var(&self, name: &str) -> Option<&str> {
        self.vars
            .get(name)
            .map(String::as_str)
            .filter(|value| !value.is_empty())
    }
}

fn terminal_width(vars: &HashMap<String, String>) -> usize {
    let from_system = crate::output::terminal_width();
    from_system
        .or_else(|| vars.get("COLUMNS").and_then(|columns| columns.parse().ok()))
        .filter(|width| *width > 0)
        .unwrap_or(80)
}
