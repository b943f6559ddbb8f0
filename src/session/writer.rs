//! The writer thread: commands and standard input → frames → socket.

mod hand_made;

use std::{
    io::{self, IoSlice, Write as _},
    sync::Arc,
    time::Duration,
};

use super::{Counts, FrameObserver, Notice, Notify, Output, Shared, wake::Woken};
use crate::{
    event::{Command, Direction, Event},
    input::{Input, InputError, Piece},
    net::WriteHalf,
    ws::{
        CloseFrame, DeflateParams, Deflater, Encoder, FrameContext, Header, Kind, MessagePosition,
        Place, Role,
    },
};

/// Frames are gathered up to this many bytes before they are written: those of a block of input.
const BATCH: usize = 320 * 1024;

/// From this size on a payload is masked and written where it lies.
const LARGE: usize = 64 * 1024;

/// A batch with a large message in it is written in blocks, so that its progress can be seen.
const BLOCK: usize = 1 << 20;

/// What is kept of the batch's memory after a large message.
const KEEP: usize = 1 << 20;

/// Why the writer thread ended.
#[derive(Debug)]
pub(crate) enum WriteEnd {
    /// Our Close frame was its last.
    Closed,
    /// The session is over.
    Ended,
    /// The socket failed.
    Failed(io::Error),
}

pub(super) struct Writer {
    socket: WriteHalf,
    encoder: Encoder,
    batch: Vec<u8>,
    counts: Counts,
    outgoing: Outgoing,
    trickle: Option<u64>,
    /// A Close frame of the user's making is on its way: only more of those follow it.
    is_closed: bool,
    shared: Arc<Shared>,
    notify: Notify,
}

/// Why the input loop stops early.
enum Stop {
    Input(InputError),
    Socket(io::Error),
}

impl From<InputError> for Stop {
    fn from(error: InputError) -> Self {
        Self::Input(error)
    }
}

impl Writer {
    pub(super) fn new(
        socket: WriteHalf,
        deflate: Option<DeflateParams>,
        shared: Arc<Shared>,
        notify: Notify,
        output: Option<Box<dyn Output>>,
        observer: Option<Box<dyn FrameObserver>>,
        trickle: Option<u64>,
    ) -> Self {
        let deflater = deflate.map(|params| {
            Deflater::new(
                params.client_max_window_bits,
                !params.client_no_context_takeover,
            )
        });
        Self {
            socket,
            encoder: Encoder::new(Role::Client, deflater),
            batch: Vec::with_capacity(BATCH + LARGE),
            counts: Counts::default(),
            outgoing: Outgoing {
                output,
                observer,
                position: None,
                offset: 0,
            },
            trickle,
            is_closed: false,
            shared,
            notify,
        }
    }

    pub(super) fn run(mut self, mut input: Option<Input>) {
        let end = self.work(&mut input).unwrap_or_else(WriteEnd::Failed);
        self.shared.queue.end();
        self.notify.send(Notice::WriterEnded(end));
    }

    fn work(&mut self, input: &mut Option<Input>) -> io::Result<WriteEnd> {
        loop {
            while let Some(command) = self.shared.queue.pop() {
                if let Some(end) = self.carry_out(command)? {
                    return Ok(end);
                }
            }
            self.flush()?;
            self.socket.flush_pending()?;
            if self.is_closed {
                return Ok(WriteEnd::Closed);
            }
            if self.shared.queue.has_ended() {
                return Ok(WriteEnd::Ended);
            }
            let waker = self.shared.queue.waker();
            if waker.sleep(input.as_mut().map(|input| &mut input.stdin), None)? == Woken::Input
                && let Some(open) = input
                && !self.take_input(open)?
            {
                *input = None;
            }
        }
    }

