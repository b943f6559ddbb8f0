//! JSON for the eye: found, indented and coloured.
//!
//! The text is checked as JSON and then laid out anew, token by token as it came: no number is
//! rounded, no member is moved or dropped, no escape is rewritten.

use std::fmt::Write as _;

use serde::de::IgnoredAny;

use super::{
    sanitize::{self, Layout},
    style::{Role, Style},
};

/// A text that is one JSON value as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Json<'a>(&'a str);

impl<'a> Json<'a> {
    /// `text` as JSON; `None` where it is none, or too long or too deep to lay out.
    #[must_use]
    pub fn find(text: &'a str) -> Option<Self> {
        // Most texts that are no JSON differ in the first byte, and cost no parsing.
        let first = text.trim_start().bytes().next()?;
        let may_be = matches!(
            first,
            b'{' | b'[' | b'"' | b'-' | b'0'..=b'9' | b't' | b'f' | b'n'
        );
        if !may_be || text.len() > MAX_LENGTH {
            return None;
        }
        serde_json::from_str::<IgnoredAny>(text).ok()?;
        let json = Self(text.trim());
        (json.depth() <= MAX_DEPTH).then_some(json)
    }

    /// Whether it is an object or an array: what a person would call JSON.
    #[must_use]
    pub fn is_structured(self) -> bool {
        self.0.starts_with(['{', '['])
    }

    /// The value over several lines, two blanks for each level, safe for a terminal.
    #[must_use]
    pub fn indented(self, style: Style) -> String {
        let mut writer = Writer {
            out: String::with_capacity(self.0.len() * 2),
            level: 0,
            style,
        };
        for (token, after) in self.tokens() {
            writer.token(token, after);
        }
        writer.out
    }

    fn depth(self) -> usize {
        let (mut level, mut deepest) = (0_usize, 0);
        for (token, _) in self.tokens() {
            match token {
                "{" | "[" => level += 1,
                "}" | "]" => level = level.saturating_sub(1),
                _ => {}
            }
            deepest = deepest.max(level);
        }
        deepest
    }

    /// Each token with the text from the next one on.
    fn tokens(self) -> impl Iterator<Item = (&'a str, &'a str)> {
        let mut rest = self.0;
        std::iter::from_fn(move || {
            let (token, after) = next_token(rest)?;
            rest = after;
            Some((token, after))
        })
    }
}

struct Writer {
    out: String,
    level: usize,
    style: Style,
}

impl Writer {
    fn token(&mut self, token: &str, after: &str) {
        match token {
            "{" | "[" => {
                self.out.push_str(token);
                self.level += 1;
                if !after.starts_with(['}', ']']) {
                    self.next_line();
                }
            }
            "}" | "]" => {
                // An empty pair stays together; JSON that was checked closes only what it opened.
                self.level = self.level.saturating_sub(1);
                if !self.out.ends_with(['{', '[']) {
                    self.next_line();
                }
                self.out.push_str(token);
            }
            "," => {
                self.out.push(',');
                self.next_line();
            }
            ":" => self.out.push_str(": "),
            _ => self.leaf(token, after),
        }
    }

    fn leaf(&mut self, token: &str, after: &str) {
        let role = match token.as_bytes() {
            [b'"', ..] if after.starts_with(':') => Role::Name,
            [b'"', ..] => Role::Text,
            [b't' | b'f' | b'n', ..] => Role::Literal,
            _ => Role::Number,
        };
        let safe = sanitize::visible(token, Layout::SingleLine);
        write!(self.out, "{}", self.style.paint(role, safe)).expect("a String takes every write");
    }

    fn next_line(&mut self) {
        self.out.push('\n');
        self.out.extend(std::iter::repeat_n("  ", self.level));
    }
}

/// The first token of valid JSON that begins with one, and the text from the next token on.
fn next_token(text: &str) -> Option<(&str, &str)> {
    let length = match text.as_bytes().first()? {
        b'{' | b'}' | b'[' | b']' | b',' | b':' => 1,
        b'"' => string_length(text.as_bytes()),
        _ => text.find(is_boundary).unwrap_or(text.len()),
    };
    let (token, rest) = text.split_at(length);
    Some((token, rest.trim_start()))
}

fn is_boundary(c: char) -> bool {
    matches!(
        c,
        '{' | '}' | '[' | ']' | ',' | ':' | '"' | ' ' | '\t' | '\r' | '\n'
    )
}

