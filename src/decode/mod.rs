//! `wscope decode`: frames from a file or a capture, explained as the inspector does.
//!
//! ```text
//! file, stdin → hex? → bytes → upgrade in front? → frame by frame → Receiver → Inspector → stdout
//! ```
//!
//! Both directions may be mixed in one stream, as a followed TCP stream is saved: unless it is
//! told who sent them, the MASK bit of each frame says so.

pub mod hex;
mod stream;

use std::{
    fs,
    io::{self, Read as _},
    path::Path,
};

use self::stream::Stream;
use crate::{
    Env,
    cli::decode::{DecodeArgs, End},
    error::{Error, Exit},
    event::Direction,
    net::redact::Secrets,
    output::{
        inspect::{Clock, Form, Inspector, Options},
        json_stdout, stdout,
        style::{self, Style},
        talk::{Talk, Verbosity},
    },
    ws::DeflateParams,
};

/// Decodes what `args` name, and says whether it keeps the rules: [`Exit::Done`] or
/// [`Exit::Protocol`].
///
/// # Errors
///
/// The input cannot be read or is not the hexadecimal it should be; standard output fails.
pub fn run(args: &DecodeArgs, env: &Env) -> Result<Exit, Error> {
    let result = decode(args, env);
    if let Err(error @ (Error::Input(_) | Error::Io { .. })) = &result {
        talk(args, env).error(&error.to_string());
    }
    result
}

/// What the bytes do not tell of themselves.
#[derive(Clone, Copy, Debug)]
pub struct Known {
    /// The end that sent them; `None` where each frame's MASK bit tells.
    pub from: Option<Direction>,
    /// What was agreed about compression, where no upgrade in front of the frames says it.
    pub deflate: Option<DeflateParams>,
    /// Whether secrets in the upgrade are shown.
    pub secrets: Secrets,
}

/// Bytes explained.
#[derive(Clone, Debug)]
pub struct Explained {
    /// Lines for people, or records.
    pub output: Vec<u8>,
    /// Whether they break a rule.
    pub has_violations: bool,
}

/// Explains frames, and the upgrade in front of them where there is one.
#[must_use]
pub fn explain(input: &[u8], options: Options, known: Known) -> Explained {
    let Known {
        from,
        deflate,
        secrets,
    } = known;
    let mut stream = Stream::new(Inspector::new(options), from, deflate, secrets);
    stream.decode(input);
    Explained {
        output: std::mem::take(stream.output()),
        has_violations: stream.has_violations(),
    }
}

fn decode(args: &DecodeArgs, env: &Env) -> Result<Exit, Error> {
    let mut input = read(args.file.as_deref())?;
    if args.hex {
        input = hex::parse(&String::from_utf8_lossy(&input))
            .map_err(|error| Error::Input(format!("--hex: {error}")))?;
    }
    let known = Known {
        from: args.from.map(direction),
        deflate: agreed(args),
        secrets: secrets(args),
    };
    let explained = explain(&input, options(args, env), known);
    write(&explained.output, args)?;
    if !explained.has_violations {
        return Ok(Exit::Done);
    }
    if !args.hex && std::str::from_utf8(&input).is_ok_and(|text| hex::parse(text).is_ok()) {
        talk(args, env).note("the input reads as hexadecimal text, which --hex decodes");
    }
    Ok(Exit::Protocol)
}

fn options(args: &DecodeArgs, env: &Env) -> Options {
    let default = Options::default();
    let limit = |size: u64| usize::try_from(size).unwrap_or(usize::MAX);
    Options {
        detail: args.detail,
        dump_limit: args
            .dump_limit
            .map_or(default.dump_limit, |size| limit(size.0)),
        width: if env.stdout_tty {
            env.width
        } else {
            usize::MAX
        },
        style: Style::new(args.color, style::Stream::Stdout, env),
        form: if args.json { Form::Json } else { Form::Text },
        clock: Clock::Offset,
        opened: None,
    }
}

fn talk(args: &DecodeArgs, env: &Env) -> Talk {
    let style = Style::new(args.color, style::Stream::Stderr, env);
    Talk::new(Verbosity::Normal, style, env)
}

fn direction(from: End) -> Direction {
    match from {
        End::Client => Direction::Sent,
        End::Server => Direction::Received,
    }
}

/// What `--deflate` says was agreed: the parameters as both ends keep them.
fn agreed(args: &DecodeArgs) -> Option<DeflateParams> {
    let offer = args.deflate.as_ref()?.to_string();
    let (_, params) = crate::handshake::extensions::accept([offer.as_bytes()])?;
    Some(params)
}

fn secrets(args: &DecodeArgs) -> Secrets {
    if args.show_secrets {
        Secrets::Show
    } else {
        Secrets::Redact
    }
}

fn read(file: Option<&Path>) -> Result<Vec<u8>, Error> {
    match file {
        Some(path) if path != Path::new("-") => {
            fs::read(path).map_err(|error| Error::Input(format!("{}: {error}", path.display())))
        }
        _ => {
            let mut bytes = Vec::new();
            let read = io::stdin().lock().read_to_end(&mut bytes);
            let what = "standard input";
            read.map_err(|source| Error::Io { what, source })?;
            Ok(bytes)
        }
    }
}

fn write(output: &[u8], args: &DecodeArgs) -> Result<(), Error> {
    let stdout = if args.json { json_stdout() } else { stdout() };
    let written = stdout.and_then(|mut stdout| stdout.write_all(output));
    match written {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Err(Error::BrokenPipe),
        Err(source) => {
            let what = "standard output";
            Err(Error::Io { what, source })
        }
        Ok(()) => Ok(()),
    }
}
