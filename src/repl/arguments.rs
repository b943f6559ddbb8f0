//! The arguments of each command, validated; an error says what is wrong with them.

use std::{ops::RangeInclusive, path::PathBuf};

use super::{
    command::{Action, Command, Inspect, nearest},
    setting::Setting,
};
use crate::{
    output::inspect::Detail,
    ws::{CloseFrame, code_is_allowed_on_the_wire},
};

pub(super) fn none(action: &Action, arguments: &str) -> Result<Action, String> {
    match arguments.trim() {
        "" => Ok(action.clone()),
        extra => Err(format!("takes no argument, but was given {extra:?}")),
    }
}

pub(super) fn binary(arguments: &str) -> Result<Action, String> {
    let text = arguments.trim();
    if text.is_empty() {
        return Err("the bytes are missing".to_owned());
    }
    if let Some(path) = text.strip_prefix('@') {
        return file(path).map(Action::BinaryFile);
    }
    if let Some(base64) = text.strip_prefix("base64:") {
        return data_encoding::BASE64
            .decode(base64.as_bytes())
            .map(Action::Binary)
            .map_err(|error| format!("not base64: {error}"));
    }
    hex(text.strip_prefix("hex:").unwrap_or(text)).map(Action::Binary)
}

/// Pairs of hex digits; blanks, colons, dashes and `0x` may stand between them.
fn hex(text: &str) -> Result<Vec<u8>, String> {
    let mut digits = String::with_capacity(text.len());
    for word in text.split(|c: char| c.is_whitespace() || matches!(c, ':' | '-' | ',')) {
        digits.push_str(word.strip_prefix("0x").unwrap_or(word));
    }
    if let Some(wrong) = digits.chars().find(|c| !c.is_ascii_hexdigit()) {
        return Err(format!("{wrong:?} is not a hex digit"));
    }
    data_encoding::HEXLOWER_PERMISSIVE
        .decode(digits.as_bytes())
        .map_err(|_| format!("{} hex digits are not whole bytes", digits.len()))
}

pub(super) fn send(arguments: &str) -> Result<Action, String> {
    let path = arguments.trim();
    file(path.strip_prefix('@').unwrap_or(path)).map(Action::Send)
}

fn file(path: &str) -> Result<PathBuf, String> {
    match path.trim() {
        "" => Err("the file's name is missing".to_owned()),
        path => Ok(expand_home(path)),
    }
}

/// `~/` as a shell understands it.
fn expand_home(path: &str) -> PathBuf {
    match (path.strip_prefix("~/"), std::env::home_dir()) {
        (Some(rest), Some(home)) => home.join(rest),
        _ => PathBuf::from(path),
    }
}

pub(super) fn control_payload(arguments: &str) -> Result<Vec<u8>, String> {
    match arguments.len() {
        0..=MAX_CONTROL => Ok(arguments.as_bytes().to_vec()),
        length => Err(format!(
            "{length} bytes are too many, a control frame takes {MAX_CONTROL}"
        )),
    }
}

pub(super) fn close(arguments: &str) -> Result<Action, String> {
    let arguments = arguments.trim();
    if arguments.is_empty() {
        return Ok(Action::Close(CloseFrame::new(1000, "")));
    }
    let (code, reason) = arguments
        .split_once(char::is_whitespace)
        .unwrap_or((arguments, ""));
    let code = close_code(code)?;
    match reason.trim_start() {
        reason if reason.len() > MAX_REASON => Err(format!(
            "{} bytes of reason are too many, a Close frame takes {MAX_REASON}",
            reason.len()
        )),
        reason => Ok(Action::Close(CloseFrame::new(code, reason))),
    }
}

fn close_code(word: &str) -> Result<u16, String> {
    let code = word
        .parse()
        .map_err(|_| format!("{word:?} is not a close code"))?;
    if code_is_allowed_on_the_wire(code) {
        Ok(code)
    } else {
        Err(format!(
            "{code} may not be sent; 1000–1003, 1007–1014 and 3000–4999 may, and /frame sends any"
        ))
    }
}

