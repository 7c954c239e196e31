use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::{Arc, Mutex};

/// The functions that are called, as `Type::method` or by their name, and what calls them with all bad arguments.
pub type Case = (&'static str, fn(&mut Attempts));

/// The calls of a case, and those that panicked.
#[derive(Default)]
pub struct Attempts {
    panics: Vec<String>,
    place: Arc<Mutex<String>>,
}

impl Attempts {
    /// Calls a function, whose arguments are those of the number `arguments`.
    pub fn call<T>(&mut self, arguments: impl std::fmt::Debug, call: impl FnOnce() -> T) {
        if catch_unwind(AssertUnwindSafe(|| drop(call()))).is_err() {
            let place = self.place.lock().unwrap();
            self.panics.push(format!("{arguments:?}: {place}"));
        }
    }
}

/// The panics of a case, the first few of them.
pub fn panics(&(functions, call): &Case) -> Vec<String> {
    const SHOWN: usize = 5;
    let mut attempts = Attempts::default();
    let place = attempts.place.clone();
    let hook = take_hook();
    set_hook(Box::new(move |panic| {
        *place.lock().unwrap() = panic
            .to_string()
            .replace('\n', " ")
            .chars()
            .take(200)
            .collect();
    }));
    let whole = catch_unwind(AssertUnwindSafe(|| call(&mut attempts)));
    set_hook(hook);
    if whole.is_err() {
        let place = attempts.place.lock().unwrap().clone();
        attempts
            .panics
            .push(format!("outside of an attempt: {place}"));
    }
    let panics = attempts.panics.into_iter().take(SHOWN);
    panics.map(|panic| format!("{functions} {panic}")).collect()
}
