//! Nordic nRF91 with the serial modem application: LTE-M and NB-IoT, no voice, no phone book.
//!
//! The modem's own commands begin with `%`, those of the application with `#X`. There is no `ATI`.

use super::row::{Applies, Asked, Attempts, Does, Field, Iccid, Identity, Order, Query, Reply, Setting};
use super::{Dialect, plain};
use crate::air::cellular::Rat;
use crate::sockets::SocketFamily;

/// `+CPINR`, one code at a time, named in quotes.
const fn cpinr(code: &'static str, replies: &'static [Reply]) -> Query {
    Query::of_card("+CPINR", Asked::With(code), replies)
}

const PIN1: Query = cpinr("\"SIM PIN\"", &[Reply::always(&["+CPINR: \"SIM PIN\",{pin1}"])]);
const PUK1: Query = cpinr("\"SIM PUK\"", &[Reply::always(&["+CPINR: \"SIM PUK\",{puk1}"])]);
const PIN2: Query = cpinr("\"SIM PIN2\"", &[Reply::always(&["+CPINR: \"SIM PIN2\",{pin2}"])]);
const PUK2: Query = cpinr("\"SIM PUK2\"", &[Reply::always(&["+CPINR: \"SIM PUK2\",{puk2}"])]);

/// The rows.
pub const DIALECT: Dialect = Dialect {
    name: "nordic-nrf91",
    identity: Identity {
        manufacturer: "Nordic Semiconductor ASA",
        model: "nRF9160-SICA",
        revision: "mfw_nrf9160_1.3.5",
        card: &[],
        maker_word: "nordic",
        model_words: &["nrf91"],
        ..plain::DIALECT.identity
    },
    banner: &["Ready"],
    rats: &[Rat::Eutran],
    low_power: true,
    voice: false,
    absent: &["+CMUX", "+CPBS", "+CPBR", "+CPBW", "+CPBF"],
    iccid: Iccid::Query(Query::of_card(
        "%XICCID",
        Asked::Action,
        &[Reply::always(&["%XICCID: {iccid_filled}"])],
    )),
    attempts: Attempts::Queries(&[
        ("SIM PIN", PIN1, "pin1"),
        ("SIM PUK", PUK1, "puk1"),
        ("SIM PIN2", PIN2, "pin2"),
        ("SIM PUK2", PUK2, "puk2"),
    ]),
    radio: Some(Query::action(
        "%XMONITOR",
        &[
            Reply::on(
                Rat::Eutran,
                &[
                    "%XMONITOR: {registration},\"{network}\",\"{network_short}\",\"{plmn}\",\"{tac}\",{act},{band},\
                   \"{cell}\",{pci},{earfcn},{rsrp_index},{snr_index},\"{edrx}\",\"{active_time}\",\"{extended_tau}\",\
                   \"{periodic_tau}\"",
                ],
            ),
            Reply::always(&["%XMONITOR: {registration}"]),
        ],
    )),
    queries: &[Query::action(
        "%CESQ",
        &[
            Reply::on(Rat::Eutran, &["%CESQ: {rsrp_index},2,{rsrq_index},2"]),
            Reply::always(&["%CESQ: 255,0,255,0"]),
        ],
    )],
    settings: &[Setting {
        name: "%XSYSTEMMODE",
        key: None,
        fields: &[Field::Number(0, 1), Field::Number(0, 1), Field::Number(0, 1), Field::Number(0, 4)],
        kept: 4,
        initial: "1,0,0,0",
        shown: "%XSYSTEMMODE: ",
        test: "(0,1),(0,1),(0,1),(0-4)",
        technologies: &[("0,0,1,0", &[])],
        applies: Applies::AtOnce,
    }],
    orders: &[
        Order { name: "#XSHUTDOWN", asked: Asked::Action, does: Does::SwitchOff, reports: &[] },
        Order { name: "#XRESET", asked: Asked::Action, does: Does::RestartInFull, reports: &[] },
    ],
    reports: &["Ready", "%CESQ", "%XSIM", "#XPING"],
    plain_errors: &[
        "#XSOCKET",
        "#XSOCKETSELECT",
        "#XCONNECT",
        "#XSEND",
        "#XRECV",
        "#XSENDTO",
        "#XRECVFROM",
        "#XGETADDRINFO",
        "#XPING",
    ],
    sockets: Some(SocketFamily::Nordic),
    ..plain::DIALECT
};
