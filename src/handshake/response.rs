//! The answer to the upgrade: the first response head that is not interim.

use std::io;

use crate::{
    handshake::Error,
    net::http::{self, Head},
};

/// How many interim responses may precede the final one.
const MOST_INTERIM: usize = 16;

/// Reads heads from a stream, and keeps what comes after them.
#[derive(Debug)]
pub struct Reader<R>(http::Reader<R>);

impl<R: io::Read> Reader<R> {
    /// A reader with nothing read yet.
    pub fn new(from: R) -> Self {
        Self(http::Reader::new(from))
    }

    /// What was read and does not belong to a returned head.
    #[must_use]
    pub fn into_leftover(self) -> Vec<u8> {
        self.0.into_leftover()
    }

    /// The first head that is not interim: 1xx other than 101 are passed over, with a note.
    ///
    /// # Errors
    /// What came instead; [`Self::into_leftover`] then has its bytes.
    pub fn final_head(&mut self, notes: &mut Vec<String>) -> Result<Head, Error> {
        for _ in 0..MOST_INTERIM {
            let head = self.0.head()?;
            if !matches!(head.status, 100 | 102..=199) {
                return Ok(head);
            }
            notes.push(format!(
                "the server sent {} before its answer; some clients refuse that",
                head.status_and_reason()
            ));
        }
        Err(Error::BadHead(
            "the server sends interim responses without end".to_owned(),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Hands out its pieces one per read.
    struct Pieces<'a>(&'a [&'a [u8]]);

    impl io::Read for Pieces<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let Some((first, rest)) = self.0.split_first() else {
                return Ok(0);
            };
            self.0 = rest;
            buffer[..first.len()].copy_from_slice(first);
            Ok(first.len())
        }
    }

    #[test]
    fn a_head_in_any_pieces_leaves_the_frames_behind() {
        for cut in 1..OK.len() {
            let (before, after) = OK.split_at(cut);
            let pieces = [before, after];
            let mut reader = Reader::new(Pieces(&pieces));
            let head = reader.final_head(&mut Vec::new()).unwrap();
            assert_eq!((head.status, head.minor_version), (101, 1));
            assert_eq!(head.reason, "Switching Protocols");
            let read = if cut < head.bytes.len() {
                OK.len()
            } else {
                cut
            };
            assert_eq!(
                [head.bytes, reader.into_leftover()].concat(),
                OK[..read],
                "cut at {cut}"
            );
        }
    }

    #[test]
    fn interim_responses_are_passed_over_with_a_note() {
        let mut notes = Vec::new();
        let bytes = [b"HTTP/1.1 100 Continue\r\n\r\n".as_slice(), OK].concat();
        let head = Reader::new(bytes.as_slice())
            .final_head(&mut notes)
            .unwrap();
        assert_eq!(head.status, 101);
        assert!(notes[0].contains("100 Continue"), "{notes:?}");
    }

    #[test]
    fn each_defect_has_its_own_error() {
        for (bytes, expected) in DEFECTS {
            let error = Reader::new(*bytes)
                .final_head(&mut Vec::new())
                .unwrap_err()
                .to_string();
            assert!(
                error.contains(expected),
                "{}: {error}",
                bytes.escape_ascii()
            );
        }
    }

    #[test]
    fn a_head_of_64_kib_is_the_longest() {
        for (length, accepted) in [
            (http::head::HEAD_LIMIT, true),
            (http::head::HEAD_LIMIT + 1, false),
        ] {
            let start = b"HTTP/1.1 200 OK\r\nX: ";
            let mut bytes = start.to_vec();
            bytes.resize(length - 4, b'a');
            bytes.extend_from_slice(b"\r\n\r\n");
            let result = Reader::new(bytes.as_slice()).final_head(&mut Vec::new());
            assert_eq!(result.is_ok(), accepted, "{length}");
        }
    }

    #[test]
    fn interim_responses_without_end_are_an_error() {
        let bytes = b"HTTP/1.1 103 Early Hints\r\n\r\n".repeat(100);
        let error = Reader::new(bytes.as_slice())
            .final_head(&mut Vec::new())
            .unwrap_err();
        assert!(matches!(error, Error::BadHead(_)));
    }

    #[test]
    fn arbitrary_bytes_never_panic() {
        arbtest::arbtest(|u| {
            let bytes: Vec<u8> = u.arbitrary()?;
            let bytes = [b"HTTP/1.1 ".as_slice(), &bytes].concat();
            let _ = Reader::new(bytes.as_slice()).final_head(&mut Vec::new());
            Ok(())
        });
    }

    const OK: &[u8] = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n\x81\x01a";

    const DEFECTS: &[(&[u8], &str)] = &[
        (b"", "without an answer"),
        (b"HTTP/1.1 101 Swi", "after 16 bytes"),
        (b"HTT", "after 3 bytes"),
        (b"SSH-2.0-OpenSSH_9.2p1\r\n", "SSH"),
        (b"\x15\x03\x03\x00\x02\x02\x70", "alert 112"),
        (b"\x00\x00\x12\x04\x00\x00\x00\x00\x00\x00\x03", "HTTP/2"),
        (b"220 mail ESMTP\r\n", "SMTP"),
        (b"garbage", "not HTTP"),
        (b"HTTP/1.1 101 OK\nUpgrade: websocket\n\n", "line feed"),
        (b"HTTP/1.1 abc\r\n\r\n", "not valid HTTP"),
        (b"HTTP/3 200\r\n\r\n", "not valid HTTP"),
    ];
}
