//! The dataset: inputs, targets and weights, checked once; a batch is a selection of its rows.

use thalweg_kernels::raw::{RawRef, convert_rows};
use thalweg_kernels::sparse::CsrRef;
use thalweg_kernels::{MatMut, MatRef, Real, Team};

use crate::error::{Error, Result, filled, require};

/// The inputs, of shape (samples, features).
#[derive(Clone, Copy, Debug)]
pub enum Input<'a, T> {
    /// Rows side by side.
    Dense(MatRef<'a, T>),
    /// Compressed sparse rows.
    Sparse(CsrRef<'a, T>),
    /// Elements of another type or in another order: rows are converted as they are gathered.
    Raw(RawRef<'a>),
}

impl<T: Real> Input<'_, T> {
    /// Number of samples.
    #[must_use]
    pub fn rows(&self) -> usize {
        match self {
            Self::Dense(x) => x.rows(),
            Self::Sparse(x) => x.rows(),
            Self::Raw(x) => x.rows(),
        }
    }

    /// Number of features.
    #[must_use]
    pub fn cols(&self) -> usize {
        match self {
            Self::Dense(x) => x.cols(),
            Self::Sparse(x) => x.cols(),
            Self::Raw(x) => x.cols(),
        }
    }

    /// Elements that a product with one row touches: all features, or the mean number of stored ones.
    #[must_use]
    pub fn row_work(&self) -> usize {
        match self {
            Self::Dense(x) => x.cols(),
            Self::Raw(x) => x.cols(),
            Self::Sparse(x) => {
                let stored: usize = (0..x.rows()).map(|row| x.row(row).0.len()).sum();
                stored.div_ceil(x.rows().max(1))
            }
        }
    }
}

/// Rows brought side by side in the element type asked for.
pub(crate) fn converted<'a, T: Real>(team: &Team, x: RawRef<'_>, rows: &[usize], space: &'a mut [T]) -> MatRef<'a, T> {
    convert_rows(team, x, rows, MatMut::new(space, rows.len(), x.cols()));
    MatRef::new(space, rows.len(), x.cols())
}

/// What those say to [`Input::Raw`] who read rows where they lie.
pub(crate) fn not_in_place<T: Real>() -> Error {
    let (rule, value) = (format!("an array of {} in C order", T::NAME), "one that has to be converted".to_owned());
    Error::Invalid { parameter: "X".to_owned(), rule, value }
}

/// Some rows of a dataset.
#[derive(Clone, Copy, Debug)]
pub struct Rows<'a> {
    /// Their indices.
    pub indices: &'a [usize],
    /// Whether each index is one more than the one before, so that nothing need be gathered.
    pub contiguous: bool,
}

impl<'a> Rows<'a> {
    /// Number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.indices.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.indices.is_empty()
    }

    /// The same rows in blocks of at most `count`.
    pub fn blocks(self, count: usize) -> impl Iterator<Item = Rows<'a>> {
        self.indices.chunks(count).map(move |indices| Rows { indices, ..self })
    }

    /// These rows of a matrix, where they lie side by side.
    #[must_use]
    pub fn in_place<'m, T: Real>(&self, x: MatRef<'m, T>) -> Option<MatRef<'m, T>> {
        (self.contiguous && !self.is_empty()).then(|| x.row_range(self.indices[0], self.len()))
    }
}

/// What to learn from.
#[derive(Clone, Copy, Debug)]
pub struct Dataset<'a, T> {
    x: Input<'a, T>,
    y: MatRef<'a, T>,
    weights: Option<&'a [T]>,
}

impl<'a, T: Real> Dataset<'a, T> {
    /// `x`: (samples, features); `y`: (samples, outputs), C-contiguous; `weights`: (samples,).
    ///
    /// # Errors
    /// When lengths differ, or a weight is negative or not finite.
    pub fn new(x: Input<'a, T>, y: MatRef<'a, T>, weights: Option<&'a [T]>) -> Result<Self> {
        let rule = format_args!("of {} rows, like `X`", x.rows());
        require(y.rows() == x.rows(), "y", rule, y.rows())?;
        let contiguous = (y.rows() <= 1 || y.row_stride() == y.cols()) && (y.cols() <= 1 || y.col_stride() == 1);
        let strides = (y.row_stride(), y.col_stride());
        require(contiguous, "y", "C-contiguous", format_args!("strides {strides:?}"))?;
        if let Some(weights) = weights {
            require(weights.len() == x.rows(), "sample_weight", rule, weights.len())?;
            let wrong = weights.iter().find(|weight| !(weight.is_finite() && **weight >= T::zero()));
            if let Some(weight) = wrong {
                require(false, "sample_weight", "finite and not negative", weight)?;
            }
        }
        Ok(Self { x, y, weights })
    }

