//! The epoch loop: histories, stopping, schedules, validation, interruption, divergence, weights, and resuming.

use crate::common::{Problem, assert_close, config, fit, parameters, regression, resume, team, uniforms};
use serde_json::json;
use thalweg_core::Error;
use thalweg_core::data::Shuffle;
use thalweg_core::mlp::MlpConfig;
use thalweg_core::optimizers::registry as optimizers;
use thalweg_core::schedules::registry as schedules;
use thalweg_core::training::{Control, Decision, Event, Observer, Outcome, Progress, Report, Score, train};
use thalweg_kernels::random::Mt19937;

fn problem() -> Problem<f64> {
    Problem::random(21, 30, 4, "squared_error", 1, false)
}

fn start(units: &[usize]) -> Vec<f64> {
    uniforms(22, parameters(units), -0.5, 0.5)
}

const UNITS: [usize; 3] = [4, 6, 1];

fn shuffle() -> Shuffle {
    Shuffle::Mt19937(Box::new(Mt19937::from_seed(1)))
}

/// Keeps every event, and stops after some.
#[derive(Default)]
struct Recorder {
    events: Vec<Event>,
    stop_after: usize,
    polls: usize,
    orders: usize,
}

impl Observer for Recorder {
    fn epoch_order(&mut self, order: &mut [usize]) -> Control {
        self.orders += 1;
        order.iter_mut().enumerate().for_each(|(i, index)| *index = i);
        let mut generator = Mt19937::from_seed(self.orders as u32);
        generator.shuffle(order);
        if self.orders == self.stop_after { Control::Stop } else { Control::Continue }
    }

    fn poll(&mut self) -> Control {
        self.polls += 1;
        Control::Stop
    }

    fn epoch_finished(&mut self, event: &Event) -> Control {
        self.events.push(event.clone());
        if self.events.len() == self.stop_after { Control::Stop } else { Control::Continue }
    }
}

#[test]
fn every_epoch_is_told_and_remembered() {
    let (problem, mut recorder) = (problem(), Recorder::default());
    let config = regression(&UNITS);
    let report = resume(&problem.training_data(false), &start(&UNITS), &config, None, shuffle(), &mut recorder);
    let losses: Vec<f64> = recorder.events.iter().map(|event| event.loss).collect();
    assert_eq!(report.loss_curve, losses);
    assert_eq!(recorder.events.iter().map(|event| event.epoch).collect::<Vec<_>>(), [1, 2, 3, 4, 5]);
    assert!(recorder.events.iter().all(|event| event.decision == Decision::Continue && event.learning_rate == 0.01));
    assert!(recorder.events.iter().all(|event| event.validation_score.is_none() && event.validation_loss.is_none()));
    assert_eq!((report.epochs, report.outcome), (5, Outcome::MaxIter));
    assert_eq!(report.progress.samples_seen, 150);
    assert_eq!(report.state.step, 5 * 4);
    assert!(losses[4] < losses[0] && report.progress.best_loss == losses[4]);
    assert!(report.best_params.is_none() && report.validation_scores.is_empty());
}

#[test]
fn without_improvement_training_converges() {
    let config = MlpConfig { tol: 1e9, n_iter_no_change: Some(2), max_iter: 50, ..regression(&UNITS) };
    let report = fit(&problem().training_data(false), &start(&UNITS), &config, shuffle());
    // The first epoch beats infinity; then three in a row do not.
    assert_eq!((report.epochs, report.outcome), (4, Outcome::Converged));
    assert_eq!(report.progress.no_improvement_count, 3);
}

#[test]
fn the_adaptive_rate_falls_until_it_is_too_small() {
    let mut config = MlpConfig { tol: 1e9, n_iter_no_change: Some(1), max_iter: 50, ..regression(&UNITS) };
    config.schedule = serde_json::from_value(json!({"name": "adaptive"})).unwrap();
    config.solver = serde_json::from_value(json!({"name": "Adam", "lr": 1e-5})).unwrap();
    let mut recorder = Recorder::default();
    let report = resume(&problem().training_data(false), &start(&UNITS), &config, None, shuffle(), &mut recorder);
    let decisions: Vec<Decision> = recorder.events.iter().map(|event| event.decision).collect();
    let (on, reduced) = (Decision::Continue, Decision::RateReduced);
    assert_eq!(decisions, [on, on, reduced, on, reduced, on, Decision::RateTooSmall]);
    let rates: Vec<f64> = recorder.events.iter().map(|event| event.learning_rate).collect();
    let (second, third) = (1e-5 / 5.0, 1e-5 / 5.0 / 5.0);
    assert_eq!(rates, [1e-5, 1e-5, second, second, third, third, third]);
    assert_eq!((report.outcome, report.state.learning_rate), (Outcome::Converged, third));
}

