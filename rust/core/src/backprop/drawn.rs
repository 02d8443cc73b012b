//! The gradient by targets that the model draws from its own predictions: what an estimate of curvature is made of.

use thalweg_kernels::{AlignedVec, Real, Team};

use super::rows::{Batch, given};
use super::{Backprop, enter_block};
use crate::data::{Dataset, Rows};
use crate::error::{Result, require};
use crate::losses::{Likelihood, Prediction};
use crate::network::BLOCK_ROWS;
use crate::random::Numbers;

/// What such a gradient takes.
#[derive(Debug)]
pub(super) struct Drawing<T: Real> {
    likelihood: Likelihood,
    gradient: AlignedVec<T>,
}

impl<T: Real> Backprop<T> {
    /// Makes the space for [`Self::backward_drawn`].
    ///
    /// # Errors
    /// When the loss does not say how targets scatter, or memory is short.
    pub fn allow_drawing(&mut self) -> Result<()> {
        let likelihood = self.loss.likelihood();
        require(likelihood.is_some(), "loss", "the logarithm of a probability", format_args!("{:?}", self.loss))?;
        self.drawing = match likelihood {
            Some(likelihood) => Some(Drawing { likelihood, gradient: self.network.layout().zeros()? }),
            None => None,
        };
        Ok(())
    }

    /// As [`Self::backward`], by targets that the model draws from its own predictions in the place of the data's. The
    /// gradient goes to a place of its own, [`Self::drawn_gradient`]. Returns whether it was not interrupted.
    ///
    /// # Panics
    /// Unless [`Self::allow_drawing`] has made the space.
    pub fn backward_drawn(
        &mut self,
        team: &Team,
        params: &[T],
        data: &Dataset<'_, T>,
        (rows, weight): (Rows<'_>, f64),
        numbers: Numbers,
        mut interrupted: impl FnMut() -> bool,
    ) -> bool {
        for (i, rows) in rows.blocks(BLOCK_ROWS).enumerate() {
            if interrupted() {
                return false;
            }
            self.draw_block(team, params, data, (rows, i * BLOCK_ROWS), numbers, 1.0 / weight);
            let Self { network, signals, block_gradient, drawing, .. } = self;
            let Drawing { gradient, .. } = drawing.as_mut().expect("space for drawing");
            enter_block(team, i == 0, gradient, block_gradient, |gradient| {
                network.gradient(team, given(data, rows), (signals, rows.len()), gradient);
            });
        }
        true
    }

    /// Sends a block of rows, the first of which is `first` of the batch, forward and back from drawn targets, which take
    /// the place of the terms of the loss.
    fn draw_block(
        &mut self,
        team: &Team,
        params: &[T],
        data: &Dataset<'_, T>,
        (rows, first): (Rows<'_>, usize),
        numbers: Numbers,
        scale: f64,
    ) {
        let bands = self.bands(team, rows.len());
        let Self { network, loss, gradient_of, signals, drawing, .. } = self;
        let (slots, outputs) = (network.slots(), network.architecture().outputs());
        let likelihood = drawing.as_ref().expect("space for drawing").likelihood;
        signals.for_each_band(team, rows.len(), bands, &|team, band| {
            let (batch, height) = (Batch::load(team, data, rows, band, slots), band.rows().len());
            network.forward(team, params, batch.x, band);
            let at = first + band.rows().start;
            let ([output], mut drawn) = band.split([slots.last_output()], slots.terms());
            likelihood.draw(team, numbers, at, output.data(), outputs, &mut drawn.data()[..height * outputs]);
            let read = [slots.terms(), slots.last_output(), slots.weights()];
            let ([y, output, weights], mut delta) = band.split(read, slots.last_delta());
            let weights = data.weights().map(|_| weights.data());
            let prediction = Prediction { y: y.data(), output: output.data(), weights, outputs };
            loss.delta(team, &prediction, *gradient_of, scale, delta.data());
            network.backward(team, params, band);
        });
    }

    /// The arena of the gradient that [`Self::backward_drawn`] left; empty where there was none.
    #[must_use]
    pub fn drawn_gradient(&self) -> &[T] {
        self.drawing.as_ref().map_or(&[], |drawing| &drawing.gradient)
    }
}
