//! Pace: takes the time and the losses, sets the rate that the schedule asks for, and the momentum where it has one.

use super::Progress;
use crate::error::Result;
use crate::mlp::MlpConfig;
use crate::optimizers::{GroupConfig, Groups, Optimizer};
use crate::params::Layout;
use crate::schedules::{Per, Schedule};

/// The schedule of a run, with the optimizer's groups as they are at the moment.
pub(super) struct Pace<'a> {
    schedule: &'a dyn Schedule,
    groups: Groups,
    /// The optimizer's own rate and momentum.
    base: (f64, Option<f64>),
    /// The time for which the rate is set.
    at: Option<u64>,
}

impl<'a> Pace<'a> {
    pub(super) fn new(config: &'a MlpConfig, layout: &Layout) -> Result<Self> {
        let layers = layout.layers();
        let biases = config.bias_solver.clone().map(|optimizer| {
            let tensors = (layers..layout.tensors().len()).collect();
            GroupConfig { optimizer, tensors, has_own_rate: false }
        });
        let groups = Groups::new(config.solver.clone(), layout.clone(), biases.into_iter().collect())?;
        let groups = groups.penalising(|tensor| tensor < layers);
        let momentum = config.solver.clone().momentum_mut().map(|momentum| *momentum);
        let base = (config.solver.lr(), momentum);
        let mut pace = Self { schedule: config.schedule.rule(), groups, base, at: None };
        if pace.schedule.moves_momentum() {
            pace.set_momentum(0);
        }
        Ok(pace)
    }

    /// The groups with the momentum of the moment.
    pub(super) fn groups(&self) -> &Groups {
        &self.groups
    }

    /// Before an epoch.
    pub(super) fn begin_epoch(&mut self, progress: &Progress, rate: &mut f64) {
        if self.schedule.per() == Some(Per::Epoch) {
            self.set(progress.epochs, rate);
        }
    }

    /// Before a step; `steps`: those taken.
    pub(super) fn begin_step(&mut self, steps: u64, rate: &mut f64) {
        if self.schedule.per() == Some(Per::Step) {
            self.set(steps, rate);
        }
    }

    /// After an epoch with that loss, which `progress` counts already.
    pub(super) fn end_epoch(&mut self, progress: &mut Progress, steps: u64, loss: f64, rate: &mut f64) {
        match self.schedule.per() {
            None => *rate = self.schedule.on_metric(&mut progress.plateau, loss, *rate),
            Some(Per::Step) => self.set(steps, rate),
            Some(Per::Epoch) => self.set(progress.epochs, rate),
            Some(Per::Sample) => self.set(progress.samples_seen, rate),
        }
    }

    fn set(&mut self, t: u64, rate: &mut f64) {
        let base = self.base.0;
        *rate = match self.at {
            Some(at) if at == t => return,
            Some(at) if at + 1 == t => self.schedule.advance(t, *rate, base),
            _ => self.schedule.rate_at(t, base),
        };
        self.at = Some(t);
        if self.schedule.moves_momentum() {
            self.set_momentum(t);
        }
    }

    fn set_momentum(&mut self, t: u64) {
        let wanted = self.schedule.momentum_at(t).or(self.base.1).unwrap_or(0.0);
        self.groups.set_momentum(wanted);
    }
}
