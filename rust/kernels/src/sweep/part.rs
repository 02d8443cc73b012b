//! Parts of tensors as kernels see them: parameters, gradients and state side by side, in whole vectors.
//!
//! A rule is compiled once for each CPU path and element type, since rules are most of the code of this crate's users: the
//! last elements of a tensor go through the same loop as the others, with zeros behind them, and the penalty is chosen by
//! lanes.

use std::marker::PhantomData;

use crate::real::Real;
use crate::reduce::LANES;
use crate::simd::Simd;

/// Elements of one tensor, at the same places of all arenas.
pub(super) struct Part<'a, T, const N: usize> {
    params: *mut T,
    grads: *const T,
    state: [*mut T; N],
    pub(super) len: usize,
    /// Factor of the parameters in the gradient, often 0.
    pub(super) l2: T,
    /// Whether it may be written, and not only read.
    pub(super) is_writable: bool,
    borrows: PhantomData<&'a mut T>,
}

impl<'a, T: Real, const N: usize> Part<'a, T, N> {
    pub(super) fn new(params: &'a mut [T], grads: &'a [T], l2: T, state: [&'a mut [T]; N]) -> Self {
        let pointers = state.map(|slice| (slice.as_mut_ptr(), slice.len()));
        Self::of_pointers(params.as_mut_ptr(), params.len(), grads, l2, pointers, true)
    }

    /// A part that is only read.
    pub(super) fn to_read(params: &'a [T], grads: &'a [T], l2: T, state: [&'a [T]; N]) -> Self {
        let pointers = state.map(|slice| (slice.as_ptr().cast_mut(), slice.len()));
        Self::of_pointers(params.as_ptr().cast_mut(), params.len(), grads, l2, pointers, false)
    }

    fn of_pointers(
        params: *mut T,
        len: usize,
        grads: &'a [T],
        l2: T,
        state: [(*mut T, usize); N],
        is_writable: bool,
    ) -> Self {
        assert!(grads.len() == len && state.iter().all(|(_, other)| *other == len), "slices of different lengths");
        let state = state.map(|(pointer, _)| pointer);
        Self { params, grads: grads.as_ptr(), state, len, l2, is_writable, borrows: PhantomData }
    }

    /// Cuts off the elements behind the last multiple of [`LANES`].
    pub(super) fn split(self) -> (Self, Self) {
        let whole = self.len / LANES * LANES;
        let mut state = self.state;
        for pointer in &mut state {
            // SAFETY: `whole` is at most the length.
            *pointer = unsafe { pointer.add(whole) };
        }
        let rest = Self {
            // SAFETY: as above.
            params: unsafe { self.params.add(whole) },
            // SAFETY: as above.
            grads: unsafe { self.grads.add(whole) },
            state,
            len: self.len - whole,
            l2: self.l2,
            is_writable: self.is_writable,
            borrows: PhantomData,
        };
        (Self { len: whole, ..self }, rest)
    }

    /// The vectors at a place: parameters, gradient with the penalty's, state.
    ///
    /// # Safety
    /// `at + S::LANES` is at most the length.
    #[inline(always)]
    pub(super) unsafe fn load<S: Simd<T>>(&self, s: S, l2: S::V, at: usize) -> (S::V, S::V, [S::V; N]) {
        // SAFETY: the pointers stand for `len` elements, borrowed for 'a; the caller vouches for the place.
        let (p, g) = unsafe { (s.load_ptr(self.params.add(at)), s.load_ptr(self.grads.add(at))) };
        // A choice by lanes and not a branch: the loop would be compiled twice for that.
        let g = s.select_eq(l2, s.splat(T::zero()), g, s.mul_add(l2, p, g));
        // By index: an iterator's functions are not compiled for the path, and were called.
        let (mut state, mut n) = ([p; N], 0);
        while n < N {
            // SAFETY: as above.
            state[n] = unsafe { s.load_ptr(self.state[n].add(at)) };
            n += 1;
        }
        (p, g, state)
    }

    /// Stores vectors at a place.
    ///
    /// # Safety
    /// `at + S::LANES` is at most the length, and the part is writable.
    #[inline(always)]
    pub(super) unsafe fn store<S: Simd<T>>(&self, s: S, at: usize, p: S::V, state: [S::V; N]) {
        // SAFETY: the pointers stand for `len` elements, borrowed for 'a to write; the caller vouches for the place.
        unsafe { s.store_ptr(self.params.add(at), p) };
        let mut n = 0;
        while n < N {
            // SAFETY: as above.
            unsafe { s.store_ptr(self.state[n].add(at), state[n]) };
            n += 1;
        }
    }
}

/// The last elements of a part, fewer than [`LANES`], with zeros behind them: whole vectors on every path.
pub(super) struct Padded<T, const N: usize> {
    params: [T; LANES],
    grads: [T; LANES],
    state: [[T; LANES]; N],
}

impl<T: Real, const N: usize> Padded<T, N> {
    /// A copy of what is left of a part.
    pub(super) fn of(rest: &Part<'_, T, N>) -> Self {
        let zeros = [T::zero(); LANES];
        let mut padded = Self { params: zeros, grads: zeros, state: [zeros; N] };
        assert!(rest.len < LANES);
        for i in 0..rest.len {
            // SAFETY: the pointers stand for `len` elements.
            unsafe { (padded.params[i], padded.grads[i]) = (*rest.params.add(i), *rest.grads.add(i)) };
            for (copy, from) in padded.state.iter_mut().zip(&rest.state) {
                // SAFETY: as above.
                copy[i] = unsafe { *from.add(i) };
            }
        }
        padded
    }

    /// The elements as a part of whole vectors.
    pub(super) fn part(&mut self, l2: T) -> Part<'_, T, N> {
        Part::new(&mut self.params, &self.grads, l2, self.state.each_mut().map(|state| &mut state[..]))
    }

    /// Writes parameters and state to where they came from.
    pub(super) fn put_back(&self, rest: &Part<'_, T, N>) {
        assert!(rest.is_writable && rest.len < LANES);
        for i in 0..rest.len {
            // SAFETY: the pointers stand for `len` elements, to write.
            unsafe { *rest.params.add(i) = self.params[i] };
            for (copy, to) in self.state.iter().zip(&rest.state) {
                // SAFETY: as above.
                unsafe { *to.add(i) = copy[i] };
            }
        }
    }
}
