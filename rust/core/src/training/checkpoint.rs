//! Checkpoints: copies of the parameters worth keeping, the best and the last finite ones.

use thalweg_kernels::{AlignedVec, Real};

use crate::error::Result;

/// The last finite parameters, and the best, in space that is made once.
#[derive(Debug)]
pub(super) struct Checkpoint<T: Real> {
    finite: AlignedVec<T>,
    best: AlignedVec<T>,
    has_best: bool,
}

impl<T: Real> Checkpoint<T> {
    /// `keeps_best`: whether there will be a score to be best by.
    pub(super) fn new(params: &[T], keeps_best: bool) -> Result<Self> {
        let best = AlignedVec::zeros(if keeps_best { params.len() } else { 0 })?;
        Ok(Self { finite: AlignedVec::copy_of(params)?, best, has_best: false })
    }

    pub(super) fn keep_finite(&mut self, params: &[T]) {
        self.finite.copy_from_slice(params);
    }

    pub(super) fn keep_best(&mut self, params: &[T]) {
        self.best.copy_from_slice(params);
        self.has_best = true;
    }

    pub(super) fn finite(&self) -> &[T] {
        &self.finite
    }

    pub(super) fn best(&self) -> Option<&[T]> {
        self.has_best.then_some(&self.best[..])
    }
}
