
/// The sum of all outputs times their weights in `batch`: every output has a gradient that is not trivial.
fn weighted_sum(output: &impl TensorTree, batch: &Batch) -> Result<Tensor> {
    let mut total: Option<Tensor> = None;
    for (index, tensor) in output.tensors().into_iter().enumerate() {
        if let Some(weights) = batch.tensors.get(&format!("loss.{index}")) {
            let part = tensor.f_mul(weights)?.f_sum(None::<Kind>)?;
            total = Some(match total {
                Some(total) => total.f_add(&part)?,
                None => part,
            });
        }
    }
    total.ok_or_else(|| TorchError::new("no output has weights in the loss"))
}
