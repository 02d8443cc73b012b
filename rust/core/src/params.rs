//! The parameter arena: every parameter of a model in one flat buffer, and where each tensor lies in it.
//!
//! Parameters, their gradient and each buffer of an optimizer are flat slices of the same length, laid out alike. So an
//! optimizer's step is one sweep over memory, a global norm one reduction, a checkpoint one copy.

use std::ops::Range;

use thalweg_kernels::sweep::Segment;
use thalweg_kernels::{AlignedVec, MatMut, MatRef, Real};

use crate::error::{Error, Result, area, filled, require};

/// Elements to which a tensor's offset is rounded up: a whole vector register of either element type, so that loads at
/// a tensor's start never split a cache line. The elements between two tensors are zero and stay zero.
const PADDING: usize = 16;

/// The kind of a perceptron's parameter, which decides what is done to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Group {
    /// Weights: the penalty `alpha` applies to them.
    Weights,
    /// Biases: no penalty.
    Biases,
}

impl Group {
    /// Every group, in the order of the arena.
    pub const ALL: [Self; 2] = [Self::Weights, Self::Biases];
}

/// What the axes of a weight matrix stand for; some optimizers treat them differently.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Orientation {
    /// Rows are outputs, as PyTorch stores its weights: arrays that a user brings.
    #[default]
    OutIn,
    /// Rows are inputs: the estimators' weights.
    InOut,
}

/// One tensor of the arena.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tensor {
    /// `coefs_0`, `intercepts_0`, …
    pub name: String,
    /// Elements along each axis; no axes for a number.
    pub shape: Vec<usize>,
    /// Index of the first element in the arena.
    pub offset: usize,
    len: usize,
}

impl Tensor {
    /// Elements of the tensor, without padding.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether the tensor has no elements.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Where the tensor lies.
    #[must_use]
    pub fn range(&self) -> Range<usize> {
        self.offset..self.offset + self.len
    }

    /// Rows and columns of the tensor as a matrix: its last axis lies along the rows, all others run down; a vector is
    /// one row.
    #[must_use]
    pub fn matrix_shape(&self) -> (usize, usize) {
        let cols = self.shape.last().copied().unwrap_or(1);
        (self.shape.iter().rev().skip(1).product(), cols)
    }

    /// The tensor as a matrix, see [`Self::matrix_shape`].
    #[must_use]
    pub fn view<'a, T: Real>(&self, arena: &'a [T]) -> MatRef<'a, T> {
        let (rows, cols) = self.matrix_shape();
        MatRef::new(&arena[self.range()], rows, cols)
    }

    /// The tensor as a matrix to write, see [`Self::matrix_shape`].
    #[must_use]
    pub fn view_mut<'a, T: Real>(&self, arena: &'a mut [T]) -> MatMut<'a, T> {
        let (rows, cols) = self.matrix_shape();
        MatMut::new(&mut arena[self.range()], rows, cols)
    }
}

/// Where every tensor of a model lies. Packed, the padding is left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Layout {
    tensors: Vec<Tensor>,
    packed_len: usize,
    len: usize,
    orientation: Orientation,
}

impl Layout {
    /// The layout of tensors of these names and shapes.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`] when the number of elements overflows.
    pub fn of_shapes<S: Into<String>>(tensors: impl IntoIterator<Item = (S, Vec<usize>)>) -> Result<Self> {
        let mut layout = Self::default();
        for (name, shape) in tensors {
            layout.push(name.into(), shape)?;
        }
        Ok(layout)
    }

    /// The layout of a multi-layer perceptron with `units[i]` units in layer i: the weights of all layers, then their
    /// biases, which is scikit-learn's order.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`] when the number of parameters overflows.
    pub fn of_units(units: &[usize]) -> Result<Self> {
        let mut layout = Self { orientation: Orientation::InOut, ..Self::default() };
        for (i, pair) in units.windows(2).enumerate() {
            layout.push(format!("coefs_{i}"), vec![pair[0], pair[1]])?;
        }
        for (i, pair) in units.windows(2).enumerate() {
            layout.push(format!("intercepts_{i}"), vec![pair[1]])?;
        }
        Ok(layout)
    }

