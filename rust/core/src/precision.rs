//! Precision: what the operands of a network's products are rounded to.

use serde::Deserialize;
use thalweg_kernels::gemm::{Epilogue, gemm};
use thalweg_kernels::{MatMut, MatRef, Real, Team, bf16};

use crate::data::Input;
use crate::error::{Result, require};

/// What the operands of a network's products are rounded to. Parameters, gradients, losses and the optimizer's state are
/// those of the data's own type in any case.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Precision {
    /// Nothing: they are as the data.
    #[default]
    Native,
    /// bf16, with sums in single precision.
    Bfloat16,
}

impl Precision {
    /// Every precision, by name.
    pub const ALL: [(&'static str, Self); 2] = [("native", Self::Native), ("bfloat16", Self::Bfloat16)];

    /// The name that a configuration gives.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL[self as usize].0
    }

    /// Checks that data of this kind can be multiplied so.
    ///
    /// # Errors
    /// When bf16 is asked for with sparse rows, or with data of double precision.
    pub fn check<T: Real>(self, x: &Input<'_, T>) -> Result<()> {
        let native = self == Self::Native;
        require(native || T::NAME == f32::NAME, "precision", "'native' for data of float64", self.name())?;
        let dense = !matches!(x, Input::Sparse(_));
        require(native || dense, "precision", "'native' for sparse rows", self.name())
    }

    /// `c = a b`, and what follows. a: (m, k), b: (k, n), c: (m, n).
    ///
    /// # Panics
    /// If the shapes do not agree, or [`Self::check`] would not pass.
    pub fn product<T: Real>(
        self,
        team: &Team,
        a: MatRef<'_, T>,
        b: MatRef<'_, T>,
        c: MatMut<'_, T>,
        epilogue: Epilogue<'_, T>,
    ) {
        match self {
            Self::Native => gemm(team, a, b, c, false, epilogue),
            Self::Bfloat16 => bf16::gemm(team, a, b, c, epilogue),
        }
    }
}
