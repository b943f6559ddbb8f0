//! The limit: the least that a blocking client can do and still be correct, with no features.
//!
//! One thread, 256 KiB buffers, frames parsed and written by hand, text checked by the standard
//! library, masks from a ChaCha generator seeded once, one write for a block of messages. It
//! trusts the server with everything else, and therefore is no client anybody should use.

use std::{
    fs::File,
    io::{self, Read, Write as _},
    net::TcpStream,
    os::fd::AsFd as _,
    sync::Arc,
};

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress};
use nix::{
    fcntl::{FcntlArg, fcntl},
    poll::{PollFd, PollFlags, PollTimeout, poll},
};
use rand::{Rng as _, rngs::StdRng};
use rustls::{ClientConfig, ClientConnection, Connection, RootCertStore, pki_types::ServerName};

use crate::wire::{self, BUFFER, Header, Reader, Writer};

/// Payloads of this size and more are written from where they lie.
const LARGE: usize = 64 * 1024;

/// `reference WHAT URL [--ca FILE] [--binary] [--deflate]`.
pub(crate) fn run(args: &[String]) -> io::Result<()> {
    let [what, url, options @ ..] = args else {
        return Err(io::Error::other("reference WHAT URL [OPTIONS]"));
    };
    let has = |option: &str| options.iter().any(|given| given == option);
    let ca = options.iter().skip_while(|given| *given != "--ca").nth(1);
    let (reader, writer, rest) = connect(url, ca.map(String::as_str), has("--deflate"))?;
    let mut receiver = Receiver::new(reader, rest, has("--binary"))?;
    let mut sender = Sender::new(writer, if has("--binary") { 0x2 } else { 0x1 });
    if has("--deflate") {
        sender.deflate = Some(Compress::new(Compression::fast(), false));
    }
    match what.as_str() {
        "receive" => {
            while receiver.step()? {
                if let Some(payload) = receiver.ping.take() {
                    sender.control(0x8a, &payload)?;
                }
            }
            sender.close()
        }
        "send" => {
            sender.send_lines()?;
            receiver.until_close()?;
            sender.close()
        }
        "send-one" => {
            sender.send_one()?;
            receiver.until_close()?;
            sender.close()
        }
        "both" => {
            std::thread::scope(|scope| {
                let sending = scope.spawn(|| sender.send_lines());
                while receiver.step()? {}
                sending
                    .join()
                    .map_err(|_| io::Error::other("the sender panicked"))?
            })?;
            sender.close()
        }
        "poll" => poll_both(&mut receiver, &mut sender),
        "one" => {
            sender.send_block()?;
            while receiver.messages == 0 && receiver.step()? {}
            sender.close()?;
            receiver.until_close()
        }
        other => Err(io::Error::other(format!("reference: what is {other}?"))),
    }
}

fn connect(url: &str, ca: Option<&str>, deflate: bool) -> io::Result<(Reader, Writer, Vec<u8>)> {
    let (scheme, rest) = url
        .split_once("://")
        .ok_or_else(|| io::Error::other("no scheme"))?;
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let tcp = TcpStream::connect(authority)?;
    let tls = if scheme == "wss" {
        Some(client_tls(authority, ca)?)
    } else {
        None
    };
    let (mut reader, mut writer) = wire::split(tcp, tls)?;
    let extension = if deflate {
        "Sec-WebSocket-Extensions: permessage-deflate\r\n"
    } else {
        ""
    };
    let key = tungstenite::handshake::client::generate_key();
    let request = format!(
        "GET /{path} HTTP/1.1\r\nHost: {authority}\r\nUpgrade: websocket\r\n\
         Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\
         {extension}\r\n"
    );
    writer.write_all(request.as_bytes())?;
    let mut rest = Vec::new();
    let head = wire::read_head(&mut reader, &mut rest)?;
    if !head.starts_with("HTTP/1.1 101 ") {
        return Err(io::Error::other("not upgraded"));
    }
    Ok((reader, writer, rest))
}

fn client_tls(authority: &str, ca: Option<&str>) -> io::Result<Connection> {
    let mut roots = RootCertStore::empty();
    if let Some(path) = ca {
        let pem = std::fs::read(path)?;
        for certificate in crate::tls::certificates(&pem)? {
            roots.add(certificate).map_err(io::Error::other)?;
        }
    }
    let config = ClientConfig::builder()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let host = authority.split(':').next().unwrap_or(authority).to_owned();
    let name = ServerName::try_from(host).map_err(io::Error::other)?;
    let connection = ClientConnection::new(Arc::new(config), name).map_err(io::Error::other)?;
    Ok(Connection::Client(connection))
}

/// Standard output without the line buffer of `std::io::stdout`; a pipe is made 1 MiB large.
fn output() -> io::Result<File> {
    let output = io::stdout().as_fd().try_clone_to_owned()?;
    let _ = fcntl(&output, FcntlArg::F_SETPIPE_SZ(1 << 20));
    Ok(File::from(output))
}

