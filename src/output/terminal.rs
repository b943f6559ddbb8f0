//! Pipe mode with a terminal on standard output: what the peer sends is shown, not obeyed.

use std::{
    io::{self, Write},
    time::Duration,
};

use super::{
    counted,
    sanitize::{Layout, visible},
};
use crate::{event::Event, session::Output, ws::Kind};

/// Bytes of a binary message that are shown.
const SHOWN: usize = 256;

/// Writes a message a line, made harmless.
pub struct TerminalOutput {
    out: Box<dyn Write + Send>,
    batch: Vec<u8>,
}

impl TerminalOutput {
    /// Lines to `out`.
    #[must_use]
    pub fn new(out: Box<dyn Write + Send>) -> Self {
        Self {
            out,
            batch: Vec::new(),
        }
    }
}

impl Output for TerminalOutput {
    fn message(&mut self, _at: Duration, kind: Kind, payload: &[u8]) -> io::Result<()> {
        match kind {
            Kind::Text => {
                let text = visible(payload, Layout::Lines);
                self.batch.extend_from_slice(text.as_bytes());
            }
            Kind::Binary => {
                let length = counted(payload.len(), "byte");
                write!(self.batch, "binary, {length}:")?;
                for byte in payload.iter().take(SHOWN) {
                    write!(self.batch, " {byte:02x}")?;
                }
                if payload.len() > SHOWN {
                    self.batch.extend_from_slice(" …".as_bytes());
                }
            }
        }
        self.batch.push(b'\n');
        Ok(())
    }

    fn event(&mut self, _event: &Event<'_>) -> io::Result<()> {
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.write_all(&self.batch)?;
        self.batch.clear();
        self.out.flush()
    }
}

impl std::fmt::Debug for TerminalOutput {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TerminalOutput")
    }
}
