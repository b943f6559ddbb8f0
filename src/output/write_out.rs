//! `-w FORMAT`: facts about the run, written after it in the form that a script asks for, as curl does.

use std::{
    io::{self, Write as _},
    str::FromStr,
    time::Duration,
};

use serde_json::{Map, Value};

use super::sanitize::{Layout, visible};
use crate::{
    error::{Error, Exit},
    net::{
        Stage, Target, Timeline,
        http::Head,
        timeline::{Detail, Tcp},
    },
    session::Summary,
};

/// A parsed format.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WriteOut(Vec<Part>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    Variable(&'static str),
    Header(String),
    Json,
    To(Destination),
}

/// Where the text goes from here on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Destination {
    Stdout,
    Stderr,
}

/// What is known about a run once it is over.
#[derive(Debug)]
pub struct Facts<'a> {
    /// How it connected.
    pub timeline: &'a Timeline,
    /// Where to.
    pub target: &'a Target,
    /// How it ended; `None` where it did not begin.
    pub summary: Option<&'a Summary>,
    /// Why it failed, if it did.
    pub error: Option<&'a Error>,
    /// From the start to now.
    pub total: Duration,
}

/// One fact, in the form that text and JSON both take.
enum Fact {
    Seconds(Duration),
    Number(u64),
    Text(String),
}

type Row = (&'static str, fn(&Facts<'_>) -> Fact);

/// Every variable; curl's names where curl has them.
const VARIABLES: &[Row] = &[
    ("close_code", |facts| {
        Fact::Number(facts.close().map_or(0, |(code, _)| code.into()))
    }),
    ("close_reason", |facts| {
        Fact::Text(facts.close().map(|(_, reason)| reason).unwrap_or_default())
    }),
    ("errormsg", |facts| {
        Fact::Text(facts.error.map(Error::to_string).unwrap_or_default())
    }),
    ("exitcode", |facts| {
        let exit = facts.error.map_or(Exit::Done, Error::exit);
        Fact::Number((exit as u8).into())
    }),
    ("http_code", |facts| Fact::Number(facts.status())),
    ("http_connect", |facts| {
        Fact::Number(
            facts
                .timeline
                .tunnel()
                .and_then(|tunnel| tunnel.status)
                .map_or(0, u64::from),
        )
    }),
    ("local_ip", |facts| {
        Fact::Text(
            facts
                .local()
                .map(|local| local.ip().to_string())
                .unwrap_or_default(),
        )
    }),
    ("local_port", |facts| {
        Fact::Number(facts.local().map_or(0, |local| local.port().into()))
    }),
    ("messages_received", |facts| {
        Fact::Number(facts.summary.map_or(0, |summary| summary.received.messages))
    }),
    ("messages_sent", |facts| {
        Fact::Number(facts.summary.map_or(0, |summary| summary.sent.messages))
    }),
    ("num_redirects", |facts| Fact::Number(facts.redirects())),
    ("proxy_used", |facts| {
        Fact::Number(facts.timeline.last(Stage::Proxy).is_some().into())
    }),
    ("remote_ip", |facts| {
        Fact::Text(
            facts
                .timeline
                .peer()
                .map(|peer| peer.ip().to_string())
                .unwrap_or_default(),
        )
    }),
    ("remote_port", |facts| {
        Fact::Number(facts.timeline.peer().map_or(0, |peer| peer.port().into()))
    }),
    ("response_code", |facts| Fact::Number(facts.status())),
    ("scheme", |facts| {
        Fact::Text(facts.target.scheme.name().to_owned())
    }),
    ("size_download", |facts| {
        Fact::Number(facts.summary.map_or(0, |summary| summary.received.bytes))
    }),
    ("size_upload", |facts| {
        Fact::Number(facts.summary.map_or(0, |summary| summary.sent.bytes))
    }),
    ("ssl_verify_result", |facts| {
        Fact::Number(facts.is_certificate_wrong().into())
    }),
    ("subprotocol", |facts| {
        Fact::Text(facts.header("Sec-WebSocket-Protocol"))
    }),
    ("time_appconnect", |facts| {
        Fact::Seconds(facts.end_of(Stage::Tls))
    }),
    ("time_connect", |facts| {
        Fact::Seconds(facts.end_of(Stage::Tcp))
    }),
    ("time_namelookup", |facts| {
        Fact::Seconds(facts.end_of(Stage::Dns))
    }),
    ("time_pretransfer", |facts| {
        Fact::Seconds(
            facts
                .timeline
                .last(Stage::Upgrade)
                .map_or(Duration::ZERO, |step| step.began),
        )
    }),
    ("time_starttransfer", |facts| {
        Fact::Seconds(facts.end_of(Stage::Upgrade))
    }),
    ("time_total", |facts| Fact::Seconds(facts.total)),
    ("tls_version", |facts| {
        Fact::Text(
            facts
                .timeline
                .tls()
                .and_then(|record| record.version)
                .unwrap_or_default()
                .to_owned(),
        )
    }),
    ("url", |facts| Fact::Text(facts.target.to_string())),
];

