//! SM3: Anil, Gupta, Koren and Singer 2019. AdaGrad whose accumulators are one number a row and one a column.
//!
//! ```text
//! v = beta2 min over axes k of a_k[i_k] + g^2       (beta2 < 1: (1 - beta2) g^2)
//! a_k[j] <- max over elements with i_k = j of v
//! m <- momentum m + (1 - momentum) g / sqrt(v + eps)
//! p <- p - lr m
//! ```

use thalweg_kernels::Real;
use thalweg_kernels::simd::{Kernel, Simd};

use super::checks::require_decay;
use super::rules::epsilon;
use super::{Buffer, Extent, Optimizer, Scope, Step, Taken};
use crate::error::{Result, require, require_not_negative, require_positive};
use crate::hyper::hyper_parameters;

hyper_parameters! {
    /// Hyper-parameters of SM3; defaults as in optax.
    pub struct Sm3 {
        /// Learning rate.
        pub lr: f64 = 0.1,
        /// Decay of the running mean of the steps.
        pub momentum: f64 = 0.9,
        /// Decay of the accumulators; 1 sums up, as the paper does.
        pub beta2: f64 = 1.0,
        /// Added under the root.
        pub eps: f64 = 1e-8,
        /// L2 penalty, added to the gradient of all parameters.
        pub weight_decay: f64 = 0.0,
        /// Climb instead of descend.
        pub maximize: bool = false,
    }
}

/// One number for each place on each axis; a number has one place.
fn places() -> Extent {
    Extent::of(|shape| vec![shape.iter().sum::<usize>().max(usize::from(shape.is_empty()))])
}

impl Optimizer for Sm3 {
    fn validate(&self) -> Result<()> {
        require_positive("lr", self.lr)?;
        require_decay("momentum", self.momentum)?;
        require(0.0 < self.beta2 && self.beta2 <= 1.0, "beta2", "in (0, 1]", self.beta2)?;
        require_positive("eps", self.eps)?;
        require_not_negative("weight_decay", self.weight_decay)
    }

    fn lr(&self) -> f64 {
        self.lr
    }

    fn buffers(&self) -> Vec<Buffer> {
        let mut buffers = vec![Buffer::new("accumulators", places()), Buffer::new("maxima", places()).scratch()];
        buffers.extend((self.momentum > 0.0).then(|| Buffer::like("momentum_buffer")));
        buffers
    }

    fn scope(&self) -> Scope {
        Scope::Tensor
    }

    fn step<T: Real>(&self, step: &mut Step<'_, T>) -> Taken {
        let (team, rate) = (step.team, step.rate);
        for i in 0..step.count() {
            if self.momentum > 0.0 {
                let t = step.tensor(i, [0, 1, 2]);
                let ([old, new, momentum], rule) = (t.buffers, self.rule(rate, t.l2));
                let (shape, params, gradient) = (t.shape, t.params, t.gradient);
                T::dispatch(team.isa(), Pass::<_, true> { rule, shape, params, gradient, old, new, momentum });
            } else {
                let t = step.tensor(i, [0, 1]);
                let ([old, new], rule, momentum) = (t.buffers, self.rule(rate, t.l2), &mut [][..]);
                let (shape, params, gradient) = (t.shape, t.params, t.gradient);
                T::dispatch(team.isa(), Pass::<_, false> { rule, shape, params, gradient, old, new, momentum });
            }
        }
        Ok(())
    }
}

impl Sm3 {
    fn rule<T: Real>(&self, rate: f64, l2: T) -> Elements<T> {
        Elements {
            sign: T::of(if self.maximize { -1.0 } else { 1.0 }),
            l2,
            decay: T::of(self.weight_decay),
            beta2: T::of(self.beta2),
            added: T::of(if self.beta2 < 1.0 { 1.0 - self.beta2 } else { 1.0 }),
            eps: epsilon(self.eps),
            fresh: T::of(1.0 - self.momentum),
            rate: T::of(rate),
        }
    }
}

