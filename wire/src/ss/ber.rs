//! Tag, length, value (ITU-T X.690), as far as supplementary services use it: one octet of tag, definite lengths.

use super::Malformed;

pub(super) const INTEGER: u8 = 0x02;
pub(super) const OCTET_STRING: u8 = 0x04;
pub(super) const NULL: u8 = 0x05;
pub(super) const ENUMERATED: u8 = 0x0a;
pub(super) const NUMERIC_STRING: u8 = 0x12;
pub(super) const SEQUENCE: u8 = 0x30;

/// A context-specific tag of a primitive value.
pub(super) const fn context(number: u8) -> u8 {
    0x80 | number
}

/// A context-specific tag of a constructed value.
pub(super) const fn constructed(number: u8) -> u8 {
    0xa0 | number
}

/// Appends an element.
pub(super) fn push(out: &mut Vec<u8>, tag: u8, value: &[u8]) {
    out.push(tag);
    match value.len() {
        short @ 0..=0x7f => out.push(short as u8),
        one @ 0x80..=0xff => out.extend([0x81, one as u8]),
        two => out.extend([0x82, (two >> 8) as u8, two as u8]),
    }
    out.extend_from_slice(value);
}

/// Appends an element whose value another function writes.
pub(super) fn push_with(out: &mut Vec<u8>, tag: u8, write: impl FnOnce(&mut Vec<u8>)) {
    let mut value = Vec::new();
    write(&mut value);
    push(out, tag, &value);
}

/// Elements one after the other.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub(super) const fn new(octets: &'a [u8]) -> Self {
        Self(octets)
    }

    #[cfg(test)]
    pub(super) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What has not been read.
    pub(super) const fn rest(&self) -> &'a [u8] {
        self.0
    }

    /// The tag of the next element.
    pub(super) fn peek(&self) -> Option<u8> {
        self.0.first().copied()
    }

    /// The next element: its first tag octet and its value.
    pub(super) fn next(&mut self) -> Result<Option<(u8, &'a [u8])>, Malformed> {
        let Some((tag, mut rest)) = self.0.split_first() else { return Ok(None) };
        if tag & 0x1f == 0x1f {
            // A tag of several octets belongs to an extension; its value is skipped by whoever does not know it.
            let end = rest.iter().position(|octet| octet & 0x80 == 0).ok_or(Malformed("tag"))?;
            rest = rest.get(end + 1..).unwrap_or_default();
        }
        let (length, rest) = length(rest)?;
        let value = rest.get(..length).ok_or(Malformed("length"))?;
        self.0 = rest.get(length..).unwrap_or_default();
        Ok(Some((*tag, value)))
    }

    /// The next element if it has this tag.
    pub(super) fn optional(&mut self, tag: u8) -> Result<Option<&'a [u8]>, Malformed> {
        if self.peek() != Some(tag) {
            return Ok(None);
        }
        Ok(self.next()?.map(|(_, value)| value))
    }

    /// The next element, which has to have this tag.
    pub(super) fn required(&mut self, tag: u8, what: &'static str) -> Result<&'a [u8], Malformed> {
        self.optional(tag)?.ok_or(Malformed(what))
    }
}

fn length(octets: &[u8]) -> Result<(usize, &[u8]), Malformed> {
    let (first, rest) = octets.split_first().ok_or(Malformed("length"))?;
    match (first, rest) {
        (0..=0x7f, _) => Ok((usize::from(*first), rest)),
        (0x81, [length, rest @ ..]) => Ok((usize::from(*length), rest)),
        (0x82, [high, low, rest @ ..]) => Ok((usize::from(*high) << 8 | usize::from(*low), rest)),
        _ => Err(Malformed("length")),
    }
}

/// The value of a single octet.
pub(super) fn octet(value: &[u8], what: &'static str) -> Result<u8, Malformed> {
    match value {
        [octet] => Ok(*octet),
        _ => Err(Malformed(what)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_have_the_forms_of_x690() {
        for (size, head) in
            [(1, &[4, 1][..]), (127, &[4, 127]), (128, &[4, 0x81, 128]), (300, &[4, 0x82, 1, 44])]
        {
            let mut out = Vec::new();
            push(&mut out, OCTET_STRING, &vec![7; size]);
            assert!(out.starts_with(head), "{size}");
            let mut reader = Reader::new(&out);
            assert_eq!(reader.next().unwrap().unwrap().1.len(), size);
            assert!(reader.is_empty() && reader.next().unwrap().is_none());
        }
        for wrong in
            [&[4, 2, 1][..], &[4], &[4, 0x80, 0, 0], &[4, 0x83, 0, 0, 0], &[0x1f, 0xff], &[4, 0x82, 1]]
        {
            assert!(Reader::new(wrong).next().is_err(), "{wrong:02x?}");
        }
    }
}
