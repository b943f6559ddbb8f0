//! What Tab offers, and the hint to the right of the cursor; both follow the table of commands.

use std::{fs, path::Path};

use super::{
    command::{COMMANDS, Command, Completes},
    setting::Setting,
};
use crate::{output::sanitize, ws::code_name};

/// One thing that Tab can put into the line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// What is inserted.
    pub text: String,
    /// What the list shows.
    pub label: String,
}

/// Where the word under completion begins, and what may stand there.
#[must_use]
pub fn offers(line: &str, cursor: usize) -> (usize, Vec<Offer>) {
    let typed = &line[..cursor];
    let Some((start, word, place)) = place(typed) else {
        return (cursor, Vec::new());
    };
    let offers = match place {
        Completes::Nothing => Vec::new(),
        Completes::Words(words) => fitting(word, words.iter().copied()),
        Completes::AtFile if word.is_empty() => vec![Offer::plain("@")],
        Completes::AtFile => match word.strip_prefix('@') {
            Some(path) => files(path, "@"),
            None => Vec::new(),
        },
        Completes::File => files(word, ""),
        Completes::CloseCode => close_codes(word),
        Completes::Command if start == 1 => commands(word),
        Completes::Command => fitting(
            word.trim_start_matches('/'),
            COMMANDS.iter().map(|command| command.name),
        ),
        Completes::Setting => setting(typed, word),
    };
    (start, offers)
}

/// What could follow the cursor at the end of `line`: the rest of a name, then the arguments.
///
/// The first part is what the right arrow takes over, the second is only shown.
#[must_use]
pub fn hint(line: &str) -> Option<(String, String)> {
    let rest = line.strip_prefix('/')?;
    let Some((name, arguments)) = rest.split_once(' ') else {
        return name_hint(rest);
    };
    let command = Command::find(name)?;
    match arguments {
        "" if command.arguments.is_empty() => None,
        "" => Some((String::new(), command.arguments.to_owned())),
        code if command.completes == Completes::CloseCode => {
            let name = code_name(code.parse().ok()?)?;
            Some((String::new(), format!(" {name}")))
        }
        _ => None,
    }
}

impl Offer {
    fn plain(text: &str) -> Self {
        Self {
            text: text.to_owned(),
            label: text.to_owned(),
        }
    }
}

/// The word that the cursor ends, and what belongs there; `None` in a message.
fn place(typed: &str) -> Option<(usize, &str, Completes)> {
    let rest = typed.strip_prefix('/')?;
    let Some((name, arguments)) = rest.split_once(' ') else {
        return (!rest.starts_with('/')).then_some((1, rest, Completes::Command));
    };
    let completes = Command::find(name)?.completes;
    let takes_blanks = matches!(completes, Completes::AtFile | Completes::File);
    let word = match arguments.rsplit_once(' ') {
        Some((_, word)) if !takes_blanks => word,
        _ => arguments,
    };
    let is_first = word.len() == arguments.len();
    (is_first || completes == Completes::Setting).then_some((
        typed.len() - word.len(),
        word,
        completes,
    ))
}

fn name_hint(name: &str) -> Option<(String, String)> {
    let mut fitting = COMMANDS
        .iter()
        .filter(|command| command.name.starts_with(name));
    let command = fitting.next()?;
    let is_exact = command.name == name;
    if name.is_empty() || (!is_exact && fitting.next().is_some()) {
        return None;
    }
    let arguments = match command.arguments {
        "" => String::new(),
        arguments => format!(" {arguments}"),
    };
    Some((command.name[name.len()..].to_owned(), arguments))
}

fn fitting<'a>(word: &str, words: impl Iterator<Item = &'a str>) -> Vec<Offer> {
    words
        .filter(|candidate| candidate.starts_with(word))
        .map(Offer::plain)
        .collect()
}

/// With the blank that separates the arguments, where there are any.
fn commands(word: &str) -> Vec<Offer> {
    COMMANDS
        .iter()
        .filter(|command| command.name.starts_with(word))
        .map(|command| Offer {
            text: match command.arguments {
                "" => command.name.to_owned(),
                _ => format!("{} ", command.name),
            },
            label: format!("/{}", command.name),
        })
        .collect()
}

fn close_codes(word: &str) -> Vec<Offer> {
    CODES
        .iter()
        .map(|code| (code.to_string(), code_name(*code).unwrap_or_default()))
        .filter(|(code, _)| code.starts_with(word))
        .map(|(code, name)| Offer {
            label: format!("{code} {name}"),
            text: code,
        })
        .collect()
}

fn setting(typed: &str, word: &str) -> Vec<Offer> {
    let mut words = typed.split(' ').skip(1);
    let (name, value) = (words.next().unwrap_or_default(), words.next());
    if value.is_none() {
        return fitting(word, Setting::NAMES.iter().map(|(name, _)| *name));
    }
    let values = Setting::NAMES.iter().find(|(known, _)| *known == name);
    values.map_or_else(Vec::new, |(_, values)| {
        fitting(word, values.iter().copied())
    })
}

