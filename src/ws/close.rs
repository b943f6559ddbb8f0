//! Close codes and the Close payload, RFC 6455 §5.5.1 and §7.4.

use std::fmt;

use super::Rule;

/// The payload of a Close frame: nothing, or a code and a reason.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CloseFrame {
    /// The code as it was on the wire; `None` where the payload is empty (1005) or one byte.
    pub code: Option<u16>,
    /// The reason's bytes; at most 123, UTF-8 unless the peer broke the rule.
    pub reason: Vec<u8>,
}

impl CloseFrame {
    /// A Close with a code and a reason, which is cut at a character to fit 123 bytes.
    #[must_use]
    pub fn new(code: u16, reason: &str) -> Self {
        Self {
            code: Some(code),
            reason: reason.as_bytes()[..reason.floor_char_boundary(123)].to_vec(),
        }
    }

    /// Reads a payload, and says which rule it breaks, if any; the fields are what could be read.
    #[must_use]
    pub fn parse(payload: &[u8]) -> (Self, Option<Rule>) {
        let Some((code, reason)) = payload.split_first_chunk::<2>() else {
            let rule = (!payload.is_empty()).then_some(Rule::CloseTooShort);
            return (Self::default(), rule);
        };
        let code = u16::from_be_bytes(*code);
        let frame = Self {
            code: Some(code),
            reason: reason.to_vec(),
        };
        let rule = if !code_is_allowed_on_the_wire(code) {
            Some(Rule::CloseCode(code))
        } else if std::str::from_utf8(reason).is_err() {
            Some(Rule::CloseReasonUtf8)
        } else {
            None
        };
        (frame, rule)
    }

    /// The payload's bytes.
    #[must_use]
    pub fn payload(&self) -> Vec<u8> {
        let mut payload = Vec::with_capacity(2 + self.reason.len());
        if let Some(code) = self.code {
            payload.extend_from_slice(&code.to_be_bytes());
        }
        payload.extend_from_slice(&self.reason);
        payload
    }
}

/// The code, its name and the reason, the reason's bytes as they are escaped in source code.
impl fmt::Display for CloseFrame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.code {
            Some(code) => write!(f, "{code}")?,
            None => f.write_str("no code")?,
        }
        if let Some(name) = self.code.and_then(code_name) {
            write!(f, " ({name})")?;
        }
        match std::str::from_utf8(&self.reason) {
            Ok("") => Ok(()),
            Ok(reason) => write!(f, " {reason:?}"),
            Err(_) => write!(f, " \"{}\"", self.reason.escape_ascii()),
        }
    }
}

/// Whether an endpoint may put `code` into a Close frame, RFC 6455 §7.4.1 and the IANA registry.
#[must_use]
pub fn code_is_allowed_on_the_wire(code: u16) -> bool {
    matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999)
}

/// What the RFC and the registry call a code; `None` where they do not define it.
#[must_use]
pub fn code_name(code: u16) -> Option<&'static str> {
    Some(match code {
        1000 => "normal closure",
        1001 => "going away",
        1002 => "protocol error",
        1003 => "unsupported data",
        1004 => "reserved",
        1005 => "no status received",
        1006 => "abnormal closure",
        1007 => "invalid payload data",
        1008 => "policy violation",
        1009 => "message too big",
        1010 => "mandatory extension",
        1011 => "internal error",
        1012 => "service restart",
        1013 => "try again later",
        1014 => "bad gateway",
        1015 => "TLS handshake",
        3000 => "unauthorized",
        3003 => "forbidden",
        3008 => "timeout",
        3001..=3999 => "registered with IANA",
        4000..=4999 => "private use",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_code_and_reason() {
        let (frame, broken) = CloseFrame::parse(b"\x0f\xa1bad token");
        assert_eq!(frame, CloseFrame::new(4001, "bad token"));
        assert_eq!(broken, None);
    }

    #[test]
    fn names_what_is_wrong_with_a_payload() {
        let table: [(&[u8], Option<Rule>); 6] = [
            (b"", None),
            (b"\x03", Some(Rule::CloseTooShort)),
            (b"\x03\xee", Some(Rule::CloseCode(1006))),
            (b"\x03\xe7", Some(Rule::CloseCode(999))),
            (b"\x03\xe8\xff", Some(Rule::CloseReasonUtf8)),
            (b"\x03\xe8ok", None),
        ];
        for (payload, rule) in table {
            assert_eq!(CloseFrame::parse(payload).1, rule, "{payload:02x?}");
        }
    }

    #[test]
    fn cuts_a_long_reason_at_a_character() {
        let frame = CloseFrame::new(1000, &"é".repeat(100));
        assert_eq!(frame.reason.len(), 122);
        assert_eq!(frame.payload().len(), 124);
    }

    #[test]
    fn agrees_with_tungstenite_on_the_codes_it_knows() {
        use tungstenite::protocol::frame::coding::CloseCode;
        for code in 0..=u16::MAX {
            if code == 1004 || code == 1014 {
                continue; // 1004 is reserved, 1014 came with the registry
            }
            assert_eq!(
                code_is_allowed_on_the_wire(code),
                CloseCode::from(code).is_allowed(),
                "{code}"
            );
        }
    }
}
