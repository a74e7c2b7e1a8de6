//! The kit is only worth its verdicts if it catches a broken device, and blames nothing else on it.
//!
//! Each device here has one defect. The tests that look for it must fail, with the reason in words; every other test must
//! pass or be not applicable. Each defect is tried in the default lab, with the whole kit for devices of its kind; some in a
//! small lab of their own under `labs/` too, with the suites that are about them.

#![cfg(test)]

use clap::Parser as _;
use reports::run::{Run, Verdict};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A broken device and what the kit must say of it.
struct Broken {
    /// The defect, which is also the name of its lab.
    defect: &'static str,
    /// The device of the default lab that gets it.
    device: &'static str,
    /// Each test of the suites about it that must fail, with words that its finding must have. A name that ends with "[" stands for
    /// the rows of a test: at least one must fail, and all that do must say so.
    caught_by: &'static [(&'static str, &'static str)],
    /// The same for tests elsewhere in the kit that notice it too.
    also_caught_by: &'static [(&'static str, &'static str)],
}

const RETRIES_REFUSED_APN: Broken = Broken {
    defect: "retries-refused-apn",
    device: "modem-a",
    caught_by: &[
        (
            "apn::refused_apn_is_not_retried_in_a_storm",
            "PDN CONNECTIVITY REQUESTs for the refused APN within 12 minutes",
        ),
        ("apn::back_off_holds_against_the_application", "reached the network during the back-off"),
        ("apn::t3396_holds_only_its_own_apn", "reached the network while T3396 was running"),
    ],
    also_caught_by: &[
        (
            "roaming_control::data_barred_is_registered_without_data",
            "times in two hours for data that is barred",
        ),
        ("roaming_control::border_flapping_makes_no_storm", "requests for data in five visits"),
        ("esm_causes::the_pause_after_a_cause[", "s after #"),
        ("esm_causes::a_deactivated_t3396_lasts_until_power_off[", "before its power was off"),
        ("esm_causes::a_refused_type[", "asked again for the type"),
        ("esm_causes::t3396_outlives_the_power", "after it was switched off and on"),
        ("esm_causes::not_supported_here_lasts_until_power_off", "asked again in the same network"),
        ("sessions::no_address_is_free", "while T3396 (12 min) was running"),
    ],
};

const NO_ROOM: &str = "acknowledged a seventh short message (RP-ACK) although the card holds six";

const STORES_SEVENTH_SMS: Broken = Broken {
    defect: "stores-seventh-sms",
    device: "modem-a",
    caught_by: &[
        ("sms::seventh_message_meets_a_full_card", NO_ROOM),
        ("sms::waiting_message_arrives_once_there_is_room", NO_ROOM),
        ("sms::all_waiting_messages_arrive_in_order", NO_ROOM),
        ("sms::memory_full_is_remembered_over_a_power_cycle", NO_ROOM),
    ],
    also_caught_by: &[],
};

const USED_BEFORE: &str = "refused: the DevNonce was already used";

const REUSES_DEV_NONCE: Broken = Broken {
    defect: "reuses-dev-nonce",
    device: "node-a",
    caught_by: &[
        (
            "join::dev_nonce_is_fresh_over_power_cycles",
            "the node asked with a DevNonce that it had used before",
        ),
        ("join::dev_nonce_changes_with_every_request", "which an earlier one used"),
        ("join::counters_restart_with_a_new_session", USED_BEFORE),
        ("join::old_session_stays_until_the_new_keys_are_used", USED_BEFORE),
        ("join::unsaved_session_is_lost_with_the_power", USED_BEFORE),
        ("data::uplink_of_an_old_session_is_refused", USED_BEFORE),
        ("reasons::app_nonce_is_read_and_set", USED_BEFORE),
        ("interoperability::activation_once_more", USED_BEFORE),
    ],
    also_caught_by: &[(
        "test_mode::wrong_join_accept_is_ignored_by_a_node_that_asks_by_itself",
        "asks again with a DevNonce of before",
    )],
};

