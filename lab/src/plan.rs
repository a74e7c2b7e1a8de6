//! The lab file: what stands on the table, read from `lab.toml` into checked values.
//!
//! Reading is in two steps, so that every error points at the key or value that caused it: the text becomes a table that
//! knows its positions, then each section becomes a value. Nothing is opened or started here.

mod access_point;
mod band;
mod copies;
mod error;
pub(crate) mod esme;
mod gateway;
mod ground;
mod hardware;
mod line;
mod sections;
mod server;
mod text;
mod ussd;

pub use access_point::{ApnKind, ApnPlan};
pub use copies::Copies;
pub use error::{PlanError, nearest};
pub use esme::EsmePlan;
pub use gateway::{GatewayPlan, ServerUri};
pub use ground::{Model, NotNegative, Position, RadioSection};
pub use hardware::{Baud, PowerPlan};
pub use line::LinePlan;
pub use sections::{
    AccountPlan, CellPlan, Clock, DevicePlan, FaultSection, KnownNetworks, LabSection, ModemPlan,
    NetworkPlan, NodePlan, OperatorSection, PortPlan, Profile, Rank, RatPlan, SimPlan,
};
pub use server::{ServerPlan, ServiceKind, ServicePlan};
pub use text::{Secret, SecretError, Text};
pub use ussd::{UssdChoicePlan, UssdPlan};

use serde::Deserialize;
use serde::de::IntoDeserializer as _;
use std::collections::{BTreeMap, BTreeSet};
use toml::Spanned;
use toml::de::{DeTable, DeValue, ValueDeserializer};
use wire::id::Eui64;

/// The dialling code of the operator's country.
pub(crate) const COUNTRY_CODE: &str = "33";

/// A whole lab, checked.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Name, seed, clock, country.
    pub lab: LabSection,
    /// The operator.
    pub operator: OperatorSection,
    /// The networks on the air, by country.
    pub networks: Vec<NetworkPlan>,
    /// Access points.
    pub apns: Vec<ApnPlan>,
    /// Servers behind them.
    pub servers: Vec<ServerPlan>,
    /// Customer accounts.
    pub accounts: Vec<AccountPlan>,
    /// The customers' applications at the service centre.
    pub esmes: Vec<EsmePlan>,
    /// Cards and their subscriptions.
    pub sims: Vec<SimPlan>,
    /// Devices under test.
    pub devices: Vec<DevicePlan>,
    /// LoRaWAN gateways.
    pub gateways: Vec<GatewayPlan>,
    /// USSD codes of the operator.
    pub ussd: Vec<UssdPlan>,
    /// Faults of the network that happen by themselves.
    pub faults: Vec<FaultSection>,
    /// The ground between radios of LoRa; absent where all hear all.
    pub radio: Option<RadioSection>,
    sim_places: BTreeMap<String, usize>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Root {
    lab: LabSection,
    operator: OperatorSection,
    #[serde(default)]
    network: Vec<NetworkPlan>,
    #[serde(default)]
    apn: Vec<ApnPlan>,
    #[serde(default)]
    server: Vec<ServerPlan>,
    #[serde(default)]
    account: Vec<AccountPlan>,
    #[serde(default)]
    esme: Vec<EsmePlan>,
    #[serde(default)]
    sim: Vec<SimPlan>,
    #[serde(default)]
    gateway: Vec<GatewayPlan>,
    #[serde(default)]
    ussd: Vec<UssdPlan>,
    #[serde(default)]
    fault: Vec<FaultSection>,
    radio: Option<RadioSection>,
}

/// The sections that a lab file may have; `device` is read by its `kind`.
const KINDS: [&str; 2] = ["modem", "lora-node"];

