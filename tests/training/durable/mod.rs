//! Nothing is lost: a training that is stopped, killed or refused its disk goes on, and ends with
//! the very bits of one that never stopped.

mod disk;
mod extend;
mod kill;
mod languages;
mod refusals;
mod resume;
mod run;
mod signals;
