//! TLS against rustls' own server, on a thread.

use std::{
    io::{self, Read as _, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use rustls::{
    ServerConfig, ServerConnection, StreamOwned,
    pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer},
};
use url::Host;

use super::{Options, Record, Roots, Trust, Verification, connect};
use crate::net::{Deadline, Error, Stream, Timeline, stream::Eof, timeline::Role};

type Server = StreamOwned<ServerConnection, TcpStream>;

/// A certificate authority, and the server configurations that it vouches for.
struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    fn new() -> Self {
        Self::named("Test CA")
    }

    fn named(name: &str) -> Self {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    fn roots(&self) -> Roots {
        Roots::from_pem(self.0.pem().as_bytes()).unwrap()
    }

    fn server(&self, name: &str, change: impl FnOnce(&mut CertificateParams)) -> Arc<ServerConfig> {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        change(&mut params);
        let leaf = params.signed_by(&key, &self.0).unwrap();
        server_config(leaf.der().clone(), &key)
    }
}

fn server_config(leaf: CertificateDer<'static>, key: &KeyPair) -> Arc<ServerConfig> {
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![leaf], key)
        .unwrap()
        .into()
}

/// Serves one connection.
fn serve<T: Send + 'static>(
    serve: impl FnOnce(TcpStream) -> T + Send + 'static,
) -> (SocketAddr, JoinHandle<T>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let server = thread::spawn(move || serve(listener.accept().unwrap().0));
    (address, server)
}

fn serve_tls<T: Send + 'static>(
    config: Arc<ServerConfig>,
    then: impl FnOnce(&mut Server) -> T + Send + 'static,
) -> (SocketAddr, JoinHandle<T>) {
    serve(move |tcp| {
        tcp.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let mut tls = StreamOwned::new(ServerConnection::new(config).unwrap(), tcp);
        then(&mut tls)
    })
}

fn client(address: SocketAddr, options: &Options) -> (Result<Stream, Error>, Timeline) {
    client_over(
        Stream::from_tcp(TcpStream::connect(address).unwrap()).unwrap(),
        options,
    )
}

fn client_over(mut stream: Stream, options: &Options) -> (Result<Stream, Error>, Timeline) {
    let deadline = Deadline::after(Instant::now(), Duration::from_secs(20));
    stream.set_deadline(Some(deadline.at()));
    let mut timeline = Timeline::new();
    let host = Host::parse("server.test").unwrap();
    let result = connect(
        stream,
        &host,
        Role::Server,
        options,
        deadline,
        &mut timeline,
    );
    (result, timeline)
}

fn trusting(authority: &Authority) -> Options {
    Options {
        extra_roots: authority.roots(),
        ..Options::default()
    }
}

fn record(timeline: &Timeline) -> &Record {
    timeline.tls().unwrap()
}

fn error_of(config: Arc<ServerConfig>, options: &Options) -> (String, Timeline) {
    let (address, server) = serve_tls(config, |tls| tls.read(&mut [0; 16]).map(|_| ()));
    let (result, timeline) = client(address, options);
    let _ = server.join().unwrap();
    (result.unwrap_err().to_string(), timeline)
}

#[test]
fn a_handshake_is_recorded() {
    let authority = Authority::new();
    let (address, server) = serve_tls(authority.server("server.test", |_| ()), |tls| {
        let mut block = [0; 5];
        tls.read_exact(&mut block).unwrap();
        tls.write_all(&block).unwrap();
    });
    let (result, timeline) = client(address, &trusting(&authority));
    let mut stream = result.unwrap();
    stream.write_all(b"hello").unwrap();
    let mut block = [0; 5];
    stream.read_exact(&mut block).unwrap();
    assert_eq!(&block, b"hello");
    server.join().unwrap();
    let record = record(&timeline);
    assert_eq!(record.version, Some("TLS 1.3"));
    assert_eq!(record.trust, Some(Trust::Builtin));
    assert_eq!(record.certificates.len(), 1);
    assert!(
        record.cipher.is_some() && record.group.is_some(),
        "{record:?}"
    );
    assert!(!record.client_certificate_requested);
}

