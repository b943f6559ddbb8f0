//! What was typed: the command line as clap reads it, and nothing else.
//!
//! No file is opened and no variable read here; [`crate::config`] turns this into what is meant.
//!
//! No struct of arguments is a group of clap's (`group(skip)`): nobody asks for them, and clap
//! would look through each for every argument.

pub mod check;
pub mod connect;
pub mod decode;
pub mod first;
pub mod general;
pub mod generate;
mod habits;
pub mod inspect;
mod man;
pub mod pipe;
pub mod quantity;
pub mod repl;
pub mod values;

use std::{ffi::OsString, mem::ManuallyDrop};

use clap::{ArgMatches, Args, CommandFactory as _, FromArgMatches, Parser, Subcommand};

pub use general::GeneralArgs;
pub use man::EXIT_STATUSES;
pub use pipe::PipeArgs;
pub use repl::ReplArgs;

use crate::error::Error;

/// A WebSocket client that shows every frame and says why the upgrade failed
#[derive(Debug, Parser)]
#[command(
    name = "wscope",
    version,
    disable_help_subcommand = true,
    subcommand_negates_reqs = true,
    override_usage = "wscope [OPTIONS] URL\n       wscope COMMAND [OPTIONS] …",
    subcommand_value_name = "COMMAND",
    after_help = AFTER_HELP,
    max_term_width = 100
)]
pub struct Cli {
    /// What to do instead of opening a connection.
    #[command(subcommand)]
    pub command: Option<Command>,

    /// The URL to connect to: ws://, wss://, http://, https:// or a bare host
    #[arg(value_name = "URL", required = true)]
    pub url: Option<String>,

    /// wscat's flag in front of its URL.
    #[arg(short = 'c', long = "connect", hide = true)]
    pub connect: bool,

    /// The client's options.
    #[command(flatten)]
    pub client: ClientArgs,

    /// Write the man page or a completion script to standard output
    #[arg(long, value_name = "KIND", hide = true, exclusive = true)]
    pub generate: Option<generate::Artefact>,
}

const AFTER_HELP: &str = "\
On a terminal this is a prompt; in a pipe each line of standard input is a message and standard
output carries the payloads alone. Exit status: 0 done, 2 usage, 3 name, 4 TCP, 5 proxy, 6 TLS,
7 upgrade, 8 protocol, 9 lost, 10 closed with an error, 11 timeout, 12 expectation.";

/// A subcommand.
#[derive(Debug)]
pub enum Command {
    /// `wscope demo`.
    Demo(Box<DemoArgs>),
    /// `wscope check`.
    Check(Box<check::CheckArgs>),
    /// `wscope decode`.
    Decode(decode::DecodeArgs),
}

const DEMO: &str = "The client against an echo server of its own on 127.0.0.1";
const CHECK: &str = "Say which hop broke the WebSocket, on what evidence, and how to mend it";
const DECODE: &str = "Explain frames from a file or a capture";

/// By hand and not derived, because clap's derive builds the arguments of every subcommand, two
/// hundred here, before it looks at the first word: a third of the time to the first connect.
impl Subcommand for Command {
    fn augment_subcommands(command: clap::Command) -> clap::Command {
        let subcommand =
            |name, about, arguments| clap::Command::new(name).about(about).defer(arguments);
        // the arguments' own doc comments would take the place of what the subcommands are about
        command
            .subcommand(subcommand("demo", DEMO, |command| {
                DemoArgs::augment_args(command).about(DEMO)
            }))
            .subcommand(subcommand("check", CHECK, |command| {
                check::CheckArgs::augment_args(command).about(CHECK)
            }))
            .subcommand(subcommand("decode", DECODE, |command| {
                decode::DecodeArgs::augment_args(command).about(DECODE)
            }))
    }

    fn augment_subcommands_for_update(command: clap::Command) -> clap::Command {
        Self::augment_subcommands(command)
    }

    fn has_subcommand(name: &str) -> bool {
        matches!(name, "demo" | "check" | "decode")
    }
}