impl Plan {
    /// Reads the text of a lab file.
    ///
    /// # Errors
    /// Every error that was found, in the order of the file; none of them is repaired.
    pub fn parse(source: &str) -> Result<Self, Vec<PlanError>> {
        let (mut table, syntax) = DeTable::parse_recoverable(source);
        let mut errors: Vec<PlanError> = syntax.iter().map(PlanError::from_toml).collect();
        if !errors.is_empty() {
            return Err(errors);
        }
        let devices = table.get_mut().remove("device").map(|devices| read_devices(devices, &mut errors));
        let root = match Root::deserialize(toml::Deserializer::from(table)) {
            Ok(root) => root,
            Err(error) => {
                errors.insert(0, PlanError::from_toml(&error));
                return Err(errors);
            }
        };
        let plan = Self {
            lab: root.lab,
            operator: root.operator,
            networks: root.network,
            apns: root.apn,
            servers: root.server,
            accounts: root.account,
            esmes: root.esme,
            sim_places: root
                .sim
                .iter()
                .zip(0..)
                .map(|(sim, place)| (sim.name.get_ref().clone(), place))
                .collect(),
            sims: root.sim,
            devices: devices.unwrap_or_default(),
            gateways: root.gateway,
            ussd: root.ussd,
            faults: root.fault,
            radio: root.radio,
        };
        plan.check_references(&mut errors);
        if errors.is_empty() { Ok(plan) } else { Err(errors) }
    }

    /// The card called `name`.
    #[must_use]
    pub fn sim(&self, name: &str) -> Option<&SimPlan> {
        self.sim_places.get(name).and_then(|place| self.sims.get(*place))
    }

    /// The same lab with only these devices, by index and in this order.
    #[must_use]
    pub fn with_devices(&self, indices: &[usize]) -> Self {
        let devices = indices.iter().filter_map(|index| self.devices.get(*index).cloned()).collect();
        Self { devices, ..self.clone() }
    }

    fn check_references(&self, errors: &mut Vec<PlanError>) {
        unique(self.accounts.iter().map(|account| &account.name), "account", errors);
        unique(self.esmes.iter().map(|esme| &esme.system_id), "esme", errors);
        unique(self.sims.iter().map(|sim| &sim.name), "sim", errors);
        unique(self.devices.iter().map(DevicePlan::name), "device", errors);
        unique(self.apns.iter().map(|apn| &apn.name), "apn", errors);
        self.check_devices(errors);
        self.check_radio(errors);
        ground::check(self, errors);
        self.check_band(errors);
        ussd::check(&self.ussd, errors);
        esme::check(&self.esmes, COUNTRY_CODE, errors);
        let accounts: BTreeSet<&str> =
            self.accounts.iter().map(|account| account.name.get_ref().as_str()).collect();
        let apns: BTreeSet<&str> = self.apns.iter().map(|apn| apn.name.get_ref().as_str()).collect();
        let sims: BTreeSet<&str> = self.sims.iter().map(|sim| sim.name.get_ref().as_str()).collect();
        for esme in &self.esmes {
            known(&esme.account, "account", &accounts, errors);
        }
        for sim in &self.sims {
            if sim.emergency_numbers.len() > 5 {
                let message = format!("card \"{}\" holds at most 5 emergency numbers", sim.name.get_ref());
                errors.push(PlanError::new(sim.name.span(), message));
            }
            known(&sim.account, "account", &accounts, errors);
            for apn in &sim.apns {
                known(apn, "apn", &apns, errors);
            }
        }
        for apn in &self.apns {
            if let Some(account) = &apn.account {
                known(account, "account", &accounts, errors);
            }
            if apn.tunnel && apn.kind != ApnKind::Dedicated {
                let message =
                    "only a dedicated access point has a tunnel to the customer's gateway".to_owned();
                errors.push(PlanError::new(apn.name.span(), message));
            }
        }
        unique(self.servers.iter().map(|server| &server.name), "server", errors);
        for server in &self.servers {
            for apn in &server.apns {
                known(apn, "apn", &apns, errors);
            }
            if let Some(account) = &server.account {
                known(account, "account", &accounts, errors);
            }
            if !(1..=2).contains(&server.addresses.get_ref().len()) {
                let message = format!("server \"{}\" needs one or two addresses", server.name.get_ref());
                errors.push(PlanError::new(server.addresses.span(), message));
            }
        }
        for device in &self.devices {
            if let DevicePlan::Modem(ModemPlan { sim: Some(sim), .. }) = device {
                known(sim, "sim", &sims, errors);
            }
        }
    }
}

