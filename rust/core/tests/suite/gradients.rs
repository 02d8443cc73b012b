//! The objective's value against formulas written out plainly, its gradient against finite differences: every loss with
//! its output, every hidden activation, one and several outputs, no to three hidden layers, dense and sparse, with and
//! without weights.

use crate::common::{Problem, assert_close, parameters, team, uniforms};
use thalweg_core::activations::{Hidden, Output};
use thalweg_core::losses::Loss;
use thalweg_core::mlp::{LossName, ObjectiveConfig};
use thalweg_core::objective::Objective;

const SAMPLES: usize = 7;
const FEATURES: usize = 4;

fn names(loss: &LossName) -> &'static str {
    match loss {
        LossName::SquaredError => "squared_error",
        LossName::Poisson => "poisson",
        LossName::LogLoss => "log_loss",
        LossName::Linear(loss) => loss.name(),
    }
}

fn evaluate(config: &ObjectiveConfig, problem: &Problem<f64>, sparse: bool, params: &[f64]) -> (f64, Vec<f64>) {
    let data = problem.dataset(sparse);
    let mut objective = Objective::new(config, &data).unwrap();
    let mut gradient = vec![f64::NAN; objective.len()];
    let loss = objective.evaluate(&team(), &data, params, &mut gradient).unwrap();
    (loss, gradient)
}

fn activate(kind: Hidden, z: f64) -> f64 {
    match kind {
        Hidden::Identity => z,
        Hidden::Logistic => 1.0 / (1.0 + (-z).exp()),
        Hidden::Tanh => z.tanh(),
        Hidden::Relu => z.max(0.0),
    }
}

/// One row through the network, in the plainest way. `params`: all weights, then all biases.
fn predict(config: &ObjectiveConfig, params: &[f64], row: &[f64]) -> Vec<f64> {
    let (mut weights, biases) = params.split_at(config.units.windows(2).map(|pair| pair[0] * pair[1]).sum());
    let (mut signal, mut bias_at) = (row.to_vec(), 0);
    for (layer, pair) in config.units.windows(2).enumerate() {
        let sum = |j: usize| -> f64 { (0..pair[0]).map(|i| signal[i] * weights[i * pair[1] + j]).sum() };
        signal = (0..pair[1]).map(|j| sum(j) + biases[bias_at + j]).collect();
        if layer + 2 < config.units.len() {
            signal.iter_mut().for_each(|z| *z = activate(config.activation, *z));
        }
        weights = &weights[pair[0] * pair[1]..];
        bias_at += pair[1];
    }
    match config.output {
        Output::Identity => signal,
        Output::Logistic => signal.iter().map(|z| 1.0 / (1.0 + (-z).exp())).collect(),
        Output::Exp => signal.iter().map(|z| z.exp()).collect(),
        Output::Softmax => {
            let total: f64 = signal.iter().map(|z| z.exp()).sum();
            signal.iter().map(|z| z.exp() / total).collect()
        }
    }
}

fn term(loss: &Loss, y: f64, o: f64) -> f64 {
    let xlogy = |x: f64, y: f64| if x == 0.0 { 0.0 } else { x * y.ln() };
    match loss {
        Loss::SquaredError => 0.5 * (y - o).powi(2),
        Loss::Poisson => xlogy(y, y / o) - y + o,
        Loss::BinaryLogLoss => -xlogy(y, o) - xlogy(1.0 - y, 1.0 - o),
        Loss::CategoricalLogLoss => -xlogy(y, o),
        Loss::Linear(loss) => thalweg_core::linear::losses::Loss::value(loss, y, o),
    }
}

