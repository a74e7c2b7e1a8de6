//! Multicast groups (LoRaWAN 1.0.2 clause 17.3): what a member takes, what it ignores, and the commands of three modules.

use super::*;

const GROUP: DevAddr = DevAddr::from_value(0x26ff_0001);
const NWK_S_KEY: &str = "A1B2C3D4E5F60718293A4B5C6D7E8F90";
const APP_S_KEY: &str = "0F1E2D3C4B5A69788796A5B4C3D2E1F0";

fn group_keys() -> SessionKeys {
    SessionKeys { nwk_s_key: NWK_S_KEY.parse().unwrap(), app_s_key: APP_S_KEY.parse().unwrap() }
}

/// A message to the group.
fn to_group(fcnt: u32) -> DataMessage {
    let payload = Some(PortPayload { port: 7, octets: vec![0xc0, 0xff] });
    DataMessage { payload, ..DataMessage::new(Direction::Down, GROUP, fcnt) }
}

fn sealed(fcnt: u32) -> Vec<u8> {
    to_group(fcnt).seal(&group_keys())
}

/// A member in class C with an uplink behind it.
fn member_as(config: NodeConfig) -> Bench {
    let mut b = Bench::personalised_as(config);
    for line in [
        "mac set mcastdevaddr 26FF0001",
        &format!("mac set mcastnwkskey {NWK_S_KEY}"),
        &format!("mac set mcastappskey {APP_S_KEY}"),
        "mac set mcastdnctr 0",
        "mac set mcast on",
        "mac set class c",
    ] {
        assert_eq!(b.command(line), ["ok"], "{line}");
    }
    b.start("mac tx uncnf 1 00");
    b.rest();
    b
}

fn member() -> Bench {
    member_as(NodeConfig::default())
}

/// What the host is told of a frame on the parameters of RX2, some seconds after the last.
fn told(b: &mut Bench, frame: Vec<u8>) -> Vec<String> {
    b.lines.clear();
    let delay = b.now.since(b.last().ended) + secs(5);
    b.rx2(delay, frame);
    std::mem::take(&mut b.lines)
}

#[test]
fn a_member_is_told_of_each_message_once_and_answers_none() {
    let mut b = member();
    for fcnt in [0, 1, 5, 16388] {
        assert_eq!(told(&mut b, sealed(fcnt)), ["mac_rx 7 C0FF"], "{fcnt}");
        assert_eq!(told(&mut b, sealed(fcnt)), [""; 0], "{fcnt} again");
    }
    assert_eq!(b.command("mac get mcastdnctr"), ["16389"]);
    assert_eq!(b.command("mac get dnctr"), ["0"], "the counter of its own session");
    let sent = b.sent.len();
    b.rest();
    assert_eq!(b.sent.len(), sent);
    assert_eq!(b.plain_uplink().fctrl(), 0);
}

#[test]
fn what_is_no_message_to_a_group_is_ignored_and_uses_no_counter() {
    let other = SessionKeys { app_s_key: NWK_S_KEY.parse().unwrap(), nwk_s_key: APP_S_KEY.parse().unwrap() };
    let on_port = |port| Some(PortPayload { port, octets: vec![6] });
    let rows = [
        ("confirmed", DataMessage { confirmed: true, ..to_group(3) }.seal(&group_keys())),
        ("ACK", DataMessage { ack: true, ..to_group(3) }.seal(&group_keys())),
        ("FOpts", DataMessage { f_opts: FOpts::new(vec![6]).unwrap(), ..to_group(3) }.seal(&group_keys())),
        ("FPort 0", DataMessage { payload: on_port(0), ..to_group(3) }.seal(&group_keys())),
        ("FPort 224", DataMessage { payload: on_port(224), ..to_group(3) }.seal(&group_keys())),
        ("no FPort", DataMessage { payload: None, ..to_group(3) }.seal(&group_keys())),
        ("other keys", to_group(3).seal(&other)),
        (
            "another address",
            DataMessage { dev_addr: DevAddr::from_value(1), ..to_group(3) }.seal(&group_keys()),
        ),
        ("an uplink", DataMessage { direction: Direction::Up, ..to_group(3) }.seal(&group_keys())),
        ("the last counter", sealed(2)),
        ("16384 ahead", sealed(2 + 16384)),
    ];
    let mut b = member();
    assert_eq!(told(&mut b, sealed(2)), ["mac_rx 7 C0FF"]);
    for (name, frame) in rows {
        assert_eq!(told(&mut b, frame), [""; 0], "{name}");
        assert_eq!(b.command("mac get mcastdnctr"), ["3"], "{name}");
    }
    assert_eq!(b.plain_uplink().fctrl(), 0);
    assert_eq!(told(&mut b, sealed(3)), ["mac_rx 7 C0FF"]);
}

