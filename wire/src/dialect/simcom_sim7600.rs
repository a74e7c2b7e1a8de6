//! SIMCom SIM7600: LTE category 1 and 4, UMTS, GSM.
//!
//! It names `+CGMR` in its answer, takes the password of `+CGAUTH` before the user name, and restarts with a command of its own.

use super::row::{
    Applies, Asked, Attempts, Does, Field, HotSwap, Iccid, Identity, Order, Query, Reply, Setting,
};
use super::{Dialect, plain};
use crate::air::cellular::Rat;
use crate::sockets::SocketFamily;

const SPIC: Query =
    Query::of_card("+SPIC", Asked::Action, &[Reply::always(&["+SPIC: {pin1},{puk1},{pin2},{puk2}"])]);

/// The rows.
pub const DIALECT: Dialect = Dialect {
    name: "simcom-sim7600",
    identity: Identity {
        manufacturer: "SIMCOM INCORPORATED",
        model: "SIMCOM_SIM7600E-H",
        revision: "LE20B04SIM7600M22",
        revision_line: "+CGMR: {revision}",
        card: &[
            "Manufacturer: {manufacturer}",
            "Model: {model}",
            "Revision: {revision}",
            "IMEI: {imei}",
            "+GCAP: +CGSM",
        ],
        maker_word: "simcom",
        model_words: &["sim7600", "sim7500"],
    },
    banner: &["RDY", "SMS DONE", "PB DONE"],
    iccid: Iccid::Query(Query::of_card(
        "+CICCID",
        Asked::Action,
        &[Reply::always(&["+ICCID: {iccid_filled}"])],
    )),
    attempts: Attempts::Queries(&[
        ("SIM PIN", SPIC, "pin1"),
        ("SIM PUK", SPIC, "puk1"),
        ("SIM PIN2", SPIC, "pin2"),
        ("SIM PUK2", SPIC, "puk2"),
    ]),
    hot_swap: Some(HotSwap {
        enabled_by: Some(("+UIMHOTSWAPON", "1")),
        inserted: &[],
        removed: &["+CPIN: NOT READY"],
    }),
    radio: Some(Query {
        name: "+CPSI",
        asked: Asked::Read,
        needs_card: false,
        replies: &[
            Reply::without_service(&["+CPSI: NO SERVICE,Online"]),
            Reply::on(
                Rat::Eutran,
                &["+CPSI: LTE,Online,{plmn_dashed},0x{tac},{cell_decimal},{pci},EUTRAN-BAND{band},{earfcn},\
                   {dl_bandwidth},{ul_bandwidth},{rsrq_tenths},{rsrp_tenths},{rssi_tenths},{sinr}"],
            ),
            Reply::on(
                Rat::Utran,
                &["+CPSI: WCDMA,Online,{plmn_dashed},0x{tac},{cell_decimal},WCDMA IMT 2000,{pci},{earfcn},\
                   {srxlev},{rsrp}"],
            ),
            Reply::on(
                Rat::Gsm,
                &["+CPSI: GSM,Online,{plmn_dashed},0x{tac},{cell_decimal},{earfcn} EGSM 900,{rssi},0,0-0"],
            ),
        ],
    }),
    queries: &[Query {
        name: "+CNSMOD",
        asked: Asked::Read,
        needs_card: false,
        replies: &[
            Reply::without_service(&["+CNSMOD: 0,0"]),
            Reply::on(Rat::Eutran, &["+CNSMOD: 0,8"]),
            Reply::on(Rat::Utran, &["+CNSMOD: 0,4"]),
            Reply::on(Rat::Gsm, &["+CNSMOD: 0,1"]),
        ],
    }],
    settings: &[
        Setting {
            name: "+CNMP",
            key: None,
            fields: &[Field::Number(2, 71)],
            kept: 1,
            initial: "2",
            shown: "+CNMP: ",
            test: "(2,13,14,38,51)",
            technologies: &[
                ("13", &[Rat::Gsm]),
                ("14", &[Rat::Utran]),
                ("38", &[Rat::Eutran]),
                ("51", &[Rat::Gsm, Rat::Eutran]),
            ],
            applies: Applies::AtOnce,
        },
        Setting {
            name: "+UIMHOTSWAPON",
            key: None,
            fields: &[Field::Number(0, 1)],
            kept: 1,
            initial: "0",
            shown: "+UIMHOTSWAPON: ",
            test: "(0,1)",
            technologies: &[],
            applies: Applies::AtStart,
        },
    ],
    orders: &[
        plain::CPOF,
        Order { name: "+CRESET", asked: Asked::Action, does: Does::Restart, reports: &[] },
        plain::CFUN_RESET,
    ],
    password_first: true,
    scan_frame: [",", ",,(0,1,2,3,4,5),(0,1,2)"],
    quirks: &["password-first"],
    sockets: Some(SocketFamily::Simcom),
    character_sets: &["IRA", "GSM", "UCS2"],
    ..plain::DIALECT
};
