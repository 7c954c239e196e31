//! What one side computed, and where it differs from the other.

use tch::Tensor;
use torch_twin::compare::compare;

#[derive(Default)]
pub struct Outcome(Vec<(String, Tensor)>);

impl Outcome {
    pub fn keep(&mut self, name: &str, tensor: &Tensor) {
        self.0.push((name.to_owned(), tensor.shallow_clone()));
    }

    pub fn keep_all(&mut self, name: &str, tensors: &[Tensor]) {
        for (index, tensor) in tensors.iter().enumerate() {
            self.keep(&format!("{name} {index}"), tensor);
        }
    }
}

/// The first difference of two outcomes.
pub fn difference(expected: &Outcome, actual: &Outcome) -> Option<String> {
    let pairs = expected.0.iter().zip(&actual.0);
    pairs
        .filter_map(|((name, expected), (_, actual))| {
            Some(format!("{name}: {}", tensors_differ(expected, actual)?))
        })
        .next()
        .or_else(|| {
            let (expected, actual) = (expected.0.len(), actual.0.len());
            (expected != actual).then(|| format!("{expected} tensors, ours {actual}"))
        })
}

fn tensors_differ(expected: &Tensor, actual: &Tensor) -> Option<String> {
    let facts = |tensor: &Tensor| {
        let defined = tensor.defined();
        defined.then(|| (tensor.requires_grad(), tensor.size(), tensor.stride()))
    };
    if facts(expected) != facts(actual) {
        return Some(format!("{:?}, ours {:?}", facts(expected), facts(actual)));
    }
    if !expected.defined() {
        return None;
    }
    // Where a NaN meets another, the order of two factors decides which stays.
    let values = |tensor: &Tensor| {
        let values = tensor.detach().resolve_neg();
        values.masked_fill(&values.isnan(), f64::NAN)
    };
    let comparison = compare("values", &values(expected), &values(actual)).unwrap();
    (!comparison.identical()).then(|| comparison.to_string())
}