impl Plan {
    /// What will work and yet is unwise, with what to write instead; `stable` knows the lasting path of a port.
    #[must_use]
    pub fn warnings(&self, stable: impl Fn(&str) -> Option<String>) -> Vec<PlanError> {
        let warning = |device: &DevicePlan| {
            let PortPlan::Serial(port) = device.port() else { return None };
            if !port.is_fleeting() {
                return None;
            }
            let message =
                format!("{port} is a number that changes when devices are plugged in another order");
            let better = stable(&port.to_string());
            let better = better.map_or_else(
                || "write a path under /dev/serial/by-id, \"usb:<vendor>:<product>\" or \"imei:<digits>\"; `dtk ports` shows them".to_owned(),
                |path| format!("write \"{path}\", which is the same port"),
            );
            Some(PlanError::new(device.port_span(), message).with_help(better))
        };
        let ports = self.devices.iter().filter_map(warning);
        ports.chain(self.sims.iter().filter_map(|sim| self.mixed_apns(sim))).collect()
    }

    /// A card with shared and dedicated access points, which its customer has not accepted.
    fn mixed_apns(&self, sim: &SimPlan) -> Option<PlanError> {
        let account = self.accounts.iter().find(|account| account.name.get_ref() == sim.account.get_ref());
        let kinds: Vec<ApnKind> = self
            .apns
            .iter()
            .filter(|apn| sim.apns.iter().any(|name| name.get_ref() == apn.name.get_ref()))
            .map(|apn| apn.kind)
            .collect();
        let mixed =
            kinds.contains(&ApnKind::Dedicated) && kinds.iter().any(|kind| *kind != ApnKind::Dedicated);
        if !mixed || account.is_none_or(|account| account.mixed_apns_accepted) {
            return None;
        }
        let message = format!("card \"{}\" has shared and dedicated access points", sim.name.get_ref());
        let help = "that is a security weakness: write `mixed_apns_accepted = true` into the account that accepts it";
        Some(PlanError::new(sim.name.span(), message).with_help(help.to_owned()))
    }

    fn check_devices(&self, errors: &mut Vec<PlanError>) {
        let mut cards: BTreeMap<&str, &str> = BTreeMap::new();
        for device in &self.devices {
            let name = device.name();
            // Names become paths and parts of test output.
            let legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
            if name.get_ref().starts_with('.')
                || name.get_ref().is_empty()
                || !name.get_ref().chars().all(legal)
            {
                let message =
                    format!("\"{}\" is not a device name: letters, digits, - and _ are", name.get_ref());
                errors.push(PlanError::new(name.span(), message));
            }
            if !device.line().faults().is_none() && *device.port() != PortPlan::Simulated {
                let message = format!(
                    "{} is hardware: faults can be put only on the line of a simulated device",
                    name.get_ref()
                );
                errors.push(PlanError::new(name.span(), message));
            }
            if device.power().is_some() && *device.port() == PortPlan::Simulated {
                let message = format!("{} is simulated: its power needs no command", name.get_ref());
                errors.push(PlanError::new(name.span(), message));
            }
            if let DevicePlan::Modem(ModemPlan { sim: Some(sim), .. }) = device
                && let Some(other) = cards.insert(sim.get_ref(), name.get_ref())
            {
                let message = format!("card \"{}\" is already in {other}", sim.get_ref());
                errors.push(PlanError::new(sim.span(), message));
            }
        }
    }

    fn check_radio(&self, errors: &mut Vec<PlanError>) {
        let country = &self.lab.country;
        let countries: Vec<&str> = self.networks.iter().map(|network| network.country.as_str()).collect();
        if !self.networks.is_empty() && !countries.contains(&country.get_ref().as_str()) {
            let message = format!("no [[network]] is in \"{}\"", country.get_ref());
            errors.push(PlanError::new(country.span(), message).with_nearest(country.get_ref(), &countries));
        }
        let home = &self.operator.home;
        if !self.networks.is_empty()
            && !self.networks.iter().any(|network| network.plmn.0 == home.get_ref().0)
        {
            let message = format!("no [[network]] has the home PLMN {}", home.get_ref().0);
            errors.push(PlanError::new(home.span(), message));
        }
        for network in &self.networks {
            unique(network.cells.iter().map(|cell| &cell.name), "cell of the network", errors);
        }
        let mut gateways: BTreeMap<Eui64, ()> = BTreeMap::new();
        for gateway in &self.gateways {
            if gateways.insert(gateway.eui.get_ref().0, ()).is_some() {
                let message = format!("a second gateway has the EUI {}", gateway.eui.get_ref().0);
                errors.push(PlanError::new(gateway.eui.span(), message));
            }
            if let Some(server) = gateway.server.as_ref().filter(|_| !gateway.simulated) {
                let message = "a gateway that is not simulated chooses its server itself".to_owned();
                errors.push(PlanError::new(server.span(), message));
            }
            if let Some(tunnel) = gateway.tunnel.as_ref().filter(|_| gateway.simulated) {
                let message = "a simulated gateway has no backhaul, so no tunnel: with `simulated = false` one outside does";
                errors.push(PlanError::new(tunnel.span(), message.to_owned()));
            }
        }
    }
}

