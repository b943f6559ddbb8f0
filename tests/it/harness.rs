//! The harness itself: a peer that overlooks a fault would make every other test worthless.

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
    os::unix::process::ExitStatusExt as _,
    panic::{AssertUnwindSafe, catch_unwind},
};

use nix::sys::signal::Signal;

use crate::{
    peer::{Conn, Frame, Peer},
    pty::{Pty, key},
    run::contains,
};

const REQUEST: &[u8] =
    b"GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";

/// The example of RFC 6455 §1.3.
#[test]
fn accepts_an_upgrade_with_the_key_of_the_rfc() {
    let peer = Peer::start(|conn| {
        let request = conn.upgrade();
        assert_eq!(request.line(), "GET / HTTP/1.1");
    });
    let (_client, head) = upgraded(&peer);
    assert!(contains(
        &head,
        b"\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"
    ));
}

#[test]
fn understands_a_good_client() {
    let peer = Peer::start(|conn| {
        conn.upgrade();
        conn.expect_text("hello");
        conn.echo();
    });
    let key = [1, 2, 3, 4];
    let large = vec![7; 70_000];
    let sent = [
        Frame::text("hello").masked(key).encode(),
        Frame::binary(large.clone()).masked(key).encode(),
        Frame::ping("p").masked(key).encode(),
        Frame::close(1000, "bye").masked(key).encode(),
    ];
    let (mut client, _) = upgraded(&peer);
    client.write_all(&sent.concat()).unwrap();
    let mut answer = Vec::new();
    client.read_to_end(&mut answer).unwrap();
    let echoed = [
        Frame::binary(large).encode(),
        Frame::pong("p").encode(),
        Frame::close(1000, "bye").encode(),
    ];
    assert!(answer == echoed.concat());
}

#[test]
fn notices_every_fault_of_a_client() {
    let key = [1, 2, 3, 4];
    let masked = |frame: Frame| frame.masked(key);
    let faults = [
        ("an unmasked frame", Frame::text("x")),
        ("a reserved opcode", masked(Frame::new(3, "x"))),
        ("shortest form", masked(Frame::text("x")).length_bits(16)),
        (
            "a fragmented control frame",
            masked(Frame::ping("")).unfinished(),
        ),
        ("over 125 bytes", masked(Frame::ping([0; 126]))),
        (
            "control frame with a reserved bit",
            masked(Frame::ping("")).rsv(4),
        ),
        ("one byte", masked(Frame::new(8, "x"))),
        ("opcode, FIN and RSV", masked(Frame::text("x")).rsv(4)),
        ("the text message", masked(Frame::text("y"))),
    ];
    for (fault, frame) in faults {
        let failure = failure_of(|conn| conn.expect_text("x"), &frame.encode());
        assert!(failure.contains(fault), "{fault}: {failure}");
    }
}

#[test]
fn fails_when_the_script_is_not_met() {
    let failure = failure_of(|conn| conn.expect_text("hello"), b"");
    assert!(failure.contains("not the end"), "{failure}");
}

/// A client after the upgrade, and the head of the answer.
fn upgraded(peer: &Peer) -> (TcpStream, Vec<u8>) {
    let mut client = TcpStream::connect(peer.authority()).unwrap();
    client.write_all(REQUEST).unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        client.read_exact(&mut byte).unwrap();
        head.push(byte[0]);
    }
    (client, head)
}

/// The message with which the peer fails when `bytes` follow the upgrade.
fn failure_of(script: impl FnOnce(&mut Conn) + Send + 'static, bytes: &[u8]) -> String {
    let peer = Peer::start(|conn| {
        conn.upgrade();
        script(conn);
    });
    let (mut client, _) = upgraded(&peer);
    client.write_all(bytes).unwrap();
    drop(client);
    let dropped = catch_unwind(AssertUnwindSafe(|| drop(peer)));
    *dropped.unwrap_err().downcast::<String>().unwrap()
}

#[test]
fn a_terminal_takes_keys_sizes_and_signals() {
    let mut terminal = Pty::start_program(
        "sh",
        [
            "-c",
            "stty size; read line; stty size; echo \"<$line>\"; read line",
        ],
    );
    terminal.expect("24 80");
    terminal.resize(100, 30);
    terminal.keys("hello\r");
    terminal.expect("30 100\n<hello>");
    terminal.keys(key::CTRL_C);
    let (status, ..) = terminal.wait();
    assert_eq!(status.signal(), Some(Signal::SIGINT as i32));
}
