//! Reads facts and values off an answer to the upgrade, given what was asked.

use url::Url;

use super::{
    answer::{Answer, End},
    evidence::{Evidence, Fact, Probe},
    fingerprint,
};

/// What the request was for, as far as an answer may refer to it.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// The URL without secrets, `ws` or `wss`.
    pub url: &'a str,
    /// The size of the request's head.
    pub request_bytes: usize,
}

/// Notes the answer to the upgrade, and what it says.
pub fn upgrade_answer(answer: Answer, asked: Asked<'_>, evidence: &mut Evidence) {
    evidence.value("request_bytes", asked.request_bytes.to_string());
    evidence.value("took", crate::output::seconds(answer.took));
    if let Some(code) = answer.status() {
        evidence.value("code", code.to_string());
    }
    if let Some(status) = answer.status_text() {
        evidence.value("status", status);
    }
    for (name, header) in [
        ("www_authenticate", "www-authenticate"),
        ("retry_after", "retry-after"),
        ("location", "location"),
    ] {
        evidence.value(name, answer.header(header).unwrap_or("not given"));
    }
    let saying = answer.saying();
    evidence.value(
        "saying",
        saying.map_or_else(|| "nothing".to_owned(), |said| shortened(&said)),
    );
    if answer.status().is_none() && !answer.raw.is_empty() {
        evidence.value("greeting", greeting(&answer.raw));
    }
    if let Some(location) = answer.header("location") {
        redirect(location, asked.url, evidence);
    }
    if is_cut_off(&answer) {
        evidence.saw(Fact::HeadTruncated);
    }
    if fingerprint::author(&answer).is_some_and(|author| author.product.name == "Socket.IO") {
        evidence.value("library", "Socket.IO");
    }
    evidence.answers.insert(Probe::Upgrade, answer);
}

/// The first bytes of what is no HTTP, as a person can read them.
#[must_use]
pub fn greeting(bytes: &[u8]) -> String {
    let line = bytes
        .split(|byte| *byte == b'\n')
        .next()
        .unwrap_or_default();
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let shown = &line[..line.len().min(40)];
    format!("\"{}\"", shown.escape_ascii())
}

/// At most the part of a sentence that fits beside others.
fn shortened(text: &str) -> String {
    let mut short: String = text.chars().take(100).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

fn is_cut_off(answer: &Answer) -> bool {
    let has_end = |end: &[u8]| memchr::memmem::find(&answer.raw, end).is_some();
    let begins = answer.raw.starts_with(b"HTTP/") || b"HTTP/".starts_with(&answer.raw[..]);
    let ended = matches!(answer.end, End::Fin | End::Reset);
    ended && begins && !answer.raw.is_empty() && !has_end(b"\r\n\r\n") && !has_end(b"\n\n")
}

/// Where a redirect leads, in the terms of the request.
fn redirect(location: &str, asked: &str, evidence: &mut Evidence) {
    // `Url` knows how to join and compare http URLs; ws has the same form.
    let Some(from) = Url::parse(&with_http(asked)).ok() else {
        return;
    };
    let Ok(to) = from.join(&with_http(location)) else {
        return;
    };
    evidence.value("ready_url", to.as_str().replacen("http", "ws", 1));
    if is_login(to.path()) {
        evidence.saw(Fact::RedirectToLogin);
    } else if to.host() == from.host() && from.scheme() == "http" && to.scheme() == "https" {
        evidence.saw(Fact::RedirectToTls);
    } else if to.host() == from.host() && to.path() == format!("{}/", from.path()) {
        evidence.saw(Fact::RedirectSlash);
    }
}

fn with_http(url: &str) -> String {
    match url.strip_prefix("ws") {
        Some(rest) if rest.starts_with("://") || rest.starts_with("s://") => format!("http{rest}"),
        _ => url.to_owned(),
    }
}

fn is_login(path: &str) -> bool {
    let path = path.to_ascii_lowercase();
    [
        "login",
        "signin",
        "sign-in",
        "oauth",
        "saml",
        "/sso",
        "authorize",
    ]
    .iter()
    .any(|word| path.contains(word))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn facts(raw: &str, url: &str) -> Evidence {
        let mut evidence = Evidence::default();
        let answer = Answer::new(raw.as_bytes().to_vec(), End::Fin, Duration::ZERO);
        upgrade_answer(
            answer,
            Asked {
                url,
                request_bytes: 160,
            },
            &mut evidence,
        );
        evidence
    }

    #[test]
    fn redirects_are_told_apart_by_where_they_lead() {
        for (from, location, fact, ready) in [
            (
                "ws://h/ws",
                "https://h:8443/ws",
                Fact::RedirectToTls,
                "wss://h:8443/ws",
            ),
            (
                "ws://h/slash",
                "http://h/slash/",
                Fact::RedirectSlash,
                "ws://h/slash/",
            ),
            (
                "wss://h/slash",
                "/slash/",
                Fact::RedirectSlash,
                "wss://h/slash/",
            ),
            (
                "ws://h/ws",
                "/auth/login?next=/ws",
                Fact::RedirectToLogin,
                "ws://h/auth/login?next=/ws",
            ),
        ] {
            let raw = format!("HTTP/1.1 301 Moved Permanently\r\nLocation: {location}\r\n\r\n");
            let evidence = facts(&raw, from);
            assert!(evidence.has(fact), "{location}: {:?}", evidence.facts);
            assert_eq!(evidence.values["ready_url"], ready);
        }
    }

    #[test]
    fn a_head_that_ends_early_is_noticed() {
        assert!(facts("HTTP/1.1 101 Swi", "ws://h/").has(Fact::HeadTruncated));
        assert!(!facts("SSH-2.0-x\r\n", "ws://h/").has(Fact::HeadTruncated));
        assert!(!facts("", "ws://h/").has(Fact::HeadTruncated));
    }

    #[test]
    fn a_greeting_is_one_printable_line() {
        assert_eq!(
            greeting(b"SSH-2.0-OpenSSH_9.2\r\nmore"),
            "\"SSH-2.0-OpenSSH_9.2\""
        );
        assert_eq!(greeting(b"\x1b[2J\xff"), "\"\\x1b[2J\\xff\"");
    }
}
