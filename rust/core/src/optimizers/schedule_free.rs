//! What the schedule-free optimizers share: Defazio, Yang, Mehta, Mishchenko, Khaled and Cutkosky 2024. In the place of a
//! falling rate stands an average of all points.
//!
//! ```text
//! z <- z - lr d                                     (d: the direction at y, decay included)
//! w  = t^r lr_max^weight_lr_power;   c = w / (sum of all w)
//! x <- (1 - c) x + c z                              (evaluate the model here)
//! y <- beta x + (1 - beta) z                        (the parameters: take the gradient here)
//! ```
//!
//! Only y and z are kept, for x = (y - (1 - beta) z) / beta; in these, y <- y + c (z - y) + lr (beta (1 - c) - 1) d.

use thalweg_kernels::Real;
use thalweg_kernels::simd::Simd;

use super::{Buffer, EvalParams, Scalar};
use crate::error::{Result, require, require_not_negative};
use crate::math::{power, real_power};

/// How the points are weighted in the average.
#[derive(Clone, Copy)]
pub struct Weighting {
    pub r: f64,
    pub weight_lr_power: f64,
}

impl Weighting {
    pub fn validate(&self) -> Result<()> {
        require_not_negative("r", self.r)?;
        require_not_negative("weight_lr_power", self.weight_lr_power)
    }

    /// The share of the new point in the average. `numbers` are those of [`scalars`].
    fn share(&self, number: u64, rate: f64, numbers: &mut [f64]) -> f64 {
        let [sum, greatest] = numbers else { panic!("two numbers") };
        *greatest = greatest.max(rate);
        let weight = raised(number as f64, self.r) * raised(*greatest, self.weight_lr_power);
        *sum += weight;
        if *sum > 0.0 { weight / *sum } else { 0.0 }
    }
}

/// `base^exponent` for `base >= 0`, with `0^0 = 1`; exact to the last bits for whole exponents, which are the usual ones.
fn raised(base: f64, exponent: f64) -> f64 {
    if exponent.fract() == 0.0 {
        power(base, exponent as u64)
    } else if base == 0.0 {
        0.0
    } else {
        real_power(base, exponent)
    }
}

/// The numbers that are kept: the sum of the weights, and the greatest rate.
pub fn scalars() -> Vec<Scalar> {
    vec![Scalar::new("weight_sum", 0.0), Scalar::new("lr_max", 0.0)]
}

/// The buffer of z, the first of each member.
pub fn z() -> Buffer {
    Buffer::like("z").starting_at_params()
}

/// Where x is, from y and the first buffer.
pub fn eval_params(beta: f64, number: u64) -> EvalParams {
    if number == 0 {
        return EvalParams::Params;
    }
    EvalParams::Blend { of_params: 1.0 / beta, buffer: 0, of_buffer: 1.0 - 1.0 / beta }
}

pub fn require_between(name: &str, beta: f64) -> Result<()> {
    require(beta > 0.0 && beta < 1.0, name, "in (0, 1)", beta)
}

/// The rate of a step after a linear warm-up over so many.
pub fn warmed_up(rate: f64, number: u64, warmup_steps: u64) -> f64 {
    if number < warmup_steps { rate * (number as f64 / warmup_steps as f64) } else { rate }
}

/// The scalars of one step's move of y and z.
#[derive(Clone, Copy)]
pub struct Move<T> {
    share: T,
    of_y: T,
    of_z: T,
}

impl<T: Real> Move<T> {
    pub fn prepare(weighting: Weighting, beta: f64, number: u64, rate: f64, numbers: &mut [f64]) -> Self {
        let share = weighting.share(number, rate, numbers);
        Self { share: T::of(share), of_y: T::of(rate * (1.0 - beta * (1.0 - share))), of_z: T::of(rate) }
    }

    /// y and z, moved along a direction.
    #[inline(always)]
    pub fn apply<S: Simd<T>>(&self, s: S, y: S::V, z: S::V, direction: S::V) -> (S::V, S::V) {
        let averaged = s.mul_add(s.splat(self.share), s.sub(z, y), y);
        let y = s.neg_mul_add(s.splat(self.of_y), direction, averaged);
        (y, s.neg_mul_add(s.splat(self.of_z), direction, z))
    }
}
