//! Everything that is printed: the only layer, with `main`, that writes to a stream.

pub mod closing;
pub mod fold;
mod json;
pub mod pretty;
pub mod progress;
mod raw;
pub mod sanitize;
mod stream;
pub mod style;
mod terminal;

use std::time::Duration;

pub use json::{Close, JsonOutput, MAN_JSON, direction_name};
pub use raw::RawOutput;
pub use stream::{SharedStream, stdout};
pub use terminal::TerminalOutput;

/// A duration in words: `10 s`, `1.5 s`, `340 ms`.
#[must_use]
pub fn seconds(duration: Duration) -> String {
    if duration < Duration::from_secs(1) {
        return format!("{} ms", duration.as_millis());
    }
    let tenths = (duration.as_secs_f64() * 10.0).round() / 10.0;
    format!("{tenths} s")
}

/// The columns of the terminal on standard output, standard error or standard input.
#[must_use]
pub fn terminal_width() -> Option<usize> {
    let (width, _) = terminal_size::terminal_size()?;
    Some(usize::from(width.0))
}
