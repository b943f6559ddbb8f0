//! How the prompt speaks of itself: notes and complaints, broken at the terminal's edge.

use unicode_width::UnicodeWidthStr as _;

use super::Repl;
use crate::output::{
    sanitize::{Layout, visible},
    style::Role,
    terminal_width,
};

impl Repl {
    /// Says something of our own; a name or an address in it may come from anywhere.
    pub(super) fn tell(&self, role: Role, text: &str) {
        let text = visible(text, Layout::Lines);
        let text = wrapped(&text, self.columns());
        let text = self.screen.style().paint(role, text);
        self.screen.show(&text.to_string());
    }

    pub(super) fn complain(&self, text: &str) {
        self.tell(Role::Error, text);
    }

    pub(super) fn columns(&self) -> usize {
        terminal_width().unwrap_or(80)
    }
}

/// Lines broken at blanks; those that begin with one are drawings, and stay as they are.
pub(super) fn wrapped(text: &str, columns: usize) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for line in text.split('\n') {
        let mut used = 0;
        for word in line.split_inclusive(' ') {
            let width = word.trim_end().width();
            if used > 0 && used + width > columns && !line.starts_with(' ') {
                out.truncate(out.trim_end_matches(' ').len());
                out.push('\n');
                used = 0;
            }
            out.push_str(word);
            used += word.width();
        }
        out.push('\n');
    }
    out.pop();
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn breaks_lines_at_blanks() {
        for (text, columns, expected) in [
            ("one two three", 20, "one two three"),
            ("one two three", 9, "one two\nthree"),
            ("one two three", 7, "one two\nthree"),
            ("unbreakable word", 5, "unbreakable\nword"),
            ("a\n\nb", 5, "a\n\nb"),
            (
                "  a drawing stays as it is\n  ^^^",
                9,
                "  a drawing stays as it is\n  ^^^",
            ),
            ("", 5, ""),
        ] {
            assert_eq!(wrapped(text, columns), expected, "{text:?}");
        }
    }
}
