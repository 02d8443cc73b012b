//! Prediction: borrowed layers, any number of rows, the same bits for a row alone as for the row among others.

use crate::common::{Problem, assert_close, team, uniforms};
use thalweg_core::activations::{Hidden, Output};
use thalweg_core::data::Input;
use thalweg_core::network::BLOCK_ROWS;
use thalweg_core::precision::Precision;
use thalweg_core::prediction::{Layers, Wanted, predict};
use thalweg_kernels::raw::{Block, Element, RawRef};
use thalweg_kernels::{Isa, MatRef, Real, Team};

struct Model<T> {
    units: Vec<usize>,
    coefs: Vec<Vec<T>>,
    intercepts: Vec<Vec<T>>,
}

impl<T: Real> Model<T> {
    fn new(units: &[usize]) -> Self {
        let layer = |i: usize, pair: &[usize]| uniforms(i as u32, pair[0] * pair[1], -0.7, 0.7);
        let coefs = units.windows(2).enumerate().map(|(i, pair)| layer(i, pair)).collect();
        let intercepts = units[1..].iter().map(|units| uniforms(*units as u32, *units, -0.7, 0.7)).collect();
        Self { units: units.to_vec(), coefs, intercepts }
    }

    fn predict(&self, x: Input<'_, T>, output: Output) -> Result<Vec<T>, String> {
        let mut out = vec![T::nan(); x.rows() * self.units.last().unwrap()];
        assert!(self.run(&team(), x, output, Wanted::Outputs(&mut out))?);
        Ok(out)
    }

    fn run(&self, team: &Team, x: Input<'_, T>, output: Output, wanted: Wanted<'_, T>) -> Result<bool, String> {
        let shapes = self.units.windows(2);
        let coefs: Vec<_> = self.coefs.iter().zip(shapes).map(|(w, pair)| MatRef::new(w, pair[0], pair[1])).collect();
        let intercepts: Vec<&[T]> = self.intercepts.iter().map(|bias| &bias[..]).collect();
        let precision = Precision::Native;
        let layers = Layers { coefs: &coefs, intercepts: &intercepts, activation: Hidden::Tanh, output, precision };
        predict(team, x, layers, wanted, true).map_err(|error| error.to_string())
    }
}

fn check<T: Real>(units: &[usize], output: Output) {
    let (features, outputs) = (units[0], *units.last().unwrap());
    let model = Model::<T>::new(units);
    let problem = Problem::<T>::random(1, BLOCK_ROWS + 37, features, "squared_error", outputs, false);
    let all = model.predict(problem.input(false), output).unwrap();
    for row in [0, 5, BLOCK_ROWS, BLOCK_ROWS + 36] {
        let x = Input::Dense(MatRef::new(&problem.x[row * features..][..features], 1, features));
        let alone = model.predict(x, output).unwrap();
        assert_eq!(alone, all[row * outputs..][..outputs], "{units:?} {output:?} row {row}");
    }
    let wide: Vec<f64> = all.iter().map(|value| value.wide()).collect();
    let sparse = model.predict(problem.input(true), output).unwrap();
    assert_close(&sparse, &wide, T::epsilon().wide() * 10.0, "sparse");
}

#[test]
fn a_row_alone_is_the_row_among_others() {
    for (_, output) in Output::ALL {
        for units in [&[6, 3][..], &[6, 1], &[6, 17, 1], &[6, 9, 5, 4]] {
            check::<f32>(units, output);
            check::<f64>(units, output);
        }
    }
}

#[test]
fn outputs_follow_their_formulas() {
    let model = Model { units: vec![1, 3], coefs: vec![vec![1.0, -2.0, 0.5]], intercepts: vec![vec![0.0, 1.0, 0.0]] };
    let x = [2.0];
    let predict = |output| model.predict(Input::Dense(MatRef::new(&x, 1, 1)), output).unwrap();
    let z = [2.0_f64, -3.0, 1.0];
    let exp = z.map(f64::exp);
    assert_close(&predict(Output::Identity), &z, 1e-15, "identity");
    assert_close(&predict(Output::Exp), &exp, 1e-15, "exp");
    assert_close(&predict(Output::Logistic), &z.map(|z| 1.0 / (1.0 + (-z).exp())), 1e-15, "logistic");
    assert_close(&predict(Output::Softmax), &exp.map(|e| e / exp.iter().sum::<f64>()), 1e-15, "softmax");
}

