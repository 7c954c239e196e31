use tch::{Kind, Tensor};

use super::number::Number;
use crate::optim::OptimizerStateError;
use crate::{Tensors, TorchError, native};

/// What is kept between two steps: `optimizer.state[params[0]]`.
#[derive(Default)]
pub struct State {
    pub func_evals: u64,
    pub n_iter: u64,
    /// How the last iteration ended; none before the first.
    pub last: Option<Last>,
    /// Differences of gradients, and of parameters: the newest are the last.
    pub old_dirs: Vec<Tensor>,
    pub old_stps: Vec<Tensor>,
    pub ro: Vec<Tensor>,
    pub al: Vec<Tensor>,
}

/// The last iteration.
pub struct Last {
    pub d: Tensor,
    pub t: Number,
    pub h_diag: Option<Tensor>,
    pub flat_grad: Tensor,
    pub loss: f64,
}

impl State {
    pub const KEYS: [&str; 11] = [
        "func_evals",
        "n_iter",
        "d",
        "t",
        "old_dirs",
        "old_stps",
        "ro",
        "H_diag",
        "prev_flat_grad",
        "prev_loss",
        "al",
    ];

    /// Keeps a pair of differences, and forgets the oldest where there are too many.
    pub fn remember(
        &mut self,
        y: Tensor,
        s: Tensor,
        ro: Tensor,
        history_size: usize,
    ) -> Result<(), TorchError> {
        if history_size == 0 {
            return Err(TorchError::new(
                "history_size is 0: L-BFGS remembers nothing",
            ));
        }
        for (list, tensor) in [
            (&mut self.old_dirs, y),
            (&mut self.old_stps, s),
            (&mut self.ro, ro),
        ] {
            let surplus = (list.len() + 1).saturating_sub(history_size);
            list.drain(..surplus);
            list.push(tensor);
        }
        Ok(())
    }

    /// The product of `q` and the approximate inverse of the Hessian.
    pub fn approximate(
        &mut self,
        mut q: Tensor,
        h_diag: Option<&Tensor>,
    ) -> Result<Tensor, TorchError> {
        let pairs = self.old_dirs.iter().zip(&self.old_stps).zip(&self.ro);
        let mut al = Vec::new();
        for ((y, s), ro) in pairs.clone().rev() {
            let factor = s.f_dot(&q)?.f_mul(ro)?;
            native::add_(&mut q, y, -factor.f_double_value(&[])?)?;
            al.push(factor);
        }
        al.reverse();
        let mut d = match h_diag {
            Some(h_diag) => q.f_mul(h_diag)?,
            None => native::mul(&q, 1.0)?,
        };
        for (((y, s), ro), al) in pairs.zip(&al) {
            let be = y.f_dot(&d)?.f_mul(ro)?;
            native::add_(&mut d, s, al.f_sub(&be)?.f_double_value(&[])?)?;
        }
        self.al = al;
        Ok(d)
    }

    /// The state by PyTorch's keys; what is a list there has numbers. It is none before the first step.
    pub fn named(&self) -> Tensors {
        let mut named = Tensors::new();
        if self.func_evals == 0 {
            return named;
        }
        let mut insert = |key: &str, tensor: Tensor| named.insert(format!("0.{key}"), tensor);
        insert("func_evals", Tensor::from(self.func_evals as i64));
        insert("n_iter", Tensor::from(self.n_iter as i64));
        if let Some(last) = &self.last {
            insert("d", last.d.shallow_clone());
            insert(
                "t",
                match &last.t {
                    // Where the line search has found nothing better, PyTorch has an integer.
                    Number::Float(0.0) => Tensor::from(0_i64),
                    Number::Float(t) => Tensor::from(*t),
                    Number::Tensor(t) => t.shallow_clone(),
                },
            );
            // PyTorch begins with the number 1.
            let h_diag = last.h_diag.as_ref();
            insert(
                "H_diag",
                h_diag.map_or_else(|| Tensor::from(1_i64), Tensor::shallow_clone),
            );
            insert("prev_flat_grad", last.flat_grad.shallow_clone());
            insert("prev_loss", Tensor::from(last.loss));
        }
        for (key, list) in self.lists() {
            for (index, tensor) in list.iter().enumerate() {
                insert(&format!("{key}.{index}"), tensor.shallow_clone());
            }
        }
        named
    }

