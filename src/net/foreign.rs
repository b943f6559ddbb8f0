//! What speaks there, told from the first bytes it sent.

use std::fmt;

/// A protocol that is not the one that was expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Foreign {
    /// An HTTP/1.x response or request.
    Http,
    /// An HTTP/2 SETTINGS frame.
    Http2,
    /// A TLS alert.
    TlsAlert {
        /// 1 warning, 2 fatal.
        level: u8,
        /// RFC 8446 §6.
        description: u8,
    },
    /// Another TLS record.
    TlsRecord,
    /// An SSH banner.
    Ssh,
    /// An SMTP greeting, or FTP's, which looks alike.
    SmtpOrFtp,
    /// A POP3 greeting.
    Pop3,
    /// An IMAP greeting.
    Imap,
    /// A MySQL or MariaDB greeting.
    Mysql,
    /// A Redis reply.
    Redis,
    /// A SOCKS version 5 reply.
    Socks5,
}

impl Foreign {
    /// Recognises the first bytes of an answer.
    #[must_use]
    pub fn recognise(bytes: &[u8]) -> Option<Self> {
        Some(match bytes {
            [b'H', b'T', b'T', b'P', b'/', ..] => Self::Http,
            [0x15, 3, 0..=4, 0, 2, level, description, ..] => Self::TlsAlert {
                level: *level,
                description: *description,
            },
            [0x14..=0x17, 3, 0..=4, ..] => Self::TlsRecord,
            [0, 0, length, 4, 0, 0, 0, 0, 0, ..] if length % 6 == 0 => Self::Http2,
            [b'S', b'S', b'H', b'-', ..] => Self::Ssh,
            [b'2', b'2', b'0', b' ' | b'-', ..] => Self::SmtpOrFtp,
            [b'+', b'O', b'K', ..] => Self::Pop3,
            [b'*', b' ', b'O', b'K', ..] => Self::Imap,
            [_, 0, 0, 0, 10, b'0'..=b'9', ..] => Self::Mysql,
            [b'-', b'E', b'R', b'R', b' ', ..] => Self::Redis,
            [5, 0 | 0xff] => Self::Socks5,
            _ => return None,
        })
    }
}

impl fmt::Display for Foreign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Http => f.write_str("plain HTTP"),
            Self::Http2 => f.write_str("HTTP/2 (a SETTINGS frame)"),
            Self::TlsAlert { description, .. } => {
                write!(f, "TLS (alert {description}, {})", alert_name(*description))
            }
            Self::TlsRecord => f.write_str("TLS"),
            Self::Ssh => f.write_str("SSH"),
            Self::SmtpOrFtp => f.write_str("SMTP or FTP"),
            Self::Pop3 => f.write_str("POP3"),
            Self::Imap => f.write_str("IMAP"),
            Self::Mysql => f.write_str("MySQL"),
            Self::Redis => f.write_str("Redis"),
            Self::Socks5 => f.write_str("SOCKS5"),
        }
    }
}

/// The registered name of a TLS alert, RFC 8446 §6 and its predecessors.
#[must_use]
pub fn alert_name(description: u8) -> &'static str {
    match description {
        0 => "close_notify",
        10 => "unexpected_message",
        20 => "bad_record_mac",
        21 => "decryption_failed",
        22 => "record_overflow",
        40 => "handshake_failure",
        41 => "no_certificate",
        42 => "bad_certificate",
        43 => "unsupported_certificate",
        44 => "certificate_revoked",
        45 => "certificate_expired",
        46 => "certificate_unknown",
        47 => "illegal_parameter",
        48 => "unknown_ca",
        49 => "access_denied",
        50 => "decode_error",
        51 => "decrypt_error",
        70 => "protocol_version",
        71 => "insufficient_security",
        80 => "internal_error",
        86 => "inappropriate_fallback",
        90 => "user_canceled",
        100 => "no_renegotiation",
        109 => "missing_extension",
        110 => "unsupported_extension",
        112 => "unrecognized_name",
        113 => "bad_certificate_status_response",
        115 => "unknown_psk_identity",
        116 => "certificate_required",
        120 => "no_application_protocol",
        _ => "unknown alert",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_bytes_name_the_protocol() {
        for (bytes, expected) in FIRST_BYTES {
            let said = Foreign::recognise(bytes).map(|foreign| foreign.to_string());
            assert_eq!(said.as_deref(), *expected, "{bytes:02x?}");
        }
    }

    const FIRST_BYTES: &[(&[u8], Option<&str>)] = &[
        (b"HTTP/1.1 400 Bad Request\r\n", Some("plain HTTP")),
        (b"SSH-2.0-OpenSSH_9.2p1\r\n", Some("SSH")),
        (
            b"\x15\x03\x03\x00\x02\x02\x70",
            Some("TLS (alert 112, unrecognized_name)"),
        ),
        (b"\x16\x03\x03\x00\x7a\x02", Some("TLS")),
        (
            b"\x00\x00\x12\x04\x00\x00\x00\x00\x00\x00\x03",
            Some("HTTP/2 (a SETTINGS frame)"),
        ),
        (b"220 mail.example ESMTP\r\n", Some("SMTP or FTP")),
        (b"\x05\xff", Some("SOCKS5")),
        (b"hello", None),
        (b"", None),
    ];
}
