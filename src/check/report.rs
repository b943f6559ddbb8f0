//! What a run hands to the output: everything it saw and concluded, nothing formatted.

use std::time::Duration;

use super::{
    answer::Answer,
    diagnosis::Diagnosis,
    evidence::{Evidence, Probe},
    first_frames::Manners,
    ladder::Rung,
    matrix,
};
use crate::error::Exit;

/// The whole of one check.
#[derive(Debug)]
pub struct Report {
    /// The URL without secrets.
    pub url: String,
    /// The stages, in order.
    pub rungs: Vec<Rung>,
    /// What was observed.
    pub evidence: Evidence,
    /// What follows from it.
    pub diagnosis: Diagnosis,
    /// Why the attempt failed, as one sentence; none where it did not.
    pub failure: Option<String>,
    /// The status of the failing stage.
    pub exit: Exit,
    /// What a working endpoint agreed to and does.
    pub health: Option<Health>,
    /// What this run did not look at.
    pub untested: Vec<&'static str>,
    /// A command that would separate the two best causes.
    pub next: Option<String>,
    /// From the first step to the end of the last.
    pub took: Duration,
}

/// A working endpoint, in the terms a user asks about.
#[derive(Clone, Debug, Default)]
pub struct Health {
    /// From nothing to the 101.
    pub connected_in: Duration,
    /// The subprotocol that was agreed on.
    pub subprotocol: Option<String>,
    /// The extensions that were agreed on, as they came.
    pub extensions: Vec<String>,
    /// Pong, Close and the first message.
    pub manners: Manners,
}

impl Report {
    /// The probes that were sent, beside the upgrade itself.
    pub fn probes(&self) -> impl Iterator<Item = (Probe, &Answer)> {
        self.evidence
            .answers
            .iter()
            .map(|(probe, answer)| (*probe, answer))
    }

    /// How many of the six were sent, and how many of them got the upgrade's answer.
    #[must_use]
    pub fn compared(&self) -> Option<(usize, usize)> {
        let upgrade = self.evidence.answers.get(&Probe::Upgrade)?.shape();
        let six: Vec<_> = Probe::SIX
            .iter()
            .filter_map(|probe| self.evidence.answers.get(probe))
            .collect();
        let alike = six
            .iter()
            .filter(|answer| answer.shape() == upgrade)
            .count();
        (six.len() > 2).then_some((alike, six.len()))
    }

    /// The groups of the six, `ABCEF D`.
    #[must_use]
    pub fn groups(&self) -> String {
        matrix::groups(&self.evidence)
    }

    /// True when the server answered an upgrade from another site with something else than 101.
    #[must_use]
    pub fn checks_origin(&self) -> Option<bool> {
        let answer = self.evidence.answers.get(&Probe::ForeignOrigin)?;
        self.health.as_ref()?;
        Some(answer.status() != Some(101))
    }
}
