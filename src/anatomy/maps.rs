use super::Plate;
use super::plate::VALUES;
use crate::data::to_input;
use crate::model::Network;
use crate::variant::{Summary, Variant};
use tch::{Device, Kind, Tensor};
use torch_twin::TorchError;
use torch_twin::nn::{Call, ForwardPass};

/// F6 has as many values as the paper's bitmaps have pixels, and is drawn in their form.
const BITMAP: (i64, i64) = (12, 7);

/// What a network makes of an image.
pub struct Look {
    /// What each layer gives, before its activation function.
    pub maps: Vec<Plate>,
    /// The probability of each class.
    pub probabilities: Vec<f32>,
}

/// Shows `network`, of the variant `variant`, an image 1×28×28 of bytes.
///
/// # Errors
/// Logits that are not finite, and what libtorch refuses.
pub fn look(variant: &Variant, network: &dyn Network, image: &Tensor) -> Result<Look, TorchError> {
    let _no_grad = tch::no_grad_guard();
    let summary = Summary::of(variant, network)?;
    let mut outputs = Vec::new();
    let mut hook = |call: &Call<'_>| {
        let of_call = call.outputs.iter();
        outputs.extend(of_call.map(|output| (call.name.to_owned(), output.shallow_clone())));
    };
    let input = to_input(image, Device::Cpu)?;
    let logits = network.forward(&input, &mut ForwardPass::eval().with_hook(&mut hook))?;
    let probabilities = Vec::<f32>::try_from(&logits.f_softmax(-1, Kind::Float)?.f_view(-1)?)?;
    if probabilities
        .iter()
        .any(|probability| !probability.is_finite())
    {
        return Err(TorchError::new(
            "the logits are infinite or NaN: the weights are too large",
        ));
    }
    let mut maps = Vec::new();
    for row in &summary.layers {
        let output = outputs
            .iter()
            .find(|(name, _)| Some(name.as_str()) == row.name);
        if let (Some(name), Some((_, output))) = (row.name, output) {
            maps.push(plate(row.layer, name, output)?);
        }
    }
    Ok(Look {
        maps,
        probabilities,
    })
}

fn plate(layer: &'static str, name: &'static str, output: &Tensor) -> Result<Plate, TorchError> {
    if let [_, _, height, width] = output.size()[..]
        && height * width > 1
    {
        let maps = output.f_reshape([-1, height, width])?;
        return Plate::new(layer, name, "maps", &maps);
    }
    let count = output.numel() as i64;
    let (height, width) = match count {
        count if count == BITMAP.0 * BITMAP.1 => BITMAP,
        count => {
            let widths = (1..=20).rev();
            let width = widths.into_iter().find(|width| count % width == 0);
            let width = width.unwrap_or(1);
            (count / width, width)
        }
    };
    Plate::new(layer, name, VALUES, &output.f_reshape([1, height, width])?)
}

/// The kernels of each layer of convolution: for each of its maps, one for each map that it sees.
///
/// # Errors
/// What libtorch refuses, too little memory above all.
pub fn kernels(variant: &Variant, network: &dyn Network) -> Result<Vec<Plate>, TorchError> {
    let summary = Summary::of(variant, network)?;
    let state_dict = network.state_dict();
    let mut plates = Vec::new();
    for row in &summary.layers {
        let Some(name) = row.name else {
            continue;
        };
        let weight = format!("{name}.weight");
        let Some((_, weight)) = state_dict.iter().find(|(known, _)| *known == weight) else {
            continue;
        };
        if let [.., height, width] = weight.size()[..]
            && weight.dim() > 2
        {
            let kernels = weight.f_reshape([-1, height, width])?;
            plates.push(Plate::new(row.layer, name, "kernels", &kernels)?);
        }
    }
    Ok(plates)
}
