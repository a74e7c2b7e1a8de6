use super::*;
use crate::seed::Seed;

fn collect(bytes: &[u8]) -> Vec<Collected> {
    let mut collector = LineCollector::default();
    bytes
        .iter()
        .map(|byte| collector.push(*byte, EditingCharacters::default()))
        .filter(|collected| !matches!(collected, Collected::Kept | Collected::Dropped))
        .collect()
}

fn line(body: &str) -> Collected {
    Collected::Line(body.to_owned())
}

#[test]
fn lines_follow_the_editing_rules_of_v250() {
    let rows: &[(&str, &[u8], Vec<Collected>)] = &[
        ("plain", b"AT+CSQ\r", vec![line("+CSQ")]),
        ("lower case", b"at+csq\r", vec![line("+csq")]),
        ("line feed after return", b"ATI\r\nATZ\r\n", vec![line("I"), line("Z")]),
        ("mixed prefix is none", b"At+CSQ\r", vec![Collected::NoCommand]),
        ("characters before the prefix", b"xyz~AT+CSQ\r", vec![line("+CSQ")]),
        ("a second A begins the prefix", b"AAT\r", vec![line("")]),
        ("backspace", b"AT+CSX\x08Q\r", vec![line("+CSQ")]),
        ("backspace stops at the prefix", b"AT\x08\x08\x08I\r", vec![line("I")]),
        ("cancel", b"AT+CSQ\x18AT\r", vec![line("")]),
        ("control characters", b"AT\x00\x02+CSQ\r", vec![line("+CSQ")]),
        ("repeat needs no terminator", b"A/a/", vec![Collected::Repeat, Collected::Repeat]),
        ("empty line", b"\r", vec![Collected::NoCommand]),
    ];
    for (name, bytes, want) in rows {
        assert_eq!(collect(bytes), *want, "{name}");
    }
}

#[test]
fn an_over_long_line_is_lost_as_a_whole() {
    let mut bytes = b"AT".to_vec();
    bytes.extend(std::iter::repeat_n(b'x', LONGEST_BODY + 1));
    bytes.extend(b"\rATI\r");
    assert_eq!(collect(&bytes), [Collected::TooLong, line("I")]);
}

#[test]
fn other_editing_characters_are_obeyed() {
    let editing = EditingCharacters { terminator: b'!', backspace: b'#', mixed_prefix: false };
    let mut collector = LineCollector::default();
    let last = b"ATI#Z!".iter().map(|byte| collector.push(*byte, editing)).last();
    assert_eq!(last, Some(line("Z")));
}

#[test]
fn a_prefix_of_mixed_case_is_one_where_the_module_takes_it() {
    let editing = EditingCharacters { mixed_prefix: true, ..EditingCharacters::default() };
    for bytes in [b"AtI\r", b"aTI\r"] {
        let mut collector = LineCollector::default();
        assert_eq!(bytes.iter().map(|byte| collector.push(*byte, editing)).last(), Some(line("I")));
    }
}

fn parse(body: &str) -> Vec<Result<Command, SyntaxError>> {
    commands(body).collect()
}

fn basic(name: &str, value: u32) -> Result<Command, SyntaxError> {
    Ok(Command::Basic { name: name.to_owned(), value })
}

fn extended(name: &str, form: Form) -> Result<Command, SyntaxError> {
    Ok(Command::Extended { name: name.to_owned(), form })
}

fn set(list: &[Parameter]) -> Form {
    Form::Set(Parameters(list.to_vec()))
}

fn bare(text: &str) -> Parameter {
    Parameter::Bare(text.to_owned())
}

fn text(text: &str) -> Parameter {
    Parameter::Text(text.to_owned())
}

fn dialled(string: &str, voice: bool) -> Result<Command, SyntaxError> {
    Ok(Command::Dial { string: string.to_owned(), voice })
}

