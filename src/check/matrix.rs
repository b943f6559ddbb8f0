//! Comparing the answers to slightly different requests.
//!
//! A status is not a cause: the same fault shows as 426, 400, 505, 404, 403 or 200 depending on the
//! server behind. What does not depend on it is which requests got the same answer.

use super::evidence::{Evidence, Probe};

/// True when the answers fall into the groups of the pattern.
///
/// Letters in one word got the same answer, letters of different words got different ones; a letter
/// that is not named does not matter, a letter whose probe was not sent makes it false.
#[must_use]
pub fn matches(pattern: &str, evidence: &Evidence) -> bool {
    let groups: Option<Vec<Vec<_>>> = pattern
        .split_whitespace()
        .map(|word| word.chars().map(|letter| shape(letter, evidence)).collect())
        .collect();
    let Some(groups) = groups else {
        return false;
    };
    let alike = groups
        .iter()
        .all(|group| group.windows(2).all(|pair| pair[0] == pair[1]));
    let heads: Vec<_> = groups.iter().filter_map(|group| group.first()).collect();
    let distinct = (1..heads.len()).all(|at| !heads[..at].contains(&heads[at]));
    alike && distinct
}

/// The groups of the six as they are, `ABCEF D`; letters whose probe was not sent are left out.
#[must_use]
pub fn groups(evidence: &Evidence) -> String {
    let mut groups: Vec<(super::answer::Shape, String)> = Vec::new();
    for probe in Probe::SIX {
        let (Some(letter), Some(answer)) = (probe.letter(), evidence.answers.get(&probe)) else {
            continue;
        };
        let shape = answer.shape();
        match groups.iter_mut().find(|(known, _)| *known == shape) {
            Some((_, letters)) => letters.push(letter),
            None => groups.push((shape, letter.to_string())),
        }
    }
    let words: Vec<_> = groups.into_iter().map(|(_, letters)| letters).collect();
    words.join(" ")
}

fn shape(letter: char, evidence: &Evidence) -> Option<super::answer::Shape> {
    let probe = Probe::SIX
        .into_iter()
        .find(|probe| probe.letter() == Some(letter))?;
    evidence
        .answers
        .get(&probe)
        .map(super::answer::Answer::shape)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::check::answer::{Answer, End};

    fn evidence(statuses: &[(Probe, u16)]) -> Evidence {
        let mut evidence = Evidence::default();
        for (probe, status) in statuses {
            let raw = format!("HTTP/1.1 {status} X\r\n\r\n").into_bytes();
            evidence
                .answers
                .insert(*probe, Answer::new(raw, End::Open, Duration::ZERO));
        }
        evidence
    }

    #[test]
    fn words_are_alike_inside_and_differ_from_each_other() {
        let evidence = evidence(&[
            (Probe::Upgrade, 403),
            (Probe::PlainGet, 404),
            (Probe::Version99, 403),
            (Probe::NoKey, 403),
            (Probe::BogusProtocol, 404),
        ]);
        for (pattern, holds) in [
            ("ACD BE", true),
            ("A B", true),
            ("AB", false),
            ("ACD B E", false),
            ("ABCDE", false),
            ("AF", false),
        ] {
            assert_eq!(matches(pattern, &evidence), holds, "{pattern}");
        }
        assert_eq!(groups(&evidence), "ACD BE");
    }

    #[test]
    fn a_probe_that_was_not_sent_proves_nothing() {
        let evidence = evidence(&[(Probe::Upgrade, 403)]);
        assert!(!matches("A B", &evidence) && !matches("AB", &evidence));
    }
}
