//! The prompt on a real terminal.

use std::{
    fs,
    os::unix::{fs::PermissionsExt as _, process::ExitStatusExt as _},
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};

use crate::{
    peer::{Peer, gate},
    pty::{Pty, key},
    run::BINARY,
};

fn echo() -> Peer {
    Peer::start(|conn| {
        conn.upgrade();
        conn.echo();
    })
}

fn connected(peer: &Peer) -> Pty {
    let terminal = Pty::start([peer.url()]);
    terminal.expect("connected to");
    terminal
}

fn enter(terminal: &mut Pty, line: &str) {
    terminal.keys(format!("{line}{}", key::ENTER));
}

#[test]
fn sends_what_is_typed_and_shows_what_comes() {
    let peer = echo();
    let mut terminal = connected(&peer);
    enter(&mut terminal, "hello");
    terminal.expect("> hello\n< hello\n>");
    terminal.keys(key::CTRL_D);
    let screen = terminal.exits(0);
    assert!(
        screen.contains("closed by us: 1000 normal closure"),
        "{screen}"
    );
}

#[test]
fn carries_out_every_command() {
    let peer = echo();
    let mut terminal = connected(&peer);
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), "from a file").unwrap();
    let file = file.path().display();
    for (line, expected) in [
        ("/text /quit", "< /quit"),
        ("/text", "< (empty text)"),
        ("//slash", "< /slash"),
        ("/binary 00 ff 41", "< binary, 3 B\n  00000000: 00ff 41"),
        (
            "/binary base64:AP9B",
            "> /binary base64:AP9B\n< binary, 3 B",
        ),
        (&format!("/send @{file}"), "< from a file"),
        (&format!("/binary @{file}"), "< binary, 11 B"),
        ("/ping hi", "< pong \"hi\","),
        ("/pong", "> pong"),
        ("{\"a\":[1]}", "< {\n    \"a\": [\n      1\n    ]\n  }"),
        ("/json off", "> /json off"),
        ("{\"a\":[2]}", "< {\"a\":[2]}"),
        ("/dump 0", "> /dump 0"),
        ("/binary 01", "> /binary 01\n< binary, 1 B\n>"),
        ("/set", "dump      0"),
        ("/set fold 10", "> /set fold 10"),
        ("/show 1", "> /show 1\n> /quit"),
        ("/history 1", "< binary, 1 B"),
        ("/stats", "received "),
        ("/fragment 2 Hallo", "< Hal"),
        ("/frame text \"by hand\"", "< by hand"),
        ("/rtt 2", "2 round trips: least"),
        ("/headers", "< HTTP/1.1 101 Switching Protocols"),
        ("/tls", "this connection has no TLS"),
        ("/timeline", "upgrade"),
        ("/inspect", "frames are shown"),
        ("/inspect off", "frames are not shown"),
        ("/time clock", "time clock"),
        ("/help close", "/close [CODE [REASON]]\n  send Close"),
        ("/help", "/reconnect"),
        (
            "/close 4000 enough",
            "closed by us: 4000 private use, \"enough\"",
        ),
        ("late", "not connected, so that was not sent"),
        ("/quit", "(closed) > /quit"),
    ] {
        enter(&mut terminal, line);
        terminal.expect(expected);
    }
    terminal.exits(0); // it was we who closed with that code, and the server only repeats it
}

#[test]
fn answers_a_wrong_command_with_what_was_expected() {
    let peer = echo();
    let mut terminal = connected(&peer);
    for (line, expected) in [
        ("/close 5 x", "/close: 5 may not be sent"),
        ("/close x", "expected: /close [CODE [REASON]]"),
        ("/clsoe", "unknown command /clsoe, did you mean /close?"),
        ("/binary xyz", "'x' is not a hex digit"),
        ("/send @/no/such/file", "/no/such/file: No such file"),
        ("/send @/dev/zero", "/dev/zero: not a regular file"),
        ("/show 99", "message 99 is not kept"),
        ("/frame ping rsv9", "  ping rsv9\n       ^^^^"),
        ("/rtt 0", "\"0\" is not a number of pings"),
        ("/json maybe", "\"maybe\" is not one of on, off, auto"),
        ("/set nothing x", "\"nothing\" is not one of json"),
        ("/save /no/such/folder/x", "/no/such/folder/x: No such file"),
        ("/save off", "nothing is being saved"),
        ("/quit now", "/quit: takes no argument"),
    ] {
        enter(&mut terminal, line);
        terminal.expect(expected);
    }
    enter(&mut terminal, "still here");
    terminal.expect("< still here");
    terminal.keys(key::CTRL_D);
    terminal.exits(0);
}

