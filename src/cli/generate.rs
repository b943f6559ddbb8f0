//! The man page and the completion scripts, made from the command line's own definition.

use std::{io, str::FromStr};

use clap::{Command, CommandFactory as _};
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
                generate(shell, &mut Cli::command(), "wscope", &mut script);
                out.write_all(&script)
            }
        }
    }
}

/// The command as the generators see it.
#[must_use]
pub fn command() -> Command {
    Cli::command()
}
