//! Servers that are not ours: found where they are installed, said to be missing where not.

use std::{
    env,
    io::{self, BufRead as _, BufReader, Write as _},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, Stdio},
};

/// Set to 1, a server that is missing is a failure: `.ci/run` installs them all.
const REQUIRED: &str = "WSCOPE_REQUIRE_SERVERS";

/// Says that a test is skipped for want of `what`, or fails where nothing may be missing.
#[track_caller]
pub(crate) fn skip(what: &str) {
    assert!(
        env::var_os(REQUIRED).is_none_or(|value| value != "1"),
        "{what} not found, and {REQUIRED}=1 forbids to skip"
    );
    // past libtest's capture, which hides what a passing test prints
    let _ = writeln!(io::stderr(), "skipped: {what} not found");
}

/// A program on the path.
pub(crate) fn on_path(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path)
        .map(|folder| folder.join(name))
        .find(|file| file.is_file())
}

/// What `tests/interop/install.sh` installed, below `target/interop`.
pub(crate) fn installed(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("target/interop")
        .join(name);
    path.exists().then_some(path)
}

/// A script under `tests/interop`.
pub(crate) fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/interop")
        .join(name)
}

/// A server that prints its port first and ends when its stdin does.
pub(crate) struct Server {
    child: Child,
    stdin: Option<ChildStdin>,
    pub(crate) port: u16,
}

impl Server {
    #[track_caller]
    pub(crate) fn start(command: &mut Command) -> Self {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the server starts");
        let stdin = child.stdin.take();
        let mut line = String::new();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        stdout.read_line(&mut line).unwrap();
        let port = line.trim().parse().expect("the server prints its port");
        Self { child, stdin, port }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.stdin.take());
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
