//! Standard output and standard error as streams of our own buffers.

use std::{
    io::{self, IsTerminal as _, Write},
    sync::{Arc, Mutex, PoisonError},
};

use super::sanitize::spelled;

/// Standard output without the standard library's line buffer: callers bring whole blocks.
///
/// # Errors
///
/// The system has no descriptors left.
#[cfg(unix)]
pub fn stdout() -> io::Result<Box<dyn Write + Send>> {
    use std::os::fd::AsFd as _;

    let stdout = io::stdout().as_fd().try_clone_to_owned()?;
    enlarge_pipe(&stdout);
    Ok(Box::new(std::fs::File::from(stdout)))
}

/// Standard output.
///
/// # Errors
///
/// None on this system.
#[cfg(not(unix))]
pub fn stdout() -> io::Result<Box<dyn Write + Send>> {
    Ok(Box::new(io::stdout()))
}

/// Standard output for JSON lines; see [`Spelled`].
///
/// # Errors
///
/// The system has no descriptors left.
pub fn json_stdout() -> io::Result<Box<dyn Write + Send>> {
    let stdout = stdout()?;
    Ok(if io::stdout().is_terminal() {
        Box::new(Spelled(stdout))
    } else {
        stdout
    })
}

/// A terminal that is given JSON, in blocks of whole lines: what would act there is spelled as an
/// escape.
#[derive(Debug)]
pub struct Spelled<W>(pub W);

impl<W: Write> Write for Spelled<W> {
    fn write(&mut self, block: &[u8]) -> io::Result<usize> {
        self.write_all(block).map(|()| block.len())
    }

    fn write_all(&mut self, block: &[u8]) -> io::Result<()> {
        let text = String::from_utf8_lossy(block);
        self.0.write_all(spelled(&text).as_bytes())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// A larger pipe more than doubles what real pipelines carry; what is no pipe refuses.
#[cfg(target_os = "linux")]
fn enlarge_pipe(stdout: &std::os::fd::OwnedFd) {
    let _ = nix::fcntl::fcntl(stdout, nix::fcntl::FcntlArg::F_SETPIPE_SZ(1 << 20));
}

#[cfg(all(unix, not(target_os = "linux")))]
fn enlarge_pipe(_: &std::os::fd::OwnedFd) {}

/// Standard error, for blocks of whole lines.
#[must_use]
pub fn stderr() -> SharedStream {
    SharedStream::new(Box::new(io::stderr()))
}

/// A stream that both threads write to, each in whole lines.
#[derive(Clone)]
pub struct SharedStream(Arc<Mutex<Box<dyn Write + Send>>>);

impl SharedStream {
    /// Shares a stream.
    #[must_use]
    pub fn new(stream: Box<dyn Write + Send>) -> Self {
        Self(Arc::new(Mutex::new(stream)))
    }

    /// Writes a block, not mixed with others', and empties it.
    ///
    /// # Errors
    ///
    /// The stream's own.
    pub fn write(&self, block: &mut Vec<u8>) -> io::Result<()> {
        if block.is_empty() {
            return Ok(());
        }
        let mut stream = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let written = stream.write_all(block).and_then(|()| stream.flush());
        block.clear();
        written
    }
}

impl std::fmt::Debug for SharedStream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SharedStream")
    }
}
