//! Unix sockets.

use std::path::Path;

use crate::net::{Deadline, Error, Stage, Stream, Timeline, timeline::Detail};

/// Connects to the socket at `path`.
pub(super) fn connect(
    path: &Path,
    deadline: Deadline,
    timeline: &mut Timeline,
) -> Result<Stream, Error> {
    let step = Timeline::begin(Stage::Tcp);
    let result = open(path, deadline).map_err(|source| Error::Unix {
        path: path.to_owned(),
        source,
    });
    timeline.end_with(step, Detail::Unix(path.to_owned()), &result);
    let mut stream = result?;
    stream.set_deadline(Some(deadline.at()));
    Ok(stream)
}

#[cfg(unix)]
fn open(path: &Path, deadline: Deadline) -> std::io::Result<Stream> {
    use std::io;

    use socket2::{Domain, SockAddr, Socket, Type};

    let socket = Socket::new(Domain::UNIX, Type::STREAM, None)?;
    let left = deadline.left().ok_or(io::ErrorKind::TimedOut)?;
    socket.connect_timeout(&SockAddr::unix(path)?, left)?;
    Stream::from_unix(socket.into())
}

#[cfg(not(unix))]
fn open(_path: &Path, _deadline: Deadline) -> std::io::Result<Stream> {
    Err(std::io::ErrorKind::Unsupported.into())
}
