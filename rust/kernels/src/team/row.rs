//! Calls in a row: whether one follows another so closely that the helpers are still awake.

use std::sync::Mutex;
use std::time::{Duration, Instant};

/// Most time between two calls of a row: helpers spin for longer than that.
const CLOSE: Duration = Duration::from_micros(20);

/// When the last call ended. Nobody waits for the lock: another thread's call is no part of the row, and in a forked child it
/// may be held for ever.
static ENDED: Mutex<Option<Instant>> = Mutex::new(None);

/// Whether a call that begins now follows closely.
pub(super) fn goes_on() -> bool {
    ENDED.try_lock().is_ok_and(|ended| ended.is_some_and(|ended| ended.elapsed() < CLOSE))
}

/// A call ends now.
pub(super) fn end() {
    if let Ok(mut ended) = ENDED.try_lock() {
        *ended = Some(Instant::now());
    }
}
