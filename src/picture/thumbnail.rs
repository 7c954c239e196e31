use image::GrayImage;

use super::bounds::Bounds;

/// Scales a part of a picture down: the mean, rounded, of the pixels that go into each new one.
pub(super) fn thumbnail(picture: &GrayImage, part: Bounds, width: u32, height: u32) -> GrayImage {
    let row_length = picture.width() as usize;
    let (left, top) = (part.left as usize, part.top as usize);
    let columns = starts(part.width, width);
    let rows = starts(part.height, height);
    let mut levels = Vec::with_capacity(width as usize * height as usize);
    let mut sums = vec![0_u32; part.width as usize];
    for between in rows.windows(2) {
        sums.fill(0);
        for row in between[0]..between[1] {
            let row = &picture.as_raw()[(top + row) * row_length + left..][..sums.len()];
            for (sum, &level) in sums.iter_mut().zip(row) {
                *sum += u32::from(level);
            }
        }
        let down = (between[1] - between[0]) as u32;
        levels.extend(columns.windows(2).map(|between| {
            let sum: u32 = sums[between[0]..between[1]].iter().sum();
            let count = down * (between[1] - between[0]) as u32;
            ((sum + count / 2) / count) as u8
        }));
    }
    GrayImage::from_raw(width, height, levels).expect("as many levels as pixels")
}

/// Where the pixels that go into each new one along a side start, and where the last ones end.
fn starts(length: u32, new_length: u32) -> Vec<usize> {
    let start = |place: u32| u64::from(place) * u64::from(length) / u64::from(new_length);
    (0..=new_length)
        .map(|place| start(place) as usize)
        .collect()
}
