//! What is meant: the command line and the surroundings, resolved once. Nothing below sees clap.

use std::time::Duration;

use regex::bytes::Regex;

use crate::{
    Env,
    cli::{ClientArgs, PipeArgs, connect, quantity::WaitFor, usage},
    error::Error,
    event::Command,
    handshake::extensions::Offer,
    input::Framing,
    net::redact::Secrets,
    output::{
        inspect,
        style::{Stream, Style},
        talk::{Talk, Verbosity},
    },
    repl::{self, Prompt, dial::Aim, setting::Settings},
    session::{Behaviour, Wait},
    ws::{Kind, Limits, Strictness},
};

/// The limit of messages that are held, unless one is given.
const HELD: u64 = 64 << 20;

/// How long the peer's Close may take after ours, unless it is said.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);

/// How long to stay after the end of standard input, unless it is said.
const WAIT: Duration = Duration::from_secs(2);

/// A run of the client.
#[derive(Debug)]
pub struct Config {
    /// Where to connect, how, and what to ask for.
    pub connect: connect::Plan,
    /// What stands on standard output.
    pub stdout: Stdout,
    /// What is said on standard error.
    pub talk: Talk,
    /// How messages follow one another, in and out.
    pub framing: Framing,
    /// What the messages from standard input carry.
    pub kind: Kind,
    /// The longest message that standard input may hold.
    pub input_limit: usize,
    /// What is sent before standard input.
    pub first: Vec<Command>,
    /// What the session does besides moving messages.
    pub behaviour: Behaviour,
    /// The deadlines.
    pub deadlines: Deadlines,
    /// How frames are shown, where they are.
    pub inspect: Option<inspect::Options>,
    /// Whether secrets are shown.
    pub secrets: Secrets,
    /// The words of `--count` or `--until`, for the case that it is not met.
    pub expectation: Option<Expectation>,
    /// The progress of long messages is told on standard error.
    pub progress: bool,
    /// What a person at a terminal gets; `None` where there is none.
    pub prompt: Option<Prompt>,
}

/// What stands on standard output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stdout {
    /// Payloads, unaltered.
    Raw,
    /// Messages made harmless for a terminal.
    Terminal,
    /// Events as JSON lines.
    Json,
}

/// How long each wait of an open connection may be.
#[derive(Clone, Debug)]
pub struct Deadlines {
    /// For the whole run.
    pub total: Option<Duration>,
    /// After the end of standard input.
    pub wait: Wait,
    /// Between pings.
    pub ping_interval: Option<Duration>,
    /// For a pong.
    pub ping_timeout: Duration,
    /// For the peer's Close.
    pub close_timeout: Duration,
    /// For anything from the peer.
    pub idle_timeout: Option<Duration>,
}

/// What the user wants to see before the end.
#[derive(Clone, Debug)]
pub enum Expectation {
    /// `--count N`.
    Count(u64),
    /// `--until REGEX`.
    Until(String),
}

impl Expectation {
    /// What to say when the end came first.
    #[must_use]
    pub fn unmet(&self, messages: u64) -> String {
        match self {
            Self::Count(wanted) => {
                format!("--count {wanted} was not reached: {messages} came")
            }
            Self::Until(regex) => format!("--until {regex:?} was not met by any message"),
        }
    }
}

/// What kind of run the defaults are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// `wscope URL`.
    Client,
    /// `wscope demo`.
    Demo,
}

impl Config {
    /// What `args` mean for `url` in these surroundings.
    ///
    /// # Errors
    ///
    /// A usage error that names the flag, or the place in the URL.
    pub fn resolve(
        args: &ClientArgs,
        url: &str,
        purpose: Purpose,
        env: &Env,
    ) -> Result<Self, Error> {
        let general = &args.general;
        let pipe = &args.pipe;
        let stdout = if general.json {
            Stdout::Json
        } else if env.stdout_tty {
            Stdout::Terminal
        } else {
            Stdout::Raw
        };
        let offer = args.inspect.offer();
        let framing = framing(pipe)?;
        let has_lines = framing == Framing::lines() || framing == Framing::Chunks;
        let until = until(pipe)?;
        let count = if pipe.one { Some(1) } else { pipe.count };
        let limits = limits(pipe, stdout, &framing);
        let limit = usize::try_from(limits.text).unwrap_or(usize::MAX);
        let prompt = prompt(args, stdout, has_lines, env);
        if prompt.is_none() && args.repl.reconnect.is_some() {
            return Err(usage(
                "--reconnect belongs to the prompt, which needs a terminal on standard input and output",
            ));
        }
        Ok(Self {
            connect: args
                .connect
                .resolve(url, offer.as_ref().map(Offer::to_string), env)?,
            inspect: inspect_options(args, stdout, env),
            stdout,
            talk: Talk::new(
                verbosity(args),
                Style::new(general.color, Stream::Stderr, env),
                env,
            ),
            secrets: if general.show_secrets {
                Secrets::Show
            } else {
                Secrets::Redact
            },
            kind: kind(pipe),
            framing,
            input_limit: limit,
            first: pipe.first.0.clone(),
            expectation: match (count, &pipe.until) {
                (_, Some(regex)) => Some(Expectation::Until(regex.clone())),
                (Some(count), None) => Some(Expectation::Count(count)),
                (None, None) => None,
            },
            behaviour: Behaviour {
                limits,
                strictness: if args.inspect.lenient {
                    Strictness::Lenient
                } else {
                    Strictness::Strict
                },
                echo: pipe.echo,
                answers_pings: !args.inspect.no_pong,
                trickle: args.inspect.trickle,
                count,
                until,
            },
            deadlines: deadlines(args, purpose),
            progress: progress(args, env),
            prompt,
        })
    }
}

