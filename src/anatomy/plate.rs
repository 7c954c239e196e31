use crate::figure::{Pixels, Sheet, Tile, Tiles};
use serde::Serialize;
use tch::{Device, Kind, Tensor};
use torch_twin::TorchError;

/// What a layer has or gives, as images that share one scale of colours.
#[derive(Debug, Serialize)]
pub struct Plate {
    /// The paper's name of the layer, such as `C1`.
    pub layer: &'static str,
    /// Its name in PyTorch, such as `conv1`.
    pub name: &'static str,
    /// What the images are: kernels, maps or values.
    pub kind: &'static str,
    /// The number of images.
    pub count: usize,
    /// Columns of each.
    pub width: usize,
    /// Rows of each.
    pub height: usize,
    /// The least value in them.
    pub lowest: f32,
    /// The greatest.
    pub highest: f32,
    /// The images.
    #[serde(skip)]
    pub images: Vec<Image>,
}

/// Values, row by row.
#[derive(Clone, Debug, PartialEq)]
pub struct Image {
    /// Values in a row.
    pub width: usize,
    /// All values.
    pub values: Vec<f32>,
}

/// The colours of the least, of no, and of the greatest value.
const NEGATIVE: [u8; 3] = [0, 114, 178];
const ZERO: [u8; 3] = [244, 244, 240];
const POSITIVE: [u8; 3] = [213, 94, 0];

impl Plate {
    /// The plate of a layer, of images N×H×W.
    pub(super) fn new(
        layer: &'static str,
        name: &'static str,
        kind: &'static str,
        images: &Tensor,
    ) -> Result<Self, TorchError> {
        let [count, height, width] = <[i64; 3]>::try_from(images.size())
            .map_err(|size| TorchError::new(&format!("images of size {size:?}")))?
            .map(|length| length as usize);
        let values = images.f_to_device(Device::Cpu)?.f_to_kind(Kind::Float)?;
        let values = Vec::<f32>::try_from(&values.f_contiguous()?.f_view(-1)?)?;
        let images = values.chunks(width * height).map(|values| Image {
            width,
            values: values.to_vec(),
        });
        Ok(Self {
            layer,
            name,
            kind,
            count,
            width,
            height,
            lowest: values.iter().copied().fold(f32::INFINITY, f32::min),
            highest: values.iter().copied().fold(f32::NEG_INFINITY, f32::max),
            images: images.collect(),
        })
    }

    /// What the plate shows, for people.
    pub fn title(&self) -> String {
        let Self {
            layer,
            name,
            kind,
            count,
            width,
            height,
            lowest,
            highest,
            ..
        } = self;
        let what = match *kind {
            VALUES => format!("{} values", count * width * height),
            _ => format!("{count} {kind} {width}×{height}"),
        };
        format!("{layer} ({name}): {what}, {lowest:.2} to {highest:.2}")
    }

    /// A value's share of the plate's largest, from -1 to 1.
    pub fn share(&self, value: f32) -> f32 {
        let largest = self.highest.max(-self.lowest).max(f32::MIN_POSITIVE);
        (value / largest).clamp(-1.0, 1.0)
    }

    /// A value's colour: blue below zero, orange above.
    pub fn colour(&self, value: f32) -> [u8; 3] {
        let share = self.share(value);
        let far = if share < 0.0 { NEGATIVE } else { POSITIVE };
        std::array::from_fn(|i| {
            let (zero, far) = (f32::from(ZERO[i]), f32::from(far[i]));
            (zero + share.abs() * (far - zero)).round() as u8
        })
    }
}

/// The kind of a plate whose values lie in no map.
pub(super) const VALUES: &str = "values";

/// The width that a row of images fills.
const WIDTH: usize = 880;

/// Plates below each other, to be drawn.
pub fn sheet<'a>(plates: impl IntoIterator<Item = &'a Plate>) -> Sheet {
    Sheet {
        sections: plates.into_iter().map(tiles).collect(),
    }
}

fn tiles(plate: &Plate) -> Tiles {
    // What there is much of is drawn small.
    let (side, gap) = match (plate.kind, plate.count) {
        (VALUES, _) => (20 * plate.width, 10),
        ("kernels", 0..=16) => (60, 10),
        (_, 0..=16) => (98, 10),
        (_, 17..=200) => (30, 5),
        _ => (10, 2),
    };
    let tile = |image: &Image| Tile {
        pixels: Pixels {
            width: image.width,
            colours: image
                .values
                .iter()
                .map(|&value| plate.colour(value))
                .collect(),
        },
        caption: Vec::new(),
    };
    Tiles {
        title: plate.title(),
        tiles: plate.images.iter().map(tile).collect(),
        columns: (WIDTH / (side + gap)).min(plate.count.max(1)),
        side: side as u32,
        gap: gap as u32,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_colour_of_a_value_is_that_of_its_sign_and_size() {
        let images = Tensor::from_slice(&[-2.0_f32, 0.0, 1.0, 4.0]).view((1, 2, 2));
        let plate = Plate::new("C1", "conv1", "maps", &images).unwrap();
        assert_eq!(plate.colour(0.0), ZERO);
        assert_eq!(plate.colour(4.0), POSITIVE);
        assert_eq!(plate.share(-2.0), -0.5);
        assert!(plate.colour(-2.0)[0] < plate.colour(-1.0)[0]);
        assert_eq!(plate.title(), "C1 (conv1): 1 maps 2×2, -2.00 to 4.00");
    }
}
