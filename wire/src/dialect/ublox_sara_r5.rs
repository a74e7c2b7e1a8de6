//! u-blox SARA-R5: LTE-M and NB-IoT, no GSM, no voice.
//!
//! As the SARA-R4 but for its radio and its reset.

use super::row::{Asked, Does, Field, Iccid, Identity, Order, Setting};
use super::ublox_sara_r4::{COUNTERS, CPWROFF, HOT_SWAP, UCGED, UMNOPROF, at_start};
use super::{Dialect, plain, ublox_sara_r4};
use crate::air::cellular::Rat;
use crate::sockets::SocketFamily;

/// The rows.
pub const DIALECT: Dialect = Dialect {
    name: "ublox-sara-r5",
    identity: Identity {
        manufacturer: "u-blox",
        model: "SARA-R510S-01B",
        revision: "03.15",
        card: &["{model}"],
        maker_word: "u-blox",
        model_words: &["sara-r5"],
        ..plain::DIALECT.identity
    },
    banner: &[],
    rats: &[Rat::Eutran],
    low_power: true,
    voice: false,
    iccid: Iccid::Query(plain::CCID),
    attempts: COUNTERS,
    hot_swap: Some(HOT_SWAP),
    radio: Some(UCGED),
    queries: &[],
    settings: &[
        Setting {
            technologies: &[("7", &[Rat::Eutran]), ("8", &[Rat::Eutran])],
            ..at_start(
                "+URAT",
                &[Field::Number(7, 8), Field::Number(7, 8)],
                1,
                "7,8",
                "+URAT: ",
                "(7,8),(7,8)",
            )
        },
        UMNOPROF,
    ],
    orders: &[
        CPWROFF,
        Order { name: "+CFUN", asked: Asked::With("16"), does: Does::Restart, reports: &[] },
        plain::CFUN_RESET,
    ],
    reports: ublox_sara_r4::DIALECT.reports,
    quirks: &["functionality-pair"],
    scan_frame: [",", ",,(0-6),(0-2)"],
    sockets: Some(SocketFamily::UbloxR5),
    character_sets: &["IRA", "GSM", "8859-1", "UCS2", "HEX"],
    ..plain::DIALECT
};