#[test]
fn sends_a_paste_as_one_message() {
    let peer = Peer::start(|conn| {
        conn.upgrade();
        conn.expect_text("{\n  \"a\": 1\n}");
        conn.expect_text("one\ntwo");
        conn.expect_goodbye(1000);
    });
    let mut terminal = connected(&peer);
    terminal.paste("{\n  \"a\": 1\n}\n");
    terminal.keys(key::ENTER);
    terminal.expect("}\n");
    terminal.keys("one\x1b\rtwo\r");
    terminal.expect("two\n>");
    terminal.keys(key::CTRL_D);
    terminal.exits(0);
}

#[test]
fn makes_nothing_of_what_the_peer_sends_to_the_terminal() {
    let peer = Peer::start(|conn| {
        conn.upgrade();
        conn.text("\u{1b}[2J\u{1b}]0;owned\u{7}\u{202e}evil");
        conn.finish(1011, "\u{1b}[31m");
    });
    let mut terminal = Pty::start([peer.url()]);
    terminal.expect("< \\x1b[2J\\x1b]0;owned\\x07\\u{202e}evil");
    terminal.expect("\"\\x1b[31m\"");
    terminal.keys(key::CTRL_D);
    terminal.exits(10);
}

#[test]
fn shows_a_close_at_once_and_keeps_what_is_half_typed() {
    let (key_to_close, closing) = gate();
    let peer = Peer::start(move |conn| {
        conn.upgrade();
        closing.pass();
        conn.finish(1011, "database gone");
    });
    let mut terminal = connected(&peer);
    terminal.keys("half ty");
    terminal.expect("> half ty");
    key_to_close.open();
    terminal.expect("closed by the server: 1011 internal error, \"database gone\"");
    terminal.expect("to leave\n> half ty");
    terminal.keys("ped\r");
    terminal.expect("> half typed\nnot connected, so that was not sent");
    terminal.keys(key::CTRL_D);
    terminal.exits(10);
}

#[test]
fn stays_usable_in_a_flood_and_saves_all_of_it() {
    const COUNT: usize = 30_000;
    let peer = Peer::start(|conn| {
        conn.upgrade();
        conn.expect_text("go");
        let frames: Vec<u8> = (0..COUNT)
            .flat_map(|index| crate::peer::Frame::text(format!("message {index}")).encode())
            .collect();
        conn.send(frames);
        conn.expect_text("still usable");
        conn.text("the last");
        conn.finish(1000, "flooded");
    });
    let folder = tempfile::tempdir().unwrap();
    let saved = folder.path().join("saved.jsonl");
    let mut terminal = connected(&peer);
    enter(&mut terminal, &format!("/save {}", saved.display()));
    terminal.expect("0 messages saved to");
    enter(&mut terminal, "go");
    terminal.expect("not shown");
    enter(&mut terminal, "still usable");
    terminal.expect("closed by the server: 1000 normal closure, \"flooded\"");
    enter(&mut terminal, "/history 1");
    terminal.expect("< the last");
    terminal.keys(key::CTRL_D);
    terminal.exits(0);
    let saved = fs::read_to_string(saved).unwrap();
    let messages = saved
        .lines()
        .filter(|line| line.contains("\"event\":\"message\""));
    assert_eq!(messages.count(), COUNT + 3);
    for index in [0, 1, COUNT / 2, COUNT - 1] {
        assert!(saved.contains(&format!("\"message {index}\"")), "{index}");
    }
}

#[test]
fn folds_a_long_message_and_shows_it_whole_on_demand() {
    let peer = Peer::start(|conn| {
        conn.upgrade();
        conn.text("line\n".repeat(99) + "the end");
        conn.text("x".repeat(4 << 20));
        conn.expect_goodbye(1000);
    });
    let mut terminal = Pty::start([peer.url()]);
    terminal.expect("… 60 more lines, 502 B in all: /show 1");
    terminal.expect("… 4 MiB in all: /show 2");
    assert!(!terminal.screen().contains("the end"));
    enter(&mut terminal, "/show 1");
    terminal.expect("  the end\n>");
    terminal.keys(key::CTRL_D);
    terminal.exits(0);
}

