//! Takes fields off the front of octets and says which field was missing.

use super::tpdu::TpduError;

/// The octets that are not read yet.
#[derive(Clone, Copy)]
pub(super) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(super) const fn new(octets: &'a [u8]) -> Self {
        Self { rest: octets }
    }

    pub(super) const fn rest(&self) -> &'a [u8] {
        self.rest
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    pub(super) fn octet(&mut self, field: &'static str) -> Result<u8, TpduError> {
        self.array::<1>(field).map(|[octet]| octet)
    }

    pub(super) fn array<const N: usize>(&mut self, field: &'static str) -> Result<[u8; N], TpduError> {
        let (taken, rest) = self.rest.split_first_chunk::<N>().ok_or(TpduError::Truncated { field })?;
        self.rest = rest;
        Ok(*taken)
    }

    pub(super) fn slice(&mut self, count: usize, field: &'static str) -> Result<&'a [u8], TpduError> {
        let (taken, rest) = self.rest.split_at_checked(count).ok_or(TpduError::Truncated { field })?;
        self.rest = rest;
        Ok(taken)
    }
}