    fn lists(&self) -> [(&'static str, &Vec<Tensor>); 4] {
        [
            ("old_dirs", &self.old_dirs),
            ("old_stps", &self.old_stps),
            ("ro", &self.ro),
            ("al", &self.al),
        ]
    }

    /// The state in such a dictionary, of parameters that have `numel` values of this kind.
    ///
    /// # Errors
    /// A state of another optimiser or of other parameters.
    pub fn load(saved: &Tensors, numel: i64, kind: Kind) -> Result<Self, OptimizerStateError> {
        let reader = Reader { saved, numel, kind };
        let mut state = Self::default();
        if saved.is_empty() {
            return Ok(state);
        }
        reader.check_names()?;
        state.func_evals = reader.count("func_evals")?;
        state.n_iter = reader.count("n_iter")?;
        state.old_dirs = reader.list("old_dirs", &[numel])?;
        state.old_stps = reader.list("old_stps", &[numel])?;
        state.ro = reader.list("ro", &[])?;
        state.al = reader.list("al", &[])?;
        if state.n_iter > 0 {
            let t = reader.number("t")?;
            let h_diag = reader.number("H_diag")?;
            state.last = Some(Last {
                d: reader.tensor("d", &[numel])?,
                t: match t.kind() {
                    Kind::Double | Kind::Int64 => {
                        Number::Float(t.f_double_value(&[]).map_err(TorchError::from)?)
                    }
                    _ => Number::Tensor(t),
                },
                h_diag: (h_diag.kind() != Kind::Int64).then_some(h_diag),
                flat_grad: reader.tensor("prev_flat_grad", &[numel])?,
                loss: reader
                    .number("prev_loss")?
                    .f_double_value(&[])
                    .map_err(TorchError::from)?,
            });
        }
        reader.check_lengths(&state)?;
        Ok(state)
    }
}

/// A saved state, which may be anything.
struct Reader<'a> {
    saved: &'a Tensors,
    numel: i64,
    kind: Kind,
}

impl Reader<'_> {
    /// Refuses what is no part of such a state.
    fn check_names(&self) -> Result<(), OptimizerStateError> {
        let is_known = |name: &str| {
            let mut parts = name.strip_prefix("0.").unwrap_or_default().split('.');
            let key = parts.next().unwrap_or_default();
            let is_list = ["old_dirs", "old_stps", "ro", "al"].contains(&key);
            let is_numbered = parts.next().map(|index| index.parse::<usize>().is_ok());
            State::KEYS.contains(&key)
                && parts.next().is_none()
                && is_numbered.unwrap_or(!is_list)
                && (is_list || is_numbered.is_none())
        };
        match self.saved.keys().find(|name| !is_known(name)) {
            Some(name) => Err(OptimizerStateError::Unexpected { name: name.clone() }),
            None => Ok(()),
        }
    }

    /// Refuses lists of different lengths, and more of them than iterations.
    fn check_lengths(&self, state: &State) -> Result<(), OptimizerStateError> {
        let count = state.old_dirs.len();
        for (key, list) in state.lists() {
            let is_good = list.len() == count && (list.len() as u64) < state.n_iter.max(1);
            // The factors are kept from the second iteration on, also where nothing is remembered.
            if !is_good && (key != "al" || list.len() > count) {
                return Err(OptimizerStateError::Missing {
                    name: format!("0.{key}.{}", list.len()),
                    expected: vec![self.numel],
                });
            }
        }
        Ok(())
    }

    fn get(&self, key: &str, expected: &[i64]) -> Result<(String, &Tensor), OptimizerStateError> {
        let name = format!("0.{key}");
        match self.saved.get(&name) {
            Some(tensor) => Ok((name, tensor)),
            None => Err(OptimizerStateError::Missing {
                name,
                expected: expected.to_vec(),
            }),
        }
    }

    fn tensor(&self, key: &str, size: &[i64]) -> Result<Tensor, OptimizerStateError> {
        let (name, tensor) = self.get(key, size)?;
        let found = (tensor.f_kind().map_err(TorchError::from)?, tensor.size());
        let expected = (self.kind, size.to_vec());
        if found != expected {
            return Err(OptimizerStateError::Form {
                name,
                expected,
                found,
            });
        }
        Ok(native::clone(tensor)?)
    }

    /// A number of any kind.
    fn number(&self, key: &str) -> Result<Tensor, OptimizerStateError> {
        let (name, tensor) = self.get(key, &[])?;
        let found = (tensor.f_kind().map_err(TorchError::from)?, tensor.size());
        let expected = (self.kind, vec![]);
        if !found.1.is_empty() || ![self.kind, Kind::Double, Kind::Int64].contains(&found.0) {
            return Err(OptimizerStateError::Form {
                name,
                expected,
                found,
            });
        }
        Ok(native::clone(tensor)?)
    }

    fn count(&self, key: &str) -> Result<u64, OptimizerStateError> {
        let (name, tensor) = self.get(key, &[])?;
        let is_whole = tensor.size().is_empty() && tensor.f_kind().is_ok_and(|k| k == Kind::Int64);
        let count = match is_whole {
            true => tensor.f_int64_value(&[]).map_err(TorchError::from)?,
            false => -1,
        };
        u64::try_from(count).map_err(|_| OptimizerStateError::Step { name })
    }

    fn list(&self, key: &str, size: &[i64]) -> Result<Vec<Tensor>, OptimizerStateError> {
        let names = (0..).map(|index| format!("{key}.{index}"));
        names
            .take_while(|name| self.saved.contains_key(&format!("0.{name}")))
            .map(|name| self.tensor(&name, size))
            .collect()
    }
}
