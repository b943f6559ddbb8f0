//! One connection of the peer: what a script can read, send and do to it.

use std::{
    io::{self, Read, Write},
    net::{Shutdown, TcpStream},
    sync::Arc,
    thread,
    time::Duration,
};

use rustls::{ServerConfig, ServerConnection, StreamOwned};
use socket2::SockRef;
use tungstenite::handshake::derive_accept_key;

use super::{
    frame::{Frame, opcode},
    transcript::Transcript,
};
use crate::run::{PATIENCE, excerpt};

/// A head longer than this is a runaway.
const MAX_HEAD: usize = 1 << 20;

/// A connection from the client. Every method panics, and so fails the test, where the client does otherwise.
pub(crate) struct Conn {
    stream: Stream,
    /// Bytes that were read and belong to no frame yet, from `taken` on.
    buffer: Vec<u8>,
    taken: usize,
    transcript: Transcript,
}

enum Stream {
    Plain(TcpStream),
    Tls(Box<StreamOwned<ServerConnection, TcpStream>>),
    Gone,
}

/// The client's upgrade request.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    /// The head as it came, with the empty line.
    pub(crate) raw: Vec<u8>,
}

impl Request {
    /// `GET /path HTTP/1.1`.
    pub(crate) fn line(&self) -> String {
        self.lines().next().unwrap_or_default()
    }

    /// The value of a header, the first of its name, whatever its case.
    pub(crate) fn header(&self, name: &str) -> Option<String> {
        self.lines().skip(1).find_map(|line| {
            let (found, value) = line.split_once(':')?;
            found
                .eq_ignore_ascii_case(name)
                .then(|| value.trim().to_owned())
        })
    }

    /// The 101 that accepts this request, with `extra` header lines, each ending in CRLF.
    pub(crate) fn switching_protocols(&self, extra: &str) -> String {
        let key = self
            .header("Sec-WebSocket-Key")
            .expect("a key in the request");
        let accept = derive_accept_key(key.as_bytes());
        format!(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Accept: {accept}\r\n{extra}\r\n"
        )
    }

    fn lines(&self) -> impl Iterator<Item = String> {
        self.raw.split(|byte| *byte == b'\n').map(|line| {
            String::from_utf8_lossy(line.strip_suffix(b"\r").unwrap_or(line)).into_owned()
        })
    }
}

impl Conn {
    pub(super) fn new(stream: TcpStream, transcript: Transcript) -> Self {
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        stream.set_nodelay(true).unwrap();
        Self {
            stream: Stream::Plain(stream),
            buffer: Vec::new(),
            taken: 0,
            transcript,
        }
    }

    /// Speaks TLS from here on; the handshake happens with the next read.
    pub(crate) fn start_tls(&mut self, config: Arc<ServerConfig>) {
        let Stream::Plain(stream) = std::mem::replace(&mut self.stream, Stream::Gone) else {
            panic!("TLS starts on a plain stream");
        };
        let connection = ServerConnection::new(config).unwrap();
        self.stream = Stream::Tls(Box::new(StreamOwned::new(connection, stream)));
    }

    /// Reads the upgrade request and accepts it.
    pub(crate) fn upgrade(&mut self) -> Request {
        self.upgrade_with("")
    }

    /// Reads the upgrade request and accepts it, with `extra` header lines, each ending in CRLF.
    pub(crate) fn upgrade_with(&mut self, extra: &str) -> Request {
        let request = self.request();
        self.send(request.switching_protocols(extra));
        request
    }

    /// Reads a request head whole; nothing may follow it before it is answered.
    pub(crate) fn request(&mut self) -> Request {
        let end = loop {
            if let Some(start) = memchr::memmem::find(self.unread(), b"\r\n\r\n") {
                break start + 4;
            }
            assert!(
                self.unread().len() < MAX_HEAD,
                "the request's head has no end"
            );
            assert!(
                self.fill().expect("the request can be read"),
                "the request's head is cut off"
            );
        };
        let raw = self.take(end);
        assert!(
            self.unread().is_empty(),
            "bytes after the request: {}",
            excerpt(self.unread())
        );
        Request { raw }
    }

    /// Answers the request with these bytes and ends the connection.
    pub(crate) fn answer(&mut self, response: impl AsRef<[u8]>) -> Request {
        let request = self.request();
        self.send(response);
        self.fin();
        request
    }

