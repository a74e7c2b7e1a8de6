//! Telit ME910: LTE-M, NB-IoT, GSM.
//!
//! Its own commands begin with `#`.

use super::row::{Applies, Asked, Does, Field, HotSwap, Iccid, Identity, Order, Query, Reply, Setting};
use super::{Dialect, plain};
use crate::air::cellular::Rat;
use crate::sockets::SocketFamily;

/// The rows.
pub const DIALECT: Dialect = Dialect {
    name: "telit-me910",
    identity: Identity {
        manufacturer: "Telit",
        model: "ME910C1-E1",
        revision: "30.00.269",
        card: &["332"],
        maker_word: "telit",
        model_words: &["me910", "ml865", "ne910"],
        ..plain::DIALECT.identity
    },
    banner: &[],
    rats: &[Rat::Gsm, Rat::Eutran],
    low_power: true,
    iccid: Iccid::Query(Query::of_card("#CCID", Asked::Action, &[Reply::always(&["#CCID: {iccid}"])])),
    hot_swap: Some(HotSwap {
        enabled_by: Some(("#QSS", "1")),
        inserted: &["#QSS: 1"],
        removed: &["#QSS: 0"],
    }),
    radio: Some(Query::action(
        "#RFSTS",
        &[
            Reply::on(
                Rat::Eutran,
                &["#RFSTS: \"{plmn_spaced}\",{earfcn},{rsrp},{rssi},{rsrq},{tac},{rac},{power},{drx},\
                   {mobility},{rrc_number},{cell_upper},\"{imsi}\",\"{network}\",{domains},{band}"],
            ),
            Reply::on(
                Rat::Gsm,
                &["#RFSTS: \"{plmn_spaced}\",{earfcn},{pci},{rssi},{tac},{rac},{power},{drx},{mobility},\
                   {rrc_number},{cell_upper},\"{imsi}\",\"{network}\",{domains},{band}"],
            ),
            Reply::always(&["#RFSTS: \"\",,,,,,,,,0,0,,\"\",\"\",0,"]),
        ],
    )),
    queries: &[
        Query::of_card("#PCT", Asked::Action, &[Reply::always(&["#PCT: {pending}"])]),
        Query::action(
            "#SERVINFO",
            &[
                Reply::on(
                    Rat::Eutran,
                    &[
                        "#SERVINFO: {earfcn},{rsrp},\"{network}\",\"{plmn}\",{pci},{tac},{drx},{domains},{rsrp}",
                    ],
                ),
                Reply::on(
                    Rat::Gsm,
                    &["#SERVINFO: {earfcn},{rssi},\"{network}\",\"{plmn}\",{pci},{tac},{drx},{domains}"],
                ),
                Reply::always(&["#SERVINFO: ,,\"\",\"\",,,,"]),
            ],
        ),
    ],
    settings: &[
        Setting {
            name: "#QSS",
            key: None,
            fields: &[Field::Number(0, 2)],
            kept: 1,
            initial: "0",
            shown: "#QSS: ",
            test: "(0-2)",
            technologies: &[],
            applies: Applies::AtOnce,
        },
        Setting {
            name: "+WS46",
            key: None,
            fields: &[Field::Number(12, 30)],
            kept: 1,
            initial: "30",
            shown: "+WS46: ",
            test: "(12,28,30)",
            technologies: &[("12", &[Rat::Gsm]), ("28", &[Rat::Eutran])],
            applies: Applies::AtStart,
        },
        Setting {
            name: "#BND",
            key: None,
            fields: &[Field::Number(0, 5), Field::Number(0, 0), Field::Number(1, u32::MAX)],
            kept: 3,
            initial: "5,0,524420",
            shown: "#BND: ",
            test: "(0-5),(0),(1-168695967)",
            technologies: &[],
            applies: Applies::AtStart,
        },
    ],
    orders: &[
        Order { name: "#SHDN", asked: Asked::Action, does: Does::SwitchOff, reports: &[] },
        Order { name: "#REBOOT", asked: Asked::Action, does: Does::Restart, reports: &[] },
        plain::CFUN_RESET,
    ],
    reports: &["#QSS", "SRING"],
    scan_frame: [",", ",,(0-4),(0,2)"],
    sockets: Some(SocketFamily::Telit),
    character_sets: &["GSM", "IRA", "8859-1", "UCS2"],
    ..plain::DIALECT
};
