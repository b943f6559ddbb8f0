//! HTTP CONNECT, RFC 9110 §9.3.6, with the Basic answer to a 407 on the same connection where the proxy keeps it.

use std::{io, time::Duration};

use super::{Credentials, Failure, Proxy, failed_or_late};
use crate::net::{
    Deadline, Error, Stage, Stream, Timeline, USER_AGENT,
    authority::Userinfo,
    http::{self, Body, Fault, Head, body},
    timeline::{Detail, Tunnel},
};

/// How long the body of a refusal is waited for: it is evidence, not the answer.
const BODY_WAIT: Duration = Duration::from_secs(1);

/// A proxy that sends interim responses without end is given up.
const MOST_INTERIM: usize = 16;

/// What the proxy made of a request.
enum Verdict {
    /// The tunnel is open.
    Open(Stream),
    /// It wants credentials; the connection may be asked again where it is still there.
    Challenge(Box<(Head, Body)>, Option<Stream>),
}

/// Opens a tunnel; `reach` connects to the proxy, and does so again where the proxy hangs up with its 407.
pub(super) fn tunnel(
    proxy: &Proxy,
    destination: &str,
    mut reach: impl FnMut(&mut Timeline) -> Result<Stream, Error>,
    deadline: Deadline,
    timeline: &mut Timeline,
) -> Result<Stream, Error> {
    let ask = Ask {
        proxy,
        destination,
        deadline,
    };
    let stream = reach(timeline)?;
    let (answer, kept) = match ask.ask(stream, None, timeline)? {
        Verdict::Open(stream) => return Ok(stream),
        Verdict::Challenge(answer, kept) => (answer, kept),
    };
    let offered = challenges(&answer.0);
    let credentials = proxy.credentials.as_ref();
    let Some(credentials) = credentials.filter(|_| offers_basic(&offered)) else {
        let sent = if credentials.is_some() {
            Credentials::Unsent
        } else {
            Credentials::None
        };
        return Err(ask.unauthenticated(answer, sent, timeline));
    };
    let stream = match kept {
        Some(stream) => stream,
        None => reach(timeline)?,
    };
    match ask.ask(stream, Some(credentials), timeline)? {
        Verdict::Open(stream) => Ok(stream),
        Verdict::Challenge(answer, _) => {
            Err(ask.unauthenticated(answer, Credentials::Rejected, timeline))
        }
    }
}

/// One tunnel that is asked for, perhaps twice.
struct Ask<'a> {
    proxy: &'a Proxy,
    destination: &'a str,
    deadline: Deadline,
}

impl Ask<'_> {
    fn ask(
        &self,
        mut stream: Stream,
        credentials: Option<&Userinfo>,
        timeline: &mut Timeline,
    ) -> Result<Verdict, Error> {
        let step = Timeline::begin(Stage::Proxy);
        stream.set_deadline(Some(self.deadline.at()));
        let mut record = Tunnel {
            proxy: self.proxy.to_string(),
            destination: self.destination.to_owned(),
            request: request(self.proxy, self.destination, credentials),
            ..Tunnel::default()
        };
        let result = self
            .exchange(stream, &mut record)
            .map_err(|failure| failed_or_late(self.proxy, failure, self.deadline));
        timeline.end_with(step, Detail::Proxy(Box::new(record)), &result);
        result
    }

    fn exchange(&self, mut stream: Stream, record: &mut Tunnel) -> Result<Verdict, Failure> {
        http::send(&mut stream, &record.request).map_err(|source| {
            Failure::Answer(Fault::Io {
                received: 0,
                source,
            })
        })?;
        let mut reader = http::Reader::new(&mut stream);
        let head = final_head(&mut reader);
        let leftover = reader.into_leftover();
        let head = match head {
            Ok(head) => head,
            Err(fault) => {
                record.response = leftover;
                return Err(Failure::Answer(fault));
            }
        };
        record.response.clone_from(&head.bytes);
        record.status = Some(head.status);
        if matches!(head.status, 200..=299) {
            stream.unread(leftover);
            return Ok(Verdict::Open(stream));
        }
        let body = body::read(
            &mut stream,
            leftover,
            &head,
            self.deadline.at_most(BODY_WAIT),
        );
        record.body.clone_from(&body.bytes);
        if head.status == 407 {
            let kept = is_kept(&head, &body).then_some(stream);
            return Ok(Verdict::Challenge(Box::new((head, body)), kept));
        }
        Err(Failure::Refused {
            destination: self.destination.to_owned(),
            answer: Box::new((head, body)),
        })
    }

    /// The 407 is in the timeline already, as a step that did not fail; now it has.
    fn unauthenticated(
        &self,
        answer: Box<(Head, Body)>,
        sent: Credentials,
        timeline: &mut Timeline,
    ) -> Error {
        let failure = Failure::Authentication {
            offered: challenges(&answer.0),
            sent,
            answer,
        };
        let error = super::failed(self.proxy, failure);
        timeline.fail_last(error.to_string());
        error
    }
}

