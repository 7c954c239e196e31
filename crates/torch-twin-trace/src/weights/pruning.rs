//! Weights that are stored in parts, from which a module computes them.

use std::collections::HashMap;

use half::{bf16, f16};

use super::list::List;
use crate::{Array, Dtype, printable};

/// Puts the product in the place of each `weight_orig` with its `weight_mask`, as `torch.nn.utils.prune.remove` does,
/// and notes that. Of other weights in parts it notes the line of Python that joins them.
pub fn fold(tensors: &mut Vec<(String, Array)>) -> Vec<String> {
    let pruned = fold_pruned(tensors);
    let note = pruned.note("folded weight_orig · weight_mask, as torch.nn.utils.prune.remove does");
    note.into_iter().chain(unjoined(tensors)).collect()
}

fn fold_pruned(tensors: &mut Vec<(String, Array)>) -> List {
    let mut masks = HashMap::new();
    let numbers: HashMap<&str, usize> = names(tensors).zip(0..).collect();
    for (number, name) in names(tensors).enumerate() {
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
    folded
}

fn names(tensors: &[(String, Array)]) -> impl Iterator<Item = &str> {
    tensors.iter().map(|(name, _)| name.as_str())
}

/// Notes on the weights that `weight_norm`, `spectral_norm` and parametrizations keep in parts.
fn unjoined(tensors: &[(String, Array)]) -> impl Iterator<Item = String> {
    let mut lists: [(List, &str); 3] = [
        ("torch.nn.utils.remove_weight_norm(MODULE)"),
        ("torch.nn.utils.remove_spectral_norm(MODULE)"),
        ("torch.nn.utils.parametrize.remove_parametrizations(MODULE, \"weight\")"),
    ]
    .map(|line| (List::default(), line));
    let all: std::collections::HashSet<&str> = names(tensors).collect();
    let is_there = |base: &str, suffix: &str| all.contains(format!("{base}{suffix}").as_str());
    for name in names(tensors) {
        let base = |suffix, other| {
            let base = name.strip_suffix(suffix)?;
            is_there(base, other).then_some(base.to_owned())
        };
        let joined = match name.split_once(".parametrizations.") {
            Some((module, rest)) => match rest.split_once('.') {
                Some((weight, "original" | "original0")) => Some((2, format!("{module}.{weight}"))),
                _ => None,
            },
            None => base("_g", "_v").map(|base| (0, base)).or_else(|| {
                let base = base("_orig", "_u")?;
                Some((1, base))
            }),
        };
        if let Some((kind, name)) = joined {
            lists[kind].0.push(printable(&name));
        }
    }
    lists.into_iter().filter_map(|(list, line)| {
        list.note(&format!(
            "stored in parts (call {line} in Python before you save)"
        ))
    })
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
