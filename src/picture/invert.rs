use std::str::FromStr;

/// Whether a picture's ink is darker than its paper, and light and dark have to change places.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Invert {
    /// Find out: what lies along the picture's edges is paper.
    #[default]
    Auto,
    /// The ink is dark on light paper.
    Yes,
    /// The ink is light on a dark ground, as MNIST's.
    No,
}

impl FromStr for Invert {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "auto" => Ok(Self::Auto),
            "yes" => Ok(Self::Yes),
            "no" => Ok(Self::No),
            _ => Err("expected auto, yes or no".to_owned()),
        }
    }
}