fn plain_value(config: &ObjectiveConfig, loss: &Loss, problem: &Problem<f64>, params: &[f64]) -> f64 {
    let (mut total, mut weight_sum) = (0.0, 0.0);
    for i in 0..problem.samples {
        let weight = problem.weights.as_ref().map_or(1.0, |weights| weights[i]);
        let output = predict(config, params, &problem.x[i * problem.features..][..problem.features]);
        let y = &problem.y[i * problem.outputs..][..problem.outputs];
        total += weight * y.iter().zip(&output).map(|(y, o)| term(loss, *y, *o)).sum::<f64>();
        weight_sum += weight;
    }
    let mean = if *loss == Loss::SquaredError { problem.outputs as f64 } else { 1.0 };
    let weights = config.units.windows(2).map(|pair| pair[0] * pair[1]).sum();
    let penalty: f64 = params[..weights].iter().map(|w| w * w).sum();
    total / weight_sum / mean + 0.5 * config.alpha * penalty / weight_sum
}

fn difference(config: &ObjectiveConfig, problem: &Problem<f64>, sparse: bool, params: &[f64], i: usize) -> f64 {
    const STEP: f64 = 1e-5;
    let at = |offset: f64| {
        let mut moved = params.to_vec();
        moved[i] += offset;
        evaluate(config, problem, sparse, &moved).0
    };
    (at(STEP) - at(-STEP)) / (2.0 * STEP)
}

fn check(config: &ObjectiveConfig, loss: &Loss, problem: &Problem<f64>, sparse: bool) {
    let weighted = problem.weights.is_some();
    let what = format!("{config:?}, sparse: {sparse}, weighted: {weighted}");
    let params: Vec<f64> = uniforms(11, parameters(&config.units), -0.8, 0.8);
    let (value, gradient) = evaluate(config, problem, sparse, &params);
    assert_close(&[value], &[plain_value(config, loss, problem, &params)], 1e-13, &what);
    let slopes: Vec<f64> = (0..params.len()).map(|i| difference(config, problem, sparse, &params, i)).collect();
    assert_close(&gradient, &slopes, 1e-8, &what);
}

#[test]
fn every_gradient_is_the_slope_of_its_value() {
    for (name, output, loss) in LossName::PAIRS {
        let outputs = if output == Output::Softmax { [3, 4] } else { [1, 2] };
        for ((_, activation), outputs) in Hidden::ALL.into_iter().flat_map(|hidden| outputs.map(|o| (hidden, o))) {
            for hidden in [&[][..], &[5], &[3, 1], &[4, 3, 2]] {
                let units = [&[FEATURES], hidden, &[outputs]].concat();
                let config = ObjectiveConfig { units, activation, output, loss: name.clone(), alpha: 0.3 };
                for (sparse, weighted) in [(false, false), (false, true), (true, false), (true, true)] {
                    let problem = Problem::random(5, SAMPLES, FEATURES, names(&name), outputs, weighted);
                    check(&config, &loss, &problem, sparse);
                }
            }
        }
    }
}

fn config(units: &[usize], loss: LossName, output: Output) -> ObjectiveConfig {
    ObjectiveConfig { units: units.to_vec(), activation: Hidden::Tanh, output, loss, alpha: 0.0 }
}

#[test]
fn rows_in_blocks_add_up() {
    let problem = Problem::<f64>::random(3, 4500, 3, "squared_error", 2, true);
    let config = config(&[3, 4, 2], LossName::SquaredError, Output::Identity);
    let params: Vec<f64> = uniforms(4, parameters(&config.units), -0.8, 0.8);
    for sparse in [false, true] {
        let (whole, gradient) = evaluate(&config, &problem, sparse, &params);
        let weights = problem.weights.as_ref().unwrap();
        let total: f64 = weights.iter().sum();
        let (mut value, mut slopes) = (0.0, vec![0.0; params.len()]);
        for part in [0..1000, 1000..4500] {
            let (x, y) = (&problem.x[part.start * 3..part.end * 3], &problem.y[part.start * 2..part.end * 2]);
            let weights = &weights[part];
            let share = weights.iter().sum::<f64>() / total;
            let (loss, gradient) = evaluate(&config, &Problem::new(x, 3, y, 2, Some(weights)), sparse, &params);
            value += share * loss;
            slopes.iter_mut().zip(gradient).for_each(|(sum, slope)| *sum += share * slope);
        }
        assert_close(&[whole], &[value], 1e-12, "value");
        assert_close(&gradient, &slopes, 1e-12, "gradient");
    }
}

