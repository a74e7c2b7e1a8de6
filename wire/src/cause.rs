//! Cause values of the cellular protocols with the names that the specifications give them.
//!
//! A cause is kept as the number that travelled, so that an unknown or reserved value is carried through unchanged.

use std::fmt;

/// Whether two names consist of the same words.
fn same_words(one: &str, other: &str) -> bool {
    let words = |text: &str| {
        let separator = |letter: char| matches!(letter, ' ' | '_' | '-');
        text.split(separator).filter(|word| !word.is_empty()).map(str::to_lowercase).collect::<Vec<_>>()
    };
    words(one) == words(other)
}

macro_rules! causes {
    ($(#[$doc:meta])* $name:ident { $($(#[$item:meta])* $constant:ident = $value:literal, $text:literal;)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        pub struct $name(pub u8);

        impl $name {
            $(#[doc = concat!("#", stringify!($value), ": ", $text, ".")] pub const $constant: Self = Self($value);)*

            /// The name of the cause; "unknown cause" for a value that the specification does not name.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self.0 { $($value => $text,)* _ => "unknown cause" }
            }

            /// The cause of this name; case, hyphens and underscores do not count.
            #[must_use]
            pub fn named(name: &str) -> Option<Self> {
                [$(Self($value)),*].into_iter().find(|cause| same_words(cause.name(), name))
            }
        }

        impl fmt::Display for $name {
            /// As in `#11 (PLMN not allowed)`.
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "#{} ({})", self.0, self.name())
            }
        }
    };
}

causes! {
    /// EMM and MM causes (TS 24.301 9.9.3.9, TS 24.008 10.5.3.6).
    EmmCause {
        IMSI_UNKNOWN = 2, "IMSI unknown in HSS";
        ILLEGAL_UE = 3, "illegal UE";
        IMSI_UNKNOWN_IN_VLR = 4, "IMSI unknown in VLR";
        IMEI_NOT_ACCEPTED = 5, "IMEI not accepted";
        ILLEGAL_ME = 6, "illegal ME";
        EPS_NOT_ALLOWED = 7, "EPS services not allowed";
        EPS_AND_NON_EPS_NOT_ALLOWED = 8, "EPS services and non-EPS services not allowed";
        IDENTITY_NOT_DERIVED = 9, "UE identity cannot be derived by the network";
        IMPLICITLY_DETACHED = 10, "implicitly detached";
        PLMN_NOT_ALLOWED = 11, "PLMN not allowed";
        TRACKING_AREA_NOT_ALLOWED = 12, "tracking area not allowed";
        ROAMING_NOT_ALLOWED = 13, "roaming not allowed in this tracking area";
        EPS_NOT_ALLOWED_IN_PLMN = 14, "EPS services not allowed in this PLMN";
        NO_SUITABLE_CELLS = 15, "no suitable cells in tracking area";
        MSC_NOT_REACHABLE = 16, "MSC temporarily not reachable";
        NETWORK_FAILURE = 17, "network failure";
        CS_NOT_AVAILABLE = 18, "CS domain not available";
        ESM_FAILURE = 19, "ESM failure";
        MAC_FAILURE = 20, "MAC failure";
        SYNCH_FAILURE = 21, "synch failure";
        CONGESTION = 22, "congestion";
        SECURITY_CAPABILITIES_MISMATCH = 23, "UE security capabilities mismatch";
        SECURITY_MODE_REJECTED = 24, "security mode rejected, unspecified";
        NOT_AUTHORIZED_FOR_CSG = 25, "not authorized for this CSG";
        NON_EPS_AUTHENTICATION_UNACCEPTABLE = 26, "non-EPS authentication unacceptable";
        REDIRECTION_TO_5GCN = 31, "redirection to 5GCN required";
        SERVICE_OPTION_NOT_SUPPORTED = 32, "service option not supported";
        SERVICE_OPTION_NOT_SUBSCRIBED = 33, "requested service option not subscribed";
        SERVICE_OPTION_NOT_AUTHORIZED = 35, "requested service option not authorized in this PLMN";
        CS_TEMPORARILY_NOT_AVAILABLE = 39, "CS service temporarily not available";
        NO_BEARER = 40, "no EPS bearer context activated";
        SEVERE_NETWORK_FAILURE = 42, "severe network failure";
        SEMANTICALLY_INCORRECT = 95, "semantically incorrect message";
        INVALID_MANDATORY_INFORMATION = 96, "invalid mandatory information";
        MESSAGE_TYPE_NOT_IMPLEMENTED = 97, "message type non-existent or not implemented";
        INCOMPATIBLE_MESSAGE_TYPE = 98, "message type not compatible with protocol state";
        ELEMENT_NOT_IMPLEMENTED = 99, "information element non-existent or not implemented";
        CONDITIONAL_ELEMENT_ERROR = 100, "conditional IE error";
        INCOMPATIBLE_MESSAGE = 101, "message not compatible with protocol state";
        PROTOCOL_ERROR = 111, "protocol error, unspecified";
    }
}

