//! `/help`: the table of commands as text.

use super::{
    Repl,
    command::{COMMANDS, Command},
    say::wrapped,
};
use crate::output::style::{Role, Style};

impl Repl {
    pub(super) fn help(&self, command: Option<&'static Command>) {
        let style = self.screen.style();
        self.screen.show(&match command {
            Some(command) => explain(command, style),
            None => overview(self.columns(), style),
        });
    }
}

fn explain(command: &Command, style: Style) -> String {
    let usage = style.paint(Role::Heading, command.usage());
    let mut text = format!("{usage}\n  {}\n", command.summary);
    for line in command.details.lines() {
        text.push_str(&format!("  {line}\n"));
    }
    text
}

/// Two columns where they fit, one below the other where not.
fn overview(columns: usize, style: Style) -> String {
    let mut text = String::new();
    for command in COMMANDS {
        let usage = command.usage();
        let width = usage.chars().count();
        let painted = style.paint(Role::Heading, usage);
        let fits = columns >= HELP_COLUMN + 52;
        let gap = match width {
            _ if !fits => "\n    ".to_owned(),
            0..HELP_COLUMN => " ".repeat(HELP_COLUMN - width),
            _ => format!("\n{}", " ".repeat(HELP_COLUMN)),
        };
        text.push_str(&format!("{painted}{gap}{}\n", command.summary));
    }
    text.push_str(&wrapped(KEYS, columns));
    text
}

const HELP_COLUMN: usize = 28;

const KEYS: &str = "\
Any other line is sent as text; // begins one with a slash. A paste is one message, and Alt-Enter \
begins another line of one. Tab completes; Up and Ctrl-R find what was typed before. Ctrl-C clears \
the line, and leaves when pressed twice on an empty one; Ctrl-D closes and leaves.
";
