//! The network: dense layers over an arena. Takes a batch, yields outputs; takes their gradient, yields the arena's.

use thalweg_kernels::fill::fill;
use thalweg_kernels::{Band, MatRef, Real, RowBuffers, Team};

use crate::activations::{Hidden, Output};
use crate::error::{Result, require};
use crate::layers::dense::{self, Signal};
use crate::params::Layout;
use crate::precision::Precision;
use crate::signals::Slots;

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
    /// Of the operands of its products.
    pub precision: Precision,
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

    /// Which of its signals is which.
    #[must_use]
    pub fn slots(&self) -> Slots {
        Slots::new(self.layout.layers())
    }

    /// Sends the rows of a band forward: the outputs of all layers are left there. `given`: (rows, features), unless the
    /// band has the inputs itself.
    pub fn forward<T: Real>(&self, team: &Team, params: &[T], given: Option<Signal<'_, T>>, band: &mut Band<'_, T>) {
        let (slots, last) = (self.slots(), self.layout.layers() - 1);
        for layer in 0..=last {
            let before = if layer == 0 { slots.inputs() } else { slots.output(layer - 1) };
            let ([before], output) = band.split([before], slots.output(layer));
            let input = given.filter(|_| layer == 0).unwrap_or(Signal::Dense(before));
            let weights = self.layout.weights(layer).view(params);
            let bias = &params[self.layout.biases(layer).range()];
            let activation = if layer < last { self.architecture.activation } else { Hidden::Identity };
            dense::forward(team, input, weights, bias, activation.kernel(), self.architecture.precision, output);
        }
        self.architecture.output.apply(team, band.of(slots.last_output()));
    }

    /// Sends the gradient of the last layer's sums, which the band has, backward to the sums of all layers.
    pub fn backward<T: Real>(&self, team: &Team, params: &[T], band: &mut Band<'_, T>) {
        let slots = self.slots();
        for layer in (1..self.layout.layers()).rev() {
            let read = [slots.delta(layer), slots.output(layer - 1)];
            let ([delta, before], delta_before) = band.split(read, slots.delta(layer - 1));
            let weights = self.layout.weights(layer).view(params);
            let how = (self.architecture.activation.kernel(), self.architecture.precision);
            dense::input_gradient(team, delta, weights, how, before, delta_before);
        }
    }

    /// The gradient of the parameters, from the signals of all `rows` rows. `gradient` is an arena; its tensors are
    /// overwritten. The gradient of the data is never computed.
    pub fn gradient<T: Real>(
        &self,
        team: &Team,
        given: Option<Signal<'_, T>>,
        (signals, rows): (&RowBuffers<T>, usize),
        gradient: &mut [T],
    ) {
        let (tensors, layers, precision) = (self.layout.tensors(), self.layout.layers(), self.architecture.precision);
        let around = |layer| self.around_layer(given, (signals, rows), layer);
        let fill_of = |tensor: usize| match around(tensor % layers) {
            (input, delta) if tensor < layers => dense::weights_fill(input, delta, precision),
            (_, delta) => Some(dense::bias_fill(delta)),
        };
        let piece = |tensor: usize| Some((tensors[tensor].offset, fill_of(tensor)?));
        fill(team, gradient, (0..tensors.len()).filter_map(piece));
        for layer in (0..layers).filter(|layer| fill_of(*layer).is_none()) {
            let (input, delta) = around(layer);
            dense::weights_gradient(team, input, delta, precision, tensors[layer].view_mut(gradient));
        }
    }

    /// What went into a layer, and what came back to its sums, of all `rows` rows: the gradient of its parameters is computed
    /// from these.
    fn around_layer<'a, T: Real>(
        &self,
        given: Option<Signal<'a, T>>,
        (signals, rows): (&'a RowBuffers<T>, usize),
        layer: usize,
    ) -> (Signal<'a, T>, MatRef<'a, T>) {
        let slots = self.slots();
        let before = if layer == 0 { slots.inputs() } else { slots.output(layer - 1) };
        let input = given.filter(|_| layer == 0).unwrap_or_else(|| Signal::Dense(signals.get(before, rows)));
        (input, signals.get(slots.delta(layer), rows))
    }

    /// Multiplies the signals that go backward by a factor for each row of a band: `bound` over the norm, over all
    /// parameters, of the row's gradient, where that is larger; then by `scale`. That needs no gradient of a row: that of a
    /// layer, `x delta^T` and `delta`, has the squared norm `|delta|^2 (|x|^2 + 1)`.
    pub fn clip_examples<T: Real>(
        &self,
        given: Option<Signal<'_, T>>,
        (bound, scale): (f64, f64),
        band: &mut Band<'_, T>,
    ) {
        for row in 0..band.rows().len() {
            let square: f64 = (0..self.layout.layers()).map(|layer| self.square(given, layer, row, band)).sum();
            let factor = T::of((bound / square.sqrt()).min(1.0) * scale);
            for layer in 0..self.layout.layers() {
                band.of(self.slots().delta(layer)).row(row).iter_mut().for_each(|slope| *slope *= factor);
            }
        }
    }

    /// The squared norm of the gradient of a row in a layer.
    fn square<T: Real>(&self, given: Option<Signal<'_, T>>, layer: usize, row: usize, band: &mut Band<'_, T>) -> f64 {
        let slots = self.slots();
        let before = if layer == 0 { slots.inputs() } else { slots.output(layer - 1) };
        let ([before], mut delta) = band.split([before], slots.delta(layer));
        let input = given.filter(|_| layer == 0).unwrap_or(Signal::Dense(before));
        let of_delta: f64 = delta.row(row).iter().map(|d| d.wide() * d.wide()).sum();
        // The 1 is what a bias has for its input.
        of_delta * (input.square_of_row(row) + 1.0)
    }
}
