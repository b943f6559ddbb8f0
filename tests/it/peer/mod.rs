//! A scripted peer: a server on port 0 that does what the test says, also what the RFC forbids.
//!
//! The script is a closure over a [`Conn`], run on a thread. The peer decodes frames by itself, with none of
//! wscope's code, so that an illegal frame from the client fails the test. When a script does not reach its end,
//! dropping the [`Peer`] fails with everything that was seen.
//!
//! ```text
//! let peer = Peer::start(|conn| { conn.upgrade(); conn.expect_text("hello"); conn.close(1000, ""); });
//! wscope([peer.url()]).stdin("hello\n").run().exits(0);
//! ```

mod conn;
mod frame;
mod gate;
mod tls;
mod transcript;

use std::{
    any::Any,
    net::{Ipv4Addr, SocketAddr, TcpListener},
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
    sync::mpsc,
    thread,
};

use socket2::SockRef;

use self::transcript::Transcript;
pub(crate) use self::{
    conn::{Conn, Request},
    frame::{Frame, opcode},
    gate::gate,
    tls::Certificate,
};
use crate::run::PATIENCE;

const LOOPBACK: (Ipv4Addr, u16) = (Ipv4Addr::LOCALHOST, 0);

/// A server with a script; dropping it waits for the script's end and fails where it was not met.
pub(crate) struct Peer {
    address: SocketAddr,
    certificate: Option<Certificate>,
    transcript: Transcript,
    ended: mpsc::Receiver<Result<(), String>>,
}

impl Peer {
    /// Serves one connection.
    pub(crate) fn start(script: impl FnOnce(&mut Conn) + Send + 'static) -> Self {
        Self::start_at(LOOPBACK, script)
    }

    /// Serves one connection to this address, whose port may be 0.
    pub(crate) fn start_at(
        address: impl Into<SocketAddr>,
        script: impl FnOnce(&mut Conn) + Send + 'static,
    ) -> Self {
        let mut script = Some(script);
        Self::serve(address.into(), 1, None, move |_, conn| {
            (script.take().expect("one connection"))(conn);
        })
    }

    /// Serves `count` connections, one after the other; the script is told which, from 0.
    pub(crate) fn start_many(
        count: usize,
        script: impl FnMut(usize, &mut Conn) + Send + 'static,
    ) -> Self {
        Self::serve(LOOPBACK.into(), count, None, script)
    }

    /// Serves one connection over TLS, with a certificate of its own for `localhost` and `127.0.0.1`.
    pub(crate) fn start_tls(script: impl FnOnce(&mut Conn) + Send + 'static) -> Self {
        let mut script = Some(script);
        let certificate = Certificate::for_names(["localhost", "127.0.0.1"]);
        Self::serve(LOOPBACK.into(), 1, Some(certificate), move |_, conn| {
            (script.take().expect("one connection"))(conn);
        })
    }

    fn serve(
        address: SocketAddr,
        count: usize,
        certificate: Option<Certificate>,
        mut script: impl FnMut(usize, &mut Conn) + Send + 'static,
    ) -> Self {
        let listener = TcpListener::bind(address).unwrap();
        let address = listener.local_addr().unwrap();
        SockRef::from(&listener)
            .set_read_timeout(Some(PATIENCE))
            .unwrap();
        let transcript = Transcript::default();
        let (tell, ended) = mpsc::channel();
        let record = transcript.clone();
        let tls = certificate.as_ref().map(Certificate::server_config);
        let serve = move || {
            for index in 0..count {
                let (stream, _) = listener.accept().expect("the client connects");
                record.note("accepted a connection");
                let mut conn = Conn::new(stream, record.clone());
                if let Some(config) = &tls {
                    conn.start_tls(config.clone());
                }
                script(index, &mut conn);
            }
        };
        thread::spawn(move || {
            tell.send(catch_unwind(AssertUnwindSafe(serve)).map_err(|panic| message_of(&*panic)))
        });
        Self {
            address,
            certificate,
            transcript,
            ended,
        }
    }

    pub(crate) fn port(&self) -> u16 {
        self.address.port()
    }

    /// `127.0.0.1:PORT`.
    pub(crate) fn authority(&self) -> String {
        self.address.to_string()
    }

    /// `ws://127.0.0.1:PORT/`, or `wss:` over TLS.
    pub(crate) fn url(&self) -> String {
        let scheme = if self.certificate.is_some() {
            "wss"
        } else {
            "ws"
        };
        format!("{scheme}://{}/", self.address)
    }

    /// The file to give to `--cacert`.
    pub(crate) fn cacert(&self) -> &Path {
        self.certificate.as_ref().expect("a TLS peer").pem_file()
    }

    fn settle(&self) {
        let failure = match self.ended.recv_timeout(PATIENCE) {
            Ok(Ok(())) => return,
            Ok(Err(panic)) => panic,
            Err(_) => "its script did not end".into(),
        };
        panic!("the peer failed: {failure}\n{}", self.transcript);
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        if thread::panicking() {
            let failure = self.ended.try_recv();
            eprintln!("what the peer saw:\n{}  then: {failure:?}", self.transcript);
        } else {
            self.settle();
        }
    }
}

fn message_of(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "it panicked".into())
}
