//! What arrives and what becomes of it: payloads to stdout untouched, violations named and answered.

use crate::{
    peer::{Conn, Frame, Peer, opcode},
    run::{Outcome, wscope},
};

#[test]
fn a_newline_in_a_message_is_not_altered() {
    prints_for(&[], |conn| conn.text("a\nb"), "a\nb\n");
    prints_for(&["--null"], |conn| conn.text("a\nb"), "a\nb\0");
}

#[test]
fn an_empty_message_is_a_message_and_ends_nothing() {
    prints_for(
        &[],
        |conn| {
            conn.text("");
            conn.text("after");
        },
        "\nafter\n",
    );
}

#[test]
fn binary_bytes_are_not_altered() {
    let bytes = b"\x00\x01\x41\x0a\x42\xff\xfe";
    prints_for(&["--binary"], move |conn| conn.binary(bytes), bytes);
    prints_for(
        &[],
        move |conn| conn.binary(bytes),
        b"\x00\x01\x41\x0a\x42\xff\xfe\n",
    );
}

#[test]
fn control_characters_pass_untouched_to_a_pipe() {
    let text = "\x1b]0;title\x07\u{202e}\x1b[31m";
    prints_for(&[], move |conn| conn.text(text), format!("{text}\n"));
}

#[test]
fn a_ping_inside_a_fragmented_message_is_answered_and_disturbs_nothing() {
    prints_for(
        &[],
        |conn| {
            conn.send_frame(&Frame::text("he").unfinished());
            conn.ping("mid");
            conn.expect_pong("mid");
            conn.send_frame(&Frame::continuation("").unfinished());
            conn.send_frame(&Frame::continuation("llo"));
        },
        "hello\n",
    );
}

#[test]
fn a_message_may_come_byte_by_byte() {
    prints_for(
        &[],
        |conn| conn.send_in_slices(1, Frame::text("h\u{e9}llo").encode()),
        "h\u{e9}llo\n",
    );
}

/// A pong that nobody asked for is legal, RFC 6455 §5.5.3.
#[test]
fn an_unsolicited_pong_is_ignored() {
    prints_for(
        &[],
        |conn| {
            conn.send_frame(&Frame::pong("hi"));
            conn.text("x");
        },
        "x\n",
    );
}

#[test]
fn every_violation_is_named_and_answered_with_its_code() {
    let too_long = Frame {
        length_bits: 16,
        ..Frame::ping(vec![0; 126])
    };
    let table: Vec<(Vec<u8>, u16, &str)> = vec![
        (Frame::text("x").rsv(4).encode(), 1002, "RSV1"),
        (Frame::text("x").rsv(2).encode(), 1002, "RSV2"),
        (Frame::new(0x3, "x").encode(), 1002, "0x3"),
        (Frame::new(0xb, "x").encode(), 1002, "0xb"),
        (Frame::text("x").masked([1; 4]).encode(), 1002, "masked"),
        (Frame::text("x").length_bits(16).encode(), 1002, "16 bits"),
        (Frame::binary("x").length_bits(64).encode(), 1002, "64 bits"),
        (b"\x82\x7f\x80\0\0\0\0\0\0\0".to_vec(), 1002, "length"),
        (too_long.encode(), 1002, "126"),
        (Frame::ping("").unfinished().encode(), 1002, "FIN"),
        (Frame::continuation("x").encode(), 1002, "continuation"),
        (
            [
                Frame::text("a").unfinished().encode(),
                Frame::text("b").encode(),
            ]
            .concat(),
            1002,
            "fragmented",
        ),
        (Frame::text(b"\xce\xba\xff").encode(), 1007, "UTF-8"),
        (Frame::new(opcode::CLOSE, "x").encode(), 1002, "Close"),
        (Frame::close(1006, "").encode(), 1002, "1006"),
        (Frame::close(999, "").encode(), 1002, "999"),
        (Frame::close(1000, b"\xff").encode(), 1007, "UTF-8"),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec(), 1002, "HTTP"),
    ];
    for (bytes, code, named) in table {
        let peer = Peer::start(move |conn| {
            conn.upgrade();
            conn.text("before");
            conn.send(bytes);
            conn.expect_close(code);
        });
        wscope([peer.url()])
            .stdin_open()
            .run()
            .exits(8)
            .prints("before\n")
            .says(named);
    }
}

