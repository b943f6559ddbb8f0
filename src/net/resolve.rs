//! From a name to addresses, by the system's resolver on a thread that can be left behind.

use std::{
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6, ToSocketAddrs as _},
    sync::mpsc::{self, RecvTimeoutError},
    thread,
};

use url::Host;

use crate::net::{
    Deadline, Error, Family, Stage, Timeline,
    timeline::{Detail, Dns, DnsSource, Role},
    zone::{NoSuchZone, Zone},
};

/// Why a name has no usable address.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// `EAI_NONAME`: the name does not exist.
    #[error("the name does not exist")]
    NoSuchName,
    /// `EAI_NODATA`: the name exists without an address.
    #[error("the name exists but has no address")]
    NoAddress,
    /// `EAI_AGAIN`: the resolver failed, refused, or did not answer.
    #[error("the resolver gave no answer (temporary failure)")]
    Temporary,
    /// There are addresses, but `-4` or `-6` excludes them all.
    #[error("it has no {} address, only {others}", .family.name())]
    NoneOfFamily {
        /// What was asked for.
        family: Family,
        /// What there is.
        others: String,
    },
    /// The zone behind the address names no interface.
    #[error("{0}")]
    Zone(NoSuchZone),
    /// Something else, in the system's words.
    #[error("{0}")]
    System(io::Error),
}

/// Addresses given by hand: `[+]HOST:PORT:ADDRESS[,ADDRESS]` of `--resolve`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// The name that it applies to; `None` for every name (`*`).
    pub host: Option<Host>,
    /// The port that it applies to.
    pub port: u16,
    /// The addresses.
    pub addresses: Vec<IpAddr>,
}

/// What is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Query<'a> {
    /// The name or address.
    pub host: &'a Host,
    /// The link that an address written as the host is meant on.
    pub zone: Option<&'a Zone>,
    /// The port.
    pub port: u16,
    /// Whose name it is.
    pub role: Role,
    /// The families that are of use.
    pub family: Family,
    /// Addresses given by hand: the first rule that fits is the answer.
    pub rules: &'a [Rule],
}

impl Query<'_> {
    fn rule(&self) -> Option<&Rule> {
        self.rules.iter().find(|rule| {
            rule.port == self.port && rule.host.as_ref().is_none_or(|host| host == self.host)
        })
    }
}

/// The addresses of a host, in the order to try them (never none), and a record in the timeline.
///
/// # Errors
/// [`Error::Resolve`], or [`Error::Timeout`] when the resolver does not answer in time.
pub fn resolve(
    query: &Query<'_>,
    deadline: Deadline,
    timeline: &mut Timeline,
) -> Result<Vec<SocketAddr>, Error> {
    let step = Timeline::begin(Stage::Dns);
    let (source, found) = match (query.rule(), query.host) {
        (Some(rule), _) => (DnsSource::Rule, Ok(rule.addresses.clone())),
        (None, Host::Ipv4(v4)) => (DnsSource::Literal, Ok(vec![IpAddr::V4(*v4)])),
        (None, Host::Ipv6(v6)) => (DnsSource::Literal, Ok(vec![IpAddr::V6(*v6)])),
        (None, Host::Domain(name)) => (DnsSource::System, ask_system(name, query.port, deadline)),
    };
    let found = match query.host {
        Host::Domain(name) if source == DnsSource::System && is_localhost(name) => {
            both_loopbacks(found)
        }
        _ => found,
    };
    let chosen = found.and_then(|all| Ok((choose(query.host, query.family, &all)?, scope(query)?)));
    let detail = Detail::Dns(Dns {
        role: query.role,
        host: query.host.to_string(),
        source,
        addresses: chosen
            .as_ref()
            .map_or_else(|_| Vec::new(), |(all, _)| all.clone()),
    });
    timeline.end_with(step, detail, &chosen);
    let (addresses, scope) = chosen?;
    Ok(addresses
        .into_iter()
        .map(|address| at(address, query.port, scope))
        .collect())
}

/// RFC 6761 §6.3.
fn is_localhost(name: &str) -> bool {
    name == "localhost" || name.ends_with(".localhost")
}

/// A hosts file often gives localhost one address, and a server may listen on the other alone; names below it, many
/// resolvers do not know at all.
fn both_loopbacks(found: Result<Vec<IpAddr>, Error>) -> Result<Vec<IpAddr>, Error> {
    let mut addresses = match found {
        Ok(addresses) if !addresses.iter().all(IpAddr::is_loopback) => return Ok(addresses),
        Ok(addresses) => addresses,
        Err(Error::Resolve { .. }) => Vec::new(),
        Err(error) => return Err(error),
    };
    for loopback in [Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()] {
        if !addresses.contains(&loopback) {
            addresses.push(loopback);
        }
    }
    Ok(addresses)
}

/// The number of the link that the zone names; 0 where there is none.
fn scope(query: &Query<'_>) -> Result<u32, Error> {
    let Some(zone) = query.zone else {
        return Ok(0);
    };
    zone.index()
        .map_err(|error| failed(&query.host.to_string(), Failure::Zone(error)))
}