#[test]
fn tells_the_progress_of_a_message_that_takes_long() {
    let (key_to_rest, rest) = gate();
    let peer = Peer::start(move |conn| {
        conn.upgrade();
        let frame = crate::peer::Frame::binary(vec![7; 2 << 20]).encode();
        let (first, second) = frame.split_at(1 << 20);
        conn.send(first);
        rest.pass();
        conn.send(second);
        conn.expect_goodbye(1000);
    });
    let mut terminal = connected(&peer);
    terminal.keys("typing");
    terminal.expect("receiving: 1 MiB of 2 MiB, 50 %");
    key_to_rest.open();
    terminal.expect("< binary, 2 MiB");
    terminal.expect_that("the progress has gone", |screen| {
        !screen.contains("receiving") && screen.ends_with("> typing")
    });
    terminal.keys(key::CTRL_C);
    terminal.keys(key::CTRL_D);
    terminal.exits(0);
}

#[test]
fn tells_progress_on_standard_error_in_a_pipe() {
    let (key_to_rest, rest) = gate();
    let peer = Peer::start(move |conn| {
        conn.upgrade();
        let frame = crate::peer::Frame::text("x".repeat(2 << 20)).encode();
        let (first, second) = frame.split_at(1 << 20);
        conn.send(first);
        rest.pass();
        conn.send(second);
        conn.finish(1000, "");
    });
    let script = format!("{BINARY} {} </dev/null >out; wc -c out", peer.url());
    let terminal = Pty::start_program("sh", ["-c", &script]);
    terminal.expect("receiving: 1 MiB of 2 MiB, 50 %");
    key_to_rest.open();
    terminal.expect("2097153 out");
    assert!(
        !terminal.screen().contains("receiving"),
        "{}",
        terminal.screen()
    );
}

#[test]
fn completes_commands_and_arguments_and_hints_at_the_rest() {
    let peer = echo();
    let mut terminal = connected(&peer);
    terminal.keys("/clo");
    terminal.expect("> /close [CODE [REASON]]");
    terminal.keys(key::TAB);
    terminal.keys("101");
    terminal.keys(key::TAB);
    terminal.expect("1011 internal error");
    terminal.keys("1");
    terminal.expect("> /close 1011 internal error");
    terminal.keys("\x15/json o\t");
    terminal.expect("on   off");
    terminal.keys("\x15");
    terminal.keys(key::CTRL_D);
    terminal.exits(0);
}

