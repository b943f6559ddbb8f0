//! The echo server of `wscope demo`: one listener on 127.0.0.1, a thread for each connection.
//!
//! It answers what a client may ask of an endpoint: text and binary back as they came, pongs,
//! permessage-deflate, the Close code that it was given. It is for trying and testing, and never
//! listens on another address.

mod echo;

use std::{
    io,
    net::{Ipv4Addr, SocketAddr, TcpListener},
    thread,
};

/// Starts the server on a free port, and says which; it lives as long as the process.
///
/// # Errors
///
/// No port or no thread is to be had.
pub fn start() -> io::Result<SocketAddr> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let address = listener.local_addr()?;
    thread::Builder::new()
        .name("demo".to_owned())
        .spawn(move || {
            for connection in listener.incoming().flatten() {
                let serve = move || {
                    // a client that goes away is no concern of the server's
                    let _ = echo::serve(connection);
                };
                let _ = thread::Builder::new().name("echo".to_owned()).spawn(serve);
            }
        })?;
    Ok(address)
}