    fn carry_out(&mut self, command: Command) -> io::Result<Option<WriteEnd>> {
        let from = self.batch.len();
        match command {
            Command::Frame(spec) => return self.hand_made(&spec),
            _ if self.is_closed => return Ok(None),
            Command::Message { kind, payload } => {
                let mut payload = payload;
                return self.message(kind, &mut payload).map(|()| None);
            }
            Command::Ping(payload) => {
                self.encoder.frame(true, 0, 9, &payload, &mut self.batch);
                self.show(from, None);
                self.outgoing.ping(self.shared.now(), &payload);
                self.shared.ping_sent(payload);
            }
            Command::Pong(payload) => {
                self.encoder.frame(true, 0, 10, &payload, &mut self.batch);
                self.show(from, None);
                self.outgoing.pong(self.shared.now(), &payload);
            }
            Command::Close(frame) => {
                let payload = frame.payload();
                self.encoder.frame(true, 0, 8, &payload, &mut self.batch);
                self.show(from, None);
                self.outgoing.close(self.shared.now(), &frame);
                // told first: the peer's answer must not overtake it on its way to the clock
                self.notify.send(Notice::CloseSent(frame));
                self.flush()?;
                self.socket.flush_pending()?;
                return Ok(Some(WriteEnd::Closed));
            }
        }
        self.flush_when_full()?;
        Ok(None)
    }

    /// Reads one block of standard input and sends what it completes; `false` at its end.
    fn take_input(&mut self, input: &mut Input) -> io::Result<bool> {
        let splitter = &mut input.splitter;
        let length = match input.stdin.read(splitter.space()) {
            Ok(length) => length,
            Err(error) => {
                self.notify.send(Notice::InputFailed(format!(
                    "standard input cannot be read: {error}"
                )));
                return Ok(false);
            }
        };
        splitter.filled(length);
        let kind = splitter.kind();
        let taken = splitter.take(length == 0, |piece| {
            match piece {
                Piece::Message(payload) => self.message(kind, payload),
                Piece::Fragment(place, payload) => self.fragment(kind, place, payload),
            }
            .map_err(Stop::Socket)
        });
        match taken {
            Ok(()) => self.flush()?,
            Err(Stop::Socket(error)) => return Err(error),
            Err(Stop::Input(error)) => {
                self.flush()?;
                self.notify.send(Notice::InputFailed(error.to_string()));
                return Ok(false);
            }
        }
        if length == 0 && !splitter.is_untouched() {
            self.notify.send(Notice::InputEnded);
        }
        Ok(length > 0)
    }

    #[inline]
    fn message(&mut self, kind: Kind, payload: &mut [u8]) -> io::Result<()> {
        if self.outgoing.is_watched() {
            let from = self.batch.len();
            self.encoder.message(kind, payload, &mut self.batch);
            self.show(from, Some(payload.len()));
            self.outgoing.message(self.shared.now(), kind, payload);
        } else if payload.len() < LARGE || !self.send_beside(kind, Place::WHOLE, payload)? {
            self.encoder.message(kind, payload, &mut self.batch);
        }
        self.counts.messages += 1;
        self.counts.bytes += payload.len() as u64;
        self.flush_when_full()
    }

    fn fragment(&mut self, kind: Kind, place: Place, payload: &mut [u8]) -> io::Result<()> {
        if self.outgoing.is_watched() || !self.send_beside(kind, place, payload)? {
            let from = self.batch.len();
            self.encoder.fragment(kind, place, payload, &mut self.batch);
            self.show(from, Some(payload.len()));
        }
        self.counts.messages += u64::from(place.last);
        self.counts.bytes += payload.len() as u64;
        self.flush_when_full()
    }

