//! The inspector's screens, at both widths, plain and coloured.

use std::ops::ControlFlow;

use snapbox::{IntoData as _, assert_data_eq, str};

use super::*;
use crate::{
    output::style::{ColorChoice, Stream},
    ws::{
        self, ControlFrame, Deflater, Flow, Inflater, Kind, LengthForm, Limits, Part, Receive,
        Receiver, Strictness,
    },
};

/// A connection whose bytes a test plays, and an inspector that watches both ends of it.
struct Tape {
    watch: Watch,
    sent: Receiver,
    received: Receiver,
}

struct Watch {
    inspector: Inspector,
    direction: Direction,
    at: Duration,
    takes_whole_frames: bool,
}

impl Tape {
    fn new(options: Options) -> Self {
        Self::with(options, || Some(Inflater::new(15, true)))
    }

    /// Of a connection without permessage-deflate.
    fn plain(options: Options) -> Self {
        Self::with(options, || None)
    }

    fn with(options: Options, inflater: fn() -> Option<Inflater>) -> Self {
        let receiver = |role| Receiver::new(role, Limits::NONE, Strictness::Lenient, inflater());
        Self {
            watch: Watch {
                inspector: Inspector::new(options),
                direction: Direction::Sent,
                at: Duration::ZERO,
                takes_whole_frames: false,
            },
            sent: receiver(ws::Role::Server),
            received: receiver(ws::Role::Client),
        }
    }

    fn at(&mut self, micros: u64) -> &mut Self {
        self.watch.at = Duration::from_micros(micros);
        self
    }

    fn sends(&mut self, bytes: &[u8]) -> &mut Self {
        self.watch.direction = Direction::Sent;
        let _ = self.sent.feed(bytes, &mut self.watch);
        self
    }

    fn receives(&mut self, bytes: &[u8]) -> &mut Self {
        self.watch.direction = Direction::Received;
        let _ = self.received.feed(bytes, &mut self.watch);
        self
    }

    fn pauses(&mut self) -> &mut Self {
        self.watch.inspector.pause();
        self
    }

    fn stalls(&mut self, seconds: u64) -> &mut Self {
        let what = self.received.unfinished().unwrap();
        let quiet = Duration::from_secs(seconds);
        self.watch
            .inspector
            .stalled(Direction::Received, what, quiet, self.watch.at);
        self
    }

    fn is_cut_off(&mut self, cut: Cut) -> &mut Self {
        let what = self.received.unfinished().unwrap();
        self.watch
            .inspector
            .cut_off(Direction::Received, what, cut, self.watch.at);
        self
    }

    fn screen(&mut self) -> String {
        self.watch.inspector.pause();
        let bytes = std::mem::take(self.watch.inspector.output());
        String::from_utf8(bytes).unwrap()
    }
}

impl Receive for Watch {
    fn wants_frames(&self) -> bool {
        true
    }

    fn frame(&mut self, step: &FrameStep<'_>) {
        self.inspector.frame(self.direction, step, self.at);
    }

    fn takes_whole_frames(&self) -> bool {
        self.takes_whole_frames
    }

    fn whole_frame(&mut self, context: &FrameContext, payload: &[u8]) {
        self.inspector
            .whole_frame(self.direction, context, payload, self.at);
    }

    fn message(&mut self, _: Kind, _: &[u8]) -> Flow {
        ControlFlow::Continue(())
    }

    fn part(&mut self, _: Part<'_>) -> Flow {
        ControlFlow::Continue(())
    }

    fn control(&mut self, _: ControlFrame<'_>) -> Flow {
        ControlFlow::Continue(())
    }

    fn violation(&mut self, violation: &Violation, severity: Severity) {
        self.inspector
            .violation(self.direction, violation, severity);
    }
}

fn options(detail: Detail, width: usize) -> Options {
    Options {
        detail,
        width,
        dump_limit: 32,
        ..Options::default()
    }
}