#[test]
fn a_window_of_class_a_takes_a_message_too_and_stays_open_for_the_answer() {
    let mut b = member();
    b.command("mac set rx2 5 869525000");
    b.start("mac tx cnf 1 00");
    b.downlink(secs(2), eu868::RX2_FREQUENCY, SF7, sealed(0));
    assert_eq!(b.lines, ["mac_rx 7 C0FF"], "in RX2, and the exchange goes on");
    let ack = DataMessage { ack: true, ..message(0) }.seal(&keys());
    b.downlink(Duration::from_millis(2500), eu868::RX2_FREQUENCY, SF7, ack);
    assert_eq!(b.lines, ["mac_rx 7 C0FF", "mac_tx_ok"]);
}

#[test]
fn who_is_no_member_or_of_class_a_hears_nothing() {
    for line in ["mac set mcast off", "mac set class a", "mac set mcastdevaddr 26FF0002"] {
        let mut b = member();
        assert_eq!(told(&mut b, sealed(0)), ["mac_rx 7 C0FF"]);
        b.command(line);
        assert_eq!(told(&mut b, sealed(1)), [""; 0], "{line}");
    }
}

#[test]
fn a_group_outlives_the_power_where_it_was_saved() {
    let mut b = member();
    for (line, state) in [("mac save", "on"), ("mac set mcast off", "on")] {
        b.command(line);
        b.run_for(secs(1));
        b.lines.clear();
        b.power_cycle();
        assert_eq!(b.command("mac get mcast"), [state], "{line}");
    }
    assert_eq!(b.command("mac get mcastdevaddr"), ["26FF0001"]);
    for line in
        ["mac get mcastnwkskey", "mac get mcastappskey", "mac set mcast yes", "mac set mcastdevaddr 1"]
    {
        assert_eq!(b.command(line), ["invalid_param"], "{line}");
    }
}

#[test]
fn a_broken_member_acknowledges_or_forgets_its_counter() {
    let with = |defect| NodeConfig { defects: BTreeSet::from([defect]), ..NodeConfig::default() };
    let mut b = member_as(with(Defect::AcknowledgesMulticast));
    let confirmed = DataMessage { confirmed: true, ..to_group(0) }.seal(&group_keys());
    assert_eq!(told(&mut b, confirmed), ["mac_rx 7 C0FF"]);
    assert_eq!(b.plain_uplink().fctrl(), 0x20);
    let mut b = member_as(with(Defect::IgnoresMulticastCounter));
    for fcnt in [4, 4, 1] {
        assert_eq!(told(&mut b, sealed(fcnt)), ["mac_rx 7 C0FF"], "{fcnt}");
    }
}

#[test]
fn rui3_has_four_groups_and_lists_them_with_their_keys() {
    let ok = "\r\nOK\r\n";
    let wrong = "\r\nAT_PARAM_ERROR\r\n";
    let add = |address: &str| format!("AT+ADDMULC=C:{address}:{NWK_S_KEY}:{APP_S_KEY}");
    let zeros = "0".repeat(32);
    let free = format!("0:00000000:{zeros}:{zeros}:000000000:00:0");
    let mut b = Bench::of(NodeModel::Rak3172);
    let listed = format!("{free},{free},{free},{free}\r\n\r\nOK\r\n");
    assert_eq!(b.typed("AT+LSTMULC=?\r\n"), listed);
    let rows = [
        (add("26FF0001"), ok),
        (add("26FF0001"), wrong),
        (format!("{}:868100000:3", add("26FF0002")), ok),
        (format!("{}:868100000:05:0", add("26FF0003")), ok),
        (format!("{}:868100000", add("26FF0004")), wrong),
        (format!("{}:915000000:0", add("26FF0004")), wrong),
        (format!("{}:868100000:3:1", add("26FF0004")), wrong),
        (add("00000000"), wrong),
        (add("26FF004"), wrong),
        (add("26FF0004").replace("=C", "=A"), wrong),
        ("AT+ADDMULC=?".to_owned(), wrong),
        (add("26FF0004"), ok),
        (add("26FF0005"), wrong),
        ("AT+RMVMULC=26FF0002".to_owned(), ok),
        ("AT+RMVMULC=26FF0002".to_owned(), wrong),
        ("AT+RMVMULC=26FF0003".to_owned(), ok),
        ("AT+RMVMULC=26FF0004".to_owned(), ok),
    ];
    for (line, want) in rows {
        assert_eq!(b.typed(&format!("{line}\r\n")), want, "{line}");
    }
    let first = format!("C:26FF0001:{NWK_S_KEY}:{APP_S_KEY}:869525000:00:0");
    let listed = format!("{first},{free},{free},{free}\r\n\r\nOK\r\n");
    assert_eq!(b.typed("AT+LSTMULC=?\r\n"), listed);
    b.node.power_off(b.now);
    b.node.power_on(b.now);
    b.run_for(secs(1));
    assert_eq!(b.typed("AT+LSTMULC=?\r\n"), listed, "it outlives the power");
}

