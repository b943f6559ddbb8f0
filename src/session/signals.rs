//! Signals that ask the process to end, told to whoever can close first.

#[cfg(not(unix))]
pub(super) use other::Caught;
#[cfg(not(unix))]
pub use other::forward;
#[cfg(unix)]
pub(super) use unix::Caught;
#[cfg(unix)]
pub use unix::forward;

#[cfg(unix)]
mod unix {
    use std::{
        io,
        sync::{
            Arc,
            atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
        },
    };

    use signal_hook::{
        consts::{SIGHUP, SIGINT, SIGTERM},
        flag,
        iterator::Signals,
    };

    use crate::session::{spawn, wake::Waker};

    const ENDING: [i32; 3] = [SIGINT, SIGTERM, SIGHUP];

    /// Tells every SIGINT, SIGTERM and SIGHUP from now on, from a thread of its own: for a prompt,
    /// which outlives its sessions.
    ///
    /// # Errors
    ///
    /// The handlers or the thread that waits for them cannot be had.
    pub fn forward(tell: impl Fn(i32) + Send + 'static) -> io::Result<()> {
        let mut signals = Signals::new(ENDING)?;
        spawn("signals", move || {
            for signal in &mut signals {
                tell(signal);
            }
        })
    }

    /// The last SIGINT, SIGTERM or SIGHUP that nobody has looked at; once this is dropped, they kill again.
    #[derive(Debug)]
    pub(in crate::session) struct Caught {
        last: Arc<AtomicUsize>,
        is_over: Arc<AtomicBool>,
    }

    impl Caught {
        /// Catches them from now on; each also calls `bell`.
        ///
        /// # Errors
        ///
        /// The handlers cannot be had.
        pub(in crate::session) fn new(bell: &Waker) -> io::Result<Self> {
            let last = Arc::new(AtomicUsize::new(0));
            let is_over = Arc::new(AtomicBool::new(false));
            for signal in ENDING {
                flag::register_conditional_default(signal, Arc::clone(&is_over))?;
                // in this order: who is called finds it
                flag::register_usize(signal, Arc::clone(&last), signal as usize)?;
                bell.wake_on(signal)?;
            }
            Ok(Self { last, is_over })
        }

        /// Takes it.
        pub(in crate::session) fn take(&self) -> Option<i32> {
            i32::try_from(self.last.swap(0, SeqCst))
                .ok()
                .filter(|signal| *signal != 0)
        }
    }

    impl Drop for Caught {
        fn drop(&mut self) {
            self.is_over.store(true, SeqCst);
        }
    }
}

#[cfg(not(unix))]
mod other {
    use std::io;

    use crate::session::wake::Waker;

    /// Leaves signals to the system.
    ///
    /// # Errors
    ///
    /// None on this system.
    pub fn forward(_tell: impl Fn(i32) + Send + 'static) -> io::Result<()> {
        Ok(())
    }

    /// No signal is ever caught: they are left to the system.
    #[derive(Debug)]
    pub(in crate::session) struct Caught;

    impl Caught {
        /// Does nothing.
        ///
        /// # Errors
        ///
        /// None on this system.
        pub(in crate::session) fn new(_bell: &Waker) -> io::Result<Self> {
            Ok(Self)
        }

        /// Nothing.
        pub(in crate::session) fn take(&self) -> Option<i32> {
            None
        }
    }
}
