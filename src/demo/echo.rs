//! One connection of the demo server: the upgrade, then everything back.

use std::{
    io::{self, Read as _, Write as _},
    net::TcpStream,
    time::Duration,
};

use tungstenite::handshake::derive_accept_key;

use crate::{
    handshake::extensions,
    ws::{
        ControlFrame, DeflateParams, Deflater, Encoder, Flow, FrameStep, Inflater, Kind, Limits,
        Part, Place, Receive, Receiver, Role, Severity, Strictness, Violation,
    },
};

/// The longest request head that is read.
const MAX_HEAD: usize = 64 * 1024;

/// Messages up to this size go back in one frame; longer ones as they come.
const HELD: usize = 1 << 20;

const BLOCK: usize = 256 * 1024;

/// Replies leave after so many bytes, so that a client is not left waiting for a whole block's.
const SLICE: usize = 32 * 1024;

/// A client that says nothing for so long has gone.
const PATIENCE: Duration = Duration::from_secs(600);

pub(super) fn serve(mut connection: TcpStream) -> io::Result<()> {
    connection.set_nodelay(true)?;
    connection.set_read_timeout(Some(PATIENCE))?;
    let (head, leftover) = read_head(&mut connection)?;
    let Some((answer, deflate)) = answer(&head) else {
        let text = "this endpoint speaks WebSocket only\n";
        return write!(
            connection,
            "HTTP/1.1 426 Upgrade Required\r\nUpgrade: websocket\r\nConnection: close\r\n\
             Content-Type: text/plain\r\nContent-Length: {}\r\n\r\n{text}",
            text.len()
        );
    };
    connection.write_all(answer.as_bytes())?;
    Echo::new(deflate).run(&mut connection, leftover)
}

/// The request's head, and what came behind it.
fn read_head(connection: &mut TcpStream) -> io::Result<(Vec<u8>, Vec<u8>)> {
    let mut head = Vec::new();
    let mut block = [0; 4096];
    loop {
        if let Some(end) = memchr::memmem::find(&head, b"\r\n\r\n") {
            let leftover = head.split_off(end + 4);
            return Ok((head, leftover));
        }
        let length = connection.read(&mut block)?;
        if length == 0 || head.len() > MAX_HEAD {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        head.extend_from_slice(&block[..length]);
    }
}

/// The 101 to a request that asks for WebSocket, and what is agreed about compression.
fn answer(head: &[u8]) -> Option<(String, Option<DeflateParams>)> {
    let mut headers = [httparse::EMPTY_HEADER; 128];
    let mut request = httparse::Request::new(&mut headers);
    request.parse(head).ok()?;
    let values = |name: &'static str| {
        let all = request.headers.iter();
        let named = all.filter(move |header| header.name.eq_ignore_ascii_case(name));
        named.map(|header| header.value)
    };
    let asks = values("upgrade").any(|value| value.eq_ignore_ascii_case(b"websocket"));
    let key = values("sec-websocket-key").next().filter(|_| asks)?;
    let mut answer = format!(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Accept: {}\r\n",
        derive_accept_key(key)
    );
    if let Some(offered) = values("sec-websocket-protocol").next()
        && let Ok(offered) = std::str::from_utf8(offered)
        && let Some(first) = offered.split(',').next()
    {
        answer.push_str(&format!("Sec-WebSocket-Protocol: {}\r\n", first.trim()));
    }
    let agreed = extensions::accept(values("sec-websocket-extensions"));
    if let Some((accepted, _)) = &agreed {
        answer.push_str(&format!("Sec-WebSocket-Extensions: {accepted}\r\n"));
    }
    answer.push_str("\r\n");
    Some((answer, agreed.map(|(_, deflate)| deflate)))
}

struct Echo {
    receiver: Receiver,
    replies: Replies,
}

/// What goes back, gathered for each block that came.
struct Replies {
    encoder: Encoder,
    out: Vec<u8>,
    held: Vec<u8>,
    /// The message at work has left in part.
    is_streaming: bool,
    is_over: bool,
}

impl Echo {
    fn new(deflate: Option<DeflateParams>) -> Self {
        let inflater = deflate.map(|agreed| {
            Inflater::new(
                agreed.client_max_window_bits,
                !agreed.client_no_context_takeover,
            )
        });
        let deflater = deflate.map(|agreed| {
            Deflater::new(
                agreed.server_max_window_bits,
                !agreed.server_no_context_takeover,
            )
        });
        Self {
            receiver: Receiver::new(Role::Server, Limits::NONE, Strictness::Strict, inflater),
            replies: Replies {
                encoder: Encoder::new(Role::Server, deflater),
                out: Vec::new(),
                held: Vec::new(),
                is_streaming: false,
                is_over: false,
            },
        }
    }

    fn run(mut self, connection: &mut TcpStream, leftover: Vec<u8>) -> io::Result<()> {
        let mut block = leftover;
        let mut length = block.len();
        block.resize(BLOCK.max(length), 0);
        loop {
            for slice in block[..length].chunks(SLICE) {
                let _ = self.receiver.feed(slice, &mut self.replies);
                connection.write_all(&self.replies.out)?;
                self.replies.out.clear();
                if self.replies.is_over {
                    return Ok(());
                }
            }
            length = connection.read(&mut block)?;
            if length == 0 {
                return Ok(());
            }
        }
    }
}

impl Receive for Replies {
    fn wants_frames(&self) -> bool {
        false
    }

    fn frame(&mut self, _step: &FrameStep<'_>) {}

    fn message(&mut self, kind: Kind, payload: &[u8]) -> Flow {
        self.encoder.message(kind, payload, &mut self.out);
        Flow::Continue(())
    }

    fn part(&mut self, part: Part<'_>) -> Flow {
        self.held.extend_from_slice(part.bytes);
        if part.last && !self.is_streaming {
            self.encoder.message(part.kind, &self.held, &mut self.out);
            self.held.clear();
        } else if part.last || self.held.len() >= HELD {
            let place = Place {
                first: !self.is_streaming,
                last: part.last,
            };
            self.encoder
                .fragment(part.kind, place, &self.held, &mut self.out);
            self.held.clear();
            self.is_streaming = !part.last;
        }
        Flow::Continue(())
    }

    fn control(&mut self, control: ControlFrame<'_>) -> Flow {
        match control {
            ControlFrame::Ping(payload) => {
                self.encoder.frame(true, 0, 10, payload, &mut self.out);
            }
            ControlFrame::Pong(_) => {}
            ControlFrame::Close(frame) => {
                self.encoder
                    .frame(true, 0, 8, &frame.payload(), &mut self.out);
                self.is_over = true;
            }
        }
        Flow::Continue(())
    }

    fn violation(&mut self, violation: &Violation, _severity: Severity) {
        let code = violation.rule.close_code().to_be_bytes();
        self.encoder.frame(true, 0, 8, &code, &mut self.out);
        self.is_over = true;
    }
}
