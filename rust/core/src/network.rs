//! The network: dense layers over an arena. Takes a batch, yields outputs; takes their gradient, yields the arena's.

use thalweg_kernels::{AlignedVec, MatMut, MatRef, Real, Team};

use crate::activations::{Hidden, Output};
use crate::data::Input;
use crate::error::{Result, area, filled, require};
use crate::layers::dense::{self, Signal};
use crate::params::Layout;

/// Rows that go through the network together. More are cut into blocks of this many, which bounds the memory for their
/// signals. It shapes results (gradients of blocks are summed in order), so it is the same everywhere.
pub const BLOCK_ROWS: usize = 2048;

/// The shape of a network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Architecture {
    /// Features, units of each hidden layer, outputs.
    pub units: Vec<usize>,
    /// After each hidden layer.
    pub activation: Hidden,
    /// After the last layer.
    pub output: Output,
}

impl Architecture {
    /// Number of features.
    #[must_use]
    pub fn features(&self) -> usize {
        self.units[0]
    }

    /// Number of outputs.
    #[must_use]
    pub fn outputs(&self) -> usize {
        self.units[self.units.len() - 1]
    }

    /// Checks the units.
    ///
    /// # Errors
    /// When there are less than two layers, or a layer is empty.
    pub fn validate(&self) -> Result<()> {
        let enough = self.units.len() >= 2;
        require(enough, "units", "features, hidden layers and outputs", &self.units)?;
        require(self.units.iter().all(|units| *units > 0), "units", "positive", &self.units)
    }

    /// Multiply-adds of one row going forward, when a product with the row touches `row_work` elements.
    #[must_use]
    pub fn forward_work(&self, row_work: usize) -> usize {
        let first = row_work.min(self.units[0]).saturating_mul(self.units[1]);
        let later = self.units[1..].windows(2).map(|pair| pair[0].saturating_mul(pair[1]));
        later.fold(first, usize::saturating_add)
    }
}

/// What the layers say to each other: kept from one batch to the next, so that a step allocates nothing.
#[derive(Debug)]
pub struct Signals<T: Real> {
    /// Output of each layer, (rows, units).
    outputs: Vec<AlignedVec<T>>,
    /// The gradient of the current layer's sums and of those before it, in turns.
    deltas: [AlignedVec<T>; 2],
}

impl<T: Real> Signals<T> {
    /// Outputs of the last layer, of shape (rows, outputs), flat.
    #[must_use]
    pub fn output(&self, len: usize) -> &[T] {
        &self.outputs[self.outputs.len() - 1][..len]
    }

    /// Outputs of the last layer, and the space for the gradient of its sums; both (rows, outputs), flat.
    #[must_use]
    pub fn output_and_delta(&mut self, len: usize) -> (&[T], &mut [T]) {
        (&self.outputs[self.outputs.len() - 1][..len], &mut self.deltas[0][..len])
    }
}

/// Dense layers over an arena.
#[derive(Clone, Debug)]
pub struct Network {
    architecture: Architecture,
    layout: Layout,
}

impl Network {
    /// The network of an architecture.
    ///
    /// # Errors
    /// When the architecture is none, or its number of parameters overflows.
    pub fn new(architecture: Architecture) -> Result<Self> {
        architecture.validate()?;
        let layout = Layout::of_units(&architecture.units)?;
        Ok(Self { architecture, layout })
    }

    /// Its shape.
    #[must_use]
    pub fn architecture(&self) -> &Architecture {
        &self.architecture
    }

    /// Where its parameters lie.
    #[must_use]
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// Space for the signals of up to `rows` rows.
    ///
    /// # Errors
    /// When memory is short.
    pub fn signals<T: Real>(&self, rows: usize) -> Result<Signals<T>> {
        let units = &self.architecture.units[1..];
        let space = |units: usize| Ok(AlignedVec::zeros(area(rows, units)?)?);
        let outputs = units.iter().map(|units| space(*units)).collect::<Result<_>>()?;
        let widest = units.iter().copied().max().unwrap_or(0);
        Ok(Signals { outputs, deltas: [space(widest)?, space(widest)?] })
    }

