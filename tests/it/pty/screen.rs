//! What a terminal would show: enough of ECMA-48 for a line editor and coloured output.

use unicode_width::UnicodeWidthChar as _;

pub(super) struct Screen {
    columns: usize,
    rows: Vec<Vec<char>>,
    scrolled_off: Vec<String>,
    column: usize,
    row: usize,
}

/// Stands in the second cell of a wide character.
const COVERED: char = '\0';

impl Screen {
    pub(super) fn new(columns: usize, rows: usize) -> Self {
        Self {
            columns,
            rows: vec![vec![' '; columns]; rows],
            scrolled_off: Vec::new(),
            column: 0,
            row: 0,
        }
    }

    pub(super) fn feed(&mut self, bytes: &[u8]) {
        let text = String::from_utf8_lossy(bytes);
        let mut rest = text.chars();
        while let Some(character) = rest.next() {
            match character {
                '\x1b' => self.escape(&mut rest),
                '\n' => self.line_feed(),
                '\r' => self.column = 0,
                '\x08' => self.column = self.column.saturating_sub(1),
                '\t' => self.column = (self.column / 8 * 8 + 8).min(self.columns - 1),
                control if control.is_control() => {}
                printed => self.print(printed),
            }
        }
    }

    /// What has scrolled off, then the screen; no trailing blanks, no trailing empty lines.
    pub(super) fn text(&self) -> String {
        let shown = self.rows.iter().map(|row| line(row));
        let lines: Vec<_> = self.scrolled_off.iter().cloned().chain(shown).collect();
        lines.join("\n").trim_end_matches('\n').to_owned()
    }

    fn print(&mut self, character: char) {
        let width = character.width().unwrap_or(0);
        if width == 0 {
            return;
        }
        // A full row wraps only when one more character comes: `column` may stand one past the edge.
        if self.column + width > self.columns {
            self.column = 0;
            self.line_feed();
        }
        self.rows[self.row][self.column] = character;
        if width == 2 {
            self.rows[self.row][self.column + 1] = COVERED;
        }
        self.column += width;
    }

    fn line_feed(&mut self) {
        if self.row + 1 < self.rows.len() {
            self.row += 1;
            return;
        }
        let top = self.rows.remove(0);
        self.scrolled_off.push(line(&top));
        self.rows.push(vec![' '; self.columns]);
    }

    fn escape(&mut self, rest: &mut std::str::Chars<'_>) {
        match rest.next() {
            Some('[') => self.control_sequence(rest),
            // OSC: a title or a link, ended by BEL or by ESC \.
            Some(']') => {
                let end = rest.find(|character| matches!(character, '\x07' | '\x1b'));
                if end == Some('\x1b') {
                    rest.next();
                }
            }
            _ => {}
        }
    }

    fn control_sequence(&mut self, rest: &mut std::str::Chars<'_>) {
        let mut parameters = String::new();
        let Some(command) = rest.find(|character| {
            let ends = matches!(character, '@'..='~');
            if !ends {
                parameters.push(*character);
            }
            ends
        }) else {
            return;
        };
        let mut numbers = parameters
            .split(';')
            .map(|number| number.parse::<usize>().ok());
        let first = numbers.next().flatten();
        let second = numbers.next().flatten();
        let distance = first.unwrap_or(1).max(1);
        let (bottom, edge) = (self.rows.len() - 1, self.columns - 1);
        match command {
            'A' => self.row = self.row.saturating_sub(distance),
            'B' => self.row = (self.row + distance).min(bottom),
            'C' => self.column = (self.column + distance).min(edge),
            'D' => self.column = self.column.saturating_sub(distance),
            'G' => self.column = (distance - 1).min(edge),
            'H' => {
                self.row = (distance - 1).min(bottom);
                self.column = (second.unwrap_or(1).max(1) - 1).min(edge);
            }
            'J' => self.erase_screen(first.unwrap_or(0)),
            'K' => self.erase_line(first.unwrap_or(0)),
            _ => {}
        }
    }

    fn erase_screen(&mut self, what: usize) {
        if what == 0 {
            self.erase_line(0);
        }
        let from = if what == 0 { self.row + 1 } else { 0 };
        for row in &mut self.rows[from..] {
            row.fill(' ');
        }
    }

    fn erase_line(&mut self, what: usize) {
        let column = self.column.min(self.columns);
        let row = &mut self.rows[self.row];
        match what {
            0 => row[column..].fill(' '),
            1 => row[..column].fill(' '),
            _ => row.fill(' '),
        }
    }
}

fn line(row: &[char]) -> String {
    let text: String = row.iter().filter(|cell| **cell != COVERED).collect();
    text.trim_end().to_owned()
}

#[test]
fn shows_what_a_line_editor_leaves() {
    let mut screen = Screen::new(10, 3);
    screen.feed(b"> helo\x1b[D\x1b[Klo\r\n\x1b[1;32mgreen\x1b[0m\x1b]0;title\x07!\r\x1b[2Cxx");
    assert_eq!(screen.text(), "> hello\ngrxxn!");
}

#[test]
fn wraps_and_scrolls() {
    let mut screen = Screen::new(4, 2);
    screen.feed("abcdef\r\nwide \u{4e16}\r\nz".as_bytes());
    assert_eq!(screen.text(), "abcd\nef\nwide\n \u{4e16}\nz");
}
