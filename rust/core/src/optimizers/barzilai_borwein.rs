//! Barzilai and Borwein 1988, with the safeguard of Raydan 1997: gradient descent whose rate is the inverse of the curvature
//! that the last step met.
//!
//! ```text
//! s = p - p_previous;   y = g - g_previous
//! t = BB1: s.s / s.y    BB2: s.y / y.y              (lr at first; the last rate where s.y <= 0)
//! p <- p - t g                                      (t cut until f(p - t g) <= max of the last losses - c1 t g.g)
//! ```

use thalweg_kernels::Real;
use thalweg_kernels::simd::Simd;
use thalweg_kernels::sweep::Measure;

use super::line_search::{Armijo, Ray, require_armijo, require_factor};
use super::{Buffer, Needs, Of, Optimizer, Scalar, Scope, Step, Taken};
use crate::error::{Result, require, require_positive};
use crate::hyper::{choice, hyper_parameters};

const PREVIOUS: usize = 0;
const GRADIENT: usize = 1;

/// Numbers: the last rate, 0 before the first step; then the last losses.
const RATE: usize = 0;
const LOSSES: usize = 1;

/// Bounds of the rate.
const LEAST: f64 = 1e-10;
const MOST: f64 = 1e10;

choice! {
    /// Which of the rates.
    pub enum Rates {
        /// The long one, s.s / s.y.
        First = "BB1",
        /// The short one, s.y / y.y.
        Second = "BB2",
        /// One after the other, the long one first.
        Alternate = "alternate",
    }
}

hyper_parameters! {
    /// Hyper-parameters of Barzilai and Borwein's method.
    pub struct BarzilaiBorwein {
        /// The rate of the first step.
        pub lr: f64 = 1e-3,
        /// Which of the rates.
        pub method: Rates = Rates::First,
        /// Losses of which the highest is the one to stay below; 1 for descent at every step.
        pub memory: u64 = 10,
        /// How much of the slope's promise must be kept.
        pub c1: f64 = 1e-4,
        /// What a rate that gains too little is multiplied by.
        pub decrease_factor: f64 = 0.5,
        /// Most evaluations of a step, after the one that begins it.
        pub max_ls: u64 = 25,
    }
}

impl Optimizer for BarzilaiBorwein {
    fn validate(&self) -> Result<()> {
        require_positive("lr", self.lr)?;
        let most = u64::from(u16::MAX);
        require((1..=most).contains(&self.memory), "memory", format_args!("in [1, {most}]"), self.memory)?;
        require_armijo(self.c1, self.max_ls)?;
        require_factor(self.decrease_factor)
    }

    fn lr(&self) -> f64 {
        self.lr
    }

    fn buffers(&self) -> Vec<Buffer> {
        vec![Buffer::like("previous"), Buffer::like("previous_gradient")]
    }

    fn scalars(&self) -> Vec<Scalar> {
        let mut scalars = vec![Scalar::new("step_size", 0.0)];
        scalars.extend((0..self.memory).map(|i| Scalar::new(format!("loss_{i}"), f64::NEG_INFINITY)));
        scalars
    }

    fn needs(&self) -> Needs {
        Needs { closure: true, one_group: true, ..Needs::default() }
    }

    fn scope(&self) -> Scope {
        Scope::Run
    }

    fn step<T: Real>(&self, step: &mut Step<'_, T>) -> Taken {
        let (loss, slope) = (step.loss.expect("the closure's"), step.sum_squares(Of::Gradient));
        let rate = self.rate(step);
        let slot = LOSSES + (step.number % self.memory) as usize;
        step.scalars[slot] = loss;
        let highest = step.scalars[LOSSES..].iter().copied().fold(f64::NEG_INFINITY, f64::max);
        if slope == 0.0 || !slope.is_finite() {
            return Ok(());
        }
        step.copy(Of::Params, Of::Buffer(PREVIOUS));
        step.copy(Of::Gradient, Of::Buffer(GRADIENT));
        // Backwards along the gradient.
        let ray = Ray { start: PREVIOUS, direction: GRADIENT, loss, slope };
        let search = Armijo { c1: self.c1, decrease_factor: self.decrease_factor, max_ls: self.max_ls };
        let taken = -search.search(step, &ray, -rate, highest)?;
        step.scalars[RATE] = if taken > 0.0 { taken } else { rate * self.decrease_factor };
        Ok(())
    }
}

impl BarzilaiBorwein {
    fn rate<T: Real>(&self, step: &Step<'_, T>) -> f64 {
        let last = step.scalars[RATE];
        if last == 0.0 {
            return step.rate;
        }
        let [ss, sy, yy] = step.measure_on([PREVIOUS, GRADIENT], &Products);
        let is_first = match self.method {
            Rates::First => true,
            Rates::Second => false,
            Rates::Alternate => step.number.is_multiple_of(2),
        };
        let rate = if is_first { ss / sy } else { sy / yy };
        if sy > 0.0 && rate.is_finite() { rate.clamp(LEAST, MOST) } else { last }
    }
}

/// `s.s, s.y, y.y`
struct Products;

impl<T: Real> Measure<T, 2, 3> for Products {
    #[inline(always)]
    fn terms<S: Simd<T>>(&self, s: S, p: S::V, g: S::V, [previous, before]: [S::V; 2]) -> [S::V; 3] {
        let (moved, y) = (s.sub(p, previous), s.sub(g, before));
        [s.mul(moved, moved), s.mul(moved, y), s.mul(y, y)]
    }
}