#[test]
fn validation_keeps_the_best_parameters() {
    let problem = problem();
    let (train_rows, validation_rows): (Vec<i64>, Vec<i64>) = ((0..22).collect(), (22..30).collect());
    let mut data = problem.training_data(false);
    data.train_rows = Some(&train_rows);
    data.validation_rows = Some(&validation_rows);
    let mut config = MlpConfig { score: Some(Score::R2), max_iter: 12, ..regression(&UNITS) };
    config.solver = serde_json::from_value(json!({"name": "Adam", "lr": 0.3})).unwrap();
    let report = fit(&data, &start(&UNITS), &config, Shuffle::None);
    assert_eq!((report.validation_scores.len(), report.validation_losses.len()), (12, 12));
    let best = report.validation_scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let epoch = report.validation_scores.iter().position(|score| *score == best).unwrap();
    assert!(epoch < 11, "the best epoch is not the last here, or nothing is shown");
    assert_eq!(report.progress.best_score, best);
    let up_to_best = MlpConfig { max_iter: epoch + 1, ..config.clone() };
    let best_params = report.best_params.unwrap();
    assert_eq!(best_params, fit(&data, &start(&UNITS), &up_to_best, Shuffle::None).params);
    assert_ne!(best_params, report.params);
    let (kept, there) = (report.best.unwrap(), fit(&data, &start(&UNITS), &up_to_best, Shuffle::None));
    assert_eq!((kept.state, kept.progress), (there.state, there.progress), "all that led there comes with them");
    // r2 = 1 - 2 loss / variance, for one output without weights and without penalty.
    let y = &problem.y[22..];
    let mean = y.iter().sum::<f64>() / 8.0;
    let variance = y.iter().map(|y| (y - mean).powi(2)).sum::<f64>() / 8.0;
    let losses: Vec<f64> = report.validation_scores.iter().map(|score| (1.0 - score) * variance / 2.0).collect();
    assert_close(&report.validation_losses, &losses, 1e-12, "validation losses");
    config.progress.best_score = best;
    assert!(fit(&data, &start(&UNITS), &config, Shuffle::None).best_params.is_none(), "none is better than the best");
}

#[test]
fn the_observer_stops_training_between_steps() {
    let (problem, config) = (problem(), MlpConfig { max_iter: 1_000_000, ..regression(&UNITS) });
    let data = problem.training_data(false);
    let mut recorder = Recorder { stop_after: 3, ..Recorder::default() };
    let report = resume(&data, &start(&UNITS), &config, None, shuffle(), &mut recorder);
    assert_eq!((report.epochs, report.outcome), (3, Outcome::Interrupted));
    let three = MlpConfig { max_iter: 3, ..config.clone() };
    assert_eq!(report.params, fit(&data, &start(&UNITS), &three, shuffle()).params);
    // Now by a poll, somewhere in an epoch: exactly the finished steps are kept.
    let mut recorder = Recorder::default();
    let report = resume(&data, &start(&UNITS), &config, None, Shuffle::None, &mut recorder);
    assert_eq!((report.outcome, recorder.polls), (Outcome::Interrupted, 1));
    assert_eq!(report.epochs, recorder.events.len());
    assert_eq!(report.state.step / 4, report.epochs as u64);
    assert_eq!(report.progress.samples_seen, 30 * report.epochs as u64);
}

