//! The binary as its users run it: arguments, stdin, stdout, a status; hermetic, and with every wait bounded.
//!
//! ```text
//! wscope([..]).stdin("hello\n").run().exits(0).prints("hello\n")
//! let mut run = wscope([..]).stdin_open().start();     a run to talk with while it lasts
//! ```

use std::{
    ffi::{OsStr, OsString},
    fmt::Write as _,
    fs::{File, OpenOptions},
    io::{Read, Write as _},
    os::unix::process::ExitStatusExt as _,
    path::Path,
    process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio},
    sync::{Arc, Condvar, Mutex, MutexGuard, mpsc},
    thread,
    time::{Duration, Instant},
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use tempfile::TempDir;

/// How long anything may take before the test fails with a dump.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// The path of the binary under test.
pub(crate) const BINARY: &str = env!("CARGO_BIN_EXE_wscope");

/// A run to be started; stdin is empty (`/dev/null`) until said otherwise.
pub(crate) fn wscope<I>(args: I) -> Wscope
where
    I: IntoIterator,
    I::Item: Into<OsString>,
{
    Wscope {
        args: args.into_iter().map(Into::into).collect(),
        env: Vec::new(),
        stdin: Stdin::Null,
        stdout: Stdout::Captured,
        patience: PATIENCE,
    }
}

/// A command whose environment holds nothing of the machine's: no proxies, no colours, no home.
pub(crate) fn hermetic(program: impl AsRef<OsStr>, home: &Path) -> Command {
    let mut command = Command::new(program);
    command
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", home)
        .env("XDG_CONFIG_HOME", home.join("config"))
        .env("XDG_DATA_HOME", home.join("data"))
        .env("XDG_STATE_HOME", home.join("state"))
        .env("XDG_CACHE_HOME", home.join("cache"))
        .env("LANG", "C.UTF-8")
        .env("TERM", "xterm-256color")
        .env("TZ", "UTC")
        .current_dir(home);
    command
}

enum Stdin {
    Bytes(Vec<u8>),
    Open,
    Null,
    Closed,
    Unreadable,
}

enum Stdout {
    Captured,
    Unread,
    File(File),
    Closed,
}

pub(crate) struct Wscope {
    args: Vec<OsString>,
    env: Vec<(OsString, OsString)>,
    stdin: Stdin,
    stdout: Stdout,
    patience: Duration,
}

