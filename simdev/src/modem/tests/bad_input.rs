//! Bad input gets the error of the standard that it breaks: never a panic, never a silent default, never a guess.

use super::*;

/// What is wrong, what is typed (with the text after a prompt), and the answer.
const TABLE: &[(&str, &str, Option<&str>, &str)] = &[
    // TS 27.005 3.2.5: 304 is an invalid PDU mode parameter.
    (
        "a PDU with an odd digit",
        "AT+CMGS=25",
        Some("00312A0B913336990800F20000A70CD4721BDE93C55C35D0730\x1a"),
        "+CMS ERROR: 304",
    ),
    (
        "a PDU of another length",
        "AT+CMGS=24",
        Some("00312A0B913336990800F20000A70CD4721BDE93C55C35D07309\x1a"),
        "+CMS ERROR: 304",
    ),
    (
        "a PDU that is no hexadecimal",
        "AT+CMGS=25",
        Some("00312A0B91333699080XF20000A70CD4721BDE93C55C35D07309\x1a"),
        "+CMS ERROR: 304",
    ),
    ("a PDU cut short", "AT+CMGS=8", Some("0031\x1a"), "+CMS ERROR: 304"),
    ("a PDU of no length", "AT+CMGS=0", None, "+CMS ERROR: 304"),
    // TS 27.007 9.2: 16 is an incorrect password, 50 are incorrect parameters.
    ("a PIN with a letter", "AT+CPIN=\"12a4\"", None, "+CME ERROR: 16"),
    ("a PIN too short", "AT+CPIN=\"123\"", None, "+CME ERROR: 16"),
    ("a PIN too long", "AT+CPIN=\"123456789\"", None, "+CME ERROR: 16"),
    ("no PIN at all", "AT+CPIN=", None, "+CME ERROR: 50"),
    // TS 102 221 10.2.1.5: 6A82 is "file not found".
    ("a file that is not on the card", "AT+CRSM=176,28670,0,0,1", None, "+CRSM: 106,130"),
    ("a record that the file has not", "AT+CRSM=178,28476,7,4,176", None, "+CRSM: 106,131"),
    ("a command that the card has not", "AT+CRSM=177,28589,0,0,4", None, "+CRSM: 109,0"),
    // V.250 5.2 and 6.3: ERROR for what is no command.
    ("a command that does not exist", "AT+NOSUCH?", None, "ERROR"),
    ("a string that is not closed", "AT+CPIN=\"1234", None, "ERROR"),
    ("a parameter beyond 32 bits", "AT+CMEE=4294967296", None, "ERROR"),
];

#[test]
fn a_malformed_pdu_an_over_long_line_a_bad_pin_and_a_missing_file_get_the_standard_s_error() {
    for (what, line, text, want) in TABLE {
        let mut bench = Bench::registered();
        bench.at("AT+CLCK=\"SC\",1,\"0000\"", &["OK"]);
        let pin = line.starts_with("AT+CPIN=\"") && what.contains("PIN");
        if pin {
            bench.modem.power_off(bench.now);
            bench.boot();
        }
        bench.take_text();
        bench.type_line(line);
        if let Some(text) = text {
            assert_eq!(bench.take_text(), "\r\n> ", "{what}");
            bench.type_bytes(text.as_bytes());
        }
        assert_eq!(bench.lines().first().map(String::as_str), Some(*want), "{what}");
        assert!(
            bench.sent.iter().all(|(_, _, message)| !matches!(message, NasUp::Sms(_))),
            "{what} was sent"
        );
        if pin {
            // What cannot be a PIN does not cost an attempt.
            bench.at("AT+CPINR=\"SIM PIN\"", &["+CPINR: SIM PIN,3,3", "OK"]);
        }
    }
    let mut bench = Bench::registered();
    bench.type_bytes(b"AT+CMEE=2;");
    bench.type_bytes(&[b'x'; wire::at::command::LONGEST_BODY]);
    assert_eq!(bench.take_text(), "", "nothing is said before the line ends");
    bench.type_bytes(b"\r");
    assert_eq!(bench.lines(), ["ERROR"]);
    bench.at("AT+CMEE?", &["+CMEE: 1", "OK"]);
}