fn at(address: IpAddr, port: u16, scope: u32) -> SocketAddr {
    match address {
        IpAddr::V6(v6) => SocketAddrV6::new(v6, port, 0, scope).into(),
        IpAddr::V4(v4) => (v4, port).into(),
    }
}

/// getaddrinfo cannot be interrupted: past the deadline its thread is left to finish alone.
fn ask_system(name: &str, port: u16, deadline: Deadline) -> Result<Vec<IpAddr>, Error> {
    let (sender, receiver) = mpsc::sync_channel(1);
    let owned = name.to_owned();
    thread::Builder::new()
        .name("resolver".to_owned())
        .spawn(move || {
            let answer = (owned.as_str(), port).to_socket_addrs();
            let addresses =
                answer.map(|found| found.map(|address| address.ip()).collect::<Vec<_>>());
            // The receiver is gone once the deadline has passed.
            let _ = sender.send(addresses);
        })
        .map_err(|source| Error::Setup {
            what: "the resolver's thread",
            source,
        })?;
    match receiver.recv_timeout(deadline.left().unwrap_or_default()) {
        Ok(Ok(addresses)) => Ok(addresses),
        Ok(Err(error)) => Err(failed(name, classify(error))),
        Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => Err(Error::Timeout {
            stage: Stage::Dns,
            what: format!("name resolution of {name}"),
            after: deadline.limit(),
        }),
    }
}

fn failed(host: &str, source: Failure) -> Error {
    Error::Resolve {
        host: host.to_owned(),
        source,
    }
}

/// std folds the `EAI_` codes into a sentence; the sentences are the C library's and stable.
fn classify(error: io::Error) -> Failure {
    let text = error.to_string();
    let says = |known: &[&str]| known.iter().any(|sentence| text.contains(sentence));
    if says(&[
        "Name or service not known",
        "nodename nor servname",
        "Name does not resolve",
        "No such host is known",
    ]) {
        Failure::NoSuchName
    } else if says(&[
        "No address associated with hostname",
        "Name has no usable address",
    ]) {
        Failure::NoAddress
    } else if says(&["Temporary failure in name resolution", "Try again"]) {
        Failure::Temporary
    } else {
        Failure::System(error)
    }
}

fn choose(host: &Host, family: Family, all: &[IpAddr]) -> Result<Vec<IpAddr>, Error> {
    let mut usable: Vec<IpAddr> = Vec::new();
    for address in all {
        if family.allows(*address) && !usable.contains(address) {
            usable.push(*address);
        }
    }
    if usable.is_empty() {
        let others = all
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join(", ");
        let source = if all.is_empty() {
            Failure::NoAddress
        } else {
            Failure::NoneOfFamily { family, others }
        };
        return Err(failed(&host.to_string(), source));
    }
    Ok(interleave(&usable))
}

/// RFC 8305 §4: alternate the families, beginning with the one that the system put first.
fn interleave(addresses: &[IpAddr]) -> Vec<IpAddr> {
    let first_is_v6 = addresses.first().is_some_and(IpAddr::is_ipv6);
    let (preferred, other): (Vec<IpAddr>, Vec<IpAddr>) = addresses
        .iter()
        .partition(|address| address.is_ipv6() == first_is_v6);
    let longer = preferred.len().max(other.len());
    (0..longer)
        .flat_map(|index| [preferred.get(index), other.get(index)])
        .flatten()
        .copied()
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn families_alternate_beginning_with_the_first() {
        let addresses = ["::1", "::2", "::3", "1.1.1.1"].map(|text| text.parse().unwrap());
        let order = interleave(&addresses)
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>();
        assert_eq!(order, ["::1", "1.1.1.1", "::2", "::3"]);
    }

    #[test]
    fn localhost_has_both_loopback_addresses_whatever_the_hosts_file_says() {
        let complete = |given: &[&str]| -> Vec<String> {
            let given = given.iter().map(|text| text.parse().unwrap()).collect();
            let all = both_loopbacks(Ok(given)).unwrap();
            all.iter().map(ToString::to_string).collect()
        };
        assert_eq!(complete(&["127.0.0.1"]), ["127.0.0.1", "::1"]);
        assert_eq!(complete(&["::1"]), ["::1", "127.0.0.1"]);
        assert_eq!(complete(&["192.0.2.7"]), ["192.0.2.7"]);
        let unknown = both_loopbacks(Err(failed("a.localhost", Failure::NoSuchName)));
        assert_eq!(unknown.unwrap().len(), 2);
    }

    #[test]
    fn a_family_that_is_excluded_is_named_with_what_there_is() {
        let host = Host::parse("127.0.0.1").unwrap();
        let error = choose(&host, Family::V6, &["127.0.0.1".parse().unwrap()]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "127.0.0.1 was not resolved: it has no IPv6 address, only 127.0.0.1"
        );
    }

    #[test]
    fn a_name_that_does_not_exist_is_told_from_other_failures() {
        let error =
            io::Error::other("failed to lookup address information: Name or service not known");
        assert!(matches!(classify(error), Failure::NoSuchName));
        let error = io::Error::other(
            "failed to lookup address information: Temporary failure in name resolution",
        );
        assert!(matches!(classify(error), Failure::Temporary));
    }
}
