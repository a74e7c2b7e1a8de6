//! The RAK3172 (RUI3 AT command manual; RAK-STM32-RUI).

use super::*;

const OK: &str = "\r\nOK\r\n";

fn personalised() -> Bench {
    let mut b = Bench::of(NodeModel::Rak3172);
    b.dialogue(&[
        ("AT+NJM=0\r\n", OK),
        ("AT+DEVADDR=26011BDA\r\n", OK),
        ("AT+NWKSKEY=5B70D14F51B43828904BB305FDC9C87C\r\n", OK),
        ("AT+APPSKEY=59256E497E4A52E972E4C3FFE1D7BB11\r\n", OK),
        ("AT+DR=5\r\n", OK),
        ("AT+JOIN\r\n", "\r\nOK\r\n+EVT:JOINED\r\n"),
    ]);
    b
}

#[test]
fn answers_of_the_manual() {
    let rows = [
        ("AT\r\n", OK),
        ("at\r\n", OK),
        ("AT+VER=?\r\n", "AT+VER=RUI_4.1.0_RAK3172-E\r\n\r\nOK\r\n"),
        ("AT+NWM=1\r\n", OK),
        ("AT+BAND=?\r\n", "AT+BAND=4\r\n\r\nOK\r\n"),
        ("AT+BAND=4\r\n", OK),
        ("AT+BAND=0\r\n", "\r\nAT_UNSUPPORTED_BAND\r\n"),
        ("AT+BAND=13\r\n", "\r\nAT_PARAM_ERROR\r\n"),
        ("AT+DEVEUI=AC1F09FFFE000001\r\n", OK),
        ("AT+DEVEUI=?\r\n", "AT+DEVEUI=AC1F09FFFE000001\r\n\r\nOK\r\n"),
        ("AT+DEVEUI=AC1F09FFFE0000\r\n", "\r\nAT_PARAM_ERROR\r\n"),
        ("AT+APPEUI=ac1f09fff8683172\r\n", OK),
        ("AT+APPEUI=?\r\n", "AT+APPEUI=AC1F09FFF8683172\r\n\r\nOK\r\n"),
        ("AT+APPKEY=2B7E151628AED2A6ABF7158809CF4F3C\r\n", OK),
        ("AT+APPKEY=?\r\n", "AT+APPKEY=2B7E151628AED2A6ABF7158809CF4F3C\r\n\r\nOK\r\n"),
        ("AT+NJM=?\r\n", "AT+NJM=1\r\n\r\nOK\r\n"),
        ("AT+NJM=2\r\n", "\r\nAT_PARAM_ERROR\r\n"),
        ("AT+NJS=?\r\n", "AT+NJS=0\r\n\r\nOK\r\n"),
        ("AT+CLASS=?\r\n", "AT+CLASS=A\r\n\r\nOK\r\n"),
        ("AT+CFM=1\r\n", OK),
        ("AT+CFM=?\r\n", "AT+CFM=1\r\n\r\nOK\r\n"),
        ("AT+RETY=?\r\n", "AT+RETY=0\r\n\r\nOK\r\n"),
        ("AT+RETY=3\r\n", OK),
        ("AT+RETY=8\r\n", "\r\nAT_PARAM_ERROR\r\n"),
        ("AT+ADR=?\r\n", "AT+ADR=1\r\n\r\nOK\r\n"),
        ("AT+DR=?\r\n", "AT+DR=0\r\n\r\nOK\r\n"),
        ("AT+DR=5\r\n", OK),
        ("AT+TXP=?\r\n", "AT+TXP=0\r\n\r\nOK\r\n"),
        ("AT+DCS=?\r\n", "AT+DCS=1\r\n\r\nOK\r\n"),
        ("AT+JN1DL=?\r\n", "AT+JN1DL=5\r\n\r\nOK\r\n"),
        ("AT+JN2DL=6\r\n", OK),
        ("AT+RX2DL=?\r\n", "AT+RX2DL=2\r\n\r\nOK\r\n"),
        ("AT+RX2DR=3\r\n", OK),
        ("AT+RX2FQ=869525000\r\n", OK),
        ("AT+RX2FQ=?\r\n", "AT+RX2FQ=869525000\r\n\r\nOK\r\n"),
        ("AT+JOIN=?\r\n", "AT+JOIN=0:0:8:0\r\n\r\nOK\r\n"),
        ("AT+JOIN=1:0:6:0\r\n", "\r\nAT_PARAM_ERROR\r\n"),
        ("AT+RECV=?\r\n", "AT+RECV=0:\r\n\r\nOK\r\n"),
        ("AT+CFS=?\r\n", "AT+CFS=0\r\n\r\nOK\r\n"),
        ("AT+NETID=?\r\n", "AT+NETID=000000\r\n\r\nOK\r\n"),
        ("AT+SEND=2:1234\r\n", "\r\nAT_NO_NETWORK_JOINED\r\n"),
        ("AT+SEND=0:1234\r\n", "\r\nAT_PARAM_ERROR\r\n"),
        ("AT+SEND=2:123\r\n", "\r\nAT_PARAM_ERROR\r\n"),
        ("AT+SEND=2\r\n", "\r\nAT_PARAM_ERROR\r\n"),
        ("AT+MASK=?\r\n", "\r\nAT_COMMAND_NOT_FOUND\r\n"),
        ("AT+NONSENSE\r\n", "\r\nAT_COMMAND_NOT_FOUND\r\n"),
        ("mac get dr\r\n", "\r\nAT_COMMAND_NOT_FOUND\r\n"),
        ("AT+BAND=5\r\n", OK),
        ("AT+MASK=0002\r\n", OK),
        ("AT+MASK=?\r\n", "AT+MASK=0002\r\n\r\nOK\r\n"),
        ("ATR\r\n", OK),
        ("AT+BAND=?\r\n", "AT+BAND=4\r\n\r\nOK\r\n"),
    ];
    Bench::of(NodeModel::Rak3172).dialogue(&rows);
}

