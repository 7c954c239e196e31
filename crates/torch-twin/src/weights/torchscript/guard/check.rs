use torch_twin_trace::weights::{Archive, FileError};

use super::{code, pickle};

/// Far more than programs have, and far less than a thread's stack can hold.
const MAX_NESTING: usize = 500;

/// The archive written anew, without what would crash libtorch instead of making it fail: its
/// parser and its unpickler need stack for each level of nesting, and check neither.
pub fn checked(contents: &[u8], max_bytes: u64) -> Result<Vec<u8>, FileError> {
    Archive::open(contents, max_bytes)?.rewrite(|name, file| {
        // It only says where the program's source was, and one that is damaged ends the process.
        if name.ends_with(".debug_pkl") {
            return Ok(None);
        }
        let nesting = if name.ends_with(".py") {
            Some(code::nesting(&String::from_utf8_lossy(&file)))
        } else if name.ends_with("pkl") {
            pickle::nesting(&file)
        } else {
            Some(0)
        };
        match nesting {
            Some(..=MAX_NESTING) => Ok(Some(file)),
            _ => Err(not_written_by_libtorch(name)),
        }
    })
}

/// The refusal of a module whose file `name` libtorch cannot have written.
pub fn not_written_by_libtorch(name: &str) -> FileError {
    FileError::TorchScript(format!("has a {name} that torch.jit.save does not write"))
}
