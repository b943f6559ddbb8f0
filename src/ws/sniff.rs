//! What stands where a frame should begin, when it is no frame.

use super::Rule;

/// Fewer printable bytes than this prove nothing.
const MIN_TEXT: usize = 8;

/// Names bytes at a frame boundary that are some other protocol's.
///
/// The commonest "invalid frame header" is an HTTP response that a second upgrade handler wrote
/// into the stream. Only bytes that no legal frame begins with are ever named.
#[must_use]
pub fn sniff(bytes: &[u8]) -> Option<Rule> {
    let is_tls_record =
        |b: &[u8]| matches!(b, [0x14..=0x17, 0x03, 0x00..=0x04, ..]) && b.len() >= 3;
    if bytes.len() >= 5 && bytes.starts_with(b"HTTP/") {
        Some(Rule::HttpInStream)
    } else if is_tls_record(bytes) {
        Some(Rule::TlsInStream)
    } else if bytes.len() >= MIN_TEXT && bytes.iter().take(64).all(|byte| is_text(*byte)) {
        Some(Rule::TextInStream)
    } else {
        None
    }
}

fn is_text(byte: u8) -> bool {
    matches!(byte, b' '..=b'~' | b'\r' | b'\n' | b'\t')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_what_is_no_frame() {
        let table: [(&[u8], Option<Rule>); 6] = [
            (b"HTTP/1.1 400 Bad Request\r\n", Some(Rule::HttpInStream)),
            (b"\x15\x03\x03\x00\x02\x02\x28", Some(Rule::TlsInStream)),
            (b"SSH-2.0-OpenSSH_9.2\r\n", Some(Rule::TextInStream)),
            (b"HT", None),
            (b"\xc1\x05hello", None),
            (b"\x81\x05hello", None),
        ];
        for (bytes, rule) in table {
            assert_eq!(sniff(bytes), rule, "{bytes:02x?}");
        }
    }
}
