//! What happened while connecting, step by step: the one record that `-v`, `--json`, `-w`, the failure report and
//! `check` render.

use std::{
    fmt, io,
    net::{IpAddr, SocketAddr},
    path::PathBuf,
    time::{Duration, Instant},
};

use crate::net::{Target, address::Scope, proxy::Choice, tls};

/// The stages of connecting, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// What the URL was taken to mean.
    Url,
    /// The choice of a proxy, or of none.
    Environment,
    /// Name resolution.
    Dns,
    /// The TCP connection, to the server or to a proxy.
    Tcp,
    /// The tunnel through a proxy.
    Proxy,
    /// The TLS handshake.
    Tls,
    /// The HTTP upgrade.
    Upgrade,
}

impl Stage {
    /// The stage's name in reports and in JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Url => "url",
            Self::Environment => "proxies",
            Self::Dns => "dns",
            Self::Tcp => "tcp",
            Self::Proxy => "proxy",
            Self::Tls => "tls",
            Self::Upgrade => "upgrade",
        }
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// The record of one attempt to connect, redirects included.
#[derive(Debug)]
pub struct Timeline {
    start: Instant,
    steps: Vec<Step>,
}

/// One stage that was entered.
#[derive(Debug)]
pub struct Step {
    /// Which stage.
    pub stage: Stage,
    /// When it began, since the start of the timeline.
    pub began: Duration,
    /// How long it took.
    pub took: Duration,
    /// What was tried and what came back.
    pub detail: Detail,
    /// Why it failed, as one sentence; `None` where it succeeded.
    pub failure: Option<String>,
}

/// What a step tried and what came back.
#[derive(Debug)]
pub enum Detail {
    /// Notes about the URL: what was assumed or dropped.
    Url(Vec<String>),
    /// The decision about a proxy.
    Environment {
        /// The proxy's URL, without secrets; `None` for a direct connection.
        proxy: Option<String>,
        /// Why.
        why: String,
    },
    /// A name or a literal, and its addresses.
    Dns(Dns),
    /// The connection attempts, in the order they were started.
    Tcp(Tcp),
    /// The Unix socket that was connected to.
    Unix(PathBuf),
    /// The tunnel that was asked for.
    Proxy(Box<Tunnel>),
    /// The TLS handshake.
    Tls(Box<tls::Record>),
    /// The upgrade.
    Upgrade(Box<Upgrade>),
}

/// Whose address or answer it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Role {
    /// The server that the URL names.
    #[default]
    Server,
    /// The proxy in front of it.
    Proxy,
}

impl Role {
    /// "server" or "proxy".
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Server => "server",
            Self::Proxy => "proxy",
        }
    }
}

/// A name's resolution.
#[derive(Debug)]
pub struct Dns {
    /// Whose name it is.
    pub role: Role,
    /// The name as it was asked for.
    pub host: String,
    /// Where the addresses come from.
    pub source: DnsSource,
    /// The addresses, in the order they will be tried.
    pub addresses: Vec<IpAddr>,
}

impl Dns {
    /// The addresses that a public name should not have: sinkholes, loopback, private networks.
    pub fn suspicious(&self) -> impl Iterator<Item = (IpAddr, Scope)> + '_ {
        let public_name = url::Host::parse(&self.host).is_ok_and(|host| {
            matches!(host, url::Host::Domain(_)) && !crate::net::address::is_local(&host)
        });
        self.addresses
            .iter()
            .map(|address| (*address, Scope::of(*address)))
            .filter(move |(_, scope)| public_name && *scope != Scope::Public)
    }
}

/// Where addresses come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DnsSource {
    /// The URL holds an address: nothing was asked.
    Literal,
    /// The system's resolver.
    System,
    /// `--resolve`.
    Rule,
}

/// A TCP connection's attempts.
#[derive(Debug)]
pub struct Tcp {
    /// Whom they went to.
    pub role: Role,
    /// Every attempt, in the order they were started.
    pub attempts: Vec<Attempt>,
    /// The local end of the connection that was made.
    pub local: Option<SocketAddr>,
}

impl Tcp {
    /// The address that is connected.
    #[must_use]
    pub fn connected(&self) -> Option<SocketAddr> {
        self.attempts
            .iter()
            .find(|attempt| matches!(attempt.outcome, Outcome::Connected))
            .map(|attempt| attempt.address)
    }
}

/// One address that was tried.
#[derive(Debug)]
pub struct Attempt {
    /// The address.
    pub address: SocketAddr,
    /// When it began, since the first attempt.
    pub began: Duration,
    /// How long until its outcome was known.
    pub took: Duration,
    /// What came of it.
    pub outcome: Outcome,
}

/// What came of an attempt to connect.
#[derive(Debug)]
pub enum Outcome {
    /// Connected, and used.
    Connected,
    /// The system's answer.
    Failed(io::Error),
    /// No answer before another address had connected, or before the deadline.
    NoAnswer,
}

