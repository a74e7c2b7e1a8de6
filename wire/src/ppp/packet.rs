//! Code, identifier, length, data: the shape of LCP, IPCP, IPV6CP, PAP and CHAP packets (RFC 1661 clause 5).

/// A packet of a protocol that has codes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packet {
    /// What it is.
    pub code: u8,
    /// Matches answers to requests.
    pub identifier: u8,
    /// What it carries.
    pub data: Vec<u8>,
}

/// Why octets are no packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PacketError {
    /// Less than the four octets of the header.
    #[error("{0} octets are too short for a packet")]
    Header(usize),
    /// The length field is less than four or more than there is.
    #[error("the length field says {announced}, but {available} octets came")]
    Length {
        /// What the field says.
        announced: usize,
        /// What there is.
        available: usize,
    },
    /// An option is shorter than its header or longer than the rest.
    #[error("an option of type {0} has a length that does not fit")]
    Option(u8),
    /// A length octet within the data does not fit.
    #[error("the packet ends within a field")]
    Field,
}

impl Packet {
    /// Reads an information field; octets after the length are padding.
    ///
    /// # Errors
    /// The length does not fit.
    pub fn parse(octets: &[u8]) -> Result<Self, PacketError> {
        let [code, identifier, high, low, data @ ..] = octets else {
            return Err(PacketError::Header(octets.len()));
        };
        let announced = usize::from(u16::from_be_bytes([*high, *low]));
        let wrong = PacketError::Length { announced, available: octets.len() };
        let length = announced.checked_sub(4).ok_or(wrong)?;
        let data = data.get(..length).ok_or(wrong)?;
        Ok(Self { code: *code, identifier: *identifier, data: data.to_vec() })
    }

    /// The octets. Data beyond what the length field can tell is cut off.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let length = self.data.len().min(usize::from(u16::MAX) - 4);
        let announced = u16::try_from(length + 4).unwrap_or(u16::MAX);
        let mut octets = vec![self.code, self.identifier];
        octets.extend(announced.to_be_bytes());
        octets.extend(self.data.iter().take(length));
        octets
    }

    /// A packet with options.
    #[must_use]
    pub fn with_options(code: u8, identifier: u8, options: &[ConfigOption]) -> Self {
        Self { code, identifier, data: options.iter().flat_map(ConfigOption::encode).collect() }
    }

    /// The data as options, in their order.
    ///
    /// # Errors
    /// An option's length does not fit.
    pub fn options(&self) -> Result<Vec<ConfigOption>, PacketError> {
        ConfigOption::parse_all(&self.data)
    }
}

/// An option of a Configure packet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigOption {
    /// Its type.
    pub kind: u8,
    /// Its value.
    pub value: Vec<u8>,
}

impl ConfigOption {
    /// An option of this type.
    #[must_use]
    pub fn new(kind: u8, value: impl Into<Vec<u8>>) -> Self {
        Self { kind, value: value.into() }
    }

    fn parse_all(octets: &[u8]) -> Result<Vec<Self>, PacketError> {
        let mut options = Vec::new();
        let mut rest = octets;
        while let [kind, after @ ..] = rest {
            let wrong = PacketError::Option(*kind);
            let (length, after) = after.split_first().ok_or(wrong)?;
            let length = usize::from(*length).checked_sub(2).ok_or(wrong)?;
            let (value, after) = after.split_at_checked(length).ok_or(wrong)?;
            options.push(Self::new(*kind, value));
            rest = after;
        }
        Ok(options)
    }

    fn encode(&self) -> Vec<u8> {
        let length = self.value.len().min(253);
        let mut octets = vec![self.kind, length as u8 + 2];
        octets.extend(self.value.iter().take(length));
        octets
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seed::Seed;

    /// The Configure-Request that pppd 2.4.9 begins with: asyncmap, magic, pcomp, accomp.
    const PPPD: &str = "0101001402060000000005062f7c1a9307020802";

    #[test]
    fn the_first_packet_of_pppd() {
        let octets = hex::decode(PPPD).unwrap();
        let packet = Packet::parse(&octets).unwrap();
        let kinds: Vec<u8> = packet.options().unwrap().iter().map(|option| option.kind).collect();
        assert_eq!(kinds, [2, 5, 7, 8]);
        assert_eq!(packet.encode(), octets);
        assert_eq!(Packet::with_options(1, 1, &packet.options().unwrap()), packet);
    }

    #[test]
    fn padding_is_ignored_and_lengths_are_checked() {
        assert!(Packet::parse(&[9, 3, 0, 4, 0, 0]).unwrap().data.is_empty());
        assert_eq!(Packet::parse(&[9, 3, 0]), Err(PacketError::Header(3)));
        for octets in [[9, 3, 0, 3], [9, 3, 0, 5], [9, 3, 0xff, 0xff]] {
            assert!(matches!(Packet::parse(&octets), Err(PacketError::Length { .. })), "{octets:?}");
        }
        for data in [&[2][..], &[2, 1], &[2, 0], &[2, 6, 0]] {
            let packet = Packet { code: 1, identifier: 1, data: data.to_vec() };
            assert_eq!(packet.options(), Err(PacketError::Option(2)), "{data:?}");
        }
    }

    #[test]
    fn what_is_read_is_written_again() {
        let mut rng = Seed(4).rng();
        for _ in 0..50_000 {
            let length = rng.below(24) as usize;
            let mut octets: Vec<u8> = (0..length).map(|_| rng.below(256) as u8).collect();
            if let Some(field) = octets.get_mut(2..4) {
                field.copy_from_slice(&(length as u16).to_be_bytes());
            }
            let Ok(packet) = Packet::parse(&octets) else { continue };
            assert_eq!(packet.encode(), octets);
            if let Ok(options) = packet.options() {
                assert_eq!(Packet::with_options(packet.code, packet.identifier, &options), packet);
            }
        }
    }
}
