//! The report on a terminal: verdict first, then the ladder, why, fix, and what was not tested.

use unicode_width::UnicodeWidthStr as _;

use super::{comparison, healthy, shown, verdict};
use crate::{
    check::{
        Report,
        diagnosis::Cause,
        first_frames::millis,
        ladder::{Mark, Rung},
    },
    output::{
        sanitize::{Layout, visible},
        style::{Role, Style},
    },
};

/// Where the text of a labelled line begins.
const INDENT: usize = 11;
/// The widest line; a report is read, and long lines are not.
const WIDEST: usize = 80;

/// The whole report.
pub(super) fn render(report: &Report, width: usize, style: Style) -> String {
    let mut page = Page {
        out: String::new(),
        width: width.clamp(40, WIDEST),
        style,
    };
    page.verdict(report);
    for rung in &report.rungs {
        page.rung(rung);
    }
    if report.failure.is_none() {
        for (label, value) in healthy(report) {
            page.wide_labelled(label, &value);
        }
    }
    page.causes(report);
    for warning in &report.diagnosis.warnings {
        page.labelled(
            "warning",
            &format!("{} [{}]", warning.title, warning.finding.id),
            Role::Warning,
        );
    }
    page.end(report);
    page.out
}

struct Page {
    out: String,
    width: usize,
    style: Style,
}

impl Page {
    fn verdict(&mut self, report: &Report) {
        let (title, confidence) = verdict(report);
        let (mark, role) = match (&report.failure, confidence) {
            (None, _) => ("✓", Role::Good),
            (Some(_), "cannot tell") => ("?", Role::Warning),
            (Some(_), _) => ("✗", Role::Error),
        };
        let bracket = if report.failure.is_none() {
            String::new()
        } else {
            format!(" [{confidence}]")
        };
        let text = clean(&format!("{} — {title}{bracket}", report.url));
        for (number, line) in wrap(&text, self.width - 2).into_iter().enumerate() {
            let start = if number == 0 {
                self.style.paint(role, mark).to_string()
            } else {
                " ".to_owned()
            };
            self.push(&format!(
                "{start} {}",
                self.style.paint(Role::Heading, line)
            ));
        }
    }

    fn rung(&mut self, rung: &Rung) {
        let took = rung.took.map(millis).unwrap_or_default();
        let tail = if rung.mark == Mark::Broken {
            format!("{took}  <-- here")
        } else {
            took
        };
        let mut lines = rung.lines.iter();
        let first = clean(lines.next().map_or("", String::as_str));
        let room = self.width.saturating_sub(INDENT + tail.width() + 2).max(20);
        let wrapped = wrap(&first, room);
        for (number, line) in wrapped.iter().enumerate() {
            let label = if number == 0 { rung.stage } else { "" };
            let pad = " ".repeat(room.saturating_sub(line.width()));
            let role = if rung.mark == Mark::Broken {
                Role::Error
            } else {
                Role::Dim
            };
            let tail = if number == 0 {
                self.style.paint(role, tail.clone()).to_string()
            } else {
                String::new()
            };
            self.push(format!("  {label:<8} {line}{pad}  {tail}").trim_end());
        }
        for line in lines {
            self.continued(line);
        }
    }

    fn causes(&mut self, report: &Report) {
        let (best, rest) = shown(report);
        let comparison = comparison(report);
        for (number, cause) in best.iter().enumerate() {
            if best.len() > 1 {
                let title = format!(
                    "{} [{}, {}]",
                    cause.title,
                    cause.finding.id,
                    cause.confidence.word()
                );
                self.labelled(
                    if number == 0 { "either" } else { "or" },
                    &title,
                    Role::Heading,
                );
            }
            self.reasons(
                cause,
                if number == 0 {
                    comparison.as_deref()
                } else {
                    None
                },
            );
        }
        for (number, cause) in best.iter().enumerate() {
            let same = |other: &&Cause| other.advice == cause.advice;
            if best[..number].iter().any(|earlier| same(&earlier)) {
                continue;
            }
            let ids: Vec<_> = best
                .iter()
                .filter(same)
                .map(|cause| cause.finding.id)
                .collect();
            self.fix(cause, (best.len() > 1).then(|| ids.join("/")));
        }
        for cause in rest {
            let title = format!(
                "{} [{}, {}]",
                cause.title,
                cause.finding.id,
                cause.confidence.word()
            );
            self.labelled("less", &title, Role::Dim);
        }
    }

    fn reasons(&mut self, cause: &Cause, comparison: Option<&str>) {
        if let Some(comparison) = comparison {
            self.labelled("why", comparison, Role::Dim);
        }
        for (number, reason) in cause.because.iter().enumerate() {
            let is_first = number == 0 && comparison.is_none();
            self.labelled(if is_first { "why" } else { "" }, reason, Role::Dim);
        }
        for reason in &cause.against {
            self.labelled("against", reason, Role::Dim);
        }
    }

