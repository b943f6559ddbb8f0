//! The words in which the tables of products and findings describe an answer.

use super::answer::{Answer, End};

/// One thing that can be true of an answer. Text is compared without regard to ASCII case.
#[derive(Clone, Copy, Debug)]
pub enum Mark {
    /// The status is one of these.
    Status(&'static [u16]),
    /// The reason phrase is this.
    Reason(&'static str),
    /// A header of that name contains the text; the empty text asks only for the header.
    Header(&'static str, &'static str),
    /// There is no header of that name.
    NoHeader(&'static str),
    /// The first of these headers stands before the second.
    Before(&'static str, &'static str),
    /// The body contains the text.
    Body(&'static str),
    /// The body, without the space around it, is exactly this.
    BodyIs(&'static str),
    /// The body has no bytes.
    NoBody,
    /// Every header name is in lower case.
    LowerCaseNames,
    /// The answer begins with an HTTP status line.
    Http,
    /// The answer is bytes that are no HTTP.
    NotHttp,
    /// The answer begins with these bytes.
    Begins(&'static [u8]),
    /// No answer came, and the connection ended so.
    Nothing(End),
    /// The connection ended so, whatever came.
    Ended(End),
    /// The first byte, or the end, came between these two times in milliseconds.
    Took(u64, u64),
}

impl Mark {
    /// True when the answer bears this mark.
    #[must_use]
    pub fn is_on(self, answer: &Answer) -> bool {
        match self {
            Self::Status(any_of) => answer
                .status()
                .is_some_and(|status| any_of.contains(&status)),
            Self::Reason(text) => answer
                .reason()
                .is_some_and(|reason| reason.eq_ignore_ascii_case(text)),
            Self::Header(name, text) => answer
                .headers_named(name)
                .any(|value| contains(value, text)),
            Self::NoHeader(name) => answer.header(name).is_none(),
            Self::Before(first, second) => {
                let at = |name: &str| {
                    let mut headers = answer.headers().iter();
                    headers.position(|(sent, _)| sent.eq_ignore_ascii_case(name))
                };
                at(first)
                    .zip(at(second))
                    .is_some_and(|(first, second)| first < second)
            }
            Self::Body(text) => contains(&answer.text(), text),
            Self::BodyIs(text) => answer.text().trim().eq_ignore_ascii_case(text),
            Self::NoBody => answer.body().is_empty(),
            Self::LowerCaseNames => answer.has_lower_case_names(),
            Self::Http => answer.status().is_some(),
            Self::NotHttp => answer.status().is_none() && !answer.raw.is_empty(),
            Self::Begins(bytes) => answer.raw.starts_with(bytes),
            Self::Nothing(end) => answer.raw.is_empty() && answer.end == end,
            Self::Ended(end) => answer.end == end,
            Self::Took(from, to) => {
                (u128::from(from)..u128::from(to)).contains(&answer.took.as_millis())
            }
        }
    }

    /// The literal bytes this mark was seen in, for the evidence lines of a report.
    #[must_use]
    pub fn quote(self, answer: &Answer) -> Option<String> {
        match self {
            Self::Header(name, text) => {
                let found = answer.headers().iter().find(|(sent, value)| {
                    sent.eq_ignore_ascii_case(name) && contains(value, text)
                })?;
                Some(format!("{}: {}", found.0, found.1))
            }
            Self::Body(text) | Self::BodyIs(text) => {
                let body = answer.text();
                let line = body.lines().find(|line| contains(line, text))?;
                Some(format!("\"{}\"", line.trim()))
            }
            Self::Reason(_) => answer.status_text(),
            Self::LowerCaseNames => Some("header names in lower case".to_owned()),
            _ => None,
        }
    }
}

fn contains(haystack: &str, needle: &str) -> bool {
    haystack
        .to_ascii_lowercase()
        .contains(&needle.to_ascii_lowercase())
}
