//! What the error of an attempt shows, as facts.

use std::{io, time::Duration};

use super::{
    answer::{Answer, End},
    evidence::{Evidence, Fact, Probe},
    reading,
};
use crate::{
    error::Error,
    handshake,
    net::{
        self, Stage, Timeline,
        http::Fault,
        proxy::{self, Credentials},
        resolve, socks, tls,
    },
};

/// An unreachable host is known sooner than address resolution can fail (three seconds): a firewall
/// said so.
const AT_ONCE: Duration = Duration::from_millis(900);
/// A resolver that fails later than this did not answer.
const RESOLVER_PATIENCE: Duration = Duration::from_millis(1500);

/// Notes what the error of an attempt shows.
pub(super) fn note_error(error: &Error, timeline: &Timeline, evidence: &mut Evidence) {
    evidence.value("detail", error.to_string());
    match error {
        Error::Net(error) => note_net(error, timeline, evidence),
        Error::Handshake(error) => note_handshake(error, evidence),
        _ => {}
    }
}

fn note_net(error: &net::Error, timeline: &Timeline, evidence: &mut Evidence) {
    let took = timeline.failed().map_or(Duration::ZERO, |step| step.took);
    match error {
        net::Error::Resolve { source, .. } => evidence.saw(match source {
            // the line of the ladder says all that there is to say
            resolve::Failure::Zone(_) => return,
            resolve::Failure::NoSuchName => Fact::NameNotFound,
            resolve::Failure::NoAddress | resolve::Failure::NoneOfFamily { .. } => Fact::NoAddress,
            _ if took >= RESOLVER_PATIENCE => Fact::ResolverTimeout,
            _ => Fact::ResolverFailed,
        }),
        net::Error::Connect { refused, .. } => {
            for (_, error) in &refused.0 {
                evidence.facts.extend(connect_fact(error, took));
            }
        }
        net::Error::Timeout { stage, after, .. } => {
            evidence.value("connect_s", crate::output::seconds(*after));
            evidence.facts.extend(match stage {
                Stage::Dns => Some(Fact::ResolverTimeout),
                Stage::Tcp => Some(Fact::ConnectTimeout),
                Stage::Proxy => Some(Fact::ProxySaidNothing),
                Stage::Tls => Some(Fact::TlsSilent),
                _ => None,
            });
        }
        net::Error::Proxy { source, .. } => note_proxy(source, evidence),
        net::Error::Tls { source, .. } => note_tls(source, timeline, took, evidence),
        _ => {}
    }
}

fn note_proxy(failure: &proxy::Failure, evidence: &mut Evidence) {
    evidence.value("detail", failure.to_string());
    match failure {
        proxy::Failure::Unreachable(_) => evidence.saw(Fact::ProxyUnreachable),
        proxy::Failure::Authentication {
            sent: Credentials::Rejected,
            ..
        } => {
            evidence.saw(Fact::ProxyCredentialsSent);
        }
        proxy::Failure::Answer(Fault::EmptyReply) => evidence.saw(Fact::ProxySaidNothing),
        proxy::Failure::Answer(Fault::NotHttp { .. }) => evidence.saw(Fact::ProxyOtherProtocol),
        proxy::Failure::Socks(failure) => note_socks(failure, evidence),
        _ => {}
    }
}

fn note_socks(failure: &socks::Failure, evidence: &mut Evidence) {
    evidence.value("proxy_schemes", "name and password");
    match failure {
        socks::Failure::NotSocks { .. } => evidence.saw(Fact::ProxyOtherProtocol),
        socks::Failure::Closed { received: 0 } => evidence.saw(Fact::ProxySaidNothing),
        socks::Failure::NoMethod { .. } => evidence.saw(Fact::SocksNoMethod),
        socks::Failure::Password(_) => evidence.saw(Fact::SocksBadPassword),
        socks::Failure::Refused5 { code, .. } => {
            evidence.saw(Fact::SocksRefused);
            evidence.value("socks_reply", format!("{code} {}", socks::reply_5(*code)));
        }
        socks::Failure::Refused4 { code, .. } => {
            evidence.saw(Fact::SocksRefused);
            evidence.value("socks_reply", format!("{code} {}", socks::reply_4(*code)));
        }
        _ => {}
    }
}

