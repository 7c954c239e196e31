//! Points in time as the records have them.

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Now, in UTC as RFC 3339 has it, to the second.
pub fn now() -> String {
    let now = OffsetDateTime::now_utc();
    let whole = now.replace_nanosecond(0).unwrap_or(now);
    whole.format(&Rfc3339).unwrap_or_default()
}
