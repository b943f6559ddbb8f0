//! Which proxy is used, and why: the rule, and its decision in words.
//!
//! 1. `-x URL` decides; `-x ''` means no proxy.
//! 2. Otherwise, a loopback address or `localhost` is reached directly.
//! 3. Otherwise, `ws` asks `http_proxy` and `wss` asks `https_proxy`, then both ask `all_proxy`. Each is looked for in
//!    lower case, then in upper case; but `HTTP_PROXY` is not looked at where `REQUEST_METHOD` is set, for there any
//!    client of a CGI program can set it.
//! 4. Whatever 1 or 3 gives is passed over for a host that `--noproxy` names, or, without that flag, `no_proxy` or
//!    `NO_PROXY`: a comma-separated list of names (which stand for their subdomains too), addresses, CIDR blocks, each
//!    with a port if need be, or `*` for all.

use std::net::IpAddr;

use url::Host;

use super::Proxy;
use crate::{
    Env,
    net::{Scheme, Target, address::Scope},
};

/// The decision, and its reason for `-v`.
#[derive(Clone, Debug)]
pub struct Choice {
    /// The proxy, if one is used.
    pub proxy: Option<Box<Proxy>>,
    /// The reason, as a sentence without secrets.
    pub why: String,
}

impl Default for Choice {
    fn default() -> Self {
        Self::direct("no proxy is set")
    }
}

impl Choice {
    fn direct(why: impl Into<String>) -> Self {
        Self {
            proxy: None,
            why: why.into(),
        }
    }

    /// Decides for a target.
    ///
    /// `given` is the value of `-x`, `exceptions` that of `--noproxy`.
    ///
    /// # Errors
    /// A sentence that names the flag or the variable whose value is not a proxy.
    pub fn make(
        target: &Target,
        given: Option<&str>,
        exceptions: Option<&str>,
        env: &Env,
    ) -> Result<Self, String> {
        if target.unix_socket.is_some() {
            return Ok(Self::direct("the URL names a Unix socket"));
        }
        let (source, value) = match given {
            Some("") => return Ok(Self::direct("-x is empty")),
            Some(value) => ("-x".to_owned(), value),
            None if is_loopback(&target.host) => {
                return Ok(Self::direct("the host is this machine"));
            }
            None => match variable(target.scheme, env) {
                Some((name, value)) => (name.to_owned(), value),
                None => return Ok(Self::default()),
            },
        };
        let (list, named) = match exceptions {
            Some(list) => ("--noproxy", list),
            None => first_set(&["no_proxy", "NO_PROXY"], env).unwrap_or(("no_proxy", "")),
        };
        if let Some(entry) = Exceptions(named).matching(&target.host, target.port) {
            return Ok(Self::direct(format!(
                "{list} names {entry}, although {source} is set"
            )));
        }
        let proxy = Proxy::parse(value).map_err(|error| format!("{source}: {error}"))?;
        Ok(Self {
            why: format!("{source} is set"),
            proxy: Some(Box::new(proxy)),
        })
    }
}

fn is_loopback(host: &Host) -> bool {
    match host {
        Host::Ipv4(v4) => v4.is_loopback(),
        Host::Ipv6(v6) => Scope::of((*v6).into()) == Scope::Loopback,
        Host::Domain(name) => {
            let name = name.trim_end_matches('.').to_ascii_lowercase();
            name == "localhost" || name.ends_with(".localhost")
        }
    }
}

fn variable(scheme: Scheme, env: &Env) -> Option<(&'static str, &str)> {
    const REQUEST_METHOD: &str = "REQUEST_METHOD";
    let own: &[&'static str] = match scheme {
        Scheme::Ws if env.var(REQUEST_METHOD).is_some() => &["http_proxy"],
        Scheme::Ws => &["http_proxy", "HTTP_PROXY"],
        Scheme::Wss => &["https_proxy", "HTTPS_PROXY"],
    };
    first_set(own, env).or_else(|| first_set(&["all_proxy", "ALL_PROXY"], env))
}

fn first_set<'a>(names: &[&'static str], env: &'a Env) -> Option<(&'static str, &'a str)> {
    names.iter().find_map(|name| Some((*name, env.var(name)?)))
}

