//! The grammar of `--send-frame` and `/frame`: one frame, with everything about it chosen.
//!
//! ```text
//! text fin=0 "Hel"  →  Lexer → Word, Quoted  →  FrameSpec  →  header and payload
//! ```

mod error;
mod lexer;

use std::{str::FromStr, time::Duration};

pub use error::SpecError;
use lexer::{Lexer, Token, TokenKind};

use crate::ws::{CloseFrame, Header, LengthForm, apply_mask};

/// The most payload that a specification may stand for.
const MAX_PAYLOAD: usize = 64 << 20;

/// The grammar, for the man page.
pub const MAN_FRAMES: &str = "\
A SPEC is one frame, as words in any order. What is not said is as RFC 6455 demands.
OPCODE: text, binary, cont, close, ping, pong, or 0x0 to 0xf. Exactly one.
fin=0: more fragments follow. rsv1, rsv2, rsv3: sets the bit.
mask=HEX: this masking key, eight digits. nomask: no masking.
len=N: the header declares N bytes, whatever the payload is. form=7|16|64: the width of the length.
header-only: the payload is declared and not sent.
trickle=N: the payload is sent at N bytes a second.
PAYLOAD: any number of \"TEXT\", hex:DIGITS, base64:DATA, in this order; *N behind one repeats it.
In TEXT: \\n \\r \\t \\0 \\\\ \\\" \\xHH (any byte) \\u{HHHH} (a character).
Of a close frame a number is the code: close 1006 \"why\".
Besides frames: raw PAYLOAD sends bytes as they are, pause SECONDS waits.
Examples: text fin=0 \"Hel\" and then cont \"lo\"; ping rsv2 hex:00ff; binary len=100 \"short\"; text \"\\xff\"; close 4001 \"bye\"; 0x3 nomask; text trickle=10 \"x\"*1000.";

/// One thing to send, made by hand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FrameSpec {
    /// A frame.
    Frame(HandMade),
    /// Bytes that need not be a frame.
    Raw(Vec<u8>),
    /// Nothing, for a while.
    Pause(Duration),
}

/// A frame of which everything is chosen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HandMade {
    /// FIN is clear.
    pub more: bool,
    /// RSV1–3 as a 3-bit number, RSV1 the highest.
    pub rsv: u8,
    /// The opcode, 0 to 15.
    pub opcode: u8,
    /// The masking.
    pub mask: Mask,
    /// The declared length, where it is not the payload's.
    pub length: Option<u64>,
    /// The width of the length, where it is not the shortest.
    pub form: Option<LengthForm>,
    /// The payload is declared and not sent.
    pub header_only: bool,
    /// Payload bytes a second.
    pub trickle: Option<u64>,
    /// The payload, not masked.
    pub payload: Vec<u8>,
}

/// How a frame is masked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mask {
    /// With a key drawn when it is sent.
    #[default]
    Drawn,
    /// With this one.
    Key([u8; 4]),
    /// Not at all.
    Clear,
}

impl HandMade {
    /// Appends the frame and gives its header; `drawn` is the key for [`Mask::Drawn`].
    pub fn encode(&self, drawn: [u8; 4], out: &mut Vec<u8>) -> Header {
        let key = match self.mask {
            Mask::Drawn => Some(drawn),
            Mask::Key(key) => Some(key),
            Mask::Clear => None,
        };
        let length = self.length.unwrap_or(self.payload.len() as u64);
        let form = self.form.unwrap_or_else(|| LengthForm::minimal(length));
        let header = Header::new(!self.more, self.rsv, self.opcode, key, form, length);
        out.extend_from_slice(header.bytes());
        if !self.header_only {
            let start = out.len();
            out.extend_from_slice(&self.payload);
            if let Some(key) = key {
                apply_mask(key, 0, &mut out[start..]);
            }
        }
        header
    }

    /// The Close frame that this is for the peer, if it is one.
    #[must_use]
    pub fn close(&self) -> Option<CloseFrame> {
        let is_whole = !self.header_only
            && self
                .length
                .is_none_or(|length| length == self.payload.len() as u64);
        (self.opcode == 8 && is_whole).then(|| CloseFrame::parse(&self.payload).0)
    }
}

impl FrameSpec {
    /// How many bytes it keeps in memory.
    #[must_use]
    pub fn weight(&self) -> usize {
        match self {
            Self::Frame(frame) => frame.payload.len(),
            Self::Raw(bytes) => bytes.len(),
            Self::Pause(_) => 0,
        }
    }
}

impl FromStr for FrameSpec {
    type Err = SpecError;

