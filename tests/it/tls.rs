//! TLS against nginx, whose OpenSSL words its refusals in its own way.

use std::{
    fmt::Write as _,
    path::Path,
    time::{Duration, SystemTime},
};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, CustomExtension, DnType, IsCa, KeyPair,
};

use crate::{
    daemon::{Daemon, file, free_port},
    peer::{Certificate, Peer},
    run::{Outcome, wscope},
};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

type Authority = CertifiedIssuer<'static, KeyPair>;

/// A server with a certificate of its own, one that wants the client's, one that refuses every name, one without TLS.
fn nginx(folder: &Path, port: u16, [strict, closed, plain]: [u16; 3]) -> Vec<String> {
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    let certificate = file(folder, "cert.pem", &params.self_signed(&key).unwrap().pem());
    let key = file(folder, "key.pem", &key.serialize_pem());
    let tls = format!("ssl_certificate {certificate}; ssl_certificate_key {key};");
    let servers = format!(
        "server {{ listen 127.0.0.1:{port} ssl; {tls} return 403 'no entry'; }}\n\
         server {{ listen 127.0.0.1:{strict} ssl; {tls} ssl_verify_client on; ssl_client_certificate {certificate}; }}\n\
         server {{ listen 127.0.0.1:{closed} ssl; ssl_reject_handshake on; }}\n\
         server {{ listen 127.0.0.1:{plain}; return 403; }}\n"
    );
    configured(folder, &servers)
}

/// The arguments that start nginx with these servers.
fn configured(folder: &Path, servers: &str) -> Vec<String> {
    let folder_name = folder.display();
    let text = format!(
        "daemon off; master_process off; pid {folder_name}/pid; error_log {folder_name}/log;\n\
         events {{}}\n\
         http {{ access_log off;\n\
           client_body_temp_path {folder_name}; proxy_temp_path {folder_name}; fastcgi_temp_path {folder_name};\n\
           uwsgi_temp_path {folder_name}; scgi_temp_path {folder_name};\n\
           {servers}\n\
         }}\n"
    );
    vec![
        "-c".to_owned(),
        file(folder, "nginx.conf", &text),
        "-p".to_owned(),
        folder_name.to_string(),
    ]
}

#[test]
fn nginx_refuses_in_its_own_words() {
    let ports @ [strict, closed, plain] = [(); 3].map(|()| free_port());
    let Some(server) = Daemon::start("nginx", |folder, port| nginx(folder, port, ports)) else {
        return;
    };
    let certificate = server.folder().join("cert.pem");
    let trusted = ["--cacert", certificate.to_str().unwrap()];
    let url = |port: u16| format!("wss://localhost:{port}/");
    wscope([url(server.port)])
        .run()
        .exits(6)
        .says("self-signed")
        .never_says("16 03 03");
    wscope(trusted)
        .args([url(server.port)])
        .run()
        .exits(7)
        .says("403")
        .says("no entry");
    wscope(trusted)
        .args(["--sni", "other.example", &url(server.port)])
        .run()
        .exits(6)
        .says("not for other.example: its names are localhost");
    wscope(["-k", "-v", &url(server.port)])
        .run()
        .exits(7)
        .says("self-signed")
        .says("certificate CN=rcgen self signed cert, for localhost")
        .says("days left");
    wscope(trusted)
        .args([url(strict)])
        .run()
        .exits(7)
        .says("No required SSL certificate was sent")
        .says("--cert");
    wscope(trusted)
        .args([url(closed)])
        .run()
        .exits(6)
        .says("alert 112")
        .says("SNI");
    wscope([url(plain)])
        .run()
        .exits(6)
        .says("this port does not speak TLS: it answered in plain HTTP")
        .says(&format!("wscope ws://localhost:{plain}/"));
    wscope([url(server.port).replace("wss://", "ws://")])
        .run()
        .exits(7)
        .says("The plain HTTP request was sent to HTTPS port");
}

