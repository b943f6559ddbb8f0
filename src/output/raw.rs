//! Pipe mode's standard output: payloads, and what the framing puts between them.

use std::{
    io::{self, Write},
    time::Duration,
};

use data_encoding::{BASE64, HEXLOWER};

use crate::{
    event::Event,
    input::Framing,
    session::Output,
    ws::{Kind, Part},
};

/// Messages are gathered up to this many bytes.
const BATCH: usize = 256 * 1024;

/// From this size on a payload is written from where it is.
const DIRECT: usize = 64 * 1024;

/// Writes payloads alone, unaltered.
pub struct RawOutput {
    out: Box<dyn Write + Send>,
    framing: Framing,
    batch: Vec<u8>,
}

impl RawOutput {
    /// Payloads by `framing` to `out`.
    #[must_use]
    pub fn new(out: Box<dyn Write + Send>, framing: Framing) -> Self {
        Self {
            out,
            framing,
            batch: Vec::with_capacity(BATCH + DIRECT),
        }
    }

    #[inline]
    fn payload(&mut self, payload: &[u8]) -> io::Result<()> {
        if payload.len() >= DIRECT {
            self.write_batch()?;
            return self.out.write_all(payload);
        }
        self.batch.extend_from_slice(payload);
        if self.batch.len() >= BATCH {
            self.write_batch()?;
        }
        Ok(())
    }

    fn encoded(&mut self, encoding: &data_encoding::Encoding, payload: &[u8]) -> io::Result<()> {
        let start = self.batch.len();
        self.batch
            .resize(start + encoding.encode_len(payload.len()), 0);
        encoding.encode_mut(payload, &mut self.batch[start..]);
        self.batch.push(b'\n');
        self.write_when_full()
    }

    fn length_prefixed(&mut self, payload: &[u8]) -> io::Result<()> {
        let length = u32::try_from(payload.len()).map_err(|_| {
            io::Error::new(
                io::ErrorKind::InvalidInput,
                "a message of 4 GiB or more does not fit --length-prefixed",
            )
        })?;
        self.batch.extend_from_slice(&length.to_be_bytes());
        self.payload(payload)
    }

    fn write_when_full(&mut self) -> io::Result<()> {
        if self.batch.len() >= BATCH {
            self.write_batch()?;
        }
        Ok(())
    }

    fn write_batch(&mut self) -> io::Result<()> {
        if self.batch.is_empty() {
            return Ok(());
        }
        let written = self.out.write_all(&self.batch);
        self.batch.clear();
        written
    }
}

impl Output for RawOutput {
    fn streams(&self, kind: Kind) -> bool {
        match self.framing {
            Framing::Chunks | Framing::Whole => true,
            // a line is shown when it is known to be text
            Framing::Delimited(_) => kind == Kind::Binary,
            Framing::Hex | Framing::Base64 | Framing::LengthPrefixed => false,
        }
    }

    fn tells_events(&self) -> bool {
        false
    }

    #[inline]
    fn message(&mut self, _at: Duration, _kind: Kind, payload: &[u8]) -> io::Result<()> {
        match &self.framing {
            Framing::Delimited(delimiter) => {
                if let [byte] = delimiter[..]
                    && payload.len() < DIRECT
                {
                    self.batch.extend_from_slice(payload);
                    self.batch.push(byte);
                    return self.write_when_full();
                }
                let delimiter = delimiter.clone();
                self.payload(payload)?;
                self.payload(&delimiter)
            }
            Framing::Chunks | Framing::Whole => self.payload(payload),
            Framing::LengthPrefixed => self.length_prefixed(payload),
            Framing::Hex => self.encoded(&HEXLOWER, payload),
            Framing::Base64 => self.encoded(&BASE64, payload),
        }
    }

    fn part(&mut self, part: Part<'_>) -> io::Result<()> {
        self.payload(part.bytes)?;
        match &self.framing {
            Framing::Delimited(delimiter) if part.last => {
                let delimiter = delimiter.clone();
                self.payload(&delimiter)
            }
            _ => Ok(()),
        }
    }

    fn event(&mut self, _event: &Event<'_>) -> io::Result<()> {
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.write_batch()?;
        self.out.flush()
    }
}

impl std::fmt::Debug for RawOutput {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RawOutput")
            .field("framing", &self.framing)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Written(Arc<Mutex<Vec<u8>>>);

    impl Write for Written {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn puts_between_payloads_what_the_framing_says() {
        let table: [(Framing, &[u8]); 6] = [
            (Framing::lines(), b"hi\n\n\x00\n\n"),
            (Framing::Delimited(b"--".to_vec()), b"hi----\x00\n--"),
            (Framing::Chunks, b"hi\x00\n"),
            (
                Framing::LengthPrefixed,
                b"\0\0\0\x02hi\0\0\0\0\0\0\0\x02\x00\n",
            ),
            (Framing::Hex, b"6869\n\n000a\n"),
            (Framing::Base64, b"aGk=\n\nAAo=\n"),
        ];
        for (framing, expected) in table {
            let written = Written::default();
            let mut output = RawOutput::new(Box::new(written.clone()), framing.clone());
            for (kind, payload) in [
                (Kind::Text, &b"hi"[..]),
                (Kind::Text, b""),
                (Kind::Binary, b"\x00\n"),
            ] {
                output.message(Duration::ZERO, kind, payload).unwrap();
            }
            output.flush().unwrap();
            let got = written.0.lock().unwrap().clone();
            assert_eq!(
                got.escape_ascii().to_string(),
                expected.escape_ascii().to_string(),
                "{framing:?}"
            );
        }
    }

    #[test]
    fn a_large_payload_keeps_its_place_among_small_ones() {
        let written = Written::default();
        let mut output = RawOutput::new(Box::new(written.clone()), Framing::lines());
        let large = vec![b'x'; DIRECT];
        for payload in [&b"before"[..], &large, b"after"] {
            output.message(Duration::ZERO, Kind::Text, payload).unwrap();
        }
        output.flush().unwrap();
        let expected = [b"before\n", &large[..], b"\nafter\n"].concat();
        assert!(*written.0.lock().unwrap() == expected);
    }
}