fn connect_fact(error: &io::Error, took: Duration) -> Option<Fact> {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => Some(Fact::Refused),
        io::ErrorKind::NetworkUnreachable => Some(Fact::NoRoute),
        io::ErrorKind::HostUnreachable if took < AT_ONCE => Some(Fact::UnreachableAtOnce),
        io::ErrorKind::HostUnreachable => Some(Fact::UnreachableLate),
        io::ErrorKind::TimedOut => Some(Fact::ConnectTimeout),
        _ => None,
    }
}

fn note_tls(failure: &tls::Failure, timeline: &Timeline, took: Duration, evidence: &mut Evidence) {
    match failure {
        tls::Failure::NotTls { first_bytes } => {
            evidence.saw(Fact::NotTls);
            evidence.value("greeting", reading::greeting(first_bytes));
            let answer = Answer::new(first_bytes.clone(), End::Open, took);
            evidence.answers.insert(Probe::ClientHello, answer);
        }
        tls::Failure::Closed { received: 0 } => evidence.saw(Fact::TlsFin),
        tls::Failure::Io(error) if error.kind() == io::ErrorKind::ConnectionReset => {
            evidence.saw(Fact::TlsReset);
        }
        failure => evidence.facts.extend(alert_fact(&failure.to_string())),
    }
    if timeline
        .tls()
        .is_some_and(|record| record.client_certificate_requested)
        && matches!(failure, tls::Failure::Closed { .. })
    {
        evidence.saw(Fact::AlertCertificateRequired);
    }
}

/// The alert's number, out of "the server sent alert 112 (unrecognized_name)".
fn alert_fact(failure: &str) -> Option<Fact> {
    let (_, after) = failure.split_once("alert ")?;
    let digits: String = after.chars().take_while(char::is_ascii_digit).collect();
    Some(match digits.parse::<u8>().ok()? {
        112 => Fact::AlertUnrecognizedName,
        80 => Fact::AlertInternalError,
        40 => Fact::AlertHandshakeFailure,
        70 => Fact::AlertProtocolVersion,
        120 => Fact::AlertNoApplicationProtocol,
        42 | 116 => Fact::AlertCertificateRequired,
        _ => return None,
    })
}

fn note_handshake(error: &handshake::Error, evidence: &mut Evidence) {
    use handshake::Error as Defect;

    match error {
        Defect::AcceptMissing => evidence.saw(Fact::AcceptMissing),
        Defect::AcceptWrong {
            expected,
            received,
            known,
        } => {
            evidence.saw(Fact::AcceptWrong);
            evidence.value("expected", expected.clone());
            evidence.value("received", received.clone());
            if let Some(known) = known {
                evidence.saw(Fact::AcceptOfKnownKey);
                evidence.value("accept_of", *known);
            }
        }
        Defect::Upgrade { .. } | Defect::Connection { .. } | Defect::Repeated(_) => {
            evidence.saw(Fact::UpgradeHeadersWrong);
        }
        Defect::Subprotocol { chosen, .. } => {
            evidence.saw(Fact::SubprotocolUnasked);
            evidence.value("received_protocol", chosen.clone());
        }
        Defect::Extension(name) => {
            evidence.saw(Fact::ExtensionUnasked);
            evidence.value("extension", name.clone());
        }
        Defect::BareLineFeed | Defect::HeadTooLong | Defect::BadHead(_) => {
            evidence.saw(Fact::LooseHead);
        }
        Defect::HeadCutOff { .. } => evidence.saw(Fact::HeadTruncated),
        _ => {}
    }
}
