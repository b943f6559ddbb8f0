//! Hex as people read it: pairs in groups, sixteen bytes a row, the text beside them.

/// The bytes of one row.
pub const ROW: usize = 16;

/// Where the text begins in a row, counted from the end of the label.
const TEXT: usize = 2 * ROW + ROW / 2 + 1;

const DIGITS: &[u8; 16] = b"0123456789abcdef";

/// The two digits of a byte.
#[must_use]
pub fn digits(byte: u8) -> [u8; 2] {
    [
        DIGITS[usize::from(byte >> 4)],
        DIGITS[usize::from(byte & 15)],
    ]
}

/// Appends the digits of `bytes`, with nothing between them.
pub fn hex(bytes: &[u8], out: &mut Vec<u8>) {
    for byte in bytes {
        out.extend_from_slice(&digits(*byte));
    }
}

/// Appends one row in the form of xxd: `label`, up to sixteen bytes in pairs, and what of them is
/// printable ASCII where `text` asks for it. No line feed.
pub fn row(label: &[u8], bytes: &[u8], text: Text, out: &mut Vec<u8>) {
    out.extend_from_slice(label);
    out.push(b' ');
    let start = out.len();
    for pair in bytes.chunks(2) {
        hex(pair, out);
        out.push(b' ');
    }
    match text {
        Text::Beside => {
            out.resize(start + TEXT, b' ');
            out.extend(bytes.iter().map(|byte| printable(*byte)));
        }
        Text::Omitted => {
            out.pop();
        }
    }
}

/// The label of a row that begins at `offset`, as xxd writes it.
#[must_use]
pub fn offset_label(offset: u64) -> [u8; 9] {
    let mut label = [b':'; 9];
    for (i, digit) in label[..8].iter_mut().enumerate() {
        *digit = DIGITS[(offset >> (28 - 4 * i)) as usize & 15];
    }
    label
}

/// Whether a row shows its bytes as text too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Text {
    /// To the right of the bytes.
    Beside,
    /// Not at all.
    Omitted,
}

fn printable(byte: u8) -> u8 {
    match byte {
        b' '..=b'~' => byte,
        _ => b'.',
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(offset: u64, bytes: &[u8], text: Text) -> String {
        let mut out = Vec::new();
        row(&offset_label(offset), bytes, text, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn writes_what_xxd_writes() {
        for (offset, bytes, line) in XXD {
            assert_eq!(told(*offset, bytes, Text::Beside), *line);
        }
    }

    #[test]
    fn writes_the_bytes_alone() {
        assert_eq!(told(0, b"\x37\xfa\x21", Text::Omitted), "00000000: 37fa 21");
    }

    const XXD: &[(u64, &[u8], &str)] = &[
        (
            0,
            b"Hello, world! \x1b\n",
            "00000000: 4865 6c6c 6f2c 2077 6f72 6c64 2120 1b0a  Hello, world! ..",
        ),
        (
            0x1_0000_0010,
            "né".as_bytes(),
            "00000010: 6ec3 a9                                  n..",
        ),
    ];
}
