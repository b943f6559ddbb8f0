//! What a peer can do wrong, as data: the rule, its section, the Close code it calls for.

use std::fmt;

use super::{CloseFrame, LengthForm, close};

/// The most bytes of evidence a [`Violation`] keeps: a control frame's whole payload.
const MAX_EVIDENCE: usize = 125;

/// The most of them that one sentence shows.
const MAX_SHOWN: usize = 32;

/// A rule of RFC 6455 or RFC 7692 that a peer broke.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// The bytes at a frame boundary are an HTTP message.
    HttpInStream,
    /// The bytes at a frame boundary are a TLS record.
    TlsInStream,
    /// The bytes at a frame boundary are plain text.
    TextInStream,
    /// RSV1–3 (as a 3-bit number) set with no extension that defines them.
    ReservedBits(u8),
    /// An opcode that no document defines.
    ReservedOpcode(u8),
    /// A server frame with MASK set.
    MaskedByServer,
    /// A client frame without MASK.
    UnmaskedByClient,
    /// A length written longer than needed.
    NonMinimalLength(LengthForm),
    /// A 64-bit length with its highest bit set.
    LengthTopBit,
    /// A control frame of more than 125 bytes.
    ControlTooLong(u64),
    /// A control frame without FIN.
    ControlFragmented,
    /// A continuation frame with no message to continue.
    OrphanContinuation,
    /// A text or binary frame inside a fragmented message.
    InterruptedMessage,
    /// A text message that is not UTF-8; the offset of the first wrong byte in the message.
    InvalidUtf8(u64),
    /// A Close payload of one byte.
    CloseTooShort,
    /// A Close code that must not be sent.
    CloseCode(u16),
    /// A Close reason that is not UTF-8.
    CloseReasonUtf8,
    /// A frame after the Close frame.
    AfterClose,
    /// A message over the limit, in bytes.
    TooBig(u64),
    /// Compressed data that does not inflate.
    Inflate,
}

impl Rule {
    /// Where the rule is written.
    #[must_use]
    pub fn section(self) -> &'static str {
        match self {
            Self::MaskedByServer | Self::UnmaskedByClient => "RFC 6455 §5.1",
            Self::HttpInStream
            | Self::TlsInStream
            | Self::TextInStream
            | Self::ReservedBits(_)
            | Self::ReservedOpcode(_)
            | Self::NonMinimalLength(_)
            | Self::LengthTopBit => "RFC 6455 §5.2",
            Self::OrphanContinuation | Self::InterruptedMessage => "RFC 6455 §5.4",
            Self::ControlTooLong(_) | Self::ControlFragmented => "RFC 6455 §5.5",
            Self::CloseTooShort | Self::CloseReasonUtf8 | Self::AfterClose => "RFC 6455 §5.5.1",
            Self::InvalidUtf8(_) => "RFC 6455 §8.1",
            Self::CloseCode(_) => "RFC 6455 §7.4",
            Self::TooBig(_) => "RFC 6455 §7.4.1",
            Self::Inflate => "RFC 7692 §7.2.2",
        }
    }

    /// The code of the Close frame that answers it.
    #[must_use]
    pub fn close_code(self) -> u16 {
        match self {
            Self::InvalidUtf8(_) | Self::CloseReasonUtf8 | Self::Inflate => 1007,
            Self::TooBig(_) => 1009,
            _ => 1002,
        }
    }

    /// Whether the frames after it can still be told apart, so that `--lenient` may read on.
    #[must_use]
    pub fn is_survivable(self) -> bool {
        !matches!(
            self,
            Self::HttpInStream
                | Self::TlsInStream
                | Self::TextInStream
                | Self::LengthTopBit
                | Self::TooBig(_)
                | Self::Inflate
        )
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::HttpInStream => f.write_str("an HTTP message where a frame should begin"),
            Self::TlsInStream => f.write_str("a TLS record where a frame should begin"),
            Self::TextInStream => f.write_str("plain text where a frame should begin"),
            Self::ReservedBits(rsv) => {
                let names = [(4, "RSV1"), (2, "RSV2"), (1, "RSV3")];
                let set = names.iter().filter(|(bit, _)| rsv & bit != 0);
                let set: Vec<_> = set.map(|(_, name)| *name).collect();
                write!(f, "{} set, and no extension defines it", set.join(" and "))
            }
            Self::ReservedOpcode(opcode) => write!(f, "reserved opcode 0x{opcode:x}"),
            Self::MaskedByServer => f.write_str("a frame from the server is masked"),
            Self::UnmaskedByClient => f.write_str("a frame from the client is not masked"),
            Self::NonMinimalLength(form) => write!(
                f,
                "the length is written in {} bits, more than it needs",
                form.bits()
            ),
            Self::LengthTopBit => f.write_str("the highest bit of the 64-bit length is set"),
            Self::ControlTooLong(length) => {
                write!(f, "a control frame of {length} bytes, 125 are allowed")
            }
            Self::ControlFragmented => f.write_str("a control frame without FIN"),
            Self::OrphanContinuation => f.write_str("a continuation with no message to continue"),
            Self::InterruptedMessage => {
                f.write_str("a new message before the fragmented one was finished")
            }
            Self::InvalidUtf8(offset) => {
                write!(
                    f,
                    "text that is not UTF-8, from byte {offset} of the message"
                )
            }
            Self::CloseTooShort => f.write_str("a Close payload of one byte, the code has two"),
            Self::CloseCode(code) => {
                write!(f, "Close code {code}")?;
                match close::code_name(*code) {
                    Some(name) => write!(f, " ({name}) must not be sent"),
                    None => f.write_str(" is not defined"),
                }
            }
            Self::CloseReasonUtf8 => f.write_str("a Close reason that is not UTF-8"),
            Self::AfterClose => f.write_str("a frame after the Close frame"),
            Self::TooBig(limit) => write!(f, "a message over the limit of {limit} bytes"),
            Self::Inflate => f.write_str("compressed data that does not inflate"),
        }
    }
}

