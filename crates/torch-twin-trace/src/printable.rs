/// The most characters of foreign text that a message shows.
const LONGEST: usize = 500;

/// Text from outside as a message can show it: what would command a terminal, or begin a line that
/// looks like a message of its own, is escaped, and what is very long is cut.
///
/// ```
/// use torch_twin_trace::printable;
///
/// assert_eq!(printable("conv1.weight"), "conv1.weight");
/// assert_eq!(printable("x\nerror: \u{1b}[31m"), r"x\nerror: \u{1b}[31m");
/// ```
pub fn printable(text: &str) -> String {
    let mut printable = String::new();
    for (count, character) in text.chars().enumerate() {
        if count == LONGEST {
            printable.push('…');
            break;
        }
        // Beside the control characters, those that turn the direction of what follows.
        let is_turning = matches!(character, '\u{200e}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        if character.is_control() || is_turning {
            printable.extend(character.escape_default());
        } else {
            printable.push(character);
        }
    }
    printable
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_very_long_is_cut() {
        assert_eq!(printable(&"x".repeat(500)), "x".repeat(500));
        assert_eq!(printable(&"é".repeat(100_000)), "é".repeat(500) + "…");
    }

    #[test]
    fn what_turns_the_direction_of_reading_is_escaped() {
        assert_eq!(printable("a\u{202e}b"), r"a\u{202e}b");
    }
}
