//! The ladder: what each stage of connecting did, told from its record, and the facts that follow.

use std::{io, time::Duration};

use super::{
    answer::{Answer, End},
    certificate,
    evidence::{Evidence, Fact, Probe},
    fingerprint,
    reading::{self, Asked},
};
use crate::{
    cli::connect::Plan,
    net::{
        Timeline,
        address::Scope,
        redact,
        tcp::in_words,
        timeline::{Attempt, Detail, Dns, DnsSource, Outcome, Step, Tcp, Tunnel, Upgrade},
        tls,
    },
};

/// How a stage ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// It worked.
    Passed,
    /// It worked, and something about it is worth a word.
    Noted,
    /// Here it broke.
    Broken,
}

/// One stage, as a report shows it.
#[derive(Clone, Debug)]
pub struct Rung {
    /// The stage's name.
    pub stage: &'static str,
    /// How it ended.
    pub mark: Mark,
    /// How long it took, where that was measured.
    pub took: Option<Duration>,
    /// What was seen; the first line sums it up.
    pub lines: Vec<String>,
}

impl Rung {
    /// A stage without a clock.
    #[must_use]
    pub fn new(stage: &'static str, mark: Mark, lines: Vec<String>) -> Self {
        Self {
            stage,
            mark,
            took: None,
            lines,
        }
    }
}

/// Tells the stages of one attempt, and notes what they show.
pub fn climb(plan: &Plan, timeline: &Timeline, evidence: &mut Evidence) -> Vec<Rung> {
    timeline
        .steps()
        .iter()
        .map(|step| rung(plan, step, evidence))
        .collect()
}

fn rung(plan: &Plan, step: &Step, evidence: &mut Evidence) -> Rung {
    let mut mark = if step.failure.is_some() {
        Mark::Broken
    } else {
        Mark::Passed
    };
    let mut lines = match &step.detail {
        Detail::Url(notes) => notes.clone(),
        Detail::Environment { proxy, why } => environment_lines(proxy.as_deref(), why, evidence),
        Detail::Unix(path) => vec![path.display().to_string()],
        Detail::Proxy(tunnel) => proxy_lines(tunnel, step, evidence),
        Detail::Dns(dns) => dns_lines(dns, step, evidence),
        Detail::Tcp(tcp) => tcp_lines(tcp, evidence),
        Detail::Tls(record) => tls_lines(record, step, evidence),
        Detail::Upgrade(upgrade) => upgrade_lines(plan, upgrade, step, evidence),
    };
    if lines.is_empty() {
        lines.extend(step.failure.clone());
    }
    if mark == Mark::Passed && lines.iter().any(|line| line.starts_with("note: ")) {
        mark = Mark::Noted;
    }
    Rung {
        stage: step.stage.name(),
        mark,
        took: Some(step.took),
        lines,
    }
}

fn environment_lines(proxy: Option<&str>, why: &str, evidence: &mut Evidence) -> Vec<String> {
    evidence.value("proxy_reason", why);
    let Some(proxy) = proxy else {
        if why.contains("although") {
            evidence.saw(Fact::ProxyBypassed);
        }
        return vec![format!("no proxy: {why}")];
    };
    evidence.saw(Fact::ViaProxy);
    evidence.value("proxy", proxy);
    evidence.value("proxy_source", why.trim_end_matches(" is set"));
    vec![format!("proxy {proxy}: {why}")]
}

