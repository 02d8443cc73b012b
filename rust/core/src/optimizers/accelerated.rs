//! Nesterov's acceleration, with the restarts of O'Donoghue and Candes 2012: what FISTA and the accelerated gradient share.

use thalweg_kernels::Real;
use thalweg_kernels::simd::Simd;
use thalweg_kernels::sweep::{FoldRule, Measure, Rule};

use super::closure::Answer;
use super::proximal::{Backtracking, Penalty, Shrink};
use super::{Buffer, Of, Scalar, Step, Taken};
use crate::hyper::choice;

/// Buffers: the parameters before the last step; with backtracking, the point looked ahead to and the gradient there.
const PREVIOUS: usize = 0;
const START: usize = 1;
const GRADIENT: usize = 2;

/// Numbers: t, which the momentum follows from; how far the next step looks ahead, what the rate has been multiplied by, the objective before.
const COUNT: usize = 0;
const MOMENTUM: usize = 1;
const DECREASE: usize = 2;
const OBJECTIVE: usize = 3;

choice! {
    /// When the momentum starts anew.
    pub enum Restart {
        /// Where the step turns against the gradient that led to it.
        Gradient = "gradient",
        /// Where the objective has risen.
        Function = "function",
        /// Never.
        Never = "none",
    }
}

/// The method.
#[derive(Clone, Copy, Debug)]
pub struct Accelerated {
    pub penalty: Penalty,
    /// How far to look ahead along the last step; grows by itself towards 1 if not given.
    pub momentum: Option<f64>,
    pub restart: Restart,
    /// What the rate is multiplied by where it proves too long; it is trusted if not given.
    pub decrease_factor: Option<f64>,
}

impl Accelerated {
    pub fn buffers(&self) -> Vec<Buffer> {
        let mut buffers = vec![Buffer::like("previous").starting_at_params()];
        if self.decrease_factor.is_some() {
            buffers.extend(["start", "gradient"].map(|name| Buffer::like(name).scratch()));
        }
        buffers
    }

    pub fn scalars() -> Vec<Scalar> {
        let names = [("t", 1.0), ("momentum", 0.0), ("decrease", 1.0), ("objective", f64::INFINITY)];
        names.map(|(name, initial)| Scalar::new(name, initial)).into()
    }

    pub fn backtracks(&self) -> Option<Backtracking> {
        let (penalty, start, gradient) = (self.penalty, START, GRADIENT);
        self.decrease_factor.map(|decrease_factor| Backtracking { penalty, decrease_factor, start, gradient })
    }

    pub fn step<T: Real>(&self, step: &mut Step<'_, T>) -> Taken {
        if self.restart == Restart::Function {
            let objective = step.loss.expect("the closure's") + self.penalty.value(step);
            if objective > step.scalars[OBJECTIVE] {
                forget(step);
            }
            step.scalars[OBJECTIVE] = objective;
        }
        let loss = look_ahead(step)?;
        let turned = self.descend(step, loss)?;
        if self.restart == Restart::Gradient && turned > 0.0 {
            forget(step);
        } else {
            self.grow(step);
        }
        Ok(())
    }

    /// Steps from the point looked ahead to; returns `(y - p).(p - p_before)`, above zero where the step was a step too far.
    fn descend<T: Real>(&self, step: &mut Step<'_, T>, loss: f64) -> Answer<f64> {
        let rate = step.rate;
        let Some(backtracking) = self.backtracks() else {
            let [turned] = step.fold_on([PREVIOUS], &Descend { shrink: self.penalty.at(rate) });
            return Ok(turned);
        };
        let taken = backtracking.take(step, loss, rate * step.scalars[DECREASE])?;
        step.scalars[DECREASE] = taken / rate;
        let [turned] = step.measure_on([START, PREVIOUS], &Turn);
        Ok(turned)
    }

    fn grow<T: Real>(&self, step: &mut Step<'_, T>) {
        let t = step.scalars[COUNT];
        let next = (1.0 + (1.0 + 4.0 * t * t).sqrt()) / 2.0;
        step.scalars[COUNT] = next;
        step.scalars[MOMENTUM] = self.momentum.unwrap_or((t - 1.0) / next);
    }
}

/// Starts the momentum anew.
fn forget<T: Real>(step: &mut Step<'_, T>) {
    (step.scalars[COUNT], step.scalars[MOMENTUM]) = (1.0, 0.0);
}

/// Goes on along the last step and evaluates there; returns the loss.
fn look_ahead<T: Real>(step: &mut Step<'_, T>) -> Answer<f64> {
    let momentum = step.scalars[MOMENTUM];
    if momentum == 0.0 {
        step.copy(Of::Params, Of::Buffer(PREVIOUS));
        return Ok(step.loss.expect("the closure's"));
    }
    step.sweep_on([PREVIOUS], &Ahead { momentum: T::of(momentum) });
    step.evaluate()
}

/// `y = p + momentum (p - previous)`, and p becomes the previous.
struct Ahead<T> {
    momentum: T,
}

impl<T: Real> Rule<T, 1> for Ahead<T> {
    #[inline(always)]
    fn update<S: Simd<T>>(&self, s: S, p: S::V, _g: S::V, [previous]: [S::V; 1]) -> (S::V, [S::V; 1]) {
        (s.mul_add(s.splat(self.momentum), s.sub(p, previous), p), [p])
    }
}

struct Descend<T> {
    shrink: Shrink<T>,
}

impl<T: Real> FoldRule<T, 1, 1> for Descend<T> {
    #[inline(always)]
    fn update<S: Simd<T>>(&self, s: S, y: S::V, g: S::V, [previous]: [S::V; 1]) -> (S::V, [S::V; 1], [S::V; 1]) {
        let p = self.shrink.apply(s, y, g);
        (p, [previous], [s.mul(s.sub(y, p), s.sub(p, previous))])
    }
}

/// `(y - p).(p - previous)`
struct Turn;

impl<T: Real> Measure<T, 2, 1> for Turn {
    #[inline(always)]
    fn terms<S: Simd<T>>(&self, s: S, p: S::V, _g: S::V, [y, previous]: [S::V; 2]) -> [S::V; 1] {
        [s.mul(s.sub(y, p), s.sub(p, previous))]
    }
}
