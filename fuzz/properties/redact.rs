//! What must hold of what is shown of heads and URLs: a secret in a place for secrets never survives.

use wscope::net::redact;

/// No byte of it stands anywhere else in what is built here.
const SECRET: &str = "S3CR3T";

/// Each byte of `input` adds a piece: noise, a place for a secret with one in it, or a line end.
pub(crate) fn holds(input: &[u8]) {
    let mut head = b"GET /".to_vec();
    let mut is_first = true;
    for &byte in input {
        let place = match byte {
            0x80.. if is_first => QUERIES[usize::from(byte) % QUERIES.len()],
            0x80.. => FIELDS[usize::from(byte) % FIELDS.len()],
            _ => {
                head.push(if matches!(byte, b'\n' | b'\r') {
                    b' '
                } else {
                    byte
                });
                continue;
            }
        };
        if is_first && byte & 1 == 0 {
            head.extend_from_slice(b" HTTP/1.1\r\n");
            is_first = false;
            continue;
        }
        head.extend_from_slice(place.replace('$', SECRET).as_bytes());
    }
    let shown = redact::head(&head);
    let is_there = shown
        .windows(SECRET.len())
        .any(|window| window == SECRET.as_bytes());
    assert!(!is_there, "{}", shown.escape_ascii());
    let lines = |bytes: &[u8]| bytes.iter().filter(|byte| **byte == b'\n').count();
    assert!(
        lines(&shown) <= lines(&head),
        "a folded field may lose lines"
    );
    for url in URLS {
        let noise = String::from_utf8_lossy(input).replace(['/', '?', '#', '@', ':'], "");
        let url = url.replace('$', SECRET).replace('~', &noise);
        assert!(!redact::url(&url).contains(SECRET), "{url}");
    }
}

/// In the request line, before anything else of it.
const QUERIES: &[&str] = &["?token=$&", "?a=b&api_key=$&x=", "?#access_token=$&"];

/// Lines of their own.
const FIELDS: &[&str] = &[
    "\r\nAuthorization: Bearer $\r\n",
    "\r\nauthorization:$\r\n",
    "\r\nAuthorization:\r\n Bearer $\r\n",
    "\r\nAuthorization: Basic\r\n\t$\r\n",
    "\r\nProxy-Authorization : Basic $\n",
    "\r\nCookie: a=$; b=$\r\n",
    "\r\nCookie: a=b;\r\n c=$\r\n",
    "\r\nSet-Cookie: sid=$; Path=/\r\n",
    "\r\nSet-Cookie:\r\n sid=$; Path=/\r\n",
    "\r\nX-Api-Key: $\r\n",
    "\r\nX-Auth-Token: $, $\r\n",
    "\r\nSec-WebSocket-Protocol: chat, bearer.$\r\n",
    "\r\nLocation: wss://u:$@h/?token=$#access_token=$\r\n",
];

const URLS: &[&str] = &[
    "wss://~:$@h/",
    "wss://u:$@h?~",
    "wss://$@h:1/~",
    "wss://h/~?token=$",
    "wss://h/~?~&password=$&~",
    "wss://h/#access_token=$&~",
    "wss://h/~?x=~#id_token=$",
    "/~?sig=$",
];
