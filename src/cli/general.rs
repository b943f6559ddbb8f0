//! Options about what is printed.

use clap::{ArgAction, Args};

use super::quantity::Seconds;
use crate::output::style::ColorChoice;

/// What is printed, and how long the run may take.
#[derive(Args, Debug)]
#[group(skip)]
#[command(next_help_heading = "Output")]
pub struct GeneralArgs {
    /// Tell each step of connecting, the heads sent and received, and the end
    ///
    /// Everything goes to standard error. Secrets are left out unless --show-secrets is given.
    #[arg(short, long, action = ArgAction::Count)]
    pub verbose: u8,

    /// Print nothing on standard error
    #[arg(short, long)]
    pub silent: bool,

    /// With -s, still say why the run failed
    #[arg(short = 'S', long)]
    pub show_error: bool,

    /// When to use colour: auto, always or never
    #[arg(long, value_name = "WHEN", default_value_t, hide_default_value = true)]
    pub color: ColorChoice,

    /// Write every event as one line of JSON on standard output
    ///
    /// The schema is in the man page; fields are only ever added.
    #[arg(long)]
    pub json: bool,

    /// Show credentials, cookies and tokens in what is printed
    #[arg(long)]
    pub show_secrets: bool,

    /// End the whole run after so many seconds
    ///
    /// The server is still sent a Close then, and has a second to answer it.
    #[arg(short, long, value_name = "SECONDS")]
    pub max_time: Option<Seconds>,
}
