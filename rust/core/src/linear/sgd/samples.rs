//! The data of a training: rows, targets, weights, and which rows are held out.

use thalweg_kernels::Real;
use thalweg_kernels::rows::{DenseRows, Rows, SparseRows};

use crate::error::{Error, Result, require};
use crate::linear::losses::{Loss, Targets};

use super::config::{Problem, SgdConfig};

/// Features, dense or sparse.
#[derive(Clone, Copy, Debug)]
pub enum Features<'a, T> {
    /// Every element.
    Dense(DenseRows<'a, T>),
    /// Those that are not zero.
    Sparse(SparseRows<'a, T>),
}

/// Runs `$body` with the rows of either kind.
macro_rules! with_rows {
    ($features:expr, $rows:ident => $body:expr) => {
        match $features {
            $crate::linear::sgd::Features::Dense($rows) => $body,
            $crate::linear::sgd::Features::Sparse($rows) => $body,
        }
    };
}
pub(super) use with_rows;

impl<T: Real> Features<'_, T> {
    /// Number of rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        with_rows!(self, rows => rows.rows())
    }

    /// Number of columns.
    #[must_use]
    pub fn cols(&self) -> usize {
        with_rows!(self, rows => rows.cols())
    }

    /// Elements stored in a row, on average.
    pub(super) fn width(&self) -> usize {
        with_rows!(self, rows => rows.stored().div_ceil(rows.rows().max(1)))
    }
}

/// Features with a target each, and perhaps a weight.
#[derive(Clone, Copy, Debug)]
pub struct Samples<'a, T> {
    pub(super) features: Features<'a, T>,
    pub(super) y: &'a [T],
    pub(super) weights: Option<&'a [T]>,
    pub(super) held_out: Option<&'a [bool]>,
}

impl<'a, T: Real> Samples<'a, T> {
    /// Targets and weights of as many rows, and a mask of those that score and do not train.
    ///
    /// # Errors
    /// When the lengths differ, there is no row, or there are more than 32 bits can number.
    pub fn new(
        features: Features<'a, T>,
        y: &'a [T],
        weights: Option<&'a [T]>,
        held_out: Option<&'a [bool]>,
    ) -> Result<Self> {
        let rows = features.rows();
        require(rows > 0 && u32::try_from(rows).is_ok(), "x", "of 1 to 2^32 - 1 rows", rows)?;
        let lengths = [
            ("y", Some(y.len())),
            ("sample_weight", weights.map(<[T]>::len)),
            ("held_out", held_out.map(<[bool]>::len)),
        ];
        for (name, len) in lengths {
            require(len.is_none_or(|len| len == rows), name, format_args!("as long as `x` has rows ({rows})"), len)?;
        }
        Ok(Self { features, y, weights, held_out })
    }

    /// The features.
    #[must_use]
    pub fn features(&self) -> Features<'a, T> {
        self.features
    }

    /// Number of features.
    #[must_use]
    pub fn cols(&self) -> usize {
        self.features.cols()
    }

    pub(super) fn rows(&self) -> u32 {
        // `new` has refused more rows.
        self.y.len() as u32
    }

    /// The rows that are held out, ascending.
    pub(super) fn scored(&self) -> Result<Vec<u32>> {
        let mask = self.held_out.unwrap_or_default();
        let mut scored = Vec::new();
        let count = mask.iter().filter(|out| **out).count();
        scored.try_reserve_exact(count).map_err(|_| Error::OutOfMemory { elements: count })?;
        scored.extend((0..).zip(mask).filter(|(_, out)| **out).map(|(row, _)| row));
        Ok(scored)
    }

    #[inline(always)]
    pub(super) fn weight(&self, row: usize) -> f64 {
        match self.weights {
            Some(weights) => weights[row].wide(),
            None => 1.0,
        }
    }
}

/// From what `y` holds to the target that a loss is given.
#[derive(Clone, Copy, Debug)]
pub(super) enum Target {
    /// The same.
    Itself,
    /// 1 for one class, and another number for the rest.
    OneVersusRest { class: f64, rest: f64 },
}

impl Target {
    pub(super) fn new(config: &SgdConfig, problem: &Problem) -> Self {
        let rest = if config.loss.targets() == Targets::Bits { 0.0 } else { -1.0 };
        problem.class.map_or(Self::Itself, |class| Self::OneVersusRest { class, rest })
    }

    #[inline(always)]
    pub(super) fn of<T: Real>(self, y: T) -> f64 {
        match self {
            Self::Itself => y.wide(),
            Self::OneVersusRest { class, rest } => {
                if y.wide() == class {
                    1.0
                } else {
                    rest
                }
            }
        }
    }
}
