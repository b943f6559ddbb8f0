//! What goes over the connection, on its way to the screen, to memory and to a file.
//!
//! The reader and the writer thread each hold a [`Tap`]; what both share is the [`Feed`]. Its
//! lock is taken before the screen's, never after.

use std::{
    collections::VecDeque,
    fs::File,
    io,
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc},
    time::Duration,
};

use jiff::{Timestamp, tz::TimeZone};

use super::{
    happening::Happening,
    render::Renderer,
    screen::Screen,
    setting::{Setting, Settings, TimeMode},
    transcript::{Entry, Transcript},
};
use crate::{
    event::{Direction, Event},
    output::{
        JsonOutput, SharedStream,
        style::{Role, Style},
        terminal_width,
    },
    session::Output,
    ws::{Kind, Severity},
};

/// The part that both threads and the prompt share.
#[derive(Debug)]
pub struct Feed {
    state: Mutex<State>,
    screen: Arc<Screen>,
    happenings: mpsc::Sender<Happening>,
}

#[derive(Debug)]
struct State {
    settings: Settings,
    transcript: Transcript,
    save: Option<Save>,
    saves: u64,
    /// When the message before was shown, for `/time delta`.
    previous: Option<Timestamp>,
    /// For each message that waits to be sent: whether the user has typed it just so.
    typed: VecDeque<bool>,
    /// Pings of the user's, whose pongs are shown and measured whatever is set.
    pings: VecDeque<Vec<u8>>,
    time_zone: TimeZone,
}

#[derive(Clone, Debug)]
struct Save {
    number: u64,
    stream: SharedStream,
}

impl Feed {
    /// A feed to `screen`; pongs to the user's pings are told as happenings.
    #[must_use]
    pub fn new(
        settings: Settings,
        screen: Arc<Screen>,
        happenings: mpsc::Sender<Happening>,
    ) -> Self {
        Self {
            state: Mutex::new(State {
                settings,
                transcript: Transcript::default(),
                save: None,
                saves: 0,
                previous: None,
                typed: VecDeque::new(),
                pings: VecDeque::new(),
                time_zone: TimeZone::system(),
            }),
            screen,
            happenings,
        }
    }

    /// The two taps of a connection that was opened now: for the reader and for the writer.
    #[must_use]
    pub fn taps(self: &Arc<Self>, opened: Timestamp) -> (Tap, Tap) {
        let tap = || Tap {
            feed: Arc::clone(self),
            opened,
            save: None,
        };
        // What an earlier connection has not sent is not sent on this one.
        self.lock().typed.clear();
        (tap(), tap())
    }

    /// What is set now.
    #[must_use]
    pub fn settings(&self) -> Settings {
        self.lock().settings
    }

    /// Changes a setting.
    pub fn set(&self, setting: Setting) {
        self.lock().settings.apply(setting);
    }

    /// A message is about to be queued; one that was typed as it is need not be shown again.
    pub fn expect_sent(&self, was_typed: bool) {
        self.lock().typed.push_back(was_typed);
    }

    /// A ping of the user's is about to be queued.
    pub fn expect_pong(&self, payload: &[u8]) {
        let mut state = self.lock();
        if state.pings.len() == MAX_PINGS {
            state.pings.pop_front();
        }
        state.pings.push_back(payload.to_vec());
    }

    /// One message as text, whole; `None` where it is not kept.
    #[must_use]
    pub fn whole(&self, number: Option<u64>) -> Option<String> {
        let state = self.lock();
        let number = number.unwrap_or_else(|| state.transcript.count());
        let entry = state.transcript.entry(number)?;
        let payload = entry.payload.to_vec();
        let entry = Entry {
            payload: &payload,
            ..entry
        };
        let renderer = self.renderer(&state);
        drop(state); // a long message takes its time, and more must be able to come
        Some(renderer.whole(&entry, ""))
    }

