//! Words and quoted strings, each with its place and how often it is meant.

use super::SpecError;

/// A part of a specification.
#[derive(Clone, Debug)]
pub(super) struct Token {
    pub(super) kind: TokenKind,
    /// Where it begins and ends, in bytes, with what follows a `*`.
    pub(super) start: usize,
    pub(super) end: usize,
    /// Where the word ends: at the `*`, if there is one.
    word_end: usize,
    /// The number behind a `*`.
    pub(super) times: usize,
}

#[derive(Clone, Debug)]
pub(super) enum TokenKind {
    Word,
    Quoted(Vec<u8>),
}

impl Token {
    /// The text of a word.
    pub(super) fn word<'a>(&self, spec: &'a str) -> Option<&'a str> {
        match self.kind {
            TokenKind::Word => spec.get(self.start..self.word_end),
            TokenKind::Quoted(_) => None,
        }
    }
}

pub(super) struct Lexer<'a> {
    spec: &'a str,
    at: usize,
}

impl<'a> Lexer<'a> {
    pub(super) fn new(spec: &'a str) -> Self {
        Self { spec, at: 0 }
    }

    pub(super) fn tokens(mut self) -> Result<Vec<Token>, SpecError> {
        let mut tokens = Vec::new();
        loop {
            self.at += self.rest().len() - self.rest().trim_start().len();
            if self.rest().is_empty() {
                return Ok(tokens);
            }
            tokens.push(self.token()?);
        }
    }

    fn token(&mut self) -> Result<Token, SpecError> {
        let start = self.at;
        let kind = if self.skip('"') {
            TokenKind::Quoted(self.quoted(start)?)
        } else {
            let is_end = |c: char| c.is_whitespace() || c == '"' || c == '*';
            let rest = self.rest();
            self.at += rest.find(is_end).unwrap_or(rest.len());
            TokenKind::Word
        };
        let word_end = self.at;
        let times = self.times()?;
        Ok(Token {
            kind,
            start,
            end: self.at,
            word_end,
            times,
        })
    }

    fn times(&mut self) -> Result<usize, SpecError> {
        let star = self.at;
        if !self.skip('*') {
            return Ok(1);
        }
        let rest = self.rest();
        let digits = rest
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(rest.len());
        let times = rest[..digits].parse();
        self.at += digits;
        times.map_err(|_| SpecError::between(self.spec, star, self.at, "* takes a number"))
    }

    /// The bytes up to the closing quote.
    fn quoted(&mut self, start: usize) -> Result<Vec<u8>, SpecError> {
        let mut bytes = Vec::new();
        while let Some(next) = self.rest().chars().next() {
            let at = self.at;
            self.at += next.len_utf8();
            match next {
                '"' => return Ok(bytes),
                '\\' => self.escape(at, &mut bytes)?,
                _ => bytes.extend_from_slice(next.encode_utf8(&mut [0; 4]).as_bytes()),
            }
        }
        let message = "the closing quote is missing";
        Err(SpecError::between(self.spec, start, self.at, message))
    }

    fn escape(&mut self, start: usize, bytes: &mut Vec<u8>) -> Result<(), SpecError> {
        let name = self.rest().chars().next().unwrap_or(' ');
        self.at += name.len_utf8().min(self.rest().len());
        match name {
            'n' => bytes.push(b'\n'),
            'r' => bytes.push(b'\r'),
            't' => bytes.push(b'\t'),
            '0' => bytes.push(0),
            '\\' | '"' => bytes.push(name as u8),
            'x' => {
                let digits = self.rest().get(..2).unwrap_or("");
                let byte = u8::from_str_radix(digits, 16).ok();
                let wrong = || self.wrong(start, "\\x takes two hexadecimal digits");
                bytes.push(
                    byte.filter(|_| !digits.starts_with('+'))
                        .ok_or_else(wrong)?,
                );
                self.at += 2;
            }
            'u' => {
                let wrong = || self.wrong(start, "\\u takes a character's number: \\u{20ac}");
                let inside = self
                    .rest()
                    .strip_prefix('{')
                    .and_then(|rest| rest.split_once('}'));
                let (digits, _) = inside.ok_or_else(wrong)?;
                let number = u32::from_str_radix(digits, 16).ok();
                let character = number.and_then(char::from_u32).ok_or_else(wrong)?;
                bytes.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
                self.at += digits.len() + 2;
            }
            _ => {
                let message = "unknown escape; known are \\n \\r \\t \\0 \\\\ \\\" \\xHH \\u{HHHH}";
                return Err(self.wrong(start, message));
            }
        }
        Ok(())
    }

    fn wrong(&self, start: usize, message: &str) -> SpecError {
        SpecError::between(self.spec, start, self.at, message)
    }

    fn skip(&mut self, c: char) -> bool {
        let found = self.rest().starts_with(c);
        self.at += if found { c.len_utf8() } else { 0 };
        found
    }

    fn rest(&self) -> &'a str {
        &self.spec[self.at..]
    }
}
