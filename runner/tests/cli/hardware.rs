//! Modems that are not simulated, as far as a machine without one can have them: the test holds the far end of a pseudo
//! terminal, whose path a link names as `/dev/serial/by-id` would.

use crate::live::{lab_with_modem_at, read};
use crate::program::{Out, PATIENCE, dtk};
use crate::serve::Served;
use runner::exit;
use serialport::{SerialPort as _, TTYPort};
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

/// A pseudo terminal with the link that names it.
fn plug(link: &Path) -> (TTYPort, TTYPort) {
    let (mut near, far) = TTYPort::pair().unwrap();
    near.set_timeout(PATIENCE).unwrap();
    let _ = std::fs::remove_file(link);
    std::os::unix::fs::symlink(far.name().unwrap(), link).unwrap();
    (near, far)
}

/// Answers as a module until the port ends.
fn answer(near: &mut TTYPort) {
    let (mut line, mut octet) = (Vec::new(), [0]);
    while near.read_exact(&mut octet).is_ok() {
        if octet != *b"\r" {
            line.push(octet[0]);
            continue;
        }
        let command = String::from_utf8_lossy(&std::mem::take(&mut line)).into_owned();
        let said = match command.as_str() {
            "AT" => "",
            "AT+CGMI" => "\r\nu-blox\r\n",
            "AT+CGMM" => "\r\nSARA-R410M-02B\r\n",
            "AT+CGMR" => "\r\nL0.0.00.00.05.08\r\n",
            "AT+CGSN" => "\r\n356938035643809\r\n",
            "AT+CCID" => "\r\n+CCID: 8933010000000000002\r\n",
            _ => "\r\nERROR\r\n",
        };
        let end = if said.contains("ERROR") { "" } else { "\r\nOK\r\n" };
        if near.write_all(format!("{command}\r{said}{end}").as_bytes()).is_err() {
            return;
        }
    }
}

fn kit(out: &Out, needs: &str, body: &str) -> String {
    let text = format!(
        "//! Hardware.\n\n/// It does.\n/// @case TST-01\n/// @needs {needs}\nfn test_it(lab) {{\n    let modem = lab.modem();\n{body}\n}}\n"
    );
    out.file("kit/hardware.rhai", &text);
    out.path().join("kit").display().to_string()
}

fn link(out: &Out) -> PathBuf {
    out.file("by-id/unused", "");
    out.path().join("by-id/usb-module-if02")
}

#[test]
fn a_modem_that_vanishes_and_returns_elsewhere_goes_on_under_its_name() {
    let out = Out::new();
    let link = link(&out);
    let first = Served::start();
    std::os::unix::fs::symlink(first.port("modem-a"), &link).unwrap();
    let lab = lab_with_modem_at(&out, &link.display().to_string());
    let body = r#"    wait_until(|| attempt(|| modem.at("AT", 1)).ok, 30, "no answer");
    wait_until(|| modem.is_registered(), 30, "no network");
    let before = modem.reports("RDY").len();
    modem.at("AT+CFUN=4", 20);
    wait_until(|| modem.reports("RDY").len() > before, 60, "it did not come back");
    wait_until(|| attempt(|| modem.at("AT", 2)).ok, 60, "it did not return");
    expect_eq(modem.identity().family, "quectel-bg95", "another family");
    expect_eq(modem.iccid(), "8933010000000000002", "another card");"#;
    let kit = kit(&out, "modem", body);
    let running = out.start(&["run", "--live", "--lab", &lab, "--suites", &kit]);
    // The modem was asked to leave the network: the run is in its middle. The cable is pulled and put in again.
    first.ctl("wait_until(|| lab.core().note_count(\"detach\") > 0, 50)");
    drop(first);
    std::fs::remove_file(&link).unwrap();
    let second = Served::start();
    std::os::unix::fs::symlink(second.port("modem-a"), &link).unwrap();
    running.end().has_code(exit::PASSED);
    let events = out.report("events.jsonl");
    assert!(
        events.contains("port of modem-a is gone") && events.contains("port of modem-a is back"),
        "{events}"
    );
    let devices = read(&out).about.devices;
    let device = devices.iter().find(|device| device.name == "modem-a").unwrap();
    let answers = device.identities.iter().find(|(label, _)| label == "answers as");
    assert!(answers.is_some_and(|(_, who)| who.ends_with("family quectel-bg95")), "{answers:?}");
}

