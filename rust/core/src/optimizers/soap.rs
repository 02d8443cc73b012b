//! SOAP: Vyas et al. 2024. Adam in the eigenbasis of Shampoo's second moments, which turns slowly.
//!
//! ```text
//! first step: L_k = (1 - beta) G_k G_k^T for each axis k, Q_k its eigenvectors, largest first; nothing moves. Then
//! G' = G with each axis k multiplied by Q_k^T
//! m <- beta1 m + (1 - beta1) G';   v <- beta2 v + (1 - beta2) G'^2
//! U = m / (sqrt(v) + eps) with each axis k multiplied by Q_k
//! p <- p - lr sqrt(1 - beta2^t) / (1 - beta1^t) U;   p <- p - lr weight_decay p         (t counts from the second step)
//! L_k <- beta L_k + (1 - beta) G_k G_k^T            (beta = shampoo_beta)
//! each precondition_frequency steps: Q_k <- the Q of a QR decomposition of L_k Q_k, columns by falling q^T L q
//! ```
//!
//! m and v are kept in the eigenbasis: with a new one m is turned along, and v has its places exchanged as the columns have.

mod basis;

use std::ops::Range;

use thalweg_kernels::Real;
use thalweg_kernels::simd::Simd;
use thalweg_kernels::sweep::Rule;

use super::axes::{Axis, axes, placed};
use super::checks::require_betas;
use super::decay::decay_rate;
use super::rules::{Incoming, Take, epsilon, mean, mean_square};
use super::{Buffer, Extent, Of, Optimizer, Scope, Step, Taken};
use crate::error::{Result, require, require_not_negative, require_positive};
use crate::hyper::hyper_parameters;
use crate::math::power;

use basis::{eigenbasis, turned};

hyper_parameters! {
    /// Hyper-parameters of SOAP; names and defaults as the authors'.
    pub struct Soap {
        /// Learning rate.
        pub lr: f64 = 3e-3,
        /// Decay of the running means of the gradient and of its square, in the eigenbasis.
        pub betas: (f64, f64) = (0.95, 0.95),
        /// Decay of the second moments whose eigenbasis it is; negative: that of the squares.
        pub shampoo_beta: f64 = -1.0,
        /// Added to the root.
        pub eps: f64 = 1e-8,
        /// Share of the parameters that decays at rate 1.
        pub weight_decay: f64 = 0.01,
        /// Steps from one eigenbasis to the next.
        pub precondition_frequency: u64 = 10,
        /// Axes longer than this are left as they are.
        pub max_precond_dim: u64 = 10_000,
        /// Treat neighbouring axes as one, as long as that is no longer than `max_precond_dim`.
        pub merge_dims: bool = false,
        /// Find an eigenbasis for vectors too.
        pub precondition_1d: bool = false,
        /// Divide the step of a tensor by its root mean square.
        pub normalize_grads: bool = false,
        /// Undo that running means start at zero.
        pub correct_bias: bool = true,
        /// Climb instead of descend.
        pub maximize: bool = false,
        /// Multiply decoupled decay by the rate; otherwise only by what a schedule makes of the rate, which is 1 at first.
        pub decay_with_lr: bool = true,
    }
}

/// Numbers of the buffers.
const MEAN: usize = 0;
const SQUARES: usize = 1;
const MOMENTS: usize = 2;
const BASES: usize = 3;
const DIRECTION: usize = 4;
const WORK: usize = 5;
const OUTER: usize = 6;

/// Which axes of a tensor have an eigenbasis.
#[derive(Clone, Copy)]
struct Chosen {
    most: usize,
    merges: bool,
    vectors: bool,
}

impl Chosen {
    /// The axes that have one, and where their squares lie in a buffer.
    fn of(&self, shape: &[usize]) -> Vec<(Axis, Range<usize>)> {
        if shape.len() == 1 && !self.vectors || shape.contains(&0) {
            return Vec::new();
        }
        let merged = if self.merges && shape.len() > 1 { self.merged(shape) } else { shape.to_vec() };
        placed(axes(&merged).filter(|axis| axis.extent <= self.most), |axis| axis.extent * axis.extent)
    }

    /// The shape with neighbouring axes taken together as long as the product stays within bounds.
    fn merged(&self, shape: &[usize]) -> Vec<usize> {
        let (mut merged, mut current) = (Vec::new(), 1);
        for &extent in shape {
            if current * extent <= self.most {
                current *= extent;
            } else if current > 1 {
                merged.push(current);
                current = extent;
            } else {
                merged.push(extent);
            }
        }
        if current > 1 || merged.is_empty() {
            merged.push(current);
        }
        merged
    }
}

impl Optimizer for Soap {
    fn validate(&self) -> Result<()> {
        require_positive("lr", self.lr)?;
        require_betas(self.betas)?;
        require(self.shampoo_beta < 1.0, "shampoo_beta", "< 1", self.shampoo_beta)?;
        require_positive("eps", self.eps)?;
        require_not_negative("weight_decay", self.weight_decay)?;
        let frequency = self.precondition_frequency;
        require(frequency > 0, "precondition_frequency", "at least 1", frequency)?;
        require(self.max_precond_dim > 0, "max_precond_dim", "at least 1", self.max_precond_dim)
    }

    fn lr(&self) -> f64 {
        self.lr
    }

    fn buffers(&self) -> Vec<Buffer> {
        let chosen = self.chosen();
        let squares = || Extent::of(move |shape| vec![chosen.of(shape).last().map_or(0, |(_, place)| place.end)]);
        vec![
            Buffer::like("exp_avg"),
            Buffer::like("exp_avg_sq"),
            Buffer::new("GG", squares()),
            Buffer::new("Q", squares()),
            Buffer::like("direction").scratch(),
            Buffer::like("work").scratch(),
            Buffer::new("outer", squares()).scratch(),
        ]
    }