impl Wscope {
    /// More arguments, after those it has.
    pub(crate) fn args<I>(mut self, args: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<OsString>,
    {
        self.args.extend(args.into_iter().map(Into::into));
        self
    }

    pub(crate) fn env(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.env.push((name.into(), value.into()));
        self
    }

    /// Stdin is a pipe that brings these bytes, then ends.
    pub(crate) fn stdin(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.stdin = Stdin::Bytes(bytes.into());
        self
    }

    /// Stdin is a pipe that stays open until the test closes it.
    pub(crate) fn stdin_open(mut self) -> Self {
        self.stdin = Stdin::Open;
        self
    }

    /// Stdin is closed, as after `<&-`.
    pub(crate) fn stdin_closed(mut self) -> Self {
        self.stdin = Stdin::Closed;
        self
    }

    /// Stdin is `/dev/null` opened for writing only, as `nohup` leaves it: reading fails with EBADF.
    pub(crate) fn stdin_of_nohup(mut self) -> Self {
        self.stdin = Stdin::Unreadable;
        self
    }

    /// Stdout is a pipe that nobody reads until the test takes it with [`Running::stdout`].
    pub(crate) fn stdout_unread(mut self) -> Self {
        self.stdout = Stdout::Unread;
        self
    }

    pub(crate) fn stdout_to(mut self, file: File) -> Self {
        self.stdout = Stdout::File(file);
        self
    }

    /// Stdout is closed, as after `>&-`.
    pub(crate) fn stdout_closed(mut self) -> Self {
        self.stdout = Stdout::Closed;
        self
    }

    /// How long the whole run may take; [`PATIENCE`] unless told.
    pub(crate) fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Runs it to its end.
    #[track_caller]
    pub(crate) fn run(self) -> Outcome {
        self.start().wait()
    }

    #[track_caller]
    pub(crate) fn start(self) -> Running {
        let home = tempfile::tempdir().unwrap();
        let mut command = self.command(home.path());
        let mut child = command.spawn().expect("wscope starts");
        let stdin = feed(&mut child, self.stdin);
        let stderr = Tap::on(child.stderr.take().unwrap());
        let (stdout, unread) = match (self.stdout, child.stdout.take()) {
            (Stdout::Captured, Some(pipe)) => (Tap::on(pipe), None),
            (_, pipe) => (Tap::ended(), pipe),
        };
        Running {
            args: self.args,
            process: Process::watch(child),
            patience: self.patience,
            stdin,
            stdout,
            unread,
            stderr,
            _home: home,
        }
    }

    fn command(&self, home: &Path) -> Command {
        let redirections = match (&self.stdin, &self.stdout) {
            (Stdin::Closed, Stdout::Closed) => "<&- >&-",
            (Stdin::Closed, _) => "<&-",
            (_, Stdout::Closed) => ">&-",
            _ => "",
        };
        let mut command = if redirections.is_empty() {
            hermetic(BINARY, home)
        } else {
            let mut shell = hermetic("sh", home);
            shell.args(["-c", &format!("exec \"$0\" \"$@\" {redirections}"), BINARY]);
            shell
        };
        command
            .args(&self.args)
            .envs(self.env.iter().map(|(name, value)| (name, value)))
            .stdin(match self.stdin {
                Stdin::Bytes(_) | Stdin::Open => Stdio::piped(),
                Stdin::Null | Stdin::Closed => Stdio::null(),
                Stdin::Unreadable => {
                    Stdio::from(OpenOptions::new().write(true).open("/dev/null").unwrap())
                }
            })
            .stdout(match &self.stdout {
                Stdout::Captured | Stdout::Unread => Stdio::piped(),
                Stdout::File(file) => Stdio::from(file.try_clone().unwrap()),
                Stdout::Closed => Stdio::null(),
            })
            .stderr(Stdio::piped());
        command
    }
}

/// Gives a bytes-stdin to a thread of its own, so that a run which does not read cannot block the test.
fn feed(child: &mut Child, stdin: Stdin) -> Option<ChildStdin> {
    let mut pipe = child.stdin.take()?;
    let Stdin::Bytes(bytes) = stdin else {
        return Some(pipe);
    };
    thread::spawn(move || pipe.write_all(&bytes));
    None
}

/// A run that lasts; killed when the test drops it.
pub(crate) struct Running {
    args: Vec<OsString>,
    process: Process,
    patience: Duration,
    stdin: Option<ChildStdin>,
    stdout: Tap,
    unread: Option<ChildStdout>,
    stderr: Tap,
    _home: TempDir,
}

impl Running {
    /// Writes to an open stdin.
    #[track_caller]
    pub(crate) fn write(&mut self, bytes: impl AsRef<[u8]>) {
        let pipe = self.stdin.as_mut().expect("stdin is open");
        if let Err(error) = pipe.write_all(bytes.as_ref()) {
            self.fail(&format!("stdin could not be written: {error}"));
        }
    }

    /// Takes the open stdin, for a thread that writes while the test reads.
    pub(crate) fn stdin(&mut self) -> ChildStdin {
        self.stdin.take().expect("stdin is open")
    }

    pub(crate) fn close_stdin(&mut self) {
        self.stdin = None;
    }

    /// Takes the pipe of an unread stdout, to be read slowly or dropped.
    pub(crate) fn stdout(&mut self) -> ChildStdout {
        self.unread.take().expect("stdout is unread")
    }

    /// Waits until stdout holds `text`.
    #[track_caller]
    pub(crate) fn expect_stdout(&self, text: impl AsRef<[u8]>) {
        let text = text.as_ref();
        if !self
            .stdout
            .wait_for(self.patience, |bytes| contains(bytes, text))
        {
            self.fail(&format!("{} did not come on stdout", text.escape_ascii()));
        }
    }