    /// The inputs, of shape (samples, features).
    #[must_use]
    pub fn x(&self) -> Input<'a, T> {
        self.x
    }

    /// The targets, of shape (samples, outputs).
    #[must_use]
    pub fn y(&self) -> MatRef<'a, T> {
        self.y
    }

    /// The weights, of shape (samples,); each sample counts 1 where there are none.
    #[must_use]
    pub fn weights(&self) -> Option<&'a [T]> {
        self.weights
    }

    /// Number of samples.
    #[must_use]
    pub fn len(&self) -> usize {
        self.x.rows()
    }

    /// Whether there is no sample.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Sum of the weights of some rows.
    #[must_use]
    pub fn weight_of(&self, rows: Rows<'_>) -> f64 {
        match self.weights {
            None => rows.len() as f64,
            Some(weights) => rows.indices.iter().map(|&row| weights[row].wide()).sum(),
        }
    }

    /// Checks that the widths are those of a network.
    ///
    /// # Errors
    /// Naming the width that differs.
    pub fn check_widths(&self, features: usize, outputs: usize) -> Result<()> {
        require(self.x.cols() == features, "X", format_args!("of {features} columns"), self.x.cols())?;
        require(self.y.cols() == outputs, "y", format_args!("of {outputs} columns"), self.y.cols())
    }

    /// The sum of the weights of some rows, checked to be positive.
    ///
    /// # Errors
    /// When there are no rows, or all their weights are zero.
    pub fn check_weight(&self, rows: Rows<'_>, name: &str) -> Result<f64> {
        require(!rows.is_empty(), name, "at least one row", rows.len())?;
        let total = self.weight_of(rows);
        let rule = format_args!("positive for at least one of the {name}");
        require(total > 0.0, "sample_weight", rule, format_args!("a sum of {total}"))?;
        Ok(total)
    }
}

/// Row indices as a caller gives them, checked against the number of samples; all rows in order where there are none.
///
/// # Errors
/// When an index is out of bounds, or memory is short.
pub fn rows_from(given: Option<&[i64]>, samples: usize, name: &str) -> Result<Vec<usize>> {
    let mut rows = filled(given.map_or(samples, <[i64]>::len), 0_usize)?;
    match given {
        None => rows.iter_mut().enumerate().for_each(|(i, row)| *row = i),
        Some(given) => {
            for (row, &index) in rows.iter_mut().zip(given) {
                let checked = usize::try_from(index).ok().filter(|index| *index < samples);
                let rule = format_args!("indices in [0, {samples})");
                require(checked.is_some(), name, rule, index)?;
                *row = checked.unwrap_or_default();
            }
        }
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_and_weights_are_checked() {
        let (x, y) = ([0.0_f64; 6], [0.0; 3]);
        let x = Input::Dense(MatRef::new(&x, 3, 2));
        let message = |y: MatRef<'_, f64>, w| Dataset::new(x, y, w).unwrap_err().to_string();
        let y = MatRef::new(&y, 3, 1);
        assert_eq!(message(y.row_range(0, 2), None), "`y` must be of 3 rows, like `X`, got 2");
        assert_eq!(message(y, Some(&[1.0])), "`sample_weight` must be of 3 rows, like `X`, got 1");
        let negative = message(y, Some(&[1.0, -2.0, 0.0]));
        assert_eq!(negative, "`sample_weight` must be finite and not negative, got -2.0");
        assert!(message(y, Some(&[1.0, f64::NAN, 0.0])).ends_with("got NaN"));
        let data = Dataset::new(x, y, Some(&[0.0, 1.0, 2.0])).unwrap();
        let first = Rows { indices: &[0], contiguous: true };
        let error = data.check_weight(first, "validation rows").unwrap_err().to_string();
        let expected = "`sample_weight` must be positive for at least one of the validation rows, got a sum of 0";
        assert_eq!(error, expected);
        assert_eq!(data.weight_of(Rows { indices: &[1, 2], contiguous: true }), 3.0);
        assert!(data.check_widths(3, 1).unwrap_err().to_string().contains("`X` must be of 3 columns, got 2"));
    }

    #[test]
    fn row_indices_are_checked() {
        assert_eq!(rows_from(None, 3, "train_rows"), Ok(vec![0, 1, 2]));
        assert_eq!(rows_from(Some(&[2, 0]), 3, "train_rows"), Ok(vec![2, 0]));
        for wrong in [-1, 3] {
            let error = rows_from(Some(&[wrong]), 3, "train_rows").unwrap_err();
            assert_eq!(error.to_string(), format!("`train_rows` must be indices in [0, 3), got {wrong}"));
        }
    }

    #[test]
    fn contiguous_rows_are_not_moved() {
        let values: Vec<f32> = (0..12).map(|i| i as f32).collect();
        let x = MatRef::new(&values, 4, 3);
        let indices = [1, 2];
        let in_place = Rows { indices: &indices, contiguous: true }.in_place(x).unwrap();
        assert_eq!((in_place.rows(), in_place.row(0).as_ptr()), (2, x.row(1).as_ptr()));
        assert!(Rows { indices: &indices, contiguous: false }.in_place(x).is_none());
    }
}
