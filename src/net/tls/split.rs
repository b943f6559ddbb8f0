//! One TLS connection used by two threads at once.
//!
//! rustls keeps both directions in one object, so both halves share it under one mutex; no blocking call is made with
//! that mutex held. The reader reads ciphertext from the socket into its own block with no lock held, then locks to
//! decrypt all of it. The writer locks to encrypt, and writes to the socket after it has let go. Records leave in the
//! order they were encrypted because only the writer writes: what the reader has to send (alerts) is left in
//! [`Shared::outgoing`] under the lock, in its turn, and the writer is told by `on_pending`. That is the only lock.
//!
//! rustls' unbuffered interface decrypts in the caller's block. It must be handed the same unprocessed bytes on every
//! call, for it remembers positions in them; so the tail that a record in progress leaves behind is kept beside the
//! connection ([`Shared::tail`]), where the writer can hand it in too.

use std::{
    fmt, io,
    io::{Read as _, Write as _},
    mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Instant,
};

use rustls::{
    client::{ClientConnectionData, UnbufferedClientConnection},
    unbuffered::{ConnectionState, EncodeError, EncryptError, UnbufferedStatus, WriteTraffic},
};

use crate::net::stream::{Eof, PendingSlot, ReadHalf, WriteHalf};

/// Ciphertext read from the socket at once.
const BLOCK: usize = 128 * 1024;

/// The longest record, and then some: what must always fit behind an unprocessed tail.
const ROOM: usize = 64 * 1024;

/// Plaintext encrypted under one lock.
const CHUNK: usize = 64 * 1024;

/// What both halves share.
struct Shared {
    connection: UnbufferedClientConnection,
    /// Records that are encrypted and wait for the writer, in order.
    outgoing: Vec<u8>,
    /// A copy of the unprocessed bytes at the front of the reader's block.
    tail: Vec<u8>,
    /// The peer has sent `close_notify`.
    peer_closed: bool,
    /// The peer broke the protocol or sent a fatal alert: rustls is not called any more.
    failure: Option<rustls::Error>,
}

impl Shared {
    /// Decrypts all of `block` into `sink` and returns how much of the block is used up.
    fn process(&mut self, block: &mut [u8], sink: &mut Sink<'_>) -> usize {
        let mut used = 0;
        while self.failure.is_none() {
            let UnbufferedStatus { discard, state, .. } =
                self.connection.process_tls_records(&mut block[used..]);
            let mut done = false;
            match state {
                Ok(ConnectionState::ReadTraffic(mut traffic)) => {
                    while let Some(Ok(record)) = traffic.next_record() {
                        sink.put(record.payload);
                    }
                }
                Ok(ConnectionState::EncodeTlsData(mut data)) => {
                    append(&mut self.outgoing, |room| {
                        data.encode(room).map_err(encode_room)
                    });
                }
                Ok(ConnectionState::TransmitTlsData(transmit)) => transmit.done(),
                Ok(ConnectionState::PeerClosed) => self.peer_closed = true,
                Ok(_) => done = true,
                Err(error) => self.failure = Some(error),
            }
            used += discard;
            if done {
                return used;
            }
        }
        self.queue_alert(&mut block[used..]);
        used
    }

    /// Takes the alert that tells the peer. rustls is asked for nothing else once it has failed: it would process the
    /// offending record again and assert that no alert was sent before.
    fn queue_alert(&mut self, rest: &mut [u8]) {
        while self.connection.wants_write() {
            let Ok(ConnectionState::EncodeTlsData(mut data)) =
                self.connection.process_tls_records(rest).state
            else {
                return;
            };
            append(&mut self.outgoing, |room| {
                data.encode(room).map_err(encode_room)
            });
        }
    }

