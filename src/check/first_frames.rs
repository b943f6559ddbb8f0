//! The last rung: does the peer answer a ping, and a Close.

use std::time::{Duration, Instant};

use super::{
    conversation::{Conversation, Waited},
    evidence::{Evidence, Fact},
    ladder::{Mark, Rung},
    stall,
};
use crate::{
    net::Timeline,
    output::seconds,
    ws::{CloseFrame, Rule, Violation},
};

/// How long a pong, and the answer to a Close, may take.
const PATIENCE: Duration = Duration::from_secs(2);

/// What a working peer did with the first frames.
#[derive(Clone, Debug, Default)]
pub struct Manners {
    /// From ping to pong.
    pub pong: Option<Duration>,
    /// From Close to Close.
    pub close: Option<Duration>,
    /// The first message that it sent unasked.
    pub greeting: Vec<u8>,
}

/// Pings, closes, and notes what came of it.
pub(super) fn exchange(
    conversation: &mut Conversation,
    timeline: &Timeline,
    evidence: &mut Evidence,
) -> (Rung, Manners) {
    let mut manners = Manners::default();
    let began = Instant::now();
    let mut waited = ping(conversation, &mut manners);
    if waited == Waited::Passed {
        evidence.saw(Fact::NoPong);
        evidence.value("pong_s", seconds(PATIENCE));
        stall::look(timeline, evidence);
    }
    manners.greeting.clone_from(&conversation.heard.first);
    let was_closed = conversation.heard.close.is_some();
    if !was_closed && matches!(waited, Waited::Came | Waited::Passed) {
        waited = close(conversation, &mut manners, waited);
    }
    note_end(conversation, waited, was_closed, evidence);
    note_greeting(&manners.greeting, evidence);
    let lines = lines(conversation, &manners, waited, was_closed);
    let has_failed = was_closed || !matches!(waited, Waited::Came) || manners.pong.is_none();
    let mark = if has_failed {
        Mark::Broken
    } else {
        Mark::Passed
    };
    let rung = Rung {
        took: Some(began.elapsed()),
        ..Rung::new("frames", mark, lines)
    };
    (rung, manners)
}

fn ping(conversation: &mut Conversation, manners: &mut Manners) -> Waited {
    let began = Instant::now();
    // A failed write means that the peer has gone; the read says how.
    let _ = conversation.ping();
    let waited = conversation.wait(began + PATIENCE, |heard| {
        heard.pongs > 0 || heard.close.is_some()
    });
    if conversation.heard.pongs > 0 {
        manners.pong = Some(began.elapsed());
    }
    waited
}

fn close(conversation: &mut Conversation, manners: &mut Manners, before: Waited) -> Waited {
    let began = Instant::now();
    let _ = conversation.close(); // as above
    let waited = conversation.wait(began + PATIENCE, |heard| heard.close.is_some());
    if conversation.heard.close.is_some() {
        manners.close = Some(began.elapsed());
    }
    match (before, waited) {
        (Waited::Passed, Waited::Came | Waited::Fin | Waited::Passed) => Waited::Passed,
        // A server that ends TCP in answer to a Close frame is impolite, not broken.
        (Waited::Came, Waited::Fin | Waited::Reset | Waited::Passed) => Waited::Came,
        (_, waited) => waited,
    }
}

fn note_end(
    conversation: &Conversation,
    waited: Waited,
    was_closed: bool,
    evidence: &mut Evidence,
) {
    evidence.value("took_open", seconds(conversation.age()));
    if let Some(violation) = &conversation.heard.violation {
        evidence.value("violation", violation.to_string());
        let fact = violation_fact(violation, evidence);
        evidence.saw(fact);
        return;
    }
    if was_closed {
        if let Some(close) = &conversation.heard.close {
            evidence.value("close_code", code(close));
            evidence.value("close_reason", reason(close));
            evidence.facts.extend(close_fact(close.code));
        }
        return;
    }
    match waited {
        Waited::Fin => evidence.saw(Fact::FinAfterUpgrade),
        Waited::Reset => evidence.saw(Fact::ResetAfterUpgrade),
        Waited::Came => evidence.saw(Fact::PongSeen),
        Waited::Passed | Waited::Broken => {}
    }
}

