//! The little of RFC 6455 that the loopback server and the reference share, and their transports.

use std::{
    io::{self, Read as _, Write as _},
    net::TcpStream,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use rustls::Connection;

/// The size of every buffer: large enough that a system call costs little per byte.
pub(crate) const BUFFER: usize = 256 * 1024;

/// Appends the header of an unmasked frame.
pub(crate) fn push_header(out: &mut Vec<u8>, first: u8, length: u64) {
    out.push(first);
    match length {
        0..=125 => out.push(length as u8),
        126..=0xffff => {
            out.push(126);
            out.extend_from_slice(&(length as u16).to_be_bytes());
        }
        _ => {
            out.push(127);
            out.extend_from_slice(&length.to_be_bytes());
        }
    }
}

/// A frame header's fields and its size in bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Header {
    pub(crate) first: u8,
    pub(crate) key: [u8; 4],
    pub(crate) length: u64,
    pub(crate) size: usize,
}

impl Header {
    /// The header at the start of `bytes`, if all of it is there.
    #[inline]
    pub(crate) fn parse(bytes: &[u8]) -> Option<Self> {
        let (&[first, second], rest) = bytes.split_first_chunk::<2>()?;
        let (length, rest) = match second & 0x7f {
            126 => {
                let (length, rest) = rest.split_first_chunk::<2>()?;
                (u64::from(u16::from_be_bytes(*length)), rest)
            }
            127 => {
                let (length, rest) = rest.split_first_chunk::<8>()?;
                (u64::from_be_bytes(*length), rest)
            }
            short => (u64::from(short), rest),
        };
        let (key, rest) = match second & 0x80 {
            0 => ([0; 4], rest),
            _ => rest
                .split_first_chunk::<4>()
                .map(|(key, rest)| (*key, rest))?,
        };
        Some(Self {
            first,
            key,
            length,
            size: bytes.len() - rest.len(),
        })
    }

    pub(crate) fn fin(&self) -> bool {
        self.first & 0x80 != 0
    }

    pub(crate) fn compressed(&self) -> bool {
        self.first & 0x40 != 0
    }

    pub(crate) fn opcode(&self) -> u8 {
        self.first & 0x0f
    }
}

/// Writes `data` masked with `key` to `out`, which has the same length.
#[inline]
pub(crate) fn copy_masked(out: &mut [u8], data: &[u8], key: [u8; 4]) {
    let wide = widen(key, 0);
    let (out_words, out_rest) = out.as_chunks_mut::<8>();
    let (words, rest) = data.as_chunks::<8>();
    for (to, from) in out_words.iter_mut().zip(words) {
        *to = (u64::from_ne_bytes(*from) ^ wide).to_ne_bytes();
    }
    for ((to, from), key) in out_rest.iter_mut().zip(rest).zip(wide.to_ne_bytes()) {
        *to = from ^ key;
    }
}

/// Masks or unmasks in place.
pub(crate) fn mask(data: &mut [u8], key: [u8; 4]) {
    let wide = widen(key, 0);
    let (words, rest) = data.as_chunks_mut::<8>();
    for word in words {
        *word = (u64::from_ne_bytes(*word) ^ wide).to_ne_bytes();
    }
    for (byte, key) in rest.iter_mut().zip(wide.to_ne_bytes()) {
        *byte ^= key;
    }
}

/// Zero where `masked` is `plain` under `key`; `offset` is where it begins in its frame.
pub(crate) fn differs_from_masked(plain: &[u8], masked: &[u8], key: [u8; 4], offset: u64) -> u64 {
    let wide = widen(key, offset);
    let (plain_words, plain_rest) = plain.as_chunks::<8>();
    let (words, rest) = masked.as_chunks::<8>();
    let mut different = 0;
    for (expected, got) in plain_words.iter().zip(words) {
        different |= u64::from_ne_bytes(*expected) ^ u64::from_ne_bytes(*got) ^ wide;
    }
    for ((expected, got), key) in plain_rest.iter().zip(rest).zip(wide.to_ne_bytes()) {
        different |= u64::from(expected ^ got ^ key);
    }
    different
}