    /// `of` are the ids it is for, where several causes remain.
    fn fix(&mut self, cause: &Cause, of: Option<String>) {
        for (number, advice) in cause.advice.iter().enumerate() {
            let label = if number == 0 { "fix" } else { "" };
            let ids = of.as_deref().filter(|_| number == 0);
            let head: Vec<_> = ids.into_iter().chain(advice.product).collect();
            if !head.is_empty() {
                self.labelled(label, &head.join(": "), Role::Good);
            }
            let is_alone = number == 0 && head.is_empty();
            for (at, line) in advice.lines.iter().enumerate() {
                self.labelled(
                    if is_alone && at == 0 { label } else { "" },
                    line,
                    Role::Good,
                );
            }
        }
    }

    fn end(&mut self, report: &Report) {
        if let Some(next) = &report.next {
            self.labelled("next", next, Role::Dim);
        }
        if !report.untested.is_empty() {
            let list = format!("not tested: {}", report.untested.join(", "));
            for line in wrap(&list, self.width - 2) {
                self.push(&format!("  {}", self.style.paint(Role::Dim, line)));
            }
        }
        if report.failure.is_some() {
            let (best, _) = shown(report);
            let ids: Vec<_> = best.iter().map(|cause| cause.finding.id).collect();
            let id = if ids.is_empty() {
                "none".to_owned()
            } else {
                ids.join("/")
            };
            let line = format!("id {id}  exit {}", report.exit as u8);
            let pad = " ".repeat(self.width.saturating_sub(line.width()));
            self.push(&format!("{pad}{}", self.style.paint(Role::Dim, line)));
        }
    }

    /// A label and its text, wrapped; the spaces that a line of configuration begins with stay.
    fn labelled(&mut self, label: &str, text: &str, role: Role) {
        let text = clean(text);
        let inner = text.len() - text.trim_start_matches(' ').len();
        let lines = wrap(text.trim_start_matches(' '), self.width - INDENT - inner);
        for (number, line) in lines.into_iter().enumerate() {
            let label = if number == 0 { label } else { "" };
            let label = self.style.paint(role, format!("{label:<8}"));
            self.push(format!("  {label} {}{line}", " ".repeat(inner)).trim_end());
        }
    }

    /// The same with a wider label, for the table of a working endpoint.
    fn wide_labelled(&mut self, label: &str, text: &str) {
        for (number, line) in wrap(&clean(text), self.width - 15).into_iter().enumerate() {
            let label = if number == 0 { label } else { "" };
            let label = self.style.paint(Role::Dim, format!("{label:<12}"));
            self.push(format!("  {label} {line}").trim_end());
        }
    }

    fn continued(&mut self, text: &str) {
        for line in wrap(&clean(text), self.width - INDENT) {
            let line = self.style.paint(Role::Dim, line);
            self.push(&format!("{}{line}", " ".repeat(INDENT)));
        }
    }

    fn push(&mut self, line: &str) {
        self.out.push_str(line);
        self.out.push('\n');
    }
}

/// Nothing of the peer's reaches a terminal as it came.
fn clean(text: &str) -> String {
    visible(text, Layout::SingleLine).into_owned()
}

/// Breaks at spaces; a word that is longer than a line is broken where the line ends.
fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        for (number, piece) in pieces(word, width).into_iter().enumerate() {
            // `lines` begins with one line and never shrinks.
            let line = lines.last_mut().expect("a line");
            let gap = usize::from(number == 0 && !line.is_empty());
            if line.width() + gap + piece.width() <= width && number == 0 {
                line.push_str(&" ".repeat(gap));
                line.push_str(&piece);
            } else {
                lines.push(piece);
            }
        }
    }
    lines.retain(|line| !line.is_empty());
    if lines.is_empty() {
        lines.push(String::new());
    }
    lines
}

fn pieces(word: &str, width: usize) -> Vec<String> {
    let mut pieces = vec![String::new()];
    for c in word.chars() {
        let mut shown = [0; 4];
        let shown = c.encode_utf8(&mut shown);
        // `pieces` begins with one and never shrinks.
        let piece = pieces.last_mut().expect("a piece");
        if piece.width() + shown.width() > width {
            pieces.push(shown.to_owned());
        } else {
            piece.push(c);
        }
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn breaks_at_spaces_and_long_words_at_the_margin() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("abcdefghij kl", 4), ["abcd", "efgh", "ij", "kl"]);
        assert_eq!(wrap("", 10), [""]);
        assert_eq!(wrap("漢字漢字", 4), ["漢字", "漢字"]);
    }
}
