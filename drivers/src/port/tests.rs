//! Ports against pseudo terminals with a module of the test's own at the far end.

use super::*;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

const IMEI: &str = "356938035643809";

/// A module at the far end of a pseudo terminal; it speaks until it is dropped.
struct Module {
    path: String,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Module {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// How a module of the test behaves.
#[derive(Clone, Copy)]
struct Manner {
    imei: &'static str,
    /// The only speed at which it understands anything.
    speed: Option<u32>,
    /// It sends octet by octet.
    split: bool,
    /// So many reports before each answer.
    storm: usize,
    /// It says nothing but this.
    talks: Option<&'static str>,
}

const PLAIN: Manner = Manner { imei: IMEI, speed: None, split: false, storm: 0, talks: None };

fn answer(line: &str, manner: Manner) -> String {
    let storm = "\r\n+CREG: 5\r\n".repeat(manner.storm);
    let text = match line {
        "AT" => String::new(),
        "AT+CGMI" => "Quectel\r\n".to_owned(),
        "AT+CGMM" => "EC25\r\n".to_owned(),
        "AT+CGMR" => "EC25EFAR06A06M4G\r\n".to_owned(),
        "AT+CGSN" => format!("{}\r\n", manner.imei),
        _ => return format!("{line}\r{storm}\r\nERROR\r\n"),
    };
    let text = if text.is_empty() { text } else { format!("\r\n{text}") };
    format!("{line}\r{storm}{text}\r\nOK\r\n")
}

fn module(manner: Manner) -> Module {
    let (mut near, far) = SerialStream::pair().unwrap();
    let path = far.name().unwrap();
    let task = tokio::spawn(async move {
        let _keeps_the_terminal_alive = far;
        let mut line = String::new();
        let mut octets = [0_u8; 64];
        while let Ok(length @ 1..) = near.read(&mut octets).await {
            for octet in &octets[..length] {
                if *octet != b'\r' {
                    line.push(char::from(*octet));
                    continue;
                }
                let at_speed = manner.speed.is_none_or(|speed| near.baud_rate().unwrap() == speed);
                let said = match manner.talks {
                    Some(text) => text.as_bytes().to_vec(),
                    None if at_speed => answer(&line, manner).into_bytes(),
                    None => line.bytes().map(|octet| octet.rotate_left(1) | 0x80).collect(),
                };
                line.clear();
                let chunk = if manner.split { 1 } else { said.len().max(1) };
                for part in said.chunks(chunk) {
                    near.write_all(part).await.unwrap();
                    tokio::task::yield_now().await;
                }
            }
        }
    });
    Module { path, task }
}

fn found(path: &str, usb: Option<UsbIdentity>) -> PortInfo {
    PortInfo { path: path.to_owned(), stable_path: None, usb, description: String::new() }
}

#[tokio::test]
async fn a_module_is_known_by_what_it_answers_however_its_octets_come() {
    for manner in [PLAIN, Manner { split: true, ..PLAIN }, Manner { storm: 200, ..PLAIN }] {
        let module = module(manner);
        let Answers::Modem { baud, identity, imei } = probe(&module.path, &[115_200]).await.unwrap() else {
            panic!("no modem");
        };
        assert_eq!((baud, identity.dialect.name), (115_200, "quectel-ec25"));
        assert_eq!(identity.to_string(), "Quectel EC25 EC25EFAR06A06M4G, family quectel-ec25");
        assert_eq!(imei.unwrap().to_string(), IMEI);
    }
}

#[tokio::test]
async fn a_wrong_speed_is_recognised_and_the_right_one_found_when_asked_for() {
    let module = module(Manner { speed: Some(9_600), ..PLAIN });
    assert_eq!(probe(&module.path, &[115_200]).await.unwrap(), Answers::Garbage);
    let name = PortName::Path(module.path.clone());
    assert_eq!(open_named(&name, None).await.unwrap().baud, 9_600);
    assert!(matches!(probe(&module.path, &[115_200, 9_600]).await, Ok(Answers::Modem { baud: 9_600, .. })));
}

#[tokio::test]
async fn a_port_without_a_speed_says_what_was_heard() {
    let module = module(Manner { speed: Some(300), ..PLAIN });
    let error = open_named(&PortName::Path(module.path.clone()), None).await.unwrap_err().to_string();
    assert!(error.contains("115200, 9600") && error.contains("no text"), "{error}");
}

#[tokio::test]
async fn a_positioning_port_is_no_modem() {
    let module = module(Manner { talks: Some("$GPGGA,123519,4807.038,N\r\n"), ..PLAIN });
    let answers = probe(&module.path, &[115_200]).await.unwrap();
    assert_eq!(answers, Answers::Text("$GPGGA,123519,4807.038,N".into()));
}

#[tokio::test]
async fn the_port_with_the_imei_is_found_and_others_are_left_as_they_are() {
    let other = module(Manner { imei: "356938035643817", ..PLAIN });
    let silent = module(Manner { talks: Some(""), ..PLAIN });
    let taken = module(PLAIN);
    let meant = module(PLAIN);
    let _holds = open(&taken.path, 115_200).unwrap();
    let ports: Vec<PortInfo> =
        [&other, &silent, &taken, &meant].map(|module| found(&module.path, None)).to_vec();
    let name: PortName = format!("imei:{IMEI}").parse().unwrap();
    assert_eq!(locate_among(&name, &ports, 115_200).await.unwrap(), meant.path);
    let error = locate_among(&name, &ports[..3], 115_200).await.unwrap_err().to_string();
    assert!(error.contains("3 ports were asked") && error.contains("in use"), "{error}");
}

#[tokio::test]
async fn of_the_ports_of_a_usb_device_the_one_that_answers_is_meant() {
    let usb =
        |serial: &str| Some(UsbIdentity { vendor: 0x2c7c, product: 0x0125, serial: Some(serial.to_owned()) });
    let diagnosis = module(Manner { talks: Some("\u{7e}\u{1}"), ..PLAIN });
    let commands = module(PLAIN);
    let elsewhere = module(PLAIN);
    let ports =
        [found(&elsewhere.path, usb("B")), found(&diagnosis.path, usb("A")), found(&commands.path, usb("A"))];
    let name: PortName = "usb:2c7c:0125:A".parse().unwrap();
    assert_eq!(locate_among(&name, &ports, 115_200).await.unwrap(), commands.path);
    let only: PortName = "usb:2c7c:0125:B".parse().unwrap();
    assert_eq!(
        locate_among(&only, &ports, 115_200).await.unwrap(),
        elsewhere.path,
        "one port needs no question"
    );
    let nobody: PortName = "usb:1234:5678".parse().unwrap();
    assert!(matches!(locate_among(&nobody, &ports, 115_200).await, Err(PortError::NotFound { .. })));
}

#[tokio::test]
async fn a_second_opening_is_refused_and_the_first_goes_on() {
    let module = module(PLAIN);
    let mut first = open(&module.path, 115_200).unwrap();
    let error = open(&module.path, 115_200).unwrap_err();
    assert!(matches!(error, PortError::InUse { .. }), "{error}");
    assert_eq!(speed::ask(&mut first).await, Heard::Answer);
}

#[tokio::test]
async fn a_port_that_vanishes_is_found_under_its_name_once_it_returns() {
    let folder = std::env::temp_dir().join(format!("dtk-port-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let link = folder.join("usb-module-if02");
    let _ = std::fs::remove_file(&link);
    let first = module(PLAIN);
    std::os::unix::fs::symlink(&first.path, &link).unwrap();
    let name = PortName::Path(link.display().to_string());
    let mut opened = open_named(&name, Some(115_200)).await.unwrap();
    assert_eq!(speed::ask(&mut opened.stream).await, Heard::Answer);

    std::fs::remove_file(&link).unwrap();
    drop(first);
    assert!(matches!(open(&opened.path, 115_200), Err(PortError::Missing { .. })));
    let waiting = tokio::spawn(wait_for_return(name, Some(115_200)));
    tokio::task::yield_now().await;
    assert!(!waiting.is_finished());
    let second = module(PLAIN);
    std::os::unix::fs::symlink(&second.path, &link).unwrap();
    let mut returned = waiting.await.unwrap();
    assert_eq!(speed::ask(&mut returned.stream).await, Heard::Answer);
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn a_port_of_nobody_is_missing_and_has_no_holder() {
    let error = open("/dev/nobody", 9_600).unwrap_err().to_string();
    assert!(error.contains("does not exist") && error.contains("dtk ports"), "{error}");
    assert_eq!(holders("/dev/nobody"), Vec::new());
}

#[tokio::test]
async fn the_program_that_has_a_port_open_is_named() {
    let module = module(PLAIN);
    let stdin = std::fs::File::open(&module.path).unwrap();
    let mut other =
        std::process::Command::new("cat").stdin(stdin).stdout(std::process::Stdio::null()).spawn().unwrap();
    let named = holders(&module.path);
    other.kill().unwrap();
    other.wait().unwrap();
    assert_eq!(named, [Holder { pid: other.id(), name: "cat".into() }]);
    assert_eq!(named[0].to_string(), format!("pid {} (cat)", other.id()));
}