causes! {
    /// ESM and SM causes (TS 24.301 9.9.4.4, TS 24.008 10.5.6.6).
    EsmCause {
        OPERATOR_DETERMINED_BARRING = 8, "operator determined barring";
        LLC_OR_SNDCP_FAILURE = 25, "LLC or SNDCP failure";
        INSUFFICIENT_RESOURCES = 26, "insufficient resources";
        MISSING_OR_UNKNOWN_APN = 27, "missing or unknown APN";
        UNKNOWN_PDN_TYPE = 28, "unknown PDN type";
        USER_AUTHENTICATION_FAILED = 29, "user authentication failed";
        REJECTED_BY_GATEWAY = 30, "request rejected by serving GW or PDN GW";
        REJECTED_UNSPECIFIED = 31, "request rejected, unspecified";
        SERVICE_OPTION_NOT_SUPPORTED = 32, "service option not supported";
        SERVICE_OPTION_NOT_SUBSCRIBED = 33, "requested service option not subscribed";
        SERVICE_OPTION_OUT_OF_ORDER = 34, "service option temporarily out of order";
        PTI_IN_USE = 35, "PTI already in use";
        REGULAR_DEACTIVATION = 36, "regular deactivation";
        QOS_NOT_ACCEPTED = 37, "EPS QoS not accepted";
        NETWORK_FAILURE = 38, "network failure";
        REACTIVATION_REQUESTED = 39, "reactivation requested";
        FEATURE_NOT_SUPPORTED = 40, "feature not supported";
        SEMANTIC_ERROR_IN_TFT = 41, "semantic error in the TFT operation";
        SYNTACTICAL_ERROR_IN_TFT = 42, "syntactical error in the TFT operation";
        INVALID_BEARER_IDENTITY = 43, "invalid EPS bearer identity";
        SEMANTIC_ERRORS_IN_FILTERS = 44, "semantic errors in packet filter(s)";
        SYNTACTICAL_ERRORS_IN_FILTERS = 45, "syntactical errors in packet filter(s)";
        CONTEXT_WITHOUT_TFT = 46, "PDP context without TFT already activated";
        PTI_MISMATCH = 47, "PTI mismatch";
        LAST_PDN = 49, "last PDN disconnection not allowed";
        IPV4_ONLY = 50, "PDN type IPv4 only allowed";
        IPV6_ONLY = 51, "PDN type IPv6 only allowed";
        SINGLE_ADDRESS_ONLY = 52, "single address bearers only allowed";
        ESM_INFORMATION_NOT_RECEIVED = 53, "ESM information not received";
        PDN_NONEXISTENT = 54, "PDN connection does not exist";
        DUPLICATE_APN = 55, "multiple PDN connections for a given APN not allowed";
        COLLISION = 56, "collision with network initiated request";
        IPV4V6_ONLY = 57, "PDN type IPv4v6 only allowed";
        NON_IP_ONLY = 58, "PDN type non IP only allowed";
        UNSUPPORTED_QCI = 59, "unsupported QCI value";
        BEARER_HANDLING_NOT_SUPPORTED = 60, "bearer handling not supported";
        ETHERNET_ONLY = 61, "PDN type Ethernet only allowed";
        MAXIMUM_BEARERS = 65, "maximum number of EPS bearers reached";
        APN_NOT_SUPPORTED_HERE = 66, "requested APN not supported in current RAT and PLMN combination";
        INVALID_PTI = 81, "invalid PTI value";
        SEMANTICALLY_INCORRECT = 95, "semantically incorrect message";
        INVALID_MANDATORY_INFORMATION = 96, "invalid mandatory information";
        MESSAGE_TYPE_NONEXISTENT = 97, "message type non-existent or not implemented";
        INCOMPATIBLE_MESSAGE_TYPE = 98, "message type not compatible with protocol state";
        ELEMENT_NOT_IMPLEMENTED = 99, "information element non-existent or not implemented";
        CONDITIONAL_ELEMENT_ERROR = 100, "conditional IE error";
        INCOMPATIBLE_MESSAGE = 101, "message not compatible with protocol state";
        PROTOCOL_ERROR = 111, "protocol error, unspecified";
        APN_RESTRICTION_INCOMPATIBLE = 112, "APN restriction value incompatible with active EPS bearer context";
        MULTIPLE_ACCESSES_NOT_ALLOWED = 113, "multiple accesses to a PDN connection not allowed";
    }
}

