//! u-blox SARA-R4: LTE-M and NB-IoT, no voice.
//!
//! It starts without a word, and a change of technology takes effect at the next start.

use super::row::{
    Applies, Asked, Attempts, Does, Field, HotSwap, Iccid, Identity, Order, Query, Reply, Setting,
};
use super::{Dialect, plain};
use crate::air::cellular::Rat;
use crate::sockets::SocketFamily;

const UPINCNT: Query =
    Query::of_card("+UPINCNT", Asked::Action, &[Reply::always(&["+UPINCNT: {pin1},{pin2},{puk1},{puk2}"])]);
/// `+UPINCNT`: both PINs, then both PUKs.
pub(super) const COUNTERS: Attempts = Attempts::Queries(&[
    ("SIM PIN", UPINCNT, "pin1"),
    ("SIM PUK", UPINCNT, "puk1"),
    ("SIM PIN2", UPINCNT, "pin2"),
    ("SIM PUK2", UPINCNT, "puk2"),
]);
/// `+UCGED?` in mode 2.
pub(super) const UCGED: Query = Query {
    name: "+UCGED",
    asked: Asked::Read,
    needs_card: false,
    replies: &[
        Reply::on(
            Rat::Eutran,
            &[
                "+UCGED: 2",
                "6,4,{mcc},{mnc}",
                "{earfcn},{band},{ul_blocks},{dl_blocks},{tac_lower},{cell_lower},{pci},{tmsi},{mme_group},\
                 {mme_code},{rsrp_index},{rsrq_index},{sinr},{remainder}",
            ],
        ),
        Reply::on(
            Rat::Gsm,
            &["+UCGED: 2", "2,4,{mcc},{mnc}", "{earfcn},1,{pci},{tac_lower},{cell_lower},{rssi}"],
        ),
        Reply::always(&["+UCGED: 2", "0,0,0,0"]),
    ],
};
/// `+CPWROFF`.
pub(super) const CPWROFF: Order =
    Order { name: "+CPWROFF", asked: Asked::Action, does: Does::SwitchOff, reports: &[] };
/// A setting of numbers that the next start reads.
pub(super) const fn at_start(
    name: &'static str,
    fields: &'static [Field],
    kept: usize,
    initial: &'static str,
    shown: &'static str,
    test: &'static str,
) -> Setting {
    Setting {
        name,
        key: None,
        fields,
        kept,
        initial,
        shown,
        test,
        technologies: &[],
        applies: Applies::AtStart,
    }
}
/// `+UMNOPROF`.
pub(super) const UMNOPROF: Setting =
    at_start("+UMNOPROF", &[Field::Number(0, 102)], 1, "100", "+UMNOPROF: ", "(0-102)");
/// What a card in motion reports, `+CIEV` aside.
pub(super) const HOT_SWAP: HotSwap =
    HotSwap { enabled_by: None, inserted: &["+UUSIMSTAT: 1"], removed: &["+UUSIMSTAT: 0"] };

/// The rows.
pub const DIALECT: Dialect = Dialect {
    name: "ublox-sara-r4",
    identity: Identity {
        manufacturer: "u-blox",
        model: "SARA-R410M-02B",
        revision: "L0.0.00.00.05.08",
        card: &["Manufacturer: {manufacturer}", "Model: {model}", "Revision: {revision}", "IMEI: {imei}"],
        maker_word: "u-blox",
        model_words: &["sara-r4"],
        ..plain::DIALECT.identity
    },
    banner: &[],
    rats: &[Rat::Gsm, Rat::Eutran],
    low_power: true,
    voice: false,
    iccid: Iccid::Query(plain::CCID),
    attempts: COUNTERS,
    hot_swap: Some(HOT_SWAP),
    radio: Some(UCGED),
    queries: &[],
    settings: &[
        Setting {
            technologies: &[("7", &[Rat::Eutran]), ("8", &[Rat::Eutran]), ("9", &[Rat::Gsm])],
            ..at_start(
                "+URAT",
                &[Field::Number(7, 9), Field::Number(7, 9), Field::Number(7, 9)],
                1,
                "7,8",
                "+URAT: ",
                "(7,8,9),(7,8,9),(7,8,9)",
            )
        },
        UMNOPROF,
        at_start(
            "+UBANDMASK",
            &[Field::Number(0, 2), Field::Number(0, u32::MAX), Field::Number(0, u32::MAX)],
            2,
            "0,524420",
            "+UBANDMASK: ",
            "(0-2)",
        ),
    ],
    orders: &[
        CPWROFF,
        Order { name: "+CFUN", asked: Asked::With("15"), does: Does::Restart, reports: &[] },
        plain::CFUN_RESET,
    ],
    reports: &["+UUSIMSTAT", "+UUSOCL", "+UUSORD", "+UUSORF", "+UUPING", "+UUPINGER", "+UUSOCO"],
    quirks: &["functionality-pair"],
    scan_frame: [",", ",,(0-6),(0-2)"],
    sockets: Some(SocketFamily::UbloxR4),
    character_sets: &["IRA", "GSM", "8859-1", "UCS2", "HEX"],
    ..plain::DIALECT
};
