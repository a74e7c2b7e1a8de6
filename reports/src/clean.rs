//! Text of devices made fit for XML, HTML and a terminal.
//!
//! A modem may send anything. ESC would steer a terminal, and XML 1.0 forbids most control characters even as
//! references (clause 2.2), so one stray byte makes a whole file unreadable. Nothing is dropped: a control character is
//! shown by its Unicode control picture.

use std::borrow::Cow;

/// Text of several lines: line feed and tab stay, other control characters become visible.
#[must_use]
pub fn text(raw: &str) -> Cow<'_, str> {
    replace(raw, |c| c == '\n' || c == '\t')
}

/// Text of one line: every control character becomes visible.
#[must_use]
pub fn line(raw: &str) -> Cow<'_, str> {
    replace(raw, |_| false)
}

/// Text for a CDATA section: as [`text`], and `]]>` is kept from ending the section by a blank.
#[must_use]
pub fn cdata(raw: &str) -> Cow<'_, str> {
    let clean = text(raw);
    if clean.contains("]]>") { Cow::Owned(clean.replace("]]>", "]] >")) } else { clean }
}

/// Text for an XML attribute: one line, line ends and tabs become blanks as XML 1.0 clause 3.3.3 makes them anyway.
#[must_use]
pub fn attribute(raw: &str) -> String {
    text(raw).replace(['\n', '\t'], " ")
}

fn replace(raw: &str, stays: impl Fn(char) -> bool) -> Cow<'_, str> {
    if raw.chars().all(|c| stays(c) || picture(c).is_none()) {
        return Cow::Borrowed(raw);
    }
    Cow::Owned(raw.chars().map(|c| if stays(c) { c } else { picture(c).unwrap_or(c) }).collect())
}

/// What stands for a character that must not appear; `None` for a character that may.
fn picture(c: char) -> Option<char> {
    match c {
        '\0'..='\x1f' => char::from_u32(0x2400 + u32::from(c)),
        '\x7f' => Some('\u{2421}'),
        // C1 controls and non-characters; the direction marks could reorder a line before a reader's eyes.
        '\u{80}'..='\u{9f}' | '\u{fffe}' | '\u{ffff}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
            Some('\u{fffd}')
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_become_visible() {
        let rows = [
            ("plain", "AT+CREG?", "AT+CREG?"),
            ("escape and nul", "\x1b[2J\0", "␛[2J␀"),
            ("delete and c1", "\x7f\u{9b}", "␡\u{fffd}"),
            ("not a character", "a\u{fffe}b\u{ffff}", "a\u{fffd}b\u{fffd}"),
            ("direction override", "a\u{202e}b", "a\u{fffd}b"),
            ("beyond ascii", "Zürich 5 €", "Zürich 5 €"),
        ];
        for (name, raw, want) in rows {
            assert_eq!(text(raw), want, "{name}");
            assert_eq!(line(raw), want, "{name}");
        }
        assert_eq!(text("a\n\tb\r"), "a\n\tb␍");
        assert_eq!(line("a\n\tb"), "a␊␉b");
    }

    #[test]
    fn a_cdata_section_cannot_be_ended_from_inside() {
        assert_eq!(cdata("x]]>y"), "x]] >y");
        assert_eq!(cdata("]]]]>>"), "]]]] >>");
    }
}