#[test]
fn the_echo_can_be_switched_on() {
    let mut b = Bench::of(NodeModel::Rak3172);
    assert_eq!(b.typed("ATE\r"), OK);
    assert_eq!(b.typed("AT\r"), "AT\n\r\r\nOK\r\n");
}

#[test]
fn joins_are_tried_again_as_often_as_asked() {
    let mut b = Bench::of(NodeModel::Rak3172);
    b.typed("AT+DR=5\r\n");
    assert_eq!(b.typed("AT+JOIN=1:0:10:1\r\n"), OK);
    assert_eq!(b.typed("AT+JOIN=1\r\n"), "\r\nAT_BUSY_ERROR\r\n");
    b.run_for(secs(60));
    assert_eq!(b.said(), "+EVT:JOIN_FAILED_RX_TIMEOUT\r\n+EVT:JOIN_FAILED_RX_TIMEOUT\r\n");
    assert_eq!(b.sent.len(), 2);
    b.rest();
    b.said();
    assert_eq!(b.typed("AT+JOIN\r\n"), OK);
    b.rx1(secs(5), accept());
    assert_eq!(b.said(), "+EVT:JOINED\r\n");
    assert_eq!(b.typed("AT+NJS=?\r\n"), "AT+NJS=1\r\n\r\nOK\r\n");
    assert_eq!(b.typed("AT+NETID=?\r\n"), "AT+NETID=000013\r\n\r\nOK\r\n");
}

#[test]
fn the_end_of_an_uplink_is_told_and_then_its_downlink() {
    let mut b = personalised();
    assert_eq!(b.typed("AT+SEND=2:1234\r\n"), OK);
    assert_eq!(b.typed("AT+SEND=2:1234\r\n"), "\r\nAT_BUSY_ERROR\r\n");
    b.snr_tenths = 85;
    b.rx1(secs(1), with_data(0, 1, &[0x12, 0x34]).seal(&keys()));
    assert_eq!(b.said(), "+EVT:TX_DONE\r\n+EVT:RX_1:-57:8:UNICAST:1:1234\r\n");
    b.dialogue(&[
        ("AT+RECV=?\r\n", "AT+RECV=1:1234\r\n\r\nOK\r\n"),
        ("AT+RECV=?\r\n", "AT+RECV=0:\r\n\r\nOK\r\n"),
        ("AT+RSSI=?\r\n", "AT+RSSI=-57\r\n\r\nOK\r\n"),
        ("AT+SNR=?\r\n", "AT+SNR=8\r\n\r\nOK\r\n"),
    ]);
}

#[test]
fn a_confirmed_uplink_succeeds_or_fails() {
    let mut b = personalised();
    b.typed("AT+CFM=1\r\n");
    b.typed("AT+SEND=2:1234\r\n");
    b.rx1(secs(1), DataMessage { ack: true, ..message(0) }.seal(&keys()));
    assert_eq!(b.said(), "+EVT:SEND_CONFIRMED_OK\r\n");
    assert_eq!(b.typed("AT+CFS=?\r\n"), "AT+CFS=1\r\n\r\nOK\r\n");
    b.rest();
    let sent = b.sent.len();
    assert_eq!(b.typed("AT+USEND=2:1:2:1234\r\n"), OK);
    b.run_for(secs(600));
    assert_eq!(b.said(), "+EVT:SEND_CONFIRMED_FAILED(4)\r\n");
    assert_eq!(b.sent.len() - sent, 3, "one and two more");
    assert_eq!(b.typed("AT+CFS=?\r\n"), "AT+CFS=0\r\n\r\nOK\r\n");
}

#[test]
fn a_link_check_is_told_with_its_figures() {
    let mut b = personalised();
    b.typed("AT+LINKCHECK=1\r\n");
    b.typed("AT+SEND=2:00\r\n");
    assert_eq!(b.last().f_opts(), "02");
    b.rx1(secs(1), with_f_opts(0, "021401"));
    assert_eq!(b.said(), "+EVT:TX_DONE\r\n+EVT:LINKCHECK:0:20:1:-57:8\r\n");
    b.rest();
    b.dialogue(&[("AT+LINKCHECK=?\r\n", "AT+LINKCHECK=0\r\n\r\nOK\r\n"), ("AT+LINKCHECK=1\r\n", OK)]);
    b.typed("AT+SEND=2:00\r\n");
    b.run_for(secs(10));
    assert_eq!(b.said(), "+EVT:TX_DONE\r\n+EVT:LINKCHECK:1:0:0:0:0\r\n");
}

