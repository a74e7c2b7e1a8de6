use super::*;
use wire::lorawan::{Band, eu868};
use wire::time::Duration;

struct Row {
    name: &'static str,
    down: &'static str,
    up: &'static str,
    changes: bool,
}

/// Applies hexadecimal commands to a node with ADR on and channel 3 defined.
fn run(down: &str, adr: bool) -> (String, Parameters, Parameters) {
    let mut before = Parameters { adr, battery: 127, ..Parameters::default() };
    before.network.channels.set(3, Some(Channel::new(&eu868::REGION, Hertz(867_100_000), true)));
    let mut after = before.clone();
    let mut answers = Answers::default();
    let read = DownlinkCommand::read_all(&hex::decode(down).unwrap());
    apply(&read.commands, -5, &mut after, &mut answers, &BTreeSet::new());
    (hex::encode(answers.take(200)), before, after)
}

const ROWS: &[Row] = &[
    Row { name: "LinkADRReq DR5 power 3 mask 000f", down: "0353 0f00 01", up: "0307", changes: true },
    Row { name: "one of four channels off", down: "0351 0700 01", up: "0307", changes: true },
    Row { name: "all channels off", down: "0351 0000 01", up: "0306", changes: false },
    Row { name: "an undefined channel", down: "0351 1f00 01", up: "0306", changes: false },
    Row { name: "reserved mask control", down: "0351 0f00 11", up: "0306", changes: false },
    Row { name: "control 6: all defined channels", down: "0353 0000 61", up: "0307", changes: true },
    Row { name: "data rate 15", down: "03f1 0f00 01", up: "0305", changes: false },
    Row { name: "power 8", down: "0358 0f00 01", up: "0303", changes: false },
    Row {
        name: "a block of three",
        down: "0300 0100 01 0311 0f00 01 0353 0300 02",
        up: "030703070307",
        changes: true,
    },
    Row {
        name: "a block with one bad mask",
        down: "0351 0100 01 0351 0000 01",
        up: "03060306",
        changes: false,
    },
    Row { name: "two blocks", down: "0353 0f00 01 06 0353 1f00 01", up: "0307067f3b0306", changes: true },
    Row { name: "DutyCycleReq 7", down: "0407", up: "04", changes: true },
    Row { name: "RXParamSetupReq", down: "0523 d2ad84", up: "0507", changes: true },
    Row { name: "RX1 offset 6", down: "0563 d2ad84", up: "0503", changes: false },
    Row { name: "RX2 data rate 8", down: "0528 d2ad84", up: "0505", changes: false },
    Row { name: "RX2 frequency in no band", down: "0523 184f00", up: "0506", changes: false },
    Row { name: "DevStatusReq twice", down: "0606", up: "067f3b067f3b", changes: false },
    Row { name: "NewChannelReq 4", down: "0704 e85684 50", up: "0703", changes: true },
    Row { name: "remove channel 3", down: "0703 000000 50", up: "0703", changes: true },
    Row { name: "change channel 0", down: "0700 e85684 50", up: "0702", changes: false },
    Row { name: "remove channel 0", down: "0700 000000 50", up: "0702", changes: false },
    Row { name: "channel 16", down: "0710 e85684 50", up: "0702", changes: false },
    Row { name: "inverted data rates", down: "0704 e85684 05", up: "0701", changes: false },
    Row { name: "channel in no band", down: "0704 184f00 50", up: "0702", changes: false },
    Row { name: "RXTimingSetupReq 5", down: "0805", up: "08", changes: true },
    Row { name: "RXTimingSetupReq 0", down: "0800", up: "08", changes: false },
    Row { name: "TxParamSetupReq is not of this region", down: "091d", up: "", changes: false },
    Row { name: "DlChannelReq 1", down: "0a01 d2ad84", up: "0a03", changes: true },
    Row { name: "DlChannelReq without uplink", down: "0a07 d2ad84", up: "0a01", changes: false },
    Row { name: "DlChannelReq in no band", down: "0a01 184f00", up: "0a02", changes: false },
    Row { name: "DeviceTimeAns is unknown", down: "0d 06", up: "", changes: false },
    Row { name: "unknown in the middle", down: "06 80 0407", up: "067f3b", changes: false },
    Row { name: "truncated LinkADRReq", down: "06 0353 0f00", up: "067f3b", changes: false },
];

#[test]
fn every_request_has_its_answer_and_is_applied_whole_or_not_at_all() {
    for row in ROWS {
        let (up, before, after) = run(&row.down.replace(' ', ""), true);
        assert_eq!(up, row.up, "{}", row.name);
        assert_eq!(after != before, row.changes, "{}", row.name);
    }
}

