//! RFC 6455 §4.1: what a 101 must say to be the upgrade that was asked for.

use tungstenite::handshake::derive_accept_key;

use super::{Error, Head, extensions, request::Sent};

/// What the two sides have agreed on.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Agreed {
    pub(super) subprotocol: Option<String>,
    pub(super) extensions: Vec<Vec<u8>>,
}

/// Checks a 101 against the request that it answers.
pub(super) fn validate(sent: &Sent, head: &Head, notes: &mut Vec<String>) -> Result<Agreed, Error> {
    upgrade(head)?;
    connection(head)?;
    accept(sent, head)?;
    Ok(Agreed {
        subprotocol: subprotocol(sent, head, notes)?,
        extensions: extensions(sent, head, notes)?,
    })
}

/// "If the response lacks an |Upgrade| header field or the |Upgrade| header field contains a value that is not an
/// ASCII case-insensitive match for the value "websocket", the client MUST _Fail the WebSocket Connection_."
fn upgrade(head: &Head) -> Result<(), Error> {
    let mut values = head.values("Upgrade");
    match (values.next(), values.next()) {
        (Some(value), None) if value.eq_ignore_ascii_case(b"websocket") => Ok(()),
        _ => Err(Error::Upgrade {
            received: joined(head, "Upgrade"),
        }),
    }
}

/// "… doesn't contain a token that is an ASCII case-insensitive match for the value "Upgrade"": a list, unlike above.
fn connection(head: &Head) -> Result<(), Error> {
    if head
        .list("Connection")
        .any(|token| token.eq_ignore_ascii_case(b"upgrade"))
    {
        return Ok(());
    }
    Err(Error::Connection {
        received: joined(head, "Connection"),
    })
}

fn accept(sent: &Sent, head: &Head) -> Result<(), Error> {
    let mut values = head.values("Sec-WebSocket-Accept");
    let received = values.next().ok_or(Error::AcceptMissing)?;
    if values.next().is_some() {
        return Err(Error::Repeated("Sec-WebSocket-Accept"));
    }
    let key = sent.values("Sec-WebSocket-Key").next().unwrap_or_default();
    let expected = derive_accept_key(key.as_bytes());
    if received == expected.as_bytes() {
        return Ok(());
    }
    let received = String::from_utf8_lossy(received).into_owned();
    Err(Error::AcceptWrong {
        known: known_key(&received),
        expected,
        received,
    })
}

/// The keys whose answers servers and proxies are known to send whatever they were asked.
fn known_key(accept: &str) -> Option<&'static str> {
    const KNOWN: [(&[u8], &str); 2] = [
        (b"", "an empty key"),
        (b"dGhlIHNhbXBsZSBub25jZQ==", "the sample key of RFC 6455"),
    ];
    KNOWN
        .iter()
        .find(|(key, _)| derive_accept_key(key) == accept)
        .map(|(_, name)| *name)
}

fn subprotocol(sent: &Sent, head: &Head, notes: &mut Vec<String>) -> Result<Option<String>, Error> {
    let requested: Vec<String> = sent
        .values("Sec-WebSocket-Protocol")
        .flat_map(|value| value.split(','))
        .map(|name| name.trim().to_owned())
        .filter(|name| !name.is_empty())
        .collect();
    let mut values = head.values("Sec-WebSocket-Protocol");
    let Some(chosen) = values.next() else {
        if !requested.is_empty() {
            notes.push(format!(
                "the server chose no subprotocol (asked for: {}); browsers fail such a connection",
                requested.join(", ")
            ));
        }
        return Ok(None);
    };
    if values.next().is_some() {
        return Err(Error::Repeated("Sec-WebSocket-Protocol"));
    }
    let chosen = String::from_utf8_lossy(chosen).into_owned();
    if requested.contains(&chosen) {
        Ok(Some(chosen))
    } else {
        Err(Error::Subprotocol { chosen, requested })
    }
}

fn extensions(sent: &Sent, head: &Head, notes: &mut Vec<String>) -> Result<Vec<Vec<u8>>, Error> {
    let offered: Vec<&str> = sent
        .values("Sec-WebSocket-Extensions")
        .flat_map(|value| value.split(','))
        .map(extension_name)
        .collect();
    for member in head.list("Sec-WebSocket-Extensions") {
        let text = String::from_utf8_lossy(member);
        let name = extension_name(&text);
        if !offered
            .iter()
            .any(|offered| offered.eq_ignore_ascii_case(name))
        {
            return Err(Error::Extension(name.to_owned()));
        }
        if !name.eq_ignore_ascii_case(extensions::NAME) {
            notes.push(format!(
                "the server chose extension {name}, which wscope does not speak: what it changes in frames is \
                 shown as it comes, or breaks RFC 6455 (--lenient reads on)"
            ));
        }
    }
    Ok(head
        .values("Sec-WebSocket-Extensions")
        .map(<[u8]>::to_vec)
        .collect())
}

