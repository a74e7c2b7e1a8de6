//! Quectel BG95 (and BG96, BG77): LTE-M, NB-IoT, GSM.
//!
//! It shows access technology 8 for LTE-M, answers a refused `+CGACT` with plain `ERROR`, and pads the card's identity.

use super::row::{
    Applies, Asked, Attempts, Does, Field, HotSwap, Iccid, Identity, Order, Query, Reply, Setting,
};
use super::{Dialect, plain};
use crate::air::cellular::Rat;
use crate::sockets::SocketFamily;

/// `+QCCID`.
pub(super) const QCCID: Query =
    Query::of_card("+QCCID", Asked::Action, &[Reply::always(&["+QCCID: {iccid_filled}"])]);
const QPINC_PIN1: Query =
    Query::of_card("+QPINC", Asked::With("\"SC\""), &[Reply::always(&["+QPINC: \"SC\",{pin1},{puk1}"])]);
const QPINC_PIN2: Query =
    Query::of_card("+QPINC", Asked::With("\"P2\""), &[Reply::always(&["+QPINC: \"P2\",{pin2},{puk2}"])]);
/// Both counters at once.
pub(super) const QPINC_ALL: Query = Query::of_card(
    "+QPINC",
    Asked::Read,
    &[Reply::always(&["+QPINC: \"SC\",{pin1},{puk1}", "+QPINC: \"P2\",{pin2},{puk2}"])],
);
/// `+QPINC`.
pub(super) const QPINC: Attempts = Attempts::Queries(&[
    ("SIM PIN", QPINC_PIN1, "pin1"),
    ("SIM PUK", QPINC_PIN1, "puk1"),
    ("SIM PIN2", QPINC_PIN2, "pin2"),
    ("SIM PUK2", QPINC_PIN2, "puk2"),
]);
/// `+QPOWD`, in its three forms.
pub(super) const QPOWD: [Order; 3] = {
    const fn off(asked: Asked) -> Order {
        Order { name: "+QPOWD", asked, does: Does::SwitchOff, reports: &["POWERED DOWN"] }
    }
    [off(Asked::With("1")), off(Asked::With("0")), off(Asked::Action)]
};
/// `+QSPN`.
pub(super) const QSPN: Query = Query::action(
    "+QSPN",
    &[
        Reply::without_service(&["+QSPN: \"\",\"\",\"\",0,\"\""]),
        Reply::always(&["+QSPN: \"{network}\",\"{network_short}\",\"\",0,\"{plmn}\""]),
    ],
);
/// `+QSIMSTAT`.
pub(super) const QSIMSTAT: Setting = Setting {
    name: "+QSIMSTAT",
    key: None,
    fields: &[Field::Number(0, 1)],
    kept: 1,
    initial: "0",
    shown: "+QSIMSTAT: ",
    test: "(0,1)",
    technologies: &[],
    applies: Applies::AtOnce,
};
/// `+QSIMDET`.
pub(super) const QSIMDET: Setting = Setting {
    name: "+QSIMDET",
    fields: &[Field::Number(0, 1), Field::Number(0, 1)],
    kept: 2,
    initial: "0,0",
    shown: "+QSIMDET: ",
    test: "(0,1),(0,1)",
    applies: Applies::AtStart,
    ..QSIMSTAT
};
/// What `+QSIMSTAT=1` switches on.
pub(super) const HOT_SWAP: HotSwap = HotSwap {
    enabled_by: Some(("+QSIMSTAT", "1")),
    inserted: &["+QSIMSTAT: 1,1"],
    removed: &["+QSIMSTAT: 1,0"],
};
/// A `+QCFG` of one number.
pub(super) const fn qcfg(
    key: &'static str,
    fields: &'static [Field],
    initial: &'static str,
    shown: &'static str,
    technologies: &'static [(&'static str, &'static [Rat])],
) -> Setting {
    Setting {
        name: "+QCFG",
        key: Some(key),
        fields,
        kept: 1,
        initial,
        shown,
        test: "",
        technologies,
        applies: Applies::AtOnce,
    }
}

/// `+QCFG="roamservice"`.
pub(super) const ROAM_SERVICE: Setting =
    qcfg("roamservice", &[Field::Number(1, 255), Field::Number(0, 1)], "255", "+QCFG: \"roamservice\",", &[]);
/// `+QCFG="servicedomain"`.
pub(super) const SERVICE_DOMAIN: Setting =
    qcfg("servicedomain", &[Field::Number(0, 2), Field::Number(0, 1)], "2", "+QCFG: \"servicedomain\",", &[]);
/// `+QENG` without service.
pub(super) const SEARCHING: Reply = Reply::without_service(&["+QENG: \"servingcell\",\"SEARCH\""]);
/// `+QENG` on GSM.
pub(super) const SERVED_BY_GSM: Reply = Reply::on(
    Rat::Gsm,
    &["+QENG: \"servingcell\",\"{rrc}\",\"GSM\",{mcc},{mnc},{tac},{cell_upper},{pci},{earfcn},\
       {band},{rssi},{srxlev}"],
);

/// The rows.
pub const DIALECT: Dialect = Dialect {
    name: "quectel-bg95",
    identity: Identity {
        manufacturer: "Quectel",
        model: "BG95-M3",
        revision: "BG95M3LAR02A04",
        maker_word: "quectel",
        model_words: &["bg95", "bg96", "bg77"],
        ..plain::DIALECT.identity
    },
    banner: &["RDY", "APP RDY"],
    rats: &[Rat::Gsm, Rat::Eutran],
    low_power: true,
    acts: &[(Rat::Eutran, 8)],
    iccid: Iccid::Query(QCCID),
    attempts: QPINC,
    hot_swap: Some(HOT_SWAP),
    radio: Some(Query::of_card(
        "+QENG",
        Asked::With("\"servingcell\""),
        &[
            SEARCHING,
            Reply::on(
                Rat::Eutran,
                &[
                    "+QENG: \"servingcell\",\"{rrc}\",\"eMTC\",\"FDD\",{mcc},{mnc},{cell_upper},{pci},{earfcn},\
                   {band},{ul_bandwidth},{dl_bandwidth},{tac},{rsrp},{rsrq},{rssi},{sinr},{srxlev}",
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
                Reply::on(Rat::Eutran, &["+QNWINFO: \"eMTC\",\"{plmn}\",\"LTE BAND {band}\",{earfcn}"]),
                Reply::on(Rat::Gsm, &["+QNWINFO: \"EDGE\",\"{plmn}\",\"GSM 900\",{earfcn}"]),
            ],
        ),
        Query::action(
            "+QCSQ",
            &[
                Reply::without_service(&["+QCSQ: \"NOSERVICE\""]),
                Reply::on(Rat::Eutran, &["+QCSQ: \"eMTC\",{rssi},{rsrp},{sinr_quectel},{rsrq}"]),
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
            &[("1", &[Rat::Gsm]), ("3", &[Rat::Eutran])],
        ),
        qcfg("nwscanseq", &[Field::Hex, Field::Number(0, 1)], "020301", "+QCFG: \"nwscanseq\",", &[]),
        qcfg("iotopmode", &[Field::Number(0, 2), Field::Number(0, 1)], "0", "+QCFG: \"iotopmode\",", &[]),
        ROAM_SERVICE,
        SERVICE_DOMAIN,
        Setting {
            kept: 3,
            ..qcfg(
                "band",
                &[Field::Hex, Field::Hex, Field::Hex, Field::Number(0, 1)],
                "0xf,0x100002000000000f0e189f,0x10004200000000090e189f",
                "+QCFG: \"band\",",
                &[],
            )
        },
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
