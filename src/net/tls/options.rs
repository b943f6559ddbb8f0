//! How TLS is spoken, as plain data.

use std::{
    fmt, fs, io,
    io::Write as _,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use rustls::{
    KeyLog,
    crypto::ring::sign::any_supported_type,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
    sign::CertifiedKey,
};

/// How TLS is spoken and what is trusted.
#[derive(Clone, Debug)]
pub struct Options {
    /// Certificates that are trusted beside the public ones and the system's.
    pub extra_roots: Roots,
    /// Whether others than [`Self::extra_roots`] are trusted.
    pub trust: TrustIn,
    /// Whether the certificate must be valid.
    pub verification: Verification,
    /// Public keys, one of which the server must have.
    pub pins: Vec<Pin>,
    /// The client's own certificate.
    pub identity: Option<Identity>,
    /// The lowest version that is accepted.
    pub lowest: Version,
    /// The highest version that is offered.
    pub highest: Version,
    /// The name that is asked for by SNI.
    pub server_name: ServerName,
    /// The protocols offered by ALPN, in order.
    pub alpn: Vec<Vec<u8>>,
    /// Where the connection's keys are written, for Wireshark.
    pub key_log: Option<KeyLogFile>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            extra_roots: Roots::default(),
            trust: TrustIn::default(),
            verification: Verification::default(),
            pins: Vec::new(),
            identity: None,
            lowest: Version::Tls12,
            highest: Version::Tls13,
            server_name: ServerName::default(),
            alpn: vec![b"http/1.1".to_vec()],
            key_log: None,
        }
    }
}

/// Whether the public and the system's certificate authorities are trusted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TrustIn {
    /// They are, beside those that are given.
    #[default]
    All,
    /// Only those that are given (`--ca-only`).
    Given,
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

/// A TLS version that rustls speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Version {
    /// RFC 5246.
    Tls12,
    /// RFC 8446.
    Tls13,
}

/// What is asked for by SNI.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ServerName {
    /// The URL's host, where it is a name.
    #[default]
    Host,
    /// Another name, for which the certificate must be then (`--sni`).
    Other(String),
    /// Nothing (`--no-sni`).
    Unsent,
}

/// The SHA-256 of a public key (`--pinnedpubkey`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pin(pub [u8; 32]);

/// Certificates to trust.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Roots(pub(super) Vec<CertificateDer<'static>>);

impl Roots {
    /// Reads a PEM file of one or more certificates.
    ///
    /// # Errors
    /// A sentence about the file, without its name.
    pub fn from_pem_file(path: &Path) -> Result<Self, String> {
        let pem = fs::read(path).map_err(|error| error.to_string())?;
        Self::from_pem(&pem)
    }

    /// Parses PEM text of one or more certificates.
    ///
    /// # Errors
    /// A sentence about what is wrong with it.
    pub fn from_pem(pem: &[u8]) -> Result<Self, String> {
        certificates(pem).map(Self)
    }

    /// Adds the certificates of another file.
    pub fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// True where there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for Roots {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Roots({})", self.0.len())
    }
}

fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, String> {
    let certificates = CertificateDer::pem_slice_iter(pem)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| format!("it is not valid PEM: {error}"))?;
    if certificates.is_empty() {
        return Err("it holds no certificate in PEM form".to_owned());
    }
    Ok(certificates)
}

/// A client's certificate chain and its key.
#[derive(Clone)]
pub struct Identity(pub(super) Arc<CertifiedKey>);

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Identity(redacted)")
    }
}

impl Identity {
    /// Makes an identity of PEM text: a chain, the client's own certificate first, and a PKCS#8, PKCS#1 or SEC1 key.
    ///
    /// # Errors
    /// A sentence about what is wrong, and with which of the two.
    pub fn from_pem(chain: &[u8], key: &[u8]) -> Result<Self, String> {
        let chain = certificates(chain).map_err(|error| format!("the certificate: {error}"))?;
        let key = private_key(key).map_err(|error| format!("the key: {error}"))?;
        let key = any_supported_type(&key)
            .map_err(|error| format!("the key: it is not supported: {error}"))?;
        let certified = CertifiedKey::new(chain, key);
        certified
            .keys_match()
            .map_err(|_| "the key does not belong to the certificate".to_owned())?;
        Ok(Self(Arc::new(certified)))
    }
}

fn private_key(pem: &[u8]) -> Result<PrivateKeyDer<'static>, String> {
    let has = |text: &[u8]| memchr::memmem::find(pem, text).is_some();
    if has(b"BEGIN ENCRYPTED PRIVATE KEY") || has(b"Proc-Type: 4,ENCRYPTED") {
        return Err(
            "it is encrypted; decrypt it first, for example with: openssl pkey -in FILE -out PLAIN"
                .to_owned(),
        );
    }
    PrivateKeyDer::from_pem_slice(pem).map_err(|_| "it holds no private key in PEM form".to_owned())
}

/// A file that takes the keys of connections in the format of NSS, which Wireshark reads.
#[derive(Clone)]
pub struct KeyLogFile(Arc<Mutex<fs::File>>);

impl KeyLogFile {
    /// Opens the file for appending, readable by its owner alone.
    ///
    /// # Errors
    /// The system's.
    pub fn open(path: &Path) -> io::Result<Self> {
        let mut options = fs::OpenOptions::new();
        options.create(true).append(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        Ok(Self(Arc::new(Mutex::new(options.open(path)?))))
    }
}

impl fmt::Debug for KeyLogFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyLogFile")
    }
}

impl KeyLog for KeyLogFile {
    fn log(&self, label: &str, client_random: &[u8], secret: &[u8]) {
        let hex = |bytes: &[u8]| data_encoding::HEXLOWER.encode(bytes);
        let line = format!("{label} {} {}\n", hex(client_random), hex(secret));
        let mut file = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // A disk that is full must not end the connection whose keys it cannot take.
        let _ = file.write_all(line.as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair() -> (String, rcgen::KeyPair) {
        let key = rcgen::KeyPair::generate().unwrap();
        let params = rcgen::CertificateParams::new(vec!["client".to_owned()]).unwrap();
        (params.self_signed(&key).unwrap().pem(), key)
    }

    #[test]
    fn a_chain_and_its_key_make_an_identity() {
        let (certificate, key) = pair();
        assert!(Identity::from_pem(certificate.as_bytes(), key.serialize_pem().as_bytes()).is_ok());
        let both = format!("{certificate}{}", key.serialize_pem());
        assert!(Identity::from_pem(both.as_bytes(), both.as_bytes()).is_ok());
    }

    #[test]
    fn each_defect_of_an_identity_is_named() {
        let (certificate, key) = pair();
        let key = key.serialize_pem();
        let other = rcgen::KeyPair::generate().unwrap().serialize_pem();
        let encrypted =
            "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n";
        for (certificate, key, expected) in [
            (&*key, &*key, "the certificate: it holds no certificate"),
            (
                &*certificate,
                &*certificate,
                "the key: it holds no private key",
            ),
            (&*certificate, &*other, "does not belong to the certificate"),
            (
                &*certificate,
                encrypted,
                "it is encrypted; decrypt it first",
            ),
        ] {
            let error = Identity::from_pem(certificate.as_bytes(), key.as_bytes()).unwrap_err();
            assert!(error.contains(expected), "{error}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_key_log_is_for_its_owner_alone() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys");
        KeyLogFile::open(&path)
            .unwrap()
            .log("CLIENT_RANDOM", &[1], &[2]);
        assert_eq!(fs::read_to_string(&path).unwrap(), "CLIENT_RANDOM 01 02\n");
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
    }
}
