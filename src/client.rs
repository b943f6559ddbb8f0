//! One run of the client: connect, upgrade, move messages, tell how it ended.

use std::{
    io, thread,
    time::{Duration, Instant},
};

use jiff::Timestamp;

use crate::{
    Ended,
    config::{Config, Stdout},
    error::Error,
    handshake::{
        self, Upgraded,
        extensions::{self, Offer},
    },
    input::Input,
    net::Timeline,
    output::{
        JsonOutput, RawOutput, SharedStream, TerminalOutput,
        again::Again,
        closing::closing_line,
        inspect::{self, Inspector, InspectorHandle, Tolerated},
        json, json_stdout,
        ladder::{Look, Stages, report},
        sanitize::{Layout, visible},
        stderr, stdout,
        talk::Verbosity,
        verbose::account,
        watch::Ticker,
        write_out::Facts,
    },
    repl,
    session::{FrameObserver, Link, Output, Parts, Plan, Session, Summary},
    ws::{DeflateParams, Rule, Strictness},
};

/// How long the last words of a run in haste may take: whoever should read them may have stopped reading.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// Runs the client to its end.
///
/// # Errors
///
/// Why it did not end as asked; what the user must know of it has been said.
pub fn run(mut config: Config) -> Result<(), Error> {
    let started = Instant::now();
    for note in &config.connect.notes {
        config.talk.note(note);
    }
    if let Some(prompt) = config.prompt.take() {
        return repl::run(config, prompt, started);
    }
    let json = match config.stdout {
        Stdout::Json => Some(SharedStream::new(json_stdout().map_err(no_stdout)?)),
        Stdout::Raw | Stdout::Terminal => None,
    };
    let mut timeline = Timeline::new();
    let plan = &config.connect;
    let opened = handshake::open(&plan.target, &plan.options, &plan.request, &mut timeline);
    tell_account(&config, &timeline);
    let ended = opened.and_then(|upgraded| converse(&config, upgraded, started, json.as_ref()));
    let (summary, result) = match ended {
        Ok((summary, opened)) => {
            let told = tell_end(&config, &summary, json.as_ref(), opened);
            (Some(summary), told)
        }
        Err(error) => {
            tell_failure(&config, &timeline, &error);
            (None, Err(error))
        }
    };
    if let (Some(stream), Err(error)) = (json, &result) {
        tell_error(stream, error);
    }
    let facts = Facts {
        timeline: &timeline,
        target: &config.connect.target,
        summary: summary.as_ref(),
        error: result.as_ref().err(),
        total: started.elapsed(),
    };
    write_out(&config, &facts)?;
    result
}

/// Writes what `-w` asks for, whether the run failed or not.
///
/// # Errors
///
/// Standard output or standard error cannot be written.
pub(crate) fn write_out(config: &Config, facts: &Facts<'_>) -> Result<(), Error> {
    let Some(format) = &config.connect.write_out else {
        return Ok(());
    };
    format
        .write(facts, config.stdout == Stdout::Terminal)
        .map_err(no_stdout)
}

/// Says each step of connecting, for `-v`.
pub(crate) fn tell_account(config: &Config, timeline: &Timeline) {
    if config.talk.verbosity == Verbosity::Verbose {
        for line in account(timeline, config.secrets, config.talk.style) {
            config.talk.verbose(&line);
        }
    }
}

/// Says why there is no connection: the verdict, then how far it came.
pub(crate) fn tell_failure(config: &Config, timeline: &Timeline, error: &Error) {
    let talk = &config.talk;
    talk.error(&visible(&error.to_string(), Layout::SingleLine));
    let look = Look {
        style: talk.style,
        width: talk.width,
        secrets: config.secrets,
    };
    let stages = match talk.verbosity {
        Verbosity::Verbose => Stages::Known,
        Verbosity::Normal | Verbosity::Errors | Verbosity::Silent => Stages::Told,
    };
    let again = Again::of(&config.connect, config.secrets);
    for line in report(timeline, error, again, stages, look) {
        talk.say(Verbosity::Normal, &line);
    }
}

