//! Muon: Jordan et al. 2024. Momentum, with the matrix that it is replaced by the orthogonal one nearest to it.
//!
//! ```text
//! b <- momentum b + (1 - momentum) g
//! u = (1 - momentum) g + momentum b if nesterov else b
//! X = u / max(|u|, eps);   ns_steps times: S = X X^T, X <- a X + (b S + c S^2) X     (Newton-Schulz; S = X^T X if smaller)
//! p <- p (1 - lr weight_decay) - lr k X
//! k = sqrt(max(1, outputs / inputs)), or 0.2 sqrt(max(outputs, inputs)) as Liu et al. 2025
//! ```
//!
//! Newton-Schulz runs in the parameters' own element type, where PyTorch rounds to bfloat16.
//! Biases, which an estimator has beside its matrices, are moved by AdamW at the same rate and decay.

use thalweg_kernels::elementwise::scale;
use thalweg_kernels::gemm::{Epilogue, gemm};
use thalweg_kernels::simd::Simd;
use thalweg_kernels::sweep::Rule;
use thalweg_kernels::{MatMut, MatRef, Real, Team, reduce};

use super::adam::{Adam, Moments};
use super::checks::require_decay;
use super::decay::decay_rate;
use super::rules::{Incoming, Move, mean};
use super::{Buffer, Extent, Needs, Optimizer, Scope, Step, Taken};
use crate::error::{Result, require, require_not_negative, require_positive};
use crate::hyper::{choice, hyper_parameters};
use crate::params::Orientation;

choice! {
    /// How the rate follows from a matrix' shape.
    pub enum AdjustLr {
        /// The rule of the authors: matrices with more outputs than inputs move further.
        Original = "original",
        /// The step has the root mean square of AdamW's, whatever the shape.
        MatchRmsAdamW = "match_rms_adamw",
    }
}

hyper_parameters! {
    /// Hyper-parameters of Muon; names and defaults as in PyTorch.
    pub struct Muon {
        /// Learning rate.
        pub lr: f64 = 1e-3,
        /// Share of the parameters that decays at rate 1.
        pub weight_decay: f64 = 0.1,
        /// Decay of the running mean of the gradient.
        pub momentum: f64 = 0.95,
        /// Look ahead along the mean.
        pub nesterov: bool = true,
        /// Coefficients of the polynomial that Newton-Schulz iterates.
        pub ns_coefficients: [f64; 3] = [3.4445, -4.775, 2.0315],
        /// Least divisor of the direction's norm.
        pub eps: f64 = 1e-7,
        /// Iterations of Newton-Schulz.
        pub ns_steps: u64 = 5,
        /// How the rate follows from a matrix' shape; nothing is the original.
        pub adjust_lr_fn: Option<AdjustLr> = None,
        /// Climb instead of descend.
        pub maximize: bool = false,
        /// Multiply decoupled decay by the rate; otherwise only by what a schedule makes of the rate, which is 1 at first.
        pub decay_with_lr: bool = true,
    }
}

/// Numbers of the buffers.
const MOMENTUM: usize = 0;
const SQUARES: usize = 1;
const DIRECTION: usize = 2;
const NEXT: usize = 3;
const GRAM: usize = 4;
const POLYNOMIAL: usize = 5;

/// A singular value that tells that Newton-Schulz diverges.
const LARGEST: f64 = 100.0;

/// A square as long as the shorter side of a matrix.
fn square() -> Extent {
    Extent::of(|shape| match shape {
        [rows, cols] => vec![*rows.min(cols); 2],
        _ => vec![0],
    })
}

impl Optimizer for Muon {
    fn validate(&self) -> Result<()> {
        require_positive("lr", self.lr)?;
        require_not_negative("weight_decay", self.weight_decay)?;
        require_decay("momentum", self.momentum)?;
        let finite = self.ns_coefficients.iter().all(|coefficient| coefficient.is_finite());
        require(finite, "ns_coefficients", "finite", self.ns_coefficients)?;
        require_positive("eps", self.eps)?;
        require(self.ns_steps < 100, "ns_steps", "< 100", self.ns_steps)?;
        let rule = format_args!("such that singular values in [0, 1] stay below {LARGEST}");
        require(self.is_bounded(), "ns_coefficients", rule, self.ns_coefficients)
    }

    fn lr(&self) -> f64 {
        self.lr
    }

    fn buffers(&self) -> Vec<Buffer> {
        let others = Extent::of(|shape| if shape.len() == 2 { vec![0] } else { shape.to_vec() });
        let matrices = Extent::of(|shape| if shape.len() == 2 { shape.to_vec() } else { vec![0] });
        vec![
            Buffer::like("momentum_buffer"),
            Buffer::new("exp_avg_sq", others),
            Buffer::like("direction").scratch(),
            Buffer::new("next", matrices).scratch(),
            Buffer::new("gram", square()).scratch(),
            Buffer::new("polynomial", square()).scratch(),
        ]
    }

