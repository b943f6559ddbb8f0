//! How a thread sleeps until it is called: the writer also until there is input, the clock until
//! a deadline or a signal.

#[cfg(unix)]
pub(super) use unix::Waker;

#[cfg(not(unix))]
pub(super) use other::Waker;

/// Why [`Waker::sleep`] returned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Woken {
    /// Somebody called [`Waker::wake`].
    Called,
    /// Input can be read without waiting.
    Input,
    /// The time is over.
    TimedOut,
}

#[cfg(unix)]
mod unix {
    use std::{
        io::{self, Read as _, Write as _},
        os::{fd::AsFd, unix::net::UnixStream},
        sync::atomic::{AtomicBool, Ordering::SeqCst},
        time::{Duration, Instant},
    };

    use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

    use super::Woken;
    use crate::input::Stdin;

    /// A pair of sockets: the sleeper polls one, a call writes a byte into the other.
    #[derive(Debug)]
    pub struct Waker {
        call: UnixStream,
        called: UnixStream,
        /// A call that no sleep has answered yet.
        pending: AtomicBool,
        /// A call while nobody sleeps costs no system call.
        sleeping: AtomicBool,
    }

    impl Waker {
        /// A new pair.
        ///
        /// # Errors
        ///
        /// The system has no descriptors left.
        pub fn new() -> io::Result<Self> {
            let (call, called) = UnixStream::pair()?;
            call.set_nonblocking(true)?;
            called.set_nonblocking(true)?;
            Ok(Self {
                call,
                called,
                pending: AtomicBool::new(false),
                sleeping: AtomicBool::new(false),
            })
        }

        /// Ends the present or the next sleep.
        pub fn wake(&self) {
            self.pending.store(true, SeqCst);
            if self.sleeping.swap(false, SeqCst) {
                // a full socket buffer means that a call is already waiting there
                let _ = (&self.call).write(&[0]);
            }
        }

        /// Makes `signal` a call, until the process ends.
        ///
        /// # Errors
        ///
        /// The system has no descriptors left, or does not let the signal be caught.
        pub(in crate::session) fn wake_on(&self, signal: i32) -> io::Result<()> {
            let call = self.call.try_clone()?;
            signal_hook::low_level::pipe::register(signal, call).map(drop)
        }

        /// Sleeps until called or, where they are given, until `input` has bytes or has ended, or
        /// `time` is over.
        ///
        /// # Errors
        ///
        /// The system refuses to wait on `input`.
        pub(in crate::session) fn sleep(
            &self,
            input: Option<&mut Stdin>,
            time: Option<Duration>,
        ) -> io::Result<Woken> {
            // in this order: a call in between finds a sleeper, one before it is found here
            self.sleeping.store(true, SeqCst);
            if self.pending.swap(false, SeqCst) {
                self.sleeping.store(false, SeqCst);
                return Ok(Woken::Called);
            }
            let until = time.and_then(|time| Instant::now().checked_add(time));
            let wanted = PollFlags::POLLIN;
            let mut fds = [
                PollFd::new(self.called.as_fd(), wanted),
                PollFd::new(
                    input
                        .as_ref()
                        .map_or_else(|| self.called.as_fd(), AsFd::as_fd),
                    wanted,
                ),
            ];
            let polled = loop {
                match poll(&mut fds, timeout(until)) {
                    // a signal that is a call has written its byte by now
                    Err(nix::errno::Errno::EINTR) => {}
                    Ok(0) if until.is_some_and(|until| until > Instant::now()) => {}
                    polled => break polled,
                }
            };
            self.sleeping.store(false, SeqCst);
            if polled? == 0 {
                return Ok(Woken::TimedOut);
            }
            let has_happened =
                |fd: &PollFd<'_>| fd.revents().is_some_and(|flags| !flags.is_empty());
            if has_happened(&fds[0]) {
                let mut calls = [0; 64];
                let _ = (&self.called).read(&mut calls);
                self.pending.store(false, SeqCst);
                return Ok(Woken::Called);
            }
            Ok(Woken::Input)
        }
    }

    /// Rounded up to milliseconds, and at most as long as `poll` can wait.
    fn timeout(until: Option<Instant>) -> PollTimeout {
        let Some(until) = until else {
            return PollTimeout::NONE;
        };
        let left = until.saturating_duration_since(Instant::now());
        let millis = left.as_nanos().div_ceil(1_000_000);
        PollTimeout::try_from(millis).unwrap_or(PollTimeout::MAX)
    }
}

#[cfg(not(unix))]
mod other {
    use std::{
        io,
        sync::{Condvar, Mutex, PoisonError},
        time::{Duration, Instant},
    };

    use super::Woken;
    use crate::input::Stdin;

    /// How often input is looked for: this system cannot wait for a pipe and a call at once.
    const LOOK: Duration = Duration::from_millis(10);

    /// A flag and a condition; input is read by a thread of its own, which calls.
    #[derive(Debug, Default)]
    pub struct Waker {
        called: Mutex<bool>,
        condition: Condvar,
    }

    impl Waker {
        /// A new flag.
        ///
        /// # Errors
        ///
        /// None here; the signature is that of the other systems.
        pub fn new() -> io::Result<Self> {
            Ok(Self::default())
        }

        /// Ends the present or the next sleep.
        pub fn wake(&self) {
            *self.called.lock().unwrap_or_else(PoisonError::into_inner) = true;
            self.condition.notify_all();
        }

        /// Sleeps until called or, where they are given, until `input` has bytes or has ended, or
        /// `time` is over.
        ///
        /// # Errors
        ///
        /// None here; the signature is that of the other systems.
        pub(in crate::session) fn sleep(
            &self,
            mut input: Option<&mut Stdin>,
            time: Option<Duration>,
        ) -> io::Result<Woken> {
            let until = time.and_then(|time| Instant::now().checked_add(time));
            let mut called = self.called.lock().unwrap_or_else(PoisonError::into_inner);
            while !*called {
                if input.as_mut().is_some_and(|input| input.is_ready()) {
                    return Ok(Woken::Input);
                }
                let left = until.map(|until| until.saturating_duration_since(Instant::now()));
                if left == Some(Duration::ZERO) {
                    return Ok(Woken::TimedOut);
                }
                let look = input.is_some().then_some(LOOK);
                called = match left.into_iter().chain(look).min() {
                    Some(time) => match self.condition.wait_timeout(called, time) {
                        Ok((called, _)) => called,
                        Err(poisoned) => poisoned.into_inner().0,
                    },
                    None => self
                        .condition
                        .wait(called)
                        .unwrap_or_else(PoisonError::into_inner),
                };
            }
            *called = false;
            Ok(Woken::Called)
        }
    }
}
