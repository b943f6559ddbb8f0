//! The run itself: climb, then ask what the level allows, then conclude.

use std::time::{Duration, Instant};

use super::{
    answer::{Answer, End},
    conversation::Conversation,
    diagnosis::diagnose,
    endurance,
    evidence::{Evidence, Fact, Probe},
    first_frames, ladder,
    ladder::{Mark, Rung},
    probe,
    report::{Health, Report},
    scope::{Level, Scope, next, untested},
    symptoms, tls_probe,
};
use crate::{
    cli::connect::Plan,
    error::{Error, Exit},
    handshake::{self, HeaderValue, Request, Upgraded},
    net::{self, Scheme, Target, Timeline},
};

/// Who is told what the run is doing.
pub trait Watch {
    /// A stage has begun.
    fn stage(&mut self, what: &str);
}

/// Looks at the endpoint as far as the scope goes, and concludes.
pub fn survey(plan: &Plan, scope: Scope, watch: &mut dyn Watch) -> Report {
    let mut run = Run::new(plan, scope);
    watch.stage("connecting");
    run.climb();
    run.follow_up(watch);
    run.conclude()
}

struct Run<'a> {
    plan: &'a Plan,
    scope: Scope,
    began: Instant,
    evidence: Evidence,
    rungs: Vec<Rung>,
    error: Option<Error>,
    /// What the ladder ends with where the upgrade worked and the rest did not.
    end: Option<(Exit, String)>,
    health: Option<Health>,
}

impl<'a> Run<'a> {
    fn new(plan: &'a Plan, scope: Scope) -> Self {
        let mut run = Self {
            plan,
            scope,
            began: Instant::now(),
            evidence: Evidence::default(),
            rungs: Vec::new(),
            error: None,
            end: None,
            health: None,
        };
        run.note_plan();
        run
    }

    fn note_plan(&mut self) {
        let (target, request) = (&self.plan.target, &self.plan.request);
        let other = probe::other_target(target);
        let path = target.resource.split('?').next().unwrap_or_default();
        for (name, value) in [
            ("url", target.to_string()),
            ("host", target.host.to_string()),
            ("port", target.port.to_string()),
            ("scheme", target.scheme.name().to_owned()),
            ("path", path.to_owned()),
            ("other_url", other.to_string()),
            ("asked_protocols", request.subprotocols.join(", ")),
        ] {
            self.evidence.value(name, value);
        }
        let is_local = net::address::is_local(&target.host);
        for (fact, holds) in [
            (Fact::OddPort, !matches!(target.port, 80 | 443)),
            (Fact::CookieSent, sends_cookie(request)),
            (Fact::Cleartext, target.scheme == Scheme::Ws && !is_local),
        ] {
            if holds {
                self.evidence.saw(fact);
            }
        }
        for note in &self.plan.notes {
            if let Some((given, _)) = note
                .split_once("://")
                .filter(|_| note.contains("is taken as"))
            {
                self.evidence.saw(Fact::HttpScheme);
                self.evidence.value("given_scheme", given);
            } else if note.contains("fragment") {
                self.evidence.saw(Fact::UrlFragment);
            }
        }
        if !self.plan.notes.is_empty() {
            let lines = self.plan.notes.clone();
            self.rungs.push(Rung::new("url", Mark::Noted, lines));
        }
    }

    fn climb(&mut self) {
        let plan = self.plan;
        let mut timeline = Timeline::new();
        let opened = handshake::open(&plan.target, &plan.options, &plan.request, &mut timeline);
        self.rungs
            .extend(ladder::climb(plan, &timeline, &mut self.evidence));
        match opened {
            Ok(upgraded) => self.speak(upgraded, &timeline),
            Err(error) => {
                symptoms::note_error(&error, &timeline, &mut self.evidence);
                self.error = Some(error);
            }
        }
    }

    fn speak(&mut self, upgraded: Upgraded, timeline: &Timeline) {
        self.evidence.saw(Fact::Upgraded);
        if !upgraded.leftover.is_empty() {
            self.evidence.saw(Fact::EarlyData);
        }
        let is_agreed = upgraded.subprotocol.is_some() || self.plan.request.subprotocols.is_empty();
        if !is_agreed {
            self.evidence.saw(Fact::SubprotocolMissing);
        }
        let text = |value: &Vec<u8>| String::from_utf8_lossy(value).into_owned();
        let mut health = Health {
            connected_in: timeline.total(),
            subprotocol: upgraded.subprotocol.clone(),
            extensions: upgraded.extensions.iter().map(text).collect(),
            ..Health::default()
        };
        let mut conversation = Conversation::new(upgraded);
        let (rung, manners) =
            first_frames::exchange(&mut conversation, timeline, &mut self.evidence);
        conversation.leave();
        if rung.mark == Mark::Broken {
            let words = rung.lines.first().cloned().unwrap_or_default();
            self.end = Some((self.exit_after_upgrade(), words));
        }
        health.manners = manners;
        self.health = Some(health);
        self.rungs.push(rung);
    }

