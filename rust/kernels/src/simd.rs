//! The vector type: the one vocabulary in which every kernel is written, once, for all CPUs.
//!
//! A value of a type that implements [`Simd`] is a *token*: it exists only where the CPU has been seen to support its
//! instructions, so the arithmetic below is safe to call. Every operation is defined lane by lane and rounds as IEEE 754
//! says, so all implementations give the same bits.

use crate::real::Real;

/// A computation written once over the vector type; [`Real::dispatch`] compiles it for each CPU path.
///
/// Implementations mark `eval`, and every generic function it calls, `#[inline(always)]`: only what is inlined into the
/// dispatcher is compiled with the path's instructions. Closures do not inherit them, so kernels use none.
pub trait Kernel<T: Real> {
    /// What the computation returns.
    type Output;
    /// Runs on the path that `simd` stands for.
    fn eval<S: Simd<T>>(self, simd: S) -> Self::Output;
}

/// Vectors of `LANES` elements of `T`, and their arithmetic.
pub trait Simd<T: Real>: Copy + Send + Sync {
    /// A vector register.
    type V: Copy;
    /// Marks the first n lanes.
    type M: Copy;
    /// Elements in a vector; divides 16.
    const LANES: usize;
    /// Most rows of C in a register tile of the matrix product that is 1, 2, ... vectors across.
    const TILE_ROWS: &'static [usize];
    /// Most vectors across a register tile of more than one row.
    const TILE_VECTORS: usize = Self::TILE_ROWS.len();
    /// Most vectors in a register tile.
    const TILE_SUMS: usize = Self::TILE_VECTORS * Self::TILE_ROWS[Self::TILE_VECTORS - 1];

    /// Runs `kernel` in a function of its own, where it has all the registers.
    fn apart<K: Kernel<T>>(self, kernel: K) -> K::Output;

    /// A mask of the first `n <= LANES` lanes.
    fn first(self, n: usize) -> Self::M;

    /// Loads `LANES` elements.
    ///
    /// # Safety
    /// `from` is valid for reads of `LANES` elements.
    unsafe fn load_ptr(self, from: *const T) -> Self::V;

    /// Stores `LANES` elements.
    ///
    /// # Safety
    /// `to` is valid for writes of `LANES` elements.
    unsafe fn store_ptr(self, to: *mut T, v: Self::V);

    /// Loads the lanes of `mask`, zeros elsewhere; touches no memory outside the mask.
    ///
    /// # Safety
    /// `from` is valid for reads of the elements that `mask` marks.
    unsafe fn load_first_ptr(self, from: *const T, mask: Self::M) -> Self::V;

    /// Loads `n <= LANES` elements, zeros elsewhere: where `n` is small by a narrower load, which does not wait for a cache
    /// line that has none of them.
    ///
    /// # Safety
    /// `from` is valid for reads of `n` elements.
    #[inline(always)]
    unsafe fn load_few_ptr(self, from: *const T, n: usize) -> Self::V {
        // SAFETY: the mask marks the first `n` elements, for which the caller vouches.
        unsafe { self.load_first_ptr(from, self.first(n)) }
    }

    /// Stores the lanes of `mask`; touches no memory outside the mask.
    ///
    /// # Safety
    /// `to` is valid for writes of the elements that `mask` marks.
    unsafe fn store_first_ptr(self, to: *mut T, v: Self::V, mask: Self::M);

    /// Asks for the cache line of `at`; a hint that may do nothing, and never faults.
    #[inline(always)]
    fn prefetch(self, at: *const T) {
        let _ = at;
    }

    /// As [`Self::prefetch`], into the second level of cache: for what is used later.
    #[inline(always)]
    fn prefetch_far(self, at: *const T) {
        let _ = at;
    }

    /// Copies the transpose of a block of `rows` x `cols` elements, each at most `LANES`: element (i, j), at
    /// `from + i * from_row + j`, goes to `to + j * to_row + i`.
    ///
    /// # Safety
    /// The block is readable, its transpose writable, and they do not overlap.
    #[inline(always)]
    unsafe fn transpose_ptr(
        self,
        from: *const T,
        from_row: usize,
        rows: usize,
        cols: usize,
        to: *mut T,
        to_row: usize,
    ) {
        let mut block = [self.splat(T::zero()); 16];
        let mask = self.first(cols);
        // Both loops are counted by a constant, so that the block stays in registers.
        for (i, row) in block[..Self::LANES].iter_mut().enumerate() {
            if i < rows {
                // SAFETY: `cols` elements of the row lie in the block.
                *row = unsafe {
                    let start = from.add(i * from_row);
                    if cols == Self::LANES { self.load_ptr(start) } else { self.load_first_ptr(start, mask) }
                };
            }
        }
        let mask = self.first(rows);
        for (j, column) in self.transpose(block)[..Self::LANES].iter().enumerate() {
            if j < cols {
                // SAFETY: `rows` elements of the column lie in the transpose.
                unsafe {
                    let start = to.add(j * to_row);
                    if rows == Self::LANES {
                        self.store_ptr(start, *column)
                    } else {
                        self.store_first_ptr(start, *column, mask)
                    }
                };
            }
        }
    }