/// A broken rule and the bytes that broke it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Which rule.
    pub rule: Rule,
    /// The bytes that show it: a header, or the start of the wrong payload.
    pub bytes: Vec<u8>,
    /// Where they begin, in bytes received after the upgrade.
    pub offset: u64,
}

impl Violation {
    /// A violation with as much of `bytes` as is kept for evidence.
    #[must_use]
    pub fn new(rule: Rule, bytes: &[u8], offset: u64) -> Self {
        Self {
            rule,
            bytes: bytes[..bytes.len().min(MAX_EVIDENCE)].to_vec(),
            offset,
        }
    }

    /// The Close frame that breaks the rule, if one does: what could be read of it.
    #[must_use]
    pub fn close(&self) -> Option<CloseFrame> {
        let is_close = matches!(
            self.rule,
            Rule::CloseTooShort | Rule::CloseCode(_) | Rule::CloseReasonUtf8
        );
        is_close.then(|| CloseFrame::parse(&self.bytes).0)
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}", self.rule, self.rule.section())?;
        if !self.bytes.is_empty() {
            write!(f, "; at byte {}:", self.offset)?;
            for byte in self.bytes.iter().take(MAX_SHOWN) {
                write!(f, " {byte:02x}")?;
            }
            if self.bytes.len() > MAX_SHOWN {
                f.write_str(" …")?;
            }
        }
        f.write_str(")")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_the_rule_the_section_and_the_bytes() {
        let violation = Violation::new(Rule::ReservedBits(5), &[0xd1, 0x05], 7);
        assert_eq!(
            violation.to_string(),
            "RSV1 and RSV3 set, and no extension defines it (RFC 6455 §5.2; at byte 7: d1 05)"
        );
    }

    #[test]
    fn a_sentence_shows_the_start_of_much_evidence() {
        let violation = Violation::new(Rule::Inflate, &[0xff; 200], 7);
        assert_eq!(violation.bytes.len(), 125);
        let shown = violation.to_string();
        assert_eq!(shown.matches(" ff").count(), 32, "{shown}");
        assert!(shown.ends_with(" ff …)"), "{shown}");
    }

    #[test]
    fn each_defect_calls_for_its_code() {
        assert_eq!(Rule::InvalidUtf8(0).close_code(), 1007);
        assert_eq!(Rule::TooBig(1).close_code(), 1009);
        assert_eq!(Rule::MaskedByServer.close_code(), 1002);
    }
}
