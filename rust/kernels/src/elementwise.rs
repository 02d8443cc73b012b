//! Elementwise kernels: activations beside their gradients, and the small vector updates.

use crate::matrix::{MatMut, MatRef};
use crate::partition::{CHUNK, for_each_row_block, rows_per_chunk};
use crate::real::Real;
use crate::simd::{Kernel, Simd};
use crate::team::Team;
use crate::vecmath::{Sigmoid, Tanh, Unary};

/// The function at the end of a layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Activation {
    /// `x`
    Identity,
    /// `1 / (1 + exp(-x))`
    Logistic,
    /// `tanh(x)`
    Tanh,
    /// `max(0, x)`, with NaN kept
    Relu,
}

impl Activation {
    /// Every activation.
    pub const ALL: [Self; 4] = [Self::Identity, Self::Logistic, Self::Tanh, Self::Relu];
}

/// `x[i] = activation(x[i])`
pub fn activate<T: Real>(team: &Team, activation: Activation, x: &mut [T]) {
    if activation == Activation::Identity {
        return;
    }
    team.for_each_part(x, CHUNK, &|_, x| T::dispatch(team.isa(), Activate { activation, x }));
}

/// `delta[i] *= activation'`, the derivative written by the activation's `output[i]`.
///
/// | activation | delta becomes |
/// |---|---|
/// | identity | `delta` |
/// | logistic | `(delta * output) * (1 - output)` |
/// | tanh | `delta * (1 - output^2)`, the bracket rounded once |
/// | relu | 0 where `output` is 0, else `delta` |
///
/// # Panics
/// If the lengths differ.
pub fn activation_gradient<T: Real>(team: &Team, activation: Activation, output: &[T], delta: &mut [T]) {
    assert_eq!(output.len(), delta.len(), "lengths of output and delta");
    if activation == Activation::Identity {
        return;
    }
    team.for_each_part(delta, CHUNK, &|offset, delta| {
        let output = &output[offset..][..delta.len()];
        T::dispatch(team.isa(), Gradient { activation, output, delta });
    });
}

/// `row[j] = activation(row[j] + bias[j])`
#[inline(always)]
pub(crate) fn bias_activate_row<T: Real, S: Simd<T>>(s: S, activation: Activation, bias: &[T], row: &mut [T]) {
    match activation {
        Activation::Identity => bias_map(s, Identity, bias, row),
        Activation::Logistic => bias_map(s, Sigmoid, bias, row),
        Activation::Tanh => bias_map(s, Tanh, bias, row),
        Activation::Relu => bias_map(s, Relu, bias, row),
    }
}

/// `row[j] *= activation'(output[j])`, as [`activation_gradient`].
#[inline(always)]
pub(crate) fn gradient_row<T: Real, S: Simd<T>>(s: S, activation: Activation, output: &[T], row: &mut [T]) {
    match activation {
        Activation::Identity => {}
        Activation::Logistic => update(s, LogisticGradient, output, row),
        Activation::Tanh => update(s, TanhGradient, output, row),
        Activation::Relu => update(s, ReluGradient, output, row),
    }
}

/// `y[i] = alpha * x[i] + y[i]`, as [`axpy`].
#[inline(always)]
pub(crate) fn axpy_row<T: Real, S: Simd<T>>(s: S, alpha: T, x: &[T], y: &mut [T]) {
    update(s, Axpy(alpha), x, y);
}

/// `y[i] = alpha * x[i] + y[i]`, rounded once.
///
/// # Panics
/// If the lengths differ.
pub fn axpy<T: Real>(team: &Team, alpha: T, x: &[T], y: &mut [T]) {
    assert_eq!(x.len(), y.len(), "lengths of x and y");
    team.for_each_part(y, CHUNK, &|offset, y| {
        let x = &x[offset..][..y.len()];
        T::dispatch(team.isa(), Update { function: Axpy(alpha), x, y });
    });
}

/// `x[i] = alpha * x[i]`
pub fn scale<T: Real>(team: &Team, alpha: T, x: &mut [T]) {
    team.for_each_part(x, CHUNK, &|_, x| T::dispatch(team.isa(), InPlace { function: Scale(alpha), x }));
}

/// `out[i, :] = x[rows[i], :]`; `out` is of shape (rows.len(), x.cols()).
///
/// # Panics
/// If the shapes differ or a row is not in `x`.
pub fn gather_rows<T: Real>(team: &Team, x: MatRef<'_, T>, rows: &[usize], out: MatMut<'_, T>) {
    assert_eq!((out.rows(), out.cols()), (rows.len(), x.cols()), "shape of the gathered rows");
    for_each_row_block(team, rows_per_chunk(x.cols()), out, |first, mut block| {
        for (i, &row) in rows[first..][..block.rows()].iter().enumerate() {
            if x.col_stride() == 1 {
                block.row(i).copy_from_slice(x.row(row));
            } else {
                block.row(i).iter_mut().enumerate().for_each(|(j, out)| *out = x.at(row, j));
            }
        }
    });
}

/// See [`Activation`].
#[derive(Clone, Copy)]
pub(crate) struct Identity;

impl<T: Real> Unary<T> for Identity {
    #[inline(always)]
    fn apply<S: Simd<T>>(self, _: S, x: S::V) -> S::V {
        x
    }
}

/// See [`Activation`].
#[derive(Clone, Copy)]
pub(crate) struct Relu;

impl<T: Real> Unary<T> for Relu {
    #[inline(always)]
    fn apply<S: Simd<T>>(self, s: S, x: S::V) -> S::V {
        // In this order, for `max` returns its second operand where one is NaN.
        s.max(s.splat(T::zero()), x)
    }
}

