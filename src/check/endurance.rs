//! What takes time or traffic: messages of growing size, and silence.

use std::time::{Duration, Instant};

use super::{
    conversation::{Conversation, Waited},
    evidence::{Evidence, Fact},
    ladder::{Mark, Rung},
    stall,
};
use crate::{cli::connect::Plan, error::Error, handshake, net::Timeline, output::seconds};

/// The sizes of the ladder, in bytes.
const SIZES: [(usize, &str); 4] = [
    (16, "16 B"),
    (1 << 10, "1 KiB"),
    (64 << 10, "64 KiB"),
    (1 << 20, "1 MiB"),
];

/// How long an answer to a message may take.
const PATIENCE: Duration = Duration::from_secs(3);

/// Idle timers that products have by default, in seconds.
const DEFAULT_TIMERS: [(u64, &str); 8] = [
    (30, "the lifetime cap of GCP's HTTP load balancer"),
    (55, "Heroku's router"),
    (
        60,
        "nginx (proxy_read_timeout), AWS ALB, Apache (Timeout), lighttpd (server.max-read-idle) and Varnish (pipe_timeout)",
    ),
    (100, "Cloudflare"),
    (240, "Azure's load balancer, and ingress-nginx at a reload"),
    (
        300,
        "Envoy (stream_idle_timeout), h2o (proxy.websocket.timeout) and Privoxy (socket-timeout)",
    ),
    (
        600,
        "tinyproxy (Timeout), Traffic Server (websocket.no_activity_timeout), CloudFront and API Gateway",
    ),
    (900, "Squid (read_timeout)"),
];

/// Opens a connection as the first was opened.
fn open(plan: &Plan) -> Result<Conversation, Error> {
    Ok(open_recorded(plan)?.0)
}

fn open_recorded(plan: &Plan) -> Result<(Conversation, Timeline), Error> {
    let mut timeline = Timeline::new();
    let upgraded = handshake::open(&plan.target, &plan.options, &plan.request, &mut timeline)?;
    Ok((Conversation::new(upgraded), timeline))
}

/// Sends a message of each size with a ping behind it, and notes the first that is not survived.
///
/// # Errors
/// The connection was not made.
pub(super) fn sizes(plan: &Plan, evidence: &mut Evidence) -> Result<Rung, Error> {
    let began = Instant::now();
    let mut conversation = open(plan)?;
    let mut lines = Vec::new();
    let mut silent: Option<&str> = None;
    let mut largest = None;
    for (size, name) in SIZES {
        let waited = send(&mut conversation, size);
        lines.push(format!("{name}: {}", size_words(&conversation, waited)));
        match waited {
            Waited::Came if conversation.heard.close.is_none() => {
                largest = Some(name);
                if let Some(small) = silent {
                    evidence.saw(Fact::SmallHeldBack);
                    evidence.value("small", small);
                    evidence.value("large", name);
                }
            }
            Waited::Passed => silent = silent.or(Some(name)),
            _ => {
                note_refused(&conversation, largest, name, evidence);
                break;
            }
        }
    }
    conversation.leave();
    let mark = if lines.len() == SIZES.len() && silent.is_none() {
        Mark::Passed
    } else {
        Mark::Noted
    };
    Ok(Rung {
        took: Some(began.elapsed()),
        ..Rung::new("sizes", mark, lines)
    })
}

fn send(conversation: &mut Conversation, size: usize) -> Waited {
    let pongs = conversation.heard.pongs;
    // A peer that ends the connection in the middle of a message shows at the read.
    let _ = conversation
        .text(&vec![b'w'; size])
        .and_then(|()| conversation.ping());
    conversation.wait(Instant::now() + PATIENCE, |heard| {
        heard.pongs > pongs || heard.close.is_some()
    })
}

fn size_words(conversation: &Conversation, waited: Waited) -> String {
    match (waited, &conversation.heard.close) {
        (_, Some(close)) => format!("the server closed: {close}"),
        (Waited::Came, _) => "passed, the ping behind it was answered".to_owned(),
        (Waited::Passed, _) => format!("no answer in {}", seconds(PATIENCE)),
        (Waited::Fin, _) => "FIN without a Close frame".to_owned(),
        (Waited::Reset, _) => "RST".to_owned(),
        (Waited::Broken, _) => "the server broke the protocol".to_owned(),
    }
}

fn note_refused(
    conversation: &Conversation,
    largest: Option<&str>,
    refused: &str,
    evidence: &mut Evidence,
) {
    let limit = largest.map_or_else(
        || format!("{refused} was refused"),
        |largest| format!("{largest} passed, {refused} was refused"),
    );
    evidence.value("size_limit", limit);
    let code = conversation
        .heard
        .close
        .as_ref()
        .and_then(|close| close.code);
    evidence.saw(if code == Some(1009) {
        Fact::ClosedTooBig
    } else {
        Fact::LargeRefused
    });
}

