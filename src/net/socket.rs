//! The operating system's socket under a stream, and the handle that wakes both of its halves.

use std::{
    io::{self, IoSlice, Read as _, Write as _},
    net::{Shutdown, TcpStream},
    sync::Arc,
    time::{Duration, Instant},
};

#[cfg(unix)]
use std::os::unix::net::UnixStream;

/// A connected socket.
#[derive(Debug)]
pub(super) enum Socket {
    Tcp(TcpStream),
    #[cfg(unix)]
    Unix(UnixStream),
}

impl Socket {
    pub(super) fn read(&self, buffer: &mut [u8], deadline: Option<Instant>) -> io::Result<usize> {
        if let Some(deadline) = deadline {
            self.set_read_timeout(Some(left(deadline)?))?;
        }
        loop {
            let result = match self {
                Self::Tcp(stream) => (&*stream).read(buffer),
                #[cfg(unix)]
                Self::Unix(stream) => (&*stream).read(buffer),
            };
            match result {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                result => return result.map_err(timed_out),
            }
        }
    }

    pub(super) fn write(&self, bytes: &[u8], deadline: Option<Instant>) -> io::Result<usize> {
        if let Some(deadline) = deadline {
            self.set_write_timeout(Some(left(deadline)?))?;
        }
        match self {
            Self::Tcp(stream) => (&*stream).write(bytes),
            #[cfg(unix)]
            Self::Unix(stream) => (&*stream).write(bytes),
        }
        .map_err(timed_out)
    }

    pub(super) fn write_vectored(
        &self,
        parts: &[IoSlice<'_>],
        deadline: Option<Instant>,
    ) -> io::Result<usize> {
        if let Some(deadline) = deadline {
            self.set_write_timeout(Some(left(deadline)?))?;
        }
        match self {
            Self::Tcp(stream) => (&*stream).write_vectored(parts),
            #[cfg(unix)]
            Self::Unix(stream) => (&*stream).write_vectored(parts),
        }
        .map_err(timed_out)
    }

    pub(super) fn set_read_timeout(&self, timeout: Option<Duration>) -> io::Result<()> {
        match self {
            Self::Tcp(stream) => stream.set_read_timeout(timeout),
            #[cfg(unix)]
            Self::Unix(stream) => stream.set_read_timeout(timeout),
        }
    }

    pub(super) fn set_write_timeout(&self, timeout: Option<Duration>) -> io::Result<()> {
        match self {
            Self::Tcp(stream) => stream.set_write_timeout(timeout),
            #[cfg(unix)]
            Self::Unix(stream) => stream.set_write_timeout(timeout),
        }
    }

    pub(super) fn shutdown(&self, how: Shutdown) -> io::Result<()> {
        match self {
            Self::Tcp(stream) => stream.shutdown(how),
            #[cfg(unix)]
            Self::Unix(stream) => stream.shutdown(how),
        }
    }
}

fn left(deadline: Instant) -> io::Result<Duration> {
    deadline
        .checked_duration_since(Instant::now())
        .filter(|left| !left.is_zero())
        .ok_or_else(|| io::ErrorKind::TimedOut.into())
}

/// A socket's own timeout shows as `WouldBlock` on Unix and as `TimedOut` on Windows.
fn timed_out(error: io::Error) -> io::Error {
    if error.kind() == io::ErrorKind::WouldBlock {
        io::ErrorKind::TimedOut.into()
    } else {
        error
    }
}

/// Ends a connection from any thread.
#[derive(Clone, Debug)]
pub struct Closer {
    socket: Arc<Socket>,
}

impl Closer {
    pub(super) fn new(socket: Arc<Socket>) -> Self {
        Self { socket }
    }

    /// Takes the timeouts of the connecting phase off the socket.
    pub(super) fn clear_timeouts(&self) -> io::Result<()> {
        self.socket.set_read_timeout(None)?;
        self.socket.set_write_timeout(None)
    }

    /// Ends both directions: a blocked read returns 0 and a blocked write fails, in whichever thread.
    pub fn shutdown(&self) {
        // It fails where the connection has gone already, and then there is nobody left to wake.
        let _ = self.socket.shutdown(Shutdown::Both);
    }
}