    fn from_str(spec: &str) -> Result<Self, SpecError> {
        let tokens = Lexer::new(spec).tokens()?;
        let words: Vec<_> = tokens.iter().map(|token| token.word(spec)).collect();
        match words.first() {
            Some(Some("pause")) => pause(spec, &tokens[1..]),
            Some(Some("raw")) => raw(spec, &tokens[1..]),
            _ => frame(spec, &tokens).map(Self::Frame),
        }
    }
}

fn pause(spec: &str, tokens: &[Token]) -> Result<FrameSpec, SpecError> {
    let [token] = tokens else {
        return Err(SpecError::at_end(spec, "pause takes a number of seconds"));
    };
    let seconds = token.word(spec).and_then(|word| word.parse().ok());
    seconds
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
        .map(FrameSpec::Pause)
        .ok_or_else(|| SpecError::at(spec, token, "not a number of seconds"))
}

fn raw(spec: &str, tokens: &[Token]) -> Result<FrameSpec, SpecError> {
    let mut bytes = Vec::new();
    for token in tokens {
        if !add_payload(spec, token, &mut bytes)? {
            let message = "not a payload: expected \"TEXT\", hex:DIGITS or base64:DATA";
            return Err(SpecError::at(spec, token, message));
        }
    }
    if bytes.is_empty() {
        return Err(SpecError::at_end(spec, "raw needs a payload"));
    }
    Ok(FrameSpec::Raw(bytes))
}

fn frame(spec: &str, tokens: &[Token]) -> Result<HandMade, SpecError> {
    let mut frame = HandMade::default();
    let (mut named, mut code) = (None, None);
    for token in tokens {
        if add_payload(spec, token, &mut frame.payload)? {
            continue;
        }
        let word = token.word(spec).unwrap_or("");
        if let Some(opcode) = opcode(word) {
            if named.replace(opcode).is_some() {
                return Err(SpecError::at(spec, token, "a second opcode"));
            }
        } else if let Ok(number) = word.parse::<u64>() {
            let number = u16::try_from(number)
                .map_err(|_| SpecError::at(spec, token, "not a Close code, they end at 65535"))?;
            if code.replace((number, token)).is_some() {
                return Err(SpecError::at(spec, token, "a second Close code"));
            }
        } else {
            attribute(spec, token, word, &mut frame)?;
        }
    }
    let opcodes = "the opcode is missing: text, binary, cont, close, ping, pong, or 0x0 to 0xf";
    frame.opcode = named.ok_or_else(|| SpecError::at_end(spec, opcodes))?;
    if let Some((code, token)) = code {
        if frame.opcode != 8 {
            return Err(SpecError::at(spec, token, "only a close frame has a code"));
        }
        frame.payload.splice(..0, code.to_be_bytes());
    }
    Ok(frame)
}

fn opcode(word: &str) -> Option<u8> {
    Some(match word {
        "cont" | "continuation" => 0x0,
        "text" => 0x1,
        "binary" => 0x2,
        "close" => 0x8,
        "ping" => 0x9,
        "pong" => 0xa,
        _ => {
            let digit = word.strip_prefix("0x").filter(|digit| digit.len() == 1)?;
            u8::from_str_radix(digit, 16).ok()?
        }
    })
}

fn attribute(spec: &str, token: &Token, word: &str, frame: &mut HandMade) -> Result<(), SpecError> {
    let wrong = |message: &str| SpecError::at(spec, token, message);
    let (name, value) = match word.split_once('=') {
        Some((name, value)) => (name, Some(value)),
        None => (word, None),
    };
    match (name, value) {
        ("fin", None | Some("1")) => frame.more = false,
        ("fin", Some("0")) => frame.more = true,
        ("rsv1", None) => frame.rsv |= 4,
        ("rsv2", None) => frame.rsv |= 2,
        ("rsv3", None) => frame.rsv |= 1,
        ("nomask", None) => frame.mask = Mask::Clear,
        ("mask", Some(digits)) => {
            let key = data_encoding::HEXLOWER_PERMISSIVE.decode(digits.as_bytes());
            let key = key.ok().and_then(|key| <[u8; 4]>::try_from(key).ok());
            let key = key.ok_or_else(|| wrong("a masking key is eight hexadecimal digits"))?;
            frame.mask = Mask::Key(key);
        }
        ("len", Some(length)) => {
            let length = number(length).ok_or_else(|| wrong("len takes a number of bytes"))?;
            frame.length = Some(length);
        }
        ("form", Some("7")) => frame.form = Some(LengthForm::Bits7),
        ("form", Some("16")) => frame.form = Some(LengthForm::Bits16),
        ("form", Some("64")) => frame.form = Some(LengthForm::Bits64),
        ("form", _) => return Err(wrong("form is 7, 16 or 64")),
        ("header-only", None) => frame.header_only = true,
        ("trickle", Some(rate)) => {
            let rate = number(rate).filter(|rate| *rate > 0);
            let rate = rate.ok_or_else(|| wrong("trickle takes a number of bytes a second"))?;
            frame.trickle = Some(rate);
        }
        ("len" | "mask" | "trickle", None) => return Err(wrong("a value is missing")),
        ("fin" | "rsv1" | "rsv2" | "rsv3" | "nomask" | "header-only", Some(_)) => {
            return Err(wrong("this value is not known"));
        }
        _ => {
            return Err(wrong(
                "unknown word; a payload stands in quotes, or behind hex: or base64:",
            ));
        }
    }
    Ok(())
}

