//! Calls in a row: whether one follows another so closely that the helpers are still awake.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Most time between two calls of a row: helpers spin for longer than that.
const CLOSE: Duration = Duration::from_micros(20);

/// When the last call ended, in nanoseconds; 0 before the first.
static ENDED: AtomicU64 = AtomicU64::new(0);

/// Whether a call that begins now follows closely.
pub(super) fn goes_on() -> bool {
    let ended = ENDED.load(Ordering::Relaxed);
    ended > 0 && u128::from(now().saturating_sub(ended)) < CLOSE.as_nanos()
}

/// A call ends now.
pub(super) fn end() {
    ENDED.store(now(), Ordering::Relaxed);
}

/// Nanoseconds since some moment, at least 1.
fn now() -> u64 {
    static START: OnceLock<Instant> = OnceLock::new();
    u64::try_from(START.get_or_init(Instant::now).elapsed().as_nanos()).unwrap_or(u64::MAX).saturating_add(1)
}