/// Stays silent for so long; where that ends the connection, tries the same with pings.
///
/// # Errors
/// A connection was not made.
pub(super) fn idle(plan: &Plan, limit: Duration, evidence: &mut Evidence) -> Result<Rung, Error> {
    let began = Instant::now();
    let (mut silent, timeline) = open_recorded(plan)?;
    let waited = silent.wait(Instant::now() + limit, |heard| heard.close.is_some());
    let age = silent.age();
    let mut rung = Rung::new("idle", Mark::Passed, Vec::new());
    match waited {
        Waited::Passed => rouse(&mut silent, &timeline, &mut rung, evidence),
        Waited::Came => {
            rung.mark = Mark::Noted;
            let close = silent.heard.close.take().unwrap_or_default();
            rung.lines
                .push(format!("the server closed after {}: {close}", seconds(age)));
        }
        Waited::Broken => rung.mark = Mark::Broken,
        Waited::Fin | Waited::Reset => {
            let how = if waited == Waited::Fin { "FIN" } else { "RST" };
            rung.mark = Mark::Broken;
            rung.lines.push(format!(
                "{how} after {} of silence, no Close frame",
                seconds(age)
            ));
            evidence.saw(Fact::IdleKilled);
            evidence.value("idle_s", seconds(age));
            evidence.value("idle_match", timer_words(age));
            rung.lines.push(with_pings(plan, age, evidence)?);
        }
    }
    silent.leave();
    rung.took = Some(began.elapsed());
    Ok(rung)
}

/// After the silence: a connection whose path forgot it is open at this end alone, and only a ping shows it.
fn rouse(silent: &mut Conversation, timeline: &Timeline, rung: &mut Rung, evidence: &mut Evidence) {
    let age = silent.age();
    // A failed write means that the peer has gone; the read says how.
    let _ = silent.ping();
    let waited = silent.wait(Instant::now() + PATIENCE, |heard| {
        heard.pongs > 0 || heard.close.is_some()
    });
    let silence = format!("after {} of silence", seconds(age));
    rung.lines.push(match waited {
        Waited::Came => format!("open {silence}, a ping is answered"),
        Waited::Passed => {
            rung.mark = Mark::Broken;
            evidence.saw(Fact::NoPong);
            evidence.value("pong_s", seconds(PATIENCE));
            stall::look(timeline, evidence);
            format!("a ping {silence} got no pong in {}", seconds(PATIENCE))
        }
        Waited::Fin | Waited::Reset | Waited::Broken => {
            rung.mark = Mark::Broken;
            evidence.saw(Fact::IdleKilled);
            evidence.value("idle_s", seconds(age));
            evidence.value("idle_match", "it showed at the first ping".to_owned());
            format!("a ping {silence} ended the connection")
        }
    });
}

/// The same connection once more, with a ping at every half of the age at which the silent one ended.
fn with_pings(plan: &Plan, age: Duration, evidence: &mut Evidence) -> Result<String, Error> {
    let every = age / 2;
    let mut conversation = open(plan)?;
    let enough = age * 2;
    while conversation.age() < enough {
        // A connection that has ended shows at the wait.
        let _ = conversation.ping();
        let until = Instant::now() + every;
        let waited = conversation.wait(until, |heard| heard.close.is_some());
        if waited != Waited::Passed {
            let ended = conversation.age();
            conversation.leave();
            let same_age = ended < age + age / 4;
            evidence
                .facts
                .extend(same_age.then_some(Fact::LifetimeCapped));
            return Ok(format!(
                "with a ping every {} it ended after {}",
                seconds(every),
                seconds(ended)
            ));
        }
    }
    evidence.saw(Fact::PingKeptOpen);
    evidence.value("ping_s", seconds(every));
    evidence.value("ping_age_s", seconds(conversation.age()));
    conversation.leave();
    Ok(format!(
        "with a ping every {} it was open after {}",
        seconds(every),
        seconds(enough)
    ))
}

/// The products whose default is that age, give or take a twentieth.
fn timer_words(age: Duration) -> String {
    let near = |timer: u64| {
        (age.as_secs_f64() / Duration::from_secs(timer).as_secs_f64() - 1.0).abs() < 0.05
    };
    DEFAULT_TIMERS
        .iter()
        .find(|(timer, _)| near(*timer))
        .map_or_else(
            || "that is no product's known default".to_owned(),
            |(timer, products)| format!("{timer} s is the default of {products}"),
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_age_is_matched_with_known_timers() {
        let words = |millis| timer_words(Duration::from_millis(millis));
        assert!(words(60_040).contains("nginx"));
        assert!(words(57_500).contains("Heroku"), "{}", words(57_500));
        assert!(words(2_000).contains("no product"));
    }
}