fn input() -> io::Result<File> {
    let input = io::stdin().as_fd().try_clone_to_owned()?;
    let _ = fcntl(&input, FcntlArg::F_SETPIPE_SZ(1 << 20));
    Ok(File::from(input))
}

/// Socket → standard output.
struct Receiver {
    reader: Reader,
    buffer: Vec<u8>,
    held: usize,
    /// What is left of a large binary frame.
    left: u64,
    out: Vec<u8>,
    output: File,
    binary: bool,
    messages: u64,
    ping: Option<Vec<u8>>,
    closed: bool,
    inflate: Decompress,
}

impl Receiver {
    fn new(reader: Reader, rest: Vec<u8>, binary: bool) -> io::Result<Self> {
        let held = rest.len();
        let mut buffer = rest;
        buffer.resize(BUFFER, 0);
        let mut receiver = Self {
            reader,
            buffer,
            held,
            left: 0,
            out: Vec::with_capacity(BUFFER),
            output: output()?,
            binary,
            messages: 0,
            ping: None,
            closed: false,
            inflate: Decompress::new(false),
        };
        receiver.drain()?;
        Ok(receiver)
    }

    /// Reads once and writes what that completed; false after a Close.
    fn step(&mut self) -> io::Result<bool> {
        if self.closed {
            return Ok(false);
        }
        let length = self.reader.read(&mut self.buffer[self.held..])?;
        if length == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.held += length;
        self.drain()?;
        Ok(!self.closed)
    }

    fn drain(&mut self) -> io::Result<()> {
        let used = self.walk()?;
        self.buffer.copy_within(used..self.held, 0);
        self.held -= used;
        self.output.write_all(&self.out)?;
        self.out.clear();
        Ok(())
    }

    fn until_close(&mut self) -> io::Result<()> {
        while self.step()? {}
        Ok(())
    }

    /// Takes all whole frames of the buffer, and what there is of a large one.
    fn walk(&mut self) -> io::Result<usize> {
        let bytes = &self.buffer[..self.held];
        let mut at = 0;
        if self.left > 0 {
            at = self.left.min(bytes.len() as u64) as usize;
            self.output.write_all(&bytes[..at])?;
            self.left -= at as u64;
        }
        while let Some(header) = Header::parse(&bytes[at..]) {
            let start = at + header.size;
            if header.length >= LARGE as u64 && self.binary {
                let end = bytes
                    .len()
                    .min(start.saturating_add(header.length as usize));
                if !self.out.is_empty() {
                    self.output.write_all(&self.out)?;
                    self.out.clear();
                }
                self.output.write_all(&bytes[start..end])?;
                self.left = header.length - (end - start) as u64;
                at = end;
                continue;
            }
            let end = start + header.length as usize;
            let Some(payload) = bytes.get(start..end) else {
                break;
            };
            at = end;
            if header.opcode() >= 8 {
                self.closed |= header.opcode() == 8;
                if header.opcode() == 9 {
                    self.ping = Some(payload.to_vec());
                }
                continue;
            }
            self.messages += 1;
            let from = self.out.len();
            if header.compressed() {
                inflate(&mut self.inflate, payload, &mut self.out)?;
            } else {
                self.out.extend_from_slice(payload);
            }
            if !self.binary {
                std::str::from_utf8(&self.out[from..]).map_err(io::Error::other)?;
                self.out.push(b'\n');
            }
        }
        Ok(at)
    }
}

fn inflate(inflate: &mut Decompress, payload: &[u8], out: &mut Vec<u8>) -> io::Result<()> {
    for mut piece in [payload, &[0, 0, 0xff, 0xff]] {
        while !piece.is_empty() {
            out.reserve(4096.max(2 * piece.len()));
            let before = inflate.total_in();
            inflate.decompress_vec(piece, out, FlushDecompress::Sync)?;
            piece = &piece[(inflate.total_in() - before) as usize..];
        }
    }
    Ok(())
}

/// Standard input → socket.
struct Sender {
    writer: Writer,
    opcode: u8,
    masks: Masks,
    lines: Vec<u8>,
    held: usize,
    out: Vec<u8>,
    deflate: Option<Compress>,
    compressed: Vec<u8>,
}

impl Sender {
    fn new(writer: Writer, opcode: u8) -> Self {
        let (lines, out) = (vec![0; BUFFER], Vec::with_capacity(2 * BUFFER));
        Self {
            writer,
            opcode,
            masks: Masks::new(),
            lines,
            held: 0,
            out,
            deflate: None,
            compressed: Vec::new(),
        }
    }

    fn send_lines(&mut self) -> io::Result<()> {
        let mut input = input()?;
        while self.read_lines(&mut input)? {}
        Ok(())
    }

    /// One read of standard input and one write of what it held.
    fn send_block(&mut self) -> io::Result<()> {
        self.read_lines(&mut input()?).map(drop)
    }

