//! The Murata module with Arduino's firmware (arduino/mkrwan1300-fw, arduino-libraries/MKRWAN).

use super::*;

fn personalised() -> Bench {
    let mut b = Bench::of(NodeModel::Murata);
    b.dialogue(&[
        ("AT+MODE=0\r", "+OK\r"),
        ("AT+DEVADDR=26011bda\r", "+OK\r"),
        ("AT+NWKSKEY=5b70d14f51b43828904bb305fdc9c87c\r", "+OK\r"),
        ("AT+APPSKEY=59256e497e4a52e972e4c3ffe1d7bb11\r", "+OK\r"),
        ("AT+DR=5\r", "+OK\r"),
        ("AT+PORT=3\r", "+OK\r"),
        ("AT+JOIN\r", "+OK\r+EVENT=1,1\r"),
    ]);
    b
}

#[test]
fn answers_of_the_firmware() {
    let rows = [
        ("AT\r", "+OK\r"),
        ("AT\r\n", "+OK\r"),
        ("AT+DEV?\r", "+OK=ARD-078\r"),
        ("AT+VER?\r", "+OK=1.2.3\r"),
        ("AT+DEVEUI?\r", "+OK=0004a30b001a2b3c\r"),
        ("AT+DEVEUI=a8610a3233000001\r", "+OK\r"),
        ("AT+DEVEUI?\r", "+OK=a8610a3233000001\r"),
        ("AT+BAND?\r", "+OK=5\r"),
        ("AT+BAND=5\r", "+OK\r"),
        ("AT+BAND=4\r", "+ERR_PARAM\r"),
        ("AT+BAND=10\r", "+ERR_PARAM\r"),
        ("AT+MODE=1\r", "+OK\r"),
        ("AT+APPEUI=70b3d57ed0000001\r", "+OK\r"),
        ("AT+APPEUI=70b3\r", "+ERR_PARAM\r"),
        ("AT+APPKEY=2b7e151628aed2a6abf7158809cf4f3c\r", "+OK\r"),
        ("AT+NWKSKEY?\r", "+ERR\r"),
        ("AT+NJS?\r", "+OK=0\r"),
        ("AT+PORT?\r", "+OK=2\r"),
        ("AT+PORT=3\r", "+OK\r"),
        ("AT+DR=5\r", "+OK\r"),
        ("AT+DR?\r", "+OK=5\r"),
        ("AT+ADR?\r", "+OK=1\r"),
        ("AT+DUTYCYCLE=0\r", "+OK\r"),
        ("AT+NWK=1\r", "+OK\r"),
        ("AT+CLASS=A\r", "+OK\r"),
        ("AT+CLASS?\r", "+OK=A\r"),
        ("AT+RFPOWER=0,1\r", "+OK\r"),
        ("AT+RFPOWER?\r", "+OK=0,1\r"),
        ("AT+DFORMAT=0\r", "+OK\r"),
        ("AT+RX2FQ=869525000\r", "+OK\r"),
        ("AT+RX2DR=3\r", "+OK\r"),
        ("AT+FCU?\r", "+OK=0\r"),
        ("AT+FCD?\r", "+OK=0\r"),
        ("AT+CHANMASK?\r", "+OK=0007\r"),
        ("AT+CHANMASK=ff0600000000000000000000\r", "+OK\r"),
        ("AT+CHANMASK?\r", "+OK=0006\r"),
        ("AT+CHANMASK=0008\r", "+ERR_PARAM\r"),
        ("AT+CHANMASK=000800000000000000000000\r", "+ERR_PARAM\r"),
        ("AT+CHANMASK=00070000000000000000000g\r", "+ERR_PARAM\r"),
        ("AT+CHANMASK=+00700000000000000000000\r", "+ERR_PARAM\r"),
        ("AT+CHANMASK?\r", "+OK=0006\r"),
        ("AT+UTX 5\rhello", "+ERR_NO_NETWORK\r"),
        ("AT+UTX 300\r", "+ERR\r"),
        ("AT+NONSENSE\r", "+ERR\r"),
        ("at\r", "+ERR\r"),
    ];
    let mut b = Bench::of(NodeModel::Murata);
    b.dialogue(&rows);
    assert_eq!(b.typed(&format!("AT+APPKEY={}\r", "0".repeat(200))), "+ERR_PARAM_OVERFLOW\r");
}

