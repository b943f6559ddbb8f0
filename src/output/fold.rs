//! A long message cut to its beginning, with the size of what is left out.

use unicode_width::UnicodeWidthChar as _;

/// The beginning of a text, and how much there is besides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Folded<'a> {
    /// What is shown; the whole text where nothing is left out.
    pub shown: &'a str,
    /// The lines that are left out, the rest of a cut one included.
    pub lines: usize,
    /// The bytes that are left out.
    pub bytes: usize,
}

/// Cuts `text` to so many rows of a terminal that is `columns` wide.
///
/// A row more than the limit is shown rather than folded: the note would take its place.
#[must_use]
pub fn fold(text: &str, rows: usize, columns: usize) -> Folded<'_> {
    let columns = columns.max(1);
    let whole = Folded {
        shown: text,
        lines: 0,
        bytes: 0,
    };
    let Some(_) = end_of_row(text, rows.saturating_add(1), columns) else {
        return whole;
    };
    match end_of_row(text, rows.max(1), columns) {
        Some(end) => {
            let (shown, rest) = text.split_at(end);
            Folded {
                shown: shown.strip_suffix('\n').unwrap_or(shown),
                lines: rest.lines().count(),
                bytes: rest.len(),
            }
        }
        None => whole,
    }
}

/// Where row `number`, counted from 1, ends; `None` where the text ends first.
fn end_of_row(text: &str, number: usize, columns: usize) -> Option<usize> {
    let (mut row, mut column) = (1, 0);
    for (at, c) in text.char_indices() {
        if c == '\n' {
            row += 1;
            column = 0;
            if row > number {
                let after = at + 1;
                return (after < text.len()).then_some(after);
            }
            continue;
        }
        let width = match c {
            '\t' => 8 - column % 8,
            _ => c.width().unwrap_or(0),
        };
        if column + width > columns {
            row += 1;
            column = 0;
            if row > number {
                return Some(at);
            }
        }
        column += width;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folds_at_rows_of_the_terminal() {
        for (text, rows, columns, shown, lines, bytes) in [
            ("", 2, 10, "", 0, 0),
            ("a\nb\nc", 2, 10, "a\nb\nc", 0, 0),
            ("a\nb\nc\n", 2, 10, "a\nb\nc\n", 0, 0),
            ("a\nb\nc\nd", 2, 10, "a\nb", 2, 3),
            (
                "0123456789abcdefghijABCDEFGHIJ-",
                2,
                10,
                "0123456789abcdefghij",
                1,
                11,
            ),
            ("你好你好你好你好", 1, 5, "你好", 1, 18),
            ("a\nb\nc\nd", usize::MAX, 10, "a\nb\nc\nd", 0, 0),
            ("a\nb\nc\nd", 1, 0, "a", 3, 5),
        ] {
            let expected = Folded {
                shown,
                lines,
                bytes,
            };
            assert_eq!(fold(text, rows, columns), expected, "{text:?}");
        }
    }

    #[test]
    fn loses_no_byte_between_what_is_shown_and_what_is_counted() {
        arbtest::arbtest(|u| {
            let text: String = u.arbitrary()?;
            let rows = u.int_in_range(0..=4)?;
            let columns = u.int_in_range(0..=6)?;
            let folded = fold(&text, rows, columns);
            let cut_newline =
                usize::from(folded.bytes > 0 && text[folded.shown.len()..].starts_with('\n'));
            let counted = folded.shown.len() + folded.bytes;
            assert!(counted == text.len() || counted + cut_newline == text.len());
            assert!(text.starts_with(folded.shown));
            Ok(())
        });
    }
}
