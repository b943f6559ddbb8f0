//! How to reach the server: plain data, resolved from the command line before anything connects.

use std::{net::IpAddr, path::PathBuf, time::Duration};

use url::Host;

use crate::net::{Deadline, Target, Timeline, proxy, resolve::Rule, tls, zone::Zone};

/// Everything about connecting that is not in the URL.
#[derive(Clone, Debug)]
pub struct Options {
    /// The limit for all of connecting, from the name to the end of the upgrade.
    pub connect_timeout: Duration,
    /// Which address families may be used.
    pub family: Family,
    /// Addresses given by hand (`--resolve`).
    pub resolve: Vec<Rule>,
    /// Other ends given by hand (`--connect-to`); the first that fits is used.
    pub connect_to: Vec<Detour>,
    /// Where connections leave from.
    pub interface: Option<Interface>,
    /// Connect to this socket, whatever the URL's host is.
    pub unix_socket: Option<PathBuf>,
    /// The proxy, or why there is none.
    pub proxy: proxy::Choice,
    /// How TLS is spoken and what is trusted.
    pub tls: tls::Options,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(10),
            family: Family::default(),
            resolve: Vec::new(),
            connect_to: Vec::new(),
            interface: None,
            unix_socket: None,
            proxy: proxy::Choice::default(),
            tls: tls::Options::default(),
        }
    }
}

impl Options {
    /// The deadline of the connection that this timeline records.
    #[must_use]
    pub fn deadline(&self, timeline: &Timeline) -> Deadline {
        Deadline::after(timeline.start(), self.connect_timeout)
    }

    /// The host and the port to connect to for a target: its own, or where `--connect-to` leads.
    #[must_use]
    pub fn destination(&self, target: &Target) -> (Host, u16) {
        let detour = self.detour(target);
        let host = detour.and_then(|detour| detour.to_host.clone());
        let port = detour.and_then(|detour| detour.to_port);
        (
            host.unwrap_or_else(|| target.host.clone()),
            port.unwrap_or(target.port),
        )
    }

    /// The zone of the address to connect to.
    #[must_use]
    pub fn zone<'a>(&self, target: &'a Target) -> Option<&'a Zone> {
        let leads_elsewhere = self
            .detour(target)
            .is_some_and(|detour| detour.to_host.is_some());
        target.zone.as_ref().filter(|_| !leads_elsewhere)
    }

    fn detour(&self, target: &Target) -> Option<&Detour> {
        self.connect_to
            .iter()
            .find(|detour| detour.fits(&target.host, target.port))
    }
}

/// The address families that may be used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Family {
    /// Whichever connects first.
    #[default]
    Any,
    /// IPv4 only.
    V4,
    /// IPv6 only.
    V6,
}

impl Family {
    /// True where an address of this family may be used.
    #[must_use]
    pub fn allows(self, address: IpAddr) -> bool {
        match self {
            Self::Any => true,
            Self::V4 => address.is_ipv4(),
            Self::V6 => address.is_ipv6(),
        }
    }

    /// The family in words, as a message puts it before "address".
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Any => "IP",
            Self::V4 => "IPv4",
            Self::V6 => "IPv6",
        }
    }
}

/// Where a connection leads instead: `HOST1:PORT1:HOST2:PORT2` of `--connect-to`. An empty part fits all, or changes
/// nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Detour {
    /// The host that it applies to.
    pub host: Option<Host>,
    /// The port that it applies to.
    pub port: Option<u16>,
    /// The host to connect to.
    pub to_host: Option<Host>,
    /// The port to connect to.
    pub to_port: Option<u16>,
}

impl Detour {
    fn fits(&self, host: &Host, port: u16) -> bool {
        self.host.as_ref().is_none_or(|own| own == host) && self.port.is_none_or(|own| own == port)
    }
}

/// Where connections leave from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Interface {
    /// The local address.
    Address(IpAddr),
    /// The network interface's name.
    Name(String),
}
