//! permessage-deflate as it is offered, agreed, used, and refused.

use crate::{
    peer::{Conn, Frame, Peer, opcode},
    run::wscope,
};

/// "Hello", RFC 7692 §7.2.3.1, and again with the window of the first, §7.2.3.2.
const HELLO: &[u8] = &[0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00];
const HELLO_AGAIN: &[u8] = &[0xf2, 0x00, 0x11, 0x00, 0x00];

/// The same as wscope says it: one match of five characters, where the RFC has a literal before.
const OUR_HELLO_AGAIN: &[u8] = &[0x02, 0x13, 0x00, 0x00];

const AGREED: &str = "Sec-WebSocket-Extensions: permessage-deflate\r\n";

fn compressed(opcode: u8, payload: &[u8]) -> Frame {
    Frame::new(opcode, payload).rsv(4)
}

fn expect_compressed(conn: &mut Conn, payload: &[u8]) {
    let frame = conn.any_frame().expect("a message");
    assert_eq!((frame.rsv, frame.payload.as_slice()), (4, payload));
}

#[test]
fn is_offered_as_browsers_do_and_used_both_ways() {
    let peer = Peer::start(|conn| {
        let request = conn.upgrade_with(AGREED);
        let offer = request.header("Sec-WebSocket-Extensions");
        assert_eq!(
            offer.as_deref(),
            Some("permessage-deflate; client_max_window_bits")
        );
        expect_compressed(conn, HELLO);
        expect_compressed(conn, OUR_HELLO_AGAIN);
        conn.send_frame(&compressed(opcode::TEXT, HELLO));
        conn.send_frame(&compressed(opcode::TEXT, HELLO_AGAIN));
        conn.text("plain");
        conn.expect_goodbye(1000);
    });
    wscope(["--count", "3", &peer.url()])
        .stdin("Hello\nHello\n")
        .run()
        .exits(0)
        .prints("Hello\nHello\nplain\n");
}

#[test]
fn is_not_used_where_the_server_declines() {
    let peer = Peer::start(|conn| {
        conn.upgrade();
        conn.expect_text("Hello");
        conn.expect_goodbye(1000);
    });
    wscope(["--wait", "0", &peer.url()])
        .stdin("Hello\n")
        .run()
        .exits(0);
}

#[test]
fn is_not_offered_with_no_deflate() {
    let peer = Peer::start(|conn| {
        let request = conn.upgrade();
        assert_eq!(request.header("Sec-WebSocket-Extensions"), None);
        conn.finish(1000, "");
    });
    wscope(["--no-deflate", &peer.url()]).run().exits(0);
}

#[test]
fn forgets_its_window_where_that_is_agreed() {
    let peer = Peer::start(|conn| {
        let request = conn.upgrade_with(
            "Sec-WebSocket-Extensions: permessage-deflate; client_no_context_takeover; \
             server_no_context_takeover\r\n",
        );
        let offer = request.header("Sec-WebSocket-Extensions").unwrap();
        assert_eq!(offer, "permessage-deflate; client_no_context_takeover");
        expect_compressed(conn, HELLO);
        expect_compressed(conn, HELLO);
        conn.send_frame(&compressed(opcode::TEXT, HELLO));
        conn.send_frame(&compressed(opcode::TEXT, HELLO));
        conn.expect_goodbye(1000);
    });
    wscope([
        "--deflate",
        "client_no_context_takeover",
        "--count",
        "2",
        &peer.url(),
    ])
    .stdin("Hello\nHello\n")
    .run()
    .exits(0)
    .prints("Hello\nHello\n");
}

#[test]
fn reads_a_message_in_fragments_with_rsv1_on_the_first_alone() {
    let peer = Peer::start(|conn| {
        conn.upgrade_with(AGREED);
        conn.send_frame(&compressed(opcode::TEXT, &HELLO[..3]).unfinished());
        conn.send_frame(&Frame::continuation(b"").unfinished());
        conn.send_frame(&Frame::continuation(&HELLO[3..]));
        conn.send_frame(&compressed(opcode::TEXT, &[0]));
        conn.finish(1000, "");
    });
    wscope([peer.url()]).run().exits(0).prints("Hello\n\n");
}

