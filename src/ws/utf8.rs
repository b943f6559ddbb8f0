//! UTF-8 checked as the bytes arrive, RFC 6455 §8.1: the first wrong byte is found at once.

/// The check of one text message that comes in pieces.
#[derive(Clone, Debug, Default)]
pub struct Utf8Stream {
    /// The beginning of a character whose end has not arrived: up to 3 bytes.
    carry: [u8; 4],
    carried: usize,
    checked: u64,
}

impl Utf8Stream {
    /// Checks the next piece.
    ///
    /// # Errors
    ///
    /// The offset in the message of the first byte that no UTF-8 text can have there.
    pub fn push(&mut self, mut piece: &[u8]) -> Result<(), u64> {
        while self.carried > 0 {
            let Some((next, rest)) = piece.split_first() else {
                return Ok(());
            };
            piece = rest;
            self.carry[self.carried] = *next;
            self.carried += 1;
            match std::str::from_utf8(&self.carry[..self.carried]) {
                Ok(_) => {
                    self.checked += self.carried as u64;
                    self.carried = 0;
                }
                Err(error) if error.error_len().is_some() => return Err(self.checked),
                Err(_) => {}
            }
        }
        let Err(error) = simdutf8::compat::from_utf8(piece) else {
            self.checked += piece.len() as u64;
            return Ok(());
        };
        self.checked += error.valid_up_to() as u64;
        if error.error_len().is_some() {
            return Err(self.checked);
        }
        let rest = &piece[error.valid_up_to()..];
        self.carry[..rest.len()].copy_from_slice(rest);
        self.carried = rest.len();
        Ok(())
    }

    /// Ends the message.
    ///
    /// # Errors
    ///
    /// The offset of a character that was begun and never finished.
    pub fn finish(&self) -> Result<(), u64> {
        if self.carried == 0 {
            Ok(())
        } else {
            Err(self.checked)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(bytes: &[u8], split: usize) -> Result<(), u64> {
        let mut stream = Utf8Stream::default();
        stream.push(&bytes[..split])?;
        stream.push(&bytes[split..])?;
        stream.finish()
    }

    #[test]
    fn agrees_with_the_standard_library_wherever_the_text_is_cut() {
        arbtest::arbtest(|u| {
            let bytes: Vec<u8> = if u.arbitrary()? {
                u.arbitrary::<String>()?.into_bytes()
            } else {
                u.arbitrary()?
            };
            let expected = std::str::from_utf8(&bytes).map_err(|e| e.valid_up_to() as u64);
            for split in 0..=bytes.len() {
                assert_eq!(
                    check(&bytes, split),
                    expected.map(|_| ()),
                    "{bytes:02x?} at {split}"
                );
            }
            Ok(())
        });
    }

    #[test]
    fn finds_a_wrong_byte_before_the_character_is_complete() {
        let mut stream = Utf8Stream::default();
        assert_eq!(stream.push(&[0xf4]), Ok(()));
        assert_eq!(stream.push(&[0x90]), Err(0));
    }
}
