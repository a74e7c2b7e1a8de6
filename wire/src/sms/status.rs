//! TP-Status of a status report, and TP-Failure-Cause of a refused message.
//!
//! Spec: 3GPP TS 23.040 clauses 9.2.3.15 and 9.2.3.22. The value that travelled is kept, named or not.

use std::fmt;

/// TP-Status: what became of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Status(pub u8);

/// TP-Failure-Cause: 128 to 255.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FailureCause(u8);

macro_rules! values {
    ($name:ident { $($constant:ident = $value:literal, $text:literal;)* }) => {
        impl $name {
            $(#[doc = concat!(stringify!($value), ": ", $text, ".")] pub const $constant: Self = Self($value);)*

            const fn listed(self) -> Option<&'static str> {
                match self.0 { $($value => Some($text),)* _ => None }
            }
        }
    };
}

values! {
    Status {
        DELIVERED = 0x00, "delivered";
        FORWARDED = 0x01, "forwarded, delivery unconfirmed";
        REPLACED = 0x02, "replaced by the service centre";
        TRYING_CONGESTION = 0x20, "congestion, still trying";
        TRYING_SME_BUSY = 0x21, "SME busy, still trying";
        TRYING_NO_RESPONSE = 0x22, "no response from SME, still trying";
        TRYING_SERVICE_REJECTED = 0x23, "service rejected, still trying";
        TRYING_QUALITY_OF_SERVICE = 0x24, "quality of service not available, still trying";
        TRYING_SME_ERROR = 0x25, "error in SME, still trying";
        REMOTE_PROCEDURE_ERROR = 0x40, "remote procedure error";
        INCOMPATIBLE_DESTINATION = 0x41, "incompatible destination";
        REJECTED_BY_SME = 0x42, "connection rejected by SME";
        NOT_OBTAINABLE = 0x43, "not obtainable";
        QUALITY_OF_SERVICE = 0x44, "quality of service not available";
        NO_INTERWORKING = 0x45, "no interworking available";
        VALIDITY_PERIOD_EXPIRED = 0x46, "validity period expired";
        DELETED_BY_SENDER = 0x47, "deleted by the originating SME";
        DELETED_BY_ADMINISTRATION = 0x48, "deleted by the service centre administration";
        DOES_NOT_EXIST = 0x49, "message does not exist";
        STOPPED_CONGESTION = 0x60, "congestion, no longer trying";
        STOPPED_SME_BUSY = 0x61, "SME busy, no longer trying";
        STOPPED_NO_RESPONSE = 0x62, "no response from SME, no longer trying";
        STOPPED_SERVICE_REJECTED = 0x63, "service rejected, no longer trying";
        STOPPED_QUALITY_OF_SERVICE = 0x64, "quality of service not available, no longer trying";
        STOPPED_SME_ERROR = 0x65, "error in SME, no longer trying";
    }
}

impl Status {
    /// The name of the value, or of its range.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.listed().unwrap_or(match self.0 {
            0x00..=0x1f => "completed",
            0x20..=0x3f => "temporary error, still trying",
            0x40..=0x5f => "permanent error",
            0x60..=0x7f => "temporary error, no longer trying",
            0x80..=0xff => "reserved",
        })
    }

    /// Whether the message reached its receiver or was handed on to it.
    #[must_use]
    pub const fn is_completed(self) -> bool {
        self.0 < 0x20
    }

    /// Whether the service centre has stopped trying.
    #[must_use]
    pub const fn is_final(self) -> bool {
        !matches!(self.0, 0x20..=0x3f)
    }
}

impl fmt::Display for Status {
    /// As in `00 (delivered)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02X} ({})", self.0, self.name())
    }
}

