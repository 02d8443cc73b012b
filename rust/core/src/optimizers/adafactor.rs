//! Adafactor: Shazeer and Stern 2018. Root mean squares of a matrix' gradients, as the product of those of its rows and of
//! its columns: few numbers to keep.
//!
//! ```text
//! w = t^beta2_decay;   a = max(eps2, rms(p)) min(lr, 1 / sqrt(t));   p <- p (1 - lr weight_decay)
//! R <- R + w (mean of g^2 over each row - R),   C <- C + w (mean of g^2 over each column - C)
//! V = R C / max(mean(R), eps1)                      (the last two axes; vectors keep V <- V + w (g^2 - V) itself)
//! u = g / sqrt(max(V, eps1^2))
//! p <- p - a u / max(1, rms(u) / d)
//! ```

use thalweg_kernels::simd::{Kernel, Simd};
use thalweg_kernels::{Isa, Real};

use super::decay::decay_rate;
use super::{Buffer, Extent, Optimizer, Scope, Step, Taken};
use crate::error::{Result, require, require_not_negative, require_positive};
use crate::hyper::hyper_parameters;
use crate::math::real_power;

hyper_parameters! {
    /// Hyper-parameters of Adafactor; names and defaults as in PyTorch.
    pub struct Adafactor {
        /// The highest relative learning rate.
        pub lr: f64 = 0.01,
        /// Exponent of the step's number in the share of the new value in the running means.
        pub beta2_decay: f64 = -0.8,
        /// Floors of the root mean square of gradients (nothing: the precision of the elements), and of the parameters'.
        pub eps: (Option<f64>, f64) = (None, 1e-3),
        /// Root mean square of a step beyond which it is clipped.
        pub d: f64 = 1.0,
        /// Share of the parameters that decays at rate 1.
        pub weight_decay: f64 = 0.0,
        /// Climb instead of descend.
        pub maximize: bool = false,
        /// Multiply the decay by the rate; otherwise only by what a schedule makes of the rate, which is 1 at first.
        pub decay_with_lr: bool = true,
    }
}

impl Optimizer for Adafactor {
    fn validate(&self) -> Result<()> {
        require_positive("lr", self.lr)?;
        let decays = self.beta2_decay <= 0.0 && self.beta2_decay.is_finite();
        require(decays, "beta2_decay", "<= 0 and finite", self.beta2_decay)?;
        if let Some(eps) = self.eps.0 {
            require_not_negative("eps[0]", eps)?;
        }
        require_not_negative("eps[1]", self.eps.1)?;
        require(self.d >= 1.0 && self.d.is_finite(), "d", ">= 1 and finite", self.d)?;
        require_not_negative("weight_decay", self.weight_decay)
    }

    fn lr(&self) -> f64 {
        self.lr
    }

    fn buffers(&self) -> Vec<Buffer> {
        let vectors = Extent::of(|shape| if shape.len() < 2 { shape.to_vec() } else { vec![0] });
        vec![
            Buffer::new("row_var", Extent::Rows),
            Buffer::new("col_var", Extent::Cols),
            Buffer::new("variance", vectors),
        ]
    }

    fn scope(&self) -> Scope {
        Scope::Tensor
    }

    fn step<T: Real>(&self, step: &mut Step<'_, T>) -> Taken {
        let (isa, rate, t) = (step.team.isa(), step.rate, step.number as f64);
        let keep = T::of(1.0 - decay_rate(rate, self.lr, self.decay_with_lr) * self.weight_decay);
        for i in 0..step.count() {
            let tensor = step.tensor(i, [0, 1, 2]);
            let [row_var, col_var, variance] = tensor.buffers;
            // A vector is a matrix of one row, whose own mean says nothing: its columns hold all there is.
            let (rows, cols, col_var) = match *tensor.shape {
                [.., rows, cols] => (rows, cols, col_var),
                _ => (1, variance.len(), variance),
            };
            let eps = self.eps.0.unwrap_or(T::epsilon().wide());
            let rule =
                Elements { sign: T::of(if self.maximize { -1.0 } else { 1.0 }), l2: tensor.l2, floor: floor(eps) };
            let fresh = real_power(t, self.beta2_decay);
            let mut pass = Pass { isa, rule, rows, cols, params: tensor.params, gradient: tensor.gradient };
            let len = pass.params.len() as f64;
            if len == 0.0 {
                continue;
            }
            let p2 = pass.update_means(fresh, row_var, col_var);
            let scales = pass.row_scales(row_var, eps);
            let u2 = pass.sum_steps(&scales, col_var);
            let highest = (p2 / len).sqrt().max(self.eps.1) * rate.min(1.0 / t.sqrt());
            let clipped = highest / ((u2 / len).sqrt() / self.d).max(1.0);
            pass.take_steps(&scales, col_var, keep, T::of(clipped));
        }
        Ok(())
    }
}