/// A list of hosts that are reached directly.
#[derive(Clone, Copy, Debug)]
pub struct Exceptions<'a>(pub &'a str);

impl<'a> Exceptions<'a> {
    /// The entry that names this host.
    #[must_use]
    pub fn matching(&self, host: &Host, port: u16) -> Option<&'a str> {
        self.0
            .split([',', ' '])
            .map(str::trim)
            .filter(|entry| !entry.is_empty())
            .find(|entry| matches(entry, host, port))
    }
}

fn matches(entry: &str, host: &Host, port: u16) -> bool {
    if entry == "*" {
        return true;
    }
    match host {
        Host::Domain(name) => {
            let (entry, is_port) = without_port(entry, port);
            is_port && matches_name(entry, name)
        }
        Host::Ipv4(v4) => matches_address(entry, (*v4).into(), port),
        Host::Ipv6(v6) => matches_address(entry, (*v6).into(), port),
    }
}

/// The entry without its port, and whether that is the port in question.
fn without_port(entry: &str, port: u16) -> (&str, bool) {
    match entry.rsplit_once(':') {
        Some((before, digits)) if !before.ends_with(':') && !digits.is_empty() => {
            match digits.parse::<u16>() {
                Ok(number) => (before, number == port),
                Err(_) => (entry, true),
            }
        }
        _ => (entry, true),
    }
}

/// `example.com`, `.example.com` and `*.example.com` all stand for the name and what is below it.
fn matches_name(entry: &str, name: &str) -> bool {
    let entry = entry
        .trim_start_matches('*')
        .trim_matches('.')
        .to_ascii_lowercase();
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    match name.strip_suffix(&entry) {
        Some(before) => !entry.is_empty() && (before.is_empty() || before.ends_with('.')),
        None => false,
    }
}

fn matches_address(entry: &str, address: IpAddr, port: u16) -> bool {
    if let Some((network, length)) = entry.split_once('/') {
        return matches_block(network, length, address);
    }
    let bare = |text: &str| text.trim_matches(['[', ']']).parse::<IpAddr>();
    if let Ok(own) = bare(entry) {
        return own == address;
    }
    let (entry, is_port) = without_port(entry, port);
    is_port && bare(entry) == Ok(address)
}

