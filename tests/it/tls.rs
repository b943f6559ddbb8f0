//! TLS against nginx, whose OpenSSL words its refusals in its own way.

use std::path::Path;

use rcgen::{CertificateParams, KeyPair};

use crate::{
    daemon::{Daemon, file, free_port},
    run::wscope,
};

/// A server with a certificate of its own, one that wants the client's, and one that refuses every name.
fn nginx(folder: &Path, port: u16, strict: u16, closed: u16) -> Vec<String> {
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    let certificate = file(folder, "cert.pem", &params.self_signed(&key).unwrap().pem());
    let key = file(folder, "key.pem", &key.serialize_pem());
    let tls = format!("ssl_certificate {certificate}; ssl_certificate_key {key};");
    let folder_name = folder.display();
    let text = format!(
        "daemon off; master_process off; pid {folder_name}/pid; error_log {folder_name}/log;\n\
         events {{}}\n\
         http {{ access_log off;\n\
           client_body_temp_path {folder_name}; proxy_temp_path {folder_name}; fastcgi_temp_path {folder_name};\n\
           uwsgi_temp_path {folder_name}; scgi_temp_path {folder_name};\n\
           server {{ listen 127.0.0.1:{port} ssl; {tls} return 403 'no entry'; }}\n\
           server {{ listen 127.0.0.1:{strict} ssl; {tls} ssl_verify_client on; ssl_client_certificate {certificate}; }}\n\
           server {{ listen 127.0.0.1:{closed} ssl; ssl_reject_handshake on; }}\n\
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
    let (strict, closed) = (free_port(), free_port());
    let Some(server) = Daemon::start("nginx", |folder, port| nginx(folder, port, strict, closed))
    else {
        return;
    };
    let certificate = server.folder().join("cert.pem");
    let trusted = ["--cacert", certificate.to_str().unwrap()];
    let url = |port: u16| format!("wss://localhost:{port}/");
    wscope([url(server.port)])
        .run()
        .exits(6)
        .says("self-signed");
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
    wscope([url(server.port).replace("wss://", "ws://")])
        .run()
        .exits(7)
        .says("The plain HTTP request was sent to HTTPS port");
}
