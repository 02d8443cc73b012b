//! Steps taken apart: each way over the tensors, against plain arithmetic.

use thalweg_kernels::simd::Simd;
use thalweg_kernels::sweep::{FoldRule, Rule, Segment};
use thalweg_kernels::{AlignedVec, Isa, Team};

use super::buffers::{Buffer, Extent, Slab};
use super::closure::{Closure, Evaluated, Stopped};
use super::step::{Gradient, Source, SparseRows, Step};
use super::{EvalParams, Groups, Of, Optimizer, OptimizerConfig, Sgd, State};
use crate::hyper::Value;
use crate::params::{Layout, Orientation};

/// Everything that a step borrows: tensors of shapes (2, 3) and (4,), buffers like them but for the last.
struct Bench {
    team: Team,
    layout: Layout,
    segments: Vec<Segment>,
    params: AlignedVec<f64>,
    gradient: Vec<f64>,
    buffers: Vec<Slab<f64>>,
    evaluated: Evaluated<f64>,
    numbers: [f64; 3],
}

const PARAMS: [f64; 10] = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, -1.0, -2.0, -3.0, -4.0];
const GRADIENT: [f64; 10] = [0.5, 0.25, 1.0, 2.0, -1.0, -2.0, 4.0, 0.0, 8.0, 1.0];
const BUFFER: [f64; 10] = [1.0, -1.0, 2.0, -2.0, 3.0, -3.0, 0.5, 0.5, 0.5, 0.5];

impl Bench {
    fn new() -> Self {
        let layout = Layout::of_shapes([("a", vec![2, 3]), ("b", vec![4])]).unwrap();
        let arena = |packed: &[f64]| layout.arena_of(packed, "packed").unwrap();
        let like = |packed: &[f64]| {
            let mut slab = Slab::new(&Buffer::like("like"), &layout).unwrap();
            slab.data.copy_from_slice(&arena(packed));
            slab
        };
        let squares = Slab::new(&Buffer::new("squares", Extent::Squares), &layout).unwrap();
        let buffers = vec![like(&BUFFER), like(&[0.0; 10]), squares];
        let evaluated = Evaluated { gradient: layout.zeros().unwrap(), is_current: false };
        let (params, gradient) = (arena(&PARAMS), arena(&GRADIENT).to_vec());
        let segments = layout.segments(|tensor| tensor == 0);
        let team = Team::serial(Isa::Scalar);
        Self { team, segments, params, gradient, buffers, evaluated, numbers: [1.0, 2.0, 3.0], layout }
    }

    fn step<'a>(&'a mut self, penalty: f64, closure: Option<&'a mut (dyn Closure<f64> + 'a)>) -> Step<'a, f64> {
        let (scalars, shared) = self.numbers.split_at_mut(2);
        Step {
            team: &self.team,
            number: 1,
            rate: 0.1,
            loss: None,
            scalars,
            shared,
            layout: &self.layout,
            segments: &self.segments,
            penalty,
            params: &mut self.params,
            gradient: Source { lent: Gradient::Arena(&self.gradient), is_chosen: false },
            curvature: None,
            buffers: &mut self.buffers,
            evaluated: &mut self.evaluated,
            closure,
        }
    }

    fn packed(&self, arena: &[f64]) -> Vec<f64> {
        self.layout.pack(arena).unwrap()
    }
}

