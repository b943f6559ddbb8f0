//! The man page and the completion scripts, made from the command line's own definition.

use std::{io, str::FromStr};

use clap::{Arg, Command, CommandFactory as _};
use clap_complete::{Shell, generate};

use super::Cli;

/// Something that `--generate` writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Artefact {
    /// `man/wscope.1`.
    Man,
    /// A script under `completions/`.
    Completion(Shell),
}

impl FromStr for Artefact {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        match word {
            "man" => Ok(Self::Man),
            "bash" => Ok(Self::Completion(Shell::Bash)),
            "zsh" => Ok(Self::Completion(Shell::Zsh)),
            "fish" => Ok(Self::Completion(Shell::Fish)),
            "powershell" => Ok(Self::Completion(Shell::PowerShell)),
            _ => Err("expected man, bash, zsh, fish or powershell".to_owned()),
        }
    }
}

impl Artefact {
    /// Writes it.
    ///
    /// # Errors
    ///
    /// Those of `out`.
    pub fn write(self, out: &mut dyn io::Write) -> io::Result<()> {
        match self {
            Self::Man => crate::cli::man::write(&Cli::command(), out),
            Self::Completion(shell) => {
                let mut script = Vec::new();
                generate(
                    shell,
                    &mut without_hidden(&Cli::command()),
                    "wscope",
                    &mut script,
                );
                out.write_all(&script)
            }
        }
    }
}

/// The program without its hidden arguments, which `clap_complete` would offer.
///
/// An argument cannot be taken out of a command, so that this is another one with the rest.
fn without_hidden(program: &Command) -> Command {
    let shown = |argument: &&Arg| !argument.is_hide_set();
    Command::new("wscope")
        .version(env!("CARGO_PKG_VERSION"))
        .disable_help_subcommand(true)
        .args(program.get_arguments().filter(shown).cloned())
        .subcommands(program.get_subcommands().cloned())
}
