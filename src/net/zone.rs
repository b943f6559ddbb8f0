//! The zone of an IPv6 address: which link a link-local address is meant on (RFC 4007 §11).
//!
//! It has a meaning on this machine alone, and is sent to nobody (RFC 6874 §1).

use std::{borrow::Cow, fmt};

/// What stands behind the `%` of an address: the name of an interface, or its number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Zone(String);

/// The zone is no interface of this machine.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no interface {zone:?}{}", others(.known))]
pub struct NoSuchZone {
    /// What was written.
    pub zone: String,
    /// The interfaces that there are.
    pub known: Vec<String>,
}

impl Zone {
    /// Takes the zone off a host in brackets: `[fe80::1%25eth0]` as RFC 6874 writes it, or
    /// `[fe80::1%eth0]` as everybody does.
    #[must_use]
    pub fn take_off(host: &str) -> (Cow<'_, str>, Option<Self>) {
        let inner = host
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'));
        let Some((address, zone)) = inner.and_then(|inner| inner.split_once('%')) else {
            return (host.into(), None);
        };
        // `%25` alone is the interface with that number
        let zone = match zone.strip_prefix("25") {
            Some(named) if !named.is_empty() => named,
            _ => zone,
        };
        (format!("[{address}]").into(), Some(Self(zone.to_owned())))
    }

    /// The interface's number, as the system wants it with an address.
    ///
    /// # Errors
    ///
    /// There is no such interface.
    pub fn index(&self) -> Result<u32, NoSuchZone> {
        let number = self.0.parse().ok().filter(|number| *number > 0);
        number
            .or_else(|| number_of(&self.0))
            .ok_or_else(|| NoSuchZone {
                zone: self.0.clone(),
                known: interfaces(),
            })
    }
}

/// As a URL writes it.
impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "%25{}", self.0)
    }
}

fn others(known: &[String]) -> String {
    match known {
        [] => String::new(),
        known => format!(", only {}", known.join(", ")),
    }
}

#[cfg(unix)]
fn number_of(name: &str) -> Option<u32> {
    nix::net::if_::if_nametoindex(name).ok()
}

#[cfg(unix)]
fn interfaces() -> Vec<String> {
    let Ok(all) = nix::net::if_::if_nameindex() else {
        return Vec::new();
    };
    let names = all
        .iter()
        .map(|interface| interface.name().to_string_lossy());
    names.map(Cow::into_owned).collect()
}

#[cfg(not(unix))]
fn number_of(_: &str) -> Option<u32> {
    None
}

#[cfg(not(unix))]
fn interfaces() -> Vec<String> {
    Vec::new()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_taken_off_in_both_forms() {
        for (host, address, zone) in HOSTS {
            let (rest, found) = Zone::take_off(host);
            assert_eq!(rest, *address, "{host}");
            assert_eq!(found, zone.map(|zone| Zone(zone.to_owned())), "{host}");
        }
    }

    #[test]
    fn a_number_needs_no_name() {
        assert_eq!(Zone("7".to_owned()).index(), Ok(7));
        assert!(Zone("0".to_owned()).index().is_err());
        assert!(Zone(String::new()).index().is_err());
    }

    #[test]
    #[cfg(unix)]
    fn an_unknown_one_is_named_with_those_there_are() {
        let error = Zone("nosuch0".to_owned()).index().unwrap_err();
        let said = error.to_string();
        assert!(
            said.starts_with("there is no interface \"nosuch0\", only "),
            "{said}"
        );
    }

    const HOSTS: &[(&str, &str, Option<&str>)] = &[
        ("[fe80::1%25eth0]", "[fe80::1]", Some("eth0")),
        ("[fe80::1%eth0]", "[fe80::1]", Some("eth0")),
        ("[fe80::1%2]", "[fe80::1]", Some("2")),
        ("[fe80::1%25]", "[fe80::1]", Some("25")),
        ("[fe80::1%252]", "[fe80::1]", Some("2")),
        ("[::1]", "[::1]", None),
        ("a%25b", "a%25b", None),
        ("[fe80::1%", "[fe80::1%", None),
    ];
}
