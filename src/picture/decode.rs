//! From a file of any of the formats to levels of grey.

use std::fs::{self, File};
use std::io::{self, Cursor, Read};
use std::path::Path;
use std::sync::Mutex;

use image::metadata::Orientation;
use image::{
    DynamicImage, GrayAlphaImage, GrayImage, ImageDecoder, ImageError, ImageFormat, ImageReader,
    Limits, Luma, LumaA,
};

use super::PictureError;
use super::error::{MAX_BYTES, MAX_PIXELS};

/// The most memory for a decoded picture: four bytes for each of the most pixels.
const MAX_DECODED_BYTES: u64 = 4 * MAX_PIXELS;

/// Pictures of more pixels than this are decoded one at a time.
const MANY_PIXELS: u64 = 16_000_000;

static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// The bytes by which formats are told apart.
const START: u64 = 16;

/// Levels of grey less than this apart look alike.
const VISIBLE: u8 = 16;

/// Whether a file's content, whatever its name, starts as one of the formats does.
///
/// # Errors
/// A file that cannot be read.
pub fn is_picture(path: &Path) -> io::Result<bool> {
    if !fs::metadata(path)?.is_file() {
        return Ok(false);
    }
    let mut start = Vec::new();
    File::open(path)?.take(START).read_to_end(&mut start)?;
    Ok(image::guess_format(&start).is_ok_and(|format| format.reading_enabled()))
}

/// The bytes of a picture's file.
pub(super) fn file(path: &Path) -> Result<Vec<u8>, PictureError> {
    // Opening a pipe would wait for its writer.
    let metadata = fs::metadata(path).map_err(PictureError::Read)?;
    if !metadata.is_file() {
        return Err(PictureError::NotAFile);
    }
    if metadata.len() > MAX_BYTES {
        return Err(PictureError::TooManyBytes(metadata.len()));
    }
    fs::read(path).map_err(PictureError::Read)
}

/// The picture in a file of these bytes, upright, on white paper where it is transparent.
pub(super) fn decode(file: &[u8]) -> Result<GrayImage, PictureError> {
    if file.len() as u64 > MAX_BYTES {
        return Err(PictureError::TooManyBytes(file.len() as u64));
    }
    let reader = ImageReader::new(Cursor::new(file)).with_guessed_format();
    let mut reader = reader.map_err(PictureError::Read)?;
    if reader.format() == Some(ImageFormat::Jpeg) && !is_whole(file) {
        return Err(PictureError::CutOff);
    }
    let mut limits = Limits::default();
    limits.max_alloc = Some(MAX_DECODED_BYTES);
    reader.limits(limits);

    let mut decoder = reader.into_decoder().map_err(refusal)?;
    let (width, height) = decoder.dimensions();
    let pixels = u64::from(width) * u64::from(height);
    if pixels > MAX_PIXELS || decoder.total_bytes() > MAX_DECODED_BYTES {
        return Err(PictureError::TooManyPixels { width, height });
    }
    if width == 0 || height == 0 {
        return Err(PictureError::Blank);
    }
    // Side by side, several such would take all memory.
    let _alone = (pixels > MANY_PIXELS).then(|| ONE_AT_A_TIME.lock());
    // What a damaged note on the orientation says is no loss.
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let mut picture = DynamicImage::from_decoder(decoder).map_err(refusal)?;
    picture.apply_orientation(orientation);
    Ok(grey(picture))
}

fn grey(picture: DynamicImage) -> GrayImage {
    match (picture.color().has_alpha(), picture.color().has_color()) {
        (true, true) => {
            let picture = picture.into_rgba8();
            let (width, height) = picture.dimensions();
            on_paper(&GrayAlphaImage::from_fn(width, height, |x, y| {
                let [red, green, blue, alpha] = picture.get_pixel(x, y).0;
                LumaA([luma([red, green, blue]), alpha])
            }))
        }
        (true, false) => on_paper(&picture.into_luma_alpha8()),
        (false, true) => {
            let picture = picture.into_rgb8();
            let (width, height) = picture.dimensions();
            let (pixels, _) = picture.as_raw().as_chunks();
            let levels = pixels.iter().copied().map(luma).collect();
            GrayImage::from_raw(width, height, levels).expect("a level for each pixel")
        }
        (false, false) => picture.into_luma8(),
    }
}

