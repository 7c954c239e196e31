/// A source file of the page's script.
pub(super) struct Module {
    /// Its path below `page/`.
    pub path: &'static str,
    /// Its text.
    pub source: &'static str,
}

macro_rules! modules {
    ($($path:literal),* $(,)?) => {
        &[$(Module { path: $path, source: include_str!(concat!("../../page/", $path)) }),*]
    };
}

/// The page's script, each file after those that it imports.
pub(super) const MODULES: &[Module] = modules![
    "network/maps.js",
    "network/activation.js",
    "network/conv2d.js",
    "network/pool.js",
    "network/batch_norm.js",
    "network/linear.js",
    "network/rbf.js",
    "network/architecture.js",
    "network/weights.js",
    "network/network.js",
    "network/softmax.js",
    "picture/constants.js",
    "picture/no_digit.js",
    "picture/bounds.js",
    "picture/trim.js",
    "picture/plane.js",
    "picture/grey.js",
    "picture/thumbnail.js",
    "picture/paper.js",
    "picture/split.js",
    "picture/ink.js",
    "picture/pieces.js",
    "picture/lines.js",
    "picture/quadrilateral.js",
    "picture/polarity.js",
    "picture/mnist_form.js",
    "picture/resize.js",
    "picture/normalize.js",
    "picture/slant.js",
    "picture/stroke.js",
    "picture/hollow.js",
    "picture/segment.js",
    "picture/working_copy.js",
    "picture/read.js",
    "picture/distortion.js",
    "drawing/strokes.js",
    "drawing/pad.js",
    "drawing/picture_file.js",
    "drawing/incoming.js",
    "view/element.js",
    "view/number.js",
    "view/colour.js",
    "view/maps_figure.js",
    "view/legend.js",
    "view/kernels_figure.js",
    "view/connections_table.js",
    "view/layer_view.js",
    "view/network_view.js",
    "view/arithmetic/grid.js",
    "view/arithmetic/steps.js",
    "view/arithmetic/products.js",
    "view/arithmetic/pooling.js",
    "view/arithmetic/normalisation.js",
    "view/arithmetic/distance.js",
    "view/explanation.js",
    "view/digit_steps.js",
    "view/answer_view.js",
    "view/sliders.js",
    "view/sample_buttons.js",
    "view/page.js",
    "main.js",
];
