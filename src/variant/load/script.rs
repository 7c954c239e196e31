use tch::{Device, Kind, Tensor};
use torch_twin::TorchError;
use torch_twin::nn::{Forward, ForwardPass};
use torch_twin::weights::{FileError, ScriptModule, WeightsError};

use super::network::MAX_WEIGHTS_BYTES;
use super::{Preprocessing, PreprocessingOptions};
use crate::model::Classifier;

/// Height and width of MNIST's images.
const UNPADDED: i64 = 28;

/// Any TorchScript module that maps images of N×1×32×32, or of N×1×28×28, to N×num_classes logits,
/// LeNet-5 or not.
pub struct TorchScript {
    module: ScriptModule,
    num_classes: usize,
    gives_probabilities: bool,
}

impl TorchScript {
    /// Loads a module from its file's bytes onto `device`, and tries it on one image and on two, of
    /// the size that `options` name, or else of 32×32 and then of 28×28.
    ///
    /// # Errors
    /// A file that cannot be loaded, and a module that gives no logits.
    pub(super) fn load(
        contents: &[u8],
        options: PreprocessingOptions,
        device: Device,
    ) -> Result<(Self, Preprocessing), WeightsError> {
        let module = ScriptModule::load(contents, device, MAX_WEIGHTS_BYTES)?;
        let of_side = |side: i64| Preprocessing {
            side,
            normalize: options.normalize,
            is_padded_after: false,
        };
        let plain = of_side(options.side.unwrap_or(Preprocessing::PLAIN.side));
        let (num_classes, preprocessing) = match classes(&module, plain, device) {
            Ok(classes) => (classes, plain),
            Err(error) if options.side.is_some() => return Err(error),
            Err(error) => {
                let unpadded = of_side(UNPADDED);
                // What it does with images of the usual size says more.
                let classes = classes(&module, unpadded, device).map_err(|_| error)?;
                (classes, unpadded)
            }
        };
        let script = Self {
            gives_probabilities: gives_probabilities(&module, preprocessing, device)?,
            module,
            num_classes,
        };
        Ok((script, preprocessing))
    }

    /// Whether `lenet5 convert` made it, so that it takes what our networks take.
    pub(super) fn is_ours(&self) -> bool {
        self.module.metadata().contains_key("variant")
    }

    /// Whether the module ends in a softmax.
    pub(super) fn gives_probabilities(&self) -> bool {
        self.gives_probabilities
    }

    /// Classes that the module tells apart.
    pub fn num_classes(&self) -> usize {
        self.num_classes
    }
}

/// Classes that `module` tells apart, tried on one image and on two.
fn classes(
    module: &ScriptModule,
    preprocessing: Preprocessing,
    device: Device,
) -> Result<usize, WeightsError> {
    let classes = |count: i64| {
        let logits = tried(module, preprocessing, count, device)?;
        Ok::<_, TryError>(logits.size()[1])
    };
    let (one, two) = (classes(1)?, classes(2)?);
    if one != two {
        return Err(TryError::Module(format!(
            "gives {one} logits for an image and {two} for each of two images"
        ))
        .into());
    }
    Ok(one as usize)
}

/// Whether what `module` gives for an image is of no negative value and sums to 1.
fn gives_probabilities(
    module: &ScriptModule,
    preprocessing: Preprocessing,
    device: Device,
) -> Result<bool, WeightsError> {
    /// As far from 1 as rounding leads.
    const ROUNDING: f64 = 1e-4;
    let read = || {
        let output = tried(module, preprocessing, 1, device)?;
        let least = output.f_min()?.f_double_value(&[])?;
        let sum = output.f_sum(Kind::Double)?.f_double_value(&[])?;
        Ok::<_, TryError>(least >= 0.0 && (sum - 1.0).abs() < ROUNDING)
    };
    Ok(read()?)
}

/// What `module` gives for so many images.
fn tried(
    module: &ScriptModule,
    preprocessing: Preprocessing,
    count: i64,
    device: Device,
) -> Result<Tensor, TryError> {
    let _no_grad = tch::no_grad_guard();
    let side = Preprocessing::PLAIN.side;
    let ramp = Tensor::f_linspace(0.0, 1.0, count * side * side, (Kind::Float, device))?;
    let images = preprocessing.prepare(&ramp.f_view([count, 1, side, side])?)?;
    logits(module, &images)
}

/// Why a module gave no logits.
enum TryError {
    Module(String),
    Torch(TorchError),
}

impl From<TorchError> for TryError {
    fn from(error: TorchError) -> Self {
        Self::Torch(error)
    }
}

impl From<tch::TchError> for TryError {
    fn from(error: tch::TchError) -> Self {
        Self::Torch(error.into())
    }
}

impl From<TryError> for WeightsError {
    fn from(error: TryError) -> Self {
        match error {
            TryError::Module(reason) => FileError::TorchScript(reason).into(),
            TryError::Torch(error) => Self::Torch(error),
        }
    }
}

/// The module's output for `images`, if it is logits.
fn logits(module: &ScriptModule, images: &Tensor) -> Result<Tensor, TryError> {
    let output = module
        .run(images)
        .map_err(|error| TryError::Module(error.to_string()))?;
    let (kind, shape, count) = (output.kind(), output.size(), images.size()[0]);
    if kind != Kind::Float || shape.len() != 2 || shape[0] != count || shape[1] == 0 {
        return Err(TryError::Module(format!(
            "expected Float logits of shape [{count}, classes] for images of shape {:?}, found \
             {kind:?} {shape:?}",
            images.size()
        )));
    }
    if output.f_isfinite()?.f_all()?.f_int64_value(&[])? == 0 {
        let reason = "gives logits that are infinite or NaN";
        return Err(TryError::Module(reason.to_owned()));
    }
    Ok(output)
}

impl Forward for TorchScript {
    fn forward(&self, images: &Tensor, _pass: &mut ForwardPass<'_>) -> Result<Tensor, TorchError> {
        match logits(&self.module, images) {
            Ok(logits) => Ok(logits),
            Err(TryError::Torch(error)) => Err(error),
            Err(TryError::Module(reason)) => {
                Err(TorchError::new(&format!("the TorchScript module {reason}")))
            }
        }
    }
}

impl Classifier for TorchScript {}
