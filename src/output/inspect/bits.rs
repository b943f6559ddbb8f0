//! A frame header drawn bit by bit, as RFC 6455 §5.2 draws it: 32 bits to a row.

use std::borrow::Cow;

use crate::ws::{Header, LengthForm, opcode_name};

/// Bits to a row of the drawing.
const ROW: usize = 32;

/// The label rows of the first word: the longest of the upright names, "RSV1" and "MASK".
const UPRIGHT: usize = 4;

const INDENT: &[u8] = b"    ";

/// Appends the ruler that numbers the bits of all drawings.
pub(super) fn ruler(out: &mut Vec<u8>) {
    let tens = (0..ROW).map(|bit| {
        if bit % 10 == 0 {
            b'0' + (bit / 10) as u8
        } else {
            b' '
        }
    });
    line(&spread(tens), out);
    line(&spread((0..ROW).map(|bit| b'0' + (bit % 10) as u8)), out);
}

/// Appends the drawing of `header`.
pub(super) fn draw(header: &Header, out: &mut Vec<u8>) {
    let words = words(header);
    for (i, word) in words.iter().enumerate() {
        let above = i.checked_sub(1).map_or(&[][..], |above| &words[above]);
        line(&border(&[above, word]), out);
        line(&row(word, |cell| bit_row(header, cell)), out);
        for label in 0..if i == 0 { UPRIGHT } else { 1 } {
            line(&row(word, |cell| label_row(cell, label)), out);
        }
    }
    if let Some(last) = words.last() {
        line(&border(&[last]), out);
    }
}

/// A field, or the part of one that stands in one row.
#[derive(Clone, Debug)]
struct Cell {
    /// Its first bit, from the start of the header.
    bit: usize,
    width: usize,
    name: &'static str,
    value: Cow<'static, str>,
}

impl Cell {
    fn new(
        bit: usize,
        width: usize,
        name: &'static str,
        value: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self {
            bit,
            width,
            name,
            value: value.into(),
        }
    }

    /// The parts of a field that does not end in the row it begins in.
    fn split(self) -> Vec<Self> {
        let room = ROW - self.bit % ROW;
        if self.width <= room {
            return vec![self];
        }
        let name = match self.name {
            MASKING_KEY => "masking key, continued",
            _ => "length, continued",
        };
        let rest = Self::new(self.bit + room, self.width - room, name, "");
        let first = Self {
            width: room,
            ..self
        };
        [vec![first], rest.split()].concat()
    }

    fn columns(&self) -> usize {
        2 * self.width - 1
    }
}

const MASKING_KEY: &str = "masking key";

fn words(header: &Header) -> Vec<Vec<Cell>> {
    let mut words = Vec::new();
    for cell in fields(header).into_iter().flat_map(Cell::split) {
        if cell.bit.is_multiple_of(ROW) {
            words.push(Vec::new());
        }
        if let Some(word) = words.last_mut() {
            word.push(cell);
        }
    }
    words
}

fn fields(header: &Header) -> Vec<Cell> {
    let form = header.length_form();
    let (short_length, extended) = match form {
        LengthForm::Bits7 => (header.length().to_string(), 0),
        LengthForm::Bits16 => ("126".to_owned(), 16),
        LengthForm::Bits64 => ("127".to_owned(), 64),
    };
    let mut fields = vec![
        Cell::new(0, 1, "FIN", ""),
        Cell::new(1, 1, "RSV1", ""),
        Cell::new(2, 1, "RSV2", ""),
        Cell::new(3, 1, "RSV3", ""),
        Cell::new(4, 4, "opcode", opcode(header.opcode())),
        Cell::new(8, 1, "MASK", ""),
        Cell::new(9, 7, "payload len", short_length),
    ];
    if extended > 0 {
        let length = header.length().to_string();
        fields.push(Cell::new(16, extended, "extended payload length", length));
    }
    if let Some(key) = header.mask() {
        let key = format!("{:08x}", u32::from_be_bytes(key));
        fields.push(Cell::new(16 + extended, 32, MASKING_KEY, key));
    }
    fields
}

/// An opcode in the seven columns of its cell.
fn opcode(opcode: u8) -> Cow<'static, str> {
    match opcode {
        0 => "cont".into(),
        1 | 2 | 8 | 9 | 10 => opcode_name(opcode).into(),
        _ => format!("0x{opcode:x}").into(),
    }
}

