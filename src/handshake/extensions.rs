//! Sec-WebSocket-Extensions: its grammar (RFC 6455 §9.1), and what permessage-deflate's parameters
//! may be (RFC 7692 §7.1), in the offer, the server's answer, and an answer to a client.

use std::{borrow::Cow, fmt, str::FromStr};

use crate::ws::DeflateParams;

/// The one extension that wscope speaks.
pub(super) const NAME: &str = "permessage-deflate";

const SERVER_NO_CONTEXT_TAKEOVER: &str = "server_no_context_takeover";
const CLIENT_NO_CONTEXT_TAKEOVER: &str = "client_no_context_takeover";
const SERVER_MAX_WINDOW_BITS: &str = "server_max_window_bits";
const CLIENT_MAX_WINDOW_BITS: &str = "client_max_window_bits";

/// Why a Sec-WebSocket-Extensions header cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExtensionError {
    /// The header does not have the form of RFC 6455 §9.1; where it leaves it, and the rest.
    #[error("the extension header is malformed at byte {at}, before `{rest}` (RFC 6455 §9.1)")]
    Syntax {
        /// The offset in the header's value.
        at: usize,
        /// What stands there.
        rest: String,
    },
    /// The server chose permessage-deflate, which was not offered.
    #[error("the server chose permessage-deflate, which was not offered (RFC 6455 §4.1)")]
    NotOffered,
    /// The server chose permessage-deflate twice.
    #[error("the server chose permessage-deflate twice (RFC 7692 §5.1)")]
    ChosenTwice,
    /// A parameter of permessage-deflate is wrong.
    #[error("permessage-deflate parameter `{name}` {problem}")]
    Parameter {
        /// Its name, as written.
        name: String,
        /// What is wrong with it.
        problem: Problem,
    },
}

/// What is wrong with a parameter of permessage-deflate.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// RFC 7692 does not define it.
    #[error("is unknown (RFC 7692 §7.1)")]
    Unknown,
    /// It stands there more than once.
    #[error("is given twice (RFC 7692 §7.1)")]
    Repeated,
    /// It has a value and takes none.
    #[error("takes no value, and has `{0}` (RFC 7692 §7.1.1)")]
    UnexpectedValue(String),
    /// It lacks the value it needs.
    #[error("needs a value from 8 to 15 (RFC 7692 §7.1.2)")]
    MissingValue,
    /// The value is no window size.
    #[error("must be from 8 to 15, and is `{0}` (RFC 7692 §7.1.2)")]
    Bits(String),
    /// wscope cannot offer a window of 8 bits.
    #[error("must be from 9 to 15: a window of 8 bits is never offered")]
    EightBits,
    /// The answer has it though the offer does not.
    #[error("was not offered (RFC 7692 §7.1.2.2)")]
    NotOffered,
    /// The offer demands it and the answer lacks it.
    #[error("was asked for, and the server left it out (RFC 7692 §7.1)")]
    LeftOut,
    /// The answer's window is larger than the offer's.
    #[error("is {answered}, more than the {offered} that was offered (RFC 7692 §7.1.2)")]
    Larger {
        /// Bits in the offer.
        offered: u8,
        /// Bits in the answer.
        answered: u8,
    },
}

impl Problem {
    fn of(self, name: &str) -> ExtensionError {
        ExtensionError::Parameter {
            name: name.to_owned(),
            problem: self,
        }
    }
}

/// What a client asks for: permessage-deflate with one set of parameters or several to choose
/// from, the preferred first.
///
/// `Display` gives the header's value; `FromStr` reads the value of `--deflate`, which is that
/// value without the names: `client_max_window_bits=10; server_no_context_takeover`, or nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer(Vec<Params>);

