//! What a file is: its structure, who may read and write it, and the template that describes it.
//!
//! Spec: ETSI TS 102 221 clauses 8 (files), 9.2.7 and 9.5 (access), 11.1.1.3 (file control parameters, tag 62).

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
    /// MF, DF or ADF: it has no content of its own.
    Directory,
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
}

impl FileDescription {
    /// The record of EF_ARR with the access rules of the file.
    #[must_use]
    pub const fn access_rule_record(&self) -> u8 {
        match (self.read, self.update) {
            (AccessCondition::Always, AccessCondition::Never) => 1,
            (AccessCondition::Always, AccessCondition::Pin) => 7,
            (AccessCondition::Always, _) => 2,
            (_, AccessCondition::Pin) => match self.structure {
                Structure::LinearFixed { .. } => 3,
                Structure::Transparent { .. } | Structure::Directory => 4,
            },
            (_, AccessCondition::Pin2) => 6,
            _ => 5,
        }
    }

    /// File control parameters: the answer to GET RESPONSE after a SELECT of an elementary file.
    pub(super) fn fcp(&self) -> Vec<u8> {
        let mut fields = Vec::new();
        let total = match self.structure {
            Structure::Transparent { size } => {
                push(&mut fields, 0x82, &[0x41, 0x21]);
                size
            }
            Structure::LinearFixed { record_size, records } => {
                push(&mut fields, 0x82, &[0x42, 0x21, 0x00, record_size, records]);
                u16::from(record_size) * u16::from(records)
            }
            Structure::Directory => {
                push(&mut fields, 0x82, &[0x78, 0x21]);
                0
            }
        };
        let [high, low] = self.fid.to_be_bytes();
        push(&mut fields, 0x83, &[high, low]);
        push(&mut fields, 0xa5, &[0x80, 0x01, 0x71]);
        push(&mut fields, 0x8a, &[0x05]);
        let [arr_high, arr_low] = if high == 0x2f { [0x2f, 0x06] } else { [0x6f, 0x06] };
        push(&mut fields, 0x8b, &[arr_high, arr_low, self.access_rule_record()]);
        push(&mut fields, 0x80, &total.to_be_bytes());
        match self.sfi {
            Some(sfi) => push(&mut fields, 0x88, &[sfi << 3]),
            None => push(&mut fields, 0x88, &[]),
        }
        template(&fields)
    }
}

/// The templates of directories: MF, DF TELECOM, ADF USIM. `pins` are the octets of tag C6.
pub(super) fn directory_fcp(fid: u16, application: Option<&[u8]>, pins: &[u8]) -> Vec<u8> {
    let mut fields = Vec::new();
    push(&mut fields, 0x82, &[0x78, 0x21]);
    push(&mut fields, 0x83, &fid.to_be_bytes());
    if let Some(application) = application {
        push(&mut fields, 0x84, application);
    }
    push(&mut fields, 0xa5, &[0x80, 0x01, 0x71]);
    push(&mut fields, 0x8a, &[0x05]);
    push(&mut fields, 0x8b, &[0x2f, 0x06, 0x02]);
    push(&mut fields, 0xc6, pins);
    template(&fields)
}

/// EF_ARR: for each record of [`FileDescription::access_rule_record`] the conditions to read and to update, coded as
/// in TS 102 221 clause 9.2.7.
pub(super) fn access_rules() -> Vec<Vec<u8>> {
    use AccessCondition::{Administrative, Always, Never, Pin, Pin2};
    let rules = [
        (Always, Never),
        (Always, Administrative),
        (Pin, Pin),
        (Pin, Pin),
        (Pin, Administrative),
        (Pin, Pin2),
        (Always, Pin),
    ];
    rules
        .into_iter()
        .map(|(read, update)| {
            let mut rule = vec![0x80, 0x01, 0x01];
            rule.extend(security_condition(read));
            rule.extend([0x80, 0x01, 0x02]);
            rule.extend(security_condition(update));
            rule
        })
        .collect()
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

    /// The first template was decoded by pySim; the second has the same fields for a file of records.
    #[test]
    fn templates_have_the_octets_of_the_examples() {
        let forbidden = FileDescription {
            fid: 0x6f7b,
            name: "EF_FPLMN",
            structure: Structure::Transparent { size: 12 },
            sfi: Some(0x0d),
            read: AccessCondition::Pin,
            update: AccessCondition::Pin,
        };
        assert_eq!(
            hex::encode_upper(forbidden.fcp()),
            "621C8202412183026F7BA5038001718A01058B036F06048002000C880168"
        );
        let messages = FileDescription {
            fid: 0x6f3c,
            name: "EF_SMS",
            structure: Structure::LinearFixed { record_size: 176, records: 6 },
            sfi: None,
            ..forbidden
        };
        assert_eq!(
            hex::encode_upper(messages.fcp()),
            "621E8205422100B00683026F3CA5038001718A01058B036F0603800204208800"
        );
    }
}
