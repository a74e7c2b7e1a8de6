//! A module that does what TS 27.007, TS 27.005 and V.250 say and nothing else.
//!
//! Every other family begins with these rows. An unknown module is spoken to with them too: the card's identity is read
//! from its file and the attempts with `+CPINR`, which need no maker's command.

use super::Dialect;
use super::row::{Asked, Attempts, Does, Iccid, Identity, Order, Query, Reply};
use crate::air::cellular::Rat;

/// `+CCID`, which most makers have.
pub(super) const CCID: Query = Query::of_card("+CCID", Asked::Action, &[Reply::always(&["+CCID: {iccid}"])]);
/// `+CPOF` (TS 27.007 8.61).
pub(super) const CPOF: Order =
    Order { name: "+CPOF", asked: Asked::Action, does: Does::SwitchOff, reports: &[] };
/// `+CFUN=1,1` (TS 27.007 8.2).
pub(super) const CFUN_RESET: Order =
    Order { name: "+CFUN", asked: Asked::With("1,1"), does: Does::RestartInFull, reports: &[] };

/// The rows.
pub const DIALECT: Dialect = Dialect {
    name: "3gpp",
    identity: Identity {
        manufacturer: "dtk",
        model: "Simulated 3GPP module",
        revision: "1.0",
        revision_line: "{revision}",
        card: &["{manufacturer}", "{model}", "Revision: {revision}"],
        maker_word: "dtk",
        model_words: &["3gpp"],
    },
    banner: &["RDY"],
    rats: &[Rat::Gsm, Rat::Utran, Rat::Eutran],
    low_power: false,
    acts: &[],
    voice: true,
    absent: &[],
    iccid: Iccid::File,
    attempts: Attempts::Standard,
    hot_swap: None,
    radio: None,
    queries: &[CCID],
    settings: &[],
    orders: &[CPOF, CFUN_RESET],
    reports: &[],
    plain_errors: &[],
    failure: "+CEER: {cause}",
    no_failure: "+CEER: No cause information available",
    password_first: false,
    escape_refused: false,
    character_sets: &["GSM", "HEX", "IRA", "UCS2", "UTF-8", "8859-1"],
    named_indicators: false,
    scan_entry: "({stat},\"{long}\",\"{short}\",\"{plmn}\",{act})",
    scan_frame: [",", ",,(0-4),(0-2)"],
    sockets: None,
    quirks: &[],
};