    /// Sends bytes as they are.
    pub(crate) fn send(&mut self, bytes: impl AsRef<[u8]>) {
        let bytes = bytes.as_ref();
        self.transcript.note(format!(
            "sends {} bytes: {}",
            bytes.len(),
            excerpt(&bytes[..bytes.len().min(200)])
        ));
        self.try_send(bytes).expect("the client takes bytes");
    }

    /// Sends bytes that the client may refuse, having left already.
    pub(crate) fn try_send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes)?;
        self.stream.flush()
    }

    /// Sends bytes in slices of `size`, each in a segment of its own.
    ///
    /// The pause lets the client read each alone; nothing depends on whether it does.
    pub(crate) fn send_in_slices(&mut self, size: usize, bytes: impl AsRef<[u8]>) {
        for slice in bytes.as_ref().chunks(size) {
            self.send(slice);
            thread::sleep(Duration::from_millis(1));
        }
    }

    pub(crate) fn send_frame(&mut self, frame: &Frame) {
        self.send(frame.encode());
    }

    pub(crate) fn text(&mut self, text: impl AsRef<[u8]>) {
        self.send_frame(&Frame::text(text.as_ref()));
    }

    pub(crate) fn binary(&mut self, bytes: impl AsRef<[u8]>) {
        self.send_frame(&Frame::binary(bytes.as_ref()));
    }

    pub(crate) fn ping(&mut self, bytes: impl AsRef<[u8]>) {
        self.send_frame(&Frame::ping(bytes.as_ref()));
    }

    /// Sends a Close and nothing else; [`Self::finish`] does the rest.
    pub(crate) fn close(&mut self, code: u16, reason: impl AsRef<[u8]>) {
        self.send_frame(&Frame::close(code, reason));
    }

    /// Sends Close, waits for the client's Close with the same code, ends the connection.
    pub(crate) fn finish(&mut self, code: u16, reason: impl AsRef<[u8]>) {
        self.close(code, reason);
        self.expect_close(code);
        self.fin();
    }

    /// Reads the client's Close, answers it with the same code, ends the connection.
    pub(crate) fn expect_goodbye(&mut self, code: u16) {
        self.expect_close(code);
        self.close(code, "");
        self.fin();
    }

    /// Reads one frame and checks that a client may send it; `None` at the end.
    pub(crate) fn frame(&mut self) -> Option<Frame> {
        let frame = self.any_frame()?;
        if let Some(fault) = frame.fault_of_client() {
            panic!("the client sent {fault}: {frame:?}");
        }
        Some(frame)
    }

    /// Reads one frame, be it legal or not; `None` at the end.
    pub(crate) fn any_frame(&mut self) -> Option<Frame> {
        let frame = Frame::read(|count| self.exactly(count)).expect("a frame from the client");
        if let Some(frame) = &frame {
            let payload = excerpt(&frame.payload[..frame.payload.len().min(200)]);
            self.transcript.note(format!(
                "received opcode {:x} fin {} rsv {}, {} bytes: {payload}",
                frame.opcode,
                frame.fin,
                frame.rsv,
                frame.payload.len()
            ));
        }
        frame
    }

    /// Reads one frame of this opcode, final and uncompressed.
    #[track_caller]
    pub(crate) fn expect(&mut self, opcode: u8) -> Vec<u8> {
        let frame = self
            .frame()
            .unwrap_or_else(|| panic!("opcode {opcode:x} was expected, not the end"));
        assert_eq!(
            (frame.opcode, frame.fin, frame.rsv),
            (opcode, true, 0),
            "opcode, FIN and RSV"
        );
        frame.payload
    }

    #[track_caller]
    pub(crate) fn expect_text(&mut self, text: impl AsRef<[u8]>) {
        let payload = self.expect(opcode::TEXT);
        assert_eq!(
            excerpt(&payload),
            excerpt(text.as_ref()),
            "the text message"
        );
    }

    #[track_caller]
    pub(crate) fn expect_binary(&mut self, bytes: impl AsRef<[u8]>) {
        let payload = self.expect(opcode::BINARY);
        assert!(
            payload == bytes.as_ref(),
            "the binary message: {}",
            excerpt(&payload)
        );
    }

    #[track_caller]
    pub(crate) fn expect_pong(&mut self, bytes: impl AsRef<[u8]>) {
        assert_eq!(self.expect(opcode::PONG), bytes.as_ref(), "the pong");
    }

    /// Reads the client's Close and returns its reason.
    #[track_caller]
    pub(crate) fn expect_close(&mut self, code: u16) -> Vec<u8> {
        let mut payload = self.expect(opcode::CLOSE);
        let reason = payload.split_off(payload.len().min(2));
        assert_eq!(
            payload,
            code.to_be_bytes(),
            "the code of the Close, {code} was expected"
        );
        reason
    }

    /// The client ends the connection here, by FIN or by reset, and sends nothing before it.
    #[track_caller]
    pub(crate) fn expect_end(&mut self) {
        while let Ok(true) = self.fill() {}
        assert!(
            self.unread().is_empty(),
            "bytes before the end: {}",
            excerpt(self.unread())
        );
    }

    /// Reads what comes first, whatever it is.
    pub(crate) fn first_bytes(&mut self) {
        let came = self.fill().expect("the client's bytes can be read");
        assert!(came, "the client left without a byte");
    }

    /// Reads what comes until the end, whatever it is.
    pub(crate) fn drain(&mut self) {
        while let Ok(true) = self.fill() {
            self.taken = self.buffer.len();
        }
    }

    /// Sends every data frame back as it came, answers pings, until the client's Close, which is answered too.
    pub(crate) fn echo(&mut self) {
        while let Some(frame) = self.frame() {
            let answer = match frame.opcode {
                opcode::PING => opcode::PONG,
                opcode::PONG => continue,
                other => other,
            };
            let mut echo = Frame::new(answer, frame.payload).rsv(frame.rsv);
            echo.fin = frame.fin;
            self.send_frame(&echo);
            if answer == opcode::CLOSE {
                return self.fin();
            }
        }
        panic!("the client ended without a Close");
    }

    /// Sends FIN; over TLS, close_notify before it. The client's bytes are still read.
    pub(crate) fn fin(&mut self) {
        self.transcript.note("sends FIN");
        if let Stream::Tls(stream) = &mut self.stream {
            stream.conn.send_close_notify();
            let _ = stream.flush();
        }
        self.cut();
    }

    /// Sends FIN; over TLS, with no close_notify: a truncation.
    pub(crate) fn cut(&self) {
        if let Some(stream) = self.stream.tcp() {
            let _ = stream.shutdown(Shutdown::Write);
        }
    }

    /// Sends RST and is gone.
    pub(crate) fn reset(&mut self) {
        self.transcript.note("sends RST");
        if let Some(stream) = self.stream.tcp() {
            SockRef::from(stream)
                .set_linger(Some(Duration::ZERO))
                .unwrap();
        }
        self.stream = Stream::Gone;
    }

    fn unread(&self) -> &[u8] {
        &self.buffer[self.taken..]
    }

    fn take(&mut self, count: usize) -> Vec<u8> {
        let taken = self.unread()[..count].to_vec();
        self.taken += count;
        taken
    }

    /// Exactly `count` bytes; `None` at an end before the first.
    fn exactly(&mut self, count: usize) -> io::Result<Option<Vec<u8>>> {
        while self.unread().len() < count {
            if self.fill()? {
                continue;
            }
            return match self.unread() {
                [] => Ok(None),
                _ => Err(io::ErrorKind::UnexpectedEof.into()),
            };
        }
        Ok(Some(self.take(count)))
    }

    /// Reads more; false at the end.
    fn fill(&mut self) -> io::Result<bool> {
        self.buffer.drain(..self.taken);
        self.taken = 0;
        let start = self.buffer.len();
        self.buffer.resize(start + (64 << 10), 0);
        let result = self.stream.read(&mut self.buffer[start..]);
        let count = result.as_ref().map_or(0, |count| *count);
        self.buffer.truncate(start + count);
        self.transcript.receive(&self.buffer[start..]);
        result.map(|count| count > 0)
    }
}

impl Drop for Conn {
    /// Leaves without a reset: unread bytes would turn the close into one and could take our last ones with it.
    fn drop(&mut self) {
        self.cut();
        if !thread::panicking() {
            self.drain();
        }
    }
}

impl Stream {
    fn tcp(&self) -> Option<&TcpStream> {
        match self {
            Self::Plain(stream) => Some(stream),
            Self::Tls(stream) => Some(&stream.sock),
            Self::Gone => None,
        }
    }
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(stream) => stream.read(buffer),
            Self::Tls(stream) => stream.read(buffer),
            Self::Gone => Ok(0),
        }
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(stream) => stream.write(bytes),
            Self::Tls(stream) => stream.write(bytes),
            Self::Gone => Err(io::ErrorKind::NotConnected.into()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(stream) => stream.flush(),
            Self::Tls(stream) => stream.flush(),
            Self::Gone => Ok(()),
        }
    }
}
