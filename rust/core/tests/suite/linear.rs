//! Linear models: one result on every CPU path and for any number of problems at once; sparse data as dense; what is
//! refused, and what an interruption leaves.

use serde_json::{Value, json};
use thalweg_core::linear::losses::LossConfig;
use thalweg_core::linear::sgd::{
    EpochReport, Features, Fitted, Model, Outcome, Problem, Samples, SgdConfig, Watcher, train_sgd,
};
use thalweg_core::training::Control;
use thalweg_kernels::rows::{DenseRows, SparseRows};
use thalweg_kernels::{Isa, MatRef, Real, Team};

use crate::common::uniforms;

const ROWS: usize = 90;
const COLS: usize = 37;
const CLASSES: usize = 3;

struct Data<T> {
    x: Vec<T>,
    stored: Vec<T>,
    columns: Vec<u32>,
    ends: Vec<usize>,
    y: Vec<T>,
    weights: Vec<T>,
    held_out: Vec<bool>,
}

impl<T: Real> Data<T> {
    fn new() -> Self {
        Self::of(ROWS)
    }

    fn of(rows: usize) -> Self {
        let mut x = uniforms::<T>(3, rows * COLS, -1.0, 1.0);
        x.iter_mut().step_by(4).for_each(|value| *value = T::zero());
        let (mut stored, mut columns, mut ends) = (Vec::new(), Vec::new(), vec![0]);
        for row in x.chunks(COLS) {
            for (j, value) in row.iter().enumerate().filter(|(_, value)| **value != T::zero()) {
                stored.push(*value);
                columns.push(j as u32);
            }
            ends.push(stored.len());
        }
        let y = (0..rows).map(|i| T::of((i % CLASSES) as f64)).collect();
        let held_out = (0..rows).map(|i| i % 5 == 0).collect();
        Self { x, stored, columns, ends, y, weights: uniforms(4, rows, 0.5, 2.0), held_out }
    }

    fn samples(&self, sparse: bool, scored: bool) -> Samples<'_, T> {
        let features = if sparse {
            Features::Sparse(SparseRows::new(&self.stored, &self.columns, &self.ends, COLS).unwrap())
        } else {
            Features::Dense(DenseRows::new(MatRef::new(&self.x, self.y.len(), COLS)))
        };
        Samples::new(features, &self.y, Some(&self.weights), scored.then_some(&self.held_out[..])).unwrap()
    }
}

fn config(changes: &Value) -> SgdConfig {
    let mut tagged = json!({
        "loss": {"name": "hinge"}, "penalty": "elasticnet", "alpha": 0.05, "l1_ratio": 0.3, "learning_rate": "optimal",
        "eta0": 0.01, "power_t": 0.4, "fit_intercept": true, "intercept_decay": 1.0, "one_class": false,
        "max_iter": 6, "tol": 1e-3, "n_iter_no_change": 2, "shuffle": true, "average": 20, "t": 1.0, "score": null,
        "verbose": false, "like_sklearn": false,
    });
    for (key, value) in changes.as_object().unwrap() {
        tagged[key] = value.clone();
    }
    serde_json::from_value(tagged).unwrap()
}

fn problems() -> Vec<Problem> {
    let problem = |i| Problem { class: Some(f64::from(i)), seed: 7 + i, weight_pos: 1.5, weight_neg: 1.0 };
    (0..CLASSES as u32).map(problem).collect()
}

fn zeros<T: Real>(average: bool) -> Vec<Model<T>> {
    let average_coef = vec![T::zero(); if average { COLS } else { 0 }];
    let model = Model { coef: vec![T::zero(); COLS], intercept: 0.0, average_coef, average_intercept: 0.0 };
    vec![model; CLASSES]
}

/// Goes on, and counts the epochs it is told of; stops after some questions.
struct Counter {
    questions: usize,
    reports: Vec<(usize, u64)>,
}

impl Watcher for Counter {
    fn poll(&mut self) -> Control {
        self.questions = self.questions.saturating_sub(1);
        if self.questions == 0 { Control::Stop } else { Control::Continue }
    }

    fn epoch_finished(&mut self, report: &EpochReport) -> Control {
        self.reports.push((report.problem, report.epoch));
        Control::Continue
    }
}

fn train<T: Real>(team: &Team, samples: &Samples<'_, T>, config: &SgdConfig, at_once: usize) -> Vec<Fitted<T>> {
    let mut watcher = Counter { questions: usize::MAX, reports: vec![] };
    train_sgd(team, samples, config, &problems(), zeros(config.average > 0), at_once, &mut watcher).unwrap()
}

fn bits<T: Real>(fitted: &[Fitted<T>]) -> Vec<u64> {
    let model = |fitted: &Fitted<T>| {
        let Model { coef, intercept, average_coef, average_intercept } = &fitted.model;
        let numbers = [*intercept, *average_intercept, fitted.epochs as f64];
        let weights = coef.iter().chain(average_coef).map(|w| w.wide());
        weights.chain(numbers).map(f64::to_bits).collect::<Vec<_>>()
    };
    fitted.iter().flat_map(model).collect()
}

/// Data so large that a training alone has another thread copy its rows.
fn copied_rows_change_nothing<T: Real>() {
    let data = Data::<T>::of((6 << 20) / (COLS * size_of::<T>()) * 4 / 3);
    let config = config(&json!({"max_iter": 2, "n_iter_no_change": 5}));
    for sparse in [false, true] {
        let samples = data.samples(sparse, false);
        let expected = bits(&train(&Team::serial(Isa::Scalar), &samples, &config, 1));
        for isa in Isa::available() {
            assert!(bits(&train(&Team::new(isa, 2), &samples, &config, 1)) == expected, "{isa:?}, sparse: {sparse}");
        }
    }
}

