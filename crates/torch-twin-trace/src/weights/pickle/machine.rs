use std::collections::HashMap;

use super::{Id, Instruction, Object, Value, Values, instructions, slot};

/// The most instructions and the most values that are taken from a pickle: many times those of the largest
/// checkpoints, and few enough for a file that was made to take all time and memory.
const MAX_INSTRUCTIONS: usize = 1 << 25;
const MAX_VALUES: usize = 1 << 23;

/// The values of the pickle that `bytes` begin with, and the bytes after it.
pub fn run(bytes: &[u8]) -> Result<(Values<'_>, &[u8]), String> {
    let mut machine = Machine::default();
    let mut position = 0;
    for instruction in instructions(bytes).take(MAX_INSTRUCTIONS) {
        if machine.values.len() + machine.memo.len() > MAX_VALUES {
            break;
        }
        let executed = instruction.and_then(|instruction| {
            machine.execute(instruction)?;
            Some(instruction)
        });
        let Some((opcode, argument)) = executed else {
            return Err(format!(
                "its pickle is damaged or cut off at byte {position}: copy or download it again"
            ));
        };
        position += 1 + argument.len();
        if opcode == b'.' {
            let root = machine
                .stack
                .pop()
                .ok_or("its pickle makes no value".to_owned())?;
            let Machine {
                values: all,
                persistent,
                ..
            } = machine;
            let values = Values {
                all,
                persistent,
                root,
            };
            return Ok((values, &bytes[position..]));
        }
    }
    Err(match position == bytes.len() {
        true => "its pickle ends too early: copy or download it again".to_owned(),
        false => format!("its pickle makes more than {MAX_VALUES} values"),
    })
}

/// The machine that a pickle instructs.
#[derive(Default)]
struct Machine<'a> {
    values: Vec<Value<'a>>,
    stack: Vec<Id>,
    /// The stack's lengths at each MARK.
    marks: Vec<usize>,
    memo: HashMap<u32, Id>,
    persistent: Vec<Id>,
}

impl<'a> Machine<'a> {
    /// Carries out an instruction; none where the stack does not have what it takes.
    fn execute(&mut self, instruction: Instruction<'a>) -> Option<()> {
        let (opcode, argument) = instruction;
        match opcode {
            // PROTO, FRAME, STOP, READONLY_BUFFER.
            0x80 | 0x95 | b'.' | 0x98 => {}
            b'(' => self.marks.push(self.stack.len()),
            b'0' if self.marks.last() == Some(&self.stack.len()) => {
                self.marks.pop();
            }
            b'0' => {
                self.stack.pop()?;
            }
            b'1' => {
                self.marked()?;
            }
            b'2' => self.stack.push(*self.stack.last()?),
            b'g' | b'h' | b'j' => self.stack.push(*self.memo.get(&slot(instruction)?)?),
            b'p' | b'q' | b'r' => {
                self.memo.insert(slot(instruction)?, *self.stack.last()?);
            }
            0x94 => {
                let slot = u32::try_from(self.memo.len()).ok()?;
                self.memo.insert(slot, *self.stack.last()?);
            }
            b'a' => {
                let item = self.stack.pop()?;
                self.append(&[item])?;
            }
            b'e' | 0x90 => {
                let items = self.marked()?;
                self.append(&items)?;
            }
            b's' => {
                let item = self.taken::<2>()?;
                self.set_items(&item)?;
            }
            b'u' => {
                let items = self.marked()?;
                self.set_items(&items)?;
            }
            b'b' => self.build()?,
            _ => {
                let value = match argument {
                    [] => self.made(opcode)?,
                    _ => self.made_of(opcode, argument)?,
                };
                self.push(value);
            }
        }
        Some(())
    }

    fn push(&mut self, value: Value<'a>) -> Id {
        // There are at most MAX_VALUES and a few.
        let id = self.values.len() as Id;
        self.values.push(value);
        self.stack.push(id);
        id
    }

    /// The values above the last mark, taken from the stack.
    fn marked(&mut self) -> Option<Vec<Id>> {
        let mark = self.marks.pop()?;
        (mark <= self.stack.len()).then(|| self.stack.split_off(mark))
    }

    /// As many values, taken from the stack.
    fn taken<const COUNT: usize>(&mut self) -> Option<[Id; COUNT]> {
        let (_, &taken) = self.stack.split_last_chunk()?;
        self.stack.truncate(self.stack.len() - COUNT);
        Some(taken)
    }

