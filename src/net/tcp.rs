//! TCP to the first address that answers: both families raced as in RFC 8305, every attempt recorded.

use std::{
    fmt, io,
    net::{IpAddr, SocketAddr, TcpStream},
    sync::mpsc::{self, Receiver, RecvTimeoutError, Sender},
    thread,
    time::{Duration, Instant},
};

use socket2::{Domain, Protocol, Socket, TcpKeepalive, Type};

use crate::net::{
    Deadline, Error, Stage, Timeline,
    options::Interface,
    timeline::{Attempt, Detail, Outcome, Role, Tcp},
};

/// RFC 8305 §5, "Connection Attempt Delay".
const ATTEMPT_DELAY: Duration = Duration::from_millis(250);

/// What each address answered when none accepted.
#[derive(Debug)]
pub struct Refused(pub Vec<(SocketAddr, io::Error)>);

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (address, error)) in self.0.iter().enumerate() {
            let separator = if index == 0 { "" } else { "; " };
            write!(f, "{separator}{address} {}", in_words(*address, error))?;
        }
        Ok(())
    }
}

/// The system's answer to a connection attempt, in words.
#[must_use]
pub fn in_words(address: SocketAddr, error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::InvalidInput if lacks_a_zone(address) => {
            "is link-local, and on which link is not said: write its interface behind it, as in [fe80::1%eth0]".to_owned()
        }
        io::ErrorKind::ConnectionRefused => "refused the connection".to_owned(),
        io::ErrorKind::ConnectionReset => "reset the connection".to_owned(),
        io::ErrorKind::HostUnreachable => {
            "is unreachable (no route to host, or a firewall rejects it)".to_owned()
        }
        io::ErrorKind::NetworkUnreachable => "is on a network with no route".to_owned(),
        io::ErrorKind::TimedOut => "did not answer".to_owned(),
        io::ErrorKind::PermissionDenied => "may not be connected to (permission denied)".to_owned(),
        _ => format!("failed: {error}"),
    }
}

fn lacks_a_zone(address: SocketAddr) -> bool {
    matches!(address, SocketAddr::V6(v6) if v6.ip().is_unicast_link_local() && v6.scope_id() == 0)
}

/// Whom to connect to.
#[derive(Clone, Debug)]
pub struct Destination<'a> {
    /// `host:port`, for messages.
    pub name: String,
    /// Whom the addresses belong to.
    pub role: Role,
    /// The addresses, in the order to try them.
    pub addresses: &'a [SocketAddr],
    /// Where to connect from.
    pub interface: Option<&'a Interface>,
}

/// Connects to the first of the addresses that accepts.
///
/// # Errors
/// [`Error::Connect`] when all refused, [`Error::Timeout`] when the deadline passed first.
pub fn connect(
    to: &Destination<'_>,
    deadline: Deadline,
    timeline: &mut Timeline,
) -> Result<TcpStream, Error> {
    let step = Timeline::begin(Stage::Tcp);
    let mut race = Race::new(to, deadline);
    let winner = race.run();
    let local = winner.as_ref().and_then(|stream| stream.local_addr().ok());
    let attempts = race.into_attempts();
    let result = winner.ok_or_else(|| failure(&to.name, &attempts, deadline));
    let detail = Detail::Tcp(Tcp {
        role: to.role,
        attempts,
        local,
    });
    timeline.end_with(step, detail, &result);
    result
}

fn failure(host: &str, attempts: &[Attempt], deadline: Deadline) -> Error {
    let answered = |attempt: &Attempt| match &attempt.outcome {
        Outcome::Failed(error) if error.kind() != io::ErrorKind::TimedOut => {
            Some((attempt.address, copy(error)))
        }
        _ => None,
    };
    let refused: Option<Vec<_>> = attempts.iter().map(answered).collect();
    match refused {
        Some(refused) => Error::Connect {
            host: host.to_owned(),
            refused: Refused(refused),
        },
        None => Error::Timeout {
            stage: Stage::Tcp,
            what: format!("TCP connection to {host}"),
            after: deadline.limit(),
        },
    }
}