#[test]
fn the_last_of_a_block_decides_and_masks_follow_each_other() {
    let (_, _, after) = run("030001000103110f000103530300 02".replace(' ', "").as_str(), true);
    let network = after.network;
    assert_eq!((network.data_rate, network.tx_power, network.nb_trans), (DataRate(5), 3, 2));
    assert_eq!(network.channels.mask(), 0b0011);
}

#[test]
fn without_adr_only_the_mask_is_taken() {
    let (up, before, after) = run("0303070003", false);
    assert_eq!(up, "0307");
    assert_eq!(after.network.channels.mask(), 0b0111);
    assert_eq!((after.network.data_rate, after.network.nb_trans), (before.network.data_rate, 1));
}

#[test]
fn a_mask_without_a_channel_for_the_data_rate_is_refused() {
    let (up, ..) = run("0704e85684220352100001", true);
    assert_eq!(up, "07030305", "channel 4 allows DR2 only");
}

#[test]
fn the_values_of_vectors_p11_and_p16() {
    let (up, _, after) = run("0703184f84500704e85684500523d2ad8406", true);
    assert_eq!(up, "070307030507067f3b");
    assert_eq!(after.network.channels.get(4).unwrap().frequency, Hertz(867_300_000));
    assert_eq!((after.network.rx1_dr_offset, after.network.rx2_data_rate), (2, DataRate(3)));
    let (up, _, after) = run("02140204070805091d0a01d2ad84", true);
    assert_eq!(up, "04080a03");
    assert_eq!(after.network.rx_delay1, Duration::from_secs(5));
    assert_eq!(after.network.channels.get(1).unwrap().downlink, Some(Hertz(869_525_000)));
}

/// Applies hexadecimal commands to a node of another band with ADR on.
fn run_in(band: Band, down: &str) -> (String, Parameters) {
    let mut parameters = Parameters { adr: true, battery: 127, ..Parameters::new(band.region()) };
    let mut answers = Answers::default();
    let read = DownlinkCommand::read_all(&hex::decode(down.replace(' ', "")).unwrap());
    apply(&read.commands, -5, &mut parameters, &mut answers, &Default::default());
    (hex::encode(answers.take(200)), parameters)
}

#[test]
fn each_region_answers_what_it_has() {
    let rows = [
        (Band::Us915, "sub-band 2 by a block", "0330 0200 71 0330 00ff 01", "03070307"),
        (Band::Us915, "control 5 is reserved", "0330 ff00 51", "0306"),
        (Band::Us915, "one narrow channel with a narrow data rate", "0330 ff00 71 0330 0100 01", "03060306"),
        (Band::Us915, "wide channels only with DR4", "0340 ff00 71", "0307"),
        (Band::Us915, "DR5 does not exist", "0350 ff00 61", "0305"),
        (Band::Us915, "power 10 and power 11", "033a ff00 61 06 033b ff00 61", "0307067f3b0303"),
        (Band::Us915, "channels cannot be added or moved", "0703 184f84 50 0a01 d2ad84 06", "067f3b"),
        (Band::Us915, "TxParamSetupReq is not of this region", "091d", ""),
        (Band::Us915, "RX2 at DR8 is for downlinks", "0508 e0e28c", "0507"),
        (Band::Us915, "RX2 at DR3 is for uplinks, offset 4 is reserved", "0543 e0e28c", "0501"),
        (Band::Au915, "offset 5 exists", "0558 e0e28c", "0507"),
        (Band::Au915, "DR6 on wide channels", "0360 0100 71", "0307"),
        (Band::As923, "TxParamSetupReq", "091d", "09"),
        (Band::As923, "offset 7 exists", "0572 a8e28c", "0507"),
        (Band::As923, "dwell time forbids DR1", "0310 0300 01", "0305"),
        (Band::As923, "without dwell time DR1 is allowed", "0905 0310 0300 01", "090307"),
        (
            Band::As923,
            "channel 1 cannot be changed, channel 2 can",
            "0701 80e88c 52 0702 80e88c 52",
            "07020703",
        ),
    ];
    for (band, name, down, want) in rows {
        assert_eq!(run_in(band, down).0, want, "{band}: {name}");
    }
}

#[test]
fn the_network_sets_dwell_time_and_power_in_as923() {
    let (_, before) = run_in(Band::As923, "");
    assert!(before.network.uplink_dwell && before.network.downlink_dwell);
    assert_eq!(before.network.max_frm_payload(DataRate(2)), Some(11));
    let (_, after) = run_in(Band::As923, "0900 0310 0300 01");
    assert_eq!(after.network.max_frm_payload(DataRate(2)), Some(51));
    assert_eq!((after.network.data_rate, after.network.eirp_dbm(1)), (DataRate(1), Some(6)));
    let (_, again) = run_in(Band::As923, "0900 0310 0300 01 091d");
    assert_eq!((again.network.data_rate, again.network.eirp_dbm(0)), (DataRate(2), Some(30)));
}