/// The payload never ends, and need not for the fault to be seen.
#[test]
fn invalid_utf_8_is_seen_before_the_frame_ends() {
    let peer = Peer::start(|conn| {
        conn.upgrade();
        conn.send(Frame::text("").length_bits(64).encode_header(1 << 20));
        conn.send(b"\xff");
        conn.expect_close(1007);
    });
    wscope([peer.url()]).run().exits(8);
}

#[test]
fn a_text_over_the_limit_is_refused_with_1009() {
    let peer = Peer::start(|conn| {
        conn.upgrade();
        conn.send(Frame::text("").length_bits(64).encode_header(1 << 40));
        conn.expect_close(1009);
    });
    wscope(["--max-message-size", "1M", &peer.url()])
        .run()
        .exits(8)
        .says("--max-message-size");
}

#[test]
fn an_end_inside_a_frame_says_how_far_it_came() {
    let peer = Peer::start(|conn| {
        conn.upgrade();
        conn.send(Frame::text("").length_bits(16).encode_header(1000));
        conn.send([b'a'; 37]);
        conn.fin();
    });
    wscope([peer.url()]).run().exits(9).says("37").says("1000");
}

#[test]
fn one_byte_is_no_bytes() {
    let peer = Peer::start(|conn| {
        conn.upgrade();
        conn.send_frame(&Frame::text("a").unfinished());
        conn.fin();
    });
    wscope([peer.url()])
        .run()
        .exits(9)
        .says("inside a fragmented message: 1 byte came, its last frame did not");
}

#[test]
fn a_reset_is_called_a_reset() {
    let peer = Peer::start(|conn| {
        conn.upgrade();
        conn.expect_text("hello");
        conn.reset();
    });
    wscope([peer.url()])
        .stdin("hello\n")
        .run()
        .exits(9)
        .says("reset")
        .never_says("1006");
}

/// A truncation attack looks like this: TCP ends, TLS did not say so.
#[test]
fn an_end_of_tls_without_close_notify_is_lost_too() {
    let peer = Peer::start_tls(|conn| {
        conn.upgrade();
        conn.text("hello");
        conn.cut();
    });
    let cacert = peer.cacert().to_owned();
    wscope([
        "--cacert".into(),
        cacert.into_os_string(),
        peer.url().into(),
    ])
    .run()
    .exits(9)
    .prints("hello\n");
}

#[test]
fn a_close_code_and_reason_are_shown_and_stay_out_of_stdout() {
    for (code, reason) in [(4001, "bad token"), (1011, "boom")] {
        let peer = Peer::start(move |conn| {
            conn.upgrade();
            conn.text("data");
            conn.finish(code, reason);
        });
        wscope([peer.url()])
            .run()
            .exits(10)
            .prints("data\n")
            .says(&code.to_string())
            .says(reason);
    }
}

#[test]
fn talk_never_reaches_stdout() {
    let peer = Peer::start(|conn| {
        conn.upgrade();
        conn.ping("");
        conn.expect_pong("");
        conn.text("payload");
        conn.finish(1000, "reason");
    });
    wscope(["-v", &peer.url()])
        .run()
        .exits(0)
        .prints("payload\n");
}

/// Runs against a peer that sends this after the upgrade, then closes well.
fn prints_for(
    flags: &[&str],
    script: impl FnOnce(&mut Conn) + Send + 'static,
    stdout: impl AsRef<[u8]>,
) -> Outcome {
    let peer = Peer::start(|conn| {
        conn.upgrade();
        script(conn);
        conn.finish(1000, "");
    });
    wscope(flags)
        .args([peer.url()])
        .run()
        .exits(0)
        .prints(stdout)
        .says_nothing()
}