    /// The latest messages, one a line.
    #[must_use]
    pub fn lines(&self, count: usize) -> String {
        let state = self.lock();
        let renderer = self.renderer(&state);
        let line = |entry: Entry<'_>| {
            let stamp = clock(entry.opened, entry.at, &state.time_zone);
            renderer.line(&entry, &stamp)
        };
        state.transcript.latest(count).map(line).collect()
    }

    /// How many messages there were, and how many of them are no longer kept.
    #[must_use]
    pub fn counts(&self) -> (u64, u64) {
        let state = self.lock();
        (state.transcript.count(), state.transcript.forgotten())
    }

    /// Writes what is kept to a new file, and everything from now on; says how much is there.
    ///
    /// # Errors
    ///
    /// The file exists already, or cannot be written.
    pub fn save_to(&self, path: &Path) -> io::Result<u64> {
        let file = File::create_new(path)?;
        let stream = SharedStream::new(Box::new(file));
        // Held while the file is written: no message may fall between the old ones and the new.
        let mut state = self.lock();
        let mut kept = 0;
        let mut output = None;
        for entry in state.transcript.latest(usize::MAX) {
            let output = output_of(&mut output, &stream, entry.opened);
            write(output, entry.direction, entry.at, entry.kind, entry.payload)?;
            kept += 1;
        }
        if let Some((_, mut output)) = output {
            output.flush()?;
        }
        state.saves += 1;
        let number = state.saves;
        state.save = Some(Save { number, stream });
        Ok(kept)
    }

    /// Ends the writing; says whether there was any.
    pub fn stop_saving(&self) -> bool {
        self.lock().save.take().is_some()
    }

    fn renderer(&self, state: &State) -> Renderer {
        Renderer {
            settings: state.settings,
            style: self.screen.style(),
            columns: terminal_width().unwrap_or(80),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// The pong to a ping of the user's, which then no longer waits for one.
    fn asked_pong(&mut self, event: &Event<'_>) -> Option<Happening> {
        let Event::Pong {
            payload,
            rtt: Some(rtt),
            ..
        } = *event
        else {
            return None;
        };
        let index = self.pings.iter().position(|ping| ping == payload)?;
        self.pings.remove(index);
        let payload = payload.to_vec();
        Some(Happening::Pong { payload, rtt })
    }

    fn stamp(&mut self, opened: Timestamp, at: Duration) -> String {
        let now = opened.checked_add(at).unwrap_or(opened);
        let previous = self.previous.replace(now).unwrap_or(now);
        match self.settings.time {
            TimeMode::Off => String::new(),
            TimeMode::Clock => clock(opened, at, &self.time_zone),
            TimeMode::Delta => {
                let seconds = now.duration_since(previous).as_secs_f64();
                format!("{seconds:+9.3} ")
            }
        }
    }
}

/// One thread's way to the feed.
#[derive(Debug)]
pub struct Tap {
    feed: Arc<Feed>,
    opened: Timestamp,
    save: Option<(u64, JsonOutput)>,
}

impl Tap {
    fn record(&mut self, direction: Direction, at: Duration, kind: Kind, payload: &[u8]) {
        let feed = Arc::clone(&self.feed);
        let mut state = feed.lock();
        let opened = self.opened;
        let number = state.transcript.push(direction, opened, at, kind, payload);
        self.follow(state.save.as_ref());
        let is_typed = direction == Direction::Sent
            && state.typed.pop_front().unwrap_or(false)
            && state.settings.time == TimeMode::Off;
        if !is_typed && feed.screen.admits(payload.len()) {
            let stamp = state.stamp(opened, at);
            let renderer = feed.renderer(&state);
            drop(state);
            let entry = Entry {
                number,
                direction,
                opened,
                at,
                kind,
                payload,
            };
            feed.screen.show_message(&renderer.message(&entry, &stamp));
        } else {
            drop(state);
        }
        self.write(|output| write(output, direction, at, kind, payload));
    }

    fn control(&mut self, event: &Event<'_>) {
        let feed = Arc::clone(&self.feed);
        let mut state = feed.lock();
        self.follow(state.save.as_ref());
        let asked = state.asked_pong(event);
        let text = self.control_text(&feed, &mut state, event, asked.is_some());
        drop(state);
        if let Some(text) = text {
            feed.screen.show(&text);
        }
        // Not before: what the prompt says of the pong stands below it.
        if let Some(pong) = asked {
            let _ = feed.happenings.send(pong);
        }
        self.write(|output| output.event(event));
    }

    fn control_text(
        &self,
        feed: &Feed,
        state: &mut State,
        event: &Event<'_>,
        was_asked: bool,
    ) -> Option<String> {
        let renderer = feed.renderer(state);
        let shown = state.settings.pings && feed.screen.admits(0);
        match *event {
            Event::Message { .. } => None,
            Event::Ping {
                direction,
                at,
                payload,
            } => {
                let is_ours =
                    direction == Direction::Sent && state.pings.iter().any(|ping| ping == payload);
                let stamp = state.stamp(self.opened, at);
                (shown && !is_ours)
                    .then(|| renderer.control(direction, "ping", payload, None, &stamp))
            }
            Event::Pong {
                direction,
                at,
                payload,
                rtt,
            } => {
                let stamp = state.stamp(self.opened, at);
                (shown || was_asked)
                    .then(|| renderer.control(direction, "pong", payload, rtt, &stamp))
            }
            Event::Close {
                direction,
                at,
                frame,
            } => {
                let stamp = state.stamp(self.opened, at);
                Some(renderer.close(direction, frame, &stamp))
            }
            Event::Violation {
                violation,
                severity,
                ..
            } => Some(broken(violation, severity, renderer.style)),
        }
    }

    /// Takes up the file that `/save` has named since the last event.
    fn follow(&mut self, save: Option<&Save>) {
        let current = self.save.as_ref().map(|(number, _)| *number);
        if save.map(|save| save.number) == current {
            return;
        }
        if let Some((_, output)) = &mut self.save {
            let _ = output.flush(); // what failed was told when it failed
        }
        self.save = save.map(|save| {
            let output = JsonOutput::new(save.stream.clone(), self.opened);
            (save.number, output)
        });
    }

    /// Writes to the file, if there is one; a failure ends the saving, not the session.
    fn write(&mut self, write: impl FnOnce(&mut JsonOutput) -> io::Result<()>) {
        let Some((number, output)) = &mut self.save else {
            return;
        };
        if let Err(error) = write(output) {
            let number = *number;
            self.save = None;
            let mut state = self.feed.lock();
            if state
                .save
                .as_ref()
                .is_some_and(|save| save.number == number)
            {
                state.save = None;
                drop(state);
                let text = format!("/save has ended, the file cannot be written: {error}");
                let style = self.feed.screen.style();
                self.feed
                    .screen
                    .show(&style.paint(Role::Error, text).to_string());
            }
        }
    }
}

impl Output for Tap {
    fn message(&mut self, at: Duration, kind: Kind, payload: &[u8]) -> io::Result<()> {
        self.record(Direction::Received, at, kind, payload);
        Ok(())
    }

    fn event(&mut self, event: &Event<'_>) -> io::Result<()> {
        match *event {
            Event::Message {
                direction,
                at,
                kind,
                payload,
            } => self.record(direction, at, kind, payload),
            _ => self.control(event),
        }
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.write(JsonOutput::flush);
        Ok(())
    }
}

fn write(
    output: &mut JsonOutput,
    direction: Direction,
    at: Duration,
    kind: Kind,
    payload: &[u8],
) -> io::Result<()> {
    output.event(&Event::Message {
        direction,
        at,
        kind,
        payload,
    })
}

/// The output for a connection that was opened then; entries of one stand together.
fn output_of<'a>(
    output: &'a mut Option<(Timestamp, JsonOutput)>,
    stream: &SharedStream,
    opened: Timestamp,
) -> &'a mut JsonOutput {
    if output.as_ref().is_none_or(|(of, _)| *of != opened) {
        if let Some((_, previous)) = output {
            let _ = previous.flush(); // a failure comes back with the next write
        }
        *output = None;
    }
    let (_, output) =
        output.get_or_insert_with(|| (opened, JsonOutput::new(stream.clone(), opened)));
    output
}

