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
    CertificateError, CipherSuite, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
    client::{
        ResolvesClientCert, WebPkiServerVerifier,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
        verify_server_name,
    },
    crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, ServerName, UnixTime},
    server::ParsedCertificate,
    sign::CertifiedKey,
};

use super::{
    Certificate, Identity, Options, Pin, Record, TrustIn, Verification,
    certificate::{interceptor, public_key},
    failure,
};

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
    given: Vec<CertificateDer<'static>>,
    trust: TrustIn,
    verification: Verification,
    pins: Vec<Pin>,
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
        let mut builtin = match options.trust {
            TrustIn::All => {
                RootCertStore::from_iter(webpki_roots::TLS_SERVER_ROOTS.iter().cloned())
            }
            TrustIn::Given => RootCertStore::empty(),
        };
        builtin.add_parsable_certificates(options.extra_roots.0.iter().cloned());
        Self {
            provider,
            builtin,
            given: options.extra_roots.0.clone(),
            trust: options.trust,
            verification: options.verification,
            pins: options.pins.clone(),
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
            Err(Error::InvalidCertificate(_)) if self.given.iter().any(|der| der == chain.leaf) => {
                check_itself(chain).map(|()| Trust::Builtin)
            }
            Err(Error::InvalidCertificate(CertificateError::UnknownIssuer))
                if self.trust == TrustIn::All =>
            {
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

    /// A pin holds with `-k` too: it is another question than whether the certificate is valid.
    fn check_pins(&self, leaf: &[u8]) -> Result<(), Error> {
        if self.pins.is_empty() || public_key(leaf).is_some_and(|key| self.is_pinned(&key)) {
            return Ok(());
        }
        Err(Error::General(PIN_FAULT.to_owned()))
    }

    fn is_pinned(&self, key: &[u8]) -> bool {
        let sha256 = self
            .provider
            .cipher_suites
            .iter()
            .find(|suite| suite.suite() == CipherSuite::TLS13_AES_128_GCM_SHA256)
            .and_then(|suite| suite.tls13())
            .map(|suite| suite.common.hash_provider);
        let digest = sha256.map(|sha256| sha256.hash(key));
        digest.is_some_and(|digest| self.pins.iter().any(|pin| pin.0 == digest.as_ref()))
    }
}

/// Judges a certificate that `--cacert` names itself: it needs no issuer, and no webpki path, for what
/// `openssl req -x509` makes calls itself an authority and is refused at the end of a path.
fn check_itself(chain: &Chain<'_>) -> Result<(), Error> {
    verify_server_name(&ParsedCertificate::try_from(chain.leaf)?, chain.name)?;
    let leaf = Certificate::from_der(chain.leaf).ok_or(CertificateError::BadEncoding)?;
    let since_1970 =
        |second: i64| UnixTime::since_unix_epoch(Duration::from_secs(second.max(0) as u64));
    let (time, not_before) = (chain.now, since_1970(leaf.not_before));
    if time < not_before {
        return Err(CertificateError::NotValidYetContext { time, not_before }.into());
    }
    let not_after = since_1970(leaf.not_after);
    if time > not_after {
        return Err(CertificateError::ExpiredContext { time, not_after }.into());
    }
    Ok(())
}

/// Says that the key is not one of the pinned ones.
pub(super) const PIN_FAULT: &str =
    "the server's public key is not the one that --pinnedpubkey names";

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
            fault: verdict.as_ref().err().map(|error| fault(error, &chain)),
            ocsp_stapled: ocsp.len(),
            took: began.elapsed(),
        };
        if let (Err(error), Verification::Required) = (verdict, self.verification) {
            return Err(error);
        }
        self.check_pins(leaf)?;
        Ok(ServerCertVerified::assertion())
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

fn fault(error: &Error, chain: &Chain<'_>) -> String {
    let Error::InvalidCertificate(error) = error else {
        return error.to_string();
    };
    let certificates: Vec<_> = std::iter::once(chain.leaf)
        .chain(chain.intermediates)
        .filter_map(|der| Certificate::from_der(der))
        .collect();
    match certificates.as_slice() {
        [] => failure::certificate(error),
        certificates => failure::in_chain(
            error,
            certificates,
            interceptor(certificates),
            &chain.name.to_str(),
        ),
    }
}

/// The client's certificate, and whether the server asked for one.
pub(super) struct ClientCertificate {
    identity: Option<Identity>,
    requested: AtomicBool,
}

impl ClientCertificate {
    pub(super) fn new(identity: Option<Identity>) -> Self {
        Self {
            identity,
            requested: AtomicBool::new(false),
        }
    }

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
        self.identity
            .as_ref()
            .map(|identity| Arc::clone(&identity.0))
    }

    fn has_certs(&self) -> bool {
        self.identity.is_some()
    }
}