#[test]
fn copied_rows_change_nothing_in_single_precision() {
    copied_rows_change_nothing::<f32>();
}

#[test]
fn copied_rows_change_nothing_in_double_precision() {
    copied_rows_change_nothing::<f64>();
}

fn one_result_everywhere<T: Real>() {
    let data = Data::<T>::new();
    for loss in LossConfig::defaults() {
        let loss = json!({"loss": {"name": loss.name()}, "learning_rate": "invscaling"});
        for changes in [loss, json!({"score": "accuracy"}), json!({"learning_rate": "pa1", "penalty": "none"})] {
            let config = config(&changes);
            for sparse in [false, true] {
                let samples = data.samples(sparse, config.score.is_some());
                let expected = bits(&train(&Team::serial(Isa::Scalar), &samples, &config, 1));
                for isa in Isa::available() {
                    for (threads, at_once) in [(1, 3), (2, 2), (3, 3)] {
                        let team = Team::new(isa, threads);
                        let got = bits(&train(&team, &samples, &config, at_once));
                        assert!(got == expected, "{changes} on {isa:?}, {threads} threads, {at_once} at once");
                    }
                }
            }
        }
    }
}

#[test]
fn one_result_in_single_precision() {
    one_result_everywhere::<f32>();
}

#[test]
fn one_result_in_double_precision() {
    one_result_everywhere::<f64>();
}

#[test]
fn sparse_data_trains_as_dense_data() {
    let data = Data::<f64>::new();
    // Not with L1: the cumulative penalty reaches a weight when a row has its column, and a dense row has them all.
    for changes in [json!({"penalty": "l2"}), json!({"learning_rate": "pa2", "penalty": "none"})] {
        // The objective sees the weights of a row's columns only, where it is sparse; it must not decide here.
        let (mut changes, team) = (changes, Team::serial(Isa::Scalar));
        changes["tol"] = Value::Null;
        let fit = |sparse| train(&team, &data.samples(sparse, false), &config(&changes), 1);
        for (dense, sparse) in fit(false).iter().zip(&fit(true)) {
            let pairs = dense.model.coef.iter().zip(&sparse.model.coef);
            assert!(pairs.clone().all(|(d, s)| (d - s).abs() <= 1e-12 * (1.0 + d.abs())), "{changes}");
            assert!((dense.model.intercept - sparse.model.intercept).abs() < 1e-12);
        }
    }
}

#[test]
fn every_epoch_is_reported_in_order() {
    let data = Data::<f64>::new();
    let config = config(&json!({"verbose": true, "tol": null, "max_iter": 2}));
    let mut watcher = Counter { questions: usize::MAX, reports: vec![] };
    let team = Team::new(Isa::Scalar, 2);
    train_sgd(&team, &data.samples(false, false), &config, &problems(), zeros(true), 3, &mut watcher).unwrap();
    assert_eq!(watcher.reports, [(0, 1), (0, 2), (1, 1), (1, 2), (2, 1), (2, 2)]);
}

#[test]
fn an_interruption_leaves_what_was_learned() {
    let data = Data::<f64>::new();
    let config = config(&json!({"tol": null, "max_iter": 1000}));
    let mut watcher = Counter { questions: 5, reports: vec![] };
    let team = Team::serial(Isa::Scalar);
    let fitted =
        train_sgd(&team, &data.samples(false, false), &config, &problems(), zeros(true), 2, &mut watcher).unwrap();
    assert!(fitted.iter().all(|fitted| fitted.outcome == Outcome::Interrupted));
    assert_eq!(fitted.iter().map(|fitted| fitted.epochs).collect::<Vec<_>>(), [5, 5, 0]);
    assert!(fitted[0].model.coef.iter().any(|w| *w != 0.0));
}

#[test]
fn wrong_parameters_and_shapes_are_refused() {
    let data = Data::<f64>::new();
    let refused = |changes: &Value, scored: bool, start: Vec<Model<f64>>| {
        let (config, mut watcher) = (config(changes), Counter { questions: 9, reports: vec![] });
        let samples = data.samples(false, scored);
        let result = train_sgd(&Team::serial(Isa::Scalar), &samples, &config, &problems(), start, 1, &mut watcher);
        result.unwrap_err().to_string()
    };
    assert!(refused(&json!({"eta0": 0.0}), false, zeros(true)).contains("`eta0` must be > 0"));
    assert!(refused(&json!({"alpha": 0.0}), false, zeros(true)).contains("`alpha` must be > 0 with"));
    assert!(refused(&json!({"l1_ratio": 1.5}), false, zeros(true)).contains("`l1_ratio` must be in [0, 1]"));
    assert!(refused(&json!({"max_iter": 0}), false, zeros(true)).contains("`max_iter` must be >= 1"));
    assert!(refused(&json!({"score": "r2"}), false, zeros(true)).contains("`held_out`"));
    assert!(refused(&json!({}), false, zeros(false)).contains("`average_coef` must be of 37 columns, got 0"));
    assert!(refused(&json!({}), false, vec![]).contains("`start` must be one model a problem, got 0"));
    let short = Samples::new(data.samples(false, false).features(), &data.y[1..], None, None).unwrap_err();
    assert!(short.to_string().contains("`y` must be as long as `x` has rows (90), got"));
}
