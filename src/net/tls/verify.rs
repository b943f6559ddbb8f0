//! What is trusted: the public roots first, the system's store only when they do not suffice, then `--cacert`.

use std::{
    fmt,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use rustls::{
    CertificateError, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
    client::{
        ResolvesClientCert, WebPkiServerVerifier,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    },
    crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, ServerName, UnixTime},
    sign::CertifiedKey,
};

use super::{Options, Record, Verification, failure};

/// What vouches for a server's chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trust {
    /// A root of the Mozilla programme, or a certificate given by `--cacert`.
    Builtin,
    /// A certificate in the operating system's store.
    System,
}

/// Verifies the server's chain, and keeps what it saw.
#[derive(Debug)]
pub(super) struct Verifier {
    provider: Arc<CryptoProvider>,
    builtin: RootCertStore,
    verification: Verification,
    seen: Mutex<Seen>,
}

#[derive(Debug, Default)]
struct Seen {
    certificates: Vec<Vec<u8>>,
    trust: Option<Trust>,
    fault: Option<String>,
    ocsp_stapled: usize,
    took: Duration,
}

impl Verifier {
    pub(super) fn new(provider: Arc<CryptoProvider>, options: &Options) -> Self {
        let mut builtin = RootCertStore::from_iter(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
        builtin.add_parsable_certificates(options.extra_roots.0.iter().cloned());
        Self {
            provider,
            builtin,
            verification: options.verification,
            seen: Mutex::default(),
        }
    }

    /// Moves what was seen into the handshake's record.
    pub(super) fn report(&self, record: &mut Record) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        record.certificates = std::mem::take(&mut seen.certificates);
        record.trust = seen.trust;
        record.certificate_fault = seen.fault.take();
        record.ocsp_stapled = seen.ocsp_stapled;
        record.verification_took = seen.took;
    }

    /// Tries the built-in roots, and loads the system's store only for an issuer that they do not know.
    fn judge(&self, chain: &Chain<'_>) -> Result<Trust, Error> {
        match self.check(self.builtin.clone(), chain) {
            Err(Error::InvalidCertificate(CertificateError::UnknownIssuer)) => {
                let mut system = RootCertStore::empty();
                system.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
                self.check(system, chain).map(|()| Trust::System)
            }
            result => result.map(|()| Trust::Builtin),
        }
    }

    fn check(&self, roots: RootCertStore, chain: &Chain<'_>) -> Result<(), Error> {
        let unknown = || Error::InvalidCertificate(CertificateError::UnknownIssuer);
        WebPkiServerVerifier::builder_with_provider(roots.into(), Arc::clone(&self.provider))
            .build()
            // The one reason to refuse is an empty store, which knows no issuer.
            .map_err(|_| unknown())?
            .verify_server_cert(
                chain.leaf,
                chain.intermediates,
                chain.name,
                chain.ocsp,
                chain.now,
            )
            .map(|_| ())
    }
}

struct Chain<'a> {
    leaf: &'a CertificateDer<'a>,
    intermediates: &'a [CertificateDer<'a>],
    name: &'a ServerName<'a>,
    ocsp: &'a [u8],
    now: UnixTime,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        leaf: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let began = Instant::now();
        let chain = Chain {
            leaf,
            intermediates,
            name,
            ocsp,
            now,
        };
        let verdict = self.judge(&chain);
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        *seen = Seen {
            certificates: std::iter::once(leaf)
                .chain(intermediates)
                .map(|der| der.to_vec())
                .collect(),
            trust: verdict.as_ref().ok().copied(),
            fault: verdict.as_ref().err().map(fault),
            ocsp_stapled: ocsp.len(),
            took: began.elapsed(),
        };
        match (verdict, self.verification) {
            (Err(error), Verification::Required) => Err(error),
            _ => Ok(ServerCertVerified::assertion()),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}

fn fault(error: &Error) -> String {
    match error {
        Error::InvalidCertificate(error) => failure::certificate(error),
        error => error.to_string(),
    }
}

/// The client's certificate, and whether the server asked for one.
#[derive(Default)]
pub(super) struct ClientCertificate {
    requested: AtomicBool,
}

impl ClientCertificate {
    pub(super) fn was_requested(&self) -> bool {
        self.requested.load(Ordering::Relaxed)
    }
}

impl fmt::Debug for ClientCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClientCertificate")
    }
}

impl ResolvesClientCert for ClientCertificate {
    fn resolve(
        &self,
        _issuers: &[&[u8]],
        _schemes: &[SignatureScheme],
    ) -> Option<Arc<CertifiedKey>> {
        self.requested.store(true, Ordering::Relaxed);
        None
    }

    fn has_certs(&self) -> bool {
        false
    }
}
