use torch_twin::TorchError;

use super::Plate;
use crate::model::Network;
use crate::variant::{Summary, Variant};

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
