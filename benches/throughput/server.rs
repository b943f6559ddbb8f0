//! The loopback server: one connection, one job, and a verdict on every byte of it.
//!
//! It writes frames encoded beforehand and compares masked payloads in wide words, so that a
//! client has more to do than it; how busy its threads were is in the table.

use std::{
    io::{self, Write as _},
    net::{TcpListener, TcpStream},
    os::fd::AsFd as _,
    sync::{Arc, mpsc},
    time::Duration,
};

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use rustls::{Connection, ServerConfig, ServerConnection};

use crate::{
    clock,
    pattern::{Cycle, Pattern},
    wire::{self, BUFFER, Header, Reader, Writer},
};

/// How long a client may be silent, or not read, before a run has failed.
const PATIENCE: Duration = Duration::from_secs(20);

/// How long it may take to answer a Close.
const FAREWELL: Duration = Duration::from_secs(2);

const PING: [u8; 5] = *b"\x89\x03end";
const CLOSE_1000: [u8; 4] = [0x88, 0x02, 0x03, 0xe8];

/// What the server does with its one connection.
#[derive(Clone)]
pub(crate) struct Job {
    pub(crate) role: Role,
    pub(crate) tls: Option<Arc<ServerConfig>>,
    /// Accept permessage-deflate, and compress.
    pub(crate) deflate: bool,
    pub(crate) pattern: Pattern,
    /// What is sent here has the newlines of its lines.
    pub(crate) newlines: bool,
    /// A message that has to come while a source is not yet done with the client.
    pub(crate) line: Option<&'static str>,
}

/// Which way the messages go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Source,
    Sink,
    Both,
    Echo,
}

/// What the server saw.
#[derive(Debug)]
pub(crate) struct Served {
    /// When the upgrade was answered, in nanoseconds of the monotonic clock.
    pub(crate) started: u64,
    /// When the last message had come, or the answer to our Close.
    pub(crate) ended: u64,
    /// The processor time of the server's threads.
    pub(crate) busy: Duration,
    /// What did not arrive as it should.
    pub(crate) verdict: Result<(), String>,
}

/// A job and all it takes, made before a client is started.
pub(crate) struct Server {
    job: Job,
    listener: TcpListener,
    frames: Frames,
    compressed: Option<Frames>,
    sink: Sink,
}

impl Server {
    pub(crate) fn new(listener: TcpListener, job: Job) -> io::Result<Self> {
        let compressed = job
            .deflate
            .then(|| Frames::compressed(&job.pattern))
            .transpose()?;
        Ok(Self {
            listener,
            frames: Frames::new(&job.pattern),
            compressed,
            sink: job.line.map_or_else(
                || Sink::new(&job.pattern, job.newlines),
                |line| Sink::of(Cycle::once(line), line.len() as u64),
            ),
            job,
        })
    }

    /// Serves one connection, and says when it is upgraded.
    pub(crate) fn serve(mut self, upgraded: &mpsc::Sender<()>) -> io::Result<Served> {
        let tcp = accept(&self.listener)?;
        tcp.set_read_timeout(Some(PATIENCE))?;
        tcp.set_write_timeout(Some(PATIENCE))?;
        let tls = self.job.tls.clone().map(ServerConnection::new).transpose();
        let tls = tls.map_err(io::Error::other)?.map(Connection::Server);
        let (mut reader, mut writer) = wire::split(tcp, tls)?;
        let (answer, deflates) = upgrade(&mut reader, self.job.deflate)?;
        if deflates && let Some(compressed) = self.compressed.take() {
            self.frames = compressed;
        }
        let busy_before = clock::thread_time();
        let started = clock::now();
        writer.write_all(answer.as_bytes())?;
        let _ = upgraded.send(()); // most do not ask
        let (ended, sending, verdict) = match self.job.role {
            Role::Echo => {
                echo(&mut reader, &mut writer)?;
                (clock::now(), Duration::ZERO, Ok(()))
            }
            _ => self.stream(Input::new(reader), &mut writer)?,
        };
        let busy = clock::thread_time() - busy_before + sending;
        Ok(Served {
            started,
            ended,
            busy,
            verdict,
        })
    }

