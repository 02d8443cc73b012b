//! The state of an optimizer between steps: the step counter, the learning rate and the buffers.

use thalweg_kernels::{AlignedVec, Real, Team};

use super::{Optimizer, OptimizerConfig, Step};
use crate::error::{Result, require};
use crate::params::{Group, Layout};

/// Counter, rate and buffers; each buffer is an arena.
#[derive(Debug)]
pub struct State<T: Real> {
    /// Steps taken.
    pub step: u64,
    /// The learning rate in force.
    pub learning_rate: f64,
    buffers: Vec<AlignedVec<T>>,
}

impl<T: Real> State<T> {
    /// The state before the first step.
    ///
    /// # Errors
    /// When memory is short.
    pub fn fresh(optimizer: &OptimizerConfig, layout: &Layout) -> Result<Self> {
        let buffers = optimizer.buffers().iter().map(|_| layout.zeros()).collect::<Result<_>>()?;
        Ok(Self { step: 0, learning_rate: optimizer.lr(), buffers })
    }

    /// The state that [`Self::pack`] wrote down.
    ///
    /// # Errors
    /// When it belongs to another optimizer or network, or memory is short.
    pub fn unpack<V: AsRef<[T]>>(
        optimizer: &OptimizerConfig,
        layout: &Layout,
        step: u64,
        learning_rate: f64,
        buffers: &[V],
    ) -> Result<Self> {
        let count = optimizer.buffers().len();
        let rule = format_args!("{count} vectors, as {} keeps", optimizer.name());
        require(buffers.len() == count, "state.buffers", rule, buffers.len())?;
        let valid = learning_rate.is_finite() && learning_rate >= 0.0;
        require(valid, "state.learning_rate", ">= 0 and finite", learning_rate)?;
        let arenas = buffers.iter().map(|packed| layout.arena_of(packed.as_ref(), "state.buffers"));
        Ok(Self { step, learning_rate, buffers: arenas.collect::<Result<_>>()? })
    }

    /// The buffers, packed; the inverse of [`Self::unpack`].
    ///
    /// # Errors
    /// When memory is short.
    pub fn pack(&self, layout: &Layout) -> Result<Vec<Vec<T>>> {
        self.buffers.iter().map(|buffer| layout.pack(buffer)).collect()
    }

    /// Forgets the steps, for what they accumulated is no longer finite. The rate stays.
    pub fn reset(&mut self) {
        self.step = 0;
        self.buffers.iter_mut().for_each(|buffer| buffer.fill(T::zero()));
    }

    /// Moves the parameters once. `penalty` times the weights is added to their gradient; biases have no penalty.
    pub fn take_step(
        &mut self,
        team: &Team,
        optimizer: &OptimizerConfig,
        layout: &Layout,
        penalty: f64,
        params: &mut [T],
        gradient: &[T],
    ) {
        self.step += 1;
        for group in Group::ALL {
            let penalty = if group == Group::Weights { penalty } else { 0.0 };
            optimizer.step(&mut Step {
                team,
                number: self.step,
                rate: self.learning_rate,
                penalty,
                range: layout.range(group),
                params,
                gradient,
                buffers: &mut self.buffers,
            });
        }
    }
}
