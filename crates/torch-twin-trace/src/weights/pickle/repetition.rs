//! A pickle may name a value again and again, and the reader of pickles makes a copy each time. It
//! limits how many values it copies, but not how long the names in them are, nor those of the
//! tensors, which are their paths: a file of a megabyte would take all memory.

use std::collections::HashMap;

use super::{Instruction, instructions, slot};
use crate::weights::WeightsError;

/// The most bytes that the copies and the names of tensors may take: what the reader itself allows
/// for copied texts.
const MAX_BYTES: u64 = 64 << 20;

/// The most pickles that a file of `torch.save` begins with, before the bytes of its tensors.
const MAX_PICKLES: usize = 5;

/// Refuses pickles, one after another, of which reading makes far more than they hold. Damaged ones
/// are the reader's to refuse.
pub fn check_repetition(pickles: &[u8]) -> Result<(), WeightsError> {
    let mut machine = Machine::default();
    let mut ended = 0;
    for instruction in instructions(pickles).map_while(|instruction| instruction) {
        if ended == MAX_PICKLES || machine.execute(instruction).is_none() {
            break;
        }
        let is_end = instruction.0 == b'.';
        let root = machine.stack.last().filter(|_| is_end);
        let names = root.map_or(0, |root| root.names);
        if machine.copied.saturating_add(names) > MAX_BYTES {
            let reason = format!("its pickle repeats names, to more than {MAX_BYTES} bytes");
            return Err(WeightsError::malformed("PyTorch file", reason));
        }
        if is_end {
            machine = Machine::default();
            ended += 1;
        }
    }
    Ok(())
}

/// What counts of a value.
#[derive(Clone, Copy, Default)]
struct Value {
    /// Bytes that a copy of it takes at the least.
    bytes: u64,
    /// Bytes of the key that it makes in a dictionary.
    as_key: u64,
    /// Tensors in it.
    tensors: u64,
    /// Bytes of the names of those tensors, which are their paths from here.
    names: u64,
    /// Where in the memo a copy of it is.
    slot: Option<u32>,
}

impl Value {
    /// What `instruction` makes of values from the stack, `taken`.
    fn made((opcode, argument): Instruction<'_>, taken: &[Self]) -> Self {
        match opcode {
            b'd' | b's' | b'u' => Self::dictionary(taken),
            // PERSID and BINPERSID: what the file holds of a tensor.
            b'P' => Self::tensor(argument.len() as u64),
            b'Q' => Self::tensor(taken[0].bytes),
            b')' | b']' | b'}' | 0x8f => Self::default(),
            _ if taken.is_empty() => {
                let bytes = argument.len().max(8) as u64;
                Self {
                    bytes,
                    as_key: bytes,
                    ..Self::default()
                }
            }
            _ => Self::sequence(taken),
        }
    }

    fn tensor(bytes: u64) -> Self {
        Self {
            bytes: bytes.max(8),
            tensors: 1,
            ..Self::default()
        }
    }

    fn sequence(items: &[Self]) -> Self {
        const INDEX: u64 = 10;
        match items {
            // It may become an item of a dictionary.
            [key, value] => Self::dictionary(&[*key, *value]),
            _ => items
                .iter()
                .fold(Self::default(), |whole, item| whole.with(item, INDEX)),
        }
    }

    /// The dictionary of keys and values in turn.
    fn dictionary(items: &[Self]) -> Self {
        let (pairs, _) = items.as_chunks();
        pairs.iter().fold(Self::default(), |whole, [key, value]| {
            whole.with(key, 0).with(value, key.as_key)
        })
    }

    /// With what is in `item` too, under a key of that many bytes.
    fn with(self, item: &Self, key: u64) -> Self {
        let names = key.saturating_mul(item.tensors).saturating_add(item.names);
        Self {
            bytes: self.bytes.saturating_add(item.bytes),
            tensors: self.tensors.saturating_add(item.tensors),
            names: self.names.saturating_add(names),
            ..self
        }
    }
}

/// The machine that a pickle instructs.
#[derive(Default)]
struct Machine {
    stack: Vec<Value>,
    /// The stack's lengths at each MARK.
    marks: Vec<usize>,
    memo: HashMap<u32, Value>,
    /// Bytes that were copied.
    copied: u64,
}

