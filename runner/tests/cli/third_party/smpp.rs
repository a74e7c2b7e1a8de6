//! smpplib, an SMPP library from the Python package index, as the customer's application at the SMPP door.

use super::{call_for, quiet, skip, tools};
use crate::program::{Out, root};
use crate::serve::{Served, Terminal};
use std::path::PathBuf;
use std::time::Duration;

const PACKAGE: &str = "smpplib==2.2.4";
const MESSAGES: usize = 1_000;
const DEVICES: usize = 10;
/// The devices take a hundred messages each, one after the other, in real time.
const PATIENCE: Duration = Duration::from_secs(300);

/// A window of ten, and two cuts of the link: one after everything that was answered for has arrived, one in the middle.
const SCRIPT: &str = r#"
import logging, re, socket, struct, sys
logging.disable(logging.CRITICAL)
import smpplib.client, smpplib.consts

HOST, PORT, COUNT, DEVICES = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4].split(",")
WINDOW = 10
RECEIPT = r"id:(\w{8}) sub:001 dlvrd:001 submit date:\d{10} done date:\d{10} stat:(\w{7}) err:000 text:(.*)"

submitted = {}  # sequence_number: device and text, until it is answered
accepted = {}   # message_id: device and text
receipts = []
waiting = [(DEVICES[i % len(DEVICES)], "message %d" % i) for i in range(COUNT)]

def on_sent(pdu):
    accepted[pdu.message_id.decode()] = submitted.pop(pdu.sequence)

def on_received(pdu):
    fields = re.match(RECEIPT, pdu.short_message.decode())
    assert fields and pdu.esm_class == 4, pdu.short_message
    assert pdu.receipted_message_id.decode() == fields[1], pdu.receipted_message_id
    receipts.append((fields[1], pdu.source_addr.decode(), fields[2], fields[3]))
    return smpplib.consts.SMPP_ESME_ROK

def connect():
    client = smpplib.client.Client(HOST, PORT, timeout=60, allow_unknown_opt_params=True)
    client.set_message_sent_handler(on_sent)
    client.set_message_received_handler(on_received)
    client.connect()
    client.bind_transceiver(system_id="labesme", password="secret")
    return client

client = connect()
cuts = [COUNT // 3, 2 * COUNT // 3]
while len(receipts) < COUNT:
    while waiting and len(submitted) < WINDOW and not (cuts and len(accepted) + len(submitted) >= cuts[0]):
        device, text = waiting.pop(0)
        pdu = client.send_message(
            source_addr_ton=smpplib.consts.SMPP_TON_ALNUM, source_addr_npi=0, source_addr="Orange",
            dest_addr_ton=smpplib.consts.SMPP_TON_INTL, dest_addr_npi=smpplib.consts.SMPP_NPI_ISDN,
            destination_addr=device, short_message=text.encode(), registered_delivery=True,
        )
        submitted[pdu.sequence] = (device, text)
    client.read_once()
    if cuts and not submitted and len(accepted) >= cuts[0] and len(receipts) >= cuts[0] // 3:
        if len(cuts) == 2:
            # What was not answered by now comes again.
            client._socket.shutdown(socket.SHUT_WR)
            while client._socket.recv(4096):
                pass
        else:
            client._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client._socket.close()
        cuts.pop(0)
        client = connect()
client.unbind()
client.disconnect()

print("accepted", len(accepted))
print("receipts", len(receipts), "for", len(set(receipt[0] for receipt in receipts)))
print("not delivered", len([receipt for receipt in receipts if receipt[2] != "DELIVRD"]))
print("not mine", len([receipt for receipt in receipts if accepted.get(receipt[0]) != (receipt[1], receipt[3])]))
for device in DEVICES:
    sent = [text for to, text in accepted.values() if to == device]
    told = [text for _, of, _, text in receipts if of == device]
    print("in order", device, sent == told)
"#;

/// The same library over TLS, while somebody speaks plain SMPP to the same door: the session goes on, and only that one ends.
const SECURE: &str = r#"
import asyncio, logging, socket, ssl, struct, sys
logging.disable(logging.CRITICAL)
import smpplib.client, smpplib.consts

HOST, PORT, CERTIFICATE, DEVICE = sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4]
trusting = ssl.create_default_context(cafile=CERTIFICATE)
# The name is right as well; smpplib passes none on, so it is looked at here.
with trusting.wrap_socket(socket.create_connection((HOST, PORT)), server_hostname=HOST) as stream:
    print(stream.version())