    fn needs(&self) -> Needs {
        Needs { matrices: true, ..Needs::default() }
    }

    fn scope(&self) -> Scope {
        Scope::Tensor
    }

    fn step<T: Real>(&self, step: &mut Step<'_, T>) -> Taken {
        let adam = Adam {
            weight_decay: self.weight_decay,
            maximize: self.maximize,
            decoupled_weight_decay: true,
            lr: self.lr,
            decay_with_lr: self.decay_with_lr,
            ..Adam::default()
        };
        let adamw = Moments::prepare(&adam, step.number, step.rate);
        let team = step.team;
        for i in 0..step.count() {
            match *step.shape(i) {
                [rows, cols] => self.move_matrix(&mut step.only(i), rows, cols),
                _ => step.tensor(i, [MOMENTUM, SQUARES]).sweep(team, &adamw),
            }
        }
        Ok(())
    }
}

impl Muon {
    /// Whether singular values, which begin in [0, 1], stay near 1; a few of them tell.
    fn is_bounded(&self) -> bool {
        let [a, b, c] = self.ns_coefficients;
        (0..=64).all(|i| {
            let mut x = f64::from(i) / 64.0;
            (0..self.ns_steps).all(|_| {
                let square = x * x;
                x *= a + (b + c * square) * square;
                x.abs() < LARGEST
            })
        })
    }

    /// Moves the one matrix of a step.
    fn move_matrix<T: Real>(&self, step: &mut Step<'_, T>, rows: usize, cols: usize) {
        let (team, rate) = (step.team, step.rate);
        let gradient = Incoming::new(self.maximize, 0.0);
        let ahead = T::of(if self.nesterov { self.momentum } else { 1.0 });
        step.sweep_on([MOMENTUM, DIRECTION], &Momentum { gradient, fresh: T::of(1.0 - self.momentum), ahead });
        let [direction, next, gram, polynomial] = step.tensor(0, [DIRECTION, NEXT, GRAM, POLYNOMIAL]).buffers;
        self.orthogonalise(team, (rows, cols), direction, [next, gram, polynomial]);
        let (outputs, inputs) = match step.orientation() {
            Orientation::OutIn => (rows as f64, cols as f64),
            Orientation::InOut => (cols as f64, rows as f64),
        };
        let factor = match self.adjust_lr_fn.unwrap_or(AdjustLr::Original) {
            AdjustLr::Original => (outputs / inputs).max(1.0).sqrt(),
            AdjustLr::MatchRmsAdamW => 0.2 * outputs.max(inputs).sqrt(),
        };
        let shrink = T::of(decay_rate(rate, self.lr, self.decay_with_lr) * self.weight_decay);
        step.sweep_on([DIRECTION], &Move { shrink, rate: T::of(rate * factor) });
    }

    /// Replaces a matrix by one whose singular values are about 1.
    fn orthogonalise<T: Real>(&self, team: &Team, shape: (usize, usize), x: &mut [T], scratch: [&mut [T]; 3]) {
        let [next, gram, polynomial] = scratch;
        let (rows, cols) = shape;
        let n = rows.min(cols);
        scale(team, T::of(1.0 / reduce::norm(team, x).wide().max(self.eps)), x);
        let [a, b, c] = self.ns_coefficients.map(T::of);
        for _ in 0..self.ns_steps {
            let of = MatRef::new(x, rows, cols);
            let (left, right) = if rows <= cols { (of, of.t()) } else { (of.t(), of) };
            gemm(team, left, right, MatMut::new(gram, n, n), false, Epilogue::None);
            let symmetric = MatRef::new(gram, n, n);
            gemm(team, symmetric, symmetric, MatMut::new(polynomial, n, n), false, Epilogue::None);
            for (place, (p, s)) in polynomial.iter_mut().zip(&*gram).enumerate() {
                let unit = if place % (n + 1) == 0 { a } else { T::zero() };
                *p = c * *p + b * *s + unit;
            }
            let factor = MatRef::new(polynomial, n, n);
            let (left, right) = if rows <= cols { (factor, of) } else { (of, factor) };
            gemm(team, left, right, MatMut::new(next, rows, cols), false, Epilogue::None);
            x.copy_from_slice(next);
        }
    }
}

/// The running mean, and the direction that follows from it.
struct Momentum<T> {
    gradient: Incoming<T>,
    fresh: T,
    /// Share of the mean in the direction; the rest is of the gradient.
    ahead: T,
}

impl<T: Real> Rule<T, 2> for Momentum<T> {
    #[inline(always)]
    fn update<S: Simd<T>>(&self, s: S, p: S::V, g: S::V, [b, _direction]: [S::V; 2]) -> (S::V, [S::V; 2]) {
        let g = self.gradient.apply(s, p, g);
        let b = mean(s, self.fresh, b, g);
        (p, [b, mean(s, self.ahead, g, b)])
    }
}
