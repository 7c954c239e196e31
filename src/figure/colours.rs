use plotters::style::RGBColor;

/// Colours that people with any colour vision tell apart (Okabe and Ito).
pub const SERIES: [RGBColor; 6] = [
    RGBColor(0, 114, 178),
    RGBColor(213, 94, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(230, 159, 0),
    RGBColor(86, 180, 233),
];

pub const PAPER: RGBColor = RGBColor(255, 255, 255);
pub const TEXT: RGBColor = RGBColor(40, 40, 40);
pub const FAINT: RGBColor = RGBColor(110, 110, 110);
pub const GRID: RGBColor = RGBColor(226, 226, 226);

/// Between two colours: the first at 0, the second at 1.
pub fn mixed(from: RGBColor, to: RGBColor, share: f64) -> RGBColor {
    let mix = |from: u8, to: u8| {
        let (from, to) = (f64::from(from), f64::from(to));
        (from + share.clamp(0.0, 1.0) * (to - from)).round() as u8
    };
    RGBColor(mix(from.0, to.0), mix(from.1, to.1), mix(from.2, to.2))
}