/// The level of grey of a colour by ITU-R BT.709, in whole numbers, so that the page finds the same.
fn luma([red, green, blue]: [u8; 3]) -> u8 {
    let luma = 13_933 * u32::from(red) + 46_871 * u32::from(green) + 4_732 * u32::from(blue);
    ((luma + 32_768) / 65_536) as u8
}

fn refusal(error: ImageError) -> PictureError {
    match error {
        ImageError::Unsupported(_) => PictureError::UnknownFormat,
        ImageError::IoError(source) if source.kind() != io::ErrorKind::UnexpectedEof => {
            PictureError::Read(source)
        }
        other => PictureError::Damaged(other),
    }
}

/// Lays a transparent picture on white paper; on black, if white shows nothing of it.
fn on_paper(picture: &GrayAlphaImage) -> GrayImage {
    let on_white = lay(picture, 255);
    let levels = on_white.as_raw().iter();
    let darkest = levels.min().copied().unwrap_or(255);
    if u8::MAX - darkest < VISIBLE {
        lay(picture, 0)
    } else {
        on_white
    }
}

fn lay(picture: &GrayAlphaImage, paper: u8) -> GrayImage {
    let (width, height) = picture.dimensions();
    GrayImage::from_fn(width, height, |x, y| {
        let [level, alpha] = picture.get_pixel(x, y).0.map(u32::from);
        let mixed = level * alpha + u32::from(paper) * (255 - alpha);
        Luma([((mixed + 127) / 255) as u8])
    })
}

const MARKER: u8 = 0xff;
const START_OF_IMAGE: u8 = 0xd8;
const END_OF_IMAGE: u8 = 0xd9;
const START_OF_SCAN: u8 = 0xda;

/// Whether the scans of a JPEG file go on to its end mark.
///
/// The decoder paints what is missing of a file that is cut off grey, and says nothing.
pub(super) fn is_whole(file: &[u8]) -> bool {
    let Some(scans) = scans(file) else {
        return false;
    };
    // Within a scan a marker's byte is followed by another or by a zero.
    scans.windows(2).any(|pair| pair == [MARKER, END_OF_IMAGE])
}

/// What follows the first start of a scan; segments before it may hold whole small pictures.
fn scans(file: &[u8]) -> Option<&[u8]> {
    let mut rest = file.strip_prefix(&[MARKER, START_OF_IMAGE])?;
    loop {
        // Any number of marker bytes may come before a marker.
        let start = rest.iter().position(|&byte| byte != MARKER)?;
        let (marker, segment) = rest[start..].split_first()?;
        if *marker == START_OF_SCAN {
            return Some(segment);
        }
        let length = segment
            .first_chunk()
            .map(|length| u16::from_be_bytes(*length))?;
        rest = segment.get(usize::from(length)..)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_end_inside_a_thumbnail_is_not_the_end() {
        let thumbnail = [0xff, 0xe1, 0, 4, 0xff, 0xd9];
        let scan = [0xff, 0xda, 0, 2, 1, 2, 0xff, 0, 3];
        let start = [0xff, 0xd8];
        let cut = [&start[..], &thumbnail, &scan].concat();
        assert!(!is_whole(&cut));
        assert!(is_whole(&[&cut[..], &[0xff, 0xd9]].concat()));
        assert!(is_whole(
            &[&cut[..], &[0xff, 0xd9], b"what a camera adds"].concat()
        ));
    }

    #[test]
    fn no_beginning_of_a_file_is_whole() {
        let file = [
            0xff, 0xd8, 0xff, 0xff, 0xe0, 0, 3, 7, 0xff, 0xda, 0, 2, 9, 0xff, 0xd9,
        ];
        assert!(is_whole(&file));
        for length in 0..file.len() {
            assert!(!is_whole(&file[..length]), "{length}");
        }
    }
}