causes! {
    /// Call control causes (TS 24.008 10.5.4.11).
    CcCause {
        UNASSIGNED_NUMBER = 1, "unassigned number";
        NO_ROUTE = 3, "no route to destination";
        OPERATOR_DETERMINED_BARRING = 8, "operator determined barring";
        NORMAL_CLEARING = 16, "normal call clearing";
        USER_BUSY = 17, "user busy";
        NO_USER_RESPONDING = 18, "no user responding";
        NO_ANSWER = 19, "user alerting, no answer";
        CALL_REJECTED = 21, "call rejected";
        NUMBER_CHANGED = 22, "number changed";
        DESTINATION_OUT_OF_ORDER = 27, "destination out of order";
        INVALID_NUMBER = 28, "invalid number format";
        FACILITY_REJECTED = 29, "facility rejected";
        NORMAL_UNSPECIFIED = 31, "normal, unspecified";
        NO_CIRCUIT = 34, "no circuit available";
        NETWORK_OUT_OF_ORDER = 38, "network out of order";
        TEMPORARY_FAILURE = 41, "temporary failure";
        CONGESTION = 42, "switching equipment congestion";
        CIRCUIT_UNAVAILABLE = 44, "requested circuit not available";
        RESOURCES_UNAVAILABLE = 47, "resources unavailable, unspecified";
        FACILITY_NOT_SUBSCRIBED = 50, "requested facility not subscribed";
        INCOMING_BARRED_IN_CUG = 55, "incoming calls barred within the CUG";
        BEARER_NOT_AUTHORIZED = 57, "bearer capability not authorized";
        BEARER_NOT_AVAILABLE = 58, "bearer capability not presently available";
        SERVICE_NOT_AVAILABLE = 63, "service or option not available, unspecified";
        BEARER_NOT_IMPLEMENTED = 65, "bearer service not implemented";
        FACILITY_NOT_IMPLEMENTED = 69, "requested facility not implemented";
        SERVICE_NOT_IMPLEMENTED = 79, "service or option not implemented, unspecified";
        NOT_MEMBER_OF_CUG = 87, "user not member of CUG";
        INCOMPATIBLE_DESTINATION = 88, "incompatible destination";
        RECOVERY_ON_TIMER = 102, "recovery on timer expiry";
        PROTOCOL_ERROR = 111, "protocol error, unspecified";
        INTERWORKING = 127, "interworking, unspecified";
    }
}