fn unique<'a>(names: impl Iterator<Item = &'a Spanned<String>>, what: &str, errors: &mut Vec<PlanError>) {
    let mut seen: BTreeMap<&str, ()> = BTreeMap::new();
    for name in names {
        if seen.insert(name.get_ref(), ()).is_some() {
            errors.push(PlanError::new(
                name.span(),
                format!("a second {what} is called \"{}\"", name.get_ref()),
            ));
        }
    }
}

fn known(name: &Spanned<String>, what: &str, names: &BTreeSet<&str>, errors: &mut Vec<PlanError>) {
    if !names.contains(name.get_ref().as_str()) {
        let names: Vec<&str> = names.iter().copied().collect();
        let error =
            PlanError::new(name.span(), format!("there is no [[{what}]] called \"{}\"", name.get_ref()));
        errors.push(error.with_nearest(name.get_ref(), &names));
    }
}

fn read_devices(devices: Spanned<DeValue<'_>>, errors: &mut Vec<PlanError>) -> Vec<DevicePlan> {
    let span = devices.span();
    let DeValue::Array(elements) = devices.into_inner() else {
        errors.push(PlanError::new(span, "devices are written as [[device]] sections".to_owned()));
        return Vec::new();
    };
    elements
        .into_iter()
        .filter_map(|element| read_device(element).map_err(|error| errors.push(error)).ok())
        .flat_map(|device| match device {
            DevicePlan::Node(node) => node.all().into_iter().map(DevicePlan::Node).collect(),
            DevicePlan::Modem(_) => vec![device],
        })
        .collect()
}