    /// Writes and checks until all has passed, then closes: the end, the source's time, the verdict.
    fn stream(
        &mut self,
        mut input: Input,
        writer: &mut Writer,
    ) -> io::Result<(u64, Duration, Result<(), String>)> {
        let sends = matches!(self.job.role, Role::Source | Role::Both);
        let receives = matches!(self.job.role, Role::Sink | Role::Both);
        let (frames, sink) = (&self.frames, &mut self.sink);
        let sending = std::thread::scope(|scope| -> io::Result<Duration> {
            let sender = sends.then(|| scope.spawn(|| frames.write(writer)));
            if receives {
                input.read_until(sink, Sink::has_all)?;
            }
            let sent = sender.map(std::thread::ScopedJoinHandle::join);
            let sent = sent.unwrap_or(Ok(Ok(Duration::ZERO)));
            sent.map_err(|_| io::Error::other("the source panicked"))?
        })?;
        if self.job.role == Role::Source {
            // The Pong to it proves that all before it was read.
            writer.write_all(&PING)?;
            input.read_until(sink, |sink| sink.ponged || sink.closed)?;
        }
        let ended = clock::now();
        input.reader.tcp().set_read_timeout(Some(FAREWELL))?;
        if self.job.line.is_some() {
            // A line that was typed at the end of a short flood may come after it.
            let _ = input.read_until(sink, |sink| sink.is_intact() || sink.closed);
        }
        let prompt_lived = sink.is_intact();
        let _ = writer.write_all(&CLOSE_1000);
        let answered = input.read_until(sink, |sink| sink.closed);
        let ended = if self.job.role == Role::Both {
            clock::now()
        } else {
            ended
        };
        let verdict = match answered {
            _ if receives && !sink.is_intact() => sink.verdict(),
            _ if self.job.role == Role::Source && !sink.ponged => Err("no Pong".to_owned()),
            _ if self.job.line.is_some() && !prompt_lived => Err("the prompt was dead".to_owned()),
            Ok(()) if sink.closed => Ok(()),
            Ok(()) => Err("no answer to the Close".to_owned()),
            Err(error) if is_timeout(&error) => Err("no answer to the Close".to_owned()),
            Err(error) => Err(error.to_string()),
        };
        Ok((ended, sending, verdict))
    }
}

fn accept(listener: &TcpListener) -> io::Result<TcpStream> {
    let timeout = PollTimeout::from(20_000u16);
    let ready = poll(
        &mut [PollFd::new(listener.as_fd(), PollFlags::POLLIN)],
        timeout,
    )?;
    if ready == 0 {
        return Err(io::Error::other("the client did not connect"));
    }
    Ok(listener.accept()?.0)
}

fn is_timeout(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut
    )
}

/// Reads the upgrade: its answer, and whether compression was agreed.
fn upgrade(reader: &mut Reader, deflate: bool) -> io::Result<(String, bool)> {
    let head = wire::read_head(reader, &mut Vec::new())?;
    let key = head
        .lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("sec-websocket-key"))
        .map(|(_, value)| value.trim())
        .ok_or_else(|| io::Error::other("an upgrade without a key"))?;
    let accept = tungstenite::handshake::derive_accept_key(key.as_bytes());
    let deflates = deflate && head.contains("permessage-deflate");
    let extension = if deflates {
        "Sec-WebSocket-Extensions: permessage-deflate\r\n"
    } else {
        ""
    };
    let answer = format!(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Accept: {accept}\r\n{extension}\r\n"
    );
    Ok((answer, deflates))
}

/// What a source writes: something first, and a block repeated.
struct Frames {
    first: Vec<u8>,
    block: Vec<u8>,
    repeats: u64,
}

impl Frames {
    fn new(pattern: &Pattern) -> Self {
        let mut first = Vec::new();
        let cycle = if pattern.one_message {
            wire::push_header(&mut first, 0x80 | pattern.opcode(), pattern.bytes());
            pattern.payloads()
        } else {
            pattern.frames()
        };
        let repeats = cycle.repeats();
        Self {
            first,
            block: cycle.block,
            repeats,
        }
    }

    /// Compressed twice in one context: the second time refers to a window that is always the same.
    fn compressed(pattern: &Pattern) -> io::Result<Self> {
        let mut compress = Compress::new(Compression::fast(), false);
        let payloads = pattern.block();
        let mut once = || -> io::Result<Vec<u8>> {
            let mut frames = Vec::new();
            for payload in payloads.chunks(pattern.size) {
                let mut data = Vec::with_capacity(pattern.size + 64);
                compress.compress_vec(payload, &mut data, FlushCompress::Sync)?;
                data.truncate(data.len() - 4);
                wire::push_header(&mut frames, 0xc0 | pattern.opcode(), data.len() as u64);
                frames.extend_from_slice(&data);
            }
            Ok(frames)
        };
        let (first, block) = (once()?, once()?);
        Ok(Self {
            first,
            block,
            repeats: pattern.payloads().repeats() - 1,
        })
    }

    /// Writes all; the processor time that took.
    fn write(&self, writer: &mut Writer) -> io::Result<Duration> {
        writer.write_all(&self.first)?;
        for _ in 0..self.repeats {
            writer.write_all(&self.block)?;
        }
        Ok(clock::thread_time())
    }
}

/// A buffered reader of frames.
struct Input {
    reader: Reader,
    buffer: Vec<u8>,
    held: usize,
}

impl Input {
    fn new(reader: Reader) -> Self {
        Self {
            reader,
            buffer: vec![0; BUFFER],
            held: 0,
        }
    }