#[test]
fn an_interrupted_run_hands_out_its_average_and_keeps_what_moves() {
    let (problem, mut config) = (problem(), MlpConfig { max_iter: 1_000_000, ..regression(&UNITS) });
    config.solver =
        serde_json::from_value(json!({"name": "EMA", "optimizer": {"name": "Adam"}, "decay": 0.9})).unwrap();
    let data = problem.training_data(false);
    let mut recorder = Recorder { stop_after: 3, ..Recorder::default() };
    let report = resume(&data, &start(&UNITS), &config, None, shuffle(), &mut recorder);
    let three = MlpConfig { max_iter: 3, ..config.clone() };
    let whole = fit(&data, &start(&UNITS), &three, shuffle());
    assert_eq!((&report.params, &report.state), (&whole.params, &whole.state));
    // Those that move are Adam's own.
    let bare = MlpConfig { solver: serde_json::from_value(json!({"name": "Adam"})).unwrap(), ..three };
    assert_eq!(report.state.params, Some(fit(&data, &start(&UNITS), &bare, shuffle()).params));
    assert_ne!(report.state.params, Some(report.params));
    // Now by a poll, somewhere in an epoch: the average of the finished steps is in the first buffer.
    let report = resume(&data, &start(&UNITS), &config, None, Shuffle::None, &mut Recorder::default());
    assert_eq!((report.outcome, &report.params), (Outcome::Interrupted, &report.state.buffers[0]));
}

/// Takes longer over an epoch than helper threads are kept.
struct Slow;

impl Observer for Slow {
    fn epoch_finished(&mut self, _event: &Event) -> Control {
        std::thread::sleep(std::time::Duration::from_millis(60));
        Control::Continue
    }
}

#[test]
fn a_run_cut_into_slices_of_time_is_one_run() {
    let (problem, config) = (problem(), MlpConfig { max_iter: 3, ..regression(&UNITS) });
    let data = problem.training_data(false);
    let slow = resume(&data, &start(&UNITS), &config, None, shuffle(), &mut Slow);
    let quick = fit(&data, &start(&UNITS), &config, shuffle());
    assert_eq!((slow.epochs, slow.outcome), (3, Outcome::MaxIter));
    assert_eq!((slow.params, slow.loss_curve), (quick.params, quick.loss_curve));
}

#[test]
fn an_external_order_is_asked_for_each_epoch() {
    let (problem, config) = (problem(), regression(&UNITS));
    let data = problem.training_data(false);
    let mut recorder = Recorder::default();
    let report = resume(&data, &start(&UNITS), &config, None, Shuffle::External, &mut recorder);
    assert_eq!((recorder.orders, report.outcome), (5, Outcome::MaxIter));
    // One epoch is one shuffle of the rows in order, whoever does it.
    let one = MlpConfig { max_iter: 1, ..config.clone() };
    let external = resume(&data, &start(&UNITS), &one, None, Shuffle::External, &mut Recorder::default());
    assert_eq!(external.params, fit(&data, &start(&UNITS), &one, shuffle()).params);
    let mut recorder = Recorder { stop_after: 1, ..Recorder::default() };
    let report = resume(&data, &start(&UNITS), &config, None, Shuffle::External, &mut recorder);
    assert_eq!((report.epochs, report.outcome, report.params), (0, Outcome::Interrupted, start(&UNITS)));
}

fn diverging() -> MlpConfig {
    let mut config = MlpConfig { max_iter: 200, ..regression(&UNITS) };
    config.activation = thalweg_core::activations::Hidden::Identity;
    config.solver = serde_json::from_value(json!({"name": "SGD", "lr": 10.0})).unwrap();
    config
}

#[test]
fn divergence_ends_training_with_the_last_finite_parameters() {
    let problem = problem();
    let mut recorder = Recorder::default();
    let report = resume(&problem.training_data(false), &start(&UNITS), &diverging(), None, shuffle(), &mut recorder);
    assert_eq!(report.outcome, Outcome::Diverged);
    assert!(report.params.iter().all(|p| p.is_finite()));
    assert_eq!(recorder.events.last().unwrap().decision, Decision::Diverged);
    assert_eq!(report.loss_curve.len(), report.epochs);
    assert_eq!((report.state.step, report.state.learning_rate), (0, 10.0));
    let before = MlpConfig { max_iter: report.epochs - 1, ..diverging() };
    let finite = fit(&problem.training_data(false), &start(&UNITS), &before, shuffle());
    assert_eq!((finite.outcome, finite.params), (Outcome::MaxIter, report.params));
}

#[test]
fn divergence_shows_in_the_validation_score() {
    let problem = problem();
    let mut data = problem.training_data(false);
    data.validation_rows = Some(&[1, 2, 3, 4]);
    let config = MlpConfig { score: Some(Score::R2), ..diverging() };
    let report = fit(&data, &start(&UNITS), &config, shuffle());
    assert_eq!(report.outcome, Outcome::Diverged);
    assert!(report.validation_scores.last().unwrap().is_nan());
    assert!(report.best_params.unwrap().iter().all(|p| p.is_finite()));
    assert!(report.progress.best_score.is_finite());
}

