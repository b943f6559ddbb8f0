//! Options about how messages move: framings, what is sent, when it ends.

use clap::{ArgAction, Args};

use super::first::FirstArgs;
use super::quantity::{Seconds, Size, WaitFor};

/// How messages move.
#[derive(Args, Debug)]
#[group(skip)]
#[command(next_help_heading = "Messages")]
pub struct PipeArgs {
    /// What is sent before standard input.
    #[command(flatten)]
    pub first: FirstArgs,

    /// Send and receive binary messages, byte for byte
    ///
    /// Without another framing each block that standard input gives, up to 64 KiB, is a message,
    /// and nothing is added to the payloads on standard output.
    #[arg(long)]
    pub binary: bool,

    /// Messages end with a NUL instead of a newline, in and out
    #[arg(long, group = "framing")]
    pub null: bool,

    /// Messages end with STRING instead of a newline, in and out
    #[arg(
        long,
        value_name = "STRING",
        group = "framing",
        allow_hyphen_values = true
    )]
    pub delimiter: Option<String>,

    /// All of standard input is one message
    #[arg(long, group = "framing")]
    pub whole: bool,

    /// Each message follows its length as four bytes, big-endian, in and out
    #[arg(long, group = "framing")]
    pub length_prefixed: bool,

    /// Each line is a binary message in hexadecimal, in and out
    #[arg(long, group = "framing")]
    pub hex: bool,

    /// Each line is a binary message in base64, in and out
    #[arg(long, group = "framing")]
    pub base64: bool,

    /// Stop after N messages from the server
    #[arg(long, value_name = "N", value_parser = count)]
    pub count: Option<u64>,

    /// Stop after one message from the server; short for --count 1
    #[arg(short = '1', long = "one", action = ArgAction::SetTrue, conflicts_with = "count")]
    pub one: bool,

    /// Stop after a message from the server that matches REGEX
    #[arg(long, value_name = "REGEX")]
    pub until: Option<String>,

    /// When standard input has ended, stay until no message has come for so long [default: 2]
    ///
    /// 0 closes at once, forever waits until the server closes. An empty standard input ends
    /// nothing.
    #[arg(long, value_name = "SECONDS")]
    pub wait: Option<WaitFor>,

    /// Send every text and binary message back as it came
    #[arg(long)]
    pub echo: bool,

    /// Send a ping so often
    #[arg(long, value_name = "SECONDS")]
    pub ping_interval: Option<Seconds>,

    /// How long the pong to such a ping may take [default: the interval]
    #[arg(long, value_name = "SECONDS", requires = "ping_interval")]
    pub ping_timeout: Option<Seconds>,

    /// How long the server may send nothing at all
    #[arg(long, value_name = "SECONDS")]
    pub idle_timeout: Option<Seconds>,

    /// How long the server's Close may take after ours [default: 2]
    #[arg(long, value_name = "SECONDS")]
    pub close_timeout: Option<Seconds>,

    /// The longest message that is held, sent or received [default: 64M]
    ///
    /// Binary messages that stream to standard output are not held, and have no limit unless one
    /// is given.
    #[arg(long, value_name = "SIZE")]
    pub max_message_size: Option<Size>,
}

fn count(text: &str) -> Result<u64, String> {
    text.parse()
        .ok()
        .filter(|count| *count > 0)
        .ok_or_else(|| "it must be a whole number, 1 or more".to_owned())
}
