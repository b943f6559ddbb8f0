//! The upgrade, RFC 6455 §4: an HTTP request as raw bytes, the answer as raw bytes, and what is wrong with it.
//!
//! Knows streams and HTTP heads; never looks at frames and prints nothing. Both byte strings are kept whole in the
//! [`Timeline`], for they are the evidence.
//!
//! ```text
//! Request ─ encode ─▶ stream ─▶ response (head) ─┬─ 101 ─ validate ─▶ Upgraded
//!                                                └─ else ─ body ────▶ Error::Refused
//! ```

pub mod cookies;
mod error;
pub mod extensions;
pub mod netrc;
pub mod redirect;
pub mod request;
pub mod response;
mod validate;

use std::time::Duration;

pub use error::{Error, Refusal};
pub use redirect::Redirects;
pub use request::{Header, HeaderValue, HttpVersion, Request};

pub use crate::net::http::{Body, Head};

use crate::net::{
    self, Deadline, Options, Stage, Stream, Target, Timeline, http,
    timeline::{self, Detail},
};
use request::Sent;

/// How long the body of a refusal is waited for: it is evidence, not the answer.
const BODY_WAIT: Duration = Duration::from_secs(1);

/// A connection that speaks WebSocket from here on.
#[derive(Debug)]
pub struct Upgraded {
    /// The connection; its deadline is still set until it is split.
    pub stream: Stream,
    /// What came with the response head: the first bytes of the first frames.
    pub leftover: Vec<u8>,
    /// The subprotocol the server chose.
    pub subprotocol: Option<String>,
    /// The values of `Sec-WebSocket-Extensions` in the request, as they were sent.
    pub offered: Vec<String>,
    /// The values of `Sec-WebSocket-Extensions` in the response, as they came.
    pub extensions: Vec<Vec<u8>>,
    /// The response head.
    pub head: Head,
    /// What is worth a word but no error.
    pub notes: Vec<String>,
}

/// Connects to the target and upgrades, under one deadline, following redirects where that is asked for.
///
/// # Errors
/// The step that failed; the timeline ends with its record.
pub fn open(
    target: &Target,
    options: &Options,
    request: &Request,
    timeline: &mut Timeline,
) -> Result<Upgraded, crate::Error> {
    let deadline = options.deadline(timeline);
    let (mut target, mut options, mut request) = (target.clone(), options.clone(), request.clone());
    for followed in 0.. {
        let stream = net::connect(&target, &options, timeline)?;
        let refusal = match upgrade(stream, &request, deadline, timeline) {
            Err(Error::Refused(refusal)) if request.redirects.most > 0 => refusal,
            result => {
                let mut upgraded = result?;
                upgraded.notes.splice(0..0, overlooked(timeline));
                return Ok(upgraded);
            }
        };
        let Some(location) = redirect::location(&refusal) else {
            return Err(Error::Refused(refusal).into());
        };
        if followed == request.redirects.most {
            let most = request.redirects.most;
            return Err(Error::TooManyRedirects { most, refusal }.into());
        }
        let next = redirect::target(&target, &location)?;
        timeline.redirected(refusal.head.status, &next);
        request = redirect::request(&request, &target, &next);
        if let Some(choose) = &request.redirects.choose_proxy {
            options.proxy = choose(&next).map_err(crate::Error::Usage)?;
        }
        target = next;
    }
    unreachable!("the loop counts up to the limit and ends there")
}

/// What `-k` and `--proxy-insecure` have gone past; what to do about it, behind the semicolon, is for a failure.
fn overlooked(timeline: &Timeline) -> Vec<String> {
    let faults = timeline
        .steps()
        .iter()
        .filter_map(|step| match &step.detail {
            Detail::Tls(record) => record
                .certificate_fault
                .as_ref()
                .map(|fault| (record, fault)),
            _ => None,
        });
    faults
        .map(|(record, fault)| {
            let fault = fault
                .split_once("; ")
                .map_or(fault.as_str(), |(fault, _)| fault);
            format!("TLS with {} goes on although {fault}", record.name)
        })
        .collect()
}

/// Sends the request and validates the answer.
///
/// # Errors
/// What is wrong with the answer, each defect its own variant.
pub fn upgrade(
    mut stream: Stream,
    request: &Request,
    deadline: Deadline,
    timeline: &mut Timeline,
) -> Result<Upgraded, Error> {
    let step = Timeline::begin(Stage::Upgrade);
    let sent = request.encode();
    stream.set_deadline(Some(deadline.at()));
    let mut record = timeline::Upgrade {
        request: sent.bytes.clone(),
        ..timeline::Upgrade::default()
    };
    let result = exchange(&mut stream, &sent, deadline, &mut record);
    let agreed = result.map_err(|error| error.with_deadline(deadline));
    timeline.end_with(step, Detail::Upgrade(Box::new(record)), &agreed);
    let (agreed, leftover, head, notes) = agreed?;
    let offered = sent.values("Sec-WebSocket-Extensions");
    Ok(Upgraded {
        stream,
        leftover,
        subprotocol: agreed.subprotocol,
        offered: offered.map(str::to_owned).collect(),
        extensions: agreed.extensions,
        head,
        notes,
    })
}

type Agreed = (validate::Agreed, Vec<u8>, Head, Vec<String>);

fn exchange(
    stream: &mut Stream,
    sent: &Sent,
    deadline: Deadline,
    record: &mut timeline::Upgrade,
) -> Result<Agreed, Error> {
    http::send(stream, &sent.bytes).map_err(|error| Error::from_io(error, 0))?;
    let mut reader = response::Reader::new(&mut *stream);
    let result = reader.final_head(&mut record.notes);
    let (head, leftover) = match result {
        Ok(head) => (head, reader.into_leftover()),
        Err(error) => {
            record.response = reader.into_leftover();
            return Err(error);
        }
    };
    record.response.clone_from(&head.bytes);
    record.status = Some(head.status);
    if head.status != 101 {
        let body = http::body::read(stream, leftover, &head, deadline.at_most(BODY_WAIT));
        record.body.clone_from(&body.bytes);
        return Err(Error::Refused(Box::new(Refusal { head, body })));
    }
    if head.minor_version == 0 {
        record
            .notes
            .push("the server answered 101 in HTTP/1.0; RFC 6455 §4.1 wants HTTP/1.1".to_owned());
    }
    let agreed = validate::validate(sent, &head, &mut record.notes)?;
    Ok((agreed, leftover, head, record.notes.clone()))
}