/// A tunnel through a proxy.
#[derive(Debug, Default)]
pub struct Tunnel {
    /// The proxy's URL, without secrets.
    pub proxy: String,
    /// `host:port` at its other end.
    pub destination: String,
    /// What was sent: the CONNECT request, or the SOCKS messages with stars for a password.
    pub request: Vec<u8>,
    /// What came back: the response head, or the SOCKS replies.
    pub response: Vec<u8>,
    /// The status code of an HTTP proxy.
    pub status: Option<u16>,
    /// The first part of a refusal's body, decoded.
    pub body: Vec<u8>,
}

/// An upgrade's bytes.
#[derive(Debug, Default)]
pub struct Upgrade {
    /// The request as it was sent.
    pub request: Vec<u8>,
    /// What came back: the response head, or whatever came in its place.
    pub response: Vec<u8>,
    /// The status code, where the answer was HTTP.
    pub status: Option<u16>,
    /// The first part of a refusal's body, decoded.
    pub body: Vec<u8>,
    /// What is worth knowing but does not stop the upgrade.
    pub notes: Vec<String>,
}

/// A step that has begun; [`Timeline::end`] records it.
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct Running {
    stage: Stage,
    began: Instant,
}

impl Running {
    /// Since when it runs.
    #[must_use]
    pub fn began(&self) -> Instant {
        self.began
    }
}

impl Default for Timeline {
    fn default() -> Self {
        Self::new()
    }
}

impl Timeline {
    /// An empty timeline that starts now.
    #[must_use]
    pub fn new() -> Self {
        Self {
            start: Instant::now(),
            steps: Vec::new(),
        }
    }

    /// The moment that all times are counted from.
    #[must_use]
    pub fn start(&self) -> Instant {
        self.start
    }

    /// The steps, in order.
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// The step that failed, if one did: always the last.
    #[must_use]
    pub fn failed(&self) -> Option<&Step> {
        self.steps.last().filter(|step| step.failure.is_some())
    }

    /// The last step of a stage.
    #[must_use]
    pub fn last(&self, stage: Stage) -> Option<&Step> {
        self.steps.iter().rev().find(|step| step.stage == stage)
    }

    /// The last upgrade.
    #[must_use]
    pub fn upgrade(&self) -> Option<&Upgrade> {
        self.steps.iter().rev().find_map(|step| match &step.detail {
            Detail::Upgrade(upgrade) => Some(&**upgrade),
            _ => None,
        })
    }

    /// The last tunnel that was asked for.
    #[must_use]
    pub fn tunnel(&self) -> Option<&Tunnel> {
        self.steps.iter().rev().find_map(|step| match &step.detail {
            Detail::Proxy(tunnel) => Some(&**tunnel),
            _ => None,
        })
    }

    /// The last TLS handshake.
    #[must_use]
    pub fn tls(&self) -> Option<&tls::Record> {
        self.steps.iter().rev().find_map(|step| match &step.detail {
            Detail::Tls(record) => Some(&**record),
            _ => None,
        })
    }

    /// The address that the last TCP connection was made to.
    #[must_use]
    pub fn peer(&self) -> Option<SocketAddr> {
        self.steps.iter().rev().find_map(|step| match &step.detail {
            Detail::Tcp(tcp) => tcp.connected(),
            _ => None,
        })
    }

    /// From the start to the end of the last step.
    #[must_use]
    pub fn total(&self) -> Duration {
        self.steps
            .last()
            .map_or(Duration::ZERO, |step| step.began + step.took)
    }

    /// Records what the URL was taken to mean; nothing where there is nothing to say.
    pub fn url_notes(&mut self, notes: Vec<String>) {
        if !notes.is_empty() {
            let step = Self::begin(Stage::Url);
            self.end(step, Detail::Url(notes), None);
        }
    }

    /// Turns the last step, a refusal, into a redirect that is followed.
    pub fn redirected(&mut self, status: u16, to: &Target) {
        if let Some(step) = self.steps.last_mut() {
            step.failure = None;
        }
        self.url_notes(vec![format!("redirected ({status}) to {to}")]);
    }

    /// Records which proxy is used, or why there is none.
    pub fn proxy_choice(&mut self, choice: &Choice) {
        let detail = Detail::Environment {
            proxy: choice.proxy.as_ref().map(ToString::to_string),
            why: choice.why.clone(),
        };
        self.end(Self::begin(Stage::Environment), detail, None);
    }

    /// Begins a step.
    pub fn begin(stage: Stage) -> Running {
        Running {
            stage,
            began: Instant::now(),
        }
    }

    /// Ends a step.
    pub fn end(&mut self, running: Running, detail: Detail, failure: Option<String>) {
        self.steps.push(Step {
            stage: running.stage,
            began: running.began.saturating_duration_since(self.start),
            took: running.began.elapsed(),
            detail,
            failure,
        });
    }

    /// Makes the last step one that failed: what it means became known after it had ended.
    pub fn fail_last(&mut self, failure: String) {
        if let Some(step) = self.steps.last_mut() {
            step.failure = Some(failure);
        }
    }

    /// Ends a step with the outcome of a result.
    pub fn end_with<T, E: fmt::Display>(
        &mut self,
        running: Running,
        detail: Detail,
        result: &Result<T, E>,
    ) {
        self.end(
            running,
            detail,
            result.as_ref().err().map(ToString::to_string),
        );
    }
}
