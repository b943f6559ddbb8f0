//! A failure to connect, as a report: the verdict, the stages with their times and one mark, the evidence, and what to
//! try next.
//!
//! ```text
//! wscope: the upgrade was refused: 403 Forbidden
//!   dns         app.example is 203.0.113.7                        2 ms
//!   tcp         203.0.113.7:443 connected                        11 ms
//!   tls         TLS 1.3, TLS13_AES_128_GCM_SHA256                14 ms
//! ✗ upgrade     answered 403                                      3 ms
//!       HTTP/1.1 403 Forbidden
//!       Server: nginx
//!       no entry for you
//!   hop         the answer came from or through the reverse proxy (nginx)
//!   next        wscope check wss://app.example/ws
//! ```

use super::{
    again::Again,
    sanitize::{Layout, visible},
    seconds,
    style::{Role, Style},
    verbose::describe,
};
use crate::{
    check::{
        answer::{Answer, End},
        fingerprint::{self, Identified},
        hop::Hop,
    },
    error::Error,
    handshake,
    net::{
        self, Scheme, Timeline,
        proxy::{self, Credentials},
        redact::Secrets,
        resolve,
        timeline::{Detail, Step},
        tls,
    },
};

/// Lines of a head that are shown.
const MOST_LINES: usize = 24;

/// Lines of a body that are shown.
const MOST_BODY_LINES: usize = 8;

/// How the report is laid out.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    /// The colours of standard error.
    pub style: Style,
    /// Its columns.
    pub width: usize,
    /// Whether secrets are shown.
    pub secrets: Secrets,
}

/// Whether the stages stand in the report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stages {
    /// They do.
    Told,
    /// `-v` has told them already, with the heads.
    Known,
}

/// The lines under the verdict; none where the failure is not one of connecting.
#[must_use]
pub fn report(
    timeline: &Timeline,
    error: &Error,
    again: Again<'_>,
    stages: Stages,
    look: Look,
) -> Vec<String> {
    if !matches!(error, Error::Net(_) | Error::Handshake(_)) || timeline.failed().is_none() {
        return Vec::new();
    }
    let mut lines = Vec::new();
    if stages == Stages::Told {
        let told = timeline.steps().iter().filter(|step| is_worth_a_rung(step));
        lines.extend(told.map(|step| look.rung(step)));
        lines.extend(
            timeline
                .failed()
                .into_iter()
                .flat_map(|step| look.evidence(step)),
        );
    }
    if let Some(author) = answered_by(timeline) {
        lines.extend(look.paragraph("hop", &author));
    }
    for suspicion in suspicions(timeline) {
        lines.extend(look.paragraph("note", &suspicion));
    }
    lines.extend(look.fold("next", &advice(error, timeline, again)));
    lines
}

impl Look {
    fn rung(self, step: &Step) -> String {
        let (mark, role) = match step.failure {
            Some(_) => ("\u{2717}", Role::Error),
            None => (" ", Role::Dim),
        };
        let took = seconds(step.took);
        let room = self.columns().saturating_sub(14 + took.chars().count() + 2);
        let text = clip(&describe(&step.detail), room);
        let pad = room.saturating_sub(text.chars().count());
        format!(
            "{} {:<11} {text}{:pad$}  {}",
            self.style.paint(role, mark),
            step.stage.name(),
            "",
            self.style.paint(Role::Dim, took),
        )
    }

    /// A named text, folded at the spaces.
    fn paragraph(self, name: &str, text: &str) -> Vec<String> {
        self.fold(name, &words(text))
    }

    /// A named text of words that stay whole, such as a command that is to be pasted.
    fn fold(self, name: &str, words: &[String]) -> Vec<String> {
        let room = self.columns() - 14;
        let mut rows = vec![String::new()];
        for word in words {
            let word = visible(word, Layout::SingleLine);
            let row = rows.last().map_or(0, |row| row.chars().count());
            match rows.last_mut() {
                Some(last) if row == 0 || row + 1 + word.chars().count() <= room => {
                    if row > 0 {
                        last.push(' ');
                    }
                    last.push_str(&word);
                }
                _ => rows.push(word.into_owned()),
            }
        }
        let names = std::iter::once(name).chain(std::iter::repeat(""));
        rows.iter()
            .zip(names)
            .map(|(row, name)| {
                format!(
                    "  {} {row}",
                    self.style.paint(Role::Dim, format!("{name:<11}"))
                )
            })
            .collect()
    }

    fn columns(self) -> usize {
        self.width.clamp(40, 120)
    }

