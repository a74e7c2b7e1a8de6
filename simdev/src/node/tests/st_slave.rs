//! The STM32WL with LoRaWAN_AT_Slave (STM32CubeWL).

use super::*;

const OK: &str = "\r\nOK\r\n";

fn personalised() -> Bench {
    let mut b = Bench::of(NodeModel::Stm32wl);
    b.dialogue(&[
        ("AT+DADDR=26:01:1B:DA\r\n", OK),
        ("AT+NWKSKEY=5B:70:D1:4F:51:B4:38:28:90:4B:B3:05:FD:C9:C8:7C\r\n", OK),
        ("AT+APPSKEY=59:25:6E:49:7E:4A:52:E9:72:E4:C3:FF:E1:D7:BB:11\r\n", OK),
        ("AT+DR=5\r\n", OK),
        ("AT+JOIN=0\r\n", "\r\nOK\r\n+EVT:JOINED\r\n"),
    ]);
    b
}

#[test]
fn answers_of_the_firmware() {
    let rows = [
        ("AT\r\n", OK),
        ("AT\n", OK),
        (
            "AT+VER=?\r\n",
            "APPLICATION_VERSION: V1.3.0\r\nMW_LORAWAN_VERSION:  V2.5.0\r\nMW_RADIO_VERSION:    V1.3.0\r\n\
             L2_SPEC_VERSION:     V1.0.4\r\nRP_SPEC_VERSION:     V2-1.0.1\r\n\r\nOK\r\n",
        ),
        ("AT+DEUI=00:80:E1:15:00:0A:9B:5C\r\n", OK),
        ("AT+DEUI=?\r\n", "00:80:E1:15:00:0A:9B:5C\r\n\r\nOK\r\n"),
        ("AT+DEUI=0080E115000A9B5C\r\n", "\r\nAT_PARAM_ERROR\r\n"),
        ("AT+APPKEY=2B:7E:15:16:28:AE:D2:A6:AB:F7:15:88:09:CF:4F:3C\r\n", OK),
        ("AT+APPKEY=?\r\n", "2B:7E:15:16:28:AE:D2:A6:AB:F7:15:88:09:CF:4F:3C\r\n\r\nOK\r\n"),
        ("AT+NWKKEY=00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF\r\n", OK),
        ("AT+NWKKEY=?\r\n", "00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF\r\n\r\nOK\r\n"),
        ("AT+APPKEY=?\r\n", "2B:7E:15:16:28:AE:D2:A6:AB:F7:15:88:09:CF:4F:3C\r\n\r\nOK\r\n"),
        ("AT+DADDR=26:01:1B:DA\r\n", OK),
        ("AT+DADDR=?\r\n", "26:01:1B:DA\r\n\r\nOK\r\n"),
        ("AT+BAND=?\r\n", "5:EU868\r\n\r\nOK\r\n"),
        ("AT+BAND=5\r\n", OK),
        ("AT+BAND=10\r\n", "\r\nAT_PARAM_ERROR\r\n"),
        ("AT+ADR=?\r\n", "1\r\n\r\nOK\r\n"),
        ("AT+DR=?\r\n", "0\r\n\r\nOK\r\n"),
        ("AT+DR=16\r\n", "\r\nAT_PARAM_ERROR\r\n"),
        ("AT+CLASS=?\r\n", "A\r\n\r\nOK\r\n"),
        ("AT+CLASS=C\r\n", "\r\nAT_NO_NETWORK_JOINED\r\n"),
        ("AT+CLASS=B\r\n", "\r\nAT_NO_CLASS_B_ENABLE\r\n"),
        ("AT+DCS=?\r\n", "1\r\n\r\nOK\r\n"),
        ("AT+RX1DL=?\r\n", "1000\r\n\r\nOK\r\n"),
        ("AT+RX2DL=?\r\n", "2000\r\n\r\nOK\r\n"),
        ("AT+JN1DL=?\r\n", "5000\r\n\r\nOK\r\n"),
        ("AT+RX2FQ=?\r\n", "869525000\r\n\r\nOK\r\n"),
        ("AT+NWKID=128\r\n", "\r\nAT_PARAM_ERROR\r\n"),
        ("AT+LINKC\r\n", OK),
        ("AT+SEND=2:1:AABB\r\n", "\r\nAT_NO_NETWORK_JOINED\r\n"),
        ("AT+SEND=:1:AABB\r\n", "AT+SEND without the application port\r\n\r\nAT_PARAM_ERROR\r\n"),
        ("AT+SEND=2\r\n", "AT+SEND missing : character after app port\r\n\r\nAT_PARAM_ERROR\r\n"),
        ("AT+SEND=2:2:AA\r\n", "AT+SEND without the acknowledge flag\r\n\r\nAT_PARAM_ERROR\r\n"),
        ("AT+SEND=2:1\r\n", "AT+SEND missing : character after ack flag\r\n\r\nAT_PARAM_ERROR\r\n"),
        ("AT+SEND=2:1:ABC\r\n", "\r\nAT_PARAM_ERROR\r\n"),
        ("AT+JOIN=2\r\n", "\r\nAT_PARAM_ERROR\r\n"),
        ("AT+JOIN\r\n", "\r\nAT_ERROR\r\n"),
        ("AT+NONSENSE=?\r\n", "\r\nAT_ERROR\r\n"),
        ("at\r\n", "\r\nAT_ERROR\r\n"),
    ];
    let mut b = Bench::of(NodeModel::Stm32wl);
    b.dialogue(&rows);
    assert_eq!(b.typed(&format!("AT+SEND={}\r\n", "0".repeat(600))), "\r\nAT_TEST_PARAM_OVERFLOW\r\n");
}

