//! One request on a fresh connection, and everything that came back for it.

use std::{
    io::{self, Read as _, Write as _},
    thread,
    time::{Duration, Instant},
};

use super::{
    answer::{Answer, End, KEPT},
    conversation::Conversation,
    evidence::Probe,
};
use crate::{
    cli::connect::Plan,
    handshake::{Header, HeaderValue, Request},
    net::{self, Scheme, Stream, Target, Timeline},
};

/// The time between two probes, so that nobody takes them for an attack.
const PAUSE: Duration = Duration::from_millis(100);
/// After a whole head whose body has no length, this much silence ends the answer.
const QUIET: Duration = Duration::from_secs(1);

/// The shortest and the longest a probe waits for its first byte.
const WAIT: (Duration, Duration) = (Duration::from_secs(3), Duration::from_secs(10));

/// An Origin that no site has: RFC 2606 keeps the name from existing.
const FOREIGN_ORIGIN: &str = "https://wscope.invalid";

/// Sends the probe's variant of the request and reads what comes back.
///
/// `slowest` is how long the upgrade itself took: who answered that late may do so again.
///
/// # Errors
/// The connection was not made; the upgrade's own attempt was, so it is worth a word, not an end.
pub(super) fn send(probe: Probe, plan: &Plan, slowest: Duration) -> Result<Answer, net::Error> {
    thread::sleep(PAUSE);
    let (target, request) = variant(probe, plan);
    let mut timeline = Timeline::new();
    let mut stream = net::connect(&target, &plan.options, &mut timeline)?;
    let wait = (slowest * 2)
        .clamp(WAIT.0, WAIT.1)
        .min(plan.options.connect_timeout);
    let answer = exchange(&mut stream, &request.encode().bytes, wait);
    if answer.status() == Some(101) {
        Conversation::over(stream, answer.body(), None).leave();
    }
    Ok(answer)
}

/// Writes the bytes and reads the answer, within bounds of time and size.
pub(super) fn exchange(stream: &mut Stream, request: &[u8], wait: Duration) -> Answer {
    let began = Instant::now();
    stream.set_deadline(Some(began + wait));
    // A peer that refuses early may have closed already; its answer can still be read.
    let _ = stream.write_all(request).and_then(|()| stream.flush());
    let mut raw = Vec::new();
    let mut first = None;
    let end = loop {
        let mut buffer = [0; 4096];
        match stream.read(&mut buffer) {
            Ok(0) => break End::Fin,
            Ok(count) => {
                first.get_or_insert_with(|| began.elapsed());
                raw.extend_from_slice(&buffer[..count]);
                stream.set_deadline(Some(Instant::now() + QUIET));
                if raw.len() >= KEPT
                    || Answer::new(raw.clone(), End::Open, Duration::ZERO).is_whole()
                {
                    break End::Open;
                }
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if error.kind() == io::ErrorKind::TimedOut && raw.is_empty() => {
                break End::Silent;
            }
            Err(error) if error.kind() == io::ErrorKind::TimedOut => break End::Open,
            Err(error) if error.kind() == io::ErrorKind::ConnectionReset => break End::Reset,
            // TLS that ends without close_notify, and the like: the peer has gone.
            Err(_) => break End::Fin,
        }
    };
    Answer::new(raw, end, first.unwrap_or_else(|| began.elapsed()))
}

/// The request of a probe, and where it goes: always the host of the URL.
fn variant(probe: Probe, plan: &Plan) -> (Target, Request) {
    let mut request = plan.request.clone();
    let mut target = plan.target.clone();
    match probe {
        Probe::PlainGet => {
            for name in UPGRADE_HEADERS {
                replace(&mut request, name, HeaderValue::Removed);
            }
        }
        Probe::Version99 => replace(&mut request, "Sec-WebSocket-Version", sent("99")),
        Probe::NoKey => replace(&mut request, "Sec-WebSocket-Key", HeaderValue::Removed),
        Probe::BogusProtocol => replace(&mut request, "Upgrade", sent("bogus-proto/1")),
        Probe::ForeignOrigin => replace(&mut request, "Origin", sent(FOREIGN_ORIGIN)),
        Probe::Bare => {
            request = Request {
                user_agent: None,
                ..Request::new(&without_userinfo(&target))
            }
        }
        Probe::LikeBrowser => like_browser(&mut request, &target),
        Probe::SiteOrigin => request.origin = Some(site_origin(&target)),
        Probe::OtherScheme => (target, request) = other_scheme(plan),
        _ => {}
    }
    (target, request)
}

const UPGRADE_HEADERS: [&str; 6] = [
    "Upgrade",
    "Connection",
    "Sec-WebSocket-Key",
    "Sec-WebSocket-Version",
    "Sec-WebSocket-Extensions",
    "Sec-WebSocket-Protocol",
];

fn sent(value: &str) -> HeaderValue {
    HeaderValue::Sent(value.to_owned())
}

fn replace(request: &mut Request, name: &str, value: HeaderValue) {
    request
        .headers
        .retain(|header| !header.name.eq_ignore_ascii_case(name));
    request.headers.push(Header {
        name: name.to_owned(),
        value,
    });
}

fn without_userinfo(target: &Target) -> Target {
    Target {
        userinfo: None,
        ..target.clone()
    }
}

/// What a page of the same site would send.
fn like_browser(request: &mut Request, target: &Target) {
    request.origin = Some(site_origin(target));
    request.user_agent =
        Some("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0".to_owned());
    replace(request, "Accept", sent("*/*"));
    replace(request, "Accept-Language", sent("en-US,en;q=0.5"));
    replace(request, "Cache-Control", sent("no-cache"));
    replace(request, "Pragma", sent("no-cache"));
}

fn site_origin(target: &Target) -> String {
    let scheme = match target.scheme {
        Scheme::Ws => "http",
        Scheme::Wss => "https",
    };
    format!("{scheme}://{}", target.authority())
}

/// The same by the other scheme; what is secret never goes out without the TLS it was meant for.
fn other_scheme(plan: &Plan) -> (Target, Request) {
    let target = other_target(&plan.target);
    let mut request = plan.request.clone();
    request.host = target.authority();
    if target.scheme == Scheme::Ws {
        request = Request {
            extensions: request.extensions.clone(),
            subprotocols: request.subprotocols.clone(),
            ..Request::new(&without_userinfo(&target))
        };
    }
    (target, request)
}

/// The URL by the other scheme: a default port changes with it, another stays.
#[must_use]
pub(super) fn other_target(target: &Target) -> Target {
    let scheme = match target.scheme {
        Scheme::Ws => Scheme::Wss,
        Scheme::Wss => Scheme::Ws,
    };
    let port = if target.port == target.scheme.default_port() {
        scheme.default_port()
    } else {
        target.port
    };
    Target {
        scheme,
        port,
        ..target.clone()
    }
}
