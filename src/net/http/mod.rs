//! HTTP/1.x answers as raw bytes: the head kept whole, the body bounded.
//!
//! The upgrade and a proxy's CONNECT send their requests and read their answers here; what an answer means is theirs.

pub mod body;
pub mod head;

use std::io;

pub use body::Body;
pub use head::{Fault, Head, Reader};

/// Sends a request. A peer that refuses before it has read it closes its end, and its answer is still there to be read.
///
/// # Errors
/// Any other failure of the write.
pub fn send(stream: &mut impl io::Write, request: &[u8]) -> io::Result<()> {
    use io::ErrorKind::{BrokenPipe, ConnectionReset};

    match stream.write_all(request) {
        Err(error) if matches!(error.kind(), BrokenPipe | ConnectionReset) => Ok(()),
        result => result,
    }
}
