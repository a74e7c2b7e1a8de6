//! A virtual lab of one node and one gateway, where a test types on the node's port.

use lab::plan::Plan;
use lab::{Lab, SeatId, Style};
use wire::id::Eui64;
use wire::seed::Seed;
use wire::time::{Calendar, Duration};

pub const DEVICE: Eui64 = Eui64::from_value(0x0004_a30b_001a_2b3c);
const PLAN: &str = r#"
[lab]
name = "windows"
[operator]
home = "208-01"
service_centre = "+33639989000"
[[account]]
name = "acme"
[[device]]
kind = "lora-node"
name = "node"
model = "rn2483"
dev_eui = "0004a30b001a2b3c"
app_eui = "70b3d57ed0000001"
app_key = "2b7e151628aed2a6abf7158809cf4f3c"
account = "acme"
[[gateway]]
eui = "0016c001f1500001"
"#;

pub struct Bed {
    pub lab: Lab,
    seat: SeatId,
}

impl Bed {
    /// The node has these defects, as a list of TOML.
    pub fn new(defects: &str) -> Self {
        let plan = PLAN.replace("model =", &format!("defects = [{defects}]\nmodel ="));
        let plan = Plan::parse(&plan).unwrap_or_else(|errors| panic!("{}", errors[0]));
        let lab = Lab::build(&plan, Seed(1), Calendar::virtual_start(), Style::Virtual).unwrap();
        let seat = lab.bench().seat("node").unwrap();
        let mut bed = Self { lab, seat };
        bed.rest(Duration::from_secs(5));
        bed.types("mac set dr 5");
        bed
    }

    pub fn rest(&mut self, span: Duration) {
        let until = self.lab.now() + span;
        self.lab.run_until(until, |_| false).unwrap();
    }

    pub fn types(&mut self, line: &str) {
        let now = self.lab.now();
        self.lab.bench_mut().device_input(now, self.seat, format!("{line}\r\n").as_bytes());
        self.rest(Duration::from_millis(100));
    }
}
