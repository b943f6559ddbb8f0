//! From a name to a connected byte stream: DNS, TCP, proxy, TLS.
//!
//! Knows nothing of HTTP upgrades or frames, prints nothing, and reads no command line. Each step writes what it
//! tried and what came back into the [`Timeline`], whether it succeeded or not.
//!
//! ```text
//! Target + Options ─ resolve ─ tcp (both families raced) ─ tls ─ Stream ─ split ─┬─ ReadHalf
//!                       └───────────── Timeline ─────────────┘                   ├─ WriteHalf
//!                                                                                └─ Closer
//! ```

pub mod address;
pub mod deadline;
mod error;
pub mod foreign;
pub mod options;
pub mod redact;
pub mod resolve;
pub mod socket;
pub mod stream;
pub mod target;
pub mod tcp;
pub mod timeline;
pub mod tls;

pub use deadline::Deadline;
pub use error::Error;
pub use options::{Family, Options};
pub use socket::Closer;
pub use stream::{Eof, ReadHalf, Stream, WriteHalf};
pub use target::{Scheme, Target};
pub use timeline::{Stage, Timeline};

/// Connects to the target: a TCP connection, with TLS over it where the scheme asks for it.
///
/// # Errors
/// The step that failed, with its source. The timeline then ends with the record of that step.
pub fn connect(
    target: &Target,
    options: &Options,
    timeline: &mut Timeline,
) -> Result<Stream, Error> {
    let deadline = options.deadline(timeline);
    let addresses = resolve::resolve(
        &target.host,
        target.port,
        options.family,
        deadline,
        timeline,
    )?;
    let tcp = tcp::connect(&target.host_and_port(), &addresses, deadline, timeline)?;
    let mut stream = Stream::from_tcp(tcp).map_err(|source| Error::Setup {
        what: "the new connection",
        source,
    })?;
    stream.set_deadline(Some(deadline.at()));
    match target.scheme {
        Scheme::Ws => Ok(stream),
        Scheme::Wss => tls::connect(stream, &target.host, &options.tls, deadline, timeline),
    }
}
