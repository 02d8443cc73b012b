//! Linear models by mini-batches: networks of a single layer with the losses of linear models. Against formulas written out
//! plainly, finite differences, and themselves on other threads, CPU paths and layouts.

use crate::common::{Problem, assert_close, config, fit, parameters, resume, team, uniforms};
use serde_json::{Value, json};
use thalweg_core::activations::{Hidden, Output};
use thalweg_core::data::Shuffle;
use thalweg_core::linear::losses::{Loss, LossConfig, Targets};
use thalweg_core::mlp::{LossName, MlpConfig, ObjectiveConfig};
use thalweg_core::objective::Objective;
use thalweg_core::training::{Outcome, train};
use thalweg_kernels::random::Mt19937;
use thalweg_kernels::{Isa, Real, Team};

/// Targets that a loss is defined for.
fn targets(kind: Targets, seed: u32, count: usize) -> Vec<f64> {
    let any = uniforms::<f64>(seed, count, -2.0, 2.0);
    let target = |y: f64| match kind {
        Targets::Signs => y.signum(),
        Targets::Bits => f64::from(u8::from(y > 0.0)),
        Targets::Real => y,
        Targets::NotNegative => y.abs().floor(),
        Targets::Positive => y.abs() + 0.1,
    };
    any.into_iter().map(target).collect()
}

fn problem(loss: &LossConfig, samples: usize, features: usize, outputs: usize, weighted: bool) -> Problem<f64> {
    let mut x = uniforms(3, samples * features, -1.0, 1.0);
    x.iter_mut().step_by(3).for_each(|value| *value = 0.0);
    let y = targets(loss.targets(), 4, samples * outputs);
    let weights = weighted.then(|| uniforms(5, samples, 0.1, 2.0));
    Problem::new(&x, features, &y, outputs, weights.as_deref())
}

/// The mean loss and its gradient, in the plainest way.
fn plainly(loss: &LossConfig, problem: &Problem<f64>, rows: &[usize], params: &[f64]) -> (f64, Vec<f64>) {
    let (features, outputs) = (problem.features, problem.outputs);
    let (mut value, mut gradient, mut total) = (0.0, vec![0.0; params.len()], 0.0);
    for &i in rows {
        let x = &problem.x[i * features..][..features];
        let weight = problem.weights.as_ref().map_or(1.0, |weights| weights[i]);
        total += weight;
        for k in 0..outputs {
            let dot: f64 = (0..features).map(|j| x[j] * params[j * outputs + k]).sum();
            let (y, p) = (problem.y[i * outputs + k], dot + params[features * outputs + k]);
            value += weight * loss.value(y, p);
            let slope = weight * loss.slope(y, p);
            (0..features).for_each(|j| gradient[j * outputs + k] += slope * x[j]);
            gradient[features * outputs + k] += slope;
        }
    }
    gradient.iter_mut().for_each(|slope| *slope /= total);
    (value / total, gradient)
}

#[test]
fn every_loss_has_its_value_and_gradient() {
    for loss in LossConfig::defaults() {
        for (outputs, sparse, weighted) in [(1, false, false), (1, false, true), (1, true, true), (3, false, true)] {
            let problem = problem(&loss, 300, 5, outputs, weighted);
            let config = ObjectiveConfig {
                units: vec![5, outputs],
                activation: Hidden::Identity,
                output: Output::Identity,
                loss: LossName::Linear(loss.clone()),
                alpha: 0.0,
            };
            let params: Vec<f64> = uniforms(11, parameters(&config.units), -0.8, 0.8);
            let data = problem.dataset(sparse);
            let mut objective = Objective::new(&config, &data).unwrap();
            let mut gradient = vec![f64::NAN; params.len()];
            let value = objective.evaluate(&team(), &data, &params, &mut gradient).unwrap();
            let rows: Vec<usize> = (0..300).collect();
            let (expected, slopes) = plainly(&loss, &problem, &rows, &params);
            let what = format!("{}, {outputs} outputs, sparse: {sparse}", loss.name());
            assert_close(&[value], &[expected], 1e-13, &what);
            assert_close(&gradient, &slopes, 1e-13, &what);
        }
    }
}

