use std::path::Path;

use super::dataset::{FromFiles, NamedIdx};
use super::idx::Idx;
use super::{DataError, DatasetFile};

/// Reads the 10,000 digits in the binary, 8,000 to train on and 2,000 to test on.
///
/// `tools/make_sample.py` made the files; `sample/README.md` names source and licence.
pub(super) fn load<T: FromFiles>() -> Result<T, DataError> {
    let origin = "the built-in sample of 10,000 of MNIST's training digits".to_owned();
    T::assemble(origin, |file| {
        let path = Path::new("built-in sample").join(file.name());
        NamedIdx::new(&path, Idx::read(content(file), file.kind()))
    })
}

fn content(file: DatasetFile) -> &'static [u8] {
    match file {
        DatasetFile::TrainImages => include_bytes!("sample/train-images-idx3-ubyte.gz"),
        DatasetFile::TrainLabels => include_bytes!("sample/train-labels-idx1-ubyte.gz"),
        DatasetFile::TestImages => include_bytes!("sample/t10k-images-idx3-ubyte.gz"),
        DatasetFile::TestLabels => include_bytes!("sample/t10k-labels-idx1-ubyte.gz"),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::data::{Dataset, Split};

    fn digits(split: &Split) -> HashSet<Vec<u8>> {
        let pixels = Vec::<u8>::try_from(split.images.flatten(0, -1)).expect("bytes");
        pixels.chunks(28 * 28).map(<[u8]>::to_vec).collect()
    }

    #[test]
    fn has_8000_and_2000_different_digits_of_all_classes() {
        let sample: Dataset = load().expect("the sample is whole");
        assert_eq!((sample.train.len(), sample.test.len()), (8000, 2000));
        for split in [&sample.train, &sample.test] {
            let counts = Vec::<i64>::try_from(split.labels.bincount::<tch::Tensor>(None, 10));
            let counts = counts.expect("ten counts");
            // MNIST's own classes are 9 to 11.2 per cent of it.
            let tenth = split.len() as i64 / 10;
            assert!(
                counts.iter().all(|count| (count - tenth).abs() < tenth / 5),
                "{counts:?}"
            );
        }
        let (train, test) = (digits(&sample.train), digits(&sample.test));
        assert_eq!((train.len(), test.len()), (8000, 2000));
        assert!(train.is_disjoint(&test));
    }
}