fn string_length(bytes: &[u8]) -> usize {
    let mut at = 1;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    bytes.len()
}

/// Every element can get a line of its own with two blanks for each level: a message of a few MiB
/// made for it would grow a hundredfold.
const MAX_LENGTH: usize = 1 << 20;
const MAX_DEPTH: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Env,
        output::style::{ColorChoice, Stream},
    };

    fn shown(text: &str) -> Option<String> {
        Json::find(text).map(|json| json.indented(Style::PLAIN))
    }

    #[test]
    fn indents_and_keeps_what_came() {
        let text = r#" {"z":1.10,"a":[ true,null,{"x" :"y\"\u00e9"}],"e":{ },"f":[],"z":1E400} "#;
        let expected = r#"{
  "z": 1.10,
  "a": [
    true,
    null,
    {
      "x": "y\"\u00e9"
    }
  ],
  "e": {},
  "f": [],
  "z": 1E400
}"#;
        assert_eq!(shown(text).unwrap(), expected);
    }

    #[test]
    fn knows_json_by_its_whole_text() {
        for (text, structured) in [
            ("{\"a\": 1}\n", Some(true)),
            ("[1, -2.5]", Some(true)),
            (r#"[",", "\",", 12345678901234567890123]"#, Some(true)),
            ("\"text\"", Some(false)),
            ("12", Some(false)),
            ("true", Some(false)),
            ("", None),
            ("hello", None),
            ("{", None),
            ("{} {}", None),
            ("nul", None),
            ("{'a':1}", None),
        ] {
            assert_eq!(
                Json::find(text).map(Json::is_structured),
                structured,
                "{text}"
            );
        }
    }

    #[test]
    fn changes_nothing_but_blanks() {
        arbtest::arbtest(|u| {
            let value = arbitrary_json(u, 3)?;
            let shown = shown(&value.to_string()).unwrap();
            assert_eq!(
                serde_json::from_str::<serde_json::Value>(&shown).unwrap(),
                value
            );
            assert_eq!(shown, serde_json::to_string_pretty(&value).unwrap());
            Ok(())
        });
    }

    fn arbitrary_json(
        u: &mut arbtest::arbitrary::Unstructured<'_>,
        depth: usize,
    ) -> arbtest::arbitrary::Result<serde_json::Value> {
        use serde_json::Value;
        Ok(match u.int_in_range(0..=if depth == 0 { 3 } else { 5 })? {
            0 => Value::Null,
            1 => Value::from(u.arbitrary::<bool>()?),
            2 => Value::from(u.arbitrary::<i64>()?),
            // What the sanitiser changes is tested apart.
            3 => Value::from(u.arbitrary::<String>()?.replace(sanitize::is_unsafe, "")),
            4 => (0..u.int_in_range(0..=3)?)
                .map(|_| arbitrary_json(u, depth - 1))
                .collect::<Result<_, _>>()?,
            _ => (0..u.int_in_range(0..=3)?)
                .map(|index| Ok((index.to_string(), arbitrary_json(u, depth - 1)?)))
                .collect::<Result<_, _>>()?,
        })
    }

    #[test]
    fn lets_nothing_of_the_text_act_on_the_terminal() {
        let shown = shown("[\"\\u001b[2J\", \"\u{202e}\", \"\u{9b}\"]").unwrap();
        assert!(shown.contains(r"\u001b[2J"), "{shown}");
        assert!(shown.contains(r"\u{202e}"), "{shown}");
        assert!(
            !shown.contains(|c| sanitize::is_unsafe(c) && c != '\n'),
            "{shown}"
        );
    }

    #[test]
    fn lays_out_nothing_that_would_grow_without_measure() {
        let deep = |levels| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        assert!(Json::find(&deep(MAX_DEPTH)).is_some());
        assert!(Json::find(&deep(MAX_DEPTH + 1)).is_none());
        assert!(Json::find(&deep(400_000)).is_none());
        assert!(Json::find(&format!("[{}]", " ".repeat(MAX_LENGTH))).is_none());
    }

    #[test]
    fn colours_names_and_values_apart() {
        let style = Style::new(ColorChoice::Always, Stream::Stdout, &Env::default());
        let shown = Json::find(r#"{"a":1}"#).unwrap().indented(style);
        assert_eq!(
            shown,
            "{\n  \u{1b}[1;34m\"a\"\u{1b}[0m: \u{1b}[36m1\u{1b}[0m\n}"
        );
    }
}