    /// Sends a large frame without copying it; false where it has to be copied.
    fn send_beside(&mut self, kind: Kind, place: Place, payload: &mut [u8]) -> io::Result<bool> {
        let out = &mut self.batch;
        if self.trickle.is_some() || !self.encoder.frame_beside(kind, place, payload, out) {
            return Ok(false);
        }
        let (first, rest) = payload.split_at(payload.len().min(BLOCK));
        let mut parts = &mut [IoSlice::new(out), IoSlice::new(first)][..];
        while !parts.is_empty() {
            match self.socket.write_vectored(parts) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(written) => IoSlice::advance_slices(&mut parts, written),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        self.batch.clear();
        let mut sent = first.len();
        self.shared.note_sending(sent, payload.len());
        for block in rest.chunks(BLOCK) {
            self.socket.write_all(block)?;
            sent += block.len();
            self.shared.note_sending(sent, payload.len());
        }
        Ok(true)
    }

    /// Shows the frame that was encoded at `from`; `plain` is its length before deflating.
    fn show(&mut self, from: usize, plain: Option<usize>) {
        let at = self.shared.now();
        self.outgoing.frame(at, &self.batch[from..], plain);
    }

    fn flush_when_full(&mut self) -> io::Result<()> {
        if self.batch.len() < BATCH {
            return Ok(());
        }
        self.flush()
    }

    /// Says what is about to be sent, so that an answer never stands before it, and sends it.
    fn flush(&mut self) -> io::Result<()> {
        if !self.batch.is_empty() {
            self.outgoing.flush();
            match self.trickle {
                None => self.write_batch()?,
                Some(rate) => {
                    let batch = std::mem::take(&mut self.batch);
                    self.write_slowly(&batch, rate)?;
                    self.batch = batch;
                }
            }
            self.batch.clear();
            self.batch.shrink_to(KEEP);
        }
        self.shared.add_sent(std::mem::take(&mut self.counts));
        Ok(())
    }

    fn write_batch(&mut self) -> io::Result<()> {
        for (index, block) in self.batch.chunks(BLOCK).enumerate() {
            self.socket.write_all(block)?;
            self.shared
                .note_sending(index * BLOCK + block.len(), self.batch.len());
        }
        Ok(())
    }
}

/// Who is told what is sent.
struct Outgoing {
    output: Option<Box<dyn Output>>,
    observer: Option<Box<dyn FrameObserver>>,
    position: Option<MessagePosition>,
    offset: u64,
}

impl Outgoing {
    fn is_watched(&self) -> bool {
        self.output.is_some() || self.observer.is_some()
    }

    fn event(&mut self, event: &Event<'_>) {
        self.hand_over_frames();
        if let Some(output) = &mut self.output
            && output.event(event).is_err()
        {
            self.output = None; // the reader writes to the same stream, and reports it
        }
    }

    /// Frames that are told among the events stand before what they mean.
    fn hand_over_frames(&mut self) {
        if let (Some(observer), Some(output)) = (&mut self.observer, &mut self.output)
            && observer.hand_over(&mut **output).is_err()
        {
            self.output = None;
        }
    }

    fn message(&mut self, at: Duration, kind: Kind, payload: &[u8]) {
        self.event(&Event::Message {
            direction: Direction::Sent,
            at,
            kind,
            payload,
        });
    }

    fn ping(&mut self, at: Duration, payload: &[u8]) {
        self.event(&Event::Ping {
            direction: Direction::Sent,
            at,
            payload,
        });
    }

    fn pong(&mut self, at: Duration, payload: &[u8]) {
        self.event(&Event::Pong {
            direction: Direction::Sent,
            at,
            payload,
            rtt: None,
        });
    }

    fn close(&mut self, at: Duration, frame: &CloseFrame) {
        self.event(&Event::Close {
            direction: Direction::Sent,
            at,
            frame,
        });
    }

    /// Shows one frame as it was encoded.
    fn frame(&mut self, at: Duration, bytes: &[u8], plain: Option<usize>) {
        let offset = self.offset;
        self.offset += bytes.len() as u64;
        if self.observer.is_none() {
            return;
        }
        let Some(header) = Header::parse(bytes) else {
            return;
        };
        let payload = &bytes[header.bytes().len()..];
        let plain = plain.unwrap_or(payload.len()) as u64;
        let message = self.next_position(&header, payload.len() as u64, plain);
        let context = FrameContext {
            header,
            offset,
            message,
        };
        if let Some(observer) = &mut self.observer {
            observer.whole_frame(Direction::Sent, at, &context, payload);
        }
    }

    fn next_position(
        &mut self,
        header: &Header,
        length: u64,
        plain: u64,
    ) -> Option<MessagePosition> {
        let kind = match header.opcode() {
            0 => None,
            1 => Some(Kind::Text),
            2 => Some(Kind::Binary),
            _ => return None,
        };
        let mut position = match (kind, self.position) {
            (None, Some(position)) => position,
            (kind, _) => MessagePosition {
                kind: kind.unwrap_or(Kind::Binary),
                fragment: 0,
                size: 0,
                compressed: header.rsv1(),
                inflated: 0,
            },
        };
        position.fragment += 1;
        position.size += length;
        position.inflated += plain;
        self.position = (!header.fin()).then_some(position);
        Some(position)
    }

    fn flush(&mut self) {
        self.hand_over_frames();
        if let Some(observer) = &mut self.observer {
            observer.flush();
        }
        if let Some(output) = &mut self.output
            && output.flush().is_err()
        {
            self.output = None;
        }
    }
}
