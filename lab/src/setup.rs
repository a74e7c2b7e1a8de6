//! From a checked lab file to a lab with its power on.

mod esme;
mod lora_radio;
mod lorawan_node;
mod networks;
mod packet_data;

use crate::bench::Bench;
use crate::cable::Cable;
use crate::ether::cellular::{Cell, CellularAir};
use crate::ether::lora::{RadioIndex, RadioKind};
use crate::host::Host;
use crate::live_pump::{LiveError, LiveLines, PortPlace, PortRole};
use crate::plan::{
    DevicePlan, FaultSection, ModemPlan, Plan, PortPlan, Profile, RatPlan, SimPlan, UssdChoicePlan, UssdPlan,
};
use crate::seats::{Identity, Seat, Simulated};
use crate::trace::Trace;
use crate::virtual_pump::VirtualLines;
use crate::visit::Visits;
use crate::{Lab, Past, SeatId, Wires};
use simcore::Core;
use simcore::cellular::{self, CellularCore};
use simcore::lorawan::{NetworkServer, UnknownPlan};
use simcore::platform::MessageStore;
use simdev::defect::Defect;
use simdev::modem::{Modem, ModemConfig, Quirks};
use simdev::sim::{CardProfile, PhoneBookEntry, SimCard};
use std::collections::BTreeSet;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use toml::Spanned;
use wire::air::cellular::{CellId, Rat, UeId};
use wire::id::{Eui64, Key, PhoneNumber};
use wire::milenage::Milenage;
use wire::seed::Seed;
use wire::time::{Calendar, Instant};

/// How many records a served lab keeps at least.
const SERVED_RECORDS: usize = 100_000;

/// How many messages the platform keeps.
const PLATFORM_MESSAGES: usize = 100_000;

/// How a lab is to be run.
pub enum Style {
    /// Event queue, devices in process.
    Virtual,
    /// Real time, every simulated device behind a PTY with the driver at its other end.
    Driven(Visits),
    /// Real time, every simulated device behind a PTY that outside programs open.
    Offered(Visits),
}

