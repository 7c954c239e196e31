use tch::{Device, Kind, Tensor};
use torch_twin::TorchError;

/// Zeros on each side, that make 32×32 of 28×28.
pub const PADDING: i64 = 2;

/// Height and width of images that are padded already.
const PADDED: i64 = 32;

/// The byte that becomes 1.
pub const WHITE: f64 = 255.0;

/// Turns images into the network's input on `device`, as torchvision's `Pad(2)` and `ToTensor` do.
///
/// `images` is N×28×28 uint8, on any device, or N×32×32, which is not padded; the result is N×1×32×32
/// float32 in [0, 1].
///
/// # Errors
///
/// Images of another form, or a device that is out of memory.
pub fn to_input(images: &Tensor, device: Device) -> Result<Tensor, TorchError> {
    let padding = match images.size().last() {
        Some(&PADDED) => 0,
        _ => PADDING,
    };
    let padded = images
        .f_to_device(device)? // as bytes, a quarter of what the floats would be
        .f_unsqueeze(1)?
        .f_constant_pad_nd([padding; 4])?;
    // CUDA multiplies by the reciprocal of a number, which rounds differently; it divides by a
    // tensor.
    let white = Tensor::f_full([1], WHITE, (Kind::Float, device))?;
    Ok(padded.f_to_kind(Kind::Float)?.f_div_(&white)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_is_divided_by_255_and_framed_by_zeros() {
        let bytes: Vec<u8> = (0..2 * 28 * 28).map(|i| (i % 256) as u8).collect();
        let images = Tensor::from_slice(&bytes).view((2, 28, 28));

        let input = to_input(&images, Device::Cpu).expect("28×28 images are accepted");

        assert_eq!(input.size(), [2, 1, 32, 32]);
        let mut expected = vec![0.0_f32; 2 * 32 * 32];
        for (i, &byte) in bytes.iter().enumerate() {
            let (image, row, column) = (i / 784, i % 784 / 28, i % 28);
            expected[(image * 32 + row + 2) * 32 + column + 2] = f32::from(byte) / 255.0;
        }
        let found = Vec::<f32>::try_from(input.flatten(0, -1)).expect("float32");
        assert_eq!(found, expected);
    }
}
