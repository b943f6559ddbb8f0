//! What `wscope check` found: as text for a terminal, as JSON, and as a page for an administrator.
//!
//! All three say the same. The words are chosen once, here; the renderers only lay them out.

mod json;
mod markdown;
mod progress;
mod text;

use std::io::{self, Write as _};

pub use json::MAN_CHECK;
pub use progress::Progress;

use super::style::Style;
use crate::check::{Report, diagnosis::Cause, first_frames::millis};

/// Writes the report to standard output as text.
///
/// # Errors
/// Standard output's.
pub fn write_text(report: &Report, width: usize, style: Style) -> io::Result<()> {
    io::stdout()
        .lock()
        .write_all(text::render(report, width, style).as_bytes())
}

/// Writes the report to standard output as one JSON object.
///
/// # Errors
/// Standard output's.
pub fn write_json(report: &Report) -> io::Result<()> {
    let mut line = serde_json::to_string(&json::Document::new(report)).map_err(io::Error::other)?;
    line.push('\n');
    super::json_stdout()?.write_all(line.as_bytes())
}

/// The report as a page of Markdown, for `--report`.
#[must_use]
pub fn markdown(report: &Report) -> String {
    markdown::render(report)
}

/// Writes what a run would send.
///
/// # Errors
/// Standard output's.
pub fn write_outline(steps: &[String]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    for step in steps {
        writeln!(out, "{step}")?;
    }
    Ok(())
}

/// The verdict, and how sure it is.
fn verdict(report: &Report) -> (String, &'static str) {
    match (report.diagnosis.verdict(), &report.failure) {
        (Some(cause), Some(_)) if report.diagnosis.undecided().is_empty() => {
            (cause.title.clone(), cause.confidence.word())
        }
        (Some(cause), Some(_)) => (cause.title.clone(), "cannot tell"),
        (None, Some(failure)) => (failure.clone(), "cannot tell"),
        (_, None) => ("the WebSocket works".to_owned(), "certain"),
    }
}

/// The causes worth showing: those that the evidence does not decide between, else the first; and
/// of the rest the next two.
fn shown(report: &Report) -> (&[Cause], &[Cause]) {
    let causes = &report.diagnosis.causes;
    if report.failure.is_none() {
        return (&[], &[]);
    }
    let best = report.diagnosis.undecided().len().max(1).min(causes.len());
    let rest = &causes[best..];
    (&causes[..best], &rest[..rest.len().min(2)])
}

/// How the six requests compare, as one sentence.
fn comparison(report: &Report) -> Option<String> {
    let (alike, sent) = report.compared()?;
    Some(if alike == sent {
        format!(
            "{alike} of {sent} requests (with and without Upgrade, version 99, no key, another protocol, another Origin) got the same answer"
        )
    } else {
        format!(
            "of {sent} requests {alike} got the upgrade's answer: {} (A upgrade, B plain GET, C version 99, D no key, E another protocol, F another Origin)",
            report.groups()
        )
    })
}

/// What a user wants to know of an endpoint that works.
fn healthy(report: &Report) -> Vec<(&'static str, String)> {
    let Some(health) = &report.health else {
        return Vec::new();
    };
    let or_none = |text: Option<String>| text.unwrap_or_else(|| "none".to_owned());
    let extensions = (!health.extensions.is_empty()).then(|| health.extensions.join(", "));
    let mut facts = vec![
        ("open in", millis(health.connected_in)),
        ("subprotocol", or_none(health.subprotocol.clone())),
        (
            "extensions",
            extensions.unwrap_or_else(|| "none: messages are not compressed".to_owned()),
        ),
    ];
    facts.extend(report.checks_origin().map(|checks| {
        let words = if checks {
            "checked: an upgrade from another site is refused"
        } else {
            "not checked: an upgrade from any site is accepted"
        };
        ("Origin", words.to_owned())
    }));
    facts.extend(
        health
            .manners
            .pong
            .map(|pong| ("ping", format!("answered in {}", millis(pong)))),
    );
    facts.extend(
        health
            .manners
            .close
            .map(|close| ("close", format!("answered in {}", millis(close)))),
    );
    facts
}
