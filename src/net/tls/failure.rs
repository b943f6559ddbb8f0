//! Why a TLS handshake failed, in exact words.

use std::io;

use rustls::{AlertDescription, CertificateError, InvalidMessage};

use super::{Certificate, Record, verify::PIN_FAULT};
use crate::{
    net::{
        Deadline, Error, Stage,
        foreign::{Foreign, alert_name},
    },
    output::counted,
};

/// What went wrong in a TLS handshake.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The host's name cannot be asked for by SNI.
    #[error("the host name is not one that TLS can ask for")]
    Name,
    /// What came back is not TLS.
    #[error("this port does not speak TLS: {}", foreign(.first_bytes))]
    NotTls {
        /// The first bytes that came back.
        first_bytes: Vec<u8>,
    },
    /// The server closed the connection in the middle of the handshake.
    #[error("{}", closed(*.received))]
    Closed {
        /// How many bytes it had sent.
        received: usize,
    },
    /// The connection failed under the handshake.
    #[error("{}", under(.0))]
    Io(io::Error),
    /// The deadline passed.
    #[error("the deadline passed")]
    TimedOut,
    /// The certificate is not acceptable.
    #[error("{said}")]
    Certificate {
        /// What is wrong with it, as a sentence.
        said: String,
    },
    /// Anything else that rustls finds wrong.
    #[error("{}", in_words(.0))]
    Tls(rustls::Error),
}

impl Failure {
    pub(super) fn from_io(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::TimedOut {
            Self::TimedOut
        } else {
            Self::Io(error)
        }
    }

    /// A protocol error, or the news that the peer does not speak TLS at all.
    pub(super) fn from_tls(error: rustls::Error, first_bytes: &[u8]) -> Self {
        match error {
            rustls::Error::InvalidCertificate(error) => Self::Certificate {
                said: certificate(&error),
            },
            rustls::Error::InvalidMessage(
                InvalidMessage::InvalidContentType
                | InvalidMessage::UnknownProtocolVersion
                | InvalidMessage::MessageTooLarge
                | InvalidMessage::InvalidEmptyPayload,
            ) if !matches!(first_bytes, [0x14..=0x17, 3, ..]) => Self::NotTls {
                first_bytes: first_bytes.to_vec(),
            },
            rustls::Error::General(said) if said == PIN_FAULT => Self::Certificate { said },
            error => Self::Tls(error),
        }
    }

    /// What the verifier, which has seen the whole chain, says of the certificate.
    pub(super) fn explained(self, record: &Record) -> Self {
        match (self, &record.certificate_fault) {
            (Self::Certificate { said }, Some(fault)) if said != PIN_FAULT => Self::Certificate {
                said: fault.clone(),
            },
            (failure, _) => failure,
        }
    }

    pub(super) fn into_error(self, host: String, deadline: Deadline) -> Error {
        match self {
            Self::TimedOut => Error::Timeout {
                stage: Stage::Tls,
                what: format!("TLS handshake with {host}"),
                after: deadline.limit(),
            },
            failure => Error::Tls {
                host,
                source: Box::new(failure),
            },
        }
    }
}

fn foreign(first_bytes: &[u8]) -> String {
    match Foreign::recognise(first_bytes) {
        Some(Foreign::Http) => "it answered in plain HTTP".to_owned(),
        Some(foreign) => format!("it speaks {foreign}"),
        None => "what it sent is not a TLS record".to_owned(),
    }
}

fn closed(received: usize) -> String {
    if received == 0 {
        "the server closed the connection without answering the ClientHello".to_owned()
    } else {
        format!(
            "the server closed the connection in the middle of the handshake, after {}",
            counted(received, "byte")
        )
    }
}

fn under(error: &io::Error) -> String {
    if error.kind() == io::ErrorKind::ConnectionReset {
        "the connection was reset during the handshake".to_owned()
    } else {
        error.to_string()
    }
}

fn in_words(error: &rustls::Error) -> String {
    match error {
        rustls::Error::AlertReceived(alert) => alert_received(*alert),
        error => error.to_string(),
    }
}