const SIGNALLED: &str = "while T3346 was running";

const IGNORES_T3346: Broken = Broken {
    defect: "ignores-t3346",
    device: "modem-a",
    caught_by: &[
        ("reject_causes::t3346_in_each_procedure[", SIGNALLED),
        ("reject_causes::t3346_outlives_a_restart", "although T3346 was running"),
    ],
    also_caught_by: &[
        ("attach::congestion_back_off_is_obeyed", SIGNALLED),
        ("reject_causes::unprotected_congestion_waits_at_random", "not 15 to 30 min"),
        ("legacy_rejects::location_reject[", "not 1200 s"),
        ("legacy_rejects::gprs_attach_reject[", "not 1200 s"),
        ("legacy_rejects::routing_reject[", "not 480 s"),
    ],
};

const ASKED_AGAIN: &str = "the modem asked again within a day";

const REJECTED_CARD: &str = "tries again with a rejected card";

const IGNORES_ILLEGAL_UE: Broken = Broken {
    defect: "ignores-illegal-ue",
    device: "modem-a",
    caught_by: &[
        ("reject_causes::attach_reject[", ASKED_AGAIN),
        ("reject_causes::update_reject[", ASKED_AGAIN),
        ("reject_causes::service_reject[", ASKED_AGAIN),
        ("reject_causes::network_detach_cause[", ASKED_AGAIN),
        ("reject_causes::what_a_power_cycle_forgets[", "the modem asked again where it was refused"),
        ("reject_timers::t3245_ends_what_is_for_good[", "before T3245, within 12 hours"),
        ("reject_timers::without_t3245_nothing_is_forgotten[", "its card does not ask for T3245"),
    ],
    also_caught_by: &[
        ("attach::illegal_ue_is_quiet_until_power_cycle", "the card is invalid until power-off"),
        ("authentication::rejected_card_is_quiet", REJECTED_CARD),
        ("authentication::card_rejected_in_an_update_is_quiet", REJECTED_CARD),
        ("legacy_authentication::rejected_card_is_quiet_on_gsm[", REJECTED_CARD),
        ("legacy_rejects::location_reject[", "of a network that refused it"),
        ("legacy_rejects::gprs_attach_reject[", "the modem asked again"),
        ("legacy_rejects::routing_reject[", "the modem asked again"),
        ("legacy_rejects::network_detach_on_gsm[", "the modem asked again"),
        ("network_elements::black_equipment_is_refused", "although it is illegal (#6)"),
        (
            "emergency::emergency_numbers_connect_from_every_state[112, terminated]",
            "the emergency call was not cleared",
        ),
        (
            "emergency::emergency_numbers_connect_from_every_state[112, refused at home]",
            "an ordinary call was not refused",
        ),
        (
            "emergency::emergency_numbers_connect_from_every_state[999, terminated]",
            "the emergency call was not cleared",
        ),
        (
            "emergency::emergency_numbers_connect_from_every_state[999, refused at home]",
            "an ordinary call was not refused",
        ),
    ],
};

const RETRIES_TOO_SOON: Broken = Broken {
    defect: "retries-too-soon",
    device: "modem-a",
    caught_by: &[
        ("registration::unanswered_update", "s apart, not 25 s"),
        ("reject_causes::attach_reject[", "the modem asked again after 2."),
        ("reject_causes::update_reject[", "the modem updated again before T3411"),
        ("reject_causes::attempt_counter[", "s apart, not 10 s (T3411)"),
    ],
    also_caught_by: &[
        ("attach::unanswered_attach_is_tried_five_times_then_rests", "not 25 s (T3410 + T3411)"),
        ("steering::steering_by_reject_ends_on_the_preferred_network", "not 10 s (T3411)"),
        (
            "steering_methods::emergency_call_is_not_steered",
            "does not connect on a network that steers the device away",
        ),
    ],
};

