//! The peer's TLS: a self-signed certificate, made for the test.

use std::{io::Write as _, path::Path, sync::Arc};

use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::{
    ServerConfig,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
};
use tempfile::NamedTempFile;

pub(crate) struct Certificate {
    pem: NamedTempFile,
    key: NamedTempFile,
    config: Arc<ServerConfig>,
}

impl Certificate {
    /// A certificate for these DNS names and addresses.
    pub(crate) fn for_names<const N: usize>(names: [&str; N]) -> Self {
        let CertifiedKey { cert, signing_key } =
            generate_simple_self_signed(names.map(String::from)).unwrap();
        let pem = file_of(&cert.pem());
        let key_file = file_of(&signing_key.serialize_pem());
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(signing_key.serialize_der()));
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![cert.der().clone()], key)
            .unwrap();
        Self {
            pem,
            key: key_file,
            config: Arc::new(config),
        }
    }

    /// The certificate as a PEM file, which lives as long as this value.
    pub(crate) fn pem_file(&self) -> &Path {
        self.pem.path()
    }

    /// Its private key as a PEM file.
    pub(crate) fn key_file(&self) -> &Path {
        self.key.path()
    }

    pub(crate) fn server_config(&self) -> Arc<ServerConfig> {
        self.config.clone()
    }
}

fn file_of(pem: &str) -> NamedTempFile {
    let mut file = NamedTempFile::new().unwrap();
    file.write_all(pem.as_bytes()).unwrap();
    file
}