    fn push(&mut self, name: String, shape: Vec<usize>) -> Result<()> {
        let too_long = Error::OutOfMemory { elements: usize::MAX };
        let len = shape.iter().try_fold(1, |len, extent| area(len, *extent))?;
        let end = self.len.checked_add(len).and_then(|end| end.checked_next_multiple_of(PADDING));
        self.tensors.push(Tensor { name, shape, offset: self.len, len });
        self.len = end.ok_or(too_long)?;
        // Cannot overflow where the padded length did not.
        self.packed_len += len;
        Ok(())
    }

    /// What the axes of a weight matrix stand for.
    #[must_use]
    pub fn orientation(&self) -> Orientation {
        self.orientation
    }

    /// Where every tensor lies, to be swept over; those that `penalised` accepts have the penalty's gradient added.
    #[must_use]
    pub fn segments(&self, penalised: impl Fn(usize) -> bool) -> Vec<Segment> {
        let segment = |(tensor, at): (usize, &Tensor)| Segment {
            tensor,
            start: at.offset,
            len: at.len,
            penalised: penalised(tensor),
        };
        self.tensors.iter().enumerate().map(segment).collect()
    }

    /// The tensors, in order.
    #[must_use]
    pub fn tensors(&self) -> &[Tensor] {
        &self.tensors
    }

    /// Number of layers of a perceptron: half the number of tensors.
    #[must_use]
    pub fn layers(&self) -> usize {
        self.tensors.len() / 2
    }

    /// Weights of layer `layer`, of shape (fan in, fan out).
    #[must_use]
    pub fn weights(&self, layer: usize) -> &Tensor {
        &self.tensors[layer]
    }

    /// Biases of layer `layer`, of shape (fan out,).
    #[must_use]
    pub fn biases(&self, layer: usize) -> &Tensor {
        &self.tensors[self.layers() + layer]
    }

    /// Elements of the arena, padding included.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is no parameter.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Number of parameters, padding not counted.
    #[must_use]
    pub fn packed_len(&self) -> usize {
        self.packed_len
    }

    /// Where the tensors of a perceptron's group lie, padding between them included.
    #[must_use]
    pub fn range(&self, group: Group) -> Range<usize> {
        let boundary = self.tensors.get(self.layers()).map_or(0, |tensor| tensor.offset);
        match group {
            Group::Weights => 0..boundary,
            Group::Biases => boundary..self.len,
        }
    }

    /// An arena of zeros.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`] when the allocator refuses.
    pub fn zeros<T: Real>(&self) -> Result<AlignedVec<T>> {
        Ok(AlignedVec::zeros(self.len)?)
    }

    /// An arena of packed values. `name` is what the caller calls them.
    ///
    /// # Errors
    /// When their number is not [`Self::packed_len`], or the allocator refuses.
    pub fn arena_of<T: Real>(&self, packed: &[T], name: &str) -> Result<AlignedVec<T>> {
        self.check_len(packed.len(), name)?;
        let mut arena = self.zeros()?;
        self.unpack(packed, &mut arena, name)?;
        Ok(arena)
    }

    fn check_len(&self, len: usize, name: &str) -> Result<()> {
        require(len == self.packed_len, name, format_args!("of length {}", self.packed_len), len)
    }

    /// Copies packed values into an arena. `name` is what the caller calls them.
    ///
    /// # Errors
    /// When their number is not [`Self::packed_len`].
    pub fn unpack<T: Real>(&self, packed: &[T], arena: &mut [T], name: &str) -> Result<()> {
        self.check_len(packed.len(), name)?;
        let mut rest = packed;
        for tensor in &self.tensors {
            let (values, others) = rest.split_at(tensor.len());
            arena[tensor.range()].copy_from_slice(values);
            rest = others;
        }
        Ok(())
    }