#[derive(Clone, Copy)]
struct Scale<T>(T);

impl<T: Real> Unary<T> for Scale<T> {
    #[inline(always)]
    fn apply<S: Simd<T>>(self, s: S, x: S::V) -> S::V {
        s.mul(s.splat(self.0), x)
    }
}

/// A new value of y from x and y.
pub(crate) trait Binary<T: Real>: Copy {
    /// Lane by lane.
    fn apply<S: Simd<T>>(self, s: S, x: S::V, y: S::V) -> S::V;
}

#[derive(Clone, Copy)]
struct Axpy<T>(T);

impl<T: Real> Binary<T> for Axpy<T> {
    #[inline(always)]
    fn apply<S: Simd<T>>(self, s: S, x: S::V, y: S::V) -> S::V {
        s.mul_add(s.splat(self.0), x, y)
    }
}

/// See [`activation_gradient`].
#[derive(Clone, Copy)]
pub(crate) struct LogisticGradient;

impl<T: Real> Binary<T> for LogisticGradient {
    #[inline(always)]
    fn apply<S: Simd<T>>(self, s: S, output: S::V, delta: S::V) -> S::V {
        s.mul(s.mul(delta, output), s.sub(s.splat(T::one()), output))
    }
}

/// See [`activation_gradient`].
#[derive(Clone, Copy)]
pub(crate) struct TanhGradient;

impl<T: Real> Binary<T> for TanhGradient {
    #[inline(always)]
    fn apply<S: Simd<T>>(self, s: S, output: S::V, delta: S::V) -> S::V {
        s.mul(delta, s.neg_mul_add(output, output, s.splat(T::one())))
    }
}

/// See [`activation_gradient`].
#[derive(Clone, Copy)]
pub(crate) struct ReluGradient;

impl<T: Real> Binary<T> for ReluGradient {
    #[inline(always)]
    fn apply<S: Simd<T>>(self, s: S, output: S::V, delta: S::V) -> S::V {
        let zero = s.splat(T::zero());
        s.select_eq(output, zero, zero, delta)
    }
}

struct Activate<'a, T> {
    activation: Activation,
    x: &'a mut [T],
}

impl<T: Real> Kernel<T> for Activate<'_, T> {
    type Output = ();

    #[inline(always)]
    fn eval<S: Simd<T>>(self, s: S) {
        match self.activation {
            Activation::Identity => {}
            Activation::Logistic => in_place(s, Sigmoid, self.x),
            Activation::Tanh => in_place(s, Tanh, self.x),
            Activation::Relu => in_place(s, Relu, self.x),
        }
    }
}

struct Gradient<'a, T> {
    activation: Activation,
    output: &'a [T],
    delta: &'a mut [T],
}

impl<T: Real> Kernel<T> for Gradient<'_, T> {
    type Output = ();

    #[inline(always)]
    fn eval<S: Simd<T>>(self, s: S) {
        gradient_row(s, self.activation, self.output, self.delta);
    }
}

struct InPlace<'a, T, F> {
    function: F,
    x: &'a mut [T],
}

impl<T: Real, F: Unary<T>> Kernel<T> for InPlace<'_, T, F> {
    type Output = ();

    #[inline(always)]
    fn eval<S: Simd<T>>(self, s: S) {
        in_place(s, self.function, self.x);
    }
}

struct Update<'a, T, F> {
    function: F,
    x: &'a [T],
    y: &'a mut [T],
}

impl<T: Real, F: Binary<T>> Kernel<T> for Update<'_, T, F> {
    type Output = ();

    #[inline(always)]
    fn eval<S: Simd<T>>(self, s: S) {
        update(s, self.function, self.x, self.y);
    }
}

#[inline(always)]
fn in_place<T: Real, S: Simd<T>, F: Unary<T>>(s: S, function: F, x: &mut [T]) {
    let mut chunks = x.chunks_exact_mut(S::LANES);
    for x in &mut chunks {
        s.store(x, function.apply(s, s.load(x)));
    }
    let tail = chunks.into_remainder();
    if !tail.is_empty() {
        s.store_tail(tail, function.apply(s, s.load_tail(tail)));
    }
}

#[inline(always)]
fn update<T: Real, S: Simd<T>, F: Binary<T>>(s: S, function: F, x: &[T], y: &mut [T]) {
    assert_eq!(x.len(), y.len());
    let whole = y.len() / S::LANES * S::LANES;
    let ((x, x_tail), (y, y_tail)) = (x.split_at(whole), y.split_at_mut(whole));
    for (x, y) in x.chunks_exact(S::LANES).zip(y.chunks_exact_mut(S::LANES)) {
        s.store(y, function.apply(s, s.load(x), s.load(y)));
    }
    if !y_tail.is_empty() {
        s.store_tail(y_tail, function.apply(s, s.load_tail(x_tail), s.load_tail(y_tail)));
    }
}

#[inline(always)]
fn bias_map<T: Real, S: Simd<T>, F: Unary<T>>(s: S, function: F, bias: &[T], row: &mut [T]) {
    update(s, Biased(function), bias, row);
}

/// A function of the sum of bias and value.
#[derive(Clone, Copy)]
pub(crate) struct Biased<F>(pub(crate) F);

impl<T: Real, F: Unary<T>> Binary<T> for Biased<F> {
    #[inline(always)]
    fn apply<S: Simd<T>>(self, s: S, bias: S::V, value: S::V) -> S::V {
        self.0.apply(s, s.add(value, bias))
    }
}