/// `io::Error` is not `Clone`.
fn copy(error: &io::Error) -> io::Error {
    error.raw_os_error().map_or_else(
        || io::Error::new(error.kind(), error.to_string()),
        io::Error::from_raw_os_error,
    )
}

/// One message per attempt that has ended: its number and its result.
type Ended = (usize, io::Result<TcpStream>);

/// The state of the race: who has started, who is still running.
struct Race<'a> {
    addresses: &'a [SocketAddr],
    interface: Option<&'a Interface>,
    deadline: Deadline,
    began: Instant,
    attempts: Vec<(Attempt, Instant)>,
    sender: Sender<Ended>,
    receiver: Receiver<Ended>,
}

impl<'a> Race<'a> {
    fn new(to: &Destination<'a>, deadline: Deadline) -> Self {
        let (sender, receiver) = mpsc::channel();
        Self {
            addresses: to.addresses,
            interface: to.interface,
            deadline,
            began: Instant::now(),
            attempts: Vec::with_capacity(to.addresses.len()),
            sender,
            receiver,
        }
    }

    /// Starts the next attempt when the last has failed or has been silent for [`ATTEMPT_DELAY`].
    fn run(&mut self) -> Option<TcpStream> {
        self.start_next();
        loop {
            let left = self.deadline.left()?;
            let more = self.attempts.len() < self.addresses.len();
            let wait = if more { left.min(ATTEMPT_DELAY) } else { left };
            match self.receiver.recv_timeout(wait) {
                Ok((index, Ok(stream))) => {
                    self.finish(index, Outcome::Connected);
                    return Some(stream);
                }
                Ok((index, Err(error))) => {
                    self.finish(index, Outcome::Failed(error));
                    if more {
                        self.start_next();
                    } else if !self.is_anyone_running() {
                        return None;
                    }
                }
                Err(RecvTimeoutError::Timeout) if more => self.start_next(),
                Err(_) => return None,
            }
        }
    }

    fn start_next(&mut self) {
        let index = self.attempts.len();
        let Some(address) = self.addresses.get(index).copied() else {
            return;
        };
        let attempt = Attempt {
            address,
            began: self.began.elapsed(),
            took: Duration::ZERO,
            outcome: Outcome::NoAnswer,
        };
        self.attempts.push((attempt, Instant::now()));
        let (sender, deadline) = (self.sender.clone(), self.deadline);
        if self.addresses.len() == 1 {
            // Nobody to race with, and a thread costs a tenth of a start on the loopback.
            let _ = sender.send((index, open(address, self.interface, deadline)));
            return;
        }
        let interface = self.interface.cloned();
        let spawned = thread::Builder::new()
            .name("connect".to_owned())
            .spawn(move || {
                // A loser reports into a channel that nobody reads any more, and its socket is dropped.
                let _ = sender.send((index, open(address, interface.as_ref(), deadline)));
            });
        if let Err(error) = spawned {
            // The receiver is ours: this cannot fail.
            let _ = self.sender.send((index, Err(error)));
        }
    }

    fn finish(&mut self, index: usize, outcome: Outcome) {
        if let Some((attempt, began)) = self.attempts.get_mut(index) {
            attempt.took = began.elapsed();
            attempt.outcome = outcome;
        }
    }

    fn is_anyone_running(&self) -> bool {
        self.attempts
            .iter()
            .any(|(attempt, _)| matches!(attempt.outcome, Outcome::NoAnswer))
    }

    fn into_attempts(self) -> Vec<Attempt> {
        self.attempts
            .into_iter()
            .map(|(mut attempt, began)| {
                if matches!(attempt.outcome, Outcome::NoAnswer) {
                    attempt.took = began.elapsed();
                }
                attempt
            })
            .collect()
    }
}

