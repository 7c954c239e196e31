use tch::Tensor;
use torch_twin::compare::compare;

/// Fails with the first difference of the first tensor that differs.
#[track_caller]
pub fn assert_identical(name: &str, expected: &Tensor, actual: &Tensor) {
    let comparison = compare(name, expected, actual).expect("tensors of known types");
    assert!(comparison.identical(), "{comparison}");
}
