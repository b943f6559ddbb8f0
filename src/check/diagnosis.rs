//! From evidence to causes, ranked.
//!
//! Every finding whose signs hold is a cause. What speaks against it lowers it by as much as it
//! carries. Where two causes of the same rank remain, the diagnosis says that it cannot tell.

use super::{
    advice::{self, Advice},
    evidence::{Evidence, Fact, Probe},
    findings::{self, Confidence, Finding, Sign, When},
    fingerprint::{self, Identified},
    hop::Hop,
    matrix,
};

/// One finding that fits the evidence.
#[derive(Clone, Debug)]
pub struct Cause {
    /// Which.
    pub finding: &'static Finding,
    /// Whom it blames, given who was recognised.
    pub hop: Hop,
    /// How far the evidence carries.
    pub confidence: Confidence,
    /// The verdict as a sentence.
    pub title: String,
    /// What speaks for it.
    pub because: Vec<String>,
    /// What speaks against it.
    pub against: Vec<String>,
    /// What mends it.
    pub advice: Vec<Advice>,
}

/// What a run concludes.
#[derive(Clone, Debug, Default)]
pub struct Diagnosis {
    /// The causes, the best first; empty where nothing is wrong.
    pub causes: Vec<Cause>,
    /// Remarks about things that work.
    pub warnings: Vec<Cause>,
    /// Who answered, by its headers.
    pub front: Option<Identified>,
    /// Who wrote the answer's body.
    pub author: Option<Identified>,
}

impl Diagnosis {
    /// The cause that is named; none where nothing is wrong.
    #[must_use]
    pub fn verdict(&self) -> Option<&Cause> {
        self.causes.first()
    }

    /// The causes between which the evidence does not decide; empty where it does.
    #[must_use]
    pub fn undecided(&self) -> &[Cause] {
        let Some(first) = self.causes.first() else {
            return &[];
        };
        let rivals = self
            .causes
            .iter()
            .take_while(|cause| cause.confidence == first.confidence)
            .count();
        if first.confidence == Confidence::Certain || rivals < 2 {
            return &[];
        }
        &self.causes[..rivals]
    }
}

/// Looks every finding up in the evidence.
#[must_use]
pub fn diagnose(evidence: &Evidence) -> Diagnosis {
    let seen = Seen::new(evidence);
    let mut causes: Vec<_> = findings::all()
        .filter_map(|finding| seen.cause(finding))
        .collect();
    if causes.is_empty() {
        causes.extend(seen.cause(&findings::REFUSED));
    }
    // Stable: of two with the same confidence the one that the table lists first stays first.
    causes.sort_by_key(|cause| std::cmp::Reverse(cause.confidence));
    let (warnings, causes) = causes
        .into_iter()
        .partition(|cause: &Cause| cause.finding.is_warning());
    Diagnosis {
        causes,
        warnings,
        front: seen.front,
        author: seen.author,
    }
}

/// The evidence with what the table asks of it most often looked up once.
struct Seen<'a> {
    evidence: &'a Evidence,
    front: Option<Identified>,
    author: Option<Identified>,
}

impl<'a> Seen<'a> {
    fn new(evidence: &'a Evidence) -> Self {
        let upgrade = evidence.answers.get(&Probe::Upgrade);
        let front = upgrade
            .and_then(fingerprint::nearest)
            .or_else(|| named_by_another_probe(evidence));
        Self {
            evidence,
            front,
            author: upgrade
                .filter(|answer| answer.status() != Some(101))
                .and_then(fingerprint::author),
        }
    }

    fn cause(&self, finding: &'static Finding) -> Option<Cause> {
        let held: Vec<_> = self.holding(finding.signs).collect();
        let strongest = held.iter().map(|sign| sign.confidence).max()?;
        let against: Vec<_> = self.holding(finding.against).collect();
        let confidence = weigh(strongest, against.iter().map(|sign| sign.confidence).max())?;
        let hop = self.hop(finding);
        let mut because: Vec<_> = held
            .iter()
            .filter(|sign| sign.confidence == strongest)
            .map(|sign| self.evidence.fill(sign.because))
            .collect();
        because.dedup();
        Some(Cause {
            finding,
            hop,
            confidence,
            title: self.title(finding, hop),
            because,
            against: against
                .iter()
                .map(|sign| self.evidence.fill(sign.because))
                .collect(),
            advice: advice::advice(finding.fix, self.front.as_ref(), self.evidence),
        })
    }