const KEEPS_NO_ATTEMPT_COUNTER: Broken = Broken {
    defect: "keeps-no-attempt-counter",
    device: "modem-a",
    caught_by: &[
        ("registration::unanswered_update", "the pause after the fifth update is 25."),
        ("reject_causes::attach_reject[", "the modem is on the network that refused it"),
        ("reject_causes::update_reject[", "the modem is on the network that refused it"),
        ("reject_causes::attempt_counter[", "not 12 min (T3402)"),
        ("reject_causes::t3402_of_the_network", "not the network's T3402 of 300 s"),
    ],
    also_caught_by: &[
        ("attach::unanswered_attach_is_tried_five_times_then_rests", "not 12 min (T3402)"),
        (
            "steering::steering_by_reject_ends_on_the_preferred_network",
            "did not leave the network after its fifth failed attempt",
        ),
        (
            "steering_methods::each_cause_of_steering[",
            "refusals with cause 17 before the device left the network",
        ),
    ],
};

const NO_UPDATE: &str = "the modem sent no periodic update";

const SKIPS_PERIODIC_UPDATE: Broken = Broken {
    defect: "skips-periodic-update",
    device: "modem-a",
    caught_by: &[
        ("registration::periodic_update_follows_the_network[", "0 periodic updates in a day"),
        ("registration::unanswered_update", "the modem gave up for good"),
        ("registration::network_forgets_the_device[tau]", "the modem did not come back"),
        (
            "registration::message_waits_for_a_sleeping_device[periodic update]",
            "the update of T3412 extended did not come",
        ),
        ("registration::extended_update_for_ten_days", "0 updates in ten days"),
        ("reject_causes::update_reject[", NO_UPDATE),
        ("reject_causes::t3402_of_the_network", "the modem gave up for good"),
        ("reject_causes::t3346_in_each_procedure[tau]", "nothing was refused"),
        ("reject_causes::unprotected_reject_binds_for_t3247[", "nothing was refused"),
        ("reject_timers::update_ends_t3442", NO_UPDATE),
    ],
    // A network that hears nothing for longer than T3412 takes the device for gone.
    also_caught_by: &[
        ("attach::periodic_update_runs_for_a_day", "0 periodic updates in a day"),
        ("authentication::updates_are_challenged", NO_UPDATE),
        ("authentication::false_challenge_in_an_update[", NO_UPDATE),
        ("authentication::card_rejected_in_an_update_is_quiet", NO_UPDATE),
        ("faults::update_survives[", "the update did not come"),
        ("network_elements::restart_is_survived[", "the device did not come back"),
        ("steering::refused_affiliate_is_left_for_the_next", "the modem left the network that served it"),
        ("steering::device_stays_on_the_best_network", "the modem left the best network"),
        ("steering::manual_selection_is_obeyed", "the modem left the network that was chosen by hand"),
        ("network_information::wrong_time_moves_no_timer[", "only 0 periodic updates followed"),
    ],
};

const SENDS_AFTER_CONTEXT_LOSS: Broken = Broken {
    defect: "sends-after-context-loss",
    device: "modem-a",
    caught_by: &[(
        "user_data::sockets_end_with_their_context",
        "the device sent on a connection that is gone",
    )],
    also_caught_by: &[],
};

const NO_DNS: &str = "error 565";
const NOTHING_BACK: &str = "nothing came back";
const NOT_REACHED: &str = "the server was not reached";

