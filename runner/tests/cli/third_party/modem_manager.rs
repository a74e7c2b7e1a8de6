//! ModemManager with its Quectel plugin, on a message bus of its own.
//!
//! Without udev it finds no ports by itself; its own test interface gives it one that is a socket, which a thread
//! joins to the device's port. It cannot tell the difference, and runs everything else as on a desktop.

use super::{call, installed, registered, shows, skip};
use crate::serve::Served;
use std::fs::OpenOptions;
use std::io::{Read, Write};
use std::os::unix::net::UnixListener;

/// Starts it, has it take the port, and does what its users do.
const SCRIPT: &str = r#"
cd "$(dirname "$0")"
export DBUS_SYSTEM_BUS_ADDRESS=$DBUS_SESSION_BUS_ADDRESS
ModemManager --test-session --test-enable --test-no-udev --no-auto-scan >manager.log 2>&1 &
manager=$!
trap 'kill $manager' EXIT
wait_for() { for _ in $(seq 300); do "$@" && return; sleep 0.1; done; echo "never: $*"; exit 1; }
quietly() { "$@" >/dev/null 2>&1; }
modem() { mmcli -m any "$@"; }

give_port() {
  quietly gdbus call --session -d org.freedesktop.ModemManager1 -o /org/freedesktop/ModemManager1 \
    -m org.freedesktop.ModemManager1.Test.SetProfile lab quectel "['modem']"
}
wait_for give_port
wait_for quietly modem
modem --enable
is_registered() { modem | grep -q 'state: registered'; }
wait_for is_registered
modem
modem --messaging-create-sms="text='from one daemon to itself',number='+33639980001'"
mmcli -s 0 --send
has_received() { modem --messaging-list-sms | grep -q received; }
wait_for has_received
mmcli -s 1
modem --3gpp-ussd-initiate='#123#'
modem --voice-create-call='number=+33639980003'
mmcli -o 0 --start
mmcli -o 0
mmcli -o 0 --hangup
modem --3gpp-scan --timeout=60
modem --simple-connect='apn=iot.private'
mmcli -b 0
"#;

#[test]
fn modem_manager_manages_a_modem() {
    let tools = [("ModemManager", "modemmanager"), ("dbus-run-session", "dbus"), ("gdbus", "libglib2.0-bin")];
    if let Some((missing, _)) = tools.into_iter().find(|(program, package)| !installed(program, package)) {
        skip("modem_manager_manages_a_modem", &format!("no {missing}, and it cannot be installed here"));
        return;
    }
    let lab = Served::start();
    registered(&lab, "modem-a");
    let mut terminal = lab.open("modem-a");
    // The context that it is to find; a second one to the same access point would be refused.
    terminal.type_in("AT+CGDCONT=1,\"IP\",\"iot.private\"\r");
    terminal.until("OK\r\n");
    drop(terminal);
    let script = lab.out.file("manage.sh", SCRIPT);
    let socket = UnixListener::bind(lab.out.path().join("modem")).unwrap();
    let port = lab.port("modem-a");
    std::thread::spawn(move || join(&socket, &port));
    let said = call("dbus-run-session", &["--", "bash", &script]);
    let said: String =
        said.replace(" | ", " ").lines().map(|line| line.trim_start_matches('|').to_owned() + "\n").collect();
    shows(
        &said,
        &[
            "Hardware manufacturer: Quectel",
            "model: BG95-M3",
            "firmware revision: BG95M3LAR02A04",
            "equipment id: 356938035643809",
            "Numbers own: +33639980001",
            "operator id: 20801",
            "operator name: Orange F",
            "registration: home",
            "packet service state: attached",
            "successfully sent the SMS",
            "text: from one daemon to itself",
            "smsc: +33639989000",
            "USSD session initiated; new reply from network:",
            "successfully started the call",
            "direction: outgoing",
            "successfully hung up the call",
            "3GPP scan networks: 20801 - Orange F",
            "successfully connected the modem",
            "Status connected: yes",
        ],
    );
}

/// Carries octets between the socket and the port, one client after the other.
fn join(socket: &UnixListener, port: &str) {
    let port = OpenOptions::new().read(true).write(true).open(port).unwrap();
    for client in socket.incoming().flatten() {
        let (from_client, to_client) = (client.try_clone().unwrap(), client);
        let (to_port, from_port) = (port.try_clone().unwrap(), port.try_clone().unwrap());
        std::thread::spawn(move || carry(from_port, to_client));
        carry(from_client, to_port);
    }
}

fn carry(mut from: impl Read, mut to: impl Write) {
    let mut octets = [0; 1024];
    while let Ok(count @ 1..) = from.read(&mut octets) {
        if to.write_all(&octets[..count]).is_err() {
            return;
        }
    }
}