fn alert_received(alert: AlertDescription) -> String {
    let code = u8::from(alert);
    let hint = match alert {
        AlertDescription::UnrecognisedName => ": the server does not know this name (SNI)",
        AlertDescription::ProtocolVersion => ": no common TLS version",
        AlertDescription::HandshakeFailure => {
            ": no common cipher or group, or a client certificate is wanted"
        }
        AlertDescription::CertificateRequired => ": the server wants a client certificate",
        AlertDescription::NoApplicationProtocol => ": no common ALPN protocol",
        _ => "",
    };
    format!("the server sent alert {code} ({}){hint}", alert_name(code))
}

/// What is wrong with a certificate, as the rest of "the certificate …".
pub(super) fn certificate(error: &CertificateError) -> String {
    match error {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            format!("the certificate has expired{}", expired_since(error))
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "the certificate is not valid yet; check the clock of this machine".to_owned()
        }
        CertificateError::UnknownIssuer => "the certificate's issuer is not known here".to_owned(),
        CertificateError::NotValidForNameContext {
            expected,
            presented,
        } => format!(
            "the certificate is not for {}: its names are {}",
            expected.to_str(),
            presented.join(", ")
        ),
        CertificateError::NotValidForName => "the certificate is not for this name".to_owned(),
        error => format!("the certificate is not acceptable: {error}"),
    }
}

/// The same with the chain at hand, which tells why an issuer is not known.
pub(super) fn in_chain(
    error: &CertificateError,
    chain: &[Certificate],
    interceptor: Option<&str>,
    name: &str,
) -> String {
    let (leaf, top) = (&chain[0], &chain[chain.len() - 1]);
    match error {
        CertificateError::UnknownIssuer => unknown_issuer(leaf, top, chain.len(), interceptor),
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => format!(
            "the certificate is not valid yet, but in {}; check the clock of this machine",
            counted(leaf.days_until_valid(), "day")
        ),
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            format!(
                "the certificate is not for {name}: its names are {}",
                listed(&leaf.names)
            )
        }
        CertificateError::Other(_) if leaf.is_self_signed => {
            unknown_issuer(leaf, top, chain.len(), interceptor)
        }
        error => certificate(error),
    }
}

fn unknown_issuer(
    leaf: &Certificate,
    top: &Certificate,
    length: usize,
    interceptor: Option<&str>,
) -> String {
    if let Some(product) = interceptor {
        return format!(
            "TLS is intercepted: the certificate was issued by {:?}, a name that {product} uses; trust its \
             certificate with --cacert FILE, or have this host exempted",
            top.issuer
        );
    }
    if leaf.is_self_signed {
        return "the certificate is self-signed; trust it with --cacert FILE, or go on with -k"
            .to_owned();
    }
    if length == 1 && leaf.tells_issuers_place {
        return format!(
            "the server sent its own certificate alone, without the intermediate {:?} that issued it; it must send \
             the chain",
            leaf.issuer
        );
    }
    let alone = match length {
        1 => ", or have the server send the intermediate, for it sent its own certificate alone",
        _ => "",
    };
    format!(
        "the certificate's issuer is not known here: {:?}; trust it with --cacert FILE{alone}",
        top.issuer
    )
}

fn listed(names: &[String]) -> String {
    const MOST: usize = 8;
    let mut text = names
        .iter()
        .take(MOST)
        .map(String::as_str)
        .collect::<Vec<_>>()
        .join(", ");
    match names.len() {
        0 => text.push_str("none"),
        count if count > MOST => text.push_str(&format!(" and {} more", count - MOST)),
        _ => {}
    }
    text
}

fn expired_since(error: &CertificateError) -> String {
    let CertificateError::ExpiredContext { time, not_after } = error else {
        return String::new();
    };
    match time.as_secs().saturating_sub(not_after.as_secs()) / (24 * 60 * 60) {
        0 => " within the last day".to_owned(),
        count => format!(" {} ago", counted(count, "day")),
    }
}