#[test]
fn an_answer_that_was_not_offered_fails_the_upgrade() {
    let answers = [
        (
            "permessage-deflate; client_max_window_bits=16",
            "from 8 to 15",
        ),
        ("permessage-deflate; foo", "`foo` is unknown"),
        ("permessage-deflate, permessage-deflate", "twice"),
    ];
    for (answer, words) in answers {
        let header = format!("Sec-WebSocket-Extensions: {answer}\r\n");
        let peer = Peer::start(move |conn| {
            conn.upgrade_with(&header);
            conn.drain();
        });
        wscope([peer.url()]).run().exits(7).says(words);
    }
}

#[test]
fn the_users_own_header_is_the_offer() {
    let answers = [
        (
            "permessage-deflate",
            "permessage-deflate; client_max_window_bits=10",
            7,
            "`client_max_window_bits` was not offered",
        ),
        (
            "permessage-deflate; server_max_window_bits=10",
            "permessage-deflate",
            7,
            "`server_max_window_bits` was asked for, and the server left it out",
        ),
        (
            "x-custom; a=1, permessage-deflate",
            "permessage-deflate, x-custom",
            0,
            "the server chose extension x-custom, which wscope does not speak",
        ),
        ("permessage-deflate; level=9", "permessage-deflate", 0, ""),
    ];
    for (offer, answer, status, words) in answers {
        let header = format!("Sec-WebSocket-Extensions: {answer}\r\n");
        let peer = Peer::start(move |conn| {
            let request = conn.upgrade_with(&header);
            assert_eq!(
                request.header("Sec-WebSocket-Extensions").as_deref(),
                Some(offer)
            );
            if status == 0 {
                conn.send_frame(&compressed(opcode::TEXT, HELLO));
                conn.finish(1000, "");
            } else {
                conn.drain();
            }
        });
        let offered = format!("Sec-WebSocket-Extensions: {offer}");
        let outcome = wscope(["-H", &offered, &peer.url()]).run();
        let outcome = outcome.exits(status).says(words);
        if status == 0 {
            outcome.prints("Hello\n");
        }
    }
}

#[test]
fn a_wrong_offer_is_a_usage_error_that_names_the_flag() {
    wscope(["--deflate", "client_max_window_bits=8", "ws://127.0.0.1:1/"])
        .run()
        .exits(2)
        .says("--deflate")
        .says("from 9 to 15");
}

#[test]
fn what_does_not_inflate_ends_with_1007() {
    let peer = Peer::start(|conn| {
        conn.upgrade_with(AGREED);
        conn.send_frame(&compressed(opcode::TEXT, &[0xff, 0xff, 0xff]));
        conn.expect_close(1007);
        conn.fin();
    });
    wscope([peer.url()])
        .run()
        .exits(8)
        .says("does not inflate (RFC 7692 §7.2.2");
}

/// 64 KiB on the wire stand for 64 MiB.
#[test]
fn a_bomb_is_stopped_by_the_limit_while_it_inflates() {
    let peer = Peer::start(|conn| {
        conn.upgrade_with(AGREED);
        conn.send_frame(&compressed(opcode::BINARY, &bomb()));
        conn.expect_close(1009);
        conn.fin();
    });
    let mut run = wscope(["--max-message-size", "1MiB", &peer.url()])
        .stdin_open()
        .start();
    run.expect_stderr("over the limit of 1048576 bytes");
    run.close_stdin();
    run.wait().exits(8);
}

/// A DEFLATE stream of 64 MiB of zeros: the RFC's own format, one byte and then matches of it.
fn bomb() -> Vec<u8> {
    let mut stream = flate2::Compress::new(flate2::Compression::best(), false);
    let mut out = Vec::with_capacity(1 << 20);
    let zeros = vec![0; 64 << 20];
    stream
        .compress_vec(&zeros, &mut out, flate2::FlushCompress::Sync)
        .unwrap();
    out.truncate(out.len() - 4);
    out
}
