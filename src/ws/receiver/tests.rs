//! Bytes in, meaning out, however they are cut.

use super::*;

/// Writes down what it is told, one line each.
#[derive(Default)]
struct Log {
    frames: bool,
    whole_frames: bool,
    lines: Vec<String>,
    held: Vec<u8>,
}

impl Receive for Log {
    fn wants_frames(&self) -> bool {
        self.frames
    }

    fn frame(&mut self, step: &FrameStep<'_>) {
        self.lines.push(match step {
            FrameStep::Header(context) => format!(
                "header {:02x?} at {}",
                context.header.bytes(),
                context.offset
            ),
            FrameStep::Payload { bytes, offset } => format!("payload {bytes:02x?} at {offset}"),
            FrameStep::End(context) => format!(
                "end fragment {:?}",
                context
                    .message
                    .map(|message| (message.fragment, message.size))
            ),
        });
    }

    fn takes_whole_frames(&self) -> bool {
        self.whole_frames
    }

    fn message(&mut self, kind: Kind, payload: &[u8]) -> Flow {
        self.part(Part {
            kind,
            bytes: payload,
            first: true,
            last: true,
        })
    }

    fn part(&mut self, part: Part<'_>) -> Flow {
        if part.first {
            self.held.clear();
        }
        self.held.extend_from_slice(part.bytes);
        if part.last {
            let line = format!("{} {}", part.kind.name(), self.held.escape_ascii());
            self.lines.push(line);
        }
        Flow::Continue(())
    }

    fn control(&mut self, control: ControlFrame<'_>) -> Flow {
        self.lines.push(match control {
            ControlFrame::Ping(payload) => format!("ping {}", payload.escape_ascii()),
            ControlFrame::Pong(payload) => format!("pong {}", payload.escape_ascii()),
            ControlFrame::Close(close) => {
                format!("close {:?} {}", close.code, close.reason.escape_ascii())
            }
        });
        Flow::Continue(())
    }

    fn violation(&mut self, violation: &Violation, severity: Severity) {
        self.lines.push(format!("{severity:?}: {violation}"));
    }

    fn discarded(&mut self, violation: &Violation) {
        self.lines.push(format!("discarded: {violation}"));
    }
}

fn receiver(strictness: Strictness) -> Receiver {
    let limits = Limits {
        text: 1000,
        binary: 1000,
    };
    Receiver::new(Role::Client, limits, strictness, None)
}

fn lines(strictness: Strictness, pieces: &[&[u8]]) -> Vec<String> {
    let mut log = Log::default();
    let mut receiver = receiver(strictness);
    for piece in pieces {
        if receiver.feed(piece, &mut log).is_break() {
            break;
        }
    }
    log.lines
}

/// RFC 6455 §5.7, as a client sees it, with a ping between two fragments.
const LEGAL: &[u8] = b"\x81\x05Hello\x01\x03Hel\x89\x05Hello\x80\x02lo\x82\x00\x82\x02\x00\xff\x8a\x00\x88\x05\x03\xe8bye";
const MEANING: &[&str] = &[
    "text Hello",
    "ping Hello",
    "text Hello",
    "binary ",
    "binary \\x00\\xff",
    "pong ",
    "close Some(1000) bye",
];

#[test]
fn understands_the_same_however_the_bytes_are_cut() {
    for cut in 0..=LEGAL.len() {
        let (left, right) = LEGAL.split_at(cut);
        assert_eq!(
            lines(Strictness::Strict, &[left, right]),
            MEANING,
            "cut at {cut}"
        );
    }
    let single: Vec<&[u8]> = LEGAL.chunks(1).collect();
    assert_eq!(lines(Strictness::Strict, &single), MEANING);
}

#[test]
fn tells_whole_frames_where_they_are_wanted() {
    let told = |whole_frames, pieces: &[&[u8]]| {
        let mut log = Log {
            frames: true,
            whole_frames,
            ..Log::default()
        };
        let mut receiver = receiver(Strictness::Strict);
        for piece in pieces {
            assert!(receiver.feed(piece, &mut log).is_continue());
        }
        log.lines
    };
    assert_eq!(
        told(true, &[b"\x81\x02hi\x82\x00"]),
        [
            "header [81, 02] at 0",
            "payload [68, 69] at 0",
            "end fragment Some((1, 2))",
            "text hi",
            "header [82, 00] at 4",
            "end fragment Some((1, 0))",
            "binary ",
        ]
    );
    for cut in 0..=LEGAL.len() {
        let (left, right) = LEGAL.split_at(cut);
        // of a whole frame the message comes after its end, otherwise before
        let sorted = |mut lines: Vec<String>| {
            lines.sort();
            lines
        };
        let (whole, steps) = (told(true, &[left, right]), told(false, &[left, right]));
        assert_eq!(sorted(whole), sorted(steps), "cut at {cut}");
    }
}

