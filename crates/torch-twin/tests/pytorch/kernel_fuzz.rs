//! Convolution and pooling against libtorch's operators, bit by bit, in random cases: shapes, memory
//! layouts, values, threads, what requires a gradient, gradients of gradients.
//!
//! `make test` compares 550 cases; `make fuzz` multiplies that by `LENET5_FUZZ`. A case is determined by
//! its number: `LENET5_FUZZ_CASE=NUMBER cargo test … --test pytorch kernel_fuzz::NAME` runs only that one.

mod case;
mod dice;
mod layout;
mod operator;
mod outcome;
mod values;

use std::env;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use case::Case;
use dice::Dice;
use operator::Operator;

#[test]
fn convolutions_have_libtorchs_bits() {
    fuzz("convolutions", 350, Operator::convolution);
}

#[test]
fn poolings_have_libtorchs_bits() {
    fuzz("poolings", 200, Operator::pooling);
}

/// The number of threads, which each case sets, holds for the whole process: one test at a time has it.
static THREADS: Mutex<()> = Mutex::new(());

/// Compares `count` cases, or `LENET5_FUZZ` times as many; fails with the first five that differ.
fn fuzz(name: &str, count: u64, operator: fn(&mut Dice) -> Operator) {
    let _one_at_a_time = THREADS.lock().unwrap_or_else(PoisonError::into_inner);
    let variable = |name: &str| Some(env::var(name).ok()?.parse::<u64>().expect("a number"));
    let cases = match variable("LENET5_FUZZ_CASE") {
        Some(number) => number..number + 1,
        None => 0..count * variable("LENET5_FUZZ").unwrap_or(1),
    };
    let (start, compared) = (Instant::now(), cases.end - cases.start);
    let differing: Vec<String> = cases
        .filter_map(|number| {
            let mut dice = Dice::new(number);
            let operator = operator(&mut dice);
            let case = Case::new(operator, &mut dice);
            let difference = case.difference()?;
            Some(format!("case {number}, {case}: {difference}"))
        })
        .take(5)
        .collect();
    tch::set_num_threads(2);
    println!(
        "{compared} {name} in {:.0} s",
        start.elapsed().as_secs_f64()
    );
    assert!(differing.is_empty(), "{}", differing.join("\n"));
}