values! {
    FailureCause {
        TELEMATIC_NOT_SUPPORTED = 0x80, "telematic interworking not supported";
        TYPE_0_NOT_SUPPORTED = 0x81, "short message type 0 not supported";
        CANNOT_REPLACE = 0x82, "cannot replace short message";
        PID_ERROR = 0x8f, "unspecified TP-PID error";
        ALPHABET_NOT_SUPPORTED = 0x90, "data coding scheme (alphabet) not supported";
        CLASS_NOT_SUPPORTED = 0x91, "message class not supported";
        DCS_ERROR = 0x9f, "unspecified TP-DCS error";
        COMMAND_NOT_ACTIONED = 0xa0, "command cannot be actioned";
        COMMAND_NOT_SUPPORTED = 0xa1, "command unsupported";
        COMMAND_ERROR = 0xaf, "unspecified TP-Command error";
        TPDU_NOT_SUPPORTED = 0xb0, "TPDU not supported";
        SC_BUSY = 0xc0, "SC busy";
        NO_SC_SUBSCRIPTION = 0xc1, "no SC subscription";
        SC_SYSTEM_FAILURE = 0xc2, "SC system failure";
        INVALID_SME_ADDRESS = 0xc3, "invalid SME address";
        DESTINATION_BARRED = 0xc4, "destination SME barred";
        DUPLICATE_REJECTED = 0xc5, "SM rejected, duplicate SM";
        VALIDITY_FORMAT_NOT_SUPPORTED = 0xc6, "TP-VPF not supported";
        VALIDITY_NOT_SUPPORTED = 0xc7, "TP-VP not supported";
        SIM_STORAGE_FULL = 0xd0, "(U)SIM SMS storage full";
        NO_STORAGE_IN_SIM = 0xd1, "no SMS storage capability in (U)SIM";
        ERROR_IN_MS = 0xd2, "error in MS";
        MEMORY_CAPACITY_EXCEEDED = 0xd3, "memory capacity exceeded";
        TOOLKIT_BUSY = 0xd4, "(U)SIM application toolkit busy";
        DATA_DOWNLOAD_ERROR = 0xd5, "(U)SIM data download error";
        UNSPECIFIED = 0xff, "unspecified error cause";
    }
}

impl FailureCause {
    /// The cause of this octet; `None` below 128, which the clause reserves and a reader takes for something else.
    #[must_use]
    pub const fn new(value: u8) -> Option<Self> {
        if value < 0x80 { None } else { Some(Self(value)) }
    }

    /// The octet, 128 to 255; `+CMS ERROR` shows the same number.
    #[must_use]
    pub const fn value(self) -> u8 {
        self.0
    }

    /// The name of the value, or of its range.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.listed().unwrap_or(match self.0 {
            0xe0..=0xfe => "application specific",
            _ => "reserved",
        })
    }
}

impl fmt::Display for FailureCause {
    /// As in `D3 (memory capacity exceeded)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02X} ({})", self.0, self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_says_whether_the_centre_still_tries() {
        let rows = [
            (0x00, true, true, "delivered"),
            (0x12, true, true, "completed"),
            (0x20, false, false, "congestion, still trying"),
            (0x3f, false, false, "temporary error, still trying"),
            (0x46, false, true, "validity period expired"),
            (0x62, false, true, "no response from SME, no longer trying"),
            (0x90, false, true, "reserved"),
        ];
        for (value, completed, last, name) in rows {
            let status = Status(value);
            assert_eq!((status.is_completed(), status.is_final()), (completed, last), "{value:02x}");
            assert_eq!(status.name(), name, "{value:02x}");
        }
        assert_eq!(Status::VALIDITY_PERIOD_EXPIRED.to_string(), "46 (validity period expired)");
    }

    #[test]
    fn a_failure_cause_is_at_least_128() {
        assert_eq!(FailureCause::new(0x7f), None);
        assert_eq!(FailureCause::new(0xd3), Some(FailureCause::MEMORY_CAPACITY_EXCEEDED));
        assert_eq!(FailureCause::DUPLICATE_REJECTED.to_string(), "C5 (SM rejected, duplicate SM)");
        assert_eq!(FailureCause::new(0xe1).unwrap().name(), "application specific");
    }
}
