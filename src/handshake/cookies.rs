//! Cookies from a file in the form of Netscape's, which curl and browsers' exporters write.

use url::Host;

use crate::net::{Scheme, Target};

/// The cookies of a file.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Jar(Vec<Cookie>);

/// Shows no value, for all are secret.
impl std::fmt::Debug for Jar {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Jar({})", self.0.len())
    }
}

#[derive(Clone, PartialEq, Eq)]
struct Cookie {
    domain: String,
    with_subdomains: bool,
    path: String,
    is_secure: bool,
    name: String,
    value: String,
}

impl Jar {
    /// Parses a file; lines that are comments, or no cookies, are passed over.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        Self(text.lines().filter_map(Cookie::parse).collect())
    }

    /// The value of `Cookie` for a target; `None` where none of the cookies is for it.
    #[must_use]
    pub fn cookies_for(&self, target: &Target) -> Option<String> {
        let pairs: Vec<_> = self
            .0
            .iter()
            .filter(|cookie| cookie.is_for(target))
            .map(|cookie| format!("{}={}", cookie.name, cookie.value))
            .collect();
        (!pairs.is_empty()).then(|| pairs.join("; "))
    }
}

impl Cookie {
    /// domain, whether subdomains count, path, whether TLS is needed, expiry, name, value: with tabs between.
    fn parse(line: &str) -> Option<Self> {
        let line = line.strip_prefix("#HttpOnly_").unwrap_or(line);
        if line.starts_with('#') {
            return None;
        }
        let fields: Vec<_> = line.split('\t').collect();
        let [
            domain,
            with_subdomains,
            path,
            is_secure,
            _expiry,
            name,
            value,
        ] = fields[..]
        else {
            return None;
        };
        if line.chars().any(|c| c.is_control() && c != '\t') {
            return None;
        }
        Some(Self {
            domain: domain.trim_start_matches('.').to_ascii_lowercase(),
            with_subdomains: with_subdomains.eq_ignore_ascii_case("TRUE"),
            path: path.to_owned(),
            is_secure: is_secure.eq_ignore_ascii_case("TRUE"),
            name: name.to_owned(),
            value: value.to_owned(),
        })
    }

    fn is_for(&self, target: &Target) -> bool {
        self.is_for_host(&target.host)
            && self.is_for_path(&target.resource)
            && (!self.is_secure || target.scheme == Scheme::Wss)
    }

    fn is_for_host(&self, host: &Host) -> bool {
        let host = host.to_string();
        if host == self.domain {
            return true;
        }
        let below = host
            .strip_suffix(&self.domain)
            .is_some_and(|before| before.ends_with('.'));
        self.with_subdomains && below
    }

    /// RFC 6265 §5.1.4.
    fn is_for_path(&self, resource: &str) -> bool {
        let path = resource.split('?').next().unwrap_or(resource);
        match path.strip_prefix(&*self.path) {
            Some(rest) => rest.is_empty() || self.path.ends_with('/') || rest.starts_with('/'),
            None => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cookies_go_to_their_own_host_and_path() {
        let jar = Jar::parse(FILE);
        for (url, expected) in TARGETS {
            let target = Target::parse(url).unwrap().0;
            assert_eq!(jar.cookies_for(&target).as_deref(), *expected, "{url}");
        }
    }

    const FILE: &str = "# Netscape HTTP Cookie File\n\
        .example.com\tTRUE\t/\tFALSE\t0\tall\t1\n\
        #HttpOnly_app.example.com\tFALSE\t/ws\tTRUE\t2147483647\tsid\tabc\n\
        no cookie at all\n";

    const TARGETS: &[(&str, Option<&str>)] = &[
        ("wss://app.example.com/ws/x", Some("all=1; sid=abc")),
        ("ws://app.example.com/ws", Some("all=1")),
        ("wss://app.example.com/wsx", Some("all=1")),
        ("wss://other.test/", None),
        ("wss://badexample.com/", None),
    ];
}
