//! The thread team: every chunk once, panics, busy pools, nested regions. (Forks are tested from Python.)

mod common;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Barrier;
#[cfg(target_os = "linux")]
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use common::{THREADS, alone, on_team};
use thalweg_kernels::Isa;
use thalweg_kernels::reduce::sum;
use thalweg_kernels::team::{Team, set_threads, threads};

#[test]
fn every_chunk_runs_once() {
    for threads in THREADS {
        on_team(Isa::Scalar, threads, |team| {
            for chunks in [0, 1, 2, 3, 64, 1000] {
                let calls: Vec<AtomicUsize> = (0..chunks).map(|_| AtomicUsize::new(0)).collect();
                team.for_each(chunks, &|i| {
                    calls[i].fetch_add(1, Ordering::Relaxed);
                });
                assert!(calls.iter().all(|n| n.load(Ordering::Relaxed) == 1), "{chunks} chunks, {threads} threads");
            }
        });
    }
}

#[test]
fn parts_cover_a_buffer_without_overlap() {
    on_team(Isa::Scalar, 3, |team| {
        for (len, part) in [(0, 4), (1, 4), (8, 4), (9, 4), (1000, 7), (5, 1000)] {
            let mut buffer = vec![0_usize; len];
            team.for_each_part(&mut buffer, part, &|offset, part| {
                part.iter_mut().enumerate().for_each(|(i, x)| *x += offset + i + 1);
            });
            assert!(buffer.iter().enumerate().all(|(i, x)| *x == i + 1), "{len} elements in parts of {part}");
        }
    });
}

/// Jobs so short that helpers arrive late, and pauses so long that they fall asleep in between.
#[test]
fn many_jobs_one_after_the_other() {
    on_team(Isa::Scalar, 3, |team| {
        let total = AtomicUsize::new(0);
        for round in 0..20_000 {
            team.for_each(round % 5, &|_| {
                total.fetch_add(1, Ordering::Relaxed);
            });
            if round % 1000 == 0 {
                std::thread::sleep(Duration::from_micros(300));
            }
        }
        assert_eq!(total.into_inner(), 20_000 / 5 * (1 + 2 + 3 + 4));
    });
}

/// Woken on the leader's core a helper would wait for it, so it may run on all the others.
#[cfg(target_os = "linux")]
#[test]
fn a_helper_that_slept_leaves_the_leader_its_core() {
    let mine = cores();
    let leaves_one = |helpers: Vec<usize>| {
        helpers.len() == (mine.len() - 1).max(1) && helpers.iter().all(|core| mine.contains(core))
    };
    on_team(Isa::Scalar, 2, |team| {
        // On a busy machine it may not have gone to sleep yet.
        let left = (0..200).any(|_| {
            std::thread::sleep(Duration::from_millis(5));
            leaves_one(cores_of_the_helper(team))
        });
        assert!(left, "the helper of a leader on {mine:?} stays on {:?}", cores_of_the_helper(team));
    });
    assert_eq!(cores(), mine, "the leader stays free");
}

/// The cores that the helper of a team of two may run on.
#[cfg(target_os = "linux")]
fn cores_of_the_helper(team: &Team) -> Vec<usize> {
    let (leader, both, seen) = (std::thread::current().id(), Barrier::new(2), Mutex::new(Vec::new()));
    team.for_each(2, &|_| {
        if std::thread::current().id() != leader {
            *seen.lock().unwrap() = cores();
        }
        // Neither thread gets both chunks.
        both.wait();
    });
    seen.into_inner().unwrap()
}

/// The cores that the calling thread may run on.
#[cfg(target_os = "linux")]
fn cores() -> Vec<usize> {
    // SAFETY: a set of cores is plain data, which the call fills within its size.
    let set = unsafe {
        let mut set: libc::cpu_set_t = std::mem::zeroed();
        assert_eq!(libc::sched_getaffinity(0, size_of_val(&set), &raw mut set), 0);
        set
    };
    // SAFETY: these numbers lie within the set.
    (0..8 * size_of_val(&set)).filter(|core| unsafe { libc::CPU_ISSET(*core, &set) }).collect()
}

#[test]
fn many_regions_one_after_the_other() {
    for round in 0..500 {
        on_team(Isa::Scalar, 2 + round % 3, |team| {
            let total = AtomicUsize::new(0);
            team.for_each(10, &|i| {
                total.fetch_add(i, Ordering::Relaxed);
            });
            assert_eq!(total.into_inner(), 45);
        });
    }
}

