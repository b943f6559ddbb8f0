//! `wscope check URL`: which hop broke the WebSocket, on what evidence, and how to mend it.
//!
//! ```text
//! ladder, probes ──▶ evidence ──▶ diagnosis ──▶ output (text, JSON, report)
//!   (sockets)        (facts,        (tables:
//!                     answers)       fingerprint, findings, advice)
//! ```
//!
//! The left half talks and concludes nothing; the right half concludes and opens no socket. What is
//! known about products and failures is data in the tables, never a branch in the code.

pub mod advice;
pub mod answer;
pub mod diagnosis;
pub mod evidence;
pub mod findings;
pub mod fingerprint;
pub mod hop;
pub mod mark;
pub mod matrix;
pub mod reading;
