//! Quectel EC25 (and EC2x, EG2x): LTE category 4, UMTS, GSM.
//!
//! As the BG95, with other technologies and other words for them.

use super::quectel_bg95::{
    QPINC_ALL, QSIMDET, QSIMSTAT, QSPN, ROAM_SERVICE, SEARCHING, SERVED_BY_GSM, SERVICE_DOMAIN, qcfg,
};
use super::row::{Asked, Field, Identity, Query, Reply};
use super::{Dialect, plain, quectel_bg95};
use crate::air::cellular::Rat;

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
    rats: plain::DIALECT.rats,
    low_power: plain::DIALECT.low_power,
    acts: plain::DIALECT.acts,
    radio: Some(Query::of_card(
        "+QENG",
        Asked::With("\"servingcell\""),
        &[
            SEARCHING,
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
            SERVED_BY_GSM,
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
        ROAM_SERVICE,
        SERVICE_DOMAIN,
    ],
    ..quectel_bg95::DIALECT
};
