//! The two element types of the house: `f32` and `f64`, and the one door to the SIMD paths.

use std::fmt::{Debug, Display};
use std::iter::Sum;

use num_traits::{Float, NumAssign};

use crate::arch::{self, Isa};
use crate::gemm::Compiled;
use crate::simd::Kernel;

mod sealed {
    pub trait Sealed {}
    impl Sealed for f32 {}
    impl Sealed for f64 {}
}

/// A computation on either element type, compiled once where it is implemented, for its methods are not generic: what calls
/// [`Real::either`] is generated again in every crate that does, but this is not.
pub trait Either {
    /// What it works on.
    type Input<'a, T: Real>;
    /// What it returns.
    type Output;

    /// Runs in single precision.
    fn single(self, input: Self::Input<'_, f32>) -> Self::Output;

    /// Runs in double precision.
    fn double(self, input: Self::Input<'_, f64>) -> Self::Output;
}

/// An element type of every kernel: `f32` or `f64`, and no other.
pub trait Real:
    Float + NumAssign + Sum + Default + Debug + Display + Send + Sync + 'static + sealed::Sealed + Compiled
{
    /// Name as NumPy spells it.
    const NAME: &'static str;
    /// Explicit bits of the mantissa (23 or 52).
    const MANTISSA_BITS: u32;
    /// Bias of the exponent (127 or 1023).
    const EXPONENT_BIAS: i32;

    /// Rounds a double to this type (once, to nearest even).
    fn of(value: f64) -> Self;

    /// Widens to a double, exactly.
    fn wide(self) -> f64;

    /// Runs `kernel` compiled for `isa`.
    fn dispatch<K: Kernel<Self>>(isa: Isa, kernel: K) -> K::Output;

    /// Runs the version of a computation for this type.
    fn either<E: Either>(computation: E, input: E::Input<'_, Self>) -> E::Output;
}

impl Real for f32 {
    const NAME: &'static str = "float32";
    const MANTISSA_BITS: u32 = 23;
    const EXPONENT_BIAS: i32 = 127;

    #[inline(always)]
    fn of(value: f64) -> Self {
        value as f32
    }

    #[inline(always)]
    fn wide(self) -> f64 {
        f64::from(self)
    }

    #[inline]
    fn dispatch<K: Kernel<Self>>(isa: Isa, kernel: K) -> K::Output {
        arch::dispatch::<Self, K>(isa, kernel)
    }

    #[inline]
    fn either<E: Either>(computation: E, input: E::Input<'_, Self>) -> E::Output {
        computation.single(input)
    }
}

impl Real for f64 {
    const NAME: &'static str = "float64";
    const MANTISSA_BITS: u32 = 52;
    const EXPONENT_BIAS: i32 = 1023;

    #[inline(always)]
    fn of(value: f64) -> Self {
        value
    }

    #[inline(always)]
    fn wide(self) -> f64 {
        self
    }

    #[inline]
    fn dispatch<K: Kernel<Self>>(isa: Isa, kernel: K) -> K::Output {
        arch::dispatch::<Self, K>(isa, kernel)
    }

    #[inline]
    fn either<E: Either>(computation: E, input: E::Input<'_, Self>) -> E::Output {
        computation.double(input)
    }
}
