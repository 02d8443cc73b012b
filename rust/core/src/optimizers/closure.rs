//! Functions to minimise, for optimizers that look at more than one point a step.

use thalweg_kernels::{AlignedVec, Real};

/// The function did not answer: it was interrupted, or failed for a reason that its owner keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stopped;

/// What a step returns.
pub type Taken = Answer<()>;

/// What follows from an evaluation.
pub type Answer<V> = Result<V, Stopped>;

/// A function of the parameters.
pub trait Closure<T: Real> {
    /// The loss at `params`; its gradient is written to `gradient`. Both are arenas; the padding of the gradient stays as it
    /// is.
    ///
    /// # Errors
    /// [`Stopped`] when there is no answer; parameters and state are then as before the step.
    fn evaluate(&mut self, params: &[T], gradient: &mut [T]) -> Result<f64, Stopped>;

    /// As [`Self::evaluate`], over all the data where the other takes a sample of it.
    ///
    /// # Errors
    /// As [`Self::evaluate`].
    fn evaluate_whole(&mut self, params: &[T], gradient: &mut [T]) -> Result<f64, Stopped> {
        self.evaluate(params, gradient)
    }
}

/// The gradient of the last evaluation.
#[derive(Debug)]
pub(super) struct Evaluated<T: Real> {
    /// An arena; empty where nothing is ever evaluated.
    pub(super) gradient: AlignedVec<T>,
    /// Whether it is the gradient of this step.
    pub(super) is_current: bool,
}
