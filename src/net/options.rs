//! How to reach the server: plain data, resolved from the command line before anything connects.

use std::{net::IpAddr, time::Duration};

use crate::net::{Deadline, Timeline, tls};

/// Everything about connecting that is not in the URL.
#[derive(Clone, Debug)]
pub struct Options {
    /// The limit for all of connecting, from the name to the end of the upgrade.
    pub connect_timeout: Duration,
    /// Which address families may be used.
    pub family: Family,
    /// How TLS is spoken and what is trusted.
    pub tls: tls::Options,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(10),
            family: Family::default(),
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
