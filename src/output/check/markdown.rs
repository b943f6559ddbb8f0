//! The report as a page that a user can hand to whoever runs the network or the server.

use std::fmt::Write as _;

use super::{comparison, healthy, shown, verdict};
use crate::{
    check::{Report, diagnosis::Cause, evidence::Probe, first_frames::millis, ladder::Mark},
    output::sanitize::{Layout, visible},
};

/// The whole page.
pub(super) fn render(report: &Report) -> String {
    let mut page = String::new();
    // Writing to a String cannot fail, here and below.
    let _ = write_page(&mut page, report);
    page
}

fn write_page(page: &mut String, report: &Report) -> std::fmt::Result {
    let (title, confidence) = verdict(report);
    writeln!(page, "# WebSocket check of {}\n", code(&report.url))?;
    writeln!(page, "**{}** ({confidence})\n", clean(&title))?;
    writeln!(
        page,
        "wscope {}. Secrets are left out.\n",
        env!("CARGO_PKG_VERSION")
    )?;
    stages(page, report)?;
    requests(page, report)?;
    if report.failure.is_none() {
        for (label, value) in healthy(report) {
            writeln!(page, "- {label}: {}", clean(&value))?;
        }
    }
    let (best, rest) = shown(report);
    for cause in best.iter().chain(rest) {
        section(page, cause)?;
    }
    for warning in &report.diagnosis.warnings {
        writeln!(
            page,
            "\nWarning {}: {}",
            warning.finding.id,
            clean(&warning.title)
        )?;
    }
    if !report.untested.is_empty() {
        writeln!(page, "\nNot tested: {}.", report.untested.join(", "))?;
    }
    Ok(())
}

fn stages(page: &mut String, report: &Report) -> std::fmt::Result {
    writeln!(page, "| stage | result | time | seen |\n|---|---|---|---|")?;
    for rung in &report.rungs {
        let result = match rung.mark {
            Mark::Passed => "ok",
            Mark::Noted => "see",
            Mark::Broken => "**failed**",
        };
        let seen: Vec<_> = rung.lines.iter().map(|line| clean(line)).collect();
        let took = rung.took.map(millis).unwrap_or_default();
        writeln!(
            page,
            "| {} | {result} | {took} | {} |",
            rung.stage,
            seen.join("<br>")
        )?;
    }
    writeln!(page)
}

fn requests(page: &mut String, report: &Report) -> std::fmt::Result {
    let sent: Vec<_> = report.probes().collect();
    if sent.len() < 2 {
        return Ok(());
    }
    writeln!(page, "| request | answer |\n|---|---|")?;
    for (probe, answer) in sent {
        let words = match probe.letter() {
            Some(letter) => format!("{letter} {}", probe.words()),
            None => probe.words().to_owned(),
        };
        let target = if matches!(probe, Probe::Connect | Probe::Connect443) {
            "CONNECT"
        } else {
            "GET"
        };
        let said = answer
            .status_text()
            .unwrap_or_else(|| "no HTTP answer".to_owned());
        let saying = answer
            .saying()
            .map(|saying| format!(" \"{saying}\""))
            .unwrap_or_default();
        writeln!(
            page,
            "| {} ({target}) | {} |",
            clean(&words),
            clean(&format!("{said}{saying}"))
        )?;
    }
    if let Some(comparison) = comparison(report) {
        writeln!(page, "\n{}.", clean(&comparison))?;
    }
    Ok(())
}

fn section(page: &mut String, cause: &Cause) -> std::fmt::Result {
    let confidence = cause.confidence.word();
    writeln!(
        page,
        "\n## {} {} ({confidence})\n",
        cause.finding.id,
        clean(&cause.title)
    )?;
    writeln!(page, "Responsible: {}.\n", cause.hop.noun())?;
    for reason in &cause.because {
        writeln!(page, "- for: {}", clean(reason))?;
    }
    for reason in &cause.against {
        writeln!(page, "- against: {}", clean(reason))?;
    }
    writeln!(
        page,
        "- would make it surer: {}",
        clean(cause.finding.raise)
    )?;
    for advice in &cause.advice {
        let product = advice.product.unwrap_or("any product");
        writeln!(page, "\nFix ({product}):\n")?;
        for line in &advice.lines {
            writeln!(page, "    {}", visible(line.as_str(), Layout::SingleLine))?;
        }
    }
    Ok(())
}

/// Text between Markdown's own characters: whatever could start markup is escaped.
fn clean(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in visible(text, Layout::SingleLine).chars() {
        if "\\`*_<>[]|#".contains(c) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

fn code(text: &str) -> String {
    format!("`{}`", visible(text, Layout::SingleLine).replace('`', "'"))
}
