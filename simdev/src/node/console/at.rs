//! The form of AT commands: a name, and what is asked of it.

/// What a line asks of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ask<'a> {
    Get,
    Set(&'a str),
    Run,
    Help,
}

/// `AT+X=?` gets, `AT+X=value` sets, `AT+X?` helps, `AT+X` runs; the name is what follows `AT`. None when the line does not
/// begin with `AT`.
pub(super) fn with_get_by_equals(line: &str) -> Option<(&str, Ask<'_>)> {
    let body = after_at(line)?;
    Some(match body.split_once('=') {
        Some((name, "?")) => (name, Ask::Get),
        Some((name, value)) => (name, Ask::Set(value)),
        None => body.strip_suffix('?').map_or((body, Ask::Run), |name| (name, Ask::Help)),
    })
}

/// `AT+X?` gets, `AT+X=value` sets, `AT+X` runs.
pub(super) fn with_get_by_mark(line: &str) -> Option<(&str, Ask<'_>)> {
    let body = after_at(line)?;
    Some(match body.split_once('=') {
        Some((name, value)) => (name, Ask::Set(value)),
        None => body.strip_suffix('?').map_or((body, Ask::Run), |name| (name, Ask::Get)),
    })
}

/// What follows `AT`, in either case.
pub(super) fn after_at(line: &str) -> Option<&str> {
    let (at, body) = line.split_at_checked(2)?;
    at.eq_ignore_ascii_case("AT").then_some(body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_name_and_what_is_asked_of_it() {
        let rows = [
            ("AT", Some(("", Ask::Run))),
            ("AT?", Some(("", Ask::Help))),
            ("ATZ", Some(("Z", Ask::Run))),
            ("AT+DR=?", Some(("+DR", Ask::Get))),
            ("AT+DR=5", Some(("+DR", Ask::Set("5")))),
            ("AT+DR=", Some(("+DR", Ask::Set("")))),
            ("AT+SEND=1:0:3F=?", Some(("+SEND", Ask::Set("1:0:3F=?")))),
            ("AT+DR?", Some(("+DR", Ask::Help))),
            ("A", None),
            ("é", None),
            ("XX", None),
        ];
        for (line, want) in rows {
            assert_eq!(with_get_by_equals(line), want, "{line}");
        }
        assert_eq!(with_get_by_mark("AT+DR?"), Some(("+DR", Ask::Get)));
        assert_eq!(with_get_by_mark("AT+DR=?"), Some(("+DR", Ask::Set("?"))));
    }
}
