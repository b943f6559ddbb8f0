//! `/edit`: a message written in the user's editor.

use std::{
    env::temp_dir,
    fs::{self, OpenOptions},
    io::{Read as _, Write as _},
    path::{Path, PathBuf},
    process::Command,
};

use rand::Rng as _;

use crate::Env;

/// Opens the editor on `text` and gives back what was saved, without its last line feed.
///
/// # Errors
///
/// The editor cannot be started or fails, or the file cannot be written or read: as a sentence.
pub(super) fn message(text: &str, env: &Env) -> Result<String, String> {
    let file = Temporary::new(text).map_err(|error| format!("no file to edit: {error}"))?;
    let editor = env
        .var("VISUAL")
        .or_else(|| env.var("EDITOR"))
        .unwrap_or(EDITOR);
    let status = command(editor, &file.0)
        .status()
        .map_err(|error| format!("{editor} cannot be started: {error}; set EDITOR"))?;
    if !status.success() {
        return Err(format!("{editor} ended with {status}, so nothing was sent"));
    }
    let mut edited = String::new();
    fs::File::open(&file.0)
        .and_then(|mut file| file.read_to_string(&mut edited))
        .map_err(|error| format!("what was edited cannot be read: {error}"))?;
    // The one that editors add; those that were typed stay.
    if edited.ends_with('\n') {
        edited.pop();
    }
    Ok(edited)
}

/// Through a shell, as git does it: the variable may hold arguments.
#[cfg(unix)]
fn command(editor: &str, file: &Path) -> Command {
    let mut command = Command::new("sh");
    command
        .arg("-c")
        .arg(format!("{editor} \"$@\""))
        .arg(editor)
        .arg(file);
    command
}

#[cfg(not(unix))]
fn command(editor: &str, file: &Path) -> Command {
    let mut command = Command::new(editor);
    command.arg(file);
    command
}

/// A file that is gone when it is dropped.
struct Temporary(PathBuf);

impl Temporary {
    fn new(text: &str) -> std::io::Result<Self> {
        let name = format!("wscope-{:016x}.txt", rand::rng().next_u64());
        let path = temp_dir().join(name);
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options.open(&path)?.write_all(text.as_bytes())?;
        Ok(Self(path))
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

#[cfg(unix)]
const EDITOR: &str = "vi";
#[cfg(not(unix))]
const EDITOR: &str = "notepad";