fn authority(name: &str, above: Option<&Authority>) -> Authority {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().unwrap();
    match above {
        Some(above) => CertifiedIssuer::signed_by(params, key, above).unwrap(),
        None => CertifiedIssuer::self_signed(params, key).unwrap(),
    }
}

/// Writes a certificate for localhost and its key, with the certificates that the server sends behind it, and returns
/// nginx' lines that name both.
fn certified(
    folder: &Path,
    name: &str,
    issuer: &Authority,
    sent: &[&Authority],
    change: impl FnOnce(&mut CertificateParams),
) -> String {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    change(&mut params);
    let mut chain = params.signed_by(&key, issuer).unwrap().pem();
    chain.extend(sent.iter().map(|authority| authority.as_ref().pem()));
    let chain = file(folder, &format!("{name}.pem"), &chain);
    let key = file(folder, &format!("{name}.key"), &key.serialize_pem());
    format!("ssl_certificate {chain}; ssl_certificate_key {key};")
}

/// Authority information access: the place of the issuer's certificate, as public authorities write it into theirs.
fn issuers_place(params: &mut CertificateParams) {
    const CA_ISSUERS: &[u8] =
        b"\x30\x1e\x30\x1c\x06\x08\x2b\x06\x01\x05\x05\x07\x30\x02\x86\x10http://ca.test/i";
    let extension =
        CustomExtension::from_oid_content(&[1, 3, 6, 1, 5, 5, 7, 1, 1], CA_ISSUERS.to_vec());
    params.custom_extensions.push(extension);
}

fn expired(params: &mut CertificateParams) {
    params.not_before = (SystemTime::now() - 30 * DAY).into();
    params.not_after = (SystemTime::now() - 3 * DAY - DAY / 2).into();
}

fn not_yet_valid(params: &mut CertificateParams) {
    params.not_before = (SystemTime::now() + 2 * DAY - DAY / 2).into();
    params.not_after = (SystemTime::now() + 30 * DAY).into();
}

/// The authority that is trusted is `root.pem` in the folder.
fn broken_chains(folder: &Path, ports: [u16; 6]) -> Vec<String> {
    let root = authority("Test Root", None);
    let intermediate = authority("Test Intermediate", Some(&root));
    let interceptor = authority("Zscaler Intermediate Root CA", None);
    file(folder, "root.pem", &root.as_ref().pem());
    let nothing = |_: &mut CertificateParams| ();
    let certificates = [
        certified(folder, "whole", &intermediate, &[&intermediate], nothing),
        certified(folder, "expired", &root, &[], expired),
        certified(folder, "future", &root, &[], not_yet_valid),
        certified(folder, "alone", &intermediate, &[], issuers_place),
        certified(folder, "private", &intermediate, &[], nothing),
        certified(folder, "intercepted", &interceptor, &[], nothing),
    ];
    let mut servers = String::new();
    for (port, tls) in ports.iter().zip(certificates) {
        let _ = writeln!(
            servers,
            "server {{ listen 127.0.0.1:{port} ssl; {tls} return 403 'no entry'; }}"
        );
    }
    configured(folder, &servers)
}

/// What each of [`broken_chains`], but the first, which is whole, is said to suffer from.
const FAULTS: [&[&str]; 5] = [
    &["the certificate has expired 3 days ago"],
    &["the certificate is not valid yet, but in 2 days", "clock"],
    &[
        "the server sent its own certificate alone, without the intermediate",
        "Test Intermediate",
        "it must send the chain",
    ],
    &[
        "issuer is not known here",
        "Test Intermediate",
        "have the server send the intermediate",
    ],
    &[
        "TLS is intercepted",
        "Zscaler Intermediate Root CA",
        "--cacert",
    ],
];

