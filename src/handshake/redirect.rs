//! Redirects: where they lead, and what does not go there.

use std::{fmt, sync::Arc};

use url::Url;

use super::{Error, Head, Header, Refusal, Request, cookies::Jar};
use crate::net::{Target, proxy::Choice, redact};

/// Chooses the proxy for a target that a redirect leads to.
pub type ChooseProxy = Arc<dyn Fn(&Target) -> Result<Choice, String> + Send + Sync>;

/// How redirects are followed.
#[derive(Clone, Default)]
pub struct Redirects {
    /// How many are followed at most; 0 follows none.
    pub most: usize,
    /// Chooses the proxy for each; without it the first target's is used.
    pub choose_proxy: Option<ChooseProxy>,
    /// The cookies of a file, which belong to their own hosts.
    pub jar: Jar,
}

impl fmt::Debug for Redirects {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redirects")
            .field("most", &self.most)
            .finish_non_exhaustive()
    }
}

impl PartialEq for Redirects {
    fn eq(&self, other: &Self) -> bool {
        self.most == other.most && self.jar == other.jar
    }
}

impl Eq for Redirects {}

/// The place a refusal redirects to, if it does.
pub(super) fn location(refusal: &Refusal) -> Option<String> {
    let head: &Head = &refusal.head;
    matches!(head.status, 301 | 302 | 303 | 307 | 308)
        .then(|| head.value("Location"))
        .flatten()
}

/// The target that `location` means on a page of `from`. Credentials in it are not taken: they are the server's words.
///
/// # Errors
/// It is no URL, or not one that can be connected to.
pub fn target(from: &Target, location: &str) -> Result<Target, Error> {
    let wrong = |why: String| Error::Redirect {
        location: redact::url(location),
        why,
    };
    let base = Url::parse(&from.url()).map_err(|error| wrong(error.to_string()))?;
    let joined = base
        .join(location)
        .map_err(|error| wrong(error.to_string()))?;
    if !matches!(joined.scheme(), "ws" | "wss" | "http" | "https") {
        return Err(wrong("it is no WebSocket or HTTP URL".to_owned()));
    }
    let (mut target, _) =
        Target::parse(joined.as_str()).map_err(|error| wrong(error.to_string()))?;
    target.userinfo = None;
    if is_same_place(from, &target) {
        target.unix_socket.clone_from(&from.unix_socket);
    }
    Ok(target)
}

/// The request for the next target. Another scheme, host or port gets no credentials, no cookies, no `Host` that was
/// set by hand, and no header field whose name promises a secret.
#[must_use]
pub fn request(request: &Request, from: &Target, to: &Target) -> Request {
    let mut next = request.clone();
    next.resource.clone_from(&to.resource);
    next.host = to.authority();
    next.cookie = request.cookie.clone().filter(|_| is_same_place(from, to));
    if let Some(own) = request.redirects.jar.cookies_for(to) {
        next.cookie = Some(own);
    }
    if !is_same_place(from, to) {
        next.authorization = None;
        next.headers.retain(crosses_hosts);
    }
    next
}

fn is_same_place(from: &Target, to: &Target) -> bool {
    (from.scheme, &from.host, from.port) == (to.scheme, &to.host, to.port)
}

fn crosses_hosts(header: &Header) -> bool {
    !header.name.eq_ignore_ascii_case("host") && !redact::is_secret_field(&header.name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::handshake::HeaderValue;

    fn parsed(url: &str) -> Target {
        Target::parse(url).unwrap().0
    }

    #[test]
    fn locations_are_resolved_against_the_page() {
        for (from, location, expected) in LOCATIONS {
            let found = target(&parsed(from), location).map(|target| target.url());
            assert_eq!(found.ok().as_deref(), *expected, "{from} {location}");
        }
    }

    #[test]
    fn a_unix_socket_is_left_only_for_another_host() {
        let from = parsed("ws+unix:/run/a.sock:/x");
        assert_eq!(target(&from, "/y").unwrap().unix_socket, from.unix_socket);
        assert_eq!(target(&from, "ws://h/y").unwrap().unix_socket, None);
    }

    #[test]
    fn secrets_stay_with_their_host() {
        let from = parsed("wss://user:pass@a.example/x");
        let mut first = Request::new(&from);
        first.cookie = Some("a=1".to_owned());
        first.headers = ["Host", "X-Api-Key", "Authorization", "Cookie", "X-Plain"]
            .map(|name| Header {
                name: name.to_owned(),
                value: HeaderValue::Sent("value".to_owned()),
            })
            .to_vec();
        let same = request(&first, &from, &parsed("wss://a.example/y"));
        assert_eq!((same.resource.as_str(), same.headers.len()), ("/y", 5));
        assert!(same.authorization.is_some() && same.cookie.is_some());
        for other in [
            "wss://b.example/",
            "wss://a.example:444/",
            "ws://a.example:443/",
        ] {
            let crossed = request(&first, &from, &parsed(other));
            let names: Vec<_> = crossed
                .headers
                .iter()
                .map(|header| header.name.as_str())
                .collect();
            assert_eq!(names, ["X-Plain"], "{other}");
            assert!(
                crossed.authorization.is_none() && crossed.cookie.is_none(),
                "{other}"
            );
            assert_eq!(crossed.host, parsed(other).authority());
        }
    }

    const LOCATIONS: &[(&str, &str, Option<&str>)] = &[
        ("ws://h/a/b", "c", Some("ws://h/a/c")),
        ("ws://h/a/b", "/c?d", Some("ws://h/c?d")),
        ("ws://h/a", "https://h:8443/a", Some("wss://h:8443/a")),
        ("wss://h/a", "//other/a", Some("wss://other/a")),
        ("wss://h/a", "https://u:p@h/b", Some("wss://h/b")),
        ("ws://h/a", "ftp://h/a", None),
        ("ws://h/a", "http://", None),
    ];
}
