//! Where a helper wakes. Left to itself, Linux often wakes a thread on the core of the one that calls it, where it waits
//! for up to some milliseconds until it is moved to one that has nothing to do.

/// A helper's thread, as the system knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Thread(Id);

#[cfg(target_os = "linux")]
type Id = libc::pid_t;
#[cfg(not(target_os = "linux"))]
type Id = ();

#[cfg(target_os = "linux")]
impl Thread {
    /// The calling thread.
    pub(super) fn current() -> Self {
        // SAFETY: the call has no conditions.
        Self(unsafe { libc::gettid() })
    }

    /// Has the threads run on any core that the calling thread may run on, but the one where it is. Where there is no
    /// other, or the system refuses, they stay as they are: that costs time and no more.
    pub(super) fn keep_apart(threads: &[Self]) {
        // SAFETY: a set of cores is plain data, for which zeros stand for none; the calls read and write it within its size,
        // and `CPU_CLR` and `CPU_COUNT` look at the core numbers that it has room for.
        unsafe {
            let mut cores: libc::cpu_set_t = std::mem::zeroed();
            let size = size_of_val(&cores);
            let Ok(here) = usize::try_from(libc::sched_getcpu()) else { return };
            if here >= 8 * size || libc::sched_getaffinity(0, size, &raw mut cores) != 0 {
                return;
            }
            libc::CPU_CLR(here, &mut cores);
            if libc::CPU_COUNT(&cores) > 0 {
                for thread in threads {
                    libc::sched_setaffinity(thread.0, size, &raw const cores);
                }
            }
        }
    }
}

#[cfg(not(target_os = "linux"))]
impl Thread {
    /// The calling thread.
    pub(super) fn current() -> Self {
        Self(())
    }

    /// Leaves it to the system.
    pub(super) fn keep_apart(_: &[Self]) {}
}
