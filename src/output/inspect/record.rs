//! The records of `--json --inspect`: one object for each frame.

use std::time::Duration;

use serde::Serialize;

use super::Open;
use crate::{
    event::Direction,
    ws::{CloseFrame, MessagePosition, Violation, apply_mask, code_name, opcode_name},
};

/// A frame as JSON; times in seconds, bytes in hex.
#[derive(Debug, Serialize)]
pub(super) struct FrameRecord<'a> {
    event: &'static str,
    direction: &'static str,
    time: f64,
    since_previous: f64,
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
    close: Option<CloseRecord>,
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

#[derive(Debug, Serialize)]
struct CloseRecord {
    code: Option<u16>,
    name: Option<&'static str>,
    reason: String,
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
    pub(super) fn new(direction: Direction, open: &'a Open) -> Self {
        let header = &open.context.header;
        Self {
            event: "frame",
            direction: match direction {
                Direction::Sent => "sent",
                Direction::Received => "received",
            },
            time: open.at.as_secs_f64(),
            since_previous: open.since.as_secs_f64(),
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
            close: (header.opcode() == 8).then(|| CloseRecord::new(&open.control)),
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

impl CloseRecord {
    fn new(payload: &[u8]) -> Self {
        let (close, _) = CloseFrame::parse(payload);
        Self {
            code: close.code,
            name: close.code.and_then(code_name),
            reason: String::from_utf8_lossy(&close.reason).into_owned(),
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
