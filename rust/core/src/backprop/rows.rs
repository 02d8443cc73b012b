//! The rows of a band: brought side by side where they are not so in the dataset.

use thalweg_kernels::elementwise::gather_rows;
use thalweg_kernels::raw::convert_rows;
use thalweg_kernels::{Band, Real, Team};

use crate::data::{Dataset, Input, Rows};
use crate::layers::dense::Signal;
use crate::losses::Prediction;
use crate::signals::Slots;

/// The dataset's part in the rows of a band.
pub(super) struct Batch<'a, T> {
    /// Inputs, where the band has none.
    pub(super) x: Option<Signal<'a, T>>,
    /// Targets, likewise.
    y: Option<&'a [T]>,
    weighted: bool,
}

impl<'a, T: Real> Batch<'a, T> {
    /// Brings the rows of a band side by side, where they are not so in the dataset.
    pub(super) fn load(
        team: &Team,
        data: &Dataset<'a, T>,
        rows: Rows<'a>,
        band: &mut Band<'_, T>,
        slots: Slots,
    ) -> Self {
        let rows = Rows { indices: &rows.indices[band.rows()], ..rows };
        let (x, y) = (given(data, rows), targets(data, rows));
        match data.x() {
            Input::Dense(from) if x.is_none() => gather_rows(team, from, rows.indices, band.of(slots.inputs())),
            Input::Raw(from) => convert_rows(team, from, rows.indices, band.of(slots.inputs())),
            Input::Dense(_) | Input::Sparse(_) => {}
        }
        if y.is_none() {
            gather_rows(team, data.y(), rows.indices, band.of(slots.targets()));
        }
        if let Some(weights) = data.weights() {
            let mut space = band.of(slots.weights());
            space.data().iter_mut().zip(rows.indices).for_each(|(space, &row)| *space = weights[row]);
        }
        Self { x, y, weighted: data.weights().is_some() }
    }

    /// What the network says of the band's rows, beside what it ought to say, and the elements of `slot` to write.
    pub(super) fn with_prediction<R>(
        &self,
        band: &mut Band<'_, T>,
        slots: Slots,
        slot: usize,
        work: impl FnOnce(&Prediction<'_, T>, &mut [T]) -> R,
    ) -> R {
        let rows = band.rows().len();
        let read = [slots.targets(), slots.last_output(), slots.weights()];
        let ([y, output, weights], mut to) = band.split(read, slot);
        let (outputs, y) = (output.cols(), self.y.unwrap_or(y.data()));
        let len = rows * outputs;
        let weights = self.weighted.then(|| &weights.data()[..rows]);
        work(&Prediction { y: &y[..len], output: &output.data()[..len], weights, outputs }, &mut to.data()[..len])
    }
}

/// Inputs that lie in the dataset as they are wanted.
pub(super) fn given<'a, T: Real>(data: &Dataset<'a, T>, rows: Rows<'a>) -> Option<Signal<'a, T>> {
    match data.x() {
        Input::Dense(x) => Some(Signal::Dense(rows.in_place(x)?)),
        Input::Sparse(x) => Some(Signal::Sparse(x, rows.indices)),
        Input::Raw(_) => None,
    }
}

/// Targets that lie in the dataset as they are wanted.
pub(super) fn targets<'a, T: Real>(data: &Dataset<'a, T>, rows: Rows<'a>) -> Option<&'a [T]> {
    Some(rows.in_place(data.y())?.data())
}
