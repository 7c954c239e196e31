/// The index of the value at `position` among those of a tensor, row by row.
pub fn index(mut position: u64, shape: &[u64]) -> Vec<u64> {
    let mut index = Vec::with_capacity(shape.len());
    for &side in shape.iter().rev() {
        let side = side.max(1);
        index.push(position % side);
        position /= side;
    }
    index.reverse();
    index
}
