//! Sweeps over many tensors, and sums over what they compute: bits against plain loops, on every path and for any number of
//! threads.

mod common;

use common::{Numbers, assert_same, on_every_team};
use thalweg_kernels::reduce::{BLOCK, LANES};
use thalweg_kernels::simd::Simd;
use thalweg_kernels::sweep::{Arenas, FoldRule, Grads, Measure, Rule, Segment, measure, sweep, sweep_fold};
use thalweg_kernels::{Real, Team};

/// Lengths around the edges of vectors, parts and blocks.
const LENGTHS: [usize; 16] =
    [0, 1, 7, 8, 9, 15, 16, 17, 1023, 1025, 8191, 8193, 1, BLOCK - 1, BLOCK + 1, 2 * BLOCK + 5];

fn segments() -> Vec<Segment> {
    let mut start = 16;
    let mut segments = Vec::new();
    for (tensor, len) in LENGTHS.into_iter().enumerate() {
        segments.push(Segment { tensor, start, len, penalised: tensor % 2 == 0 });
        start += len.next_multiple_of(16) + if tensor % 3 == 0 { 16 } else { 0 };
    }
    segments
}

/// A velocity whose pull is a tensor's own; sums squares and products.
#[derive(Clone, Copy)]
struct Pull<T> {
    rate: T,
}

impl<T: Real> Rule<T, 1> for Pull<T> {
    #[inline(always)]
    fn update<S: Simd<T>>(&self, s: S, p: S::V, g: S::V, [v]: [S::V; 1]) -> (S::V, [S::V; 1]) {
        let v = s.mul_add(s.splat(T::of(0.5)), v, g);
        (s.neg_mul_add(s.splat(self.rate), v, p), [v])
    }
}

impl<T: Real> FoldRule<T, 1, 2> for Pull<T> {
    #[inline(always)]
    fn update<S: Simd<T>>(&self, s: S, p: S::V, g: S::V, state: [S::V; 1]) -> (S::V, [S::V; 1], [S::V; 2]) {
        let (p, [v]) = Rule::update(self, s, p, g, state);
        // Not zero where everything is: lanes beyond the tail must not count.
        let one = s.splat(T::one());
        (p, [v], [s.mul_add(v, v, one), s.mul(p, v)])
    }
}

impl<T: Real> Measure<T, 1, 2> for Pull<T> {
    #[inline(always)]
    fn terms<S: Simd<T>>(&self, s: S, p: S::V, g: S::V, state: [S::V; 1]) -> [S::V; 2] {
        FoldRule::update(self, s, p, g, state).2
    }
}

/// Number of a tensor, and its sums.
type Sums = Vec<(usize, [f64; 2])>;

struct Data<T> {
    params: Vec<T>,
    grads: Vec<T>,
    state: Vec<T>,
    segments: Vec<Segment>,
    rates: Vec<T>,
    penalty: T,
}

impl<T: Real> Data<T> {
    fn new(penalty: f64) -> Self {
        let (mut numbers, segments) = (Numbers(3), segments());
        let len = segments.last().unwrap().end();
        let [params, grads, state] = [(); 3].map(|()| numbers.units::<T>(len));
        Self { params, grads, state, rates: numbers.units(segments.len()), segments, penalty: T::of(penalty) }
    }

    /// The gradients of the tensors, each in a buffer of its own.
    fn pieces(&self) -> Vec<Vec<T>> {
        self.segments.iter().map(|segment| self.grads[segment.start..segment.end()].to_vec()).collect()
    }

    /// Parameters, state and sums, by plain loops.
    fn expected(&self) -> (Vec<T>, Vec<T>, Sums) {
        let (mut params, mut state, mut sums) = (self.params.clone(), self.state.clone(), Vec::new());
        for segment in self.segments.iter().filter(|segment| segment.len > 0) {
            let mut total = [0.0; 2];
            for block in (0..segment.len).step_by(BLOCK) {
                let mut lanes = [[T::zero(); LANES]; 2];
                for i in block..segment.len.min(block + BLOCK) {
                    let at = segment.start + i;
                    let (p, mut g) = (params[at], self.grads[at]);
                    if segment.penalised && self.penalty != T::zero() {
                        g = self.penalty.mul_add(p, g);
                    }
                    let v = T::of(0.5).mul_add(state[at], g);
                    let p = (-self.rates[segment.tensor]).mul_add(v, p);
                    (params[at], state[at]) = (p, v);
                    lanes[0][(i - block) % LANES] += v.mul_add(v, T::one());
                    lanes[1][(i - block) % LANES] += p * v;
                }
                for (total, lanes) in total.iter_mut().zip(lanes) {
                    *total += folded(lanes).wide();
                }
            }
            sums.push((segment.tensor, total));
        }
        (params, state, sums)
    }
}

