//! The source code in TorchScript, in so far as libtorch's parser would not survive it.

/// No expression in `code` lies in more others than this.
///
/// It counts the words and signs on the way to an expression, which are at least as many as the
/// expressions around it: those since the last comma, on each level of brackets. Blocks, which are
/// indented, and functions, which may call one another in a chain, count as well; so do lines
/// without a statement, each of which the parser skips by a call within the last one's.
pub fn nesting(code: &str) -> usize {
    code.matches("def ")
        .count()
        .max(lines_without_statement(code))
        .max(indentation(code) + nesting_in_statements(code))
}

/// The most lines one after another that are empty or comments.
fn lines_without_statement(code: &str) -> usize {
    let is_empty = |line: &str| {
        let line = line.trim_start();
        line.is_empty() || line.starts_with('#')
    };
    let mut run = 0;
    let runs = code.lines().map(|line| {
        run = if is_empty(line) { run + 1 } else { 0 };
        run
    });
    runs.max().unwrap_or(0)
}

/// Spaces before the statement that has most of them.
fn indentation(code: &str) -> usize {
    let spaces = |line: &str| line.len() - line.trim_start().len();
    code.lines().map(spaces).max().unwrap_or(0)
}

fn nesting_in_statements(code: &str) -> usize {
    let mut levels = vec![0];
    let (mut total, mut deepest) = (0_usize, 0);
    let mut is_word = false;
    let mut characters = code.chars();
    while let Some(character) = characters.next() {
        let continues_word = is_word;
        is_word = character.is_alphanumeric() || character == '_';
        match character {
            '"' | '\'' => skip_string(&mut characters, character),
            '(' | '[' | '{' => levels.push(0),
            ')' | ']' | '}' if levels.len() > 1 => total -= levels.pop().unwrap_or_default(),
            ',' => total -= levels.last_mut().map(std::mem::take).unwrap_or_default(),
            // A statement ends where no bracket is open.
            '\n' if levels.len() == 1 => total -= std::mem::take(&mut levels[0]),
            _ => {}
        }
        let is_sign = !is_word && !character.is_whitespace() && character != ',';
        if is_sign || is_word && !continues_word {
            total += 1;
            if let Some(level) = levels.last_mut() {
                *level += 1;
            }
            deepest = deepest.max(total);
        }
    }
    deepest
}

fn skip_string(characters: &mut std::str::Chars<'_>, quote: char) {
    while let Some(character) = characters.next() {
        if character == '\\' {
            characters.next();
        } else if character == quote {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_side_by_side_does_not_nest() {
        let list = format!("x = [{}]\n", "-1, ".repeat(10_000));
        assert!(nesting(&list) < 10);
        assert!(nesting(&"  x = y + z\n".repeat(10_000)) < 10);
        let string = format!("x = \"{}\\\"\"\n", "(".repeat(10_000));
        assert!(nesting(&string) < 10);
    }

    #[test]
    fn what_lies_in_one_another_nests() {
        for expression in ["(", "-", "not ", "x.", "f(a, ", "[{(\n", "x if y else "] {
            assert!(nesting(&expression.repeat(1000)) >= 1000, "{expression}");
        }
        assert!(nesting(&format!("{}pass", " ".repeat(1000))) >= 1000);
        for line in ["\n", "    \n", "# nothing\n"] {
            assert!(nesting(&format!("def f(x):\n{}  return x\n", line.repeat(1000))) >= 1000);
        }
        assert!(nesting(&"def f(x):\n  return x\n".repeat(1000)) >= 1000);
    }
}
