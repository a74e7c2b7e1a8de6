//! Gammu, a phone management program of 2003 and after, with its AT driver.

use super::{call, installed, registered, shows, skip};
use crate::serve::Served;

/// Gammu on one modem of a served lab.
struct Gammu {
    settings: String,
}

impl Gammu {
    fn new(lab: &Served, device: &str) -> Self {
        let text = format!("[gammu]\ndevice = {}\nconnection = at\n", lab.port(device));
        Self { settings: lab.out.file(&format!("gammu-{device}.conf"), &text) }
    }

    #[track_caller]
    fn call(&self, arguments: &[&str]) -> String {
        call("gammu", &[&["--config", &self.settings], arguments].concat())
    }

    /// Several orders in one session; each takes seconds to begin.
    #[track_caller]
    fn batch(&self, lab: &Served, orders: &[&str]) -> String {
        let file = lab.out.file("orders", &(orders.join("\n") + "\n"));
        self.call(&["batch", &file])
    }
}

#[test]
fn gammu_manages_a_modem() {
    if !installed("gammu", "gammu") {
        skip("gammu_manages_a_modem", "no gammu, and it cannot be installed here");
        return;
    }
    let lab = Served::start();
    registered(&lab, "modem-a");
    let gammu = Gammu::new(&lab, "modem-a");
    it_learns_who_the_modem_is_and_sends(&lab, &gammu);
    it_reads_and_writes_what_is_stored(&lab, &gammu);
    it_makes_a_call(&lab, &gammu);
}

const TEXT: &str = "from me to me, 100 %";

fn it_learns_who_the_modem_is_and_sends(lab: &Served, gammu: &Gammu) {
    let send = format!("sendsms TEXT +33639980001 -report -text \"{TEXT}\"");
    let orders = ["identify", "getsecuritystatus", "networkinfo", "getsmsc", &send, "monitor 1"];
    let said = gammu.batch(lab, &orders);
    shows(
        &said,
        &[
            "Manufacturer : Quectel",
            "Model : unknown (BG95-M3)",
            "Firmware : BG95M3LAR02A04",
            "IMEI : 356938035643809",
            "SIM IMSI : 208010000000001",
            "Nothing to enter.",
            "Network state : home network",
            "Network : 208 01 (Orange, France), LAC 0064",
            "GPRS : attached",
            "Number : \"+33639989000\"",
            "Enabling info about incoming SMS : No error.",
            "Enabling info about incoming CB : No error.",
            "Enabling info about calls : No error.",
            "Enabling info about USSD : No error.",
            "SIM phonebook : 0 used, 2 free",
            "Battery level : 90 percent",
        ],
    );
    assert!(said.contains("OK, message reference="), "{said}");
}

/// The message to itself, a phone book entry, and a request that the network answers.
fn it_reads_and_writes_what_is_stored(lab: &Served, gammu: &Gammu) {
    let entry = "[Backup]\nFormat = 1.05\n\n[SIMPBK001]\nLocation = 001\nEntry00Type = NumberGeneral\n\
                 Entry00Text = \"+33639980004\"\nEntry01Type = Name\nEntry01Text = \"Client\"\n";
    let add = format!("addnew {} -yes", lab.out.file("entry.backup", entry));
    let said = gammu.batch(
        lab,
        &[
            "getallsms",
            "getsms 1 1",
            "deletesms 1 1",
            "getallsms",
            &add,
            "getmemory SM 1",
            "deletememory SM 1",
            "getmemory SM 1",
            "getussd #123#",
        ],
    );
    shows(
        &said,
        &[
            "Location 1, folder \"Inbox\", SIM memory, Inbox folder",
            "SMSC number : \"+33639989000\"",
            "Remote number : \"+33639980001\"",
            "Status : UnRead",
            TEXT,
            "1 SMS parts in 1 SMS sequences",
            "Status : Read",
            "0 SMS parts in 0 SMS sequences",
            "Memory SM, Location 1",
            "General number : \"+33639980004\"",
            "Name : \"Client\"",
            "1 entries empty, 0 entries filled",
            "Status : No action needed",
            "Service reply : \"Votre solde est de 10,00 EUR\"",
        ],
    );
}

/// The other modem rings until the caller hangs up.
fn it_makes_a_call(lab: &Served, gammu: &Gammu) {
    let mut other = lab.open("modem-b");
    other.type_in("AT+CLIP=1\r");
    other.until("OK\r\n");
    gammu.call(&["dialvoice", "+33639980003"]);
    other.until("RING\r\n");
    other.until("+CLIP: \"+33639980001\",145");
    gammu.call(&["cancelcall"]);
    other.until("NO CARRIER\r\n");
}
