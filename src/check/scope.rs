//! How far a check goes, what that sends, and what it leaves open.

use std::{fmt, str::FromStr, time::Duration};

use super::{
    diagnosis::Diagnosis,
    evidence::{Evidence, Fact, Probe},
    findings::Confidence,
    probe,
};
use crate::{
    cli::connect::Plan,
    net::{Scheme, redact::Secrets},
    output::again::Again,
};

/// How much is asked of the endpoint.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// One upgrade, and nothing else.
    Quick,
    /// Where the upgrade failed, five more requests to compare it with.
    #[default]
    Normal,
    /// Also what takes time or traffic.
    Deep,
}

impl Level {
    /// The words that [`FromStr`] accepts.
    pub const NAMES: [&str; 3] = ["quick", "normal", "deep"];
}

impl FromStr for Level {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        match word {
            "quick" => Ok(Self::Quick),
            "normal" => Ok(Self::Normal),
            "deep" => Ok(Self::Deep),
            _ => Err("expected quick, normal or deep".to_owned()),
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(Self::NAMES[*self as usize])
    }
}

/// What to do beside the ladder.
#[derive(Clone, Copy, Debug, Default)]
pub struct Scope {
    /// How much is asked.
    pub level: Level,
    /// How long to stay silent, to find an idle timer.
    pub idle: Option<Duration>,
}

/// Every request that a run of this scope may send, in order; nothing is sent.
#[must_use]
pub fn outline(plan: &Plan, scope: Scope) -> Vec<String> {
    let mut steps = vec![format!("upgrade {}, one ping, Close 1000", plan.target)];
    if scope.level >= Level::Normal {
        let others: Vec<_> = Probe::SIX[1..].iter().map(|probe| probe.words()).collect();
        steps.push("if it is refused, the same request as:".to_owned());
        steps.push(format!("  {}", others.join(", ")));
        if plan.target.scheme == Scheme::Ws {
            steps.push(
                "if what comes back is no HTTP, a TLS handshake with the same port".to_owned(),
            );
        }
        steps.push("if it works, the same upgrade with another Origin".to_owned());
        steps.push(
            "if TCP gets no answer, a TCP connection to port 443 or 80 of the host".to_owned(),
        );
    }
    if scope.level == Level::Deep {
        steps.push(format!(
            "if it fails, the upgrade as {}",
            probe::other_target(&plan.target)
        ));
        steps.push(
            "if it is refused, the upgrade with a browser's headers (where that helps, with"
                .to_owned(),
        );
        steps.push("  the site's Origin alone), with the required ones only,".to_owned());
        steps.push("  and without each optional header in turn".to_owned());
        if plan.target.scheme == Scheme::Wss {
            steps.push(
                "TLS without a server name, and with each of ALPN none, http/1.1 and h2".to_owned(),
            );
        }
        steps.push(
            "if it works, text messages of 16 B, 1 KiB, 64 KiB and 1 MiB, each with a ping"
                .to_owned(),
        );
    }
    if let Some(idle) = scope.idle {
        let idle = crate::output::seconds(idle);
        steps.push(format!(
            "a connection silent for {idle}, then a ping; where that ends it, one with pings"
        ));
    }
    steps
}

/// What remains unknown, so that silence is not taken for health.
pub(super) fn untested(evidence: &Evidence, scope: Scope) -> Vec<&'static str> {
    let has_upgraded = evidence.has(Fact::Upgraded);
    let was_asked = evidence.answers.contains_key(&Probe::Upgrade);
    let compared = evidence.answers.contains_key(&Probe::PlainGet);
    [
        (
            "other requests to compare with (--level normal)",
            !has_upgraded && !compared && evidence.answers.contains_key(&Probe::Upgrade),
        ),
        (
            "Origin check (--level normal)",
            has_upgraded && scope.level < Level::Normal,
        ),
        (
            "the other scheme (--level deep)",
            was_asked && !has_upgraded && scope.level < Level::Deep,
        ),
        ("messages", !has_upgraded || scope.level < Level::Deep),
        (
            "idle timeout (--idle SECS)",
            scope.idle.is_none() || !has_upgraded,
        ),
    ]
    .into_iter()
    .filter_map(|(what, holds)| holds.then_some(what))
    .collect()
}

/// One command that would separate the best causes, where the level left something out.
pub(super) fn next(
    diagnosis: &Diagnosis,
    plan: &Plan,
    scope: Scope,
    evidence: &Evidence,
) -> Option<String> {
    let verdict = diagnosis.verdict()?;
    if verdict.confidence == Confidence::Certain {
        return None;
    }
    let raise =
        Some(evidence.fill(verdict.finding.raise)).filter(|raise| !raise.starts_with("nothing"));
    let deeper = match scope.level {
        Level::Quick => Some(Level::Normal),
        Level::Normal if evidence.answers.contains_key(&Probe::Upgrade) => Some(Level::Deep),
        _ => None,
    };
    let again = Again::of(plan, Secrets::Redact);
    let deeper = deeper.map(|level| again.command(&format!("wscope check --level {level}")));
    let parts: Vec<_> = deeper.into_iter().chain(raise).collect();
    (!parts.is_empty()).then(|| parts.join("; or: "))
}
