//! Quectel EC25 (and EC2x, EG2x): LTE category 4, UMTS, GSM.
//!
//! As the BG95, with other technologies and other words for them.

use super::quectel_bg95::{HOT_SWAP, QCCID, QPINC, QPINC_ALL, QPOWD, QSIMDET, QSIMSTAT, QSPN, qcfg};
use super::row::{Asked, Field, Iccid, Identity, Query, Reply};
use super::{Dialect, plain};
use crate::air::cellular::Rat;
use crate::sockets::SocketFamily;

/// The rows.
pub const DIALECT: Dialect = Dialect {
    name: "quectel-ec25",
    identity: Identity {
        manufacturer: "Quectel",
        model: "EC25",
        revision: "EC25EFAR06A06M4G",
        maker_word: "quectel",
        model_words: &["ec20", "ec21", "ec25", "eg21", "eg25", "eg91", "eg95"],
        ..plain::DIALECT.identity
    },
    banner: &["RDY", "SMS DONE", "PB DONE"],
    iccid: Iccid::Query(QCCID),
    attempts: QPINC,
    hot_swap: Some(HOT_SWAP),
    radio: Some(Query::of_card(
        "+QENG",
        Asked::With("\"servingcell\""),
        &[
            Reply::without_service(&["+QENG: \"servingcell\",\"SEARCH\""]),
            Reply::on(
                Rat::Eutran,
                &[
                    "+QENG: \"servingcell\",\"{rrc}\",\"LTE\",\"FDD\",{mcc},{mnc},{cell_upper},{pci},{earfcn},\
                   {band},{ul_bandwidth},{dl_bandwidth},{tac},{rsrp},{rsrq},{rssi},{sinr},{srxlev}",
                ],
            ),
            Reply::on(
                Rat::Utran,
                &[
                    "+QENG: \"servingcell\",\"{rrc}\",\"WCDMA\",{mcc},{mnc},{tac},{cell_upper},{earfcn},{pci},\
                   {rsrp},{srxlev}",
                ],
            ),
            Reply::on(
                Rat::Gsm,
                &["+QENG: \"servingcell\",\"{rrc}\",\"GSM\",{mcc},{mnc},{tac},{cell_upper},{pci},{earfcn},\
                   {band},{rssi},{srxlev}"],
            ),
        ],
    )),
    queries: &[
        QPINC_ALL,
        QSPN,
        Query::action(
            "+QNWINFO",
            &[
                Reply::without_service(&["+QNWINFO: No Service"]),
                Reply::on(Rat::Eutran, &["+QNWINFO: \"FDD LTE\",\"{plmn}\",\"LTE BAND {band}\",{earfcn}"]),
                Reply::on(Rat::Utran, &["+QNWINFO: \"WCDMA\",\"{plmn}\",\"WCDMA 2100\",{earfcn}"]),
                Reply::on(Rat::Gsm, &["+QNWINFO: \"EDGE\",\"{plmn}\",\"GSM 900\",{earfcn}"]),
            ],
        ),
        Query::action(
            "+QCSQ",
            &[
                Reply::without_service(&["+QCSQ: \"NOSERVICE\""]),
                Reply::on(Rat::Eutran, &["+QCSQ: \"LTE\",{rssi},{rsrp},{sinr_quectel},{rsrq}"]),
                Reply::on(Rat::Utran, &["+QCSQ: \"WCDMA\",{rssi},{rsrp},0"]),
                Reply::on(Rat::Gsm, &["+QCSQ: \"GSM\",{rssi}"]),
            ],
        ),
    ],
    settings: &[
        QSIMSTAT,
        QSIMDET,
        qcfg(
            "nwscanmode",
            &[Field::Number(0, 3), Field::Number(0, 1)],
            "0",
            "+QCFG: \"nwscanmode\",",
            &[("1", &[Rat::Gsm]), ("2", &[Rat::Utran]), ("3", &[Rat::Eutran])],
        ),
        qcfg("nwscanseq", &[Field::Hex, Field::Number(0, 1)], "040301", "+QCFG: \"nwscanseq\",", &[]),
        qcfg(
            "roamservice",
            &[Field::Number(1, 255), Field::Number(0, 1)],
            "255",
            "+QCFG: \"roamservice\",",
            &[],
        ),
        qcfg(
            "servicedomain",
            &[Field::Number(0, 2), Field::Number(0, 1)],
            "2",
            "+QCFG: \"servicedomain\",",
            &[],
        ),
    ],
    orders: &[QPOWD[0], plain::CFUN_RESET, QPOWD[1], QPOWD[2]],
    reports: &["+QSIMSTAT", "+QIND", "+QIURC", "+QUSIM"],
    character_sets: &["GSM", "IRA", "UCS2"],
    named_indicators: true,
    plain_errors: &["+CGACT"],
    scan_frame: [",", ",,(0,1,2,3,4),(0,1,2)"],
    sockets: Some(SocketFamily::Quectel),
    ..plain::DIALECT
};