impl Offer {
    /// The offer of these Sec-WebSocket-Extensions headers, whoever wrote them; `None` where no
    /// answer can be held against it, for it says what RFC 7692 does not define.
    #[must_use]
    pub fn sent<'a>(headers: impl IntoIterator<Item = &'a [u8]>) -> Option<Self> {
        let offered = parse_all(headers).ok()?;
        let ours = offered.iter().filter(|extension| extension.is_deflate());
        let params = ours.map(|extension| Params::read(&extension.params).ok());
        params.collect::<Option<_>>().map(Self)
    }

    /// What the server's answer agrees to; `None` where it has no permessage-deflate.
    ///
    /// `answer` is the value of each Sec-WebSocket-Extensions header of the response; other
    /// extensions in it are not looked at.
    ///
    /// # Errors
    ///
    /// The answer is malformed or is none to this offer, so that the connection must fail
    /// (RFC 6455 §4.1, RFC 7692 §7.1).
    pub fn agreed<'a>(
        &self,
        answer: impl IntoIterator<Item = &'a [u8]>,
    ) -> Result<Option<DeflateParams>, ExtensionError> {
        let mut agreed = None;
        for extension in parse_all(answer)? {
            if !extension.is_deflate() {
                continue;
            }
            if agreed.is_some() {
                return Err(ExtensionError::ChosenTwice);
            }
            let answered = Params::read(&extension.params)?;
            agreed = Some(self.settle(&answered)?);
        }
        Ok(agreed)
    }

    /// The first alternative the answer fits, or what the last one holds against it.
    fn settle(&self, answered: &Params) -> Result<DeflateParams, ExtensionError> {
        let mut refusal = ExtensionError::NotOffered;
        for offered in &self.0 {
            match offered.settle(answered) {
                Ok(params) => return Ok(params),
                Err(error) => refusal = error,
            }
        }
        Err(refusal)
    }
}

/// `permessage-deflate; client_max_window_bits`, as browsers offer it.
impl Default for Offer {
    fn default() -> Self {
        Self(vec![Params {
            client_max_window_bits: Some(None),
            ..Params::default()
        }])
    }
}

impl FromStr for Offer {
    type Err = ExtensionError;

    fn from_str(text: &str) -> Result<Self, ExtensionError> {
        let alternatives = text.split(',').map(|params| {
            let params = params.trim_matches(is_blank_char);
            let params = params.strip_prefix(NAME).unwrap_or(params);
            let params = params.trim_matches(|c| is_blank_char(c) || c == ';');
            let value = if params.is_empty() {
                NAME.to_owned()
            } else {
                format!("{NAME}; {params}")
            };
            let read = parse(value.as_bytes())?
                .iter()
                .map(|extension| Params::read(&extension.params))
                .collect::<Result<Vec<_>, _>>()?;
            read.iter().try_for_each(Params::check_offer)?;
            Ok(read)
        });
        Ok(Self(alternatives.collect::<Result<Vec<_>, _>>()?.concat()))
    }
}

impl fmt::Display for Offer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, params) in self.0.iter().enumerate() {
            if i > 0 {
                f.write_str(", ")?;
            }
            params.fmt(f)?;
        }
        Ok(())
    }
}

/// A server's side: the header to answer with and what it agrees to, for the first offer of
/// permessage-deflate that can be met; `None` where there is none.
#[must_use]
pub fn accept<'a>(offers: impl IntoIterator<Item = &'a [u8]>) -> Option<(String, DeflateParams)> {
    let offers = parse_all(offers).ok()?;
    let mut ours = offers.iter().filter(|offer| offer.is_deflate());
    let offered = ours.find_map(|offer| Params::read(&offer.params).ok())?;
    // The answer repeats what is asked for, also a window of 15 bits; the client's window is left
    // as the client announces it.
    let answer = Params {
        client_max_window_bits: offered.client_max_window_bits.filter(Option::is_some),
        ..offered
    };
    Some((answer.to_string(), offered.settle(&answer).ok()?))
}

/// The parameters of permessage-deflate as an offer or an answer has them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Params {
    server_no_context_takeover: bool,
    client_no_context_takeover: bool,
    server_max_window_bits: Option<u8>,
    /// The value is optional in an offer.
    client_max_window_bits: Option<Option<u8>>,
}

