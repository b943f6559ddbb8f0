//! Much data in little memory: small runs of what `tests/large.sh` does with gibibytes.

use std::{
    io::{self, Read},
    thread,
};

use crate::{
    peer::{Frame, Peer, gate},
    run::{PATIENCE, wscope},
};

const MIB: u64 = 1 << 20;

/// What goes through; well over what is allowed to stay resident.
const VOLUME: u64 = 96 * MIB;

const MEMORY: u64 = 64 * MIB;

#[test]
fn much_binary_comes_back_from_the_demo_in_little_memory() {
    let mut run = wscope(["demo", "--binary", "--no-deflate"])
        .stdin_open()
        .stdout_unread()
        .patience(3 * PATIENCE)
        .start();
    let mut stdin = run.stdin();
    let writer = thread::spawn(move || {
        io::copy(&mut Noise::new().take(VOLUME), &mut stdin).unwrap();
        stdin // open, so that the process lives until its memory is known
    });
    let mut stdout = run.stdout();
    expect_noise(&mut stdout, VOLUME);
    let peak = run.peak_memory();
    drop(writer.join().unwrap());
    expect_the_end(&mut stdout);
    run.wait().exits(0);
    assert!(peak < MEMORY, "{peak} bytes were resident");
}

#[test]
fn one_large_binary_message_reaches_stdout_in_little_memory() {
    let (key, measured) = gate();
    let peer = Peer::start(move |conn| {
        conn.upgrade();
        conn.send(Frame::binary("").length_bits(64).encode_header(VOLUME));
        let mut noise = Noise::new();
        let mut block = vec![0; MIB as usize];
        for _ in 0..VOLUME / MIB {
            noise.read_exact(&mut block).unwrap();
            conn.try_send(&block).unwrap();
        }
        measured.pass();
        conn.finish(1000, "");
    });
    let mut run = wscope(["--binary", "--max-message-size", "1G", &peer.url()])
        .stdout_unread()
        .patience(3 * PATIENCE)
        .start();
    let mut stdout = run.stdout();
    expect_noise(&mut stdout, VOLUME);
    let peak = run.peak_memory();
    key.open();
    expect_the_end(&mut stdout);
    run.wait().exits(0);
    assert!(peak < MEMORY, "{peak} bytes were resident");
}

/// A message that is streamed needs no limit, and has none unless one is given.
#[test]
fn a_limit_that_is_given_holds_for_streamed_binary_too() {
    let peer = Peer::start(|conn| {
        conn.upgrade();
        conn.send(Frame::binary("").length_bits(64).encode_header(2 * MIB));
        conn.expect_close(1009);
    });
    wscope(["--binary", "--max-message-size", "1M", &peer.url()])
        .run()
        .exits(8)
        .says("--max-message-size");
}

#[test]
fn a_large_stdin_leaves_as_one_message_of_several_fragments() {
    let peer = Peer::start(|conn| {
        conn.upgrade();
        let mut whole = Vec::new();
        loop {
            let frame = conn.frame().expect("a fragment");
            assert_eq!(frame.opcode, if whole.is_empty() { 2 } else { 0 });
            whole.extend(frame.payload);
            if frame.fin {
                break;
            }
        }
        assert!(whole == noise(8 * MIB), "{} bytes came", whole.len());
        conn.finish(1000, "");
    });
    wscope(["--binary", "--whole", &peer.url()])
        .stdin(noise(8 * MIB))
        .run()
        .exits(0);
}

/// Reads that much noise and compares it.
#[track_caller]
fn expect_noise(from: &mut impl Read, volume: u64) {
    let mut expected = Noise::new();
    let mut got = vec![0; MIB as usize];
    let mut same = got.clone();
    for block in 0..volume / MIB {
        from.read_exact(&mut got)
            .unwrap_or_else(|error| panic!("{block} MiB came, then: {error}"));
        expected.read_exact(&mut same).unwrap();
        assert!(got == same, "the MiB number {block} differs");
    }
}

#[track_caller]
fn expect_the_end(from: &mut impl Read) {
    let mut rest = Vec::new();
    from.read_to_end(&mut rest).unwrap();
    assert!(rest.is_empty(), "{} bytes too many", rest.len());
}

fn noise(volume: u64) -> Vec<u8> {
    let mut bytes = vec![0; volume as usize];
    Noise::new().read_exact(&mut bytes).unwrap();
    bytes
}

/// The same bytes each time, without a period that a block could hide in.
struct Noise(u64);

impl Noise {
    fn new() -> Self {
        Self(0x9e37_79b9_7f4a_7c15)
    }
}

impl Read for Noise {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let whole = buffer.len() / 8 * 8;
        for word in buffer[..whole].chunks_exact_mut(8) {
            // xorshift64
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            word.copy_from_slice(&self.0.to_le_bytes());
        }
        Ok(whole)
    }
}