/// The gradient with the penalty on the first tensor.
fn penalised(penalty: f64) -> Vec<f64> {
    let pairs = GRADIENT.iter().zip(PARAMS).enumerate();
    pairs.map(|(i, (g, p))| if i < 6 { g + penalty * p } else { *g }).collect()
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[test]
fn sums_are_over_all_tensors_of_the_step() {
    for penalty in [0.0, 0.5] {
        let (mut bench, g) = (Bench::new(), penalised(penalty));
        let mut step = bench.step(penalty, None);
        let (p, of_g, b) = (Of::Params, Of::Gradient, Of::Buffer(0));
        assert_eq!(step.dot(p, b), dot(&PARAMS, &BUFFER));
        assert_eq!(step.dot(of_g, p), dot(&g, &PARAMS));
        assert_eq!(step.dot(b, of_g), dot(&BUFFER, &g));
        assert_eq!(step.sum_squares(of_g), dot(&g, &g));
        assert_eq!(step.sum_abs(of_g), g.iter().map(|g| g.abs()).sum::<f64>());
        assert_eq!((step.sum_abs(b), step.largest_abs(p)), (14.0, 6.0));
        assert_eq!(step.only(1).dot(of_g, p), dot(&g[6..], &PARAMS[6..]));
        assert_eq!(step.only(1).largest_abs(of_g), 8.0);
        assert_eq!((step.only(1).tensor_number(0), step.only(1).shape(0)), (1, &[4][..]));
    }
}

#[test]
fn vectors_are_blended_either_way() {
    let combine = |to: &[f64], keep: f64, from: &[f64], add: f64| -> Vec<f64> {
        to.iter().zip(from).map(|(to, from)| keep * to + add * from).collect()
    };
    let g = penalised(0.5);
    let mut bench = Bench::new();
    bench.step(0.5, None).blend(Of::Params, 2.0, Of::Gradient, 0.5);
    assert_eq!(bench.packed(&bench.params), combine(&PARAMS, 2.0, &g, 0.5));
    let mut bench = Bench::new();
    bench.step(0.5, None).axpy(-2.0, Of::Buffer(0), Of::Params);
    assert_eq!(bench.packed(&bench.params), combine(&PARAMS, 1.0, &BUFFER, -2.0));
    let mut bench = Bench::new();
    let mut step = bench.step(0.5, None);
    step.copy(Of::Gradient, Of::Buffer(1));
    step.blend(Of::Buffer(0), 0.5, Of::Buffer(1), 1.0);
    step.scale(2.0, Of::Params);
    assert_eq!(bench.packed(&bench.buffers[1].data), g);
    assert_eq!(bench.packed(&bench.buffers[0].data), combine(&BUFFER, 0.5, &g, 1.0));
    assert_eq!(bench.packed(&bench.params), combine(&PARAMS, 2.0, &PARAMS, 0.0));
    let mut step = bench.step(0.0, None);
    step.buffer_mut(0).of_mut(0)[1] = f64::NAN;
    step.copy(Of::Params, Of::Buffer(0));
    step.scale(0.0, Of::Buffer(1));
    assert_eq!(bench.packed(&bench.buffers[0].data), bench.packed(&bench.params));
    assert_eq!(bench.packed(&bench.buffers[1].data), [0.0; 10]);
}

/// `p - g`, keeping g; sums p and g.
struct Move;

impl Rule<f64, 1> for Move {
    #[inline(always)]
    fn update<S: Simd<f64>>(&self, s: S, p: S::V, g: S::V, _kept: [S::V; 1]) -> (S::V, [S::V; 1]) {
        (s.sub(p, g), [g])
    }
}

impl FoldRule<f64, 1, 2> for Move {
    #[inline(always)]
    fn update<S: Simd<f64>>(&self, s: S, p: S::V, g: S::V, kept: [S::V; 1]) -> (S::V, [S::V; 1], [S::V; 2]) {
        let (moved, kept) = Rule::update(self, s, p, g, kept);
        (moved, kept, [p, g])
    }
}

#[test]
fn a_fold_moves_and_sums() {
    let (mut bench, g) = (Bench::new(), penalised(0.5));
    let sums = bench.step(0.5, None).fold_on([1], &Move);
    assert_eq!(sums, [PARAMS.iter().sum::<f64>(), g.iter().sum::<f64>()]);
    assert_eq!(bench.packed(&bench.buffers[1].data), g);
    let mut each = Vec::new();
    let mut step = bench.step(0.0, None);
    step.fold_each([1], |_| Move, |tensor, [_, g]| each.push((tensor, g)));
    assert_eq!(each, [(0, 0.75), (1, 13.0)]);
}

#[test]
fn parts_move_by_a_gradient_in_a_buffer() {
    let mut bench = Bench::new();
    // The second row of the first tensor.
    let row = Segment { tensor: 0, start: 3, len: 3, penalised: true };
    bench.step(0.5, None).sweep_parts(&[row], 0, [1], &Move);
    assert_eq!(bench.packed(&bench.params)[..7], [1.0, 2.0, 3.0, 6.0, 2.0, 9.0, -1.0]);
    assert_eq!(bench.buffers[1].of(0), [0.0, 0.0, 0.0, -2.0, 3.0, -3.0]);
    assert_eq!(bench.packed(&bench.buffers[0].data), BUFFER);
}

#[test]
fn a_tensor_is_lent_with_its_buffers() {
    let mut bench = Bench::new();
    let mut step = bench.step(0.5, None);
    let first = step.tensor(0, [2, 0]);
    assert_eq!((first.shape, first.l2, first.gradient[1]), (&[2, 3][..], 0.5, 0.25));
    assert_eq!((first.buffers[0].len(), first.buffers[1][1]), (2 * 2 + 3 * 3, -1.0));
    first.params[0] = 9.0;
    let second = step.tensor(1, [2]);
    assert_eq!((second.l2, second.buffers[0].len()), (0.0, 16));
    assert_eq!((step.per_tensor(7), step.count()), (vec![7, 7], 2));
    assert_eq!((bench.params[0], bench.layout.orientation()), (9.0, Orientation::OutIn));
}

#[test]
fn an_inner_step_sees_what_is_behind() {
    let mut bench = Bench::new();
    let mut step = bench.step(0.0, None);
    let mut inner = step.inner(1, 1, 0);
    assert_eq!((inner.buffers.len(), &*inner.scalars, &*inner.shared), (2, &[2.0][..], &[3.0][..]));
    inner.sweep_on([0], &Move);
    assert_eq!(bench.packed(&bench.buffers[1].data), GRADIENT);
    assert_eq!(EvalParams::Buffer(2).behind(1), EvalParams::Buffer(3));
    let blend = |buffer| EvalParams::Blend { of_params: 2.0, buffer, of_buffer: -1.0 };
    assert_eq!(blend(0).behind(2), blend(2));
}

/// The gradient is twice the parameters, over all the data three times.
struct Bowl;

impl Closure<f64> for Bowl {
    fn evaluate(&mut self, params: &[f64], gradient: &mut [f64]) -> Result<f64, Stopped> {
        gradient.iter_mut().zip(params).for_each(|(g, p)| *g = 2.0 * p);
        Ok(1.0)
    }

    fn evaluate_whole(&mut self, params: &[f64], gradient: &mut [f64]) -> Result<f64, Stopped> {
        gradient.iter_mut().zip(params).for_each(|(g, p)| *g = 3.0 * p);
        Ok(2.0)
    }
}

#[test]
fn an_evaluation_takes_the_place_of_the_gradient() {
    let mut bench = Bench::new();
    let (mut bowl, curvature) = (Bowl, [-1.0; 6]);
    let second = [&curvature[..], &[5.0; 4]];
    let mut step = Step { curvature: Some(Gradient::Pieces(&second)), ..bench.step(0.0, Some(&mut bowl)) };
    assert_eq!(step.dot(Of::Gradient, Of::Gradient), dot(&GRADIENT, &GRADIENT));
    assert_eq!(step.inner(1, 0, 0).evaluate(), Ok(1.0));
    assert_eq!(step.sum_abs(Of::Gradient), 62.0);
    assert!(step.has_curvature());
    assert_eq!(step.with_curvature().sum_abs(Of::Gradient), 26.0);
    assert_eq!(step.evaluate_whole(), Ok(2.0));
    assert_eq!(step.sum_abs(Of::Gradient), 93.0);
}

#[test]
fn rows_are_lent_as_they_came() {
    let mut bench = Bench::new();
    let rows = [SparseRows { rows: &[1], values: &[1.0, 2.0, 3.0][..] }, SparseRows { rows: &[], values: &[] }];
    let lent = Source { lent: Gradient::Rows(&rows), is_chosen: false };
    let step = Step { gradient: lent, ..bench.step(0.0, None) };
    assert_eq!((step.rows()[0].rows, step.rows()[0].values[2]), (&[1][..], 3.0));
}

#[test]
fn extents_follow_the_shape() {
    let shapes = |extent: &Extent| [&[2, 3][..], &[4], &[], &[5, 2, 3]].map(|shape| extent.shape(shape));
    assert!(shapes(&Extent::One).iter().all(Vec::is_empty));
    assert_eq!(shapes(&Extent::Rows), [vec![2], vec![0], vec![0], vec![5, 2]]);
    assert_eq!(shapes(&Extent::Cols), [vec![3], vec![0], vec![0], vec![5, 3]]);
    assert_eq!(shapes(&Extent::Axes), [vec![5], vec![4], vec![0], vec![10]]);
    assert_eq!(shapes(&Extent::Squares), [vec![13], vec![16], vec![0], vec![38]]);
    assert_eq!(shapes(&Extent::of(|shape| vec![shape.len()])), [vec![2], vec![1], vec![0], vec![3]]);
}

#[test]
fn buffers_begin_as_they_ask() {
    let layout = Layout::of_shapes([("a", vec![3])]).unwrap();
    let groups = Groups::single(OptimizerConfig::Sgd(Sgd::default()), layout, |_| false).unwrap();
    let state = State::<f64>::fresh(&groups, &[0.0; 16]).unwrap();
    assert_eq!((state.kept().count(), state.learning_rate), (0, groups.base().lr()));
    let buffer = Buffer::like("b").starting_at(0.5).scratch();
    assert_eq!((buffer.initial, buffer.kept), (super::Initial::Value(0.5), false));
    assert_eq!(buffer.starting_at_params().initial, super::Initial::Params);
}

#[test]
fn defaults_are_valid_and_their_rate_is_listed() {
    for member in OptimizerConfig::defaults() {
        member.validate().unwrap();
        if let Some((_, lr)) = member.fields().iter().find(|(name, _)| *name == "lr") {
            assert_eq!(*lr, Value::Float(member.lr()), "{}", member.name());
        }
    }
}
