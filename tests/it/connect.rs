//! The upgrade request and its redirects, as the flags ask for them; and the facts of `-w`.

use crate::{
    daemon::{file, free_port},
    peer::{Conn, Peer},
    run::wscope,
};

fn redirect(conn: &mut Conn, location: &str) -> crate::peer::Request {
    let request = conn.answer(format!(
        "HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n"
    ));
    conn.fin();
    request
}

#[test]
fn a_redirect_is_followed_and_secrets_stay_at_home() {
    let other = Peer::start(|conn| {
        let request = conn.upgrade();
        assert_eq!(request.line(), "GET /new?x=1 HTTP/1.1");
        for secret in ["Authorization", "Cookie", "X-Api-Key"] {
            assert_eq!(request.header(secret), None, "{secret}");
        }
        assert_eq!(request.header("X-Plain").as_deref(), Some("1"));
        conn.text("there");
        conn.finish(1000, "");
    });
    let location = other.url().replace("ws://", "http://") + "new?x=1";
    let first = Peer::start(move |conn| {
        let request = redirect(conn, &location);
        assert_eq!(
            request.header("Authorization").as_deref(),
            Some("Basic dTpw")
        );
        assert_eq!(request.header("Cookie").as_deref(), Some("k=v"));
    });
    let arguments = [
        "-v",
        "-L",
        "-u",
        "u:p",
        "-b",
        "k=v",
        "-H",
        "X-Api-Key: 1",
        "-H",
        "X-Plain: 1",
    ];
    wscope(arguments)
        .args([first.url()])
        .run()
        .exits(0)
        .prints("there\n")
        .says("redirected (302) to");
}

#[test]
fn the_same_host_keeps_the_credentials() {
    let peer = Peer::start_many(2, |index, conn| {
        if index == 0 {
            redirect(conn, "/ws/");
            return;
        }
        let request = conn.upgrade();
        assert_eq!(request.line(), "GET /ws/ HTTP/1.1");
        assert_eq!(request.header("Authorization").as_deref(), Some("Bearer t"));
        conn.finish(1000, "");
    });
    wscope(["-L", "--oauth2-bearer", "t", &peer.url()])
        .run()
        .exits(0);
}

#[test]
fn redirects_have_an_end() {
    let peer = Peer::start_many(3, |_, conn| {
        redirect(conn, "/again");
    });
    wscope(["-L", "--max-redirs", "2", &peer.url()])
        .run()
        .exits(7)
        .says("2 redirects were followed (--max-redirs)");
}

#[test]
fn a_redirect_to_nowhere_is_refused() {
    let peer = Peer::start(|conn| {
        redirect(conn, "ftp://elsewhere/");
    });
    wscope(["-L", &peer.url()])
        .run()
        .exits(7)
        .says("cannot be followed");
}

#[test]
fn files_give_headers_cookies_and_passwords() {
    let peer = Peer::start(|conn| {
        let request = conn.upgrade();
        assert_eq!(request.header("X-File").as_deref(), Some("1"));
        assert_eq!(request.header("Cookie").as_deref(), Some("jar=1; typed=2"));
        assert_eq!(
            request.header("Authorization").as_deref(),
            Some("Basic YW5uOnB3")
        );
        conn.finish(1000, "");
    });
    let folder = tempfile::tempdir().unwrap();
    let headers = file(folder.path(), "headers", "X-File: 1\n\n");
    let jar = file(
        folder.path(),
        "jar",
        "127.0.0.1\tFALSE\t/\tFALSE\t0\tjar\t1\nother\tFALSE\t/\tFALSE\t0\tx\ty\n",
    );
    let netrc = file(
        folder.path(),
        "netrc",
        "machine 127.0.0.1 login ann password pw\n",
    );
    let header_file = format!("@{headers}");
    wscope([
        "--header-file",
        &header_file,
        "-b",
        &jar,
        "-b",
        "typed=2",
        "--netrc-file",
        &netrc,
        &peer.url(),
    ])
    .run()
    .exits(0);
}

#[test]
fn a_request_can_be_bent_for_probing() {
    let peer = Peer::start(|conn| {
        let request = conn.answer("HTTP/1.1 426 Upgrade Required\r\nContent-Length: 0\r\n\r\n");
        assert_eq!(request.line(), "GET / HTTP/1.0");
        assert_eq!(
            request.header("Sec-WebSocket-Version").as_deref(),
            Some("99")
        );
        assert_eq!(
            request.header("Sec-WebSocket-Key").as_deref(),
            Some("short")
        );
        assert_eq!(request.header("User-Agent"), None);
        assert_eq!(request.header("Origin").as_deref(), Some(""));
    });
    let arguments = [
        "--http-version",
        "1.0",
        "--ws-version",
        "99",
        "--ws-key",
        "short",
        "-H",
        "User-Agent:",
        "-H",
        "Origin;",
    ];
    wscope(arguments)
        .args([peer.url()])
        .run()
        .exits(7)
        .says("426");
}

#[test]
fn facts_are_written_at_the_end() {
    let peer = Peer::start(|conn| {
        conn.upgrade_with("X-Server: here\r\n");
        conn.text("hello");
        conn.finish(4001, "bad token");
    });
    let format = "%{http_code} %{close_code} %{close_reason} %{messages_received} %{size_download} %{exitcode} %header{x-server}\\n";
    wscope(["-w", format, &peer.url()])
        .run()
        .exits(10)
        .prints("hello\n101 4001 bad token 1 5 10 here\n");
    let nobody = format!("ws://127.0.0.1:{}/", free_port());
    let outcome = wscope(["-w", "%{json}", &nobody]).run().exits(4);
    assert_eq!(outcome.events()[0]["exitcode"], 4);
}
