//! A batch as a function of the parameters: for optimizers that look at more than one point a step.

use thalweg_kernels::{Real, Team};

use crate::backprop::Backprop;
use crate::data::{Dataset, Rows};
use crate::optimizers::{Closure, Stopped};
use crate::params::Group;
use crate::penalty::Penalty;

/// The mean loss over some rows, penalty included, and its gradient.
pub(super) struct Batch<'a, T: Real> {
    pub(super) team: &'a Team,
    pub(super) backprop: &'a mut Backprop<T>,
    pub(super) data: &'a Dataset<'a, T>,
    pub(super) rows: Rows<'a>,
    /// Sum of the rows' weights.
    pub(super) weight: f64,
    /// All rows that are trained on, of which these are a sample.
    pub(super) whole: Rows<'a>,
    pub(super) penalty: Penalty,
    /// Asked now and then whether to give up.
    pub(super) interrupted: &'a mut dyn FnMut() -> bool,
}

impl<T: Real> Batch<'_, T> {
    /// The mean over `rows`, whose weights sum to `weight`. The penalty is always that of the sample, so that the mean over
    /// all samples is the whole.
    fn over(&mut self, rows: Rows<'_>, weight: f64, params: &[T], gradient: &mut [T]) -> Result<f64, Stopped> {
        let team = self.team;
        let loss = self.backprop.backward(team, params, self.data, rows, weight, &mut self.interrupted);
        let weights = self.backprop.network().layout().range(Group::Weights);
        gradient.copy_from_slice(self.backprop.gradient());
        let params = &params[weights.clone()];
        self.penalty.add_slope(team, params, &mut gradient[weights], self.weight);
        Ok(loss.ok_or(Stopped)? + self.penalty.value(team, params, self.weight))
    }
}

impl<T: Real> Closure<T> for Batch<'_, T> {
    fn evaluate(&mut self, params: &[T], gradient: &mut [T]) -> Result<f64, Stopped> {
        self.over(self.rows, self.weight, params, gradient)
    }

    fn evaluate_whole(&mut self, params: &[T], gradient: &mut [T]) -> Result<f64, Stopped> {
        let weight = self.data.weight_of(self.whole);
        self.over(self.whole, weight, params, gradient)
    }
}
