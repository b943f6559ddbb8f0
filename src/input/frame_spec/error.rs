//! A specification that is wrong, and where.

use std::fmt;

use unicode_width::UnicodeWidthStr as _;

use super::lexer::Token;

/// What is wrong with a specification; shown with a caret below the place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpecError {
    spec: String,
    message: String,
    /// Where the wrong part begins and ends, in bytes.
    start: usize,
    end: usize,
}

impl SpecError {
    pub(super) fn at(spec: &str, token: &Token, message: &str) -> Self {
        Self::between(spec, token.start, token.end, message)
    }

    pub(super) fn at_end(spec: &str, message: &str) -> Self {
        Self::between(spec, spec.len(), spec.len(), message)
    }

    pub(super) fn between(spec: &str, start: usize, end: usize, message: &str) -> Self {
        Self {
            spec: spec.to_owned(),
            message: message.to_owned(),
            start,
            end,
        }
    }
}

impl fmt::Display for SpecError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let one_line = |text: &str| text.replace(|c: char| c.is_control(), " ");
        let width = |text: &str| one_line(text).width();
        let before = width(self.spec.get(..self.start).unwrap_or(""));
        let carets = width(self.spec.get(self.start..self.end).unwrap_or("")).max(1);
        writeln!(f, "{}", self.message)?;
        writeln!(f, "  {}", one_line(&self.spec))?;
        // a width of the format's own ends at 65535
        write!(f, "  {}{}", " ".repeat(before), "^".repeat(carets))
    }
}

impl std::error::Error for SpecError {}
