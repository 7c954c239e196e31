//! Every public function is called with bad arguments: none may panic, abort or crash. One that is not called here
//! fails the test as well.

mod api;
mod attempt;
mod files;
mod layers;
mod modules;
mod random;
mod stack_trace;
mod tensors;
mod training;
mod values;

use std::collections::BTreeSet;

use attempt::{Case, panics};

fn cases() -> impl Iterator<Item = &'static Case> {
    let areas = [
        files::CASES,
        layers::CASES,
        modules::CASES,
        random::CASES,
        tensors::CASES,
        training::CASES,
    ];
    areas.into_iter().flatten()
}

#[test]
fn no_function_panics_whatever_it_is_called_with() {
    tch::set_num_threads(1);
    let found = panics(
        "bad_arguments::no_function_panics_whatever_it_is_called_with",
        cases(),
    );
    assert!(
        found.is_empty(),
        "{} calls failed:\n{}",
        found.len(),
        found.join("\n")
    );
}

#[test]
fn every_public_function_is_called() {
    let called: BTreeSet<String> = cases()
        .flat_map(|(functions, _)| functions.split_whitespace())
        .map(str::to_owned)
        .collect();
    let public = api::public_functions();
    let missing: Vec<_> = public.difference(&called).collect();
    let unknown: Vec<_> = called.difference(&public).collect();
    assert!(
        missing.is_empty(),
        "public, and not called here: {missing:?}"
    );
    assert!(
        unknown.is_empty(),
        "called here, and not public: {unknown:?}"
    );
}
