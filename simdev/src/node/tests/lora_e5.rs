//! The LoRa-E5 (transcripts of Seeed's specification, of disk91/Disk91_LoRaE5 and andresoliva/LoRa-E5).

use super::*;

fn personalised() -> Bench {
    personalise(Bench::of(NodeModel::LoraE5))
}

fn personalise(mut b: Bench) -> Bench {
    b.dialogue(&[
        ("AT+ID=DevAddr,26011BDA\n", "+ID: DevAddr, 26:01:1B:DA\r\n"),
        (
            "AT+KEY=NWKSKEY,\"5B70D14F51B43828904BB305FDC9C87C\"\r\n",
            "+KEY: NWKSKEY 5B70D14F51B43828904BB305FDC9C87C\r\n",
        ),
        (
            "at+key=appskey,59256e497e4a52e972e4c3ffe1d7bb11\r\n",
            "+KEY: APPSKEY 59256E497E4A52E972E4C3FFE1D7BB11\r\n",
        ),
        ("AT+DR=5\r\n", "+DR: DR5\r\n+DR: EU868 DR5  SF7  BW125K\r\n"),
    ]);
    b
}

#[test]
fn answers_of_the_specification() {
    let rows = [
        ("AT\r\n", "+AT: OK\r\n"),
        ("AT+VER\n", "+VER: 4.0.11\r\n"),
        ("AT+ID=DevEui,\"2CF7F12024900363\"\n", "+ID: DevEui, 2C:F7:F1:20:24:90:03:63\r\n"),
        ("AT+ID=AppEui,8000000000000006\n", "+ID: AppEui, 80:00:00:00:00:00:00:06\r\n"),
        ("AT+ID=DevAddr,26011BDA\n", "+ID: DevAddr, 26:01:1B:DA\r\n"),
        (
            "AT+ID\n",
            "+ID: DevAddr, 26:01:1B:DA\r\n+ID: DevEui, 2C:F7:F1:20:24:90:03:63\r\n+ID: AppEui, 80:00:00:00:00:00:00:06\r\n",
        ),
        (
            "AT+KEY=APPKEY,\"2B7E151628AED2A6ABF7158809CF4F3C\"\n",
            "+KEY: APPKEY 2B7E151628AED2A6ABF7158809CF4F3C\r\n",
        ),
        ("AT+MODE\n", "+MODE: LWABP\r\n"),
        ("AT+MODE=LWOTAA\n", "+MODE: LWOTAA\r\n"),
        ("AT+DR=EU868\n", "+DR: EU868\r\n"),
        ("AT+DR\n", "+DR: DR0\r\n+DR: EU868 DR0  SF12  BW125K\r\n"),
        ("AT+DR=DR5\n", "+DR: DR5\r\n+DR: EU868 DR5  SF7  BW125K\r\n"),
        ("AT+CH=3,867.1,0,5\n", "+CH: 3,867100000,DR0,DR5\r\n"),
        ("AT+CH=8,OFF\n", "+CH: CH8 OFF\r\n"),
        ("AT+CH=NUM,0-2\n", "+CH: NUM, 0-2\r\n"),
        ("AT+ADR\n", "+ADR: ON\r\n"),
        ("AT+ADR=ON\n", "+ADR: ON\r\n"),
        ("AT+CLASS=A\n", "+CLASS: A\r\n"),
        ("AT+PORT\n", "+PORT: 8\r\n"),
        ("AT+PORT=10\n", "+PORT: 10\r\n"),
        ("AT+POWER=14\n", "+POWER: 14\r\n"),
        ("AT+RETRY=3\n", "+RETRY: 3\r\n"),
        ("AT+REPT=1\n", "+REPT: 1\r\n"),
        ("AT+RXWIN2=869.525,DR3\n", "+RXWIN2: 869525000,DR3\r\n"),
        ("AT+DELAY=RX1,1000\n", "+DELAY: RX1, 1000\r\n"),
        ("AT+LW=DC\n", "+LW: DC, ON, 0\r\n"),
        ("AT+LW=DC,OFF\n", "+LW: DC, OFF\r\n"),
        ("AT+LW=JDC,OFF\n", "+LW: JDC, OFF\r\n"),
        ("AT+LW=ULDL, 5, 2\n", "+LW: ULDL, 5, 2\r\n"),
        ("AT+LW=ULDL\n", "+LW: ULDL, 5, 2\r\n"),
        ("AT+LW=NET,ON\n", "+LW: NET, ON\r\n"),
        ("AT+LW=LEN\n", "+LW: LEN, 242\r\n"),
        ("AT+UART=BR,115200\n", "+UART: BR, 115200\r\n"),
        ("AT+UART=timeout, 1000\n", "+UART: TIMEOUT, 1000\r\n"),
        ("AT+LOWPOWER=AUTOON\n", "+LOWPOWER: AUTOON\r\n"),
        ("AT+LOWPOWER=autooff\n", "+LOWPOWER: AUTOOFF\r\n"),
        ("AT+MSGHEX=0102AB\n", "+MSGHEX: Please join network first\r\n"),
        ("AT+FDEFAULT\n", "+FDEFAULT: OK\r\n"),
        ("AT+MODE\n", "+MODE: LWABP\r\n"),
    ];
    Bench::of(NodeModel::LoraE5).dialogue(&rows);
}

