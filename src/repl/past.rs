//! What was typed in earlier sessions: where it is kept, and what is not.
//!
//! One file for all sessions, `$XDG_STATE_HOME/wscope/history` or `~/.local/state/wscope/history`,
//! readable by its owner alone. A line that seems to hold a credential is not stored; it stays
//! in the memory of the session that typed it.

use std::{
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
    sync::LazyLock,
};

use regex::bytes::{Regex, RegexBuilder};

use crate::Env;

/// Where the history is kept; `None` where there is no home.
#[must_use]
pub fn file(env: &Env) -> Option<PathBuf> {
    let absolute = |name| {
        env.var(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    };
    // The XDG specification wants a relative path ignored.
    let state = absolute("XDG_STATE_HOME")
        .or_else(|| absolute("HOME").map(|home| home.join(".local/state")))?;
    Some(state.join("wscope").join("history"))
}

/// The lines of earlier sessions, oldest first; none where the file cannot be read.
///
/// A file that has grown to twice what is kept is written anew.
#[must_use]
pub fn load(file: &Path) -> Vec<String> {
    let bytes = fs::read(file).unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes);
    let all: Vec<&str> = text.lines().filter(|line| !line.is_empty()).collect();
    let kept = &all[all.len().saturating_sub(MAX_LINES)..];
    if all.len() > 2 * MAX_LINES {
        // A history that cannot be shortened today is shortened another day.
        let _ = rewrite(file, kept);
    }
    kept.iter().map(|line| unescape(line)).collect()
}

/// Adds a line, if it may be stored.
///
/// # Errors
///
/// The system's, from making or writing the file.
pub fn append(file: &Path, line: &str) -> io::Result<()> {
    if !is_storable(line) {
        return Ok(());
    }
    if let Some(folder) = file.parent() {
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(folder)?;
    }
    let mut opened = private().append(true).open(file)?;
    // One that is there already may have been made by hand, or restored from a copy.
    #[cfg(unix)]
    opened.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    // In one write, so that two sessions cannot mix their lines.
    opened.write_all(format!("{}\n", escape(line)).as_bytes())
}

fn rewrite(file: &Path, lines: &[&str]) -> io::Result<()> {
    let new = file.with_extension("new");
    let mut opened = private().write(true).truncate(true).open(&new)?;
    opened.write_all((lines.join("\n") + "\n").as_bytes())?;
    fs::rename(new, file)
}

fn private() -> fs::OpenOptions {
    let mut options = fs::OpenOptions::new();
    options.create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// A message of several lines on one: `\n` for a line feed, `\\` for a backslash.
fn escape(line: &str) -> String {
    line.replace('\\', "\\\\")
        .replace('\n', "\\n")
        .replace('\r', "\\r")
}

fn unescape(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        match (c, chars.as_str().chars().next()) {
            ('\\', Some(escaped @ ('n' | 'r' | '\\'))) => {
                chars.next();
                out.push(match escaped {
                    'n' => '\n',
                    'r' => '\r',
                    _ => '\\',
                });
            }
            _ => out.push(c),
        }
    }
    out
}

/// Whether a line may be written to the file.
#[must_use]
pub fn is_storable(line: &str) -> bool {
    !line.trim().is_empty() && line.len() <= MAX_LINE && !SECRET.is_match(line.as_bytes())
}

/// How many lines are kept.
pub const MAX_LINES: usize = 5_000;

/// A pasted file is a message, not something to type again.
const MAX_LINE: usize = 16 * 1024;

/// Names that stand before a secret, and secrets that are known by their form.
static SECRET: LazyLock<Regex> = LazyLock::new(|| {
    // Without Unicode's classes, which would take megabytes to tell no more secrets apart.
    let pattern = RegexBuilder::new(SECRET_PATTERN).unicode(false).build();
    pattern.expect("the pattern is constant, and the tests compile it")
});

const SECRET_PATTERN: &str = r#"(?xi)
    (?: passw(?:or)?d | passphrase | passcode | secret | token | credential | authorization
      | api[_\-\ ]?key | access[_\-]?key | private[_\-]?key | client[_\-]?key | session[_\-]?id
      | cookie | jwt | bearer | otp )
      [\w\-]* ["']? \s* (?: [:=] | \s ) \s* ["']? [^\s"'{\[,}\]]
  | ://[^/\s:@]*:[^/\s@]+@                              # user:password@ in a URL
  | \b(?:basic|digest|negotiate)\s+[a-z0-9+/]{8,}       # a header's value alone
  | \beyJ[\w\-]{8,}\.[\w\-]{8,}                         # a JSON web token
  | \b(?:sk|pk|rk)[_\-](?:live|test|proj|ant)[_\-]\w{8} # keys of well-known services
  | \b(?:ghp|gho|ghu|ghs|ghr|github_pat|glpat|xox[abprs])[_\-]\w{8}
  | \bAKIA[0-9A-Z]{16}\b
  | -----BEGIN\ [A-Z\ ]*PRIVATE\ KEY-----
