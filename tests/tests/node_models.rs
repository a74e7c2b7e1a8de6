//! Every module of a node joins the network over its own serial language, sends, and is reached in class C at any time.

#![cfg(test)]

use lab::{Happening, Lab, SeatId, Style};
use simcore::lorawan::Class;
use std::path::Path;
use wire::seed::Seed;
use wire::time::{Calendar, Duration};

const DEV_EUI: u64 = 0x0004_a30b_001a_2b3c;

/// What a host types to one module, and what it waits for.
struct Manner {
    model: &'static str,
    prepare: &'static [&'static str],
    join: (&'static str, &'static str),
    /// Confirmed, port 8, the octets 01 02 AB.
    send: (&'static str, &'static str),
    class_c: &'static str,
    /// How a downlink of the octets DE AD on port 42 comes in class C.
    downlink: &'static str,
}

const MANNERS: &[Manner] = &[
    Manner {
        model: "rn2483",
        prepare: &["mac set dr 5\r\n"],
        join: ("mac join otaa\r\n", "accepted\r\n"),
        send: ("mac tx cnf 8 0102AB\r\n", "mac_tx_ok\r\n"),
        class_c: "mac set class c\r\n",
        downlink: "mac_rx 42 DEAD\r\n",
    },
    Manner {
        model: "lora-e5",
        prepare: &["AT+MODE=LWOTAA\r\n", "AT+DR=DR5\r\n", "AT+PORT=8\r\n"],
        join: ("AT+JOIN\r\n", "+JOIN: Done\r\n"),
        send: ("AT+CMSGHEX=\"0102AB\"\r\n", "+CMSGHEX: ACK Received\r\n"),
        class_c: "AT+CLASS=C\r\n",
        downlink: "+MSG: PORT: 42; RX: \"DEAD\"\r\n",
    },
    Manner {
        model: "rak3172",
        prepare: &["AT+DR=5\r\n", "AT+CFM=1\r\n"],
        join: ("AT+JOIN=1:0:10:8\r\n", "+EVT:JOINED\r\n"),
        send: ("AT+SEND=8:0102AB\r\n", "+EVT:SEND_CONFIRMED_OK\r\n"),
        class_c: "AT+CLASS=C\r\n",
        downlink: ":UNICAST:42:dead\r\n",
    },
    Manner {
        model: "stm32wl",
        prepare: &["AT+DR=5\r\n"],
        join: ("AT+JOIN=1\r\n", "+EVT:JOINED\r\n"),
        send: ("AT+SEND=8:1:0102AB\r\n", "+EVT:SEND_CONFIRMED\r\n"),
        class_c: "AT+CLASS=C\r\n",
        downlink: "+EVT:42:02:DEAD\r\n+EVT:RX_C, PORT 42, ",
    },
    Manner {
        model: "murata",
        prepare: &["AT+DR=5\r", "AT+PORT=8\r", "AT+DFORMAT=1\r"],
        join: ("AT+JOIN\r", "+EVENT=1,1\r"),
        send: ("AT+CTX 3\r\x01\x02\u{7f}", "+OK\r"),
        class_c: "AT+CLASS=C\r",
        downlink: "+RECV=42,4\r\n\ndead",
    },
];

/// A lab whose node has another module, and nobody at its port but the test.
struct Table {
    lab: Lab,
    seat: SeatId,
    read: usize,
}

impl Table {
    fn new(model: &str) -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let text = std::fs::read_to_string(root.join("lab.toml")).unwrap();
        let text = text.replace("model = \"rn2483\"", &format!("model = \"{model}\""));
        let plan = lab::plan::Plan::parse(&text).unwrap();
        let mut lab = Lab::build(&plan, Seed(1), Calendar::virtual_start(), Style::Virtual).unwrap();
        let seat = lab.bench().seat("node-a").unwrap();
        lab.bench_mut().seats.touch(seat).unwrap().host = None;
        let mut table = Self { lab, seat, read: 0 };
        table.rest(5);
        table
    }

    fn write(&mut self, text: &str) {
        let now = self.lab.now();
        self.read = self.lab.bench().trace().len();
        self.lab.bench_mut().device_input(now, self.seat, text.as_bytes());
    }

    fn rest(&mut self, seconds: u64) {
        let limit = self.lab.now() + Duration::from_secs(seconds);
        while self.lab.step(limit).unwrap() {}
    }

    /// What the node has printed since the last writing.
    fn said(&self) -> String {
        let printed = self.lab.bench().trace()[self.read..].iter().filter_map(|record| {
            let Happening::FromDevice(seat, octets) = &record.what else { return None };
            (*seat == self.seat).then_some(octets.as_slice())
        });
        String::from_utf8_lossy(&printed.collect::<Vec<_>>().concat()).into_owned()
    }

    fn ask(&mut self, (text, want): (&str, &str), seconds: u64) {
        self.write(text);
        self.rest(seconds);
        let said = self.said();
        assert!(said.contains(want), "{text:?}: {said:?}");
    }
}

#[test]
fn every_module_joins_sends_and_is_reached_in_class_c() {
    for manner in MANNERS {
        let mut table = Table::new(manner.model);
        for line in manner.prepare {
            table.write(line);
            table.rest(1);
        }
        table.ask(manner.join, 30);
        table.rest(60);
        table.ask(manner.send, 30);
        let stored = &table.lab.bench().core.platform;
        assert_eq!(stored.len(), 1, "{}", manner.model);
        table.write(manner.class_c);
        let dev_eui = wire::id::Eui64::from_value(DEV_EUI);
        table.lab.bench_mut().core.lorawan.set_class(dev_eui, Class::C).unwrap();
        table.rest(1000);
        table.read = table.lab.bench().trace().len();
        let server = &mut table.lab.bench_mut().core.lorawan;
        server.queue_downlink(dev_eui, 42, vec![0xde, 0xad], false).unwrap();
        table.rest(5);
        let said = table.said();
        assert!(said.contains(manner.downlink), "{}: {said:?}", manner.model);
    }
}

#[test]
fn an_unknown_module_is_told_with_those_that_are_known() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let text = std::fs::read_to_string(root.join("lab.toml")).unwrap();
    let plan = lab::plan::Plan::parse(&text.replace("\"rn2483\"", "\"rn2484\"")).unwrap();
    let error = Lab::verify(&plan).unwrap_err().to_string();
    for model in simdev::node::NodeModel::ALL {
        assert!(error.contains(model.name()), "{error}");
    }
}
