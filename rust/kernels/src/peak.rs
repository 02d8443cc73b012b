//! The machine's own limit: fused multiply-adds a second, against which benches state every rate.

use std::hint::black_box;
use std::sync::Barrier;
use std::time::Instant;

use crate::arch::Isa;
use crate::real::Real;
use crate::simd::{Kernel, Simd};

/// Chains side by side: more than latency (4) times units (2) on any CPU of the paths.
const CHAINS: usize = 12;

/// Links of each chain in one measurement: some ten milliseconds, for a processor's first millisecond of wide arithmetic is
/// faster than what it sustains.
const LINKS: usize = 2_000_000;

/// Measurements, of which the best counts: what others do on the machine only slows it down.
const TRIES: usize = 8;

/// Floating-point operations a second, two a multiply-add, of so many threads at once on the path `isa`. Two processors of a
/// virtual machine may be one core's two threads, which share its units: their peak is then that of one.
#[must_use]
pub fn fma_peak<T: Real>(isa: Isa, threads: usize) -> f64 {
    (0..TRIES).map(|_| fma_rate::<T>(isa, threads)).fold(0.0, f64::max)
}

/// What [`fma_peak`] is the best of: one measurement, to be taken in turns with others where the machine's pace changes.
#[must_use]
pub fn fma_rate<T: Real>(isa: Isa, threads: usize) -> f64 {
    let barrier = Barrier::new(threads);
    std::thread::scope(|scope| {
        let run = || {
            barrier.wait();
            T::dispatch(isa, Chains)
        };
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(run)).collect();
        let all = run() + others.into_iter().map(|other| other.join().expect("a thread that multiplies")).sum::<f64>();
        all * (2 * CHAINS * LINKS) as f64
    })
}

/// Runs the chains once; returns multiply-adds of one lane a second times lanes.
struct Chains;

impl<T: Real> Kernel<T> for Chains {
    type Output = f64;

    #[inline(always)]
    fn eval<S: Simd<T>>(self, s: S) -> f64 {
        let factor = s.splat(black_box(T::of(0.999)));
        let mut chains = [factor; CHAINS];
        let start = Instant::now();
        for _ in 0..LINKS {
            for chain in &mut chains {
                *chain = s.mul_add(*chain, factor, factor);
            }
        }
        let mut lanes = [T::zero(); 16];
        for chain in chains {
            s.store(&mut lanes, chain);
            black_box(&lanes);
        }
        S::LANES as f64 / start.elapsed().as_secs_f64()
    }
}