    /// Waits until stderr holds `text`.
    #[track_caller]
    pub(crate) fn expect_stderr(&self, text: impl AsRef<[u8]>) {
        let text = text.as_ref();
        if !self
            .stderr
            .wait_for(self.patience, |bytes| contains(bytes, text))
        {
            self.fail(&format!("{} did not come on stderr", text.escape_ascii()));
        }
    }

    pub(crate) fn signal(&self, signal: Signal) {
        self.process.signal(signal);
    }

    /// The most memory that was ever resident, in bytes; the process must still run.
    #[track_caller]
    pub(crate) fn peak_memory(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.pid)).unwrap();
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib: u64 = peak
            .and_then(|peak| peak.trim().strip_suffix(" kB"))
            .and_then(|kib| kib.trim().parse().ok())
            .unwrap_or_else(|| self.fail("it no longer runs, so its memory is not known"));
        kib * 1024
    }

    /// Waits for the end, without closing stdin.
    #[track_caller]
    pub(crate) fn wait(mut self) -> Outcome {
        let Some(status) = self.process.wait(self.patience) else {
            self.fail("it did not end");
        };
        for tap in [&self.stdout, &self.stderr] {
            if !tap.wait_for_end(PATIENCE) {
                self.fail("it ended, and something still holds its output open");
            }
        }
        Outcome {
            args: std::mem::take(&mut self.args),
            status,
            stdout: self.stdout.bytes(),
            stderr: String::from_utf8_lossy(&self.stderr.bytes()).into_owned(),
        }
    }

    #[track_caller]
    fn fail(&self, what: &str) -> ! {
        panic!(
            "{what}\n{}",
            dump(&self.args, None, &self.stdout.bytes(), &self.stderr.bytes())
        );
    }
}

/// How a run ended, with assertions that show the whole of it when they fail.
#[derive(Debug)]
pub(crate) struct Outcome {
    args: Vec<OsString>,
    pub(crate) status: ExitStatus,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: String,
}

impl Outcome {
    #[track_caller]
    pub(crate) fn exits(self, code: i32) -> Self {
        self.assert(
            self.status.code() == Some(code),
            &format!("status {code} was expected"),
        );
        self
    }

    #[track_caller]
    pub(crate) fn dies_of(self, signal: Signal) -> Self {
        let died = self.status.signal() == Some(signal as i32);
        self.assert(died, &format!("death by {signal} was expected"));
        self
    }

    /// Stdout is exactly this.
    #[track_caller]
    pub(crate) fn prints(self, stdout: impl AsRef<[u8]>) -> Self {
        let expected = stdout.as_ref();
        let what = format!("stdout was expected to be {}", excerpt(expected));
        self.assert(self.stdout == expected, &what);
        self
    }

    /// Stderr holds this.
    #[track_caller]
    pub(crate) fn says(self, text: &str) -> Self {
        self.assert(
            self.stderr.contains(text),
            &format!("stderr was expected to hold {text:?}"),
        );
        self
    }

    #[track_caller]
    pub(crate) fn never_says(self, text: &str) -> Self {
        self.assert(
            !self.stderr.contains(text),
            &format!("stderr must not hold {text:?}"),
        );
        self
    }

    /// Stderr is empty.
    #[track_caller]
    pub(crate) fn says_nothing(self) -> Self {
        self.assert(self.stderr.is_empty(), "stderr was expected to be empty");
        self
    }

    /// The lines of stdout as JSON values.
    #[track_caller]
    pub(crate) fn events(&self) -> Vec<serde_json::Value> {
        let lines = self.stdout.split_inclusive(|byte| *byte == b'\n');
        lines
            .map(|line| match serde_json::from_slice(line) {
                Ok(event) => event,
                Err(error) => self.fail(&format!("not JSON, {error}: {}", excerpt(line))),
            })
            .collect()
    }

    #[track_caller]
    pub(crate) fn assert(&self, holds: bool, what: &str) {
        if !holds {
            self.fail(what);
        }
    }

    #[track_caller]
    fn fail(&self, what: &str) -> ! {
        let stderr = self.stderr.as_bytes();
        panic!(
            "{what}\n{}",
            dump(&self.args, Some(self.status), &self.stdout, stderr)
        );
    }
}

