//! What a typed line means: a message, or one of the slash commands.
//!
//! [`COMMANDS`] is the one table behind parsing, `/help`, completion and hints. Arguments are
//! validated here, so that an [`Action`] can always be tried, and an error can always say what
//! was expected.

use std::path::PathBuf;

use super::{setting::Setting, table::ALIASES};
use crate::{input::frame_spec::FrameSpec, output::inspect::Detail, ws::CloseFrame};

pub use super::table::COMMANDS;

/// A line, understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line {
    /// Nothing to do.
    Empty,
    /// A text message.
    Message(String),
    /// A slash command.
    Action(Action),
}

/// A slash command with its arguments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Send this text, which may be empty or begin with a slash.
    Text(String),
    /// Send these bytes as one binary message.
    Binary(Vec<u8>),
    /// Send a file as one binary message.
    BinaryFile(PathBuf),
    /// Send a file as one message, text where it is UTF-8.
    Send(PathBuf),
    /// Send a ping with at most 125 bytes.
    Ping(Vec<u8>),
    /// Send a pong that nobody asked for, with at most 125 bytes.
    Pong(Vec<u8>),
    /// Send a Close frame and wait for the peer's.
    Close(CloseFrame),
    /// Send one frame of the user's making.
    Frame(Box<FrameSpec>),
    /// Send a text message in this many frames.
    Fragment(usize, String),
    /// Show so much of each frame from now on.
    Inspect(Inspect),
    /// Show the upgrade's heads.
    Headers,
    /// Show the TLS session and its certificates.
    Tls,
    /// Show the steps of connecting with their times.
    Timeline,
    /// Show counts, bytes and rates.
    Stats,
    /// Send this many pings, one after the other, and show their round trips.
    Rtt(usize),
    /// Show this many of the latest messages, one line each.
    History(usize),
    /// Write all messages to this file, those to come included; `None` ends that.
    Save(Option<PathBuf>),
    /// Show one message whole; `None` is the latest.
    Show(Option<u64>),
    /// Change a setting.
    Set(Setting),
    /// List the settings.
    Settings,
    /// Write a message in `$EDITOR`, beginning with this text.
    Edit(String),
    /// Connect again to the same URL.
    Reconnect,
    /// Connect to another URL.
    Open(String),
    /// Close and leave.
    Quit,
    /// Explain all commands, or one.
    Help(Option<&'static Command>),
}

/// What `/inspect` asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Inspect {
    /// Off where frames are shown, a line for each where they are not.
    Switch,
    /// Messages alone.
    Off,
    /// This much of each frame.
    On(Detail),
}

/// One row of the table; equal where the name is, because names are unique.
#[derive(Debug)]
pub struct Command {
    /// The word after the slash.
    pub name: &'static str,
    /// The arguments, as help shows them.
    pub arguments: &'static str,
    /// What it does, in a few words.
    pub summary: &'static str,
    /// What else is to be known; whole sentences, or nothing.
    pub details: &'static str,
    /// What Tab offers after the name.
    pub completes: Completes,
    pub(super) parse: fn(&str) -> Result<Action, String>,
}

/// What completion offers for the arguments of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Completes {
    /// Nothing.
    Nothing,
    /// One of these words.
    Words(&'static [&'static str]),
    /// A file name after `@`.
    AtFile,
    /// A file name.
    File,
    /// A close code.
    CloseCode,
    /// The name of a command.
    Command,
    /// The name of a setting, then one of its values.
    Setting,
}

/// A line that means nothing.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum Mistake {
    /// No command has this name.
    #[error("unknown command /{name}{}; //{name} sends it as text, /help lists the commands",
        .nearest.map(|nearest| format!(", did you mean /{nearest}?")).unwrap_or_default())]
    Unknown {
        /// What was typed.
        name: String,
        /// The command that looks most like it.
        nearest: Option<&'static str>,
    },
    /// An argument is missing, wrong or too much.
    #[error("/{}: {reason}\nexpected: {}", .command.name, .command.usage())]
    Argument {
        /// The command.
        command: &'static Command,
        /// What is wrong with the argument.
        reason: String,
    },
}

impl PartialEq for Command {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Command {}

impl Command {
    /// The command and its arguments, as they are typed.
    #[must_use]
    pub fn usage(&self) -> String {
        format!("/{} {}", self.name, self.arguments)
            .trim_end()
            .to_owned()
    }

    /// The command of this name, or of this alias.
    #[must_use]
    pub fn find(name: &str) -> Option<&'static Self> {
        let name = ALIASES
            .iter()
            .find(|(alias, _)| *alias == name)
            .map_or(name, |(_, name)| name);
        COMMANDS.iter().find(|command| command.name == name)
    }
}

