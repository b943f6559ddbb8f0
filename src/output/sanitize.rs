//! Text of unknown origin made harmless for a terminal, and honest for the eye.
//!
//! A peer can put anything into a payload, a header, a close reason or a certificate: escape
//! sequences that retitle the window or rewrite the screen, characters that turn the reading
//! direction, and characters that have no width at all. Each is shown as its number instead:
//! `\x1b` for a byte that is a control character or no UTF-8, `\u{202e}` for a character.
//!
//! Backslashes stay single, so that what is shown can be copied; what goes to a pipe or a file is
//! never passed through here.

use std::{borrow::Cow, fmt::Write as _};

/// How the text will be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// On as many lines as it has: line feeds and tabs pass.
    Lines,
    /// On one line: a line feed becomes `\n`, a tab `\t`.
    SingleLine,
}

/// `bytes` as text that cannot act on a terminal; borrowed where nothing had to change.
#[must_use]
pub fn visible<T: AsRef<[u8]> + ?Sized>(bytes: &T, layout: Layout) -> Cow<'_, str> {
    let bytes = bytes.as_ref();
    let clean = clean_ascii(bytes, layout);
    match simdutf8::basic::from_utf8(bytes) {
        Ok(text) if clean == bytes.len() => Cow::Borrowed(text),
        Ok(text) => visible_text(text, clean, layout),
        Err(_) => Cow::Owned(escape_bytes(bytes, layout)),
    }
}

/// JSON lines with each character that [`is_unsafe`] as an escape: it can stand only inside a
/// string, which means the same then.
#[must_use]
pub fn spelled(json: &str) -> Cow<'_, str> {
    let must_spell = |c| c != '\n' && is_unsafe(c);
    if !json.contains(must_spell) {
        return Cow::Borrowed(json);
    }
    let mut out = String::with_capacity(json.len() + 16);
    for c in json.chars() {
        if !must_spell(c) {
            out.push(c);
            continue;
        }
        for unit in c.encode_utf16(&mut [0; 2]) {
            write!(out, "\\u{unit:04x}").expect("a String takes every write");
        }
    }
    Cow::Owned(out)
}

/// Whether a terminal shows `c` as nothing, as something else, or obeys it.
///
/// Line feed and tab are among them; [`Layout`] decides about those.
#[must_use]
pub fn is_unsafe(c: char) -> bool {
    c.is_control() || is_invisible(c)
}

fn visible_text(text: &str, clean: usize, layout: Layout) -> Cow<'_, str> {
    // The clean prefix is ASCII, so that it ends at a character.
    match text[clean..].find(|c| must_escape(c, layout)) {
        None => Cow::Borrowed(text),
        Some(at) => {
            let (before, after) = text.split_at(clean + at);
            let mut out = String::with_capacity(text.len() + 16);
            out.push_str(before);
            escape_text(&mut out, after, layout);
            Cow::Owned(out)
        }
    }
}

fn escape_bytes(bytes: &[u8], layout: Layout) -> String {
    let mut out = String::with_capacity(bytes.len() + 16);
    for chunk in bytes.utf8_chunks() {
        escape_text(&mut out, chunk.valid(), layout);
        for byte in chunk.invalid() {
            push_byte(&mut out, *byte);
        }
    }
    out
}

fn escape_text(out: &mut String, text: &str, layout: Layout) {
    for c in text.chars() {
        if must_escape(c, layout) {
            escape(out, c);
        } else {
            out.push(c);
        }
    }
}

fn escape(out: &mut String, c: char) {
    match c {
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        '\0'..='\x7f' => push_byte(out, c as u8),
        // C1 as the character it is: `\x9b` would say that the byte was invalid.
        _ => write!(out, "\\u{{{:x}}}", c as u32).expect("a String takes every write"),
    }
}

fn push_byte(out: &mut String, byte: u8) {
    write!(out, "\\x{byte:02x}").expect("a String takes every write");
}

fn must_escape(c: char, layout: Layout) -> bool {
    let passes = layout == Layout::Lines && matches!(c, '\n' | '\t');
    is_unsafe(c) && !passes
}

