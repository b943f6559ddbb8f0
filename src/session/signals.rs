//! Signals that ask the process to end, forwarded to the session: it closes first.

use std::io;

use super::SignalSender;

/// Sends every SIGINT, SIGTERM and SIGHUP to the session from now on.
///
/// # Errors
///
/// The handlers or the thread that waits for them cannot be had.
#[cfg(unix)]
pub fn forward(session: SignalSender) -> io::Result<()> {
    use signal_hook::{
        consts::{SIGHUP, SIGINT, SIGTERM},
        iterator::Signals,
    };

    let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP])?;
    super::spawn("signals", move || {
        for signal in &mut signals {
            session.send(signal);
        }
    })
}

/// Leaves signals to the system.
///
/// # Errors
///
/// None on this system.
#[cfg(not(unix))]
pub fn forward(_session: SignalSender) -> io::Result<()> {
    Ok(())
}
