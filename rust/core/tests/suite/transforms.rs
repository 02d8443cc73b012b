//! Every gradient transform: the same bits on any path and number of threads, zeros between tensors, resuming, refusals.

use thalweg_core::gradients::{Chain, GradientConfig, Transform};
use thalweg_core::params::Layout;
use thalweg_kernels::{AlignedVec, Isa, Real, Team};

use crate::common::uniforms;

fn layout() -> Layout {
    Layout::of_units(&[33, 17, 5]).unwrap()
}

fn chains() -> Vec<Vec<GradientConfig>> {
    let mut chains: Vec<_> = GradientConfig::defaults().into_iter().map(|transform| vec![transform]).collect();
    let all = GradientConfig::defaults().into_iter().filter(|transform| transform.example_bound().is_none());
    chains.push(all.collect());
    chains
}

struct Bench<T: Real> {
    chain: Chain<T>,
    params: AlignedVec<T>,
}

impl<T: Real> Bench<T> {
    fn new(transforms: &[GradientConfig]) -> Self {
        let layout = layout();
        let params = layout.arena_of(&uniforms::<T>(1, layout.packed_len(), -1.0, 1.0), "params").unwrap();
        Self { chain: Chain::new(transforms, &layout, |tensor| tensor < 2).unwrap(), params }
    }

    /// What comes out of the `seed`-th gradient, padding included.
    fn pass(&mut self, team: &Team, seed: u32) -> (Option<f64>, Vec<T>) {
        let layout = layout();
        let packed = uniforms::<T>(10 + seed, layout.packed_len(), -1.0, 1.0);
        let mut gradient = layout.arena_of(&packed, "gradient").unwrap();
        let behind = self.chain.apply(team, &self.params, &mut gradient, f64::from(seed + 1)).unwrap();
        (behind, gradient.to_vec())
    }
}

#[test]
fn no_path_and_no_thread_shows() {
    for transforms in chains() {
        let run = |team: &Team| {
            let mut bench = Bench::<f32>::new(&transforms);
            (0..4).map(|seed| team.region(usize::MAX, |team| bench.pass(team, seed))).collect::<Vec<_>>()
        };
        let expected = run(&Team::serial(Isa::Scalar));
        for isa in Isa::available() {
            assert_eq!(run(&Team::serial(isa)), expected, "{transforms:?}");
            assert_eq!(run(&Team::new(isa, 3)), expected, "{transforms:?}");
        }
    }
}

#[test]
fn what_lies_between_tensors_stays_zero() {
    let team = Team::serial(Isa::Scalar);
    for transforms in chains() {
        let mut bench = Bench::<f64>::new(&transforms);
        for seed in 0..3 {
            let (_, mut gradient) = bench.pass(&team, seed);
            layout().tensors().iter().for_each(|tensor| gradient[tensor.range()].fill(0.0));
            assert!(gradient.iter().all(|padding| *padding == 0.0), "{transforms:?}");
        }
    }
}

#[test]
fn a_chain_goes_on_where_another_left_off() {
    let team = Team::serial(Isa::Scalar);
    for transforms in chains() {
        let (mut whole, mut rest) = (Bench::<f64>::new(&transforms), Bench::<f64>::new(&transforms));
        (0..3).for_each(|seed| drop(whole.pass(&team, seed)));
        rest.chain.resume(&whole.chain.state().unwrap()).unwrap();
        for seed in 3..6 {
            assert_eq!(whole.pass(&team, seed), rest.pass(&team, seed), "{transforms:?}");
        }
        rest.chain.reset();
        assert!(rest.chain.numbers().iter().flatten().all(|number| *number == 0.0));
    }
}

#[test]
fn a_state_of_other_transforms_is_refused() {
    let transform = |text: &str| serde_json::from_str::<GradientConfig>(text).unwrap();
    let accumulate = [transform(r#"{"name": "Accumulate", "steps": 3}"#)];
    let clip = [transform(r#"{"name": "ClipNorm"}"#)];
    let state = Bench::<f64>::new(&accumulate).chain.state().unwrap();
    let refused =
        |transforms: &[GradientConfig]| Bench::<f64>::new(transforms).chain.resume(&state).unwrap_err().to_string();
    assert_eq!(refused(&clip), "`state.transforms.numbers[0]` must be 1 numbers, as ClipNorm keeps, got 3");
    assert_eq!(refused(&[]), "`state.transforms` must be of 0 gradient transforms, got 1");
}

#[test]
fn penalties_are_on_the_tensors_that_take_them() {
    let l2 = [serde_json::from_str::<GradientConfig>(r#"{"name": "L2", "l2": 0.5}"#).unwrap()];
    let team = Team::serial(Isa::Scalar);
    let (_, plain) = Bench::<f64>::new(&[]).pass(&team, 0);
    let mut bench = Bench::<f64>::new(&l2);
    let (_, penalised) = bench.pass(&team, 0);
    for (number, tensor) in layout().tensors().iter().enumerate() {
        for i in tensor.range() {
            let slope = if number < 2 { 0.5 * bench.params[i] } else { 0.0 };
            assert_eq!(penalised[i], plain[i] + slope);
        }
    }
}
