use serde::Serialize;

/// How far two values may be apart, as `torch.allclose(a, b)` has it: |a − b| ≤ atol + rtol·|b|.
///
/// Values of equal bits are close, NaN too. The default takes nothing else.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Tolerance {
    /// The part that grows with |b|.
    pub rtol: f64,
    /// The part that does not.
    pub atol: f64,
}

impl Tolerance {
    /// Whether only equal bits are close.
    pub fn is_none(&self) -> bool {
        self.rtol == 0.0 && self.atol == 0.0
    }

    /// Whether two values of different bits are close.
    pub fn is_close(&self, a: f64, b: f64) -> bool {
        let distance = (a - b).abs();
        !self.is_none() && distance.is_finite() && distance <= self.atol + self.rtol * b.abs()
    }
}
