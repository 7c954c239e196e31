use std::cell::Cell;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::NativeGenerator;
use crate::TorchError;

/// Whoever has libtorch's default generator.
static TURN: Mutex<()> = Mutex::new(());

thread_local! {
    /// Whether it is this thread.
    static HAS_TURN: Cell<bool> = const { Cell::new(false) };
}

/// While it lives, libtorch's default generator and another have each other's state.
pub struct AsDefault<'g> {
    generator: &'g mut NativeGenerator,
    _turn: MutexGuard<'static, ()>,
}

impl<'g> AsDefault<'g> {
    pub fn new(generator: &'g mut NativeGenerator) -> Result<Self, TorchError> {
        if HAS_TURN.get() {
            let words = "this thread has a generator in the default one's place already";
            return Err(TorchError::new(words));
        }
        let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        generator.exchange_with_default()?;
        HAS_TURN.set(true);
        Ok(Self {
            generator,
            _turn: turn,
        })
    }
}

impl Drop for AsDefault<'_> {
    fn drop(&mut self) {
        HAS_TURN.set(false);
        // It went well in this direction, and both states are still ones.
        let _ = self.generator.exchange_with_default();
    }
}
