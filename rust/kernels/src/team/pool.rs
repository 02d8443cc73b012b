//! The process's pool of helper threads: how many there may be, who holds them, and what happens at a fork.
//!
//! Rayon owns the threads. A pool belongs to the process that made it: after a fork the child finds another process id,
//! leaves the parent's pool alone (its threads do not exist there) and builds its own.

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, TryLockError};

use rayon::{ThreadPool, ThreadPoolBuilder};

use super::crew::Crew;

/// The number set by [`set_threads`]; 0 where none was set.
static CHOSEN: AtomicUsize = AtomicUsize::new(0);

/// One region of the process has the helpers at a time.
static POOL: Mutex<Option<Pool>> = Mutex::new(None);

/// Id of the process in which a region holds the helpers; 0 while none does. In a forked child the parent's id stands for
/// free: whoever held the helpers holds them in the parent.
static HOLDER: AtomicUsize = AtomicUsize::new(0);

struct Pool {
    process: usize,
    threads: ThreadPool,
    crew: Arc<Crew>,
    /// Helpers in the crew, of which the pool may have more.
    size: usize,
}

/// A number of threads was asked for that no team can have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidThreads(String);

impl fmt::Display for InvalidThreads {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for InvalidThreads {}

/// Sets the number of threads for the whole process.
///
/// # Errors
/// When `count` is 0.
pub fn set_threads(count: usize) -> Result<(), InvalidThreads> {
    if count == 0 {
        return Err(InvalidThreads("`n` must be at least 1, got 0".to_owned()));
    }
    CHOSEN.store(count, Ordering::Relaxed);
    Ok(())
}

/// The number of threads: as set by [`set_threads`], else `THALWEG_NUM_THREADS`, else `OMP_NUM_THREADS`, else the cores
/// available to the process.
///
/// # Errors
/// When `THALWEG_NUM_THREADS` is no positive number. A malformed `OMP_NUM_THREADS` belongs to others and is passed over.
pub fn threads() -> Result<usize, InvalidThreads> {
    // The environment is read once: asking the system for its cores takes as long as a small call.
    static DEFAULT: OnceLock<Result<usize, InvalidThreads>> = OnceLock::new();
    let chosen = CHOSEN.load(Ordering::Relaxed);
    if chosen > 0 {
        return Ok(chosen);
    }
    DEFAULT.get_or_init(default_threads).clone()
}

fn default_threads() -> Result<usize, InvalidThreads> {
    if let Some(text) = variable("THALWEG_NUM_THREADS") {
        return positive(&text)
            .ok_or_else(|| InvalidThreads(format!("`THALWEG_NUM_THREADS` must be a positive integer, got {text:?}")));
    }
    // OpenMP allows a list, one number a nesting level: the first is the outermost.
    let openmp = variable("OMP_NUM_THREADS").and_then(|text| positive(text.split(',').next()?));
    Ok(openmp.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from)))
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|text| !text.trim().is_empty())
}

fn positive(text: &str) -> Option<usize> {
    text.trim().parse().ok().filter(|n| *n > 0)
}

/// The helpers of one region. They stay together when it is dropped, and are there when the next one soon begins.
pub(super) struct Claim {
    crew: Arc<Crew>,
}

impl Claim {
    pub(super) fn crew(&self) -> Arc<Crew> {
        Arc::clone(&self.crew)
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        HOLDER.store(0, Ordering::Release);
    }
}

/// Claims `size - 1` helpers, or nothing when another region of this process holds them or no thread can be started.
pub(super) fn claim(size: usize) -> Option<Claim> {
    let process = std::process::id() as usize;
    let holder = HOLDER.load(Ordering::Relaxed);
    if holder == process || HOLDER.compare_exchange(holder, process, Ordering::Acquire, Ordering::Relaxed).is_err() {
        return None;
    }
    let Some(crew) = crew_of(process, size - 1) else {
        HOLDER.store(0, Ordering::Release);
        return None;
    };
    Some(Claim { crew })
}

/// A crew of so many helpers: the last region's, if it had as many.
fn crew_of(process: usize, size: usize) -> Option<Arc<Crew>> {
    // `HOLDER` lets one thread in at a time, so the lock is free unless a fork caught it held: then run serially.
    let mut slot = match POOL.try_lock() {
        Ok(slot) => slot,
        Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
        Err(TryLockError::WouldBlock) => return None,
    };
    let threads = match slot.take() {
        Some(pool) if pool.process == process && pool.size == size => return Some(Arc::clone(&slot.insert(pool).crew)),
        Some(pool) => pool.disband(process),
        None => None,
    };
    let threads = threads.filter(|threads| threads.current_num_threads() >= size);
    let threads = if let Some(threads) = threads { threads } else { build(size)? };
    let crew = Arc::new(Crew::default());
    for _ in 0..size {
        let crew = Arc::clone(&crew);
        threads.spawn(move || crew.help());
    }
    Some(Arc::clone(&slot.insert(Pool { process, threads, crew, size }).crew))
}

impl Pool {
    /// Sends the helpers home and returns their threads. A pool of another process is leaked: its threads are not here to be
    /// ended, and one of them may have held a lock.
    fn disband(self, process: usize) -> Option<ThreadPool> {
        if self.process != process {
            std::mem::forget(self);
            return None;
        }
        self.crew.close();
        Some(self.threads)
    }
}

fn build(helpers: usize) -> Option<ThreadPool> {
    ThreadPoolBuilder::new().num_threads(helpers).thread_name(|i| format!("thalweg-{i}")).build().ok()
}
