//! Nonlinear conjugate gradients: Fletcher and Reeves 1964, Polak and Ribiere 1969, Hestenes and Stiefel 1952, Dai and Yuan
//! 1999, Hager and Zhang 2005.
//!
//! ```text
//! y = g - g_previous
//! beta = FR: g.g / g_previous.g_previous            PR+: max(0, g.y / g_previous.g_previous)
//!        HS: g.y / d.y       DY: g.g / d.y          HZ: (y - 2 d y.y / d.y).g / d.y
//! d <- beta d - g                                   (beta = 0 at a restart)
//! p <- p + t d                                      (t by a strong Wolfe search)
//! ```

use thalweg_kernels::Real;
use thalweg_kernels::simd::Simd;
use thalweg_kernels::sweep::Measure;

use super::line_search::{Ray, StrongWolfe, require_search};
use super::{Buffer, Needs, Of, Optimizer, Scalar, Scope, Step, Taken};
use crate::error::{Result, require, require_not_negative, require_positive};
use crate::hyper::{choice, hyper_parameters};

const DIRECTION: usize = 0;
const PREVIOUS: usize = 1;
const START: usize = 2;

/// Numbers: steps since the direction was the steepest, length and slope of the last step.
const SINCE: usize = 0;
const LENGTH: usize = 1;
const SLOPE: usize = 2;

choice! {
    /// How the last direction enters the next.
    pub enum Conjugacy {
        /// Fletcher and Reeves.
        FletcherReeves = "FR",
        /// Polak and Ribiere, not below zero.
        PolakRibiere = "PR+",
        /// Hestenes and Stiefel.
        HestenesStiefel = "HS",
        /// Dai and Yuan.
        DaiYuan = "DY",
        /// Hager and Zhang.
        HagerZhang = "HZ",
    }
}

hyper_parameters! {
    /// Hyper-parameters of nonlinear conjugate gradients.
    pub struct NonlinearCg {
        /// Where the first line search begins; divided by the gradient's sum of magnitudes where that is above 1.
        pub lr: f64 = 1.0,
        /// How the last direction enters the next.
        pub method: Conjugacy = Conjugacy::PolakRibiere,
        /// How much of the slope's promise must be kept.
        pub c1: f64 = 1e-4,
        /// How much of the slope may be left.
        pub c2: f64 = 0.1,
        /// Most evaluations of a search after its first.
        pub max_ls: u64 = 25,
        /// Steps after which the direction is the steepest again; as many as there are parameters if not given.
        pub restart_every: Option<u64> = None,
        /// So it is where successive gradients are less orthogonal than this, `|g.g_previous| / g.g`; never if not given.
        pub restart_threshold: Option<f64> = Some(0.1),
    }
}

impl Optimizer for NonlinearCg {
    fn validate(&self) -> Result<()> {
        require_positive("lr", self.lr)?;
        require_search(self.c1, self.c2, self.max_ls)?;
        let every = self.restart_every.unwrap_or(1);
        require(every > 0, "restart_every", ">= 1", every)?;
        require_not_negative("restart_threshold", self.restart_threshold.unwrap_or(0.0))
    }

    fn lr(&self) -> f64 {
        self.lr
    }

    fn buffers(&self) -> Vec<Buffer> {
        vec![Buffer::like("direction"), Buffer::like("previous_gradient"), Buffer::like("start").scratch()]
    }

    fn scalars(&self) -> Vec<Scalar> {
        ["since_restart", "step_size", "slope"].map(|name| Scalar::new(name, 0.0)).into()
    }

    fn needs(&self) -> Needs {
        Needs { closure: true, one_group: true, ..Needs::default() }
    }

    fn scope(&self) -> Scope {
        Scope::Run
    }

    fn step<T: Real>(&self, step: &mut Step<'_, T>) -> Taken {
        let squares = step.sum_squares(Of::Gradient);
        if squares == 0.0 || !squares.is_finite() {
            return Ok(());
        }
        let slope = self.turn(step, squares);
        let first = self.first(step, slope);
        step.copy(Of::Params, Of::Buffer(START));
        step.copy(Of::Gradient, Of::Buffer(PREVIOUS));
        let ray = Ray { start: START, direction: DIRECTION, loss: step.loss.expect("the closure's"), slope };
        let Self { c1, c2, max_ls, .. } = *self;
        let search = StrongWolfe { c1, c2, tolerance_change: 0.0, max_ls, gradients: None };
        let length = search.search(step, &ray, first)?.point.at;
        (step.scalars[LENGTH], step.scalars[SLOPE]) = (length, slope);
        // After a search in vain the steepest direction is the next to try.
        step.scalars[SINCE] = if length > 0.0 { step.scalars[SINCE] + 1.0 } else { 0.0 };
        Ok(())
    }
}

impl NonlinearCg {
    /// Makes the direction; returns the slope along it.
    fn turn<T: Real>(&self, step: &mut Step<'_, T>, squares: f64) -> f64 {
        let (d, g) = (Of::Buffer(DIRECTION), Of::Gradient);
        let beta = self.beta(step, squares);
        step.blend(d, beta, g, -1.0);
        let slope = if beta == 0.0 { -squares } else { step.dot(g, d) };
        if beta != 0.0 && slope < 0.0 {
            return slope;
        }
        if beta != 0.0 {
            step.blend(d, 0.0, g, -1.0);
        }
        step.scalars[SINCE] = 0.0;
        -squares
    }

    /// The factor of the last direction; 0 for a restart.
    fn beta<T: Real>(&self, step: &Step<'_, T>, squares: f64) -> f64 {
        let since = step.scalars[SINCE];
        let count: usize = (0..step.count()).map(|i| step.shape(i).iter().product::<usize>()).sum();
        if since == 0.0 || since >= self.restart_every.unwrap_or(count as u64) as f64 {
            return 0.0;
        }
        let [gy, yy, dy, dg, gq, qq] = step.measure_on([DIRECTION, PREVIOUS], &Products);
        if self.restart_threshold.is_some_and(|threshold| gq.abs() >= threshold * squares) {
            return 0.0;
        }
        let beta = match self.method {
            Conjugacy::FletcherReeves => squares / qq,
            Conjugacy::PolakRibiere => (gy / qq).max(0.0),
            Conjugacy::HestenesStiefel => gy / dy,
            Conjugacy::DaiYuan => squares / dy,
            Conjugacy::HagerZhang => (gy - 2.0 * dg * yy / dy) / dy,
        };
        if beta.is_finite() { beta } else { 0.0 }
    }

    /// Where the search begins: where the last step's gain would be had again.
    fn first<T: Real>(&self, step: &Step<'_, T>, slope: f64) -> f64 {
        let again = step.scalars[LENGTH] * step.scalars[SLOPE] / slope;
        if again > 0.0 && again.is_finite() {
            return again;
        }
        step.rate * (1.0 / step.sum_abs(Of::Gradient)).min(1.0)
    }
}

/// `g.y, y.y, d.y, d.g, g.q, q.q`, with q the gradient before.
struct Products;

impl<T: Real> Measure<T, 2, 6> for Products {
    #[inline(always)]
    fn terms<S: Simd<T>>(&self, s: S, _p: S::V, g: S::V, [d, q]: [S::V; 2]) -> [S::V; 6] {
        let y = s.sub(g, q);
        [s.mul(g, y), s.mul(y, y), s.mul(d, y), s.mul(d, g), s.mul(g, q), s.mul(q, q)]
    }
}
