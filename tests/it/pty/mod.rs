//! The binary on a real terminal: a pty with a size, keys, and a screen to look at.
//!
//! ```text
//! let mut terminal = Pty::start([peer.url()]);
//! terminal.expect("> ");  terminal.keys("hello\r");  terminal.expect("< hello");
//! ```

mod screen;

use std::{
    ffi::OsString,
    fs::File,
    io::Write as _,
    os::fd::OwnedFd,
    process::{Command, ExitStatus, Stdio},
    time::Duration,
};

use nix::{
    pty::{Winsize, openpty},
    sys::signal::Signal,
};
use tempfile::TempDir;

use self::screen::Screen;
use crate::run::{BINARY, PATIENCE, Process, Tap, excerpt, hermetic};

/// Keys by name.
pub(crate) mod key {
    pub(crate) const ENTER: &str = "\r";
    pub(crate) const TAB: &str = "\t";
    pub(crate) const UP: &str = "\x1b[A";
    pub(crate) const BACKSPACE: &str = "\x7f";
    pub(crate) const CTRL_C: &str = "\x03";
    pub(crate) const CTRL_D: &str = "\x04";
    pub(crate) const CTRL_R: &str = "\x12";
    pub(crate) const CTRL_Z: &str = "\x1a";
}

/// wscope with a terminal as stdin, stdout, stderr and controlling terminal; killed when dropped.
pub(crate) struct Pty {
    master: File,
    process: Process,
    output: Tap,
    columns: u16,
    rows: u16,
    home: TempDir,
}

impl Pty {
    /// On a terminal of 80 columns and 24 rows.
    pub(crate) fn start<I>(args: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<OsString>,
    {
        Self::start_sized(80, 24, args)
    }

    pub(crate) fn start_sized<I>(columns: u16, rows: u16, args: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<OsString>,
    {
        Self::start_in(tempfile::tempdir().unwrap(), columns, rows, args)
    }

    /// With a home of one's own, to bring files or to meet an earlier run's history.
    pub(crate) fn start_in<I>(home: TempDir, columns: u16, rows: u16, args: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<OsString>,
    {
        Self::spawn(BINARY, home, (columns, rows), args)
    }

    /// Another program than wscope, on a terminal of 80 columns and 24 rows.
    pub(crate) fn start_program<I>(program: &str, args: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<OsString>,
    {
        Self::spawn(program, tempfile::tempdir().unwrap(), (80, 24), args)
    }

    fn spawn<I>(program: &str, home: TempDir, (columns, rows): (u16, u16), args: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<OsString>,
    {
        let pty = openpty(&size(columns, rows), None).unwrap();
        let end = |slave: &OwnedFd| Stdio::from(slave.try_clone().unwrap());
        // setsid makes the pty the controlling terminal, so that Ctrl-C and a resize are signals; it execs in place.
        let mut command = hermetic("setsid", home.path());
        command
            .args(["--ctty", program])
            .args(args.into_iter().map(Into::into))
            .stdin(end(&pty.slave))
            .stdout(end(&pty.slave))
            .stderr(end(&pty.slave));
        let child = command.spawn().expect("setsid, of util-linux, starts");
        drop(command);
        drop(pty.slave);
        let master = File::from(pty.master);
        Self {
            output: Tap::on(master.try_clone().unwrap()),
            process: Process::watch(child),
            master,
            columns,
            rows,
            home,
        }
    }

    /// Types.
    pub(crate) fn keys(&mut self, keys: impl AsRef<[u8]>) {
        self.master.write_all(keys.as_ref()).unwrap();
    }

    /// Pastes as a terminal with bracketed paste does.
    pub(crate) fn paste(&mut self, text: &str) {
        self.keys(format!("\x1b[200~{text}\x1b[201~"));
    }

    /// Gives the terminal another size; the kernel sends SIGWINCH. What was shown stays as it was wrapped.
    pub(crate) fn resize(&mut self, columns: u16, rows: u16) {
        (self.columns, self.rows) = (columns, rows);
        let done = Command::new("stty")
            .args(["cols", &columns.to_string(), "rows", &rows.to_string()])
            .stdin(self.master.try_clone().unwrap())
            .status();
        assert!(
            done.expect("stty, of coreutils, starts").success(),
            "stty resizes"
        );
    }

    pub(crate) fn signal(&self, signal: Signal) {
        self.process.signal(signal);
    }

    /// Waits until the screen, or what has scrolled off it, shows `text`.
    #[track_caller]
    pub(crate) fn expect(&self, text: &str) {
        self.expect_that(&format!("the screen shows {text:?}"), |screen| {
            screen.contains(text)
        });
    }

    /// Waits until `holds` of the screen as text.
    #[track_caller]
    pub(crate) fn expect_that(&self, what: &str, holds: impl Fn(&str) -> bool) {
        let shown = |bytes: &[u8]| holds(&self.render(bytes));
        if !self.output.wait_for(PATIENCE, shown) {
            self.fail(&format!("it was expected that {what}"));
        }
    }

    /// Everything shown so far, scrolled-off lines first, as lines without trailing blanks.
    pub(crate) fn screen(&self) -> String {
        self.render(&self.output.bytes())
    }

    /// What came, escapes included.
    pub(crate) fn raw(&self) -> Vec<u8> {
        self.output.bytes()
    }

    /// Waits for the end of the process and of its output; gives the home back.
    #[track_caller]
    pub(crate) fn wait(mut self) -> (ExitStatus, String, TempDir) {
        let Some(status) = self.process.wait(PATIENCE) else {
            self.fail("it did not end");
        };
        self.output.wait_for_end(Duration::from_secs(1));
        let screen = self.screen();
        (status, screen, self.home)
    }

    /// Waits for the end, and checks the status; returns the last screen.
    #[track_caller]
    pub(crate) fn exits(self, code: i32) -> String {
        let (status, screen, _) = self.wait();
        assert_eq!(status.code(), Some(code), "the status\n{screen}");
        screen
    }

    fn render(&self, bytes: &[u8]) -> String {
        let mut screen = Screen::new(self.columns.into(), self.rows.into());
        screen.feed(bytes);
        screen.text()
    }

    #[track_caller]
    fn fail(&self, what: &str) -> ! {
        panic!(
            "{what}\n--- screen\n{}\n--- raw\n{}",
            self.screen(),
            excerpt(&self.raw())
        );
    }
}

fn size(columns: u16, rows: u16) -> Winsize {
    Winsize {
        ws_row: rows,
        ws_col: columns,
        ws_xpixel: 0,
        ws_ypixel: 0,
    }
}
