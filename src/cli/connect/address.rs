//! The flags about addresses.

use std::{net::IpAddr, path::PathBuf, str::FromStr};

use clap::Args;
use url::Host;

use crate::net::{
    Family,
    options::{Detour, Interface},
    resolve::Rule,
};

/// Which address is connected to, and from where.
#[derive(Args, Clone, Debug)]
#[group(skip)]
#[command(next_help_heading = "Connection")]
pub struct AddressArgs {
    /// Use IPv4 only
    #[arg(short = '4', long, conflicts_with = "ipv6")]
    pub ipv4: bool,

    /// Use IPv6 only
    #[arg(short = '6', long)]
    pub ipv6: bool,

    /// Use these addresses for a host: HOST:PORT:ADDRESS,ADDRESS
    ///
    /// HOST may be * for every host. May be given several times.
    #[arg(long, value_name = "HOST:PORT:ADDRESS")]
    pub resolve: Vec<ResolveArg>,

    /// Connect to another host than the URL's: HOST:PORT:HOST:PORT
    ///
    /// The first pair is what the URL says, the second where to go instead; the upgrade and TLS still name the URL's
    /// host. An empty part fits all, or changes nothing.
    #[arg(long, value_name = "HOST1:PORT1:HOST2:PORT2")]
    pub connect_to: Vec<ConnectToArg>,

    /// Connect from this local address or network interface
    #[arg(long, value_name = "ADDRESS|NAME")]
    pub interface: Option<InterfaceArg>,

    /// Connect to this Unix socket, whatever the URL's host is
    #[arg(long, value_name = "PATH")]
    pub unix_socket: Option<PathBuf>,
}

impl AddressArgs {
    pub(super) fn family(&self) -> Family {
        match (self.ipv4, self.ipv6) {
            (true, _) => Family::V4,
            (_, true) => Family::V6,
            _ => Family::Any,
        }
    }
}

/// The value of `--resolve`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResolveArg(pub Rule);

impl FromStr for ResolveArg {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let form = || "it is written HOST:PORT:ADDRESS[,ADDRESS]".to_owned();
        let text = text.strip_prefix('+').unwrap_or(text);
        let (host, rest) = split_host(text).ok_or_else(form)?;
        let (port, addresses) = rest.split_once(':').ok_or_else(form)?;
        let addresses = addresses
            .split(',')
            .map(parse_address)
            .collect::<Result<_, _>>()?;
        Ok(Self(Rule {
            host: if host == "*" { None } else { parse_host(host)? },
            port: parse_port(port)?.ok_or_else(form)?,
            addresses,
        }))
    }
}

/// The value of `--connect-to`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnectToArg(pub Detour);

impl FromStr for ConnectToArg {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let form = || "it is written HOST1:PORT1:HOST2:PORT2".to_owned();
        let (host, rest) = split_host(text).ok_or_else(form)?;
        let (port, rest) = rest.split_once(':').ok_or_else(form)?;
        let (to_host, to_port) = split_host(rest).unwrap_or((rest, ""));
        Ok(Self(Detour {
            host: parse_host(host)?,
            port: parse_port(port)?,
            to_host: parse_host(to_host)?,
            to_port: parse_port(to_port)?,
        }))
    }
}

/// The value of `--interface`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InterfaceArg(pub Interface);

impl FromStr for InterfaceArg {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.is_empty() {
            return Err("it is empty".to_owned());
        }
        let name = text.strip_prefix("if!").unwrap_or(text);
        let address = text.strip_prefix("host!").unwrap_or(text);
        Ok(Self(match parse_address(address) {
            Ok(address) => Interface::Address(address),
            Err(error) if text.starts_with("host!") => return Err(error),
            Err(_) => Interface::Name(name.to_owned()),
        }))
    }
}

/// The host, in brackets where it is an IPv6 address, and what follows its colon.
fn split_host(text: &str) -> Option<(&str, &str)> {
    if text.starts_with('[') {
        let (host, rest) = text.split_at(text.find(']')? + 1);
        return Some((host, rest.strip_prefix(':')?));
    }
    text.split_once(':')
}

fn parse_host(text: &str) -> Result<Option<Host>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    Host::parse(text)
        .map(Some)
        .map_err(|error| format!("the host {text:?} is not valid: {error}"))
}

fn parse_port(text: &str) -> Result<Option<u16>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    match text.parse() {
        Ok(port) if port > 0 => Ok(Some(port)),
        _ => Err(format!("the port {text:?} is not a number from 1 to 65535")),
    }
}

fn parse_address(text: &str) -> Result<IpAddr, String> {
    text.trim_matches(['[', ']'])
        .parse()
        .map_err(|_| format!("{text:?} is not an IP address"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resolve_takes_a_host_a_port_and_addresses() {
        let rule = "h.example:443:127.0.0.1,[::1]"
            .parse::<ResolveArg>()
            .unwrap()
            .0;
        assert_eq!(
            (rule.host, rule.port),
            (Some(Host::Domain("h.example".to_owned())), 443)
        );
        assert_eq!(rule.addresses.len(), 2);
        assert_eq!("*:1:127.0.0.1".parse::<ResolveArg>().unwrap().0.host, None);
        for (text, expected) in [
            ("h:443", "HOST:PORT:ADDRESS"),
            ("h:x:127.0.0.1", "port \"x\""),
            ("h:1:other", "\"other\" is not an IP address"),
        ] {
            let error = text.parse::<ResolveArg>().unwrap_err();
            assert!(error.contains(expected), "{text}: {error}");
        }
    }

    #[test]
    fn connect_to_has_parts_that_may_be_empty() {
        let detour = "a:1:[::1]:2".parse::<ConnectToArg>().unwrap().0;
        assert_eq!(detour.to_host.unwrap().to_string(), "[::1]");
        assert_eq!((detour.port, detour.to_port), (Some(1), Some(2)));
        let detour = "::b:".parse::<ConnectToArg>().unwrap().0;
        assert_eq!(
            (detour.host, detour.port, detour.to_port),
            (None, None, None)
        );
        assert!("a".parse::<ConnectToArg>().is_err());
    }

    #[test]
    fn an_interface_is_an_address_or_a_name() {
        let parse = |text: &str| text.parse::<InterfaceArg>().map(|argument| argument.0);
        assert_eq!(
            parse("127.0.0.1"),
            Ok(Interface::Address("127.0.0.1".parse().unwrap()))
        );
        assert_eq!(parse("if!lo"), Ok(Interface::Name("lo".to_owned())));
        assert_eq!(parse("eth0"), Ok(Interface::Name("eth0".to_owned())));
        assert!(parse("host!nowhere").is_err());
        assert!(parse("").is_err());
    }
}