"#;

#[cfg(test)]
mod tests {
    use super::*;

    fn env(vars: &[(&str, &str)]) -> Env {
        Env {
            vars: vars
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
            ..Env::default()
        }
    }

    #[test]
    fn follows_the_xdg_state_directory() {
        let home = ("HOME", "/home/u");
        for (vars, expected) in [
            (vec![home], Some("/home/u/.local/state/wscope/history")),
            (
                vec![home, ("XDG_STATE_HOME", "/s")],
                Some("/s/wscope/history"),
            ),
            (
                vec![home, ("XDG_STATE_HOME", "relative")],
                Some("/home/u/.local/state/wscope/history"),
            ),
            (
                vec![home, ("XDG_STATE_HOME", "")],
                Some("/home/u/.local/state/wscope/history"),
            ),
            (vec![], None),
        ] {
            assert_eq!(file(&env(&vars)), expected.map(PathBuf::from), "{vars:?}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn is_readable_by_its_owner_alone() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("deep/er/history");
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        append(&file, "one").unwrap();
        assert_eq!(mode(&file), 0o600);
        assert_eq!(mode(file.parent().unwrap()), 0o700);

        fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
        append(&file, "two").unwrap();
        assert_eq!(mode(&file), 0o600);
    }

    #[test]
    fn gives_back_what_was_typed() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("history");
        assert!(load(&file).is_empty());
        let lines = ["hello", "{\n  \"a\": \"\\n\\\\\"\n}", "C:\\new", "żółw"];
        for line in lines {
            append(&file, line).unwrap();
        }
        append(&file, "password=x").unwrap();
        assert_eq!(load(&file), lines);
        assert!(!fs::read_to_string(&file).unwrap().contains("password"));
    }

    #[test]
    fn keeps_the_latest_and_survives_a_broken_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("history");
        let lines: Vec<String> = (0..=2 * MAX_LINES).map(|line| line.to_string()).collect();
        fs::write(&file, lines.join("\n")).unwrap();
        let loaded = load(&file);
        assert_eq!(loaded.len(), MAX_LINES);
        assert_eq!(loaded.last(), lines.last());
        assert_eq!(
            fs::read_to_string(&file).unwrap().lines().count(),
            MAX_LINES
        );

        fs::write(&file, b"ok\n\xff\xfe\n\\").unwrap();
        assert_eq!(load(&file).len(), 3);
    }

    #[test]
    fn keeps_no_credential() {
        for line in SECRETS {
            assert!(!is_storable(line), "{line}");
        }
    }

    #[test]
    fn keeps_what_only_speaks_of_them() {
        for line in HARMLESS {
            assert!(is_storable(line), "{line}");
        }
        assert!(!is_storable("  "));
        assert!(!is_storable(&"x".repeat(MAX_LINE + 1)));
    }

    const SECRETS: &[&str] = &[
        r#"{"op":"auth","password":"hunter2"}"#,
        r#"{"type":"connection_init","payload":{"Authorization":"Bearer abc"}}"#,
        r#"{"access_token": "abc"}"#,
        "{'apiKey': 'abc'}",
        "AUTH token=abc",
        "PASSWORD hunter2",
        "Authorization: Basic dXNlcjpwYXNz",
        "/open wss://user:pass@example.org/",
        "/open wss://example.org/?token=abc",
        "basic dXNlcjpwYXNz",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc",
        "x sk_live_0123456789",
        "ghp_0123456789abcdef",
        "AKIAABCDEFGHIJKLMNOP",
        "-----BEGIN RSA PRIVATE KEY-----\nMII",
        "Cookie: sid=1",
    ];

    const HARMLESS: &[&str] = &[
        "hello",
        "/close 4001 bad",
        r#"{"op":"subscribe","channel":"trades"}"#,
        r#"{"tokens":[1,2]}"#,
        "/open wss://example.org:8443/path",
        "wss://example.org/a:b@c",
        "mail me@example.org",
    ];
}
