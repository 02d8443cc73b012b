//! The model in training: the parameters that the steps move, and those to evaluate with, which some optimizers keep apart.

use thalweg_kernels::reduce::all_finite;
use thalweg_kernels::{AlignedVec, Real, Team};

use super::OptimizerState;
use crate::error::Result;
use crate::optimizers::{Buffer, Groups, Optimizer, State};

/// Parameters, and the optimizer that moves them.
#[derive(Debug)]
pub(super) struct Model<T: Real> {
    /// Those that the steps move, an arena.
    pub(super) params: AlignedVec<T>,
    pub(super) optimizer: State<T>,
    /// Those to evaluate with, where they are others. Otherwise never touched, so that its memory costs nothing.
    average: AlignedVec<T>,
    is_averaged: bool,
}

impl<T: Real> Model<T> {
    /// The model whose parameters to evaluate with are `given`, an arena. It goes on from `state`; where that leads to
    /// other parameters, since the caller has changed his, what follows the parameters begins anew at `given`.
    ///
    /// # Errors
    /// When the state belongs to another optimizer or network, or memory is short.
    pub(super) fn new(
        team: &Team,
        groups: &Groups,
        given: AlignedVec<T>,
        state: Option<&OptimizerState<T>>,
    ) -> Result<Self> {
        let average = groups.layout().zeros()?;
        let Some(OptimizerState { step, learning_rate, buffers, scalars, params, .. }) = state else {
            let optimizer = State::fresh(groups, &given)?;
            return Ok(Self { params: given, optimizer, average, is_averaged: false });
        };
        let moved = match params {
            Some(packed) => groups.layout().arena_of(packed, "state.params")?,
            None => AlignedVec::copy_of(&given)?,
        };
        let optimizer = State::unpack(groups, &moved, (*step, *learning_rate), buffers, scalars)?;
        let mut model = Self { params: moved, optimizer, average, is_averaged: false };
        model.evaluate(team, groups);
        if model.evaluated() != &given[..] {
            model.params = given;
            model.optimizer.restart_at(groups, &model.params);
        }
        Ok(model)
    }

    /// Brings [`Self::evaluated`] up to date.
    pub(super) fn evaluate(&mut self, team: &Team, groups: &Groups) {
        self.is_averaged = self.optimizer.averages(groups);
        if self.is_averaged {
            self.optimizer.eval_params(team, groups, &self.params, &mut self.average);
        }
    }

    /// The parameters to evaluate with, as they were at [`Self::evaluate`].
    pub(super) fn evaluated(&self) -> &[T] {
        if self.is_averaged { &self.average } else { &self.params }
    }

    /// Whether all parameters are finite.
    pub(super) fn is_finite(&self, team: &Team) -> bool {
        all_finite(team, &self.params) && (!self.is_averaged || all_finite(team, &self.average))
    }

    /// Begins anew at `params`. The rate stays.
    pub(super) fn reset(&mut self, groups: &Groups, params: &[T]) {
        self.params.copy_from_slice(params);
        self.optimizer.reset(groups, params);
        self.is_averaged = false;
    }

    /// The parameters that the steps move, packed, where those to evaluate with may be others, or where the state fits no
    /// others.
    ///
    /// # Errors
    /// When memory is short.
    pub(super) fn moved(&self, groups: &Groups) -> Result<Option<Vec<T>>> {
        let base = groups.base();
        let tells = base.averages() || base.buffers().iter().any(Buffer::follows_params);
        tells.then(|| groups.layout().pack(&self.params)).transpose()
    }
}
