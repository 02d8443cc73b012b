//! What one step works on, and the ways over it: sweeps, which compute, and sums, which measure ([`super::sums`]).

use thalweg_kernels::sweep::{Arenas, FoldRule, Grads, Measure, Rule, Segment, measure, sweep, sweep_fold};
use thalweg_kernels::{AlignedVec, Real, Team};

use super::buffers::Slab;
use super::closure::{Closure, Evaluated, Stopped};
use super::tensor::TensorMut;
use crate::params::{Layout, Orientation};

/// The rows of a tensor in which its gradient is not zero.
#[derive(Clone, Copy, Debug)]
pub struct SparseRows<'a, T> {
    /// Numbers of rows, along the tensor's first axis; in any order, and a row may come several times: its values add up.
    pub rows: &'a [usize],
    /// The rows' elements, one row after the other.
    pub values: &'a [T],
}

/// A gradient, lent for one step.
#[derive(Clone, Copy, Debug)]
pub enum Gradient<'a, T> {
    /// Laid out as the parameters are.
    Arena(&'a [T]),
    /// One slice a tensor.
    Pieces(&'a [&'a [T]]),
    /// Some rows of each tensor; only for members whose [`super::Needs`] say so.
    Rows(&'a [SparseRows<'a, T>]),
}

/// Where a step's gradient is: the closure's, once it has been asked, unless another was chosen.
#[derive(Clone, Copy, Debug)]
pub(super) struct Source<'a, T> {
    pub(super) lent: Gradient<'a, T>,
    pub(super) is_chosen: bool,
}

/// What one step works on: the tensors of a group, or of all groups in [`super::Optimizer::begin`].
pub struct Step<'a, T: Real> {
    /// Who computes.
    pub team: &'a Team,
    /// The step's number t = 1, 2, …
    pub number: u64,
    /// The learning rate of this step; in `begin` the optimizer's own.
    pub rate: f64,
    /// The loss at the parameters, where the caller or a closure told.
    pub loss: Option<f64>,
    /// The numbers of [`super::Optimizer::scalars`], of this group; empty in `begin`.
    pub scalars: &'a mut [f64],
    /// The numbers of [`super::Optimizer::shared`], of the whole run.
    pub shared: &'a mut [f64],
    pub(super) layout: &'a Layout,
    pub(super) segments: &'a [Segment],
    pub(super) penalty: f64,
    pub(super) params: &'a mut [T],
    pub(super) gradient: Source<'a, T>,
    pub(super) curvature: Option<Gradient<'a, T>>,
    pub(super) buffers: &'a mut [Slab<T>],
    pub(super) evaluated: &'a mut Evaluated<T>,
    pub(super) closure: Option<&'a mut (dyn Closure<T> + 'a)>,
}

/// The gradient of this step, in the form of the kernels. A free function, so that other fields of a step stay free.
pub(super) fn grads<'b, T: Real>(gradient: Source<'b, T>, evaluated: &'b Evaluated<T>) -> Grads<'b, T> {
    match gradient.lent {
        _ if evaluated.is_current && !gradient.is_chosen => Grads::Arena(&evaluated.gradient),
        Gradient::Arena(arena) => Grads::Arena(arena),
        Gradient::Pieces(pieces) => Grads::Pieces(pieces),
        Gradient::Rows(_) => panic!("rows were given to an optimizer that takes none"),
    }
}

/// `N` different buffers laid out as the parameters.
fn pick<T: Real, const N: usize>(buffers: &mut [Slab<T>], indices: [usize; N]) -> [&mut [T]; N] {
    let slabs = buffers.get_disjoint_mut(indices).expect("different buffers of the optimizer");
    slabs.map(|slab| {
        assert!(slab.like, "buffer {} is not laid out as the parameters", slab.name);
        &mut slab.data[..]
    })
}

impl<'a, T: Real> Step<'a, T> {
    /// The rows of the gradient of each tensor, by its number; lent for the whole step.
    ///
    /// # Panics
    /// If the gradient is dense.
    #[must_use]
    pub fn rows(&self) -> &'a [SparseRows<'a, T>] {
        match self.gradient.lent {
            Gradient::Rows(rows) => rows,
            _ => panic!("a dense gradient has no rows"),
        }
    }
}

