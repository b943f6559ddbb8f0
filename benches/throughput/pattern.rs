//! What goes over the wire: the same messages for every client, and the check that they arrived.

use crate::wire;

/// Roughly how many payload bytes are generated before the messages repeat.
const BLOCK: usize = 256 * 1024;

/// A run's messages: `count` of `size` bytes each, out of a repeated block of different ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pattern {
    pub(crate) text: bool,
    pub(crate) size: usize,
    pub(crate) count: u64,
    /// All of it is one message of `size * count` bytes.
    pub(crate) one_message: bool,
}

impl Pattern {
    pub(crate) fn message_size(&self) -> u64 {
        if self.one_message {
            self.bytes()
        } else {
            self.size as u64
        }
    }

    pub(crate) fn bytes(&self) -> u64 {
        self.size as u64 * self.count
    }

    pub(crate) fn opcode(&self) -> u8 {
        if self.text { 0x1 } else { 0x2 }
    }

    /// The payloads alone, as one message or a binary output is.
    pub(crate) fn payloads(&self) -> Cycle {
        self.cycle(|block, payload| block.extend_from_slice(payload))
    }

    /// Each payload followed by a newline.
    pub(crate) fn lines(&self) -> Cycle {
        self.cycle(|block, payload| {
            block.extend_from_slice(payload);
            block.push(b'\n');
        })
    }

    /// The frames of a server.
    pub(crate) fn frames(&self) -> Cycle {
        self.cycle(|block, payload| {
            wire::push_header(block, 0x80 | self.opcode(), payload.len() as u64);
            block.extend_from_slice(payload);
        })
    }

    /// `distinct` payloads, one after the other.
    pub(crate) fn block(&self) -> Vec<u8> {
        let mut random = Lcg(self.size as u64);
        (0..self.distinct())
            .flat_map(|_| {
                if self.text {
                    random.text(self.size)
                } else {
                    random.bytes(self.size)
                }
            })
            .collect()
    }

    /// How many different messages there are: a lost or doubled one shifts all that follow.
    fn distinct(&self) -> u64 {
        let fitting = (BLOCK / self.size).clamp(2, 4000) as u64;
        (1..=fitting)
            .rev()
            .find(|k| self.count.is_multiple_of(*k))
            .unwrap_or(1)
    }

    fn cycle(&self, append: impl Fn(&mut Vec<u8>, &[u8])) -> Cycle {
        let mut block = Vec::new();
        for payload in self.block().chunks(self.size) {
            append(&mut block, payload);
        }
        let total = block.len() as u64 * (self.count / self.distinct());
        Cycle {
            block,
            at: 0,
            done: 0,
            total,
            intact: true,
        }
    }
}

/// A block of bytes repeated up to a total, and how much of a stream agreed with it so far.
#[derive(Debug)]
pub(crate) struct Cycle {
    pub(crate) block: Vec<u8>,
    pub(crate) total: u64,
    at: usize,
    done: u64,
    intact: bool,
}

impl Cycle {
    /// A stream of just this.
    pub(crate) fn once(text: &str) -> Self {
        Self {
            block: text.as_bytes().to_vec(),
            at: 0,
            done: 0,
            total: text.len() as u64,
            intact: true,
        }
    }

    pub(crate) fn repeats(&self) -> u64 {
        self.total / self.block.len() as u64
    }

    /// Compares the next bytes of the stream.
    pub(crate) fn compare(&mut self, stream: &[u8]) {
        self.walk(stream, |expected, got, _| expected == got);
    }

    /// Compares the next bytes, which are masked; `offset` is the first one's in its frame.
    pub(crate) fn compare_masked(&mut self, stream: &[u8], key: [u8; 4], offset: u64) {
        self.walk(stream, |expected, got, from| {
            wire::differs_from_masked(expected, got, key, offset + from as u64) == 0
        });
    }

    /// All of it came, and nothing else.
    pub(crate) fn is_complete(&self) -> bool {
        self.intact && self.done == self.total
    }

    /// All of it came, or more.
    pub(crate) fn has_ended(&self) -> bool {
        self.done >= self.total
    }

    /// What is wrong with the stream.
    pub(crate) fn verdict(&self) -> Result<(), String> {
        match (self.intact, self.done == self.total) {
            (true, true) => Ok(()),
            (false, _) => Err(format!("altered, {} of {} bytes", self.done, self.total)),
            (true, false) => Err(format!("{} of {} bytes", self.done, self.total)),
        }
    }

    fn walk(&mut self, stream: &[u8], same: impl Fn(&[u8], &[u8], usize) -> bool) {
        let mut from = 0;
        while from < stream.len() {
            let length = (self.block.len() - self.at).min(stream.len() - from);
            let expected = &self.block[self.at..self.at + length];
            self.intact &= same(expected, &stream[from..from + length], from);
            from += length;
            self.at = (self.at + length) % self.block.len();
        }
        self.done += stream.len() as u64;
    }
}

/// A linear congruential generator: the same bytes on every machine.
struct Lcg(u64);

impl Lcg {
    fn next(&mut self) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        self.0 >> 33
    }

    /// Text as feeds send it: JSON-like ASCII on one line.
    fn text(&mut self, size: usize) -> Vec<u8> {
        const NAMES: [&str; 6] = ["price", "bid", "ask", "symbol", "sequence", "time"];
        let mut text = String::from("{");
        while text.len() < size {
            let name = NAMES[self.next() as usize % NAMES.len()];
            text.push_str(&format!("\"{name}\":{},", self.next() % 100_000));
        }
        text.truncate(size);
        text.into_bytes()
    }

    /// Any bytes but a newline, so that they can also travel as lines.
    fn bytes(&mut self, size: usize) -> Vec<u8> {
        let byte = |value: u64| if value as u8 == b'\n' { 0 } else { value as u8 };
        (0..size).map(|_| byte(self.next())).collect()
    }
}
