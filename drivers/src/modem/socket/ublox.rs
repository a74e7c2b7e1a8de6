//! u-blox: `+USOCR` and its like; SARA-R5 over a profile that `+UPSDA` activates.

use super::*;
use wire::at::text::text_of;

/// The row of SARA-R4.
pub(super) const R4: SocketCommands = SocketCommands {
    preparation: None,
    keep_received: Some("AT+UDCONF=1,1"),
    creation: Some(Creation { command: create, name: "+USOCR" }),
    open: |_, id, Peer { host, port, .. }| Command::new(format!("AT+USOCO={id},\"{host}\",{port}"), NETWORK),
    opening: None,
    select: None,
    send: |id, _, octets| {
        let line = format!("AT+USOWR={id},{}", octets.len());
        Ok(Command::with_octets(line, "@", octets, NETWORK))
    },
    arrival: Arrival::Reported {
        arrived: |report, id| {
            matches!(name(report), "+UUSORD" | "+UUSORF") && begins(report, &[&id.to_string()])
        },
        closed: |report, id| name(report) == "+UUSOCL" && begins(report, &[&id.to_string()]),
    },
    read: |id, protocol| {
        let name = match protocol {
            Protocol::Tcp => "+USORD",
            Protocol::Udp => "+USORF",
        };
        Command::new(format!("AT{name}={id},{MOST_READ}"), LOCAL)
    },
    received,
    close: |id| Command::new(format!("AT+USOCL={id}"), CLOSING),
    look_up: |_, host| Command::new(format!("AT+UDNSRN=0,\"{host}\""), NETWORK),
    found: |line| if name(line) == "+UDNSRN" { address_in(line, 0) } else { None },
    ping: |_, host, count| Command::new(format!("AT+UPING=\"{host}\",{count}"), LOCAL),
    ping_report: |report| match name(report) {
        "+UUPING" => answered(&fields(parameters(report)), 5).or(Some(PingReport::Lost)),
        "+UUPINGER" => Some(PingReport::Ended),
        _ => None,
    },
};

/// The row of SARA-R5.
pub(super) const R5: SocketCommands = SocketCommands {
    preparation: Some(Preparation {
        question: "AT+UPSND=0,8",
        ready: |_| "+UPSND: 0,8,1".to_owned(),
        command: |_| Command::new("AT+UPSDA=0,3", CONTEXT),
    }),
    ..R4
};

fn create(protocol: Protocol) -> Command {
    let number = match protocol {
        Protocol::Tcp => 6,
        Protocol::Udp => 17,
    };
    Command::new(format!("AT+USOCR={number}"), LOCAL)
}

/// In hexadecimal digits, as [`SocketCommands::keep_received`] asks for; a datagram with its sender.
fn received(answer: &Answer) -> Result<String, AtError> {
    const FORM: &str = "a length, and as many octets in hexadecimal digits";
    let (parts, place) = match first_fields(answer, "+USORD") {
        Ok(parts) => (parts, 1),
        Err(_) => {
            let parts = first_fields(answer, "+USORF")?;
            let place = if parts.len() == 3 { 1 } else { 3 };
            (parts, place)
        }
    };
    let digits = parts.get(place + 1).map(String::as_str).unwrap_or_default();
    let octets = hex::decode(digits).map_err(|_| answer.malformed(FORM))?;
    measured(answer, parts.get(place), text_of(&octets))
}
