//! The thread team: who runs the chunks of a kernel.
//!
//! A [`Team`] is a CPU path and a number of threads. Inside [`Team::region`] helper threads stay close (they spin for
//! some microseconds, then sleep) and the calling thread, the leader, hands out chunks by [`Team::for_each`]. Chunks are
//! claimed one at a time; the leader claims as well, and so finishes whatever no helper took. Which thread runs a chunk
//! never shapes a result. Where it depends on the moment whether helpers pay, a [`Trial`] finds out.

mod crew;
mod parts;
mod place;
mod pool;
mod row;
mod share;
mod trial;

use std::sync::Arc;

use crate::arch::Isa;
use crew::Crew;

pub(crate) use parts::Parts;
pub use pool::{InvalidThreads, set_threads, threads};
pub(crate) use share::Role;
pub use trial::Trial;

/// Multiply-adds that are worth one more thread in any case: some 60 us of work on one core.
const WORK_PER_THREAD: usize = 4_000_000;

/// Multiply-adds that may be worth one more thread, where the cores share a cache.
const TRIED_WORK_PER_THREAD: usize = 1_000_000;

/// How much sooner calls that follow each other closely are worth one more thread: it need not be woken, which takes some 15 us.
pub const SOONER: usize = 4;

/// Multiply-adds of such calls that are worth one more thread.
const AWAKE_WORK_PER_THREAD: usize = WORK_PER_THREAD / SOONER;

/// A CPU path and the threads that a kernel may use.
#[derive(Clone, Debug)]
pub struct Team {
    isa: Isa,
    size: usize,
    crew: Option<Arc<Crew>>,
}

impl Team {
    /// A team of the calling thread alone.
    #[must_use]
    pub fn serial(isa: Isa) -> Self {
        Self { isa, size: 1, crew: None }
    }

    /// A team that may grow to `size` threads within a region.
    #[must_use]
    pub fn new(isa: Isa, size: usize) -> Self {
        Self { isa, size: size.max(1), crew: None }
    }

    /// This team with no more than `size` threads.
    #[must_use]
    pub fn at_most(&self, size: usize) -> Self {
        Self { size: self.size.min(size).max(1), ..self.clone() }
    }

    /// The CPU path on which kernels run.
    #[must_use]
    pub fn isa(&self) -> Isa {
        self.isa
    }

    /// Threads at work: 1 outside a region.
    #[must_use]
    pub fn active(&self) -> usize {
        if self.crew.is_some() { self.size } else { 1 }
    }

    /// Runs `body` with a team of the size that `work` multiply-adds per step are worth.
    ///
    /// The body runs on the calling thread. When the pool is busy with another region of this process, or the work is
    /// small, the team given to it is serial: it never waits for threads.
    pub fn region<R>(&self, work: usize, body: impl FnOnce(&Team) -> R) -> R {
        self.region_of(work / WORK_PER_THREAD, body)
    }

    /// As [`Self::region`], for many steps of so much work: where that may or may not be worth a second thread, the steps
    /// that are taken through the trial are shared out if it makes them faster.
    pub fn region_of_steps<R>(&self, work: usize, body: impl FnOnce(&Team, Trial) -> R) -> R {
        let (sure, most) = (work / WORK_PER_THREAD, work / TRIED_WORK_PER_THREAD);
        let is_tried = sure < 2 && self.crew.is_none();
        self.region_of(if is_tried { most } else { sure }, |team| {
            let finds_out = is_tried && team.active() > 1;
            body(team, if finds_out { Trial::between(Self::serial(self.isa)) } else { Trial::settled() })
        })
    }

    /// As [`Self::region`], for a call that may be one of many: where the work is worth a helper only while it is awake, calls
    /// that follow each other closely have one, and single calls run serially.
    pub fn region_of_call<R>(&self, work: usize, body: impl FnOnce(&Team) -> R) -> R {
        let (sure, awake) = (work / WORK_PER_THREAD, work / AWAKE_WORK_PER_THREAD);
        if awake < 2 {
            return self.region_of(sure, body);
        }
        let size = if sure < 2 && row::goes_on() { 2 } else { sure };
        let result = self.region_of(size, body);
        row::end();
        result
    }

    /// Runs `body` with a team of so many threads, or fewer.
    fn region_of<R>(&self, size: usize, body: impl FnOnce(&Team) -> R) -> R {
        let size = self.size.min(size).max(1);
        if self.crew.is_some() || size == 1 {
            return body(self);
        }
        match pool::claim(size) {
            Some(claim) => body(&Self { isa: self.isa, size, crew: Some(claim.crew()) }),
            None => body(&Self::serial(self.isa)),
        }
    }

    /// Calls `chunk(i)` once for every `i < chunks`, on whichever threads are free; returns when all are done.
    ///
    /// # Panics
    /// If a chunk panics.
    pub fn for_each(&self, chunks: usize, chunk: &(dyn Fn(usize) + Sync)) {
        match &self.crew {
            Some(crew) if chunks > 1 => crew.run(chunks, chunk),
            _ => (0..chunks).for_each(chunk),
        }
    }
}
