//! What waits for the writer thread: messages in order, and a lane that nobody has to wait for.

use std::{
    collections::VecDeque,
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use super::wake::Waker;
use crate::event::Command;

/// Messages wait for room while this many bytes are queued.
const ROOM: usize = 1 << 20;

/// Pongs kept while the writer is busy; RFC 6455 §5.5.3 allows to answer only the latest pings.
const MAX_PONGS: usize = 1024;

/// The connection is closing: nothing more will be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the connection is closed")]
pub struct Gone;

/// The one queue in front of the writer thread; anyone may push.
#[derive(Debug)]
pub struct Queue {
    state: Mutex<State>,
    room: Condvar,
    waker: Waker,
}

#[derive(Debug, Default)]
struct State {
    pongs: VecDeque<Command>,
    commands: VecDeque<Command>,
    weight: usize,
    ended: bool,
}

impl Queue {
    /// An empty queue that wakes the writer by `waker`.
    #[must_use]
    pub fn new(waker: Waker) -> Self {
        Self {
            state: Mutex::default(),
            room: Condvar::new(),
            waker,
        }
    }

    /// Queues a command, and waits for room as long as too much is queued.
    ///
    /// # Errors
    ///
    /// [`Gone`] when the writer has ended.
    pub fn push(&self, command: Command) -> Result<(), Gone> {
        let mut state = self.lock();
        while state.weight > ROOM && !state.ended {
            state = self
                .room
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
        self.append(state, command)
    }

    /// Queues a command without waiting for room: for the few that are small and must not block.
    ///
    /// # Errors
    ///
    /// [`Gone`] when the writer has ended.
    pub fn push_now(&self, command: Command) -> Result<(), Gone> {
        self.append(self.lock(), command)
    }

    /// Queues a pong before everything else and never waits; the oldest gives way when full.
    pub fn push_pong(&self, payload: Vec<u8>) {
        let mut state = self.lock();
        if state.pongs.len() == MAX_PONGS {
            state.pongs.pop_front();
        }
        state.pongs.push_back(Command::Pong(payload));
        drop(state);
        self.waker.wake();
    }

    /// The next command: pongs first, then in order.
    pub fn pop(&self) -> Option<Command> {
        let mut state = self.lock();
        if let Some(pong) = state.pongs.pop_front() {
            return Some(pong);
        }
        let command = state.commands.pop_front()?;
        state.weight -= command.weight();
        if state.weight <= ROOM {
            self.room.notify_all();
        }
        Some(command)
    }

    /// Whether nothing waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let state = self.lock();
        state.pongs.is_empty() && state.commands.is_empty()
    }

    /// Refuses everything from now on, and wakes whoever waits.
    pub fn end(&self) {
        self.lock().ended = true;
        self.room.notify_all();
        self.waker.wake();
    }

    /// Whether [`Queue::end`] was called.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        self.lock().ended
    }

    /// Waits for `time`, or until [`Queue::end`] is called.
    pub fn pause(&self, time: Duration) {
        let state = self.lock();
        let waited = self
            .room
            .wait_timeout_while(state, time, |state| !state.ended);
        drop(waited.unwrap_or_else(PoisonError::into_inner));
    }

    /// Wakes the writer, which looks for work.
    pub fn wake(&self) {
        self.waker.wake();
    }

    /// What the writer sleeps on.
    #[must_use]
    pub fn waker(&self) -> &Waker {
        &self.waker
    }

    fn append(&self, mut state: MutexGuard<'_, State>, command: Command) -> Result<(), Gone> {
        if state.ended {
            return Err(Gone);
        }
        state.weight += command.weight();
        state.commands.push_back(command);
        drop(state);
        self.waker.wake();
        Ok(())
    }

    /// A panic elsewhere leaves the queue usable: each change of it is complete.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ws::Kind;

    fn queue() -> Queue {
        Queue::new(Waker::new().unwrap())
    }

    fn text(payload: &[u8]) -> Command {
        Command::Message {
            kind: Kind::Text,
            payload: payload.to_vec(),
        }
    }

    #[test]
    fn pongs_overtake_messages_and_the_oldest_give_way() {
        let queue = queue();
        queue.push(text(b"a")).unwrap();
        for i in 0..=MAX_PONGS {
            queue.push_pong(i.to_string().into_bytes());
        }
        assert_eq!(queue.pop(), Some(Command::Pong(b"1".to_vec())));
        for _ in 1..MAX_PONGS {
            queue.pop().unwrap();
        }
        assert_eq!(queue.pop(), Some(text(b"a")));
        assert!(queue.is_empty());
    }

    #[test]
    fn a_push_waits_for_room_and_is_freed_when_the_writer_ends() {
        let queue = queue();
        queue.push(text(&vec![0; ROOM + 1])).unwrap();
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| queue.push(text(b"late")));
            queue.push_now(text(b"now")).unwrap();
            queue.end();
            assert_eq!(waiting.join().unwrap(), Err(Gone));
        });
    }
}
