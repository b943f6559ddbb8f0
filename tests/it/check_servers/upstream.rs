//! Servers behind the proxies that misbehave on purpose, each in one way, for as long as the tests run.

use std::{
    io::{Read as _, Write as _},
    net::{TcpListener, TcpStream},
    sync::Arc,
    thread,
    time::Duration,
};

use rustls::{ServerConfig, ServerConnection, StreamOwned};
use socket2::SockRef;

/// What an upstream does with each connection.
#[derive(Clone)]
pub(super) enum Upstream {
    /// Reads, and never says a word.
    Silent,
    /// Reads the request and resets.
    Reset,
    /// Answers with these bytes and closes.
    Says(&'static [u8]),
    /// Speaks TLS, and HTTP inside it.
    Tls(Arc<ServerConfig>),
    /// Answers like gorilla/websocket: 400 for whatever is no upgrade.
    Gorilla,
}

impl Upstream {
    /// Listens on a port of its own; its threads end with the process.
    pub(super) fn start(self) -> u16 {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let upstream = self.clone();
                thread::spawn(move || upstream.serve(stream));
            }
        });
        port
    }

    fn serve(&self, mut stream: TcpStream) {
        let _ = stream.set_read_timeout(Some(Duration::from_secs(60)));
        match self {
            Self::Tls(config) => {
                let connection = ServerConnection::new(config.clone()).unwrap();
                let mut stream = StreamOwned::new(connection, stream);
                if stream.read(&mut [0; 4096]).is_ok() {
                    let _ = stream
                        .write_all(b"HTTP/1.1 426 Upgrade Required\r\nContent-Length: 0\r\n\r\n");
                }
                return;
            }
            _ => drop(stream.read(&mut [0; 4096])),
        }
        match self {
            Self::Reset => {
                let _ = SockRef::from(&stream).set_linger(Some(Duration::ZERO));
                return;
            }
            Self::Says(bytes) => {
                let _ = stream.write_all(bytes);
                return;
            }
            Self::Gorilla => drop(stream.write_all(
                b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nSec-Websocket-Version: 13\r\n\
                  X-Content-Type-Options: nosniff\r\nContent-Length: 12\r\n\r\nBad Request\n",
            )),
            Self::Silent | Self::Tls(_) => {}
        }
        // the other side ends it
        while matches!(stream.read(&mut [0; 4096]), Ok(count) if count > 0) {}
    }
}
