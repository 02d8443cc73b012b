//! The fences of the tests hold: a look beyond a buffer ends the process.

#![cfg(unix)]

mod common;

use std::hint::black_box;
use std::os::unix::process::ExitStatusExt;
use std::process::Command;

use common::fence::VARIABLE;

/// Which element the child is to read.
const PROBE: &str = "THALWEG_FENCE_PROBE";

const LEN: usize = 1000;

/// Reads an element around a buffer of [`LEN`] in a child with fences; returns the signal that ended it.
fn signal_of_reading(at: isize, side: &str) -> Option<i32> {
    let mut child = Command::new(std::env::current_exe().expect("this test"));
    // AddressSanitizer would end the child in its own way.
    child.env("ASAN_OPTIONS", "handle_segv=0");
    child.args(["--exact", "fences_hold"]).env(VARIABLE.to_str().expect("a name"), side).env(PROBE, at.to_string());
    child.output().expect("a child").status.signal()
}

#[test]
fn fences_hold() {
    if let Ok(at) = std::env::var(PROBE) {
        let buffer = black_box(vec![1.0_f32; LEN]);
        // SAFETY: outside of the buffer there is none: this is the fault that fences are to show.
        black_box(unsafe { buffer.as_ptr().offset(at.parse().expect("a number")).read_volatile() });
        return;
    }
    let last = LEN as isize - 1;
    for (side, outside) in [("after", last + 1), ("before", -1)] {
        assert_eq!(signal_of_reading(0, side), None);
        assert_eq!(signal_of_reading(last, side), None);
        assert_eq!(signal_of_reading(outside, side), Some(libc::SIGSEGV), "{outside} with a fence {side}");
    }
}
