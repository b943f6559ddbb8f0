//! TLS once more, each time with one thing changed: the server name left out, another protocol offered,
//! or TLS itself where none was asked for.

use std::{
    io::{Read as _, Write as _},
    time::{Duration, Instant},
};

use super::{
    answer::{Answer, End},
    evidence::{Evidence, Fact, Probe},
    reading,
};
use crate::{
    cli::connect::Plan,
    net::{self, Scheme, Stream, Target, Timeline, tls},
};

/// How long the server's first SETTINGS may take.
const PATIENCE: Duration = Duration::from_secs(3);

/// RFC 9113 §3.4: the client's preface, and an empty SETTINGS frame behind it.
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";

/// RFC 8441 §3: SETTINGS_ENABLE_CONNECT_PROTOCOL.
const ENABLE_CONNECT_PROTOCOL: u16 = 8;

/// A line about a handshake with the port of a `ws` URL, and the fact.
pub(super) fn same_port(plan: &Plan, evidence: &mut Evidence) -> String {
    let target = Target {
        scheme: Scheme::Wss,
        ..plan.target.clone()
    };
    match net::connect(&target, &plan.options, &mut Timeline::new()) {
        Ok(_) => {
            evidence.saw(Fact::PortSpeaksTls);
            "a ClientHello to the same port: the handshake succeeds".to_owned()
        }
        Err(error) => {
            note_refused(&error, evidence);
            format!("a ClientHello to the same port: {error}")
        }
    }
}

fn note_refused(error: &net::Error, evidence: &mut Evidence) {
    let net::Error::Tls { source, .. } = error else {
        return;
    };
    match source.as_ref() {
        tls::Failure::NotTls { first_bytes } => {
            evidence.saw(Fact::PortSpeaksNoTls);
            evidence.value("greeting_to_tls", reading::greeting(first_bytes));
            let answer = Answer::new(first_bytes.clone(), End::Open, Duration::ZERO);
            evidence.answers.insert(Probe::ClientHello, answer);
        }
        tls::Failure::Certificate { .. } => evidence.saw(Fact::PortSpeaksTls),
        _ => {}
    }
}

/// A line about the handshake without a server name, and the fact.
pub(super) fn without_sni(plan: &Plan, evidence: &mut Evidence) -> String {
    let mut options = plan.options.clone();
    options.tls.server_name = tls::ServerName::Unsent;
    match connect(plan, &options) {
        Ok(_) => {
            evidence.saw(Fact::TlsOkWithoutSni);
            "without a server name: the handshake succeeds".to_owned()
        }
        Err(error) => format!("without a server name: {error}"),
    }
}

/// A line about each protocol offered by itself.
pub(super) fn alpn(plan: &Plan, evidence: &mut Evidence) -> Vec<String> {
    let offers: [(&str, &[&[u8]]); 3] = [
        ("none", &[]),
        ("http/1.1", &[b"http/1.1"]),
        ("h2", &[b"h2"]),
    ];
    offers
        .map(|(name, offer)| format!("alpn {name}: {}", offered(plan, offer, evidence)))
        .to_vec()
}

fn offered(plan: &Plan, offer: &[&[u8]], evidence: &mut Evidence) -> String {
    let mut options = plan.options.clone();
    options.tls.alpn = offer.iter().map(|protocol| protocol.to_vec()).collect();
    let (mut stream, chosen) = match connect(plan, &options) {
        Ok(connected) => connected,
        Err(error) => return error.to_string(),
    };
    let Some(chosen) = chosen else {
        return "nothing chosen".to_owned();
    };
    if chosen != b"h2" {
        return String::from_utf8_lossy(&chosen).into_owned();
    }
    evidence.saw(Fact::ChoosesH2);
    match first_settings(&mut stream) {
        Some(settings) if allows_extended_connect(&settings) => {
            evidence.saw(Fact::H2ExtendedConnect);
            "h2, with extended CONNECT (WebSocket over HTTP/2, RFC 8441)".to_owned()
        }
        Some(_) => {
            evidence.saw(Fact::H2NoExtendedConnect);
            "h2, without extended CONNECT: no WebSocket over HTTP/2".to_owned()
        }
        None => "h2, and no SETTINGS came".to_owned(),
    }
}

/// A fresh connection, and the protocol that was chosen.
fn connect(plan: &Plan, options: &net::Options) -> Result<(Stream, Option<Vec<u8>>), net::Error> {
    let mut timeline = Timeline::new();
    let stream = net::connect(&plan.target, options, &mut timeline)?;
    let chosen = timeline.tls().and_then(|record| record.alpn.clone());
    Ok((stream, chosen))
}

/// The payload of the first SETTINGS frame, which is the first frame (RFC 9113 §3.4).
fn first_settings(stream: &mut Stream) -> Option<Vec<u8>> {
    stream.set_deadline(Some(Instant::now() + PATIENCE));
    stream
        .write_all(PREFACE)
        .and_then(|()| stream.flush())
        .ok()?;
    let mut header = [0; 9];
    stream.read_exact(&mut header).ok()?;
    let [high, middle, low, kind, ..] = header;
    let length = u32::from_be_bytes([0, high, middle, low]) as usize;
    // SETTINGS is type 4; RFC 9113 §6.5.2 keeps it far below a kilobyte.
    if kind != 4 || length > 1024 {
        return None;
    }
    let mut payload = vec![0; length];
    stream.read_exact(&mut payload).ok()?;
    Some(payload)
}

/// Each setting is a 16-bit identifier and a 32-bit value (RFC 9113 §6.5.1).
fn allows_extended_connect(settings: &[u8]) -> bool {
    settings.chunks_exact(6).any(|setting| {
        let id = u16::from_be_bytes([setting[0], setting[1]]);
        id == ENABLE_CONNECT_PROTOCOL && setting[2..] == [0, 0, 0, 1]
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_extended_connect_out_of_captured_settings() {
        // HAProxy 2.6, then nginx 1.22
        assert!(allows_extended_connect(b"\0\x08\0\0\0\x01\0\x03\0\0\0\x64"));
        assert!(!allows_extended_connect(
            b"\0\x03\0\0\0\x80\0\x04\0\x01\0\0\0\x05\0\xff\xff\xff"
        ));
        assert!(!allows_extended_connect(b"\0\x08\0\0\0"));
    }
}
