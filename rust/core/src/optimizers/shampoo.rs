//! Shampoo: Gupta, Koren and Singer 2018. Divides what lies along each axis of a tensor by a root of the second moments of
//! its gradients there.
//!
//! ```text
//! L_k <- L_k + G_k G_k^T                            for each axis k = 1..K, G_k the gradient with axis k down the rows
//! U = G with each axis k multiplied by (L_k + matrix_eps I)^(-1 / 2K)
//! b <- momentum b + U;   p <- p - lr b              (a matrix: L^(-1/4) G R^(-1/4); a vector: L^(-1/2) g)
//! ```
//!
//! Of axes longer than `max_preconditioner_dim` only the diagonal of `L_k` is kept, as in the paper's experiments.

use thalweg_kernels::Real;
use thalweg_kernels::Team;
use thalweg_kernels::simd::Simd;
use thalweg_kernels::sweep::Rule;

use super::axes::{Axis, axes, placed};
use super::checks::require_decay;
use super::decay::{decay_rate, require_decoupled};
use super::rules::{Incoming, Move, Take};
use super::{Buffer, Extent, Optimizer, Scope, Step, Taken};
use crate::error::{Result, require, require_not_negative, require_positive};
use crate::hyper::hyper_parameters;
use crate::linalg::symmetric_eigen;
use crate::math::real_power;

hyper_parameters! {
    /// Hyper-parameters of Shampoo.
    pub struct Shampoo {
        /// Learning rate.
        pub lr: f64 = 1e-3,
        /// Share of the velocity that survives a step.
        pub momentum: f64 = 0.0,
        /// L2 penalty, added to the gradient of all parameters.
        pub weight_decay: f64 = 0.0,
        /// Steps from one computation of the roots to the next.
        pub preconditioning_compute_steps: u64 = 1,
        /// Added to the diagonal of the second moments.
        pub matrix_eps: f64 = 1e-6,
        /// Axes longer than this have a diagonal only.
        pub max_preconditioner_dim: u64 = 256,
        /// Shrink the parameters and leave the gradient alone.
        pub decoupled_weight_decay: bool = false,
        /// Climb instead of descend.
        pub maximize: bool = false,
        /// Multiply decoupled decay by the rate; otherwise only by what a schedule makes of the rate, which is 1 at first.
        pub decay_with_lr: bool = true,
    }
}

/// Numbers of the buffers.
const MOMENTS: usize = 0;
const ROOTS: usize = 1;
const DIRECTION: usize = 2;
const WORK: usize = 3;
const VELOCITY: usize = 4;

impl Optimizer for Shampoo {
    fn validate(&self) -> Result<()> {
        require_positive("lr", self.lr)?;
        require_decay("momentum", self.momentum)?;
        require_not_negative("weight_decay", self.weight_decay)?;
        let steps = self.preconditioning_compute_steps;
        require(steps > 0, "preconditioning_compute_steps", "at least 1", steps)?;
        require_positive("matrix_eps", self.matrix_eps)?;
        require_decoupled(self.decay_with_lr, self.decoupled_weight_decay, "decoupled_weight_decay")
    }

    fn lr(&self) -> f64 {
        self.lr
    }

    fn buffers(&self) -> Vec<Buffer> {
        let most = self.max_preconditioner_dim;
        let extent = || Extent::of(move |shape| vec![axes(shape).map(|axis| len(axis, most)).sum()]);
        let roots = Buffer::new("roots", extent());
        let mut buffers = vec![
            Buffer::new("second_moments", extent()),
            if self.preconditioning_compute_steps > 1 { roots } else { roots.scratch() },
            Buffer::like("direction").scratch(),
            Buffer::like("work").scratch(),
        ];
        buffers.extend((self.momentum > 0.0).then(|| Buffer::like("momentum_buffer")));
        buffers
    }

    fn scope(&self) -> Scope {
        Scope::Tensor
    }

