//! The C symbols by which threadpoolctl finds and steers the number of threads of a loaded `thalweg._core`.
//!
//! They stand here because exporting a symbol counts as unsafe: another symbol of the name would be undefined behaviour.

use std::ffi::c_int;

use crate::team;

/// The number of threads; 1 where the environment names no valid one (a call from Python reports that).
// SAFETY: the prefix keeps the name to this library.
#[unsafe(no_mangle)]
pub extern "C" fn thalweg_get_num_threads() -> c_int {
    team::threads().map_or(1, |count| c_int::try_from(count).unwrap_or(c_int::MAX))
}

/// Sets the number of threads; passes over numbers below 1, as `omp_set_num_threads` does.
// SAFETY: the prefix keeps the name to this library.
#[unsafe(no_mangle)]
pub extern "C" fn thalweg_set_num_threads(count: c_int) {
    if let Some(count) = usize::try_from(count).ok().filter(|count| *count > 0) {
        // Above zero, a number is always taken.
        let _ = team::set_threads(count);
    }
}