    fn holding(&self, signs: &'static [Sign]) -> impl Iterator<Item = &'static Sign> {
        signs
            .iter()
            .filter(|sign| sign.when.iter().all(|when| self.holds(when)))
    }

    fn holds(&self, when: &When) -> bool {
        match *when {
            When::Saw(fact) => self.evidence.has(fact),
            When::Not(fact) => !self.evidence.has(fact),
            When::On(probe, mark) => self
                .evidence
                .answers
                .get(&probe)
                .is_some_and(|answer| mark.is_on(answer)),
            When::Unsent(probe) => !self.evidence.answers.contains_key(&probe),
            When::Matrix(pattern) => matrix::matches(pattern, self.evidence),
            When::By(name) => is_named(self.front.as_ref(), name),
            When::WrittenBy(name) => is_named(self.author.as_ref(), name),
            When::WrittenByFront => self
                .author
                .as_ref()
                .is_some_and(|author| !author.product.is_websocket_server),
            When::WrittenByUnknown => self.author.is_none(),
            When::WebSocketText => self
                .author
                .as_ref()
                .is_some_and(|author| author.product.is_websocket_server),
            When::OneOf(any_of) => any_of.iter().any(|when| self.holds(when)),
        }
    }

    /// A finding that blames a proxy blames the kind that was recognised; one that blames the
    /// application blames the proxy instead when the proxy wrote the answer.
    fn hop(&self, finding: &Finding) -> Hop {
        let by_front = self
            .author
            .as_ref()
            .filter(|author| !author.product.is_websocket_server);
        let (front, author) = (self.front.as_ref(), by_front);
        let blamed = match finding.hop {
            Hop::ReverseProxy => front,
            Hop::Application => author,
            _ => return finding.hop,
        };
        match blamed {
            Some(who) if self.is_on_the_way(who) => Hop::OnPath,
            Some(_) => Hop::ReverseProxy,
            None => finding.hop,
        }
    }

    /// A forward proxy that answers although none was configured sits on the way.
    fn is_on_the_way(&self, front: &Identified) -> bool {
        match front.product.hop {
            Hop::OnPath => true,
            Hop::YourProxy => !self.evidence.has(Fact::ViaProxy),
            _ => false,
        }
    }

    fn title(&self, finding: &Finding, hop: Hop) -> String {
        let by = match &self.front {
            Some(front) if front.sure => format!("{} ({})", hop.noun(), front.label),
            Some(front) => format!("{} (perhaps {})", hop.noun(), front.label),
            None if hop == Hop::ReverseProxy => "a proxy in front of the server".to_owned(),
            None => hop.noun().to_owned(),
        };
        self.evidence.fill(&finding.title.replace("{by}", &by))
    }
}

/// A proxy that leaves no trace on what it passes on may still answer one of the other probes itself.
fn named_by_another_probe(evidence: &Evidence) -> Option<Identified> {
    let others = Probe::SIX
        .iter()
        .chain([&Probe::ClientHello])
        .filter_map(|probe| evidence.answers.get(probe));
    others
        .filter_map(fingerprint::nearest)
        .find(|front| front.sure)
}

fn is_named(who: Option<&Identified>, name: &str) -> bool {
    who.is_some_and(|who| who.product.name == name)
}

/// What remains of a confidence when something speaks against it: evidence of the same strength or
/// more removes it, weaker evidence takes one step away.
fn weigh(for_it: Confidence, against: Option<Confidence>) -> Option<Confidence> {
    match against {
        None => Some(for_it),
        Some(against) if against >= for_it => None,
        Some(_) if for_it == Confidence::Certain => Some(Confidence::Likely),
        Some(_) => Some(Confidence::Possible),
    }
}