/// The least mean square that is divided by; not rounded to zero.
fn floor<T: Real>(eps: f64) -> T {
    T::of(eps * eps).max(T::min_positive_value())
}

/// The scalars of every pass.
#[derive(Clone, Copy)]
struct Elements<T> {
    sign: T,
    l2: T,
    floor: T,
}

impl<T: Real> Elements<T> {
    #[inline(always)]
    fn gradient(&self, p: T, g: T) -> T {
        self.sign * (g + self.l2 * p)
    }

    /// The gradient over its root mean square, of which `scale` and `column` are the factors.
    #[inline(always)]
    fn step(&self, p: T, g: T, scale: T, column: T) -> T {
        let square = scale * column;
        self.gradient(p, g) / (if square > self.floor { square } else { self.floor }).sqrt()
    }
}

/// One tensor: matrices, one after the other. Its passes are plain loops, compiled for the CPU path at hand, which fuses and
/// reorders nothing: the bits are those of any other.
struct Pass<'a, T> {
    isa: Isa,
    rule: Elements<T>,
    rows: usize,
    cols: usize,
    params: &'a mut [T],
    gradient: &'a [T],
}

impl<T: Real> Pass<'_, T> {
    /// Brings the running means up to date; returns the sum of the squared parameters.
    fn update_means(&self, fresh: f64, row_var: &mut [T], col_var: &mut [T]) -> f64 {
        T::dispatch(self.isa, Means { pass: self, fresh, row_var, col_var })
    }

    /// What the mean square of a column is multiplied by in each row: the row's over that of all rows.
    fn row_scales(&self, row_var: &[T], eps: f64) -> Vec<T> {
        if row_var.is_empty() {
            return vec![T::one()];
        }
        let of_matrix = |rows: &[T]| {
            let mean = rows.iter().map(|mean| mean.wide()).sum::<f64>() / rows.len() as f64;
            let least = mean.max(eps).max(f64::MIN_POSITIVE);
            rows.iter().map(|row| T::of(row.wide() / least)).collect::<Vec<_>>()
        };
        row_var.chunks_exact(self.rows).flat_map(of_matrix).collect()
    }

    /// The sum of the squared steps before clipping.
    fn sum_steps(&self, scales: &[T], col_var: &[T]) -> f64 {
        T::dispatch(self.isa, StepSum { pass: self, scales, col_var })
    }

    /// `keep * p - rate * step`
    fn take_steps(&mut self, scales: &[T], col_var: &[T], keep: T, rate: T) {
        T::dispatch(self.isa, StepTaking { pass: self, scales, col_var, keep, rate });
    }

    /// The places of the `row`-th row among the elements, and of its columns among the columns' means.
    #[inline(always)]
    fn places(&self, row: usize) -> (usize, usize) {
        (row * self.cols, row / self.rows * self.cols)
    }
}

struct Means<'a, 'b, T> {
    pass: &'a Pass<'b, T>,
    fresh: f64,
    row_var: &'a mut [T],
    col_var: &'a mut [T],
}

impl<T: Real> Kernel<T> for Means<'_, '_, T> {
    type Output = f64;

