//! What each slash command does.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use super::{
    Repl,
    command::{Action, Inspect},
    edit,
    setting::Setting,
    wire::{Next, State},
};
use crate::{
    event::Command,
    input::frame_spec::{FrameSpec, HandMade},
    output::{
        counted,
        inspect::Detail,
        progress::size,
        style::{Role, Style},
    },
    ws::{CloseFrame, Kind},
};

impl Repl {
    pub(super) fn act(&mut self, action: Action) {
        match action {
            Action::Text(text) => self.send_typed(Kind::Text, text.into_bytes()),
            Action::Binary(bytes) => self.send_typed(Kind::Binary, bytes),
            Action::BinaryFile(path) => self.send_file(&path, Some(Kind::Binary)),
            Action::Send(path) => self.send_file(&path, None),
            Action::Ping(payload) => self.ping(payload),
            Action::Pong(payload) => self.send_control(Command::Pong(payload)),
            Action::Close(frame) => self.close(frame),
            Action::Rtt(count) => self.begin_rtt(count),
            Action::Frame(spec) => self.send_control(Command::Frame(*spec)),
            Action::Fragment(count, text) => {
                for frame in fragments(&text, count) {
                    self.send_control(Command::Frame(FrameSpec::Frame(frame)));
                }
            }
            Action::Inspect(inspect) => self.inspect(inspect),
            Action::Headers => {
                self.show_evidence(|evidence, style| evidence.headers(self.config.secrets, style));
            }
            Action::Tls => self.show_evidence(super::dial::Evidence::tls),
            Action::Timeline => self.show_evidence(super::dial::Evidence::timeline),
            Action::Stats => self.show_stats(),
            Action::History(count) => self.show_history(count),
            Action::Save(path) => self.save(path),
            Action::Show(number) => self.show_message(number),
            Action::Set(setting) => self.set(setting),
            Action::Settings => self.show_settings(),
            Action::Edit(text) => self.edit(&text),
            Action::Reconnect => self.connect_to(None),
            Action::Open(url) => self.connect_to(Some(url)),
            Action::Quit => self.leave(),
            Action::Help(command) => self.help(command),
        }
    }

    pub(super) fn send_typed(&mut self, kind: Kind, payload: Vec<u8>) {
        self.send(message(kind, payload), Shown::Already);
    }

    fn send_file(&mut self, path: &Path, kind: Option<Kind>) {
        match read_file(path) {
            Ok(bytes) => {
                let is_text = || std::str::from_utf8(&bytes).is_ok();
                let kind =
                    kind.unwrap_or_else(|| if is_text() { Kind::Text } else { Kind::Binary });
                let note = format!(
                    "sending {} as {}, {}",
                    path.display(),
                    kind.name(),
                    size(bytes.len() as u64)
                );
                self.tell(Role::Dim, &note);
                self.send(message(kind, bytes), Shown::Already);
            }
            Err(error) => self.complain(&format!("{}: {error}", path.display())),
        }
    }

    pub(super) fn send(&mut self, command: Command, shown: Shown) {
        self.feed.expect_sent(shown == Shown::Already);
        let Some(up) = self.wire.up() else {
            return self.keep(command);
        };
        if up.send(command.clone()).is_err() {
            self.keep(command);
        }
    }

    /// While there is no connection: a message waits for the next, or is known to be lost.
    fn keep(&mut self, command: Command) {
        if !self.wire.will_be_up() && !self.feed.settings().reconnect {
            return self.complain("not connected, so that was not sent; /reconnect, or /open URL");
        }
        let waiting: usize = self.kept.iter().map(Command::weight).sum();
        if waiting + command.weight() > MAX_KEPT {
            return self.complain("not sent: too much is waiting for the connection already");
        }
        self.kept.push(command);
        let note = format!(
            "kept until there is a connection, {} waiting",
            self.kept.len()
        );
        self.tell(Role::Dim, &note);
    }