impl Machine {
    /// Carries out an instruction; none where the reader gives up too.
    fn execute(&mut self, instruction: Instruction<'_>) -> Option<()> {
        let opcode = instruction.0;
        let taken = self.take(opcode)?;
        match opcode {
            // PROTO, FRAME, STOP, POP, POP_MARK.
            0x80 | 0x95 | b'.' | b'0' | b'1' => {}
            b'(' => self.marks.push(self.stack.len()),
            b'2' => self.push_copy(*self.stack.last()?),
            b'g' | b'h' | b'j' => self.push_copy(*self.memo.get(&slot(instruction)?)?),
            b'p' | b'q' | b'r' => self.put(slot(instruction)?)?,
            0x94 => self.put(u32::try_from(self.memo.len()).ok()?)?,
            // What fills the value below: APPEND, APPENDS, ADDITEMS, SETITEM, SETITEMS, BUILD.
            b'a' | b'e' | 0x90 | b's' | b'u' | b'b' => {
                let top = self.stack.last_mut()?;
                *top = top.with(&Value::made(instruction, &taken), 0);
                // Only BUILD reaches the copy in the memo as well.
                if let (b'b', Some(slot)) = (opcode, top.slot) {
                    self.put(slot)?;
                }
            }
            _ => self.stack.push(Value::made(instruction, &taken)),
        }
        Some(())
    }

    /// What an instruction takes from the stack.
    fn take(&mut self, opcode: u8) -> Option<Vec<Value>> {
        let is_mark_on_top = self.marks.last() == Some(&self.stack.len());
        let count = match opcode {
            b'0' if is_mark_on_top => self.marks.pop().map(|_| 0)?,
            b't' | b'l' | b'd' | b'e' | b'u' | b'1' | 0x90 | 0x91 => {
                self.stack.len().checked_sub(self.marks.pop()?)?
            }
            b'0' | b'a' | b'b' | b'Q' | 0x85 => 1,
            b's' | b'R' | 0x81 | 0x86 | 0x93 => 2,
            0x87 | 0x92 => 3,
            _ => 0,
        };
        Some(self.stack.split_off(self.stack.len().checked_sub(count)?))
    }

    fn push_copy(&mut self, value: Value) {
        self.copied = self.copied.saturating_add(value.bytes);
        self.stack.push(value);
    }

    fn put(&mut self, slot: u32) -> Option<()> {
        let top = self.stack.last_mut()?;
        top.slot = Some(slot);
        self.copied = self.copied.saturating_add(top.bytes);
        self.memo.insert(slot, *top);
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MEGABYTE: usize = 1 << 20;

    /// BINUNICODE
    fn text(length: usize) -> Vec<u8> {
        let count = (length as u32).to_le_bytes();
        [b"X", &count[..], &vec![b'k'; length]].concat()
    }

    #[test]
    fn a_long_name_is_not_repeated_without_end() {
        let class = [b"c", &vec![b'm'; MEGABYTE][..], b"\nn\n"].concat();
        let key = [b"}", &text(MEGABYTE)[..], b"Ns"].concat();
        let shape = [b"(", &b"K\x01".repeat(MEGABYTE / 8)[..], b"t"].concat();
        // In a slot whose number is that of a line's end.
        for value in [class, key, shape] {
            let copies = |count| [b"](", &value[..], b"q\n", &b"h\n".repeat(count), b"e."].concat();
            assert!(check_repetition(&copies(60)).is_ok());
            assert!(check_repetition(&copies(64)).is_err());
        }
    }

    #[test]
    fn a_long_path_is_not_repeated_for_each_tensor_without_end() {
        let around: [[&[u8]; 2]; 3] = [[b"}", b"s."], [b"]", b"\x86a."], [b"", b"\x86\x85."]];
        for [open, close] in around {
            let tensors = |count| {
                let tensors = [b"](NQq\x00", &b"h\x00".repeat(count)[..], b"e"].concat();
                [open, &text(MEGABYTE), &tensors, close].concat()
            };
            assert!(check_repetition(&tensors(60)).is_ok());
            assert!(check_repetition(&tensors(64)).is_err());
        }
    }
}
