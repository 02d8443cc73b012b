//! Prediction: borrowed layers, any number of rows, the same bits for a row alone as for the row among others.

use crate::common::{Problem, assert_close, team, uniforms};
use thalweg_core::activations::{Hidden, Output};
use thalweg_core::data::Input;
use thalweg_core::network::{BLOCK_ROWS, Layers, forward};
use thalweg_core::precision::Precision;
use thalweg_kernels::{MatRef, Real};

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
        let shapes = self.units.windows(2);
        let coefs: Vec<_> = self.coefs.iter().zip(shapes).map(|(w, pair)| MatRef::new(w, pair[0], pair[1])).collect();
        let intercepts: Vec<&[T]> = self.intercepts.iter().map(|bias| &bias[..]).collect();
        let precision = Precision::Native;
        let layers = Layers { coefs: &coefs, intercepts: &intercepts, activation: Hidden::Tanh, output, precision };
        let mut out = vec![T::nan(); x.rows() * self.units.last().unwrap()];
        forward(&team(), x, layers, &mut out).map_err(|error| error.to_string())?;
        Ok(out)
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