#[test]
fn bodies_fall_apart_into_commands() {
    let rows: &[(&str, Vec<Result<Command, SyntaxError>>)] = &[
        ("", vec![]),
        ("E0V1", vec![basic("E", 0), basic("V", 1)]),
        ("&f&W0", vec![basic("&F", 0), basic("&W", 0)]),
        ("E0+CMEE=1", vec![basic("E", 0), extended("+CMEE", set(&[bare("1")]))]),
        (
            "E0;+CMEE=1;+CREG=2;+CSQ",
            vec![
                basic("E", 0),
                extended("+CMEE", set(&[bare("1")])),
                extended("+CREG", set(&[bare("2")])),
                extended("+CSQ", Form::Action),
            ],
        ),
        ("S3?", vec![Ok(Command::RegisterRead(3))]),
        ("S0=002", vec![Ok(Command::RegisterSet { register: 0, value: 2 })]),
        ("S3=13E1", vec![Ok(Command::RegisterSet { register: 3, value: 13 }), basic("E", 1)]),
        ("+cops=?", vec![extended("+COPS", Form::Test)]),
        ("+COPS?;+CSQ", vec![extended("+COPS", Form::Read), extended("+CSQ", Form::Action)]),
        (
            "+CGDCONT=1,\"IP\",,\"0.0.0.0\"",
            vec![extended("+CGDCONT", set(&[bare("1"), text("IP"), Parameter::Empty, text("0.0.0.0")]))],
        ),
        (" + CREG = 2 , 3 ", vec![extended("+CREG", set(&[bare("2"), bare("3")]))]),
        ("+CMGS=\"a;b,c\"", vec![extended("+CMGS", set(&[text("a;b,c")]))]),
        ("+X=\"say \\22hi\\22 \\5C\"", vec![extended("+X", set(&[text("say \"hi\" \\")]))]),
        ("+CSIM=4,00A0", vec![extended("+CSIM", set(&[bare("4"), bare("00A0")]))]),
        ("+X=(1,2),3", vec![extended("+X", set(&[bare("(1,2)"), bare("3")]))]),
        ("+CPOL=", vec![extended("+CPOL", set(&[Parameter::Empty]))]),
        ("#CCID", vec![extended("#CCID", Form::Action)]),
        ("D+336 1234;", vec![dialled("+3361234", true)]),
        ("DT112", vec![dialled("T112", false)]),
        ("D>\"a;b\";", vec![dialled(">\"a;b\"", true)]),
        ("D112;+CLCC", vec![dialled("112", true), extended("+CLCC", Form::Action)]),
        ("E0=", vec![basic("E", 0), Err(SyntaxError::NotACommand('='))]),
        ("E0;+1", vec![basic("E", 0), Err(SyntaxError::BadName)]),
        ("+CREG?x", vec![Err(SyntaxError::Trailing('x'))]),
        ("+CREG=1 2", vec![Err(SyntaxError::BadParameter)]),
        ("+X=\"a", vec![Err(SyntaxError::OpenString)]),
        ("+X=\"\\2\"", vec![Err(SyntaxError::BadEscape)]),
        ("+X=\"a\"b", vec![Err(SyntaxError::BadParameter)]),
        ("+X=1)", vec![Err(SyntaxError::BadParameter)]),
        ("S", vec![Err(SyntaxError::BadRegister)]),
        ("E99999999999", vec![Err(SyntaxError::NumberTooLarge)]),
        ("+ABCDEFGHIJKLMNOPQ", vec![Err(SyntaxError::BadName)]),
    ];
    for (body, want) in rows {
        assert_eq!(parse(body), *want, "{body}");
    }
}

#[test]
fn parameters_tell_a_missing_one_from_a_wrong_one() {
    let Ok(Command::Extended { form: Form::Set(list), .. }) =
        parse("+X=007,,\"12\",0a1B,99999999999").remove(0)
    else {
        panic!("not a set command");
    };
    assert_eq!(list.number(0), Ok(Some(7)));
    assert_eq!(list.number(1), Ok(None));
    assert_eq!(list.number(9), Ok(None));
    assert_eq!(list.required_number(1), Err(WrongParameter { index: 1 }));
    assert_eq!(list.number(2), Err(WrongParameter { index: 2 }));
    assert_eq!(list.required_text(2), Ok("12"));
    assert_eq!(list.text(0), Err(WrongParameter { index: 0 }));
    assert_eq!(list.octets(3), Ok(Some(vec![0x0a, 0x1b])));
    assert_eq!(list.number(4), Err(WrongParameter { index: 4 }));
    assert_eq!(list.characters(0), Some("007"));
    assert!(!list.is_empty());
}

#[test]
fn no_bytes_make_the_collector_or_the_parser_panic() {
    let mut rng = Seed(11).rng();
    let alphabet = b"ATat/+#&S?=\";,()\\0123456789CREGDd \r\x08\x18\xff";
    for _ in 0..20_000 {
        let length = rng.below(40);
        let bytes: Vec<u8> = (0..length)
            .map(|_| {
                if rng.chance(900) {
                    alphabet[rng.below(alphabet.len() as u64) as usize]
                } else {
                    rng.below(256) as u8
                }
            })
            .collect();
        for collected in collect(&bytes) {
            if let Collected::Line(body) = collected {
                let _ = commands(&body).count();
            }
        }
        let _ = commands(&String::from_utf8_lossy(&bytes)).count();
    }
}