fn read_device(mut element: Spanned<DeValue<'_>>) -> Result<DevicePlan, PlanError> {
    let span = element.span();
    let kind = match element.get_mut() {
        DeValue::Table(table) => table.remove("kind"),
        DeValue::String(_)
        | DeValue::Integer(_)
        | DeValue::Float(_)
        | DeValue::Boolean(_)
        | DeValue::Datetime(_)
        | DeValue::Array(_) => None,
    };
    let kind = kind.ok_or_else(|| {
        PlanError::new(span, "a device needs a kind: \"modem\" or \"lora-node\"".to_owned())
    })?;
    let kind_span = kind.span();
    let kind = Spanned::<String>::deserialize(ValueDeserializer::from(kind).into_deserializer())
        .map_err(|error| PlanError::from_toml(&error))?;
    let value = ValueDeserializer::from(element);
    match kind.get_ref().as_str() {
        "modem" => ModemPlan::deserialize(value).map(DevicePlan::Modem),
        "lora-node" => NodePlan::deserialize(value).map(DevicePlan::Node),
        other => {
            let error = PlanError::new(kind_span, format!("\"{other}\" is not a kind of device"));
            return Err(error.with_nearest(other, &KINDS));
        }
    }
    .map_err(|error| PlanError::from_toml(&error))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str =
        "[lab]\nname = \"t\"\n[operator]\nhome = \"208-01\"\nservice_centre = \"+33639989000\"\n";

    fn first_error(rest: &str) -> (String, String) {
        let source = format!("{HEAD}{rest}");
        let error = Plan::parse(&source).unwrap_err().remove(0);
        let pointed = source.get(error.span()).unwrap_or_default().to_owned();
        (error.to_string(), pointed)
    }

    #[test]
    fn an_unknown_key_names_the_nearest_known_one() {
        let (message, pointed) =
            first_error("[[apn]]\nname = \"a\"\nkind = \"shared-private\"\npol = \"10.0.0.0/8\"\n");
        assert!(
            message.contains("unknown key `pol`") && message.contains("did you mean `pool`"),
            "{message}"
        );
        assert_eq!(pointed, "pol");
    }

    #[test]
    fn an_imsi_written_as_a_number_says_so() {
        let (message, pointed) = first_error(
            "[[account]]\nname = \"acme\"\n[[sim]]\nname = \"s\"\niccid = \"8933010000000000002\"\nimsi = 208010000000001\n",
        );
        assert!(message.contains("must be written in quotes"), "{message}");
        assert_eq!(pointed, "208010000000001");
    }

    #[test]
    fn a_device_of_an_unknown_kind_points_at_the_kind() {
        let (message, pointed) = first_error("[[device]]\nname = \"x\"\nkind = \"modm\"\n");
        assert!(message.contains("did you mean \"modem\""), "{message}");
        assert_eq!(pointed, "\"modm\"");
    }

    #[test]
    fn a_name_that_leads_nowhere_is_an_error() {
        let (message, pointed) = first_error(
            "[[device]]\nname = \"m\"\nkind = \"modem\"\nimei = \"356938035643809\"\nsim = \"sim-a\"\n",
        );
        assert!(message.contains("there is no [[sim]] called \"sim-a\""), "{message}");
        assert_eq!(pointed, "\"sim-a\"");
    }

    #[test]
    fn a_device_error_points_into_its_own_section() {
        let (message, pointed) =
            first_error("[[device]]\nname = \"m\"\nkind = \"modem\"\nimei = 356938035643809\n");
        assert!(message.contains("must be written in quotes"), "{message}");
        assert_eq!(pointed, "356938035643809");
    }

    #[test]
    fn what_cannot_be_a_lab_is_refused_where_it_stands() {
        let modem = "[[device]]\nkind = \"modem\"\nimei = \"356938035643809\"\n";
        let network =
            "[[network]]\nplmn = \"208-01\"\nname = \"n\"\ncountry = \"ES\"\nrank = \"home\"\nrsrp = -80\n";
        let ussd = "[[ussd]]\ncode = \"#1#\"\ntext = \"t\"\n";
        let long = format!("\"{}\"", "x".repeat(183));
        let rows = [
            (format!("{modem}name = \"../x\"\n"), "\"../x\"", "not a device name"),
            (format!("{modem}name = \"m\"\nbaud = 0\n"), "0", "nonzero"),
            (network.to_owned(), "", "no [[network]] is in \"FR\""),
            (format!("{modem}name = \"m\"\nline = {{ flip = 1.5 }}\n"), "1.5", "a number from 0 to 1"),
            (format!("{modem}name = \"m\"\nline = {{ flop = 0.5 }}\n"), "flop", "unknown key `flop`"),
            (
                format!("{modem}name = \"m\"\nport = \"/dev/ttyUSB2\"\nline = {{ flip = 0.5 }}\n"),
                "\"m\"",
                "only on the line of a simulated device",
            ),
            (
                format!("[[ussd]]\ncode = \"#1#\"\ntext = \"{}\"\n", "x".repeat(183)),
                &long,
                "at most 182 characters",
            ),
            (format!("{ussd}{ussd}"), "\"#1#\"", "a second ussd is called \"#1#\""),
        ];
        for (rest, pointed, words) in rows {
            let (message, place) = first_error(&rest);
            assert!(message.contains(words), "{message}");
            assert_eq!(place, pointed, "{message}");
        }
    }

    #[test]
    fn hardware_is_named_by_what_lasts_and_its_power_has_commands() {
        let modem = "[[device]]\nkind = \"modem\"\nname = \"m\"\nimei = \"356938035643809\"\n";
        let plan = |rest: &str| Plan::parse(&format!("{HEAD}{modem}{rest}"));
        let fleeting = plan("port = \"/dev/ttyUSB3\"\n").unwrap();
        let warnings = fleeting.warnings(|_| Some("/dev/serial/by-id/x".to_owned()));
        assert!(warnings[0].to_string().contains("write \"/dev/serial/by-id/x\""), "{}", warnings[0]);
        let warnings = fleeting.warnings(|_| None);
        assert!(warnings[0].help().is_some_and(|help| help.contains("dtk ports")), "{}", warnings[0]);
        let lasting = plan("port = \"imei:356938035643809\"\nbaud = \"auto\"\n").unwrap();
        assert!(lasting.warnings(|_| None).is_empty());
        assert_eq!(lasting.devices[0].baud(), None);
        let switched = plan("port = \"usb:2c7c:0125\"\npower = { on = \"up\", off = \"down\" }\n").unwrap();
        assert_eq!(switched.devices[0].power().map(|power| power.command(false)), Some("down"));
        for (rest, words) in [
            ("port = \"ttyUSB3\"\n", "is not a port"),
            ("baud = \"fast\"\n", "or \"auto\""),
            ("power = { on = \"up\", off = \"down\" }\n", "is simulated"),
            ("port = \"usb:2c7c:0125\"\npower = { on = \"up\" }\n", "missing field"),
        ] {
            let error = plan(rest).unwrap_err().remove(0).to_string();
            assert!(error.contains(words), "{error}");
        }
    }

    #[test]
    fn mixed_access_points_are_warned_of_unless_they_are_accepted() {
        let warnings = |accepted: &str, apns: &str| {
            let apn = |name: &str, kind: &str| {
                format!("[[apn]]\nname = \"{name}\"\nkind = \"{kind}\"\npool = \"10.0.0.0/24\"\n")
            };
            let source = format!(
                "{HEAD}{}{}account = \"acme\"\n[[account]]\nname = \"acme\"\n{accepted}\
                 [[sim]]\nname = \"s\"\niccid = \"8933010000000000002\"\nimsi = \"208010000000001\"\n\
                 msisdn = \"+33639980001\"\naccount = \"acme\"\nprofile = \"data-only\"\napns = [{apns}]\n\
                 puk1 = \"12345678\"\npuk2 = \"87654321\"\n",
                apn("shared", "shared-private"),
                apn("own", "dedicated"),
            );
            Plan::parse(&source).unwrap().warnings(|_| None)
        };
        let mixed = warnings("", "\"shared\", \"own\"");
        assert!(mixed[0].to_string().contains("mixed_apns_accepted = true"), "{}", mixed[0]);
        assert!(warnings("mixed_apns_accepted = true\n", "\"shared\", \"own\"").is_empty());
        assert!(warnings("", "\"shared\"").is_empty() && warnings("", "\"own\"").is_empty());
    }

    #[test]
    fn only_a_dedicated_access_point_has_a_tunnel_and_its_class_is_one_of_a_default_bearer() {
        let error = |kind: &str, line: &str| {
            let apn = format!("[[apn]]\nname = \"a\"\nkind = \"{kind}\"\npool = \"10.0.0.0/24\"\n{line}\n");
            Plan::parse(&format!("{HEAD}{apn}")).err().map(|errors| errors[0].to_string())
        };
        assert_eq!(error("dedicated", "tunnel = true"), None);
        assert!(error("shared-public", "tunnel = true").unwrap().contains("only a dedicated"));
        assert_eq!(error("shared-public", "qci = 5"), None);
        for wrong in ["qci = 4", "qci = 10"] {
            assert!(error("dedicated", wrong).unwrap().contains("expected 5 (best) to 9"), "{wrong}");
        }
    }

    #[test]
    fn a_card_says_its_form_its_kind_and_its_state() {
        let (message, pointed) = first_error(
            "[[account]]\nname = \"a\"\n[[sim]]\nname = \"s\"\niccid = \"8933010000000000002\"\nimsi = \"208010000000001\"\nmsisdn = \"+33639980001\"\naccount = \"a\"\nprofile = \"data-only\"\napns = []\npuk1 = \"12345678\"\npuk2 = \"87654321\"\nform = \"1FF\"\n",
        );
        assert!(message.contains("expected one of 2FF, 3FF"), "{message}");
        assert_eq!(pointed, "\"1FF\"");
    }

    #[test]
    fn any_text_gives_a_plan_or_errors_and_never_panics() {
        let mut rng = wire::seed::Seed(5).child("garbage").rng();
        let words = [
            "[lab]",
            "[[device]]",
            "kind",
            "=",
            "\"modem\"",
            "\n",
            "[",
            "imsi",
            "1",
            "{",
            "}",
            "é",
            "name",
            "'''",
        ];
        for _ in 0..3_000 {
            let text: String =
                (0..rng.below(12)).map(|_| words[rng.below(words.len() as u64) as usize]).collect();
            let _ = Plan::parse(&text);
        }
    }
}