#[test]
fn both_directions_run_at_once_and_lose_nothing() {
    const LENGTH: usize = 8 * 1024 * 1024;
    let authority = Authority::new();
    let (address, server) = serve_tls(authority.server("server.test", |_| ()), |tls| {
        let mut block = vec![0; 50_000];
        let mut echoed = 0;
        while echoed < LENGTH {
            let read = tls.read(&mut block).unwrap();
            tls.write_all(&block[..read]).unwrap();
            echoed += read;
            if echoed % 3 == 0 {
                tls.conn.refresh_traffic_keys().unwrap();
            }
        }
        tls.conn.send_close_notify();
        tls.flush().unwrap();
    });
    let stream = client(address, &trusting(&authority)).0.unwrap();
    let (mut reader, mut writer, _closer) = stream.split(Box::new(|| ())).unwrap();
    let sent: Vec<u8> = (0..LENGTH as u32)
        .map(|index| (index.wrapping_mul(2_654_435_761) >> 13) as u8)
        .collect();
    let copy = sent.clone();
    let sender = thread::spawn(move || {
        for piece in copy.chunks(77_777) {
            writer.write_all(piece).unwrap();
        }
        writer
    });
    let mut received = Vec::new();
    reader.read_to_end(&mut received).unwrap();
    assert!(received == sent, "{} bytes came back", received.len());
    assert_eq!(reader.eof(), Eof::Orderly);
    drop(sender.join().unwrap());
    server.join().unwrap();
}

#[test]
fn an_end_without_close_notify_is_an_end_and_is_known() {
    let authority = Authority::new();
    let (address, server) = serve_tls(authority.server("server.test", |_| ()), |tls| {
        tls.write_all(b"hi").unwrap();
        // The test certificate's tickets and the text are flushed; the socket is closed under TLS.
    });
    let stream = client(address, &trusting(&authority)).0.unwrap();
    let (mut reader, _writer, _closer) = stream.split(Box::new(|| ())).unwrap();
    let mut received = String::new();
    reader.read_to_string(&mut received).unwrap();
    assert_eq!((received.as_str(), reader.eof()), ("hi", Eof::Truncated));
    server.join().unwrap();
}

#[test]
fn close_write_sends_close_notify_and_keeps_reading() {
    let authority = Authority::new();
    let (address, server) = serve_tls(authority.server("server.test", |_| ()), |tls| {
        let mut received = Vec::new();
        tls.read_to_end(&mut received).unwrap();
        tls.write_all(&received).unwrap();
        tls.conn.send_close_notify();
        tls.flush().unwrap();
    });
    let stream = client(address, &trusting(&authority)).0.unwrap();
    let (mut reader, mut writer, _closer) = stream.split(Box::new(|| ())).unwrap();
    writer.write_all(b"last words").unwrap();
    writer.close_write().unwrap();
    let mut received = String::new();
    reader.read_to_string(&mut received).unwrap();
    assert_eq!(received, "last words");
    server.join().unwrap();
}

#[test]
fn shutdown_wakes_a_blocked_reader() {
    let authority = Authority::new();
    let (address, server) = serve_tls(authority.server("server.test", |_| ()), |tls| {
        tls.read(&mut [0; 16]).is_err()
    });
    let stream = client(address, &trusting(&authority)).0.unwrap();
    let (mut reader, _writer, closer) = stream.split(Box::new(|| ())).unwrap();
    let waiting = thread::spawn(move || reader.read(&mut [0; 16]));
    closer.shutdown();
    match waiting.join().unwrap() {
        Ok(length) => assert_eq!(length, 0),
        // the server's session tickets came after the shutdown
        Err(error) => assert_eq!(error.kind(), io::ErrorKind::ConnectionReset),
    }
    server.join().unwrap();
}