/// Moves messages over an open connection to its end; also says when it was open.
fn converse(
    config: &Config,
    upgraded: Upgraded,
    started: Instant,
    json: Option<&SharedStream>,
) -> Result<(Summary, Timestamp), Error> {
    for note in &upgraded.notes {
        config.talk.note(note);
    }
    let opened = Timestamp::now();
    if let Some(stream) = json {
        let mut output = JsonOutput::new(stream.clone(), opened);
        let url = config.secrets.url(&config.connect.target.url());
        let open = json::Open::new(url, &upgraded);
        let told = output.line("open", Duration::ZERO, &open);
        told.and_then(|()| output.flush()).map_err(no_stdout)?;
    }
    let (mut session, link) = link(upgraded)?;
    let shared = session.shared();
    for command in &config.first {
        let _ = shared.queue.push_now(command.clone()); // nobody has ended it yet
    }
    session.catch_signals().map_err(no_descriptors)?;
    let summary = run_session(config, session, link, started, json, opened)?;
    Ok((summary, opened))
}

/// A session that has not begun, and the connection that it is for.
///
/// # Errors
///
/// The server answered an offer that was not made, or the system has no descriptors left.
pub(crate) fn link(upgraded: Upgraded) -> Result<(Session, Link), Error> {
    let deflate = agreed(&upgraded)?;
    let session = Session::new().map_err(no_descriptors)?;
    let shared = session.shared();
    let (read, write, closer) = upgraded
        .stream
        .split(Box::new(move || shared.queue.wake()))
        .map_err(no_descriptors)?;
    let link = Link {
        read,
        write,
        closer,
        leftover: upgraded.leftover,
        deflate,
    };
    Ok((session, link))
}

fn run_session(
    config: &Config,
    session: Session,
    link: Link,
    started: Instant,
    json: Option<&SharedStream>,
    opened: Timestamp,
) -> Result<Summary, Error> {
    let out = || stdout().map_err(no_stdout);
    let frames = inspector(config, json, opened);
    match (config.stdout, json) {
        (Stdout::Json, Some(stream)) => {
            let sent = Box::new(JsonOutput::new(stream.clone(), opened));
            let output = JsonOutput::new(stream.clone(), opened);
            start(config, session, link, started, output, Some(sent), frames)
        }
        (Stdout::Terminal, _) => {
            let output = TerminalOutput::new(out()?);
            start(config, session, link, started, output, None, frames)
        }
        _ => {
            let output = RawOutput::new(out()?, config.framing.clone());
            start(config, session, link, started, output, None, frames)
        }
    }
}

/// Where frames are shown: among the JSON, or on standard error.
fn inspector(
    config: &Config,
    json: Option<&SharedStream>,
    opened: Timestamp,
) -> Option<InspectorHandle> {
    let inspector = Inspector::new(inspect::Options {
        opened: Some(opened),
        ..config.inspect?
    });
    let stream = json.cloned().unwrap_or_else(stderr);
    Some(InspectorHandle::new(inspector, stream))
}

/// Who tells what `--lenient` tolerates, where nothing else does.
fn tolerated(config: &Config) -> Option<Box<dyn FrameObserver>> {
    let is_told = config.stdout == Stdout::Json;
    let is_lenient = config.behaviour.strictness == Strictness::Lenient;
    (is_lenient && !is_told).then(|| Box::new(Tolerated(config.talk)) as _)
}

fn boxed(handle: InspectorHandle) -> Box<dyn FrameObserver> {
    Box::new(handle)
}

