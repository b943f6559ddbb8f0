//! Text as it stands between the quotes of a JSON string, RFC 8259 §7.
//!
//! Quotes stand where no branch predictor expects them, and in most messages there are many. So
//! the bytes to escape are found without looking at each, and what is between two of them is copied
//! in a piece of one size, whose surplus is overwritten by what follows.

/// How much text is looked at at once: a byte for each bit of a word.
const CHUNK: usize = 64;

/// How much is copied at once: what is between two quotes is seldom longer.
const PIECE: usize = 16;

/// A chunk, and room behind it for the piece that begins in its last byte.
type Padded = [u8; CHUNK + PIECE];

/// Appends `text`, escaped as serde_json does it.
pub(super) fn escape(text: &[u8], out: &mut Vec<u8>) {
    for chunk in text.chunks(CHUNK) {
        let mut padded = [b' '; CHUNK + PIECE];
        padded[..chunk.len()].copy_from_slice(chunk);
        match specials(&padded) {
            0 => out.extend_from_slice(chunk),
            specials => escape_chunk(&padded, chunk.len(), specials, out),
        }
    }
}

/// Appends the first `length` bytes of `chunk`, of which `specials` are to be escaped.
fn escape_chunk(chunk: &Padded, length: usize, mut specials: u64, out: &mut Vec<u8>) {
    let mut end = out.len();
    let longer = specials.count_ones() as usize * Escape::MAX;
    out.resize(end + length + longer + PIECE, 0);
    let mut from = 0;
    while specials != 0 {
        let at = specials.trailing_zeros() as usize;
        specials &= specials - 1;
        end = copy(chunk, from, at, out, end);
        let Escape { text, length } = &ESCAPES[usize::from(chunk[at] & 0x7f)]; // special is ASCII
        out[end..][..text.len()].copy_from_slice(text);
        end += length;
        from = at + 1;
    }
    end = copy(chunk, from, length, out, end);
    out.truncate(end);
}

/// Copies to `end` what stands from `from` up to `until`, and perhaps more; returns the new end.
#[inline]
fn copy(chunk: &Padded, from: usize, until: usize, out: &mut [u8], end: usize) -> usize {
    let length = until - from;
    out[end..][..PIECE].copy_from_slice(&chunk[from..][..PIECE]);
    if length > PIECE {
        out[end + PIECE..end + length].copy_from_slice(&chunk[from + PIECE..until]);
    }
    end + length
}

/// A bit for each byte of a chunk that must be escaped, the lowest for the first.
#[inline]
fn specials(chunk: &Padded) -> u64 {
    let mut flags = [0; CHUNK];
    for (i, (flag, byte)) in flags.iter_mut().zip(chunk).enumerate() {
        // without a branch, so that the compiler compares many at once
        let is_special = (*byte < b' ') | (*byte == b'"') | (*byte == b'\\');
        *flag = u8::from(is_special) << (i % 8);
    }
    let (words, _) = flags.as_chunks::<8>();
    words.iter().rev().fold(0, |bits, word| {
        // adds up the eight bytes, which have no bit in common, in the top one
        let sum = u64::from_le_bytes(*word).wrapping_mul(0x0101_0101_0101_0101);
        bits << 8 | sum >> 56
    })
}

/// What stands for a byte.
#[derive(Clone, Copy)]
struct Escape {
    /// And zeroes behind it, which are overwritten.
    text: [u8; 8],
    length: usize,
}

impl Escape {
    /// The longest, `\u0000`.
    const MAX: usize = 6;

    const fn short(letter: u8) -> Self {
        Self {
            text: [b'\\', letter, 0, 0, 0, 0, 0, 0],
            length: 2,
        }
    }

    const fn long(control: u8) -> Self {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let (high, low) = (
            DIGITS[(control >> 4) as usize],
            DIGITS[(control & 15) as usize],
        );
        Self {
            text: [b'\\', b'u', b'0', b'0', high, low, 0, 0],
            length: Self::MAX,
        }
    }
}

/// What stands for each byte that must be escaped; the others are not looked up.
const ESCAPES: [Escape; 128] = {
    let mut table = [Escape::long(0); 128];
    let mut control = 0;
    while control < 0x20 {
        table[control as usize] = Escape::long(control);
        control += 1;
    }
    table[0x08] = Escape::short(b'b');
    table[0x09] = Escape::short(b't');
    table[0x0a] = Escape::short(b'n');
    table[0x0c] = Escape::short(b'f');
    table[0x0d] = Escape::short(b'r');
    table[b'"' as usize] = Escape::short(b'"');
    table[b'\\' as usize] = Escape::short(b'\\');
    table
};

#[cfg(test)]
mod tests {
    use super::*;

    fn escaped(text: &str) -> String {
        let mut out = vec![b'"'];
        escape(text.as_bytes(), &mut out);
        out.push(b'"');
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn escapes_as_serde_does() {
        let text: String = (0..0x250).filter_map(char::from_u32).collect();
        assert_eq!(escaped(&text), serde_json::to_string(&text).unwrap());
    }

    #[test]
    fn escapes_any_text_as_serde_does() {
        const LETTERS: [char; 12] = [
            '"',
            '"',
            '\\',
            '\n',
            '\0',
            '\u{1f}',
            ' ',
            '!',
            'a',
            '\u{7f}',
            'é',
            '\u{1f600}',
        ];
        arbtest::arbtest(|u| {
            let letters: Vec<u8> = u.arbitrary()?;
            let letters = letters.iter().map(|byte| usize::from(*byte));
            let text: String = letters
                .flat_map(|n| std::iter::repeat_n(LETTERS[n % 12], n / 12))
                .collect();
            assert_eq!(escaped(&text), serde_json::to_string(&text).unwrap());
            Ok(())
        });
    }

    #[test]
    fn finds_what_is_special_wherever_it_stands() {
        for length in 0..3 * CHUNK {
            for at in 0..length {
                let mut text = "x".repeat(length);
                text.replace_range(at..=at, "\"");
                assert_eq!(escaped(&text), serde_json::to_string(&text).unwrap());
            }
        }
    }
}
