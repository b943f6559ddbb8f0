//! Hexadecimal text, as people paste it, back to bytes.
//!
//! Understood are plain digits however they are grouped, the dumps of xxd, `hexdump -C`, od and
//! Wireshark with their offsets and text columns, and the `0x81` and `\x81` of source code.

/// A line that is no hexadecimal.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {number} is not hexadecimal: {line:?}")]
pub struct HexError {
    /// Its number, from 1.
    pub number: usize,
    /// The beginning of it.
    pub line: String,
}

/// The most characters of a wrong line that are told.
const MAX_TOLD: usize = 60;

/// The bytes of a row in a dump that has offsets.
const ROW: usize = 16;

/// The bytes that `text` stands for.
///
/// # Errors
///
/// The first line that cannot be read.
pub fn parse(text: &str) -> Result<Vec<u8>, HexError> {
    let text = without_comments(text);
    for mark in ["\\x", "0x"] {
        if text.contains(mark) && !text.contains("0x0000:") {
            return Ok(marked(&text, mark));
        }
    }
    let mut bytes = Vec::new();
    let mut is_dump = false;
    for (index, line) in text.lines().enumerate() {
        // hexdump and od end with the offset alone
        let is_end = usize::from_str_radix(line.trim(), 16) == Ok(bytes.len());
        if is_dump && is_end {
            break;
        }
        is_dump |= offset(line.trim()).is_some();
        let read = row(line).ok_or_else(|| HexError {
            number: index + 1,
            line: line.trim().chars().take(MAX_TOLD).collect(),
        })?;
        bytes.extend(read);
    }
    Ok(bytes)
}

/// Blanks out what C and Wireshark's C arrays put between the bytes, keeping the lines.
fn without_comments(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, comment)) = rest.split_once("/*") {
        clean.push_str(before);
        let (comment, after) = comment.split_once("*/").unwrap_or((comment, ""));
        clean.extend(comment.matches('\n'));
        rest = after;
    }
    clean + rest
}

/// The digits behind each `mark`: one byte, or several where they are even in number.
fn marked(text: &str, mark: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    for piece in text.split(mark).skip(1) {
        let end = piece.find(|c: char| !c.is_ascii_hexdigit());
        let digits = &piece[..end.unwrap_or(piece.len())];
        match digits.len() {
            0 => {}
            1 => bytes.extend(u8::from_str_radix(digits, 16)),
            // behind \xHH the text may go on with letters that are digits too
            _ if mark == "\\x" => {
                bytes.extend(decode(&digits[..2]).unwrap_or_default());
                bytes.extend(
                    piece[2..]
                        .bytes()
                        .take_while(|byte| !b"\"'\\".contains(byte)),
                );
            }
            _ => bytes.extend(decode(&digits[..digits.len() & !1]).unwrap_or_default()),
        }
    }
    bytes
}

/// The bytes of one line, without its offset and its text column; `None` where it is no hex.
fn row(line: &str) -> Option<Vec<u8>> {
    let line = line.trim();
    let (has_offset, rest) = match offset(line) {
        Some(rest) => (true, rest),
        None => (false, line),
    };
    let mut bytes = Vec::new();
    for (index, column) in columns(rest).enumerate() {
        match decode_column(column) {
            // the gap in the middle of a dump: eight bytes before it, single bytes on both sides
            Some(more)
                if index == 0 || (!has_offset || bytes.len() == ROW / 2 && is_bytewise(column)) =>
            {
                bytes.extend(more);
            }
            _ if index > 0 => break,
            _ => return None,
        }
        if has_offset && bytes.len() >= ROW {
            break;
        }
    }
    Some(bytes)
}

/// What follows the offset at the start of a dump's line.
fn offset(line: &str) -> Option<&str> {
    let digits = line.strip_prefix("0x").unwrap_or(line);
    let end = digits.find(|c: char| !c.is_ascii_hexdigit())?;
    let rest = &digits[end..];
    let is_wide = (4..=8).contains(&end);
    if is_wide && let Some(rest) = rest.strip_prefix(':') {
        return Some(rest);
    }
    let gap = rest.starts_with("  ") || rest.starts_with('\t');
    (is_wide && gap).then_some(rest)
}

/// What stands between gaps of two blanks and more.
fn columns(line: &str) -> impl Iterator<Item = &str> {
    line.split("  ")
        .flat_map(|part| part.split('\t'))
        .map(str::trim)
        .filter(|part| !part.is_empty())
}

