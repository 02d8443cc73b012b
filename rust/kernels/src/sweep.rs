//! One optimizer step as one sweep over memory: parameters, gradient and every state buffer are read and written once.

use crate::partition::{CHUNK, for_each_chunks};
use crate::real::Real;
use crate::simd::{Kernel, Simd};
use crate::team::Team;

/// An elementwise update rule with `N` state buffers.
pub trait Rule<T: Real, const N: usize>: Sync {
    /// The new parameters and state of some elements, from the old ones and their gradient `g`.
    ///
    /// Implementations are `#[inline(always)]`, and so is what they call.
    fn update<S: Simd<T>>(&self, s: S, p: S::V, g: S::V, state: [S::V; N]) -> (S::V, [S::V; N]);
}

/// Applies `rule` to each parameter. All slices are of the same length.
///
/// The gradient that the rule sees is `l2 * params + grads`, rounded once, or `grads` as it is where `l2` is 0.
///
/// # Panics
/// If the lengths differ.
pub fn sweep<T: Real, const N: usize, R: Rule<T, N>>(
    team: &Team,
    rule: &R,
    params: &mut [T],
    grads: &[T],
    l2: T,
    state: [&mut [T]; N],
) {
    assert_eq!(params.len(), grads.len(), "lengths of parameters and gradient");
    for_each_chunks(team, CHUNK, params, state, |offset, params, state| {
        let grads = &grads[offset..][..params.len()];
        T::dispatch(team.isa(), Sweep { rule, params, grads, l2, state });
    });
}

struct Sweep<'a, T, R, const N: usize> {
    rule: &'a R,
    params: &'a mut [T],
    grads: &'a [T],
    l2: T,
    state: [&'a mut [T]; N],
}

impl<T: Real, R: Rule<T, N>, const N: usize> Kernel<T> for Sweep<'_, T, R, N> {
    type Output = ();

    #[inline(always)]
    fn eval<S: Simd<T>>(self, s: S) {
        if self.l2 == T::zero() {
            self.run::<S, false>(s);
        } else {
            self.run::<S, true>(s);
        }
    }
}

impl<T: Real, R: Rule<T, N>, const N: usize> Sweep<'_, T, R, N> {
    #[inline(always)]
    fn run<S: Simd<T>, const L2: bool>(mut self, s: S) {
        let l2 = s.splat(self.l2);
        let whole = self.params.len() / S::LANES * S::LANES;
        for at in (0..whole).step_by(S::LANES) {
            let p = s.load(&self.params[at..]);
            let g = penalised::<T, S, L2>(s, l2, p, s.load(&self.grads[at..]));
            let mut state = [p; N];
            for (state, slice) in state.iter_mut().zip(&self.state) {
                *state = s.load(&slice[at..]);
            }
            let (p, state) = self.rule.update(s, p, g, state);
            s.store(&mut self.params[at..], p);
            for (state, slice) in state.into_iter().zip(&mut self.state) {
                s.store(&mut slice[at..], state);
            }
        }
        if whole < self.params.len() {
            self.tail::<S, L2>(s, l2, whole);
        }
    }

    /// The last elements, fewer than a vector.
    #[inline(always)]
    fn tail<S: Simd<T>, const L2: bool>(&mut self, s: S, l2: S::V, at: usize) {
        let p = s.load_tail(&self.params[at..]);
        let g = penalised::<T, S, L2>(s, l2, p, s.load_tail(&self.grads[at..]));
        let mut state = [p; N];
        for (state, slice) in state.iter_mut().zip(&self.state) {
            *state = s.load_tail(&slice[at..]);
        }
        let (p, state) = self.rule.update(s, p, g, state);
        s.store_tail(&mut self.params[at..], p);
        for (state, slice) in state.into_iter().zip(&mut self.state) {
            s.store_tail(&mut slice[at..], state);
        }
    }
}

/// The gradient with the penalty's.
#[inline(always)]
fn penalised<T: Real, S: Simd<T>, const L2: bool>(s: S, l2: S::V, p: S::V, g: S::V) -> S::V {
    if L2 { s.mul_add(l2, p, g) } else { g }
}