fn start<O: Output + 'static>(
    config: &Config,
    session: Session,
    link: Link,
    started: Instant,
    received: O,
    sent: Option<Box<dyn Output>>,
    frames: Option<InspectorHandle>,
) -> Result<Summary, Error> {
    let input = Input::from_process(config.framing.clone(), config.kind, config.input_limit)
        .map_err(no_descriptors)?;
    let parts = Parts {
        received,
        sent,
        received_frames: frames.clone().map(boxed).or_else(|| tolerated(config)),
        sent_frames: frames.clone().map(boxed),
        stalled_frames: frames.map(boxed),
        input: Some(input),
    };
    let _ticker = config
        .progress
        .then(|| Ticker::start(session.shared()))
        .transpose()
        .map_err(no_descriptors)?;
    let deadlines = &config.deadlines;
    let plan = Plan {
        wait: deadlines.wait,
        total: deadlines.total.map(|total| (started + total, total)),
        ping_interval: deadlines.ping_interval,
        ping_timeout: deadlines.ping_timeout,
        close_timeout: deadlines.close_timeout,
        idle_timeout: deadlines.idle_timeout,
    };
    session
        .run(link, parts, config.behaviour.clone(), plan)
        .map_err(no_descriptors)
}

/// What the answer agrees to, held against what was offered: by us, or by the user with `-H`.
fn agreed(upgraded: &Upgraded) -> Result<Option<DeflateParams>, Error> {
    let answer = upgraded.extensions.iter().map(Vec::as_slice);
    match Offer::sent(upgraded.offered.iter().map(String::as_bytes)) {
        Some(offer) => offer
            .agreed(answer)
            .map_err(|error| Error::Handshake(handshake::Error::Compression(error))),
        // taken at its word: it says what both ends keep, as an offer would
        None => Ok(extensions::accept(answer).map(|(_, params)| params)),
    }
}

fn tell_end(
    config: &Config,
    summary: &Summary,
    json: Option<&SharedStream>,
    opened: Timestamp,
) -> Result<(), Error> {
    let talk = &config.talk;
    let unmet = config
        .expectation
        .as_ref()
        .map(|expectation| expectation.unmet(summary.received.messages));
    let error = summary.error(unmet);
    if let Some(error) = error.as_ref().filter(|_| summary.is_in_haste()) {
        leave_after(LAST_WORDS, Ended::by(error))?;
    }
    if let Some(stream) = json {
        let mut output = JsonOutput::new(stream.clone(), opened);
        let told = output.line("end", summary.lasted, &json::Ended::new(summary));
        let _ = told.and_then(|()| output.flush()); // the run is over, whoever reads it
    }
    if summary.cut_a_flow {
        talk.note("messages were still coming when --wait ended it; --wait forever listens on");
    }
    match &error {
        None
        | Some(
            Error::ClosedByPeer(_) | Error::Lost(_) | Error::BrokenPipe | Error::Interrupted(_),
        ) => {}
        Some(error) => talk.error(&error.to_string()),
    }
    if let Some(Error::Protocol(violation)) = &error
        && matches!(violation.rule, Rule::TooBig(_))
    {
        talk.note("--max-message-size sets the limit");
    }
    let is_worth_a_line = match &error {
        None => talk.is_tty || !summary.is_clean(),
        Some(Error::BrokenPipe) => false,
        Some(_) => true,
    };
    let at_least = if is_worth_a_line {
        Verbosity::Normal
    } else {
        Verbosity::Verbose
    };
    talk.say(at_least, &closing_line(summary, talk.style));
    error.map_or(Ok(()), Err)
}

/// Ends the process when `time` has passed, whatever blocks it then.
fn leave_after(time: Duration, ended: Ended) -> Result<(), Error> {
    let body = move || {
        thread::sleep(time);
        ended.leave();
    };
    let thread = thread::Builder::new().name("last words".to_owned());
    thread.spawn(body).map(drop).map_err(no_descriptors)
}

fn tell_error(stream: SharedStream, error: &Error) {
    if matches!(error, Error::BrokenPipe | Error::Interrupted(_)) {
        return;
    }
    let mut output = JsonOutput::new(stream, Timestamp::now());
    let failure = json::Failure::new(error);
    let told = output.line("error", Duration::ZERO, &failure);
    let _ = told.and_then(|()| output.flush()); // standard output may be what failed
}

fn no_stdout(source: io::Error) -> Error {
    if source.kind() == io::ErrorKind::BrokenPipe {
        return Error::BrokenPipe;
    }
    let what = "standard output";
    Error::Io { what, source }
}

fn no_descriptors(source: io::Error) -> Error {
    let what = "starting the session";
    Error::Io { what, source }
}
