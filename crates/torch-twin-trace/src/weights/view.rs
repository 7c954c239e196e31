/// Which bytes of a storage are the values of a tensor, row by row.
pub struct View {
    /// The bytes of a value.
    pub size: u64,
    /// The first value, counted in values.
    pub offset: u64,
    /// The sides.
    pub shape: Vec<u64>,
    /// How many values further the next one is, along each side.
    pub strides: Vec<u64>,
}

impl View {
    /// The bytes of all values; none where no file could hold them.
    pub fn bytes(&self) -> Option<u64> {
        if self.shape.contains(&0) {
            return Some(0);
        }
        let mut sides = self.shape.iter();
        sides.try_fold(self.size, |bytes, &side| bytes.checked_mul(side))
    }

    /// Whether all of it is in a storage of so many bytes.
    pub fn fits(&self, storage: u64) -> bool {
        if self.bytes() == Some(0) {
            return true;
        }
        let mut sides = self.shape.iter().zip(&self.strides);
        let last = sides.try_fold(self.offset, |last, (&side, &stride)| {
            last.checked_add((side - 1).checked_mul(stride)?)
        });
        let end = last.and_then(|last| last.checked_add(1)?.checked_mul(self.size));
        end.is_some_and(|end| end <= storage)
    }

    /// Whether it is all values of a storage of so many bytes, in their order.
    pub fn is_all(&self, storage: u64) -> bool {
        self.offset == 0
            && self.bytes() == Some(storage)
            && matches!(self.merged()[..], [] | [(_, 1)])
    }

    /// The values, from a storage that it [fits](Self::fits).
    pub fn copy(&self, storage: &[u8]) -> Vec<u8> {
        let bytes = self.bytes().unwrap_or_default();
        let mut values = Vec::with_capacity(bytes as usize);
        if bytes == 0 {
            return values;
        }
        let merged = self.merged();
        let (&row, outer) = merged.split_last().unwrap_or((&(1, 1), &[]));
        let mut counters = vec![0; outer.len()];
        let mut start = self.offset;
        loop {
            self.copy_row(storage, start, row, &mut values);
            let mut side = outer.len();
            // The next row: the last counter that is not at its end goes on, and those after it begin anew.
            loop {
                if side == 0 {
                    return values;
                }
                side -= 1;
                let (length, stride) = outer[side];
                counters[side] += 1;
                start += stride;
                if counters[side] < length {
                    break;
                }
                start -= stride * length;
                counters[side] = 0;
            }
        }
    }

    /// Values at equal distances, from the value `start` on.
    fn copy_row(&self, storage: &[u8], start: u64, (length, stride): (u64, u64), to: &mut Vec<u8>) {
        let size = self.size as usize;
        let start = start as usize * size;
        if stride == 1 {
            to.extend_from_slice(&storage[start..start + length as usize * size]);
            return;
        }
        for index in 0..length as usize {
            let start = start + index * stride as usize * size;
            to.extend_from_slice(&storage[start..start + size]);
        }
    }

    /// Sides and strides of the same values, in as few sides as possible: so the time does not grow with the rank.
    fn merged(&self) -> Vec<(u64, u64)> {
        let mut merged: Vec<(u64, u64)> = Vec::new();
        let sides = self.shape.iter().copied().zip(self.strides.iter().copied());
        for (side, stride) in sides.filter(|(side, _)| *side != 1) {
            match merged.last_mut() {
                Some((outer, distance)) if stride.checked_mul(side) == Some(*distance) => {
                    (*outer, *distance) = (*outer * side, stride);
                }
                _ => merged.push((side, stride)),
            }
        }
        merged
    }
}
