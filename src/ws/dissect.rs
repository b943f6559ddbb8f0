//! A frame header taken apart without judging first: any bytes become fields and violations.
//!
//! The strict path is [`Receiver`](super::Receiver), which knows what came before. This is what a
//! reader of a hex dump does: it names every field that is there and every rule that the header
//! breaks by itself.

use std::borrow::Cow;

use super::{Header, LengthForm, Role, Rule, Violation, sniff};

/// How much of what follows a wrong header is looked at to name another protocol.
const EVIDENCE: usize = 32;

/// What is known about the end that sent the bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sender {
    /// Which end it is; masking is not judged where that is unknown.
    pub role: Option<Role>,
    /// Whether permessage-deflate was agreed, which gives RSV1 a meaning.
    pub deflate: bool,
}

/// A frame header, field by field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dissection {
    /// The header, where all of it is there.
    pub header: Option<Header>,
    /// The fields that are there, in the order of their bits.
    pub fields: Vec<Field>,
    /// The rules that the header breaks whatever came before it.
    pub violations: Vec<Violation>,
    /// How many more bytes the header needs, as far as what is there tells.
    pub missing: usize,
}

/// One field of a header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// RFC 6455's name for it.
    pub name: &'static str,
    /// Where it begins, in bits from the start of the header.
    pub bit: usize,
    /// How many bits it has.
    pub width: usize,
    /// Its bits as a number, the highest first.
    pub value: u64,
    /// The value in words.
    pub meaning: Cow<'static, str>,
}

/// Takes the header at the start of `bytes` apart; what follows the header only serves to
/// recognise another protocol.
#[must_use]
pub fn dissect(bytes: &[u8], sender: Sender) -> Dissection {
    let header = Header::parse(bytes);
    let size = match *bytes {
        [first, second, ..] => Header::size_of([first, second]),
        _ => 2,
    };
    Dissection {
        header,
        fields: fields(bytes, sender),
        violations: violations(header.as_ref(), bytes, sender),
        missing: size.saturating_sub(bytes.len()),
    }
}

/// What RFC 6455 §5.2 calls an opcode.
#[must_use]
pub fn opcode_name(opcode: u8) -> &'static str {
    match opcode {
        0x0 => "continuation",
        0x1 => "text",
        0x2 => "binary",
        0x8 => "close",
        0x9 => "ping",
        0xa => "pong",
        0x3..=0x7 => "reserved for data",
        _ => "reserved for control",
    }
}

/// The rules that `header` breaks by itself, in the order of its bits.
#[must_use]
pub fn header_rules(header: &Header, sender: Sender) -> [Option<Rule>; 6] {
    let opcode = header.opcode();
    let defined = if sender.deflate && matches!(opcode, 1 | 2) {
        0b100
    } else {
        0
    };
    let reserved = header.rsv() & !defined;
    let masking = match (sender.role, header.mask()) {
        (Some(Role::Server), Some(_)) => Some(Rule::MaskedByServer),
        (Some(Role::Client), None) => Some(Rule::UnmaskedByClient),
        _ => None,
    };
    let (length, form) = (header.length(), header.length_form());
    let is_long = form != LengthForm::minimal(length);
    let top_bit = length >> 63 == 1;
    let control = header.is_control();
    [
        (reserved != 0).then_some(Rule::ReservedBits(reserved)),
        matches!(opcode, 3..=7 | 11..=15).then_some(Rule::ReservedOpcode(opcode)),
        masking,
        match (top_bit, is_long) {
            (true, _) => Some(Rule::LengthTopBit),
            (false, true) => Some(Rule::NonMinimalLength(form)),
            (false, false) => None,
        },
        (control && length > 125).then_some(Rule::ControlTooLong(length)),
        (control && !header.fin()).then_some(Rule::ControlFragmented),
    ]
}

fn violations(header: Option<&Header>, bytes: &[u8], sender: Sender) -> Vec<Violation> {
    let foreign = |bytes: &[u8]| {
        let rule = sniff(&bytes[..bytes.len().min(EVIDENCE)])?;
        Some(vec![Violation::new(rule, bytes, 0)])
    };
    let Some(header) = header else {
        return foreign(bytes).unwrap_or_default();
    };
    let broken: Vec<_> = header_rules(header, sender).into_iter().flatten().collect();
    if broken.is_empty() {
        return Vec::new();
    }
    foreign(bytes).unwrap_or_else(|| {
        let evidence = |rule| Violation::new(rule, header.bytes(), 0);
        broken.into_iter().map(evidence).collect()
    })
}

