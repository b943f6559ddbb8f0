//! What kind of network an address or a name belongs to.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use url::Host;

/// The part of the address space that an address lies in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Reachable from the Internet, as far as the address tells.
    Public,
    /// 127.0.0.0/8, `::1`.
    Loopback,
    /// RFC 1918, RFC 6598 (100.64.0.0/10) and unique local IPv6.
    Private,
    /// 169.254.0.0/16, `fe80::/10`.
    LinkLocal,
    /// 0.0.0.0/8 and `::`, what filtering resolvers answer.
    Unspecified,
}

impl Scope {
    /// The scope of an address.
    #[must_use]
    pub fn of(address: IpAddr) -> Self {
        match address {
            IpAddr::V4(v4) => Self::of_v4(v4),
            IpAddr::V6(v6) => v6
                .to_ipv4_mapped()
                .map_or_else(|| Self::of_v6(v6), Self::of_v4),
        }
    }

    /// The scope in words, as an apposition.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Public => "a public address",
            Self::Loopback => "this machine",
            Self::Private => "a private address",
            Self::LinkLocal => "a link-local address",
            Self::Unspecified => "an address that leads nowhere",
        }
    }

    fn of_v4(address: Ipv4Addr) -> Self {
        match address.octets() {
            [0, ..] => Self::Unspecified,
            [127, ..] => Self::Loopback,
            [169, 254, ..] => Self::LinkLocal,
            [100, second, ..] if second & 0xc0 == 64 => Self::Private,
            _ if address.is_private() => Self::Private,
            _ => Self::Public,
        }
    }

    fn of_v6(address: Ipv6Addr) -> Self {
        if address.is_unspecified() {
            Self::Unspecified
        } else if address.is_loopback() {
            Self::Loopback
        } else if address.is_unicast_link_local() {
            Self::LinkLocal
        } else if address.is_unique_local() {
            Self::Private
        } else {
            Self::Public
        }
    }
}

/// True for loopback and private addresses, and for names that only a local network resolves.
#[must_use]
pub fn is_local(host: &Host) -> bool {
    match host {
        Host::Ipv4(v4) => Scope::of((*v4).into()) != Scope::Public,
        Host::Ipv6(v6) => Scope::of((*v6).into()) != Scope::Public,
        Host::Domain(name) => is_local_name(name),
    }
}

/// Single labels and the suffixes that RFC 6761, 6762, 8375 and ICANN's `.internal` keep off the Internet.
fn is_local_name(name: &str) -> bool {
    const SUFFIXES: [&str; 7] = [
        ".localhost",
        ".local",
        ".internal",
        ".lan",
        ".home",
        ".home.arpa",
        ".test",
    ];
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    !name.contains('.') || SUFFIXES.iter().any(|suffix| name.ends_with(suffix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_follow_the_registries() {
        for (address, scope) in SCOPES {
            assert_eq!(Scope::of(address.parse().unwrap()), *scope, "{address}");
        }
    }

    #[test]
    fn local_names_are_told_from_public_ones() {
        for (name, local) in NAMES {
            assert_eq!(is_local(&Host::parse(name).unwrap()), *local, "{name}");
        }
    }

    const SCOPES: &[(&str, Scope)] = &[
        ("127.0.0.1", Scope::Loopback),
        ("0.0.0.0", Scope::Unspecified),
        ("10.1.2.3", Scope::Private),
        ("100.64.0.1", Scope::Private),
        ("100.128.0.1", Scope::Public),
        ("169.254.1.1", Scope::LinkLocal),
        ("192.0.2.1", Scope::Public),
        ("::1", Scope::Loopback),
        ("::", Scope::Unspecified),
        ("fe80::1", Scope::LinkLocal),
        ("fd00::1", Scope::Private),
        ("::ffff:127.0.0.1", Scope::Loopback),
        ("2001:db8::1", Scope::Public),
    ];

    const NAMES: &[(&str, bool)] = &[
        ("localhost", true),
        ("db", true),
        ("printer.local", true),
        ("a.b.localhost", true),
        ("box.lan", true),
        ("10.0.0.1", true),
        ("[::1]", true),
        ("example.com", false),
        ("local.example.com", false),
        ("8.8.8.8", false),
    ];
}