    /// Runs `operation` on the sending side and moves all that waits to be sent into `records`.
    fn send(
        &mut self,
        records: &mut Vec<u8>,
        operation: impl Fn(
            &mut WriteTraffic<'_, ClientConnectionData>,
            &mut [u8],
        ) -> Result<usize, EncryptError>,
    ) -> io::Result<()> {
        loop {
            if let Some(error) = &self.failure {
                return Err(invalid(error));
            }
            let mut tail = mem::take(&mut self.tail);
            let status = self.connection.process_tls_records(&mut tail);
            let done = match status.state {
                Ok(ConnectionState::WriteTraffic(mut traffic)) => {
                    records.append(&mut self.outgoing);
                    Some(append(records, |room| {
                        operation(&mut traffic, room).map_err(encrypt_room)
                    }))
                }
                Ok(ConnectionState::EncodeTlsData(mut data)) => {
                    append(&mut self.outgoing, |room| {
                        data.encode(room).map_err(encode_room)
                    });
                    None
                }
                Ok(ConnectionState::TransmitTlsData(transmit)) => {
                    transmit.done();
                    None
                }
                Ok(ConnectionState::PeerClosed) => {
                    self.peer_closed = true;
                    None
                }
                Ok(_) => return Err(io::ErrorKind::NotConnected.into()),
                Err(error) => {
                    self.failure = Some(error);
                    None
                }
            };
            self.tail = tail;
            match done {
                Some(true) => return Ok(()),
                Some(false) => return Err(io::Error::other("the TLS keys are used up")),
                None => {}
            }
        }
    }
}

fn invalid(error: &rustls::Error) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error.clone())
}

/// Appends what `encode` writes; it is called again with the room that it asks for. False when it cannot write at all.
fn append(
    bytes: &mut Vec<u8>,
    mut encode: impl FnMut(&mut [u8]) -> Result<usize, Option<usize>>,
) -> bool {
    let start = bytes.len();
    loop {
        match encode(&mut bytes[start..]) {
            Ok(written) => {
                bytes.truncate(start + written);
                return true;
            }
            Err(Some(required)) => bytes.resize(start + required, 0),
            Err(None) => return false,
        }
    }
}

fn encode_room(error: EncodeError) -> Option<usize> {
    match error {
        EncodeError::InsufficientSize(size) => Some(size.required_size),
        EncodeError::AlreadyEncoded => None,
    }
}

fn encrypt_room(error: EncryptError) -> Option<usize> {
    match error {
        EncryptError::InsufficientSize(size) => Some(size.required_size),
        EncryptError::EncryptExhausted => None,
    }
}

/// Where plaintext goes: the caller's buffer first, then what the next read will find.
struct Sink<'a> {
    buffer: &'a mut [u8],
    filled: usize,
    overflow: &'a mut Vec<u8>,
}

impl Sink<'_> {
    fn put(&mut self, plaintext: &[u8]) {
        let fits = plaintext.len().min(self.buffer.len() - self.filled);
        let (now, later) = plaintext.split_at(fits);
        self.buffer[self.filled..self.filled + fits].copy_from_slice(now);
        self.filled += fits;
        self.overflow.extend_from_slice(later);
    }
}

fn locked(shared: &Mutex<Shared>) -> MutexGuard<'_, Shared> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The unprocessed ciphertext and plaintext that a handshake leaves behind.
pub(super) struct Leftover {
    pub(super) ciphertext: Vec<u8>,
    pub(super) plaintext: Vec<u8>,
}

/// Makes the two halves of a connection whose handshake is done.
pub(super) fn halves(
    connection: UnbufferedClientConnection,
    leftover: Leftover,
    (reader, writer): (ReadHalf, WriteHalf),
    pending: PendingSlot,
) -> (TlsReader, TlsWriter) {
    let filled = leftover.ciphertext.len();
    // anew, so that its pages are zero without being touched
    let mut block = vec![0; BLOCK.max(filled + ROOM)];
    block[..filled].copy_from_slice(&leftover.ciphertext);
    let shared = Arc::new(Mutex::new(Shared {
        connection,
        outgoing: Vec::new(),
        tail: leftover.ciphertext,
        peer_closed: false,
        failure: None,
    }));
    let reader = TlsReader {
        under: reader,
        shared: Arc::clone(&shared),
        block,
        filled,
        plaintext: leftover.plaintext,
        taken: 0,
        eof: None,
        failure: None,
        pending,
    };
    let writer = TlsWriter {
        under: writer,
        shared,
        records: Vec::new(),
        sent: 0,
    };
    (reader, writer)
}

/// The receiving half.
pub(in crate::net) struct TlsReader {
    under: ReadHalf,
    shared: Arc<Mutex<Shared>>,
    block: Vec<u8>,
    /// How much of the block holds ciphertext.
    filled: usize,
    /// Plaintext that did not fit into the caller's buffer, and how much of it is taken.
    plaintext: Vec<u8>,
    taken: usize,
    eof: Option<Eof>,
    /// What the peer broke, to be told once everything before it has been read.
    failure: Option<io::Error>,
    pending: PendingSlot,
}

