//! Fromage: Bernstein et al. 2020. Moves every tensor by the same share of its norm, and shrinks it by as much as that would
//! lengthen it.
//!
//! ```text
//! r = max(|p|, min_norm) / max(|g|, min_norm)       (1 where one of these is 0)
//! p <- (p - lr r g) / sqrt(1 + lr^2)
//! p_bound: p <- p min(1, p_bound |p_0| / |p|)
//! ```

use thalweg_kernels::Real;
use thalweg_kernels::simd::Simd;
use thalweg_kernels::sweep::{FoldRule, Measure, Rule};

use super::{Buffer, Extent, Optimizer, Scope, Step, Taken};
use crate::error::{Result, require_not_negative, require_positive};
use crate::hyper::hyper_parameters;

hyper_parameters! {
    /// Hyper-parameters of Fromage.
    pub struct Fromage {
        /// Learning rate: the share of its norm by which a tensor moves.
        pub lr: f64 = 0.01,
        /// How far the norm of a tensor may grow, as a multiple of its first one.
        pub p_bound: Option<f64> = None,
        /// Norms are taken to be at least this long.
        pub min_norm: f64 = 1e-6,
        /// Climb instead of descend.
        pub maximize: bool = false,
    }
}

impl Optimizer for Fromage {
    fn validate(&self) -> Result<()> {
        require_positive("lr", self.lr)?;
        if let Some(bound) = self.p_bound {
            require_positive("p_bound", bound)?;
        }
        require_not_negative("min_norm", self.min_norm)
    }

    fn lr(&self) -> f64 {
        self.lr
    }

    fn buffers(&self) -> Vec<Buffer> {
        self.p_bound.map(|_| Buffer::new("max_norm", Extent::One)).into_iter().collect()
    }

    fn scope(&self) -> Scope {
        Scope::Tensor
    }

    fn step<T: Real>(&self, step: &mut Step<'_, T>) -> Taken {
        let mut norms = step.per_tensor([0.0; 2]);
        step.measure_each([], |_| Norms, |tensor, squares: [f64; 2]| norms[tensor] = squares.map(f64::sqrt));
        let shrink = 1.0 / (1.0 + step.rate * step.rate).sqrt();
        let signed = if self.maximize { -step.rate } else { step.rate } * shrink;
        let turn = |tensor: usize| Turn { keep: T::of(shrink), rate: T::of(signed * self.ratio(norms[tensor])) };
        let Some(bound) = self.p_bound else {
            step.sweep_each([], turn);
            return Ok(());
        };
        if step.number == 1 {
            for i in 0..step.count() {
                let tensor = step.tensor_number(i);
                step.buffer_mut(0).of_mut(tensor)[0] = T::of(bound * norms[tensor][0]);
            }
        }
        let mut lengths = step.per_tensor(0.0);
        step.fold_each([], turn, |tensor, [p2]| lengths[tensor] = p2.sqrt());
        let mut keep = step.per_tensor(T::one());
        for i in 0..step.count() {
            let tensor = step.tensor_number(i);
            let most = step.buffer(0).of(tensor)[0].wide();
            if lengths[tensor] > most {
                keep[tensor] = T::of(most / lengths[tensor]);
            }
        }
        step.sweep_each([], |tensor| Turn { keep: keep[tensor], rate: T::zero() });
        Ok(())
    }
}

impl Fromage {
    /// What multiplies the rate, from the norms of parameters and gradient.
    fn ratio(&self, norms: [f64; 2]) -> f64 {
        // A NaN stays one, for `max` is not asked about it.
        let [params, gradient] = norms.map(|norm| if norm < self.min_norm { self.min_norm } else { norm });
        if params == 0.0 || gradient == 0.0 { 1.0 } else { params / gradient }
    }
}

/// The squared norms of parameters and gradient.
struct Norms;

impl<T: Real> Measure<T, 0, 2> for Norms {
    #[inline(always)]
    fn terms<S: Simd<T>>(&self, s: S, p: S::V, g: S::V, _state: [S::V; 0]) -> [S::V; 2] {
        [s.mul(p, p), s.mul(g, g)]
    }
}

/// `keep * p - rate * g`
struct Turn<T> {
    keep: T,
    rate: T,
}

impl<T: Real> Rule<T, 0> for Turn<T> {
    #[inline(always)]
    fn update<S: Simd<T>>(&self, s: S, p: S::V, g: S::V, _state: [S::V; 0]) -> (S::V, [S::V; 0]) {
        (s.neg_mul_add(s.splat(self.rate), g, s.mul(s.splat(self.keep), p)), [])
    }
}

/// As the rule, with the squared norm of what comes out.
impl<T: Real> FoldRule<T, 0, 1> for Turn<T> {
    #[inline(always)]
    fn update<S: Simd<T>>(&self, s: S, p: S::V, g: S::V, state: [S::V; 0]) -> (S::V, [S::V; 0], [S::V; 1]) {
        let (p, state) = Rule::update(self, s, p, g, state);
        (p, state, [s.mul(p, p)])
    }
}
