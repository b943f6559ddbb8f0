//! Options about frames: what is shown of them, what is tolerated, what is agreed.

use clap::{Args, builder::PossibleValuesParser, builder::TypedValueParser as _};

use super::quantity::Size;
use crate::{
    handshake::extensions::Offer,
    output::inspect::{Detail, Options},
};

/// What is shown of frames and how they may look.
#[derive(Args, Debug)]
#[group(skip)]
#[command(next_help_heading = "Frames")]
pub struct InspectArgs {
    /// Show every frame as it was on the wire: header, bits, payload or full [default: header]
    ///
    /// One line on standard error for each frame, sent or received: its time, the bytes of its
    /// header, flags, opcode, length, and what is known of its message. bits draws the header as
    /// RFC 6455 does, payload adds the payload in hex, full is both. With --json the frames are
    /// events among the others.
    #[arg(
        long,
        value_name = "DETAIL",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "header",
        value_parser = PossibleValuesParser::new(Detail::NAMES).try_map(|word| word.parse::<Detail>()),
        hide_possible_values = true,
    )]
    pub inspect: Option<Detail>,

    /// Show at most so many bytes of each payload in hex [default: 256]
    #[arg(long, value_name = "SIZE", requires = "inspect")]
    pub dump_limit: Option<Size>,

    /// Read on after a violation of the protocol that leaves the frames readable
    ///
    /// Reserved bits and opcodes, masked frames, wrong fragments, overlong lengths and control
    /// frames, text that is not UTF-8: each is told, and the connection goes on.
    #[arg(long)]
    pub lenient: bool,

    /// Send at most so many bytes a second once the connection is open
    #[arg(long, value_name = "BYTES", value_parser = clap::value_parser!(u64).range(1..))]
    pub trickle: Option<u64>,

    /// Do not answer pings
    #[arg(long)]
    pub no_pong: bool,

    /// Offer permessage-deflate with PARAMS [default: client_max_window_bits]
    ///
    /// Those of RFC 7692: server_no_context_takeover, client_no_context_takeover,
    /// server_max_window_bits=N, client_max_window_bits[=N] with N from 9 to 15, separated by
    /// semicolons; alternatives are separated by commas, the preferred first.
    #[arg(long, value_name = "PARAMS", conflicts_with = "no_deflate")]
    pub deflate: Option<Offer>,

    /// Do not offer compression
    #[arg(long)]
    pub no_deflate: bool,
}

impl InspectArgs {
    /// The extension to offer.
    #[must_use]
    pub fn offer(&self) -> Option<Offer> {
        (!self.no_deflate).then(|| self.deflate.clone().unwrap_or_default())
    }

    /// The most payload bytes that are shown of a frame.
    #[must_use]
    pub fn dump_limit(&self) -> usize {
        let default = Options::default().dump_limit;
        self.dump_limit.map_or(default, |size| {
            usize::try_from(size.0).unwrap_or(usize::MAX)
        })
    }
}