    fn step<T: Real>(&self, step: &mut Step<'_, T>) -> Taken {
        let decay = |decoupled: bool| if decoupled == self.decoupled_weight_decay { self.weight_decay } else { 0.0 };
        step.sweep_on([DIRECTION], &Take(Incoming::new(self.maximize, decay(false))));
        let renews = step.number == 1 || step.number.is_multiple_of(self.preconditioning_compute_steps);
        let team = step.team;
        for i in 0..step.count() {
            let tensor = step.tensor(i, [MOMENTS, ROOTS, DIRECTION, WORK]);
            if !tensor.params.is_empty() {
                self.precondition(team, tensor.shape, tensor.buffers, renews);
            }
        }
        let shrinking = decay_rate(step.rate, self.lr, self.decay_with_lr);
        let (shrink, rate) = (T::of(shrinking * decay(true)), T::of(step.rate));
        if self.momentum > 0.0 {
            let momentum = T::of(self.momentum);
            step.sweep_on([DIRECTION, VELOCITY], &Accelerate { momentum, taking: Move { shrink, rate } });
        } else {
            step.sweep_on([DIRECTION], &Move { shrink, rate });
        }
        Ok(())
    }
}

/// Numbers kept for an axis: those of a square, or of its diagonal.
fn len(axis: Axis, most: u64) -> usize {
    if is_whole(axis, most) { axis.extent * axis.extent } else { axis.extent }
}

fn is_whole(axis: Axis, most: u64) -> bool {
    axis.extent as u64 <= most
}

impl Shampoo {
    /// Makes the direction of a tensor of its gradient.
    fn precondition<T: Real>(&self, team: &Team, shape: &[usize], buffers: [&mut [T]; 4], renews: bool) {
        let [moments, roots, direction, work] = buffers;
        let (exponent, most) = (-0.5 / shape.len() as f64, self.max_preconditioner_dim);
        let axes = placed(axes(shape), |axis| len(axis, most));
        // All moments first, for the direction takes the gradient's place.
        for (axis, place) in axes.clone() {
            let (moments, root) = (&mut moments[place.clone()], &mut roots[place]);
            self.renew(team, axis, direction, moments);
            match renews {
                true if is_whole(axis, most) => self.root_of_matrix(moments, exponent, root),
                true => self.root_of_diagonal(moments, exponent, root),
                false => {}
            }
        }
        for (axis, place) in axes {
            let root = &roots[place];
            if is_whole(axis, most) {
                axis.multiply(team, root, false, direction, work);
                direction.copy_from_slice(work);
            } else {
                axis.for_each_row(direction, |place, row| row.iter_mut().for_each(|u| *u *= root[place]));
            }
        }
    }

    /// Adds the second moments of a gradient along an axis.
    fn renew<T: Real>(&self, team: &Team, axis: Axis, gradient: &mut [T], moments: &mut [T]) {
        if is_whole(axis, self.max_preconditioner_dim) {
            axis.gram(team, gradient, moments, true);
        } else {
            axis.for_each_row(gradient, |place, row| moments[place] += row.iter().map(|g| *g * *g).sum::<T>());
        }
    }

    /// `(moments + matrix_eps I)^exponent`
    fn root_of_matrix<T: Real>(&self, moments: &[T], exponent: f64, root: &mut [T]) {
        let n = moments.len().isqrt();
        let eigen = symmetric_eigen(moments.iter().map(|moment| moment.wide()).collect(), n);
        // V diag(f) V^T as a sum of outer products, each row by row.
        let mut sum = vec![0.0; n * n];
        for (k, value) in eigen.values.iter().enumerate() {
            let (factor, vector) = (self.root_of(*value, exponent), eigen.vector(k));
            for (row, x) in sum.chunks_exact_mut(n).zip(vector) {
                row.iter_mut().zip(vector).for_each(|(sum, y)| *sum += factor * (*x * *y));
            }
        }
        root.iter_mut().zip(sum).for_each(|(root, sum)| *root = T::of(sum));
    }

    fn root_of_diagonal<T: Real>(&self, moments: &[T], exponent: f64, root: &mut [T]) {
        let roots = moments.iter().map(|moment| T::of(self.root_of(moment.wide(), exponent)));
        root.iter_mut().zip(roots).for_each(|(to, root)| *to = root);
    }

    /// Second moments are not negative but for rounding.
    fn root_of(&self, moment: f64, exponent: f64) -> f64 {
        real_power(moment.max(0.0) + self.matrix_eps, exponent)
    }
}

struct Accelerate<T> {
    momentum: T,
    taking: Move<T>,
}

impl<T: Real> Rule<T, 2> for Accelerate<T> {
    #[inline(always)]
    fn update<S: Simd<T>>(&self, s: S, p: S::V, g: S::V, [direction, b]: [S::V; 2]) -> (S::V, [S::V; 2]) {
        let b = s.mul_add(s.splat(self.momentum), b, direction);
        let (p, _) = self.taking.update(s, p, g, [b]);
        (p, [direction, b])
    }
}