fn matches_block(network: &str, length: &str, address: IpAddr) -> bool {
    let (Ok(network), Ok(length)) = (
        network.trim_matches(['[', ']']).parse::<IpAddr>(),
        length.parse::<u32>(),
    ) else {
        return false;
    };
    match (network, address) {
        (IpAddr::V4(network), IpAddr::V4(address)) if length <= 32 => {
            let shift = 32 - length;
            u32::from(network).checked_shr(shift) == u32::from(address).checked_shr(shift)
        }
        (IpAddr::V6(network), IpAddr::V6(address)) if length <= 128 => {
            let shift = 128 - length;
            u128::from(network).checked_shr(shift) == u128::from(address).checked_shr(shift)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn env(variables: &[(&str, &str)]) -> Env {
        let vars = variables
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Env {
            vars: vars.collect(),
            ..Env::default()
        }
    }

    fn choose(
        url: &str,
        given: Option<&str>,
        exceptions: Option<&str>,
        variables: &[(&str, &str)],
    ) -> (String, String) {
        let target = Target::parse(url).unwrap().0;
        let choice = Choice::make(&target, given, exceptions, &env(variables)).unwrap();
        (
            choice
                .proxy
                .map_or_else(|| "direct".to_owned(), |proxy| proxy.to_string()),
            choice.why,
        )
    }

    #[test]
    fn the_rule_is_followed_and_its_reason_told() {
        for (url, given, exceptions, variables, proxy, why) in CHOICES {
            let choice = choose(url, *given, *exceptions, variables);
            assert_eq!(
                choice,
                ((*proxy).to_owned(), (*why).to_owned()),
                "{url} {given:?} {variables:?}"
            );
        }
    }

    #[test]
    fn a_variable_that_is_no_proxy_is_named_without_its_secrets() {
        let target = Target::parse("ws://h.example").unwrap().0;
        let error = Choice::make(
            &target,
            None,
            None,
            &env(&[("http_proxy", "ftp://u:secret@p")]),
        )
        .unwrap_err();
        assert!(
            error.starts_with("http_proxy: ") && !error.contains("secret"),
            "{error}"
        );
    }

    #[test]
    fn exceptions_match_names_addresses_and_blocks() {
        for (list, host, port, matching) in EXCEPTIONS {
            let host = Host::parse(host).unwrap();
            assert_eq!(
                Exceptions(list).matching(&host, *port).is_some(),
                *matching,
                "{list} {host}:{port}"
            );
        }
    }

    type Row = (
        &'static str,
        Option<&'static str>,
        Option<&'static str>,
        &'static [(&'static str, &'static str)],
        &'static str,
        &'static str,
    );

    const CHOICES: &[Row] = &[
        (
            "ws://h.example",
            None,
            None,
            &[],
            "direct",
            "no proxy is set",
        ),
        (
            "ws://h.example",
            Some("p:1"),
            None,
            &[("http_proxy", "q:2")],
            "http://p:1",
            "-x is set",
        ),
        (
            "ws://h.example",
            Some(""),
            None,
            &[("http_proxy", "q:2")],
            "direct",
            "-x is empty",
        ),
        (
            "ws://h.example",
            None,
            None,
            &[("http_proxy", "q:2")],
            "http://q:2",
            "http_proxy is set",
        ),
        (
            "ws://h.example",
            None,
            None,
            &[("HTTP_PROXY", "q:2")],
            "http://q:2",
            "HTTP_PROXY is set",
        ),
        (
            "ws://h.example",
            None,
            None,
            &[("HTTP_PROXY", "q:2"), ("REQUEST_METHOD", "GET")],
            "direct",
            "no proxy is set",
        ),
        (
            "ws://h.example",
            None,
            None,
            &[("https_proxy", "q:2")],
            "direct",
            "no proxy is set",
        ),
        (
            "wss://h.example",
            None,
            None,
            &[("HTTPS_PROXY", "q:2")],
            "http://q:2",
            "HTTPS_PROXY is set",
        ),
        (
            "wss://h.example",
            None,
            None,
            &[("ALL_PROXY", "socks5://q:2")],
            "socks5://q:2",
            "ALL_PROXY is set",
        ),
        (
            "ws://127.0.0.1",
            None,
            None,
            &[("http_proxy", "q:2")],
            "direct",
            "the host is this machine",
        ),
        (
            "ws://localhost",
            None,
            None,
            &[("http_proxy", "q:2")],
            "direct",
            "the host is this machine",
        ),
        (
            "ws://127.0.0.1",
            Some("p:1"),
            None,
            &[],
            "http://p:1",
            "-x is set",
        ),
        (
            "wss://a.h.example",
            None,
            None,
            &[("https_proxy", "q:2"), ("NO_PROXY", "x,h.example")],
            "direct",
            "NO_PROXY names h.example, although https_proxy is set",
        ),
        (
            "wss://h.example",
            Some("p:1"),
            Some("*"),
            &[],
            "direct",
            "--noproxy names *, although -x is set",
        ),
        (
            "wss://h.example",
            None,
            Some(""),
            &[("https_proxy", "q:2"), ("no_proxy", "*")],
            "http://q:2",
            "https_proxy is set",
        ),
    ];

    const EXCEPTIONS: &[(&str, &str, u16, bool)] = &[
        ("example.com", "example.com", 80, true),
        (".example.com", "example.com", 80, true),
        ("*.example.com", "a.example.com", 80, true),
        ("EXAMPLE.com.", "A.example.com.", 80, true),
        ("example.com", "badexample.com", 80, false),
        ("example.com:443", "example.com", 80, false),
        ("example.com:443", "example.com", 443, true),
        ("10.0.0.0/8", "10.1.2.3", 80, true),
        ("10.0.0.0/8", "11.1.2.3", 80, false),
        ("0.0.0.0/0", "8.8.8.8", 80, true),
        ("192.168.1.1", "192.168.1.1", 80, true),
        ("192.168.1.1:81", "192.168.1.1", 80, false),
        ("fd00::/8", "[fd12::1]", 80, true),
        ("::1", "[::1]", 80, true),
        ("[::1]:80", "[::1]", 80, true),
        ("", "h", 80, false),
        (".", "h", 80, false),
        ("10.0.0.0/99", "10.0.0.1", 80, false),
    ];
}