#[test]
fn a_batch_without_weight_is_passed_over() {
    let problem = problem();
    let mut weights = vec![1.0; 30];
    weights[8..16].fill(0.0);
    let weighted = Problem::new(&problem.x, 4, &problem.y, 1, Some(&weights));
    let keep: Vec<i64> = (0..8).chain(16..30).collect();
    let mut kept = problem.training_data(false);
    kept.train_rows = Some(&keep);
    let config = regression(&UNITS);
    let report = fit(&weighted.training_data(false), &start(&UNITS), &config, Shuffle::None);
    let expected = fit(&kept, &start(&UNITS), &config, Shuffle::None);
    assert_eq!((report.params, report.state), (expected.params, expected.state));
    // scikit-learn's mean over the epoch counts all rows; those of the batch passed over have loss 0.
    let losses: Vec<f64> = expected.loss_curve.iter().map(|loss| loss * 22.0 / 30.0).collect();
    assert_close(&report.loss_curve, &losses, 1e-14, "losses");
}

#[test]
fn weights_of_one_change_nothing() {
    for (loss, output, outputs) in [("squared_error", "identity", 2), ("log_loss", "logistic", 1)] {
        let plain = Problem::<f32>::random(9, 25, 4, loss, outputs, false);
        let weighted = Problem::new(&plain.x, 4, &plain.y, outputs, Some(&[1.0; 25]));
        let units = [4, 5, outputs];
        let config = config(json!({
            "units": units, "activation": "relu", "output": output, "loss": loss, "alpha": 0.1, "batch_size": 6,
            "max_iter": 4, "tol": 0.0, "n_iter_no_change": 10, "score": null,
            "solver": {"name": "SGD", "lr": 0.1}, "schedule": {"name": "constant"},
        }));
        let start: Vec<f32> = uniforms(3, parameters(&units), -0.5, 0.5);
        let report = fit(&weighted.training_data(false), &start, &config, shuffle());
        let expected = fit(&plain.training_data(false), &start, &config, shuffle());
        assert_eq!((report.params, report.loss_curve), (expected.params, expected.loss_curve));
    }
}

#[test]
fn gathered_rows_learn_what_rows_in_place_do() {
    let problem = problem();
    let all: Vec<i64> = (0..30).collect();
    let mut gathered = problem.training_data(false);
    gathered.train_rows = Some(&all);
    let config = regression(&UNITS);
    let report = fit(&gathered, &start(&UNITS), &config, Shuffle::None);
    assert_eq!(report.params, fit(&problem.training_data(false), &start(&UNITS), &config, Shuffle::None).params);
}

#[test]
fn a_batch_of_several_blocks_is_one_step() {
    let problem = Problem::<f64>::random(2, 5000, 4, "squared_error", 1, true);
    let config = MlpConfig { batch_size: 10_000, ..regression(&UNITS) };
    for sparse in [false, true] {
        let report = fit(&problem.training_data(sparse), &start(&UNITS), &config, shuffle());
        assert_eq!(report.state.step, 5);
        let in_order = fit(&problem.training_data(sparse), &start(&UNITS), &config, Shuffle::None);
        assert_close(&report.params, &in_order.params, 1e-9, "the order within a full batch does not matter");
    }
}

#[test]
fn every_optimizer_and_schedule_goes_on_where_it_left_off() {
    let problem = problem();
    let data = problem.training_data(false);
    for (optimizer, schedule) in optimizers().iter().flat_map(|o| schedules().into_iter().map(move |s| (o, s))) {
        let mut config = MlpConfig { tol: 1e9, n_iter_no_change: Some(1), max_iter: 6, ..regression(&UNITS) };
        config.solver = serde_json::from_value(json!({"name": optimizer.name})).unwrap();
        config.schedule = serde_json::from_value(json!({"name": schedule.name})).unwrap();
        if config.validate().is_err() {
            // Some optimizers work on arrays alone, and some have no momentum for a schedule to move.
            continue;
        }
        if schedule.name != "adaptive" {
            config.n_iter_no_change = None;
        }
        let whole = fit(&data, &start(&UNITS), &config, Shuffle::None);
        let first = MlpConfig { max_iter: 2, ..config.clone() };
        let first = fit(&data, &start(&UNITS), &first, Shuffle::None);
        let second = MlpConfig { max_iter: 4, progress: first.progress, ..config };
        let second = resume(&data, &first.params, &second, Some(&first.state), Shuffle::None, &mut ());
        let what = format!("{} with {}", optimizer.name, schedule.name);
        assert_eq!(second.params, whole.params, "{what}");
        // As text, in which NaN equals itself: some of the rates are too high for some optimizers.
        let end = |report: &Report<f64>| format!("{:?} {:?}", report.progress, report.state);
        assert_eq!(end(&second), end(&whole), "{what}");
        let losses = [first.loss_curve, second.loss_curve].concat();
        assert_eq!(format!("{losses:?}"), format!("{:?}", whole.loss_curve), "{what}");
    }
}