fn proxy_lines(tunnel: &Tunnel, step: &Step, evidence: &mut Evidence) -> Vec<String> {
    let answer = Answer::of_parts(&tunnel.response, &tunnel.body, End::Open, step.took);
    let Some(status) = answer.status_text() else {
        let ended = step.failure.clone();
        return vec![ended.unwrap_or_else(|| format!("tunnel to {}", tunnel.destination))];
    };
    evidence.value("connect_status", status.clone());
    let offered: Vec<_> = answer.headers_named("proxy-authenticate").collect();
    let schemes: Vec<_> = offered
        .iter()
        .filter_map(|value| value.split(' ').next())
        .collect();
    evidence.value("proxy_schemes", schemes.join(", "));
    let mut lines = vec![format!("CONNECT {} -> {status}", tunnel.destination)];
    if let Some(error) = answer.header("x-squid-error") {
        lines.push(format!("x-squid-error: {error}"));
        evidence.value("squid_errno", error.rsplit(' ').next().unwrap_or(error));
    }
    if step.failure.is_some() {
        lines.extend(
            offered
                .iter()
                .map(|value| format!("proxy-authenticate: {value}")),
        );
        lines.extend(answer.saying().map(|saying| format!("\"{saying}\"")));
    }
    evidence.answers.insert(Probe::Connect, answer);
    lines
}

fn dns_lines(dns: &Dns, step: &Step, evidence: &mut Evidence) -> Vec<String> {
    evidence.value("dns_ms", step.took.as_millis().to_string());
    if dns.source == DnsSource::Literal {
        return vec![format!("{} is an address: nothing to ask", dns.host)];
    }
    let Some(first) = dns.addresses.first() else {
        return vec![format!(
            "{}: {}",
            dns.host,
            step.failure.as_deref().unwrap_or("no address")
        )];
    };
    let shown: Vec<_> = dns.addresses.iter().map(ToString::to_string).collect();
    let mut lines = vec![format!("{} -> {}", dns.host, shown.join(", "))];
    if let Some((address, scope)) = dns.suspicious().next() {
        evidence.saw(Fact::OddAddress);
        evidence.value("address", address.to_string());
        lines.push(format!("note: {address} is {}", scope_words(scope)));
    } else {
        evidence.value("address", first.to_string());
    }
    lines
}

fn scope_words(scope: Scope) -> &'static str {
    match scope {
        Scope::Public => "public",
        Scope::Loopback => "this machine",
        Scope::Private => "a private network",
        Scope::LinkLocal => "link-local",
        Scope::Unspecified => "what filtering resolvers answer",
    }
}

fn tcp_lines(tcp: &Tcp, evidence: &mut Evidence) -> Vec<String> {
    if let Some(address) = tcp
        .connected()
        .or_else(|| tcp.attempts.first().map(|attempt| attempt.address))
    {
        evidence.value("address", address.to_string());
        if address.ip().is_loopback() {
            evidence.saw(Fact::Loopback);
        }
    }
    compare_families(tcp, evidence);
    let text = |attempt: &Attempt| {
        let address = attempt.address;
        match &attempt.outcome {
            Outcome::Connected => format!("{address} connected"),
            Outcome::Failed(error) => format!("{address} {}", in_words(address, error)),
            Outcome::NoAnswer => format!(
                "{address} no answer in {}",
                crate::output::seconds(attempt.took)
            ),
        }
    };
    tcp.attempts.iter().map(text).collect()
}

/// Notes an IPv6 that fails beside an IPv4 that works.
fn compare_families(tcp: &Tcp, evidence: &mut Evidence) {
    if !tcp.connected().is_some_and(|address| address.is_ipv4()) {
        return;
    }
    for attempt in tcp
        .attempts
        .iter()
        .filter(|attempt| attempt.address.is_ipv6())
    {
        match &attempt.outcome {
            Outcome::Failed(error) if attempt.address.ip().is_loopback() && refused(error) => {
                evidence.saw(Fact::V6LoopbackRefused);
            }
            Outcome::Failed(_) => evidence.saw(Fact::V6Silent),
            // A race that the other family won a moment later proves nothing.
            Outcome::NoAnswer if attempt.took >= Duration::from_millis(240) => {
                evidence.saw(Fact::V6Silent);
            }
            _ => {}
        }
    }
}

fn refused(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::ConnectionRefused
}

