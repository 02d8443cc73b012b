//! Functions of single elements, softmax, and updates.
//!
//! The functions of one number are inlined: in a loop compiled for a CPU path a multiply-add is then one instruction, and
//! a call of the C library elsewhere.

use crate::elementwise::Activation;
use crate::matrix::{MatMut, MatRef};
use crate::real::Real;
use crate::vecmath::{TANH_SPLIT, constants};

use super::reductions::lanes_sum;

/// As [`crate::vecmath::exp`].
#[must_use]
#[inline(always)]
pub fn exp<T: Real>(x: T) -> T {
    if x.is_nan() {
        return x;
    }
    let k = constants::<T>();
    let (p, n) = exp_parts(x.max(T::of(k.exp_min)).min(T::of(k.exp_max)));
    let half = nearest(n * T::of(0.5));
    (p * power_of_two(half)) * power_of_two(n - half)
}

/// As [`crate::vecmath::log`].
#[must_use]
#[inline(always)]
pub fn log<T: Real>(x: T) -> T {
    if x.is_nan() || x == T::infinity() {
        return x;
    }
    if x < T::zero() {
        return T::nan();
    }
    if x == T::zero() {
        return T::neg_infinity();
    }
    let k = constants::<T>();
    let (mut m, mut e) = mantissa_and_exponent(x);
    if m >= T::of(k.sqrt2) {
        m *= T::of(0.5);
        e += T::one();
    }
    let f = m - T::one();
    let ratio = f / (f + T::of(2.0));
    let z = ratio * ratio;
    let half_square = (f * T::of(0.5)) * f;
    let series = z.mul_add(polynomial(z, k.log), half_square);
    let small = e.mul_add(T::of(k.ln2_lo), ratio * series);
    e.mul_add(T::of(k.ln2_hi), f - (half_square - small))
}

/// As [`crate::vecmath::tanh`].
#[must_use]
#[inline(always)]
pub fn tanh<T: Real>(x: T) -> T {
    if x.is_nan() {
        return x;
    }
    let k = constants::<T>();
    let magnitude = x.abs();
    let result = if magnitude < T::of(TANH_SPLIT) {
        let z = magnitude * magnitude;
        (magnitude * z).mul_add(polynomial(z, k.tanh), magnitude)
    } else {
        let bounded = magnitude.min(T::of(k.tanh_max));
        let (p, n) = exp_parts(bounded + bounded);
        T::one() - T::of(2.0) / (p * power_of_two(n) + T::one())
    };
    result.copysign(x)
}

/// As [`crate::vecmath::sigmoid`].
#[must_use]
#[inline(always)]
pub fn sigmoid<T: Real>(x: T) -> T {
    let e = exp(-x.abs());
    if x < T::zero() { e / (T::one() + e) } else { T::one() / (T::one() + e) }
}

/// As [`crate::vecmath::softmax_rows`].
pub fn softmax_rows<T: Real>(mut x: MatMut<'_, T>) {
    for i in 0..x.rows() {
        let row = x.row(i);
        let max = largest(row);
        row.iter_mut().for_each(|x| *x = exp(*x - max));
        let sum = lanes_sum(row.len(), |j, lane| lane + row[j]);
        row.iter_mut().for_each(|x| *x /= sum);
    }
}

/// As [`crate::vecmath::log_sum_exp_rows`].
pub fn log_sum_exp_rows<T: Real>(x: MatRef<'_, T>, out: &mut [T]) {
    for (i, out) in out.iter_mut().enumerate() {
        let row = x.row(i);
        let max = largest(row);
        let shift = if max.is_infinite() { T::zero() } else { max };
        *out = shift + log(lanes_sum(row.len(), |j, lane| lane + exp(row[j] - shift)));
    }
}

/// As [`crate::elementwise::activate`].
pub fn activate<T: Real>(activation: Activation, x: &mut [T]) {
    x.iter_mut().for_each(|x| *x = activate_one(activation, *x));
}

/// As [`crate::elementwise::activation_gradient`].
pub fn activation_gradient<T: Real>(activation: Activation, output: &[T], delta: &mut [T]) {
    delta.iter_mut().zip(output).for_each(|(delta, &output)| *delta = gradient_one(activation, output, *delta));
}

