//! Stages on one side only: a difference where the side has others of their kind, else not recorded.

use super::written::{Written, compared};

/// A step of a network with two modules.
fn step(trace: Written, number: u64, has_second: bool) -> Written {
    let trace = trace.call(number, "first", 1.0, 2.0);
    let trace = match has_second {
        true => trace.call(number, "second", 2.0, 2.0),
        false => trace,
    };
    trace
        .call(number, "", 1.0, 2.0)
        .stage(&format!("step{number}/loss/loss"), &[4.0])
}

fn state(trace: Written) -> Written {
    trace.stage("step1/optimizer/0.exp_avg", &[1.0, 2.0])
}

#[test]
fn a_module_that_one_side_lacks_is_a_difference_even_if_all_values_are_equal() {
    let [whole, lacking] = [true, false].map(|has| step(Written::default(), 1, has));
    let report = compared(&whole, &lacking);
    let line = "first difference: only A has `second`, input, step 1";
    assert_eq!(report.line(), line);
    let reason = "only A has it, F32 1, as 2 of all stages are on one side only; the 5 that both \
                  have are equal";
    assert_eq!(report.verdict.unwrap().reason, reason);
}

#[test]
fn a_kind_that_one_side_has_none_of_is_not_recorded_and_the_call_that_is_missing_is_named() {
    let plain = step(Written::default(), 1, true);
    let report = compared(&state(plain.clone()), &plain);
    let line = "not recorded: the optimizer's state, step 1, in B";
    assert_eq!(report.line(), line);
    let reason = "the 7 stages that both have are equal, 1 are on one side only; likely cause: \
                  recorder.optimizer is not called in B, or the recorder has no optimizer";
    assert_eq!(report.verdict.unwrap().reason, reason);
}

#[test]
fn a_step_that_one_side_has_nothing_of_is_not_recorded() {
    let one = step(Written::default(), 1, true);
    let report = compared(&one, &step(one.clone(), 2, true));
    assert_eq!(report.line(), "not recorded: step 2, in A");
    assert!(!report.is_equal());
}

#[test]
fn a_module_that_is_missing_comes_before_what_is_not_recorded() {
    let whole = state(step(Written::default(), 1, true));
    let report = compared(&whole, &step(Written::default(), 1, false));
    let line = "first difference: only A has `second`, input, step 1";
    assert_eq!(report.line(), line);
}
