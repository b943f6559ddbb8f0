//! What people type by habit from curl, wscat and websocat, and how it is said here.
//!
//! A flag of theirs that means the same and collides with nothing is an alias, beside the flag that it stands for. This
//! table is for the others: an error that only calls them unexpected would leave their users to search the manual.

use std::ffi::OsString;

use clap::{
    CommandFactory as _, Error,
    builder::StyledStr,
    error::{ContextKind, ContextValue, ErrorKind},
};

use super::Cli;

/// Replaces clap's guess by what is known of the habit behind the error.
pub(super) fn advise(mut error: Error, arguments: &[OsString]) -> Error {
    let advice = match error.kind() {
        ErrorKind::UnknownArgument => unknown(&error, arguments),
        ErrorKind::MissingRequiredArgument => match swallowed_url(arguments) {
            None if names_no_command(arguments) => {
                return Error::raw(ErrorKind::MissingRequiredArgument, NO_URL);
            }
            advice => advice,
        },
        _ => None,
    };
    if let Some(advice) = advice {
        error.remove(ContextKind::SuggestedArg);
        error.remove(ContextKind::SuggestedValue);
        error.insert(
            ContextKind::Suggested,
            ContextValue::StyledStrs(vec![StyledStr::from(advice)]),
        );
    }
    error
}

/// After `-c URL` the flags are wscat's: those that mean another thing here would do harm in silence.
///
/// # Errors
/// A conflict that names what is meant.
pub(super) fn refuse_wscats_flags(cli: &Cli) -> Result<(), Error> {
    let connect = &cli.client.connect;
    let text = if !cli.connect {
        return Ok(());
    } else if connect.proxy.proxy.is_some() {
        "with -c, as wscat has it, -x would be a message: here that is --send, and -x is --proxy\n"
    } else if connect.http.netrc {
        "with -c, as wscat has it, -n would be --no-check: here that is -k, and -n is --netrc\n"
    } else {
        return Ok(());
    };
    Err(Cli::command().error(ErrorKind::ArgumentConflict, text))
}

fn unknown(error: &Error, arguments: &[OsString]) -> Option<String> {
    let Some(ContextValue::String(found)) = error.get(ContextKind::InvalidArg) else {
        return None;
    };
    if !found.starts_with('-') {
        return second_positional(found, arguments);
    }
    HABITS
        .iter()
        .find(|(flags, _)| flags.contains(&found.as_str()))
        .map(|(_, advice)| (*advice).to_owned())
}

/// `wscope -s chat URL`, `wscope chekc URL`, `wscope URL hello`.
fn second_positional(second: &str, arguments: &[OsString]) -> Option<String> {
    let matches = Cli::command()
        .ignore_errors(true)
        .try_get_matches_from(arguments)
        .ok()?;
    let first = matches.get_one::<String>("url")?;
    if !second.contains("://") {
        return Some(format!("to send it as a message: --send '{second}'"));
    }
    if let Some(command) = Cli::command()
        .get_subcommands()
        .find(|command| is_near(first, command.get_name()))
    {
        return Some(format!(
            "a similar command exists: '{}'",
            command.get_name()
        ));
    }
    let advice = match arguments
        .iter()
        .find(|argument| *argument == "-s" || *argument == "-c")
    {
        Some(flag) if flag == "-s" => format!("-s is --silent here: --subprotocol '{first}'"),
        Some(_) => {
            "-c is wscat's, and takes the URL alone; -b sends the cookies of curl's file".to_owned()
        }
        None => format!("'{first}' was taken as the URL already"),
    };
    Some(advice)
}

/// The same letters in another order, or but one.
fn is_near(typed: &str, name: &str) -> bool {
    let sorted = |word: &str| {
        let mut letters: Vec<char> = word.chars().collect();
        letters.sort_unstable();
        letters
    };
    let common = typed
        .chars()
        .zip(name.chars())
        .take_while(|(a, b)| a == b)
        .count();
    sorted(typed) == sorted(name) || (common + 1 >= name.len() && typed.len() <= name.len() + 1)
}