    fn scope(&self) -> Scope {
        Scope::Tensor
    }

    fn step<T: Real>(&self, step: &mut Step<'_, T>) -> Taken {
        step.sweep_on([DIRECTION], &Take(Incoming::new(self.maximize, 0.0)));
        self.gather(step);
        // The first step finds the bases; t counts those behind it.
        let t = step.number - 1;
        if t == 0 {
            self.begin_bases(step);
            return Ok(());
        }
        self.turn(step, DIRECTION, true);
        let fresh = [T::of(1.0 - self.betas.0), T::of(1.0 - self.betas.1)];
        step.sweep_on([MEAN, SQUARES, DIRECTION], &Moments { fresh, eps: epsilon(self.eps) });
        self.turn(step, DIRECTION, false);
        if t.is_multiple_of(self.precondition_frequency) {
            self.turn(step, MEAN, false);
            self.renew_bases(step);
            self.turn(step, MEAN, true);
        }
        let rate = step.rate * if self.correct_bias { self.correction(t) } else { 1.0 };
        let mut rates = step.per_tensor(rate);
        if self.normalize_grads {
            for i in 0..step.count() {
                let (tensor, step) = (step.tensor_number(i), step.only(i));
                let len = step.shape(0).iter().product::<usize>() as f64;
                let squares = step.sum_squares(Of::Buffer(DIRECTION));
                rates[tensor] = rate / (1e-30 + (squares / len).sqrt());
            }
        }
        let shrink = T::of(decay_rate(step.rate, self.lr, self.decay_with_lr) * self.weight_decay);
        step.sweep_each([DIRECTION], |tensor| Move { rate: T::of(rates[tensor]), shrink });
        Ok(())
    }
}

impl Soap {
    fn chosen(&self) -> Chosen {
        let most = usize::try_from(self.max_precond_dim).unwrap_or(usize::MAX);
        Chosen { most, merges: self.merge_dims, vectors: self.precondition_1d }
    }

    fn correction(&self, t: u64) -> f64 {
        (1.0 - power(self.betas.1, t)).sqrt() / (1.0 - power(self.betas.0, t))
    }

    /// Brings the second moments along each axis up to date, by the gradient in the direction's place.
    fn gather<T: Real>(&self, step: &mut Step<'_, T>) {
        let beta = if self.shampoo_beta < 0.0 { self.betas.1 } else { self.shampoo_beta };
        let (team, fresh) = (step.team, T::of(1.0 - beta));
        for i in 0..step.count() {
            let tensor = step.tensor(i, [MOMENTS, OUTER, DIRECTION]);
            let [moments, outer, gradient] = tensor.buffers;
            for (axis, place) in self.chosen().of(tensor.shape) {
                let (moments, outer) = (&mut moments[place.clone()], &mut outer[place]);
                axis.gram(team, gradient, outer, false);
                moments.iter_mut().zip(&*outer).for_each(|(mean, new)| *mean += fresh * (*new - *mean));
            }
        }
    }

    fn begin_bases<T: Real>(&self, step: &mut Step<'_, T>) {
        for i in 0..step.count() {
            let tensor = step.tensor(i, [MOMENTS, BASES]);
            let [moments, bases] = tensor.buffers;
            for (axis, place) in self.chosen().of(tensor.shape) {
                eigenbasis(&moments[place.clone()], axis.extent, &mut bases[place]);
            }
        }
    }

    /// Takes a buffer into the eigenbases, or back.
    fn turn<T: Real>(&self, step: &mut Step<'_, T>, buffer: usize, into: bool) {
        let team = step.team;
        for i in 0..step.count() {
            let tensor = step.tensor(i, [BASES, buffer, WORK]);
            let [bases, elements, work] = tensor.buffers;
            for (axis, place) in self.chosen().of(tensor.shape) {
                axis.multiply(team, &bases[place], into, elements, work);
                elements.copy_from_slice(work);
            }
        }
    }

    fn renew_bases<T: Real>(&self, step: &mut Step<'_, T>) {
        let team = step.team;
        for i in 0..step.count() {
            let tensor = step.tensor(i, [MOMENTS, BASES, SQUARES, WORK]);
            let [moments, bases, squares, work] = tensor.buffers;
            for (axis, place) in self.chosen().of(tensor.shape) {
                let order = turned(team, &moments[place.clone()], axis.extent, &mut bases[place]);
                axis.permute(&order, squares, work);
                squares.copy_from_slice(work);
            }
        }
    }
}

/// Adam's moments of what is in the direction's place, and the direction.
struct Moments<T> {
    fresh: [T; 2],
    eps: T,
}

impl<T: Real> Rule<T, 3> for Moments<T> {
    #[inline(always)]
    fn update<S: Simd<T>>(&self, s: S, p: S::V, _g: S::V, [m, v, g]: [S::V; 3]) -> (S::V, [S::V; 3]) {
        let (m, v) = (mean(s, self.fresh[0], m, g), mean_square(s, self.fresh[1], v, g));
        (p, [m, v, s.div(m, s.add(s.sqrt(v), s.splat(self.eps)))])
    }
}

/// The step, and decay behind it.
struct Move<T> {
    rate: T,
    shrink: T,
}

impl<T: Real> Rule<T, 1> for Move<T> {
    #[inline(always)]
    fn update<S: Simd<T>>(&self, s: S, p: S::V, _g: S::V, [direction]: [S::V; 1]) -> (S::V, [S::V; 1]) {
        let p = s.neg_mul_add(s.splat(self.rate), direction, p);
        (s.neg_mul_add(s.splat(self.shrink), p, p), [direction])
    }
}
