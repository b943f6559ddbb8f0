//! From a name to a connected byte stream: DNS, TCP, proxy, TLS.
//!
//! Knows nothing of HTTP upgrades or frames, prints nothing, and reads no command line. Each step writes what it
//! tried and what came back into the [`Timeline`], whether it succeeded or not.
//!
//! ```text
//! Target + Options ─ resolve ─ tcp (both families raced) ─ proxy ─ tls ─ Stream ─ split ─┬─ ReadHalf
//!                       └───────────────── Timeline ─────────────────┘                   ├─ WriteHalf
//!                                                                                        └─ Closer
//! ```

pub mod address;
pub mod authority;
pub mod deadline;
mod error;
pub mod foreign;
pub mod http;
pub mod options;
pub mod proxy;
pub mod redact;
pub mod resolve;
pub mod socket;
pub mod socks;
pub mod stream;
pub mod target;
pub mod tcp;
pub mod timeline;
pub mod tls;
mod unix;
pub mod zone;

use url::Host;

pub use deadline::Deadline;
pub use error::Error;
pub use options::{Family, Options};
pub use socket::Closer;
pub use stream::{Eof, ReadHalf, Stream, WriteHalf};
pub use target::{Scheme, Target};
pub use timeline::{Stage, Timeline};

use timeline::Role;
use zone::Zone;

/// How wscope names itself to servers and proxies.
pub const USER_AGENT: &str = concat!("wscope/", env!("CARGO_PKG_VERSION"));

/// Connects to the target: TCP or a Unix socket, a proxy's tunnel if one is used, TLS where the scheme asks for it.
///
/// # Errors
/// The step that failed, with its source. The timeline then ends with the record of that step.
pub fn connect(
    target: &Target,
    options: &Options,
    timeline: &mut Timeline,
) -> Result<Stream, Error> {
    let deadline = options.deadline(timeline);
    let stream = transport(target, options, deadline, timeline)?;
    match target.scheme {
        Scheme::Ws => Ok(stream),
        Scheme::Wss => tls::connect(
            stream,
            &target.host,
            Role::Server,
            &options.tls,
            deadline,
            timeline,
        ),
    }
}

fn transport(
    target: &Target,
    options: &Options,
    deadline: Deadline,
    timeline: &mut Timeline,
) -> Result<Stream, Error> {
    if let Some(path) = target.unix_socket.as_ref().or(options.unix_socket.as_ref()) {
        return unix::connect(path, deadline, timeline);
    }
    timeline.proxy_choice(&options.proxy);
    match &options.proxy.proxy {
        Some(proxy) => proxy::connect(proxy, target, options, deadline, timeline),
        None => {
            let (host, port) = options.destination(target);
            let zone = options.zone(target);
            reach(&host, zone, port, Role::Server, options, deadline, timeline)
        }
    }
}

/// Connects to a host by TCP.
fn reach(
    host: &Host,
    zone: Option<&Zone>,
    port: u16,
    role: Role,
    options: &Options,
    deadline: Deadline,
    timeline: &mut Timeline,
) -> Result<Stream, Error> {
    let query = resolve::Query {
        host,
        zone,
        port,
        role,
        family: options.family,
        rules: &options.resolve,
    };
    let addresses = resolve::resolve(&query, deadline, timeline)?;
    let race = tcp::Destination {
        name: format!("{host}:{port}"),
        role,
        addresses: &addresses,
        interface: options.interface.as_ref(),
    };
    let connected = tcp::connect(&race, deadline, timeline)?;
    let mut stream = Stream::from_tcp(connected).map_err(|source| Error::Setup {
        what: "the new connection",
        source,
    })?;
    stream.set_deadline(Some(deadline.at()));
    Ok(stream)
}