#[test]
fn a_join_is_told_when_it_succeeds_and_not_when_it_fails() {
    let mut b = Bench::of(NodeModel::Murata);
    assert_eq!(b.typed("AT+JOIN\r"), "+OK\r");
    assert_eq!(b.typed("AT+JOIN\r"), "+ERR_BUSY\r");
    b.rest();
    assert_eq!(b.said(), "");
    b.typed("AT+JOIN\r");
    b.rx1(secs(5), accept());
    assert_eq!(b.said(), "+EVENT=1,1\r");
    assert_eq!(b.typed("AT+NJS?\r"), "+OK=1\r");
}

#[test]
fn octets_are_sent_as_they_are() {
    let mut b = personalised();
    assert_eq!(b.typed("AT+UTX 5\r"), "");
    assert_eq!(b.typed("A\r\nT"), "");
    assert_eq!(b.typed("\r"), "+OK\r");
    let Ok(wire::lorawan::Frame::Data(frame)) = wire::lorawan::Frame::parse(&b.last().frame.payload) else {
        panic!("{:?}", b.last())
    };
    let payload = frame.open(&keys(), 0).unwrap().payload.unwrap();
    assert_eq!((payload.port, payload.octets.as_slice()), (3, b"A\r\nT\r".as_slice()));
}

#[test]
fn a_confirmed_uplink_is_answered_at_its_end() {
    let mut b = personalised();
    assert_eq!(b.typed("AT+CTX 2\rhi"), "");
    b.rx1(secs(1), DataMessage { ack: true, ..message(0) }.seal(&keys()));
    assert_eq!(b.said(), "+OK\r");
    b.rest();
    b.typed("AT+CTX 2\rhi");
    b.rest();
    assert_eq!(b.said(), "+ERR\r");
}

#[test]
fn a_downlink_is_written_raw_or_as_digits() {
    let mut b = personalised();
    b.typed("AT+UTX 1\rx");
    b.rx1(secs(1), with_data(0, 3, b"ab\rd").seal(&keys()));
    assert_eq!(b.said(), "+RECV=3,4\r\n\nab\rd");
    b.rest();
    b.typed("AT+DFORMAT=1\r");
    b.typed("AT+UTX 1\rx");
    b.rx1(secs(1), with_data(1, 3, b"ab\rd").seal(&keys()));
    assert_eq!(b.said(), "+RECV=3,8\r\n\n61620d64");
}

#[test]
fn a_reboot_forgets_everything() {
    let mut b = personalised();
    assert_eq!(b.typed("AT+REBOOT\r"), "");
    b.run_for(secs(1));
    assert_eq!(b.said(), "+EVENT=0,0\r");
    b.dialogue(&[("AT+PORT?\r", "+OK=2\r"), ("AT+MODE?\r", "+OK=1\r"), ("AT+DR?\r", "+OK=0\r")]);
}

#[test]
fn us915_hybrid_is_its_first_sub_band_and_a_join_keeps_to_the_mask() {
    let mut b = Bench::of(NodeModel::Murata);
    b.dialogue(&[
        ("AT+BAND=8\r", "+OK\r"),
        ("AT+BAND?\r", "+OK=8\r"),
        ("AT+CHANMASK?\r", "+OK=ffffffffffffffff00ff0000\r"),
        ("AT+BAND=9\r", "+OK\r"),
        ("AT+BAND?\r", "+OK=9\r"),
        ("AT+CHANMASK?\r", "+OK=00ff00000000000000010000\r"),
        ("AT+CHANMASK=ff0000000000000000020000\r", "+OK\r"),
        ("AT+CHANMASK?\r", "+OK=ff0000000000000000020000\r"),
        ("AT+CHANMASK=000100000000000000000000\r", "+ERR_PARAM\r"),
    ]);
    let second_sub_band = Band::Us915.region().sub_band_channels(2);
    let frequency = |index: usize| Band::Us915.region().channels().nth(index).unwrap().frequency;
    for _ in 0..20 {
        assert_eq!(b.typed("AT+JOIN\r"), "+OK\r");
        b.rest();
        let sent = b.last().frame.frequency;
        assert!((0..72).any(|index| second_sub_band.contains(index) && frequency(index) == sent), "{sent:?}");
    }
    b.dialogue(&[("AT+BAND=5\r", "+OK\r"), ("AT+BAND?\r", "+OK=5\r"), ("AT+CHANMASK?\r", "+OK=0007\r")]);
}