#[test]
fn finds_in_a_second_run_what_was_typed_in_the_first_but_no_credential() {
    let peer = echo();
    let mut terminal = connected(&peer);
    enter(&mut terminal, "find me later");
    enter(&mut terminal, r#"{"password":"hunter2"}"#);
    terminal.expect("hunter2\"\n  }\n>");
    terminal.keys(key::UP);
    terminal.expect_that("the session itself remembers it", |screen| {
        screen.ends_with(r#"> {"password":"hunter2"}"#)
    });
    terminal.keys(key::CTRL_C);
    terminal.keys(key::CTRL_D);
    let (_, _, home) = terminal.wait();
    let file = home.path().join("state/wscope/history");
    assert_eq!(
        fs::metadata(&file).unwrap().permissions().mode() & 0o777,
        0o600
    );
    assert_eq!(fs::read_to_string(&file).unwrap(), "find me later\n");

    let peer = echo();
    let mut terminal = Pty::start_in(home, 80, 24, [peer.url()]);
    terminal.expect("connected to");
    terminal.keys(format!("{}later", key::CTRL_R));
    terminal.expect("(reverse-i-search)`later': find me later");
    terminal.keys(key::ENTER);
    terminal.expect("< find me later");
    terminal.keys(key::CTRL_D);
    terminal.exits(0);
}

#[test]
fn keeps_no_history_when_told_so() {
    let peer = echo();
    let mut terminal = Pty::start([peer.url(), "--no-history".to_owned()]);
    enter(&mut terminal, "hello");
    terminal.expect("< hello");
    terminal.keys(key::CTRL_D);
    let (_, _, home) = terminal.wait();
    assert!(!home.path().join("state").exists());
}

#[test]
fn edits_a_message_in_the_editor() {
    let peer = Peer::start(|conn| {
        conn.upgrade();
        conn.expect_text("Hello");
        conn.expect_goodbye(1000);
    });
    let url = peer.url();
    let mut terminal = Pty::start_program("env", ["EDITOR=sed -i s/h/H/", BINARY, &url]);
    terminal.expect("connected to");
    enter(&mut terminal, "/edit hello");
    terminal.expect("> Hello");
    terminal.keys(key::CTRL_D);
    terminal.exits(0);
}

#[test]
fn connects_again_and_sends_what_was_kept() {
    let peer = Peer::start_many(2, |number, conn| {
        conn.upgrade();
        conn.expect_text("subscribe");
        if number == 0 {
            conn.fin();
        } else {
            conn.expect_text("typed while down");
            conn.expect_goodbye(1000);
        }
    });
    let url = peer.url();
    let mut terminal = Pty::start([&url, "--reconnect", "--send", "subscribe"]);
    terminal.expect("lost: the connection ended (FIN)");
    terminal.expect("attempt 1 in");
    enter(&mut terminal, "typed while down");
    terminal.expect("> typed while down\n< subscribe\n".trim_end_matches("< subscribe\n"));
    terminal.expect_that("it is connected again", |screen| {
        screen.matches("connected to").count() == 2
    });
    terminal.keys(key::CTRL_D);
    terminal.exits(0);
}

#[test]
fn gives_up_after_the_attempts_it_was_given() {
    let peer = Peer::start(|conn| {
        conn.upgrade();
        conn.fin();
    });
    let mut terminal = Pty::start([peer.url(), "--reconnect=1".to_owned()]);
    terminal.expect("attempt 1 in");
    drop(peer);
    terminal.expect("given up after 1 attempt;");
    enter(&mut terminal, "hello");
    terminal.expect("not connected, so that was not sent");
    terminal.keys(key::CTRL_D);
    terminal.exits(4);
}

#[test]
fn gives_up_a_server_that_drops_every_connection_at_once() {
    let peer = Peer::start_many(3, |_, conn| {
        conn.upgrade();
        conn.fin();
    });
    let mut terminal = Pty::start([peer.url(), "--reconnect=2".to_owned()]);
    terminal.expect("given up after 2 attempts;");
    terminal.keys(key::CTRL_D);
    let screen = terminal.exits(9);
    for (text, times) in [
        ("connected to", 3),
        ("attempt 1 in", 1),
        ("attempt 2 in", 1),
    ] {
        assert_eq!(screen.matches(text).count(), times, "{text:?}\n{screen}");
    }
}

#[test]
fn opens_another_url() {
    let first = echo();
    let second = echo();
    let mut terminal = connected(&first);
    enter(&mut terminal, &format!("/open {}", second.url()));
    terminal.expect(&format!("connected to {}", second.url()));
    enter(&mut terminal, "to the second");
    terminal.expect("< to the second");
    enter(&mut terminal, "/open http://");
    terminal.expect("closed by us");
    terminal.keys(key::CTRL_D);
    terminal.wait();
}

#[test]
fn shows_the_tls_session_and_its_certificate() {
    let peer = Peer::start_tls(|conn| {
        conn.upgrade();
        conn.expect_goodbye(1000);
    });
    let ca = peer.cacert().to_str().unwrap().to_owned();
    let mut terminal = Pty::start([peer.url(), "--cacert".to_owned(), ca]);
    terminal.expect("TLS 1.3");
    enter(&mut terminal, "/tls");
    terminal.expect("certificate valid");
    terminal.expect("days left");
    terminal.keys(key::CTRL_D);
    terminal.exits(0);
}

#[test]
fn clears_the_line_with_ctrl_c_and_leaves_with_two() {
    let peer = Peer::start(|conn| {
        conn.upgrade();
        conn.expect_goodbye(1001);
    });
    let mut terminal = connected(&peer);
    terminal.keys("unfinished");
    terminal.expect("> unfinished");
    terminal.keys(key::CTRL_C);
    terminal.expect_that("the line is empty", |screen| screen.ends_with("\n>"));
    terminal.keys(key::CTRL_C);
    // what is typed before the prompt is back, the terminal itself throws away at Ctrl-C
    terminal.expect_that("the prompt is back", |screen| {
        screen.ends_with("Ctrl-C again leaves; so does Ctrl-D\n>")
    });
    terminal.keys("x");
    terminal.keys(key::BACKSPACE);
    terminal.keys(key::CTRL_C);
    terminal.expect_that("that was not the second in a row", |screen| {
        screen.matches("Ctrl-C again leaves").count() == 2
    });
    terminal.keys(key::CTRL_C);
    let (status, screen, _) = terminal.wait();
    assert_eq!(status.signal(), Some(Signal::SIGINT as i32), "{screen}");
}

#[test]
fn closes_for_a_signal_and_ends_by_it() {
    for signal in [Signal::SIGTERM, Signal::SIGHUP] {
        let peer = Peer::start(|conn| {
            conn.upgrade();
            conn.expect_goodbye(1001);
        });
        let mut terminal = connected(&peer);
        terminal.keys("half typed");
        terminal.expect("> half typed");
        terminal.signal(signal);
        let (status, screen, _) = terminal.wait();
        assert_eq!(status.signal(), Some(signal as i32), "{screen}");
    }
}

#[test]
fn leaves_the_terminal_as_it_was() {
    let peer = echo();
    let script = format!(
        "stty -g | cksum; {BINARY} {}; stty -g | cksum; echo done",
        peer.url()
    );
    let mut terminal = Pty::start_program("sh", ["-c", &script]);
    terminal.expect("connected to");
    enter(&mut terminal, "hello");
    terminal.expect("< hello");
    terminal.keys(key::CTRL_D);
    terminal.expect("done");
    let screen = terminal.screen();
    let lines: Vec<&str> = screen.lines().collect();
    assert_eq!(lines[0], lines[lines.len() - 2], "{screen}");
    assert!(
        terminal
            .raw()
            .windows(8)
            .any(|bytes| bytes == b"\x1b[?2004l")
    );
}

#[test]
fn gives_the_shell_its_terminal_while_it_is_stopped() {
    let peer = echo();
    let script = format!(
        "set -m; stty -g | cksum; {BINARY} {}; stty -g | cksum; echo stopped; fg; echo done",
        peer.url()
    );
    let mut terminal = Pty::start_program("bash", ["-c", &script]);
    terminal.expect("connected to");
    terminal.keys("half ty");
    terminal.expect("> half ty");
    terminal.keys(key::CTRL_Z);
    terminal.expect("stopped");
    let screen = terminal.screen();
    let before = screen.lines().next().unwrap();
    assert_eq!(screen.matches(before).count(), 2, "{screen}");
    terminal.keys("ped\r");
    terminal.expect("< half typed");
    terminal.keys(key::CTRL_D);
    terminal.expect("done");
}

#[test]
fn gives_the_shell_its_terminal_when_it_is_stopped_from_outside() {
    let peer = echo();
    let folder = tempfile::tempdir().unwrap();
    let pid = folder.path().join("pid");
    let script = format!(
        "set -m; stty -g | cksum; sh -c 'echo $$ >{}; exec {BINARY} {}'; stty -g | cksum; \
         echo stopped; fg; stty -g | cksum; echo done",
        pid.display(),
        peer.url()
    );
    let mut terminal = Pty::start_program("bash", ["-c", &script]);
    terminal.expect("connected to");
    terminal.keys("half ty");
    terminal.expect("> half ty");
    let pid = fs::read_to_string(pid).unwrap().trim().parse().unwrap();
    kill(Pid::from_raw(pid), Signal::SIGTSTP).unwrap();
    terminal.expect("\nstopped\n");
    let screen = terminal.screen();
    let before = screen.lines().next().unwrap();
    assert_eq!(screen.matches(before).count(), 2, "{screen}");
    terminal.expect_that("the line is drawn again", |screen| {
        screen.ends_with("\n> half ty")
    });
    terminal.keys("ped\r");
    terminal.expect("> half typed\n< half typed");
    terminal.keys(key::CTRL_D);
    terminal.expect("done");
    assert_eq!(terminal.screen().matches(before).count(), 3);
}

/// Not a test of its own: the program that the next one runs on a terminal.
#[test]
#[ignore = "it panics on purpose"]
fn panics_with_the_terminal_in_its_hands() {
    let terminal = wscope::repl::terminal::Terminal::take_over(true);
    let guard = terminal.restore_on_panic(|| std::process::exit(3));
    let _ = std::thread::spawn(|| panic!("on purpose")).join();
    drop(guard);
}

#[test]
fn restores_the_terminal_when_a_thread_panics() {
    let program = std::env::current_exe().unwrap();
    let script = format!(
        "stty -g | cksum; {} --exact repl::panics_with_the_terminal_in_its_hands --ignored --nocapture; \
         echo status $?; stty -g | cksum; echo done",
        program.display()
    );
    let terminal = Pty::start_program("sh", ["-c", &script]);
    terminal.expect("on purpose");
    terminal.expect("status 3");
    terminal.expect("done");
    let screen = terminal.screen();
    let before = screen.lines().next().unwrap();
    assert_eq!(screen.matches(before).count(), 2, "{screen}");
}

#[test]
fn survives_a_resize_in_the_middle_of_a_line() {
    let peer = echo();
    let mut terminal = connected(&peer);
    terminal.keys("a line that is longer than twenty columns");
    terminal.expect("columns");
    terminal.resize(20, 24);
    terminal.resize(100, 24);
    terminal.keys(", resized\r");
    terminal.expect("< a line that is longer than twenty columns, resized");
    terminal.keys(key::CTRL_D);
    terminal.exits(0);
}

#[test]
fn works_at_twenty_columns_with_wide_characters() {
    let peer = echo();
    let mut terminal = Pty::start_sized(20, 24, [peer.url()]);
    terminal.expect("connected");
    enter(&mut terminal, "你好你好你好你好你好你好");
    terminal.expect("< 你好你好你好你好你\n好你好");
    enter(&mut terminal, "/help");
    terminal.expect("/quit");
    terminal.keys(key::CTRL_D);
    terminal.exits(0);
}

#[test]
fn works_on_a_dumb_terminal() {
    let peer = echo();
    let url = peer.url();
    let mut terminal = Pty::start_program("env", ["TERM=dumb", BINARY, &url]);
    terminal.expect("connected to");
    enter(&mut terminal, "hello");
    terminal.expect("< hello");
    terminal.keys(key::CTRL_D);
    terminal.expect("closed by us: 1000");
    assert!(!terminal.raw().contains(&0x1b), "no escape sequence");
    terminal.exits(0);
}

#[test]
fn uses_colour_only_where_it_is_wanted() {
    for (variable, arguments, is_colored) in [
        ("A=b", &[][..], true),
        ("NO_COLOR=1", &[], false),
        ("NO_COLOR=1", &["--color=always"], true),
        ("A=b", &["--color=never"], false),
    ] {
        let peer = echo();
        let url = peer.url();
        let program = [variable, BINARY, &url];
        let mut terminal = Pty::start_program("env", program.iter().chain(arguments));
        terminal.expect("connected to");
        enter(&mut terminal, "hello");
        terminal.expect("< hello");
        terminal.keys(key::CTRL_D);
        terminal.expect("closed by us");
        let green = terminal.raw().windows(5).any(|bytes| bytes == b"\x1b[32m");
        assert_eq!(green, is_colored, "{variable} {arguments:?}");
        terminal.exits(0);
    }
}

#[test]
fn writes_out_what_a_script_asked_for_when_the_prompt_has_gone() {
    let peer = echo();
    let format = "code %{http_code} sent %{messages_sent} close %{close_code} exit %{exitcode}\\n";
    let mut terminal = Pty::start(["-w", format, &peer.url()]);
    enter(&mut terminal, "hello");
    terminal.expect("< hello");
    enter(&mut terminal, "/frame text \"by hand\"");
    terminal.expect("< by hand");
    enter(&mut terminal, "/stats");
    terminal.expect("sent     2 messages, 12 B");
    terminal.keys(key::CTRL_D);
    let screen = terminal.exits(0);
    assert!(
        screen.ends_with("\ncode 101 sent 2 close 1000 exit 0"),
        "{screen}"
    );

    let screen = Pty::start(["-w", format, "ws://127.0.0.1:1/"]).exits(4);
    assert!(
        screen.ends_with("\ncode 0 sent 0 close 0 exit 4"),
        "{screen}"
    );
}

#[test]
fn says_why_it_could_not_connect_and_leaves() {
    let terminal = Pty::start(["ws://127.0.0.1:1/"]);
    let screen = terminal.exits(4);
    assert!(
        screen.contains("127.0.0.1:1 refused the connection"),
        "{screen}"
    );
}
