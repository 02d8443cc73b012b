//! The objective: loss and exact gradient over all rows, for solvers that live elsewhere, such as L-BFGS.

use thalweg_kernels::{AlignedVec, Real, Team};

use crate::backprop::Backprop;
use crate::data::{Dataset, Rows, rows_from};
use crate::error::{Result, require};
use crate::losses::GradientOf;
use crate::mlp::ObjectiveConfig;
use crate::network::Network;
use crate::params::Group;
use crate::penalty::Penalty;

/// Loss and gradient of a network over a dataset. The dataset is passed anew each time, so that its owner need not be
/// borrowed in between; the space for an evaluation is kept.
#[derive(Debug)]
pub struct Objective<T: Real> {
    backprop: Backprop<T>,
    params: AlignedVec<T>,
    rows: Vec<usize>,
    weighted: bool,
    penalty: Penalty,
    /// Multiply-adds of a block of rows, going forward and backward.
    work: usize,
}

impl<T: Real> Objective<T> {
    /// Checks configuration and data, and makes the space for an evaluation.
    ///
    /// # Errors
    /// When a value or a shape is wrong, all weights are zero, or memory is short.
    pub fn new(config: &ObjectiveConfig, data: &Dataset<'_, T>) -> Result<Self> {
        config.validate()?;
        let network = Network::new(config.architecture())?;
        data.check_widths(network.architecture().features(), network.architecture().outputs())?;
        let rows = rows_from(None, data.len(), "rows")?;
        data.check_weight(Rows { indices: &rows, contiguous: true }, "rows")?;
        let params = network.layout().zeros()?;
        let loss = config.loss.with(config.output)?;
        let backprop = Backprop::new(network, loss, GradientOf::ReportedLoss, data, rows.len(), false)?;
        let work = backprop.step_work(data, rows.len());
        let weighted = data.weights().is_some();
        let penalty = Penalty { l2: config.alpha, ..Penalty::default() };
        Ok(Self { backprop, params, rows, weighted, penalty, work })
    }

    /// Number of parameters.
    #[must_use]
    pub fn len(&self) -> usize {
        self.backprop.network().layout().packed_len()
    }

    /// Whether there is no parameter; never so.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The loss at `params`; its gradient is written to `gradient`. Both are packed, the weights of all layers before the
    /// biases. `data` is of the shape given to [`Self::new`].
    ///
    /// # Errors
    /// When a length is wrong, or the data's shape is not that given to [`Self::new`].
    pub fn evaluate(&mut self, team: &Team, data: &Dataset<'_, T>, params: &[T], gradient: &mut [T]) -> Result<f64> {
        let weight = self.check(data, gradient)?;
        let layout = self.backprop.network().layout();
        layout.unpack(params, &mut self.params, "params")?;
        let weights = layout.range(Group::Weights);
        let rows = Rows { indices: &self.rows, contiguous: true };
        let (backprop, params, penalty) = (&mut self.backprop, &self.params, &self.penalty);
        let loss = team.region(self.work, |team| {
            let loss = backprop.backward(team, params, data, rows, weight, || false).unwrap_or(f64::NAN);
            let (params, gradient) = (&params[weights.clone()], &mut backprop.gradient_mut()[weights]);
            penalty.add_slope(team, params, gradient, weight);
            loss + penalty.value(team, params, weight)
        });
        self.backprop.network().layout().pack_into(self.backprop.gradient(), gradient);
        Ok(loss)
    }

    /// Checks what is passed anew each time; returns the sum of the weights.
    fn check(&self, data: &Dataset<'_, T>, gradient: &[T]) -> Result<f64> {
        let architecture = self.backprop.network().architecture();
        data.check_widths(architecture.features(), architecture.outputs())?;
        let rule = format_args!("of {} rows, as before", self.rows.len());
        require(data.len() == self.rows.len(), "X", rule, data.len())?;
        let weighted = data.weights().is_some();
        require(weighted == self.weighted, "sample_weight", "given or not, as before", weighted)?;
        let rule = format_args!("of length {}", self.len());
        require(gradient.len() == self.len(), "gradient", rule, gradient.len())?;
        let rows = Rows { indices: &self.rows, contiguous: true };
        data.check_weight(rows, "rows")
    }
}