    /// Reads until `enough` or the end of the stream.
    fn read_until(&mut self, sink: &mut Sink, enough: impl Fn(&Sink) -> bool) -> io::Result<()> {
        while !enough(sink) {
            let length = self.reader.read(&mut self.buffer[self.held..])?;
            if length == 0 {
                return Ok(());
            }
            let end = self.held + length;
            let used = sink.take(&self.buffer[..end])?;
            self.buffer.copy_within(used..end, 0);
            self.held = end - used;
        }
        Ok(())
    }
}

/// The check of everything a client sends.
struct Sink {
    expected: Cycle,
    message_size: u64,
    /// The bytes of the message that has not ended.
    message: u64,
    frame: Option<Open>,
    bad_size: bool,
    ponged: bool,
    closed: bool,
    inflate: Decompress,
    compressed: Vec<u8>,
    inflated: Vec<u8>,
}

/// A frame whose payload has not all come.
struct Open {
    header: Header,
    offset: u64,
}

impl Sink {
    fn new(pattern: &Pattern, newlines: bool) -> Self {
        let expected = if newlines {
            pattern.lines()
        } else {
            pattern.payloads()
        };
        Self::of(expected, pattern.message_size() + u64::from(newlines))
    }

    fn of(expected: Cycle, message_size: u64) -> Self {
        Self {
            expected,
            message_size,
            message: 0,
            frame: None,
            bad_size: false,
            ponged: false,
            closed: false,
            inflate: Decompress::new(false),
            compressed: Vec::new(),
            inflated: Vec::new(),
        }
    }

    fn has_all(&self) -> bool {
        self.closed || self.expected.has_ended()
    }

    fn is_intact(&self) -> bool {
        self.expected.is_complete() && !self.bad_size
    }

    fn verdict(&self) -> Result<(), String> {
        self.expected.verdict()?;
        Err("messages of another size".to_owned())
    }

    /// Takes what it can of `bytes`; all but an unfinished header or control frame.
    fn take(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut at = 0;
        loop {
            let mut open = match self.frame.take() {
                Some(open) => open,
                None => {
                    let Some(header) = Header::parse(&bytes[at..]) else {
                        return Ok(at);
                    };
                    if header.opcode() >= 8 {
                        let end = at + header.size + header.length as usize;
                        if end > bytes.len() {
                            return Ok(at);
                        }
                        self.closed |= header.opcode() == 8;
                        self.ponged |= header.opcode() == 10;
                        at = end;
                        continue;
                    }
                    at += header.size;
                    Open { header, offset: 0 }
                }
            };
            let left = open.header.length - open.offset;
            let length = left.min((bytes.len() - at) as u64) as usize;
            self.payload(&open, &bytes[at..at + length]);
            at += length;
            open.offset += length as u64;
            if open.offset < open.header.length {
                self.frame = Some(open);
                return Ok(at);
            }
            if open.header.fin() {
                self.end_message()?;
            }
        }
    }

    fn payload(&mut self, open: &Open, piece: &[u8]) {
        if open.header.compressed() || !self.compressed.is_empty() {
            let start = self.compressed.len();
            self.compressed.extend_from_slice(piece);
            let mut key = open.header.key;
            key.rotate_left((open.offset % 4) as usize);
            wire::mask(&mut self.compressed[start..], key);
            return;
        }
        self.expected
            .compare_masked(piece, open.header.key, open.offset);
        self.message += piece.len() as u64;
    }

    fn end_message(&mut self) -> io::Result<()> {
        if !self.compressed.is_empty() {
            self.compressed.extend_from_slice(&[0, 0, 0xff, 0xff]);
            self.inflated.clear();
            self.inflated.reserve(self.message_size as usize + 64);
            self.inflate.decompress_vec(
                &self.compressed,
                &mut self.inflated,
                FlushDecompress::Sync,
            )?;
            self.compressed.clear();
            self.expected.compare(&self.inflated);
            self.message = self.inflated.len() as u64;
        }
        self.bad_size |= self.message != self.message_size;
        self.message = 0;
        Ok(())
    }
}

/// Sends every message back, until the client closes or leaves.
fn echo(reader: &mut Reader, writer: &mut Writer) -> io::Result<()> {
    let mut buffer = vec![0; BUFFER];
    let mut held = 0;
    let mut out = Vec::with_capacity(BUFFER);
    loop {
        let length = reader.read(&mut buffer[held..])?;
        if length == 0 {
            return Ok(());
        }
        held += length;
        let mut at = 0;
        let mut closed = false;
        while let Some(header) = Header::parse(&buffer[at..held]) {
            let end = at + header.size + header.length as usize;
            if end > held {
                break;
            }
            let payload = &mut buffer[at + header.size..end];
            wire::mask(payload, header.key);
            let first = if header.opcode() == 9 {
                0x8a
            } else {
                header.first
            };
            wire::push_header(&mut out, first, header.length);
            out.write_all(payload)?;
            closed |= header.opcode() == 8;
            at = end;
        }
        buffer.copy_within(at..held, 0);
        held -= at;
        writer.write_all(&out)?;
        out.clear();
        if closed {
            return Ok(());
        }
    }
}