/// A client's frame, masked with the key of RFC 6455 §5.7.
fn masked(first: u8, payload: &[u8]) -> Vec<u8> {
    let length = payload.len() as u64;
    let form = LengthForm::minimal(length);
    let key = [0x37, 0xfa, 0x21, 0x3d];
    let header = Header::new(
        first & 0x80 != 0,
        first >> 4 & 7,
        first,
        Some(key),
        form,
        length,
    );
    let mut payload = payload.to_vec();
    apply_mask(key, 0, &mut payload);
    [header.bytes(), &payload].concat()
}

/// A server's frame.
fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let length = payload.len() as u64;
    let form = LengthForm::minimal(length);
    let header = Header::new(first & 0x80 != 0, first >> 4 & 7, first, None, form, length);
    [header.bytes(), payload].concat()
}

fn deflated(message: &str) -> Vec<u8> {
    let mut out = Vec::new();
    Deflater::new(15, true).message(message.as_bytes(), &mut out);
    out
}

/// An ordinary conversation with something of everything.
fn play(tape: &mut Tape) -> String {
    tape.at(120).sends(&masked(0x81, b"Hello"));
    tape.at(12_460).receives(&frame(0x81, b"Hello"));
    tape.at(12_470).sends(&masked(0x82, &[7; 300]));
    tape.at(13_900).receives(&frame(0x82, &[7; 65_536]));
    tape.at(1_500_000).receives(&frame(0x01, b"a frag"));
    tape.receives(&frame(0x00, &[b'x'; 12_282]));
    tape.at(1_502_000).sends(&masked(0x89, b"are you there"));
    tape.at(1_503_250).receives(&frame(0x8a, b"are you there"));
    tape.at(1_503_400).receives(&frame(0x80, b"mented"));
    tape.at(1_504_000).receives(&frame(0x89, b""));
    tape.at(1_504_090).sends(&masked(0x8a, b""));
    tape.at(9_000_000).receives(&frame(0x8a, b"by itself"));
    tape.at(61_000_000)
        .receives(&frame(0xc1, &deflated(&"deflate ".repeat(200))));
    tape.at(61_000_000).receives(&frame(0xc1, b"\x00"));
    let reason = [
        b"\x0f\xa1bad \x1b[31mtoken".as_slice(),
        "\u{202e}".as_bytes(),
    ]
    .concat();
    tape.at(7_264_000_000).receives(&frame(0x88, &reason));
    tape.at(7_264_000_300).sends(&masked(0x88, b"\x0f\xa1"));
    tape.screen()
}

#[test]
fn shows_a_whole_frame_as_its_steps() {
    let details = [Detail::Header, Detail::Bits, Detail::Payload, Detail::Full];
    for (detail, form) in details
        .iter()
        .flat_map(|detail| [(*detail, Form::Text), (*detail, Form::Json)])
    {
        let screen = |takes_whole_frames| {
            let mut tape = Tape::new(Options {
                form,
                ..options(detail, 100)
            });
            tape.watch.takes_whole_frames = takes_whole_frames;
            play(&mut tape)
        };
        assert_eq!(screen(true), screen(false), "{detail} {form:?}");
    }
}

#[test]
fn says_of_a_whole_frame_what_its_columns_do_not() {
    let declares_five = Header::new(true, 0, 1, None, LengthForm::Bits7, 5);
    let mut inspector = Inspector::new(options(Detail::Header, 100));
    let context = FrameContext {
        header: declares_five,
        offset: 0,
        message: Some(ws::MessagePosition {
            kind: Kind::Text,
            fragment: 1,
            size: 3,
            compressed: false,
            inflated: 3,
        }),
    };
    inspector.whole_frame(Direction::Sent, &context, b"abc", Duration::ZERO);
    let lines = String::from_utf8(std::mem::take(inspector.output())).unwrap();
    assert!(lines.trim_end().ends_with("5 /7   3 sent"), "{lines}");
}