fn broken(violation: &crate::ws::Violation, severity: Severity, style: Style) -> String {
    let role = match severity {
        Severity::Fatal => Role::Error,
        Severity::Tolerated => Role::Warning,
    };
    style.paint(role, violation.to_string()).to_string()
}

fn clock(opened: Timestamp, at: Duration, zone: &TimeZone) -> String {
    let time = opened.checked_add(at).unwrap_or(opened);
    let local = time.to_zoned(zone.clone());
    format!("{} ", local.strftime("%H:%M:%S%.3f"))
}

/// Pings whose pongs may still come.
const MAX_PINGS: usize = 128;

#[cfg(test)]
mod tests {
    use std::{sync::mpsc::sync_channel, thread};

    use super::*;

    #[test]
    fn shows_a_pong_before_it_tells_of_it() {
        const PONGS: usize = 2_000;
        let (nudge, _nudged) = sync_channel(1);
        let screen = Arc::new(Screen::new(Style::PLAIN, nudge));
        screen.begin_editing();
        let (tell, happenings) = mpsc::channel();
        let feed = Arc::new(Feed::new(Settings::default(), Arc::clone(&screen), tell));
        let (mut tap, _) = feed.taps(Timestamp::now());
        let reader = thread::spawn(move || {
            for _ in 0..PONGS {
                feed.expect_pong(b"rtt 1");
                let pong = Event::Pong {
                    direction: Direction::Received,
                    at: Duration::ZERO,
                    payload: b"rtt 1",
                    rtt: Some(Duration::from_millis(1)),
                };
                tap.event(&pong).unwrap();
            }
        });
        let mut shown = 0;
        for told in 1..=PONGS {
            happenings.recv().unwrap();
            shown += screen.above().matches("pong").count();
            assert!(shown >= told, "{shown} shown when {told} were told of");
        }
        reader.join().unwrap();
    }
}
