//! Sierra Wireless HL78: LTE-M, NB-IoT, GSM; no voice.
//!
//! Its own commands begin with `+K`; ESC at a prompt is an error.

use super::row::{Applies, Asked, Field, Iccid, Identity, Query, Reply, Setting};
use super::ublox_sara_r4::CPWROFF;
use super::{Dialect, plain};
use crate::air::cellular::Rat;
use crate::sockets::SocketFamily;

/// The rows.
pub const DIALECT: Dialect = Dialect {
    name: "sierra-hl78",
    identity: Identity {
        manufacturer: "Sierra Wireless",
        model: "HL7802",
        revision: "HL7802.4.6.9.4",
        card: &["{model}"],
        maker_word: "sierra",
        model_words: &["hl78"],
        ..plain::DIALECT.identity
    },
    banner: &[],
    rats: &[Rat::Gsm, Rat::Eutran],
    low_power: true,
    voice: false,
    iccid: Iccid::Query(plain::CCID),
    radio: Some(Query {
        name: "+KCELLMEAS",
        asked: Asked::With("1"),
        needs_card: false,
        replies: &[
            Reply::on(
                Rat::Eutran,
                &["+KCELLMEAS: {rsrp},{rsrq},{rssi},{sinr},{plmn},{tac},{cell_upper},{earfcn},{band}"],
            ),
            Reply::on(Rat::Gsm, &["+KCELLMEAS: {rssi},{plmn},{tac},{cell_upper},{earfcn},{band}"]),
            Reply::always(&["+KCELLMEAS: 0"]),
        ],
    }),
    queries: &[],
    settings: &[
        Setting {
            name: "+KSRAT",
            key: None,
            fields: &[Field::Number(0, 2), Field::Number(0, 1)],
            kept: 1,
            initial: "0",
            shown: "+KSRAT: ",
            test: "(0-2),(0,1)",
            technologies: &[("0", &[Rat::Eutran]), ("1", &[Rat::Eutran]), ("2", &[Rat::Gsm])],
            applies: Applies::AtStart,
        },
        Setting {
            name: "+KBND",
            key: None,
            fields: &[Field::Number(0, 2), Field::Hex],
            kept: 2,
            initial: "0,2000000",
            shown: "+KBND: ",
            test: "(0-2)",
            technologies: &[],
            applies: Applies::AtStart,
        },
    ],
    orders: &[CPWROFF, plain::CFUN_RESET, plain::CPOF],
    reports: &["+KTCP_IND", "+KTCP_DATA", "+KTCP_NOTIF", "+KUDP_IND", "+KUDP_DATA", "+KUDP_NOTIF"],
    escape_refused: true,
    scan_frame: [",", ",,(0,1,2,3,4),(0,1,2)"],
    sockets: Some(SocketFamily::Sierra),
    ..plain::DIALECT
};