    /// The answer that the failing step got: its head and the beginning of its body.
    fn evidence(self, step: &Step) -> Vec<String> {
        let (head, body, is_text): (&[u8], &[u8], bool) = match &step.detail {
            Detail::Upgrade(upgrade) => (&upgrade.response, &upgrade.body, true),
            Detail::Proxy(tunnel) => (
                &tunnel.response,
                &tunnel.body,
                tunnel.response.starts_with(b"HTTP/"),
            ),
            // once a version is agreed on, its bytes were TLS, and the fault is another
            Detail::Tls(record) if record.version.is_none() => {
                (&record.first_bytes, &[], record.first_bytes.is_ascii())
            }
            _ => return Vec::new(),
        };
        let width = self.columns() - 6;
        let mut lines = if is_text { self.head(head) } else { hex(head) };
        lines.truncate(MOST_LINES);
        let text = body_lines(body);
        let is_whole =
            text.len() <= MOST_BODY_LINES && text.iter().all(|line| line.chars().count() <= width);
        lines.extend(text.into_iter().take(MOST_BODY_LINES));
        if !is_whole {
            lines.push(format!("({} bytes in all; -v shows more)", body.len()));
        }
        lines
            .iter()
            .map(|line| format!("      {}", clip(line, width)))
            .collect()
    }

    fn head(self, head: &[u8]) -> Vec<String> {
        let head = self.secrets.head(head);
        text_lines(head.trim_ascii_end())
    }
}

/// What a reader needs of a body: not the markup, not the style sheet, no empty lines.
fn body_lines(body: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(body);
    let text = if text.trim_start().starts_with('<') {
        without_markup(&text)
    } else {
        text.into_owned()
    };
    text_lines(text.as_bytes())
        .into_iter()
        .filter(|line| !line.trim().is_empty())
        .collect()
}

/// That no proxy is used is no news.
fn is_worth_a_rung(step: &Step) -> bool {
    !matches!(step.detail, Detail::Environment { proxy: None, .. })
}

fn text_lines(bytes: &[u8]) -> Vec<String> {
    if bytes.is_empty() {
        return Vec::new();
    }
    visible(bytes, Layout::Lines)
        .split('\n')
        .map(|line| line.strip_suffix("\\r").unwrap_or(line).to_owned())
        .collect()
}

fn hex(bytes: &[u8]) -> Vec<String> {
    const MOST_BYTES: usize = 48;
    bytes[..bytes.len().min(MOST_BYTES)]
        .chunks(16)
        .map(|row| {
            row.iter()
                .map(|byte| format!("{byte:02x}"))
                .collect::<Vec<_>>()
                .join(" ")
        })
        .collect()
}

fn clip(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    let kept: String = text.chars().take(width.saturating_sub(3)).collect();
    format!("{kept}...")
}

/// The text of a page: what stands outside of tags, `head`'s style and script apart.
fn without_markup(page: &str) -> String {
    let mut text = String::with_capacity(page.len());
    let mut rest = page;
    while let Some(open) = rest.find('<') {
        text.push_str(&rest[..open]);
        let tag = &rest[open..];
        let skipped = ["style", "script", "!--"]
            .into_iter()
            .find_map(|name| skip_element(tag, name));
        rest = match (skipped, tag.find('>')) {
            (Some(after), _) => after,
            (None, Some(end)) => &tag[end + 1..],
            (None, None) => "",
        };
        if !text.ends_with(char::is_whitespace) {
            text.push(' ');
        }
    }
    text.push_str(rest);
    text.lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect::<Vec<_>>()
        .join("\n")
}

/// What follows an element whose content is not for reading.
fn skip_element<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    let start = tag.get(1..=name.len())?;
    if !start.eq_ignore_ascii_case(name) {
        return None;
    }
    let end = if name == "!--" {
        "-->".to_owned()
    } else {
        format!("</{name}")
    };
    // ASCII lower case keeps every byte's place.
    let at = tag.to_ascii_lowercase().find(&end)?;
    let after = &tag[at..];
    Some(after.find('>').map_or("", |close| &after[close + 1..]))
}

/// Which hop the answer to the upgrade names as its author, or else as the one that passed it on.
fn answered_by(timeline: &Timeline) -> Option<String> {
    let step = timeline.failed()?;
    let Detail::Upgrade(upgrade) = &step.detail else {
        return None;
    };
    upgrade.status?;
    let answer = Answer::of_parts(&upgrade.response, &upgrade.body, End::Open, step.took);
    let front = fingerprint::nearest(&answer).filter(|front| front.sure);
    match (fingerprint::author(&answer), front) {
        (Some(author), Some(front)) if author.product.is_websocket_server => Some(format!(
            "{} wrote this answer, behind {}",
            station(&author),
            station(&front)
        )),
        (Some(author), _) => Some(format!("{} wrote this answer", station(&author))),
        (None, Some(front)) => Some(format!(
            "the answer came from or through {}",
            station(&front)
        )),
        (None, None) => None,
    }
}

/// A forward proxy that answers the upgrade itself is none that opened a tunnel.
fn station(who: &Identified) -> String {
    let hop = match who.product.hop {
        Hop::YourProxy => Hop::OnPath,
        hop => hop,
    };
    format!("{} ({})", hop.noun(), who.label)
}