    fn read_lines(&mut self, input: &mut impl Read) -> io::Result<bool> {
        if self.held == self.lines.len() {
            self.lines.resize(2 * self.held, 0);
        }
        let length = input.read(&mut self.lines[self.held..])?;
        let end = self.held + length;
        let mut at = 0;
        while let Some(length) = memchr::memchr(b'\n', &self.lines[at.max(self.held)..end]) {
            let newline = at.max(self.held) + length;
            self.send_line(at..newline)?;
            at = newline + 1;
            self.held = self.held.max(at);
        }
        self.lines.copy_within(at..end, 0);
        self.held = end - at;
        self.flush()?;
        Ok(length > 0)
    }

    fn send_line(&mut self, range: std::ops::Range<usize>) -> io::Result<()> {
        let line = &mut self.lines[range];
        if self.opcode == 0x1 {
            std::str::from_utf8(line).map_err(io::Error::other)?;
        }
        let key = self.masks.next();
        let mut first = 0x80 | self.opcode;
        let line = match &mut self.deflate {
            None => line,
            Some(deflate) => {
                self.compressed.clear();
                self.compressed.reserve(line.len() + 64);
                deflate.compress_vec(line, &mut self.compressed, FlushCompress::Sync)?;
                self.compressed.truncate(self.compressed.len() - 4);
                first |= 0x40;
                &mut self.compressed[..]
            }
        };
        push_masked_header(&mut self.out, first, line.len() as u64, key);
        if line.len() >= LARGE {
            wire::mask(line, key);
            self.writer.write_all(&self.out)?;
            self.out.clear();
            return self.writer.write_all(line);
        }
        let start = self.out.len();
        self.out.resize(start + line.len(), 0);
        wire::copy_masked(&mut self.out[start..], line, key);
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.write_all(&self.out)?;
        self.out.clear();
        Ok(())
    }

    /// All of standard input as one message, a fragment for each block.
    fn send_one(&mut self) -> io::Result<()> {
        let mut input = input()?;
        let mut opcode = self.opcode;
        loop {
            let length = input.read(&mut self.lines)?;
            let first = if length == 0 { 0x80 | opcode } else { opcode };
            let key = self.masks.next();
            self.out.clear();
            push_masked_header(&mut self.out, first, length as u64, key);
            self.writer.write_all(&self.out)?;
            wire::mask(&mut self.lines[..length], key);
            self.writer.write_all(&self.lines[..length])?;
            self.out.clear();
            if length == 0 {
                return Ok(());
            }
            opcode = 0;
        }
    }

    fn close(&mut self) -> io::Result<()> {
        self.control(0x88, &1000_u16.to_be_bytes())
    }

    fn control(&mut self, first: u8, payload: &[u8]) -> io::Result<()> {
        let key = self.masks.next();
        push_masked_header(&mut self.out, first, payload.len() as u64, key);
        self.out.extend(
            payload
                .iter()
                .zip(key.iter().cycle())
                .map(|(byte, key)| byte ^ key),
        );
        self.flush()
    }
}

fn push_masked_header(out: &mut Vec<u8>, first: u8, length: u64, key: [u8; 4]) {
    let second = out.len() + 1;
    wire::push_header(out, first, length);
    out[second] |= 0x80;
    out.extend_from_slice(&key);
}

/// Both directions in one thread: whichever descriptor is ready, until the peer's Close.
fn poll_both(receiver: &mut Receiver, sender: &mut Sender) -> io::Result<()> {
    let mut input = input()?;
    let mut open = true;
    loop {
        let mut ready = [
            PollFd::new(receiver.reader.tcp().as_fd(), PollFlags::POLLIN),
            PollFd::new(input.as_fd(), PollFlags::POLLIN),
        ];
        let watched = if open { 2 } else { 1 };
        poll(&mut ready[..watched], PollTimeout::NONE)?;
        let [socket, stdin] = ready.map(|fd| fd.any().unwrap_or(false));
        if socket {
            receiver.step()?;
        }
        if receiver.closed {
            return Ok(());
        }
        if open && stdin {
            open = sender.read_lines(&mut input)?;
            if !open {
                sender.close()?;
            }
        }
    }
}

/// Masking keys, drawn in blocks from a generator seeded once.
struct Masks {
    generator: StdRng,
    block: [u8; 1024],
    used: usize,
}

impl Masks {
    fn new() -> Self {
        Self {
            generator: rand::make_rng(),
            block: [0; 1024],
            used: 1024,
        }
    }

    #[inline]
    fn next(&mut self) -> [u8; 4] {
        if self.used == self.block.len() {
            self.generator.fill_bytes(&mut self.block);
            self.used = 0;
        }
        let keys = self.block.as_chunks::<4>().0;
        let key = keys[self.used / 4];
        self.used += 4;
        key
    }
}