impl Params {
    fn read(params: &[Param<'_>]) -> Result<Self, ExtensionError> {
        let mut read = Self::default();
        for Param { name, value } in params {
            let value = value.as_deref();
            let repeated = match &**name {
                SERVER_NO_CONTEXT_TAKEOVER => {
                    no_value(name, value)?;
                    std::mem::replace(&mut read.server_no_context_takeover, true)
                }
                CLIENT_NO_CONTEXT_TAKEOVER => {
                    no_value(name, value)?;
                    std::mem::replace(&mut read.client_no_context_takeover, true)
                }
                SERVER_MAX_WINDOW_BITS => {
                    let bits = bits(name, value)?.ok_or_else(|| Problem::MissingValue.of(name))?;
                    read.server_max_window_bits.replace(bits).is_some()
                }
                CLIENT_MAX_WINDOW_BITS => {
                    let bits = bits(name, value)?;
                    read.client_max_window_bits.replace(bits).is_some()
                }
                _ => return Err(Problem::Unknown.of(name)),
            };
            if repeated {
                return Err(Problem::Repeated.of(name));
            }
        }
        Ok(read)
    }

    /// Refuses what wscope could not keep.
    fn check_offer(&self) -> Result<(), ExtensionError> {
        if self.server_max_window_bits == Some(8) {
            return Err(Problem::EightBits.of(SERVER_MAX_WINDOW_BITS));
        }
        if self.client_max_window_bits == Some(Some(8)) {
            return Err(Problem::EightBits.of(CLIENT_MAX_WINDOW_BITS));
        }
        Ok(())
    }

    /// What `answer` to this offer agrees to, RFC 7692 §7.1.1 and §7.1.2.
    fn settle(&self, answer: &Self) -> Result<DeflateParams, ExtensionError> {
        if self.server_no_context_takeover && !answer.server_no_context_takeover {
            return Err(Problem::LeftOut.of(SERVER_NO_CONTEXT_TAKEOVER));
        }
        if let Some(offered) = self.server_max_window_bits {
            let left_out = || Problem::LeftOut.of(SERVER_MAX_WINDOW_BITS);
            let answered = answer.server_max_window_bits.ok_or_else(left_out)?;
            not_larger(SERVER_MAX_WINDOW_BITS, offered, answered)?;
        }
        if let Some(answered) = answer.client_max_window_bits {
            let name = CLIENT_MAX_WINDOW_BITS;
            let answered = answered.ok_or_else(|| Problem::MissingValue.of(name))?;
            let offered = self.client_max_window_bits;
            let offered = offered.ok_or_else(|| Problem::NotOffered.of(name))?;
            not_larger(name, offered.unwrap_or(15), answered)?;
        }
        Ok(DeflateParams {
            server_no_context_takeover: answer.server_no_context_takeover,
            // §7.1.1.2: what the client offers for itself holds even if the answer is silent.
            client_no_context_takeover: self.client_no_context_takeover
                || answer.client_no_context_takeover,
            server_max_window_bits: answer.server_max_window_bits.unwrap_or(15),
            client_max_window_bits: self.client_bits().min(answer.client_bits()),
        })
    }

    fn client_bits(&self) -> u8 {
        self.client_max_window_bits.flatten().unwrap_or(15)
    }
}

impl fmt::Display for Params {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(NAME)?;
        if self.server_no_context_takeover {
            write!(f, "; {SERVER_NO_CONTEXT_TAKEOVER}")?;
        }
        if self.client_no_context_takeover {
            write!(f, "; {CLIENT_NO_CONTEXT_TAKEOVER}")?;
        }
        if let Some(bits) = self.server_max_window_bits {
            write!(f, "; {SERVER_MAX_WINDOW_BITS}={bits}")?;
        }
        match self.client_max_window_bits {
            None => Ok(()),
            Some(None) => write!(f, "; {CLIENT_MAX_WINDOW_BITS}"),
            Some(Some(bits)) => write!(f, "; {CLIENT_MAX_WINDOW_BITS}={bits}"),
        }
    }
}

fn no_value(name: &str, value: Option<&str>) -> Result<(), ExtensionError> {
    match value {
        None => Ok(()),
        Some(value) => Err(Problem::UnexpectedValue(value.to_owned()).of(name)),
    }
}

/// A window size: decimal, from 8 to 15, no leading zeros (§7.1.2.1).
fn bits(name: &str, value: Option<&str>) -> Result<Option<u8>, ExtensionError> {
    let Some(value) = value else {
        return Ok(None);
    };
    match value.parse() {
        Ok(bits @ 8..=15) if !value.starts_with(['0', '+']) => Ok(Some(bits)),
        _ => Err(Problem::Bits(value.to_owned()).of(name)),
    }
}