#[test]
fn each_broken_chain_is_named() {
    let others = [(); 5].map(|()| free_port());
    let ports = |port| [port, others[0], others[1], others[2], others[3], others[4]];
    let Some(server) = Daemon::start("nginx", |folder, port| broken_chains(folder, ports(port)))
    else {
        return;
    };
    let root = server.folder().join("root.pem");
    let run = |port: u16, flags: &[&str]| {
        wscope(["--cacert", root.to_str().unwrap()])
            .args(flags)
            .args([format!("wss://localhost:{port}/")])
            .run()
    };
    let says_all = |outcome: Outcome, texts: &[&str]| {
        texts
            .iter()
            .fold(outcome, |outcome, text| outcome.says(text))
    };
    run(server.port, &["-v"])
        .exits(7)
        .says("no entry")
        .says("issued by CN=Test Intermediate");
    for (port, fault) in others.into_iter().zip(FAULTS) {
        says_all(run(port, &[]).exits(6), fault).says("\u{2717} tls");
        let overlooked = run(port, &["-k", "-v"]).exits(7).says("no entry");
        says_all(overlooked, fault).says("for localhost, issued by CN=");
    }
}

#[test]
fn stunnel_carries_a_conversation() {
    let certificate = Certificate::for_names(["localhost"]);
    let trusted = ["--cacert", certificate.pem_file().to_str().unwrap()];
    let peer = Peer::start(|conn| {
        conn.upgrade();
        conn.echo();
    });
    let Some(stunnel) = Daemon::start("stunnel4", |folder, port| {
        let text = format!(
            "foreground = yes\nsyslog = no\npid =\n[ws]\naccept = 127.0.0.1:{port}\nconnect = 127.0.0.1:{}\n\
             cert = {}\nkey = {}\n",
            peer.port(),
            certificate.pem_file().display(),
            certificate.key_file().display(),
        );
        vec![file(folder, "stunnel.conf", &text)]
    }) else {
        wscope([peer.url()]).run();
        return;
    };
    let url = format!("wss://localhost:{}/", stunnel.port);
    wscope([url.replace("wss://", "ws://")])
        .run()
        .exits(7)
        .says("\u{2717} upgrade")
        .says(&format!("if that port wants TLS: wscope {url}"));
    wscope(trusted)
        .args([url])
        .stdin("hello\n")
        .run()
        .exits(0)
        .prints("hello\n");
}

/// TLS ends at `port`; at `down`, nobody is behind it.
fn haproxy(
    folder: &Path,
    port: u16,
    down: u16,
    peer: u16,
    certificate: &Certificate,
) -> Vec<String> {
    let parts = [certificate.pem_file(), certificate.key_file()];
    let both = file(
        folder,
        "both.pem",
        &parts
            .map(|part| std::fs::read_to_string(part).unwrap())
            .concat(),
    );
    let text = format!(
        "defaults\n  mode http\n  timeout connect 1s\n  timeout client 20s\n  timeout server 20s\n  retries 0\n\
         frontend tls\n  bind 127.0.0.1:{port} ssl crt {both}\n  default_backend peer\n\
         frontend down\n  bind 127.0.0.1:{down} ssl crt {both}\n  default_backend nobody\n\
         backend peer\n  server s 127.0.0.1:{peer}\n\
         backend nobody\n  server s 127.0.0.1:{}\n",
        free_port()
    );
    ["-db", "-f", &file(folder, "haproxy.cfg", &text)]
        .map(str::to_owned)
        .to_vec()
}

#[test]
fn haproxy_ends_tls_and_is_named_when_nobody_is_behind_it() {
    let certificate = Certificate::for_names(["localhost"]);
    let trusted = ["--cacert", certificate.pem_file().to_str().unwrap()];
    let (peer, down) = (
        Peer::start(|conn| {
            conn.upgrade();
            conn.echo();
        }),
        free_port(),
    );
    let Some(proxy) = Daemon::start("haproxy", |folder, port| {
        haproxy(folder, port, down, peer.port(), &certificate)
    }) else {
        wscope([peer.url()]).run();
        return;
    };
    wscope(trusted)
        .args([format!("wss://localhost:{}/", proxy.port)])
        .stdin("hello\n")
        .run()
        .exits(0)
        .prints("hello\n");
    wscope(trusted)
        .args([format!("wss://localhost:{down}/")])
        .run()
        .exits(7)
        .says("503 Service Unavailable")
        .says("the reverse proxy (HAProxy) wrote this answer");
}
