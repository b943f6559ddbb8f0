//! The command that the report of a failure ends with: what is pasted connects as the run did.

use crate::{
    peer::Peer,
    run::{BINARY, Outcome, hermetic, wscope},
};

/// A run with these flags, and an answer that only `wscope check` explains.
fn refused(flags: &[&str], resource: &str) -> (Outcome, String) {
    let peer = Peer::start(|conn| {
        conn.answer("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
        conn.fin();
    });
    let url = format!("{}{resource}", peer.url());
    let outcome = wscope(flags).args([url.clone()]).run().exits(7);
    (outcome, url)
}

/// The command under `next`, and that it is one line.
fn next(outcome: &Outcome) -> String {
    let line = outcome.stderr.lines().last().unwrap_or_default();
    let command = line.trim_start().strip_prefix("next");
    outcome.assert(command.is_some(), "the last line was expected to be next");
    command.unwrap_or_default().trim_start().to_owned()
}

/// What `wscope check --dry-run` says when a shell reads the command.
fn pasted(command: &str) -> std::process::Output {
    let home = tempfile::tempdir().unwrap();
    let script = format!("wscope() {{ '{BINARY}' \"$@\"; }}; {command} --dry-run");
    hermetic("sh", home.path())
        .args(["-c", &script])
        .output()
        .unwrap()
}

#[test]
fn the_options_about_connecting_come_back_and_parse() {
    let proxy = Peer::start(|conn| {
        conn.answer("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n");
        conn.fin();
    });
    let proxy_url = proxy.url().replace("ws://", "http://");
    let certificate = rcgen::generate_simple_self_signed(["h.example".to_owned()]).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let cacert = crate::daemon::file(folder.path(), "a b.pem", &certificate.cert.pem());
    let outcome = wscope(["-H", "X-A: b c", "--json", "--cacert", &cacert])
        .args(["-x", &proxy_url, "wss://h.example/?a=1&b=2", "--send", "x"])
        .run()
        .exits(5);
    let command = next(&outcome);
    let expected = format!(
        "wscope check -H 'X-A: b c' --cacert '{cacert}' -x {proxy_url} 'wss://h.example/?a=1&b=2'"
    );
    assert_eq!(command, expected);
    let dry = pasted(&command);
    assert!(dry.status.success(), "{dry:?}");
    let listed = String::from_utf8(dry.stdout).unwrap();
    assert!(listed.contains("wss://h.example/?a=1&b=2"), "{listed}");
}

#[test]
fn without_options_the_command_is_the_url_alone() {
    let (outcome, url) = refused(&["--json", "-w", ""], "");
    assert_eq!(next(&outcome), format!("wscope check {url}"));
}

#[test]
fn a_secret_is_marked_and_its_option_stays() {
    let flags = [
        "-u",
        "me:s3cret",
        "-H",
        "Cookie: k=s3cret",
        "-k",
        "-b",
        "j=s3cret",
    ];
    let (outcome, url) = refused(&flags, "?token=s3cret");
    let outcome = outcome.never_says("s3cret");
    let command = next(&outcome);
    let url = url.replace("s3cret", "[redacted]");
    let expected = format!(
        "wscope check -u '[redacted]' -H 'Cookie: k=[redacted]' -k -b 'j=[redacted]' '{url}'"
    );
    assert_eq!(command, expected);
    let dry = pasted(&command);
    assert!(dry.status.success(), "{dry:?}");
}

#[test]
fn show_secrets_shows_them_here_too() {
    let flags = ["-u", "me:it's s3cret", "--show-secrets"];
    let (outcome, url) = refused(&flags, "?token=s3cret");
    let expected = format!(r"wscope check -u 'me:it'\''s s3cret' '{url}'");
    assert_eq!(next(&outcome), expected);
}
