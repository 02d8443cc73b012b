//! What an optimizer keeps from one step to the next: buffers, which are arenas over the tensors, and numbers.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use thalweg_kernels::{AlignedVec, Real};

use crate::error::Result;
use crate::params::Layout;

/// The shape of a buffer by the tensor's.
pub type ShapeOf = dyn Fn(&[usize]) -> Vec<usize> + Send + Sync;

/// What a buffer holds for a tensor of some shape.
#[derive(Clone)]
pub enum Extent {
    /// As many elements as the tensor.
    Like,
    /// One number.
    One,
    /// One number a row: the shape without its last axis. Nothing for vectors and numbers.
    Rows,
    /// One number a column: the shape without its last axis but one. Nothing for vectors and numbers.
    Cols,
    /// One number a place on each axis: for shape (m, n), m numbers and then n.
    Axes,
    /// One square matrix an axis: for shape (m, n), m x m and then n x n numbers.
    Squares,
    /// The shape that a function of the tensor's shape gives.
    Of(Arc<ShapeOf>),
}

impl Extent {
    /// An extent by a function of the tensor's shape.
    pub fn of(shape: impl Fn(&[usize]) -> Vec<usize> + Send + Sync + 'static) -> Self {
        Self::Of(Arc::new(shape))
    }

    /// The shape of a buffer for a tensor of shape `of`.
    #[must_use]
    pub fn shape(&self, of: &[usize]) -> Vec<usize> {
        let without = |axis: usize| {
            if of.len() < 2 {
                return vec![0];
            }
            [&of[..of.len() - axis], &of[of.len() - axis + 1..]].concat()
        };
        match self {
            Self::Like => of.to_vec(),
            Self::One => Vec::new(),
            Self::Rows => without(1),
            Self::Cols => without(2),
            Self::Axes => vec![of.iter().sum()],
            Self::Squares => vec![of.iter().map(|extent| extent.saturating_mul(*extent)).sum()],
            Self::Of(shape) => shape(of),
        }
    }
}

impl fmt::Debug for Extent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Extent of a (2, 3) tensor: {:?}", self.shape(&[2, 3]))
    }
}

/// What a buffer holds before the first step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Initial {
    /// This number everywhere.
    Value(f64),
    /// The parameters. For buffers like them.
    Params,
}

/// A buffer that an optimizer asks for.
#[derive(Clone, Debug)]
pub struct Buffer {
    /// Name in a state dict.
    pub name: Cow<'static, str>,
    /// What it holds for each tensor.
    pub extent: Extent,
    /// What it holds at first.
    pub initial: Initial,
    /// Whether it is part of the state; scratch space that every step overwrites is not.
    pub kept: bool,
    /// Whether most steps leave it as it is; one that does not says so first, see [`Slab::before_change`].
    pub seldom: bool,
    /// Whether it says where the run began, from where steps lead to the parameters.
    pub is_start: bool,
}

impl Buffer {
    /// A buffer as long as the parameters, zero at first.
    #[must_use]
    pub fn like(name: impl Into<Cow<'static, str>>) -> Self {
        Self::new(name, Extent::Like)
    }

    /// A buffer of an extent, zero at first.
    #[must_use]
    pub fn new(name: impl Into<Cow<'static, str>>, extent: Extent) -> Self {
        Self { name: name.into(), extent, initial: Initial::Value(0.0), kept: true, seldom: false, is_start: false }
    }

    /// The same, with this number everywhere at first.
    #[must_use]
    pub fn starting_at(self, value: f64) -> Self {
        Self { initial: Initial::Value(value), ..self }
    }

    /// The same, with the parameters at first.
    #[must_use]
    pub fn starting_at_params(self) -> Self {
        Self { initial: Initial::Params, ..self }
    }

    /// The same, as the parameters where the run began, from where steps lead on: with others everything begins anew.
    #[must_use]
    pub fn of_start(self) -> Self {
        Self { is_start: true, ..self }
    }