/// The length of the prefix that is printable ASCII, to the block: most payloads are nothing else.
fn clean_ascii(bytes: &[u8], layout: Layout) -> usize {
    let passes = |byte: u8| match layout {
        Layout::Lines => matches!(byte, b' '..=b'~' | b'\n' | b'\t'),
        Layout::SingleLine => matches!(byte, b' '..=b'~'),
    };
    // Without an early exit inside a block, the compiler compares it at once.
    let block_is_clean =
        |block: &[u8]| block.iter().fold(true, |clean, byte| clean & passes(*byte));
    let dirty = bytes.chunks(BLOCK).position(|block| !block_is_clean(block));
    dirty.map_or(bytes.len(), |block| block * BLOCK)
}

/// Unicode's Default_Ignorable_Code_Point and Bidi_Control, the line separators and the
/// annotation marks; without VS15 and VS16, which choose between text and emoji.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}'                    // soft hyphen
        | '\u{34f}'                 // combining grapheme joiner
        | '\u{61c}'                 // Arabic letter mark
        | '\u{115f}' | '\u{1160}'   // Hangul fillers
        | '\u{17b4}' | '\u{17b5}'   // Khmer inherent vowels
        | '\u{180b}'..='\u{180f}'   // Mongolian selectors and separator
        | '\u{200b}'..='\u{200f}'   // zero width, joiners, direction marks
        | '\u{2028}'..='\u{202e}'   // separators, embeddings and overrides
        | '\u{2060}'..='\u{206f}'   // word joiner, invisible operators, isolates
        | '\u{3164}' | '\u{ffa0}'   // Hangul fillers
        | '\u{fe00}'..='\u{fe0d}'   // variation selectors 1–14
        | '\u{feff}'                // byte order mark
        | '\u{fff0}'..='\u{fffb}'   // unassigned, interlinear annotation
        | '\u{1bca0}'..='\u{1bca3}' // shorthand format controls
        | '\u{1d173}'..='\u{1d17a}' // musical format controls
        | '\u{e0000}'..='\u{e0fff}' // tags, variation selectors 17–256
    )
}

