//! Standard output and standard error as streams of our own buffers.

use std::{
    io::{self, Write},
    sync::{Arc, Mutex, PoisonError},
};

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
