//! Whether there is an infinity or a NaN.

use std::sync::atomic::{AtomicUsize, Ordering};

use crate::real::Real;
use crate::simd::{Kernel, Simd};
use crate::team::Team;

/// Elements that are looked at as a part: some microseconds of work.
const PART: usize = 16_384;

/// Accumulators, so that loads and not the latency of an operation set the pace.
const CHAINS: usize = 4;

/// Whether no element is infinite or NaN.
#[must_use]
pub fn all_finite<T: Real>(team: &Team, x: &[T]) -> bool {
    first_not_finite(team, &[x]).is_none()
}

/// Number of the first slice that holds an infinity or a NaN; many small slices cost what one large does.
#[must_use]
pub fn first_not_finite<T: Real>(team: &Team, slices: &[&[T]]) -> Option<usize> {
    let found = AtomicUsize::new(usize::MAX);
    let look = |number: usize, part: &[T]| {
        if !T::dispatch(team.isa(), Finite(part)) {
            found.fetch_min(number, Ordering::Relaxed);
        }
    };
    if team.active() == 1 || slices.iter().map(|slice| slice.len()).sum::<usize>() <= PART {
        slices.iter().enumerate().for_each(|(number, slice)| look(number, slice));
    } else {
        let mut parts = Vec::new();
        for (number, slice) in slices.iter().enumerate() {
            parts.extend(slice.chunks(PART).map(|part| (number, part)));
        }
        team.for_each(parts.len(), &|i| look(parts[i].0, parts[i].1));
    }
    Some(found.into_inner()).filter(|number| *number < slices.len())
}

struct Finite<'a, T>(&'a [T]);

impl<T: Real> Kernel<T> for Finite<'_, T> {
    type Output = bool;

    /// An infinity or a NaN times zero is NaN, and turns its lane to NaN for good; everything else leaves it zero.
    #[inline(always)]
    fn eval<S: Simd<T>>(self, s: S) -> bool {
        let zero = s.splat(T::zero());
        let mut lanes = [zero; CHAINS];
        let wide = self.0.chunks_exact(CHAINS * S::LANES);
        let single = wide.remainder().chunks_exact(S::LANES);
        let tail = single.remainder();
        for x in wide {
            for (chain, lane) in lanes.iter_mut().enumerate() {
                *lane = s.mul_add(s.load(&x[chain * S::LANES..]), zero, *lane);
            }
        }
        for x in single {
            lanes[0] = s.mul_add(s.load(x), zero, lanes[0]);
        }
        lanes[1] = s.mul_add(s.load_tail(tail), zero, lanes[1]);
        let sum = s.add(s.add(lanes[0], lanes[1]), s.add(lanes[2], lanes[3]));
        let mut elements = [T::zero(); crate::reduce::LANES];
        s.store(&mut elements, sum);
        !elements.iter().any(|x| x.is_nan())
    }
}
