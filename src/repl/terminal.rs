//! The terminal's own settings, kept so that they can be brought back whatever happens.
//!
//! While the prompt lives the terminal does not echo, even between two lines: what is typed
//! ahead belongs to the next prompt, and would otherwise stand twice on the screen.

use std::io;
#[cfg(unix)]
use std::{sync::Arc, thread};

/// The settings that the terminal had before us.
#[derive(Clone, Debug)]
pub struct Terminal {
    #[cfg(unix)]
    original: Option<Arc<unix::Original>>,
}

impl Terminal {
    /// Takes over the terminal on standard input, if it is one whose cursor can be moved.
    #[must_use]
    pub fn take_over(is_editing: bool) -> Self {
        let terminal = Self {
            #[cfg(unix)]
            original: is_editing
                .then(unix::Original::of_stdin)
                .flatten()
                .map(Arc::new),
        };
        terminal.silence();
        terminal
    }

    /// Brings back what was before us: at the end, and for another program.
    pub fn restore(&self) {
        #[cfg(unix)]
        if let Some(original) = &self.original {
            original.restore();
        }
    }

    /// No echo, and no waiting for whole lines.
    pub fn silence(&self) {
        #[cfg(unix)]
        if let Some(original) = &self.original {
            original.silence();
        }
    }

    /// Ctrl-Z: stops the process with the terminal as the shell expects it, and comes back with
    /// the one that was.
    pub fn suspend(&self) {
        #[cfg(unix)]
        if let Some(original) = &self.original {
            original.suspend();
        }
    }

    /// Does the same for a SIGTSTP from outside, from now on; `resumed` is called afterwards.
    ///
    /// # Errors
    ///
    /// The system has no threads left.
    pub fn suspend_on_signal(&self, resumed: impl Fn() + Send + 'static) -> io::Result<()> {
        #[cfg(unix)]
        if let Some(original) = self.original.clone() {
            let wait = move || {
                while original.await_stop() {
                    original.suspend();
                    resumed();
                }
            };
            thread::Builder::new()
                .name("suspend".to_owned())
                .spawn(wait)?;
        }
        #[cfg(not(unix))]
        let _ = resumed;
        Ok(())
    }

    /// A panic in any thread first restores the terminal, so that its message can be read, and
    /// then calls `told`. Gives back what restores the terminal when it is dropped.
    pub fn restore_on_panic(&self, told: impl Fn() + Send + Sync + 'static) -> Guard {
        let terminal = self.clone();
        let previous = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            terminal.restore();
            previous(panic);
            told();
        }));
        Guard(self.clone())
    }
}

/// Restores the terminal when it is dropped.
#[derive(Debug)]
#[must_use]
pub struct Guard(Terminal);

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.restore();
    }
}

#[cfg(unix)]
mod unix {
    use std::{
        fs::File,
        io::{self, Write as _},
        sync::{
            Mutex, PoisonError,
            atomic::{AtomicBool, Ordering::SeqCst},
        },
    };

    use nix::sys::{
        pthread,
        signal::{SigSet, Signal},
        termios::{LocalFlags, SetArg, SpecialCharacterIndices, Termios, tcgetattr, tcsetattr},
    };

    #[derive(Debug)]
    pub(super) struct Original {
        /// What `stty -g` would have said.
        termios: Mutex<Termios>,
        /// Another program has the terminal, and changes it as it likes.
        is_lent: AtomicBool,
    }

    /// While the terminal is ours, SIGTSTP is blocked in every thread that is started from then
    /// on: one of them waits for it, and gives the terminal back first.
    impl Original {
        pub(super) fn of_stdin() -> Option<Self> {
            Some(Self {
                termios: Mutex::new(tcgetattr(io::stdin()).ok()?),
                is_lent: AtomicBool::new(false),
            })
        }

        pub(super) fn restore(&self) {
            self.is_lent.store(true, SeqCst);
            self.give_back();
            // A program that is started now inherits what is blocked here.
            let _ = stop_signal().thread_unblock();
        }

        fn give_back(&self) {
            let termios = self.termios.lock().unwrap_or_else(PoisonError::into_inner);
            // A terminal that has gone needs nothing.
            let _ = tcsetattr(io::stdin(), SetArg::TCSANOW, &termios);
            write(PASTE_OFF);
        }

        pub(super) fn silence(&self) {
            let _ = stop_signal().thread_block();
            self.is_lent.store(false, SeqCst);
            let mut termios = self
                .termios
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .clone();
            termios.local_flags &= !(LocalFlags::ECHO | LocalFlags::ICANON);
            termios.control_chars[SpecialCharacterIndices::VMIN as usize] = 1;
            termios.control_chars[SpecialCharacterIndices::VTIME as usize] = 0;
            let _ = tcsetattr(io::stdin(), SetArg::TCSANOW, &termios);
        }

        pub(super) fn suspend(&self) {
            if self.is_lent.load(SeqCst) {
                return stop();
            }
            let Ok(present) = tcgetattr(io::stdin()) else {
                return;
            };
            self.give_back();
            stop();
            let _ = tcsetattr(io::stdin(), SetArg::TCSANOW, &present);
            write(PASTE_ON);
        }

        /// Waits until somebody stops us; false where that cannot be waited for.
        pub(super) fn await_stop(&self) -> bool {
            stop_signal().wait().is_ok()
        }
    }

    fn stop_signal() -> SigSet {
        let mut set = SigSet::empty();
        set.add(Signal::SIGTSTP);
        set
    }

    /// Sends the signal to this thread alone, where nothing blocks it: it has stopped before the
    /// call returns, and goes on after the shell's `fg`. Without a shell the system ignores it.
    fn stop() {
        let signal = stop_signal();
        let _ = signal.thread_unblock();
        let _ = pthread::pthread_kill(pthread::pthread_self(), Signal::SIGTSTP);
        let _ = signal.thread_block();
    }

    /// Past the lock of standard output, which a thread that has panicked may hold.
    fn write(sequence: &[u8]) {
        if let Ok(tty) = nix::unistd::dup(io::stdout()) {
            let _ = File::from(tty).write_all(sequence);
        }
    }

    /// Bracketed paste off, colours reset.
    const PASTE_OFF: &[u8] = b"\x1b[?2004l\x1b[0m";
    const PASTE_ON: &[u8] = b"\x1b[?2004h";
}
