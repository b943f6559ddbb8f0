//! What is wrong with a header, before its payload is looked at.

use super::{MAX_CONTROL, Receiver};
use crate::ws::{Header, Kind, LengthForm, Role, Rule};

impl Receiver {
    /// The rules a header breaks, in the order of its bits.
    pub(super) fn broken_rules(&self, header: &Header) -> [Option<Rule>; 6] {
        let opcode = header.opcode();
        let starts_message = matches!(opcode, 1 | 2);
        let defined = if self.inflater.is_some() && starts_message {
            0b100
        } else {
            0
        };
        let reserved = header.rsv() & !defined;
        let masking = match (self.role, header.mask()) {
            (Role::Client, Some(_)) => Some(Rule::MaskedByServer),
            (Role::Server, None) => Some(Rule::UnmaskedByClient),
            _ => None,
        };
        let length = header.length();
        let form = header.length_form();
        [
            (reserved != 0).then_some(Rule::ReservedBits(reserved)),
            matches!(opcode, 3..=7 | 11..=15).then_some(Rule::ReservedOpcode(opcode)),
            masking,
            if length >> 63 == 1 {
                Some(Rule::LengthTopBit)
            } else {
                (form != LengthForm::minimal(length)).then_some(Rule::NonMinimalLength(form))
            },
            if header.is_control() {
                control_rule(header)
            } else {
                self.fragment_rule(header)
            },
            self.size_rule(header),
        ]
    }

    fn fragment_rule(&self, header: &Header) -> Option<Rule> {
        match (header.opcode(), &self.message) {
            (0, None) => Some(Rule::OrphanContinuation),
            (1 | 2, Some(_)) => Some(Rule::InterruptedMessage),
            _ => None,
        }
    }

    /// The declared size against the limit; what is compressed is counted as it inflates.
    fn size_rule(&self, header: &Header) -> Option<Rule> {
        let (kind, before) = match (header.opcode(), &self.message) {
            (0, Some(message)) if message.position.compressed => return None,
            (1 | 2, _) if header.rsv1() && self.inflater.is_some() => return None,
            (0, Some(message)) => (message.position.kind, message.position.size),
            (1, _) => (Kind::Text, 0),
            (0 | 2, _) => (Kind::Binary, 0),
            _ => return None,
        };
        let limit = self.limits.of(kind);
        (before.saturating_add(header.length()) > limit).then_some(Rule::TooBig(limit))
    }
}

fn control_rule(header: &Header) -> Option<Rule> {
    if header.length() > MAX_CONTROL as u64 {
        Some(Rule::ControlTooLong(header.length()))
    } else if !header.fin() {
        Some(Rule::ControlFragmented)
    } else {
        None
    }
}