fn fields(bytes: &[u8], sender: Sender) -> Vec<Field> {
    let mut fields = Vec::with_capacity(9);
    let Some(&first) = bytes.first() else {
        return fields;
    };
    push(&mut fields, "FIN", 0, 1, bytes);
    push(&mut fields, "RSV1", 1, 1, bytes);
    push(&mut fields, "RSV2", 2, 1, bytes);
    push(&mut fields, "RSV3", 3, 1, bytes);
    push(&mut fields, "opcode", 4, 4, bytes);
    let mut bit = 16;
    if let Some(second) = bytes.get(1) {
        push(&mut fields, "MASK", 8, 1, bytes);
        push(&mut fields, "payload length", 9, 7, bytes);
        let extended = match second & 0x7f {
            126 => 16,
            127 => 64,
            _ => 0,
        };
        if extended > 0 {
            push(&mut fields, "extended payload length", bit, extended, bytes);
            bit += extended;
        }
        if second & 0x80 != 0 {
            push(&mut fields, "masking key", bit, 32, bytes);
        }
    }
    let compressible = sender.deflate && matches!(first & 0x0f, 1 | 2);
    for field in &mut fields {
        field.meaning = meaning(field, compressible);
    }
    fields
}

/// Adds the field where all its bits are there.
fn push(fields: &mut Vec<Field>, name: &'static str, bit: usize, width: usize, bytes: &[u8]) {
    if bit + width > bytes.len() * 8 {
        return;
    }
    let value = (bit..bit + width).fold(0, |value, at| {
        value << 1 | u64::from(bytes[at / 8] >> (7 - at % 8) & 1)
    });
    fields.push(Field {
        name,
        bit,
        width,
        value,
        meaning: Cow::Borrowed(""),
    });
}

fn meaning(field: &Field, compressible: bool) -> Cow<'static, str> {
    let word = match (field.name, field.value) {
        ("FIN", 0) => "more fragments follow",
        ("FIN", _) => "the message ends here",
        ("RSV1", 0) if compressible => "not compressed",
        ("RSV1", _) if compressible => "compressed",
        ("RSV1" | "RSV2" | "RSV3", 0) => "clear",
        ("RSV1" | "RSV2" | "RSV3", _) => "set, and nothing defines it",
        ("opcode", opcode) => opcode_name(opcode as u8),
        ("MASK", 0) => "not masked",
        ("MASK", _) => "masked",
        ("payload length", 126) => "in the next 16 bits",
        ("payload length", 127) => "in the next 64 bits",
        ("masking key", key) => return format!("{key:08x}").into(),
        (_, 1) => "1 byte",
        (_, length) => return format!("{length} bytes").into(),
    };
    Cow::Borrowed(word)
}

#[cfg(test)]
mod tests {
    use tungstenite::protocol::frame::{
        FrameHeader,
        coding::{Control, Data, OpCode},
    };

    use super::*;

    fn told(bytes: &[u8]) -> Vec<String> {
        let fields = dissect(bytes, SERVER).fields;
        let told = |field: &Field| format!("{} {} {}", field.name, field.value, field.meaning);
        fields.iter().map(told).collect()
    }

    fn rules(bytes: &[u8], sender: Sender) -> Vec<Rule> {
        let violations = dissect(bytes, sender).violations;
        violations.iter().map(|violation| violation.rule).collect()
    }

    #[test]
    fn names_every_field() {
        assert_eq!(
            told(&[0x82, 0xfe, 0x01, 0x00, 0x37, 0xfa, 0x21, 0x3d]),
            [
                "FIN 1 the message ends here",
                "RSV1 0 clear",
                "RSV2 0 clear",
                "RSV3 0 clear",
                "opcode 2 binary",
                "MASK 1 masked",
                "payload length 126 in the next 16 bits",
                "extended payload length 256 256 bytes",
                "masking key 939139389 37fa213d",
            ]
        );
    }

    #[test]
    fn names_what_is_there_of_a_header_that_is_cut_off() {
        assert_eq!(dissect(&[], SERVER).missing, 2);
        assert!(told(&[]).is_empty());
        let cut = dissect(&[0x82, 0xff, 0, 0, 0], SERVER);
        assert_eq!((cut.missing, cut.fields.len(), cut.header), (9, 7, None));
        assert_eq!(dissect(&[0x88], SERVER).fields[4].meaning, "close");
    }

    #[test]
    fn names_every_rule_that_is_broken() {
        for (bytes, sender, broken) in BROKEN {
            assert_eq!(rules(bytes, *sender), *broken, "{bytes:02x?}");
        }
    }

    #[test]
    fn gives_fields_and_violations_for_any_bytes() {
        arbtest::arbtest(|u| {
            let bytes: Vec<u8> = u.arbitrary()?;
            let roles = [None, Some(Role::Client), Some(Role::Server)];
            let role = *u.choose(&roles)?;
            let deflate = u.arbitrary()?;
            let dissection = dissect(&bytes, Sender { role, deflate });
            assert_eq!(dissection.header.is_some(), dissection.missing == 0);
            let bits: usize = dissection.fields.iter().map(|field| field.width).sum();
            if let Some(header) = dissection.header {
                assert_eq!(bits, header.bytes().len() * 8);
            }
            assert!(bits <= bytes.len() * 8);
            Ok(())
        });
    }

