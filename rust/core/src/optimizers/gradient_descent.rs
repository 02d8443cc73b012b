//! Gradient descent with a line search: Cauchy 1847, Armijo 1966, Wolfe 1969.
//!
//! ```text
//! p <- p - t g                                      (t from lr, as far as the line search asks)
//! ```

use thalweg_kernels::Real;

use super::line_search::{Armijo, Ray, StrongWolfe, Wolfe, require_factor, require_search};
use super::{Buffer, Needs, Of, Optimizer, Scalar, Scope, Step, Taken};
use crate::error::{Result, require, require_positive};
use crate::hyper::{choice, hyper_parameters};

const START: usize = 0;
const DIRECTION: usize = 1;

choice! {
    /// Line searches.
    pub enum LineSearch {
        /// Backtracking until the loss has fallen enough.
        Armijo = "armijo",
        /// Until it has fallen enough and the slope is no longer steep.
        Wolfe = "wolfe",
        /// Until it has fallen enough and the slope is almost none, up or down.
        StrongWolfe = "strong_wolfe",
    }
}

hyper_parameters! {
    /// Hyper-parameters of gradient descent with a line search.
    pub struct GradientDescent {
        /// The rate at which each search begins.
        pub lr: f64 = 1.0,
        /// Which search.
        pub line_search: LineSearch = LineSearch::Armijo,
        /// How much of the slope's promise must be kept.
        pub c1: f64 = 1e-4,
        /// How much of the slope may be left; without meaning for Armijo's search.
        pub c2: f64 = 0.9,
        /// What a rate that gains too little is multiplied by; for Armijo's search.
        pub decrease_factor: f64 = 0.5,
        /// A search begins at this multiple of the last rate, `lr` at most; at `lr` if not given.
        pub increase_factor: Option<f64> = None,
        /// Most evaluations of a search.
        pub max_ls: u64 = 25,
    }
}

impl Optimizer for GradientDescent {
    fn validate(&self) -> Result<()> {
        require_positive("lr", self.lr)?;
        require_search(self.c1, self.c2, self.max_ls)?;
        require_factor(self.decrease_factor)?;
        let increase = self.increase_factor.unwrap_or(1.0);
        require(increase >= 1.0 && increase.is_finite(), "increase_factor", ">= 1 and finite", increase)
    }

    fn lr(&self) -> f64 {
        self.lr
    }

    fn buffers(&self) -> Vec<Buffer> {
        vec![Buffer::like("start").scratch(), Buffer::like("direction").scratch()]
    }

    /// The last rate; 0 where there was none.
    fn scalars(&self) -> Vec<Scalar> {
        vec![Scalar::new("step_size", 0.0)]
    }

    fn needs(&self) -> Needs {
        Needs { closure: true, one_group: true, ..Needs::default() }
    }

    fn scope(&self) -> Scope {
        Scope::Run
    }

    fn step<T: Real>(&self, step: &mut Step<'_, T>) -> Taken {
        let (loss, slope) = (step.loss.expect("the closure's"), -step.sum_squares(Of::Gradient));
        let ray = Ray { start: START, direction: DIRECTION, loss, slope };
        if slope == 0.0 || !slope.is_finite() {
            return Ok(());
        }
        step.copy(Of::Params, Of::Buffer(START));
        step.blend(Of::Buffer(DIRECTION), 0.0, Of::Gradient, -1.0);
        let first = self.first(step.rate, step.scalars[0]);
        let Self { c1, c2, decrease_factor, max_ls, .. } = *self;
        step.scalars[0] = match self.line_search {
            LineSearch::Armijo => Armijo { c1, decrease_factor, max_ls }.search(step, &ray, first, loss)?,
            LineSearch::Wolfe => Wolfe { c1, c2, max_ls }.search(step, &ray, first)?,
            LineSearch::StrongWolfe => {
                let search = StrongWolfe { c1, c2, tolerance_change: 0.0, max_ls, gradients: None };
                search.search(step, &ray, first)?.point.at
            }
        };
        Ok(())
    }
}

impl GradientDescent {
    fn first(&self, rate: f64, last: f64) -> f64 {
        match self.increase_factor {
            Some(factor) if last > 0.0 => rate.min(factor * last),
            _ => rate,
        }
    }
}
