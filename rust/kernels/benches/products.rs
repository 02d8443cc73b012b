//! How close products come to the limit: rates of `gemm` in the shapes of training as fractions of the FMA peak of this
//! process, with one thread and two, beside `gemmkit` and `matrixmultiply`. Prints a line of JSON for each product.
//!
//! `cargo bench -p thalweg-kernels --bench products`, or through `benches/products.py`.

#[path = "../tests/peers/mod.rs"]
mod peers;

use std::time::Instant;

use peers::Peers;
use thalweg_kernels::gemm::{Epilogue, gemm};
use thalweg_kernels::peak::fma_rate;
use thalweg_kernels::{Isa, MatMut, MatRef, Team};

/// m, k, n of products in the steps of small and large networks.
const SHAPES: [(usize, usize, usize); 6] =
    [(100, 200, 10), (200, 784, 100), (256, 512, 512), (32, 1024, 1024), (512, 1024, 2048), (1024, 1024, 1024)];

/// Turns that each way of multiplying takes; the median counts.
const ROUNDS: usize = 9;

/// A turn multiplies until it has taken this long, in seconds.
const TURN: f64 = 4e-3;

/// Which operand is a transpose.
const LAYOUTS: [&str; 3] = ["NN", "TN", "NT"];

/// Multiplies once into the given result.
type Way<'a, T> = (&'static str, Box<dyn FnMut(&mut [T]) + 'a>);

fn main() {
    let isa = Isa::from_environment().expect("a known path");
    for shape in SHAPES {
        for layout in LAYOUTS {
            measure::<f32>(isa, shape, layout);
            measure::<f64>(isa, shape, layout);
        }
    }
}

/// Times every way in turns, and prints what fraction of the peak each reaches.
fn measure<T: Peers>(isa: Isa, (m, k, n): (usize, usize, usize), layout: &str) {
    let numbers = |len: usize| (0..len).map(|i| T::of((i * 7919 % 1009) as f64 / 1009.0 - 0.5)).collect::<Vec<_>>();
    let (left, right) = (numbers(m * k), numbers(k * n));
    let a = if layout == "TN" { MatRef::new(&left, k, m).t() } else { MatRef::new(&left, m, k) };
    let b = if layout == "NT" { MatRef::new(&right, n, k).t() } else { MatRef::new(&right, k, n) };
    let ours = |team: &Team, c: &mut [T]| gemm(team, a, b, MatMut::new(c, m, n), false, Epilogue::None);
    // Two threads meet in a region that lasts, as they do in training.
    Team::new(isa, 2).region(usize::MAX, |pair| {
        let alone = Team::serial(isa);
        let mut ways: Vec<Way<'_, T>> = vec![
            ("thalweg", Box::new(move |c| ours(&alone, c))),
            ("gemmkit", Box::new(|c| T::gemmkit(a, b, c))),
            ("matrixmultiply", Box::new(|c| T::matrixmultiply(a, b, c))),
            ("thalweg on two", Box::new(|c| ours(pair, c))),
        ];
        let (peak, fractions) = fractions(isa, &mut ways, m * n, (2 * m * k * n) as f64);
        let (dtype, fractions) = (if size_of::<T>() == 4 { "float32" } else { "float64" }, fractions.join(", "));
        let what = format!(r#""shape": [{m}, {k}, {n}], "layout": "{layout}", "dtype": "{dtype}""#);
        println!(r#"{{{what}, "peak": {peak}, "fractions": {{{fractions}}}}}"#);
    });
}

/// The median peak of one thread in operations a second, and the median fraction of it that each way reaches, as members
/// of a JSON object. A machine that others use as well has slow minutes, so a rate is compared with the peak of its round.
fn fractions<T: Peers>(isa: Isa, ways: &mut [Way<'_, T>], len: usize, work: f64) -> (f64, Vec<String>) {
    let mut c = vec![T::zero(); len];
    let (mut peaks, mut reached) = (Vec::new(), vec![Vec::new(); ways.len()]);
    for _ in 0..ROUNDS {
        let peak = fma_rate::<T>(isa, 1);
        peaks.push(peak);
        for ((_, multiply), fractions) in ways.iter_mut().zip(&mut reached) {
            fractions.push(work / seconds(|| multiply(&mut c)) / peak);
        }
    }
    let member = |((name, _), fractions): (&Way<'_, T>, Vec<f64>)| format!(r#""{name}": {:.4}"#, median(fractions));
    (median(peaks), ways.iter().zip(reached).map(member).collect())
}

/// Seconds of a call, after one that is not counted.
fn seconds(mut call: impl FnMut()) -> f64 {
    call();
    let (start, mut calls) = (Instant::now(), 0);
    while start.elapsed().as_secs_f64() < TURN {
        call();
        calls += 1;
    }
    start.elapsed().as_secs_f64() / f64::from(calls)
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