    #[test]
    fn agrees_with_tungstenite_on_every_legal_header() {
        arbtest::arbtest(|u| {
            let (bytes, opcode): ([u8; 14], _) = (u.arbitrary()?, *u.choose(&LEGAL_OPCODES)?);
            let rsv = u.int_in_range(0..=7_u8)? << 4;
            let bytes = [&[bytes[0] & 0x80 | rsv | opcode][..], &bytes[1..]].concat();
            let mut cursor = std::io::Cursor::new(&bytes[..]);
            let theirs = FrameHeader::parse(&mut cursor).unwrap();
            let ours = dissect(&bytes, Sender::default());
            let (Some((theirs, length)), Some(header)) = (theirs, ours.header) else {
                panic!("one of the two sees no header in {bytes:02x?}");
            };
            assert_eq!(header.length(), length, "{bytes:02x?}");
            assert_eq!(header.bytes().len() as u64, cursor.position());
            assert_eq!(header.fin(), theirs.is_final);
            let rsv = [theirs.rsv1, theirs.rsv2, theirs.rsv3];
            let rsv = rsv.iter().fold(0, |bits, bit| bits << 1 | u8::from(*bit));
            assert_eq!(header.rsv(), rsv);
            assert_eq!(header.mask(), theirs.mask);
            assert_eq!(OpCode::from(header.opcode()), theirs.opcode);
            Ok(())
        });
    }

    #[test]
    fn writes_no_header_that_tungstenite_reads_otherwise() {
        arbtest::arbtest(|u| {
            let opcodes = [
                OpCode::Data(Data::Text),
                OpCode::Data(Data::Continue),
                OpCode::Control(Control::Ping),
            ];
            let theirs = FrameHeader {
                is_final: u.arbitrary()?,
                rsv1: u.arbitrary()?,
                rsv2: u.arbitrary()?,
                rsv3: u.arbitrary()?,
                opcode: *u.choose(&opcodes)?,
                mask: u.arbitrary()?,
            };
            let length = u.arbitrary::<u64>()? >> u.int_in_range(0..=63)?;
            let mut bytes = Vec::new();
            theirs.format(length, &mut bytes).unwrap();
            let ours = dissect(&bytes, Sender::default());
            let header = ours.header.unwrap();
            assert_eq!((header.length(), header.bytes()), (length, &bytes[..]));
            let minimal =
                |violation: &Violation| !matches!(violation.rule, Rule::NonMinimalLength(_));
            assert!(ours.violations.iter().all(minimal));
            Ok(())
        });
    }

    const SERVER: Sender = Sender {
        role: Some(Role::Server),
        deflate: false,
    };
    const CLIENT: Sender = Sender {
        role: Some(Role::Client),
        deflate: false,
    };
    const DEFLATING: Sender = Sender {
        role: Some(Role::Server),
        deflate: true,
    };
    const LEGAL_OPCODES: [u8; 6] = [0x0, 0x1, 0x2, 0x8, 0x9, 0xa];

    type Case<'a> = (&'a [u8], Sender, &'a [Rule]);
    const BROKEN: &[Case<'_>] = &[
        (b"\x81\x05Hello", SERVER, &[]),
        (b"\x81\x05Hello", CLIENT, &[Rule::UnmaskedByClient]),
        (b"\x81\x85\x37\xfa\x21\x3d", CLIENT, &[]),
        (b"\x81\x85\x37\xfa\x21\x3d", SERVER, &[Rule::MaskedByServer]),
        (b"\xc1\x05", SERVER, &[Rule::ReservedBits(4)]),
        (b"\xc1\x05", DEFLATING, &[]),
        (b"\xc0\x05", DEFLATING, &[Rule::ReservedBits(4)]),
        (b"\xc9\x00", DEFLATING, &[Rule::ReservedBits(4)]),
        (b"\xf1\x05", DEFLATING, &[Rule::ReservedBits(3)]),
        (b"\x83\x00", SERVER, &[Rule::ReservedOpcode(3)]),
        (
            b"\x82\x7e\x00\x05",
            SERVER,
            &[Rule::NonMinimalLength(LengthForm::Bits16)],
        ),
        (b"\x82\x7f\x80\0\0\0\0\0\0\0", SERVER, &[Rule::LengthTopBit]),
        (
            b"\x09\x7e\x00\x7e",
            SERVER,
            &[Rule::ControlTooLong(126), Rule::ControlFragmented],
        ),
        (
            b"\xbf\x80\0\0\0\0",
            SERVER,
            &[
                Rule::ReservedBits(3),
                Rule::ReservedOpcode(15),
                Rule::MaskedByServer,
            ],
        ),
        (
            b"HTTP/1.1 400 Bad Request\r\n",
            SERVER,
            &[Rule::HttpInStream],
        ),
        (
            b"\x15\x03\x03\x00\x02\x02\x28",
            SERVER,
            &[Rule::TlsInStream],
        ),
        (b"Hello, world!\n", SERVER, &[Rule::TextInStream]),
    ];
}