#[test]
fn garbage_after_the_handshake_is_an_error_whose_alert_reaches_the_peer() {
    let authority = Authority::new();
    let (address, server) = serve_tls(authority.server("server.test", |_| ()), |tls| {
        tls.read_exact(&mut [0; 2]).unwrap();
        tls.sock
            .write_all(b"\x17\x03\x03\x00\x20garbagegarbagegarbagegarbage!!!!")
            .unwrap();
        tls.read(&mut [0; 16]).unwrap_err().to_string()
    });
    let stream = client(address, &trusting(&authority)).0.unwrap();
    let pending = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&pending);
    let on_pending = Box::new(move || {
        counter.fetch_add(1, Ordering::SeqCst);
    });
    let (mut reader, mut writer, _closer) = stream.split(on_pending).unwrap();
    writer.write_all(b"go").unwrap();
    let error = reader.read(&mut [0; 16]).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::InvalidData);
    assert_eq!(pending.load(Ordering::SeqCst), 1);
    writer.flush_pending().unwrap();
    let seen = server.join().unwrap();
    assert!(seen.contains("BadRecordMac"), "{seen}");
}

#[test]
fn tls_runs_over_tls() {
    let authority = Authority::new();
    let (outer, inner) = (
        authority.server("server.test", |_| ()),
        authority.server("server.test", |_| ()),
    );
    let (address, server) = serve_tls(outer, move |tls| {
        let mut within = StreamOwned::new(ServerConnection::new(inner).unwrap(), tls);
        let mut block = vec![0; 300_000];
        within.read_exact(&mut block).unwrap();
        within.write_all(&block).unwrap();
        within.conn.send_close_notify();
        within.flush().unwrap();
    });
    let outer = client(address, &trusting(&authority)).0.unwrap();
    let inner = client_over(outer, &trusting(&authority)).0.unwrap();
    let (mut reader, mut writer, _closer) = inner.split(Box::new(|| ())).unwrap();
    let sent = vec![7; 300_000];
    writer.write_all(&sent).unwrap();
    let mut received = Vec::new();
    reader.read_to_end(&mut received).unwrap();
    assert!(received == sent);
    server.join().unwrap();
}

#[test]
fn a_certificate_for_another_name_is_refused_with_its_names() {
    let authority = Authority::new();
    let config = authority.server("other.test", |_| ());
    let (error, timeline) = error_of(config, &trusting(&authority));
    assert!(
        error.contains("not for server.test: its names are"),
        "{error}"
    );
    assert!(error.contains("other.test"), "{error}");
    assert_eq!(record(&timeline).certificates.len(), 1);
}

#[test]
fn an_expired_certificate_says_since_when() {
    let authority = Authority::new();
    let config = authority.server("server.test", |params| {
        params.not_before = rcgen::date_time_ymd(2020, 1, 1);
        params.not_after = rcgen::date_time_ymd(2021, 1, 1);
    });
    let (error, _) = error_of(config, &trusting(&authority));
    assert!(
        error.contains("has expired") && error.contains("days ago"),
        "{error}"
    );
}

#[test]
fn an_unknown_issuer_is_refused_and_with_k_only_recorded() {
    let authority = Authority::new();
    let (error, _) = error_of(authority.server("server.test", |_| ()), &Options::default());
    assert!(error.contains("issuer"), "{error}");

    let insecure = Options {
        verification: Verification::Recorded,
        ..Options::default()
    };
    let (address, server) = serve_tls(authority.server("server.test", |_| ()), |tls| {
        tls.write_all(b"hi").unwrap();
    });
    let (result, timeline) = client(address, &insecure);
    result.unwrap();
    server.join().unwrap();
    let fault = record(&timeline).certificate_fault.as_deref().unwrap();
    assert!(fault.contains("issuer"), "{fault}");
    assert_eq!(record(&timeline).trust, None);
}

#[test]
fn a_port_that_speaks_http_is_named() {
    let (address, server) = serve(|mut tcp| {
        let _ = tcp.read(&mut [0; 2048]);
        tcp.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").unwrap();
    });
    let (result, timeline) = client(address, &Options::default());
    let error = result.unwrap_err();
    assert_eq!(
        error.to_string(),
        "TLS with server.test failed: this port does not speak TLS: it answered in plain HTTP"
    );
    assert!(record(&timeline).first_bytes.starts_with(b"HTTP/1.1 400"));
    server.join().unwrap();
}

