//! Activations: their names, and the kernels behind them. Hidden layers fuse theirs into the matrix product; an output's
//! is applied on its own, for its gradient is part of the loss.

use serde::Deserialize;
use thalweg_kernels::elementwise::{Activation, activate};
use thalweg_kernels::partition::CHUNK;
use thalweg_kernels::simd::{Kernel, Simd};
use thalweg_kernels::vecmath::{exp_v, softmax_rows};
use thalweg_kernels::{MatMut, Real, Team};

/// The activation of the hidden layers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Hidden {
    /// `x`
    Identity,
    /// `1 / (1 + exp(-x))`
    Logistic,
    /// `tanh(x)`
    Tanh,
    /// `max(0, x)`
    Relu,
}

impl Hidden {
    /// Every hidden activation, by name.
    pub const ALL: [(&'static str, Self); 4] =
        [("identity", Self::Identity), ("logistic", Self::Logistic), ("tanh", Self::Tanh), ("relu", Self::Relu)];

    /// The kernel's name for it.
    #[must_use]
    pub fn kernel(self) -> Activation {
        match self {
            Self::Identity => Activation::Identity,
            Self::Logistic => Activation::Logistic,
            Self::Tanh => Activation::Tanh,
            Self::Relu => Activation::Relu,
        }
    }
}

/// The activation of the output layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Output {
    /// `z`: an unbounded mean.
    Identity,
    /// `1 / (1 + exp(-z))`: the probability of each of several independent labels, or of the second of two classes.
    Logistic,
    /// `exp(z_j) / sum_k exp(z_k)`: the probabilities of classes that exclude one another.
    Softmax,
    /// `exp(z)`: a positive mean.
    Exp,
}

impl Output {
    /// Every output activation, by name.
    pub const ALL: [(&'static str, Self); 4] =
        [("identity", Self::Identity), ("logistic", Self::Logistic), ("softmax", Self::Softmax), ("exp", Self::Exp)];

    /// The name that a configuration gives.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL[self as usize].0
    }

    /// Turns the output layer's sums into outputs in place. `z`: (rows, outputs), rows side by side.
    pub fn apply<T: Real>(self, team: &Team, mut z: MatMut<'_, T>) {
        let count = z.rows() * z.cols();
        match self {
            Self::Identity => {}
            Self::Logistic => activate(team, Activation::Logistic, &mut z.data()[..count]),
            Self::Softmax => softmax_rows(team, z),
            Self::Exp => team.for_each_part(&mut z.data()[..count], CHUNK, &|_, z| {
                T::dispatch(team.isa(), Exponential { z });
            }),
        }
    }
}

/// `z = exp(z)` in place.
struct Exponential<'a, T> {
    z: &'a mut [T],
}

impl<T: Real> Kernel<T> for Exponential<'_, T> {
    type Output = ();

    #[inline(always)]
    fn eval<S: Simd<T>>(self, s: S) {
        for z in self.z.chunks_mut(S::LANES) {
            s.store_tail(z, exp_v(s, s.load_tail(z)));
        }
    }
}
