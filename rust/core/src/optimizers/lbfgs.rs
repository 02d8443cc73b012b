//! L-BFGS: Nocedal 1980, Liu and Nocedal 1989, as PyTorch has it. Newton's direction from the last moves and what they did
//! to the gradient; a step is up to `max_iter` moves.
//!
//! ```text
//! y = g - g_previous;   s = t d                     (kept if y.s > 1e-10;  H = y.s / y.y)
//! d = -H g by the two loops over the pairs (s, y)   (first move: d = -g)
//! p <- p + t d                                      (t = lr, first move lr min(1, 1 / |g|_1); or by a search from there)
//! ```

use thalweg_kernels::Real;

use super::closure::Answer;
use super::line_search::{Gradients, Ray, StrongWolfe};
use super::{Buffer, Needs, Of, Optimizer, Scalar, Scope, Step, Taken};
use crate::error::{Result, require, require_not_negative, require_positive};
use crate::hyper::{choice, hyper_parameters};

/// Buffers: the direction, later the move along it; the gradient before, later how it changed.
const DIRECTION: usize = 0;
const PREVIOUS: usize = 1;
/// Those of a line search, where there is one.
const START: usize = 2;
const ENDS: [usize; 2] = [3, 4];

/// Numbers: moves, evaluations, the last step's length, the initial Hessian's inverse, pairs ever kept; then `1 / y.s`.
const N_ITER: usize = 0;
const FUNC_EVALS: usize = 1;
const LENGTH: usize = 2;
const H_DIAG: usize = 3;
const PAIRS: usize = 4;
const RO: usize = 5;

/// Pairs whose `y.s` is not above it say nothing of a convex function.
const LEAST_CURVATURE: f64 = 1e-10;

choice! {
    /// Line searches.
    pub enum LineSearchFn {
        /// For the strong Wolfe conditions.
        StrongWolfe = "strong_wolfe",
    }
}

hyper_parameters! {
    /// Hyper-parameters of L-BFGS; names and defaults as in PyTorch.
    pub struct Lbfgs {
        /// Length of a move, or where the line search begins.
        pub lr: f64 = 1.0,
        /// Most moves in a step.
        pub max_iter: u64 = 20,
        /// Evaluations after which no move of a step begins; 5/4 of `max_iter` if not given.
        pub max_eval: Option<u64> = None,
        /// A step ends where no element of the gradient is larger.
        pub tolerance_grad: f64 = 1e-7,
        /// A step ends where loss or parameters change by no more, or the slope is no steeper.
        pub tolerance_change: f64 = 1e-9,
        /// Pairs remembered.
        pub history_size: u64 = 100,
        /// How the length of a move is found.
        pub line_search_fn: Option<LineSearchFn> = None,
    }
}

/// Where a step is: the loss, and where the gradient is.
#[derive(Clone, Copy)]
struct Here {
    loss: f64,
    gradient: Of,
}

impl Optimizer for Lbfgs {
    fn validate(&self) -> Result<()> {
        require_positive("lr", self.lr)?;
        require(self.max_iter > 0, "max_iter", ">= 1", self.max_iter)?;
        require(self.max_evaluations() > 0, "max_eval", ">= 1", self.max_evaluations())?;
        require_not_negative("tolerance_grad", self.tolerance_grad)?;
        require_not_negative("tolerance_change", self.tolerance_change)?;
        let most = u64::from(u16::MAX);
        let fits = (1..=most).contains(&self.history_size);
        require(fits, "history_size", format_args!("in [1, {most}]"), self.history_size)
    }

    fn lr(&self) -> f64 {
        self.lr
    }

    fn buffers(&self) -> Vec<Buffer> {
        let mut buffers = vec![Buffer::like("d"), Buffer::like("prev_flat_grad")];
        if self.line_search_fn.is_some() {
            buffers.extend(["start", "end_0", "end_1"].map(|name| Buffer::like(name).scratch()));
        }
        let pair = |i| ["stps", "dirs"].map(|kind| Buffer::like(format!("old_{kind}_{i}")).seldom());
        buffers.extend((0..self.history_size).flat_map(pair));
        buffers
    }

    fn scalars(&self) -> Vec<Scalar> {
        let names = ["n_iter", "func_evals", "t", "H_diag", "pairs"];
        let mut scalars: Vec<_> = names.map(|name| Scalar::new(name, 0.0)).into();
        scalars[H_DIAG].initial = 1.0;
        scalars.extend((0..self.history_size).map(|i| Scalar::new(format!("ro_{i}"), 0.0)));
        scalars
    }

    fn needs(&self) -> Needs {
        Needs { closure: true, one_group: true, ..Needs::default() }
    }

    fn scope(&self) -> Scope {
        Scope::Run
    }

    fn step<T: Real>(&self, step: &mut Step<'_, T>) -> Taken {
        let mut here = Here { loss: step.loss.expect("the closure's"), gradient: Of::Gradient };
        let mut evaluations = 1;
        step.scalars[FUNC_EVALS] += 1.0;
        if step.largest_abs(here.gradient) <= self.tolerance_grad {
            return Ok(());
        }
        for iteration in 1..=self.max_iter {
            self.turn(step, here);
            let slope = step.dot(Of::Buffer(PREVIOUS), Of::Buffer(DIRECTION));
            if !slope.is_finite() || slope > -self.tolerance_change {
                break;
            }
            let is_last = iteration == self.max_iter;
            let before = here.loss;
            let budget = self.max_evaluations().saturating_sub(evaluations);
            let moved = self.advance(step, &mut here, slope, (budget, is_last))?;
            evaluations += moved;
            step.scalars[FUNC_EVALS] += moved as f64;
            if is_last || evaluations >= self.max_evaluations() || self.settles(step, here, before) {
                break;
            }
        }
        Ok(())
    }
}