    /// Loads the first `LANES` elements of a slice.
    #[inline(always)]
    fn load(self, from: &[T]) -> Self::V {
        assert!(from.len() >= Self::LANES);
        // SAFETY: the slice holds LANES elements, as just checked.
        unsafe { self.load_ptr(from.as_ptr()) }
    }

    /// Stores to the first `LANES` elements of a slice.
    #[inline(always)]
    fn store(self, to: &mut [T], v: Self::V) {
        assert!(to.len() >= Self::LANES);
        // SAFETY: the slice holds LANES elements, as just checked.
        unsafe { self.store_ptr(to.as_mut_ptr(), v) }
    }

    /// Loads a slice of at most `LANES` elements; the other lanes are zero.
    #[inline(always)]
    fn load_tail(self, from: &[T]) -> Self::V {
        assert!(from.len() <= Self::LANES);
        // SAFETY: the slice holds as many elements.
        unsafe { self.load_few_ptr(from.as_ptr(), from.len()) }
    }

    /// Loads the first `LANES` elements of a slice, or as many as there are; the other lanes are zero.
    #[inline(always)]
    fn load_part(self, from: &[T]) -> Self::V {
        if from.len() >= Self::LANES { self.load(from) } else { self.load_tail(from) }
    }

    /// Stores to a slice of at most `LANES` elements; the other lanes are dropped.
    #[inline(always)]
    fn store_tail(self, to: &mut [T], v: Self::V) {
        assert!(to.len() <= Self::LANES);
        // SAFETY: the mask marks just the elements of the slice.
        unsafe { self.store_first_ptr(to.as_mut_ptr(), v, self.first(to.len())) }
    }

    /// All lanes `x`.
    fn splat(self, x: T) -> Self::V;
    /// `a + b`
    fn add(self, a: Self::V, b: Self::V) -> Self::V;
    /// `a - b`
    fn sub(self, a: Self::V, b: Self::V) -> Self::V;
    /// `a * b`
    fn mul(self, a: Self::V, b: Self::V) -> Self::V;
    /// `a / b`
    fn div(self, a: Self::V, b: Self::V) -> Self::V;
    /// `a * b + c`, rounded once.
    fn mul_add(self, a: Self::V, b: Self::V, c: Self::V) -> Self::V;
    /// `c - a * b`, rounded once.
    fn neg_mul_add(self, a: Self::V, b: Self::V, c: Self::V) -> Self::V;
    /// The square root.
    fn sqrt(self, a: Self::V) -> Self::V;
    /// `if a < b { a } else { b }`: `b` when either is NaN.
    fn min(self, a: Self::V, b: Self::V) -> Self::V;
    /// `if a > b { a } else { b }`: `b` when either is NaN.
    fn max(self, a: Self::V, b: Self::V) -> Self::V;
    /// The sign bit cleared.
    fn abs(self, a: Self::V) -> Self::V;
    /// The magnitude of `a` with the sign bit of `sign`.
    fn copysign(self, a: Self::V, sign: Self::V) -> Self::V;
    /// `if a < b { yes } else { no }`
    fn select_lt(self, a: Self::V, b: Self::V, yes: Self::V, no: Self::V) -> Self::V;
    /// `if a == b { yes } else { no }`
    fn select_eq(self, a: Self::V, b: Self::V, yes: Self::V, no: Self::V) -> Self::V;
    /// `2^n` for integral `n` with `1 - EXPONENT_BIAS <= n <= EXPONENT_BIAS`.
    fn pow2(self, n: Self::V) -> Self::V;
    /// The exponent e of a positive normal number `m * 2^e`, `1 <= m < 2`.
    fn exponent(self, a: Self::V) -> Self::V;
    /// The mantissa m of a positive normal number `m * 2^e`, `1 <= m < 2`.
    fn mantissa(self, a: Self::V) -> Self::V;

    /// Lane j of vector i becomes lane i of vector j, among the first `LANES` vectors; the others do not count.
    fn transpose(self, block: [Self::V; 16]) -> [Self::V; 16];

    /// `-a`
    #[inline(always)]
    fn neg(self, a: Self::V) -> Self::V {
        self.sub(self.splat(T::neg_zero()), a)
    }

    /// The nearest integer, ties to even, for `|a| < 2^(MANTISSA_BITS - 1)`.
    #[inline(always)]
    fn round_small(self, a: Self::V) -> Self::V {
        // Adding 1.5 * 2^MANTISSA_BITS leaves no bits for a fraction; taking it off again is exact.
        let magic = self.splat(T::of(1.5 * (1u64 << T::MANTISSA_BITS) as f64));
        self.sub(self.add(a, magic), magic)
    }
}
