use tch::Tensor;

use crate::TorchError;
use crate::native::{bump_version, is_sole_view};

/// Parameters whose values stand side by side in one tensor, so that what is done to each of their
/// values is one call for all of them.
///
/// Each parameter stays a tensor of its own, which is a view of this one then.
pub struct FlatParameter {
    values: Tensor,
    gradient: Tensor,
    places: Vec<Place>,
}

/// Where a parameter's values stand.
struct Place {
    start: i64,
    shape: Vec<i64>,
    /// The parameter's part of the gradient.
    gradient: Tensor,
}

impl FlatParameter {
    /// libtorch lays every tensor at a multiple of so many bytes, and matrix products may round
    /// otherwise elsewhere.
    const ALIGNMENT: i64 = 64;
    /// Of larger ones a call costs nothing beside its work, and the second copy of the gradients
    /// too much.
    const MOST_VALUES: i64 = 1 << 22;

    /// Moves the values of `parameters` into one tensor, if there are several, of one type, on the
    /// CPU, not too large, and if nothing but each parameter sees its memory. None of them is there twice.
    ///
    /// # Errors
    /// Too little memory.
    pub fn join(parameters: &[Tensor]) -> Result<Option<Self>, TorchError> {
        let Some(kind) = parameters.first().map(Tensor::kind) else {
            return Ok(None);
        };
        let may_join = |parameter: &Tensor| parameter.kind() == kind && is_sole_view(parameter);
        if parameters.len() < 2 || !parameters.iter().all(may_join) {
            return Ok(None);
        }
        let unit = Self::ALIGNMENT / kind.elt_size_in_bytes() as i64;
        let padded = |parameter: &Tensor| parameter.numel().next_multiple_of(unit as usize) as i64;
        let length = parameters.iter().map(padded).sum();
        if length > Self::MOST_VALUES {
            return Ok(None);
        }
        let zeros = || Tensor::f_zeros([length], (kind, parameters[0].device()));
        let (values, gradient) = (zeros()?, zeros()?);
        let mut start = 0;
        let mut places = Vec::new();
        for parameter in parameters {
            let shape = parameter.size();
            view(&values, start, &shape).f_copy_(parameter)?;
            places.push(Place {
                start,
                gradient: view(&gradient, start, &shape),
                shape,
            });
            start += padded(parameter);
        }
        let flat = Self {
            values,
            gradient,
            places,
        };
        for (index, parameter) in parameters.iter().enumerate() {
            let view = flat.part(&flat.values, index);
            parameter.shallow_clone().f_set_data(&view)?;
        }
        Ok(Some(flat))
    }

    /// Whether `parameters` are views of it still: each may have been moved elsewhere meanwhile.
    pub fn holds(&self, parameters: &[Tensor]) -> bool {
        let size = self.values.kind().elt_size_in_bytes();
        let values = self.values.data_ptr();
        let is_in_place = |(place, parameter): (&Place, &Tensor)| {
            let address = values.wrapping_byte_add(place.start as usize * size);
            parameter.data_ptr() == address && parameter.size() == place.shape
        };
        self.places.iter().zip(parameters).all(is_in_place)
    }

    /// Calls `update` with all values, and with `gradients` beside them.
    ///
    /// # Errors
    /// What `update` gives, and what libtorch refuses.
    pub fn update(
        &mut self,
        parameters: &[Tensor],
        gradients: &[Tensor],
        update: impl FnOnce(&mut Tensor, &Tensor) -> Result<(), TorchError>,
    ) -> Result<(), TorchError> {
        for (place, gradient) in self.places.iter_mut().zip(gradients) {
            place.gradient.f_copy_(gradient)?;
        }
        update(&mut self.values, &self.gradient)?;
        // As after any operation in place: what a graph has kept of a parameter is out of date.
        parameters.iter().try_for_each(bump_version)
    }

    /// Tensors of the parameters' shapes, in one laid out as the values are.
    ///
    /// # Errors
    /// Too little memory.
    pub fn flatten(&self, tensors: &[&Tensor]) -> Result<Tensor, TorchError> {
        let flat = self.values.f_zeros_like()?;
        for (index, tensor) in tensors.iter().enumerate() {
            self.part(&flat, index).f_copy_(tensor)?;
        }
        Ok(flat)
    }

    /// What of `flat`, which is laid out as the values are, belongs to the parameter at `index`.
    pub fn part(&self, flat: &Tensor, index: usize) -> Tensor {
        let Place { start, shape, .. } = &self.places[index];
        view(flat, *start, shape)
    }
}

fn view(flat: &Tensor, start: i64, shape: &[i64]) -> Tensor {
    flat.narrow(0, start, shape.iter().product()).view(shape)
}
