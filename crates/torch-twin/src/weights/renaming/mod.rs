//! How the names in a file become those of a network: without a prefix, by hand, by shapes.

mod name_map;
mod prefix;
mod proposal;
mod reshape;

pub use name_map::{NameMap, NameMapError};
pub use prefix::{Unprefixed, drop_prefix};
pub use proposal::propose;
pub use reshape::{Reshaped, reshape};
