//! Descent: takes the rows of a batch, their gradient, and a step.

use thalweg_kernels::{Real, Team};

use super::batch::Batch;
use super::model::Model;
use super::pace::Pace;
use super::{Bearings, OptimizerState, Progress};
use crate::backprop::Backprop;
use crate::data::{Dataset, Rows};
use crate::error::Result;
use crate::gradients::Chain;
use crate::mlp::MlpConfig;
use crate::optimizers::{Gradient, Inputs, Optimizer, State};
use crate::params::Group;
use crate::random::Numbers;

/// What a step needs beside the rows.
pub(super) struct Descent<'a, T: Real> {
    pub(super) config: &'a MlpConfig,
    pub(super) data: Dataset<'a, T>,
    pub(super) backprop: Backprop<T>,
    pub(super) transforms: Chain<T>,
    pub(super) model: Model<T>,
    pub(super) pace: Pace<'a>,
}

impl<T: Real> Descent<'_, T> {
    /// Before an epoch.
    pub(super) fn begin_epoch(&mut self, progress: &Progress) {
        self.pace.begin_epoch(progress, &mut self.model.optimizer.learning_rate);
    }

    /// From where a later run goes on, beside the parameters.
    ///
    /// # Errors
    /// When memory is short.
    pub(super) fn bearings(&self, progress: Progress) -> Result<Bearings<T>> {
        let Self { transforms, model, pace, .. } = self;
        let (params, transforms) = (model.moved(pace.groups())?, Some(transforms.state()?));
        let (buffers, scalars) = (model.optimizer.pack()?, model.optimizer.numbers());
        let State { step, learning_rate, .. } = model.optimizer;
        Ok(Bearings { state: OptimizerState { step, learning_rate, buffers, scalars, params, transforms }, progress })
    }

    /// The step of a batch, one of those that `whole` is split into. Returns the loss where the gradient was taken, or
    /// `None` where it was interrupted, in which case there was no step.
    ///
    /// # Errors
    /// When memory is short.
    pub(super) fn step(
        &mut self,
        team: &Team,
        rows: Rows<'_>,
        whole: Rows<'_>,
        interrupted: &mut dyn FnMut() -> bool,
    ) -> Result<Option<f64>> {
        let weight = self.data.weight_of(rows);
        // Nothing to learn from, and no mean to take.
        if weight == 0.0 {
            return Ok(Some(0.0));
        }
        let optimizer = &mut self.model.optimizer;
        self.pace.begin_step(optimizer.step, &mut optimizer.learning_rate);
        if self.config.solver.needs().closure {
            return Ok(self.step_by_closure(team, rows, weight, whole, interrupted));
        }
        self.step_by_gradient(team, rows, weight, interrupted)
    }

    fn step_by_closure(
        &mut self,
        team: &Team,
        rows: Rows<'_>,
        weight: f64,
        whole: Rows<'_>,
        interrupted: &mut dyn FnMut() -> bool,
    ) -> Option<f64> {
        let (backprop, data, penalty) = (&mut self.backprop, &self.data, self.config.penalty());
        let mut batch = Batch { team, backprop, data, rows, weight, whole, penalty, interrupted };
        let (inputs, Model { params, optimizer, .. }) = (Inputs::closure(&mut batch), &mut self.model);
        let taken = optimizer.take_step(team, self.pace.groups(), params, inputs);
        taken.ok().map(|loss| loss.unwrap_or(f64::NAN))
    }

    fn step_by_gradient(
        &mut self,
        team: &Team,
        rows: Rows<'_>,
        weight: f64,
        interrupted: &mut dyn FnMut() -> bool,
    ) -> Result<Option<f64>> {
        let Self { config, data, backprop, transforms, model, pace } = self;
        let Model { params, optimizer, .. } = model;
        let Some(loss) = backprop.backward(team, params, data, rows, weight, &mut *interrupted) else {
            return Ok(None);
        };
        let weights = backprop.network().layout().range(Group::Weights);
        let penalty = config.penalty();
        let loss = loss + penalty.value(team, &params[weights.clone()], weight);
        let number = optimizer.step + 1;
        let numbers = config.solver.curvature_seed(number).map(|seed| Numbers::of_targets(seed, number));
        if let Some(numbers) = numbers {
            // Before the transforms, which count the gradients that they have seen: an interruption leaves no trace.
            if !backprop.backward_drawn(team, params, data, (rows, weight), numbers, interrupted) {
                return Ok(None);
            }
        }
        // The weight behind the gradient: that of several batches, where they are accumulated.
        let behind = transforms.apply(team, params, backprop.gradient_mut(), weight)?;
        let Some(weight) = behind else { return Ok(Some(loss)) };
        penalty.add_l1(&params[weights.clone()], &mut backprop.gradient_mut()[weights], weight);
        let inputs = Inputs {
            penalty: penalty.l2_factor(weight),
            loss: Some(loss),
            curvature: numbers.map(|_| Gradient::Arena(backprop.drawn_gradient())),
            ..Inputs::gradient(Gradient::Arena(backprop.gradient()))
        };
        let taken = optimizer.take_step(team, pace.groups(), params, inputs);
        Ok(taken.ok().map(|_| loss))
    }
}
