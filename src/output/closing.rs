//! The closing line: who closed, with what, after how long and how much.

use super::{
    counted,
    sanitize::{Layout, visible},
    seconds,
    style::{Role, Style},
};
use crate::{
    event::Direction,
    session::{Counts, End, Summary, TimedOut},
    ws::{CloseFrame, code_name},
};

/// One line about the end of a session.
#[must_use]
pub fn closing_line(summary: &Summary, style: Style) -> String {
    let how = how(summary);
    let role = if summary.is_clean() && summary.error(None).is_none() {
        Role::Good
    } else {
        Role::Error
    };
    let figures = format!(
        "{} · received {} · sent {}",
        seconds(summary.lasted),
        amount(summary.received),
        amount(summary.sent),
    );
    format!(
        "{} · {}",
        style.paint(role, how),
        style.paint(Role::Dim, figures)
    )
}

fn how(summary: &Summary) -> String {
    let frame = |frame: &Option<CloseFrame>| frame.as_ref().map_or_else(String::new, describe);
    match (&summary.end, summary.closed_by) {
        (End::Closed, Some(Direction::Received)) => {
            format!("closed by the server: {}", frame(&summary.peers))
        }
        (End::Closed, _) => {
            let (ours, peers) = (&summary.ours, &summary.peers);
            let is_echo = ours.as_ref().map(|ours| ours.code) == peers.as_ref().map(|p| p.code);
            let answer = match peers {
                Some(peers) if !is_echo => format!(", the server answered {}", describe(peers)),
                _ => String::new(),
            };
            format!("closed by us: {}{answer}", frame(ours))
        }
        (End::Lost(loss), _) => format!("lost: {loss}"),
        (End::Violation(violation), _) => format!(
            "closed by us: {}, the server broke the protocol",
            violation.rule.close_code()
        ),
        (End::TimedOut(TimedOut::Close(limit)), _) => format!(
            "closed by us: {}, which the server did not answer in {}",
            frame(&summary.ours),
            seconds(*limit)
        ),
        (End::TimedOut(TimedOut::Total(_)), _) if summary.enough => {
            format!(
                "closed by us: {}, cut short by --max-time",
                frame(&summary.ours)
            )
        }
        (End::TimedOut(_), _) => "left after a timeout".to_owned(),
        (End::InputFailed(_), _) => "left because of standard input".to_owned(),
        (End::OutputFailed(_), _) => "left because standard output failed".to_owned(),
        (End::Signal(_), _) => "interrupted".to_owned(),
    }
}

/// `1008 policy violation, "token expired"`.
#[must_use]
pub fn describe(frame: &CloseFrame) -> String {
    let Some(code) = frame.code else {
        return "no code (1005)".to_owned();
    };
    let name = code_name(code).map_or_else(String::new, |name| format!(" {name}"));
    if frame.reason.is_empty() {
        return format!("{code}{name}");
    }
    let reason = visible(&frame.reason, Layout::SingleLine);
    format!("{code}{name}, \"{reason}\"")
}

fn amount(counts: Counts) -> String {
    let messages = counted(counts.messages, "message");
    format!("{messages}, {}", bytes(counts.bytes))
}

/// A number of bytes in the unit a reader expects.
#[must_use]
pub fn bytes(count: u64) -> String {
    const UNITS: [(u64, &str); 3] = [(1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")];
    for (unit, name) in UNITS {
        if count >= unit {
            return format!("{:.1} {name}", count as f64 / unit as f64);
        }
    }
    format!("{count} B")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::session::Loss;

    fn line(
        end: End,
        closed_by: Option<Direction>,
        ours: Option<CloseFrame>,
        peers: Option<CloseFrame>,
    ) -> String {
        let summary = Summary {
            end,
            closed_by,
            ours,
            peers,
            lasted: Duration::from_millis(1500),
            received: Counts {
                messages: 1,
                bytes: 5,
            },
            sent: Counts {
                messages: 2,
                bytes: 2048,
            },
            enough: false,
            cut_a_flow: false,
        };
        closing_line(&summary, Style::PLAIN)
    }

    #[test]
    fn says_who_closed_and_how_much_went_each_way() {
        let normal = || Some(CloseFrame::new(1000, ""));
        assert_eq!(
            line(End::Closed, Some(Direction::Sent), normal(), normal()),
            "closed by us: 1000 normal closure · 1.5 s · received 1 message, 5 B · sent 2 messages, 2.0 KiB"
        );
        let refusal = Some(CloseFrame::new(4001, "bad\u{1b}token"));
        let said = line(End::Closed, Some(Direction::Received), normal(), refusal);
        assert!(
            said.starts_with("closed by the server: 4001 private use, \"bad\\x1btoken\" · "),
            "{said}"
        );
    }

    #[test]
    fn a_close_without_an_answer_is_said_to_be_one() {
        let end = End::TimedOut(TimedOut::Close(Duration::from_secs(2)));
        let said = line(
            end,
            Some(Direction::Sent),
            Some(CloseFrame::new(1000, "")),
            None,
        );
        assert!(
            said.starts_with(
                "closed by us: 1000 normal closure, which the server did not answer in 2 s · "
            ),
            "{said}"
        );
    }

    #[test]
    fn never_gives_1006_as_a_cause() {
        let loss = Loss {
            error: None,
            unfinished: None,
            after_our_close: false,
        };
        let said = line(End::Lost(loss), None, None, None);
        assert!(
            said.starts_with("lost: the connection ended (FIN) without a Close frame · "),
            "{said}"
        );
    }
}