/// The scalars of one step.
#[derive(Clone, Copy)]
struct Elements<T> {
    sign: T,
    l2: T,
    decay: T,
    beta2: T,
    /// Factor of the squared gradient.
    added: T,
    eps: T,
    fresh: T,
    rate: T,
}

/// One tensor, row by row: a row lies along the last axis. Plain loops, compiled for the CPU path at hand, which fuses and
/// reorders nothing: the bits are those of any other.
struct Pass<'a, T, const MOMENTUM: bool> {
    rule: Elements<T>,
    shape: &'a [usize],
    params: &'a mut [T],
    gradient: &'a [T],
    /// Accumulators, and the space where the next ones grow.
    old: &'a mut [T],
    new: &'a mut [T],
    momentum: &'a mut [T],
}

/// One row, and what it has of the accumulators of the last axis.
struct Row<'a, T> {
    params: &'a mut [T],
    gradient: &'a [T],
    old: &'a [T],
    new: &'a mut [T],
    momentum: &'a mut [T],
    /// The least accumulator of the other axes.
    least: T,
}

impl<T: Real, const MOMENTUM: bool> Kernel<T> for Pass<'_, T, MOMENTUM> {
    type Output = ();

    #[inline(always)]
    fn eval<S: Simd<T>>(self, _s: S) {
        let (leading, cols) = self.shape.split_last().map_or((&[][..], 1), |(last, leading)| (leading, *last));
        if self.params.is_empty() {
            return;
        }
        self.new.fill(T::zero());
        let last = self.old.len() - cols;
        for row in 0..self.params.len() / cols {
            let here = row * cols..(row + 1) * cols;
            let mut least = T::infinity();
            for_each_place(leading, row, |place| least = smaller(self.old[place], least));
            let (fresh, fresh_last) = self.new.split_at_mut(last);
            let most = self.rule.row::<MOMENTUM>(Row {
                params: &mut self.params[here.clone()],
                gradient: &self.gradient[here.clone()],
                old: &self.old[last..],
                new: fresh_last,
                momentum: if MOMENTUM { &mut self.momentum[here] } else { &mut [] },
                least,
            });
            for_each_place(leading, row, |place| fresh[place] = larger(most, fresh[place]));
        }
        self.old.copy_from_slice(self.new);
    }
}

/// Calls `with(place among the accumulators)` for each leading axis, at the `row`-th combination of their indices.
#[inline(always)]
fn for_each_place(leading: &[usize], row: usize, mut with: impl FnMut(usize)) {
    let (mut rest, mut end) = (row, leading.iter().sum::<usize>());
    for extent in leading.iter().rev() {
        end -= extent;
        with(end + rest % extent);
        rest /= extent;
    }
}

#[inline(always)]
fn smaller<T: Real>(a: T, b: T) -> T {
    if a < b { a } else { b }
}

#[inline(always)]
fn larger<T: Real>(a: T, b: T) -> T {
    if a > b { a } else { b }
}

impl<T: Real> Elements<T> {
    /// Moves a row; returns the largest of its new accumulators.
    #[inline(always)]
    fn row<const MOMENTUM: bool>(&self, row: Row<'_, T>) -> T {
        let cols = row.params.len();
        let (gradient, old, new) = (&row.gradient[..cols], &row.old[..cols], &mut row.new[..cols]);
        let mut most = T::zero();
        for j in 0..cols {
            let p = row.params[j];
            let g = self.sign * (gradient[j] + self.l2 * p) + self.decay * p;
            let v = self.beta2 * smaller(old[j], row.least) + self.added * (g * g);
            new[j] = larger(v, new[j]);
            most = larger(v, most);
            let mut step = g / (v + self.eps).sqrt();
            if MOMENTUM {
                let m = row.momentum[j] + self.fresh * (step - row.momentum[j]);
                row.momentum[j] = m;
                step = m;
            }
            row.params[j] = p - self.rate * step;
        }
        most
    }
}
