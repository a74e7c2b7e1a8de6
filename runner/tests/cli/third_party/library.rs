//! python-gsmmodem-new, a modem library from the Python package index, in an environment of its own.

use super::{call, quiet, registered, skip, tools};
use crate::serve::Served;
use std::path::PathBuf;

const PACKAGE: &str = "python-gsmmodem-new==0.13.0";

/// What a user of the library would write.
const SCRIPT: &str = r#"
import sys, time
from gsmmodem.modem import GsmModem

received = []
modem = GsmModem(sys.argv[1], 115200, smsReceivedCallbackFunc=received.append)
modem.connect()
modem.smsTextMode = sys.argv[2] == "text"
print("modem", modem.manufacturer, modem.model, modem.imei, modem.imsi)
print("network", modem.waitForNetworkCoverage(20), modem.networkName, modem.smsc, modem.ownNumber)

sms = modem.sendSms("+33639980001", "hello from a library", waitForDeliveryReport=True, deliveryTimeout=30)
print("delivered", sms.status == sms.DELIVERED)
for _ in range(300):
    if received:
        break
    time.sleep(0.1)
print("received", [(message.number, message.text) for message in received])

ussd = modem.sendUssd('#123#', responseTimeout=20)
print("ussd", ussd.message, ussd.sessionActive)

call = modem.dial("+33639980003", timeout=20)
for _ in range(300):
    if call.answered:
        break
    time.sleep(0.1)
print("answered", call.answered)
call.hangup()
print("active", call.active)
modem.close()
"#;

/// The interpreter of an environment with the library; `None` where there can be none.
fn interpreter() -> Option<PathBuf> {
    let folder = tools().join("gsmmodem");
    let python = folder.join("bin/python");
    let usable = || quiet(python.to_str()?, &["-c", "import gsmmodem"]);
    if usable().is_none() {
        quiet("python3", &["-m", "venv", folder.to_str()?])?;
        quiet(python.to_str()?, &["-m", "pip", "install", "--quiet", PACKAGE])?;
        usable()?;
    }
    Some(python)
}

#[test]
fn a_python_library_drives_a_modem() {
    let Some(python) = interpreter() else {
        skip("a_python_library_drives_a_modem", "no python3 with venv, or the package cannot be fetched");
        return;
    };
    let lab = Served::start();
    let mut other = lab.open("modem-b");
    other.until("+CPIN: READY\r\n");
    other.type_in("ATS0=2\r");
    other.until("OK\r\n");
    registered(&lab, "modem-a");
    let script = lab.out.file("drive.py", SCRIPT);
    for format in ["pdu", "text"] {
        let said = call(python.to_str().unwrap(), &["-W", "ignore", &script, &lab.port("modem-a"), format]);
        for line in [
            "modem Quectel BG95-M3 356938035643809 208010000000001",
            "network 28 Orange F +33639989000 +33639980001",
            "delivered True",
            "received [('+33639980001', 'hello from a library')]",
            "ussd Votre solde est de 10,00 EUR False",
            "answered True",
            "active False",
        ] {
            assert!(said.lines().any(|seen| seen == line), "{format}: no {line:?} in:\n{said}");
        }
    }
}