fn dump(args: &[OsString], status: Option<ExitStatus>, stdout: &[u8], stderr: &[u8]) -> String {
    let mut text = String::from("  command: wscope");
    for arg in args {
        let _ = write!(text, " {arg:?}");
    }
    match status {
        Some(status) => drop(write!(text, "\n  status: {status}")),
        None => text.push_str("\n  status: still running"),
    }
    let _ = write!(
        text,
        "\n  stdout: {} bytes: {}",
        stdout.len(),
        excerpt(stdout)
    );
    let _ = write!(text, "\n  stderr:\n{}", String::from_utf8_lossy(stderr));
    text
}

/// The bytes as a literal, cut in the middle where they are many.
pub(crate) fn excerpt(bytes: &[u8]) -> String {
    const ENDS: usize = 300;
    if bytes.len() <= 2 * ENDS {
        return format!("\"{}\"", bytes.escape_ascii());
    }
    let (head, tail) = (&bytes[..ENDS], &bytes[bytes.len() - ENDS..]);
    format!("\"{}\" … \"{}\"", head.escape_ascii(), tail.escape_ascii())
}

pub(crate) fn contains(bytes: &[u8], text: &[u8]) -> bool {
    memchr::memmem::find(bytes, text).is_some()
}

/// A child process, waited for on a thread of its own so that the wait can be bounded.
pub(crate) struct Process {
    pid: i32,
    ended: mpsc::Receiver<ExitStatus>,
    status: Option<ExitStatus>,
}

impl Process {
    pub(crate) fn watch(mut child: Child) -> Self {
        let pid = i32::try_from(child.id()).unwrap();
        let (tell, ended) = mpsc::channel();
        thread::spawn(move || tell.send(child.wait().unwrap()));
        Self {
            pid,
            ended,
            status: None,
        }
    }

    pub(crate) fn wait(&mut self, patience: Duration) -> Option<ExitStatus> {
        if self.status.is_none() {
            self.status = self.ended.recv_timeout(patience).ok();
        }
        self.status
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill(Pid::from_raw(self.pid), signal).expect("the process takes a signal");
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if self.wait(Duration::ZERO).is_none() {
            let _ = kill(Pid::from_raw(self.pid), Signal::SIGKILL);
        }
    }
}

/// What came out of a pipe so far, collected by a thread.
#[derive(Clone)]
pub(crate) struct Tap(Arc<(Mutex<Collected>, Condvar)>);

#[derive(Default)]
struct Collected {
    bytes: Vec<u8>,
    ended: bool,
}

impl Tap {
    /// Collects `pipe` until its end; an error is an end, as on a pty whose other side has gone.
    pub(crate) fn on(mut pipe: impl Read + Send + 'static) -> Self {
        let tap = Self(Arc::default());
        let collector = tap.clone();
        thread::spawn(move || {
            let mut buffer = vec![0; 64 << 10];
            while let Ok(count @ 1..) = pipe.read(&mut buffer) {
                collector.lock().bytes.extend_from_slice(&buffer[..count]);
                collector.0.1.notify_all();
            }
            collector.lock().ended = true;
            collector.0.1.notify_all();
        });
        tap
    }

    fn ended() -> Self {
        let tap = Self(Arc::default());
        tap.lock().ended = true;
        tap
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.lock().bytes.clone()
    }

    /// Waits until `holds` of the bytes so far; false where they ended, or patience did, before it.
    pub(crate) fn wait_for(&self, patience: Duration, holds: impl Fn(&[u8]) -> bool) -> bool {
        self.wait_until(patience, |state| holds(&state.bytes) || state.ended);
        holds(&self.lock().bytes)
    }

    pub(crate) fn wait_for_end(&self, patience: Duration) -> bool {
        self.wait_until(patience, |state| state.ended);
        self.lock().ended
    }

    fn wait_until(&self, patience: Duration, done: impl Fn(&Collected) -> bool) {
        let deadline = Instant::now() + patience;
        let mut state = self.lock();
        while !done(&state) && Instant::now() < deadline {
            let left = deadline.saturating_duration_since(Instant::now());
            state = self.0.1.wait_timeout(state, left).unwrap().0;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Collected> {
        self.0.0.lock().unwrap()
    }
}
