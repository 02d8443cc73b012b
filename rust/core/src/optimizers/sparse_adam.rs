//! SparseAdam: Adam on the rows in which the gradient is not zero, such as those of an embedding; "lazy" Adam.
//!
//! ```text
//! for the rows of the gradient, repeated rows summed:
//! m <- beta1 m + (1 - beta1) g;   v <- beta2 v + (1 - beta2) g^2
//! p <- p - lr sqrt(1 - beta2^t) / (1 - beta1^t) m / (sqrt(v) + eps)
//! ```

use thalweg_kernels::Real;
use thalweg_kernels::simd::Simd;
use thalweg_kernels::sweep::{Rule, Segment};

use super::checks::require_betas;
use super::rules::{Incoming, epsilon, mean, mean_square};
use super::{Buffer, Needs, Optimizer, Slab, SparseRows, Step, Taken};
use crate::error::{Result, require_positive};
use crate::hyper::hyper_parameters;
use crate::math::power;

hyper_parameters! {
    /// Hyper-parameters of SparseAdam; names and defaults as in PyTorch.
    pub struct SparseAdam {
        /// Learning rate.
        pub lr: f64 = 1e-3,
        /// Decay of the running means of the gradient and of its square.
        pub betas: (f64, f64) = (0.9, 0.999),
        /// Added to the root, so that a gradient of zero does not divide by zero.
        pub eps: f64 = 1e-8,
        /// Climb instead of descend.
        pub maximize: bool = false,
    }
}

/// Where the rows of the gradient are gathered.
const GATHERED: usize = 2;

impl Optimizer for SparseAdam {
    fn validate(&self) -> Result<()> {
        require_positive("lr", self.lr)?;
        require_betas(self.betas)?;
        require_positive("eps", self.eps)
    }

    fn lr(&self) -> f64 {
        self.lr
    }

    fn buffers(&self) -> Vec<Buffer> {
        vec![Buffer::like("exp_avg"), Buffer::like("exp_avg_sq"), Buffer::like("gradient").scratch()]
    }

    fn needs(&self) -> Needs {
        Needs { rows: true, ..Needs::default() }
    }

    fn step<T: Real>(&self, step: &mut Step<'_, T>) -> Taken {
        let rows = step.rows();
        let mut parts = Vec::new();
        for index in 0..step.count() {
            let (whole, height) = (step.segments[index], step.shape(index).first().copied().unwrap_or(1));
            if whole.len > 0 {
                let given = rows[whole.tensor];
                let touched = sorted(given.rows);
                gather(step.buffer_mut(GATHERED), &whole, whole.len / height, given, &touched);
                parts.extend(stretches(&whole, whole.len / height, &touched));
            }
        }
        let corrected = (1.0 - power(self.betas.1, step.number)).sqrt();
        let rule = Moments {
            gradient: Incoming::new(self.maximize, 0.0),
            fresh: [T::of(1.0 - self.betas.0), T::of(1.0 - self.betas.1)],
            eps: epsilon(self.eps),
            rate: T::of(step.rate * corrected / (1.0 - power(self.betas.0, step.number))),
        };
        step.sweep_parts(&parts, GATHERED, [0, 1], &rule);
        Ok(())
    }
}

/// The different rows, in order.
fn sorted(rows: &[usize]) -> Vec<usize> {
    let mut rows = rows.to_vec();
    rows.sort_unstable();
    rows.dedup();
    rows
}

/// Adds up the rows of a tensor, `width` elements each, where the tensor has them. Other rows keep what they had.
fn gather<T: Real>(to: &mut Slab<T>, whole: &Segment, width: usize, given: SparseRows<'_, T>, touched: &[usize]) {
    let gathered = to.of_mut(whole.tensor);
    for row in touched {
        gathered[row * width..][..width].fill(T::zero());
    }
    for (row, values) in given.rows.iter().zip(given.values.chunks_exact(width)) {
        let sums = &mut gathered[row * width..][..width];
        sums.iter_mut().zip(values).for_each(|(sum, value)| *sum += *value);
    }
}

/// The rows as parts of the arena, neighbours in one piece.
fn stretches(whole: &Segment, width: usize, touched: &[usize]) -> Vec<Segment> {
    let neighbours = touched.chunk_by(|row, next| row + 1 == *next);
    neighbours.map(|rows| Segment { start: whole.start + rows[0] * width, len: rows.len() * width, ..*whole }).collect()
}

/// The scalars of one step.
struct Moments<T> {
    gradient: Incoming<T>,
    fresh: [T; 2],
    eps: T,
    rate: T,
}

impl<T: Real> Rule<T, 2> for Moments<T> {
    #[inline(always)]
    fn update<S: Simd<T>>(&self, s: S, p: S::V, g: S::V, [m, v]: [S::V; 2]) -> (S::V, [S::V; 2]) {
        let g = self.gradient.apply(s, p, g);
        let (m, v) = (mean(s, self.fresh[0], m, g), mean_square(s, self.fresh[1], v, g));
        let quotient = s.div(m, s.add(s.sqrt(v), s.splat(self.eps)));
        (s.neg_mul_add(s.splat(self.rate), quotient, p), [m, v])
    }
}