    /// Copies an arena into packed values: the inverse of [`Self::unpack`].
    ///
    /// # Panics
    /// If the length of `packed` is not [`Self::packed_len`].
    pub fn pack_into<T: Real>(&self, arena: &[T], packed: &mut [T]) {
        assert_eq!(packed.len(), self.packed_len, "length of the packed parameters");
        let mut rest = packed;
        for tensor in &self.tensors {
            let (values, others) = rest.split_at_mut(tensor.len());
            values.copy_from_slice(&arena[tensor.range()]);
            rest = others;
        }
    }

    /// The packed values of an arena.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`] when the allocator refuses.
    pub fn pack<T: Real>(&self, arena: &[T]) -> Result<Vec<T>> {
        let mut packed = filled(self.packed_len, T::zero())?;
        self.pack_into(arena, &mut packed);
        Ok(packed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_tensor_starts_on_a_cache_line_and_packing_drops_the_padding() {
        let layout = Layout::of_units(&[3, 5, 2]).unwrap();
        assert!(layout.tensors().iter().all(|tensor| tensor.offset % PADDING == 0));
        assert_eq!(layout.packed_len(), 3 * 5 + 5 * 2 + 5 + 2);
        let packed: Vec<f64> = (1..=layout.packed_len()).map(|i| i as f64).collect();
        let arena = layout.arena_of(&packed, "params").unwrap();
        assert_eq!(layout.weights(1).view(&arena).at(4, 1), 25.0);
        assert_eq!(layout.biases(0).view(&arena).at(0, 0), 26.0);
        assert_eq!(arena.iter().filter(|value| **value == 0.0).count(), layout.len() - layout.packed_len());
        assert_eq!(layout.pack(&arena).unwrap(), packed);
    }

    #[test]
    fn the_groups_cover_the_arena() {
        let layout = Layout::of_units(&[3, 5, 2]).unwrap();
        let [weights, biases] = Group::ALL.map(|group| layout.range(group));
        assert_eq!((weights.start, weights.end, biases.end), (0, biases.start, layout.len()));
        assert!(weights.contains(&layout.weights(1).offset) && biases.contains(&layout.biases(0).offset));
    }

    #[test]
    fn tensors_have_any_shape() {
        let shapes = [("k", vec![2, 3, 5]), ("x", vec![]), ("none", vec![4, 0]), ("v", vec![7])];
        let layout = Layout::of_shapes(shapes).unwrap();
        let lengths: Vec<_> = layout.tensors().iter().map(Tensor::len).collect();
        let matrices: Vec<_> = layout.tensors().iter().map(Tensor::matrix_shape).collect();
        assert_eq!((lengths, layout.packed_len()), (vec![30, 1, 0, 7], 38));
        assert_eq!(matrices, [(6, 5), (1, 1), (4, 0), (1, 7)]);
        let segments = layout.segments(|tensor| tensor == 3);
        assert!(segments.iter().all(|s| s.start % PADDING == 0 && s.penalised == (s.tensor == 3)));
    }

    #[test]
    fn a_wrong_number_of_values_and_absurd_sizes_are_errors() {
        let layout = Layout::of_units(&[2, 1]).unwrap();
        let error = layout.arena_of(&[0.0_f32; 4], "params").unwrap_err();
        assert_eq!(error.to_string(), "`params` must be of length 3, got 4");
        assert!(matches!(Layout::of_units(&[usize::MAX, 4]), Err(Error::OutOfMemory { .. })));
        assert!(matches!(Layout::of_units(&[usize::MAX, 1]), Err(Error::OutOfMemory { .. })));
        let huge = Layout::of_units(&[1 << 40, 1 << 20]).unwrap();
        assert!(matches!(huge.zeros::<f64>(), Err(Error::OutOfMemory { .. })));
    }
}