causes! {
    /// RP causes of the short message relay layer (TS 24.011 8.2.5.4 and annex E).
    RpCause {
        UNASSIGNED_NUMBER = 1, "unassigned number";
        OPERATOR_DETERMINED_BARRING = 8, "operator determined barring";
        CALL_BARRED = 10, "call barred";
        TRANSFER_REJECTED = 21, "short message transfer rejected";
        MEMORY_CAPACITY_EXCEEDED = 22, "memory capacity exceeded";
        DESTINATION_OUT_OF_ORDER = 27, "destination out of order";
        UNIDENTIFIED_SUBSCRIBER = 28, "unidentified subscriber";
        FACILITY_REJECTED = 29, "facility rejected";
        UNKNOWN_SUBSCRIBER = 30, "unknown subscriber";
        NETWORK_OUT_OF_ORDER = 38, "network out of order";
        TEMPORARY_FAILURE = 41, "temporary failure";
        CONGESTION = 42, "congestion";
        RESOURCES_UNAVAILABLE = 47, "resources unavailable, unspecified";
        FACILITY_NOT_SUBSCRIBED = 50, "requested facility not subscribed";
        FACILITY_NOT_IMPLEMENTED = 69, "requested facility not implemented";
        INVALID_REFERENCE = 81, "invalid short message transfer reference value";
        SEMANTICALLY_INCORRECT = 95, "semantically incorrect message";
        INVALID_MANDATORY_INFORMATION = 96, "invalid mandatory information";
        MESSAGE_TYPE_NOT_IMPLEMENTED = 97, "message type non-existent or not implemented";
        INCOMPATIBLE_STATE = 98, "message not compatible with short message protocol state";
        ELEMENT_NOT_IMPLEMENTED = 99, "information element non-existent or not implemented";
        PROTOCOL_ERROR = 111, "protocol error, unspecified";
        INTERWORKING = 127, "interworking, unspecified";
    }
}

causes! {
    /// Errors of supplementary services (TS 24.080 4.5, TS 29.002 17.6).
    SsError {
        UNKNOWN_SUBSCRIBER = 1, "unknown subscriber";
        ILLEGAL_SUBSCRIBER = 9, "illegal subscriber";
        BEARER_SERVICE_NOT_PROVISIONED = 10, "bearer service not provisioned";
        TELESERVICE_NOT_PROVISIONED = 11, "teleservice not provisioned";
        ILLEGAL_EQUIPMENT = 12, "illegal equipment";
        CALL_BARRED = 13, "call barred";
        ILLEGAL_SS_OPERATION = 16, "illegal SS operation";
        SS_ERROR_STATUS = 17, "SS error status";
        SS_NOT_AVAILABLE = 18, "SS not available";
        SUBSCRIPTION_VIOLATION = 19, "SS subscription violation";
        SS_INCOMPATIBILITY = 20, "SS incompatibility";
        FACILITY_NOT_SUPPORTED = 21, "facility not supported";
        ABSENT_SUBSCRIBER = 27, "absent subscriber";
        SYSTEM_FAILURE = 34, "system failure";
        DATA_MISSING = 35, "data missing";
        UNEXPECTED_DATA_VALUE = 36, "unexpected data value";
        PASSWORD_REGISTRATION_FAILURE = 37, "password registration failure";
        NEGATIVE_PASSWORD_CHECK = 38, "negative password check";
        TOO_MANY_PASSWORD_ATTEMPTS = 43, "number of password attempts violation";
        UNKNOWN_ALPHABET = 71, "unknown alphabet";
        USSD_BUSY = 72, "USSD busy";
        MULTIPARTY_FULL = 126, "maximum number of multiparty participants exceeded";
        RESOURCES_NOT_AVAILABLE = 127, "resources not available";
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cause_prints_its_number_and_name_and_keeps_an_unknown_value() {
        assert_eq!(EmmCause::PLMN_NOT_ALLOWED.to_string(), "#11 (PLMN not allowed)");
        assert_eq!(EsmCause(33), EsmCause::SERVICE_OPTION_NOT_SUBSCRIBED);
        assert_eq!(CcCause(200).to_string(), "#200 (unknown cause)");
        assert_eq!(RpCause(22).name(), "memory capacity exceeded");
    }
}
