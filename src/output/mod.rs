//! Everything that is printed: the only layer, with `main`, that writes to a stream.

pub mod again;
pub mod check;
pub mod closing;
pub mod fold;
pub mod hexdump;
pub mod inspect;
pub mod json;
pub mod ladder;
pub mod pretty;
pub mod progress;
mod raw;
pub mod sanitize;
mod stream;
pub mod style;
pub mod talk;
mod terminal;
pub mod verbose;
pub mod watch;
pub mod write_out;

use std::{
    fmt::Display,
    io::{self, Write as _},
    time::Duration,
};

pub use json::{Close, JsonOutput, MAN_JSON, direction_name};
pub use raw::RawOutput;
pub use stream::{SharedStream, Spelled, json_stdout, stderr, stdout};
pub use terminal::TerminalOutput;

use crate::{cli::generate::Artefact, error::Error};

/// A duration in words, in the unit that suits it: `10 s`, `1.5 s`, `340 ms`, `0.3 ms`.
#[must_use]
pub fn seconds(duration: Duration) -> String {
    let (amount, unit) = match duration.as_secs_f64() {
        seconds if seconds >= 1.0 => (seconds, "s"),
        seconds => (seconds * 1e3, "ms"),
    };
    let tenths = (amount * 10.0).round() / 10.0;
    if tenths >= 10.0 && unit == "ms" {
        return format!("{} ms", tenths.round());
    }
    format!("{tenths} {unit}")
}

/// A number of things: `1 byte`, `2 bytes`.
#[must_use]
pub fn counted<N: Display + PartialEq + From<u8>>(count: N, noun: &str) -> String {
    let plural = if count == N::from(1) { "" } else { "s" };
    format!("{count} {noun}{plural}")
}

/// The columns of the terminal on standard output, standard error or standard input.
#[must_use]
pub fn terminal_width() -> Option<usize> {
    let (width, _) = terminal_size::terminal_size()?;
    Some(usize::from(width.0))
}

/// Writes a man page or a completion script to standard output.
///
/// # Errors
///
/// Standard output cannot be written.
pub fn artefact(artefact: Artefact) -> Result<(), Error> {
    artefact.write(&mut io::stdout().lock()).map_err(|source| {
        let what = "standard output";
        Error::Io { what, source }
    })
}

/// Tells an error of the command line, before anything else was set up.
pub fn usage_error(error: &Error) {
    // without a standard error the exit status has to do
    let _ = writeln!(
        io::stderr().lock(),
        "wscope: {error}\n\nFor more information, try '--help'."
    );
}

/// Tells what clap has against the command line, under the name that every other error has in front.
pub fn usage_by_clap(error: &clap::Error) {
    let text = error.render().to_string();
    let text = text.strip_prefix("error: ").unwrap_or(&text);
    // without a standard error the exit status has to do
    let _ = write!(io::stderr().lock(), "wscope: {text}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_thing_is_no_things() {
        let said = [0_u64, 1, 2].map(|count| counted(count, "byte"));
        assert_eq!(said, ["0 bytes", "1 byte", "2 bytes"]);
    }

    #[test]
    fn a_duration_has_the_unit_that_suits_it() {
        let table = [
            (10_000_000, "10 s"),
            (1_540_000, "1.5 s"),
            (340_200, "340 ms"),
            (310, "0.3 ms"),
            (0, "0 ms"),
        ];
        for (micros, said) in table {
            assert_eq!(seconds(Duration::from_micros(micros)), said);
        }
    }
}