fn extension_name(member: &str) -> &str {
    member.split(';').next().unwrap_or(member).trim()
}

fn joined(head: &Head, name: &str) -> Option<String> {
    let values: Vec<_> = head.values(name).map(String::from_utf8_lossy).collect();
    (!values.is_empty()).then(|| values.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        handshake::{Header, HeaderValue, Request},
        net::Target,
    };

    /// A request with the sample key of RFC 6455 §1.3.
    fn sent() -> Sent {
        let mut request = Request::new(&Target::parse("ws://h/").unwrap().0);
        request.subprotocols = vec!["chat".to_owned(), "superchat".to_owned()];
        request.extensions = Some("permessage-deflate; client_max_window_bits".to_owned());
        request.headers.push(Header {
            name: "Sec-WebSocket-Key".to_owned(),
            value: HeaderValue::Sent("x3JJHMbDL1EzLkh9GBhXDw==".to_owned()),
        });
        request.encode()
    }

    fn validated(fields: &str) -> Result<(Agreed, Vec<String>), Error> {
        let head =
            Head::parse(format!("HTTP/1.1 101 Switching Protocols\r\n{fields}\r\n").as_bytes())?;
        let mut notes = Vec::new();
        validate(&sent(), &head, &mut notes).map(|agreed| (agreed, notes))
    }

    #[test]
    fn a_proper_answer_is_accepted() {
        for fields in ACCEPTED {
            let (agreed, notes) = validated(fields).unwrap();
            assert_eq!(agreed.subprotocol.as_deref(), Some("chat"));
            assert!(notes.is_empty());
        }
    }

    #[test]
    fn each_defect_is_named() {
        for (fields, expected) in DEFECTS {
            let error = validated(fields).unwrap_err().to_string();
            assert!(error.contains(expected), "{fields:?}: {error}");
        }
    }

    #[test]
    fn no_subprotocol_is_worth_a_note() {
        let (agreed, notes) = validated(BASE).unwrap();
        assert_eq!(agreed.subprotocol, None);
        assert!(notes[0].contains("asked for: chat, superchat"), "{notes:?}");
    }

    const BASE: &str = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: HSmrc0sMlYUkAGmm5OPpG2HaGWk=\r\n";

    const ACCEPTED: &[&str] = &[
        "upgrade: WebSocket\r\nCONNECTION: keep-alive, Upgrade\r\n\
         sec-websocket-accept:   HSmrc0sMlYUkAGmm5OPpG2HaGWk= \r\nSec-WebSocket-Protocol: chat\r\n",
        "Upgrade: websocket\r\nConnection: keep-alive\r\nConnection: upgrade\r\nSec-WebSocket-Protocol: chat\r\n\
         Sec-WebSocket-Accept: HSmrc0sMlYUkAGmm5OPpG2HaGWk=\r\n\
         Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover\r\n",
    ];

    const DEFECTS: &[(&str, &str)] = &[
        ("Connection: Upgrade\r\n", "without Upgrade: websocket"),
        ("Upgrade: h2c\r\nConnection: Upgrade\r\n", "\"h2c\""),
        ("Upgrade: websocket\r\n", "without Connection: Upgrade"),
        ("Upgrade: websocket\r\nConnection: close\r\n", "\"close\""),
        (
            "Upgrade: websocket\r\nConnection: Upgrade\r\n",
            "without Sec-WebSocket-Accept",
        ),
        (
            "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n",
            "the sample key of RFC 6455",
        ),
        (
            "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: Kfh9QIsMVZcl6xEPYxPHzW8SZ8w=\r\n",
            "an empty key",
        ),
        (
            "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: x\r\n",
            "\"x\" where \"HSmrc0sMlYUkAGmm5OPpG2HaGWk=\" was due",
        ),
        (
            "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: HSmrc0sMlYUkAGmm5OPpG2HaGWk=\r\n\
             Sec-WebSocket-Protocol: mqtt\r\n",
            "\"mqtt\", which was not asked for (asked for: chat, superchat)",
        ),
        (
            "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: HSmrc0sMlYUkAGmm5OPpG2HaGWk=\r\n\
             Sec-WebSocket-Extensions: x-foo; a=1\r\n",
            "\"x-foo\", which was not offered",
        ),
    ];
}
