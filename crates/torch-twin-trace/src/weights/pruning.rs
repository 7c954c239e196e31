//! Pruned weights, which a module computes from all weights and a mask.

use std::collections::{HashMap, HashSet};

use half::{bf16, f16};

use super::list::List;
use crate::{Array, Dtype, printable};

/// Puts the product in the place of each `weight_orig` with its `weight_mask`, as `torch.nn.utils.prune.remove` does,
/// and notes that.
pub fn fold(tensors: &mut Vec<(String, Array)>) -> Option<String> {
    let mut masks = HashMap::new();
    let names = || tensors.iter().map(|(name, _)| name.as_str());
    let numbers: HashMap<&str, usize> = names().zip(0..).collect();
    for (number, name) in names().enumerate() {
        let mask = name
            .strip_suffix("_orig")
            .filter(|base| !numbers.contains_key(base))
            .and_then(|base| Some((base, *numbers.get(format!("{base}_mask").as_str())?)));
        if let Some((base, mask)) = mask
            && let Some(product) = product(&tensors[number].1, &tensors[mask].1)
        {
            masks.insert(number, Some((base.to_owned(), product)));
            masks.insert(mask, None);
        }
    }
    let mut folded = List::default();
    let all = std::mem::take(tensors).into_iter().enumerate();
    tensors.extend(
        all.filter_map(|(number, tensor)| match masks.remove(&number) {
            None => Some(tensor),
            Some(product) => product.inspect(|(name, _)| folded.push(printable(name))),
        }),
    );
    folded.note("folded weight_orig · weight_mask, as torch.nn.utils.prune.remove does")
}

/// The product of floats with a mask of the same shape, as PyTorch computes it; none of other types.
fn product(floats: &Array, mask: &Array) -> Option<Array> {
    let dtype = floats.dtype();
    if !dtype.is_float() || floats.shape() != mask.shape() {
        return None;
    }
    let pairs = numbers(floats)?.into_iter().zip(numbers(mask)?);
    // The mask is converted to the type of the floats first; a product of two halves is exact in float32.
    let half = |(a, b): (f64, f64)| f16::from_f32(a as f32 * f16::from_f64(b).to_f32());
    let brain = |(a, b): (f64, f64)| bf16::from_f32(a as f32 * bf16::from_f64(b).to_f32());
    let bytes = match dtype {
        Dtype::F64 => pairs.flat_map(|(a, b)| (a * b).to_le_bytes()).collect(),
        Dtype::F32 => (pairs.flat_map(|(a, b)| (a as f32 * b as f32).to_le_bytes())).collect(),
        Dtype::F16 => pairs.flat_map(|pair| half(pair).to_le_bytes()).collect(),
        _ => pairs.flat_map(|pair| brain(pair).to_le_bytes()).collect(),
    };
    Array::new(dtype, floats.shape().to_vec(), bytes).ok()
}

/// The values of floats, bytes and booleans.
fn numbers(array: &Array) -> Option<Vec<f64>> {
    let bytes = array.bytes();
    Some(match array.dtype() {
        Dtype::F64 => chunks(bytes).map(f64::from_le_bytes).collect(),
        Dtype::F32 => chunks(bytes)
            .map(|value| f32::from_le_bytes(value).into())
            .collect(),
        Dtype::F16 => chunks(bytes)
            .map(|value| f16::from_le_bytes(value).into())
            .collect(),
        Dtype::BF16 => chunks(bytes)
            .map(|value| bf16::from_le_bytes(value).into())
            .collect(),
        Dtype::U8 | Dtype::Bool => bytes.iter().map(|&byte| byte.into()).collect(),
        _ => return None,
    })
}

fn chunks<const SIZE: usize>(bytes: &[u8]) -> impl Iterator<Item = [u8; SIZE]> {
    bytes.as_chunks().0.iter().copied()
}

/// How PyTorch stores a weight in parts, from which a module computes it.
#[derive(Clone, Copy, PartialEq)]
enum Storing {
    WeightNorm,
    SpectralNorm,
    Parametrization,
}

/// Notes on weights that are stored in parts, with the line of Python that joins them.
pub fn notes_on_parts(tensors: &[(String, Array)]) -> impl Iterator<Item = String> {
    let names: HashSet<&str> = tensors.iter().map(|(name, _)| name.as_str()).collect();
    let stored = tensors.iter().filter_map(|(name, _)| stored(name, &names));
    let stored: Vec<_> = stored.collect();
    [
        (Storing::WeightNorm, "remove_weight_norm(MODULE)"),
        (Storing::SpectralNorm, "remove_spectral_norm(MODULE)"),
        (
            Storing::Parametrization,
            "parametrize.remove_parametrizations(MODULE, \"weight\")",
        ),
    ]
    .into_iter()
    .filter_map(move |(storing, line)| {
        let mut list = List::default();
        for (_, name) in stored.iter().filter(|(found, _)| *found == storing) {
            list.push(printable(name));
        }
        list.note(&format!(
            "stored in parts (call torch.nn.utils.{line} in Python before you save)"
        ))
    })
}

/// The weight whose first part is `name`, and how it is stored; none of other tensors.
fn stored(name: &str, names: &HashSet<&str>) -> Option<(Storing, String)> {
    if let Some((module, rest)) = name.split_once(".parametrizations.") {
        let (weight, part) = rest.split_once('.')?;
        let is_first = matches!(part, "original" | "original0");
        return is_first.then(|| (Storing::Parametrization, format!("{module}.{weight}")));
    }
    let with = |suffix, other| {
        let base = name.strip_suffix(suffix)?;
        let is_there = names.contains(format!("{base}{other}").as_str());
        is_there.then(|| base.to_owned())
    };
    let weight_norm = with("_g", "_v").map(|base| (Storing::WeightNorm, base));
    weight_norm.or_else(|| Some((Storing::SpectralNorm, with("_orig", "_u")?)))
}
