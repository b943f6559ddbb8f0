//! The options about connecting as they were typed, for a command that connects once more in the same way.

use std::{ffi::OsString, fmt};

use clap::{Arg, ArgMatches, Args, FromArgMatches, Id, parser::ValueSource};

use super::ConnectArgs;
use crate::net::redact::{self, Secrets};

/// What was typed, in its order.
///
/// No argument of its own: it reads those beside it, and so must be the first field of its struct, for clap's derive
/// takes the values out of the matches one field after the other.
#[derive(Clone, Default)]
pub struct Typed(Vec<Occurrence>);

/// One option, with what was typed behind it.
#[derive(Clone)]
struct Occurrence {
    place: usize,
    id: Id,
    values: Vec<OsString>,
}

/// An option as it may be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// `-x` where it has a short form, else `--long`.
    pub flag: String,
    /// Its value, where it takes one.
    pub value: Option<String>,
}

impl Typed {
    /// The options that say how to connect; those about output are left out.
    #[must_use]
    pub fn options(&self, secrets: Secrets) -> Vec<Shown> {
        let command = ConnectArgs::augment_args(clap::Command::new("check"));
        let argument = |id: &Id| {
            command
                .get_arguments()
                .find(|argument| argument.get_id() == id)
                .filter(|argument| argument.get_help_heading() != Some("Output"))
        };
        self.0
            .iter()
            .filter_map(|typed| Some(typed.shown(argument(&typed.id)?, secrets)))
            .collect()
    }
}

impl Occurrence {
    fn shown(&self, argument: &Arg, secrets: Secrets) -> Shown {
        let long = argument.get_long().map(|long| format!("--{long}"));
        let short = argument.get_short().map(|short| format!("-{short}"));
        let value = argument
            .get_action()
            .takes_values()
            .then(|| self.value(argument, secrets));
        match (value, long, short) {
            // as a word of its own it would be taken for an option
            (Some(value), Some(long), _) if value.starts_with('-') => Shown {
                flag: format!("{long}={value}"),
                value: None,
            },
            (value, long, short) => Shown {
                flag: short.or(long).unwrap_or_default(),
                value,
            },
        }
    }

    fn value(&self, argument: &Arg, secrets: Secrets) -> String {
        let values: Vec<_> = self
            .values
            .iter()
            .map(|value| value.to_string_lossy())
            .collect();
        let delimiter = argument.get_value_delimiter().map(String::from);
        let value = values.join(delimiter.as_deref().unwrap_or_default());
        match secrets {
            Secrets::Show => value,
            Secrets::Redact => without_secrets(self.id.as_str(), value),
        }
    }
}

/// The value of the option with this id, as it may be shown.
fn without_secrets(id: &str, value: String) -> String {
    match id {
        "headers" | "proxy_headers" => redact::field(&value),
        "user" | "proxy_user" | "oauth2_bearer" => redact::MARK.to_owned(),
        // without a = it is the name of a file
        "cookies" if value.contains('=') => redact::header_value("Cookie", &value),
        "subprotocols" => redact::header_value("Sec-WebSocket-Protocol", &value),
        "origin" => redact::header_value("Origin", &value),
        "proxy" => redact::proxy(&value),
        _ => value,
    }
}

impl fmt::Debug for Typed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries(self.options(Secrets::Redact))
            .finish()
    }
}

impl Args for Typed {
    fn augment_args(command: clap::Command) -> clap::Command {
        command
    }

    fn augment_args_for_update(command: clap::Command) -> clap::Command {
        command
    }
}

impl FromArgMatches for Typed {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut typed: Vec<_> = matches
            .ids()
            .filter(|id| matches.value_source(id.as_str()) == Some(ValueSource::CommandLine))
            .flat_map(|id| occurrences(matches, id))
            .collect();
        typed.sort_by_key(|occurrence| occurrence.place);
        Ok(Self(typed))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

/// Each value has its index, also the pieces that a delimiter makes of one.
fn occurrences(matches: &ArgMatches, id: &Id) -> Vec<Occurrence> {
    let mut places = matches.indices_of(id.as_str()).into_iter().flatten();
    matches
        .get_raw_occurrences(id.as_str())
        .into_iter()
        .flatten()
        .filter_map(|values| {
            let values: Vec<_> = values.map(OsString::from).collect();
            let place = places.by_ref().take(values.len()).min()?;
            let id = id.clone();
            Some(Occurrence { place, id, values })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        connect: ConnectArgs,
        #[arg(long)]
        json: bool,
        url: String,
    }

    fn shown(arguments: &[&str], secrets: Secrets) -> Vec<String> {
        let line = Line::try_parse_from(["wscope"].iter().chain(arguments)).unwrap();
        assert!(line.url == "ws://h/" && line.json);
        let options = line.connect.typed.options(secrets);
        options
            .into_iter()
            .flat_map(|option| std::iter::once(option.flag).chain(option.value))
            .collect()
    }

    #[test]
    fn options_come_back_in_the_order_typed() {
        for (arguments, expected) in TYPED {
            assert_eq!(shown(arguments, Secrets::Redact), *expected);
        }
    }

    #[test]
    fn secrets_are_marked_or_shown() {
        for (flag, value, redacted) in SECRET {
            let arguments = [flag, value, "ws://h/", "--json"];
            assert_eq!(shown(&arguments, Secrets::Redact), [*flag, *redacted]);
            assert_eq!(shown(&arguments, Secrets::Show), [*flag, *value]);
        }
    }

    const TYPED: &[(&[&str], &[&str])] = &[
        (&["ws://h/", "--json"], &[]),
        (
            &[
                "-H",
                "A: 1",
                "--json",
                "-4k",
                "ws://h/",
                "--header=B: 2",
                "-w",
                "x",
            ],
            &["-H", "A: 1", "-4", "-k", "-H", "B: 2"],
        ),
        (
            &[
                "--alpn=a,b",
                "--ca",
                "/f",
                "ws://h/",
                "--json",
                "--cacert=/g",
                "--no-check",
            ],
            &["--alpn", "a,b", "--cacert", "/f", "--cacert", "/g", "-k"],
        ),
        (
            &["-x", "", "ws://h/", "--json", "--user-agent=-a"],
            &["-x", "", "--user-agent=-a"],
        ),
    ];

    const SECRET: &[(&str, &str, &str)] = &[
        ("-u", "me:s3cret", "[redacted]"),
        ("-u", "t0ken", "[redacted]"),
        ("-U", "me:s3cret", "[redacted]"),
        ("--oauth2-bearer", "s3cret", "[redacted]"),
        (
            "-H",
            "authorization: Bearer s3cret",
            "authorization: Bearer [redacted]",
        ),
        ("-H", "Cookie: a=s3cret", "Cookie: a=[redacted]"),
        ("-H", "X-Api-Key:s3cret", "X-Api-Key: [redacted]"),
        ("-H", "X-A: b c", "X-A: b c"),
        (
            "--proxy-header",
            "Proxy-Authorization: s3cret",
            "Proxy-Authorization: [redacted]",
        ),
        ("-b", "a=s3cret; b=s3cret", "a=[redacted]; b=[redacted]"),
        ("-b", "cookies.txt", "cookies.txt"),
        ("--subprotocol", "bearer.s3cret", "[redacted]"),
        (
            "--origin",
            "https://h?token=s3cret",
            "https://h?token=[redacted]",
        ),
        ("-x", "http://me:s3/cret@p:1", "http://[redacted]@p:1"),
        ("-x", "me:s3cret@p:1", "[redacted]@p:1"),
        ("-x", "p:1", "p:1"),
    ];
}
