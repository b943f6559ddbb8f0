//! A connected byte stream, and its two halves.
//!
//! A stream is used by one thread until the upgrade is done, with a deadline on every wait; then it is split and each
//! half belongs to a thread of its own, without deadline, woken by the [`Closer`].

use std::{
    fmt,
    io::{self, IoSlice},
    net::{Shutdown, TcpStream},
    sync::{Arc, OnceLock},
    time::Instant,
};

use crate::net::{
    socket::{Closer, Socket},
    tls::split::{TlsReader, TlsWriter},
};

/// Called by the reading half when it has produced TLS records that the writing half must send.
pub type OnPending = Box<dyn Fn() + Send + Sync>;

/// The place that [`Stream::split`] puts the callback into; every TLS layer of a stream shares it.
pub(super) type PendingSlot = Arc<OnceLock<OnPending>>;

/// How the peer ended its direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Eof {
    /// TCP FIN; over TLS, after a `close_notify`.
    Orderly,
    /// TCP FIN without a TLS `close_notify`: the end may have been cut off.
    Truncated,
}

/// A connected stream: TCP or a Unix socket, with any number of TLS layers over it.
pub struct Stream {
    reader: ReadHalf,
    writer: WriteHalf,
    closer: Closer,
    pending: PendingSlot,
}

impl fmt::Debug for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stream")
            .field("socket", &self.closer)
            .finish_non_exhaustive()
    }
}

impl Stream {
    /// A stream over a connected TCP socket.
    ///
    /// # Errors
    /// The system's, when the socket's timeouts cannot be cleared.
    pub fn from_tcp(tcp: TcpStream) -> io::Result<Self> {
        Self::new(Socket::Tcp(tcp))
    }

    /// A stream over a connected Unix socket.
    ///
    /// # Errors
    /// The system's, when the socket's timeouts cannot be cleared.
    #[cfg(unix)]
    pub fn from_unix(unix: std::os::unix::net::UnixStream) -> io::Result<Self> {
        Self::new(Socket::Unix(unix))
    }

    fn new(socket: Socket) -> io::Result<Self> {
        socket.set_read_timeout(None)?;
        socket.set_write_timeout(None)?;
        let socket = Arc::new(socket);
        let plain = || Plain {
            socket: Arc::clone(&socket),
            deadline: None,
            unread: Vec::new(),
        };
        Ok(Self {
            reader: ReadHalf(ReadLayer::Plain(plain())),
            writer: WriteHalf(WriteLayer::Plain(plain())),
            closer: Closer::new(Arc::clone(&socket)),
            pending: PendingSlot::default(),
        })
    }

    /// The moment after which reads and writes fail with `TimedOut`; `None` waits for ever.
    pub fn set_deadline(&mut self, deadline: Option<Instant>) {
        self.reader.set_deadline(deadline);
        self.writer.set_deadline(deadline);
    }

    /// Puts back what was read too far; the next read returns it first.
    pub(super) fn unread(&mut self, bytes: Vec<u8>) {
        match &mut self.reader.0 {
            ReadLayer::Plain(plain) => plain.unread = bytes,
            ReadLayer::Tls(reader) => reader.unread(bytes),
        }
    }

    /// Gives each direction to its own thread.
    ///
    /// `on_pending` is called on the reading thread when the writing thread must call
    /// [`WriteHalf::flush_pending`].
    ///
    /// # Errors
    /// The system's, when the socket's timeouts cannot be cleared.
    pub fn split(mut self, on_pending: OnPending) -> io::Result<(ReadHalf, WriteHalf, Closer)> {
        self.set_deadline(None);
        self.closer.clear_timeouts()?;
        // A stream is consumed by its only split, so the slot is empty.
        let _ = self.pending.set(on_pending);
        Ok((self.reader, self.writer, self.closer))
    }