impl<T: Real> Step<'_, T> {
    /// The same step, borrowed for a shorter time.
    pub(super) fn reborrow(&mut self) -> Step<'_, T> {
        Step {
            team: self.team,
            number: self.number,
            rate: self.rate,
            loss: self.loss,
            scalars: self.scalars,
            shared: self.shared,
            layout: self.layout,
            segments: self.segments,
            penalty: self.penalty,
            params: self.params,
            gradient: self.gradient,
            curvature: self.curvature,
            buffers: self.buffers,
            evaluated: self.evaluated,
            closure: match &mut self.closure {
                Some(closure) => Some(&mut **closure),
                None => None,
            },
        }
    }

    /// The step as an optimizer within this one sees it, whose own `buffers`, `scalars` and `shared` numbers, so many of each,
    /// come first.
    pub fn inner(&mut self, buffers: usize, scalars: usize, shared: usize) -> Step<'_, T> {
        let step = self.reborrow();
        // In `begin` there are no scalars.
        let scalars = scalars.min(step.scalars.len());
        Step {
            buffers: &mut step.buffers[buffers..],
            scalars: &mut step.scalars[scalars..],
            shared: &mut step.shared[shared..],
            ..step
        }
    }

    /// As [`Self::inner`], for an optimizer whose gradient is what this one has put into a buffer of its own. It has no
    /// numbers of its own, and the inner optimizer no closure.
    pub fn inner_with(&mut self, gradient: usize, buffers: usize) -> Step<'_, T> {
        let step = self.reborrow();
        let (own, inner) = step.buffers.split_at_mut(buffers);
        let gradient = Source { lent: Gradient::Arena(&own[gradient].data), is_chosen: true };
        Step { gradient, buffers: inner, penalty: 0.0, closure: None, ..step }
    }

    /// Number of tensors of this step.
    #[must_use]
    pub fn count(&self) -> usize {
        self.segments.len()
    }

    /// The step of the `index`-th of these tensors alone: its sums are of this tensor.
    pub fn only(&mut self, index: usize) -> Step<'_, T> {
        let step = self.reborrow();
        Step { segments: &step.segments[index..=index], ..step }
    }

    /// A number for each tensor of the layout, all `initial`: for what [`Self::measure_each`] finds and [`Self::sweep_each`]
    /// uses, in double precision.
    #[must_use]
    pub fn per_tensor<V: Clone>(&self, initial: V) -> Vec<V> {
        vec![initial; self.layout.tensors().len()]
    }

    /// Number of the `index`-th tensor in the layout: what [`Slab::of`] and the closures of sweeps take.
    #[must_use]
    pub fn tensor_number(&self, index: usize) -> usize {
        self.segments[index].tensor
    }

    /// Shape of the `index`-th tensor.
    #[must_use]
    pub fn shape(&self, index: usize) -> &[usize] {
        &self.layout.tensors()[self.segments[index].tensor].shape
    }

    /// What the axes of a weight matrix stand for.
    #[must_use]
    pub fn orientation(&self) -> Orientation {
        self.layout.orientation()
    }

    /// A buffer.
    #[must_use]
    pub fn buffer(&self, index: usize) -> &Slab<T> {
        &self.buffers[index]
    }

    /// A buffer, to write.
    pub fn buffer_mut(&mut self, index: usize) -> &mut Slab<T> {
        &mut self.buffers[index]
    }

    /// The `index`-th tensor: its parameters, its gradient, and what different buffers of any extent hold for it.
    ///
    /// # Panics
    /// If a buffer is named twice.
    pub fn tensor<const N: usize>(&mut self, index: usize, buffers: [usize; N]) -> TensorMut<'_, T, N> {
        let segment = &self.segments[index];
        let (number, tensor) = (segment.tensor, &self.layout.tensors()[segment.tensor]);
        let slabs = self.buffers.get_disjoint_mut(buffers).expect("different buffers of the optimizer");
        TensorMut {
            shape: &tensor.shape,
            params: &mut self.params[tensor.range()],
            gradient: match grads(self.gradient, self.evaluated) {
                Grads::Arena(arena) => &arena[tensor.range()],
                Grads::Pieces(pieces) => pieces[number],
            },
            l2: if segment.penalised { T::of(self.penalty) } else { T::zero() },
            buffers: slabs.map(|slab| slab.of_mut(number)),
        }
    }

    /// Whether the second gradient was given.
    #[must_use]
    pub fn has_curvature(&self) -> bool {
        self.curvature.is_some()
    }

    /// The step with the second gradient ([`super::Needs::curvature`]) in the place of the first, and no penalty.
    ///
    /// # Panics
    /// If it was not given.
    pub fn with_curvature(&mut self) -> Step<'_, T> {
        let gradient = Source { lent: self.curvature.expect("a second gradient"), is_chosen: true };
        Step { gradient, penalty: 0.0, ..self.reborrow() }
    }

    /// Applies an elementwise rule to parameters, gradients and all `N` buffers in one sweep over memory.
    ///
    /// # Panics
    /// If there are not `N` buffers, or one is not laid out as the parameters.
    pub fn sweep<const N: usize>(&mut self, rule: &impl Rule<T, N>) {
        assert_eq!(self.buffers.len(), N, "one buffer for each of the rule");
        self.sweep_on(std::array::from_fn(|i| i), rule);
    }

    /// As [`Self::sweep`], with the buffers of these indices.
    ///
    /// # Panics
    /// If a buffer is named twice, or is not laid out as the parameters.
    pub fn sweep_on<const N: usize>(&mut self, buffers: [usize; N], rule: &impl Rule<T, N>) {
        self.sweep_each(buffers, |_| rule);
    }

    /// As [`Self::sweep_on`], with a rule for each tensor: `rule(number of the tensor)`.
    ///
    /// # Panics
    /// As [`Self::sweep_on`].
    pub fn sweep_each<R: Rule<T, N>, const N: usize>(&mut self, buffers: [usize; N], rule: impl Fn(usize) -> R + Sync) {
        let (team, segments) = (self.team, self.segments);
        sweep(team, segments, rule, self.arenas(buffers));
    }

    /// As [`Self::sweep_on`] over other segments, such as rows, with another gradient: an arena in the buffer `gradient`.
    ///
    /// # Panics
    /// As [`Self::sweep_on`], and if segments overlap or are not in order.
    pub fn sweep_parts<const N: usize>(
        &mut self,
        segments: &[Segment],
        gradient: usize,
        buffers: [usize; N],
        rule: &impl Rule<T, N>,
    ) {
        // Taken out for the time of the sweep, since it is read beside buffers that are written.
        let empty = AlignedVec::zeros(0).expect("no memory is asked for");
        let grads = std::mem::replace(&mut self.buffers[gradient].data, empty);
        let arenas = Arenas {
            params: self.params,
            grads: Grads::Arena(&grads),
            penalty: T::zero(),
            state: pick(self.buffers, buffers),
        };
        sweep(self.team, segments, |_| rule, arenas);
        self.buffers[gradient].data = grads;
    }

    /// As [`Self::sweep_on`], and returns the sums of the rule's terms over all tensors of the step.
    ///
    /// # Panics
    /// As [`Self::sweep_on`].
    pub fn fold_on<const N: usize, const K: usize>(
        &mut self,
        buffers: [usize; N],
        rule: &impl FoldRule<T, N, K>,
    ) -> [f64; K] {
        let mut total = [0.0; K];
        self.fold_each(buffers, |_| rule, |_, sums| add(&mut total, sums));
        total
    }

    /// As [`Self::sweep_each`], and calls `each(number of the tensor, sums of the rule's terms)` for each tensor that is not
    /// empty, in order.
    ///
    /// # Panics
    /// As [`Self::sweep_on`].
    pub fn fold_each<R: FoldRule<T, N, K>, const N: usize, const K: usize>(
        &mut self,
        buffers: [usize; N],
        rule: impl Fn(usize) -> R + Sync,
        mut each: impl FnMut(usize, [f64; K]),
    ) {
        let (team, segments) = (self.team, self.segments);
        sweep_fold(team, segments, rule, self.arenas(buffers), &mut each);
    }

    /// The sums of terms over all tensors of the step; changes nothing.
    ///
    /// # Panics
    /// If a buffer is not laid out as the parameters.
    #[must_use]
    pub fn measure_on<const N: usize, const K: usize>(
        &self,
        buffers: [usize; N],
        terms: &impl Measure<T, N, K>,
    ) -> [f64; K] {
        let mut total = [0.0; K];
        self.measure_each(buffers, |_| terms, |_, sums| add(&mut total, sums));
        total
    }

    /// Calls `each(number of the tensor, sums of the terms)` for each tensor that is not empty, in order.
    ///
    /// # Panics
    /// If a buffer is not laid out as the parameters.
    pub fn measure_each<M: Measure<T, N, K>, const N: usize, const K: usize>(
        &self,
        buffers: [usize; N],
        terms: impl Fn(usize) -> M + Sync,
        mut each: impl FnMut(usize, [f64; K]),
    ) {
        let state = buffers.map(|index| {
            assert!(self.buffers[index].like, "buffer {index} is not laid out as the parameters");
            &self.buffers[index].data[..]
        });
        let grads = grads(self.gradient, self.evaluated);
        let penalty = T::of(self.penalty);
        measure(self.team, self.segments, terms, self.params, grads, penalty, state, &mut each);
    }

    /// Evaluates the closure at the parameters as they are now, wherever the member has moved them. Its gradient takes the
    /// place of the step's.
    ///
    /// # Errors
    /// [`Stopped`] when there is no answer: pass it on with `?`, and parameters and state become what they were.
    ///
    /// # Panics
    /// If there is no closure: [`super::Needs::closure`] sees to it that there is.
    pub fn evaluate(&mut self) -> Result<f64, Stopped> {
        let closure = self.closure.as_mut().expect("a closure");
        self.evaluated.is_current = true;
        closure.evaluate(self.params, &mut self.evaluated.gradient)
    }

    /// As [`Self::evaluate`], over all the data where the closure takes a sample of it.
    ///
    /// # Errors
    /// As [`Self::evaluate`].
    ///
    /// # Panics
    /// As [`Self::evaluate`].
    pub fn evaluate_whole(&mut self) -> Result<f64, Stopped> {
        let closure = self.closure.as_mut().expect("a closure");
        self.evaluated.is_current = true;
        closure.evaluate_whole(self.params, &mut self.evaluated.gradient)
    }

    fn arenas<const N: usize>(&mut self, buffers: [usize; N]) -> Arenas<'_, T, N> {
        Arenas {
            params: self.params,
            grads: grads(self.gradient, self.evaluated),
            penalty: T::of(self.penalty),
            state: pick(self.buffers, buffers),
        }
    }
}

fn add<const K: usize>(total: &mut [f64; K], sums: [f64; K]) {
    total.iter_mut().zip(sums).for_each(|(total, sum)| *total += sum);
}
