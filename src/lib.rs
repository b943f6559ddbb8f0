//! wscope: a WebSocket client that shows every frame and says why the upgrade failed.
//!
//! This library is the program's body, split out for its tests; it is not a stable API.
//!
//! ```text
//! main ─ cli ─ config          what was typed → what is meant
//!         ├─ net ─ handshake   name → TCP → proxy → TLS → upgrade
//!         ├─ ws                pure protocol: bytes ↔ frames ↔ messages
//!         ├─ session           the reader thread, the writer thread, the clock
//!         ├─ input / repl      stdin and commands → Command
//!         ├─ output            Event → text, JSON, raw; the only place that prints
//!         └─ check             timeline and probes → findings → advice
//! ```

pub mod demo;
pub mod env;
pub mod error;
pub mod event;
pub mod handshake;
pub mod input;
pub mod net;
pub mod output;
pub mod repl;
pub mod session;
pub mod ws;

pub use env::Env;
pub use error::{Error, Exit};
