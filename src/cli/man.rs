//! The man page: clap_mangen's sections, and between them what no flag says.

use std::io;

use clap::Command;
use clap_mangen::{
    Man,
    roff::{Roff, bold, roman},
};

use crate::{
    input::frame_spec::MAN_FRAMES,
    output::{MAN_JSON, check::MAN_CHECK, write_out},
    repl::{MAN_FILES, command::COMMANDS},
};

/// Exit statuses, as the man page and the README list them.
pub const EXIT_STATUSES: [(&str, &str); 14] = [
    ("0", "the run did what was asked"),
    ("1", "a fault of wscope, or of local input and output"),
    ("2", "the command line is wrong"),
    ("3", "the host name has no address"),
    ("4", "no address accepted the TCP connection"),
    (
        "5",
        "the proxy was unreachable, refused, or answered nonsense",
    ),
    ("6", "the TLS handshake failed"),
    ("7", "the upgrade was refused, or its answer is invalid"),
    ("8", "the peer broke the WebSocket protocol"),
    ("9", "the connection ended without a Close frame"),
    (
        "10",
        "the peer closed with a code other than 1000, 1001 or 1005",
    ),
    ("11", "a deadline passed; the message says which"),
    ("12", "--count, --until or another expectation was not met"),
    ("130, 143", "a signal: wscope closes first, then dies by it"),
];

const SYNOPSIS: [&str; 2] = [
    "wscope [OPTIONS] URL",
    "wscope COMMAND [OPTIONS] …, where COMMAND is one of those below",
];

const DESCRIPTION: [&str; 4] = [
    "wscope opens a WebSocket and moves messages. On a terminal it is a prompt; otherwise each line of standard input is a text message, and each message from the server is a line on standard output.",
    "Standard output is data, standard error is talk: in a pipe standard output carries the payloads alone, unaltered.",
    "When standard input has ended, everything queued is sent; then wscope stays until the server closes or no message has come for --wait seconds, sends Close 1000, and still prints what arrives until the server's Close. An empty standard input ends nothing: wscope then listens.",
    "A URL without a scheme is ws:// for loopback and private hosts and wss:// otherwise; http:// and https:// stand for ws:// and wss://.",
];

const ENVIRONMENT: [(&str, &str); 7] = [
    (
        "http_proxy, https_proxy, all_proxy, no_proxy",
        "the proxies, where -x is not given; also in upper case, but for http_proxy in a CGI program",
    ),
    (
        "SSLKEYLOGFILE",
        "the file that the keys of TLS connections are added to, for Wireshark",
    ),
    (
        "SSL_CERT_FILE, SSL_CERT_DIR",
        "where the system's trusted certificates are, if not in their usual place",
    ),
    (
        "NO_COLOR, CLICOLOR, CLICOLOR_FORCE, TERM",
        "whether --color auto uses colour",
    ),
    ("VISUAL, EDITOR", "what /edit starts"),
    ("HOME", "where .netrc is"),
    ("XDG_STATE_HOME", "where the prompt's history is kept"),
];

const EXAMPLES: [(&str, &str); 7] = [
    (
        "wscope wss://example.org/ws",
        "talk to an endpoint at a prompt",
    ),
    (
        "echo '{\"id\":1}' | wscope -1 wss://example.org/rpc",
        "send one request, print one answer",
    ),
    (
        "wscope --send '{\"subscribe\":\"ticker\"}' --count 10 wss://example.org/feed </dev/null",
        "subscribe, and print ten messages",
    ),
    (
        "wscope --until '\"done\":true' -m 30 wss://example.org/job </dev/null",
        "wait half a minute for a message that matches",
    ),
    (
        "wscope --json wss://example.org/ws </dev/null | jq .",
        "every event as JSON",
    ),
    (
        "while read -r id; do wscope -1 --send \"$id\" wss://example.org/rpc </dev/null; done <ids",
        "ask once for each line; without </dev/null wscope would send the rest of the loop's input",
    ),
    ("echo hello | wscope demo", "try it with no network at all"),
];

