//! The prompt as a user of tmux sees it, at 80x24: the screens are kept in `tests/screens`.
//!
//! `SNAPSHOTS=overwrite cargo test --test it screens` writes them anew.

use std::{
    thread,
    time::{Duration, Instant},
};

use snapbox::{Assert, Data, assert::Action, data::DataFormat};
use tempfile::TempDir;

use crate::{
    peer::{Peer, gate},
    run::{BINARY, PATIENCE, hermetic},
    servers::{on_path, skip},
};

/// A tmux server of its own with one window.
struct Tmux {
    home: TempDir,
}

impl Tmux {
    fn start(url: &str) -> Self {
        let tmux = Self {
            home: tempfile::tempdir().unwrap(),
        };
        let run = format!("{BINARY} {url}");
        tmux.command(&[
            "-f",
            "/dev/null",
            "new-session",
            "-d",
            "-x",
            "80",
            "-y",
            "24",
            &run,
        ]);
        tmux.command(&["set-option", "-g", "remain-on-exit", "on"]);
        tmux
    }

    fn command(&self, arguments: &[&str]) -> String {
        let socket = self.home.path().join("tmux");
        let output = hermetic("tmux", self.home.path())
            .arg("-S")
            .arg(socket)
            .args(arguments)
            .output()
            .unwrap();
        String::from_utf8(output.stdout).unwrap()
    }

    fn enter(&self, line: &str) {
        self.keys(line);
        self.command(&["send-keys", "Enter"]);
    }

    fn keys(&self, text: &str) {
        self.command(&["send-keys", "-l", text]);
    }

    /// The screen once it shows `text`.
    fn screen_with(&self, text: &str) -> String {
        self.screen_when(text, |_| true)
    }

    /// The screen once it shows `text` and `is_done`.
    fn screen_when(&self, text: &str, is_done: impl Fn(&str) -> bool) -> String {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let screen = self.command(&["capture-pane", "-p"]);
            if screen.contains(text) && is_done(&screen) {
                return screen;
            }
            assert!(
                Instant::now() < deadline,
                "{text:?} and the prompt did not come:\n{screen}"
            );
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Compares the screen, once the prompt is drawn, with the one that is kept, ports and times aside.
    fn assert_screen(&self, name: &str, expected: &str) {
        let has_prompt = |screen: &str| {
            let last = screen.trim_end().lines().next_back();
            last.is_some_and(|line| line.starts_with('>'))
        };
        let screen = steady(&self.screen_when(expected, has_prompt));
        let path = format!("{}/tests/screens/{name}.txt", env!("CARGO_MANIFEST_DIR"));
        let kept = Data::read_from(path.as_ref(), Some(DataFormat::Text));
        Assert::new()
            .action(Action::Verify)
            .action_env("SNAPSHOTS")
            .eq(Data::text(screen), kept.raw());
    }
}

impl Drop for Tmux {
    fn drop(&mut self) {
        self.command(&["kill-server"]);
    }
}

/// Without what differs from run to run.
fn steady(screen: &str) -> String {
    let port = regex::Regex::new(r"127\.0\.0\.1:\d+").unwrap();
    let time = regex::Regex::new(r"\d+(\.\d+)? m?s\b").unwrap();
    let screen = port.replace_all(screen, "127.0.0.1:PORT");
    let lines = screen.lines().map(str::trim_end);
    let screen = lines.collect::<Vec<_>>().join("\n");
    time.replace_all(screen.trim_end(), "TIME").into_owned() + "\n"
}

#[test]
fn a_conversation() {
    if on_path("tmux").is_none() {
        return skip("tmux");
    }
    let peer = Peer::start(|conn| {
        conn.upgrade();
        conn.echo();
    });
    let tmux = Tmux::start(&peer.url());
    tmux.screen_with("connected to");
    for (line, answer) in [
        ("hello", "< hello"),
        (r#"{"price":1.10,"bids":[1,2]}"#, "    ]\n  }"),
        ("/binary 00 01 ff 41", "0001 ff41"),
        ("/ping are you there", "< pong"),
        ("/clsoe", "did you mean"),
        ("/close 5 x", "expected: /close"),
    ] {
        tmux.enter(line);
        tmux.screen_with(answer);
    }
    tmux.keys("/clo");
    tmux.assert_screen("conversation", "> /close [CODE");
    tmux.command(&["send-keys", "C-c"]);
    tmux.command(&["send-keys", "C-d"]);
    tmux.screen_with("closed by us");
}

#[test]
fn a_close_while_a_line_is_typed() {
    if on_path("tmux").is_none() {
        return skip("tmux");
    }
    let (key, closing) = gate();
    let peer = Peer::start(move |conn| {
        conn.upgrade();
        conn.text("{\"level\":\"warn\",\"text\":\"going down\"}");
        closing.pass();
        conn.finish(1012, "deploy");
    });
    let tmux = Tmux::start(&peer.url());
    tmux.screen_with("going down");
    tmux.keys("a line that is only half");
    tmux.screen_with("half");
    key.open();
    tmux.screen_with("Ctrl-D to leave");
    tmux.assert_screen("close", "> a line that is only half");
}

#[test]
fn the_help() {
    if on_path("tmux").is_none() {
        return skip("tmux");
    }
    let peer = Peer::start(|conn| {
        conn.upgrade();
        conn.drain();
    });
    let tmux = Tmux::start(&peer.url());
    tmux.screen_with("connected to");
    tmux.enter("/help");
    tmux.assert_screen("help", "Ctrl-C clears");
}
