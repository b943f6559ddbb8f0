//! Options about the prompt of a terminal.

use clap::Args;

/// What the prompt does.
#[derive(Args, Debug)]
#[group(skip)]
#[command(next_help_heading = "Prompt")]
pub struct ReplArgs {
    /// Connect again when the connection is lost or the server closes it, at most ATTEMPTS times in a row
    ///
    /// The wait before an attempt doubles from half a second to half a minute, half of it by
    /// chance; the wait and the count begin anew after a connection that has lasted ten seconds.
    /// Messages of --send are sent again on each connection; what is typed meanwhile is kept and
    /// sent then.
    #[arg(long, value_name = "ATTEMPTS", num_args = 0..=1, require_equals = true)]
    #[allow(clippy::option_option, reason = "the flag, and its value")]
    pub reconnect: Option<Option<u32>>,

    /// Keep nothing that is typed beyond this run
    #[arg(long)]
    pub no_history: bool,
}
