//! The programs that are compared, and how each is told to do a case.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use crate::case::{Case, Extra, Traffic};

/// A program under measurement.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    pub(crate) name: &'static str,
    pub(crate) version: String,
    program: PathBuf,
}

pub(crate) const WSCOPE: &str = "wscope";
pub(crate) const REFERENCE: &str = "reference";

/// What there is to run, and a word about each that is missing.
pub(crate) fn find(peers: &Path) -> (Vec<Client>, Vec<String>) {
    let own = std::env::current_exe().unwrap_or_default();
    let mut found = vec![
        Client {
            name: WSCOPE,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            program: env!("CARGO_BIN_EXE_wscope").into(),
        },
        Client {
            name: REFERENCE,
            version: "in this package".to_owned(),
            program: own,
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
                program,
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
    (found, missing)
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

    /// The command for a case; `None` where the program cannot do it, or nobody would wait for it.
    pub(crate) fn command(&self, case: &Case, url: &str, ca: &str) -> Option<Vec<String>> {
        let is_own = [WSCOPE, REFERENCE].contains(&self.name);
        if case.extra != Extra::None && !is_own {
            return None;
        }
        let mut words = vec![self.program.display().to_string()];
        let arguments = match self.name {
            WSCOPE => wscope(case, url, ca),
            REFERENCE => reference(case, url, ca)?,
            "websocat" => websocat(case, url)?,
            "wscat" => wscat(case, url)?,
            _ => curl(case, url, ca)?,
        };
        words.extend(arguments.split_whitespace().map(str::to_owned));
        Some(words)
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

fn reference(case: &Case, url: &str, ca: &str) -> Option<String> {
    let what = match case.traffic {
        Traffic::Receive => "receive",
        Traffic::Send if case.pattern.one_message => "send-one",
        Traffic::Send => "send",
        Traffic::Both => "both",
        Traffic::Echo => "poll",
        Traffic::Start => "one",
        Traffic::Flood => "receive",
    };
    if case.deflate && case.traffic == Traffic::Send {
        return None;
    }
    let binary = if case.pattern.text { "" } else { "--binary" };
    let deflate = if case.deflate { "--deflate" } else { "" };
    Some(format!(
        "--reference {what} {url} --ca {ca} {binary} {deflate}"
    ))
}

fn websocat(case: &Case, url: &str) -> Option<String> {
    if case.deflate || case.traffic == Traffic::Flood || case.pattern.one_message {
        return None;
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
    Some(format!("{kind} {one} {trust} {buffer} {url}"))
}

fn wscat(case: &Case, url: &str) -> Option<String> {
    // It drops what is typed before it is connected, and so never echoes the first line.
    let lacks = matches!(
        case.traffic,
        Traffic::Flood | Traffic::Start | Traffic::Echo
    );
    if lacks || case.deflate || case.pattern.size > 4096 {
        return None;
    }
    let trust = if case.tls { "-n" } else { "" };
    Some(format!("--no-color {trust} -c {url}"))
}

fn curl(case: &Case, url: &str, ca: &str) -> Option<String> {
    let can = case.traffic == Traffic::Receive && !case.deflate;
    can.then(|| format!("-sS -N --cacert {ca} {url}"))
}
