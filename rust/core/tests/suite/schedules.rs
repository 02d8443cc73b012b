//! Schedules: values by hand, the recursive form against the closed one, bad input, and what training makes of them.

use crate::common::{Problem, fit, parameters, regression, resume, uniforms};
use serde_json::{Value, json};
use thalweg_core::data::Shuffle;
use thalweg_core::mlp::MlpConfig;
use thalweg_core::schedules::{Per, ScheduleConfig, registry};
use thalweg_core::training::{Control, Event, Observer, Report};

fn schedule(value: Value) -> ScheduleConfig {
    serde_json::from_value(value).unwrap()
}

fn rates(value: Value, times: u64, base: f64) -> Vec<f64> {
    schedule(value).rates(&(0..times).collect::<Vec<_>>(), base).unwrap()
}

fn assert_near(actual: &[f64], expected: &[f64]) {
    assert_eq!(actual.len(), expected.len());
    for (t, (actual, expected)) in actual.iter().zip(expected).enumerate() {
        assert!((actual - expected).abs() <= 1e-14, "t = {t}: {actual}, expected {expected}");
    }
}

#[test]
fn values_by_hand() {
    let step = rates(json!({"name": "StepLR", "step_size": 2, "gamma": 0.5}), 5, 0.8);
    assert_near(&step, &[0.8, 0.8, 0.4, 0.4, 0.2]);
    let multi = rates(json!({"name": "MultiStepLR", "milestones": [3, 1, 3], "gamma": 0.5}), 5, 0.8);
    assert_near(&multi, &[0.8, 0.4, 0.4, 0.1, 0.1]);
    let linear = rates(json!({"name": "LinearLR", "start_factor": 0.5, "total_iters": 2}), 4, 0.8);
    assert_near(&linear, &[0.4, 0.6, 0.8, 0.8]);
    let cosine = rates(json!({"name": "CosineAnnealingLR", "T_max": 2}), 6, 0.8);
    assert_near(&cosine, &[0.8, 0.4, 0.0, 0.4, 0.8, 0.4]);
    let restarts = rates(json!({"name": "CosineAnnealingWarmRestarts", "T_0": 1, "T_mult": 2}), 8, 0.8);
    let quarter = 0.4 * (1.0 + 0.5_f64.sqrt());
    assert_near(&restarts, &[0.8, 0.8, 0.4, 0.8, quarter, 0.4, 0.8 - quarter, 0.8]);
    let rex = rates(json!({"name": "REX", "total_steps": 2}), 4, 0.9);
    assert_near(&rex, &[0.9, 0.6, 0.0, 0.0]);
    let wsd = json!({"name": "WarmupStableDecay", "warmup_steps": 2, "stable_steps": 1, "decay_steps": 4});
    assert_near(
        &rates(wsd, 9, 0.8),
        &[0.4, 0.8, 0.8, 0.8, 0.4, 0.8 - 0.8 * 0.5_f64.sqrt(), 0.8 - 0.8 * 0.75_f64.sqrt(), 0.0, 0.0],
    );
    let lambda = rates(json!({"name": "LambdaLR", "factors": [1.0, 0.5, 0.25]}), 5, 0.8);
    assert_near(&lambda, &[0.8, 0.4, 0.2, 0.2, 0.2]);
    let multiplicative = rates(json!({"name": "MultiplicativeLR", "factors": [9.0, 0.5, 0.25]}), 5, 0.8);
    assert_near(&multiplicative, &[0.8, 0.4, 0.1, 0.1, 0.1]);
    let optimal = rates(json!({"name": "optimal", "alpha": 1e-4}), 2, 9.0);
    assert_near(&optimal, &[10.0, 1.0 / (1e-4 * 1001.0)]);
}

#[test]
fn a_sequence_restarts_each_member_from_the_base_rate() {
    let members =
        json!([{"name": "LinearLR", "start_factor": 0.5, "total_iters": 2}, {"name": "ExponentialLR", "gamma": 0.5}]);
    let sequence = json!({"name": "SequentialLR", "schedulers": members, "milestones": [3]});
    assert_near(&rates(sequence, 6, 0.8), &[0.4, 0.6, 0.8, 0.8, 0.4, 0.2]);
}

#[test]
fn a_chain_multiplies() {
    let members =
        json!([{"name": "ConstantLR", "factor": 0.1, "total_iters": 2}, {"name": "ExponentialLR", "gamma": 0.5}]);
    let chain = json!({"name": "ChainedScheduler", "schedulers": members});
    assert_near(&rates(chain, 4, 0.8), &[0.08, 0.04, 0.2, 0.1]);
}