#[test]
fn a_weight_of_two_is_a_row_given_twice() {
    let once = Problem::<f64>::random(8, 6, 3, "log_loss", 3, false);
    let (x, y) = ([&once.x[..], &once.x[..3]].concat(), [&once.y[..], &once.y[..3]].concat());
    let twice = Problem::new(&x, 3, &y, 3, None);
    let weighted = Problem::new(&once.x, 3, &once.y, 3, Some(&[2.0, 1.0, 1.0, 1.0, 1.0, 1.0]));
    let config = config(&[3, 4, 3], LossName::LogLoss, Output::Softmax);
    let params: Vec<f64> = uniforms(4, parameters(&config.units), -0.8, 0.8);
    let (value, gradient) = evaluate(&config, &twice, false, &params);
    let (weighted_value, weighted_gradient) = evaluate(&config, &weighted, false, &params);
    assert_close(&[weighted_value], &[value], 1e-14, "value");
    assert_close(&weighted_gradient, &gradient, 1e-14, "gradient");
}

#[test]
fn sure_mistakes_cost_what_the_clipping_allows() {
    let problem = Problem::new(&[1.0, 1.0], 1, &[0.0, 1.0], 1, None);
    let binary = config(&[1, 1], LossName::LogLoss, Output::Logistic);
    let (value, gradient) = evaluate(&binary, &problem, false, &[0.0, 1000.0]);
    // Half the rows cost -log(epsilon), the others -log(1 - epsilon).
    assert_close(&[value], &[-0.5 * f64::EPSILON.ln()], 1e-12, "value");
    assert_close(&gradient, &[0.5, 0.5], 1e-15, "gradient");
}

#[test]
fn mistakes_of_the_caller_are_errors() {
    let problem = Problem::<f64>::random(8, 6, 3, "log_loss", 3, false);
    let data = problem.dataset(false);
    let refused = |config: ObjectiveConfig| Objective::new(&config, &data).unwrap_err().to_string();
    let softmax = || config(&[3, 4, 3], LossName::LogLoss, Output::Softmax);
    let mut objective = Objective::new(&softmax(), &data).unwrap();
    let count = objective.len();
    let short = objective.evaluate(&team(), &data, &[0.0], &mut vec![0.0; count]).unwrap_err();
    assert_eq!(short.to_string(), "`params` must be of length 31, got 1");
    let short = objective.evaluate(&team(), &data, &vec![0.0; count], &mut [0.0]).unwrap_err();
    assert_eq!(short.to_string(), "`gradient` must be of length 31, got 1");
    let wrong = config(&[3, 4, 3], LossName::SquaredError, Output::Softmax);
    assert_eq!(refused(wrong), "`output` must be one of [\"identity\"] for this loss, got \"softmax\"");
    let single = config(&[3, 1], LossName::LogLoss, Output::Softmax);
    assert_eq!(refused(single), "`output` must be 'logistic' where there is one output, got \"softmax\"");
    assert_eq!(refused(ObjectiveConfig { alpha: -1.0, ..softmax() }), "`alpha` must be >= 0 and finite, got -1.0");
    let narrow = ObjectiveConfig { units: vec![2, 3], ..softmax() };
    assert_eq!(refused(narrow), "`X` must be of 2 columns, got 3");
    let empty = ObjectiveConfig { units: vec![3, 0, 3], ..softmax() };
    assert_eq!(refused(empty), "`units` must be positive, got [3, 0, 3]");
    let zero = Problem::new(&problem.x, 3, &problem.y, 3, Some(&[0.0; 6]));
    let error = Objective::new(&softmax(), &zero.dataset(false)).unwrap_err();
    assert!(error.to_string().starts_with("`sample_weight` must be positive for at least one of the rows"));
}
