//! What must hold of a SOCKS negotiation whatever the proxy answers: an end, and the words for it.

use std::io::{self, Read, Write};

use wscope::net::socks::{Destination, Transcript, Version, negotiate};

/// The first byte chooses the version, and whether there is a password; the rest is the proxy's.
pub(crate) fn holds(input: &[u8]) {
    let Some((choice, answers)) = input.split_first() else {
        return;
    };
    let versions = [Version::V4, Version::V4a, Version::V5, Version::V5h];
    let version = versions[usize::from(choice & 3)];
    let credentials = (choice & 4 != 0).then(|| wscope::net::authority::Userinfo {
        user: "user".to_owned(),
        password: "hunter2".to_owned(),
    });
    let destination = Destination::from((std::net::Ipv4Addr::LOCALHOST.into(), 80));
    let mut transcript = Transcript::default();
    let result = negotiate(
        Script(answers),
        version,
        &destination,
        credentials.as_ref(),
        &mut transcript,
    );
    assert!(
        answers.starts_with(&transcript.received),
        "only what came is kept"
    );
    let password = transcript
        .sent
        .windows(7)
        .find(|window| window == b"hunter2");
    assert!(password.is_none(), "the password is not kept");
    if let Err(failure) = result {
        assert!(!failure.to_string().is_empty());
    }
}

struct Script<'a>(&'a [u8]);

impl Read for Script<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

impl Write for Script<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