#[test]
fn what_cannot_be_trained_is_refused_before_anything_runs() {
    let problem = problem();
    let data = problem.training_data(false);
    let refused = |config: MlpConfig| {
        let error = train(&team(), &data, &start(&UNITS), &config, None, Shuffle::None, &mut ()).unwrap_err();
        error.to_string()
    };
    let good = || regression(&UNITS);
    assert_eq!(refused(MlpConfig { batch_size: 0, ..good() }), "`batch_size` must be at least 1, got 0");
    assert_eq!(refused(MlpConfig { max_iter: 0, ..good() }), "`max_iter` must be at least 1, got 0");
    assert_eq!(refused(MlpConfig { tol: f64::NAN, ..good() }), "`tol` must be >= 0, got NaN");
    let patience = MlpConfig { n_iter_no_change: Some(0), ..good() };
    assert_eq!(refused(patience), "`n_iter_no_change` must be at least 1, got 0");
    let wrong_score = MlpConfig { score: Some(Score::Accuracy), ..good() };
    assert_eq!(
        refused(wrong_score),
        "`score` must be 'accuracy' for losses of classes, 'r2' for others, got \"accuracy\""
    );
    let short = refused(MlpConfig { units: vec![4, 1], ..good() });
    assert_eq!(short, "`params` must be of length 5, got 37");
    let mut held_back = data;
    held_back.validation_rows = Some(&[0, 30]);
    let error = train(&team(), &held_back, &start(&UNITS), &good(), None, Shuffle::None, &mut ()).unwrap_err();
    assert_eq!(error.to_string(), "`validation_rows` must be indices in [0, 30), got 30");
    held_back.validation_rows = Some(&[0]);
    let error = train(&team(), &held_back, &start(&UNITS), &good(), None, Shuffle::None, &mut ()).unwrap_err();
    assert_eq!(error.to_string(), "`score` must be 'accuracy' or 'r2' with rows to validate on, got none");
}

#[test]
fn configurations_are_parsed_strictly() {
    let parse = |key: &str, value: serde_json::Value| {
        let mut object = json!({
            "units": [4, 6, 1], "activation": "tanh", "output": "identity", "loss": "squared_error", "alpha": 0.0,
            "batch_size": 8, "max_iter": 5, "tol": 0.0, "n_iter_no_change": null, "solver": {"name": "SGD"},
            "schedule": {"name": "constant"}, "score": null,
        });
        object[key] = value;
        serde_json::from_value::<MlpConfig>(object).map_err(|error| error.to_string())
    };
    assert_eq!(parse("alpha", json!(0.0)).unwrap().progress, Progress::default());
    assert!(parse("alhpa", json!(1.0)).unwrap_err().contains("unknown field `alhpa`"));
    assert!(
        parse("activation", json!("elu")).unwrap_err().contains("unknown variant `elu`, expected one of `identity`")
    );
    let schedule = parse("schedule", json!({"name": "adaptive", "power_t": 0.5}));
    assert!(schedule.unwrap_err().contains("unknown field `power_t`"));
}

#[test]
fn absurd_sizes_are_errors_and_no_aborts() {
    let problem = problem();
    for units in [vec![4, 1 << 62, 1], vec![4, 1 << 40, 1 << 40, 1], vec![4, usize::MAX, 1]] {
        let config = MlpConfig { units, ..regression(&UNITS) };
        let result = train(&team(), &problem.training_data(false), &[], &config, None, Shuffle::None, &mut ());
        assert!(matches!(result, Err(Error::OutOfMemory { .. })), "{result:?}");
    }
}
