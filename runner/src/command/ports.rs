//! `dtk ports`: the serial ports of this machine, and what answers on them.

use crate::cli::PortsArgs;
use crate::{console, exit, runtime};
use drivers::port::{self, PortInfo};
use serde_json::json;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

/// How long a device may take to answer a question.
const PATIENCE: Duration = Duration::from_millis(800);

/// What is asked: speed, question, and what the answer means.
const QUESTIONS: &[(u32, &str, &str)] =
    &[(115_200, "ATI\r", "AT modem"), (57_600, "sys get ver\r\n", "RN2483 family")];

/// Lists the ports.
#[must_use]
pub fn run(args: &PortsArgs) -> u8 {
    let ports = match port::list() {
        Ok(ports) => ports,
        Err(error) => {
            console::talk(&format!("error: failed to list serial ports: {error}"));
            return exit::BROKEN;
        }
    };
    for port in &ports {
        let answer = if args.no_probe { None } else { Some(probe(port)) };
        console::result(&if args.json {
            as_json(port, answer.as_deref())
        } else {
            as_text(port, answer.as_deref())
        });
    }
    if ports.is_empty() {
        console::talk("no serial ports on this machine; `dtk serve` offers simulated devices");
    }
    exit::PASSED
}

/// Asks what is behind a port.
fn probe(port: &PortInfo) -> String {
    let asked = runtime::block_on(async {
        for (baud, question, kind) in QUESTIONS {
            match ask(&port.path, *baud, question).await {
                Ok(Some(answer)) => return format!("{kind} at {baud}: {answer}"),
                Ok(None) => {}
                Err(error) => return error.to_string(),
            }
        }
        "no answer".to_owned()
    });
    asked.unwrap_or_else(|error| error.to_string())
}

/// The readable lines of an answer, joined; `None` when nothing readable came.
async fn ask(path: &str, baud: u32, question: &str) -> Result<Option<String>, port::PortError> {
    let mut stream = port::open(path, baud)?;
    let mut bytes = Vec::new();
    if stream.write_all(question.as_bytes()).await.is_err() {
        return Ok(None);
    }
    let _ = tokio::time::timeout(PATIENCE, async {
        let mut chunk = [0_u8; 256];
        while let Ok(length @ 1..) = stream.read(&mut chunk).await {
            bytes.extend_from_slice(chunk.get(..length).unwrap_or_default());
        }
    })
    .await;
    let text = String::from_utf8_lossy(&bytes);
    let lines: Vec<&str> = text
        .split(['\r', '\n'])
        .map(str::trim)
        .filter(|line| {
            !line.is_empty() && line.is_ascii() && *line != question.trim() && *line != "invalid_param"
        })
        .collect();
    Ok((!lines.is_empty()).then(|| lines.join(" | ")))
}

fn as_text(port: &PortInfo, answer: Option<&str>) -> String {
    let stable = port.stable_path.as_ref().map(|path| format!("\n    {path}")).unwrap_or_default();
    let answer = answer.map(|answer| format!("\n    answers: {answer}")).unwrap_or_default();
    format!("{}  {}{stable}{answer}", port.path, port.description)
}

fn as_json(port: &PortInfo, answer: Option<&str>) -> String {
    json!({
        "path": port.path,
        "stable_path": port.stable_path,
        "description": port.description,
        "answer": answer,
    })
    .to_string()
}
