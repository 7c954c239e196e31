/// The most bytes that a picture's file may have.
pub const MAX_BYTES: u64 = 256 << 20;

/// The most pixels that a picture may have: a telephone's largest are 50 million.
pub const MAX_PIXELS: u64 = 64_000_000;

/// The most digits that are read in a picture.
pub const MAX_DIGITS: usize = 32;