#[test]
fn reports_each_broken_rule_with_its_bytes() {
    let table: &[(&[u8], &str)] = &[
        (
            b"\xc1\x02hi",
            "RSV1 set, and no extension defines it (RFC 6455 §5.2; at byte 0: c1 02)",
        ),
        (
            b"\x83\x00",
            "reserved opcode 0x3 (RFC 6455 §5.2; at byte 0: 83 00)",
        ),
        (
            b"\x8b\x00",
            "reserved opcode 0xb (RFC 6455 §5.2; at byte 0: 8b 00)",
        ),
        (
            b"\x81\x81\x01\x02\x03\x04\x00",
            "a frame from the server is masked (RFC 6455 §5.1; at byte 0: 81 81 01 02 03 04)",
        ),
        (
            b"\x81\x7e\x00\x05hello",
            "the length is written in 16 bits, more than it needs (RFC 6455 §5.2; at byte 0: 81 7e 00 05)",
        ),
        (
            b"\x82\x7f\x80\x00\x00\x00\x00\x00\x00\x00",
            "the highest bit of the 64-bit length is set (RFC 6455 §5.2; at byte 0: 82 7f 80 00 00 00 00 00 00 00)",
        ),
        (
            b"\x89\x7e\x00\x7e",
            "a control frame of 126 bytes, 125 are allowed (RFC 6455 §5.5; at byte 0: 89 7e 00 7e)",
        ),
        (
            b"\x09\x00",
            "a control frame without FIN (RFC 6455 §5.5; at byte 0: 09 00)",
        ),
        (
            b"\x80\x00",
            "a continuation with no message to continue (RFC 6455 §5.4; at byte 0: 80 00)",
        ),
        (
            b"\x01\x01a\x81\x01b",
            "a new message before the fragmented one was finished (RFC 6455 §5.4; at byte 3: 81 01)",
        ),
        (
            b"\x81\x03a\xffb",
            "text that is not UTF-8, from byte 1 of the message (RFC 6455 §8.1; at byte 3: ff 62)",
        ),
        (
            b"\x81\x01\xc3",
            "text that is not UTF-8, from byte 0 of the message (RFC 6455 §8.1; at byte 2: c3)",
        ),
        (
            b"\x82\x7e\x03\xe9",
            "a message over the limit of 1000 bytes (RFC 6455 §7.4.1; at byte 0: 82 7e 03 e9)",
        ),
        (
            b"\x88\x02\x03\xee",
            "Close code 1006 (abnormal closure) must not be sent (RFC 6455 §7.4; at byte 2: 03 ee)",
        ),
        (
            b"\x88\x01\x03",
            "a Close payload of one byte, the code has two (RFC 6455 §5.5.1; at byte 2: 03)",
        ),
        (
            b"HTTP/1.1 400 Bad",
            "an HTTP message where a frame should begin (RFC 6455 §5.2; at byte 0: 48 54 54 50 2f 31 2e 31 20 34 30 30 20 42 61 64)",
        ),
    ];
    for (bytes, said) in table {
        let lines = lines(Strictness::Strict, &[bytes]);
        assert_eq!(
            lines.last(),
            Some(&format!("Fatal: {said}")),
            "{bytes:02x?}"
        );
    }
}

#[test]
fn reads_on_when_lenient() {
    let table: &[(&[u8], &[&str])] = &[
        (b"\xc1\x02hi", &["text hi"]),
        (b"\x83\x02xx", &[]),
        (b"\x81\x82\x01\x01\x01\x01ih", &["text hi"]),
        (b"\x81\x7e\x00\x02hi", &["text hi"]),
        (b"\x81\x03h\xffi", &["text h\\xffi"]),
        (b"\x80\x02hi", &["binary hi"]),
        (b"\x01\x01a\x81\x02hi", &["text hi"]),
    ];
    for (bytes, meant) in table {
        let with_next = [bytes, &b"\x81\x04next"[..]].concat();
        let mut lines = lines(Strictness::Lenient, &[&with_next]);
        assert!(
            lines.iter().any(|line| line.starts_with("Tolerated")),
            "{bytes:02x?}"
        );
        lines.retain(|line| !line.starts_with("Tolerated"));
        assert_eq!(lines.pop().as_deref(), Some("text next"), "{bytes:02x?}");
        assert_eq!(lines, *meant, "{bytes:02x?}");
    }
}

