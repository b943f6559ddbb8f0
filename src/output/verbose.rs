//! `-v`: each step of connecting as it went, and the heads as they were sent and received.

use super::{
    counted,
    sanitize::{Layout, visible},
    seconds,
    style::{Role, Style},
};
use crate::net::{
    Timeline,
    redact::Secrets,
    timeline::{Attempt, Detail, Dns, DnsSource, Outcome, Step, Tcp, Tunnel, Upgrade},
    tls,
};

/// How much of a head is shown, in bytes.
const MOST_OF_A_HEAD: usize = 8 * 1024;

/// How much of a body is shown, in bytes.
const MOST_OF_A_BODY: usize = 1024;

/// The whole account of a timeline, a line for each thing; secrets as `secrets` says.
#[must_use]
pub fn account(timeline: &Timeline, secrets: Secrets, style: Style) -> Vec<String> {
    let mut lines = Vec::new();
    for step in timeline.steps() {
        lines.push(step_line(step, style));
        match &step.detail {
            Detail::Upgrade(upgrade) => {
                heads(
                    &upgrade.request,
                    &upgrade.response,
                    secrets,
                    style,
                    &mut lines,
                );
                lines.extend(body(&upgrade.body, style));
            }
            Detail::Proxy(tunnel) if tunnel.request.starts_with(b"CONNECT ") => {
                heads(
                    &tunnel.request,
                    &tunnel.response,
                    secrets,
                    style,
                    &mut lines,
                );
                lines.extend(body(&tunnel.body, style));
            }
            Detail::Tls(record) => certificates(record, style, &mut lines),
            _ => {}
        }
    }
    lines
}

/// What each certificate of the chain says of itself, the server's own first.
pub fn certificates(record: &tls::Record, style: Style, lines: &mut Vec<String>) {
    for certificate in record.chain() {
        let names = match certificate.names.as_slice() {
            [] => String::new(),
            names => format!(", for {}", names.join(", ")),
        };
        let text = format!(
            "{}{names}, issued by {}, {} to {} ({})",
            certificate.subject,
            certificate.issuer,
            day(certificate.not_before),
            day(certificate.not_after),
            days_left(&certificate),
        );
        lines.push(format!(
            "{} {:<11} {}",
            style.paint(Role::Dim, "*"),
            "certificate",
            visible(&text, Layout::SingleLine)
        ));
    }
}

fn days_left(certificate: &tls::Certificate) -> String {
    match certificate.days_left() {
        // rounded down: what ended an hour ago has -1 left
        -1 => "expired within the last day".to_owned(),
        left @ ..-1 => format!("expired {} ago", counted(-1 - left, "day")),
        left => format!("{} left", counted(left, "day")),
    }
}

fn day(since_1970: i64) -> String {
    jiff::Timestamp::from_second(since_1970).map_or_else(
        |_| "an impossible day".to_owned(),
        |at| at.strftime("%Y-%m-%d").to_string(),
    )
}

/// A step in one line: its stage, what came of it, how long it took.
#[must_use]
pub fn step_line(step: &Step, style: Style) -> String {
    let (mark, role) = match step.failure {
        None => ("*", Role::Dim),
        Some(_) => ("!", Role::Error),
    };
    format!(
        "{} {:<11} {}  {}",
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
        None => format!("direct: {why}"),
    }
}

fn describe_tunnel(tunnel: &Tunnel) -> String {
    let answer = tunnel
        .status
        .map_or_else(String::new, |status| format!(", answered {status}"));
    format!("tunnel to {}{answer}", tunnel.destination)
}

fn describe_dns(dns: &Dns) -> String {
    let addresses: Vec<_> = dns.addresses.iter().map(ToString::to_string).collect();
    if addresses.is_empty() {
        return format!("{}: no address", dns.host);
    }
    match dns.source {
        DnsSource::Literal => format!("{} is an address", dns.host),
        DnsSource::System => format!("{} is {}", dns.host, addresses.join(", ")),
        DnsSource::Rule => format!("{} is {} by --resolve", dns.host, addresses.join(", ")),
    }
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
    match record.trust {
        Some(tls::Trust::Builtin) => parts.push("certificate valid".to_owned()),
        Some(tls::Trust::System) => {
            parts.push("certificate valid by the system's store".to_owned());
        }
        None => {}
    }
    if record.ocsp_stapled > 0 {
        parts.push(format!("OCSP stapled, {} bytes", record.ocsp_stapled));
    }
    if record.client_certificate_requested {
        parts.push("client certificate asked for".to_owned());
    }
    if let Some(product) = tls::certificate::interceptor(&record.chain()) {
        parts.push(format!("intercepted by {product}?"));
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
    lines.extend(head(request, Role::Sent, secrets, style));
    lines.extend(head(response, Role::Received, secrets, style));
}

fn head(head: &[u8], role: Role, secrets: Secrets, style: Style) -> Vec<String> {
    marked(&secrets.head(head), MOST_OF_A_HEAD, role, style)
}

/// An empty line and the body under its head; nothing for an empty one.
fn body(body: &[u8], style: Style) -> Vec<String> {
    if body.trim_ascii().is_empty() {
        return Vec::new();
    }
    let mut lines = marked(b"", MOST_OF_A_BODY, Role::Received, style);
    lines.extend(marked(body, MOST_OF_A_BODY, Role::Received, style));
    lines
}

fn marked(bytes: &[u8], most: usize, role: Role, style: Style) -> Vec<String> {
    let mark = style.paint(role, if role == Role::Sent { ">" } else { "<" });
    let whole = bytes.trim_ascii_end();
    let shown = &whole[..whole.len().min(most)];
    let mut lines: Vec<_> = visible(shown, Layout::Lines)
        .split('\n')
        // a line that ends with `\n` alone is worth seeing, so only the usual `\r` goes
        .map(|line| line.strip_suffix("\\r").unwrap_or(line))
        .map(|line| format!("{mark} {line}").trim_end().to_owned())
        .collect();
    if shown.len() < whole.len() {
        lines.push(format!(
            "{mark} (and {})",
            counted(whole.len() - shown.len(), "more byte")
        ));
    }
    lines
}
