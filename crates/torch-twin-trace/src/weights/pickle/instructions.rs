/// An opcode and the bytes of its argument.
pub type Instruction<'a> = (u8, &'a [u8]);

/// Splits pickles, one after another, into their instructions; ends with `None` where the bytes that follow are not
/// one of Python's instructions.
///
/// ```
/// use torch_twin_trace::weights::pickle::instructions;
///
/// let found: Vec<_> = instructions(b"\x80\x02K\x05.").collect();
/// assert_eq!(found, [Some((0x80, &b"\x02"[..])), Some((b'K', b"\x05")), Some((b'.', b""))]);
/// ```
pub fn instructions(pickle: &[u8]) -> impl Iterator<Item = Option<Instruction<'_>>> {
    let mut rest = Some(pickle);
    std::iter::from_fn(move || {
        let (&opcode, after) = rest?.split_first()?;
        let length = argument_length(opcode, after);
        let split = length.and_then(|length| after.split_at_checked(length));
        rest = split.map(|(_, next)| next);
        Some(split.map(|(argument, _)| (opcode, argument)))
    })
}

/// Bytes that follow an opcode as its argument; `after` begins with them.
fn argument_length(opcode: u8, after: &[u8]) -> Option<usize> {
    match opcode {
        // MARK, STOP, POP, POP_MARK, DUP, None, True, False, empty tuple, list, dictionary and set, and what takes
        // from the stack: tuples, LIST, DICT, APPEND, APPENDS, SETITEM, SETITEMS, ADDITEMS, FROZENSET, NEWOBJ,
        // NEWOBJ_EX, STACK_GLOBAL, REDUCE, BUILD, OBJ, BINPERSID; MEMOIZE, NEXT_BUFFER, READONLY_BUFFER.
        b'('
        | b'.'
        | b'0'
        | b'1'
        | b'2'
        | b'N'
        | b')'
        | b']'
        | b'}'
        | b't'
        | b'l'
        | b'd'
        | b'a'
        | b'e'
        | b's'
        | b'u'
        | b'R'
        | b'b'
        | b'o'
        | b'Q'
        | 0x81
        | 0x85..=0x89
        | 0x8f..=0x94
        | 0x97
        | 0x98 => Some(0),
        // PROTO, BINPUT, BINGET, BININT1, EXT1.
        0x80 | b'q' | b'h' | b'K' | 0x82 => Some(1),
        // BININT2, EXT2.
        b'M' | 0x83 => Some(2),
        // LONG_BINPUT, LONG_BINGET, BININT, EXT4.
        b'r' | b'j' | b'J' | 0x84 => Some(4),
        // BINFLOAT, FRAME.
        b'G' | 0x95 => Some(8),
        // A byte of length: LONG1, SHORT_BINSTRING, SHORT_BINBYTES, SHORT_BINUNICODE.
        0x8a | b'U' | b'C' | 0x8c => Some(1 + usize::from(*after.first()?)),
        // Four bytes of length: LONG4, BINSTRING, BINBYTES, BINUNICODE.
        0x8b | b'T' | b'B' | b'X' => {
            let length = u32::from_le_bytes(*after.first_chunk()?);
            usize::try_from(length).ok()?.checked_add(4)
        }
        // Eight bytes of length: BINUNICODE8, BINBYTES8, BYTEARRAY8.
        0x8d | 0x8e | 0x96 => {
            let length = u64::from_le_bytes(*after.first_chunk()?);
            usize::try_from(length).ok()?.checked_add(8)
        }
        // A line: INT, LONG, FLOAT, STRING, UNICODE, GET, PUT, PERSID.
        b'I' | b'L' | b'F' | b'S' | b'V' | b'g' | b'p' | b'P' => lines_length(1, after),
        // Two lines: GLOBAL, INST.
        b'c' | b'i' => lines_length(2, after),
        _ => None,
    }
}

fn lines_length(count: usize, after: &[u8]) -> Option<usize> {
    let ends = after.iter().enumerate().filter(|(_, byte)| **byte == b'\n');
    ends.map(|(index, _)| index + 1).nth(count - 1)
}

/// The number of a place in the memo, an instruction's argument: a line of text, a byte or four bytes.
pub fn slot((opcode, argument): Instruction<'_>) -> Option<u32> {
    match *argument {
        _ if matches!(opcode, b'g' | b'p') => {
            let line = std::str::from_utf8(argument).ok()?;
            line.trim_end().parse().ok()
        }
        [slot] => Some(slot.into()),
        [a, b, c, d] => Some(u32::from_le_bytes([a, b, c, d])),
        _ => None,
    }
}
