//! The command that connects once more in the same way, to be pasted into a shell.

use std::borrow::Cow;

use crate::{
    cli::connect::{Plan, Typed},
    net::{
        Scheme, Target,
        redact::{self, Secrets},
    },
};

/// Where a run connected, and with which options.
#[derive(Clone, Copy, Debug)]
pub struct Again<'a> {
    /// The URL.
    pub target: &'a Target,
    /// The options about connecting.
    pub typed: &'a Typed,
    /// Whether secrets are shown; in the place of one that is not stands a mark to be replaced.
    pub secrets: Secrets,
}

impl<'a> Again<'a> {
    /// For the target of a plan.
    #[must_use]
    pub fn of(plan: &'a Plan, secrets: Secrets) -> Self {
        Self {
            target: &plan.target,
            typed: &plan.typed,
            secrets,
        }
    }

    /// `wscope check`.
    #[must_use]
    pub fn check(self) -> String {
        self.command("wscope check")
    }

    /// `wscope` with `ws` in place of `wss`, or the reverse.
    #[must_use]
    pub fn with_other_scheme(self) -> String {
        let scheme = match self.target.scheme {
            Scheme::Ws => Scheme::Wss,
            Scheme::Wss => Scheme::Ws,
        };
        let target = &Target {
            scheme,
            ..self.target.clone()
        };
        Again { target, ..self }.command("wscope")
    }

    /// `start`, the options and the URL, as a shell reads them.
    #[must_use]
    pub fn command(self, start: &str) -> String {
        let mut command = start.to_owned();
        let options = self.typed.options(self.secrets).into_iter();
        let words = options.flat_map(|option| std::iter::once(option.flag).chain(option.value));
        for word in words.chain([self.url()]) {
            command.push(' ');
            command.push_str(&quoted(&word));
        }
        command
    }

    /// What finds the same target, other than its [`Display`](std::fmt::Display) with user and socket.
    fn url(self) -> String {
        let target = self.target;
        let scheme = target.scheme.name();
        if let Some(socket) = &target.unix_socket {
            let resource = self.secrets.url(&target.resource);
            return format!("{scheme}+unix:{}:{resource}", socket.display());
        }
        let shown = match self.secrets {
            Secrets::Redact => target.to_string(),
            Secrets::Show => target.with_zone(&target.url()),
        };
        let user = target.userinfo.as_ref().map(|user| match self.secrets {
            Secrets::Redact => redact::MARK.to_owned(),
            Secrets::Show => user.encoded(),
        });
        match (user, shown.split_once("://")) {
            (Some(user), Some((scheme, rest))) => format!("{scheme}://{user}@{rest}"),
            _ => shown,
        }
    }
}

/// One word for a shell.
fn quoted(word: &str) -> Cow<'_, str> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./:,@%+=".contains(c);
    // zsh reads `=name` as the path of a program
    if !word.is_empty() && !word.starts_with('=') && word.chars().all(is_plain) {
        return Cow::Borrowed(word);
    }
    Cow::Owned(format!("'{}'", word.replace('\'', r"'\''")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_quoted_where_a_shell_would_change_it() {
        for (word, expected) in WORDS {
            assert_eq!(quoted(word), *expected);
        }
    }

    #[test]
    fn the_url_comes_back_with_what_it_held() {
        for (typed, redacted, shown) in URLS {
            let (target, _) = Target::parse(typed).unwrap();
            let again = |secrets| {
                let (target, typed) = (&target, &Typed::default());
                Again {
                    target,
                    typed,
                    secrets,
                }
                .url()
            };
            assert_eq!(again(Secrets::Redact), *redacted, "{typed}");
            assert_eq!(again(Secrets::Show), *shown, "{typed}");
        }
    }

    const WORDS: &[(&str, &str)] = &[
        ("", "''"),
        ("wss://h:1/a-b_c%20", "wss://h:1/a-b_c%20"),
        ("ws://h/?a=1&b=2", "'ws://h/?a=1&b=2'"),
        ("X-A: b c", "'X-A: b c'"),
        ("it's", r"'it'\''s'"),
        ("$HOME", "'$HOME'"),
        ("~/x", "'~/x'"),
        ("=x", "'=x'"),
    ];

    const URLS: &[(&str, &str, &str)] = &[
        ("ws://h", "ws://h/", "ws://h/"),
        (
            "ws://u:p%40@h/?token=x",
            "ws://[redacted]@h/?token=[redacted]",
            "ws://u:p%40@h/?token=x",
        ),
        ("ws://u@h/", "ws://[redacted]@h/", "ws://u:@h/"),
        (
            "ws+unix:/run/s:/a?token=x",
            "ws+unix:/run/s:/a?token=[redacted]",
            "ws+unix:/run/s:/a?token=x",
        ),
    ];
}
