use crate::nn::StateDict;
use crate::{Tensors, TorchError};

/// A weight that a network has in another shape than a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reshaped {
    /// The tensor.
    pub name: String,
    /// Its shape in the file.
    pub from: Vec<i64>,
    /// Its shape in the network.
    pub to: Vec<i64>,
}

/// Gives the weights of layers that compute the same in another form the shapes that the network with
/// `state_dict` has.
///
/// A convolution whose kernels cover its whole input is a linear layer on the flattened input:
/// out×in×height×width becomes out×(in·height·width), and the other way round. The order of
/// the values stays, as that of `torch.flatten`.
///
/// # Errors
/// What libtorch refuses.
pub fn reshape(tensors: &mut Tensors, state_dict: &StateDict) -> Result<Vec<Reshaped>, TorchError> {
    let mut reshaped = Vec::new();
    for (name, expected) in state_dict.iter() {
        let Some(tensor) = tensors.get_mut(name) else {
            continue;
        };
        let (from, to) = (tensor.size(), expected.size());
        if from != to && computes_the_same(&from, &to) {
            *tensor = tensor.f_reshape(&to)?;
            let name = name.to_owned();
            reshaped.push(Reshaped { name, from, to });
        }
    }
    Ok(reshaped)
}

/// Whether one is the shape of a linear layer's weight and the other that of the convolution that
/// computes the same, or both are equal.
pub(super) fn computes_the_same(a: &[i64], b: &[i64]) -> bool {
    match (a, b) {
        ([out, inputs], [other_out, rest @ ..]) | ([other_out, rest @ ..], [out, inputs])
            if rest.len() == 3 =>
        {
            out == other_out && *inputs == rest.iter().product::<i64>()
        }
        _ => a == b,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_linear_layer_is_a_convolution_over_the_whole_input_and_nothing_else() {
        assert!(computes_the_same(&[120, 400], &[120, 16, 5, 5]));
        assert!(computes_the_same(&[84, 120, 1, 1], &[84, 120]));
        assert!(computes_the_same(&[6], &[6]));
        assert!(!computes_the_same(&[400, 120], &[120, 16, 5, 5]));
        assert!(!computes_the_same(&[120, 400], &[120, 16, 25]));
        assert!(!computes_the_same(&[6, 6], &[36]));
    }
}
