//! Standard input as blocks of bytes.

#[cfg(not(unix))]
pub use other::Stdin;
#[cfg(unix)]
pub use unix::Stdin;

#[cfg(unix)]
mod unix {
    use std::{
        fs::File,
        io::{self, Read as _},
        os::fd::{AsFd, BorrowedFd, OwnedFd},
    };

    use nix::errno::Errno;

    /// A descriptor that is polled before it is read, so that a reader is never stuck in it.
    #[derive(Debug)]
    pub struct Stdin(File);

    impl Stdin {
        /// The process's standard input.
        ///
        /// # Errors
        ///
        /// The system has no descriptors left.
        pub fn of_the_process() -> io::Result<Self> {
            let stdin = io::stdin().as_fd().try_clone_to_owned()?;
            enlarge_pipe(&stdin);
            Ok(Self::from(stdin))
        }

        /// Reads a block; 0 at the end.
        ///
        /// A descriptor that cannot be read at all, as nohup leaves it, has ended.
        ///
        /// # Errors
        ///
        /// The system cannot read it.
        pub fn read(&mut self, block: &mut [u8]) -> io::Result<usize> {
            loop {
                match self.0.read(block) {
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    Err(error) if error.raw_os_error() == Some(Errno::EBADF as i32) => {
                        return Ok(0);
                    }
                    read => return read,
                }
            }
        }
    }

    impl From<OwnedFd> for Stdin {
        fn from(descriptor: OwnedFd) -> Self {
            Self(File::from(descriptor))
        }
    }

    impl AsFd for Stdin {
        fn as_fd(&self) -> BorrowedFd<'_> {
            self.0.as_fd()
        }
    }

    /// A larger pipe means fewer switches between us and the writer; what is no pipe refuses.
    fn enlarge_pipe(descriptor: &OwnedFd) {
        #[cfg(target_os = "linux")]
        let _ = nix::fcntl::fcntl(descriptor, nix::fcntl::FcntlArg::F_SETPIPE_SZ(1 << 20));
        #[cfg(not(target_os = "linux"))]
        let _ = descriptor;
    }
}

#[cfg(not(unix))]
mod other {
    use std::{
        io::{self, Read as _},
        sync::mpsc,
        thread,
    };

    const BLOCK: usize = 64 * 1024;

    /// Blocks that a thread of its own has read, since this system cannot poll a pipe.
    #[derive(Debug)]
    pub struct Stdin {
        blocks: mpsc::Receiver<io::Result<Vec<u8>>>,
        current: Vec<u8>,
        next: Option<io::Result<Vec<u8>>>,
        has_ended: bool,
    }

    impl Stdin {
        /// The process's standard input.
        ///
        /// # Errors
        ///
        /// The thread could not be started.
        pub fn of_the_process() -> io::Result<Self> {
            let (sender, blocks) = mpsc::sync_channel(2);
            thread::Builder::new()
                .name("stdin".to_owned())
                .spawn(move || {
                    loop {
                        let mut block = vec![0; BLOCK];
                        let read = io::stdin().read(&mut block);
                        let is_last = !matches!(read, Ok(1..));
                        let sent = sender.send(read.map(|length| {
                            block.truncate(length);
                            block
                        }));
                        if sent.is_err() || is_last {
                            break;
                        }
                    }
                })?;
            Ok(Self {
                blocks,
                current: Vec::new(),
                next: None,
                has_ended: false,
            })
        }

        /// Reads a block; 0 at the end.
        ///
        /// # Errors
        ///
        /// The system cannot read it.
        pub fn read(&mut self, block: &mut [u8]) -> io::Result<usize> {
            if self.current.is_empty() {
                let next = self.next.take().or_else(|| self.blocks.recv().ok());
                self.current = match next {
                    Some(next) => next?,
                    None => return Ok(0),
                };
            }
            let length = self.current.len().min(block.len());
            block[..length].copy_from_slice(&self.current[..length]);
            self.current.drain(..length);
            Ok(length)
        }

        /// Whether a block, or the end, can be read without waiting.
        pub fn is_ready(&mut self) -> bool {
            if self.current.is_empty() && self.next.is_none() && !self.has_ended {
                match self.blocks.try_recv() {
                    Ok(next) => self.next = Some(next),
                    Err(error) => self.has_ended = error == mpsc::TryRecvError::Disconnected,
                }
            }
            !self.current.is_empty() || self.next.is_some() || self.has_ended
        }
    }
}