pub(super) fn frame(arguments: &str) -> Result<Action, String> {
    match arguments.trim() {
        "" => Err("the frame is missing".to_owned()),
        spec => match spec.parse() {
            Ok(spec) => Ok(Action::Frame(Box::new(spec))),
            Err(error) => Err(format!("{error}")),
        },
    }
}

pub(super) fn fragment(arguments: &str) -> Result<Action, String> {
    let (count, text) = arguments
        .split_once(char::is_whitespace)
        .unwrap_or((arguments, ""));
    let pieces = number(count, 1..=MAX_FRAGMENTS, "number of frames")?;
    Ok(Action::Fragment(pieces, text.to_owned()))
}

pub(super) fn inspect(arguments: &str) -> Result<Action, String> {
    let inspect = match arguments.trim() {
        "" => Inspect::Switch,
        "off" => Inspect::Off,
        detail => Inspect::On(detail.parse().map_err(|_| {
            let names = Detail::NAMES.join(", ");
            format!("{detail:?} is not one of off, {names}")
        })?),
    };
    Ok(Action::Inspect(inspect))
}

pub(super) fn rtt(arguments: &str) -> Result<Action, String> {
    let count = optional(arguments, 1..=100, "number of pings")?;
    Ok(Action::Rtt(count.unwrap_or(1)))
}

pub(super) fn history(arguments: &str) -> Result<Action, String> {
    let count = optional(arguments, 1..=usize::MAX, "number of messages")?;
    Ok(Action::History(count.unwrap_or(20)))
}

pub(super) fn save(arguments: &str) -> Result<Action, String> {
    match arguments.trim() {
        "off" => Ok(Action::Save(None)),
        path => file(path).map(|path| Action::Save(Some(path))),
    }
}

pub(super) fn show(arguments: &str) -> Result<Action, String> {
    let number = arguments.trim().trim_start_matches('#');
    let number = optional(number, 1..=usize::MAX, "message number")?;
    Ok(Action::Show(number.map(|number| number as u64)))
}

pub(super) fn set(arguments: &str) -> Result<Action, String> {
    match arguments.trim().split_once(char::is_whitespace) {
        Some((name, value)) => Setting::parse(name, value.trim()).map(Action::Set),
        None if arguments.trim().is_empty() => Ok(Action::Settings),
        None => Setting::parse(arguments.trim(), "").map(Action::Set),
    }
}

pub(super) fn open(arguments: &str) -> Result<Action, String> {
    match arguments.trim() {
        "" => Err("the URL is missing".to_owned()),
        url if url.contains(char::is_whitespace) => Err("a URL has no blanks".to_owned()),
        url => Ok(Action::Open(url.to_owned())),
    }
}

pub(super) fn help(arguments: &str) -> Result<Action, String> {
    let name = arguments.trim();
    let name = name.strip_prefix('/').unwrap_or(name);
    if name.is_empty() {
        return Ok(Action::Help(None));
    }
    match Command::find(name) {
        Some(command) => Ok(Action::Help(Some(command))),
        None => Err(match nearest(name) {
            Some(nearest) => format!("there is no /{name}, did you mean /{nearest}?"),
            None => format!("there is no /{name}"),
        }),
    }
}

fn optional(word: &str, range: RangeInclusive<usize>, what: &str) -> Result<Option<usize>, String> {
    match word.trim() {
        "" => Ok(None),
        word => number(word, range, what).map(Some),
    }
}

fn number(word: &str, range: RangeInclusive<usize>, what: &str) -> Result<usize, String> {
    match word.parse() {
        Ok(number) if range.contains(&number) => Ok(number),
        _ if word.is_empty() => Err(format!("the {what} is missing")),
        _ if *range.end() == usize::MAX => Err(format!("{word:?} is not a {what}")),
        _ => Err(format!(
            "{word:?} is not a {what} from {} to {}",
            range.start(),
            range.end()
        )),
    }
}

const MAX_CONTROL: usize = 125;
const MAX_FRAGMENTS: usize = 10_000;
const MAX_REASON: usize = 123;