const WRONG_SOURCE_ADDRESS: Broken = Broken {
    defect: "wrong-source-address",
    device: "modem-a",
    caught_by: &[
        ("user_data::a_kilobyte_each_way[tcp]", NO_DNS),
        ("user_data::a_kilobyte_each_way[udp]", "what came back is not what was sent"),
        ("user_data::names_are_found", NO_DNS),
        ("user_data::the_second_dns_server_is_asked", NO_DNS),
        ("user_data::pings_are_answered", "a ping was not answered"),
        ("user_data::a_server_that_is_down", NO_DNS),
        ("user_data::the_other_side_closes", NO_DNS),
        ("user_data::sockets_end_with_their_context", NOTHING_BACK),
        ("user_data::packets_have_the_right_source", "a packet had another source address"),
        ("user_data::an_access_point_leads_to_its_own_servers[shared: own server]", NOT_REACHED),
        ("user_data::an_access_point_leads_to_its_own_servers[public: the Internet]", NOT_REACHED),
        ("user_data::an_access_point_leads_to_its_own_servers[dedicated: the intranet]", NOT_REACHED),
        ("user_data::an_access_point_leads_to_its_own_servers[VPN: the intranet]", NOT_REACHED),
        ("user_data::nothing_leaks_without_the_tunnel", NOTHING_BACK),
        ("user_data::the_content_filter", NO_DNS),
        ("user_data::a_volume_that_is_used_up", "the volume was never used up"),
        ("user_data::an_idle_connection_lives", NO_DNS),
        ("user_data::an_idle_binding_is_lost", NOTHING_BACK),
    ],
    also_caught_by: &[
        ("sessions::the_volume_of_an_account", "the volume of the account was never used up"),
        ("sessions::no_volume_no_end", "less than a kilobyte"),
        ("alarms::an_alarm_cuts_the_running_service", "the alarm was not raised"),
        ("alarms::the_sessions_add_up_to_the_counters", "nothing was carried"),
        ("roaming_matrix::bearers_places_and_directions[", "data does not pass although it is not barred"),
        ("roaming_matrix::barring_on_request[", "data does not pass"),
        ("subscribers::no_bill_shock_message", "the device sent too little for the test"),
    ],
};

const BELIEVES_UNASKED_REJECT: Broken = Broken {
    defect: "believes-unasked-reject",
    device: "modem-a",
    caught_by: &[
        ("faults::unasked_answers_are_not_obeyed[", "which it had not asked for"),
        ("faults::unasked_answers_are_not_obeyed_on_gsm[", "which it had not asked for"),
        ("faults::what_does_not_fit_is_told[EMM STATUS #98]", "the device did not answer"),
    ],
    also_caught_by: &[],
};

const SHOWS_REPEATED_SMS: Broken = Broken {
    defect: "shows-repeated-sms",
    device: "modem-a",
    caught_by: &[(
        "faults::repeated_message_is_shown_once",
        "a repeated short message is stored more than once",
    )],
    also_caught_by: &[],
};

const KEEPS_OLD_QUALITY: Broken = Broken {
    defect: "keeps-old-quality",
    device: "modem-a",
    caught_by: &[
        (
            "bearer_modification::modification_is_accepted_and_shown[",
            "the host was not told of the new quality",
        ),
        (
            "bearer_modification::modification_brings_other_dns_servers",
            "the first DNS server is not the new one",
        ),
        ("bearer_modification::repeated_modification_is_told_once", "the host was told otherwise than once"),
        ("bearer_modification::modification_of_an_unknown_bearer_is_refused", "another class"),
        ("bearer_modification::idle_device_is_paged_for_a_modification", "another class"),
        ("bearer_modification::modification_on_gsm", "the host was not told of the new quality"),
    ],
    also_caught_by: &[],
};

const IGNORES_FALSE_NETWORK: Broken = Broken {
    defect: "ignores-false-network",
    device: "modem-a",
    caught_by: &[
        ("authentication::false_network_is_not_accepted", "the device did not refuse the challenges"),
        ("authentication::card_with_another_key_is_rejected", "a card with another key was not rejected"),
    ],
    also_caught_by: &[(
        "authentication::false_challenge_in_an_update[",
        "the device answered a false challenge",
    )],
};

const NOT_CARRIED_OUT: &str = "the card did not";

