//! `--send` and `--send-frame`: what is sent before standard input, in the order it was typed.

use clap::{Arg, ArgAction, ArgMatches, Args, FromArgMatches};

use crate::{event::Command, input::frame_spec::FrameSpec, ws::Kind};

const SEND: &str = "send";
const SEND_FRAME: &str = "send_frame";

/// What is sent when the connection is open.
///
/// Read by hand: clap's derive loses the order of two options among each other.
#[derive(Clone, Debug, Default)]
pub struct FirstArgs(pub Vec<Command>);

impl Args for FirstArgs {
    fn augment_args(command: clap::Command) -> clap::Command {
        let send = Arg::new(SEND)
            .long("send")
            .value_name("TEXT")
            .action(ArgAction::Append)
            .allow_hyphen_values(true)
            .help_heading("Messages")
            .help("Send TEXT as a message when the connection is open; may be repeated")
            .long_help(
                "Send TEXT as a message when the connection is open; may be repeated\n\n\
                 They are sent in this order, before anything from standard input.",
            );
        let send_frame = Arg::new(SEND_FRAME)
            .long("send-frame")
            .value_name("SPEC")
            .action(ArgAction::Append)
            .value_parser(clap::value_parser!(FrameSpec))
            .help_heading("Frames")
            .help("Send one frame made by hand, legal or not; may be repeated")
            .long_help(
                "Send one frame made by hand, legal or not; may be repeated\n\n\
                 In order with --send. Examples: 'ping \"are you there\"', 'text fin=0 \"Hel\"', \
                 'binary len=100 \"short\"', 'close 1006', 'pause 2'. The manual has the grammar.",
            );
        command.arg(send).arg(send_frame)
    }

    fn augment_args_for_update(command: clap::Command) -> clap::Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for FirstArgs {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let text = |text: &String| Command::Message {
            kind: Kind::Text,
            payload: text.clone().into_bytes(),
        };
        let texts = matches.get_many(SEND).into_iter().flatten().map(text);
        let specs = matches.get_many(SEND_FRAME).into_iter().flatten();
        let frames = specs.cloned().map(Command::Frame);
        let mut typed: Vec<_> = places(matches, SEND)
            .zip(texts)
            .chain(places(matches, SEND_FRAME).zip(frames))
            .collect();
        typed.sort_by_key(|(place, _)| *place);
        Ok(Self(
            typed.into_iter().map(|(_, command)| command).collect(),
        ))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

fn places<'a>(matches: &'a ArgMatches, id: &str) -> impl Iterator<Item = usize> + 'a {
    matches.indices_of(id).into_iter().flatten()
}
