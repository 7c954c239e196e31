use crate::TorchError;

/// An argument that PyTorch takes as one number for all sides or as one for each, such as `kernel_size=3`
/// or `kernel_size=(3, 5)`: a number, or an array.
pub trait Sides<const N: usize> {
    /// One for each side.
    fn sides(self) -> [usize; N];
}

impl<const N: usize> Sides<N> for usize {
    fn sides(self) -> [usize; N] {
        [self; N]
    }
}

impl<const N: usize> Sides<N> for [usize; N] {
    fn sides(self) -> [usize; N] {
        self
    }
}

/// The sides as libtorch takes them.
pub(super) fn sides<const N: usize>(argument: impl Sides<N>) -> [i64; N] {
    argument.sides().map(|side| side as i64)
}

/// The sides as libtorch takes them, where they are no more than it can count.
pub(super) fn checked_sides<const N: usize>(sides: [usize; N]) -> Result<[i64; N], TorchError> {
    match sides.into_iter().find(|&side| i64::try_from(side).is_err()) {
        Some(side) => Err(TorchError::new(&format!("a side of {side} is too long"))),
        None => Ok(sides.map(|side| side as i64)),
    }
}