fn linear(features: usize, outputs: usize, loss: &str, changes: &Value) -> MlpConfig {
    let mut tagged = json!({
        "units": [features, outputs], "activation": "identity", "output": "identity", "loss": {"name": loss},
        "alpha": 0.02, "l1": 0.01, "penalise_mean": true, "batch_size": 7, "max_iter": 3, "tol": 0.0,
        "n_iter_no_change": null, "solver": {"name": "SGD", "lr": 0.05}, "schedule": {"name": "constant"},
        "score": null,
    });
    for (key, value) in changes.as_object().unwrap() {
        tagged[key] = value.clone();
    }
    config(tagged)
}

#[test]
fn steps_are_those_of_the_formula() {
    let loss = LossConfig::defaults().into_iter().find(|loss| loss.name() == "hinge").unwrap();
    let problem = problem(&loss, 40, 5, 1, true);
    let start: Vec<f64> = uniforms(7, 6, -0.3, 0.3);
    let report = fit(&problem.training_data(false), &start, &linear(5, 1, "hinge", &json!({})), Shuffle::None);
    let mut params = start;
    for _ in 0..3 {
        for first in (0..40).step_by(7) {
            let rows: Vec<usize> = (first..40.min(first + 7)).collect();
            let (_, mut gradient) = plainly(&loss, &problem, &rows, &params);
            (0..5).for_each(|j| gradient[j] += 0.02 * params[j] + 0.01 * params[j].signum());
            params.iter_mut().zip(gradient).for_each(|(p, slope)| *p -= 0.05 * slope);
        }
    }
    assert_close(&report.params, &params, 1e-13, "parameters");
}

#[test]
fn a_penalty_of_the_mean_does_not_depend_on_the_batch() {
    let loss = LossConfig::defaults().remove(0);
    let problem = problem(&loss, 8, 5, 1, false);
    let penalised = |changes: Value| {
        let config = linear(5, 1, loss.name(), &changes);
        fit(&problem.training_data(false), &[1.0; 6], &config, Shuffle::None).loss_curve[0]
    };
    let none = penalised(json!({"alpha": 0.0, "l1": 0.0, "batch_size": 8, "max_iter": 1}));
    let of_mean = penalised(json!({"batch_size": 8, "max_iter": 1}));
    let of_sum = penalised(json!({"batch_size": 8, "max_iter": 1, "penalise_mean": false}));
    assert_close(&[of_mean - none, of_sum - none], &[0.1, 0.1 / 8.0], 1e-12, "penalties");
}

#[test]
fn other_data_is_validated_on() {
    let loss = LossConfig::defaults().into_iter().find(|loss| loss.name() == "hinge").unwrap();
    let (problem, others) = (problem(&loss, 60, 5, 1, true), problem(&loss, 30, 5, 1, false));
    let changes = json!({"score": "accuracy", "n_iter_no_change": 2, "max_iter": 50, "tol": 0.01});
    let config = linear(5, 1, "hinge", &changes);
    for sparse in [false, true] {
        let mut data = problem.training_data(sparse);
        data.validation = Some(others.dataset(sparse));
        let report = fit(&data, &[0.0; 6], &config, Shuffle::None);
        assert_eq!(report.outcome, Outcome::Converged);
        assert_eq!(report.validation_scores.len(), report.epochs);
        let best = report.best_params.unwrap();
        let right = (0..30).filter(|i| {
            let dot: f64 = others.x[i * 5..][..5].iter().zip(&best).map(|(x, w)| x * w).sum();
            (dot + best[5] > 0.0) == (others.y[*i] > 0.0)
        });
        assert_eq!(right.count() as f64 / 30.0, report.progress.best_score);
        data.validation_rows = Some(&[1]);
        let both = train(&team(), &data, &[0.0; 6], &config, None, Shuffle::None, &mut ()).unwrap_err();
        assert_eq!(both.to_string(), "`validation_rows` must be None with `validation`, got Some(1)");
    }
}

