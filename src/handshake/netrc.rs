//! User names and passwords from `.netrc`.

use crate::net::authority::Userinfo;

/// The entry for a host, or the `default` one.
#[must_use]
pub fn credentials(text: &str, host: &str) -> Option<Userinfo> {
    let mut words = words(text).into_iter();
    let mut entry: Option<Entry> = None;
    while let Some(word) = words.next() {
        let begins = match word.as_str() {
            "machine" => Some(
                words
                    .next()
                    .is_some_and(|name| name.eq_ignore_ascii_case(host)),
            ),
            "default" => Some(true),
            _ => None,
        };
        match (begins, &mut entry) {
            // The first entry that fits is the one, even where it says nothing.
            (Some(_), Some(entry)) => return Some(entry.found()),
            (Some(fits), None) => entry = fits.then(Entry::default),
            (None, Some(entry)) if word == "login" => entry.user = words.next(),
            (None, Some(entry)) if word == "password" => entry.password = words.next(),
            (None, _) => {}
        }
    }
    entry.map(|mut entry| entry.found())
}

#[derive(Default)]
struct Entry {
    user: Option<String>,
    password: Option<String>,
}

impl Entry {
    fn found(&mut self) -> Userinfo {
        Userinfo {
            user: self.user.take().unwrap_or_default(),
            password: self.password.take().unwrap_or_default(),
        }
    }
}

/// Words, which may be quoted; `#` begins a comment, and `macdef` a macro that ends at an empty line.
fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut in_macro = false;
    for line in text.lines() {
        in_macro = in_macro && !line.trim().is_empty();
        if in_macro {
            continue;
        }
        for word in line_words(line) {
            if word == "macdef" {
                in_macro = true;
                break;
            }
            words.push(word);
        }
    }
    words
}

fn line_words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut rest = line.trim_start();
    while !rest.is_empty() && !rest.starts_with('#') {
        let (word, after) = match rest.strip_prefix('"') {
            Some(quoted) => unquote(quoted),
            None => {
                let (word, after) =
                    rest.split_at(rest.find(char::is_whitespace).unwrap_or(rest.len()));
                (word.to_owned(), after)
            }
        };
        words.push(word);
        rest = after.trim_start();
    }
    words
}

fn unquote(text: &str) -> (String, &str) {
    let mut word = String::new();
    let mut characters = text.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return (word, &text[at + 1..]),
            '\\' => word.extend(characters.next().map(|(_, escaped)| escaped)),
            other => word.push(other),
        }
    }
    (word, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_entry_that_fits_is_used() {
        for (host, expected) in HOSTS {
            let found =
                credentials(FILE, host).map(|found| format!("{}:{}", found.user, found.password));
            assert_eq!(found.as_deref(), *expected, "{host}");
        }
        assert_eq!(credentials("machine a login x", "b"), None);
    }

    const FILE: &str = "# comment\nmachine a.test login ann password \"p w\\\"d\"\n\
        machine B.test\n  login bob # not a password\n  password secret\n\
        macdef init\n machine c.test login wrong\n\n\
        machine c.test login cy password 3\ndefault login any password thing\n";

    const HOSTS: &[(&str, Option<&str>)] = &[
        ("a.test", Some("ann:p w\"d")),
        ("b.test", Some("bob:secret")),
        ("c.test", Some("cy:3")),
        ("d.test", Some("any:thing")),
    ];
}
