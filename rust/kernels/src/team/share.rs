//! Chunks of many steps: each has an owner, and whoever finds nothing left to do helps where steps are left.

use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};

use super::Team;

/// Chunks of a job whose owners are helped; where there are more, a chunk is little of the whole.
const SHARED: usize = 64;

/// The steps of one chunk, which are walked in rounds: step by step, and all over again in the next round. The owner takes steps
/// from the front; a helper takes some of the last ones, for the round that the owner is in and all that follow.
///
/// The number has the owner's round in its high half, then how many steps of that round were taken from the front, and how
/// many of each from the back. Chunks do not share a cache line.
#[derive(Debug, Default)]
#[repr(align(64))]
pub(crate) struct Steps(AtomicU64);

/// What [`Steps`] holds.
struct Taken {
    round: usize,
    front: usize,
    back: usize,
}

impl Taken {
    /// Most steps of a chunk that can be told apart: far more than any has.
    const MOST: usize = u16::MAX as usize;

    fn of(number: u64) -> Self {
        let bits = |from: u32| (number >> from) as usize & Self::MOST;
        Self { round: (number >> 32) as usize, front: bits(16), back: bits(0) }
    }

    fn number(&self) -> u64 {
        (self.round as u64) << 32 | (self.front as u64) << 16 | self.back as u64
    }
}

impl Steps {
    /// Takes the next step of a round for the owner, where each has so many; false if all were taken.
    pub(crate) fn take(&self, round: usize, steps: usize) -> bool {
        debug_assert!(steps <= Taken::MOST, "a chunk of {steps} steps");
        self.change(|taken| {
            let front = if taken.round == round { taken.front } else { 0 };
            (front + taken.back < steps).then_some(Taken { round, front: front + 1, back: taken.back })
        })
        .is_some()
    }

    /// Takes half of the steps that are left for a helper, if that is `least` of them: the round in which they are left, and
    /// which ones. Earlier rounds of them are done.
    pub(crate) fn take_last(&self, steps: usize, least: usize) -> Option<(usize, Range<usize>)> {
        let half = |taken: &Taken| steps.saturating_sub(taken.front + taken.back).div_ceil(2);
        let before = self.change(|taken| {
            let more = half(&taken);
            (more >= least.max(1)).then_some(Taken { back: taken.back + more, ..taken })
        })?;
        let end = steps - before.back;
        Some((before.round, end - half(&before)..end))
    }

    /// Changes what is taken, unless the change is none; what it was before.
    fn change(&self, change: impl Fn(Taken) -> Option<Taken>) -> Option<Taken> {
        let change = |number| change(Taken::of(number)).map(|taken| taken.number());
        self.0.fetch_update(Ordering::AcqRel, Ordering::Acquire, change).ok().map(Taken::of)
    }
}

/// As what a thread works on a chunk.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Role<'a> {
    /// It does all of it.
    Alone,
    /// It takes the steps one by one, from the first on, until none is left.
    Owner(&'a Steps),
    /// It takes some of the last ones as long as there are any.
    Helper(&'a Steps),
}

impl Team {
    /// Calls `chunk(i, role)` once for every `i < chunks` as its owner, and once as its helper, in any order or at the same
    /// time; or once alone.
    pub(crate) fn for_each_shared(&self, chunks: usize, chunk: &(dyn Fn(usize, Role<'_>) + Sync)) {
        if self.active() == 1 || !(2..=SHARED).contains(&chunks) {
            return self.for_each(chunks, &|i| chunk(i, Role::Alone));
        }
        let steps = [const { Steps(AtomicU64::new(0)) }; SHARED];
        let first_half = chunks / 2;
        // Turns are taken from both ends: owners' first, and helpers' in between. Who comes from one end helps those who began
        // at the other, in their order.
        self.for_each(2 * chunks, &|turn| {
            if (first_half..first_half + chunks).contains(&turn) {
                let i = first_half + chunks - 1 - turn;
                return chunk(i, Role::Helper(&steps[i]));
            }
            let i = if turn < first_half { turn } else { turn - chunks };
            chunk(i, Role::Owner(&steps[i]));
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arch::Isa;

    /// Chunks of different lengths, so that some threads are done long before others.
    #[test]
    fn every_step_of_every_round_is_taken_once() {
        const ROUNDS: usize = 3;
        Team::new(Isa::Scalar, 3).region(usize::MAX, |team| {
            for chunks in [1, 2, 3, 7, SHARED, SHARED + 1] {
                let steps_of = |chunk: usize| 1 + chunk % 3 * 40;
                let taken: Vec<[AtomicU64; ROUNDS]> = (0..chunks * steps_of(2)).map(|_| Default::default()).collect();
                let take = |chunk: usize, round: usize, step: usize| {
                    taken[chunk * steps_of(2) + step][round].fetch_add(1, Ordering::Relaxed);
                };
                team.for_each_shared(chunks, &|chunk, role| {
                    let all = steps_of(chunk);
                    match role {
                        Role::Alone => (0..ROUNDS).for_each(|r| (0..all).for_each(|step| take(chunk, r, step))),
                        Role::Owner(steps) => {
                            (0..ROUNDS).for_each(|r| {
                                (0..).take_while(|_| steps.take(r, all)).for_each(|step| take(chunk, r, step))
                            });
                        }
                        Role::Helper(steps) => {
                            while let Some((first, some)) = steps.take_last(all, 1) {
                                (first..ROUNDS).for_each(|r| some.clone().for_each(|step| take(chunk, r, step)));
                            }
                        }
                    }
                });
                for chunk in 0..chunks {
                    let of_chunk = &taken[chunk * steps_of(2)..][..steps_of(chunk)];
                    assert!(of_chunk.iter().flatten().all(|n| n.load(Ordering::Relaxed) == 1), "{chunk} of {chunks}");
                }
            }
        });
    }

    #[test]
    fn the_owner_takes_each_step_of_each_round() {
        let steps = Steps::default();
        for round in 0..3 {
            assert!((0..5).all(|_| steps.take(round, 5)));
            assert!(!steps.take(round, 5));
        }
    }

    #[test]
    fn a_helper_takes_half_of_what_is_left_from_the_round_on_in_which_it_is() {
        let steps = Steps::default();
        assert!((0..10).all(|_| steps.take(0, 10)));
        assert_eq!(steps.take_last(10, 1), None);
        assert!(steps.take(1, 10));
        assert_eq!(steps.take_last(10, 6), None, "nine are left, and half of them are five");
        assert_eq!(steps.take_last(10, 5), Some((1, 5..10)));
        assert_eq!(steps.take_last(10, 1), Some((1, 3..5)));
        assert!((0..2).all(|_| steps.take(1, 10)));
        assert!(!steps.take(1, 10));
        assert!((0..3).all(|_| steps.take(2, 10)), "what was taken from the back stays taken");
        assert!(!steps.take(2, 10));
    }

    #[test]
    fn all_that_there_is_can_be_taken_before_the_owner_comes() {
        let steps = Steps::default();
        let mut left = 7;
        while let Some((round, some)) = steps.take_last(7, 1) {
            assert_eq!((round, some.end), (0, left));
            left = some.start;
        }
        assert_eq!(left, 0);
        assert!(!steps.take(0, 7));
    }
}
