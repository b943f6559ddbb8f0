//! What can be wrong: one table of findings, each with the evidence that speaks for and against it.
//!
//! ```text
//! Evidence (facts, answers) ──▶ signs of every finding ──▶ causes, ranked
//! ```
//!
//! A finding's id is stable and never reused: `U` the URL, `D` the name, `N` TCP and IP, `P` the
//! configured proxy, `M` a device on the way, `T` TLS, `H` the answer to the upgrade, `C` the time
//! after it, `W` a warning about something that works. A finding without signs is known from the
//! field but cannot be told from a command line; its `raise` says what would show it.

mod http;
mod local;
mod path;
mod stream;
mod tls;

use serde::Serialize;

use super::{
    advice::Fix,
    evidence::{Fact, Probe},
    hop::Hop,
    mark::Mark,
};

/// How far the evidence carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Confidence {
    /// It fits, and so do others.
    Possible,
    /// It fits better than the others.
    Likely,
    /// Nothing else that is known leaves this evidence.
    Certain,
}

impl Confidence {
    /// The word in brackets behind a verdict.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Possible => "possible",
            Self::Likely => "likely",
            Self::Certain => "certain",
        }
    }
}

/// A condition on the evidence.
#[derive(Clone, Copy, Debug)]
pub enum When {
    /// It was seen.
    Saw(Fact),
    /// It was not seen.
    Not(Fact),
    /// That probe was sent, and its answer bears the mark.
    On(Probe, Mark),
    /// That probe was not sent.
    Unsent(Probe),
    /// Answers compared by letter: those in one word are alike, different words differ, letters that
    /// are not named do not matter. `"AD E"` holds when A and D got the same and E another.
    Matrix(&'static str),
    /// The nearest hop of the upgrade's answer is that product.
    By(&'static str),
    /// The body of the upgrade's answer was written by that product.
    WrittenBy(&'static str),
    /// Some product in front of the server wrote the body.
    WrittenByFront,
    /// The body was written by nobody known.
    WrittenByUnknown,
    /// Only a WebSocket server writes such a body.
    WebSocketText,
    /// One of these holds.
    OneOf(&'static [Self]),
}

/// Evidence for or against a finding.
#[derive(Debug)]
pub struct Sign {
    /// How far it carries where it speaks for the finding.
    pub confidence: Confidence,
    /// The observation as a sentence, with `{names}` of values.
    pub because: &'static str,
    /// All of these must hold.
    pub when: &'static [When],
}

/// One thing that goes wrong in the field.
#[derive(Debug)]
pub struct Finding {
    /// Its stable id.
    pub id: &'static str,
    /// Whom it blames.
    pub hop: Hop,
    /// The verdict as a sentence; `{by}` is the hop, with its product where it was recognised.
    pub title: &'static str,
    /// Evidence for it, strongest first.
    pub signs: &'static [Sign],
    /// Evidence against it.
    pub against: &'static [Sign],
    /// What would make it surer, or separate it from its neighbours.
    pub raise: &'static str,
    /// What mends it.
    pub fix: Fix,
}

impl Finding {
    /// True for a remark about something that works.
    #[must_use]
    pub fn is_warning(&self) -> bool {
        self.id.starts_with('W') || self.fix == Fix::Remark
    }
}

/// RFC 8446 §5.1: how the record of an alert begins, whatever its version.
const ALERT: &[u8] = &[0x15, 3];

/// The parts of the table, in the order in which a connection meets them.
static PARTS: [&[Finding]; 11] = [
    local::FINDINGS,
    path::FINDINGS,
    tls::FINDINGS,
    http::redirect::FINDINGS,
    http::route::FINDINGS,
    http::stripped::FINDINGS,
    http::refused::FINDINGS,
    http::upstream::FINDINGS,
    http::switch::FINDINGS,
    http::nothing::FINDINGS,
    stream::FINDINGS,
];

/// Every finding.
pub fn all() -> impl Iterator<Item = &'static Finding> {
    PARTS.iter().flat_map(|part| part.iter())
}

/// What is said of a refusal that no row fits.
pub static REFUSED: Finding = http::nothing::REFUSED;

/// The finding with that id.
#[must_use]
pub fn with_id(id: &str) -> Option<&'static Finding> {
    all().find(|finding| finding.id == id)
}

const fn certain(because: &'static str, when: &'static [When]) -> Sign {
    Sign {
        confidence: Confidence::Certain,
        because,
        when,
    }
}

const fn likely(because: &'static str, when: &'static [When]) -> Sign {
    Sign {
        confidence: Confidence::Likely,
        because,
        when,
    }
}

const fn possible(because: &'static str, when: &'static [When]) -> Sign {
    Sign {
        confidence: Confidence::Possible,
        because,
        when,
    }
}

/// A finding known from the field that leaves nothing a command line could see.
const fn unseen(
    id: &'static str,
    hop: Hop,
    title: &'static str,
    raise: &'static str,
    fix: Fix,
) -> Finding {
    Finding {
        id,
        hop,
        title,
        signs: &[],
        against: &[],
        raise,
        fix,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_failure_of_the_taxonomy_has_its_row() {
        let counts = [
            ('U', 6),
            ('D', 5),
            ('N', 8),
            ('P', 16),
            ('M', 9),
            ('T', 18),
            ('H', 48),
            ('C', 24),
        ];
        for (letter, count) in counts {
            for number in 1..=count {
                let id = format!("{letter}{number}");
                assert!(with_id(&id).is_some(), "{id} has no row");
            }
        }
    }

    #[test]
    fn ids_are_unique() {
        let mut seen = BTreeSet::new();
        for finding in all() {
            assert!(seen.insert(finding.id), "{} twice", finding.id);
        }
    }

    #[test]
    fn titles_and_reasons_are_plain_sentences() {
        for finding in all() {
            let sentences = finding
                .signs
                .iter()
                .chain(finding.against)
                .map(|sign| sign.because);
            for sentence in sentences.chain([finding.title, finding.raise]) {
                assert!(
                    !sentence.ends_with('.') && !sentence.is_empty(),
                    "{}: {sentence:?}",
                    finding.id
                );
                assert_eq!(
                    sentence.matches('{').count(),
                    sentence.matches('}').count(),
                    "{sentence:?}"
                );
            }
        }
    }

    #[test]
    fn every_product_that_a_row_names_exists() {
        fn check(when: &When) {
            match when {
                When::By(name) | When::WrittenBy(name) => {
                    assert!(super::super::fingerprint::named(name).is_some(), "{name}");
                }
                When::OneOf(any_of) => any_of.iter().for_each(check),
                _ => {}
            }
        }
        for finding in all() {
            finding
                .signs
                .iter()
                .chain(finding.against)
                .flat_map(|sign| sign.when)
                .for_each(check);
        }
    }
}
