//! Line searches: how far to go along a direction in which the loss falls. For full-batch members.
//!
//! The conditions, with f and s the loss and the slope along the direction, both at the start for `0`:
//!
//! ```text
//! Armijo         f(t) <= f(0) + c1 t s(0)
//! Wolfe          and s(t) >= c2 s(0)
//! strong Wolfe   and |s(t)| <= c2 |s(0)|
//! ```

mod strong_wolfe;

use thalweg_kernels::Real;
use thalweg_kernels::simd::Simd;
use thalweg_kernels::sweep::Rule;

use super::closure::Answer;
use super::{Of, Step};
use crate::error::{Result, require};

pub use strong_wolfe::{Gradients, StrongWolfe};

/// The rules of the numbers that name how much a step must gain.
pub fn require_search(c1: f64, c2: f64, max_ls: u64) -> Result<()> {
    require_armijo(c1, max_ls)?;
    require(c2 > c1 && c2 < 1.0, "c2", format_args!("in (c1, 1), c1 being {c1}"), c2)
}

/// As [`require_search`], for searches that ask nothing of the slope.
pub fn require_armijo(c1: f64, max_ls: u64) -> Result<()> {
    require(c1 > 0.0 && c1 < 1.0, "c1", "in (0, 1)", c1)?;
    require(max_ls > 0, "max_ls", ">= 1", max_ls)
}

/// The rule of the factor by which a step is cut.
pub fn require_factor(decrease_factor: f64) -> Result<()> {
    require(decrease_factor > 0.0 && decrease_factor < 1.0, "decrease_factor", "in (0, 1)", decrease_factor)
}

/// Where a search begins, and in which direction it goes.
#[derive(Clone, Copy, Debug)]
pub struct Ray {
    /// The buffer that holds the parameters at the start.
    pub start: usize,
    /// The buffer that holds the direction.
    pub direction: usize,
    /// The loss at the start.
    pub loss: f64,
    /// The slope at the start along the direction; where it is above zero, the search goes backwards.
    pub slope: f64,
}

/// A point of a ray.
#[derive(Clone, Copy, Debug)]
pub struct Point {
    /// How often the direction was added to the start.
    pub at: f64,
    /// The loss there: infinite where it is not a number.
    pub loss: f64,
    /// The slope there.
    pub slope: f64,
}

impl Ray {
    /// Puts the parameters at a point.
    pub fn go<T: Real>(&self, step: &mut Step<'_, T>, at: f64) {
        step.sweep_on([self.start, self.direction], &Along { at: T::of(at) });
    }

    /// The loss at a point, where the parameters are left.
    pub fn loss_at<T: Real>(&self, step: &mut Step<'_, T>, at: f64) -> Answer<f64> {
        self.go(step, at);
        let loss = step.evaluate()?;
        Ok(if loss.is_nan() { f64::INFINITY } else { loss })
    }

    /// Loss and slope at a point, where the parameters are left.
    pub fn probe<T: Real>(&self, step: &mut Step<'_, T>, at: f64) -> Answer<Point> {
        let loss = self.loss_at(step, at)?;
        let slope = step.dot(Of::Gradient, Of::Buffer(self.direction));
        // A function that has run out of numbers is a wall.
        let loss = if slope.is_finite() { loss } else { f64::INFINITY };
        Ok(Point { at, loss, slope })
    }

    fn begin(&self) -> Point {
        Point { at: 0.0, loss: self.loss, slope: self.slope }
    }
}

/// The parameters at a point of a ray.
struct Along<T> {
    at: T,
}

impl<T: Real> Rule<T, 2> for Along<T> {
    #[inline(always)]
    fn update<S: Simd<T>>(&self, s: S, _p: S::V, _g: S::V, [start, d]: [S::V; 2]) -> (S::V, [S::V; 2]) {
        (s.mul_add(s.splat(self.at), d, start), [start, d])
    }
}

/// Backtracking: Armijo 1966.
#[derive(Clone, Copy, Debug)]
pub struct Armijo {
    /// How much of the slope's promise must be kept.
    pub c1: f64,
    /// What a step that gains too little is multiplied by.
    pub decrease_factor: f64,
    /// Evaluations before the search is given up.
    pub max_ls: u64,
}

impl Armijo {
    /// How far along the ray the parameters were moved: `first`, cut until the loss is low enough below `reference`; 0 where
    /// none is. Below the loss at the start for a monotone search, below a higher one for others.
    pub fn search<T: Real>(&self, step: &mut Step<'_, T>, ray: &Ray, first: f64, reference: f64) -> Answer<f64> {
        let mut at = first;
        for _ in 0..self.max_ls {
            if ray.loss_at(step, at)? <= reference + self.c1 * at * ray.slope {
                return Ok(at);
            }
            at *= self.decrease_factor;
        }
        ray.go(step, 0.0);
        Ok(0.0)
    }
}

/// Bisection for the two conditions of Wolfe 1969, in the form of Burke, Lewis and Overton 2005: between a point that is
/// still too steep and one that is too high.
#[derive(Clone, Copy, Debug)]
pub struct Wolfe {
    /// How much of the slope's promise must be kept.
    pub c1: f64,
    /// How much of the slope may be left.
    pub c2: f64,
    /// Evaluations before the search is given up.
    pub max_ls: u64,
}

impl Wolfe {
    /// How far along the ray the parameters were moved; where the search is given up, to the best point that is low enough.
    pub fn search<T: Real>(&self, step: &mut Step<'_, T>, ray: &Ray, first: f64) -> Answer<f64> {
        let (mut steep, mut high, mut at) = (0.0, f64::INFINITY, first);
        for _ in 0..self.max_ls {
            let point = ray.probe(step, at)?;
            if point.loss > ray.loss + self.c1 * at * ray.slope {
                high = at;
            } else if point.slope < self.c2 * ray.slope {
                steep = at;
            } else {
                return Ok(at);
            }
            at = if high.is_finite() { 0.5 * (steep + high) } else { 2.0 * steep };
        }
        ray.go(step, steep);
        Ok(steep)
    }
}
