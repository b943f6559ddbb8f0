//! What the prompt's own thread waits for.

use std::{io, time::Duration};

use super::{
    dial::{Failure, Opened},
    editor::Typed,
};
use crate::session::Summary;

/// Something that one of the other threads tells.
#[derive(Debug)]
pub enum Happening {
    /// A line was typed, or given up.
    Typed(Typed),
    /// An attempt to connect has ended; the number is that of the connection.
    Dialled(u64, Box<Result<Opened, Box<Failure>>>),
    /// A connection has ended.
    Ended(u64, Box<io::Result<Summary>>),
    /// The pong to a ping of the user's.
    Pong {
        /// What the ping carried.
        payload: Vec<u8>,
        /// The round trip.
        rtt: Duration,
    },
    /// A signal that asks the process to end.
    Signal(i32),
    /// A thread has panicked; its message has been printed.
    Panicked,
}