    #[inline(always)]
    fn eval<S: Simd<T>>(self, _s: S) -> f64 {
        let Self { pass, fresh, row_var, col_var } = self;
        let (rows, cols) = (pass.rows, pass.cols);
        let (mut sums, mut total) = (vec![0.0; cols], 0.0);
        for row in 0..pass.params.len() / cols {
            let (at, columns) = pass.places(row);
            let (params, gradient) = (&pass.params[at..][..cols], &pass.gradient[at..][..cols]);
            let [g2, p2] = sum_lanes(cols, |j| {
                let (p, g) = (params[j].wide(), pass.rule.gradient(params[j], gradient[j]).wide());
                sums[j] += g * g;
                [g * g, p * p]
            });
            total += p2;
            if let Some(mean) = row_var.get_mut(row) {
                renew(fresh, mean, g2 / cols as f64);
            }
            if (row + 1) % rows == 0 {
                for (mean, sum) in col_var[columns..][..cols].iter_mut().zip(&mut sums) {
                    renew(fresh, mean, std::mem::take(sum) / rows as f64);
                }
            }
        }
        total
    }
}

#[inline(always)]
fn renew<T: Real>(fresh: f64, mean: &mut T, value: f64) {
    *mean = T::of(mean.wide() + fresh * (value - mean.wide()));
}

struct StepSum<'a, 'b, T> {
    pass: &'a Pass<'b, T>,
    scales: &'a [T],
    col_var: &'a [T],
}

impl<T: Real> Kernel<T> for StepSum<'_, '_, T> {
    type Output = f64;

    #[inline(always)]
    fn eval<S: Simd<T>>(self, _s: S) -> f64 {
        let (pass, cols) = (self.pass, self.pass.cols);
        let mut total = 0.0;
        for (row, scale) in self.scales.iter().enumerate() {
            let (at, columns) = pass.places(row);
            let (params, gradient) = (&pass.params[at..][..cols], &pass.gradient[at..][..cols]);
            let col_var = &self.col_var[columns..][..cols];
            let [sum] = sum_lanes(cols, |j| {
                let step = pass.rule.step(params[j], gradient[j], *scale, col_var[j]).wide();
                [step * step]
            });
            total += sum;
        }
        total
    }
}

struct StepTaking<'a, 'b, T> {
    pass: &'a mut Pass<'b, T>,
    scales: &'a [T],
    col_var: &'a [T],
    keep: T,
    rate: T,
}

impl<T: Real> Kernel<T> for StepTaking<'_, '_, T> {
    type Output = ();

    #[inline(always)]
    fn eval<S: Simd<T>>(self, _s: S) {
        let (rule, cols) = (self.pass.rule, self.pass.cols);
        for (row, scale) in self.scales.iter().enumerate() {
            let (at, columns) = self.pass.places(row);
            let (params, gradient) = (&mut self.pass.params[at..][..cols], &self.pass.gradient[at..][..cols]);
            for ((p, g), column) in params.iter_mut().zip(gradient).zip(&self.col_var[columns..][..cols]) {
                *p = self.keep * *p - self.rate * rule.step(*p, *g, *scale, *column);
            }
        }
    }
}

/// Sums at work side by side, for vectors to hold.
const LANES: usize = 8;

/// The sums of `K` terms for each of `0..count`, in an order that nothing shapes but `count`.
#[inline(always)]
fn sum_lanes<const K: usize>(count: usize, mut terms: impl FnMut(usize) -> [f64; K]) -> [f64; K] {
    let mut lanes = [[0.0; K]; LANES];
    let whole = count - count % LANES;
    for at in (0..whole).step_by(LANES) {
        lanes.iter_mut().enumerate().for_each(|(lane, sums)| add(sums, terms(at + lane)));
    }
    lanes.iter_mut().zip(whole..count).for_each(|(sums, at)| add(sums, terms(at)));
    let mut total = [0.0; K];
    lanes.into_iter().for_each(|sums| add(&mut total, sums));
    total
}

#[inline(always)]
fn add<const K: usize>(sums: &mut [f64; K], terms: [f64; K]) {
    sums.iter_mut().zip(terms).for_each(|(sum, term)| *sum += term);
}
