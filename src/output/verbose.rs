//! `-v`: each step of connecting as it went, and the heads as they were sent and received.

use super::{
    sanitize::{Layout, visible},
    seconds,
    style::{Role, Style},
};
use crate::net::{
    Timeline,
    redact::Secrets,
    timeline::{Attempt, Detail, Dns, Outcome, Step, Tcp, Tunnel, Upgrade},
    tls,
};

/// The whole account of a timeline, a line for each thing; secrets as `secrets` says.
#[must_use]
pub fn account(timeline: &Timeline, secrets: Secrets, style: Style) -> Vec<String> {
    let mut lines = Vec::new();
    for step in timeline.steps() {
        lines.push(step_line(step, style));
        match &step.detail {
            Detail::Upgrade(upgrade) => heads(
                &upgrade.request,
                &upgrade.response,
                secrets,
                style,
                &mut lines,
            ),
            Detail::Proxy(tunnel) if tunnel.request.starts_with(b"CONNECT ") => {
                heads(
                    &tunnel.request,
                    &tunnel.response,
                    secrets,
                    style,
                    &mut lines,
                );
            }
            _ => {}
        }
    }
    lines
}

/// A step in one line: its stage, what came of it, how long it took.
#[must_use]
pub fn step_line(step: &Step, style: Style) -> String {
    let (mark, role) = match step.failure {
        None => ("*", Role::Dim),
        Some(_) => ("!", Role::Error),
    };
    format!(
        "{} {:<8} {}  {}",
        style.paint(role, mark),
        step.stage.name(),
        describe(&step.detail),
        style.paint(Role::Dim, seconds(step.took)),
    )
}

/// What a step tried and what came of it, in words.
#[must_use]
pub fn describe(detail: &Detail) -> String {
    match detail {
        Detail::Url(notes) => notes.join("; "),
        Detail::Environment { proxy, why } => describe_choice(proxy.as_deref(), why),
        Detail::Unix(path) => {
            visible(path.display().to_string().as_bytes(), Layout::SingleLine).into_owned()
        }
        Detail::Proxy(tunnel) => describe_tunnel(tunnel),
        Detail::Dns(dns) => describe_dns(dns),
        Detail::Tcp(tcp) => describe_tcp(tcp),
        Detail::Tls(record) => describe_tls(record),
        Detail::Upgrade(upgrade) => describe_upgrade(upgrade),
    }
}

fn describe_choice(proxy: Option<&str>, why: &str) -> String {
    match proxy {
        Some(proxy) => format!("through the proxy {proxy}: {why}"),
        None => format!("no proxy: {why}"),
    }
}

fn describe_tunnel(tunnel: &Tunnel) -> String {
    let answer = tunnel
        .status
        .map_or_else(String::new, |status| format!(", answered {status}"));
    format!(
        "tunnel to {} through {}{answer}",
        tunnel.destination, tunnel.proxy
    )
}

fn describe_dns(dns: &Dns) -> String {
    let addresses: Vec<_> = dns.addresses.iter().map(ToString::to_string).collect();
    if addresses.is_empty() {
        return format!("{}: no address", dns.host);
    }
    format!("{} is {}", dns.host, addresses.join(", "))
}

fn describe_tcp(tcp: &Tcp) -> String {
    let attempts: Vec<_> = tcp.attempts.iter().map(describe_attempt).collect();
    attempts.join("; ")
}

fn describe_attempt(attempt: &Attempt) -> String {
    let outcome = match &attempt.outcome {
        Outcome::Connected => "connected".to_owned(),
        Outcome::Failed(error) => error.to_string(),
        Outcome::NoAnswer => "no answer".to_owned(),
    };
    format!("{} {outcome}", attempt.address)
}

fn describe_tls(record: &tls::Record) -> String {
    let mut parts = vec![record.version.unwrap_or("not agreed").to_owned()];
    parts.extend(record.cipher.clone());
    parts.extend(record.group.clone());
    if let Some(alpn) = &record.alpn {
        parts.push(format!("ALPN {}", visible(alpn, Layout::SingleLine)));
    }
    if let Some(fault) = &record.certificate_fault {
        parts.push(visible(fault, Layout::SingleLine).into_owned());
    }
    parts.join(", ")
}

fn describe_upgrade(upgrade: &Upgrade) -> String {
    let answer = match upgrade.status {
        Some(status) => format!("answered {status}"),
        None => "no HTTP answer".to_owned(),
    };
    let notes = upgrade.notes.iter().map(|note| format!("; {note}"));
    let notes: String = notes.collect();
    answer + &visible(&notes, Layout::SingleLine)
}

/// Two heads, a line for each of theirs: the request first.
pub fn heads(
    request: &[u8],
    response: &[u8],
    secrets: Secrets,
    style: Style,
    lines: &mut Vec<String>,
) {
    for (mark, role, head) in [(">", Role::Sent, request), ("<", Role::Received, response)] {
        let head = secrets.head(head);
        for line in visible(head.trim_ascii_end(), Layout::Lines).split('\n') {
            // a line that ends with `\n` alone is worth seeing, so only the usual `\r` goes
            let line = line.strip_suffix("\\r").unwrap_or(line);
            lines.push(format!("{} {line}", style.paint(role, mark)));
        }
    }
}