const BLOCK: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(bytes: &[u8]) -> String {
        visible(bytes, Layout::Lines).into_owned()
    }

    fn single(bytes: &[u8]) -> String {
        visible(bytes, Layout::SingleLine).into_owned()
    }

    #[test]
    fn shows_each_attack_as_numbers() {
        for (attack, bytes, shown) in ATTACKS {
            assert_eq!(lines(bytes), *shown, "{attack}, on lines");
            assert_eq!(single(bytes), *shown, "{attack}, on one line");
        }
    }

    #[test]
    fn spells_json_without_changing_what_it_says() {
        for (line, shown) in [
            ("{\"text\":\"a\"}\n", "{\"text\":\"a\"}\n"),
            ("\"\u{9b}2J\u{7f}\"\n", r#""\u009b2J\u007f""#),
            ("\"\u{202e}\u{e0041}é\"\n", r#""\u202e\udb40\udc41é""#),
        ] {
            let spelled = spelled(line);
            assert_eq!(spelled.trim_end(), shown.trim_end());
            let value = |json: &str| serde_json::from_str::<serde_json::Value>(json).unwrap();
            assert_eq!(value(&spelled), value(line));
        }
    }

    #[test]
    fn lets_line_feeds_and_tabs_pass_on_lines_only() {
        assert_eq!(lines(b"a\n\tb\r\n"), "a\n\tb\\r\n");
        assert_eq!(single(b"a\n\tb\r\n"), "a\\n\\tb\\r\\n");
    }

    #[test]
    fn borrows_what_is_clean() {
        let long = "x".repeat(3 * BLOCK + 1);
        for text in ["", "plain", "a\\x1b", "żółw 你好 👍🏽 ❤️ café", &long] {
            for layout in [Layout::Lines, Layout::SingleLine] {
                let shown = visible(text, layout);
                assert!(matches!(shown, Cow::Borrowed(_)), "{text}");
                assert_eq!(shown, text);
            }
        }
    }

    #[test]
    fn finds_what_is_unsafe_wherever_it_stands() {
        for at in 0..2 * BLOCK + 2 {
            let text = format!("{}\x1b{}", "x".repeat(at), "y".repeat(BLOCK));
            let expected = format!("{}\\x1b{}", "x".repeat(at), "y".repeat(BLOCK));
            assert_eq!(lines(text.as_bytes()), expected, "{at}");
        }
    }

    #[test]
    fn leaves_nothing_unsafe_whatever_the_bytes_are() {
        arbtest::arbtest(|u| {
            let bytes: Vec<u8> = if u.arbitrary()? {
                u.arbitrary::<String>()?.into_bytes()
            } else {
                u.arbitrary()?
            };
            assert!(!single(&bytes).contains(is_unsafe), "{bytes:02x?}");
            let kept = |c| is_unsafe(c) && c != '\n' && c != '\t';
            assert!(!lines(&bytes).contains(kept), "{bytes:02x?}");
            Ok(())
        });
    }

    const ATTACKS: &[(&str, &[u8], &str)] = &[
        (
            "window title by OSC and BEL",
            b"\x1b]0;owned\x07",
            r"\x1b]0;owned\x07",
        ),
        ("clear screen", b"\x1b[2J\x1b[H", r"\x1b[2J\x1b[H"),
        ("colour that leaks", b"\x1b[31mred", r"\x1b[31mred"),
        (
            "hyperlink with another target",
            b"\x1b]8;;http://e\x1b\\x",
            r"\x1b]8;;http://e\x1b\x",
        ),
        (
            "clipboard by OSC 52",
            b"\x1b]52;c;aGk=\x1b\\",
            r"\x1b]52;c;aGk=\x1b\",
        ),
        ("CSI in C1", "\u{9b}2J".as_bytes(), r"\u{9b}2J"),
        ("CSI as a raw byte", b"\x9b2J", r"\x9b2J"),
        ("line rewritten after CR", b"bad\rgood", r"bad\rgood"),
        (
            "letters rubbed out by BS",
            b"bad\x08\x08\x08",
            r"bad\x08\x08\x08",
        ),
        ("NUL and DEL", b"\0\x7f", r"\x00\x7f"),
        ("answerback by ENQ", b"\x05", r"\x05"),
        ("character set by SO", b"\x0e", r"\x0e"),
        (
            "right-to-left override",
            "a\u{202e}fdp.exe".as_bytes(),
            r"a\u{202e}fdp.exe",
        ),
        (
            "isolate that never ends",
            "\u{2066}x".as_bytes(),
            r"\u{2066}x",
        ),
        (
            "direction marks",
            "\u{200e}\u{200f}\u{61c}".as_bytes(),
            r"\u{200e}\u{200f}\u{61c}",
        ),
        (
            "zero width space in a name",
            "pay\u{200b}pal".as_bytes(),
            r"pay\u{200b}pal",
        ),
        ("byte order mark", "\u{feff}{}".as_bytes(), r"\u{feff}{}"),
        ("soft hyphen", "a\u{ad}b".as_bytes(), r"a\u{ad}b"),
        (
            "instructions in tag characters",
            "a\u{e0041}\u{e007f}".as_bytes(),
            r"a\u{e0041}\u{e007f}",
        ),
        (
            "data in variation selectors",
            "a\u{fe01}\u{e0100}".as_bytes(),
            r"a\u{fe01}\u{e0100}",
        ),
        (
            "line break that is no LF",
            "a\u{2028}b\u{85}".as_bytes(),
            r"a\u{2028}b\u{85}",
        ),
        (
            "blank that is a letter",
            "\u{3164}\u{115f}".as_bytes(),
            r"\u{3164}\u{115f}",
        ),
        ("overlong encoding of ESC", b"\xc0\x9b", r"\xc0\x9b"),
        ("surrogate", b"\xed\xa0\x80", r"\xed\xa0\x80"),
        ("character that is cut off", b"ok\xe2\x82", r"ok\xe2\x82"),
        ("beyond Unicode", b"\xf5\x80\x80\x80", r"\xf5\x80\x80\x80"),
    ];
}