old = ssl.create_default_context(cafile=CERTIFICATE)
old.maximum_version = ssl.TLSVersion.TLSv1_2
with old.wrap_socket(socket.create_connection((HOST, PORT)), server_hostname=HOST) as stream:
    print(stream.version())
try:
    ssl.create_default_context().wrap_socket(socket.create_connection((HOST, PORT)), server_hostname=HOST)
except ssl.SSLCertVerificationError:
    print("not trusted by others")
trusting.check_hostname = False

answered, receipts = [], []
client = smpplib.client.Client(HOST, PORT, timeout=60, ssl_context=trusting, allow_unknown_opt_params=True)
client.set_message_sent_handler(lambda pdu: answered.append(pdu.message_id.decode()))
def on_received(pdu):
    receipts.append(pdu.receipted_message_id.decode())
    return smpplib.consts.SMPP_ESME_ROK
client.set_message_received_handler(on_received)
client.connect()
client.bind_transceiver(system_id="labesme", password="secret")

plain = socket.create_connection((HOST, PORT))
plain.sendall(struct.pack(">IIII", 36, 9, 0, 1) + b"labesme\0secret\0\0\x34\0\0\0")
heard = b""
try:
    while octets := plain.recv(4096):
        heard += octets
except ConnectionResetError:
    pass
print("heard by the plain one", len(heard) < 16)

for text in ["one", "x" * 150, "two"]:
    client.send_message(
        source_addr_ton=smpplib.consts.SMPP_TON_ALNUM, source_addr_npi=0, source_addr="Orange",
        dest_addr_ton=smpplib.consts.SMPP_TON_INTL, dest_addr_npi=smpplib.consts.SMPP_NPI_ISDN,
        destination_addr=DEVICE, short_message=text.encode(), registered_delivery=True,
    )
while len(receipts) < 3:
    client.read_once()
client.unbind()
client.disconnect()
print("receipts", sorted(receipts) == sorted(answered), len(answered))

# One that asks much and reads late through a narrow opening: every answer arrives.
QUESTIONS = 20000
narrow = socket.socket()
narrow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
narrow.connect((HOST, PORT))
narrow.setblocking(False)

async def ask():
    reader, writer = await asyncio.open_connection(sock=narrow, ssl=trusting, server_hostname=HOST)
    writer.write(b"".join(struct.pack(">IIII", 16, 0x15, 0, n + 1) for n in range(QUESTIONS)))
    heard = b""
    while len(heard) < 16 * QUESTIONS:
        octets = await asyncio.wait_for(reader.read(7000), 30)
        assert octets, "closed after %d" % len(heard)
        heard += octets
    writer.close()
    return heard

heard = asyncio.run(ask())
expected = b"".join(struct.pack(">IIII", 16, 0x80000015, 0, n + 1) for n in range(QUESTIONS))
print("answers", heard == expected)
"#;

/// The interpreter of an environment with the library; `None` where there can be none.
fn interpreter() -> Option<PathBuf> {
    let folder = tools().join("smpplib");
    let python = folder.join("bin/python");
    let usable = || quiet(python.to_str()?, &["-c", "import smpplib"]);
    if usable().is_none() {
        quiet("python3", &["-m", "venv", folder.to_str()?])?;
        quiet(python.to_str()?, &["-m", "pip", "install", "--quiet", PACKAGE])?;
        usable()?;
    }
    Some(python)
}

