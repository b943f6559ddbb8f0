//! How messages follow one another on a pipe; the same in and out.

/// Where one message ends and the next begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Framing {
    /// Each message is followed by these bytes: `\n`, a NUL, or what `--delimiter` says.
    Delimited(Vec<u8>),
    /// No boundaries: each block that can be read is a message, and payloads follow one another.
    Chunks,
    /// All of the input is one message; payloads follow one another.
    Whole,
    /// Each message follows its length as four bytes, big-endian.
    LengthPrefixed,
    /// A line of hexadecimal digits is a message.
    Hex,
    /// A line of base64 is a message.
    Base64,
}

impl Framing {
    /// One line, one message.
    #[must_use]
    pub fn lines() -> Self {
        Self::Delimited(b"\n".to_vec())
    }
}