fn folded<T: Real>(mut lanes: [T; LANES]) -> T {
    for width in [8, 4, 2, 1] {
        for l in 0..width {
            let upper = lanes[l + width];
            lanes[l] += upper;
        }
    }
    lanes[0]
}

fn agree<T: Real>(team: &Team, data: &Data<T>, in_pieces: bool) {
    let pieces = data.pieces();
    let pieces: Vec<&[T]> = pieces.iter().map(Vec::as_slice).collect();
    let grads = if in_pieces { Grads::Pieces(&pieces) } else { Grads::Arena(&data.grads) };
    let (expected_params, expected_state, expected_sums) = data.expected();
    let rule = |tensor: usize| Pull { rate: data.rates[tensor] };
    let (mut params, mut state) = (data.params.clone(), data.state.clone());
    let arenas = Arenas { params: &mut params, grads, penalty: data.penalty, state: [&mut state] };
    sweep(team, &data.segments, rule, arenas);
    assert_same(&params, &expected_params, &"parameters", team);
    assert_same(&state, &expected_state, &"state", team);

    let (mut params, mut state) = (data.params.clone(), data.state.clone());
    let mut sums = Vec::new();
    let arenas = Arenas { params: &mut params, grads, penalty: data.penalty, state: [&mut state] };
    sweep_fold(team, &data.segments, rule, arenas, &mut |tensor, terms| sums.push((tensor, terms)));
    assert_same(&params, &expected_params, &"parameters of a fold", team);
    assert_same(&state, &expected_state, &"state of a fold", team);
    assert_eq!(sums, expected_sums, "sums of a fold");

    sums.clear();
    let each = &mut |tensor, terms| sums.push((tensor, terms));
    measure(team, &data.segments, rule, &data.params, grads, data.penalty, [&data.state[..]], each);
    assert_eq!(sums, expected_sums, "sums of a measure");
}

#[test]
fn sweeps_folds_and_measures_equal_plain_loops() {
    for penalty in [0.0, 0.25] {
        let (single, double) = (Data::<f32>::new(penalty), Data::<f64>::new(penalty));
        on_every_team(|team| {
            for in_pieces in [false, true] {
                agree(team, &single, in_pieces);
                agree(team, &double, in_pieces);
            }
        });
    }
}

fn swept(segments: &[Segment], grads: Grads<'_, f32>, len: usize) {
    let (mut params, mut state) = (vec![0.0; len], vec![0.0; len]);
    let team = Team::serial(thalweg_kernels::Isa::Scalar);
    let arenas = Arenas { params: &mut params, grads, penalty: 0.0, state: [&mut state] };
    sweep_fold(&team, segments, |_| Pull { rate: 0.0 }, arenas, &mut |_, _: [f64; 2]| {});
}

#[test]
#[should_panic(expected = "overlap")]
fn overlapping_segments_are_refused() {
    let segment = |start| Segment { tensor: 0, start, len: 9, penalised: false };
    swept(&[segment(0), segment(8)], Grads::Arena(&[0.0; 32]), 32);
}

#[test]
#[should_panic(expected = "beyond")]
fn segments_beyond_the_arena_are_refused() {
    swept(&[Segment { tensor: 0, start: 30, len: 3, penalised: false }], Grads::Arena(&[0.0; 32]), 32);
}

#[test]
#[should_panic(expected = "lengths of parameters and gradient")]
fn a_short_gradient_is_refused() {
    let segment = Segment { tensor: 0, start: 0, len: 3, penalised: false };
    swept(&[segment], Grads::Pieces(&[&[0.0; 2]]), 32);
}
