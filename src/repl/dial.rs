//! A way to the server that can be gone again and again: `/reconnect`, `/open`, `--reconnect`.

use std::sync::Arc;

use jiff::Timestamp;

use crate::{
    cli::connect::Plan,
    client,
    error::Error,
    handshake::{self, Upgraded},
    net::{Target, Timeline, authority::Userinfo},
    session::{Link, Session},
};

/// Where to connect, and how.
#[derive(Debug)]
pub struct Dialler {
    plan: Plan,
    aim: Aim,
}

/// What the options of the command line mean for another URL.
#[derive(Clone)]
pub struct Aim(Arc<Resolve>);

type Resolve = dyn Fn(&str) -> Result<Plan, Error> + Send + Sync;

impl Aim {
    /// By this function.
    #[must_use]
    pub fn new(resolve: impl Fn(&str) -> Result<Plan, Error> + Send + Sync + 'static) -> Self {
        Self(Arc::new(resolve))
    }
}

impl std::fmt::Debug for Aim {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Aim")
    }
}

/// A connection that is ready to run.
#[derive(Debug)]
pub struct Opened {
    /// Its threads, not yet started.
    pub session: Session,
    /// Its bytes.
    pub link: Link,
    /// When it was open.
    pub at: Timestamp,
    /// How it came about.
    pub evidence: Evidence,
}

/// An attempt that came to nothing.
#[derive(Debug)]
pub struct Failure {
    /// Why.
    pub error: Error,
    /// The steps, the failed one last.
    pub timeline: Timeline,
    /// Where to.
    pub target: Target,
}

/// What was seen while connecting.
#[derive(Debug)]
pub struct Evidence {
    /// Where to.
    pub target: Target,
    /// The subprotocol that was agreed on.
    pub subprotocol: Option<String>,
    /// The extensions that were agreed on, as the server wrote them.
    pub extensions: Vec<String>,
    /// What is worth a word.
    pub notes: Vec<String>,
    /// The steps.
    pub timeline: Timeline,
}

impl Dialler {
    /// As the command line says.
    #[must_use]
    pub fn new(plan: Plan, aim: Aim) -> Self {
        Self { plan, aim }
    }

    /// Connects, to `url` from now on where one is given.
    ///
    /// # Errors
    ///
    /// The URL cannot be one, or the step of connecting that failed.
    pub fn dial(&mut self, url: Option<&str>) -> Result<Opened, Box<Failure>> {
        let mut timeline = Timeline::new();
        let notes = match url.map(|url| (self.aim.0)(url)) {
            None => Vec::new(),
            Some(Ok(plan)) => {
                let previous = std::mem::replace(&mut self.plan, plan);
                if previous.target.authority() != self.plan.target.authority() {
                    keep_credentials_at_home(&mut self.plan);
                }
                self.plan.notes.clone()
            }
            Some(Err(error)) => return Err(self.failure(error, timeline)),
        };
        let plan = &self.plan;
        match handshake::open(&plan.target, &plan.options, &plan.request, &mut timeline) {
            Ok(upgraded) => self.opened(upgraded, timeline, notes),
            Err(error) => Err(self.failure(error, timeline)),
        }
    }

    /// Makes an upgraded connection ready to run.
    fn opened(
        &self,
        upgraded: Upgraded,
        timeline: Timeline,
        mut notes: Vec<String>,
    ) -> Result<Opened, Box<Failure>> {
        let text = |value: &Vec<u8>| String::from_utf8_lossy(value).into_owned();
        let extensions = upgraded.extensions.iter().map(text).collect();
        notes.extend(upgraded.notes.iter().cloned());
        let subprotocol = upgraded.subprotocol.clone();
        match client::link(upgraded) {
            Ok((session, link)) => Ok(Opened {
                session,
                link,
                at: Timestamp::now(),
                evidence: Evidence {
                    target: self.plan.target.clone(),
                    subprotocol,
                    extensions,
                    notes,
                    timeline,
                },
            }),
            Err(error) => Err(self.failure(error, timeline)),
        }
    }

    fn failure(&self, error: Error, timeline: Timeline) -> Box<Failure> {
        Box::new(Failure {
            error,
            timeline,
            target: self.plan.target.clone(),
        })
    }
}

/// What was given for one server is not sent to another, as curl holds it with redirects.
fn keep_credentials_at_home(plan: &mut Plan) {
    let is_secret = |name: &str| {
        name.eq_ignore_ascii_case("authorization") || name.eq_ignore_ascii_case("cookie")
    };
    let request = &mut plan.request;
    request.headers.retain(|header| !is_secret(&header.name));
    request.cookie = None;
    request.authorization = plan.target.userinfo.as_ref().map(Userinfo::basic);
}