    /// Puts a TLS layer over this stream.
    pub(super) fn layered(
        self,
        layer: impl FnOnce(ReadHalf, WriteHalf, PendingSlot) -> (TlsReader, TlsWriter),
    ) -> Self {
        let (reader, writer) = layer(self.reader, self.writer, Arc::clone(&self.pending));
        Self {
            reader: ReadHalf(ReadLayer::Tls(Box::new(reader))),
            writer: WriteHalf(WriteLayer::Tls(Box::new(writer))),
            closer: self.closer,
            pending: self.pending,
        }
    }
}

impl io::Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let result = self.reader.read(buffer);
        self.writer.flush_pending()?;
        result
    }
}

impl io::Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.writer.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

/// One end of the socket, for one direction.
#[derive(Debug)]
struct Plain {
    socket: Arc<Socket>,
    deadline: Option<Instant>,
    /// What was read too far, and comes first.
    unread: Vec<u8>,
}

impl Plain {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.unread.is_empty() {
            return self.socket.read(buffer, self.deadline);
        }
        let length = self.unread.len().min(buffer.len());
        buffer[..length].copy_from_slice(&self.unread[..length]);
        self.unread.drain(..length);
        Ok(length)
    }
}

/// The receiving direction. A read blocks, and returns 0 at the end.
#[derive(Debug)]
pub struct ReadHalf(ReadLayer);

#[derive(Debug)]
enum ReadLayer {
    Plain(Plain),
    Tls(Box<TlsReader>),
}

impl ReadHalf {
    /// How the peer ended its direction; meaningful once a read has returned 0.
    #[must_use]
    pub fn eof(&self) -> Eof {
        match &self.0 {
            ReadLayer::Plain(_) => Eof::Orderly,
            ReadLayer::Tls(reader) => reader.eof(),
        }
    }

    pub(super) fn set_deadline(&mut self, deadline: Option<Instant>) {
        match &mut self.0 {
            ReadLayer::Plain(plain) => plain.deadline = deadline,
            ReadLayer::Tls(reader) => reader.set_deadline(deadline),
        }
    }
}

impl io::Read for ReadHalf {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match &mut self.0 {
            ReadLayer::Plain(plain) => plain.read(buffer),
            ReadLayer::Tls(reader) => reader.read(buffer),
        }
    }
}

/// The sending direction. A write blocks; nothing is held back, so that `flush` has nothing to do.
#[derive(Debug)]
pub struct WriteHalf(WriteLayer);

#[derive(Debug)]
enum WriteLayer {
    Plain(Plain),
    Tls(Box<TlsWriter>),
}

impl WriteHalf {
    /// Sends the TLS records that the reading half has produced: alerts.
    ///
    /// # Errors
    /// The socket's.
    pub fn flush_pending(&mut self) -> io::Result<()> {
        match &mut self.0 {
            WriteLayer::Plain(_) => Ok(()),
            WriteLayer::Tls(writer) => writer.flush_pending(),
        }
    }

    /// Ends this direction in good order: TLS `close_notify`, then FIN. The other direction stays open.
    ///
    /// # Errors
    /// The socket's, where the peer has gone already.
    pub fn close_write(&mut self) -> io::Result<()> {
        match &mut self.0 {
            WriteLayer::Plain(plain) => plain.socket.shutdown(Shutdown::Write),
            WriteLayer::Tls(writer) => writer.close_write(),
        }
    }

    pub(super) fn set_deadline(&mut self, deadline: Option<Instant>) {
        match &mut self.0 {
            WriteLayer::Plain(plain) => plain.deadline = deadline,
            WriteLayer::Tls(writer) => writer.set_deadline(deadline),
        }
    }
}

impl io::Write for WriteHalf {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.0 {
            WriteLayer::Plain(plain) => plain.socket.write(bytes, plain.deadline),
            WriteLayer::Tls(writer) => writer.write(bytes),
        }
    }

    fn write_vectored(&mut self, parts: &[IoSlice<'_>]) -> io::Result<usize> {
        match &mut self.0 {
            WriteLayer::Plain(plain) => plain.socket.write_vectored(parts, plain.deadline),
            WriteLayer::Tls(writer) => {
                let next = parts.iter().find(|part| !part.is_empty());
                next.map_or(Ok(0), |part| writer.write(part))
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
