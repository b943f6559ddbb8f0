//! Servers from Debian, each in a folder of its own, on a free port of 127.0.0.1.

use std::{
    fs,
    net::{TcpListener, TcpStream},
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use tempfile::TempDir;

use crate::{
    run::PATIENCE,
    servers::{on_path, skip},
};

/// A running server; dropping it ends it.
pub(crate) struct Daemon {
    child: Child,
    folder: TempDir,
    pub(crate) port: u16,
}

impl Daemon {
    /// Starts `name` in the foreground, once it listens; says that the test is skipped where it is not installed.
    ///
    /// `configure` gets a folder that every user may read and a free port, writes what it needs, and gives the
    /// arguments.
    #[track_caller]
    pub(crate) fn start(name: &str, configure: impl Fn(&Path, u16) -> Vec<String>) -> Option<Self> {
        let Some(program) = program(name) else {
            skip(name);
            return None;
        };
        // Another process may take the port between the look and the start.
        (0..3)
            .find_map(|_| Self::try_start(&program, &configure))
            .or_else(|| panic!("{name} does not listen"))
    }

    fn try_start(program: &Path, configure: &impl Fn(&Path, u16) -> Vec<String>) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        // Squid and nginx give up root's rights and go on as a user of their own.
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o777)).unwrap();
        let port = free_port();
        let child = Command::new(program)
            .args(configure(folder.path(), port))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut daemon = Self {
            child,
            folder,
            port,
        };
        daemon.listens().then_some(daemon)
    }

    fn listens(&mut self) -> bool {
        let began = Instant::now();
        while began.elapsed() < PATIENCE && self.child.try_wait().unwrap().is_none() {
            if TcpStream::connect(("127.0.0.1", self.port)).is_ok() {
                return true;
            }
            // A server has no other way to say that it listens.
            thread::sleep(Duration::from_millis(20));
        }
        false
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn authority(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port()
}

/// Writes a file into a server's folder and returns its path as text.
pub(crate) fn file(folder: &Path, name: &str, text: &str) -> String {
    let path = folder.join(name);
    fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

fn program(name: &str) -> Option<PathBuf> {
    on_path(name).or_else(|| Some(Path::new("/usr/sbin").join(name)).filter(|path| path.is_file()))
}
