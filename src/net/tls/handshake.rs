//! The TLS handshake, driven on one thread under the stream's deadline.

use std::io::{Read as _, Write as _};

use rustls::{
    ProtocolVersion,
    client::UnbufferedClientConnection,
    unbuffered::{ConnectionState, EncodeError, UnbufferedStatus},
};

use super::{Failure, Record, split};
use crate::net::Stream;

/// A server's flight is 2 to 5 KiB, one with a long chain some 10 KiB.
const BLOCK: usize = 8 * 1024;

/// A server's flight is refused beyond this.
const LONGEST_FLIGHT: usize = 256 * 1024;

/// How much of the server's first bytes is kept as evidence.
const FIRST_BYTES: usize = 1024;

/// What the connection wants next.
enum Next {
    Continue,
    Transmit,
    Receive,
    Done,
}

/// Completes the handshake over `stream`, filling the record, and returns the stream with a TLS layer.
pub(super) fn run(
    mut stream: Stream,
    mut connection: UnbufferedClientConnection,
    record: &mut Record,
) -> Result<Stream, Failure> {
    let mut flight = Flight::default();
    let result = flight.complete(&mut stream, &mut connection);
    describe(&connection, record);
    if let Err(failure) = result {
        record.first_bytes = flight.first_bytes;
        return Err(failure);
    }
    let leftover = split::Leftover {
        ciphertext: flight.incoming,
        plaintext: flight.plaintext,
    };
    Ok(stream.layered(|reader, writer, pending| {
        split::halves(connection, leftover, (reader, writer), pending)
    }))
}

#[derive(Default)]
struct Flight {
    incoming: Vec<u8>,
    outgoing: Vec<u8>,
    /// Application data that came with the last flight.
    plaintext: Vec<u8>,
    received: usize,
    first_bytes: Vec<u8>,
}

impl Flight {
    fn complete(
        &mut self,
        stream: &mut Stream,
        connection: &mut UnbufferedClientConnection,
    ) -> Result<(), Failure> {
        loop {
            match self.step(connection) {
                Ok(Next::Continue) => {}
                Ok(Next::Transmit) => self.transmit(stream)?,
                Ok(Next::Receive) => self.receive(stream)?,
                Ok(Next::Done) => return self.transmit(stream),
                Err(error) => {
                    self.tell_peer(stream, connection);
                    return Err(Failure::from_tls(error, &self.first_bytes));
                }
            }
        }
    }

    fn step(&mut self, connection: &mut UnbufferedClientConnection) -> Result<Next, rustls::Error> {
        let UnbufferedStatus { discard, state, .. } =
            connection.process_tls_records(&mut self.incoming);
        let next = match state? {
            ConnectionState::EncodeTlsData(mut data) => {
                encode(&mut self.outgoing, |room| data.encode(room))?;
                Next::Continue
            }
            ConnectionState::TransmitTlsData(transmit) => {
                transmit.done();
                Next::Transmit
            }
            ConnectionState::ReadTraffic(mut traffic) => {
                while let Some(record) = traffic.next_record() {
                    self.plaintext.extend_from_slice(record?.payload);
                }
                Next::Continue
            }
            ConnectionState::BlockedHandshake => Next::Receive,
            _ => Next::Done,
        };
        self.incoming.drain(..discard);
        Ok(next)
    }

    fn transmit(&mut self, stream: &mut Stream) -> Result<(), Failure> {
        stream.write_all(&self.outgoing).map_err(Failure::from_io)?;
        self.outgoing.clear();
        Ok(())
    }

    fn receive(&mut self, stream: &mut Stream) -> Result<(), Failure> {
        let filled = self.incoming.len();
        if filled > LONGEST_FLIGHT {
            return Err(Failure::Tls(rustls::Error::General(
                "the server's flight has no end".to_owned(),
            )));
        }
        self.incoming.resize(filled + BLOCK, 0);
        let result = stream.read(&mut self.incoming[filled..]);
        let received = *result.as_ref().unwrap_or(&0);
        self.incoming.truncate(filled + received);
        let room = FIRST_BYTES.saturating_sub(self.first_bytes.len());
        self.first_bytes
            .extend(self.incoming[filled..].iter().take(room));
        self.received += received;
        match result {
            Ok(0) => Err(Failure::Closed {
                received: self.received,
            }),
            Ok(_) => Ok(()),
            Err(error) => Err(Failure::from_io(error)),
        }
    }

    /// Sends the alert that rustls has queued; the failure is reported whether or not it arrives.
    fn tell_peer(&mut self, stream: &mut Stream, connection: &mut UnbufferedClientConnection) {
        // Once rustls has failed, all it may be asked for is the alert: see `Shared::queue_alert`.
        while connection.wants_write() && self.step(connection).is_ok() {}
        let _ = self.transmit(stream);
    }
}

fn encode(
    outgoing: &mut Vec<u8>,
    mut encode: impl FnMut(&mut [u8]) -> Result<usize, EncodeError>,
) -> Result<(), rustls::Error> {
    let start = outgoing.len();
    loop {
        match encode(&mut outgoing[start..]) {
            Ok(written) => {
                outgoing.truncate(start + written);
                return Ok(());
            }
            Err(EncodeError::InsufficientSize(size)) => {
                outgoing.resize(start + size.required_size, 0);
            }
            Err(error) => return Err(rustls::Error::General(error.to_string())),
        }
    }
}

fn describe(connection: &UnbufferedClientConnection, record: &mut Record) {
    record.version = connection.protocol_version().map(|version| match version {
        ProtocolVersion::TLSv1_2 => "TLS 1.2",
        ProtocolVersion::TLSv1_3 => "TLS 1.3",
        _ => "TLS",
    });
    record.cipher = connection
        .negotiated_cipher_suite()
        .and_then(|suite| suite.suite().as_str().map(str::to_owned));
    record.group = connection
        .negotiated_key_exchange_group()
        .map(|group| format!("{:?}", group.name()));
    record.alpn = connection.alpn_protocol().map(<[u8]>::to_vec);
}
