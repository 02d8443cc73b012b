//! Bands: every row of every buffer once, whatever the number of bands and threads.

mod common;

use common::{THREADS, on_team};
use thalweg_kernels::{Isa, RowBuffers};

const COLS: [usize; 3] = [3, 0, 5];

#[test]
fn bands_cover_every_row_once() {
    for threads in THREADS {
        on_team(Isa::Scalar, threads, |team| {
            for (rows, bands) in [(0, 1), (1, 3), (7, 2), (8, 1), (9, 2), (64, 4), (200, 7), (201, 1000)] {
                let mut buffers = RowBuffers::<f64>::zeros(201, &COLS).unwrap();
                buffers.for_each_band(team, rows, bands, &|_, band| {
                    let first = band.rows().start;
                    // So that the tiles of a product are whole.
                    assert!(first.is_multiple_of(8), "a band begins at row {first}");
                    for (buffer, cols) in COLS.iter().enumerate() {
                        let (height, mut part) = (band.rows().len(), band.of(buffer));
                        assert_eq!((part.rows(), part.cols()), (height, *cols));
                        for i in 0..part.rows() {
                            part.row(i).iter_mut().for_each(|x| *x += (first + i + 1) as f64);
                        }
                    }
                });
                for (buffer, cols) in COLS.iter().enumerate() {
                    let all = buffers.get(buffer, 201);
                    for (i, j) in (0..201).flat_map(|i| (0..*cols).map(move |j| (i, j))) {
                        let expected = if i < rows { (i + 1) as f64 } else { 0.0 };
                        assert_eq!(all.at(i, j), expected, "row {i} of {rows} in {bands} bands");
                    }
                }
            }
        });
    }
}

#[test]
fn one_band_has_the_whole_team_and_several_are_serial() {
    on_team(Isa::Scalar, 3, |team| {
        let mut buffers = RowBuffers::<f32>::zeros(64, &[2]).unwrap();
        buffers.for_each_band(team, 64, 1, &|inner, _| assert_eq!(inner.active(), 3));
        buffers.for_each_band(team, 64, 4, &|inner, _| assert_eq!(inner.active(), 1));
    });
}

#[test]
fn what_is_read_lies_beside_what_is_written() {
    on_team(Isa::Scalar, 2, |team| {
        let mut buffers = RowBuffers::<f32>::zeros(40, &[4, 4, 4]).unwrap();
        buffers.for_each_band(team, 40, 3, &|_, band| {
            band.of(0).data().fill(2.0);
            band.of(1).data().fill(3.0);
            let ([a, b], mut c) = band.split([0, 1], 2);
            for i in 0..c.rows() {
                c.row(i).iter_mut().zip(a.row(i).iter().zip(b.row(i))).for_each(|(c, (a, b))| *c = a * b);
            }
        });
        assert!(buffers.get(2, 40).data().iter().all(|x| *x == 6.0));
    });
}

#[test]
#[should_panic(expected = "buffer 1 is read")]
fn a_buffer_is_not_read_and_written_at_once() {
    on_team(Isa::Scalar, 1, |team| {
        let mut buffers = RowBuffers::<f32>::zeros(4, &[1, 1]).unwrap();
        buffers.for_each_band(team, 4, 1, &|_, band| {
            let _ = band.split([0, 1], 1);
        });
    });
}

#[test]
#[should_panic(expected = "5 rows of 4")]
fn there_are_no_more_rows_than_were_asked_for() {
    on_team(Isa::Scalar, 1, |team| {
        RowBuffers::<f32>::zeros(4, &[1]).unwrap().for_each_band(team, 5, 1, &|_, _| {});
    });
}
