//! Nordic's serial modem application: `#XSOCKET` and its like. One socket is selected, and the commands are about it.
//!
//! A text in quotes cannot hold quotes and line ends, so octets go in data mode: `#XSEND` alone, the octets, `+++`, and
//! `#XDATAMODE: 0` when they are through. Nothing is reported by itself: the host waits in `#XRECV`.

use super::*;

/// What ends data mode.
const TERMINATOR: &str = "+++";

/// The row.
pub(super) const COMMANDS: SocketCommands = SocketCommands {
    preparation: None,
    keep_received: None,
    creation: Some(Creation { command: create, name: "#XSOCKET" }),
    open: |_, _, Peer { host, port, .. }| Command::new(format!("AT#XCONNECT=\"{host}\",{port}"), NETWORK),
    opening: None,
    select: Some(|id| Command::new(format!("AT#XSOCKETSELECT={id}"), LOCAL)),
    send,
    arrival: Arrival::Asked {
        wait: |seconds| {
            let patience = Duration::from_secs(u64::from(seconds)) + LOCAL;
            Command::new(format!("AT#XRECV={}", seconds.max(1)), patience)
        },
        look: "AT#XRECV=1,64",
        closed: "#XRECV: 0",
    },
    read: |_, _| Command::new("AT#XRECV=1,64", LOCAL),
    received: |answer| {
        let parts = first_fields(answer, "#XRECV")?;
        measured(answer, parts.first(), answer.lines.get(1).cloned().unwrap_or_default())
    },
    close: |_| Command::new("AT#XSOCKET=0", CLOSING),
    look_up: |_, host| Command::new(format!("AT#XGETADDRINFO=\"{host}\""), NETWORK),
    found: |line| if name(line) == "#XGETADDRINFO" { address_in(line, 0) } else { None },
    ping: |_, host, count| Command::new(format!("AT#XPING=\"{host}\",45,5000,{count},1000"), LOCAL),
    ping_report: |report| match name(report) {
        "#XPING" => ping(parameters(report)),
        _ => None,
    },
};

fn create(protocol: Protocol) -> Command {
    let kind = match protocol {
        Protocol::Tcp => 1,
        Protocol::Udp => 2,
    };
    Command::new(format!("AT#XSOCKET=1,{kind},0"), LOCAL)
}

fn send(_: u8, _: &Peer, mut octets: Vec<u8>) -> Result<Command, Unsendable> {
    let end = TERMINATOR.as_bytes();
    if octets.windows(end.len()).any(|window| window == end) || octets.ends_with(b"+") {
        return Err(Unsendable(TERMINATOR));
    }
    octets.extend_from_slice(end);
    Ok(Command::in_data_mode("AT#XSEND", octets, "#XDATAMODE", NETWORK))
}

/// `0.637 seconds`, `timeout`, or the average that ends them.
fn ping(told: &str) -> Option<PingReport> {
    if told.starts_with("average ") {
        return Some(PingReport::Ended);
    }
    if told == "timeout" {
        return Some(PingReport::Lost);
    }
    let (whole, thousandths) = told.split(' ').next()?.split_once('.')?;
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if thousandths.len() != 3 || !is_number(whole) || !is_number(thousandths) {
        return None;
    }
    let seconds: u32 = whole.parse().ok()?;
    let ms: u32 = thousandths.parse().ok()?;
    seconds.checked_mul(1_000)?.checked_add(ms).map(PingReport::Answered)
}