#[test]
fn it_answers_a_confirmed_downlink_by_itself() {
    let mut b = personalised();
    b.typed("AT+SEND=2:00\r\n");
    b.rx1(secs(1), DataMessage { confirmed: true, ..with_data(0, 3, &[0x43, 0x21]) }.seal(&keys()));
    b.run_for(secs(600));
    assert_eq!(b.said(), "+EVT:TX_DONE\r\n+EVT:RX_1:-57:8:UNICAST:3:4321\r\n+EVT:TX_DONE\r\n");
    assert_eq!(b.last().fctrl() & 0x20, 0x20);
}

#[test]
fn a_send_that_the_duty_cycle_forbids_waits() {
    let mut b = personalised();
    b.typed("AT+DR=0\r\n");
    b.typed("AT+SEND=2:00\r\n");
    b.run_for(secs(10));
    assert_eq!(b.said(), "+EVT:TX_DONE\r\n");
    let sent = b.sent.len();
    assert_eq!(b.typed("AT+SEND=2:00\r\n"), OK);
    assert_eq!(b.sent.len(), sent);
    b.run_for(secs(600));
    assert_eq!((b.sent.len(), b.said().as_str()), (sent + 1, "+EVT:TX_DONE\r\n"));
}

#[test]
fn class_c_hears_at_any_time() {
    let mut b = personalised();
    assert_eq!(b.typed("AT+CLASS=B\r\n"), "\r\nAT_NO_CLASSB_ENABLE\r\n");
    assert_eq!(b.typed("AT+CLASS=C\r\n"), OK);
    b.typed("AT+SEND=2:00\r\n");
    b.rest();
    b.said();
    b.rx2(secs(5000), with_data(0, 3, &[0x43, 0x21]).seal(&keys()));
    assert_eq!(b.said(), "+EVT:RX_C:-57:8:UNICAST:3:4321\r\n");
}

#[test]
fn settings_outlive_a_reset() {
    let mut b = personalised();
    b.typed("AT+CLASS=C\r\n");
    assert_eq!(b.typed("ATZ\r\n"), "");
    b.run_for(secs(1));
    let banner = b.said();
    assert!(banner.ends_with("Current Work Mode: LoRaWAN.\r\n"), "{banner}");
    b.dialogue(&[
        ("AT+NJS=?\r\n", "AT+NJS=0\r\n\r\nOK\r\n"),
        ("AT+NJM=?\r\n", "AT+NJM=0\r\n\r\nOK\r\n"),
        ("AT+CLASS=?\r\n", "AT+CLASS=C\r\n\r\nOK\r\n"),
        ("AT+DEVADDR=?\r\n", "AT+DEVADDR=26011BDA\r\n\r\nOK\r\n"),
        ("AT+NWM=0\r\n", ""),
    ]);
    b.run_for(secs(1));
    assert!(b.said().ends_with("Current Work Mode: LoRa P2P.\r\n"));
    assert_eq!(b.typed("AT+JOIN\r\n"), "\r\nAT_MODE_NO_SUPPORT\r\n");
}

#[test]
fn a_join_that_the_duty_cycle_forbids_waits() {
    let mut b = Bench::of(NodeModel::Rak3172);
    assert_eq!(b.typed("AT+JOIN=1:0:7:2\r\n"), OK);
    b.run_for(secs(600));
    assert_eq!(b.said(), "+EVT:JOIN_FAILED_RX_TIMEOUT\r\n".repeat(3));
    let sent: Vec<_> = b.sent.iter().map(|sent| (sent.at, sent.ended.since(sent.at))).collect();
    for pair in sent.windows(2) {
        assert!(pair[1].0 >= pair[0].0 + pair[0].1 * 100, "one per cent: {pair:?}");
    }
}

#[test]
fn the_chosen_channels_of_a_fixed_plan_outlive_a_join() {
    let mut b = Bench::of(NodeModel::Rak3172);
    let region = Band::Us915.region();
    b.dialogue(&[("AT+BAND=5\r\n", OK), ("AT+MASK=0002\r\n", OK), ("AT+DR=3\r\n", OK), ("AT+JOIN\r\n", OK)]);
    b.downlink(secs(6), region.rx2_frequency, region.modulation(region.rx2_data_rate).unwrap(), accept());
    assert_eq!(b.said(), "+EVT:JOINED\r\n");
    for _ in 0..20 {
        b.rest();
        b.typed("AT+SEND=2:00\r\n");
        let channel = region.channel_on(b.last().frame.frequency).unwrap().index;
        assert!((8..16).contains(&channel), "channel {channel}");
    }
    assert_eq!(region.channel_on(b.sent[0].frame.frequency).unwrap().index, 65, "the request, with DR4");
}
