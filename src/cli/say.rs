/// Writes a line to standard error, as well as it goes: where nobody can be told how the work goes
/// on, it goes on all the same.
macro_rules! say {
    ($($argument:tt)*) => {{
        use std::io::Write;
        let _ = writeln!(std::io::stderr(), $($argument)*);
    }};
}
