//! What libtorch would not survive is refused before it gets there.
//!
//! libtorch compiles a program and reads its pickles by functions that call themselves, a level of
//! nesting a call. Enough levels overflow the stack, which ends the process. Networks written by
//! `torch.jit.save` have statements of some dozens of words and an indentation of some levels.

use std::path::Path;

use super::super::WeightsError;
use super::super::archive::Archive;

/// Signs in a statement, and words; a chain of either nests.
const MAX_IN_STATEMENT: usize = 500;

/// Spaces before a statement, two a level.
const MAX_INDENTATION: usize = 200;

/// Functions, which may call each other in a chain.
const MAX_FUNCTIONS: usize = 1000;

/// Tuples, lists and dictionaries in a pickle, which may stand in each other.
const MAX_CONTAINERS: usize = 10_000;

/// Bytes of program.
const MAX_CODE: usize = 4 << 20;

/// Refuses a module that is nested deeper than any network needs.
pub(super) fn check(path: &Path, contents: &[u8]) -> Result<(), WeightsError> {
    let mut archive = Archive::open(path, contents)?;
    let (mut functions, mut bytes) = (0, 0);
    for name in archive.names() {
        let is_too_deep = if name.ends_with(".py") {
            let code = archive.read(&name)?;
            bytes += code.len();
            functions += count(&code, b"def ");
            bytes > MAX_CODE || functions > MAX_FUNCTIONS || !is_flat(&code)
        } else if name.ends_with(".pkl") {
            let pickle = archive.read(&name)?;
            pickle
                .iter()
                .filter(|&&byte| matches!(byte, b'(' | b']' | b'}' | 0x85..=0x87))
                .count()
                > MAX_CONTAINERS
        } else {
            false
        };
        if is_too_deep {
            return Err(WeightsError::TorchScript {
                path: path.to_owned(),
                reason: format!("{name} is larger or nested deeper than a network needs"),
            });
        }
    }
    Ok(())
}

/// Whether all statements of a program are short, and none stands in too many others.
fn is_flat(code: &[u8]) -> bool {
    let (mut signs, mut words, mut brackets) = (0, 0, 0_usize);
    let mut is_continued = false;
    for line in code.split(|&byte| byte == b'\n') {
        let indentation = line
            .iter()
            .take_while(|&&byte| matches!(byte, b' ' | b'\t'))
            .count();
        if indentation > MAX_INDENTATION {
            return false;
        }
        if !is_continued {
            (signs, words) = (0, 0);
        }
        for &byte in line {
            match byte {
                b'(' | b'[' | b'{' => brackets += 1,
                b')' | b']' | b'}' => brackets = brackets.saturating_sub(1),
                _ => {}
            }
            signs += usize::from(!byte.is_ascii_alphanumeric() && !matches!(byte, b' ' | b'_'));
            words += usize::from(byte == b' ');
        }
        if signs > MAX_IN_STATEMENT || words > MAX_IN_STATEMENT + indentation {
            return false;
        }
        // A statement goes on where a bracket is open, or after a backslash.
        is_continued = brackets > 0 || line.ends_with(b"\\");
    }
    true
}

fn count(code: &[u8], word: &[u8]) -> usize {
    code.windows(word.len())
        .filter(|window| *window == word)
        .count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_pytorch_writes_is_flat() {
        let code = b"def forward(self,\n    x: Tensor) -> Tensor:\n  _0 = self.conv1\n  return x\n";
        assert!(is_flat(code));
    }

    #[test]
    fn chains_and_nesting_are_not() {
        for piece in ["(", "-", "x + ", "List[", "not ", "(x)\\\n"] {
            assert!(
                !is_flat(format!("return {}", piece.repeat(1000)).as_bytes()),
                "{piece}"
            );
        }
        assert!(!is_flat(format!("{}pass", " ".repeat(1000)).as_bytes()));
    }
}