fn number(text: &str) -> Option<u64> {
    match text.strip_prefix("0x") {
        Some(digits) => u64::from_str_radix(digits, 16).ok(),
        None => text.parse().ok(),
    }
}

/// Appends what a token stands for; `false` where it is no payload.
fn add_payload(spec: &str, token: &Token, payload: &mut Vec<u8>) -> Result<bool, SpecError> {
    let bytes = match &token.kind {
        TokenKind::Quoted(bytes) => bytes.clone(),
        TokenKind::Word => match encoded(spec, token)? {
            Some(bytes) => bytes,
            None => return Ok(false),
        },
    };
    let total = bytes.len().checked_mul(token.times);
    let total = total.and_then(|length| length.checked_add(payload.len()));
    if total.is_none_or(|total| total > MAX_PAYLOAD) {
        let message = "more than 64 MiB; len=N declares a length without sending so much";
        return Err(SpecError::at(spec, token, message));
    }
    payload.extend(bytes.repeat(token.times));
    Ok(true)
}

fn encoded(spec: &str, token: &Token) -> Result<Option<Vec<u8>>, SpecError> {
    let word = token.word(spec).unwrap_or("");
    let decoded = if let Some(digits) = word.strip_prefix("hex:") {
        data_encoding::HEXLOWER_PERMISSIVE.decode(digits.as_bytes())
    } else if let Some(data) = word.strip_prefix("base64:") {
        data_encoding::BASE64.decode(data.as_bytes())
    } else {
        return Ok(None);
    };
    decoded
        .map(Some)
        .map_err(|error| SpecError::at(spec, token, &error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(spec: &str) -> Vec<u8> {
        let mut out = Vec::new();
        match spec.parse().unwrap() {
            FrameSpec::Frame(frame) => {
                frame.encode([1, 2, 3, 4], &mut out);
            }
            FrameSpec::Raw(bytes) => out = bytes,
            FrameSpec::Pause(_) => panic!("{spec} is a pause"),
        }
        out
    }

    #[test]
    fn makes_any_frame() {
        for (spec, frame) in FRAMES {
            assert_eq!(bytes(spec), *frame, "{spec}");
        }
    }

    #[test]
    fn points_at_what_is_wrong_far_to_the_right() {
        let spec = format!("text \"{}\" what", "a".repeat(70_000));
        let error = spec.parse::<FrameSpec>().unwrap_err().to_string();
        assert!(error.ends_with(&format!("{}^^^^", " ".repeat(70_010))));
    }

    #[test]
    fn nothing_however_often_is_nothing() {
        let spec = format!("text \"\"*{}", usize::MAX);
        assert_eq!(bytes(&spec).len(), 6);
    }

    #[test]
    fn points_at_what_is_wrong() {
        for (spec, message) in WRONG {
            assert_eq!(
                spec.parse::<FrameSpec>().unwrap_err().to_string(),
                *message,
                "{spec}"
            );
        }
    }

    #[test]
    fn pauses() {
        let pause = FrameSpec::Pause(Duration::from_millis(1500));
        assert_eq!("pause 1.5".parse(), Ok(pause));
    }

    #[test]
    fn trickles() {
        let FrameSpec::Frame(frame) = "text trickle=10 \"x\"*1000".parse().unwrap() else {
            panic!("a frame");
        };
        assert_eq!((frame.trickle, frame.payload.len()), (Some(10), 1000));
    }

    #[test]
    fn knows_a_close_that_the_peer_will_see() {
        let close = |spec: &str| match spec.parse().unwrap() {
            FrameSpec::Frame(frame) => frame.close(),
            _ => None,
        };
        assert_eq!(
            close("close 1000 \"bye\""),
            Some(CloseFrame::new(1000, "bye"))
        );
        assert_eq!(close("close header-only 1000"), None);
        assert_eq!(close("close len=9 1000"), None);
        assert_eq!(close("ping"), None);
    }

    #[test]
    fn no_specification_makes_it_panic() {
        const PIECES: [&str; 16] = [
            "text", "close", "\"", "\\", "x", "hex:", "0", "=", " ", "len", "*", "9", "\\u{", "}",
            "é", "pause",
        ];
        arbtest::arbtest(|u| {
            let mut spec = String::new();
            for _ in 0..u.int_in_range(0..=12)? {
                spec.push_str(u.choose(&PIECES)?);
            }
            if let Err(error) = spec.parse::<FrameSpec>() {
                assert!(error.to_string().contains('^'), "{spec}");
            }
            Ok(())
        });
    }

    const FRAMES: &[(&str, &[u8])] = &[
        ("text nomask \"Hello\"", b"\x81\x05Hello"),
        ("text \"Hi\"", b"\x81\x82\x01\x02\x03\x04Ik"),
        (
            "fin ping mask=37FA213d \"Hello\"",
            b"\x89\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58",
        ),
        ("text fin=0 nomask \"Hel\"", b"\x01\x03Hel"),
        ("cont nomask \"lo\"", b"\x80\x02lo"),
        ("0x3 rsv1 rsv3 nomask", b"\xd3\x00"),
        ("0xF nomask", b"\x8f\x00"),
        (
            "binary nomask hex:00FF base64:AQI= \"\\x03\"*2",
            b"\x82\x06\x00\xff\x01\x02\x03\x03",
        ),
        (
            "text nomask \"\\xff\\n\\\"\\\\\\u{20ac}\\0\"",
            b"\x81\x08\xff\n\"\\\xe2\x82\xac\0",
        ),
        ("binary nomask len=100 \"short\"", b"\x82\x64short"),
        (
            "binary nomask len=0x8000000000000000",
            b"\x82\x7f\x80\0\0\0\0\0\0\0",
        ),
        (
            "binary nomask form=64 \"x\"",
            b"\x82\x7f\0\0\0\0\0\0\0\x01x",
        ),
        ("text nomask header-only \"Hello\"", b"\x81\x05"),
        ("close nomask", b"\x88\x00"),
        ("close nomask 1006 \"why\"", b"\x88\x05\x03\xeewhy"),
        ("close nomask hex:03", b"\x88\x01\x03"),
        ("raw hex:8105 \"Hello\"", b"\x81\x05Hello"),
    ];

    const WRONG: &[(&str, &str)] = &[
        (
            "text foo \"x\"",
            "unknown word; a payload stands in quotes, or behind hex: or base64:\n  text foo \"x\"\n       ^^^",
        ),
        (
            "fin \"x\"",
            "the opcode is missing: text, binary, cont, close, ping, pong, or 0x0 to 0xf\n  fin \"x\"\n         ^",
        ),
        (
            "",
            "the opcode is missing: text, binary, cont, close, ping, pong, or 0x0 to 0xf\n  \n  ^",
        ),
        ("text ping", "a second opcode\n  text ping\n       ^^^^"),
        (
            "text \"é\" \"abc",
            "the closing quote is missing\n  text \"é\" \"abc\n           ^^^^",
        ),
        (
            "text \"a\\q\"",
            "unknown escape; known are \\n \\r \\t \\0 \\\\ \\\" \\xHH \\u{HHHH}\n  text \"a\\q\"\n         ^^",
        ),
        (
            "text hex:0",
            "invalid length at 0\n  text hex:0\n       ^^^^^",
        ),
        (
            "text mask=12",
            "a masking key is eight hexadecimal digits\n  text mask=12\n       ^^^^^^^",
        ),
        (
            "text 1000",
            "only a close frame has a code\n  text 1000\n       ^^^^",
        ),
        (
            "close 70000",
            "not a Close code, they end at 65535\n  close 70000\n        ^^^^^",
        ),
        (
            "text \"x\"*",
            "* takes a number\n  text \"x\"*\n          ^",
        ),
        ("text len", "a value is missing\n  text len\n       ^^^"),
        (
            "pause soon",
            "not a number of seconds\n  pause soon\n        ^^^^",
        ),
        ("raw", "raw needs a payload\n  raw\n     ^"),
        (
            "text \"x\"*99999999",
            "more than 64 MiB; len=N declares a length without sending so much\n  text \"x\"*99999999\n       ^^^^^^^^^^^^",
        ),
    ];
}