#[test]
fn an_alert_is_named_by_number_and_meaning() {
    let (address, server) = serve(|mut tcp| {
        let _ = tcp.read(&mut [0; 2048]);
        tcp.write_all(b"\x15\x03\x03\x00\x02\x02\x70").unwrap();
    });
    let error = client(address, &Options::default())
        .0
        .unwrap_err()
        .to_string();
    assert!(error.contains("alert 112 (unrecognized_name)"), "{error}");
    server.join().unwrap();
}

#[test]
fn a_server_that_hangs_up_on_the_client_hello_is_told_from_one_that_resets() {
    let (address, server) = serve(|mut tcp| {
        let _ = tcp.read(&mut [0; 2048]);
    });
    let error = client(address, &Options::default())
        .0
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("without answering the ClientHello"),
        "{error}"
    );
    server.join().unwrap();

    let (address, server) = serve(|tcp| {
        let mut first = [0; 1];
        let _ = (&tcp).read(&mut first);
        socket2::SockRef::from(&tcp)
            .set_linger(Some(Duration::ZERO))
            .unwrap();
    });
    let error = client(address, &Options::default())
        .0
        .unwrap_err()
        .to_string();
    assert!(error.contains("reset during the handshake"), "{error}");
    server.join().unwrap();
}

#[test]
fn a_server_that_says_nothing_times_out_in_the_tls_stage() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut stream =
        Stream::from_tcp(TcpStream::connect(listener.local_addr().unwrap()).unwrap()).unwrap();
    let deadline = Deadline::after(Instant::now(), Duration::from_millis(50));
    stream.set_deadline(Some(deadline.at()));
    let host = Host::parse("server.test").unwrap();
    let error = connect(
        stream,
        &host,
        Role::Server,
        &Options::default(),
        deadline,
        &mut Timeline::new(),
    )
    .unwrap_err();
    assert_eq!(
        error.to_string(),
        "TLS handshake with server.test timed out after 50 ms"
    );
}

#[test]
fn a_self_signed_certificate_is_called_so() {
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec!["server.test".to_owned()]).unwrap();
    let config = server_config(params.self_signed(&key).unwrap().der().clone(), &key);
    let (error, _) = error_of(config, &Options::default());
    assert!(
        error.contains("self-signed; trust it with --cacert FILE"),
        "{error}"
    );
}

/// What comes of a connection to a server whose self-signed certificate is the one that `--cacert` names.
fn trusting_itself(name: &str, change: impl FnOnce(&mut CertificateParams)) -> Result<(), String> {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
    change(&mut params);
    let certificate = params.self_signed(&key).unwrap();
    let options = Options {
        extra_roots: Roots::from_pem(certificate.pem().as_bytes()).unwrap(),
        ..Options::default()
    };
    let config = server_config(certificate.der().clone(), &key);
    let (address, server) = serve_tls(config, |tls| tls.write_all(b"hi"));
    let (result, _) = client(address, &options);
    let _ = server.join().unwrap();
    result.map(|_| ()).map_err(|error| error.to_string())
}

#[test]
fn a_self_signed_certificate_that_is_given_is_trusted_even_if_it_is_an_authority() {
    trusting_itself("server.test", |_| ()).unwrap();
    trusting_itself("server.test", |params| {
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    })
    .unwrap();
}

#[test]
fn a_self_signed_certificate_that_is_given_still_has_its_name_and_its_time() {
    let error = trusting_itself("other.test", |params| {
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    })
    .unwrap_err();
    assert!(error.contains("its names are other.test"), "{error}");
    let error = trusting_itself("server.test", |params| {
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.not_before = rcgen::date_time_ymd(2020, 1, 1);
        params.not_after = rcgen::date_time_ymd(2021, 1, 1);
    })
    .unwrap_err();
    assert!(
        error.contains("has expired") && error.contains("days ago"),
        "{error}"
    );
}

#[test]
fn an_unknown_issuer_is_named() {
    let authority = Authority::new();
    let (error, timeline) = error_of(authority.server("server.test", |_| ()), &Options::default());
    assert!(error.contains("Test CA"), "{error}");
    assert_eq!(record(&timeline).chain()[0].names, ["server.test"]);
}

