//! What `/headers`, `/tls` and `/timeline` show of how the connection came about.

use super::{dial::Evidence, render::milliseconds};
use crate::{
    net::{redact::Secrets, timeline::Stage},
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
        let url = Secrets::Redact.url(&self.target.url());
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

    /// The TLS session and the certificates.
    #[must_use]
    pub fn tls(&self, style: Style) -> String {
        let (Some(step), Some(record)) = (self.timeline.last(Stage::Tls), self.timeline.tls())
        else {
            return "this connection has no TLS".to_owned();
        };
        let mut lines = vec![verbose::step_line(step, style)];
        verbose::certificates(record, style, &mut lines);
        lines.join("\n")
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

fn safe<T: AsRef<[u8]> + ?Sized>(text: &T) -> String {
    visible(text, Layout::SingleLine).into_owned()
}
