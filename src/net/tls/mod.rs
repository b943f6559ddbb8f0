//! TLS over a stream, by rustls: whose types stay inside this folder.
//!
//! ```text
//! Options ─ verify (what is trusted) ─ handshake ─ split ─┬─ TlsReader
//!                                          └─ Record      └─ TlsWriter
//! ```

mod failure;
mod handshake;
pub(super) mod split;
#[cfg(test)]
mod tests;
mod verify;

use std::{fmt, path::Path, sync::Arc, time::Duration};

use rustls::{
    ClientConfig,
    client::UnbufferedClientConnection,
    crypto::{CryptoProvider, ring},
    pki_types::{CertificateDer, ServerName, pem::PemObject as _},
};
use url::Host;

pub use failure::Failure;
pub use verify::Trust;

use crate::net::{
    Deadline, Error, Stage, Stream, Timeline,
    timeline::{Detail, Role},
};

/// How TLS is spoken and what is trusted.
#[derive(Clone, Debug)]
pub struct Options {
    /// Certificates that are trusted beside the public ones and the system's.
    pub extra_roots: Roots,
    /// Whether the certificate must be valid.
    pub verification: Verification,
    /// The protocols offered by ALPN, in order.
    pub alpn: Vec<Vec<u8>>,
    /// Whether the server is told which name is asked for.
    pub server_name: ServerNameIndication,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            extra_roots: Roots::default(),
            verification: Verification::default(),
            alpn: vec![b"http/1.1".to_vec()],
            server_name: ServerNameIndication::default(),
        }
    }
}

/// Whether an invalid certificate ends the connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Verification {
    /// It does.
    #[default]
    Required,
    /// It is recorded and the connection goes on (`-k`).
    Recorded,
}

/// Whether the ClientHello carries the host's name (SNI, RFC 6066 §3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ServerNameIndication {
    /// It does.
    #[default]
    Sent,
    /// It does not, as of a client that connects by address.
    Omitted,
}

/// Certificates to trust.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Roots(pub(super) Vec<CertificateDer<'static>>);

impl Roots {
    /// Reads a PEM file of one or more certificates.
    ///
    /// # Errors
    /// A sentence about the file, without its name.
    pub fn from_pem_file(path: &Path) -> Result<Self, String> {
        let pem = std::fs::read(path).map_err(|error| error.to_string())?;
        Self::from_pem(&pem)
    }

    /// Parses PEM text of one or more certificates.
    ///
    /// # Errors
    /// A sentence about what is wrong with it.
    pub fn from_pem(pem: &[u8]) -> Result<Self, String> {
        let certificates = CertificateDer::pem_slice_iter(pem)
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| format!("it is not valid PEM: {error}"))?;
        if certificates.is_empty() {
            return Err("it holds no certificate in PEM form".to_owned());
        }
        Ok(Self(certificates))
    }

    /// Adds the certificates of another file.
    pub fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }
}

impl fmt::Debug for Roots {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Roots({})", self.0.len())
    }
}

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
    let mut record = Record {
        role,
        name: host.to_string(),
        alpn_offered: options.alpn.clone(),
        ..Record::default()
    };
    let result = attempt(stream, host, options, &mut record)
        .map_err(|failure| failure.into_error(host.to_string(), deadline));
    timeline.end_with(step, Detail::Tls(Box::new(record)), &result);
    result
}

fn attempt(
    stream: Stream,
    host: &Host,
    options: &Options,
    record: &mut Record,
) -> Result<Stream, Failure> {
    let provider = Arc::new(ring::default_provider());
    let verifier = Arc::new(verify::Verifier::new(Arc::clone(&provider), options));
    let asked = Arc::new(verify::ClientCertificate::default());
    let config = config(provider, options, &verifier, &asked)?;
    let connection =
        UnbufferedClientConnection::new(config, server_name(host)?).map_err(Failure::Tls)?;
    let result = handshake::run(stream, connection, record);
    verifier.report(record);
    record.client_certificate_requested = asked.was_requested();
    result
}

fn config(
    provider: Arc<CryptoProvider>,
    options: &Options,
    verifier: &Arc<verify::Verifier>,
    client: &Arc<verify::ClientCertificate>,
) -> Result<Arc<ClientConfig>, Failure> {
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(Failure::Tls)?
        .dangerous()
        .with_custom_certificate_verifier(Arc::clone(verifier) as _)
        .with_client_cert_resolver(Arc::clone(client) as _);
    config.alpn_protocols.clone_from(&options.alpn);
    config.enable_sni = options.server_name == ServerNameIndication::Sent;
    Ok(Arc::new(config))
}

fn server_name(host: &Host) -> Result<ServerName<'static>, Failure> {
    match host {
        Host::Ipv4(v4) => Ok(ServerName::IpAddress((*v4).into())),
        Host::Ipv6(v6) => Ok(ServerName::IpAddress((*v6).into())),
        Host::Domain(name) => {
            ServerName::try_from(name.trim_end_matches('.').to_owned()).map_err(|_| Failure::Name)
        }
    }
}