#[test]
fn what_is_wrong_has_a_number() {
    let rows = [
        ("AT+LW\n", "+LW: ERROR(-1)\r\n"),
        ("AT+DR=DR7\n", "+DR: ERROR(-1)\r\n"),
        ("AT+DR=EU868 DR5\n", "+DR: ERROR(-1)\r\n"),
        ("AT+MSGHEX=012\n", "+MSGHEX: ERROR(-1)\r\n"),
        ("AT+KEY=APPKEY,\"2B7E\"\n", "+KEY: ERROR(-1)\r\n"),
        ("AT+CH=0,867.1\n", "+CH: ERROR(-1)\r\n"),
        ("AT+CH=NUM,0-9\n", "+CH: ERROR(-1)\r\n"),
        ("AT+POWER=17\n", "+POWER: ERROR(-1)\r\n"),
        ("AT+NONSENSE\n", "+NONSENSE: ERROR(-10)\r\n"),
        ("HELLO\n", "+AT: ERROR(-11)\r\n"),
        ("ATI\n", "+AT: ERROR(-11)\r\n"),
        ("AT+JOIN\n", "+JOIN: ERROR(-12)\r\n"),
        ("AT+UART=TIMEOUT,x\n", "+UART: ERROR(-1)\r\n"),
        ("AT+UART=BR,300\n", "+UART: ERROR(-1)\r\n"),
        ("AT+LOWPOWER=AUTO\n", "+LOWPOWER: ERROR(-1)\r\n"),
        ("AT+PORT=1,2\n", "+PORT: ERROR(-20)\r\n"),
        ("AT+\x07\n", "+AT: ERROR(-23)\r\n"),
    ];
    let mut b = Bench::of(NodeModel::LoraE5);
    b.dialogue(&rows);
    assert_eq!(b.typed(&format!("AT+MSG={}\n", "x".repeat(600))), "+AT: ERROR(-21)\r\n");
}

