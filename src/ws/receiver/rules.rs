//! What is wrong with a header, before its payload is looked at.

use super::Receiver;
use crate::ws::{Header, Kind, Role, Rule, Sender, header_rules};

impl Receiver {
    /// The rules a header breaks: those that it shows by itself, then those of its place.
    pub(super) fn broken_rules(&self, header: &Header) -> [Option<Rule>; 8] {
        let sender = Sender {
            role: Some(match self.role {
                Role::Client => Role::Server,
                Role::Server => Role::Client,
            }),
            deflate: self.inflater.is_some(),
        };
        let [reserved, opcode, masking, length, size, fin] = header_rules(header, sender);
        let (place, limit) = (self.fragment_rule(header), self.size_rule(header));
        [reserved, opcode, masking, length, size, fin, place, limit]
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