#[test]
fn the_power_of_a_modem_is_switched_by_the_commands_of_the_lab_file() {
    let out = Out::new();
    let link = link(&out);
    let (mut near, _far) = plug(&link);
    std::thread::spawn(move || answer(&mut near));
    let log = out.path().join("power.log").display().to_string();
    let port = lab_with_modem_at(&out, &link.display().to_string());
    let text = std::fs::read_to_string(&port).unwrap();
    let marker = "name = \"modem-a\"\n";
    let switched = |off: &str| {
        let power = format!("power = {{ on = \"echo up >> {log}; echo relay closed\", off = \"{off}\" }}\n");
        out.file("power.toml", &text.replace(marker, &format!("{marker}{power}")))
    };
    let kit =
        kit(&out, "modem power", "    modem.power_off();\n    modem.power_on();\n    modem.at(\"AT\", 5);");
    let lab = switched(&format!("echo down >> {log}"));
    out.dtk(&["run", "--live", "--lab", &lab, "--suites", &kit]).has_code(exit::PASSED);
    assert_eq!(std::fs::read_to_string(&log).unwrap(), "down\nup\n");
    assert!(out.report("events.jsonl").contains("relay closed"), "the output is no evidence");

    let lab = switched("echo no hub >&2; exit 3");
    let ended = out.dtk(&["run", "--live", "--lab", &lab, "--suites", &kit]).has_code(exit::BROKEN);
    ended.shows(&["no hub", "blame     lab"]);
}

#[test]
fn ports_tells_what_answers_in_words_and_as_json() {
    let out = Out::new();
    let link = link(&out);
    let (mut near, _far) = plug(&link);
    std::thread::spawn(move || answer(&mut near));
    let path = link.display().to_string();
    dtk(&["ports", &path]).has_code(exit::PASSED).shows(&[
        "what answers",
        "u-blox SARA-R410M-02B L0.0.00.00.05.08, family ublox-sara-r4, IMEI 356938035643809, at 115200 bit/s",
    ]);
    let ended = dtk(&["ports", "--json", &path]).has_code(exit::PASSED);
    let row: serde_json::Value = serde_json::from_str(ended.stdout.trim()).unwrap();
    assert_eq!(row["modem"]["family"], "ublox-sara-r4");
    assert_eq!(row["modem"]["imei"], "356938035643809");
    let _holder = serialport::new(&path, 115_200).open_native().unwrap();
    dtk(&["ports", &path]).has_code(exit::PASSED).shows(&["in use by pid"]);
}

/// Models of nodes with what each says of itself, and the speed at which it is asked: a pseudo terminal has none of its own.
const NODES: [(&str, &str, u32); 5] = [
    ("rn2483", "RN2483 1.0.5 Oct 31 2018 15:06:52", 57_600),
    ("lora-e5", "4.0.11", 9_600),
    ("rak3172", "RUI_4.1.0_RAK3172-E", 115_200),
    ("stm32wl", "APPLICATION_VERSION: V1.3.0", 115_200),
    ("murata", "ARD-078 1.2.3", 19_200),
];

#[test]
fn ports_knows_each_module_of_a_node_by_its_own_answer() {
    let out = Out::new();
    let mut text =
        "[lab]\nname = \"nodes\"\n[operator]\nhome = \"208-01\"\nservice_centre = \"+33639989000\"\n"
            .to_owned();
    for (number, (model, ..)) in NODES.iter().enumerate() {
        text.push_str(&format!(
            "[[device]]\nkind = \"lora-node\"\nname = \"node-{number}\"\nmodel = \"{model}\"\ndev_eui = \"0004a30b001a2b3{number}\"\n\
             app_eui = \"70b3d57ed0000001\"\napp_key = \"2b7e151628aed2a6abf7158809cf4f3c\"\n"
        ));
    }
    let served = Served::of(&out.file("nodes.toml", &text));
    let ports: Vec<String> = (0..NODES.len()).map(|number| served.port(&format!("node-{number}"))).collect();
    let words: Vec<&str> = ["ports", "--json"].into_iter().chain(ports.iter().map(String::as_str)).collect();
    let ended = dtk(&words).has_code(exit::PASSED);
    let rows: Vec<serde_json::Value> =
        ended.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(rows.len(), NODES.len(), "{}", ended.stdout);
    for (row, (model, version, baud)) in rows.iter().zip(NODES) {
        assert_eq!(
            row["node"],
            serde_json::json!({ "model": model, "version": version, "baud": baud }),
            "{row}"
        );
    }
}

#[test]
fn a_port_named_by_its_number_is_warned_about() {
    let out = Out::new();
    let lab = lab_with_modem_at(&out, "/dev/ttyUSB3");
    let ended = out.dtk(&["check", "--lab", &lab]);
    ended.complains(&["warning", "/dev/ttyUSB3 is a number that changes", "/dev/serial/by-id"]);
}
