//! The interactive session: what `wscope URL` is on a terminal.

mod arguments;
pub mod command;
pub mod complete;
pub mod flood;
pub mod past;
pub mod setting;
mod table;