impl Facts<'_> {
    fn close(&self) -> Option<(u16, String)> {
        let frame = self.summary?.peers.as_ref()?;
        let reason = String::from_utf8_lossy(frame.reason.as_ref()).into_owned();
        Some((frame.code?, reason))
    }

    fn status(&self) -> u64 {
        self.timeline
            .upgrade()
            .and_then(|upgrade| upgrade.status)
            .map_or(0, u64::from)
    }

    fn redirects(&self) -> u64 {
        let upgrades = self
            .timeline
            .steps()
            .iter()
            .filter(|step| step.stage == Stage::Upgrade);
        (upgrades.count() as u64).saturating_sub(1)
    }

    fn local(&self) -> Option<std::net::SocketAddr> {
        self.timeline
            .steps()
            .iter()
            .rev()
            .find_map(|step| match &step.detail {
                Detail::Tcp(Tcp { local, .. }) => *local,
                _ => None,
            })
    }

    fn is_certificate_wrong(&self) -> bool {
        self.timeline
            .tls()
            .is_some_and(|record| record.certificate_fault.is_some())
    }

    fn end_of(&self, stage: Stage) -> Duration {
        self.timeline
            .last(stage)
            .map_or(Duration::ZERO, |step| step.began + step.took)
    }

    fn header(&self, name: &str) -> String {
        self.timeline
            .upgrade()
            .and_then(|upgrade| Head::parse(&upgrade.response).ok())
            .and_then(|head| head.value(name))
            .unwrap_or_default()
    }
}

impl Fact {
    fn text(self) -> String {
        match self {
            Self::Seconds(duration) => format!("{:.6}", duration.as_secs_f64()),
            Self::Number(number) => number.to_string(),
            Self::Text(text) => text,
        }
    }

    fn json(self) -> Value {
        match self {
            Self::Seconds(duration) => duration.as_secs_f64().into(),
            Self::Number(number) => number.into(),
            Self::Text(text) => text.into(),
        }
    }
}

/// The names of the variables, for the man page.
pub fn variables() -> impl Iterator<Item = &'static str> {
    VARIABLES.iter().map(|(name, _)| *name)
}

impl FromStr for WriteOut {
    type Err = String;

    fn from_str(format: &str) -> Result<Self, String> {
        if format.parse::<f64>().is_ok() {
            return Err("a number tells nothing; how long to stay is --wait SECONDS".to_owned());
        }
        let mut parts = Vec::new();
        let mut rest = format;
        while let Some(at) = rest.find(['%', '\\']) {
            let (text, special) = rest.split_at(at);
            push_text(&mut parts, text);
            rest = parse_special(special, &mut parts)?;
        }
        push_text(&mut parts, rest);
        Ok(Self(parts))
    }
}

fn push_text(parts: &mut Vec<Part>, text: &str) {
    if !text.is_empty() {
        parts.push(Part::Text(text.to_owned()));
    }
}