#[test]
fn a_panic_in_a_chunk_reaches_the_leader() {
    for threads in THREADS {
        on_team(Isa::Scalar, threads, |team| {
            let finished = AtomicUsize::new(0);
            let outcome = catch_unwind(AssertUnwindSafe(|| {
                team.for_each(40, &|i| {
                    assert!(i != 39, "meant to fail");
                    finished.fetch_add(1, Ordering::Relaxed);
                });
            }));
            assert!(outcome.is_err(), "a panic that went unnoticed with {threads} threads");
            assert_eq!(finished.load(Ordering::Relaxed), 39, "the other chunks");
            // The team is as good as new.
            team.for_each(40, &|_| {
                finished.fetch_add(1, Ordering::Relaxed);
            });
            assert_eq!(finished.into_inner(), 79);
        });
    }
}

#[test]
fn a_panic_in_a_region_frees_the_helpers() {
    let outcome = catch_unwind(|| on_team(Isa::Scalar, 2, |_| panic!("meant to fail")));
    assert!(outcome.is_err());
    on_team(Isa::Scalar, 2, |team| assert_eq!(team.active(), 2));
}

#[test]
fn a_busy_pool_runs_serially() {
    on_team(Isa::Scalar, 2, |_| {
        let total = std::thread::scope(|scope| {
            let other = scope.spawn(|| {
                Team::new(Isa::Scalar, 2).region(usize::MAX, |team| {
                    assert_eq!(team.active(), 1, "the helpers are with the other thread");
                    let total = AtomicUsize::new(0);
                    team.for_each(10, &|i| {
                        total.fetch_add(i, Ordering::Relaxed);
                    });
                    total.into_inner()
                })
            });
            other.join().expect("a region that runs serially")
        });
        assert_eq!(total, 45);
    });
}

/// Threads of a program that fit at once: one gets the helpers, all get the result.
#[test]
fn regions_at_once_do_not_disturb_each_other() {
    let x: Vec<f64> = (0..200_000).map(f64::from).collect();
    let expected = sum(&Team::serial(Isa::Scalar), &x);
    let _alone = alone();
    let start = Barrier::new(4);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                start.wait();
                for _ in 0..100 {
                    let got = Team::new(Isa::Scalar, 3).region(usize::MAX, |team| sum(team, &x));
                    assert_eq!(got.to_bits(), expected.to_bits());
                }
            });
        }
    });
}

#[test]
fn a_region_within_a_region_keeps_its_team() {
    on_team(Isa::Scalar, 3, |team| {
        let inner = team.region(usize::MAX, |inner| {
            let total = AtomicUsize::new(0);
            inner.for_each(10, &|i| {
                total.fetch_add(i, Ordering::Relaxed);
            });
            assert_eq!(total.into_inner(), 45);
            inner.active()
        });
        assert_eq!(inner, 3);
        // A team of its own finds the helpers busy.
        Team::new(Isa::Scalar, 3).region(usize::MAX, |other| assert_eq!(other.active(), 1));
    });
}

/// A kernel called from a chunk of another, on whichever thread: it runs there, alone.
#[test]
fn jobs_within_jobs_run_where_they_are() {
    for threads in THREADS {
        on_team(Isa::Scalar, threads, |team| {
            for _ in 0..200 {
                let total = AtomicUsize::new(0);
                team.for_each(8, &|_| {
                    team.for_each(5, &|i| {
                        total.fetch_add(i, Ordering::Relaxed);
                    });
                });
                assert_eq!(total.into_inner(), 80);
            }
        });
    }
}

#[test]
fn small_work_stays_on_one_thread() {
    Team::new(Isa::Scalar, 4).region(1000, |team| assert_eq!(team.active(), 1));
    Team::serial(Isa::Scalar).region(usize::MAX, |team| assert_eq!(team.active(), 1));
    assert_eq!(Team::new(Isa::Scalar, 0).active(), 1);
}

#[test]
fn the_number_of_threads_is_checked() {
    let refused = set_threads(0).expect_err("no threads at all").to_string();
    assert_eq!(refused, "`n` must be at least 1, got 0");
    set_threads(5).expect("five threads");
    assert_eq!(threads(), Ok(5));
}

#[test]
fn small_calls_in_a_row_take_a_helper_and_single_ones_do_not() {
    let _alone = alone();
    let (team, work) = (Team::new(Isa::Scalar, 2), 4_000_000);
    for _ in 0..3 {
        std::thread::sleep(Duration::from_millis(1));
        assert_eq!(team.region_of_call(work, Team::active), 1, "a call long after the last one");
    }
    // Whoever else is on this core may come between two calls.
    let until = Instant::now() + Duration::from_secs(20);
    while team.region_of_call(work, Team::active) != 2 {
        assert!(Instant::now() < until, "a call that follows closely, without a helper");
    }
    assert_eq!(team.region_of_call(1000, Team::active), 1, "too little work for any helper");
}