fn decode_column(column: &str) -> Option<Vec<u8>> {
    let digits: String = column
        .chars()
        .filter(|c| !matches!(c, ' ' | ',' | ':' | ';' | '-' | '"' | '|'))
        .collect();
    decode(&digits)
}

fn is_bytewise(column: &str) -> bool {
    column.split(' ').all(|word| word.len() == 2)
}

fn decode(digits: &str) -> Option<Vec<u8>> {
    data_encoding::HEXLOWER_PERMISSIVE
        .decode(digits.as_bytes())
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_the_tools_write() {
        for (tool, text) in TOOLS {
            assert_eq!(parse(text).as_deref(), Ok(FRAME), "{tool}");
        }
    }

    #[test]
    fn reads_short_and_long_last_lines_of_dumps() {
        let table: &[(&str, &[u8])] = &[
            (
                "00000000: 6162                                     ab",
                b"ab",
            ),
            (
                "0000   61 62 63 64 65 66 67 68                           deadbeef",
                b"abcdefgh",
            ),
            (
                "00000000  61 62 63 64 65 66 67 68  69                       |abcdefghi|",
                b"abcdefghi",
            ),
            ("61 62\n\n63", b"abc"),
        ];
        for (text, bytes) in table {
            assert_eq!(parse(text).as_deref(), Ok(*bytes), "{text}");
        }
    }

    #[test]
    fn names_the_line_that_is_none() {
        let error = parse("81 05\nwhat is this\n").unwrap_err();
        assert_eq!(
            error.to_string(),
            "line 2 is not hexadecimal: \"what is this\""
        );
        assert!(parse("8").is_err());
    }

    #[test]
    fn reads_back_what_the_inspector_dumps() {
        use crate::output::hexdump;
        arbtest::arbtest(|u| {
            let bytes: Vec<u8> = u.arbitrary()?;
            let mut text = Vec::new();
            for (index, row) in bytes.chunks(hexdump::ROW).enumerate() {
                let label = hexdump::offset_label((index * hexdump::ROW) as u64);
                hexdump::row(&label, row, hexdump::Text::Omitted, &mut text);
                text.push(b'\n');
            }
            assert_eq!(parse(&String::from_utf8(text).unwrap()), Ok(bytes));
            Ok(())
        });
    }

    #[test]
    fn no_text_makes_it_panic() {
        arbtest::arbtest(|u| {
            let text: String = u.arbitrary()?;
            let _ = parse(&text);
            let _ = parse(&format!("0x{text}\\x{text}"));
            Ok(())
        });
    }

    const FRAME: &[u8] = b"\x81\x12Hello from a peer!";

    const TOOLS: &[(&str, &str)] = &[
        ("plain", "811248656c6c6f2066726f6d206120706565722 1"),
        (
            "pairs",
            "81 12 48 65 6c 6c 6f 20 66 72 6f 6d 20 61\n20 70 65 65 72 21\n",
        ),
        (
            "colons",
            "81:12:48:65:6C:6C:6F:20:66:72:6F:6D:20:61:20:70:65:65:72:21",
        ),
        (
            "xxd",
            "00000000: 8112 4865 6c6c 6f20 6672 6f6d 2061 2070  ..Hello from a p\n\
             00000010: 6565 7221                                eer!\n",
        ),
        (
            "hexdump -C",
            "00000000  81 12 48 65 6c 6c 6f 20  66 72 6f 6d 20 61 20 70  |..Hello from a p|\n\
             00000010  65 65 72 21                                       |eer!|\n00000014\n",
        ),
        (
            "Wireshark, bytes as hex dump",
            "0000   81 12 48 65 6c 6c 6f 20 66 72 6f 6d 20 61 20 70   ..Hello from a p\n\
             0010   65 65 72 21                                       eer!\n",
        ),
        (
            "Wireshark, followed stream",
            "    00000000  81 12 48 65 6c 6c 6f 20  66 72 6f 6d 20 61 20 70   ..Hello from a p\n\
             \x20   00000010  65 65 72 21                                        eer!\n",
        ),
        (
            "C array",
            "/* Frame (20 bytes) */\nunsigned char peer0_0[] = {\n\
             0x81, 0x12, 0x48, 0x65, 0x6c, 0x6c, 0x6f, 0x20, /* ..Hello  */\n\
             0x66, 0x72, 0x6f, 0x6d, 0x20, 0x61, 0x20, 0x70,\n0x65, 0x65, 0x72, 0x21 };\n",
        ),
        (
            "one number",
            "0x811248656c6c6f2066726f6d20612070656572 0x21",
        ),
        ("string", r#""\x81\x12Hello\x20from a\x20\x70eer!""#),
    ];
}