/// Takes one escape or variable off the front, and returns what follows it.
fn parse_special<'a>(special: &'a str, parts: &mut Vec<Part>) -> Result<&'a str, String> {
    const ESCAPES: [(&str, &str); 5] = [
        ("%%", "%"),
        ("\\n", "\n"),
        ("\\r", "\r"),
        ("\\t", "\t"),
        ("\\\\", "\\"),
    ];
    for (escape, meaning) in ESCAPES {
        if let Some(rest) = special.strip_prefix(escape) {
            push_text(parts, meaning);
            return Ok(rest);
        }
    }
    let is_header = special.starts_with("%header{");
    let Some(inner) = special.strip_prefix(if is_header { "%header{" } else { "%{" }) else {
        let (literal, rest) = special.split_at(1);
        push_text(parts, literal);
        return Ok(rest);
    };
    let (name, rest) = inner
        .split_once('}')
        .ok_or_else(|| format!("the brace of %{{{inner} is not closed"))?;
    parts.push(if is_header {
        Part::Header(name.to_owned())
    } else {
        parse_variable(name)?
    });
    Ok(rest)
}

fn parse_variable(name: &str) -> Result<Part, String> {
    match name {
        "json" => Ok(Part::Json),
        "stdout" => Ok(Part::To(Destination::Stdout)),
        "stderr" => Ok(Part::To(Destination::Stderr)),
        name => VARIABLES
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(known, _)| Part::Variable(known))
            .ok_or_else(|| format!("there is no variable %{{{name}}}")),
    }
}

impl WriteOut {
    /// Writes the facts: to standard output, unless the format says otherwise.
    ///
    /// # Errors
    /// The stream's.
    pub fn write(&self, facts: &Facts<'_>, is_tty: bool) -> io::Result<()> {
        let mut to = Destination::Stdout;
        for part in &self.0 {
            let text = match part {
                Part::To(destination) => {
                    to = *destination;
                    continue;
                }
                part => part.text(facts, is_tty),
            };
            match to {
                Destination::Stdout => io::stdout().lock().write_all(text.as_bytes())?,
                Destination::Stderr => io::stderr().lock().write_all(text.as_bytes())?,
            }
        }
        io::stdout().lock().flush()
    }
}

impl Part {
    fn text(&self, facts: &Facts<'_>, is_tty: bool) -> String {
        let text = match self {
            Self::Text(text) => return text.clone(),
            Self::Variable(name) => fact(name, facts),
            Self::Header(name) => facts.header(name),
            Self::Json => json(facts),
            Self::To(_) => String::new(),
        };
        if is_tty {
            visible(&text, Layout::SingleLine).into_owned()
        } else {
            text
        }
    }
}

fn fact(name: &str, facts: &Facts<'_>) -> String {
    let row = VARIABLES.iter().find(|(known, _)| *known == name);
    row.map(|(_, fact)| fact(facts).text()).unwrap_or_default()
}

fn json(facts: &Facts<'_>) -> String {
    let object: Map<String, Value> = VARIABLES
        .iter()
        .map(|(name, fact)| ((*name).to_owned(), fact(facts).json()))
        .collect();
    Value::Object(object).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(format: &str) -> String {
        let timeline = Timeline::new();
        let facts = Facts {
            timeline: &timeline,
            target: &Target::parse("ws://u:p@h/").unwrap().0,
            summary: None,
            error: Some(&Error::Lost("reset".to_owned())),
            total: Duration::from_millis(1500),
        };
        let WriteOut(parts) = format.parse().unwrap();
        parts.iter().map(|part| part.text(&facts, false)).collect()
    }

    #[test]
    fn a_format_is_filled_in() {
        for (format, expected) in FORMATS {
            assert_eq!(written(format), *expected, "{format}");
        }
    }

    #[test]
    fn json_holds_every_variable() {
        let value: Value = serde_json::from_str(&written("%{json}")).unwrap();
        assert_eq!(value.as_object().unwrap().len(), VARIABLES.len());
        assert_eq!(value["exitcode"], 9);
    }

    #[test]
    fn what_is_no_variable_is_an_error() {
        assert!(
            "%{nonsense}"
                .parse::<WriteOut>()
                .unwrap_err()
                .contains("%{nonsense}")
        );
        assert!(
            "%{url"
                .parse::<WriteOut>()
                .unwrap_err()
                .contains("not closed")
        );
    }

    const FORMATS: &[(&str, &str)] = &[
        ("%{exitcode} %{http_code}\\n", "9 0\n"),
        ("%{time_total}\\t%%{x}", "1.500000\t%{x}"),
        ("%{url}%{stderr}!%header{Server}", "ws://h/!"),
        ("100% \\d", "100% \\d"),
        ("%{errormsg}", "reset"),
    ];
}
