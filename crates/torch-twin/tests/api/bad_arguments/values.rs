use tch::{Device, Kind, Tensor};

pub const NUMBERS: [f64; 10] = [
    0.0,
    -0.0,
    0.5,
    1.0,
    -1.0,
    1e300,
    -1e300,
    f64::INFINITY,
    f64::NEG_INFINITY,
    f64::NAN,
];
/// Sizes between the small and these could be had, by more memory than there is.
pub const SIZES: [usize; 6] = [0, 1, 3, 1 << 62, usize::MAX - 1, usize::MAX];
pub const NAMES: [&str; 6] = ["", ".", "a\nb", "__metadata__", "\0", "é.weight"];

fn zeros(shape: &[i64], kind: Kind) -> Tensor {
    Tensor::zeros(shape, (kind, Device::Cpu))
}

/// The place in [`tensors`] of the undefined tensor.
pub const UNDEFINED: usize = 0;

/// Tensors of all kinds, the first of which is undefined.
pub fn tensors() -> Vec<Tensor> {
    let leaf = || zeros(&[2, 3], Kind::Float).set_requires_grad(true);
    let mut tensors = vec![Tensor::new()];
    for shape in [
        &[][..],
        &[0],
        &[3],
        &[2, 3],
        &[2, 3, 4],
        &[2, 3, 4, 4],
        &[0, 3, 4, 4],
    ] {
        tensors.push(zeros(shape, Kind::Float));
    }
    for kind in [
        Kind::Int64,
        Kind::Bool,
        Kind::Half,
        Kind::Double,
        Kind::ComplexFloat,
        Kind::Float8e5m2,
        Kind::Uint8,
    ] {
        tensors.push(zeros(&[2, 3], kind));
    }
    tensors.push(zeros(&[2, 3], Kind::Float).to_sparse_sparse_dim(2));
    tensors.push(zeros(&[2, 3], Kind::Float).quantize_per_tensor(0.1, 0, Kind::QInt8));
    tensors.push(Tensor::from_slice(&[f32::NAN, f32::INFINITY, 1e30]));
    tensors.push(zeros(&[1], Kind::Float).expand([2, 3], false));
    tensors.push(leaf());
    tensors.push(leaf() * 2);
    tensors
}

/// Each beside a usual one, on either side.
pub fn beside<T: Copy, const N: usize>(all: [T; N], usual: T) -> impl Iterator<Item = (T, T)> {
    all.into_iter()
        .flat_map(move |one| [(one, usual), (usual, one)])
}

/// Pairs of numbers.
pub fn number_pairs() -> impl Iterator<Item = (f64, f64)> {
    beside(NUMBERS, 0.5)
}

/// Pairs of sizes.
pub fn size_pairs() -> impl Iterator<Item = (usize, usize)> {
    beside(SIZES, 3)
}

/// The places of pairs of tensors: each beside itself, and beside an undefined one.
pub fn pairs() -> Vec<(usize, usize)> {
    let all = 0..tensors().len();
    all.flat_map(|one| [(one, one), (one, UNDEFINED), (UNDEFINED, one)])
        .collect()
}

/// Some of the tensors, for what is called often: an error of libtorch takes milliseconds.
pub fn few_tensors() -> Vec<Tensor> {
    let mut few = vec![Tensor::new()];
    for shape in [&[2, 3][..], &[2, 3, 4, 4]] {
        few.push(zeros(shape, Kind::Float));
    }
    few
}