impl FromArgMatches for Command {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        Self::from_arg_matches_mut(&mut matches.clone())
    }

    fn from_arg_matches_mut(matches: &mut ArgMatches) -> Result<Self, clap::Error> {
        use clap::error::ErrorKind::MissingSubcommand;

        let Some((name, mut matches)) = matches.remove_subcommand() else {
            return Err(clap::Error::raw(
                MissingSubcommand,
                "no subcommand is given",
            ));
        };
        let matches = &mut matches;
        match name.as_str() {
            "demo" => DemoArgs::from_arg_matches_mut(matches).map(|args| Self::Demo(args.into())),
            "check" => {
                check::CheckArgs::from_arg_matches_mut(matches).map(|args| Self::Check(args.into()))
            }
            _ => decode::DecodeArgs::from_arg_matches_mut(matches).map(Self::Decode),
        }
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

/// The arguments of `wscope demo`.
#[derive(Args, Debug)]
#[group(skip)]
pub struct DemoArgs {
    /// The client's options.
    #[command(flatten)]
    pub client: ClientArgs,
}

/// The options of everything that opens a connection and moves messages.
#[derive(Args, Debug)]
#[group(skip)]
pub struct ClientArgs {
    /// How to reach the server.
    #[command(flatten)]
    pub connect: connect::ConnectArgs,
    /// How messages move.
    #[command(flatten)]
    pub pipe: PipeArgs,
    /// What is shown of frames.
    #[command(flatten)]
    pub inspect: inspect::InspectArgs,
    /// What the prompt does.
    #[command(flatten)]
    pub repl: ReplArgs,
    /// What is printed.
    #[command(flatten)]
    pub general: GeneralArgs,
}

impl Cli {
    /// Reads a command line, the program's name first.
    ///
    /// # Errors
    ///
    /// What clap says: a wrong command line, or a text to print (`--help`, `--version`).
    pub fn read(arguments: impl IntoIterator<Item = OsString>) -> Result<Self, clap::Error> {
        let arguments = help_as_flag(arguments.into_iter().collect());
        Self::parse_as_typed(&arguments).map_err(|error| habits::advise(error, &arguments))
    }

    fn parse_as_typed(arguments: &[OsString]) -> Result<Self, clap::Error> {
        // never dropped: it is as large as it was slow to build, and the process ends soon
        let mut command = ManuallyDrop::new(Self::command());
        let mut matches = command.try_get_matches_from_mut(arguments)?;
        refuse_options_before_subcommand(&matches)?;
        let cli = Self::from_arg_matches_mut(&mut matches)?;
        habits::refuse_wscats_flags(&cli)?;
        Ok(cli)
    }
}

/// `wscope help [COMMAND]` is `wscope [COMMAND] --help`: a host of that name is reached as `ws://help`.
fn help_as_flag(mut arguments: Vec<OsString>) -> Vec<OsString> {
    if arguments.get(1).is_some_and(|first| first == "help") && arguments.len() <= 3 {
        arguments.remove(1);
        arguments.push("--help".into());
    }
    arguments
}

/// `wscope -v demo` would drop the `-v`: options belong behind the subcommand.
fn refuse_options_before_subcommand(matches: &ArgMatches) -> Result<(), clap::Error> {
    use clap::parser::ValueSource;

    let Some((subcommand, _)) = matches.subcommand() else {
        return Ok(());
    };
    let typed = |id: &&clap::Id| {
        matches.value_source(id.as_str()) == Some(ValueSource::CommandLine)
            && Cli::command()
                .get_arguments()
                .any(|argument| argument.get_id() == *id)
    };
    let Some(id) = matches.ids().find(typed) else {
        return Ok(());
    };
    let long = Cli::command()
        .get_arguments()
        .find(|argument| argument.get_id() == id)
        .and_then(|argument| argument.get_long().map(str::to_owned));
    let text = match long {
        Some(long) => format!("--{long} stands before '{subcommand}'; options go behind it\n"),
        None => format!("the URL stands before '{subcommand}'; a command comes first\n"),
    };
    Err(Cli::command().error(clap::error::ErrorKind::ArgumentConflict, text))
}

/// The command line is wrong in a way that clap does not see.
#[must_use]
pub fn usage(text: impl Into<String>) -> Error {
    Error::Usage(text.into())
}
