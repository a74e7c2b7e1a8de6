//! What a file is: its structure, who may read and write it, and the templates that describe it.
//!
//! Spec: ETSI TS 102 221 clauses 8 (files), 9.2.7 and 9.5 (access), 11.1.1.3 (file control parameters, tag 62); TS 51.011
//! clauses 9.2.1 and 9.3 (the response to a 2G SELECT).

use super::directory::Directory;

/// Who may do something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccessCondition {
    /// Everyone (ALW).
    Always,
    /// After PIN1, or while it is disabled (PIN).
    Pin,
    /// After PIN2 (PIN2).
    Pin2,
    /// The operator (ADM).
    Administrative,
    /// No one (NEV).
    Never,
}

impl AccessCondition {
    /// The half octet of TS 51.011 clause 9.3.
    const fn gsm(self) -> u8 {
        match self {
            Self::Always => 0,
            Self::Pin => 1,
            Self::Pin2 => 2,
            Self::Administrative => 4,
            Self::Never => 15,
        }
    }
}

/// How the content of a file is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Structure {
    /// A sequence of octets.
    Transparent {
        /// How many.
        size: u16,
    },
    /// Records of equal length.
    LinearFixed {
        /// Octets of one record.
        record_size: u8,
        /// How many records.
        records: u8,
    },
    /// Records of equal length in a ring; the first is the one that was written last.
    Cyclic {
        /// Octets of one record.
        record_size: u8,
        /// How many records.
        records: u8,
    },
}

impl Structure {
    /// Octets of the whole content.
    #[must_use]
    pub const fn size(self) -> u16 {
        match self {
            Self::Transparent { size } => size,
            Self::LinearFixed { record_size, records } | Self::Cyclic { record_size, records } => {
                record_size as u16 * records as u16
            }
        }
    }

    /// Octets of a record and how many there are; none in a transparent file.
    #[must_use]
    pub const fn records(self) -> Option<(u8, u8)> {
        match self {
            Self::Transparent { .. } => None,
            Self::LinearFixed { record_size, records } | Self::Cyclic { record_size, records } => {
                Some((record_size, records))
            }
        }
    }
}

/// A file of the card.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileDescription {
    /// File identifier, such as 6F07.
    pub fid: u16,
    /// Name in the specifications, such as "EF_IMSI".
    pub name: &'static str,
    /// Layout.
    pub structure: Structure,
    /// Short file identifier, 1 to 30.
    pub sfi: Option<u8>,
    /// Who may read.
    pub read: AccessCondition,
    /// Who may write.
    pub update: AccessCondition,
    /// Who may increase the newest record of a cyclic file of numbers.
    pub increase: AccessCondition,
}

/// The rules of EF_ARR by record: who may read, update and increase.
const RULES: &[(AccessCondition, AccessCondition, AccessCondition)] = {
    use AccessCondition::{Administrative, Always, Never, Pin, Pin2};
    &[
        (Always, Never, Never),
        (Always, Administrative, Never),
        (Pin, Pin, Never),
        (Pin, Pin, Never),
        (Pin, Administrative, Never),
        (Pin, Pin2, Never),
        (Always, Pin, Never),
        (Pin, Pin2, Pin),
    ]
};

/// The record of EF_ARR for directories: they are open to all and changed by the operator.
const DIRECTORY_RULE: u8 = 2;

impl FileDescription {
    /// The record of EF_ARR with the access rules of the file.
    #[must_use]
    pub fn access_rule_record(&self) -> u8 {
        let rule = (self.read, self.update, self.increase);
        // Two records say the same; records of messages have the first, plain files the second.
        let skipped = usize::from(matches!(self.structure, Structure::Transparent { .. })) * 3;
        let place = RULES.iter().skip(skipped).position(|known| *known == rule).map(|place| place + skipped);
        let place = place.or_else(|| RULES.iter().position(|known| *known == rule));
        place.map_or(DIRECTORY_RULE, |place| place as u8 + 1)
    }

    /// File control parameters: the answer to GET RESPONSE after a SELECT of an elementary file.
    pub(super) fn fcp(&self) -> Vec<u8> {
        let mut fields = Vec::new();
        match self.structure {
            Structure::Transparent { .. } => push(&mut fields, 0x82, &[0x41, 0x21]),
            Structure::LinearFixed { record_size, records } => {
                push(&mut fields, 0x82, &[0x42, 0x21, 0x00, record_size, records]);
            }
            Structure::Cyclic { record_size, records } => {
                push(&mut fields, 0x82, &[0x46, 0x21, 0x00, record_size, records]);
            }
        }
        let [high, low] = self.fid.to_be_bytes();
        push(&mut fields, 0x83, &[high, low]);
        push(&mut fields, 0xa5, &[0x80, 0x01, 0x71]);
        push(&mut fields, 0x8a, &[0x05]);
        let [arr_high, arr_low] = if high == 0x2f { [0x2f, 0x06] } else { [0x6f, 0x06] };
        push(&mut fields, 0x8b, &[arr_high, arr_low, self.access_rule_record()]);
        push(&mut fields, 0x80, &self.structure.size().to_be_bytes());
        match self.sfi {
            Some(sfi) => push(&mut fields, 0x88, &[sfi << 3]),
            None => push(&mut fields, 0x88, &[]),
        }
        template(&fields)
    }

