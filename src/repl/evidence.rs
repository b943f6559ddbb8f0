//! What `/headers`, `/tls` and `/timeline` show of how the connection came about.

use std::fmt::Write as _;

use x509_parser::prelude::{FromDer as _, X509Certificate};

use super::{dial::Evidence, render::milliseconds};
use crate::{
    net::redact::Secrets,
    output::{
        sanitize::{Layout, visible},
        style::{Role, Style},
        verbose,
    },
};

impl Evidence {
    /// The first line of a connection: where to, how long it took, what was agreed on.
    #[must_use]
    pub fn greeting(&self, style: Style) -> String {
        let mut details = vec![milliseconds(self.timeline.total())];
        if let Some(version) = self.timeline.tls().and_then(|tls| tls.version) {
            details.push(version.to_owned());
        }
        details.extend(self.subprotocol.iter().map(safe));
        let names = self
            .extensions
            .iter()
            .filter_map(|value| value.split(';').next());
        details.extend(names.map(|name| safe(name.trim())));
        let url = Secrets::Redact.url(&self.url);
        format!(
            "{} {}\n",
            style.paint(Role::Good, format!("connected to {}", safe(&url))),
            style.paint(Role::Dim, format!("({})", details.join(", ")))
        )
    }

    /// The heads of the upgrade.
    #[must_use]
    pub fn headers(&self, secrets: Secrets, style: Style) -> String {
        let Some(upgrade) = self.timeline.upgrade() else {
            return "there was no upgrade\n".to_owned();
        };
        let mut lines = Vec::new();
        verbose::heads(
            &upgrade.request,
            &upgrade.response,
            secrets,
            style,
            &mut lines,
        );
        lines.join("\n")
    }

    /// The TLS session.
    #[must_use]
    pub fn tls(&self, style: Style) -> String {
        let Some(tls) = self.timeline.tls() else {
            return "this connection has no TLS\n".to_owned();
        };
        let alpn = tls.alpn.as_ref().map(safe);
        let rows = [
            ("name", Some(safe(&tls.name))),
            ("version", tls.version.map(str::to_owned)),
            ("cipher", tls.cipher.clone()),
            ("group", tls.group.clone()),
            ("alpn", alpn),
            (
                "trust",
                tls.trust.as_ref().map(|trust| format!("{trust:?}")),
            ),
            ("fault", tls.certificate_fault.as_deref().map(safe)),
        ];
        let mut text = String::new();
        for (name, value) in rows {
            if let Some(value) = value {
                let name = style.paint(Role::Dim, format!("{name:<12}"));
                writeln!(text, "{name}{value}").expect(STRING);
            }
        }
        for (index, der) in tls.certificates.iter().enumerate() {
            let name = style.paint(Role::Dim, format!("{:<12}", format!("cert {index}")));
            writeln!(text, "{name}{}", certificate(der)).expect(STRING);
        }
        text
    }

    /// The steps with their times.
    #[must_use]
    pub fn timeline(&self, style: Style) -> String {
        let steps = self.timeline.steps().iter();
        let mut lines: Vec<String> = steps.map(|step| verbose::step_line(step, style)).collect();
        lines.push(format!("total {}", milliseconds(self.timeline.total())));
        lines.join("\n")
    }
}

fn certificate(der: &[u8]) -> String {
    let Ok((_, certificate)) = X509Certificate::from_der(der) else {
        return format!("{} bytes that are no certificate", der.len());
    };
    let validity = certificate.validity();
    format!(
        "{}, issued by {}, until {}",
        safe(&certificate.subject().to_string()),
        safe(&certificate.issuer().to_string()),
        validity.not_after
    )
}

fn safe<T: AsRef<[u8]> + ?Sized>(text: &T) -> String {
    visible(text, Layout::SingleLine).into_owned()
}

/// The proof beside each `expect` of a `write!`.
const STRING: &str = "a String takes every write";