const SHOWS_CARD_MESSAGES: Broken = Broken {
    defect: "shows-card-messages",
    device: "modem-a",
    caught_by: &[
        ("ota::operator_list_is_updated_over_the_air", NOT_CARRIED_OUT),
        ("ota::whole_list_is_written_over_the_air", "the end of the list is not on the card"),
        ("ota::device_follows_the_new_list", NOT_CARRIED_OUT),
        ("ota::packets_that_are_not_genuine_change_nothing[", NOT_CARRIED_OUT),
        ("ota::forbidden_networks_are_cleared_over_the_air", NOT_CARRIED_OUT),
        ("ota::refresh_is_carried_out[", NOT_CARRIED_OUT),
        ("ota::host_sees_the_command_of_the_card", "the end of the session was not reported"),
    ],
    also_caught_by: &[
        ("reject_timers::t3245_ends_what_is_for_good[", NOT_CARRIED_OUT),
        ("reject_timers::t3245_outlives_a_restart", NOT_CARRIED_OUT),
        ("steering_methods::new_list_moves_the_device_at_once", "the new list is not on the card"),
    ],
};

const IGNORES_CLIR: Broken = Broken {
    defect: "ignores-clir",
    device: "modem-a",
    caught_by: &[
        ("voice::number_is_hidden_on_request", "the called device sees the number"),
        ("voice::number_is_hidden_for_every_call", "the called device sees the number"),
    ],
    also_caught_by: &[],
};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// Runs the kit and hands back its exit code and what it wrote.
fn run_kit(lab: &Path, filter: Option<&str>) -> (u8, Run) {
    let out = tempfile::tempdir().unwrap();
    let path = |path: &Path| path.display().to_string();
    let mut words = vec!["dtk".to_owned(), "run".to_owned(), "--json".to_owned()];
    words.extend(filter.map(str::to_owned));
    let suites = root().join("suites");
    for (option, value) in [("--lab", lab), ("--suites", &suites), ("--out", out.path())] {
        words.extend([option.to_owned(), path(value)]);
    }
    let code = runner::run(&runner::cli::Cli::try_parse_from(words).unwrap());
    let run = reports::read_run(&out.path().join("latest"))
        .unwrap_or_else(|error| panic!("exit code {code}: {error}"));
    (code, run)
}

fn assert_caught(run: &Run, expected: &[(&str, &str)]) {
    let mut missing: BTreeMap<&str, &str> = expected.iter().copied().collect();
    for test in &run.tests {
        let message = test.finding.as_ref().map_or("", |finding| finding.message.as_str());
        let of_rows = |(name, _): &&(&str, &str)| name.ends_with('[') && test.id.starts_with(name);
        let named = expected.iter().find(|(name, _)| *name == test.id);
        match (named, expected.iter().find(of_rows), test.verdict) {
            (Some((name, words)), _, Verdict::Fail) | (None, Some((name, words)), Verdict::Fail) => {
                missing.remove(name);
                assert!(message.contains(words), "{} fails for another reason: {message}", test.id);
                assert_eq!(
                    test.finding.as_ref().map(|finding| finding.blame.as_str()),
                    Some("device"),
                    "{}",
                    test.id
                );
            }
            (Some(_), _, verdict) => panic!("{} is \"{verdict}\" on a broken device: {message}", test.id),
            (None, _, Verdict::Pass | Verdict::NotApplicable) => {}
            (None, _, verdict) => {
                panic!("{} is \"{verdict}\", which the defect does not explain: {message}", test.id)
            }
        }
    }
    assert!(missing.is_empty(), "the kit has no such tests, or they pass: {:?}", missing.keys());
}

fn assert_listed(run: &Run, broken: &Broken) {
    let listed = run
        .about
        .devices
        .iter()
        .flat_map(|device| &device.identities)
        .any(|(_, value)| value == broken.defect);
    assert!(listed, "the report does not say that the device imitates {}", broken.defect);
}

