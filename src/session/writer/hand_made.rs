//! Frames of the user's making, and bytes that are sent slowly.

use std::{
    io::{self, Write as _},
    time::Duration,
};

use super::{WriteEnd, Writer};
use crate::{
    input::frame_spec::{FrameSpec, HandMade},
    session::Notice,
};

/// How often a piece is sent when bytes are sent slowly.
const BEAT: Duration = Duration::from_millis(50);

impl Writer {
    /// Sends what a specification says, after everything before it.
    pub(super) fn hand_made(&mut self, spec: &FrameSpec) -> io::Result<Option<WriteEnd>> {
        match spec {
            FrameSpec::Frame(frame) => self.hand_made_frame(frame)?,
            FrameSpec::Raw(bytes) => {
                let from = self.batch.len();
                self.batch.extend_from_slice(bytes);
                self.show(from, None);
                self.flush()?;
            }
            FrameSpec::Pause(time) => {
                self.flush()?;
                self.socket.flush_pending()?;
                self.shared.queue.pause(*time);
            }
        }
        Ok(None)
    }

    fn hand_made_frame(&mut self, frame: &HandMade) -> io::Result<()> {
        self.flush()?;
        let header = frame.encode(self.encoder.draw_key(), &mut self.batch);
        self.show(0, None);
        if header.opcode() <= 2 && !frame.header_only {
            self.counts.messages += u64::from(header.fin());
            self.counts.bytes += frame.payload.len() as u64;
        }
        if let Some(close) = frame.close() {
            self.is_closed = true;
            self.notify.send(Notice::CloseSent(close));
        }
        let Some(rate) = frame.trickle else {
            return self.flush();
        };
        self.outgoing.flush();
        let batch = std::mem::take(&mut self.batch);
        let (header, payload) = batch.split_at(header.bytes().len());
        self.socket.write_all(header)?;
        self.write_slowly(payload, rate)
    }

    /// Writes `bytes` at `rate` bytes a second; stops when the session has ended.
    pub(super) fn write_slowly(&mut self, bytes: &[u8], rate: u64) -> io::Result<()> {
        let beats = u64::from(1000 / BEAT.subsec_millis());
        let piece = usize::try_from(rate / beats).unwrap_or(usize::MAX).max(1);
        let beat = if rate < beats {
            Duration::from_secs(1) / u32::try_from(rate.max(1)).unwrap_or(1)
        } else {
            BEAT
        };
        for piece in bytes.chunks(piece) {
            self.socket.flush_pending()?;
            self.shared.queue.pause(beat);
            if self.shared.queue.has_ended() {
                return Ok(());
            }
            self.socket.write_all(piece)?;
        }
        Ok(())
    }
}