#[test]
fn a_join_is_told_in_a_block() {
    let mut b = Bench::of(NodeModel::LoraE5);
    b.typed("AT+MODE=LWOTAA\n");
    assert_eq!(b.typed("AT+JOIN\n"), "+JOIN: Start\r\n+JOIN: NORMAL\r\n");
    assert_eq!(b.typed("AT+JOIN\n"), "+JOIN: LoRaWAN modem is busy\r\n");
    b.run_for(secs(10));
    assert_eq!(b.said(), "+JOIN: Join failed\r\n+JOIN: Done\r\n");
    let waits = b.typed("AT+JOIN\n");
    assert!(waits.starts_with("+JOIN: No band in ") && waits.ends_with("ms\r\n"), "{waits}");
    b.rest();
    b.typed("AT+JOIN\n");
    b.rx2(secs(6), accept());
    let want = "+JOIN: Network joined\r\n+JOIN: NetID 000013 DevAddr 26:01:1B:DA\r\n+JOIN: Done\r\n";
    assert_eq!(b.said(), want);
    assert_eq!(b.typed("AT+JOIN\n"), "+JOIN: Joined already\r\n");
    b.rest();
    assert_eq!(b.typed("AT+JOIN=FORCE\n"), "+JOIN: Start\r\n+JOIN: FORCE\r\n");
}

#[test]
fn a_send_is_told_in_a_block() {
    let mut b = personalised();
    assert_eq!(b.typed("AT+MSGHEX=\"01 02 AB\"\n"), "+MSGHEX: Start\r\n");
    assert_eq!(b.typed("AT+MSG=\"text\"\n"), "+MSG: LoRaWAN modem is busy\r\n");
    b.rx1(
        secs(1),
        DataMessage { f_pending: true, ..with_data(0, 8, &[0x12, 0x34, 0x56, 0x78]) }.seal(&keys()),
    );
    let want = "+MSGHEX: FPENDING\r\n+MSGHEX: PORT: 8; RX: \"12345678\"\r\n+MSGHEX: RXWIN1, RSSI -57, SNR 8.0\r\n\
                +MSGHEX: Done\r\n";
    assert_eq!(b.said(), want);
    b.rest();
    assert_eq!(b.typed("AT+CMSGHEX=0102AB\n"), "+CMSGHEX: Start\r\n+CMSGHEX: Wait ACK\r\n");
    b.rx2(secs(2), DataMessage { ack: true, ..message(1) }.seal(&keys()));
    let want = "+CMSGHEX: ACK Received\r\n+CMSGHEX: RXWIN2, RSSI -57, SNR 8.0\r\n+CMSGHEX: Done\r\n";
    assert_eq!(b.said(), want);
    b.rest();
    b.typed("AT+CMSG=text\n");
    let sent = b.sent.len();
    b.run_for(secs(600));
    assert_eq!(b.said(), "+CMSG: Done\r\n", "no acknowledgement");
    assert_eq!(b.sent.len() - sent, 3, "and three more tries");
}

#[test]
fn a_link_check_rides_on_the_next_uplink() {
    let mut b = personalised();
    b.typed("AT+LW=LCR\n");
    b.typed("AT+MSG\n");
    assert_eq!(b.last().f_opts(), "02");
    b.rx1(secs(1), with_f_opts(0, "021401"));
    assert_eq!(b.said(), "+MSG: Link 20, 1\r\n+MSG: RXWIN1, RSSI -57, SNR 8.0\r\n+MSG: Done\r\n");
}

#[test]
fn what_cannot_be_sent_has_its_reason() {
    let mut b = personalised();
    b.typed("AT+DR=0\n");
    assert_eq!(b.typed(&format!("AT+MSGHEX={}\n", "00".repeat(52))), "+MSGHEX: Length error 51\r\n");
    b.typed("AT+MSGHEX=00\n");
    b.run_for(secs(10));
    let waits = b.typed("AT+MSGHEX=00\n");
    assert!(waits.contains("+MSGHEX: No band in "), "{waits}");
    b.typed("AT+LW=DC,OFF\n");
    assert_eq!(b.typed("AT+MSGHEX=00\n"), "+MSGHEX: Start\r\n");
}