/// The suites that are about the defect, in its own lab.
fn assert_caught_in_its_own_lab(broken: &Broken, suites: &str) {
    let lab = root().join("tests/labs").join(broken.defect).with_extension("toml");
    let (code, run) = run_kit(&lab, Some(suites));
    assert_caught(&run, broken.caught_by);
    assert_eq!(code, runner::exit::TESTS_FAILED);
    assert_listed(&run, broken);
}

/// The whole kit for such devices, in the default lab with the defect put into one of them.
fn assert_caught_by_the_whole_kit(broken: &Broken) {
    let kind = if broken.device.starts_with("node") { "lorawan/" } else { "cellular/" };
    assert_caught_in_the_default_lab(broken, kind);
}

/// The suites of this name alone, where nothing else of the kit can meet the defect.
fn assert_caught_in_the_default_lab(broken: &Broken, suites: &str) {
    let name = format!("name = \"{}\"\n", broken.device);
    let text = std::fs::read_to_string(root().join("lab.toml")).unwrap();
    assert_eq!(text.matches(&name).count(), 1, "lab.toml has not exactly one {}", broken.device);
    let folder = tempfile::tempdir().unwrap();
    let lab = folder.path().join("lab.toml");
    std::fs::write(&lab, text.replace(&name, &format!("{name}defects = [\"{}\"]\n", broken.defect))).unwrap();
    let (code, run) = run_kit(&lab, Some(suites));
    let everywhere: Vec<(&str, &str)> =
        broken.caught_by.iter().chain(broken.also_caught_by).copied().collect();
    assert_caught(&run, &everywhere);
    assert_listed(&run, broken);
    assert_eq!(code, runner::exit::TESTS_FAILED);
}

#[test]
fn a_modem_that_retries_a_refused_apn_is_caught() {
    assert_caught_in_its_own_lab(&RETRIES_REFUSED_APN, "cellular/apn");
}

#[test]
fn a_modem_that_retries_a_refused_apn_fails_no_other_test_of_the_kit() {
    assert_caught_by_the_whole_kit(&RETRIES_REFUSED_APN);
}

#[test]
fn a_modem_that_sends_after_the_loss_of_its_context_is_caught() {
    assert_caught_in_its_own_lab(&SENDS_AFTER_CONTEXT_LOSS, "cellular/user_data");
}

#[test]
fn a_modem_that_sends_after_the_loss_of_its_context_fails_no_other_test_of_the_kit() {
    assert_caught_by_the_whole_kit(&SENDS_AFTER_CONTEXT_LOSS);
}

#[test]
fn a_modem_with_a_wrong_source_address_is_caught() {
    assert_caught_in_its_own_lab(&WRONG_SOURCE_ADDRESS, "cellular/user_data");
}

#[test]
fn a_modem_with_a_wrong_source_address_fails_no_other_test_of_the_kit() {
    assert_caught_by_the_whole_kit(&WRONG_SOURCE_ADDRESS);
}

#[test]
fn a_modem_that_stores_a_seventh_message_is_caught() {
    assert_caught_in_its_own_lab(&STORES_SEVENTH_SMS, "cellular/sms");
}

#[test]
fn a_modem_that_stores_a_seventh_message_fails_no_other_test_of_the_kit() {
    assert_caught_by_the_whole_kit(&STORES_SEVENTH_SMS);
}

#[test]
fn a_node_that_reuses_its_dev_nonce_is_caught() {
    assert_caught_in_its_own_lab(&REUSES_DEV_NONCE, "lorawan/");
}

#[test]
fn a_node_that_reuses_its_dev_nonce_fails_no_other_test_of_the_kit() {
    assert_caught_by_the_whole_kit(&REUSES_DEV_NONCE);
}

#[test]
fn a_modem_that_ignores_t3346_is_caught() {
    assert_caught_in_its_own_lab(&IGNORES_T3346, "cellular/re");
}