#[test]
fn a_chain_of_one_is_its_closed_form() {
    for member in registry() {
        let own = schedule(json!({"name": member.name}));
        if !own.rule().follows_time() {
            continue;
        }
        let times: Vec<u64> = (0..=own.rule().end().unwrap_or(130).min(130)).collect();
        let expected = own.rates(&times, 0.7).unwrap();
        let chain =
            rates(json!({"name": "ChainedScheduler", "schedulers": [{"name": member.name}]}), times.len() as u64, 0.7);
        for (t, (actual, expected)) in chain.iter().zip(&expected).enumerate() {
            let error = (actual - expected).abs();
            assert!(error <= 1e-13, "{} at {t}: {actual}, expected {expected}", member.name);
        }
    }
}

#[test]
fn a_time_by_itself_and_in_a_run_are_the_same() {
    for member in registry() {
        let own = schedule(json!({"name": member.name}));
        if !own.rule().follows_time() {
            assert!(own.rates(&[0], 0.7).is_err(), "{}", member.name);
            continue;
        }
        let times: Vec<u64> = (0..=100).collect();
        let run = own.rates(&times, 0.7).unwrap();
        let single: Vec<f64> = times.iter().map(|t| own.rates(&[*t], 0.7).unwrap()[0]).collect();
        assert_eq!(run, single, "{}", member.name);
        assert!(run.iter().all(|rate| *rate >= 0.0 && rate.is_finite()), "{}", member.name);
        assert_eq!(own.momenta(&times).unwrap().is_some(), own.rule().moves_momentum(), "{}", member.name);
    }
}

#[test]
fn bad_values_are_named() {
    let refused = |value: Value| schedule(value).rule().validate().unwrap_err().to_string();
    assert_eq!(refused(json!({"name": "StepLR", "step_size": 0})), "`step_size` must be at least 1, got 0");
    assert_eq!(refused(json!({"name": "StepLR", "gamma": -0.5})), "`gamma` must be >= 0 and finite, got -0.5");
    let mixed = json!([{"name": "StepLR"}, {"name": "REX"}]);
    assert_eq!(
        refused(json!({"name": "SequentialLR", "schedulers": mixed, "milestones": [3]})),
        "`schedulers[1].per` must be that of the other schedulers, unless `per` is given for all, got \"step\""
    );
    let sequence = json!({"name": "SequentialLR", "schedulers": mixed, "milestones": [3], "per": "step"});
    assert_eq!(schedule(sequence.clone()).rule().per(), Some(Per::Step));
    schedule(sequence).rule().validate().unwrap();
    assert_eq!(
        refused(json!({"name": "ChainedScheduler", "schedulers": [{"name": "ReduceLROnPlateau"}]})),
        "`schedulers[0]` must be a function of the step, got \"ReduceLROnPlateau\""
    );
    assert_eq!(
        refused(json!({"name": "CosineDecay", "warmup_steps": 3})),
        "`warmup_steps` must be 0 without `warmup_target`, got 3"
    );
    let late = schedule(json!({"name": "OneCycleLR", "total_steps": 30})).rates(&[30, 31], 0.1).unwrap_err();
    assert_eq!(late.to_string(), "`t` must be at most total_steps = 30, got 31");
    let rate = schedule(json!({"name": "constant"})).rates(&[0], f64::NAN).unwrap_err();
    assert_eq!(rate.to_string(), "`lr` must be >= 0 and finite, got NaN");
}

// ---- In training -------------------------------------------------------------------------------

const UNITS: [usize; 3] = [4, 6, 1];

#[derive(Default)]
struct Rates(Vec<f64>);

impl Observer for Rates {
    fn epoch_finished(&mut self, event: &Event) -> Control {
        self.0.push(event.learning_rate);
        Control::Continue
    }
}

fn problem() -> Problem<f64> {
    Problem::random(21, 30, 4, "squared_error", 1, false)
}

fn start() -> Vec<f64> {
    uniforms(22, parameters(&UNITS), -0.5, 0.5)
}

fn run(config: &MlpConfig) -> (Report<f64>, Vec<f64>) {
    let (problem, mut seen) = (problem(), Rates::default());
    let report = resume(&problem.training_data(false), &start(), config, None, Shuffle::None, &mut seen);
    (report, seen.0)
}

fn with(solver: Value, schedule_of: Value) -> MlpConfig {
    let solver = serde_json::from_value(solver).unwrap();
    MlpConfig { solver, schedule: schedule(schedule_of), ..regression(&UNITS) }
}