#[test]
fn finds_a_wrong_byte_before_the_frame_is_complete() {
    let lines = lines(Strictness::Strict, &[b"\x81\x7d\xce\xba\xe1\xbd\xf4\x90"]);
    assert_eq!(lines.len(), 1);
    assert!(
        lines[0].starts_with("Fatal: text that is not UTF-8"),
        "{lines:?}"
    );
}

#[test]
fn shows_a_header_before_its_payload_is_there() {
    let mut log = Log {
        frames: true,
        ..Log::default()
    };
    let mut receiver = receiver(Strictness::Strict);
    assert!(receiver.feed(b"\x82\x05ab", &mut log).is_continue());
    assert_eq!(log.lines, ["header [82, 05] at 0", "payload [61, 62] at 0"]);
    let unfinished = Some(Unfinished::Payload { got: 2, of: 5 });
    assert_eq!(receiver.unfinished(), unfinished);
}

#[test]
fn says_what_is_unfinished() {
    let table: &[(&[u8], Option<Unfinished>)] = &[
        (b"", None),
        (b"\x81", Some(Unfinished::Header { got: 1, of: 2 })),
        (b"\x81\x7f\x00", Some(Unfinished::Header { got: 3, of: 10 })),
        (b"\x01\x01a", Some(Unfinished::Message { got: 1 })),
        (b"\x81\x01a", None),
    ];
    for (bytes, unfinished) in table {
        let mut receiver = receiver(Strictness::Strict);
        assert!(receiver.feed(bytes, &mut Log::default()).is_continue());
        assert_eq!(receiver.unfinished(), *unfinished, "{bytes:02x?}");
    }
}

#[test]
fn discards_what_follows_a_close() {
    let lines = lines(Strictness::Strict, &[b"\x88\x00\x81\x02hi\xff\xff\xff"]);
    assert_eq!(lines, ["close None "]);
}

#[test]
fn marks_what_follows_a_close_where_frames_are_wanted() {
    let close = "header [88, 00] at 0";
    let ends = ["end fragment None", "close None "];
    let table: &[(&[u8], &[&str])] = &[
        (
            b"\x88\x00\x89\x00\x88\x00",
            &[
                "header [89, 00] at 2",
                "discarded: a frame after the Close frame (RFC 6455 §5.5.1; at byte 2: 89 00)",
                "end fragment None",
                "header [88, 00] at 4",
                "discarded: a frame after the Close frame (RFC 6455 §5.5.1; at byte 4: 88 00)",
                "end fragment None",
            ],
        ),
        (
            b"\x88\x00HTTP/1.1 200\r\n\r\nwhatever",
            &[
                "header [48, 54] at 2",
                "discarded: an HTTP message where a frame should begin (RFC 6455 §5.2; at byte 2: \
                 48 54 54 50 2f 31 2e 31 20 32 30 30 0d 0a 0d 0a 77 68 61 74 65 76 65 72)",
            ],
        ),
    ];
    for (bytes, marked) in table {
        let mut log = Log {
            frames: true,
            ..Log::default()
        };
        let flow = receiver(Strictness::Strict).feed(bytes, &mut log);
        assert!(flow.is_continue(), "{bytes:02x?}");
        assert_eq!(log.lines[0], close);
        assert_eq!(log.lines[1..3], ends);
        assert_eq!(log.lines[3..], **marked, "{bytes:02x?}");
    }
}

#[test]
fn no_input_makes_it_panic_and_cuts_change_nothing() {
    arbtest::arbtest(|u| {
        let strictness = if u.arbitrary()? {
            Strictness::Strict
        } else {
            Strictness::Lenient
        };
        let bytes: Vec<u8> = u.arbitrary()?;
        let whole = lines(strictness, &[&bytes]);
        let single: Vec<&[u8]> = bytes.chunks(1).collect();
        let cut = lines(strictness, &single);
        // the evidence of a violation is what had arrived; the rest must agree
        let meaning = |lines: &[String]| -> Vec<String> {
            let is_meaning = |line: &&String| !line.contains("RFC");
            lines.iter().filter(is_meaning).cloned().collect()
        };
        assert_eq!(meaning(&whole), meaning(&cut));
        Ok(())
    });
}
