//! SIMCom: `+NETOPEN`, `+CIPOPEN` and their like.

use super::*;

/// The row.
pub(super) const COMMANDS: SocketCommands = SocketCommands {
    preparation: Some(Preparation {
        question: "AT+NETOPEN?",
        ready: |_| "+NETOPEN: 1".to_owned(),
        command: |_| Command::new("AT+NETOPEN", CONTEXT),
    }),
    keep_received: Some("AT+CIPRXGET=1"),
    creation: None,
    open,
    opening: Some(|report, id| opening(report, "+CIPOPEN", id)),
    select: None,
    send,
    arrival: Arrival::Reported {
        arrived: |report, id| {
            let two = fields(parameters(report)).len() == 2;
            name(report) == "+CIPRXGET" && two && begins(report, &["1", &id.to_string()])
        },
        closed: |report, id| match name(report) {
            "+IPCLOSE" => begins(report, &[&id.to_string()]),
            "+CIPEVENT" => true,
            _ => false,
        },
    },
    read: |id, _| Command::new(format!("AT+CIPRXGET=2,{id},{MOST_READ}"), LOCAL),
    received: |answer| {
        let parts = first_fields(answer, "+CIPRXGET")?;
        measured(answer, parts.get(2), answer.lines.get(1).cloned().unwrap_or_default())
    },
    close: |id| Command::new(format!("AT+CIPCLOSE={id}"), CLOSING),
    look_up: |_, host| Command::new(format!("AT+CDNSGIP=\"{host}\""), NETWORK),
    found: |line| if name(line) == "+CDNSGIP" { address_in(line, 2) } else { None },
    ping: |_, host, count| Command::new(format!("AT+CPING=\"{host}\",1,{count}"), LOCAL),
    ping_report,
};

fn open(_: u8, id: u8, Peer { protocol, host, port }: &Peer) -> Command {
    let line = match protocol {
        Protocol::Tcp => format!("AT+CIPOPEN={id},\"TCP\",\"{host}\",{port}"),
        Protocol::Udp => format!("AT+CIPOPEN={id},\"UDP\",,,{}", 5_000 + u16::from(id)),
    };
    Command::new(line, NETWORK)
}

fn send(id: u8, peer: &Peer, octets: Vec<u8>) -> Result<Command, Unsendable> {
    let length = octets.len();
    let line = match peer.protocol {
        Protocol::Tcp => format!("AT+CIPSEND={id},{length}"),
        Protocol::Udp => format!("AT+CIPSEND={id},{length},\"{}\",{}", peer.host, peer.port),
    };
    Ok(Command::with_octets(line, ">", octets, NETWORK))
}

fn ping_report(report: &str) -> Option<PingReport> {
    if name(report) != "+CPING" {
        return None;
    }
    let parts = fields(parameters(report));
    match parts.first()?.parse().ok()? {
        1_u8 => answered(&parts, 3),
        2 => Some(PingReport::Lost),
        _ => Some(PingReport::Ended),
    }
}
