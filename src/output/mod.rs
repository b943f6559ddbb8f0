//! Everything that is printed.

pub mod fold;
pub mod pretty;
pub mod progress;
pub mod sanitize;
pub mod style;

use std::time::Duration;

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