fn bit_row(header: &Header, cell: &Cell) -> Vec<u8> {
    let bits = (cell.bit..cell.bit + cell.width)
        .map(|bit| b'0' + (header.bytes()[bit / 8] >> (7 - bit % 8) & 1));
    let mut row = spread(bits);
    row.pop();
    row
}

/// Row `index` of a cell's label: upright where the cell has one bit.
fn label_row(cell: &Cell, index: usize) -> Vec<u8> {
    let text = match (cell.width, index) {
        (1, _) => cell.name.get(index..=index).unwrap_or(""),
        (_, 0) => cell.name,
        (_, 1) => &cell.value,
        _ => "",
    };
    format!("{text:^width$}", width = cell.columns()).into_bytes()
}

fn row(word: &[Cell], content: impl Fn(&Cell) -> Vec<u8>) -> Vec<u8> {
    let mut row = vec![b'|'];
    for cell in word {
        row.extend(content(cell));
        row.push(b'|');
    }
    row
}

/// The rule that ends the row above and begins the one below.
fn border(words: &[&[Cell]]) -> Vec<u8> {
    let cells = || words.iter().flat_map(|word| word.iter());
    let end = |cell: &Cell| 2 * (cell.bit % ROW + cell.width);
    let width = cells().map(end).max().unwrap_or(0);
    let mut border = vec![b'-'; width + 1];
    border[0] = b'+';
    for cell in cells() {
        border[end(cell)] = b'+';
    }
    border
}

/// Each character followed by a blank.
fn spread(characters: impl Iterator<Item = u8>) -> Vec<u8> {
    characters.flat_map(|character| [character, b' ']).collect()
}

fn line(text: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(INDENT);
    if text.first().is_some_and(u8::is_ascii_digit) {
        out.push(b' ');
    }
    out.extend_from_slice(text.trim_ascii_end());
    out.push(b'\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(bytes: &[u8]) -> String {
        let mut out = vec![b'\n'];
        draw(&Header::parse(bytes).unwrap(), &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn draws_two_bytes() {
        snapbox::assert_data_eq!(
            drawn(&[0x81, 0x05]),
            snapbox::str![[r"

    +-+-+-+-+-------+-+-------------+
    |1|0|0|0|0 0 0 1|0|0 0 0 0 1 0 1|
    |F|R|R|R|opcode |M| payload len |
    |I|S|S|S| text  |A|      5      |
    |N|V|V|V|       |S|             |
    | |1|2|3|       |K|             |
    +-+-+-+-+-------+-+-------------+

"]]
        );
    }

    #[test]
    fn draws_fourteen_bytes() {
        let header = [0x42, 0xff, 0, 0, 0, 0, 0, 1, 0, 0, 0x37, 0xfa, 0x21, 0x3d];
        snapbox::assert_data_eq!(
            drawn(&header),
            snapbox::str![[r#"

    +-+-+-+-+-------+-+-------------+-------------------------------+
    |0|1|0|0|0 0 1 0|1|1 1 1 1 1 1 1|0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0|
    |F|R|R|R|opcode |M| payload len |    extended payload length    |
    |I|S|S|S|binary |A|     127     |             65536             |
    |N|V|V|V|       |S|             |                               |
    | |1|2|3|       |K|             |                               |
    +-+-+-+-+-------+-+-------------+-------------------------------+
    |0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 1|
    |                       length, continued                       |
    +-------------------------------+-------------------------------+
    |0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0|0 0 1 1 0 1 1 1 1 1 1 1 1 0 1 0|
    |       length, continued       |          masking key          |
    +-------------------------------+-------------------------------+
    |0 0 1 0 0 0 0 1 0 0 1 1 1 1 0 1|
    |    masking key, continued     |
    +-------------------------------+

"#]]
        );
    }

    #[test]
    fn draws_any_header_within_eighty_columns() {
        arbtest::arbtest(|u| {
            let bytes: [u8; 14] = u.arbitrary()?;
            let drawn = drawn(&bytes);
            assert!(drawn.lines().all(|line| line.len() <= 70), "{drawn}");
            Ok(())
        });
    }
}
