//! The report as one JSON object.

use serde::Serialize;

use super::{comparison, verdict};
use crate::check::{
    Report,
    answer::{Answer, End},
    diagnosis::Cause,
    evidence::{Fact, Probe},
    findings::Confidence,
    fingerprint::Identified,
    hop::Hop,
    ladder::{Mark, Rung},
};

/// What the man page says of `wscope check --json`.
pub const MAN_CHECK: &str = "\
One object. Fields are only ever added; ignore those you do not know.
url: without secrets. ok: nothing failed. exit: the status of the failing stage.
verdict, confidence: the first line; certain, likely, possible or cannot tell.
stages: stage, result (passed, noted, broken), seconds, lines.
causes: id, hop, confidence, title, for, against, raise, fix (product, lines); the best first.
undecided: the ids between which the evidence does not decide.
warnings: as causes, about something that works.
front, author: who is the nearest hop, and who wrote the answer's body: product, label, evidence, sure.
probes: probe, letter, status, reason, ended (open, fin, reset, silent), seconds, body (its most telling line).
comparison: the same as a sentence. groups: which of the six requests got the same answer: ABCE D. facts: what was seen, by name.
health: connect_seconds, subprotocol, extensions, pong_seconds, close_seconds, checks_origin.
failure: one sentence. next: a command that would tell more. not_tested: what was not looked at.";

/// The whole report.
#[derive(Debug, Serialize)]
pub(super) struct Document<'a> {
    url: &'a str,
    ok: bool,
    exit: u8,
    verdict: String,
    confidence: &'static str,
    failure: Option<&'a str>,
    seconds: f64,
    stages: Vec<Stage<'a>>,
    causes: Vec<Finding<'a>>,
    undecided: Vec<&'static str>,
    warnings: Vec<Finding<'a>>,
    front: Option<Who<'a>>,
    author: Option<Who<'a>>,
    comparison: Option<String>,
    groups: String,
    probes: Vec<Sent>,
    facts: Vec<Fact>,
    health: Option<Health<'a>>,
    next: Option<&'a str>,
    not_tested: &'a [&'static str],
}

impl<'a> Document<'a> {
    pub(super) fn new(report: &'a Report) -> Self {
        let (verdict, confidence) = verdict(report);
        let diagnosis = &report.diagnosis;
        Self {
            url: &report.url,
            ok: report.failure.is_none(),
            exit: report.exit as u8,
            verdict,
            confidence,
            failure: report.failure.as_deref(),
            seconds: report.took.as_secs_f64(),
            stages: report.rungs.iter().map(Stage::new).collect(),
            causes: diagnosis.causes.iter().map(Finding::new).collect(),
            undecided: diagnosis
                .undecided()
                .iter()
                .map(|cause| cause.finding.id)
                .collect(),
            warnings: diagnosis.warnings.iter().map(Finding::new).collect(),
            front: diagnosis.front.as_ref().map(Who::new),
            author: diagnosis.author.as_ref().map(Who::new),
            comparison: comparison(report),
            groups: report.groups(),
            probes: report
                .probes()
                .map(|(probe, answer)| Sent::new(probe, answer))
                .collect(),
            facts: report.evidence.facts.iter().copied().collect(),
            health: Health::new(report),
            next: report.next.as_deref(),
            not_tested: &report.untested,
        }
    }
}

#[derive(Debug, Serialize)]
struct Stage<'a> {
    stage: &'static str,
    result: &'static str,
    seconds: Option<f64>,
    lines: &'a [String],
}

impl<'a> Stage<'a> {
    fn new(rung: &'a Rung) -> Self {
        Self {
            stage: rung.stage,
            result: match rung.mark {
                Mark::Passed => "passed",
                Mark::Noted => "noted",
                Mark::Broken => "broken",
            },
            seconds: rung.took.map(|took| took.as_secs_f64()),
            lines: &rung.lines,
        }
    }
}

#[derive(Debug, Serialize)]
struct Finding<'a> {
    id: &'static str,
    hop: Hop,
    confidence: Confidence,
    title: &'a str,
    r#for: &'a [String],
    against: &'a [String],
    raise: &'static str,
    fix: Vec<Fix<'a>>,
}

impl<'a> Finding<'a> {
    fn new(cause: &'a Cause) -> Self {
        Self {
            id: cause.finding.id,
            hop: cause.hop,
            confidence: cause.confidence,
            title: &cause.title,
            r#for: &cause.because,
            against: &cause.against,
            raise: cause.finding.raise,
            fix: cause
                .advice
                .iter()
                .map(|advice| Fix {
                    product: advice.product,
                    lines: &advice.lines,
                })
                .collect(),
        }
    }
}

#[derive(Debug, Serialize)]
struct Fix<'a> {
    product: Option<&'static str>,
    lines: &'a [String],
}

#[derive(Debug, Serialize)]
struct Who<'a> {
    product: &'static str,
    label: &'a str,
    evidence: &'a [String],
    sure: bool,
}

impl<'a> Who<'a> {
    fn new(who: &'a Identified) -> Self {
        Self {
            product: who.product.name,
            label: &who.label,
            evidence: &who.evidence,
            sure: who.sure,
        }
    }
}

#[derive(Debug, Serialize)]
struct Sent {
    probe: Probe,
    letter: Option<char>,
    status: Option<u16>,
    reason: Option<String>,
    ended: &'static str,
    seconds: f64,
    body: Option<String>,
}

impl Sent {
    fn new(probe: Probe, answer: &Answer) -> Self {
        Self {
            probe,
            letter: probe.letter(),
            status: answer.status(),
            reason: answer.status_text(),
            ended: match answer.end {
                End::Open => "open",
                End::Fin => "fin",
                End::Reset => "reset",
                End::Silent => "silent",
            },
            seconds: answer.took.as_secs_f64(),
            body: answer.saying(),
        }
    }
}

#[derive(Debug, Serialize)]
struct Health<'a> {
    connect_seconds: f64,
    subprotocol: Option<&'a str>,
    extensions: &'a [String],
    pong_seconds: Option<f64>,
    close_seconds: Option<f64>,
    checks_origin: Option<bool>,
}

impl<'a> Health<'a> {
    fn new(report: &'a Report) -> Option<Self> {
        let health = report.health.as_ref()?;
        Some(Self {
            connect_seconds: health.connected_in.as_secs_f64(),
            subprotocol: health.subprotocol.as_deref(),
            extensions: &health.extensions,
            pong_seconds: health.manners.pong.map(|pong| pong.as_secs_f64()),
            close_seconds: health.manners.close.map(|close| close.as_secs_f64()),
            checks_origin: report.checks_origin(),
        })
    }
}