#[test]
fn rates_are_set_per_epoch_and_per_step() {
    let sgd = json!({"name": "SGD", "lr": 0.01});
    let (_, seen) = run(&with(sgd.clone(), json!({"name": "StepLR", "step_size": 2, "gamma": 0.5})));
    assert_near(&seen, &[0.01, 0.005, 0.005, 0.0025, 0.0025]);
    // 30 rows in batches of 8 are 4 steps.
    let (_, seen) = run(&with(sgd, json!({"name": "ExponentialLR", "gamma": 0.5, "per": "step"})));
    let expected: Vec<f64> = (1..=5).map(|epoch| 0.01 * f64::powi(0.5, 4 * epoch)).collect();
    assert_near(&seen, &expected);
}

#[test]
fn a_run_with_a_schedule_is_a_run_of_single_epochs_with_its_rates() {
    let table = json!({"name": "LambdaLR", "factors": [0.3, 1.0, 0.7, 0.2, 0.9]});
    let (whole, _) = run(&with(json!({"name": "SGD", "lr": 0.05}), table));
    let (problem, mut params) = (problem(), start());
    for factor in [0.3, 1.0, 0.7, 0.2, 0.9] {
        let solver = json!({"name": "SGD", "lr": 0.05 * factor});
        let one = MlpConfig { max_iter: 1, ..with(solver, json!({"name": "constant"})) };
        params = fit(&problem.training_data(false), &params, &one, Shuffle::None).params;
    }
    assert_eq!(whole.params, params);
}

#[test]
fn the_first_step_has_the_schedule_s_rate() {
    let frozen = json!({"name": "PolynomialDecay", "initial_learning_rate": 0.0, "end_learning_rate": 0.0});
    let (report, _) = run(&with(json!({"name": "SGD", "lr": 0.05}), frozen));
    assert_eq!(report.params, start());
}

#[test]
fn momentum_is_cycled() {
    let cycle = |base: f64, max: f64| {
        json!({"name": "CyclicLR", "base_lr": 0.01, "max_lr": 0.01, "step_size_up": 3, "base_momentum": base,
            "max_momentum": max})
    };
    for solver in [json!({"name": "SGD", "lr": 0.01}), json!({"name": "Adam", "lr": 0.01})] {
        let field = if solver["name"] == "SGD" { "momentum" } else { "betas" };
        let mut fixed = solver.clone();
        fixed[field] = if field == "betas" { json!([0.6, 0.999]) } else { json!(0.6) };
        let (expected, _) = run(&with(fixed, json!({"name": "constant"})));
        let (steady, _) = run(&with(solver.clone(), cycle(0.6, 0.6)));
        assert_eq!(steady.params, expected.params, "{solver}");
        let (moving, _) = run(&with(solver.clone(), cycle(0.2, 0.9)));
        assert_ne!(moving.params, expected.params, "{solver}");
    }
    // A momentum of 0 within a cycle, and before one, is as good as none.
    let sequence = json!({"name": "SequentialLR", "per": "step", "milestones": [7],
        "schedulers": [{"name": "constant"}, cycle(0.0, 0.0)]});
    let (plain, _) = run(&with(json!({"name": "SGD", "lr": 0.01}), json!({"name": "constant"})));
    assert_eq!(run(&with(json!({"name": "SGD", "lr": 0.01}), sequence)).0.params, plain.params);
}

#[test]
fn a_plateau_of_the_loss_reduces_the_rate() {
    let watch = json!({"name": "ReduceLROnPlateau", "patience": 1, "threshold": 0.9, "factor": 0.5});
    let (report, seen) = run(&with(json!({"name": "SGD", "lr": 0.01}), watch.clone()));
    assert_eq!(seen, [0.01, 0.01, 0.005, 0.005, 0.0025]);
    assert_eq!(report.progress.plateau.best, Some(report.loss_curve[0]));
    let mut upwards = watch;
    upwards["mode"] = json!("max");
    let error = with(json!({"name": "SGD"}), upwards).validate().unwrap_err();
    assert_eq!(error.to_string(), "`mode` must be 'min', for it is a loss that is watched, got \"max\"");
}

#[test]
fn a_plateau_of_the_validation_loss_comes_first() {
    let problem = problem();
    let mut data = problem.training_data(false);
    data.validation_rows = Some(&[1, 2, 3, 4]);
    let mut config = with(json!({"name": "SGD", "lr": 0.01}), json!({"name": "ReduceLROnPlateau"}));
    config.score = Some(thalweg_core::training::Score::R2);
    let report = fit(&data, &start(), &config, Shuffle::None);
    let best = report.validation_losses.iter().copied().fold(f64::INFINITY, f64::min);
    assert_eq!(report.progress.plateau.best, Some(best));
}
