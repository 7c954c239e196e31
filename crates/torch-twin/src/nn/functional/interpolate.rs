//! Other sizes of pictures: `F.interpolate` and `F.pad`.

use tch::Tensor;

use crate::TorchError;

/// The size that [`interpolate`] makes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum OutputSize {
    /// `size=(H', W')`.
    Size([i64; 2]),
    /// `scale_factor=(h, w)`.
    ScaleFactor([f64; 2]),
}

/// How [`interpolate`] works out a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InterpolateMode {
    /// `mode="nearest"`.
    Nearest,
    /// `mode="nearest-exact"`.
    NearestExact,
    /// `mode="bilinear"`.
    Bilinear {
        /// `align_corners=False`.
        align_corners: bool,
    },
    /// `mode="bicubic"`.
    Bicubic {
        /// `align_corners=False`.
        align_corners: bool,
    },
    /// `mode="area"`; with a scale factor, PyTorch makes a size of it first.
    Area,
}

/// What [`pad`] puts at the edges.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum PadMode {
    /// `mode="constant"`, with this `value`.
    Constant(f64),
    /// `mode="reflect"`.
    Reflect,
    /// `mode="replicate"`.
    Replicate,
    /// `mode="circular"`.
    Circular,
}

/// `F.interpolate(input, size, scale_factor, mode, align_corners)` of pictures, N × C × H × W to N × C × H' × W'.
///
/// ```
/// use tch::{Tensor, kind::FLOAT_CPU};
/// use torch_twin::nn::functional::{InterpolateMode, OutputSize, interpolate};
///
/// // F.interpolate(x, scale_factor=2, mode="bilinear")
/// let x = Tensor::ones([1, 3, 4, 5], FLOAT_CPU);
/// let mode = InterpolateMode::Bilinear { align_corners: false };
/// let y = interpolate(&x, OutputSize::ScaleFactor([2.0, 2.0]), mode)?;
/// assert_eq!(y.size(), [1, 3, 8, 10]);
/// # Ok::<(), torch_twin::TorchError>(())
/// ```
///
/// # Errors
/// An input of other than four dimensions, and a size of no rows or columns.
pub fn interpolate(
    input: &Tensor,
    size: OutputSize,
    mode: InterpolateMode,
) -> Result<Tensor, TorchError> {
    use InterpolateMode::{Area, Bicubic, Bilinear, Nearest, NearestExact};
    if input.dim() != 4 {
        let words = format!(
            "interpolate takes pictures, N×C×H×W, got size {:?}",
            input.size()
        );
        return Err(TorchError::new(&words));
    }
    let computed = match size {
        OutputSize::Size(size) => match mode {
            Nearest => input.f_upsample_nearest2d(size, None, None),
            NearestExact => input.f_internal_upsample_nearest_exact2d(size, None, None),
            Bilinear { align_corners } => {
                input.f_upsample_bilinear2d(size, align_corners, None, None)
            }
            Bicubic { align_corners } => {
                input.f_upsample_bicubic2d(size, align_corners, None, None)
            }
            Area => input.f_adaptive_avg_pool2d(size),
        },
        OutputSize::ScaleFactor(factors) => {
            let no_size = None::<&[i64]>;
            let by = factors.as_slice();
            match mode {
                Nearest => input.f_upsample_nearest2d_vec(no_size, by),
                NearestExact => input.f_internal_upsample_nearest_exact2d_vec(no_size, by),
                Bilinear { align_corners } => {
                    input.f_upsample_bilinear2d_vec(no_size, align_corners, by)
                }
                Bicubic { align_corners } => {
                    input.f_upsample_bicubic2d_vec(no_size, align_corners, by)
                }
                Area => input.f_adaptive_avg_pool2d(scaled(input, factors)?),
            }
        }
    };
    Ok(computed?)
}

/// `int(side * factor)`, which Python refuses of what is no whole number of 64 bits.
fn scaled(input: &Tensor, factors: [f64; 2]) -> Result<[i64; 2], TorchError> {
    let size = input.size();
    let scaled = [0, 1].map(|side| (size[2 + side] as f64 * factors[side]).trunc());
    let limit = 2_f64.powi(63);
    match scaled.iter().all(|side| (-limit..limit).contains(side)) {
        true => Ok(scaled.map(|side| side as i64)),
        false => Err(TorchError::new(&format!(
            "a picture of size {size:?} cannot be scaled by {factors:?}"
        ))),
    }
}

/// `F.pad(input, pad, mode, value)`: `pad` is values at the begin and the end of the last side, then of the one
/// before it, and so on; negative ones take away.
///
/// # Errors
/// More sides than the input has, and edges that the mode cannot make.
pub fn pad(input: &Tensor, pad: &[i64], mode: PadMode) -> Result<Tensor, TorchError> {
    // libtorch does not check these sums, and writes outside of the output where one overflows.
    let sides = input.size();
    let padded = |(&side, ends): (&i64, &[i64])| {
        let mut ends = ends.iter();
        ends.try_fold(side, |sum, &end| sum.checked_add(end))
    };
    let mut padded = sides.iter().rev().zip(pad.chunks(2)).map(padded);
    if padded.any(|side| side.is_none()) {
        let words = format!("a side of size {sides:?} padded by {pad:?} is too long");
        return Err(TorchError::new(&words));
    }
    let (mode, value) = match mode {
        PadMode::Constant(value) => ("constant", Some(value)),
        PadMode::Reflect => ("reflect", None),
        PadMode::Replicate => ("replicate", None),
        PadMode::Circular => ("circular", None),
    };
    Ok(input.f_pad(pad, mode, value)?)
}