    fn send_control(&self, command: Command) {
        let sent = self.wire.up().map(|up| up.send(command));
        if !matches!(sent, Some(Ok(()))) {
            self.complain("not connected, so that was not sent; /reconnect, or /open URL");
        }
    }

    pub(super) fn ping(&self, payload: Vec<u8>) {
        self.feed.expect_pong(&payload);
        self.send_control(Command::Ping(payload));
    }

    fn close(&mut self, frame: CloseFrame) {
        self.asked_to_close = true;
        self.send_control(Command::Close(frame));
    }

    fn connect_to(&mut self, url: Option<String>) {
        self.wire.backoff.reset();
        match &self.wire.state {
            State::Up(up) => {
                self.asked_to_close = true;
                // Refused where the connection is ending already; the next comes after it anyway.
                let _ = up.send(Command::Close(CloseFrame::new(1000, "")));
                self.wire.next = Some(Next(url));
            }
            State::Dialling => self.wire.next = Some(Next(url)),
            State::Waiting(_) | State::Down => self.dial(url),
        }
    }

    fn inspect(&self, inspect: Inspect) {
        self.frames.show(match inspect {
            Inspect::Switch if self.frames.is_on() => None,
            Inspect::Switch => Some(Detail::Header),
            Inspect::Off => None,
            Inspect::On(detail) => Some(detail),
        });
        let state = if self.frames.is_on() {
            "shown"
        } else {
            "not shown"
        };
        self.tell(Role::Dim, &format!("frames are {state}"));
    }

    fn show_evidence(&self, render: impl Fn(&super::dial::Evidence, Style) -> String) {
        match &self.wire.evidence {
            Some(evidence) => self.screen.show(&render(evidence, self.screen.style())),
            None => self.complain("there has been no connection yet"),
        }
    }

    fn show_stats(&self) {
        let (messages, forgotten) = self.feed.counts();
        let mut text = String::new();
        if let Some(up) = self.wire.up() {
            let open = up.shared.now();
            for (name, counts) in [
                ("received", up.shared.received()),
                ("sent", up.shared.sent()),
            ] {
                let rate = counts.messages as f64 / open.as_secs_f64().max(0.001);
                text.push_str(&format!(
                    "{name:<9}{}, {}, {rate:.1}/s\n",
                    counted(counts.messages, "message"),
                    size(counts.bytes)
                ));
            }
            text.push_str(&format!("{:<9}{}\n", "open", crate::output::seconds(open)));
            if let Some(rtt) = up.shared.last_rtt() {
                text.push_str(&format!(
                    "{:<9}{}\n",
                    "last rtt",
                    super::render::milliseconds(rtt)
                ));
            }
        } else {
            text.push_str("not connected\n");
        }
        text.push_str(&format!(
            "{:<9}{}, {forgotten} forgotten\n",
            "this run",
            counted(messages, "message")
        ));
        self.screen.show(&text);
    }

    fn show_history(&self, count: usize) {
        match self.feed.lines(count) {
            lines if lines.is_empty() => self.tell(Role::Dim, "no messages yet"),
            lines => self.screen.show(&lines),
        }
    }

    fn show_message(&self, number: Option<u64>) {
        if let Some(text) = self.feed.whole(number) {
            return self.screen.show(&text);
        }
        let (count, forgotten) = self.feed.counts();
        let range = match count - forgotten {
            0 => "none is there".to_owned(),
            _ => format!("{} to {count} are there", forgotten + 1),
        };
        match number {
            Some(number) => self.complain(&format!("message {number} is not kept; {range}")),
            None => self.complain("no messages yet"),
        }
    }