impl Lbfgs {
    fn max_evaluations(&self) -> u64 {
        self.max_eval.unwrap_or(self.max_iter.saturating_mul(5) / 4)
    }

    /// Takes note of the last move, and finds direction and first length of the next.
    fn turn<T: Real>(&self, step: &mut Step<'_, T>, here: Here) {
        step.scalars[N_ITER] += 1.0;
        let mut length = step.rate;
        if step.scalars[N_ITER] == 1.0 {
            length *= (1.0 / step.sum_abs(here.gradient)).min(1.0);
        } else {
            self.remember(step, here.gradient);
        }
        step.blend(Of::Buffer(DIRECTION), 0.0, here.gradient, -1.0);
        self.precondition(step);
        step.scalars[LENGTH] = length;
        step.copy(here.gradient, Of::Buffer(PREVIOUS));
    }

    /// Keeps the last move and what it did to the gradient, in the place of the oldest.
    fn remember<T: Real>(&self, step: &mut Step<'_, T>, gradient: Of) {
        let (s, y) = (Of::Buffer(DIRECTION), Of::Buffer(PREVIOUS));
        step.scale(step.scalars[LENGTH], s);
        step.blend(y, -1.0, gradient, 1.0);
        let curvature = step.dot(y, s);
        if curvature > LEAST_CURVATURE {
            let slot = step.scalars[PAIRS] as usize % self.history_size as usize;
            for (from, to) in [s, y].into_iter().zip(self.pair(slot)) {
                if let Of::Buffer(kept) = to {
                    step.buffer_mut(kept).before_change();
                }
                step.copy(from, to);
            }
            step.scalars[RO + slot] = 1.0 / curvature;
            step.scalars[H_DIAG] = curvature / step.sum_squares(y);
            step.scalars[PAIRS] += 1.0;
        }
    }

    fn pair(&self, slot: usize) -> [Of; 2] {
        let first = if self.line_search_fn.is_some() { ENDS[1] + 1 } else { START };
        [Of::Buffer(first + 2 * slot), Of::Buffer(first + 2 * slot + 1)]
    }

    /// The slots of the pairs, the oldest first.
    fn slots(&self, pairs: f64) -> impl DoubleEndedIterator<Item = usize> + use<> {
        let (pairs, size) = (pairs as usize, self.history_size as usize);
        (pairs.saturating_sub(size)..pairs).map(move |pair| pair % size)
    }

    /// Multiplies the direction by the inverse of the Hessian, as far as it is known.
    fn precondition<T: Real>(&self, step: &mut Step<'_, T>) {
        let q = Of::Buffer(DIRECTION);
        let slots = self.slots(step.scalars[PAIRS]);
        let mut alphas = Vec::with_capacity(self.history_size as usize);
        for slot in self.slots(step.scalars[PAIRS]).rev() {
            let [s, y] = self.pair(slot);
            let alpha = step.dot(s, q) * step.scalars[RO + slot];
            step.axpy(-alpha, y, q);
            alphas.push(alpha);
        }
        if step.scalars[H_DIAG] != 1.0 {
            step.scale(step.scalars[H_DIAG], q);
        }
        for (slot, alpha) in slots.zip(alphas.into_iter().rev()) {
            let [s, y] = self.pair(slot);
            let beta = step.dot(y, q) * step.scalars[RO + slot];
            step.axpy(alpha - beta, s, q);
        }
    }

    /// Moves the parameters along the direction; returns the number of evaluations.
    fn advance<T: Real>(
        &self,
        step: &mut Step<'_, T>,
        here: &mut Here,
        slope: f64,
        (budget, is_last): (u64, bool),
    ) -> Answer<u64> {
        let length = step.scalars[LENGTH];
        if self.line_search_fn.is_none() {
            step.axpy(length, Of::Buffer(DIRECTION), Of::Params);
            if is_last {
                return Ok(0);
            }
            *here = Here { loss: step.evaluate()?, gradient: Of::Gradient };
            return Ok(1);
        }
        step.copy(Of::Params, Of::Buffer(START));
        let ray = Ray { start: START, direction: DIRECTION, loss: here.loss, slope };
        let search = StrongWolfe {
            c1: 1e-4,
            c2: 0.9,
            tolerance_change: 1e-9,
            max_ls: budget,
            gradients: Some(Gradients { start: PREVIOUS, ends: ENDS }),
        };
        let found = search.search(step, &ray, length)?;
        step.scalars[LENGTH] = found.point.at;
        *here = Here { loss: found.point.loss, gradient: found.gradient };
        Ok(found.evaluations)
    }

    /// Whether the gradient, the last move or the change of the loss is within the tolerances.
    fn settles<T: Real>(&self, step: &Step<'_, T>, here: Here, before: f64) -> bool {
        let longest = || step.largest_abs(Of::Buffer(DIRECTION)) * step.scalars[LENGTH].abs();
        step.largest_abs(here.gradient) <= self.tolerance_grad
            || longest() <= self.tolerance_change
            || (here.loss - before).abs() < self.tolerance_change
    }
}
