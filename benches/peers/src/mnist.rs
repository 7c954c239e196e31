use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use flate2::read::MultiGzDecoder;

const SIDE: usize = 28;
const PADDING: usize = 2;

/// The training set and the test set, out of their four IDX files.
pub struct Mnist {
    /// The 60,000 images to train on.
    pub train: Part,
    /// The 10,000 images to test on.
    pub test: Part,
}

/// Images and their labels.
pub struct Part {
    images: Vec<u8>,
    /// What digit each image shows.
    pub labels: Vec<u8>,
}

impl Mnist {
    /// Reads the IDX files, plain or gzipped, in `folder` or in `MNIST/raw` below it.
    ///
    /// # Errors
    /// Names the file that is not there or not what it should be.
    pub fn load(folder: &Path) -> Result<Self> {
        Ok(Self {
            train: Part::load(folder, "train")?,
            test: Part::load(folder, "t10k")?,
        })
    }
}

impl Part {
    /// The pixels of the padded images, N×1×32×32 from 0 to 1.
    pub fn pixels(&self) -> Vec<f32> {
        const PADDED: usize = SIDE + 2 * PADDING;
        let mut pixels = vec![0.0; self.labels.len() * PADDED * PADDED];
        let (images, _) = self.images.as_chunks::<{ SIDE * SIDE }>();
        for (padded, image) in pixels.chunks_exact_mut(PADDED * PADDED).zip(images) {
            let rows = padded.chunks_exact_mut(PADDED).skip(PADDING);
            for (row, bytes) in rows.zip(image.chunks_exact(SIDE)) {
                for (pixel, &byte) in row[PADDING..].iter_mut().zip(bytes) {
                    *pixel = f32::from(byte) / 255.0;
                }
            }
        }
        pixels
    }

    fn load(folder: &Path, part: &str) -> Result<Self> {
        let labels = read_idx(folder, &format!("{part}-labels-idx1-ubyte"), &[])?;
        let images = read_idx(
            folder,
            &format!("{part}-images-idx3-ubyte"),
            &[SIDE as u32, SIDE as u32],
        )?;
        ensure!(
            images.len() == labels.len() * SIDE * SIDE,
            "{}: {part} has {} labels for {} images",
            folder.display(),
            labels.len(),
            images.len() / (SIDE * SIDE),
        );
        Ok(Self { images, labels })
    }
}

/// The bytes of an IDX file whose items have the shape `item`.
fn read_idx(folder: &Path, name: &str, item: &[u32]) -> Result<Vec<u8>> {
    let path = find(folder, name)?;
    let bytes = read(&path).with_context(|| path.display().to_string())?;
    values(&bytes, item).with_context(|| path.display().to_string())
}

fn find(folder: &Path, name: &str) -> Result<PathBuf> {
    let folders = [folder.to_owned(), folder.join("MNIST/raw")];
    folders
        .iter()
        .flat_map(|folder| [folder.join(name), folder.join(format!("{name}.gz"))])
        .find(|path| path.is_file())
        .with_context(|| format!("{}: there is no {name}", folder.display()))
}

fn read(path: &Path) -> std::io::Result<Vec<u8>> {
    let file = File::open(path)?;
    let mut reader: Box<dyn Read> = match path.extension() {
        Some(extension) if extension == "gz" => Box::new(MultiGzDecoder::new(file)),
        _ => Box::new(file),
    };
    let mut bytes = Vec::new();
    reader.read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// What stands after the header: the kind (8, bytes), the number of dimensions, and each of these.
fn values(idx: &[u8], item: &[u32]) -> Result<Vec<u8>> {
    let (words, _) = idx.as_chunks::<4>();
    let dimensions = item.len() + 1;
    let header: Vec<u32> = words
        .iter()
        .take(dimensions + 1)
        .map(|&word| u32::from_be_bytes(word))
        .collect();
    let [kind, count, shape @ ..] = header.as_slice() else {
        anyhow::bail!("the header is cut off");
    };
    ensure!(
        *kind == 0x0800 + dimensions as u32 && shape == item,
        "this is no IDX file of bytes with items of {item:?}",
    );
    let values = &idx[4 * (dimensions + 1)..];
    let expected = item
        .iter()
        .fold(u64::from(*count), |all, &side| all * u64::from(side));
    ensure!(
        values.len() as u64 == expected,
        "expected {expected} bytes after the header, found {}",
        values.len(),
    );
    Ok(values.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_are_padded_by_two_and_scaled_to_one() {
        let mut images = vec![0; 2 * SIDE * SIDE];
        images[0] = 255;
        images[2 * SIDE * SIDE - 1] = 51;
        let part = Part {
            images,
            labels: vec![3, 7],
        };
        let pixels = part.pixels();
        assert_eq!(pixels.len(), 2 * 32 * 32);
        assert_eq!(pixels[2 * 32 + 2], 1.0);
        assert_eq!(pixels[32 * 32 + 29 * 32 + 29], 0.2);
        assert_eq!(pixels.iter().sum::<f32>(), 1.2);
    }

    #[test]
    fn a_header_that_does_not_fit_is_refused() {
        let idx = [0, 0, 8, 1, 0, 0, 0, 2, 5, 9];
        assert_eq!(values(&idx, &[]).unwrap(), [5, 9]);
        for (cut, word) in [(9, "found 1"), (7, "cut off")] {
            let error = values(&idx[..cut], &[]).unwrap_err().to_string();
            assert!(error.contains(word), "{error}");
        }
        assert!(values(&idx, &[28, 28]).is_err());
    }
}