fn widen(mut key: [u8; 4], offset: u64) -> u64 {
    key.rotate_left((offset % 4) as usize);
    let half = u64::from(u32::from_ne_bytes(key));
    half << 32 | half
}

/// Reads up to and including the empty line that ends an HTTP head; what follows stays in `rest`.
pub(crate) fn read_head(reader: &mut Reader, rest: &mut Vec<u8>) -> io::Result<String> {
    let mut buffer = vec![0; 16 * 1024];
    loop {
        if let Some(end) = memchr::memmem::find(rest, b"\r\n\r\n") {
            let after = rest.split_off(end + 4);
            let head = String::from_utf8_lossy(rest).into_owned();
            *rest = after;
            return Ok(head);
        }
        match reader.read(&mut buffer)? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            length => rest.extend_from_slice(&buffer[..length]),
        }
    }
}

/// The reading half of a connection.
pub(crate) struct Reader {
    tcp: TcpStream,
    tls: Option<TlsReader>,
}

struct TlsReader {
    connection: Arc<Mutex<Connection>>,
    records: Vec<u8>,
    from: usize,
    to: usize,
}

/// The writing half of a connection.
pub(crate) struct Writer {
    tcp: TcpStream,
    tls: Option<(Arc<Mutex<Connection>>, Vec<u8>)>,
}

/// Splits a connection, after its TLS handshake where there is one.
pub(crate) fn split(mut tcp: TcpStream, tls: Option<Connection>) -> io::Result<(Reader, Writer)> {
    tcp.set_nodelay(true)?;
    let Some(mut connection) = tls else {
        let reader = Reader {
            tcp: tcp.try_clone()?,
            tls: None,
        };
        return Ok((reader, Writer { tcp, tls: None }));
    };
    connection.set_buffer_limit(None);
    while connection.is_handshaking() || connection.wants_write() {
        connection.complete_io(&mut tcp)?;
    }
    let connection = Arc::new(Mutex::new(connection));
    let records = TlsReader {
        connection: Arc::clone(&connection),
        records: vec![0; BUFFER],
        from: 0,
        to: 0,
    };
    let reader = Reader {
        tcp: tcp.try_clone()?,
        tls: Some(records),
    };
    Ok((
        reader,
        Writer {
            tcp,
            tls: Some((connection, Vec::new())),
        },
    ))
}

impl Reader {
    /// Reads what is there, at least one byte, or 0 at the end; TLS gives as much as fits.
    pub(crate) fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let Some(tls) = &mut self.tls else {
            return self.tcp.read(out);
        };
        loop {
            let length = tls.decrypt(out)?;
            if length > 0 {
                return Ok(length);
            }
            tls.from = 0;
            tls.to = self.tcp.read(&mut tls.records)?;
            if tls.to == 0 {
                return Ok(0);
            }
        }
    }

    pub(crate) fn tcp(&self) -> &TcpStream {
        &self.tcp
    }
}

impl TlsReader {
    /// Decrypts what was read, until it is used up or `out` is full.
    fn decrypt(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let mut connection = lock(&self.connection);
        let mut length = 0;
        loop {
            match connection.reader().read(&mut out[length..]) {
                Ok(more) => length += more,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(length),
                Err(error) => return Err(error),
            }
            if length == out.len() || self.from == self.to {
                return Ok(length);
            }
            self.from += connection.read_tls(&mut &self.records[self.from..self.to])?;
            connection.process_new_packets().map_err(io::Error::other)?;
        }
    }
}

impl Writer {
    pub(crate) fn write_all(&mut self, data: &[u8]) -> io::Result<()> {
        let Some((connection, records)) = &mut self.tls else {
            return self.tcp.write_all(data);
        };
        records.clear();
        let mut connection = lock(connection);
        connection.writer().write_all(data)?;
        while connection.wants_write() {
            connection.write_tls(records)?;
        }
        drop(connection);
        self.tcp.write_all(records)
    }
}

fn lock(connection: &Mutex<Connection>) -> MutexGuard<'_, Connection> {
    connection.lock().unwrap_or_else(PoisonError::into_inner)
}
