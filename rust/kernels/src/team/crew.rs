//! The protocol between a leader and its helpers: one job at a time, claimed chunk by chunk.
//!
//! The *ticket* packs the job's number (high half) and how many of its chunks are unclaimed (low half). Claiming is a
//! compare-and-swap that takes one off. A helper reads the job's fields only after a claim succeeded: until that chunk
//! is reported done the leader cannot return, so the fields stand and what they point to is alive.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::place::Thread;

/// How long a helper spins for the next job before it sleeps: longer than the gaps between the kernels of a step.
const SPIN: Duration = Duration::from_micros(40);

/// Polls between two looks at the clock: a pause takes up to 140 cycles, a look some 50.
const POLLS: u32 = 16;

type Chunk<'a> = &'a (dyn Fn(usize) + Sync);

/// What leader and helpers share.
#[derive(Debug, Default)]
pub(super) struct Crew {
    ticket: AtomicU64,
    total: AtomicUsize,
    /// Points to a `Chunk` on the leader's stack, alive while a chunk of the job is unfinished.
    job: AtomicPtr<()>,
    /// Chunks taken from the front, and from the back.
    front: AtomicUsize,
    back: AtomicUsize,
    done: AtomicUsize,
    panicked: AtomicBool,
    closed: AtomicBool,
    asleep: AtomicUsize,
    /// Whether a job is at work.
    leading: AtomicBool,
    /// The helpers that sleep.
    sleepers: Mutex<Vec<Thread>>,
    wake: Condvar,
}

impl Crew {
    /// The leader's side: publishes a job, works on it, returns when every chunk is done.
    pub(super) fn run(&self, chunks: usize, chunk: Chunk<'_>) {
        assert!(u32::try_from(chunks).is_ok(), "a job of {chunks} chunks");
        if self.leading.swap(true, Ordering::Acquire) {
            // The fields hold one job: one within another, or beside it on another thread, runs where it is.
            return (0..chunks).for_each(chunk);
        }
        self.job.store((&raw const chunk).cast_mut().cast(), Ordering::Relaxed);
        self.total.store(chunks, Ordering::Relaxed);
        self.front.store(0, Ordering::Relaxed);
        self.back.store(0, Ordering::Relaxed);
        self.done.store(0, Ordering::Relaxed);
        let number = (self.ticket.load(Ordering::Relaxed) >> 32).wrapping_add(1);
        // SeqCst orders this store before the look at `asleep`; `sleep` does the two the other way round.
        self.ticket.store((number << 32) | chunks as u64, Ordering::SeqCst);
        if self.asleep.load(Ordering::SeqCst) > 0 {
            let sleepers = self.sleepers.lock().unwrap_or_else(PoisonError::into_inner);
            Thread::keep_apart(&sleepers);
            self.wake.notify_all();
        }
        while self.work_once(true) {}
        self.wait_until_done(chunks);
        let panicked = self.panicked.swap(false, Ordering::Relaxed);
        self.leading.store(false, Ordering::Release);
        assert!(!panicked, "a parallel chunk panicked");
    }

    /// A helper's side: works until the crew is closed.
    pub(super) fn help(&self) {
        let (mut idle_since, mut polls) = (None, 0_u32);
        while !self.closed.load(Ordering::Acquire) {
            if self.work_once(false) {
                idle_since = None;
                continue;
            }
            std::hint::spin_loop();
            polls += 1;
            if !polls.is_multiple_of(POLLS) {
                continue;
            }
            let since = *idle_since.get_or_insert_with(Instant::now);
            if since.elapsed() > SPIN {
                self.sleep();
                idle_since = None;
            }
        }
    }

    /// Sends the helpers home.
    pub(super) fn close(&self) {
        self.closed.store(true, Ordering::SeqCst);
        let _guard = self.sleepers.lock().unwrap_or_else(PoisonError::into_inner);
        self.wake.notify_all();
    }

    /// Claims one chunk and runs it; false when none is left. The leader takes the first ones and helpers the last, so that in the
    /// next job like it a thread meets its own data again.
    fn work_once(&self, leads: bool) -> bool {
        if !self.claim() {
            return false;
        }
        let index = if leads {
            self.front.fetch_add(1, Ordering::Relaxed)
        } else {
            self.total.load(Ordering::Relaxed) - 1 - self.back.fetch_add(1, Ordering::Relaxed)
        };
        let job = self.job.load(Ordering::Relaxed).cast::<Chunk<'_>>();
        // SAFETY: the claim shows that the leader is inside `run` for this job and waits for this chunk, so the
        // reference that `job` points to is alive.
        let chunk = unsafe { *job };
        if catch_unwind(AssertUnwindSafe(|| chunk(index))).is_err() {
            self.panicked.store(true, Ordering::Relaxed);
        }
        self.done.fetch_add(1, Ordering::Release);
        true
    }

    /// Takes one chunk off the ticket; false when none is left.
    fn claim(&self) -> bool {
        let mut ticket = self.ticket.load(Ordering::Acquire);
        while ticket & u64::from(u32::MAX) > 0 {
            match self.ticket.compare_exchange_weak(ticket, ticket - 1, Ordering::AcqRel, Ordering::Acquire) {
                Ok(_) => return true,
                Err(now) => ticket = now,
            }
        }
        false
    }

    fn wait_until_done(&self, chunks: usize) {
        let mut polls = 0_u32;
        while self.done.load(Ordering::Acquire) < chunks {
            polls += 1;
            if polls.is_multiple_of(1024) {
                // A helper holds a chunk but not a core: let it have this one.
                std::thread::yield_now();
            } else {
                std::hint::spin_loop();
            }
        }
    }

    fn sleep(&self) {
        let thread = Thread::current();
        let mut sleepers = self.sleepers.lock().unwrap_or_else(PoisonError::into_inner);
        sleepers.push(thread);
        self.asleep.fetch_add(1, Ordering::SeqCst);
        while self.ticket.load(Ordering::SeqCst) & u64::from(u32::MAX) == 0 && !self.closed.load(Ordering::SeqCst) {
            sleepers = self.wake.wait(sleepers).unwrap_or_else(PoisonError::into_inner);
        }
        sleepers.retain(|other| *other != thread);
        self.asleep.fetch_sub(1, Ordering::SeqCst);
    }
}
