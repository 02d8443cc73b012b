//! Checkpoints: copies of the parameters worth keeping, the best and the last finite ones, and of all that led to the best.

use thalweg_kernels::{AlignedVec, Real};

use super::Bearings;
use crate::error::Result;

/// The last finite parameters, and the best, in space that is made once.
#[derive(Debug)]
pub(super) struct Checkpoint<T: Real> {
    finite: AlignedVec<T>,
    best: AlignedVec<T>,
    has_best: bool,
    /// From where training went on after the best epoch.
    bearings: Option<Bearings<T>>,
}

impl<T: Real> Checkpoint<T> {
    /// `keeps_best`: whether there will be a score to be best by.
    pub(super) fn new(params: &[T], keeps_best: bool) -> Result<Self> {
        let best = AlignedVec::zeros(if keeps_best { params.len() } else { 0 })?;
        Ok(Self { finite: AlignedVec::copy_of(params)?, best, has_best: false, bearings: None })
    }

    pub(super) fn keep_finite(&mut self, params: &[T]) {
        self.finite.copy_from_slice(params);
    }

    pub(super) fn keep_best(&mut self, params: &[T]) {
        self.best.copy_from_slice(params);
        self.has_best = true;
    }

    pub(super) fn keep_bearings(&mut self, bearings: Bearings<T>) {
        self.bearings = Some(bearings);
    }

    pub(super) fn finite(&self) -> &[T] {
        &self.finite
    }

    pub(super) fn best(&self) -> Option<&[T]> {
        self.has_best.then_some(&self.best[..])
    }

    pub(super) fn take_bearings(&mut self) -> Option<Bearings<T>> {
        self.bearings.take()
    }
}