    fn exit_after_upgrade(&self) -> Exit {
        let has = |facts: &[Fact]| facts.iter().any(|fact| self.evidence.has(*fact));
        if has(&[Fact::FinAfterUpgrade, Fact::ResetAfterUpgrade]) {
            Exit::Lost
        } else if has(&[Fact::NoPong]) {
            Exit::Timeout
        } else if let Some(code) = self.evidence.values.get("close_code") {
            match code.as_str() {
                "1000" | "1001" | "no code" => Exit::Done,
                _ => Exit::ClosedWithError,
            }
        } else {
            Exit::Protocol
        }
    }

    fn follow_up(&mut self, watch: &mut dyn Watch) {
        if self.scope.level >= Level::Normal {
            if self.evidence.has(Fact::Upgraded) {
                self.send(Probe::ForeignOrigin, watch);
            } else if self.was_asked() {
                for probe in &Probe::SIX[1..] {
                    self.send(*probe, watch);
                }
                self.look_whether_the_port_is_tls(watch);
            } else if self.evidence.has(Fact::ConnectTimeout) {
                self.try_sibling_port(watch);
            }
        }
        if self.scope.level == Level::Deep {
            self.dig(watch);
        }
        if let Some(idle) = self
            .scope
            .idle
            .filter(|_| self.evidence.has(Fact::Upgraded))
        {
            watch.stage("staying silent, to find an idle timer");
            self.endure("idle", |plan, evidence| {
                endurance::idle(plan, idle, evidence)
            });
        }
        if self.upgraded_by(Probe::ForeignOrigin) {
            self.evidence.saw(Fact::AnyOriginAccepted);
        }
    }

    /// One handshake and no request, where what came back without TLS is no HTTP.
    fn look_whether_the_port_is_tls(&mut self, watch: &mut dyn Watch) {
        let is_answer = |answer: &Answer| answer.status().is_some() || answer.end == End::Silent;
        let is_answered = self
            .evidence
            .answers
            .get(&Probe::Upgrade)
            .is_none_or(is_answer);
        if self.plan.target.scheme == Scheme::Ws && !is_answered {
            watch.stage("TLS on the same port");
            let line = tls_probe::same_port(self.plan, &mut self.evidence);
            self.rungs.push(Rung::new("tls", Mark::Noted, vec![line]));
        }
    }

    /// True where a request reached somebody, whatever came back.
    fn was_asked(&self) -> bool {
        self.evidence.answers.contains_key(&Probe::Upgrade)
    }

    fn dig(&mut self, watch: &mut dyn Watch) {
        if self.plan.target.scheme == Scheme::Wss && !self.reached_nobody() {
            self.look_at_tls(watch);
        }
        if self.evidence.has(Fact::Upgraded) {
            watch.stage("sending messages of growing size");
            self.endure("sizes", endurance::sizes);
            return;
        }
        if self
            .evidence
            .answers
            .get(&Probe::Connect)
            .is_some_and(|answer| answer.status() == Some(403))
        {
            self.ask_for_a_tunnel_to_443(watch);
            return;
        }
        if !self.reached_nobody() {
            self.send(Probe::OtherScheme, watch);
        }
        if self.was_asked() {
            self.send(Probe::LikeBrowser, watch);
            if self.upgraded_by(Probe::LikeBrowser) {
                // which of the browser's headers it was: the Origin, or one that a firewall looks at
                self.send(Probe::SiteOrigin, watch);
            }
            self.send(Probe::Bare, watch);
            self.bisect_headers(watch);
        }
    }

    /// Whether the proxy minds the port or the host.
    fn ask_for_a_tunnel_to_443(&mut self, watch: &mut dyn Watch) {
        watch.stage(Probe::Connect443.words());
        let target = Target {
            scheme: Scheme::Ws,
            port: 443,
            ..self.plan.target.clone()
        };
        let mut timeline = Timeline::new();
        let connected = net::connect(&target, &self.plan.options, &mut timeline);
        let Some(tunnel) = timeline.tunnel() else {
            return;
        };
        let answer = Answer::of_parts(&tunnel.response, &tunnel.body, End::Open, timeline.total());
        let said = answer.status_text().unwrap_or_else(|| {
            connected
                .err()
                .map_or_else(String::new, |error| error.to_string())
        });
        let line = format!("CONNECT {} -> {said}", tunnel.destination);
        self.rungs.push(Rung::new("proxy", Mark::Noted, vec![line]));
        self.evidence.answers.insert(Probe::Connect443, answer);
    }

    fn reached_nobody(&self) -> bool {
        matches!(
            self.error,
            Some(Error::Net(
                net::Error::Resolve { .. } | net::Error::Connect { .. } | net::Error::Setup { .. }
            ))
        ) || self.evidence.has(Fact::ConnectTimeout)
    }

