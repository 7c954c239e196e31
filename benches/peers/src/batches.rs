use crate::BATCH_SIZE;

/// An epoch of batches: the indices of all `images` in a random order; the last may be smaller.
pub fn batches(images: usize) -> impl Iterator<Item = Vec<u32>> {
    let mut order: Vec<u32> = (0..).take(images).collect();
    fastrand::shuffle(&mut order);
    let mut rest = order.into_iter();
    std::iter::from_fn(move || {
        let batch: Vec<u32> = rest.by_ref().take(BATCH_SIZE).collect();
        (!batch.is_empty()).then_some(batch)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_epoch_holds_each_image_once_in_batches_of_64() {
        let epoch: Vec<Vec<u32>> = batches(150).collect();
        assert_eq!(epoch.iter().map(Vec::len).collect::<Vec<_>>(), [64, 64, 22]);
        let mut images = epoch.concat();
        assert!(!images.is_sorted());
        images.sort_unstable();
        assert!(images.into_iter().eq(0..150));
    }
}