/// The entries of a directory that begin like `path`; a name that a terminal cannot show is left out.
fn files(path: &str, prefix: &str) -> Vec<Offer> {
    let (directory, start) = match path.rfind('/') {
        Some(slash) => path.split_at(slash + 1),
        None => ("", path),
    };
    let listed = match (directory, directory.strip_prefix("~/")) {
        ("", _) => fs::read_dir("."),
        (_, Some(rest)) => match std::env::home_dir() {
            Some(home) => fs::read_dir(home.join(rest)),
            None => return Vec::new(),
        },
        _ => fs::read_dir(Path::new(directory)),
    };
    let mut offers: Vec<Offer> = listed
        .into_iter()
        .flatten()
        .filter_map(|entry| file(&entry.ok()?, start))
        .map(|name| Offer {
            text: format!("{prefix}{directory}{name}"),
            label: name,
        })
        .collect();
    offers.sort_by(|a, b| a.label.cmp(&b.label));
    offers
}

fn file(entry: &fs::DirEntry, start: &str) -> Option<String> {
    let mut name = entry.file_name().into_string().ok()?;
    let hidden = name.starts_with('.') && !start.starts_with('.');
    if hidden || !name.starts_with(start) || name.contains(sanitize::is_unsafe) {
        return None;
    }
    if entry.path().is_dir() {
        name.push('/');
    }
    Some(name)
}

/// The codes an application is likely to send.
const CODES: &[u16] = &[
    1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3003, 3008, 4000,
];

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(line: &str) -> (usize, Vec<String>) {
        let (start, offers) = offers(line, line.len());
        (start, offers.into_iter().map(|offer| offer.text).collect())
    }

    #[test]
    fn offers_what_fits() {
        for (line, start, expected) in [
            ("/cl", 1, &["close "][..]),
            ("/re", 1, &["reconnect"]),
            ("/json ", 6, &["on", "off", "auto"]),
            ("/json o", 6, &["on", "off"]),
            ("/close 300", 7, &["3000", "3003", "3008"]),
            ("/close 1000 ", 12, &[]),
            ("/set f", 5, &["fold"]),
            ("/set json a", 10, &["auto"]),
            ("/help /cl", 6, &["close"]),
            ("/binary ", 8, &["@"]),
            ("hello", 5, &[]),
            ("//te", 4, &[]),
            ("/nosuch ", 8, &[]),
        ] {
            let (found_start, found) = texts(line);
            assert_eq!(found, expected, "{line}");
            if !expected.is_empty() {
                assert_eq!(found_start, start, "{line}");
            }
        }
        assert_eq!(texts("/").1.len(), COMMANDS.len());
    }

    #[test]
    fn offers_files_with_directories_marked() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("with blank.json"), "").unwrap();
        fs::write(folder.path().join(".hidden"), "").unwrap();
        fs::write(folder.path().join("evil\u{1b}[2J"), "").unwrap();
        fs::create_dir(folder.path().join("with")).unwrap();
        let root = folder.path().to_str().unwrap();
        let line = format!("/send @{root}/wi");
        assert_eq!(
            texts(&line),
            (
                6,
                vec![format!("@{root}/with blank.json"), format!("@{root}/with/")]
            )
        );
        let line = format!("/save {root}/with b");
        assert_eq!(texts(&line), (6, vec![format!("{root}/with blank.json")]));
        assert!(texts(&format!("/save {root}/e")).1.is_empty());
        assert_eq!(texts(&format!("/save {root}/.h")).1.len(), 1);
        assert_eq!(texts("/send @/no/such/folder/x").1.len(), 0);
    }

    #[test]
    fn hints_at_the_rest_of_a_name_and_its_arguments() {
        let hint = |line| {
            let (taken, shown) = hint(line)?;
            Some(format!("{taken}|{shown}"))
        };
        for (line, expected) in [
            ("/clo", Some("se| [CODE [REASON]]")),
            ("/close", Some("| [CODE [REASON]]")),
            ("/close ", Some("|[CODE [REASON]]")),
            ("/close 1011", Some("| internal error")),
            ("/close 1011 x", None),
            ("/t", None),
            ("/timeline ", None),
            ("/", None),
            ("hello", None),
        ] {
            assert_eq!(hint(line).as_deref(), expected, "{line}");
        }
    }

    #[test]
    fn never_panics_at_any_cursor() {
        arbtest::arbtest(|u| {
            let command = u.choose(COMMANDS)?;
            let rest: String = u.arbitrary()?;
            let line = format!("/{} {}", command.name, rest.replace('/', ""));
            for (cursor, _) in line.char_indices() {
                let _ = offers(&line, cursor);
                let _ = hint(&line[..cursor]);
            }
            Ok(())
        });
    }
}
