//! TLS over a stream, by rustls: whose types stay inside this folder.
//!
//! ```text
//! Options ─ verify (what is trusted) ─ handshake ─ split ─┬─ TlsReader
//!                                          └─ Record      └─ TlsWriter
//! ```

pub mod certificate;
mod failure;
mod handshake;
mod options;
pub(super) mod split;
#[cfg(test)]
mod tests;
mod verify;

use std::{sync::Arc, time::Duration};

use rustls::{
    ClientConfig, SupportedProtocolVersion,
    client::UnbufferedClientConnection,
    crypto::{CryptoProvider, ring},
    version::{TLS12, TLS13},
};
use url::Host;

pub use certificate::Certificate;
pub use failure::Failure;
pub use options::{
    Identity, KeyLogFile, Options, Pin, Roots, ServerName, TrustIn, Verification, Version,
};
pub use verify::Trust;

use crate::net::{
    Deadline, Error, Stage, Stream, Timeline,
    timeline::{Detail, Role},
};

/// A TLS handshake's record in the timeline.
#[derive(Debug, Default)]
pub struct Record {
    /// Whom it was spoken with.
    pub role: Role,
    /// The name that the certificate has to be for.
    pub name: String,
    /// `TLS 1.3`, once agreed on.
    pub version: Option<&'static str>,
    /// The cipher suite, once agreed on.
    pub cipher: Option<String>,
    /// The key exchange group, once agreed on.
    pub group: Option<String>,
    /// The protocols offered by ALPN.
    pub alpn_offered: Vec<Vec<u8>>,
    /// The protocol the server chose by ALPN.
    pub alpn: Option<Vec<u8>>,
    /// The server's certificates in DER, its own first.
    pub certificates: Vec<Vec<u8>>,
    /// What vouches for the chain.
    pub trust: Option<Trust>,
    /// What is wrong with the chain: the connection goes on only with `-k`.
    pub certificate_fault: Option<String>,
    /// The size of the stapled OCSP answer.
    pub ocsp_stapled: usize,
    /// The server asked for a client certificate.
    pub client_certificate_requested: bool,
    /// The first bytes that came back, where the handshake failed.
    pub first_bytes: Vec<u8>,
    /// How long the verification took, the system's certificate store included.
    pub verification_took: Duration,
}

impl Record {
    /// What the server's certificates say, its own first.
    #[must_use]
    pub fn chain(&self) -> Vec<Certificate> {
        self.certificates
            .iter()
            .filter_map(|der| Certificate::from_der(der))
            .collect()
    }
}

/// Speaks the TLS handshake over a connected stream.
///
/// # Errors
/// [`Error::Tls`] with the exact reason, or [`Error::Timeout`].
pub fn connect(
    stream: Stream,
    host: &Host,
    role: Role,
    options: &Options,
    deadline: Deadline,
    timeline: &mut Timeline,
) -> Result<Stream, Error> {
    let step = Timeline::begin(Stage::Tls);
    let name = match &options.server_name {
        ServerName::Other(name) => name.clone(),
        ServerName::Host | ServerName::Unsent => host.to_string(),
    };
    let mut record = Record {
        role,
        name,
        alpn_offered: options.alpn.clone(),
        ..Record::default()
    };
    let result = attempt(stream, options, &mut record).map_err(|failure| {
        failure
            .explained(&record)
            .into_error(record.name.clone(), deadline)
    });
    timeline.end_with(step, Detail::Tls(Box::new(record)), &result);
    result
}

fn attempt(stream: Stream, options: &Options, record: &mut Record) -> Result<Stream, Failure> {
    let provider = Arc::new(ring::default_provider());
    let verifier = Arc::new(verify::Verifier::new(Arc::clone(&provider), options));
    let identity = Arc::new(verify::ClientCertificate::new(options.identity.clone()));
    let config = config(provider, options, &verifier, &identity)?;
    let name = server_name(&record.name)?;
    let connection = UnbufferedClientConnection::new(config, name).map_err(Failure::Tls)?;
    let result = handshake::run(stream, connection, record);
    verifier.report(record);
    record.client_certificate_requested = identity.was_requested();
    result
}

fn config(
    provider: Arc<CryptoProvider>,
    options: &Options,
    verifier: &Arc<verify::Verifier>,
    identity: &Arc<verify::ClientCertificate>,
) -> Result<Arc<ClientConfig>, Failure> {
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&versions(options))
        .map_err(Failure::Tls)?
        .dangerous()
        .with_custom_certificate_verifier(Arc::clone(verifier) as _)
        .with_client_cert_resolver(Arc::clone(identity) as _);
    config.alpn_protocols.clone_from(&options.alpn);
    config.enable_sni = options.server_name != ServerName::Unsent;
    if let Some(key_log) = &options.key_log {
        config.key_log = Arc::new(key_log.clone());
    }
    Ok(Arc::new(config))
}

fn versions(options: &Options) -> Vec<&'static SupportedProtocolVersion> {
    let accepted = options.lowest..=options.highest;
    [(Version::Tls13, &TLS13), (Version::Tls12, &TLS12)]
        .into_iter()
        .filter(|(version, _)| accepted.contains(version))
        .map(|(_, supported)| supported)
        .collect()
}

/// A name or an address; an address is never sent by SNI.
fn server_name(name: &str) -> Result<rustls::pki_types::ServerName<'static>, Failure> {
    let bare = name.trim_end_matches('.').trim_matches(['[', ']']);
    rustls::pki_types::ServerName::try_from(bare.to_owned()).map_err(|_| Failure::Name)
}