    /// Sends a batch forward. `input`: (rows, features); the outputs of all layers are left in `signals`.
    pub fn forward<T: Real>(&self, team: &Team, params: &[T], input: Signal<'_, T>, signals: &mut Signals<T>) {
        let (rows, last) = (input.rows(), self.layout.layers() - 1);
        for layer in 0..=last {
            let (before, after) = signals.outputs.split_at_mut(layer);
            let input = before.last().map_or(input, |output| Signal::Dense(self.output(layer - 1, output, rows)));
            let units = self.architecture.units[layer + 1];
            let weights = self.layout.weights(layer).view(params);
            let bias = &params[self.layout.biases(layer).range()];
            let activation = if layer < last { self.architecture.activation } else { Hidden::Identity };
            let output = MatMut::new(&mut after[0], rows, units);
            dense::forward(team, input, weights, bias, activation.kernel(), output);
        }
        let outputs = MatMut::new(&mut signals.outputs[last], rows, self.architecture.outputs());
        self.architecture.output.apply(team, outputs);
    }

    /// Sends the gradient of the last layer's sums, as left in `signals`, backward. `gradient` is an arena; its tensors are
    /// overwritten. The gradient of the data is never computed.
    pub fn backward<T: Real>(
        &self,
        team: &Team,
        params: &[T],
        input: Signal<'_, T>,
        signals: &mut Signals<T>,
        gradient: &mut [T],
    ) {
        self.each_delta(team, params, input, signals, |layer, input, delta| {
            dense::weights_gradient(team, input, delta, self.layout.weights(layer).view_mut(gradient));
            dense::bias_gradient(team, delta, &mut gradient[self.layout.biases(layer).range()]);
        });
    }

    /// The squared norm, over all parameters, of the gradient of each row, from the gradient of the last layer's sums, as
    /// left in `signals`.
    pub fn example_squares<T: Real>(
        &self,
        team: &Team,
        params: &[T],
        input: Signal<'_, T>,
        signals: &mut Signals<T>,
        squares: &mut [f64],
    ) {
        squares.fill(0.0);
        self.each_delta(team, params, input, signals, |_, input, delta| {
            for (row, square) in squares.iter_mut().enumerate() {
                let of_delta: f64 = (0..delta.cols()).map(|j| delta.at(row, j).wide()).map(|d| d * d).sum();
                // The 1 is what a bias has for its input.
                *square += of_delta * (input.square_of_row(row) + 1.0);
            }
        });
    }

    /// From the last layer to the first, calls `visit(layer, its input, gradient of its sums)`.
    fn each_delta<T: Real>(
        &self,
        team: &Team,
        params: &[T],
        input: Signal<'_, T>,
        signals: &mut Signals<T>,
        mut visit: impl FnMut(usize, Signal<'_, T>, MatRef<'_, T>),
    ) {
        let rows = input.rows();
        let [mut current, mut previous] = signals.deltas.each_mut();
        for layer in (0..self.layout.layers()).rev() {
            let delta = self.output(layer, current, rows);
            let mut input = input;
            if layer > 0 {
                let before = self.output(layer - 1, &signals.outputs[layer - 1], rows);
                let weights = self.layout.weights(layer).view(params);
                let delta_before = MatMut::new(previous, rows, before.cols());
                let activation = self.architecture.activation.kernel();
                dense::input_gradient(team, delta, weights, activation, before, delta_before);
                input = Signal::Dense(before);
            }
            visit(layer, input, delta);
            std::mem::swap(&mut current, &mut previous);
        }
    }

    /// A buffer as the output of a layer, (rows, units).
    fn output<'a, T: Real>(&self, layer: usize, buffer: &'a [T], rows: usize) -> MatRef<'a, T> {
        MatRef::new(buffer, rows, self.architecture.units[layer + 1])
    }
}

/// A network as its user holds it: one weight matrix, of shape (in, out), and one bias, of shape (out,), a layer.
#[derive(Clone, Copy, Debug)]
pub struct Layers<'a, T> {
    /// Weights, C-contiguous.
    pub coefs: &'a [MatRef<'a, T>],
    /// Biases.
    pub intercepts: &'a [&'a [T]],
    /// After each hidden layer.
    pub activation: Hidden,
    /// After the last layer.
    pub output: Output,
}

