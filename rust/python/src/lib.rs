//! The `thalweg._core` extension module: NumPy arrays in, one Rust call, NumPy arrays out.
//!
//! Every function here checks its arguments, releases the interpreter for the work, and turns what can go wrong into a
//! Python exception; the work itself is in the crates below.
//!
//! | where | what |
//! |---|---|
//! | [`errors`] | exceptions from errors and panics |
//! | [`arrays`], [`inputs`] | NumPy arrays as slices, matrices and datasets |
//! | [`config`] | dicts as configurations |
//! | [`threads`] | number of threads, CPU path, releasing the interpreter |
//! | [`signals`] | Ctrl-C and callbacks during training |
//! | [`train`], [`objective`], [`forward`], [`optimizers`], [`schedules`] | what the estimators call |
//! | [`linear`] | what the linear models call |
//! | [`run`], [`gradients`] | optimizers and gradient transforms at work on arrays |
//! | [`peak`] | the FMA rate, for benches |
//! | [`linalg`] | what `thalweg.linalg` calls |
//! | [`linear`] | what the linear models call |

#![forbid(unsafe_code)]

mod arrays;
mod config;
mod errors;
mod forward;
mod gradients;
mod inputs;
mod linalg;
mod linear;
mod objective;
mod optimizers;
mod peak;
mod run;
mod schedules;
mod signals;
mod threads;
mod train;

use pyo3::prelude::*;

/// The Rust side of thalweg; private, and checked by the Python modules that call it.
// Without the interpreter's lock nothing here has been tested, so a free-threaded Python turns the lock on.
#[pymodule(gil_used = true)]
mod _core {
    use super::{arrays, errors, threads};
    use pyo3::prelude::*;

    #[pymodule_export]
    use super::errors::simulate_fault;
    #[pymodule_export]
    use super::forward::mlp_forward;
    #[pymodule_export]
    use super::gradients::{GradientChain, gradient_registry, validate_gradient_transform};
    #[pymodule_export]
    use super::linalg::elementwise::{
        axpy, exp, log, relu, relu_gradient, sigmoid, sigmoid_gradient, tanh, tanh_gradient,
    };
    #[pymodule_export]
    use super::linalg::products::{dot, matmul, matmul_stack, matvec, matvec_stack, plain_product};
    #[pymodule_export]
    use super::linalg::reductions::{column_sums, log_sum_exp_rows, row_norms, row_sums, softmax_rows};
    #[pymodule_export]
    use super::linear::losses::{linear_loss, linear_loss_registry};
    #[pymodule_export]
    use super::linear::objective::LinearObjective;
    #[pymodule_export]
    use super::linear::sag::train_sag;
    #[pymodule_export]
    use super::linear::sgd::train_sgd;
    #[pymodule_export]
    use super::objective::MlpObjective;
    #[pymodule_export]
    use super::optimizers::{optimizer_registry, validate_optimizer};
    #[pymodule_export]
    use super::peak::fma_peak;
    #[pymodule_export]
    use super::run::OptimizerRun;
    #[pymodule_export]
    use super::run::listing::{arena_layout, optimizer_traits};
    #[pymodule_export]
    use super::schedules::{plateau_update, schedule_momenta, schedule_rates, schedule_registry, validate_schedule};
    #[pymodule_export]
    use super::threads::{available_isas, get_num_threads, isa, set_num_threads};
    #[pymodule_export]
    use super::train::train_mlp;

    #[pymodule_export]
    #[allow(non_upper_case_globals)] // Python's name for it
    const __version__: &str = env!("CARGO_PKG_VERSION");

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        errors::install_panic_hook();
        arrays::initialise(module.py())?;
        threads::initialise();
        // threadpoolctl learns of the symbols in this very library, hence once it is loaded and not before.
        module.py().import("thalweg._threads")?.call_method0("register")?;
        Ok(())
    }
}