/// A personalised RAK3172 in class C and in these groups.
fn rui3_in_groups(groups: &[String]) -> Bench {
    let mut b = Bench::of(NodeModel::Rak3172);
    let own = [
        "AT+NJM=0",
        "AT+DEVADDR=26011BDA",
        "AT+NWKSKEY=5B70D14F51B43828904BB305FDC9C87C",
        "AT+APPSKEY=59256E497E4A52E972E4C3FFE1D7BB11",
    ]
    .map(str::to_owned);
    let groups = groups.iter().map(|group| format!("AT+ADDMULC=C:{group}"));
    let begin = ["AT+CLASS=C", "AT+JOIN", "AT+SEND=1:00"].map(str::to_owned);
    for line in own.into_iter().chain(groups).chain(begin) {
        assert!(b.typed(&format!("{line}\r\n")).contains("OK\r\n"), "{line}");
    }
    b.rest();
    b.said();
    b
}

#[test]
fn rui3_tells_a_message_of_a_group_as_multicast() {
    let mut b = rui3_in_groups(&[
        format!("26FF0001:{NWK_S_KEY}:{APP_S_KEY}"),
        format!("26FF0002:{APP_S_KEY}:{NWK_S_KEY}"),
    ]);
    b.rx2(secs(5000), sealed(0));
    assert_eq!(b.said(), "+EVT:RX_C:-57:8:MULTICAST:7:c0ff\r\n");
    let second = DataMessage { dev_addr: DevAddr::from_value(0x26ff_0002), ..to_group(0) };
    let swapped =
        SessionKeys { nwk_s_key: APP_S_KEY.parse().unwrap(), app_s_key: NWK_S_KEY.parse().unwrap() };
    b.rx2(secs(5010), second.seal(&swapped));
    assert_eq!(b.said(), "+EVT:RX_C:-57:8:MULTICAST:7:c0ff\r\n");
    b.rx2(secs(5020), with_data(0, 42, &[1]).seal(&keys()));
    assert_eq!(b.said(), "+EVT:RX_C:-57:8:UNICAST:42:01\r\n");
}

#[test]
fn a_group_of_rui3_with_a_place_of_its_own_is_heard_there() {
    let mut b = rui3_in_groups(&[format!("26FF0001:{NWK_S_KEY}:{APP_S_KEY}:868500000:5")]);
    b.rx2(secs(5000), sealed(0));
    assert_eq!(b.said(), "");
    b.downlink(secs(5010), Hertz(868_500_000), SF7, sealed(0));
    assert_eq!(b.said(), "+EVT:RX_C:-57:8:MULTICAST:7:c0ff\r\n");
}

#[test]
fn the_lora_e5_has_one_group() {
    let mut b = Bench::of(NodeModel::LoraE5);
    let on = format!("AT+LW=MC,ON,\"26FF0001\",\"{NWK_S_KEY}\",\"{APP_S_KEY}\",3\r\n");
    b.dialogue(&[
        ("AT+LW=MC\r\n", "+LW: MC, OFF, 00000000, 0\r\n"),
        (on.as_str(), "+LW: MC, ON, 26ff0001, 3\r\n"),
        ("AT+LW=MC,ON,\"26FF0001\"\r\n", "+LW: ERROR(-1)\r\n"),
        ("AT+LW=MC,MAYBE\r\n", "+LW: ERROR(-1)\r\n"),
        ("AT+LW=MC\r\n", "+LW: MC, ON, 26ff0001, 3\r\n"),
        ("AT+CLASS=C\r\n", "+CLASS: C\r\n"),
        ("AT+LW=DC,OFF\r\n", "+LW: DC, OFF\r\n"),
    ]);
    b.typed("AT+MSGHEX=\"00\"\r\n");
    b.rest();
    b.said();
    b.rx2(secs(5000), sealed(2));
    assert_eq!(b.said(), "", "below the counter that it was given");
    b.rx2(secs(5010), sealed(3));
    assert_eq!(b.said(), "+MSG: PORT: 7; RX: \"C0FF\"\r\n+MSG: RXWIN0, RSSI -57, SNR 8.0\r\n+MSG: Done\r\n");
    b.dialogue(&[
        ("AT+LW=MC\r\n", "+LW: MC, ON, 26ff0001, 4\r\n"),
        ("AT+LW=MC,OFF\r\n", "+LW: MC, OFF, 26ff0001, 4\r\n"),
    ]);
    b.rx2(secs(5020), sealed(4));
    assert_eq!(b.said(), "");
}