impl<T: Real> Layers<'_, T> {
    /// What a forward pass of `rows` rows costs, in multiply-adds. For few rows that is the time in which the weights come
    /// from memory: about one multiply-add a byte.
    #[must_use]
    pub fn work(&self, rows: usize) -> usize {
        let weights = self.coefs.iter().map(|weights| weights.rows().saturating_mul(weights.cols()));
        weights.fold(0, usize::saturating_add).saturating_mul(rows.max(size_of::<T>()))
    }

    fn check(&self, x: &Input<'_, T>, out: &[T]) -> Result<()> {
        let (coefs, intercepts) = (self.coefs, self.intercepts);
        require(!coefs.is_empty(), "coefs_", "at least one matrix", coefs.len())?;
        let rule = format_args!("{} vectors, one a matrix of `coefs_`", coefs.len());
        require(intercepts.len() == coefs.len(), "intercepts_", rule, intercepts.len())?;
        let mut width = x.cols();
        for (i, (weights, bias)) in coefs.iter().zip(intercepts).enumerate() {
            let name = format_args!("coefs_[{i}]");
            require(weights.rows() == width, name, format_args!("of {width} rows"), weights.rows())?;
            width = weights.cols();
            let strides = (weights.row_stride(), weights.col_stride());
            require(strides == (width, 1), name, "C-contiguous", format_args!("strides {strides:?}"))?;
            let name = format_args!("intercepts_[{i}]");
            require(bias.len() == width, name, format_args!("of length {width}"), bias.len())?;
        }
        let len = area(x.rows(), width)?;
        require(out.len() == len, "out", format_args!("of length {len}"), out.len())
    }
}

/// Predicts: `out`, of shape (samples, outputs), flat, receives what the network makes of `x`, of shape (samples, features).
/// Memory is bounded by [`BLOCK_ROWS`]; a small job starts no threads.
///
/// # Errors
/// When shapes do not agree, or memory is short.
pub fn forward<T: Real>(team: &Team, x: Input<'_, T>, layers: Layers<'_, T>, out: &mut [T]) -> Result<()> {
    layers.check(&x, out)?;
    let rows = x.rows().min(BLOCK_ROWS);
    let hidden = &layers.coefs[..layers.coefs.len() - 1];
    let widest = hidden.iter().map(MatRef::cols).max().unwrap_or(0);
    let mut space = [AlignedVec::zeros(area(rows, widest)?)?, AlignedVec::zeros(area(rows, widest)?)?];
    let outputs = layers.coefs[hidden.len()].cols();
    let mut indices = filled(if matches!(x, Input::Sparse(_)) { rows } else { 0 }, 0)?;
    team.region(layers.work(rows), |team| {
        for (block, out) in out.chunks_mut((BLOCK_ROWS * outputs).max(1)).enumerate() {
            let (first, count) = (block * BLOCK_ROWS, out.len() / outputs);
            let input = match x {
                Input::Dense(x) => Signal::Dense(x.row_range(first, count)),
                Input::Sparse(x) => {
                    indices.iter_mut().enumerate().for_each(|(i, index)| *index = first + i);
                    Signal::Sparse(x, &indices[..count])
                }
            };
            forward_block(team, input, &layers, &mut space, MatMut::new(out, count, outputs));
        }
    });
    Ok(())
}

fn forward_block<T: Real>(
    team: &Team,
    input: Signal<'_, T>,
    layers: &Layers<'_, T>,
    space: &mut [AlignedVec<T>; 2],
    mut out: MatMut<'_, T>,
) {
    let (rows, last) = (input.rows(), layers.coefs.len() - 1);
    let [mut before, mut after] = space.each_mut();
    for layer in 0..last {
        let (weights, bias) = (layers.coefs[layer], layers.intercepts[layer]);
        let input = if layer == 0 { input } else { Signal::Dense(MatRef::new(before, rows, weights.rows())) };
        let output = MatMut::new(after, rows, weights.cols());
        dense::forward(team, input, weights, bias, layers.activation.kernel(), output);
        std::mem::swap(&mut before, &mut after);
    }
    let (weights, bias) = (layers.coefs[last], layers.intercepts[last]);
    let input = if last == 0 { input } else { Signal::Dense(MatRef::new(before, rows, weights.rows())) };
    dense::forward(team, input, weights, bias, Hidden::Identity.kernel(), out.reborrow());
    layers.output.apply(team, out);
}