impl fmt::Debug for TlsReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TlsReader")
            .field("under", &self.under)
            .finish_non_exhaustive()
    }
}

impl TlsReader {
    pub(in crate::net) fn eof(&self) -> Eof {
        self.eof.unwrap_or(Eof::Truncated)
    }

    pub(in crate::net) fn set_deadline(&mut self, deadline: Option<Instant>) {
        self.under.set_deadline(deadline);
    }

    /// Puts back what was read too far.
    pub(in crate::net) fn unread(&mut self, bytes: Vec<u8>) {
        self.plaintext.splice(..self.taken, bytes);
        self.taken = 0;
    }

    pub(in crate::net) fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        loop {
            if self.taken < self.plaintext.len() {
                return Ok(self.take(buffer));
            }
            if let Some(error) = self.failure.take() {
                return Err(error);
            }
            if self.eof.is_some() {
                return Ok(0);
            }
            let received = self.under.read(&mut self.block[self.filled..])?;
            if received == 0 {
                self.eof = Some(Eof::Truncated);
                continue;
            }
            self.filled += received;
            let decrypted = self.decrypt(buffer);
            if decrypted > 0 {
                return Ok(decrypted);
            }
        }
    }

    fn take(&mut self, buffer: &mut [u8]) -> usize {
        let waiting = &self.plaintext[self.taken..];
        let length = waiting.len().min(buffer.len());
        buffer[..length].copy_from_slice(&waiting[..length]);
        self.taken += length;
        if self.taken == self.plaintext.len() {
            self.plaintext.clear();
            self.taken = 0;
        }
        length
    }

    /// Decrypts what the block holds, and moves the unprocessed rest to its front.
    fn decrypt(&mut self, buffer: &mut [u8]) -> usize {
        let mut sink = Sink {
            buffer,
            filled: 0,
            overflow: &mut self.plaintext,
        };
        let mut shared = locked(&self.shared);
        let used = shared.process(&mut self.block[..self.filled], &mut sink);
        self.block.copy_within(used..self.filled, 0);
        self.filled -= used;
        shared.tail.clear();
        shared.tail.extend_from_slice(&self.block[..self.filled]);
        if shared.peer_closed {
            self.eof = Some(Eof::Orderly);
        }
        self.failure = shared.failure.as_ref().map(invalid);
        let has_outgoing = !shared.outgoing.is_empty();
        drop(shared);
        let decrypted = sink.filled;
        if has_outgoing && let Some(on_pending) = self.pending.get() {
            on_pending();
        }
        if self.filled + ROOM > self.block.len() {
            self.block.resize(self.filled + BLOCK, 0);
        }
        decrypted
    }
}

/// The sending half.
pub(in crate::net) struct TlsWriter {
    under: WriteHalf,
    shared: Arc<Mutex<Shared>>,
    /// Encrypted records on their way to the socket, and how much of them is sent.
    records: Vec<u8>,
    sent: usize,
}

impl fmt::Debug for TlsWriter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TlsWriter")
            .field("under", &self.under)
            .finish_non_exhaustive()
    }
}

impl TlsWriter {
    pub(in crate::net) fn set_deadline(&mut self, deadline: Option<Instant>) {
        self.under.set_deadline(deadline);
    }

    pub(in crate::net) fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.drain()?;
        let chunk = &bytes[..bytes.len().min(CHUNK)];
        locked(&self.shared).send(&mut self.records, |traffic, room| {
            traffic.encrypt(chunk, room)
        })?;
        self.drain()?;
        Ok(chunk.len())
    }

    pub(in crate::net) fn flush_pending(&mut self) -> io::Result<()> {
        self.records.append(&mut locked(&self.shared).outgoing);
        self.drain()?;
        self.under.flush_pending()
    }

    pub(in crate::net) fn close_write(&mut self) -> io::Result<()> {
        locked(&self.shared).send(&mut self.records, |traffic, room| {
            traffic.queue_close_notify(room)
        })?;
        self.drain()?;
        self.under.close_write()
    }

    /// Writes every record to the layer below. After a failure the rest goes first.
    fn drain(&mut self) -> io::Result<()> {
        while self.sent < self.records.len() {
            match self.under.write(&self.records[self.sent..]) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(written) => self.sent += written,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        self.records.clear();
        self.sent = 0;
        Ok(())
    }
}
