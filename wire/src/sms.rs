//! Short messages: alphabets, transfer layer TPDUs, and the relay and connection layers that carry them.
//!
//! Spec: 3GPP TS 23.038 (alphabets, data coding), TS 23.040 (transfer layer), TS 24.011 (relay and connection layers),
//! TS 27.005 (the form of AT PDU mode). Every parser takes octets from outside and never panics; every value can be
//! written out again. Not here: retransmission and timers, text compression, national language tables.

pub mod address;
pub mod broadcast;
pub mod command;
pub mod concat;
pub mod connection;
pub mod data_coding;
pub mod gsm7;
pub mod header;
pub mod message;
mod reader;
pub mod relay;
pub mod report;
pub mod smsc_pdu;
pub mod status;
pub mod timestamp;
pub mod tpdu;
pub mod user_data;
pub mod validity;

pub use address::{Address, TypeOfAddress};
pub use broadcast::{BroadcastError, BroadcastPage};
pub use command::Command;
pub use concat::{Reassembly, Reference};
pub use connection::{CpBody, CpCause, CpError, CpMessage, CpUserData, TransactionId};
pub use data_coding::{Alphabet, DataCoding, MessageClass, MessageWaiting, ProtocolId, WaitingKind};
pub use header::{Concatenation, InformationElement, Ports, UserDataHeader};
pub use message::{Deliver, Submit};
pub use relay::{RpError, RpMessage, RpUserData};
pub use report::{DeliverReport, ReportParameters, StatusReport, SubmitReport};
pub use smsc_pdu::{SmscPdu, SmscPduError};
pub use status::{FailureCause, Status};
pub use timestamp::Timestamp;
pub use tpdu::{Tpdu, TpduError};
pub use user_data::{Payload, UserData, UserDataError};
pub use validity::ValidityPeriod;

/// Which way a message travels; the same octets mean different messages in the two directions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Direction {
    /// From the mobile station to the network and its service centre.
    MobileToNetwork,
    /// From the network to the mobile station.
    NetworkToMobile,
}
