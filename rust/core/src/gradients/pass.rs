//! What a gradient transform works on: one gradient, and what the transform keeps.

use thalweg_kernels::partition::{CHUNK, for_each_chunks};
use thalweg_kernels::{Real, Team};

use crate::params::{Layout, Orientation, Tensor};

/// What follows from a transform.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The gradient is ready for what comes next.
    Ready,
    /// There is no step with this gradient.
    Held,
}

/// One gradient on its way to the optimizer.
pub struct Pass<'a, T: Real> {
    /// Who computes.
    pub team: &'a Team,
    /// Where the tensors lie.
    pub layout: &'a Layout,
    /// Number of the gradient that this transform sees, t = 1, 2, …
    pub number: u64,
    /// How many examples the gradient is the mean of, or the sum of their weights.
    pub weight: f64,
    /// The parameters, an arena; empty for transforms that read none.
    pub params: &'a [T],
    /// Whether penalties apply to a tensor, by its number.
    pub penalised: &'a [bool],
    /// The gradient, an arena.
    pub gradient: &'a mut [T],
    /// The numbers of [`super::Transform::numbers`].
    pub numbers: &'a mut [f64],
    /// The sum of [`super::Transform::keeps_sum`], an arena.
    pub sum: &'a mut [T],
}

impl<T: Real> Pass<'_, T> {
    /// Replaces each element: `function` must leave 0 at 0, for the padding is among them.
    pub fn map(&mut self, function: impl Fn(T) -> T + Sync) {
        map(self.team, self.gradient, function);
    }

    /// Replaces the elements of one tensor: `function(index in the tensor, element)`.
    pub fn map_tensor(&mut self, tensor: &Tensor, function: impl Fn(usize, T) -> T + Sync) {
        for_each_chunks(self.team, CHUNK, &mut self.gradient[tensor.range()], [], |offset, part, []| {
            part.iter_mut().enumerate().for_each(|(i, g)| *g = function(offset + i, *g));
        });
    }

    /// Adds `slope(parameter)` to the gradient of every tensor that penalties apply to.
    pub fn add_slope(&mut self, slope: impl Fn(T) -> T + Sync) {
        let (layout, params) = (self.layout, self.params);
        for (tensor, _) in layout.tensors().iter().zip(self.penalised).filter(|(_, penalised)| **penalised) {
            let params = &params[tensor.range()];
            self.map_tensor(tensor, |i, g| g + slope(params[i]));
        }
    }
}

/// Replaces each element.
pub fn map<T: Real>(team: &Team, slice: &mut [T], function: impl Fn(T) -> T + Sync) {
    for_each_chunks(team, CHUNK, slice, [], |_, part, []| part.iter_mut().for_each(|g| *g = function(*g)));
}

/// How the elements of a tensor belong to its units: element `i` is one of unit `(i / inner) % units`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Units {
    /// Number of units.
    pub count: usize,
    inner: usize,
}

impl Units {
    /// The units of a tensor: of a weight matrix of estimators, (in, out), its columns; of a tensor that a user brings,
    /// (out, in, …), its slices along the first axis; `None` for vectors and numbers, in which nothing fans in.
    pub fn of(tensor: &Tensor, orientation: Orientation) -> Option<Self> {
        if tensor.shape.len() < 2 || tensor.is_empty() {
            return None;
        }
        Some(match orientation {
            Orientation::InOut => Self { count: tensor.shape[tensor.shape.len() - 1], inner: 1 },
            Orientation::OutIn => Self { count: tensor.shape[0], inner: tensor.len() / tensor.shape[0] },
        })
    }

    /// The unit of an element.
    pub fn unit(&self, element: usize) -> usize {
        element / self.inner % self.count
    }

    /// The sum of `term` over the elements of each unit, in their order, in double precision.
    pub fn sums<T: Real>(&self, elements: &[T], term: impl Fn(f64) -> f64) -> Vec<f64> {
        let mut sums = vec![0.0; self.count];
        if self.inner == 1 {
            for row in elements.chunks_exact(self.count) {
                sums.iter_mut().zip(row).for_each(|(sum, x)| *sum += term(x.wide()));
            }
        } else {
            for (sum, slice) in sums.iter_mut().zip(elements.chunks_exact(self.inner)) {
                *sum = slice.iter().map(|x| term(x.wide())).sum();
            }
        }
        sums
    }
}