fn violation_fact(violation: &Violation, evidence: &mut Evidence) -> Fact {
    match violation.rule {
        Rule::HttpInStream => {
            let text = String::from_utf8_lossy(&violation.bytes);
            evidence.value("stream_text", text.lines().next().unwrap_or_default());
            Fact::HttpInStream
        }
        Rule::ReservedBits(_) => Fact::ReservedBits,
        Rule::MaskedByServer => Fact::MaskedFrame,
        Rule::InvalidUtf8(_) => Fact::BadUtf8,
        Rule::Inflate => Fact::BadDeflate,
        Rule::CloseTooShort | Rule::CloseCode(_) | Rule::CloseReasonUtf8 => Fact::BadClose,
        _ => Fact::BadFrame,
    }
}

/// The fact that a Close code stands for; none where it is an ordinary end.
#[must_use]
pub fn close_fact(code: Option<u16>) -> Option<Fact> {
    Some(match code {
        None => Fact::ClosedNoCode,
        Some(1001 | 1012) => Fact::ClosedGoingAway,
        Some(1002 | 1003 | 1007 | 1010) => Fact::ClosedProtocol,
        Some(1008) => Fact::ClosedPolicy,
        Some(1009) => Fact::ClosedTooBig,
        Some(1011) => Fact::ClosedInternal,
        Some(1013) => Fact::ClosedTryLater,
        Some(3000..=4999) => Fact::ClosedApplication,
        Some(_) => return None,
    })
}

/// Libraries whose packets ride on WebSocket, and how their first message begins.
const GREETINGS: [(&[u8], &str); 4] = [
    (b"0{\"sid\"", "Socket.IO (Engine.IO)"),
    (b"{\"type\":\"welcome\"", "Action Cable"),
    (b"{}\x1e", "SignalR"),
    (b"o", "SockJS"),
];

fn note_greeting(greeting: &[u8], evidence: &mut Evidence) {
    let is_first = |begins: &[u8]| {
        if begins.len() == 1 {
            greeting == begins
        } else {
            greeting.starts_with(begins)
        }
    };
    if let Some((_, library)) = GREETINGS.iter().find(|(begins, _)| is_first(begins)) {
        evidence.value("library", *library);
        evidence.saw(Fact::SpeaksLibrary);
    }
}

fn lines(
    conversation: &Conversation,
    manners: &Manners,
    waited: Waited,
    was_closed: bool,
) -> Vec<String> {
    let heard = &conversation.heard;
    let mut lines = Vec::new();
    if let Some(violation) = &heard.violation {
        lines.push(violation.to_string());
    } else if let (true, Some(close)) = (was_closed, &heard.close) {
        lines.push(format!("the server closed: {close}"));
    } else {
        lines.push(match waited {
            Waited::Fin => format!(
                "FIN {} after the 101, no Close frame",
                seconds(conversation.age())
            ),
            Waited::Reset => format!("RST {} after the 101", seconds(conversation.age())),
            _ => String::new(),
        });
    }
    lines.retain(|line| !line.is_empty());
    let pong = manners.pong.map(|pong| format!("pong in {}", millis(pong)));
    let close = manners
        .close
        .map(|close| format!("Close answered in {}", millis(close)));
    let polite: Vec<_> = pong.into_iter().chain(close).collect();
    if !polite.is_empty() {
        lines.push(polite.join(", "));
    } else if waited == Waited::Passed {
        lines.push(format!("no pong in {}", seconds(PATIENCE)));
    }
    if !manners.greeting.is_empty() {
        lines.push(format!(
            "it spoke first: {}",
            super::reading::greeting(&manners.greeting)
        ));
    }
    lines
}

fn code(close: &CloseFrame) -> String {
    close
        .code
        .map_or_else(|| "no code".to_owned(), |code| code.to_string())
}

fn reason(close: &CloseFrame) -> String {
    match String::from_utf8_lossy(&close.reason) {
        reason if reason.is_empty() => "no reason given".to_owned(),
        reason => format!("\"{reason}\""),
    }
}

/// Times below a second with a digit behind the point.
#[must_use]
pub fn millis(duration: Duration) -> String {
    if duration < Duration::from_secs(1) {
        format!("{:.1} ms", duration.as_secs_f64() * 1000.0)
    } else {
        seconds(duration)
    }
}