/// What the timeline shows that the verdict does not say.
fn suspicions(timeline: &Timeline) -> Vec<String> {
    let mut notes = Vec::new();
    for step in timeline.steps() {
        if let Detail::Dns(dns) = &step.detail {
            notes.extend(dns.suspicious().map(|(address, scope)| {
                format!(
                    "{} resolves to {address}, {}: a filter, a captive portal or a hosts file may answer for it",
                    dns.host,
                    scope.name()
                )
            }));
        }
    }
    if timeline
        .tls()
        .is_some_and(|record| record.client_certificate_requested)
    {
        notes.push(
            "the server asked for a client certificate: show one with --cert and --key".to_owned(),
        );
    }
    notes
}

/// The next thing to try: words, of which a command is one.
fn advice(error: &Error, timeline: &Timeline, again: Again<'_>) -> Vec<String> {
    match error {
        Error::Net(error) => net_advice(error, again),
        Error::Handshake(error) => handshake_advice(error, timeline, again),
        _ => vec![again.check()],
    }
}

fn words(text: &str) -> Vec<String> {
    text.split(' ').map(str::to_owned).collect()
}

fn net_advice(error: &net::Error, again: Again<'_>) -> Vec<String> {
    match error {
        net::Error::Resolve {
            source: resolve::Failure::Zone(_),
            ..
        } => words("write the interface as `ip address` names it: [fe80::1%eth0]"),
        net::Error::Resolve { .. } => words(&format!(
            "check the spelling; is it a name of a network behind a VPN? or give its address: --resolve {}:ADDRESS",
            again.target.host_and_port()
        )),
        error if is_plain_port(error) => vec![again.with_other_scheme()],
        net::Error::Proxy { source, .. } => {
            proxy_advice(source).map_or_else(|| vec![again.check()], words)
        }
        _ => vec![again.check()],
    }
}

fn proxy_advice(failure: &proxy::Failure) -> Option<&'static str> {
    Some(match failure {
        proxy::Failure::Authentication { offered, .. } if !proxy::offers_basic(offered) => {
            "run px or cntlm on this machine, which speak what that proxy wants, and name it instead: \
             -x http://127.0.0.1:3128"
        }
        proxy::Failure::Authentication {
            sent: Credentials::None | Credentials::Rejected,
            ..
        } => "give the proxy's user name and password: -U USER:PASSWORD",
        proxy::Failure::Unreachable(error) if is_plain_port(error) => {
            "that proxy is spoken to without TLS: -x http://..."
        }
        proxy::Failure::Unreachable(_) => "check the proxy's address, or go without it: -x ''",
        _ => return None,
    })
}

fn is_plain_port(error: &net::Error) -> bool {
    matches!(error, net::Error::Tls { source, .. } if matches!(**source, tls::Failure::NotTls { .. }))
}

fn handshake_advice(
    error: &handshake::Error,
    timeline: &Timeline,
    again: Again<'_>,
) -> Vec<String> {
    let is_tls = |first: &[u8]| matches!(first, [0x14..=0x17, 3, ..]);
    match error {
        handshake::Error::NotHttp { .. }
            if timeline
                .upgrade()
                .is_some_and(|upgrade| is_tls(&upgrade.response)) =>
        {
            vec![again.with_other_scheme()]
        }
        // What ends TLS may hang up on plain HTTP without a word.
        handshake::Error::EmptyReply | handshake::Error::Reset { received: 0 }
            if again.target.scheme == Scheme::Ws =>
        {
            let mut advice = words("if that port wants TLS:");
            advice.push(again.with_other_scheme());
            advice.push("else:".to_owned());
            advice.push(again.check());
            advice
        }
        handshake::Error::Refused(refusal) => match refusal.head.status {
            300..=399 if refusal.head.value("Location").is_some() => {
                words("follow the redirect: -L")
            }
            401 => words("give credentials: -u USER:PASSWORD, --oauth2-bearer TOKEN, -b COOKIES"),
            _ => vec![again.check()],
        },
        _ => vec![again.check()],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_read_without_its_markup() {
        for (page, expected) in PAGES {
            assert_eq!(without_markup(page), *expected, "{page}");
        }
    }

    #[test]
    fn any_page_is_survived() {
        arbtest::arbtest(|u| {
            let mut page = String::new();
            for _ in 0..u.int_in_range(0..=12)? {
                page.push_str(u.choose(&[
                    "<", ">", "<style", "</style", "<!--", "-->", "a", "\u{e9}", "<sc", "\n",
                ])?);
            }
            let _ = without_markup(&page);
            Ok(())
        });
    }

    const PAGES: &[(&str, &str)] = &[
        (
            "<html>\n<head><title>403</title></head>\n<b>no</b>\n",
            "403\nno",
        ),
        ("<style>body { a: b }</style>text", "text"),
        ("<!-- secret -->x<SCRIPT>y</SCRIPT >z", "x z"),
        ("<unclosed", ""),
    ];
}
