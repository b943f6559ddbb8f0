//! Masking, RFC 6455 §5.3: keys that nobody can predict, and the XOR.

use rand::{Rng as _, rngs::StdRng};

/// Keys are drawn from the generator in blocks of this many bytes.
const BLOCK: usize = 1024;

/// A source of masking keys: a ChaCha generator seeded once by the operating system.
///
/// RFC 6455 §10.3 wants keys that cannot be predicted from earlier ones, but a system call for
/// each would cost more than the rest of a small frame.
pub struct Masks {
    generator: StdRng,
    block: [u8; BLOCK],
    used: usize,
}

impl Masks {
    /// A generator with a fresh seed.
    #[must_use]
    pub fn new() -> Self {
        Self {
            generator: rand::make_rng(),
            block: [0; BLOCK],
            used: BLOCK,
        }
    }

    /// The next key.
    #[inline]
    pub fn next_key(&mut self) -> [u8; 4] {
        if self.used == BLOCK {
            self.generator.fill_bytes(&mut self.block);
            self.used = 0;
        }
        let key = self.block.as_chunks::<4>().0[self.used / 4];
        self.used += 4;
        key
    }
}

impl Default for Masks {
    fn default() -> Self {
        Self::new()
    }
}

impl std::fmt::Debug for Masks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Masks").finish_non_exhaustive()
    }
}

/// Masks or unmasks `data` in place; `offset` is where it begins in the frame's payload.
#[inline]
pub fn apply_mask(key: [u8; 4], offset: u64, data: &mut [u8]) {
    let mut turned = key;
    turned.rotate_left((offset % 4) as usize);
    let wide = u64::from_ne_bytes([
        turned[0], turned[1], turned[2], turned[3], turned[0], turned[1], turned[2], turned[3],
    ]);
    let (words, rest) = data.as_chunks_mut::<8>();
    for word in words {
        *word = (u64::from_ne_bytes(*word) ^ wide).to_ne_bytes();
    }
    for (byte, key) in rest.iter_mut().zip(turned.iter().cycle()) {
        *byte ^= key;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_the_xor_of_the_rfc_at_every_offset() {
        arbtest::arbtest(|u| {
            let (key, offset, data): ([u8; 4], u64, Vec<u8>) = u.arbitrary()?;
            let mut masked = data.clone();
            apply_mask(key, offset, &mut masked);
            for (i, byte) in data.iter().enumerate() {
                let j = (offset.wrapping_add(i as u64) % 4) as usize;
                assert_eq!(masked[i], byte ^ key[j], "byte {i}");
            }
            Ok(())
        });
    }

    #[test]
    fn draws_a_new_key_each_time() {
        let mut masks = Masks::new();
        let keys: std::collections::HashSet<_> = (0..1000).map(|_| masks.next_key()).collect();
        assert!(keys.len() > 990);
    }
}
