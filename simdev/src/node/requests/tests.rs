use super::*;
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
    before.network.channels.set(3, Some(Channel::new(Hertz(867_100_000), true)));
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