#[test]
fn a_downlink_of_class_c_comes_under_the_name_of_a_message() {
    let mut b = personalised();
    assert_eq!(b.typed("AT+CLASS=C\n"), "+CLASS: C\r\n");
    b.typed("AT+MSGHEX=00\n");
    b.rest();
    b.said();
    b.rx2(secs(5000), with_data(0, 8, &[0xff, 0]).seal(&keys()));
    assert_eq!(b.said(), "+MSG: PORT: 8; RX: \"FF00\"\r\n+MSG: RXWIN0, RSSI -57, SNR 8.0\r\n+MSG: Done\r\n");
}

#[test]
fn settings_outlive_a_reset_but_not_the_class_and_not_the_session() {
    let mut b = personalised();
    b.dialogue(&[
        ("AT+MODE=LWOTAA\n", "+MODE: LWOTAA\r\n"),
        ("AT+ADR=OFF\n", "+ADR: OFF\r\n"),
        ("AT+CLASS=C\n", "+CLASS: C\r\n"),
        ("AT+RESET\n", "+RESET: OK\r\n"),
    ]);
    b.run_for(secs(1));
    b.dialogue(&[
        ("AT+MODE\n", "+MODE: LWOTAA\r\n"),
        ("AT+ADR\n", "+ADR: OFF\r\n"),
        ("AT+CLASS\n", "+CLASS: A\r\n"),
        ("AT+DR\n", "+DR: DR5\r\n+DR: EU868 DR5  SF7  BW125K\r\n"),
        ("AT+MSG\n", "+MSG: Please join network first\r\n"),
    ]);
}

#[test]
fn it_sleeps_until_the_host_types() {
    let mut b = Bench::of(NodeModel::LoraE5);
    assert_eq!(b.typed("AT+LOWPOWER\n"), "+LOWPOWER: SLEEP\r\n");
    b.run_for(secs(100_000));
    assert_eq!(b.typed("A"), "+LOWPOWER: WAKEUP\r\n");
    assert_eq!(b.typed("AT\n"), "+AT: OK\r\n");
}

/// In the test mode, with ADR off before.
fn in_test_mode() -> Bench {
    let config = NodeConfig { model: NodeModel::LoraE5, test_mode: true, ..NodeConfig::default() };
    let mut b = personalise(Bench::of_config(config));
    b.typed("AT+ADR=OFF\n");
    b.typed("AT+MSGHEX=00\n");
    b.rx1(secs(1), with_data(0, 224, &[1, 1, 1, 1]).seal(&keys()));
    b.run_for(secs(9));
    assert_eq!(b.typed("AT+ADR\n"), "+ADR: ON\r\n", "the test mode runs");
    b
}

#[test]
fn another_band_ends_the_test_mode() {
    let mut b = in_test_mode();
    assert_eq!(b.typed("AT+DR=AS923\n"), "+DR: AS923\r\n");
    assert_eq!(b.typed("AT+ADR\n"), "+ADR: OFF\r\n");
}

#[test]
fn another_mode_ends_the_session_and_with_it_the_test_mode() {
    let mut b = in_test_mode();
    let sent = b.sent.len();
    assert_eq!(b.typed("AT+MODE=LWOTAA\n"), "+MODE: LWOTAA\r\n");
    b.run_for(secs(60));
    assert_eq!(b.sent.len(), sent);
    assert_eq!(b.typed("AT+ADR\n"), "+ADR: OFF\r\n");
    b.typed("AT+MODE=LWABP\n");
    assert_eq!(b.typed("AT+MSGHEX=00\n"), "+MSGHEX: Start\r\n", "there is a session again");
}

#[test]
fn octets_that_wake_it_do_not_count_before_a_command() {
    let mut b = Bench::of(NodeModel::LoraE5);
    b.node.handle_serial(b.now, b"\xff\xff\xff\xffAT\n");
    assert_eq!(b.said(), "+AT: OK\r\n");
    b.node.handle_serial(b.now, b"A\xffT\n");
    assert_eq!(b.said(), "+AT: ERROR(-23)\r\n", "within one they do");
}