#[test]
fn training_is_taken_up_where_it_ended() {
    let loss = LossConfig::defaults().into_iter().find(|loss| loss.name() == "log_loss").unwrap();
    let problem = problem(&loss, 50, 5, 3, true);
    let of = |epochs: u64| linear(5, 3, "log_loss", &json!({"max_iter": epochs, "solver": {"name": "Adam"}}));
    let data = problem.training_data(false);
    let whole = fit(&data, &[0.1; 18], &of(4), Shuffle::None);
    let half = fit(&data, &[0.1; 18], &of(2), Shuffle::None);
    let mut rest = of(2);
    rest.progress = half.progress;
    let report = resume(&data, &half.params, &rest, Some(&half.state), Shuffle::None, &mut ());
    assert_eq!((report.params, report.state), (whole.params, whole.state));
}

/// What a run yields, as bits.
fn learn<T: Real>(team: &Team, problem: &Problem<T>, sparse: bool, loss: &str) -> Vec<u64> {
    let changes = json!({"batch_size": 40_000, "max_iter": 2, "solver": {"name": "Adam"}});
    let config = linear(problem.features, problem.outputs, loss, &changes);
    let start = vec![T::of(0.1); parameters(&config.units)];
    let shuffle = Shuffle::Mt19937(Box::new(Mt19937::from_seed(5)));
    let report = train(team, &problem.training_data(sparse), &start, &config, None, shuffle, &mut ()).unwrap();
    let mut bits: Vec<u64> = report.params.iter().map(|p| p.wide().to_bits()).collect();
    bits.extend(report.loss_curve.iter().map(|loss| loss.to_bits()));
    bits
}

fn same_bits<T: Real>() {
    for (i, loss) in LossConfig::defaults().into_iter().enumerate() {
        // One output is enough work for seven threads, in several blocks; the others go by matrix products.
        let (outputs, sparse) = if i % 4 == 3 { (2, i % 8 == 7) } else { (1, false) };
        let wide = problem(&loss, 40_000, 37, outputs, i % 2 == 0);
        let rounded = |values: &[f64]| values.iter().map(|value| T::of(*value)).collect::<Vec<T>>();
        let weights = wide.weights.as_deref().map(rounded);
        let problem = Problem::new(&rounded(&wide.x), 37, &rounded(&wide.y), outputs, weights.as_deref());
        let expected = learn(&Team::serial(Isa::available().pop().unwrap()), &problem, sparse, loss.name());
        for isa in Isa::available() {
            let bits = learn(&Team::new(isa, 7), &problem, sparse, loss.name());
            assert!(bits == expected, "{} {}: {}", T::NAME, loss.name(), isa.name());
        }
    }
}

#[test]
fn every_path_and_number_of_threads_gives_the_same_bits() {
    same_bits::<f32>();
    same_bits::<f64>();
}

#[test]
fn wrong_losses_are_refused_by_name() {
    let refused = |loss: Value| {
        let tagged =
            json!({"units": [1, 1], "activation": "identity", "output": "identity", "loss": loss, "alpha": 0.0});
        serde_json::from_value::<ObjectiveConfig>(tagged).unwrap_err().to_string()
    };
    assert!(refused(json!({"name": "huber", "epsilon": -1.0})).contains("`epsilon` must be >= 0"));
    assert!(refused(json!({"name": "hinges"})).contains("hinges"));
    assert!(refused(json!("hinge")).contains("unknown variant `hinge`"));
    assert!(refused(json!(3)).contains("the name of a loss"));
    let mut softmax = linear(2, 3, "hinge", &json!({}));
    softmax.output = Output::Softmax;
    let error = softmax.validate().unwrap_err().to_string();
    assert_eq!(error, "`output` must be 'identity' for the losses of linear models, got \"softmax\"");
    let negative = MlpConfig { l1: -1.0, ..linear(2, 3, "hinge", &json!({})) };
    assert_eq!(negative.validate().unwrap_err().to_string(), "`l1` must be >= 0 and finite, got -1.0");
}
