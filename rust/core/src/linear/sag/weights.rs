//! The weights and the sums of gradients of a run, for dense samples or for sparse ones.

use std::collections::VecDeque;

use thalweg_kernels::gemm::gemv;
use thalweg_kernels::sag::{self, Change, Drift, LaggedWeights};
use thalweg_kernels::sparse::CsrRef;
use thalweg_kernels::{AlignedVec, Isa, MatRef, Real, Team};

use crate::data::Input;
use crate::error::Result;

/// Weights beside the samples that they are multiplied with.
pub enum Weights<'a, T: Real> {
    Dense(Dense<'a, T>),
    Sparse(Sparse<'a, T>),
}

/// Dense samples touch every weight: steps are taken at once, or rather when the next sample is known.
pub struct Dense<'a, T: Real> {
    x: MatRef<'a, T>,
    /// (outputs, features)
    weights: AlignedVec<T>,
    sums: AlignedVec<T>,
    changes: Vec<Change<T>>,
    /// The sample of the last step, if that is still to be taken.
    pending: Option<(usize, Drift<T>)>,
}

/// Sparse samples touch few weights.
pub struct Sparse<'a, T: Real> {
    x: CsrRef<'a, T>,
    lagged: LaggedWeights<T>,
    /// The weights at the last flush, (outputs, features).
    weights: AlignedVec<T>,
}

impl<'a, T: Real> Weights<'a, T> {
    /// Begins at `coef`, of shape (outputs, features).
    pub fn new(x: Input<'a, T>, coef: &[T], outputs: usize, shrinks: bool) -> Result<Self> {
        let weights = AlignedVec::copy_of(coef)?;
        Ok(match x {
            Input::Dense(x) => {
                let sums = AlignedVec::zeros(coef.len())?;
                Self::Dense(Dense { x, weights, sums, changes: vec![Change::default(); outputs], pending: None })
            }
            Input::Sparse(x) => {
                Self::Sparse(Sparse { x, lagged: LaggedWeights::new(coef, outputs, shrinks)?, weights })
            }
        })
    }

    /// The products of the weights with sample `i`, one for each output.
    pub fn product(&mut self, isa: Isa, i: usize, dots: &mut [T]) {
        match self {
            Self::Dense(dense) => dense.product(isa, i, dots),
            Self::Sparse(sparse) => {
                let (columns, values) = sparse.x.row(i);
                sparse.lagged.product(isa, columns, values, dots);
            }
        }
    }

    /// The step of sample `i`, that of the last product.
    pub fn step(&mut self, isa: Isa, i: usize, changes: &[Change<T>], drift: Drift<f64>) {
        match self {
            Self::Dense(dense) => {
                dense.changes.copy_from_slice(changes);
                let Drift { decay, rate, threshold } = drift;
                dense.pending =
                    Some((i, Drift { decay: T::of(decay), rate: T::of(rate), threshold: T::of(threshold) }));
            }
            Self::Sparse(sparse) => {
                let (columns, values) = sparse.x.row(i);
                sparse.lagged.step(isa, columns, values, changes, drift);
            }
        }
    }

    /// The weights after all steps.
    pub fn current(&mut self, isa: Isa) -> &[T] {
        match self {
            Self::Dense(dense) => {
                dense.take(isa, None, &mut vec![T::zero(); dense.changes.len()]);
                &dense.weights
            }
            Self::Sparse(sparse) => {
                sparse.lagged.flush(isa);
                sparse.lagged.copy_to(&mut sparse.weights);
                &sparse.weights
            }
        }
    }

    /// Asks the memory for the samples that come next, nearest first.
    pub fn prefetch(&self, isa: Isa, ahead: &VecDeque<usize>) {
        match self {
            Self::Dense(dense) => {
                if let Some(&next) = ahead.get(1) {
                    sag::prefetch(isa, dense.x.row(next));
                }
            }
            Self::Sparse(sparse) => {
                // Far ahead where the elements are, near ahead what they touch.
                if let Some(&far) = ahead.back() {
                    let (columns, values) = sparse.x.row(far);
                    sag::prefetch_row(isa, columns, values);
                }
                if let Some(&near) = ahead.front() {
                    sparse.lagged.prefetch(isa, sparse.x.row(near).0);
                }
            }
        }
    }
}

impl<T: Real> Dense<'_, T> {
    fn product(&mut self, isa: Isa, i: usize, dots: &mut [T]) {
        if self.pending.is_some() {
            self.take(isa, Some(i), dots);
        } else {
            let weights = MatRef::new(&self.weights, dots.len(), self.x.cols());
            gemv(&Team::serial(isa), weights, self.x.row(i), dots);
        }
    }

    /// Takes the pending step; the products are those of sample `next`.
    fn take(&mut self, isa: Isa, next: Option<usize>, dots: &mut [T]) {
        let Some((last, drift)) = self.pending.take() else { return };
        let (row, next) = (self.x.row(last), self.x.row(next.unwrap_or(last)));
        sag::step(isa, row, &self.changes, drift, next, &mut self.weights, &mut self.sums, dots);
    }
}
