use std::str::FromStr;

use super::graph::int;
use super::messages::DataType;
use super::{Graph, Value};
use crate::data::{self, PADDING, WHITE};

/// Rows and columns of an image before it is padded.
const SIDE: i64 = data::SIDE as i64;

/// What a model takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Input {
    /// What [`to_input`](crate::data::to_input()) gives, N×1×32×32 float32 in [0, 1].
    #[default]
    Images,
    /// What [`to_input`](crate::data::to_input()) takes, N×28×28 uint8.
    Pixels,
}

impl Input {
    /// The name on the command line, in the file, and of the graph's input.
    pub fn name(self) -> &'static str {
        match self {
            Self::Images => "images",
            Self::Pixels => "pixels",
        }
    }

    /// The values that the network was trained on.
    pub(super) fn range(self) -> &'static str {
        match self {
            Self::Images => "0 to 1",
            Self::Pixels => "0 to 255",
        }
    }

    /// What it is, for people.
    pub(super) fn about(self) -> &'static str {
        match self {
            Self::Images => {
                "28×28 digits in a frame of 2 zeros on each side, from 0, the ground, to 1, the ink"
            }
            Self::Pixels => "28×28 digits, from 0, the ground, to 255, the ink",
        }
    }

    pub(super) fn value(self) -> Value {
        let padded = SIDE + 2 * PADDING;
        match self {
            Self::Images => Value::new(self.name(), DataType::Float, &[1, padded, padded]),
            Self::Pixels => Value::new(self.name(), DataType::Uint8, &[SIDE, SIDE]),
        }
    }
}

impl Graph<'_> {
    /// The images that the network takes: what is given, or what `to_input` would make of it.
    pub(super) fn images(&mut self, input: Input) -> Value {
        let given = input.value();
        match input {
            Input::Images => given,
            Input::Pixels => self.padded_and_scaled(given),
        }
    }

    /// [`to_input`](crate::data::to_input()), in its order: as bytes as long as it goes.
    fn padded_and_scaled(&mut self, pixels: Value) -> Value {
        let images = Input::Images.value();
        let [channel, height, width] = [1, SIDE, SIDE];
        self.integers("channel_axis", &[1]);
        let mut x = Value::new("pixels.channel", DataType::Uint8, &[channel, height, width]);
        x = self.node("Unsqueeze", &[&pixels.name, "channel_axis"], vec![], x);

        // Before and after, for each of four dimensions.
        let frame = [0, 0, PADDING, PADDING];
        self.integers("frame", &[frame, frame].concat());
        let framed = Value::new("pixels.framed", DataType::Uint8, &images.size);
        x = self.node("Pad", &[&x.name, "frame"], vec![], framed);

        let float = Value::new("pixels.float", DataType::Float, &images.size);
        let to = vec![int("to", DataType::Float as i64)];
        x = self.node("Cast", &[&x.name], to, float);

        self.scalar("white", WHITE);
        self.node("Div", &[&x.name, "white"], vec![], images)
    }
}

impl FromStr for Input {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, &'static str> {
        let all = [Self::Images, Self::Pixels];
        let found = all.into_iter().find(|input| input.name() == text);
        found.ok_or("expected images or pixels")
    }
}