/// Writes the page for `command` and all its subcommands.
pub(super) fn write(command: &Command, out: &mut dyn io::Write) -> io::Result<()> {
    let man = Man::new(command.clone()).date("").manual("User Commands");
    man.render_title(out)?;
    man.render_name_section(out)?;
    section("SYNOPSIS", &SYNOPSIS).to_writer(out)?;
    section("DESCRIPTION", &DESCRIPTION).to_writer(out)?;
    man.render_options_section(out)?;
    for subcommand in command.get_subcommands() {
        let mut subcommand = subcommand.clone();
        // an argument can name itself only once it is built
        subcommand.build();
        write_subcommand(command, &subcommand, out)?;
    }
    let frames: Vec<&str> = MAN_FRAMES.lines().collect();
    section("FRAMES MADE BY HAND", &frames).to_writer(out)?;
    let usages: Vec<String> = COMMANDS.iter().map(|command| command.usage()).collect();
    let summaries = COMMANDS.iter().map(|command| command.summary);
    let commands: Vec<_> = usages.iter().map(String::as_str).zip(summaries).collect();
    table("COMMANDS AT THE PROMPT", &commands).to_writer(out)?;
    let variables: Vec<_> = write_out::variables().collect();
    section("VARIABLES OF --WRITE-OUT", &[variables.join(", ").as_str()]).to_writer(out)?;
    table("EXIT STATUS", &EXIT_STATUSES).to_writer(out)?;
    let json: Vec<&str> = MAN_JSON.lines().collect();
    section("JSON EVENTS", &json).to_writer(out)?;
    let check: Vec<&str> = MAN_CHECK.lines().collect();
    section("CHECK AS JSON", &check).to_writer(out)?;
    table("ENVIRONMENT", &ENVIRONMENT).to_writer(out)?;
    table("FILES", &MAN_FILES).to_writer(out)?;
    table("EXAMPLES", &EXAMPLES).to_writer(out)
}

/// The options that a subcommand has and the program itself has not, or which mean another thing there.
fn write_subcommand(
    program: &Command,
    subcommand: &Command,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let title = format!("WSCOPE {}", subcommand.get_name().to_uppercase());
    let about = subcommand.get_about().map(ToString::to_string);
    section(&title, &[about.as_deref().unwrap_or_default()]).to_writer(out)?;
    let is_own = |argument: &&clap::Arg| {
        !argument.is_hide_set()
            && argument.get_id() != "help"
            && !program
                .get_arguments()
                .any(|other| other.get_id() == argument.get_id() && means_the_same(other, argument))
    };
    for argument in subcommand.get_arguments().filter(is_own) {
        let help = argument.get_long_help().or_else(|| argument.get_help());
        let mut roff = Roff::new();
        roff.control("TP", []);
        roff.text([bold(argument.to_string())]);
        roff.text([roman(help.map(ToString::to_string).unwrap_or_default())]);
        roff.to_writer(out)?;
    }
    Ok(())
}

fn means_the_same(argument: &clap::Arg, other: &clap::Arg) -> bool {
    let help = |argument: &clap::Arg| argument.get_help().map(ToString::to_string);
    help(argument) == help(other)
}

fn section(title: &str, paragraphs: &[&str]) -> Roff {
    let mut roff = Roff::new();
    roff.control("SH", [title]);
    for paragraph in paragraphs {
        roff.control("PP", []);
        roff.text([roman(*paragraph)]);
    }
    roff
}

fn table(title: &str, rows: &[(&str, &str)]) -> Roff {
    let mut roff = Roff::new();
    roff.control("SH", [title]);
    for (term, meaning) in rows {
        roff.control("TP", []);
        roff.text([bold(*term)]);
        roff.text([roman(*meaning)]);
    }
    roff
}
