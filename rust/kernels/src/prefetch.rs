//! Asking the memory for what is used soon. Hints: they shape no result, and a line that does not exist is not fetched.

use crate::arch::Isa;
use crate::real::Real;
use crate::simd::{Kernel, Simd};

/// Bytes that the memory hands over at a time.
pub(crate) const LINE: usize = 64;

/// Where elements of any type lie.
#[derive(Clone, Copy, Debug)]
pub struct Span {
    start: *const u8,
    bytes: usize,
}

impl Span {
    /// Nothing, which is not asked for.
    pub const NONE: Self = Self { start: std::ptr::null(), bytes: 0 };

    /// Where a slice lies.
    #[inline(always)]
    pub fn of<V>(slice: &[V]) -> Self {
        Self::new(slice.as_ptr(), slice.len())
    }

    /// `n` elements from `start` on, whether or not they exist.
    #[inline(always)]
    pub(crate) fn new<V>(start: *const V, n: usize) -> Self {
        Self { start: start.cast(), bytes: n * size_of::<V>() }
    }

    /// No more than its first `bytes` bytes.
    #[inline(always)]
    #[must_use]
    pub fn at_most(self, bytes: usize) -> Self {
        Self { bytes: self.bytes.min(bytes), ..self }
    }

    /// Asks for all its cache lines, into the second level of cache: what is asked into the first holds one of its few line
    /// buffers until the memory has answered.
    #[inline(always)]
    pub(crate) fn prefetch<T: Real, S: Simd<T>>(self, s: S) {
        for at in (0..self.bytes).step_by(LINE) {
            s.prefetch_far(self.start.wrapping_add(at).cast());
        }
        if self.bytes > 0 {
            // The last line has no first byte above, unless the span begins where a line does.
            s.prefetch_far(self.start.wrapping_add(self.bytes - 1).cast());
        }
    }
}

/// Asks for the cache lines of some slices.
pub fn prefetch<T: Real>(isa: Isa, spans: &[Span]) {
    T::dispatch(isa, Prefetch(spans));
}

struct Prefetch<'a>(&'a [Span]);

impl<T: Real> Kernel<T> for Prefetch<'_> {
    type Output = ();

    #[inline(always)]
    fn eval<S: Simd<T>>(self, s: S) {
        self.0.iter().for_each(|span| span.prefetch(s));
    }
}