/// Why a lab cannot be built from a plan that is well-formed.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// A secret cannot be had.
    #[error("failed to read {what} of \"{name}\": {source}")]
    Secret {
        /// Which secret.
        what: &'static str,
        /// Whose.
        name: String,
        /// Why.
        source: crate::plan::SecretError,
    },
    /// The model has no simulation.
    #[error("device \"{name}\": there is no simulated model \"{model}\"; known models: {known}")]
    Model {
        /// The device.
        name: String,
        /// The model that was asked for.
        model: String,
        /// The models that exist.
        known: String,
    },
    /// The keys of a card are not a set.
    #[error("sim \"{0}\": k goes with either opc or op, and neither of them without k")]
    CardKeys(String),
    /// No such defect or quirk.
    #[error("device \"{name}\": {reason}")]
    Defect {
        /// The device.
        name: String,
        /// What is wrong, with the known ones.
        reason: String,
    },
    /// A gateway that its band does not have.
    #[error(transparent)]
    Gateway(#[from] UnknownPlan),
    /// Hardware in a virtual lab.
    #[error("device \"{name}\" is hardware at {port}: a virtual lab has no real time; run it with --live")]
    HardwareInVirtualLab {
        /// The device.
        name: String,
        /// Its port.
        port: String,
    },
    /// A gateway with a network server of its own in a virtual lab.
    #[error(
        "gateway {0} speaks to a network server outside: a virtual lab has no real time; run it with --live"
    )]
    ServerInVirtualLab(Eui64),
    /// A fault of the network that cannot be.
    #[error("[[fault]]: {0}")]
    Fault(#[from] cellular::PlanError),
    /// The operator's data contradict themselves.
    #[error("the operator cannot be set up: {0}")]
    Operator(#[from] cellular::ConfigError),
    /// What an earlier lab left does not fit the plan.
    #[error("the state of the core does not fit the lab file: {0}")]
    State(#[from] simcore::StateError),
    /// A port cannot be opened.
    #[error(transparent)]
    Live(#[from] LiveError),
}

impl Lab {
    /// Builds the lab of `plan` and switches its devices on; `calendar` is the date of lab time zero.
    ///
    /// # Errors
    /// [`SetupError`] names the device or value.
    pub fn build(plan: &Plan, seed: Seed, calendar: Calendar, style: Style) -> Result<Self, SetupError> {
        Self::build_on(None, plan, seed, calendar, style)
    }

    /// As [`Self::build`], on what an earlier lab of the same plan left: its core knows what that one's knew, and time goes
    /// on. The devices are new.
    ///
    /// # Errors
    /// [`SetupError`] names the device or value, or the record.
    pub fn build_on(
        past: Option<&Past>,
        plan: &Plan,
        seed: Seed,
        calendar: Calendar,
        style: Style,
    ) -> Result<Self, SetupError> {
        let offered = matches!(style, Style::Offered(_));
        let (mut bench, stray_radio) = lay_table(plan, seed, calendar, offered)?;
        let now = past.map_or(Instant::ZERO, |past| past.now);
        if let Some(past) = past {
            bench.core.keep_state();
            bench.core.restore(now, &past.records)?;
        }
        let wires = match style {
            Style::Virtual => {
                refuse_hardware(plan)?;
                refuse_servers(plan)?;
                Wires::Virtual(VirtualLines::new(
                    plan.devices.iter().map(|device| cable(device, seed)).collect(),
                ))
            }
            Style::Driven(visits) | Style::Offered(visits) => {
                let ports: Vec<_> = plan.devices.iter().map(|device| port(device, offered, seed)).collect();
                Wires::Live(Box::new(LiveLines::open(ports, visits, now)?))
            }
        };
        let stop = Arc::new(AtomicBool::new(false));
        let power = plan.devices.iter().map(|device| device.power().cloned()).collect();
        let mut lab = Self {
            bench,
            wires,
            now,
            calendar,
            stop,
            stray_radio,
            outlet: None,
            datagram_outlet: None,
            seed,
            keeper: None,
            power,
        };
        for index in 0..lab.bench.seats.len() {
            lab.power_simulated(SeatId(index), true);
        }
        Ok(lab)
    }

    /// Finds out whether the lab of `plan` can be built, without opening a port.
    ///
    /// # Errors
    /// [`SetupError`] names the device or value.
    pub fn verify(plan: &Plan) -> Result<(), SetupError> {
        lay_table(plan, Seed(0), Calendar::virtual_start(), false).map(drop)
    }
}

/// Puts every part on the table; also the radio that belongs to nobody.
fn lay_table(
    plan: &Plan,
    seed: Seed,
    calendar: Calendar,
    offered: bool,
) -> Result<(Bench, RadioIndex), SetupError> {
    let mut lora_air = lora_radio::air(plan, seed);
    let mut cellular_air = CellularAir::new(cells(plan), seed.child("cellular-air"));
    let mut seats = Vec::new();
    for (index, device) in plan.devices.iter().enumerate() {
        let (host, simulated, identity) = match device {
            DevicePlan::Modem(modem) => {
                let ue = UeId(u32::try_from(index).unwrap_or(u32::MAX));
                cellular_air.add_radio(ue, plan.lab.country.get_ref());
                let card = modem.sim.as_ref().and_then(|sim| plan.sim(sim.get_ref()));
                let identity = Identity::Modem(card.map(|sim| sim.imsi.0.clone()));
                (Host::modem(), simulated_modem(plan, modem, ue, calendar, seed)?, identity)
            }
            DevicePlan::Node(node) => {
                let keys = lorawan_node::keys(plan, node)?;
                let simulated = lorawan_node::simulated(node, &keys, &mut lora_air, seed)?;
                (Host::node(lorawan_node::dialect(node)?), simulated, Identity::Node(keys))
            }
        };
        let is_simulated = *device.port() == PortPlan::Simulated;
        seats.push(Seat {
            name: device.name().get_ref().clone(),
            identity,
            host: (!(offered && is_simulated)).then_some(host),
            device: is_simulated.then_some(simulated),
        });
    }
    let gateways = lora_radio::gateways(plan, &mut lora_air, calendar, seed)?;
    let stray_radio = lora_air.add_radio(RadioKind::Node);
    let trace = if offered { Trace::latest(SERVED_RECORDS) } else { Trace::whole() };
    let core = core(plan, calendar, seed)?;
    let mut bench = Bench::new(seats, core, cellular_air, lora_air, gateways, trace);
    // A lab that is served runs for days: whoever wants its packets starts the capture and takes them.
    bench.run_capture(!offered);
    Ok((bench, stray_radio))
}

fn refuse_hardware(plan: &Plan) -> Result<(), SetupError> {
    for device in &plan.devices {
        if let PortPlan::Serial(port) = device.port() {
            let name = device.name().get_ref().clone();
            return Err(SetupError::HardwareInVirtualLab { name, port: port.to_string() });
        }
    }
    Ok(())
}

fn refuse_servers(plan: &Plan) -> Result<(), SetupError> {
    let outside = plan.gateways.iter().find(|gateway| gateway.server.is_some());
    outside.map_or(Ok(()), |gateway| Err(SetupError::ServerInVirtualLab(gateway.eui.get_ref().0)))
}

/// The serial line of a simulated device.
fn cable(device: &DevicePlan, seed: Seed) -> Cable {
    let seed = seed.child(device.name().get_ref()).child("line");
    Cable::faulty(device.simulated_baud(), device.line().faults(), seed)
}

/// What a live lab has to know of a device's port.
fn port(device: &DevicePlan, offered: bool, seed: Seed) -> PortPlace {
    let role = match device.port() {
        PortPlan::Simulated if offered => PortRole::Offered,
        PortPlan::Simulated => PortRole::Driven,
        PortPlan::Serial(name) => PortRole::Hardware(name.clone()),
    };
    let faulty = (!device.line().faults().is_none()).then(|| cable(device, seed));
    PortPlace {
        device: device.name().get_ref().clone(),
        baud: device.baud().map(NonZeroU32::get),
        role,
        faulty,
    }
}

fn cells(plan: &Plan) -> Vec<Cell> {
    let cells = |(index, network): (usize, &crate::plan::NetworkPlan)| {
        let index = u16::try_from(index).unwrap_or(u16::MAX);
        let id = CellId { plmn: network.plmn.0, tac: 0x0064 + index, cell: 0x0012_bee0 + u32::from(index) };
        let country = network.country.clone();
        let first = Cell {
            id,
            name: String::new(),
            country: country.clone(),
            rat: Rat::Eutran,
            rsrp_dbm: network.rsrp,
            on_air: true,
        };
        let further = network.cells.iter().zip(1_u32..).map(move |(cell, number)| Cell {
            id: CellId { tac: cell.area.unwrap_or(id.tac), cell: id.cell + 0x1000 * number, ..id },
            name: cell.name.get_ref().clone(),
            country: country.clone(),
            rat: match cell.rat {
                RatPlan::Gsm => Rat::Gsm,
                RatPlan::Utran => Rat::Utran,
                RatPlan::Eutran => Rat::Eutran,
            },
            rsrp_dbm: cell.rsrp,
            on_air: cell.on_air,
        });
        std::iter::once(first).chain(further).collect::<Vec<_>>()
    };
    plan.networks.iter().enumerate().flat_map(cells).collect()
}

fn defects(name: &str, names: &[Spanned<String>]) -> Result<BTreeSet<Defect>, SetupError> {
    let defect = |defect: &Spanned<String>| {
        let reason = |error: simdev::defect::UnknownDefect| SetupError::Defect {
            name: name.to_owned(),
            reason: error.to_string(),
        };
        defect.get_ref().parse().map_err(reason)
    };
    names.iter().map(defect).collect()
}

fn quirks(name: &str, names: &[Spanned<String>]) -> Result<Quirks, SetupError> {
    let quirk = |quirk: &Spanned<String>| {
        let reason = |error: simdev::modem::UnknownQuirk| SetupError::Defect {
            name: name.to_owned(),
            reason: error.to_string(),
        };
        quirk.get_ref().parse().map_err(reason)
    };
    names.iter().map(quirk).collect()
}

fn simulated_modem(
    plan: &Plan,
    modem: &ModemPlan,
    ue: UeId,
    calendar: Calendar,
    seed: Seed,
) -> Result<Simulated, SetupError> {
    let name = modem.name.get_ref();
    let model = wire::dialect::named(modem.model.get_ref()).ok_or_else(|| SetupError::Model {
        name: name.clone(),
        model: modem.model.get_ref().clone(),
        known: wire::dialect::names(),
    })?;
    let card = match modem.sim.as_ref().and_then(|sim| plan.sim(sim.get_ref())) {
        Some(sim) => Some(SimCard::new(card_profile(plan, sim)?)),
        None => None,
    };
    let config = ModemConfig {
        model,
        imei: modem.imei.0.clone(),
        defects: defects(name, &modem.defects)?,
        quirks: quirks(name, &modem.quirks)?,
        voice: model.voice,
    };
    Ok(Simulated::Modem(Box::new(Modem::new(config, card, calendar, seed.child(name))), ue))
}

fn card_profile(plan: &Plan, sim: &SimPlan) -> Result<CardProfile, SetupError> {
    let puk = |what: &'static str, secret: &crate::plan::Secret| {
        secret.reveal("a PUK: 8 decimal digits").map_err(|source| SetupError::Secret {
            what,
            name: sim.name.get_ref().clone(),
            source,
        })
    };
    let mnc_length = u8::try_from(plan.operator.home.get_ref().0.mnc_length()).unwrap_or(2);
    let smsc = plan.operator.service_centre.0.clone();
    let (puk1, puk2) = (puk("puk1", &sim.puk1)?, puk("puk2", &sim.puk2)?);
    let mut profile = CardProfile::new(sim.iccid.0.clone(), sim.imsi.0.clone(), mnc_length, smsc, puk1, puk2);
    profile.msisdn = Some(sim.msisdn.0.clone());
    if let Some(milenage) = milenage(sim)? {
        profile.milenage = milenage;
    }
    "Orange".clone_into(&mut profile.spn);
    profile.operator_plmns = networks::operator_list(plan);
    profile.service_numbers = service_numbers();
    profile.emergency_numbers = sim.emergency_numbers.iter().map(|number| number.0.0.clone()).collect();
    Ok(profile)
}

/// The keys that the lab file gives to card and home network; none where it gives none.
fn milenage(sim: &SimPlan) -> Result<Option<Milenage>, SetupError> {
    let name = || sim.name.get_ref().clone();
    let key = |what: &'static str, secret: &crate::plan::Secret| {
        secret.reveal::<Key>("a key: 32 hexadecimal digits").map_err(|source| SetupError::Secret {
            what,
            name: name(),
            source,
        })
    };
    match (&sim.k, &sim.opc, &sim.op) {
        (None, None, None) => Ok(None),
        (Some(k), Some(opc), None) => Ok(Some(Milenage::new(key("k", k)?, key("opc", opc)?))),
        (Some(k), None, Some(op)) => Ok(Some(Milenage::with_op(key("k", k)?, &key("op", op)?))),
        _ => Err(SetupError::CardKeys(name())),
    }
}

/// The ten service dialling numbers of the card.
fn service_numbers() -> Vec<PhoneBookEntry> {
    (1..=10)
        .filter_map(|index| {
            let number: PhoneNumber = format!("39{index:02}").parse().ok()?;
            Some(PhoneBookEntry::new(&number, &format!("SERVICE {index}")))
        })
        .collect()
}

fn core(plan: &Plan, calendar: Calendar, seed: Seed) -> Result<Core, SetupError> {
    let mut cellular = CellularCore::new(cellular_config(plan)?, calendar, seed.child("cellular-core"))?;
    cellular.plan_cells(cells(plan).iter().map(|cell| (cell.id, cell.rat)));
    cellular.set_fault_plan(fault_plan(plan)?);
    for sim in &plan.sims {
        if let Some(milenage) = milenage(sim)? {
            cellular.provision_keys(&sim.imsi.0, milenage);
        }
    }
    Ok(Core {
        cellular,
        lorawan: NetworkServer::new(lorawan_node::server_config(plan)?, seed.child("lorawan-server")),
        platform: MessageStore::new(calendar, PLATFORM_MESSAGES),
        notes: simcore::NoteLog::default(),
    })
}

fn fault_plan(plan: &Plan) -> Result<cellular::FaultPlan, SetupError> {
    let read = |fault: &FaultSection| {
        let line = cellular::FaultLine {
            procedure: fault.procedure.clone(),
            fault: fault.fault.clone(),
            rate: fault.rate,
            cause: fault.cause,
            seconds: fault.seconds,
            damage: fault.damage.clone(),
        };
        line.read()
    };
    let rates: Vec<_> = plan.faults.iter().map(read).collect::<Result<_, _>>()?;
    Ok(cellular::FaultPlan::new(rates)?)
}

fn cellular_config(plan: &Plan) -> Result<cellular::CellularConfig, SetupError> {
    Ok(cellular::CellularConfig {
        home: plan.operator.home.get_ref().0,
        country_code: crate::plan::COUNTRY_CODE.to_owned(),
        networks: networks::known(plan),
        accounts: plan
            .accounts
            .iter()
            .map(|account| cellular::Account {
                name: account.name.get_ref().clone(),
                voice_whitelist: account
                    .voice_whitelist
                    .as_ref()
                    .map(|numbers| numbers.iter().map(|number| number.0.clone()).collect()),
                roaming_control: Vec::new(),
                test_sims: account.test_sims,
                prototype_sims: account.prototype_sims,
                mixed_apns_accepted: account.mixed_apns_accepted,
            })
            .collect(),
        esmes: plan.esmes.iter().map(esme::esme).collect::<Result<_, _>>()?,
        subscribers: plan.sims.iter().map(subscriber).collect(),
        apns: plan.apns.iter().map(packet_data::access_point).collect::<Result<_, _>>()?,
        servers: plan.servers.iter().map(packet_data::server).collect(),
        smsc: plan.operator.service_centre.0.clone(),
        emergency_numbers: ["112", "999"].iter().filter_map(|number| number.parse().ok()).collect(),
        ussd: plan.ussd.iter().map(ussd_service).collect(),
        steering: cellular::Steering::default(),
        policy: cellular::Policy::default(),
    })
}

fn ussd_service(service: &UssdPlan) -> cellular::UssdService {
    let page = ussd_page(&service.text, &service.choices);
    cellular::UssdService { code: service.code.get_ref().clone(), page }
}

fn ussd_page(text: &Spanned<String>, choices: &[UssdChoicePlan]) -> cellular::UssdPage {
    let choice =
        |choice: &UssdChoicePlan| (choice.reply.get_ref().clone(), ussd_page(&choice.text, &choice.choices));
    cellular::UssdPage { text: text.get_ref().clone(), choices: choices.iter().map(choice).collect() }
}

fn subscriber(sim: &SimPlan) -> cellular::Subscriber {
    cellular::Subscriber {
        imsi: sim.imsi.0.clone(),
        iccid: sim.iccid.0.clone(),
        card: cellular::CardItem {
            form: sim.form.0,
            memory: sim.memory.as_ref().map_or_else(|| sim.form.0.memory(), |memory| memory.0),
            kind: sim.kind.0,
        },
        imei_lock: None,
        msisdn: sim.msisdn.0.clone(),
        account: sim.account.get_ref().as_str().into(),
        profile: match sim.profile {
            Profile::DataOnly => cellular::Profile::DataOnly,
            Profile::DataVoice => cellular::Profile::DataVoice,
        },
        apns: sim.apns.iter().map(|apn| apn.get_ref().clone()).collect(),
        static_addresses: sim.addresses.clone(),
        roaming_control_compatible: sim.roaming_control,
        state: sim.state.0,
        services: cellular::Services::default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verify(fault: &str) -> Result<(), String> {
        let source = format!(
            "[lab]\nname = \"t\"\n[operator]\nhome = \"208-01\"\nservice_centre = \"+33639989000\"\n[[fault]]\n{fault}"
        );
        let plan = Plan::parse(&source).map_err(|errors| errors[0].to_string())?;
        Lab::verify(&plan).map_err(|error| error.to_string())
    }

    #[test]
    fn a_plan_of_faults_is_checked_before_the_lab_is_built() {
        let ignore = "procedure = \"attach\"\nfault = \"ignore\"\n";
        assert_eq!(verify(&format!("{ignore}rate = 0.5")), Ok(()));
        let rows = [
            (format!("{ignore}rate = 2.0"), "[[fault]]: a rate is a number from 0 to 1, not 2"),
            (
                "procedure = \"attach\"\nfault = \"late\"\nrate = 0.1".to_owned(),
                "[[fault]]: the fault \"late\" needs seconds",
            ),
            (
                "procedure = \"pdn\"\nfault = \"malformed\"\ndamage = \"component\"\nrate = 0.1".to_owned(),
                "[[fault]]: no PDN connectivity procedure can be answered with components that end too early",
            ),
        ];
        for (fault, want) in rows {
            assert_eq!(verify(&fault), Err(want.to_owned()));
        }
        let unknown = verify(&format!("{ignore}rate = 0.1\ncolour = 3")).unwrap_err();
        assert!(unknown.contains("colour"), "{unknown}");
    }
}
