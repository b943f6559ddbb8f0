//! Each framing, in and out.

use crate::{
    peer::{Frame, Peer, opcode},
    run::wscope,
};

const TEXT: u8 = opcode::TEXT;
const BINARY: u8 = opcode::BINARY;

/// What is on stdin is sent as these frames, and these frames come out as stdout was: a round trip.
#[test]
fn every_framing_goes_in_and_comes_out_the_same() {
    round_trip(&[], b"a\nbc\n\n", TEXT, &[b"a", b"bc", b""]);
    round_trip(&[], b"cr\r\n", TEXT, &[b"cr\r"]);
    round_trip(&["--null"], b"a\nb\0\0", TEXT, &[b"a\nb", b""]);
    round_trip(&["--delimiter", "--"], b"a\n--b--", TEXT, &[b"a\n", b"b"]);
    round_trip(
        &["--delimiter", "\r\n"],
        b"a\nb\r\nc\r\n",
        TEXT,
        &[b"a\nb", b"c"],
    );
    round_trip(&["--whole"], b"{\n}\n", TEXT, &[b"{\n}\n"]);
    round_trip(&["--binary"], b"\x00\xff\n\n", BINARY, &[b"\x00\xff\n\n"]);
    round_trip(
        &["--binary", "--whole"],
        b"\x00\xff\n",
        BINARY,
        &[b"\x00\xff\n"],
    );
    round_trip(
        &["--hex"],
        b"00ff0a\n\n41\n",
        BINARY,
        &[b"\x00\xff\n", b"", b"A"],
    );
    round_trip(
        &["--base64"],
        b"AP8K\n\nQQ==\n",
        BINARY,
        &[b"\x00\xff\n", b"", b"A"],
    );
    round_trip(
        &["--length-prefixed", "--binary"],
        b"\0\0\0\x03\0\xff\n\0\0\0\0",
        BINARY,
        &[b"\x00\xff\n", b""],
    );
}

#[test]
fn hexadecimal_may_hold_blanks_and_capitals() {
    let peer = Peer::start(|conn| {
        conn.upgrade();
        conn.expect_binary(b"\xde\xad\xbe\xef");
        conn.finish(1000, "");
    });
    wscope(["--hex", &peer.url()])
        .stdin("DE ad Be ef\n")
        .run()
        .exits(0);
}

#[test]
fn input_that_breaks_its_framing_names_the_line_and_the_flag() {
    for (flags, stdin, said) in [
        (&["--hex"][..], &b"00\nxyz\n"[..], "line 2"),
        (&["--hex"], b"0\n", "--hex"),
        (&["--base64"], b"!\n", "--base64"),
        (&["--length-prefixed"], b"\0\0\0\x09hi", "--length-prefixed"),
    ] {
        let peer = Peer::start(|conn| {
            conn.upgrade();
            conn.echo();
        });
        wscope(flags)
            .args([peer.url()])
            .stdin(stdin)
            .run()
            .exits(1)
            .says(said);
    }
}

#[test]
fn framings_that_contradict_each_other_are_a_usage_error() {
    for flags in [
        ["--null", "--whole"],
        ["--hex", "--base64"],
        ["--length-prefixed", "--null"],
    ] {
        let [first, second] = flags;
        wscope([first, second, "ws://127.0.0.1:9/"])
            .run()
            .exits(2)
            .says(second);
    }
}

#[track_caller]
fn round_trip(flags: &[&str], pipe: &[u8], opcode: u8, payloads: &[&[u8]]) {
    let payloads: Vec<Vec<u8>> = payloads.iter().map(|payload| payload.to_vec()).collect();
    let peer = Peer::start(move |conn| {
        conn.upgrade();
        for payload in payloads {
            let sent = conn.expect(opcode);
            assert_eq!(
                sent.escape_ascii().to_string(),
                payload.escape_ascii().to_string()
            );
            conn.send_frame(&Frame::new(opcode, payload));
        }
        conn.finish(1000, "");
    });
    wscope(flags)
        .args([peer.url()])
        .stdin(pipe)
        .run()
        .exits(0)
        .prints(pipe)
        .says_nothing();
}
