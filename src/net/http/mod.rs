//! HTTP/1.x answers as raw bytes: the head kept whole, the body bounded.
//!
//! The upgrade and a proxy's CONNECT read their answers here; what an answer means is theirs.

pub mod body;
pub mod head;

pub use body::Body;
pub use head::{Fault, Head, Reader};
