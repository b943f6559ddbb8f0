//! What a running check is at, on standard error where somebody looks at it.

use std::{
    io::{self, Write as _},
    time::Instant,
};

use crate::{check::Watch, output::seconds};

/// One line that is rewritten for each stage; nothing where standard error is no terminal.
#[derive(Debug)]
pub struct Progress {
    is_shown: bool,
    began: Instant,
}

impl Progress {
    /// Shown only where `is_shown`.
    #[must_use]
    pub fn new(is_shown: bool) -> Self {
        Self {
            is_shown,
            began: Instant::now(),
        }
    }

    /// Takes the line away, so that the report begins on a clean one.
    pub fn clear(&mut self) {
        self.write("");
    }

    fn write(&self, text: &str) {
        if self.is_shown {
            let mut err = io::stderr().lock();
            // a closed standard error must not end the run
            let _ = write!(err, "\r\x1b[K{text}").and_then(|()| err.flush());
        }
    }
}

impl Watch for Progress {
    fn stage(&mut self, what: &str) {
        self.write(&format!("{what} … ({})", seconds(self.began.elapsed())));
    }
}
