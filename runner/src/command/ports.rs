//! `dtk ports`: the serial ports of this machine, and what answers on them.
//!
//! A port that another program has open is named with that program and left alone.

use crate::cli::PortsArgs;
use crate::{console, exit, runtime};
use drivers::port::{self, Answers, COMMON_RATES, PortError, PortInfo};
use serde_json::{Value, json};

/// How many of the usual speeds are tried on each port; a lab file with `baud = "auto"` tries all.
const SPEEDS: usize = 2;

/// Lists the ports.
#[must_use]
pub fn run(args: &PortsArgs) -> u8 {
    let ports = match ports(args) {
        Ok(ports) => ports,
        Err(error) => {
            console::talk(&format!("error: failed to list serial ports: {error}"));
            return exit::BROKEN;
        }
    };
    let rows: Vec<(PortInfo, Found)> = ports
        .into_iter()
        .map(|port| {
            let found = if args.no_probe { look(&port) } else { ask(&port) };
            (port, found)
        })
        .collect();
    if args.json {
        rows.iter().for_each(|(port, found)| console::result(&as_json(port, found).to_string()));
    } else if !rows.is_empty() {
        console::result(table(&rows).trim_end());
    }
    if rows.is_empty() {
        console::talk("no serial ports on this machine; `dtk serve` offers simulated devices");
    }
    exit::PASSED
}

/// The ports of the machine, or those that the command line names.
fn ports(args: &PortsArgs) -> Result<Vec<PortInfo>, String> {
    if args.ports.is_empty() {
        return port::list();
    }
    let named = |path: &String| PortInfo {
        path: path.clone(),
        stable_path: port::stable_path(path),
        usb: None,
        description: "named on the command line".to_owned(),
    };
    Ok(args.ports.iter().map(named).collect())
}

/// What was found out about a port.
enum Found {
    /// It was only looked at.
    Nothing,
    /// Another program has it open.
    Held(String),
    /// It was asked.
    Answers(Answers),
    /// It could not be asked.
    Failed(String),
}

fn look(port: &PortInfo) -> Found {
    port::holders(&port.path).first().map_or(Found::Nothing, |holder| Found::Held(holder.to_string()))
}

fn ask(port: &PortInfo) -> Found {
    let rates = COMMON_RATES.get(..SPEEDS).unwrap_or(COMMON_RATES);
    match runtime::block_on(port::probe(&port.path, rates)) {
        Ok(Ok(answers)) => Found::Answers(answers),
        Ok(Err(PortError::InUse { by, .. })) => Found::Held(by),
        Ok(Err(error)) => Found::Failed(error.to_string()),
        Err(error) => Found::Failed(error.to_string()),
    }
}

/// What answers, in a few words.
fn words(found: &Found) -> String {
    match found {
        Found::Nothing => "not asked".to_owned(),
        Found::Held(by) => format!("in use by {by}"),
        Found::Failed(reason) => reason.clone(),
        Found::Answers(Answers::Modem { baud, identity, imei }) => {
            let imei = imei.as_ref().map_or_else(String::new, |imei| format!(", IMEI {imei}"));
            format!("{identity}{imei}, at {baud} bit/s")
        }
        Found::Answers(Answers::Node { baud, model, version }) => {
            format!("LoRaWAN node {version}, model {model}, at {baud} bit/s")
        }
        Found::Answers(Answers::Garbage) => {
            "octets that are no text: another speed? a lab file with baud = \"auto\" tries more".to_owned()
        }
        Found::Answers(Answers::Text(line)) => format!("speaks without being asked: {line}"),
        Found::Answers(Answers::Silence) => "no answer".to_owned(),
    }
}

fn table(rows: &[(PortInfo, Found)]) -> String {
    let cells: Vec<[String; 3]> = rows
        .iter()
        .map(|(port, found)| {
            let path = port.stable_path.as_ref().unwrap_or(&port.path).clone();
            [path, port.description.clone(), words(found)]
        })
        .collect();
    let head = ["port", "what it is", "what answers"].map(str::to_owned);
    let width = |column: usize| {
        let cell = |row: &[String; 3]| row.get(column).map_or(0, |cell| cell.chars().count());
        cells.iter().chain([&head]).map(cell).max().unwrap_or_default()
    };
    let widths = [width(0), width(1)];
    let line = |[path, what, answers]: &[String; 3]| {
        let [first, second] = widths;
        format!("{path:first$}  {what:second$}  {answers}\n")
    };
    [&head].into_iter().chain(&cells).map(line).collect()
}

fn as_json(port: &PortInfo, found: &Found) -> Value {
    let usb = port.usb.as_ref().map(|usb| {
        json!({
            "vendor": format!("{:04x}", usb.vendor),
            "product": format!("{:04x}", usb.product),
            "serial": usb.serial,
        })
    });
    let mut row = json!({
        "path": port.path,
        "stable_path": port.stable_path,
        "description": port.description,
        "usb": usb,
        "answer": words(found),
    });
    match found {
        Found::Held(by) => row["in_use_by"] = json!(by),
        Found::Answers(Answers::Modem { baud, identity, imei }) => {
            row["modem"] = json!({
                "manufacturer": identity.manufacturer,
                "model": identity.model,
                "revision": identity.revision,
                "family": identity.dialect.name,
                "recognised": identity.recognised,
                "imei": imei.as_ref().map(ToString::to_string),
                "baud": baud,
            });
        }
        Found::Answers(Answers::Node { baud, model, version }) => {
            row["node"] = json!({ "model": model, "version": version, "baud": baud });
        }
        Found::Nothing
        | Found::Failed(_)
        | Found::Answers(Answers::Garbage | Answers::Text(_) | Answers::Silence) => {}
    }
    row
}
