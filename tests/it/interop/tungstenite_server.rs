//! The echo server on tungstenite, in this process.

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    sync::Arc,
    thread,
};

use rustls::{ServerConfig, ServerConnection, StreamOwned};
use tungstenite::{
    Message, WebSocket, accept_with_config,
    protocol::{
        WebSocketConfig,
        frame::{
            Frame,
            coding::{Data, OpCode},
        },
    },
};

use super::Listening;
use crate::run::PATIENCE;

pub(crate) struct InProcess(u16);

impl Listening for InProcess {
    fn port(&self) -> u16 {
        self.0
    }
}

/// Serves one connection after the other until the test process ends.
pub(super) fn start(tls: Option<Arc<ServerConfig>>) -> InProcess {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let stream = stream.unwrap();
            stream.set_read_timeout(Some(PATIENCE)).unwrap();
            match &tls {
                None => serve(stream),
                Some(config) => serve(over_tls(stream, config.clone())),
            }
        }
    });
    InProcess(port)
}

fn over_tls(
    stream: TcpStream,
    config: Arc<ServerConfig>,
) -> StreamOwned<ServerConnection, TcpStream> {
    StreamOwned::new(ServerConnection::new(config).unwrap(), stream)
}

/// Ends with the connection; what went wrong shows in the client, which is what the test looks at.
fn serve(stream: impl Read + Write) {
    let config = WebSocketConfig::default().max_frame_size(None);
    let mut socket = accept_with_config(stream, Some(config)).unwrap();
    let mut number: u32 = 0;
    while let Ok(message) = socket.read() {
        if !(message.is_text() || message.is_binary()) {
            continue;
        }
        if number.is_multiple_of(50) {
            socket.send(Message::Ping("still there?".into())).unwrap();
        }
        send_back(&mut socket, number, message).unwrap();
        number += 1;
    }
}

fn send_back<S: Read + Write>(
    socket: &mut WebSocket<S>,
    number: u32,
    message: Message,
) -> tungstenite::Result<()> {
    let kind = if message.is_text() && !number.is_multiple_of(3) {
        Data::Text
    } else {
        Data::Binary
    };
    let payload = message.into_data();
    if !number.is_multiple_of(4) {
        let whole = Frame::message(payload, OpCode::Data(kind), true);
        return socket.send(Message::Frame(whole));
    }
    let third = payload.len() / 3;
    for (opcode, range, fin) in [
        (kind, 0..third, false),
        (Data::Continue, third..2 * third, false),
        (Data::Continue, 2 * third..payload.len(), true),
    ] {
        let fragment = Frame::message(payload.slice(range), OpCode::Data(opcode), fin);
        socket.send(Message::Frame(fragment))?;
    }
    Ok(())
}