    fn send(&mut self, probe: Probe, watch: &mut dyn Watch) {
        watch.stage(probe.words());
        let slowest = self
            .evidence
            .answers
            .get(&Probe::Upgrade)
            .map_or(Duration::ZERO, |answer| answer.took);
        match probe::send(probe, self.plan, slowest) {
            Ok(answer) => {
                self.evidence.answers.insert(probe, answer);
            }
            Err(error) if probe == Probe::OtherScheme => {
                let line = format!("{}: {error}", probe.words());
                self.rungs.push(Rung::new("probe", Mark::Noted, vec![line]));
            }
            // A connection that fails now and did not before is a symptom of its own: as if nothing came.
            Err(_) => {
                let answer = Answer::new(Vec::new(), End::Reset, Duration::ZERO);
                self.evidence.answers.insert(probe, answer);
            }
        }
    }

    fn upgraded_by(&self, probe: Probe) -> bool {
        let answer = self.evidence.answers.get(&probe);
        answer.and_then(Answer::status) == Some(101)
    }

    /// Leaves each optional header out in turn, where leaving all out helped.
    fn bisect_headers(&mut self, watch: &mut dyn Watch) {
        let upgrades = |answer: &Answer| answer.status() == Some(101);
        if !self.upgraded_by(Probe::Bare) {
            return;
        }
        for name in optional_headers(self.plan) {
            watch.stage(&format!("without {name}"));
            let mut plan = self.plan.clone();
            plan.request
                .headers
                .retain(|header| !header.name.eq_ignore_ascii_case(&name));
            plan.request.headers.push(handshake::Header {
                name: name.clone(),
                value: HeaderValue::Removed,
            });
            let answer = probe::send(Probe::Upgrade, &plan, Duration::ZERO);
            if answer.is_ok_and(|answer| upgrades(&answer)) {
                self.evidence.saw(Fact::HeaderMatters);
                self.evidence.value("culprit", name);
                return;
            }
        }
    }

    fn look_at_tls(&mut self, watch: &mut dyn Watch) {
        watch.stage("TLS without a server name");
        let mut lines = vec![tls_probe::without_sni(self.plan, &mut self.evidence)];
        watch.stage("TLS with other protocols");
        lines.extend(tls_probe::alpn(self.plan, &mut self.evidence));
        self.rungs.push(Rung::new("tls", Mark::Noted, lines));
    }

    fn try_sibling_port(&mut self, watch: &mut dyn Watch) {
        let port = if self.plan.target.port == 443 {
            80
        } else {
            443
        };
        watch.stage(&format!("TCP to port {port}"));
        let target = Target {
            scheme: Scheme::Ws,
            port,
            ..self.plan.target.clone()
        };
        let mut timeline = Timeline::new();
        let line = match net::connect(&target, &self.plan.options, &mut timeline) {
            Ok(_) => {
                self.evidence.saw(Fact::SiblingPortOpen);
                format!("port {port} of the same host accepts connections")
            }
            Err(error) => format!("port {port} of the same host: {error}"),
        };
        self.rungs.push(Rung::new("tcp", Mark::Noted, vec![line]));
    }

    fn endure(
        &mut self,
        stage: &'static str,
        look: impl FnOnce(&Plan, &mut Evidence) -> Result<Rung, Error>,
    ) {
        let rung = look(self.plan, &mut self.evidence)
            .unwrap_or_else(|error| Rung::new(stage, Mark::Noted, vec![error.to_string()]));
        if rung.mark == Mark::Broken && self.end.is_none() {
            self.end = Some((Exit::Lost, rung.lines.first().cloned().unwrap_or_default()));
        }
        self.rungs.push(rung);
    }

    fn conclude(self) -> Report {
        let mut diagnosis = diagnose(&self.evidence);
        let (exit, failure) = match (&self.error, &self.end) {
            (Some(error), _) => (error.exit(), Some(error.to_string())),
            (None, Some((exit, words))) => (*exit, Some(words.clone())),
            (None, None) => (Exit::Done, None),
        };
        if failure.is_none() {
            // what does no harm here may do so to a browser
            diagnosis.warnings.append(&mut diagnosis.causes);
        }
        Report {
            url: self.plan.target.to_string(),
            untested: untested(&self.evidence, self.scope),
            next: next(&diagnosis, self.plan, self.scope, &self.evidence),
            rungs: self.rungs,
            diagnosis,
            failure,
            exit,
            health: self.health,
            took: self.began.elapsed(),
            evidence: self.evidence,
        }
    }
}

fn sends_cookie(request: &Request) -> bool {
    let mut headers = request.headers.iter();
    request.cookie.is_some() || headers.any(|header| header.name.eq_ignore_ascii_case("cookie"))
}

/// The headers of this plan that an upgrade can do without.
fn optional_headers(plan: &Plan) -> Vec<String> {
    let request = &plan.request;
    let defaults = [
        ("Sec-WebSocket-Extensions", request.extensions.is_some()),
        ("Sec-WebSocket-Protocol", !request.subprotocols.is_empty()),
        ("User-Agent", request.user_agent.is_some()),
        ("Origin", request.origin.is_some()),
        ("Authorization", request.authorization.is_some()),
        ("Cookie", request.cookie.is_some()),
    ];
    let sent = defaults
        .into_iter()
        .filter(|(_, is_sent)| *is_sent)
        .map(|(name, _)| name.to_owned());
    sent.chain(request.headers.iter().map(|header| header.name.clone()))
        .collect()
}