fn open(
    address: SocketAddr,
    interface: Option<&Interface>,
    deadline: Deadline,
) -> io::Result<TcpStream> {
    let socket = Socket::new(
        Domain::for_address(address),
        Type::STREAM,
        Some(Protocol::TCP),
    )?;
    if let Some(interface) = interface {
        bind(&socket, interface, address)?;
    }
    let left = deadline.left().ok_or(io::ErrorKind::TimedOut)?;
    socket.connect_timeout(&address.into(), left)?;
    tune(&socket)?;
    Ok(socket.into())
}

fn bind(socket: &Socket, interface: &Interface, to: SocketAddr) -> io::Result<()> {
    let local = match interface {
        Interface::Address(address) => *address,
        Interface::Name(name) => address_of(name, to.is_ipv6())?,
    };
    socket.bind(&SocketAddr::new(local, 0).into())
}

#[cfg(unix)]
fn address_of(name: &str, v6: bool) -> io::Result<IpAddr> {
    use nix::ifaddrs::getifaddrs;
    let mut found = false;
    for interface in getifaddrs()?.filter(|interface| interface.interface_name == name) {
        found = true;
        let Some(address) = interface.address else {
            continue;
        };
        match (address.as_sockaddr_in(), address.as_sockaddr_in6()) {
            (Some(v4), _) if !v6 => return Ok(v4.ip().into()),
            (_, Some(own)) if v6 => return Ok(own.ip().into()),
            _ => {}
        }
    }
    Err(io::Error::other(if found {
        format!("the interface {name} has no address of this family")
    } else {
        format!("there is no interface {name}")
    }))
}

#[cfg(not(unix))]
fn address_of(name: &str, _v6: bool) -> io::Result<IpAddr> {
    Err(io::Error::other(format!(
        "--interface wants an address here, not the name {name}"
    )))
}

/// Small frames leave at once, and a path that died in silence is noticed in two minutes or so.
fn tune(socket: &Socket) -> io::Result<()> {
    socket.set_tcp_nodelay(true)?;
    let keepalive = TcpKeepalive::new()
        .with_time(Duration::from_secs(60))
        .with_interval(Duration::from_secs(15));
    socket.set_tcp_keepalive(&keepalive)
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    fn soon() -> Deadline {
        Deadline::after(Instant::now(), Duration::from_secs(10))
    }

    fn to(addresses: &[SocketAddr]) -> Destination<'_> {
        Destination {
            name: "h:1".to_owned(),
            role: Role::Server,
            addresses,
            interface: None,
        }
    }

    fn closed_port() -> SocketAddr {
        TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
    }

    #[test]
    fn a_refusal_is_followed_by_the_next_address_at_once() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let addresses = [closed_port(), listener.local_addr().unwrap()];
        let mut timeline = Timeline::new();
        let stream = connect(&to(&addresses), soon(), &mut timeline).unwrap();
        assert_eq!(stream.peer_addr().unwrap(), addresses[1]);
        let Detail::Tcp(tcp) = &timeline.steps()[0].detail else {
            panic!("{timeline:?}");
        };
        assert!(matches!(&tcp.attempts[0].outcome, Outcome::Failed(error)
            if error.kind() == io::ErrorKind::ConnectionRefused));
        assert_eq!(tcp.connected(), Some(addresses[1]));
    }

    #[test]
    fn every_refusal_is_named_with_its_address() {
        let address = closed_port();
        let mut timeline = Timeline::new();
        let error = connect(&to(&[address]), soon(), &mut timeline).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("h:1 was not reached: {address} refused the connection")
        );
        assert_eq!(timeline.failed().unwrap().stage, Stage::Tcp);
    }

    #[test]
    fn a_passed_deadline_is_a_timeout_that_names_its_stage() {
        let deadline = Deadline::after(Instant::now(), Duration::ZERO);
        let error = connect(&to(&[closed_port()]), deadline, &mut Timeline::new()).unwrap_err();
        assert!(
            error
                .to_string()
                .starts_with("TCP connection to h:1 timed out after"),
            "{error}"
        );
    }
}
