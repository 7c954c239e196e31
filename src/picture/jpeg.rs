//! Whether a JPEG file is whole.

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
