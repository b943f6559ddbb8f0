//! The stations between the user and the application, one of which a finding blames.

use serde::Serialize;

/// Who is responsible for what was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Hop {
    /// The command line, this machine, or its clock.
    You,
    /// The name server that this machine asks.
    Resolver,
    /// The forward proxy that was configured.
    YourProxy,
    /// A device on the way that nobody configured: firewall, portal, inspecting proxy.
    OnPath,
    /// Whoever ends TLS for the server.
    TlsTerminator,
    /// The proxy or balancer that the server's owner put in front of it.
    ReverseProxy,
    /// The WebSocket server itself.
    Application,
}

impl Hop {
    /// The station as a subject: "the reverse proxy".
    #[must_use]
    pub fn noun(self) -> &'static str {
        match self {
            Self::You => "this side",
            Self::Resolver => "the resolver",
            Self::YourProxy => "the proxy",
            Self::OnPath => "a device on the way",
            Self::TlsTerminator => "the TLS terminator",
            Self::ReverseProxy => "the reverse proxy",
            Self::Application => "the application",
        }
    }
}
