//! What goes to a terminal, or where else standard output goes.

use std::env;
use std::io::{self, BufWriter, IsTerminal, Write};

use serde::Serialize;
use terminal_size::terminal_size_of;

/// Writes a line to standard output. That whoever read it went away, as `head` does, is no failure.
pub fn print(line: &str) -> io::Result<()> {
    match writeln!(io::stdout(), "{line}") {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written,
    }
}

/// Writes a document as a line of JSON to standard output, part by part.
pub fn print_json(document: &impl Serialize) -> io::Result<()> {
    let mut out = BufWriter::new(io::stdout().lock());
    let written = serde_json::to_writer(&mut out, document).map_err(io::Error::from);
    let written = written
        .and_then(|()| writeln!(out))
        .and_then(|()| out.flush());
    match written {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
            // What is left in the buffer has no reader.
            drop(out.into_parts());
            Ok(())
        }
        written => written,
    }
}

/// Writes a line to standard error, as well as it goes.
pub fn complain(line: &str) {
    let _ = writeln!(io::stderr(), "{line}");
}

/// Characters that a line may have: as many as the terminal has columns, else as COLUMNS says; none where
/// neither tells, as in a file.
pub fn width() -> Option<u16> {
    match terminal_size_of(io::stdout()) {
        Some((columns, _)) => Some(columns.0),
        None => env::var("COLUMNS").ok()?.parse().ok(),
    }
}

/// Whether standard output is a terminal whose user wants colours: see <https://no-color.org>.
pub fn is_coloured() -> bool {
    let is_set = |name| env::var_os(name).is_some_and(|value| !value.is_empty());
    let is_dumb = env::var_os("TERM").is_some_and(|terminal| terminal == "dumb");
    io::stdout().is_terminal() && !is_set("NO_COLOR") && !is_dumb
}