fn tls_lines(record: &tls::Record, step: &Step, evidence: &mut Evidence) -> Vec<String> {
    evidence.saw(Fact::Tls);
    evidence.value("sni", record.name.clone());
    let fault = record.certificate_fault.as_deref();
    let refused = fault.or_else(|| {
        step.failure
            .as_deref()
            .filter(|text| text.contains("certificate"))
    });
    let chain = certificate::read(&record.certificates, refused, evidence);
    if let (Some(failure), Some(chain)) = (&step.failure, &chain) {
        return vec![
            failure.clone(),
            format!("the certificate was issued by \"{}\"", chain.issuer),
        ];
    }
    if let Some(failure) = &step.failure {
        if record.first_bytes.is_empty() {
            return vec![failure.clone()];
        }
        return vec![
            failure.clone(),
            format!("first bytes: {}", reading::greeting(&record.first_bytes)),
        ];
    }
    let mut parts = vec![record.version.unwrap_or("TLS").to_owned()];
    match (fault, chain) {
        (Some(fault), _) => parts.push(format!("{fault} (accepted by -k)")),
        (None, Some(chain)) => parts.push(format!(
            "certificate ok ({}, {} left)",
            chain.issuer,
            crate::output::counted(chain.days_left, "day")
        )),
        (None, None) => {}
    }
    let alpn = record
        .alpn
        .as_ref()
        .map(|alpn| String::from_utf8_lossy(alpn).into_owned());
    parts.push(format!("alpn {}", alpn.as_deref().unwrap_or("none")));
    let mut lines = vec![parts.join(", ")];
    if record.client_certificate_requested {
        lines.push("note: the server asked for a client certificate".to_owned());
    }
    lines
}

fn upgrade_lines(
    plan: &Plan,
    upgrade: &Upgrade,
    step: &Step,
    evidence: &mut Evidence,
) -> Vec<String> {
    let end = match (&step.failure, upgrade.response.is_empty()) {
        (Some(failure), true) if failure.contains("reset") => End::Reset,
        (Some(failure), true) if failure.contains("timed out") => End::Silent,
        (Some(failure), false) if failure.contains("inside its response head") => End::Fin,
        (_, true) => End::Fin,
        (_, false) => End::Open,
    };
    let answer = Answer::of_parts(&upgrade.response, &upgrade.body, end, step.took);
    let lines = answer_lines(&answer, step.failure.as_deref());
    let asked = Asked {
        url: &plan.target.url(),
        request_bytes: upgrade.request.len(),
    };
    reading::upgrade_answer(answer, asked, evidence);
    lines
        .into_iter()
        .chain(upgrade.notes.iter().map(|note| format!("note: {note}")))
        .collect()
}

/// The answer's status line, who signed it, and its most telling line.
#[must_use]
pub fn answer_lines(answer: &Answer, failure: Option<&str>) -> Vec<String> {
    let Some(status) = answer.status_text() else {
        let quoted = (!answer.raw.is_empty()).then(|| reading::greeting(&answer.raw));
        return failure
            .map(str::to_owned)
            .into_iter()
            .chain(quoted)
            .collect();
    };
    let mut lines = vec![status];
    if let Some(front) = fingerprint::nearest(answer) {
        lines.extend(
            front
                .evidence
                .into_iter()
                .filter(|line| !line.starts_with('"')),
        );
    }
    for name in [
        "location",
        "www-authenticate",
        "retry-after",
        "x-squid-error",
    ] {
        lines.extend(
            answer
                .header(name)
                .map(|value| format!("{name}: {}", redact::url(value))),
        );
    }
    if answer.status() == Some(101) {
        lines.extend(failure.map(str::to_owned));
    } else {
        lines.extend(answer.saying().map(|saying| format!("\"{saying}\"")));
    }
    lines.dedup_by(|a, b| a.eq_ignore_ascii_case(b));
    lines
}