#[test]
fn no_rows_give_no_outputs_and_wrong_shapes_are_errors() {
    let mut model = Model::<f32>::new(&[3, 4, 2]);
    let x = [0.0_f32; 8];
    assert_eq!(model.predict(Input::Dense(MatRef::new(&x, 0, 3)), Output::Exp), Ok(vec![]));
    let narrow = model.predict(Input::Dense(MatRef::new(&x, 2, 2)), Output::Exp);
    assert_eq!(narrow, Err("`coefs_[0]` must be of 2 rows, got 3".to_owned()));
    model.intercepts[1].push(0.0);
    let long = model.predict(Input::Dense(MatRef::new(&x, 2, 3)), Output::Exp);
    assert_eq!(long, Err("`intercepts_[1]` must be of length 2, got 3".to_owned()));
}

#[test]
fn what_is_read_from_outputs_follows_from_them() {
    let rows = BLOCK_ROWS + 37;
    let problem = Problem::<f32>::random(1, rows, 6, "squared_error", 3, false);
    let (several, single) = (Model::<f32>::new(&[6, 9, 3]), Model::<f32>::new(&[6, 9, 1]));
    for threads in [1, 2, 3] {
        let team = Team::new(Isa::available().pop().unwrap(), threads);
        let p = several.predict(problem.input(false), Output::Logistic).unwrap();
        let (mut largest, mut above) = (vec![-1; rows], vec![-1; 3 * rows]);
        let (x, output) = (problem.input(false), Output::Logistic);
        assert_eq!(several.run(&team, x, output, Wanted::Largest(&mut largest)), Ok(true));
        assert_eq!(several.run(&team, x, output, Wanted::AboveHalf(&mut above)), Ok(true));
        for ((p, largest), above) in p.chunks(3).zip(largest).zip(above.chunks(3)) {
            assert!(p.iter().all(|other| *other <= p[largest as usize]));
            assert!(p.iter().zip(above).all(|(p, above)| (*p > 0.5) == (*above == 1)));
        }
        let refused = |wanted: Wanted<'_, f32>| several.run(&team, x, output, wanted).unwrap_err();
        assert!(refused(Wanted::Both(&mut vec![0.0; 2 * rows])).contains("single output"));
        assert!(refused(Wanted::Largest(&mut [0; 3])).contains("of length 2085, got 3"));
        let (p, mut both) = (single.predict(problem.input(false), Output::Logistic).unwrap(), vec![0.0; 2 * rows]);
        assert_eq!(single.run(&team, x, output, Wanted::Both(&mut both)), Ok(true));
        assert!(p.iter().zip(both.chunks(2)).all(|(p, both)| both == [1.0 - p, *p]));
    }
}

#[test]
fn rows_to_convert_are_seen_as_converted() {
    let (rows, cols) = (BLOCK_ROWS + 37, 6);
    let numbers: Vec<i16> = (0..rows * cols).map(|i| (i * 7919 % 1000) as i16 - 500).collect();
    let bytes: Vec<u8> = numbers.iter().flat_map(|number| number.to_ne_bytes()).collect();
    let dense: Vec<f64> = numbers.iter().map(|number| f64::from(*number)).collect();
    let block = Block::new(&bytes, (Element::I16, false), 0, (2 * cols as isize, 2), (rows, cols)).unwrap();
    let blocks = [block];
    let raw = Input::Raw(RawRef::new(&blocks).unwrap());
    for units in [&[6, 3][..], &[6, 17, 1], &[6, 400, 400, 2]] {
        let model = Model::<f64>::new(units);
        let expected = model.predict(Input::Dense(MatRef::new(&dense, rows, cols)), Output::Identity).unwrap();
        assert_eq!(model.predict(raw, Output::Identity).unwrap(), expected, "{units:?}");
    }
}

#[test]
fn an_infinity_or_nan_is_found_wherever_it_is() {
    let model = Model::<f64>::new(&[4, 5, 2]);
    let rows = BLOCK_ROWS + 300;
    for (place, value) in [(0, f64::NAN), (rows * 4 - 1, f64::INFINITY), (BLOCK_ROWS * 4, f64::NEG_INFINITY)] {
        let mut x = vec![0.5; rows * 4];
        x[place] = value;
        let mut out = vec![0.0; rows * 2];
        let input = Input::Dense(MatRef::new(&x, rows, 4));
        assert_eq!(model.run(&team(), input, Output::Identity, Wanted::Outputs(&mut out)), Ok(false), "{value}");
    }
}
