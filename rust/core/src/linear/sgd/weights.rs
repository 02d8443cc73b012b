//! The weights: a vector times a number, so that the decay of all of them costs one multiplication.

use thalweg_kernels::Real;
use thalweg_kernels::rows::Rows;
use thalweg_kernels::simd::Simd;

/// The numbers that belong to the vectors in [`Weights`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Scaling {
    /// What the vector is to be multiplied by.
    pub(super) factor: f64,
    /// Sum of squares of the weights that the last step moved: of all where rows are dense.
    pub(super) squares: f64,
    /// Sum of their magnitudes.
    pub(super) magnitudes: f64,
    /// The averaged weights are `(average + a w) / b` (Bottou, 2012: section 5.1).
    a: f64,
    b: f64,
}

/// Weights in training, lent by whoever keeps the vectors.
#[derive(Debug)]
pub(super) struct Weights<'a, T> {
    /// To be multiplied by the factor.
    pub(super) w: &'a mut [T],
    /// Of the same length, or empty where no average is taken.
    pub(super) average: &'a mut [T],
    pub(super) scaling: Scaling,
}

/// Factors below are multiplied into the vector, before dividing by them loses digits; scikit-learn's numbers.
fn smallest_factor<T: Real>() -> f64 {
    if T::MANTISSA_BITS < <f64 as Real>::MANTISSA_BITS { 1e-6 } else { 1e-9 }
}

impl Scaling {
    pub(super) fn of<T: Real>(w: &[T]) -> Self {
        let (squares, magnitudes) = w.iter().fold((0.0, 0.0), |(squares, magnitudes), w| {
            let w = w.wide();
            (squares + w * w, magnitudes + w.abs())
        });
        Self { factor: 1.0, squares, magnitudes, a: 0.0, b: 1.0 }
    }

    /// The weight that `w` in the vector stands for.
    pub(super) fn weight<T: Real>(&self, w: T) -> T {
        T::of(w.wide() * self.factor)
    }

    /// The averaged weight that `average` and `w` stand for.
    pub(super) fn averaged<T: Real>(&self, average: T, w: T) -> T {
        T::of((average.wide() + self.a * w.wide()) / self.b)
    }
}

impl<T: Real> Weights<'_, T> {
    /// The product with row `i`.
    #[inline(always)]
    pub(super) fn dot<R: Rows<T>, S: Simd<T>>(&self, s: S, rows: R, i: usize) -> f64 {
        rows.dot(s, i, self.w).wide() * self.scaling.factor
    }

    /// Adds `c` times row `i`; `measure` keeps the norms as well.
    #[inline(always)]
    pub(super) fn add<R: Rows<T>, S: Simd<T>>(&mut self, s: S, rows: R, i: usize, c: f64, measure: bool) {
        let factor = self.scaling.factor;
        let c = T::of(c / factor);
        if measure {
            let (squares, magnitudes) = rows.add_and_measure(s, i, c, self.w);
            self.scaling.squares = squares.wide() * (factor * factor);
            self.scaling.magnitudes = magnitudes.wide() * factor;
        } else {
            rows.add(s, i, c, self.w);
        }
    }

    /// Takes the weights, to which `c` times row `i` has just been added, as number `count` into the average.
    #[inline(always)]
    pub(super) fn add_to_average<R: Rows<T>, S: Simd<T>>(&mut self, s: S, rows: R, i: usize, c: f64, count: f64) {
        let Scaling { factor, a, .. } = self.scaling;
        if c != 0.0 {
            rows.add(s, i, T::of(a * (-c / factor)), self.average);
        }
        let share = 1.0 / count;
        if count > 1.0 {
            self.scaling.b /= 1.0 - share;
        }
        self.scaling.a += share * self.scaling.b * factor;
    }

    /// Multiplies all weights.
    #[inline(always)]
    pub(super) fn decay(&mut self, by: f64) {
        self.scaling.factor *= by;
        self.scaling.squares *= by * by;
        self.scaling.magnitudes *= by.abs();
        if self.scaling.factor < smallest_factor::<T>() {
            self.settle();
        }
    }

    /// Makes the vectors what they stand for.
    #[cold]
    pub(super) fn settle(&mut self) {
        let scaling = self.scaling;
        for (average, w) in self.average.iter_mut().zip(&*self.w) {
            *average = scaling.averaged(*average, *w);
        }
        self.w.iter_mut().for_each(|w| *w = scaling.weight(*w));
        self.scaling = Scaling { factor: 1.0, a: 0.0, b: 1.0, ..scaling };
    }
}