#[test]
fn shows_a_conversation_at_80_columns() {
    let screen = play(&mut Tape::new(options(Detail::Header, 80)));
    assert!(screen.lines().all(|line| line.chars().count() <= 80));
    assert_data_eq!(
        screen.raw(),
        str![[r#"
      time  delta  header              op     flags     length/bits  notes
→    0.000   +0µs  81 85 37fa213d      text   FIN              5 /7
←    0.012  +12ms  81 05               text   FIN              5 /7
→    0.012  +10µs  82 fe 012c 37fa213d binary FIN            300 /16
←    0.013 +1.4ms  82 7f 0000000000010000 binary FIN      65 536 /64
←    1.500  +1.4s  01 06               text   -                6 /7   #1 6
←    1.500   +0µs  00 7e 2ffa          cont   -           12 282 /16  #2 12 288
→    1.502 +2.0ms  89 8d 37fa213d      ping   FIN             13 /7
←    1.503 +1.2ms  8a 0d               pong   FIN             13 /7   rtt 1.2ms
←    1.503 +150µs  80 06               cont   FIN              6 /7   #3 12 294
←    1.504 +600µs  89 00               ping   FIN              0 /7
→    1.504  +90µs  8a 80 37fa213d      pong   FIN              0 /7   in 90µs
←    9.000  +7.4s  8a 09               pong   FIN              9 /7   unasked
←   61.000 +52.0s  c1 1c               text   FIN RSV1        28 /7   →1 600 2%
←   61.000   +0µs  c1 01               text   FIN RSV1         1 /7   →0
← 7264.000 +2h00m  88 13               close  FIN             19 /7
                   4001 private use "bad /x1b[31mtoken/u{202e}"
→ 7264.000 +300µs  88 82 37fa213d      close  FIN              2 /7
                   4001 private use

"#]]
    );
}

#[test]
fn shows_a_conversation_at_120_columns() {
    let screen = play(&mut Tape::new(options(Detail::Header, 120)));
    assert_data_eq!(
        screen.raw(),
        str![[r#"
      time  delta  header              op     flags     length/bits  notes
→    0.000   +0µs  81 85 37fa213d      text   FIN              5 /7
←    0.012  +12ms  81 05               text   FIN              5 /7
→    0.012  +10µs  82 fe 012c 37fa213d binary FIN            300 /16
←    0.013 +1.4ms  82 7f 0000000000010000 binary FIN      65 536 /64
←    1.500  +1.4s  01 06               text   -                6 /7   fragment 1, message 6
←    1.500   +0µs  00 7e 2ffa          cont   -           12 282 /16  fragment 2, message 12 288
→    1.502 +2.0ms  89 8d 37fa213d      ping   FIN             13 /7
←    1.503 +1.2ms  8a 0d               pong   FIN             13 /7   rtt 1.2ms
←    1.503 +150µs  80 06               cont   FIN              6 /7   fragment 3, message 12 294
←    1.504 +600µs  89 00               ping   FIN              0 /7
→    1.504  +90µs  8a 80 37fa213d      pong   FIN              0 /7   in 90µs
←    9.000  +7.4s  8a 09               pong   FIN              9 /7   unasked
←   61.000 +52.0s  c1 1c               text   FIN RSV1        28 /7   inflated 1 600, ratio 2%
←   61.000   +0µs  c1 01               text   FIN RSV1         1 /7   inflated 0
← 7264.000 +2h00m  88 13               close  FIN             19 /7   4001 private use "bad /x1b[31mtoken/u{202e}"
→ 7264.000 +300µs  88 82 37fa213d      close  FIN              2 /7   4001 private use

"#]]
    );
}

#[test]
fn shows_a_conversation_in_colour() {
    for width in [80, 120] {
        let style = Style::new(ColorChoice::Always, Stream::Stderr, &crate::Env::default());
        let mut tape = Tape::new(Options {
            style,
            ..options(Detail::Header, width)
        });
        tape.at(120).sends(&masked(0x81, b"Hello"));
        tape.at(1_200).receives(&frame(0x91, b"Hello"));
        let screen = tape.screen();
        assert_data_eq!(
            screen.replace('\x1b', "^").raw(),
            str![[r#"
^[2m      time  delta  header              op     flags     length/bits  notes^[0m
^[36m→^[0m^[2m    0.000   +0µs^[0m  81 85 37fa213d      ^[36mtext^[0m   FIN              5 ^[2m/7^[0m
^[32m←^[0m^[2m    0.001 +1.0ms^[0m  91 05               ^[32mtext^[0m   FIN RSV3         5 ^[2m/7^[0m
  ^[1;31m! RSV3 set, and no extension defines it^[0m (RFC 6455 §5.2)

"#]]
        );
    }
}

#[test]
fn draws_the_bits() {
    let mut tape = Tape::plain(options(Detail::Bits, 80));
    tape.at(120).sends(&masked(0x81, b"Hello"));
    tape.at(1_200).receives(&frame(0xc2, &[0; 126]));
    assert_data_eq!(
        tape.screen().raw(),
        str![[r#"
      time  delta  header              op     flags     length/bits  notes
     0                   1                   2                   3
     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
→    0.000   +0µs  81 85 37fa213d      text   FIN              5 /7
    +-+-+-+-+-------+-+-------------+-------------------------------+
    |1|0|0|0|0 0 0 1|1|0 0 0 0 1 0 1|0 0 1 1 0 1 1 1 1 1 1 1 1 0 1 0|
    |F|R|R|R|opcode |M| payload len |          masking key          |
    |I|S|S|S| text  |A|      5      |           37fa213d            |
    |N|V|V|V|       |S|             |                               |
    | |1|2|3|       |K|             |                               |
    +-+-+-+-+-------+-+-------------+-------------------------------+
    |0 0 1 0 0 0 0 1 0 0 1 1 1 1 0 1|
    |    masking key, continued     |
    +-------------------------------+
←    0.001 +1.0ms  c2 7e 007e          binary FIN RSV1       126 /16
    +-+-+-+-+-------+-+-------------+-------------------------------+
    |1|1|0|0|0 0 1 0|0|1 1 1 1 1 1 0|0 0 0 0 0 0 0 0 0 1 1 1 1 1 1 0|
    |F|R|R|R|opcode |M| payload len |    extended payload length    |
    |I|S|S|S|binary |A|     126     |              126              |
    |N|V|V|V|       |S|             |                               |
    | |1|2|3|       |K|             |                               |
    +-+-+-+-+-------+-+-------------+-------------------------------+
  ! RSV1 set, and no extension defines it (RFC 6455 §5.2)

"#]]
    );
}

#[test]
fn dumps_the_payload() {
    let mut tape = Tape::new(options(Detail::Payload, 80));
    tape.at(120)
        .sends(&masked(0x81, b"Hello, world! How are you?"));
    tape.at(1_200)
        .receives(&frame(0x82, &(0..=99).collect::<Vec<_>>()));
    tape.at(1_300).receives(&frame(0x81, b""));
    assert_data_eq!(
        tape.screen().raw(),
        str![[r#"
      time  delta  header              op     flags     length/bits  notes
→    0.000   +0µs  81 9a 37fa213d      text   FIN             26 /7
    00000000: 4865 6c6c 6f2c 2077 6f72 6c64 2120 486f  Hello, world! Ho
      masked: 7f9f 4d51 58d6 014a 5888 4d59 16da 6952
    00000010: 7720 6172 6520 796f 753f                 w are you?
      masked: 40da 404f 52da 5852 42c5
←    0.001 +1.0ms  82 64               binary FIN            100 /7
    00000000: 0001 0203 0405 0607 0809 0a0b 0c0d 0e0f  ................
    00000010: 1011 1213 1415 1617 1819 1a1b 1c1d 1e1f  ................
    … 68 bytes more, --dump-limit is 32
←    0.001 +100µs  81 00               text   FIN              0 /7

"#]]
    );
}

#[test]
fn shows_all_of_a_frame() {
    let mut tape = Tape::new(options(Detail::Full, 80));
    tape.at(120).sends(&masked(0x88, b"\x03\xe8bye"));
    assert_data_eq!(
        tape.screen().raw(),
        str![[r#"
      time  delta  header              op     flags     length/bits  notes
     0                   1                   2                   3
     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
→    0.000   +0µs  88 85 37fa213d      close  FIN              5 /7
                   1000 normal closure "bye"
    +-+-+-+-+-------+-+-------------+-------------------------------+
    |1|0|0|0|1 0 0 0|1|0 0 0 0 1 0 1|0 0 1 1 0 1 1 1 1 1 1 1 1 0 1 0|
    |F|R|R|R|opcode |M| payload len |          masking key          |
    |I|S|S|S| close |A|      5      |           37fa213d            |
    |N|V|V|V|       |S|             |                               |
    | |1|2|3|       |K|             |                               |
    +-+-+-+-+-------+-+-------------+-------------------------------+
    |0 0 1 0 0 0 0 1 0 0 1 1 1 1 0 1|
    |    masking key, continued     |
    +-------------------------------+
    00000000: 03e8 6279 65                             ..bye
      masked: 3412 4344 52

"#]]
    );
}

#[test]
fn names_what_is_odd_below_the_frame() {
    let mut tape = Tape::plain(options(Detail::Header, 80));
    tape.at(1_000).receives(&frame(0xf1, b"Hello"));
    tape.at(2_000).receives(&masked(0x83, b"Hello"));
    tape.at(3_000).receives(b"\x82\x7f\0\0\0\0\0\0\0\x05Hello");
    tape.at(4_000).receives(b"\x81\x0aclean \xff\xfe..");
    tape.at(5_000).receives(&frame(0x09, &[b'p'; 200]));
    tape.at(6_000).receives(&frame(0x80, b"orphan"));
    tape.at(7_000).receives(&frame(0x88, b"\x03\xee"));
    assert_data_eq!(
        tape.screen().raw(),
        str![[r#"
      time  delta  header              op     flags     length/bits  notes
←    0.001   +0µs  f1 05               text   FIN RSV1,2,3     5 /7
  ! RSV1 and RSV2 and RSV3 set, and no extension defines it (RFC 6455 §5.2)
←    0.002 +1.0ms  83 85 37fa213d      op 0x3 FIN              5 /7
  ! reserved opcode 0x3 (RFC 6455 §5.2)
  ! a frame from the server is masked (RFC 6455 §5.1)
←    0.003 +1.0ms  82 7f 0000000000000005 binary FIN           5 /64
  ! the length is written in 64 bits, more than it needs (RFC 6455 §5.2)
←    0.004 +1.0ms  81 0a               text   FIN             10 /7
  ! text that is not UTF-8, from byte 6 of the message (RFC 6455 §8.1)
    00000029: fffe 2e2e                                ....
←    0.005 +1.0ms  09 7e 00c8          ping   -              200 /16
  ! a control frame of 200 bytes, 125 are allowed (RFC 6455 §5.5)
  ! a control frame without FIN (RFC 6455 §5.5)
←    0.006 +1.0ms  80 06               cont   FIN              6 /7
  ! a continuation with no message to continue (RFC 6455 §5.4)
←    0.007 +1.0ms  88 02               close  FIN              2 /7
                   1006 abnormal closure
  ! Close code 1006 (abnormal closure) must not be sent (RFC 6455 §7.4)
    00000103: 03ee                                     ..

"#]]
    );
}

#[test]
fn names_another_protocol_in_the_stream() {
    let mut tape = Tape::plain(options(Detail::Header, 80));
    tape.at(1_000).receives(&frame(0x81, b"Hello"));
    tape.at(2_000)
        .receives(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n");
    assert_data_eq!(
        tape.screen().raw(),
        str![[r#"
      time  delta  header              op     flags     length/bits  notes
←    0.001   +0µs  81 05               text   FIN              5 /7
←    0.002 +1.0ms  48 54               close  - RSV1          84 /7
  ! an HTTP message where a frame should begin (RFC 6455 §5.2)
    00000007: 4854 5450 2f31 2e31 2034 3030 2042 6164  HTTP/1.1 400 Bad
    00000017: 2052 6571 7565 7374 0d0a 436f 6e6e        Request..Conn

"#]]
    );
}

#[test]
fn shows_a_header_before_its_payload_and_a_payload_that_stalls() {
    let mut tape = Tape::new(options(Detail::Header, 80));
    let whole = frame(0x82, &[7; 1_048_576]);
    tape.at(1_000).receives(&whole[..47]);
    assert_data_eq!(
        tape.pauses().screen().raw(),
        str![[r#"
      time  delta  header              op     flags     length/bits  notes
←    0.001   +0µs  82 7f 0000000000100000 binary FIN   1 048 576 /64

"#]]
    );
    tape.at(5_001_000).stalls(5);
    tape.at(5_002_000).sends(&masked(0x89, b"?"));
    tape.at(6_000_000).receives(&whole[47..]);
    assert_data_eq!(
        tape.screen().raw(),
        str![[r#"
←    5.001  +5.0s  37 of 1 048 576 bytes, nothing for 5 s
→    5.002 +1.0ms  89 81 37fa213d      ping   FIN              1 /7
←    6.000 +998ms  whole after 5.9s

"#]]
    );
}

#[test]
fn a_dump_goes_on_where_it_paused() {
    let mut tape = Tape::new(options(Detail::Payload, 80));
    let whole = frame(0x81, b"twenty bytes come and then some more of it");
    tape.at(1_000).receives(&whole[..22]).pauses();
    tape.at(2_000).receives(&whole[22..]);
    assert_data_eq!(
        tape.screen().raw(),
        str![[r#"
      time  delta  header              op     flags     length/bits  notes
←    0.001   +0µs  81 2a               text   FIN             42 /7
    00000000: 7477 656e 7479 2062 7974 6573 2063 6f6d  twenty bytes com
←    0.002 +1.0ms  whole after 1.0ms
    00000010: 6520 616e 6420 7468 656e 2073 6f6d 6520  e and then some 
    … 10 bytes more, --dump-limit is 32

"#]]
    );
}

#[test]
fn says_what_is_missing_at_the_end() {
    let raw = |bytes: &[u8], cut| {
        let mut tape = Tape::new(options(Detail::Header, 80));
        tape.at(1_000).receives(bytes).pauses();
        tape.at(3_000).is_cut_off(cut).screen().raw()
    };
    assert_data_eq!(
        raw(b"\x81", Cut::Eof),
        str![[r#"
←    0.003   +0µs  EOF after 1 of 2 header bytes, 1 missing

"#]]
    );
    assert_data_eq!(
        raw(b"\x82\x7f\0\0\0", Cut::Eof),
        str![[r#"
←    0.003   +0µs  EOF after 5 of 10 header bytes, 5 missing

"#]]
    );
    assert_data_eq!(
        raw(&frame(0x82, &[0; 70_000])[..99], Cut::Reset),
        str![[r#"
      time  delta  header              op     flags     length/bits  notes
←    0.001   +0µs  82 7f 0000000000011170 binary FIN      70 000 /64
←    0.003 +2.0ms  RST after 89 of 70 000 bytes, 69 911 missing

"#]]
    );
    assert_data_eq!(
        raw(&frame(0x01, b"begun"), Cut::Eof),
        str![[r#"
      time  delta  header              op     flags     length/bits  notes
←    0.001   +0µs  01 05               text   -                5 /7   #1 5
←    0.003 +2.0ms  EOF after 5 bytes of an unfinished message

"#]]
    );
}

#[test]
fn writes_the_same_as_json() {
    let mut tape = Tape::new(Options {
        form: Form::Json,
        ..options(Detail::Payload, 80)
    });
    tape.at(120).sends(&masked(0x89, b"Hi"));
    tape.at(1_500_000).receives(&frame(0x8a, b"Hi"));
    tape.at(1_600_000)
        .receives(&frame(0xd1, &deflated("Hello")));
    tape.at(1_700_000)
        .receives(&frame(0x88, b"\x0f\xa1bad\xff"));
    tape.at(1_800_000)
        .receives(&frame(0x82, &[0; 300])[..10])
        .is_cut_off(Cut::Eof);
    assert_data_eq!(
        tape.screen().raw(),
        str![[r#"
{"event":"frame","at":0.00012,"since_previous":0.0,"direction":"sent","offset":0,"header":"898237fa213d","fin":true,"rsv1":false,"rsv2":false,"rsv3":false,"opcode":9,"opcode_name":"ping","mask":"37fa213d","length":2,"length_bits":7,"arrived":2,"payload":"4869"}
{"event":"frame","at":1.5,"since_previous":1.49988,"direction":"received","offset":0,"header":"8a02","fin":true,"rsv1":false,"rsv2":false,"rsv3":false,"opcode":10,"opcode_name":"pong","mask":null,"length":2,"length_bits":7,"arrived":2,"rtt":1.49988,"payload":"4869"}
{"event":"frame","at":1.6,"since_previous":0.1,"direction":"received","offset":4,"header":"d107","fin":true,"rsv1":true,"rsv2":false,"rsv3":true,"opcode":1,"opcode_name":"text","mask":null,"length":7,"length_bits":7,"arrived":7,"message":{"kind":"text","fragment":1,"size":7,"compressed":true,"inflated":5},"payload":"f248cdc9c90700","violations":[{"rule":"RSV3 set, and no extension defines it","section":"RFC 6455 §5.2","offset":4,"bytes":"d107"}]}
{"event":"frame","at":1.7,"since_previous":0.1,"direction":"received","offset":13,"header":"8806","fin":true,"rsv1":false,"rsv2":false,"rsv3":false,"opcode":8,"opcode_name":"close","mask":null,"length":6,"length_bits":7,"arrived":6,"close":{"code":4001,"name":"private use","reason":"bad�","reason_base64":"YmFk/w=="},"payload":"0fa1626164ff","violations":[{"rule":"a Close reason that is not UTF-8","section":"RFC 6455 §5.5.1","offset":15,"bytes":"0fa1626164ff"}]}
{"event":"frame","at":1.8,"since_previous":0.1,"direction":"received","offset":21,"header":"827e012c","fin":true,"rsv1":false,"rsv2":false,"rsv3":false,"opcode":2,"opcode_name":"binary","mask":null,"length":300,"length_bits":16,"arrived":6,"payload":"000000000000"}

"#]]
    );
}

#[test]
fn no_bytes_make_it_panic_or_leave_the_terminal_unsafe() {
    arbtest::arbtest(|u| {
        let form = if u.arbitrary()? {
            Form::Text
        } else {
            Form::Json
        };
        let detail = *u.choose(&[Detail::Header, Detail::Bits, Detail::Payload, Detail::Full])?;
        let mut tape = Tape::new(Options {
            form,
            ..options(detail, u.int_in_range(0..=200)?)
        });
        for at in 0..u.int_in_range(1..=8)? {
            let bytes: Vec<u8> = u.arbitrary()?;
            tape.at(at * 1000);
            if u.arbitrary()? {
                tape.receives(&bytes);
            } else {
                tape.sends(&bytes);
            }
            if u.arbitrary()? {
                tape.pauses();
            }
        }
        let is_unsafe = |c: char| c != '\n' && crate::output::sanitize::is_unsafe(c);
        assert!(!tape.screen().contains(is_unsafe));
        Ok(())
    });
}