    fn save(&self, path: Option<PathBuf>) {
        let Some(path) = path else {
            return match self.feed.stop_saving() {
                true => self.tell(Role::Dim, "no longer saved"),
                false => self.complain("nothing is being saved; /save FILE begins"),
            };
        };
        match self.feed.save_to(&path) {
            Ok(kept) => {
                self.screen.knows_save();
                let (_, forgotten) = self.feed.counts();
                let kept = counted(kept, "message");
                let mut note = format!("{kept} saved to {}, and", path.display());
                if forgotten > 0 {
                    let older = counted(forgotten, "older one");
                    note = format!("{note} {older} no longer held, and");
                }
                note.push_str(" every one from now on; /save off ends it");
                self.tell(Role::Dim, &note);
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                self.complain(&format!(
                    "{} exists already; name a new file",
                    path.display()
                ));
            }
            Err(error) => self.complain(&format!("{}: {error}", path.display())),
        }
    }

    fn set(&self, setting: Setting) {
        self.feed.set(setting);
        if let Setting::Time(_) = setting {
            let time = self.feed.settings().time.name();
            self.tell(Role::Dim, &format!("time {time}"));
        }
    }

    fn show_settings(&self) {
        let settings = self.feed.settings().list();
        let text: String = settings
            .iter()
            .map(|(name, value)| format!("{name:<10}{value}\n"))
            .collect();
        self.screen.show(&text);
    }

    fn edit(&mut self, text: &str) {
        self.screen.hold();
        self.terminal.restore();
        let edited = self.without_interrupts(|repl| edit::message(text, &repl.environment));
        self.terminal.silence();
        self.screen.release();
        match edited {
            Ok(text) if text.is_empty() => self.tell(Role::Dim, "empty, so nothing was sent"),
            Ok(text) => self.send(message(Kind::Text, text.into_bytes()), Shown::Now),
            Err(error) => self.complain(&error),
        }
    }
}

/// Whether what is sent stands on the screen as it was typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shown {
    /// As the line that was entered.
    Already,
    /// Not yet.
    Now,
}

fn message(kind: Kind, payload: Vec<u8>) -> Command {
    Command::Message { kind, payload }
}

/// A text message in so many frames, some of them empty where the text is short.
fn fragments(text: &str, count: usize) -> Vec<HandMade> {
    let mut rest = text;
    let piece = |index| {
        let length = rest.floor_char_boundary(rest.len() / (count - index));
        let (piece, after) = rest.split_at(length);
        rest = after;
        HandMade {
            more: index + 1 < count,
            opcode: u8::from(index == 0),
            payload: piece.as_bytes().to_vec(),
            ..HandMade::default()
        }
    };
    (0..count).map(piece).collect()
}

/// A regular file: a device or a pipe might never end.
fn read_file(path: &Path) -> io::Result<Vec<u8>> {
    let metadata = fs::metadata(path)?;
    if !metadata.is_file() {
        return Err(io::Error::other("not a regular file"));
    }
    if metadata.len() > MAX_FILE {
        let limit = size(MAX_FILE);
        return Err(io::Error::other(format!(
            "longer than {limit}; a pipe sends it: wscope --whole URL <FILE"
        )));
    }
    fs::read(path)
}

/// Bytes of messages that wait for a connection.
const MAX_KEPT: usize = 64 << 20;

/// The longest file that is read into memory.
const MAX_FILE: u64 = 1 << 30;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuts_a_text_between_characters_and_loses_nothing() {
        arbtest::arbtest(|u| {
            let text: String = u.arbitrary()?;
            let count = u.int_in_range(1..=12)?;
            let frames = fragments(&text, count);
            let joined: Vec<u8> = frames
                .iter()
                .flat_map(|frame| frame.payload.clone())
                .collect();
            assert_eq!(joined, text.as_bytes());
            assert_eq!(frames.len(), count);
            assert_eq!(frames[0].opcode, 1);
            assert!(frames[1..].iter().all(|frame| frame.opcode == 0));
            assert!(frames[..count - 1].iter().all(|frame| frame.more));
            assert!(!frames[count - 1].more);
            assert!(
                frames
                    .iter()
                    .all(|frame| std::str::from_utf8(&frame.payload).is_ok())
            );
            Ok(())
        });
    }
}
