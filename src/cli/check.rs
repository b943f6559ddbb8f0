//! The arguments of `wscope check`.

use clap::Args;

use super::{connect::ConnectArgs, quantity::Seconds};
use crate::{check::Level, output::style::ColorChoice};

/// Which endpoint to look at, how far, and how to tell.
#[derive(Args, Debug)]
#[group(skip)]
pub struct CheckArgs {
    /// How to reach the server.
    #[command(flatten)]
    pub connect: ConnectArgs,

    /// How much to ask of the endpoint: quick, normal or deep
    ///
    /// quick sends one upgrade. normal, where that fails, sends five variants of it to compare the answers. deep also
    /// tries the other scheme, a browser's headers, TLS variants, and messages of growing size. --dry-run lists all.
    #[arg(long, value_name = "LEVEL", default_value_t, help_heading = "Check")]
    pub level: Level,

    /// Stay silent for so long, to find an idle timer
    #[arg(long, value_name = "SECONDS", help_heading = "Check")]
    pub idle: Option<Seconds>,

    /// List what would be sent, and send nothing
    #[arg(long, help_heading = "Check")]
    pub dry_run: bool,

    /// Also write the report to this file, as Markdown
    #[arg(long, value_name = "FILE", help_heading = "Check")]
    pub report: Option<std::path::PathBuf>,

    /// Write the report as one JSON object
    #[arg(long, help_heading = "Output")]
    pub json: bool,

    /// Print nothing on standard error
    #[arg(short, long, help_heading = "Output")]
    pub silent: bool,

    /// When to use colour: auto, always or never
    #[arg(
        long,
        value_name = "WHEN",
        default_value_t,
        hide_default_value = true,
        help_heading = "Output"
    )]
    pub color: ColorChoice,

    /// The endpoint
    #[arg(value_name = "URL")]
    pub url: String,
}