/// Reads one line: `/name arguments`, `//text`, or plain text.
///
/// # Errors
///
/// What is wrong, and what was expected instead.
pub fn parse(line: &str) -> Result<Line, Mistake> {
    let Some(rest) = line.strip_prefix('/') else {
        // Of whole lines that were copied, the last line feed belongs to the copying.
        return Ok(match line.strip_suffix('\n').unwrap_or(line) {
            "" => Line::Empty,
            text => Line::Message(text.to_owned()),
        });
    };
    if rest.starts_with('/') {
        return Ok(Line::Message(rest.to_owned()));
    }
    let (name, arguments) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    let command = Command::find(name).ok_or_else(|| Mistake::Unknown {
        name: name.to_owned(),
        nearest: nearest(name),
    })?;
    (command.parse)(arguments)
        .map(Line::Action)
        .map_err(|reason| Mistake::Argument { command, reason })
}

/// Two typing errors are forgiven, or a third of a long name.
pub(super) fn nearest(name: &str) -> Option<&'static str> {
    let distance = |command: &Command| strsim::damerau_levenshtein(name, command.name);
    let best = COMMANDS.iter().min_by_key(|command| distance(command))?;
    let starts = |command: &&Command| !name.is_empty() && command.name.starts_with(name);
    COMMANDS
        .iter()
        .find(starts)
        .or_else(|| (distance(best) <= 2.max(name.len() / 3)).then_some(best))
        .map(|command| command.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn action(line: &str) -> Action {
        match parse(line) {
            Ok(Line::Action(action)) => action,
            other => panic!("{line}: {other:?}"),
        }
    }

    fn complaint(line: &str) -> String {
        parse(line).map_or_else(|mistake| mistake.to_string(), |line| format!("{line:?}"))
    }

    #[test]
    fn sends_what_is_no_command() {
        let message = |text: &str| Ok(Line::Message(text.to_owned()));
        assert_eq!(parse("hello"), message("hello"));
        assert_eq!(parse(" /close"), message(" /close"));
        assert_eq!(parse("//close"), message("/close"));
        assert_eq!(parse("///"), message("//"));
        assert_eq!(parse("{\n  \"a\": 1\n}"), message("{\n  \"a\": 1\n}"));
        assert_eq!(parse("a\n\n"), message("a\n"));
        assert_eq!(parse(""), Ok(Line::Empty));
    }

    #[test]
    fn understands_every_command() {
        for (line, expected) in understood() {
            assert_eq!(action(line), expected, "{line}");
        }
    }

    #[test]
    fn says_what_is_wrong_and_what_was_expected() {
        for (line, wrong, expected) in MISTAKES {
            let complaint = complaint(line);
            assert!(complaint.contains(wrong), "{line}: {complaint}");
            assert!(complaint.contains(expected), "{line}: {complaint}");
        }
    }

    #[test]
    fn suggests_the_nearest_command_and_nothing_far_fetched() {
        for (typed, nearest) in [
            ("/clsoe", Some("close")),
            ("/rec", Some("reconnect")),
            ("/binray ff", Some("binary")),
            ("/HELP", None),
            ("/xyzzy", None),
            ("/", None),
        ] {
            let Err(Mistake::Unknown { nearest: found, .. }) = parse(typed) else {
                panic!("{typed} was understood");
            };
            assert_eq!(found, nearest, "{typed}");
        }
        assert!(complaint("/clsoe").contains("did you mean /close?"));
        assert!(complaint("/etc/passwd").contains("//etc/passwd sends it as text"));
    }

    #[test]
    fn keeps_the_blanks_of_a_text() {
        assert_eq!(
            action("/text  two  blanks "),
            Action::Text(" two  blanks ".to_owned())
        );
        assert_eq!(action("/text\nline"), Action::Text("line".to_owned()));
    }

    #[test]
    fn never_panics_whatever_is_typed() {
        arbtest::arbtest(|u| {
            let command = u.choose(COMMANDS)?;
            let rest: String = u.arbitrary()?;
            let _ = parse(&format!("/{} {rest}", command.name));
            let _ = parse(&rest);
            Ok(())
        });
    }

    #[test]
    fn has_a_line_of_help_that_fits_for_each() {
        for command in COMMANDS {
            assert!(command.usage().chars().count() <= 76, "{}", command.name);
            assert!(command.summary.chars().count() <= 52, "{}", command.name);
        }
    }

    fn understood() -> Vec<(&'static str, Action)> {
        let text = str::to_owned;
        vec![
            ("/text", Action::Text(text(""))),
            ("/text /quit", Action::Text(text("/quit"))),
            (
                "/binary 00 ff:7F-0x0a",
                Action::Binary(vec![0, 255, 127, 10]),
            ),
            ("/binary base64:AP8=", Action::Binary(vec![0, 255])),
            ("/binary hex:00", Action::Binary(vec![0])),
            (
                "/binary @a b.bin",
                Action::BinaryFile(PathBuf::from("a b.bin")),
            ),
            ("/send @x.json", Action::Send(PathBuf::from("x.json"))),
            ("/send x.json", Action::Send(PathBuf::from("x.json"))),
            ("/edit", Action::Edit(text(""))),
            ("/ping", Action::Ping(vec![])),
            ("/ping hi there", Action::Ping(b"hi there".to_vec())),
            ("/pong x", Action::Pong(b"x".to_vec())),
            ("/close", Action::Close(CloseFrame::new(1000, ""))),
            ("/close 4001", Action::Close(CloseFrame::new(4001, ""))),
            (
                "/close 1011 it broke",
                Action::Close(CloseFrame::new(1011, "it broke")),
            ),
            ("/fragment 3 abc def", Action::Fragment(3, text("abc def"))),
            (
                "/frame ping rsv2",
                Action::Frame(Box::new("ping rsv2".parse().unwrap())),
            ),
            ("/inspect", Action::Inspect(Inspect::Switch)),
            ("/inspect off", Action::Inspect(Inspect::Off)),
            ("/inspect bits", Action::Inspect(Inspect::On(Detail::Bits))),
            ("/headers", Action::Headers),
            ("/tls", Action::Tls),
            ("/timeline", Action::Timeline),
            ("/stats", Action::Stats),
            ("/rtt", Action::Rtt(1)),
            ("/rtt 5", Action::Rtt(5)),
            ("/history 3", Action::History(3)),
            ("/show", Action::Show(None)),
            ("/show 12", Action::Show(Some(12))),
            ("/show #12", Action::Show(Some(12))),
            (
                "/save out.jsonl",
                Action::Save(Some(PathBuf::from("out.jsonl"))),
            ),
            ("/save off", Action::Save(None)),
            ("/set", Action::Settings),
            ("/reconnect", Action::Reconnect),
            (
                "/open wss://example.org/",
                Action::Open(text("wss://example.org/")),
            ),
            ("/quit", Action::Quit),
            ("/q", Action::Quit),
            ("/help", Action::Help(None)),
            ("/help /close", Action::Help(Command::find("close"))),
        ]
    }

    const MISTAKES: &[(&str, &str, &str)] = &[
        (
            "/close 5 x",
            "5 may not be sent",
            "expected: /close [CODE [REASON]]",
        ),
        ("/close 1006", "1006 may not be sent", "3000–4999"),
        (
            "/close bye",
            "\"bye\" is not a close code",
            "expected: /close",
        ),
        (
            "/close 99999",
            "\"99999\" is not a close code",
            "expected: /close",
        ),
        ("/binary", "missing", "HEX | @FILE | base64:…"),
        ("/binary xyz", "'x' is not a hex digit", "HEX"),
        ("/binary abc", "3 hex digits are not whole bytes", "HEX"),
        ("/binary @", "name is missing", "@FILE"),
        ("/binary base64:?", "not base64", "base64:…"),
        ("/send", "name is missing", "expected: /send @FILE"),
        ("/save", "name is missing", "expected: /save FILE | off"),
        (
            "/fragment",
            "number of frames is missing",
            "expected: /fragment N [TEXT]",
        ),
        (
            "/fragment 0 x",
            "\"0\" is not a number of frames from 1 to 10000",
            "N",
        ),
        ("/frame", "missing", "expected: /frame SPEC"),
        (
            "/frame ping rsv9",
            "  ping rsv9\n       ^^^^",
            "expected: /frame SPEC",
        ),
        (
            "/inspect all",
            "\"all\" is not one of off, header, bits, payload, full",
            "expected: /inspect",
        ),
        (
            "/rtt 1000",
            "\"1000\" is not a number of pings from 1 to 100",
            "/rtt [N]",
        ),
        (
            "/history x",
            "\"x\" is not a number of messages",
            "/history [N]",
        ),
        (
            "/show zero",
            "\"zero\" is not a message number",
            "/show [N]",
        ),
        ("/json maybe", "\"maybe\"", "on | off | auto"),
        ("/time now", "\"now\"", "off | clock | delta"),
        ("/dump lots", "\"lots\"", "BYTES | all"),
        ("/set colour", "\"colour\"", "/set [NAME VALUE]"),
        ("/open", "URL is missing", "/open URL"),
        ("/open a b", "no blanks", "/open URL"),
        ("/quit now", "takes no argument", "expected: /quit"),
        ("/help nosuch", "there is no /nosuch", "/help [COMMAND]"),
        ("/help clsoe", "did you mean /close?", "/help [COMMAND]"),
    ];
}