    /// Whether what it holds fits no other parameters than those that the steps have led to.
    #[must_use]
    pub fn follows_params(&self) -> bool {
        self.is_start || self.initial == Initial::Params
    }

    /// The same, as one that most steps leave as it is: nothing is copied in case such a step fails.
    #[must_use]
    pub fn seldom(self) -> Self {
        Self { seldom: true, ..self }
    }

    /// The same, as scratch space: its contents do not outlive a step.
    #[must_use]
    pub fn scratch(self) -> Self {
        Self { kept: false, ..self }
    }
}

/// A number that an optimizer keeps, in double precision whatever the parameters are.
#[derive(Clone, Debug, PartialEq)]
pub struct Scalar {
    /// Name in a state dict.
    pub name: Cow<'static, str>,
    /// Value before the first step.
    pub initial: f64,
}

impl Scalar {
    /// A number and its first value.
    #[must_use]
    pub fn new(name: impl Into<Cow<'static, str>>, initial: f64) -> Self {
        Self { name: name.into(), initial }
    }
}

/// A buffer in memory.
#[derive(Debug)]
pub struct Slab<T: Real> {
    pub(super) name: Cow<'static, str>,
    pub(super) data: AlignedVec<T>,
    pub(super) layout: Layout,
    /// Whether it is laid out as the parameters are.
    pub(super) like: bool,
    pub(super) kept: bool,
    pub(super) seldom: bool,
    /// What it held before the step, where there is space for it.
    backup: AlignedVec<T>,
    backed_up: bool,
}

impl<T: Real> Slab<T> {
    /// Space for a buffer over the tensors of `params`; zeros.
    pub(super) fn new(buffer: &Buffer, params: &Layout) -> Result<Self> {
        let shapes = params.tensors().iter().map(|t| (t.name.clone(), buffer.extent.shape(&t.shape)));
        let layout = Layout::of_shapes(shapes)?;
        let (name, like) = (buffer.name.clone(), matches!(buffer.extent, Extent::Like));
        let (data, backup) = (layout.zeros()?, AlignedVec::zeros(0)?);
        let (kept, seldom) = (buffer.kept, buffer.seldom);
        Ok(Self { name, data, layout, like, kept, seldom, backup, backed_up: false })
    }

    /// Makes the space that going back takes.
    pub(super) fn allow_restoring(&mut self) -> Result<()> {
        if self.kept && self.backup.is_empty() {
            self.backup = self.layout.zeros()?;
        }
        Ok(())
    }

    /// A step begins: this is what it may have to go back to.
    pub(super) fn remember(&mut self) {
        self.backed_up = false;
        if !self.seldom {
            self.before_change();
        }
    }

    /// To be called before the first change in a step to a buffer that [`Buffer::seldom`] changes.
    pub fn before_change(&mut self) {
        if !self.backed_up && self.backup.len() == self.data.len() {
            self.backup.copy_from_slice(&self.data);
            self.backed_up = true;
        }
    }

    /// The step failed.
    pub(super) fn restore(&mut self) {
        if self.backed_up {
            self.data.copy_from_slice(&self.backup);
        }
    }

    /// Puts back what it holds at first for a tensor, whose parameters are these.
    pub(super) fn restart(&mut self, initial: Initial, tensor: usize, params: &[T]) {
        match initial {
            Initial::Value(value) => self.of_mut(tensor).fill(T::of(value)),
            Initial::Params => self.of_mut(tensor).copy_from_slice(params),
        }
    }

    /// Name in a state dict.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The shapes that it has for each tensor.
    #[must_use]
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// What it holds for a tensor.
    #[must_use]
    pub fn of(&self, tensor: usize) -> &[T] {
        &self.data[self.layout.tensors()[tensor].range()]
    }

    /// What it holds for a tensor, to write.
    #[must_use]
    pub fn of_mut(&mut self, tensor: usize) -> &mut [T] {
        &mut self.data[self.layout.tensors()[tensor].range()]
    }
}
