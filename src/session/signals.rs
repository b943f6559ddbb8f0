//! Signals that ask the process to end, told to whoever can close first.

use std::io;

/// Tells every SIGINT, SIGTERM and SIGHUP from now on.
///
/// # Errors
///
/// The handlers or the thread that waits for them cannot be had.
#[cfg(unix)]
pub fn forward(tell: impl Fn(i32) + Send + 'static) -> io::Result<()> {
    use signal_hook::{
        consts::{SIGHUP, SIGINT, SIGTERM},
        iterator::Signals,
    };

    let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP])?;
    super::spawn("signals", move || {
        for signal in &mut signals {
            tell(signal);
        }
    })
}

/// Leaves signals to the system.
///
/// # Errors
///
/// None on this system.
#[cfg(not(unix))]
pub fn forward(_tell: impl Fn(i32) + Send + 'static) -> io::Result<()> {
    Ok(())
}
