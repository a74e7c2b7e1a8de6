//! Quectel: `+QIOPEN` and its like.

use super::*;

/// The row.
pub(super) const COMMANDS: SocketCommands = SocketCommands {
    preparation: Some(Preparation {
        question: "AT+QIACT?",
        ready: |cid| format!("+QIACT: {cid},1,"),
        command: |cid| Command::new(format!("AT+QIACT={cid}"), CONTEXT),
    }),
    keep_received: None,
    creation: None,
    open,
    opening: Some(|report, id| opening(report, "+QIOPEN", id)),
    select: None,
    send: |id, _, octets| {
        let line = format!("AT+QISEND={id},{}", octets.len());
        Ok(Command::with_octets(line, "> ", octets, NETWORK))
    },
    arrival: Arrival::Reported {
        arrived: |report, id| name(report) == "+QIURC" && begins(report, &["recv", &id.to_string()]),
        closed: |report, id| {
            let gone = begins(report, &["closed", &id.to_string()]) || begins(report, &["pdpdeact"]);
            name(report) == "+QIURC" && gone
        },
    },
    read: |id, _| Command::new(format!("AT+QIRD={id},{MOST_READ}"), LOCAL),
    received: |answer| {
        let parts = first_fields(answer, "+QIRD")?;
        measured(answer, parts.first(), answer.lines.get(1).cloned().unwrap_or_default())
    },
    close: |id| Command::new(format!("AT+QICLOSE={id}"), CLOSING),
    look_up: |cid, host| Command::new(format!("AT+QIDNSGIP={cid},\"{host}\""), NETWORK),
    found: |line| {
        let told = name(line) == "+QIURC" && begins(line, &["dnsgip"]);
        if told { address_in(line, 1) } else { None }
    },
    ping: |cid, host, count| Command::new(format!("AT+QPING={cid},\"{host}\",4,{count}"), LOCAL),
    ping_report,
};

fn open(cid: u8, id: u8, Peer { protocol, host, port }: &Peer) -> Command {
    let kind = match protocol {
        Protocol::Tcp => "TCP",
        Protocol::Udp => "UDP",
    };
    Command::new(format!("AT+QIOPEN={cid},{id},\"{kind}\",\"{host}\",{port},0,0"), LOCAL)
}

fn ping_report(report: &str) -> Option<PingReport> {
    let parts = fields(parameters(report));
    match (name(report), parts.as_slice()) {
        ("+QPING", [_, _, _, _, _]) => answered(&parts, 3),
        ("+QPING", [result]) if result == "569" => Some(PingReport::Lost),
        ("+QPING", _) => Some(PingReport::Ended),
        _ => None,
    }
}