fn request(proxy: &Proxy, destination: &str, credentials: Option<&Userinfo>) -> Vec<u8> {
    let authorization =
        credentials.map(|credentials| ("Proxy-Authorization".to_owned(), credentials.basic()));
    let defaults = [
        Some(("Host".to_owned(), destination.to_owned())),
        authorization,
        Some(("User-Agent".to_owned(), USER_AGENT.to_owned())),
        Some(("Proxy-Connection".to_owned(), "Keep-Alive".to_owned())),
    ];
    let is_replaced = |name: &str| {
        proxy
            .headers
            .iter()
            .any(|(own, _)| own.eq_ignore_ascii_case(name))
    };
    let fields = defaults
        .into_iter()
        .flatten()
        .filter(|(name, _)| !is_replaced(name))
        .chain(proxy.headers.iter().cloned());
    let mut text = format!("CONNECT {destination} HTTP/1.1\r\n");
    for (name, value) in fields {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    text.push_str("\r\n");
    text.into_bytes()
}

fn final_head(reader: &mut http::Reader<impl io::Read>) -> Result<Head, Fault> {
    for _ in 0..MOST_INTERIM {
        let head = reader.head()?;
        if !matches!(head.status, 100..=199) {
            return Ok(head);
        }
    }
    Err(Fault::Bad("interim responses without end".to_owned()))
}

fn challenges(head: &Head) -> Vec<String> {
    head.values("Proxy-Authenticate")
        .map(|value| String::from_utf8_lossy(value).into_owned())
        .collect()
}

/// Fields may hold several challenges, and a parameter is never a lone word: so every word is looked at.
pub(crate) fn offers_basic(offered: &[String]) -> bool {
    offered
        .iter()
        .flat_map(|value| value.split([',', ' ']))
        .any(|word| word.eq_ignore_ascii_case("Basic"))
}

/// True where the connection may carry another request: it stays open, and all of the body has been read.
fn is_kept(head: &Head, body: &Body) -> bool {
    let has = |name: &str, token: &[u8]| {
        head.list(name)
            .any(|member| member.eq_ignore_ascii_case(token))
    };
    let stays = head.minor_version >= 1
        || has("Connection", b"keep-alive")
        || has("Proxy-Connection", b"keep-alive");
    let closes = has("Connection", b"close") || has("Proxy-Connection", b"close");
    let is_delimited =
        head.value("Content-Length").is_some() || has("Transfer-Encoding", b"chunked");
    stays && !closes && is_delimited && !body.truncated
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_request_is_plain_and_takes_the_proxys_own_headers() {
        let mut proxy = Proxy::parse("p:3128").unwrap();
        proxy.headers = vec![
            ("user-agent".to_owned(), "x".to_owned()),
            ("X-A".to_owned(), "1".to_owned()),
        ];
        assert_eq!(
            String::from_utf8(request(&proxy, "h:443", None)).unwrap(),
            "CONNECT h:443 HTTP/1.1\r\nHost: h:443\r\nProxy-Connection: Keep-Alive\r\nuser-agent: x\r\nX-A: 1\r\n\r\n"
        );
    }

    #[test]
    fn basic_is_found_among_challenges() {
        for (offered, basic) in OFFERED {
            assert_eq!(offers_basic(&[(*offered).to_owned()]), *basic, "{offered}");
        }
    }

    #[test]
    fn a_connection_is_kept_only_where_its_next_request_has_a_place() {
        for (head, kept) in KEPT {
            let head = Head::parse(head.as_bytes()).unwrap();
            assert_eq!(is_kept(&head, &Body::default()), *kept, "{head:?}");
        }
    }

    const OFFERED: &[(&str, bool)] = &[
        ("Basic realm=\"Corp Proxy\"", true),
        ("NTLM, basic", true),
        ("Negotiate", false),
        ("Digest realm=\"Basically\"", false),
    ];

    const KEPT: &[(&str, bool)] = &[
        ("HTTP/1.1 407 A\r\nContent-Length: 5\r\n\r\n", true),
        ("HTTP/1.1 407 A\r\nTransfer-Encoding: chunked\r\n\r\n", true),
        ("HTTP/1.1 407 A\r\n\r\n", false),
        (
            "HTTP/1.1 407 A\r\nContent-Length: 5\r\nConnection: close\r\n\r\n",
            false,
        ),
        ("HTTP/1.0 407 A\r\nContent-Length: 5\r\n\r\n", false),
        (
            "HTTP/1.0 407 A\r\nContent-Length: 5\r\nProxy-Connection: keep-alive\r\n\r\n",
            true,
        ),
    ];
}