#[test]
fn with_ca_only_the_given_certificate_alone_is_trusted() {
    let (authority, other) = (Authority::new(), Authority::named("Other CA"));
    let only = |authority: &Authority| Options {
        trust: super::TrustIn::Given,
        ..trusting(authority)
    };
    let (address, server) = serve_tls(authority.server("server.test", |_| ()), |tls| {
        tls.write_all(b"hi").unwrap();
    });
    client(address, &only(&authority)).0.unwrap();
    server.join().unwrap();
    let (error, _) = error_of(authority.server("server.test", |_| ()), &only(&other));
    assert!(error.contains("issuer is not known here"), "{error}");
}

#[test]
fn a_pin_holds_even_with_k() {
    let authority = Authority::new();
    let insecure = Options {
        verification: Verification::Recorded,
        pins: vec![super::Pin([0; 32])],
        ..Options::default()
    };
    let (error, _) = error_of(authority.server("server.test", |_| ()), &insecure);
    assert!(error.contains("--pinnedpubkey"), "{error}");
}

#[test]
fn the_right_pin_is_accepted() {
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec!["server.test".to_owned()]).unwrap();
    let certificate = params.self_signed(&key).unwrap();
    let public = super::certificate::public_key(certificate.der()).unwrap();
    let suite = rustls::crypto::ring::cipher_suite::TLS13_AES_128_GCM_SHA256;
    let digest = suite.tls13().unwrap().common.hash_provider.hash(&public);
    let options = Options {
        verification: Verification::Recorded,
        pins: vec![super::Pin(digest.as_ref().try_into().unwrap())],
        ..Options::default()
    };
    let config = server_config(certificate.der().clone(), &key);
    let (address, server) = serve_tls(config, |tls| tls.write_all(b"hi").unwrap());
    client(address, &options).0.unwrap();
    server.join().unwrap();
}

#[test]
fn versions_can_be_limited() {
    let authority = Authority::new();
    let options = Options {
        highest: super::Version::Tls12,
        ..trusting(&authority)
    };
    let (address, server) = serve_tls(authority.server("server.test", |_| ()), |tls| {
        tls.write_all(b"hi").unwrap();
    });
    let (result, timeline) = client(address, &options);
    result.unwrap();
    server.join().unwrap();
    assert_eq!(record(&timeline).version, Some("TLS 1.2"));
}

#[test]
fn a_client_shows_its_certificate_and_the_request_for_it_is_recorded() {
    let authority = Authority::new();
    let (key, client_key) = (KeyPair::generate().unwrap(), KeyPair::generate().unwrap());
    let leaf = CertificateParams::new(vec!["server.test".to_owned()])
        .unwrap()
        .signed_by(&key, &authority.0)
        .unwrap();
    let own = CertificateParams::new(vec!["client".to_owned()])
        .unwrap()
        .signed_by(&client_key, &authority.0)
        .unwrap();
    let mut roots = rustls::RootCertStore::empty();
    roots
        .add(CertificateDer::from(authority.0.der().to_vec()))
        .unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = rustls::server::WebPkiClientVerifier::builder_with_provider(
        roots.into(),
        Arc::clone(&provider),
    )
    .build()
    .unwrap();
    let config: Arc<ServerConfig> = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_client_cert_verifier(verifier)
        .with_single_cert(
            vec![leaf.der().clone()],
            PrivatePkcs8KeyDer::from(key.serialize_der()).into(),
        )
        .unwrap()
        .into();
    let (address, server) = serve_tls(Arc::clone(&config), |tls| tls.write_all(b"hi").unwrap());
    let identity =
        super::Identity::from_pem(own.pem().as_bytes(), client_key.serialize_pem().as_bytes())
            .unwrap();
    let options = Options {
        identity: Some(identity),
        ..trusting(&authority)
    };
    let (result, timeline) = client(address, &options);
    result.unwrap();
    server.join().unwrap();
    assert!(record(&timeline).client_certificate_requested);

    let (address, server) = serve_tls(config, |tls| tls.write_all(b"hi").is_err());
    let (result, timeline) = client(address, &trusting(&authority));
    assert!(record(&timeline).client_certificate_requested);
    let error = result.unwrap().read(&mut [0; 16]).unwrap_err();
    assert!(
        error.to_string().to_lowercase().contains("certificate"),
        "{error}"
    );
    assert!(server.join().unwrap());
}