/// A terminal on both sides, and nothing asked for that only a pipe can give.
fn prompt(args: &ClientArgs, stdout: Stdout, has_lines: bool, env: &Env) -> Option<Prompt> {
    let is_for_a_person = stdout == Stdout::Terminal && env.stdin_tty && has_lines;
    is_for_a_person.then(|| Prompt {
        settings: Settings {
            reconnect: args.repl.reconnect.is_some(),
            ..Settings::default()
        },
        attempts: args.repl.reconnect.flatten(),
        history: repl::past::file(env).filter(|_| !args.repl.no_history),
        style: Style::new(args.general.color, Stream::Stdout, env),
        env: env.clone(),
        aim: aim(args, env),
    })
}

/// Where somebody looks, and nothing else is written to the same terminal.
fn progress(args: &ClientArgs, env: &Env) -> bool {
    env.stderr_tty
        && !env.stdout_tty
        && env.var("TERM") != Some("dumb")
        && args.inspect.inspect.is_none()
        && !args.general.silent
}

fn aim(args: &ClientArgs, env: &Env) -> Aim {
    let (connect, env) = (args.connect.clone(), env.clone());
    let offer = args.inspect.offer();
    Aim::new(move |url| connect.resolve(url, offer.as_ref().map(Offer::to_string), &env))
}

fn verbosity(args: &ClientArgs) -> Verbosity {
    if args.general.silent && args.general.show_error {
        Verbosity::Errors
    } else if args.general.silent {
        Verbosity::Silent
    } else if args.general.verbose > 0 {
        Verbosity::Verbose
    } else {
        Verbosity::Normal
    }
}

fn framing(pipe: &PipeArgs) -> Result<Framing, Error> {
    Ok(if pipe.null {
        Framing::Delimited(b"\0".to_vec())
    } else if let Some(delimiter) = &pipe.delimiter {
        if delimiter.is_empty() {
            return Err(usage(
                "--delimiter must not be empty; --binary and --whole do without delimiters",
            ));
        }
        Framing::Delimited(delimiter.clone().into_bytes())
    } else if pipe.whole {
        Framing::Whole
    } else if pipe.length_prefixed {
        Framing::LengthPrefixed
    } else if pipe.hex {
        Framing::Hex
    } else if pipe.base64 {
        Framing::Base64
    } else if pipe.binary {
        Framing::Chunks
    } else {
        Framing::lines()
    })
}

fn kind(pipe: &PipeArgs) -> Kind {
    if pipe.binary || pipe.hex || pipe.base64 {
        Kind::Binary
    } else {
        Kind::Text
    }
}

fn until(pipe: &PipeArgs) -> Result<Option<Regex>, Error> {
    let Some(regex) = &pipe.until else {
        return Ok(None);
    };
    Regex::new(regex).map(Some).map_err(|error| {
        usage(format!(
            "--until {regex:?} is not a regular expression: {error}"
        ))
    })
}

/// Binary messages that leave as they come are not held, and need no limit.
fn limits(pipe: &PipeArgs, stdout: Stdout, framing: &Framing) -> Limits {
    if let Some(size) = pipe.max_message_size {
        return Limits {
            text: size.0,
            binary: size.0,
        };
    }
    let leaves_as_it_comes = stdout == Stdout::Raw
        && pipe.until.is_none()
        && !pipe.echo
        && matches!(
            framing,
            Framing::Delimited(_) | Framing::Chunks | Framing::Whole
        );
    Limits {
        text: HELD,
        binary: if leaves_as_it_comes { u64::MAX } else { HELD },
    }
}

fn deadlines(args: &ClientArgs, purpose: Purpose) -> Deadlines {
    let pipe = &args.pipe;
    let interval = pipe.ping_interval.map(|interval| interval.0);
    Deadlines {
        total: args.general.max_time.map(|time| time.0),
        wait: match (pipe.wait, purpose) {
            (Some(WaitFor::Silence(wait)), _) => Wait::Silence(wait),
            (Some(WaitFor::Forever), _) => Wait::Forever,
            (None, Purpose::Client) => Wait::Silence(WAIT),
            (None, Purpose::Demo) => Wait::Silence(Duration::ZERO),
        },
        ping_interval: interval,
        ping_timeout: match (pipe.ping_timeout, interval) {
            (Some(timeout), _) => timeout.0,
            (None, Some(interval)) => interval,
            (None, None) => WAIT,
        },
        close_timeout: pipe
            .close_timeout
            .map_or(CLOSE_TIMEOUT, |timeout| timeout.0),
        idle_timeout: pipe.idle_timeout.map(|timeout| timeout.0),
    }
}

fn inspect_options(args: &ClientArgs, stdout: Stdout, env: &Env) -> Option<inspect::Options> {
    Some(inspect::Options {
        detail: args.inspect.inspect?,
        dump_limit: args.inspect.dump_limit(),
        width: if env.stderr_tty {
            env.width
        } else {
            usize::MAX
        },
        style: Style::new(args.general.color, Stream::Stderr, env),
        form: if stdout == Stdout::Json {
            inspect::Form::Json
        } else {
            inspect::Form::Text
        },
        ..inspect::Options::default()
    })
}