/// `wscope -b URL`: a flag that takes a value here took the URL.
fn swallowed_url(arguments: &[OsString]) -> Option<String> {
    let (flag, url) = arguments
        .iter()
        .zip(arguments.get(1..)?)
        .find_map(|(flag, value)| {
            let (flag, value) = (flag.to_str()?, value.to_str()?);
            (flag.starts_with('-') && value.contains("://")).then_some((flag, value))
        })?;
    let binary = if flag == "-b" {
        "; binary messages are --binary"
    } else {
        ""
    };
    Some(format!("'{flag}' took '{url}' as its value{binary}"))
}

fn names_no_command(arguments: &[OsString]) -> bool {
    !Cli::command().get_subcommands().any(|command| {
        arguments
            .iter()
            .any(|argument| argument == command.get_name())
    })
}

/// What somebody sees first who types the name alone.
const NO_URL: &str = "\
no URL is given

  wscope wss://example.org/ws          talk to an endpoint
  wscope check wss://example.org/ws    find out why it does not work
  wscope demo                          try it with no network at all

For more information, try '--help'.
";

/// Flags of others, and what to type instead.
const HABITS: &[(&[&str], &str)] = &[
    // curl
    (
        &["-i", "--include", "-I", "--head"],
        "-v shows both heads, on standard error",
    ),
    (
        &["-f", "--fail", "--fail-with-body", "--fail-early"],
        "leave it out: a refused upgrade always fails, with status 7",
    ),
    (
        &["-N", "--no-buffer"],
        "leave it out: what has come is never held back",
    ),
    (
        &["-o"],
        "curl's -o FILE is '>FILE'; wscat's -o ORIGIN is --origin ORIGIN",
    ),
    (&["-O", "--output"], "'>FILE' writes the messages to a file"),
    (
        &[
            "-d",
            "--data",
            "--data-raw",
            "--data-binary",
            "--execute",
            "--preamble",
            "--message",
        ],
        "--send TEXT sends a message; standard input sends a message for each line",
    ),
    (
        &["-T", "--upload-file"],
        "'<FILE' sends a file: each line a message, or --whole, or --binary",
    ),
    (&["-e", "--referer"], "-H 'Referer: URL'"),
    (
        &["-X", "--request", "-G", "--get"],
        "leave it out: an upgrade is always a GET",
    ),
    (&["--url"], "give the URL by itself"),
    (
        &["--cookie-jar"],
        "the server's cookies are not kept; -b sends cookies, -v shows both heads",
    ),
    (
        &["--http1.1"],
        "leave it out: the upgrade is HTTP/1.1 unless --http-version says otherwise",
    ),
    (&["--http1.0", "-0"], "--http-version 1.0"),
    (
        &["--http2", "--http3", "--http2-prior-knowledge"],
        "leave it out: the upgrade is HTTP/1.1; WebSocket over HTTP/2 or 3 is not spoken",
    ),
    (
        &["--compressed"],
        "leave it out: permessage-deflate is offered unless --no-deflate forbids it",
    ),
    (
        &["--tlsv1", "--tlsv1.0", "--tlsv1.1", "--sslv2", "--sslv3"],
        "TLS 1.2 is the oldest that is spoken: --tlsv1.2",
    ),
    (&["--socks5", "--socks5-host"], "-x socks5://HOST:PORT"),
    (&["--socks5-hostname"], "-x socks5h://HOST:PORT"),
    (
        &["--socks4", "--socks4a"],
        "-x socks4://HOST:PORT, or socks4a://",
    ),
    (
        &["--proxytunnel"],
        "leave it out: a proxy is always asked for a tunnel",
    ),
    (
        &["--trace", "--trace-ascii", "--hexdump"],
        "--inspect=full shows every byte of every frame, and -v the heads",
    ),
    (
        &["--timeout"],
        "-m SECONDS ends the whole run, --connect-timeout SECONDS the connecting alone",
    ),
    (&["--bearer", "--token"], "--oauth2-bearer TOKEN"),
    (
        &["--host"],
        "-H 'Host: NAME'; to go to another machine under the URL's name: --connect-to",
    ),
    // wscat
    (
        &["-p"],
        "wscat's -p VERSION is --ws-version; websocat's -p TEXT is --send; a proxy always tunnels",
    ),
    (
        &["-l", "--listen", "--server"],
        "wscope is a client; 'wscope demo' brings an echo server of its own",
    ),
    (
        &["-P", "--show-ping-pong"],
        "--inspect shows pings and pongs among the frames, --json among the events",
    ),
    (
        &["--slash"],
        "leave it out: the prompt always has its /commands",
    ),
    (
        &["--passphrase"],
        "the key must be without a passphrase: openssl pkey -in KEY -out PLAIN",
    ),
    (&["--no-color", "--no-colour"], "--color never"),
    // websocat
    (
        &["--protocol"],
        "--subprotocol NAME; wscat's --protocol VERSION is --ws-version",
    ),
    (
        &["-E", "--exit-on-eof"],
        "leave it out; --wait 0 closes as soon as standard input has ended",
    ),
    (
        &["--unidirectional-reverse", "--unidirectional"],
        "'</dev/null' only listens, '>/dev/null' only sends",
    ),
    (
        &["-t", "--text"],
        "leave it out: messages are text unless --binary, --hex or --base64 is given",
    ),
    (
        &["-B", "--buffer-size"],
        "leave it out: size never splits a message; --max-message-size is the limit",
    ),
    (&["-q", "--quiet"], "-s"),
    (&["--max-messages", "--max-messages-rev"], "--count N"),
    (
        &["--close", "--close-status-code", "--close-reason"],
        "--send-frame 'close 4000 \"bye\"', or /close 4000 bye at the prompt",
    ),
    (&["--inhibit-pongs"], "--no-pong"),
    (&["--autoreconnect", "--retry"], "--reconnect"),
    (
        &["--timestamp", "--timestamps"],
        "/time clock at the prompt; every event of --json has its time",
    ),
    (
        &["--print-ping-rtts"],
        "/rtt at the prompt; every pong of --json has its rtt",
    ),
    (&["--ws-c-uri"], "--connect-to or --unix-socket"),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn said(arguments: &[&str]) -> String {
        let arguments = std::iter::once("wscope").chain(arguments.iter().copied());
        Cli::read(arguments.map(OsString::from))
            .unwrap_err()
            .to_string()
    }

    #[test]
    fn a_flag_of_another_client_is_answered_by_the_one_here() {
        for (arguments, advice) in TYPED {
            let said = said(arguments);
            assert!(said.contains(advice), "{arguments:?}: {said}");
        }
    }

    #[test]
    fn no_flag_of_the_table_exists_here() {
        for flag in HABITS.iter().flat_map(|(flags, _)| *flags) {
            let error =
                Cli::parse_as_typed(&["wscope", flag, "ws://h/"].map(OsString::from)).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::UnknownArgument, "{flag}");
        }
    }

    #[test]
    fn the_name_alone_shows_what_can_be_done() {
        let said = said(&[]);
        assert!(
            said.contains("no URL is given") && said.contains("wscope demo"),
            "{said}"
        );
    }

    #[test]
    fn wscats_command_lines_work_or_say_what_is_meant() {
        let cli = Cli::read(["wscope", "-c", "ws://h/", "--no-check"].map(OsString::from)).unwrap();
        assert_eq!(cli.url.as_deref(), Some("ws://h/"));
        assert!(cli.client.connect.tls.insecure);
        assert!(said(&["-c", "ws://h/", "-x", "hi"]).contains("--send"));
        assert!(said(&["-n", "-c", "ws://h/"]).contains("-k"));
    }

    const TYPED: &[(&[&str], &str)] = &[
        (&["--include", "ws://h/"], "tip: -v shows both heads"),
        (&["-o", "http://x", "ws://h/"], "--origin ORIGIN"),
        (&["-E", "ws://h/"], "--wait 0"),
        (&["ws://h/", "--execute", "hi"], "--send TEXT"),
        (
            &["-b", "ws://h/"],
            "'-b' took 'ws://h/' as its value; binary messages are --binary",
        ),
        (&["-s", "chat", "ws://h/"], "--subprotocol 'chat'"),
        (&["-c", "jar", "ws://h/"], "-b sends the cookies"),
        (&["ws://h/", "hello"], "--send 'hello'"),
        (&["chekc", "ws://h/"], "a similar command exists: 'check'"),
        (&["checks", "ws://h/"], "a similar command exists: 'check'"),
        (&["h", "ws://h/"], "'h' was taken as the URL already"),
        (&["--conect-timeout", "3", "ws://h/"], "'--connect-timeout'"),
    ];
}
