//! The dense layer: `A' = activation(A W + b)`, and the three gradients that go back through it.

use thalweg_kernels::elementwise::{Activation, activate};
use thalweg_kernels::fill::Fill;
use thalweg_kernels::gemm::{Epilogue, gemv};
use thalweg_kernels::sparse::{CsrRef, csr_gemm, csr_t_gemm};
use thalweg_kernels::{MatMut, MatRef, Real, Team};

use crate::precision::Precision;

/// What enters a layer: some rows of the data, or the output of the layer before. Shape (batch, in).
#[derive(Clone, Copy, Debug)]
pub enum Signal<'a, T> {
    /// A dense matrix, rows side by side.
    Dense(MatRef<'a, T>),
    /// Some rows of a sparse matrix.
    Sparse(CsrRef<'a, T>, &'a [usize]),
}

impl<T: Real> Signal<'_, T> {
    /// Rows in the batch.
    #[must_use]
    pub fn rows(&self) -> usize {
        match self {
            Self::Dense(input) => input.rows(),
            Self::Sparse(_, rows) => rows.len(),
        }
    }

    /// The sum of the squares of a row's elements, in double precision.
    #[must_use]
    pub fn square_of_row(&self, row: usize) -> f64 {
        match self {
            Self::Dense(input) => (0..input.cols()).map(|j| input.at(row, j).wide()).map(|x| x * x).sum(),
            Self::Sparse(x, rows) => x.row(rows[row]).1.iter().map(|x| x.wide() * x.wide()).sum(),
        }
    }
}

/// `output = activation(input W + b)`. `weights`: (in, out), `bias`: (out,), `output`: (batch, out), rows side by side.
pub fn forward<T: Real>(
    team: &Team,
    input: Signal<'_, T>,
    weights: MatRef<'_, T>,
    bias: &[T],
    activation: Activation,
    precision: Precision,
    mut output: MatMut<'_, T>,
) {
    let epilogue = Epilogue::BiasActivation { bias, activation };
    match input {
        Signal::Sparse(x, rows) => csr_gemm(team, x, rows, weights, output, epilogue),
        // One unit: a matrix product would leave all but one lane of each vector idle.
        Signal::Dense(input) if weights.cols() == 1 && precision == Precision::Native => {
            let column = &mut output.data()[..input.rows()];
            gemv(team, input, &weights.data()[..weights.rows()], column);
            column.iter_mut().for_each(|z| *z += bias[0]);
            activate(team, activation, column);
        }
        Signal::Dense(input) => precision.product(team, input, weights, output, epilogue),
    }
}

/// The gradient of the layer's input sums: `delta_before = (delta W^T) * activation'`, where `output_before`, the input of
/// this layer, is the output of `activation`. `delta`: (batch, out), `delta_before` and `output_before`: (batch, in).
pub fn input_gradient<T: Real>(
    team: &Team,
    delta: MatRef<'_, T>,
    weights: MatRef<'_, T>,
    (activation, precision): (Activation, Precision),
    output_before: MatRef<'_, T>,
    delta_before: MatMut<'_, T>,
) {
    let epilogue = Epilogue::ActivationGradient { activation, output: output_before };
    precision.product(team, delta, weights.t(), delta_before, epilogue);
}

/// The gradient of the weights, `input^T delta`, of shape (in, out), to be computed beside others; none where it is not:
/// [`weights_gradient`] computes it then. `delta`: (batch, out).
pub fn weights_fill<'a, T: Real>(
    input: Signal<'a, T>,
    delta: MatRef<'a, T>,
    precision: Precision,
) -> Option<Fill<'a, T>> {
    match (input, precision) {
        // One unit: as going forward.
        (Signal::Dense(input), Precision::Native) if delta.cols() == 1 => {
            Some(Fill::Dots(input.t(), &delta.data()[..delta.rows()]))
        }
        (Signal::Dense(input), Precision::Native) => Some(Fill::Product(input.t(), delta)),
        _ => None,
    }
}

/// The gradient of the weights where it is computed by itself: of sparse rows, or with rounded operands. `gradient`: (in, out),
/// overwritten.
pub fn weights_gradient<T: Real>(
    team: &Team,
    input: Signal<'_, T>,
    delta: MatRef<'_, T>,
    precision: Precision,
    gradient: MatMut<'_, T>,
) {
    match input {
        Signal::Sparse(x, rows) => csr_t_gemm(team, x, rows, delta, gradient),
        Signal::Dense(input) => precision.product(team, input.t(), delta, gradient, Epilogue::None),
    }
}

/// The gradient of the bias, of shape (out,): the sum of `delta`, of shape (batch, out), over the batch.
pub fn bias_fill<T: Real>(delta: MatRef<'_, T>) -> Fill<'_, T> {
    Fill::ColumnSums(delta)
}
