//! The serial commands (RN2483 command reference).

use super::*;

#[test]
fn answers_of_the_command_reference() {
    let rows = [
        ("sys get ver", VERSION),
        ("sys get hweui", "0004A30B001A2B3C"),
        ("sys get vdd", "3284"),
        ("mac reset 868", "ok"),
        ("mac reset 433", "invalid_param"),
        ("mac reset", "invalid_param"),
        ("mac get deveui", "0000000000000000"),
        ("mac set deveui 0004A30B001A2B3C", "ok"),
        ("mac get deveui", "0004A30B001A2B3C"),
        ("mac set deveui 0004A30B001A2B3", "invalid_param"),
        ("mac set appeui 70b3d57ed0000001", "ok"),
        ("mac get appeui", "70B3D57ED0000001"),
        ("mac join otaa", "keys_not_init"),
        ("mac join abp", "keys_not_init"),
        ("mac set appkey 2B7E151628AED2A6ABF7158809CF4F3C", "ok"),
        ("mac get appkey", "invalid_param"),
        ("mac set devaddr 26011BDA", "ok"),
        ("mac get devaddr", "26011BDA"),
        ("mac set adr on", "ok"),
        ("mac get adr", "on"),
        ("mac set adr ON", "invalid_param"),
        ("mac set dr 5", "ok"),
        ("mac get dr", "5"),
        ("mac set dr 7", "invalid_param"),
        ("mac set dr +5", "invalid_param"),
        ("mac set dr ", "invalid_param"),
        ("mac set pwridx 1", "ok"),
        ("mac set pwridx 6", "invalid_param"),
        ("mac set retx 7", "ok"),
        ("mac get retx", "7"),
        ("mac set retx 256", "invalid_param"),
        ("mac set rx2 3 869525000", "ok"),
        ("mac get rx2 868", "3 869525000"),
        ("mac set rx2 3 902000000", "invalid_param"),
        ("mac set rxdelay1 1000", "ok"),
        ("mac get rxdelay2", "2000"),
        ("mac set ch freq 3 867100000", "ok"),
        ("mac set ch freq 0 867100000", "invalid_param"),
        ("mac set ch freq 16 867100000", "invalid_param"),
        ("mac get ch status 3", "off"),
        ("mac set ch drrange 3 0 5", "ok"),
        ("mac set ch drrange 3 5 0", "invalid_param"),
        ("mac set ch dcycle 3 799", "ok"),
        ("mac set ch status 3 on", "ok"),
        ("mac get ch status 3", "on"),
        ("mac get ch freq 0", "868100000"),
        ("mac get ch drrange 0", "0 5"),
        ("mac get ch dcycle 0", "302"),
        ("mac set ch", "invalid_param"),
        ("mac set linkchk 60", "ok"),
        ("mac get mrgn", "255"),
        ("mac get gwnb", "0"),
        ("mac set bat 127", "ok"),
        ("mac set ar on", "ok"),
        ("mac set upctr 5", "ok"),
        ("mac get upctr", "5"),
        ("mac set dnctr 6", "ok"),
        ("mac get dnctr", "6"),
        ("mac set sync 34", "ok"),
        ("mac set class a", "ok"),
        ("mac get status", "00000230"),
        ("mac pause", "4294967245"),
        ("mac join otaa", "mac_paused"),
        ("mac tx uncnf 1 00", "mac_paused"),
        ("mac resume", "ok"),
        ("mac forceENABLE", "ok"),
        ("mac tx uncnf 1 00", "not_joined"),
        ("mac tx uncnf 0 00", "invalid_param"),
        ("mac tx uncnf 224 00", "invalid_param"),
        ("mac tx uncnf 1 0", "invalid_param"),
        ("mac tx uncnf 1 zz", "invalid_param"),
        ("mac tx uncnf 1", "invalid_param"),
        ("mac tx UNCNF 1 00", "invalid_param"),
        ("mac  tx uncnf 1 00", "invalid_param"),
        (" sys get ver", "invalid_param"),
        ("sys sleep 99", "invalid_param"),
        ("SYS GET VER", "invalid_param"),
        ("AT", "invalid_param"),
        ("", "invalid_param"),
    ];
    let mut b = Bench::new();
    for (line, want) in rows {
        assert_eq!(b.command(line), [want], "{line}");
    }
}

#[test]
fn a_reset_prints_the_version_line_and_forgets_what_was_not_saved() {
    let mut b = Bench::new();
    b.command("mac set deveui 0000000000000001");
    b.command("mac save");
    b.run_for(secs(1));
    b.command("mac set deveui 0000000000000002");
    assert_eq!(b.command("sys reset"), [""; 0]);
    assert_eq!(b.lines_within(Duration::from_millis(99)), [""; 0]);
    assert_eq!(b.lines_within(Duration::from_millis(1)), [VERSION]);
    assert_eq!(b.command("mac get deveui"), ["0000000000000001"]);
    b.command("sys factoryRESET");
    assert_eq!(b.lines_within(secs(1)), [VERSION]);
    assert_eq!(b.command("mac get deveui"), ["0000000000000000"]);
}

#[test]
fn a_sleeping_node_hears_nothing_but_a_break() {
    let mut b = Bench::new();
    assert_eq!(b.command("sys sleep 5000"), [""; 0]);
    assert_eq!(b.command("mac get dr"), [""; 0]);
    assert_eq!(b.lines_within(Duration::from_millis(4999)), [""; 0]);
    assert_eq!(b.lines_within(Duration::from_millis(1)), ["ok"]);
    b.command("sys sleep 5000");
    b.node.handle_serial(b.now, &[0]);
    b.collect();
    assert_eq!(b.lines, ["ok"]);
    assert_eq!(b.command("mac get dr"), ["5"]);
}