    fn top(&mut self) -> Option<&mut Value<'a>> {
        let id = *self.stack.last()?;
        self.values.get_mut(id as usize)
    }

    /// APPEND, APPENDS, ADDITEMS.
    fn append(&mut self, items: &[Id]) -> Option<()> {
        match self.top()? {
            Value::List(list) | Value::Set(list) => list.extend(items),
            Value::Object(object) => object.appended.extend(items),
            _ => {}
        }
        Some(())
    }

    /// SETITEM, SETITEMS.
    fn set_items(&mut self, items: &[Id]) -> Option<()> {
        match self.top()? {
            Value::Dict(pairs) => pairs.extend(items),
            Value::Object(object) => object.items.extend(items),
            _ => {}
        }
        Some(())
    }

    fn build(&mut self) -> Option<()> {
        let state = self.stack.pop()?;
        if let Value::Object(object) = self.top()? {
            object.state = Some(state);
        }
        Some(())
    }

    fn object(class: Id, arguments: Id) -> Value<'a> {
        Value::Object(Box::new(Object {
            class,
            arguments,
            state: None,
            items: Vec::new(),
            appended: Vec::new(),
        }))
    }

    /// What an instruction without an argument makes of values from the stack.
    fn made(&mut self, opcode: u8) -> Option<Value<'a>> {
        Some(match opcode {
            b'N' => Value::None,
            0x88 => Value::Bool(true),
            0x89 => Value::Bool(false),
            b')' => Value::Tuple(Vec::new()),
            0x85 => Value::Tuple(self.taken::<1>()?.into()),
            0x86 => Value::Tuple(self.taken::<2>()?.into()),
            0x87 => Value::Tuple(self.taken::<3>()?.into()),
            b't' => Value::Tuple(self.marked()?),
            b']' => Value::List(Vec::new()),
            b'l' => Value::List(self.marked()?),
            b'}' => Value::Dict(Vec::new()),
            b'd' => Value::Dict(self.marked()?),
            0x8f => Value::Set(Vec::new()),
            0x91 => Value::Set(self.marked()?),
            b'Q' => {
                let [description] = self.taken()?;
                self.persistent.push(description);
                Value::Persistent(description)
            }
            // REDUCE, NEWOBJ.
            b'R' | 0x81 => {
                let [class, arguments] = self.taken()?;
                Self::object(class, arguments)
            }
            // NEWOBJ_EX.
            0x92 => {
                let [class, arguments, _] = self.taken()?;
                Self::object(class, arguments)
            }
            // OBJ.
            b'o' => {
                let mut parts = self.marked()?.into_iter();
                let (class, arguments) = (parts.next()?, parts.collect());
                self.object_of_marked(class, arguments)
            }
            // STACK_GLOBAL.
            0x93 => match self.taken()?.map(|id| &self.values[id as usize]) {
                [Value::Text(module), Value::Text(name)] => Value::Class(module, name),
                _ => return None,
            },
            // NEXT_BUFFER.
            0x97 => Value::Other("bytes"),
            _ => return None,
        })
    }

    /// An object whose arguments come without a tuple.
    fn object_of_marked(&mut self, class: Id, arguments: Vec<Id>) -> Value<'a> {
        let arguments_id = self.push(Value::Tuple(arguments));
        self.stack.pop();
        Self::object(class, arguments_id)
    }

    /// What an instruction with an argument makes.
    fn made_of(&mut self, opcode: u8, argument: &'a [u8]) -> Option<Value<'a>> {
        Some(match opcode {
            b'K' | b'M' => Value::Int(unsigned(argument)),
            b'J' => Value::Int(i32::from_le_bytes(argument.try_into().ok()?).into()),
            0x8a => long(&argument[1..]),
            0x8b => long(&argument[4..]),
            b'G' => Value::Float(f64::from_be_bytes(argument.try_into().ok()?)),
            b'I' | b'L' | b'F' => number(line(argument)?)?,
            b'U' | 0x8c => text(&argument[1..]),
            b'X' | b'T' => text(&argument[4..]),
            0x8d => text(&argument[8..]),
            b'S' | b'V' => text(argument.trim_ascii_end()),
            b'C' | b'B' | 0x8e => Value::Other("bytes"),
            0x96 => Value::Other("bytearray"),
            0x82..=0x84 => Value::Other("an object of copyreg"),
            b'P' => {
                let description = self.push(text(argument.trim_ascii_end()));
                self.stack.pop();
                self.persistent.push(description);
                Value::Persistent(description)
            }
            b'c' => class(argument)?,
            b'i' => {
                let arguments = self.marked()?;
                let class = self.push(class(argument)?);
                self.stack.pop();
                self.object_of_marked(class, arguments)
            }
            _ => return None,
        })
    }
}

fn text(bytes: &[u8]) -> Value<'_> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Value::Text(text),
        Err(_) => Value::Other("bytes"),
    }
}

fn line(argument: &[u8]) -> Option<&str> {
    Some(std::str::from_utf8(argument).ok()?.trim_end())
}

/// The lines of GLOBAL and INST: a module and the name of a class in it.
fn class(argument: &[u8]) -> Option<Value<'_>> {
    let (module, name) = line(argument)?.split_once('\n')?;
    Some(Value::Class(module.trim_end(), name))
}

/// One or two bytes.
fn unsigned(bytes: &[u8]) -> i64 {
    let bytes = bytes.iter().rev();
    bytes.fold(0, |number, &byte| number << 8 | i64::from(byte))
}

/// A number of any length, in two's complement.
fn long(bytes: &[u8]) -> Value<'static> {
    let filler = match bytes.last() {
        Some(128..) => 0xff,
        _ => 0,
    };
    let mut filled = [filler; 8];
    match filled.get_mut(..bytes.len()) {
        Some(beginning) => {
            beginning.copy_from_slice(bytes);
            Value::Int(i64::from_le_bytes(filled))
        }
        None => Value::Other("int"),
    }
}

/// A number in a line of text.
fn number(line: &str) -> Option<Value<'static>> {
    match line {
        "00" => return Some(Value::Bool(false)),
        "01" => return Some(Value::Bool(true)),
        _ => {}
    }
    if let Ok(int) = line.trim_end_matches('L').parse() {
        return Some(Value::Int(int));
    }
    let is_whole = |byte: u8| byte.is_ascii_digit() || b"+-L".contains(&byte);
    match line.bytes().all(is_whole) {
        true => Some(Value::Other("int")),
        false => line.parse().ok().map(Value::Float),
    }
}