#[test]
fn a_join_is_told_by_an_event() {
    let mut b = Bench::of(NodeModel::Stm32wl);
    assert_eq!(b.typed("AT+JOIN=1\r\n"), OK);
    b.run_for(secs(10));
    assert_eq!(b.said(), "+EVT:JOIN FAILED\r\n");
    b.rest();
    assert_eq!(b.typed("AT+JOIN=1\r\n"), OK);
    b.rx1(secs(5), accept());
    assert_eq!(b.said(), "+EVT:JOINED\r\n");
}

#[test]
fn the_end_of_a_confirmed_uplink_is_told_and_then_its_downlink() {
    let mut b = personalised();
    assert_eq!(b.typed("AT+SEND=2:1:AABB\r\n"), OK);
    assert_eq!(b.typed("AT+SEND=2:1:AABB\r\n"), "\r\nAT_BUSY_ERROR\r\n");
    b.rx1(secs(1), DataMessage { ack: true, ..with_data(0, 42, &[0xde, 0xad, 0xbe, 0xef]) }.seal(&keys()));
    let want = "+EVT:SEND_CONFIRMED\r\n+EVT:42:04:DEADBEEF\r\n+EVT:RX_1, PORT 42, DR 5, RSSI -57, SNR 8\r\n";
    assert_eq!(b.said(), want);
    b.rest();
    b.typed("AT+LINKC\r\n");
    b.typed("AT+SEND=2:0:AABB\r\n");
    b.rx1(secs(1), with_f_opts(1, "021401"));
    assert_eq!(b.said(), "+EVT:RX_1, PORT 0, DR 5, RSSI -57, SNR 8, DMODM 20, GWN 1\r\n");
    b.rest();
    let sent = b.sent.len();
    b.typed("AT+SEND=2:1:AABB\r\n");
    b.rest();
    assert_eq!((b.sent.len() - sent, b.said().as_str()), (8, ""), "a failure is not told");
}

#[test]
fn the_duty_cycle_refuses_a_send() {
    let mut b = personalised();
    b.typed("AT+DR=0\r\n");
    b.typed("AT+SEND=2:0:AA\r\n");
    b.run_for(secs(10));
    assert_eq!(b.typed("AT+SEND=2:0:AA\r\n"), "\r\nAT_DUTYCYCLE_RESTRICTED\r\n");
    assert_eq!(b.typed("AT+DCS=0\r\n"), OK);
    assert_eq!(b.typed("AT+SEND=2:0:AA\r\n"), OK);
}

#[test]
fn class_c_hears_at_any_time() {
    let mut b = personalised();
    assert_eq!(b.typed("AT+CLASS=C\r\n"), "\r\nOK\r\n+EVT:SWITCH_TO_CLASS_C\r\n");
    b.typed("AT+SEND=2:0:AA\r\n");
    b.rest();
    b.said();
    b.rx2(secs(5000), with_data(0, 42, &[1]).seal(&keys()));
    assert_eq!(b.said(), "+EVT:42:01:01\r\n+EVT:RX_C, PORT 42, DR 0, RSSI -57, SNR 8\r\n");
}

#[test]
fn only_what_was_stored_outlives_a_reset() {
    let mut b = Bench::of(NodeModel::Stm32wl);
    b.dialogue(&[
        ("AT+DR=3\r\n", OK),
        ("AT+CS\r\n", "NVM DATA STORED\r\n\r\nOK\r\n"),
        ("AT+DR=5\r\n", OK),
        ("ATZ\r\n", ""),
    ]);
    b.run_for(secs(1));
    b.dialogue(&[("AT+DR=?\r\n", "3\r\n\r\nOK\r\n"), ("AT+RFS\r\n", OK)]);
    b.run_for(secs(1));
    b.dialogue(&[("AT+DR=?\r\n", "0\r\n\r\nOK\r\n")]);
}

#[test]
fn the_limit_of_the_network_holds_where_the_law_is_switched_off() {
    let mut b = personalised();
    b.typed("AT+DCS=0\r\n");
    b.typed("AT+SEND=2:0:AA\r\n");
    b.rx1(secs(1), with_f_opts(0, "0407"));
    b.run_for(secs(1));
    assert_eq!(b.typed("AT+SEND=2:0:AA\r\n"), OK);
    let limited = b.last();
    b.run_for(secs(3));
    assert_eq!(b.typed("AT+SEND=2:0:AA\r\n"), "\r\nAT_DUTYCYCLE_RESTRICTED\r\n");
    b.run_until(limited.ended + limited.frame.time_on_air() * 127);
    assert_eq!(b.typed("AT+SEND=2:0:AA\r\n"), OK);
}

#[test]
fn no_channel_has_a_share_of_its_own_beside_that_of_the_band() {
    let mut b = personalised();
    for number in 0..10 {
        assert_eq!(b.typed("AT+SEND=2:0:AA\r\n"), OK, "uplink {number}");
        let sent = b.last();
        b.run_until(sent.ended + sent.frame.time_on_air() * 99);
    }
}

#[test]
fn it_joins_with_its_nwk_key() {
    let other = "00112233445566778899aabbccddeeff";
    let mut b = Bench::of(NodeModel::Stm32wl);
    for (line, key) in [
        ("AT+APPKEY=00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF\r\n", APP_KEY),
        ("AT+NWKKEY=00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF\r\n", other),
    ] {
        assert_eq!(b.typed(line), OK);
        assert_eq!(b.typed("AT+JOIN=1\r\n"), OK);
        b.rest();
        let Ok(wire::lorawan::Frame::JoinRequest(frame)) =
            wire::lorawan::Frame::parse(&b.last().frame.payload)
        else {
            panic!("{:?}", b.last())
        };
        assert!(frame.is_authentic(&key.parse().unwrap()), "{line}");
    }
}
