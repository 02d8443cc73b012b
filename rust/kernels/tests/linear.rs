//! The pass over the rows of a linear model: scores, slopes and gradient, bit for bit.

mod common;

use std::cell::RefCell;
use std::sync::Mutex;

use common::{Layout, Matrix, Numbers, assert_same, on_every_team};
use thalweg_kernels::linear::{MOST_ROWS, Model, Samples, Space, chunk_rows, pass};
use thalweg_kernels::{Real, reference};

for_both_types!(a_pass_equals_the_reference, a_pass_over_no_rows_is_zero);

/// Around a vector, around the widths at which chunks become shorter, and beyond where they are shortest.
const COLS: [usize; 12] = [0, 1, 7, 16, 17, 33, 100, 128, 129, 300, 1025, 2000];

fn a_pass_equals_the_reference<T: Real>() {
    for cols in COLS {
        let mut numbers = Numbers(cols as u64);
        let x = Matrix::<T>::random(&mut numbers, 50, cols, Layout::PaddedRows);
        let (weights, bias) = (numbers.units::<T>(cols), numbers.unit::<T>());
        let space = RefCell::new(Space::new(3 * MOST_ROWS + 5, cols).unwrap());
        for count in [1, 3, 4, 15, 16, 17, 127, 128, 129, 3 * MOST_ROWS + 5] {
            // Any order, with rows that come again.
            let rows: Vec<usize> = (0..count).map(|_| numbers.below(50)).collect();
            let mut scores = vec![T::zero(); 50];
            reference::gemv(x.view(), &weights, &mut scores);
            let score = |row: usize| scores[row] + bias;
            let slope = |row: usize, score: T| score * T::of(0.5) - T::of(row as f64);
            let slopes: Vec<T> = rows.iter().map(|&row| slope(row, score(row))).collect();
            let expected = reference::linear_gradient(x.view(), &rows, &slopes);
            let losses = rows.chunks(chunk_rows(cols)).map(|rows| rows.iter().map(|&row| row as f64).sum::<f64>());
            let expected_loss: f64 = losses.sum();
            let samples = Samples { x: x.view(), beside: [&scores, &[]] };
            let model = Model { weights: &weights, bias };
            on_every_team(|team| {
                let wrong = Mutex::new(Vec::new());
                let judge = |rows: &[usize], scores: &mut [T], slopes: &mut [T]| {
                    for ((&row, got), out) in rows.iter().zip(scores).zip(slopes) {
                        if *got != score(row) {
                            wrong.lock().unwrap().push(row);
                        }
                        *out = slope(row, *got);
                    }
                    rows.iter().map(|&row| row as f64).sum()
                };
                let mut gradient = vec![T::nan(); cols];
                let mut space = space.borrow_mut();
                let (loss, of_bias) = pass(team, samples, &rows, model, &judge, &mut space, &mut gradient);
                gradient.push(of_bias);
                assert!(wrong.lock().unwrap().is_empty(), "scores of {count} x {cols}");
                assert_eq!(loss, expected_loss);
                assert_same(&gradient, &expected, &format!("gradient of {count} x {cols}"), team);
            });
        }
    }
}

fn a_pass_over_no_rows_is_zero<T: Real>() {
    let x = Matrix::<T>::random(&mut Numbers(1), 5, 7, Layout::Rows);
    on_every_team(|team| {
        let (mut space, mut gradient) = (Space::new(0, 7).unwrap(), vec![T::nan(); 7]);
        let judge = |_: &[usize], _: &mut [T], _: &mut [T]| f64::NAN;
        let model = Model { weights: &[T::one(); 7], bias: T::one() };
        let samples = Samples { x: x.view(), beside: [&[], &[]] };
        assert_eq!(pass(team, samples, &[], model, &judge, &mut space, &mut gradient), (0.0, T::zero()));
        assert_same(&gradient, &[T::zero(); 7], &"gradient of no rows", team);
    });
}
