use tch::Tensor;

/// Those of a layer's two parameters that are there, by name.
pub fn named<'a>(
    weight: Option<&'a Tensor>,
    bias: Option<&'a Tensor>,
) -> Vec<(&'static str, &'a Tensor)> {
    let weight = weight.map(|weight| ("weight", weight));
    weight
        .into_iter()
        .chain(bias.map(|bias| ("bias", bias)))
        .collect()
}
