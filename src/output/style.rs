//! Colour: decided once for each stream, and given to renderers as a small value.
//!
//! The `colored` crate asks standard output alone and keeps its answer for the whole process, so
//! that `wscope URL | tee log` would have no colour on standard error either. Here its own answer
//! is overridden, and a [`Style`] that is off never reaches it.

use std::{fmt, str::FromStr};

use colored::{ColoredString, Colorize as _};

use crate::Env;

/// The argument of `--color`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ColorChoice {
    /// Colour where the stream is a terminal and the environment does not object.
    #[default]
    Auto,
    /// Colour whatever the stream is.
    Always,
    /// No colour.
    Never,
}

impl ColorChoice {
    /// The words that [`FromStr`] accepts.
    pub const NAMES: [&str; 3] = ["auto", "always", "never"];
}

impl FromStr for ColorChoice {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        match word {
            "auto" => Ok(Self::Auto),
            "always" => Ok(Self::Always),
            "never" => Ok(Self::Never),
            _ => Err("expected auto, always or never".to_owned()),
        }
    }
}

impl fmt::Display for ColorChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(Self::NAMES[*self as usize])
    }
}

/// An output stream of the process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}

impl Stream {
    /// Whether the stream is a terminal.
    #[must_use]
    pub fn is_tty(self, env: &Env) -> bool {
        match self {
            Self::Stdout => env.stdout_tty,
            Self::Stderr => env.stderr_tty,
        }
    }
}

/// What a piece of text is; [`Style::paint`] knows which colour that has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// What this side sent.
    Sent,
    /// What the peer sent.
    Received,
    /// Of less weight than the text around it: times, lengths, offsets, hints.
    Dim,
    /// A title or a name that begins a block.
    Heading,
    /// Something that went well.
    Good,
    /// Something to look at.
    Warning,
    /// Something that failed.
    Error,
    /// The name of a field: a header's, a JSON member's.
    Name,
    /// A JSON string.
    Text,
    /// A JSON number.
    Number,
    /// JSON's `true`, `false` and `null`.
    Literal,
}

/// Whether one stream gets colour; all that a renderer needs to know about it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Style {
    color: bool,
}

impl Style {
    /// No colour, for files, pipes and tests.
    pub const PLAIN: Self = Self { color: false };

    /// Decides for `stream`: the choice, then `NO_COLOR`, `CLICOLOR_FORCE`, the terminal and its `TERM`.
    #[must_use]
    pub fn new(choice: ColorChoice, stream: Stream, env: &Env) -> Self {
        let color = match choice {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto => auto(stream, env),
        };
        if color {
            switch_on();
        }
        Self { color }
    }

    /// Whether colour is on.
    #[must_use]
    pub fn is_colored(self) -> bool {
        self.color
    }

    /// `text` in the colour of `role`; the text as it is where colour is off.
    ///
    /// The text must have been through [`visible`](super::sanitize::visible) if the peer wrote it.
    #[must_use]
    pub fn paint(self, role: Role, text: impl Into<String>) -> ColoredString {
        let text = ColoredString::from(text.into());
        if !self.color {
            return text;
        }
        match role {
            Role::Sent => text.cyan(),
            Role::Received | Role::Good | Role::Text => text.green(),
            Role::Dim => text.dimmed(),
            Role::Heading => text.bold(),
            Role::Warning => text.yellow(),
            Role::Error => text.red().bold(),
            Role::Name => text.blue().bold(),
            Role::Number => text.cyan(),
            Role::Literal => text.magenta(),
        }
    }
}

/// <https://no-color.org> and <https://bixense.com/clicolors>: an empty variable counts as unset.
fn auto(stream: Stream, env: &Env) -> bool {
    if env.var("NO_COLOR").is_some() {
        return false;
    }
    if env.var("CLICOLOR_FORCE").is_some_and(|value| value != "0") {
        return true;
    }
    stream.is_tty(env) && env.var("TERM") != Some("dumb") && env.var("CLICOLOR") != Some("0")
}

fn switch_on() {
    colored::control::set_override(true);
    #[cfg(windows)]
    colored::control::set_virtual_terminal(true).unwrap_or(());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn env(stdout_tty: bool, vars: &[(&str, &str)]) -> Env {
        Env {
            stdout_tty,
            vars: vars
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
            ..Env::default()
        }
    }

    #[test]
    fn decides_by_choice_then_environment_then_terminal() {
        use ColorChoice::{Always, Auto, Never};
        for (choice, tty, vars, expected) in AUTO {
            let style = Style::new(*choice, Stream::Stdout, &env(*tty, vars));
            assert_eq!(style.is_colored(), *expected, "{choice:?} {tty} {vars:?}");
        }
        type Case<'a> = (ColorChoice, bool, &'a [(&'a str, &'a str)], bool);
        const AUTO: &[Case<'_>] = &[
            (Auto, true, &[("TERM", "xterm-256color")], true),
            (Auto, true, &[], true),
            (Auto, false, &[("TERM", "xterm-256color")], false),
            (Auto, true, &[("TERM", "dumb")], false),
            (Auto, true, &[("NO_COLOR", "1")], false),
            (Auto, true, &[("NO_COLOR", "")], true),
            (Auto, true, &[("CLICOLOR", "0")], false),
            (Auto, false, &[("CLICOLOR_FORCE", "1")], true),
            (Auto, false, &[("CLICOLOR_FORCE", "0")], false),
            (
                Auto,
                false,
                &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")],
                false,
            ),
            (Always, false, &[("NO_COLOR", "1"), ("TERM", "dumb")], true),
            (Never, true, &[("CLICOLOR_FORCE", "1")], false),
        ];
    }

    #[test]
    fn decides_for_each_stream_apart() {
        let env = env(true, &[]);
        assert!(Style::new(ColorChoice::Auto, Stream::Stdout, &env).is_colored());
        assert!(!Style::new(ColorChoice::Auto, Stream::Stderr, &env).is_colored());
    }

    #[test]
    fn paints_only_where_colour_is_on() {
        let on = Style::new(ColorChoice::Always, Stream::Stdout, &env(false, &[]));
        assert_eq!(on.paint(Role::Sent, "x").to_string(), "\x1b[36mx\x1b[0m");
        assert_eq!(Style::PLAIN.paint(Role::Error, "x").to_string(), "x");
    }

    #[test]
    fn reads_back_every_name_of_a_choice() {
        for name in ColorChoice::NAMES {
            assert_eq!(name.parse::<ColorChoice>().unwrap().to_string(), name);
        }
        assert!("yes".parse::<ColorChoice>().is_err());
    }
}
