//! `wscope check` where TLS does not come about: what the peer does with the ClientHello, and its certificates.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use rustls::{
    ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer},
};
use tempfile::NamedTempFile;

use crate::{
    check::{check, json, verdict},
    peer::{Conn, Peer},
    run::wscope,
};

#[test]
fn tls_that_does_not_come_about_is_named() {
    let mut wrong = Vec::new();
    for (name, script, expected) in TLS_DEFECTS {
        let peer = Peer::start(script);
        let url = peer.url().replace("ws://", "wss://");
        let outcome = check(
            ["--json", "--level", "quick", "--connect-timeout", "2"],
            &url,
        );
        let got = verdict(&json(&outcome));
        if got != *expected {
            wrong.push(format!("{name}: {got}, expected {expected}"));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// What the peer does with a ClientHello, and the finding.
type TlsDefect = (&'static str, fn(&mut Conn), &'static str);

const TLS_DEFECTS: &[TlsDefect] = &[
    ("alert 112", |conn| alert(conn, 112), "T7 certain"),
    ("alert 40", |conn| alert(conn, 40), "T8 likely"),
    ("alert 70", |conn| alert(conn, 70), "T9 certain"),
    ("alert 120", |conn| alert(conn, 120), "T18 certain"),
    ("alert 116", |conn| alert(conn, 116), "T10 certain"),
    (
        "HTTP",
        |conn| {
            conn.first_bytes();
            conn.send("HTTP/1.1 400 Bad Request\r\n\r\n");
            conn.fin();
        },
        "T11 certain",
    ),
    (
        "FIN",
        |conn| {
            conn.first_bytes();
            conn.fin();
        },
        "T13 possible",
    ),
    (
        "RST",
        |conn| {
            conn.first_bytes();
            conn.reset();
        },
        "T14 possible",
    ),
    ("silence", |conn| conn.drain(), "T15 possible"),
];

fn alert(conn: &mut Conn, number: u8) {
    conn.first_bytes();
    conn.send([0x15, 3, 3, 0, 2, 2, number]);
    conn.fin();
}

#[test]
fn certificates_that_are_refused_are_told_apart() {
    let now = SystemTime::now();
    let days = |count: u64| Duration::from_secs(count * 24 * 60 * 60);
    let mut wrong = Vec::new();
    for (name, host, from, to, is_trusted, expected) in [
        (
            "expired",
            "127.0.0.1",
            now - days(40),
            now - days(10),
            true,
            "T1 certain",
        ),
        (
            "not yet valid",
            "127.0.0.1",
            now + days(10),
            now + days(40),
            true,
            "T2 likely",
        ),
        (
            "another name",
            "other.example",
            now - days(1),
            now + days(40),
            true,
            "T3 certain",
        ),
        (
            "self-signed",
            "127.0.0.1",
            now - days(1),
            now + days(40),
            false,
            "T4 certain",
        ),
    ] {
        let (certificate, key) = certificate(host, from, to);
        let file = NamedTempFile::new().unwrap();
        std::fs::write(file.path(), certificate.pem()).unwrap();
        let config = server_config(&certificate, &key);
        let peer = Peer::start(move |conn| {
            conn.start_tls(config);
            conn.drain();
        });
        let url = peer.url().replace("ws://", "wss://");
        let cacert = ["--cacert", file.path().to_str().unwrap()];
        let trust = if is_trusted { &cacert[..] } else { &[] };
        let arguments = ["check", "--json", "--level", "quick"]
            .into_iter()
            .chain(trust.iter().copied());
        let outcome = wscope(arguments.chain([url.as_str()]).map(str::to_owned))
            .run()
            .exits(6);
        let got = verdict(&json(&outcome));
        if got != expected {
            wrong.push(format!("{name}: {got}, expected {expected}"));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn an_inspecting_proxy_and_a_missing_intermediate_are_told_apart() {
    let mut wrong = Vec::new();
    for (issuer, sends_issuer, expected) in [
        (
            "Zscaler Intermediate Root CA (zscaler.net)",
            true,
            "T5 certain",
        ),
        (
            "Zscaler Intermediate Root CA (zscaler.net)",
            false,
            "T5 likely",
        ),
        ("Example Company Root", true, "T5 possible"),
        ("Example Public Intermediate", false, "T6 likely"),
    ] {
        let config = issued_by(issuer, sends_issuer);
        let peer = Peer::start(move |conn| {
            conn.start_tls(config);
            conn.drain();
        });
        let url = peer.url().replace("ws://", "wss://");
        let outcome = check(["--json", "--level", "quick"], &url).exits(6);
        let report = json(&outcome);
        let got = verdict(&report);
        let names_issuer = report.to_string().contains(issuer);
        if got != expected || !names_issuer {
            wrong.push(format!("{issuer}: {got}, expected {expected}: {report}"));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// A server whose leaf was issued by that name, with the issuer's certificate behind it or alone.
fn issued_by(issuer: &str, sends_issuer: bool) -> Arc<ServerConfig> {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params
        .distinguished_name
        .push(DnType::CommonName, issuer.to_owned());
    let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let leaf = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
    let leaf = leaf.signed_by(&key, &issuer).unwrap();
    let chain = [leaf.der().clone()]
        .into_iter()
        .chain(sends_issuer.then(|| issuer.der().clone()));
    serving(chain.collect(), &key)
}

fn certificate(host: &str, from: SystemTime, to: SystemTime) -> (rcgen::Certificate, KeyPair) {
    let mut params = CertificateParams::new(vec![host.to_owned()]).unwrap();
    params.not_before = from.into();
    params.not_after = to.into();
    let key = KeyPair::generate().unwrap();
    (params.self_signed(&key).unwrap(), key)
}

fn server_config(certificate: &rcgen::Certificate, key: &KeyPair) -> Arc<ServerConfig> {
    serving(vec![certificate.der().clone()], key)
}

fn serving(chain: Vec<CertificateDer<'static>>, key: &KeyPair) -> Arc<ServerConfig> {
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .unwrap();
    Arc::new(config)
}
