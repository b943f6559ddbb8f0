//! The records of `--json --inspect`: one object for each frame.

use jiff::Timestamp;
use serde::Serialize;

use super::{Clock, Open, Options};
use crate::{
    event::Direction,
    output::{Close, direction_name},
    ws::{MessagePosition, Violation, apply_mask, opcode_name},
};

/// A frame as JSON; `at`, `since_previous` and `rtt` in seconds, bytes in hex.
#[derive(Debug, Serialize)]
pub(super) struct FrameRecord<'a> {
    event: &'static str,
    /// RFC 3339; absent where the bytes come from a file.
    #[serde(skip_serializing_if = "Option::is_none")]
    time: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    since_previous: Option<f64>,
    direction: &'static str,
    offset: u64,
    header: String,
    fin: bool,
    rsv1: bool,
    rsv2: bool,
    rsv3: bool,
    opcode: u8,
    opcode_name: &'static str,
    mask: Option<String>,
    length: u64,
    length_bits: u8,
    /// Payload bytes that were there when the record was made; less than `length` where the
    /// connection ended inside the frame.
    arrived: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<MessageRecord>,
    #[serde(skip_serializing_if = "Option::is_none")]
    close: Option<Close<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rtt: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    payload: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    violations: Vec<ViolationRecord<'a>>,
}

#[derive(Debug, Serialize)]
struct MessageRecord {
    kind: &'static str,
    fragment: u32,
    size: u64,
    compressed: bool,
    inflated: u64,
}

/// A broken rule as JSON.
#[derive(Debug, Serialize)]
pub(super) struct ViolationRecord<'a> {
    rule: String,
    section: &'a str,
    offset: u64,
    bytes: String,
}

impl<'a> FrameRecord<'a> {
    pub(super) fn new(direction: Direction, open: &'a Open, options: &Options) -> Self {
        let header = &open.context.header;
        let has_time = options.clock == Clock::Time;
        let at = |opened: Timestamp| opened.checked_add(open.at).unwrap_or(opened);
        Self {
            event: "frame",
            time: options.opened.map(|opened| format!("{:.6}", at(opened))),
            at: has_time.then_some(open.at.as_secs_f64()),
            since_previous: has_time.then_some(open.since.as_secs_f64()),
            direction: direction_name(direction),
            offset: open.context.offset,
            header: hex(header.bytes()),
            fin: header.fin(),
            rsv1: header.rsv() & 4 != 0,
            rsv2: header.rsv() & 2 != 0,
            rsv3: header.rsv() & 1 != 0,
            opcode: header.opcode(),
            opcode_name: opcode_name(header.opcode()),
            mask: header.mask().map(|key| hex(&key)),
            length: header.length(),
            length_bits: header.length_form().bits(),
            arrived: open.arrived,
            message: open.context.message.map(MessageRecord::from),
            close: open.close.as_ref().map(|close| Close::new(None, close)),
            rtt: open.rtt.map(|rtt| rtt.as_secs_f64()),
            payload: open.keeps_payload.then(|| hex(&unmasked(open))),
            violations: open.violations.iter().map(ViolationRecord::from).collect(),
        }
    }
}

impl From<MessagePosition> for MessageRecord {
    fn from(position: MessagePosition) -> Self {
        Self {
            kind: position.kind.name(),
            fragment: position.fragment,
            size: position.size,
            compressed: position.compressed,
            inflated: position.inflated,
        }
    }
}

impl<'a> From<&'a Violation> for ViolationRecord<'a> {
    fn from(violation: &'a Violation) -> Self {
        Self {
            rule: violation.rule.to_string(),
            section: violation.rule.section(),
            offset: violation.offset,
            bytes: hex(&violation.bytes),
        }
    }
}

fn unmasked(open: &Open) -> Vec<u8> {
    let mut payload = open.payload.clone();
    if let Some(key) = open.context.header.mask() {
        apply_mask(key, 0, &mut payload);
    }
    payload
}

fn hex(bytes: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(bytes)
}
