//! Weights that change within a step: a GAN with two optimizers.

use crate::programs::{assert_first, changed};

const D_OPTIMIZER: &str = "lr=0.02, betas=(0.5, 0.999), eps=1e-8";

#[test]
fn a_gan_is_equal_to_itself() {
    let report = changed("gan.py", &[]);
    let line = "no difference: 242 stages are equal, bit by bit";
    assert_eq!(report.line(), line, "{:?}", report.verdict);
}

#[test]
fn the_optimizer_of_one_network_is_judged_before_the_network_is_called_again() {
    let first = "`D.0.exp_avg`, optimizer state, step 1";
    assert_first("gan.py", D_OPTIMIZER, "lr=0.02", first);
    let first = "`G.0.exp_avg`, optimizer state, step 1";
    assert_first("gan.py", "lr=0.01, betas=(0.5, 0.999)", "lr=0.01", first);
}

#[test]
fn a_learning_rate_is_named() {
    let first = "the learning rate of `D`, step 1";
    let reason = assert_first("gan.py", "lr=0.02", "lr=0.03", first);
    assert!(reason.contains("it is 0.03 in A and 0.02 in B"), "{reason}");
    let first = "the learning rate of `G`, step 1";
    assert_first("gan.py", "lr=0.01", "lr=0.03", first);
}

#[test]
fn an_update_within_the_step_is_no_fault_of_the_forward_that_follows() {
    for (old, new) in [
        ("eps=1e-8", "eps=1e-3"),
        ("clamp_(-0.3, 0.3)", "clamp_(-0.2, 0.2)"),
    ] {
        let first = "`D.0.weight`, optimizer update, step 1";
        let reason = assert_first("gan.py", old, new, first);
        let why = "the weights of `D.0` were changed within the step, before its call 3; ";
        assert!(reason.starts_with(why), "{reason}");
    }
}

#[test]
fn a_forward_in_the_second_part_of_a_step_is_still_seen() {
    let (old, new) = ("criterion(D(fake), ones)", "criterion(D(2 * fake), ones)");
    assert_first("gan.py", old, new, "the data, step 1: input 0 of `D`");
    let (old, new) = ("criterion(D(fake), ones)", "criterion(D(fake), zeros)");
    assert_first("gan.py", old, new, "the loss `G.loss`, step 1");
}

#[test]
fn an_average_of_the_weights_is_judged_after_the_optimizers() {
    let first = "`ema.0.weight`, weights of step 1";
    assert_first(
        "gan.py",
        "lerp_(parameter, 0.1)",
        "lerp_(parameter, 0.2)",
        first,
    );
}