#[test]
fn one_transaction_at_a_time() {
    let mut b = Bench::personalised();
    b.start("mac tx uncnf 1 00");
    for line in ["mac tx uncnf 1 00", "mac join otaa", "mac join abp"] {
        assert_eq!(b.command(line), ["busy"], "{line}");
    }
    assert_eq!(b.command("mac pause"), ["0"]);
    let mut states = Vec::new();
    for _ in 0..60 {
        states.push(b.command("mac get status").remove(0));
        b.run_for(Duration::from_millis(5));
        b.run_for(Duration::from_millis(45));
    }
    states.dedup();
    let want = ["00000003", "00000005", "00000007", "00000009", "0000000B", "00000001"];
    assert_eq!(
        states.iter().filter(|state| *state != want[2]).collect::<Vec<_>>(),
        [want[0], want[1], want[3], want[4], want[5]]
    );
}

#[test]
fn payload_limits_follow_the_data_rate() {
    for (data_rate, most) in [(0, 51), (1, 51), (2, 51), (3, 115), (4, 242), (5, 242)] {
        let mut b = Bench::personalised();
        b.command(&format!("mac set dr {data_rate}"));
        let line = |length: usize| format!("mac tx uncnf 1 {}", "00".repeat(length));
        assert_eq!(b.command(&line(most + 1)), ["invalid_data_len"], "DR{data_rate}");
        assert_eq!(b.command(&line(most)), ["ok"], "DR{data_rate}");
    }
}

#[test]
fn the_end_of_the_uplink_counter_asks_for_a_new_join() {
    let mut b = Bench::personalised();
    b.command("mac set upctr 4294967294");
    b.plain_uplink();
    assert_eq!(b.command("mac tx uncnf 1 00"), ["frame_counter_err_rejoin_needed"]);
}

#[test]
fn power_off_in_the_middle_leaves_nothing_behind() {
    let mut b = Bench::personalised();
    b.start("mac tx cnf 1 00");
    b.node.power_off(b.now);
    assert!(!b.node.is_on() && b.node.next_wakeup().is_none());
    b.node.handle_serial(b.now, b"sys get ver\r\n");
    assert_eq!(b.node.poll_output(), None);
    b.run_for(secs(10));
    b.power_on();
    assert_eq!(b.command("mac get devaddr"), ["00000000"]);
}

#[test]
fn two_nodes_of_one_seed_do_the_same() {
    let run = || {
        let mut b = Bench::joiner(NodeConfig::default(), 9);
        for _ in 0..5 {
            b.start("mac join otaa");
            b.rest();
        }
        b.sent.iter().map(|sent| (sent.at, sent.frame.clone())).collect::<Vec<_>>()
    };
    assert_eq!(run(), run());
}

#[test]
fn garbage_on_either_side_never_panics() {
    let mut rng = Seed(4).child("garbage").rng();
    let mut b = Bench::personalised();
    for step in 0..3000_u64 {
        let mut bytes = rng.octets::<24>().map(|byte| byte & 0x7f).to_vec();
        bytes.extend(b"\r\n");
        bytes.retain(|byte| *byte != 0);
        b.node.handle_serial(b.now, &bytes);
        let line =
            ["mac tx uncnf 1 00\r\n", "mac set ch \r\n", "mac get ch freq 99999\r\n"][(step % 3) as usize];
        b.node.handle_serial(b.now, line.as_bytes());
        b.collect();
        if let Some(sent) = b.sent.last().cloned() {
            let started = sent.ended + secs(1);
            let payload = rng.octets::<24>()[..rng.below(25) as usize].to_vec();
            let frame = LoraFrame { inverted_iq: true, crc: false, payload, ..sent.frame };
            b.node.handle_preamble(b.now, started, &frame);
            let ended = started + frame.time_on_air();
            b.node.handle_radio(
                b.now,
                &HeardFrame { frame, started, ended, rssi_dbm: -1, snr_decibel_tenths: 0 },
            );
        }
        b.run_for(secs(7));
        b.sent.drain(..b.sent.len().saturating_sub(1));
        b.lines.clear();
    }
}

#[test]
fn the_module_for_us915_has_commands_of_its_own() {
    let rows = [
        ("sys get ver\r\n", "RN2903 1.0.5 Nov 06 2018 10:45:27\r\n"),
        ("mac reset 868\r\n", "invalid_param\r\n"),
        ("mac reset\r\n", "ok\r\n"),
        ("mac get band\r\n", "invalid_param\r\n"),
        ("mac get pwridx\r\n", "5\r\n"),
        ("mac set pwridx 10\r\n", "ok\r\n"),
        ("mac set pwridx 4\r\n", "invalid_param\r\n"),
        ("mac set pwridx 11\r\n", "invalid_param\r\n"),
        ("mac get rx2\r\n", "8 923300000\r\n"),
        ("mac get rx2 868\r\n", "invalid_param\r\n"),
        ("mac set dr 4\r\n", "ok\r\n"),
        ("mac set dr 5\r\n", "invalid_param\r\n"),
        ("mac set ch freq 3 902300000\r\n", "invalid_param\r\n"),
        ("mac set ch status 71 off\r\n", "ok\r\n"),
        ("mac get ch status 71\r\n", "off\r\n"),
        ("mac set ch status 72 off\r\n", "invalid_param\r\n"),
    ];
    Bench::of(NodeModel::Rn2903).dialogue(&rows);
}
