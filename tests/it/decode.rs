//! `wscope decode`: frames from files and captures.

use crate::run::wscope;

#[test]
fn explains_a_dump_of_both_directions() {
    wscope(["decode", "--hex"])
        .stdin(XXD)
        .run()
        .exits(0)
        .prints(EXPLAINED)
        .says_nothing();
}

#[test]
fn reads_a_file_and_an_upgrade_in_front_of_compressed_frames() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("capture.bin");
    std::fs::write(&file, CAPTURE).unwrap();
    let outcome = wscope(["decode".as_ref(), file.as_os_str()]).run().exits(0);
    let screen = String::from_utf8(outcome.stdout.clone()).unwrap();
    for line in [
        "  HTTP/1.1 101 Switching Protocols",
        "  Authorization: Bearer [redacted]",
        "    inflated:\n    00000000: 4865 6c6c 6f                             Hello",
    ] {
        outcome.assert(screen.contains(line), line);
    }
}

#[test]
fn ends_with_8_where_a_rule_is_broken() {
    let broken: &[(&[u8], &str)] = &[
        (b"\x83\x00", "reserved opcode 0x3 (RFC 6455 §5.2)"),
        (
            b"\x88\x02\x03\xee",
            "Close code 1006 (abnormal closure) must not be sent",
        ),
        (b"\x88\x02\x03\xe8\x81\x00", "a frame after the Close frame"),
        (b"HTTP/1.1", "an HTTP message where a frame should begin"),
        (
            b"\x16\x03\x01\x02\x00\x01",
            "a TLS record where a frame should begin",
        ),
    ];
    for (bytes, rule) in broken {
        let outcome = wscope(["decode", "--detail", "header"])
            .stdin(*bytes)
            .run()
            .exits(8);
        let screen = String::from_utf8_lossy(&outcome.stdout).into_owned();
        outcome.assert(screen.contains(rule), rule);
    }
}

#[test]
fn judges_masks_only_where_the_sender_is_known() {
    let masked = b"\x81\x80\x01\x02\x03\x04";
    wscope(["decode"]).stdin(masked).run().exits(0);
    wscope(["decode", "--from", "client"])
        .stdin(masked)
        .run()
        .exits(0);
    wscope(["decode", "--from", "server"])
        .stdin(masked)
        .run()
        .exits(8);
}

#[test]
fn says_what_a_capture_that_was_cut_off_lacks() {
    let outcome = wscope(["decode"])
        .stdin(b"\x82\x7e\x01\x00abc")
        .run()
        .exits(0);
    let screen = String::from_utf8_lossy(&outcome.stdout).into_owned();
    outcome.assert(
        screen.contains("EOF after 3 of 256 bytes, 253 missing"),
        "what is missing",
    );
}

#[test]
fn writes_frames_as_json() {
    let outcome = wscope(["decode", "--json"])
        .stdin(b"\xc1\x05Hello")
        .run()
        .exits(8);
    let events = outcome.events();
    outcome.assert(events.len() == 1, "one frame");
    outcome.assert(events[0]["header"] == "c105", "its header");
    outcome.assert(events[0]["payload"] == "48656c6c6f", "its payload");
    outcome.assert(
        events[0]["violations"][0]["section"] == "RFC 6455 §5.2",
        "its violation",
    );
}

#[test]
fn names_the_line_that_is_no_hex_and_the_flag_that_reads_hex() {
    wscope(["decode", "--hex"])
        .stdin("81 05\nnonsense\n")
        .run()
        .exits(1)
        .says("line 2 is not hexadecimal: \"nonsense\"");
    wscope(["decode"])
        .stdin("8105 48656c6c6f")
        .run()
        .exits(8)
        .says("--hex decodes");
}

const XXD: &str = "\
00000000: 8105 4865 6c6c 6f81 8537 fa21 3d7f 9f4d  ..Hello..7.!=..M
00000010: 5158                                     QX
";

const EXPLAINED: &str = "           \
offset  header              op     flags     length/bits  notes
←               0  81 05               text   FIN              5 /7
    00000000: 4865 6c6c 6f                             Hello
→               7  81 85 37fa213d      text   FIN              5 /7
    00000000: 4865 6c6c 6f                             Hello
      masked: 7f9f 4d51 58
";

const CAPTURE: &[u8] = b"GET / HTTP/1.1\r\nAuthorization: Bearer secret\r\n\r\n\
HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n\
\xc1\x07\xf2\x48\xcd\xc9\xc9\x07\x00";
