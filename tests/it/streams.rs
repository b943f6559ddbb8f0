//! Standard streams that are slow, closed or never end; signals.

use std::{
    io::{Read as _, Write as _},
    thread,
};

use nix::sys::signal::Signal;

use crate::{
    peer::{Frame, Peer, gate, opcode},
    run::wscope,
};

#[test]
fn a_stdout_that_is_read_late_loses_nothing() {
    const MESSAGES: usize = 4000;
    let (key, sent_some) = gate();
    let peer = Peer::start(move |conn| {
        conn.upgrade();
        let message = [b'x'; 1023];
        for number in 0..MESSAGES {
            conn.send_frame(&Frame::text(message));
            if number == 100 {
                key.open();
            }
        }
        conn.finish(1000, "");
    });
    let mut run = wscope([peer.url()]).stdin_open().stdout_unread().start();
    sent_some.pass();
    let mut stdout = run.stdout();
    let mut all = Vec::new();
    stdout.read_to_end(&mut all).unwrap();
    assert_eq!(all.len(), MESSAGES * 1024);
    assert!(all.chunks(1024).all(|line| line.ends_with(b"x\n")));
    run.wait().exits(0);
}

/// Stdin and stdout full at once: neither direction may wait for the other.
#[test]
fn an_echo_of_more_than_all_buffers_hold_does_not_lock_up() {
    let line = "0123456789abcdef".repeat(256);
    let input = format!("{line}\n").repeat(8192);
    let peer = Peer::start(|conn| {
        conn.upgrade();
        conn.echo();
    });
    let mut run = wscope([peer.url()])
        .stdin(input.clone())
        .stdout_unread()
        .start();
    let mut stdout = run.stdout();
    let mut all = Vec::new();
    stdout.read_to_end(&mut all).unwrap();
    assert!(
        all == input.as_bytes(),
        "{} of {} bytes came back",
        all.len(),
        input.len()
    );
    run.wait().exits(0);
}

/// As `wscope URL | head -1`.
#[test]
fn a_stdout_that_its_reader_closes_ends_the_run_quietly() {
    let peer = Peer::start(|conn| {
        conn.upgrade();
        while conn.try_send(&Frame::text("tick").encode()).is_ok() {}
    });
    let mut run = wscope([peer.url()]).stdin_open().stdout_unread().start();
    let mut stdout = run.stdout();
    let mut line = [0; 5];
    stdout.read_exact(&mut line).unwrap();
    assert_eq!(&line, b"tick\n");
    drop(stdout);
    run.wait().exits(0).says_nothing();
}

#[test]
fn a_stdout_that_is_closed_from_the_start_is_no_reason_to_fail() {
    let peer = Peer::start(|conn| {
        conn.upgrade();
        conn.expect_text("hello");
        conn.text("unseen");
        conn.finish(1000, "");
    });
    wscope([peer.url()])
        .stdin("hello\n")
        .stdout_closed()
        .run()
        .exits(0);
}

#[test]
fn a_stdin_that_never_ends_ends_with_the_peer() {
    let peer = Peer::start(|conn| {
        conn.upgrade();
        for _ in 0..1000 {
            conn.expect_text("y");
        }
        conn.close(1000, "");
        while conn
            .frame()
            .is_some_and(|frame| frame.opcode != opcode::CLOSE)
        {}
    });
    let mut run = wscope([peer.url()]).stdin_open().start();
    let mut stdin = run.stdin();
    let yes = thread::spawn(move || while stdin.write_all(b"y\n").is_ok() {});
    run.wait().exits(0);
    yes.join().unwrap();
}

#[test]
fn a_signal_sends_close_1001_and_then_kills() {
    for signal in [Signal::SIGINT, Signal::SIGTERM] {
        let peer = Peer::start(|conn| {
            conn.upgrade();
            conn.text("hello");
            conn.expect_goodbye(1001);
        });
        let run = wscope([peer.url()]).stdin_open().start();
        run.expect_stdout("hello\n");
        run.signal(signal);
        run.wait().dies_of(signal).prints("hello\n");
    }
}

#[test]
fn a_second_interrupt_leaves_at_once() {
    let (key, closing) = gate();
    let (done, left) = gate();
    let peer = Peer::start(move |conn| {
        conn.upgrade();
        conn.text("hello");
        conn.expect_close(1001);
        key.open();
        left.pass(); // the Close stays without an answer
    });
    let run = wscope([peer.url()]).stdin_open().start();
    run.expect_stdout("hello\n");
    run.signal(Signal::SIGINT);
    closing.pass();
    run.signal(Signal::SIGINT);
    run.wait().dies_of(Signal::SIGINT);
    done.open();
}

#[test]
fn a_signal_ends_a_run_that_still_connects() {
    let (key, connected) = gate();
    let (done, left) = gate();
    let peer = Peer::start(move |conn| {
        conn.request();
        key.open();
        left.pass();
    });
    let run = wscope([peer.url()]).stdin_open().start();
    connected.pass();
    run.signal(Signal::SIGINT);
    run.wait().dies_of(Signal::SIGINT);
    done.open();
}

/// The writer waits for a peer that reads nothing; the signal must still end the run.
#[test]
fn a_signal_ends_a_run_whose_peer_reads_nothing() {
    let (key, under_way) = gate();
    let (done, left) = gate();
    let peer = Peer::start(move |conn| {
        conn.upgrade();
        left.pass();
    });
    let mut run = wscope(["--binary", &peer.url()]).stdin_open().start();
    let mut stdin = run.stdin();
    let writer = thread::spawn(move || {
        let block = [0; 1 << 16];
        for number in 0.. {
            if number == 16 {
                key.open();
            }
            if stdin.write_all(&block).is_err() {
                break;
            }
        }
    });
    under_way.pass();
    run.signal(Signal::SIGTERM);
    run.wait().dies_of(Signal::SIGTERM);
    writer.join().unwrap();
    done.open();
}

/// The reader thread is in a write that nobody takes, and holds the stream that the last words go to.
#[test]
fn neither_a_deadline_nor_a_signal_waits_for_a_reader_of_our_output() {
    for (flags, signal) in [
        (&["--json", "-m", "1"][..], None),
        (&["-w", "%{exitcode}", "-m", "1"], None),
        (&["--json"], Some(Signal::SIGINT)),
        (&["-w", "%{exitcode}"], Some(Signal::SIGTERM)),
    ] {
        let (key, under_way) = gate();
        let peer = Peer::start(move |conn| {
            conn.upgrade();
            let message = Frame::text([b'x'; 1 << 16]).encode();
            for number in 0.. {
                if number == 40 {
                    key.open();
                }
                if conn.try_send(&message).is_err() {
                    break;
                }
            }
        });
        let url = peer.url();
        let mut run = wscope(flags)
            .args([&url])
            .stdin_open()
            .stdout_unread()
            .start();
        let unread = run.stdout();
        if let Some(signal) = signal {
            under_way.pass();
            run.signal(signal);
            run.wait().dies_of(signal);
        } else {
            run.wait().exits(11);
        }
        drop(unread);
    }
}
