//! Skipping gradients that are not finite.

use thalweg_kernels::Real;
use thalweg_kernels::reduce::all_finite;

use super::Transform;
use super::pass::{Pass, Verdict};
use crate::error::{Result, require};
use crate::hyper::hyper_parameters;

const CONSECUTIVE: usize = 0;
const TOTAL: usize = 1;

hyper_parameters! {
    /// No step where an element is infinite or NaN, and an error after too many of them in a row.
    pub struct SkipNonFinite {
        /// Most gradients in a row that are passed over.
        pub max_consecutive_errors: u64 = 5,
    }
}

impl Transform for SkipNonFinite {
    fn numbers(&self) -> &'static [&'static str] {
        &["consecutive", "total"]
    }

    fn judges_finiteness(&self) -> bool {
        true
    }

    fn apply<T: Real>(&self, pass: &mut Pass<'_, T>) -> Result<Verdict> {
        if all_finite(pass.team, pass.gradient) {
            pass.numbers[CONSECUTIVE] = 0.0;
            return Ok(Verdict::Ready);
        }
        pass.numbers[CONSECUTIVE] += 1.0;
        pass.numbers[TOTAL] += 1.0;
        let (count, most) = (pass.numbers[CONSECUTIVE] as u64, self.max_consecutive_errors);
        let rule = format_args!("finite at least once in {} (max_consecutive_errors={most})", most.saturating_add(1));
        require(count <= most, "grads", rule, format_args!("infinity or NaN {count} times in a row"))?;
        Ok(Verdict::Held)
    }
}
