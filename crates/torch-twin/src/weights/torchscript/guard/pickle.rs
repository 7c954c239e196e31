//! The pickles of TorchScript. libtorch writes and reads a few dozen of Python's instructions.

use std::collections::HashMap;

use torch_twin_trace::weights::pickle::{self, Instruction, slot};

/// MARK, STOP, None, True, False, empty tuple, list and dictionary, and what takes from the stack:
/// tuples, APPEND, APPENDS, SETITEM, SETITEMS, NEWOBJ, REDUCE, BUILD, BINPERSID; PROTO, BINPUT, BINGET,
/// BININT1, BININT2, LONG_BINPUT, LONG_BINGET, BININT, BINFLOAT, LONG1, BINUNICODE, GLOBAL.
const OPCODES: &[u8] = b"(.N\x88\x89)]}t\x85\x86\x87aesu\x81RbQ\x80qhKMrjJG\x8aXc";

/// Splits a pickle into its instructions; ends with `None` where libtorch could not have written what
/// follows.
fn instructions(pickle: &[u8]) -> impl Iterator<Item = Option<Instruction<'_>>> {
    pickle::instructions(pickle)
        .map(|instruction| instruction.filter(|(opcode, _)| OPCODES.contains(opcode)))
}

/// A value on the stack.
#[derive(Clone, Copy)]
struct Value {
    /// How deeply values lie in one another here.
    depth: usize,
    /// Whether it can still be filled: a list, a dictionary or an object that nothing else holds.
    is_open: bool,
}

/// How deeply values lie in one another in a pickle; none if libtorch did not write it.
pub fn nesting(pickle: &[u8]) -> Option<usize> {
    let mut stack: Vec<Value> = Vec::new();
    let mut marks = Vec::new();
    let mut memo = HashMap::new();
    let mut deepest = 0;
    for instruction in instructions(pickle) {
        let instruction = instruction?;
        let opcode = instruction.0;
        let taken = match opcode {
            b't' | b'e' | b'u' => stack.len().checked_sub(marks.pop()?)?,
            0x85 | b'Q' | b'a' => 1,
            0x86 | 0x81 | b'R' | b's' => 2,
            0x87 => 3,
            b'b' => 1,
            _ => 0,
        };
        let taken = stack.split_off(stack.len().checked_sub(taken)?);
        let inner = taken.iter().map(|value| value.depth + 1).max().unwrap_or(0);
        match opcode {
            0x80 | b'.' => {}
            b'(' => marks.push(stack.len()),
            b'q' | b'r' => {
                let (slot, top) = (slot(instruction)?, stack.last_mut()?);
                // libtorch fills one slot after another, and has memory for all up to the last.
                if slot as usize > memo.len() {
                    return None;
                }
                top.is_open = false;
                memo.insert(slot, *top);
            }
            b'h' | b'j' => stack.push(*memo.get(&slot(instruction)?)?),
            // What fills the value below.
            b'a' | b'e' | b's' | b'u' | b'b' => {
                let filled = stack.last_mut().filter(|value| value.is_open)?;
                filled.depth = filled.depth.max(inner);
            }
            _ => stack.push(Value {
                depth: inner,
                is_open: matches!(opcode, b']' | b'}' | 0x81 | b'R'),
            }),
        }
        deepest = deepest.max(stack.last().map_or(0, |value| value.depth));
    }
    Some(deepest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_in_values_are_counted() {
        assert_eq!(nesting(b"\x80\x02)."), Some(0));
        assert_eq!(nesting(b"\x80\x02]K\x01a."), Some(1));
        assert_eq!(nesting(b"\x80\x02(K\x01K\x02\x86t\x85."), Some(3));
        // A list that holds what is in slot 0 of the memo, a tuple in a tuple in a tuple.
        assert_eq!(nesting(b"\x80\x02)\x85\x85q\x00](h\x00e."), Some(3));
    }

    #[test]
    fn what_libtorch_does_not_write_is_refused() {
        let pickles = [
            &b"\x80\x02\x93."[..],    // STACK_GLOBAL
            b"\x80\x02X\xff\x00\x00", // cut off
            b"\x80\x02\x85.",         // a tuple of what is not there
            b"\x80\x02]q\x00h\x00a.", // a list in itself
            b"\x80\x02]q\x01.",       // a slot that leaves one out
        ];
        for pickle in pickles {
            assert_eq!(nesting(pickle), None, "{pickle:?}");
        }
    }
}