    /// The fifteen octets that a 2G SELECT answers with.
    pub(super) fn gsm_response(&self) -> Vec<u8> {
        let [size_high, size_low] = self.structure.size().to_be_bytes();
        let [high, low] = self.fid.to_be_bytes();
        let increasable = u8::from(self.increase != AccessCondition::Never) << 6;
        let (kind, record_size) = match self.structure {
            Structure::Transparent { .. } => (0, 0),
            Structure::LinearFixed { record_size, .. } => (1, record_size),
            Structure::Cyclic { record_size, .. } => (3, record_size),
        };
        let access = [self.read.gsm() << 4 | self.update.gsm(), self.increase.gsm() << 4 | 15, 0x44];
        let [first, second, third] = access;
        vec![
            0,
            0,
            size_high,
            size_low,
            high,
            low,
            0x04,
            increasable,
            first,
            second,
            third,
            0x01,
            0x02,
            kind,
            record_size,
        ]
    }
}

/// The templates of directories. `pins` are the octets of tag C6.
pub(super) fn directory_fcp(directory: Directory, application: &[u8], pins: &[u8]) -> Vec<u8> {
    let mut fields = Vec::new();
    push(&mut fields, 0x82, &[0x78, 0x21]);
    push(&mut fields, 0x83, &directory.fid().to_be_bytes());
    if directory == Directory::Usim {
        push(&mut fields, 0x84, application);
    }
    push(&mut fields, 0xa5, &[0x80, 0x01, 0x71]);
    push(&mut fields, 0x8a, &[0x05]);
    push(&mut fields, 0x8b, &[0x2f, 0x06, DIRECTORY_RULE]);
    push(&mut fields, 0xc6, pins);
    template(&fields)
}

/// EF_ARR, coded as in TS 102 221 clause 9.2.7: an access mode, then the condition for it.
pub(super) fn access_rules() -> Vec<Vec<u8>> {
    let rule = |(read, update, increase): &(AccessCondition, AccessCondition, AccessCondition)| {
        let mut rule = vec![0x80, 0x01, 0x01];
        rule.extend(security_condition(*read));
        rule.extend([0x80, 0x01, 0x02]);
        rule.extend(security_condition(*update));
        if *increase != AccessCondition::Never {
            // INCREASE is named by its instruction.
            rule.extend([0x84, 0x01, 0x32]);
            rule.extend(security_condition(*increase));
        }
        rule
    };
    RULES.iter().map(rule).collect()
}

const fn security_condition(condition: AccessCondition) -> &'static [u8] {
    match condition {
        AccessCondition::Always => &[0x90, 0x00],
        AccessCondition::Pin => &[0xa4, 0x06, 0x83, 0x01, 0x01, 0x95, 0x01, 0x08],
        AccessCondition::Pin2 => &[0xa4, 0x06, 0x83, 0x01, 0x81, 0x95, 0x01, 0x08],
        AccessCondition::Administrative => &[0xa4, 0x06, 0x83, 0x01, 0x0a, 0x95, 0x01, 0x08],
        AccessCondition::Never => &[0x97, 0x00],
    }
}

fn push(fields: &mut Vec<u8>, tag: u8, value: &[u8]) {
    fields.extend([tag, value.len() as u8]);
    fields.extend(value);
}

fn template(fields: &[u8]) -> Vec<u8> {
    let mut template = Vec::new();
    push(&mut template, 0x62, fields);
    template
}

#[cfg(test)]
mod tests {
    use super::*;

    const FORBIDDEN: FileDescription = FileDescription {
        fid: 0x6f7b,
        name: "EF_FPLMN",
        structure: Structure::Transparent { size: 12 },
        sfi: Some(0x0d),
        read: AccessCondition::Pin,
        update: AccessCondition::Pin,
        increase: AccessCondition::Never,
    };

    /// The first template was decoded by pySim; the second has the same fields for a file of records.
    #[test]
    fn templates_have_the_octets_of_the_examples() {
        assert_eq!(
            hex::encode_upper(FORBIDDEN.fcp()),
            "621C8202412183026F7BA5038001718A01058B036F06048002000C880168"
        );
        let messages = FileDescription {
            fid: 0x6f3c,
            name: "EF_SMS",
            structure: Structure::LinearFixed { record_size: 176, records: 6 },
            sfi: None,
            ..FORBIDDEN
        };
        assert_eq!(
            hex::encode_upper(messages.fcp()),
            "621E8205422100B00683026F3CA5038001718A01058B036F0603800204208800"
        );
    }

    #[test]
    fn a_2g_card_describes_a_file_in_fifteen_octets() {
        assert_eq!(
            hex::encode_upper(FORBIDDEN.gsm_response()),
            "0000000C6F7B0400".to_owned() + "11FF4401020000"
        );
        let meter = FileDescription {
            fid: 0x6f39,
            name: "EF_ACM",
            structure: Structure::Cyclic { record_size: 3, records: 5 },
            sfi: None,
            update: AccessCondition::Pin2,
            increase: AccessCondition::Pin,
            ..FORBIDDEN
        };
        assert_eq!(hex::encode_upper(meter.gsm_response()), "0000000F6F390440121F4401020303");
        assert_eq!(meter.access_rule_record(), 8);
    }
}
