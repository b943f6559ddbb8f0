//! The programs that are compared, and how each is told to do a case.

use std::{
    io,
    path::{Path, PathBuf},
    process::Command,
};

use crate::case::{Case, Extra, Traffic};

/// Why a program is not in a case.
pub(crate) type Lack = &'static str;

/// A program under measurement.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    pub(crate) name: &'static str,
    pub(crate) version: String,
    program: PathBuf,
}

pub(crate) const WSCOPE: &str = "wscope";
pub(crate) const REFERENCE: &str = "reference";

/// What there is to run, copied into `folder`, and a word about each that is missing.
///
/// # Errors
///
/// A program cannot be copied.
pub(crate) fn find(peers: &Path, folder: &Path) -> io::Result<(Vec<Client>, Vec<String>)> {
    let own = std::env::current_exe()?;
    let mut found = vec![
        Client {
            name: WSCOPE,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            program: installed(Path::new(env!("CARGO_BIN_EXE_wscope")), WSCOPE, folder)?,
        },
        Client {
            name: REFERENCE,
            version: "in this package".to_owned(),
            program: installed(&own, REFERENCE, folder)?,
        },
    ];
    let mut missing = Vec::new();
    for (name, program, way) in [
        (
            "websocat",
            peers.join("bin/websocat"),
            "cargo install websocat --root",
        ),
        (
            "wscat",
            peers.join("node_modules/.bin/wscat"),
            "npm install wscat --prefix",
        ),
    ] {
        match version(&program) {
            Some(version) => found.push(Client {
                name,
                version,
                program: match name {
                    "websocat" => installed(&program, name, folder)?,
                    _ => program, // a script beside its modules
                },
            }),
            None => missing.push(format!("{name}: not found; `{way} {}`", peers.display())),
        }
    }
    match version(Path::new("curl")) {
        Some(version) if curl_speaks_ws() => {
            found.push(Client {
                name: "curl",
                version,
                program: "curl".into(),
            });
        }
        Some(version) => missing.push(format!("curl: {version} is built without ws")),
        None => missing.push("curl: not found".to_owned()),
    }
    Ok((found, missing))
}

/// A copy, as an installer leaves it: what the linker has just written lies in the page cache in
/// small pieces, and starts a tenth more slowly.
fn installed(program: &Path, name: &str, folder: &Path) -> io::Result<PathBuf> {
    let copy = folder.join(name);
    let partial = copy.with_extension("partial");
    std::fs::copy(program, &partial)?;
    std::fs::rename(partial, &copy)?;
    Ok(copy)
}

fn version(program: &Path) -> Option<String> {
    let output = Command::new(program).arg("--version").output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let is_version = |word: &&str| word.starts_with(|c: char| c.is_ascii_digit());
    text.split_whitespace().find(is_version).map(str::to_owned)
}

fn curl_speaks_ws() -> bool {
    let output = Command::new("curl").arg("--version").output();
    output.is_ok_and(|output| {
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        text.split_whitespace().any(|word| word == "ws")
    })
}

impl Client {
    /// Whether a line is sent with its newline.
    pub(crate) fn sends_newlines(&self) -> bool {
        self.name == "websocat"
    }

    /// Whether it has a prompt on a terminal.
    pub(crate) fn has_prompt(&self) -> bool {
        [WSCOPE, "wscat"].contains(&self.name)
    }

    /// Whether it is told what to send by an argument, and standard input only stays open.
    pub(crate) fn is_told_what_to_send(&self, case: &Case) -> bool {
        self.name == "wscat" && case.traffic == Traffic::Start
    }

    /// The command for a case.
    ///
    /// # Errors
    ///
    /// Why the program cannot do it, or nobody would wait for it.
    pub(crate) fn command(&self, case: &Case, url: &str, ca: &str) -> Result<Vec<String>, Lack> {
        let mut words = vec![self.program.display().to_string()];
        let arguments = match self.name {
            WSCOPE => wscope(case, url, ca),
            REFERENCE => reference(case, url, ca),
            _ if case.extra != Extra::None => return Err("has no such output"),
            _ if case.deflate => return Err("has no permessage-deflate"),
            "websocat" => websocat(case, url)?,
            "wscat" => wscat(case, url)?,
            _ => curl(case, url, ca)?,
        };
        words.extend(arguments.split_whitespace().map(str::to_owned));
        Ok(words)
    }
}

fn wscope(case: &Case, url: &str, ca: &str) -> String {
    let mut words = String::new();
    if case.tls {
        words.push_str(&format!("--cacert {ca} "));
    }
    if !case.pattern.text {
        words.push_str("--binary ");
    }
    if case.pattern.one_message && case.traffic == Traffic::Send {
        words.push_str("--whole ");
    }
    if case.traffic == Traffic::Start {
        words.push_str("--count 1 ");
    }
    match case.extra {
        Extra::None => {}
        Extra::Json => words.push_str("--json "),
        Extra::Inspect => words.push_str("--inspect "),
    }
    words + url
}

fn reference(case: &Case, url: &str, ca: &str) -> String {
    let what = match case.traffic {
        Traffic::Receive => "receive",
        Traffic::Send if case.pattern.one_message => "send-one",
        Traffic::Send => "send",
        Traffic::Both => "both",
        Traffic::Echo => "poll",
        Traffic::Start => "one",
        Traffic::Flood => "receive",
    };
    let binary = if case.pattern.text { "" } else { "--binary" };
    let deflate = if case.deflate { "--deflate" } else { "" };
    format!("--reference {what} {url} --ca {ca} {binary} {deflate}")
}

fn websocat(case: &Case, url: &str) -> Result<String, Lack> {
    if case.traffic == Traffic::Flood {
        return Err("has no prompt");
    }
    if case.pattern.one_message {
        return Err("cuts a message of this size into many");
    }
    let kind = if case.pattern.text { "-t" } else { "-b" };
    let one = if case.traffic == Traffic::Start {
        "-n1"
    } else {
        ""
    };
    let trust = if case.tls { "-k" } else { "" };
    // It allocates its buffer for each message, and splits what is larger.
    let buffer = if case.pattern.size > 4096 {
        "-B 2000000"
    } else {
        ""
    };
    Ok(format!("{kind} {one} {trust} {buffer} {url}"))
}

fn wscat(case: &Case, url: &str) -> Result<String, Lack> {
    if case.pattern.size > 4096 {
        return Err("takes a minute for what others do in a second");
    }
    let trust = if case.tls { "-n" } else { "" };
    // It leaves at the end of its input whether it is connected or not.
    let line = if case.traffic == Traffic::Start {
        let text = case.pattern.block();
        format!("-w 0 -x {}", String::from_utf8_lossy(&text))
    } else {
        String::new()
    };
    Ok(format!("--no-color {trust} {line} -c {url}"))
}

fn curl(case: &Case, url: &str, ca: &str) -> Result<String, Lack> {
    match case.traffic {
        Traffic::Receive => Ok(format!("-sS -N --cacert {ca} {url}")),
        Traffic::Flood => Err("has no prompt"),
        _ => Err("sends no messages"),
    }
}