/// A modem that hands every message to its host at once.
fn listening(lab: &Served, device: usize) -> Terminal {
    let mut terminal = lab.open(&format!("m{device}"));
    terminal.until("+CPIN: READY\r\n");
    terminal.type_in("ATE0;+CMGF=1;+CNMI=2,2\r");
    terminal.until("OK\r\n");
    terminal
}

#[test]
fn a_thousand_messages_reach_ten_devices_once_though_the_link_is_cut() {
    let Some(python) = interpreter() else {
        let test = "a_thousand_messages_reach_ten_devices_once_though_the_link_is_cut";
        return skip(test, "no python3 with venv, or the package cannot be fetched");
    };
    let lab = Served::of("tests/labs/ten-modems.toml");
    let terminals: Vec<_> = (0..DEVICES).map(|device| listening(&lab, device)).collect();
    let numbers: Vec<_> = (0..DEVICES).map(|device| format!("336399801{device:02}")).collect();
    let (address, script) = (lab.smpp(), lab.out.file("drive.py", SCRIPT));
    let (host, port, count) = (address.ip().to_string(), address.port().to_string(), MESSAGES.to_string());
    let arguments = [script.as_str(), &host, &port, &count, &numbers.join(",")];
    let said = call_for(PATIENCE, python.to_str().unwrap(), &arguments);
    let orders: String = numbers.iter().map(|number| format!("in order {number} True\n")).collect();
    let counts = "accepted 1000\nreceipts 1000 for 1000\nnot delivered 0\nnot mine 0\n";
    assert_eq!(said, format!("{counts}{orders}"));
    assert_eq!(lab.ctl("lab.core().note_count(\"esme-bound\")"), "3");
    for (terminal, device) in terminals.iter().zip(0..DEVICES) {
        let texts: Vec<_> =
            (device..MESSAGES).step_by(DEVICES).map(|index| format!("message {index}")).collect();
        let heard = terminal.until(&format!("{}\r\n", texts.last().unwrap()));
        let got: Vec<_> = heard.lines().filter(|line| line.starts_with("message ")).collect();
        assert_eq!(got, texts, "m{device}");
        assert_eq!(heard.matches("+CMT: \"Orange\"").count(), texts.len(), "m{device}");
    }
}

#[test]
fn a_session_over_tls_goes_on_while_plain_octets_come_to_the_same_door() {
    let Some(python) = interpreter() else {
        let test = "a_session_over_tls_goes_on_while_plain_octets_come_to_the_same_door";
        return skip(test, "no python3 with venv, or the package cannot be fetched");
    };
    let (certificate, key) = ("tests/labs/tls/door.pem", "tests/labs/tls/door.key");
    let tls = ["--smpp-tls", "127.0.0.1:0", "--smpp-certificate", certificate, "--smpp-key", key];
    let lab =
        Served::start_in(Out::new(), &[&["--lab", "tests/labs/ten-modems.toml"], tls.as_slice()].concat());
    let _terminal = listening(&lab, 0);
    let (address, script) = (lab.door("smpp-tls"), lab.out.file("secure.py", SECURE));
    let (host, port) = (address.ip().to_string(), address.port().to_string());
    let certificate = root().join(certificate).display().to_string();
    let arguments = [script.as_str(), &host, &port, &certificate, "33639980100"];
    let said = call_for(PATIENCE, python.to_str().unwrap(), &arguments);
    let expected = "TLSv1.3\nTLSv1.2\nnot trusted by others\nheard by the plain one True\nreceipts True 3\nanswers True\n";
    assert_eq!(said, expected);
    // The one that spoke plain, and the one that did not trust the certificate.
    assert_eq!(lab.ctl("lab.core().note_count(\"esme-protocol-error\")"), "2");
    assert_eq!(lab.ctl("lab.core().note_count(\"esme-bound\")"), "1");
}