fn not_larger(name: &str, offered: u8, answered: u8) -> Result<(), ExtensionError> {
    if answered > offered {
        return Err(Problem::Larger { offered, answered }.of(name));
    }
    Ok(())
}

/// One element of the header's list.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Extension<'a> {
    name: Cow<'a, str>,
    params: Vec<Param<'a>>,
}

impl Extension<'_> {
    fn is_deflate(&self) -> bool {
        self.name.eq_ignore_ascii_case(NAME)
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Param<'a> {
    name: Cow<'a, str>,
    value: Option<Cow<'a, str>>,
}

fn parse_all<'a>(
    headers: impl IntoIterator<Item = &'a [u8]>,
) -> Result<Vec<Extension<'a>>, ExtensionError> {
    let mut all = Vec::new();
    for header in headers {
        all.extend(parse(header)?);
    }
    Ok(all)
}

/// RFC 6455 §9.1, with the empty list elements and the blanks of RFC 9110 §5.6.
fn parse(header: &[u8]) -> Result<Vec<Extension<'_>>, ExtensionError> {
    let mut cursor = Cursor { header, at: 0 };
    let mut extensions = Vec::new();
    loop {
        while cursor.skip(b',') {}
        if cursor.is_at_end() {
            return Ok(extensions);
        }
        extensions.push(cursor.extension()?);
        if !cursor.is_at_end() && !cursor.skip(b',') {
            return Err(cursor.error());
        }
    }
}

struct Cursor<'a> {
    header: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    fn extension(&mut self) -> Result<Extension<'a>, ExtensionError> {
        let name = self.token()?;
        let mut params = Vec::new();
        while self.skip(b';') {
            let name = self.token()?;
            let value = if self.skip(b'=') {
                Some(self.value()?)
            } else {
                None
            };
            params.push(Param { name, value });
        }
        Ok(Extension { name, params })
    }

    fn token(&mut self) -> Result<Cow<'a, str>, ExtensionError> {
        self.blanks();
        let rest = &self.header[self.at..];
        let length = rest.iter().take_while(|byte| is_token(**byte)).count();
        if length == 0 {
            return Err(self.error());
        }
        self.at += length;
        Ok(String::from_utf8_lossy(&rest[..length]))
    }

    fn value(&mut self) -> Result<Cow<'a, str>, ExtensionError> {
        self.blanks();
        let start = self.at;
        if !self.skip(b'"') {
            return self.token();
        }
        let mut value = Vec::new();
        loop {
            match self.header[self.at..] {
                [b'"', ..] => break self.at += 1,
                [b'\\', escaped, ..] => {
                    value.push(escaped);
                    self.at += 2;
                }
                [byte, ..] => {
                    value.push(byte);
                    self.at += 1;
                }
                [] => {
                    self.at = start;
                    return Err(self.error());
                }
            }
        }
        // §9.1: "the value after quoted-string unescaping MUST conform to the 'token' ABNF".
        if value.is_empty() || !value.iter().all(|byte| is_token(*byte)) {
            self.at = start;
            return Err(self.error());
        }
        Ok(String::from_utf8_lossy(&value).into_owned().into())
    }

    fn skip(&mut self, byte: u8) -> bool {
        self.blanks();
        let found = self.header.get(self.at) == Some(&byte);
        self.at += usize::from(found);
        found
    }

    fn blanks(&mut self) {
        let rest = self.header[self.at..].iter();
        self.at += rest.take_while(|byte| is_blank(**byte)).count();
    }

    fn is_at_end(&mut self) -> bool {
        self.blanks();
        self.at == self.header.len()
    }

    fn error(&self) -> ExtensionError {
        let rest = &self.header[self.at..];
        ExtensionError::Syntax {
            at: self.at,
            rest: rest.iter().take(40).map(|byte| printable(*byte)).collect(),
        }
    }
}

/// RFC 9110 §5.6.2.
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

fn printable(byte: u8) -> char {
    match byte {
        b' '..=b'~' => char::from(byte),
        _ => char::REPLACEMENT_CHARACTER,
    }
}

fn is_blank(byte: u8) -> bool {
    byte == b' ' || byte == b'\t'
}

fn is_blank_char(c: char) -> bool {
    c == ' ' || c == '\t'
}

#[cfg(test)]
mod tests;
