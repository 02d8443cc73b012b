//! The weights and the sums of gradients of a run, for dense samples or for sparse ones.

use thalweg_kernels::gemm::gemv;
use thalweg_kernels::prefetch::Span;
use thalweg_kernels::rows::padded;
use thalweg_kernels::sag::{self, Change, Drift, LaggedWeights};
use thalweg_kernels::sparse::CsrRef;
use thalweg_kernels::{AlignedVec, Isa, MatRef, Real, Team};

use crate::data::{Input, not_in_place};
use crate::error::{Result, area};

/// Weights beside the samples that they are multiplied with.
pub struct Weights<'a, T: Real> {
    samples: Samples<'a, T>,
    /// The weights when they were last asked for, (outputs, features).
    asked: AlignedVec<T>,
}

enum Samples<'a, T: Real> {
    Dense(Dense<'a, T>),
    Sparse(Sparse<'a, T>),
}

/// Dense samples touch every weight: steps are taken at once, or rather when the next sample is known.
struct Dense<'a, T: Real> {
    x: MatRef<'a, T>,
    /// (outputs, padded features)
    weights: AlignedVec<T>,
    sums: AlignedVec<T>,
    changes: Vec<Change<T>>,
    /// The sample of the last step, if that is still to be taken.
    pending: Option<(usize, Drift<T>)>,
}

/// Sparse samples touch few weights.
struct Sparse<'a, T: Real> {
    x: CsrRef<'a, T>,
    lagged: LaggedWeights<T>,
}

impl<'a, T: Real> Weights<'a, T> {
    /// Begins at `coef`, of shape (outputs, features).
    pub fn new(x: Input<'a, T>, coef: &[T], outputs: usize, shrinks: bool) -> Result<Self> {
        let samples = match x {
            Input::Dense(x) => Samples::Dense(Dense::new(x, coef, outputs)?),
            Input::Sparse(x) => Samples::Sparse(Sparse { x, lagged: LaggedWeights::new(coef, outputs, shrinks)? }),
            Input::Raw(_) => return Err(not_in_place::<T>()),
        };
        Ok(Self { samples, asked: AlignedVec::copy_of(coef)? })
    }

    /// The products of the weights with sample `i`, one for each output.
    pub fn product(&mut self, isa: Isa, i: usize, dots: &mut [T]) {
        match &mut self.samples {
            Samples::Dense(dense) => dense.product(isa, i, dots),
            Samples::Sparse(sparse) => {
                let (columns, values) = sparse.x.row(i);
                sparse.lagged.product(isa, columns, values, dots);
            }
        }
    }

    /// The step of sample `i`, that of the last product.
    pub fn step(&mut self, isa: Isa, i: usize, changes: &[Change<T>], drift: Drift<f64>) {
        match &mut self.samples {
            Samples::Dense(dense) => {
                dense.changes.copy_from_slice(changes);
                let Drift { decay, rate, threshold } = drift;
                dense.pending =
                    Some((i, Drift { decay: T::of(decay), rate: T::of(rate), threshold: T::of(threshold) }));
            }
            Samples::Sparse(sparse) => {
                let (columns, values) = sparse.x.row(i);
                sparse.lagged.step(isa, columns, values, changes, drift);
            }
        }
    }

    /// The weights after all steps.
    pub fn current(&mut self, isa: Isa) -> &[T] {
        match &mut self.samples {
            Samples::Dense(dense) => {
                dense.take(isa, None, &mut vec![T::zero(); dense.changes.len()]);
                dense.copy_to(&mut self.asked);
            }
            Samples::Sparse(sparse) => {
                sparse.lagged.flush(isa);
                sparse.lagged.copy_to(&mut self.asked);
            }
        }
        &self.asked
    }

    /// Where sample `near` lies, and where it stands where sample `far` lies.
    pub fn spans(&self, near: usize, far: usize) -> [Span; 3] {
        match &self.samples {
            Samples::Dense(dense) => [Span::of(dense.x.row(near)), Span::NONE, Span::NONE],
            Samples::Sparse(sparse) => {
                let (columns, values) = sparse.x.row(near);
                [Span::of(columns), Span::of(values), sparse.x.place(far)]
            }
        }
    }
}

impl<'a, T: Real> Dense<'a, T> {
    fn new(x: MatRef<'a, T>, coef: &[T], outputs: usize) -> Result<Self> {
        let width = padded(x.cols());
        let size = area(outputs, width)?;
        let mut weights = AlignedVec::zeros(size)?;
        for (to, from) in weights.chunks_exact_mut(width.max(1)).zip(coef.chunks_exact(x.cols().max(1))) {
            to[..from.len()].copy_from_slice(from);
        }
        let sums = AlignedVec::zeros(size)?;
        Ok(Self { x, weights, sums, changes: vec![Change::default(); outputs], pending: None })
    }

    /// The weights to `coef` of shape (outputs, features).
    fn copy_to(&self, coef: &mut [T]) {
        let cols = self.x.cols().max(1);
        for (to, from) in coef.chunks_exact_mut(cols).zip(self.weights.chunks_exact(padded(cols))) {
            to.copy_from_slice(&from[..cols]);
        }
    }

    fn product(&mut self, isa: Isa, i: usize, dots: &mut [T]) {
        if self.pending.is_some() {
            self.take(isa, Some(i), dots);
        } else {
            let cols = self.x.cols();
            let weights = MatRef::with_strides(&self.weights, dots.len(), cols, padded(cols), 1);
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
