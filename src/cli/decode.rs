//! The arguments of `wscope decode`.

use clap::{Args, ValueEnum, builder::PossibleValuesParser, builder::TypedValueParser as _};

use super::quantity::Size;
use crate::{
    handshake::extensions::Offer,
    output::{inspect::Detail, style::ColorChoice},
};

/// What to decode, and how to show it.
#[derive(Args, Debug)]
#[group(skip)]
pub struct DecodeArgs {
    /// The bytes are hexadecimal text: xxd, hexdump -C, Wireshark, plain digits, C arrays
    #[arg(long)]
    pub hex: bool,

    /// Who sent the frames; by default the MASK bit of each tells
    #[arg(long, value_name = "END")]
    pub from: Option<End>,

    /// How much of each frame: header, bits, payload or full
    #[arg(
        long,
        value_name = "DETAIL",
        default_value = "payload",
        value_parser = PossibleValuesParser::new(Detail::NAMES).try_map(|word| word.parse::<Detail>()),
        hide_possible_values = true,
    )]
    pub detail: Detail,

    /// Show at most so many bytes of each payload in hex [default: 256]
    #[arg(long, value_name = "SIZE")]
    pub dump_limit: Option<Size>,

    /// Take permessage-deflate as agreed with PARAMS, where no upgrade stands in front
    #[arg(long, value_name = "PARAMS", num_args = 0..=1, require_equals = true, default_missing_value = "")]
    pub deflate: Option<Offer>,

    /// Write each frame as a JSON object
    #[arg(long)]
    pub json: bool,

    /// Show passwords, tokens and cookies of the upgrade, which are hidden otherwise
    #[arg(long)]
    pub show_secrets: bool,

    /// When to use colour: auto, always or never
    #[arg(long, value_name = "WHEN", default_value_t, hide_default_value = true)]
    pub color: ColorChoice,

    /// The file; - or none is standard input
    #[arg(value_name = "FILE")]
    pub file: Option<std::path::PathBuf>,
}

/// An end of the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum End {
    /// The client, which masks.
    Client,
    /// The server, which does not.
    Server,
}
