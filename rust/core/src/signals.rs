//! Signals: what the layers of a network say to each other about the rows of a batch, and what enters and leaves it there.

use thalweg_kernels::Real;
use thalweg_kernels::RowBuffers;

use crate::error::Result;

/// Which of a network's row buffers is which.
#[derive(Clone, Copy, Debug)]
pub struct Slots {
    layers: usize,
}

impl Slots {
    /// Of a network of that many layers.
    #[must_use]
    pub fn new(layers: usize) -> Self {
        Self { layers }
    }

    /// The output of a layer, (rows, units).
    #[must_use]
    pub fn output(self, layer: usize) -> usize {
        layer
    }

    /// The output of the last layer, (rows, outputs).
    #[must_use]
    pub fn last_output(self) -> usize {
        self.output(self.layers - 1)
    }

    /// The gradient of a layer's sums, (rows, units).
    #[must_use]
    pub fn delta(self, layer: usize) -> usize {
        self.layers + layer
    }

    /// The gradient of the last layer's sums, (rows, outputs).
    #[must_use]
    pub fn last_delta(self) -> usize {
        self.delta(self.layers - 1)
    }

    /// Inputs, (rows, features), brought side by side where they are not so in the dataset.
    #[must_use]
    pub fn inputs(self) -> usize {
        2 * self.layers
    }

    /// Targets, (rows, outputs), likewise.
    #[must_use]
    pub fn targets(self) -> usize {
        2 * self.layers + 1
    }

    /// Weights, (rows, 1), likewise.
    #[must_use]
    pub fn weights(self) -> usize {
        2 * self.layers + 2
    }

    /// The terms of the loss, (rows, outputs).
    #[must_use]
    pub fn terms(self) -> usize {
        2 * self.layers + 3
    }
}

/// What is brought side by side.
#[derive(Clone, Copy, Debug)]
pub struct Gathered {
    /// Inputs: dense ones of shuffled rows.
    pub inputs: bool,
    /// Targets of shuffled rows.
    pub targets: bool,
    /// Weights, if there are any.
    pub weights: bool,
}

/// Space for up to `rows` rows of a network of these `units`: features, then those of each layer.
///
/// # Errors
/// When memory is short.
pub fn signals<T: Real>(units: &[usize], rows: usize, gathered: Gathered) -> Result<RowBuffers<T>> {
    let (features, layers) = (units[0], &units[1..]);
    let outputs = layers[layers.len() - 1];
    let width = |wanted: bool, cols: usize| if wanted { cols } else { 0 };
    let mut cols = [layers, layers].concat();
    cols.extend([
        width(gathered.inputs, features),
        width(gathered.targets, outputs),
        width(gathered.weights, 1),
        outputs,
    ]);
    Ok(RowBuffers::zeros(rows, &cols)?)
}