#[test]
fn a_modem_that_ignores_t3346_fails_no_other_test_of_the_kit() {
    assert_caught_by_the_whole_kit(&IGNORES_T3346);
}

#[test]
fn a_modem_that_does_not_accept_that_it_is_illegal_is_caught() {
    assert_caught_in_its_own_lab(&IGNORES_ILLEGAL_UE, "cellular/re");
}

#[test]
fn a_modem_that_does_not_accept_that_it_is_illegal_fails_no_other_test_of_the_kit() {
    assert_caught_by_the_whole_kit(&IGNORES_ILLEGAL_UE);
}

#[test]
fn a_modem_that_retries_too_soon_is_caught() {
    assert_caught_in_its_own_lab(&RETRIES_TOO_SOON, "cellular/re");
}

#[test]
fn a_modem_that_retries_too_soon_fails_no_other_test_of_the_kit() {
    assert_caught_by_the_whole_kit(&RETRIES_TOO_SOON);
}

#[test]
fn a_modem_that_skips_its_periodic_updates_is_caught() {
    assert_caught_in_its_own_lab(&SKIPS_PERIODIC_UPDATE, "cellular/re");
}

#[test]
fn a_modem_that_skips_its_periodic_updates_fails_no_other_test_of_the_kit() {
    assert_caught_by_the_whole_kit(&SKIPS_PERIODIC_UPDATE);
}

#[test]
fn a_modem_that_counts_no_attempts_is_caught() {
    assert_caught_in_its_own_lab(&KEEPS_NO_ATTEMPT_COUNTER, "cellular/re");
}

#[test]
fn a_modem_that_counts_no_attempts_fails_no_other_test_of_the_kit() {
    assert_caught_by_the_whole_kit(&KEEPS_NO_ATTEMPT_COUNTER);
}

#[test]
fn a_modem_that_ignores_a_false_network_is_caught_and_nothing_else_blamed() {
    assert_caught_by_the_whole_kit(&IGNORES_FALSE_NETWORK);
}

#[test]
fn a_modem_that_shows_messages_for_the_card_is_caught_and_nothing_else_blamed() {
    assert_caught_by_the_whole_kit(&SHOWS_CARD_MESSAGES);
}

#[test]
fn a_modem_that_does_not_withhold_its_number_is_caught_and_nothing_else_blamed() {
    assert_caught_by_the_whole_kit(&IGNORES_CLIR);
}

#[test]
fn a_modem_that_believes_an_unasked_reject_is_caught() {
    assert_caught_in_its_own_lab(&BELIEVES_UNASKED_REJECT, "cellular/faults");
}

#[test]
fn a_modem_that_believes_an_unasked_reject_fails_no_other_test_of_the_kit() {
    assert_caught_by_the_whole_kit(&BELIEVES_UNASKED_REJECT);
}

#[test]
fn a_modem_that_shows_a_repeated_short_message_is_caught() {
    assert_caught_in_its_own_lab(&SHOWS_REPEATED_SMS, "cellular/faults");
}

#[test]
fn a_modem_that_shows_a_repeated_short_message_fails_no_other_test_of_the_kit() {
    assert_caught_by_the_whole_kit(&SHOWS_REPEATED_SMS);
}

#[test]
fn a_modem_that_keeps_the_old_quality_of_a_modified_bearer_is_caught() {
    assert_caught_in_the_default_lab(&KEEPS_OLD_QUALITY, "cellular/bearer_modification");
}

#[test]
fn a_good_device_fails_no_test_of_the_kit() {
    let (code, run) = run_kit(&root().join("lab.toml"), None);
    assert_caught(&run, &[]);
    assert_eq!(code, runner::exit::PASSED);
    assert!(run.tests.iter().filter(|test| test.verdict == Verdict::Pass).count() > 200, "where is the kit?");
}