/// As [`crate::elementwise::axpy`].
pub fn axpy<T: Real>(alpha: T, x: &[T], y: &mut [T]) {
    y.iter_mut().zip(x).for_each(|(y, &x)| *y = alpha.mul_add(x, *y));
}

/// As [`crate::elementwise::scale`].
pub fn scale<T: Real>(alpha: T, x: &mut [T]) {
    x.iter_mut().for_each(|x| *x *= alpha);
}

/// As [`crate::elementwise::gather_rows`].
pub fn gather_rows<T: Real>(x: MatRef<'_, T>, rows: &[usize], mut out: MatMut<'_, T>) {
    for (i, &row) in rows.iter().enumerate() {
        for j in 0..x.cols() {
            out.row(i)[j] = x.at(row, j);
        }
    }
}

/// As [`crate::sweep::sweep`], with the rule as a function of one element.
pub fn sweep<T: Real, const N: usize>(
    rule: impl Fn(T, T, [T; N]) -> (T, [T; N]),
    params: &mut [T],
    grads: &[T],
    l2: T,
    state: [&mut [T]; N],
) {
    for i in 0..params.len() {
        let g = if l2 == T::zero() { grads[i] } else { l2.mul_add(params[i], grads[i]) };
        let (p, new) = rule(params[i], g, std::array::from_fn(|n| state[n][i]));
        params[i] = p;
        for n in 0..N {
            state[n][i] = new[n];
        }
    }
}

pub(super) fn activate_one<T: Real>(activation: Activation, x: T) -> T {
    match activation {
        Activation::Identity => x,
        Activation::Logistic => sigmoid(x),
        Activation::Tanh => tanh(x),
        Activation::Relu => {
            if x < T::zero() {
                T::zero()
            } else {
                x
            }
        }
    }
}

pub(super) fn gradient_one<T: Real>(activation: Activation, output: T, delta: T) -> T {
    match activation {
        Activation::Identity => delta,
        Activation::Logistic => (delta * output) * (T::one() - output),
        Activation::Tanh => delta * (-output).mul_add(output, T::one()),
        Activation::Relu => {
            if output == T::zero() {
                T::zero()
            } else {
                delta
            }
        }
    }
}

/// The largest element that is not NaN; minus infinity where there is none.
fn largest<T: Real>(x: &[T]) -> T {
    x.iter().fold(T::neg_infinity(), |max, &x| if x > max { x } else { max })
}

/// exp(x) as p 2^n.
#[inline(always)]
fn exp_parts<T: Real>(x: T) -> (T, T) {
    let k = constants::<T>();
    let n = nearest(x * T::of(k.log2_e));
    let high = (-n).mul_add(T::of(k.ln2_hi), x);
    let low = n * T::of(-k.ln2_lo);
    let r = high + low;
    let curve = (r * r).mul_add(polynomial(r, k.exp), low);
    (T::one() + (high + curve), n)
}

/// Horner's rule; coefficients from the constant term up.
#[inline(always)]
fn polynomial<T: Real>(x: T, coefficients: &[f64]) -> T {
    coefficients.iter().rev().map(|&c| T::of(c)).reduce(|sum, c| sum.mul_add(x, c)).unwrap_or_else(T::zero)
}

/// The nearest integer, ties to even.
#[inline(always)]
fn nearest<T: Real>(x: T) -> T {
    T::of(x.wide().round_ties_even())
}

/// 2^n, where that is a normal number.
#[inline(always)]
pub(super) fn power_of_two<T: Real>(n: T) -> T {
    T::of(f64::from_bits(((n.wide() as i64 + 1023) as u64) << 52))
}

/// m in [1, 2) and e with x = m 2^e, for a positive number that may be subnormal.
#[inline(always)]
pub(super) fn mantissa_and_exponent<T: Real>(x: T) -> (T, T) {
    let (digits, scale, _) = x.integer_decode();
    let top = 63 - digits.leading_zeros();
    let m = digits as f64 / (1_u64 << top) as f64;
    (T::of(m), T::of(f64::from(scale) + f64::from(top)))
}
