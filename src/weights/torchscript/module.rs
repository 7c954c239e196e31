use std::path::Path;

use tch::{CModule, Device, IValue, Kind, TchError, Tensor};

use crate::TorchError;
use crate::model::{ForwardHook, Layer, Network};
use crate::weights::WeightsError;

/// Any TorchScript module that maps N×1×32×32 images to N×num_classes logits, LeNet-5 or not.
///
/// It runs as it is, in `eval` mode. Its weights are its own: its [`StateDict`](crate::nn::StateDict) is empty.
pub struct TorchScript {
    module: CModule,
}

impl TorchScript {
    /// Loads a module onto `device`, tries it on one image and on two, and counts its classes.
    pub(in crate::weights) fn load(
        path: &Path,
        contents: &[u8],
        device: Device,
    ) -> Result<(Self, i64), WeightsError> {
        let fault = |reason: String| WeightsError::TorchScript {
            path: path.to_owned(),
            reason,
        };
        super::guard::check(path, contents)?;
        let module = CModule::load_data_on_device(&mut &contents[..], device);
        let mut module = module.map_err(|error| fault(TorchError::from(error).to_string()))?;
        module.f_set_eval().map_err(TorchError::from)?;
        let script = Self { module };
        let [one, two] = [1, 2].map(|images| script.try_on(images, device));
        let (one, two) = (one?.map_err(fault)?, two?.map_err(fault)?);
        if one != two {
            return Err(fault(format!(
                "gives {one} logits for an image and {two} for each of two images"
            )));
        }
        Ok((script, one))
    }

    /// The logits that an image gets, when there are that many images.
    fn try_on(&self, images: i64, device: Device) -> Result<Result<i64, String>, TorchError> {
        let _no_grad = tch::no_grad_guard();
        let ramp = Tensor::f_linspace(0.0, 1.0, images * 32 * 32, (Kind::Float, device))?;
        let logits = self.logits(&ramp.f_view([images, 1, 32, 32])?)?;
        Ok(logits.map(|logits| logits.size()[1]))
    }

    /// The module's output for `images`, or what is wrong with it.
    fn logits(&self, images: &Tensor) -> Result<Result<Tensor, String>, TorchError> {
        let count = images.size()[0];
        let output = match self
            .module
            .forward_is(&[IValue::Tensor(images.shallow_clone())])
        {
            Ok(IValue::Tensor(output)) => output,
            Ok(_) => return Ok(Err("gives something else than one tensor".to_owned())),
            Err(error) => {
                let (shape, reason) = (images.size(), interpreter_error(error));
                return Ok(Err(format!(
                    "fails for images of shape {shape:?}: {reason}"
                )));
            }
        };
        let (kind, shape) = (output.kind(), output.size());
        if kind != Kind::Float || shape.len() != 2 || shape[0] != count || shape[1] == 0 {
            return Ok(Err(format!(
                "expected Float logits of shape [{count}, classes] for images of shape {:?}, \
                 found {kind:?} {shape:?}",
                images.size()
            )));
        }
        if output.f_isfinite()?.f_all()?.f_int64_value(&[])? == 0 {
            return Ok(Err("gives logits that are infinite or NaN".to_owned()));
        }
        Ok(Ok(output))
    }
}

impl Network for TorchScript {
    fn forward_t(
        &self,
        images: &Tensor, // N×1×32×32
        _train: bool,
        _hook: &mut ForwardHook<'_>,
    ) -> Result<Tensor, TorchError> {
        let logits = self.logits(images)?;
        let of_module = |reason| TchError::Torch(format!("the TorchScript module {reason}"));
        Ok(logits.map_err(of_module)?)
    }

    fn layers(&self) -> Vec<Layer<'_>> {
        Vec::new()
    }
}

/// What went wrong in the program: the interpreter says it after the program's own traceback.
fn interpreter_error(error: TchError) -> String {
    let TchError::Torch(text) = error else {
        return TorchError::from(error).to_string();
    };
    let raised = text
        .lines()
        .rfind(|line| line.starts_with("RuntimeError: "));
    let line = raised.or(text.lines().next());
    line.unwrap_or_default().to_owned()
}
