//! Errors: what was asked for and cannot be done, naming the parameter, the rule and the value.

use std::fmt::{Debug, Display};

use thalweg_kernels::OutOfMemory;

/// Why a call was refused; nothing has been changed then.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A parameter or an array breaks a rule.
    #[error("`{parameter}` must be {rule}, got {value}")]
    Invalid {
        /// Name of the parameter, as the caller spells it.
        parameter: String,
        /// What it must be.
        rule: String,
        /// What it is.
        value: String,
    },
    /// The memory for a buffer could not be had.
    #[error("not enough memory for a buffer of {elements} elements")]
    OutOfMemory {
        /// Elements asked for; `usize::MAX` where their number itself overflows.
        elements: usize,
    },
}

/// What a fallible call of this crate returns.
pub type Result<T> = std::result::Result<T, Error>;

impl From<OutOfMemory> for Error {
    fn from(refused: OutOfMemory) -> Self {
        Self::OutOfMemory { elements: refused.elements }
    }
}

/// Returns an error that names the parameter, the rule and the value, unless the rule holds.
///
/// # Errors
/// [`Error::Invalid`] when `holds` is false.
pub fn require(holds: bool, parameter: impl Display, rule: impl Display, value: impl Debug) -> Result<()> {
    if holds {
        return Ok(());
    }
    Err(Error::Invalid { parameter: parameter.to_string(), rule: rule.to_string(), value: format!("{value:?}") })
}

/// As [`require`]: a finite number above 0.
///
/// # Errors
/// [`Error::Invalid`].
pub fn require_positive(parameter: &str, value: f64) -> Result<()> {
    require(value > 0.0 && value.is_finite(), parameter, "> 0 and finite", value)
}

/// As [`require`]: a finite number, 0 or above.
///
/// # Errors
/// [`Error::Invalid`].
pub fn require_not_negative(parameter: &str, value: f64) -> Result<()> {
    require(value >= 0.0 && value.is_finite(), parameter, ">= 0 and finite", value)
}

/// A vector of `len` copies of `value`, or an error where the memory cannot be had.
///
/// # Errors
/// [`Error::OutOfMemory`] when the allocator refuses.
pub fn filled<V: Clone>(len: usize, value: V) -> Result<Vec<V>> {
    let mut vector = Vec::new();
    vector.try_reserve_exact(len).map_err(|_| Error::OutOfMemory { elements: len })?;
    vector.resize(len, value);
    Ok(vector)
}

/// The product of two sizes, or an error where it overflows.
///
/// # Errors
/// [`Error::OutOfMemory`]: what would have that many elements cannot exist.
pub fn area(rows: usize, cols: usize) -> Result<usize> {
    rows.checked_mul(cols).ok_or(Error::OutOfMemory { elements: usize::MAX })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broken_rule_names_parameter_rule_and_value() {
        let error = require(false, "momentum", "in [0, 1)", 1.2).unwrap_err();
        assert_eq!(error.to_string(), "`momentum` must be in [0, 1), got 1.2");
    }

    #[test]
    fn absurd_sizes_are_errors() {
        assert!(matches!(area(usize::MAX, 2), Err(Error::OutOfMemory { .. })));
        assert!(matches!(filled(usize::MAX, 0_u64), Err(Error::OutOfMemory { .. })));
        assert_eq!(filled(3, 7_u8), Ok(vec![7, 7, 7]));
    }
}
