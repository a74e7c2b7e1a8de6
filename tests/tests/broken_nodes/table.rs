//! The broken nodes, and what the kit must say of each.

use super::Broken;

/// How many seeds a good node is tried with.
pub const SEEDS: u64 = 5;

/// The broken nodes.
pub const TABLE: &[Broken] = &[
    Broken {
        defect: "keeps-counter-after-failure",
        caught_by: &[
            (
                "frame_security::counter_after_a_failed_uplink",
                "the uplink after the failed one does not have the next counter",
            ),
            ("test_mode::confirmed_uplink_without_answer_in_the_test_mode", "or its counter was kept"),
            (
                "data::unacknowledged_uplink_is_repeated_up_to_the_limit[",
                "the uplink after the failed one does not have the next counter",
            ),
        ],
    },
    Broken {
        defect: "accepts-old-downlinks",
        caught_by: &[
            (
                "frame_security::wrong_downlink_is_ignored[a downlink with an old counter]",
                "was given a downlink with an old counter",
            ),
            ("frame_security::replayed_downlink_is_ignored", "the node took a recorded downlink"),
            (
                "test_mode::ignored_downlinks_are_not_counted[a downlink with an old counter]",
                "the node took a downlink with an old counter",
            ),
        ],
    },
    Broken {
        defect: "accepts-reserved-power",
        caught_by: &[
            ("mac_commands::wrong_data_rate_or_power[", "LinkADRAns does not have the bit of its cause"),
            (
                "mac_commands::block_of_link_adr[the last power wrong]",
                "was not answered by three equal LinkADRAns",
            ),
        ],
    },
    Broken {
        defect: "loses-channels-in-back-off",
        caught_by: &[(
            "adaptive_rate::default_channels_come_back",
            "does not use its own channels and the default ones",
        )],
    },
    Broken {
        defect: "reverses-mac-answers",
        caught_by: &[
            ("mac_commands::more_answers_than_fit", "did not all come once and in order"),
            ("frame_security::unknown_command_ends_the_reading", "in their order"),
        ],
    },
    Broken {
        defect: "forgets-sticky-answers",
        caught_by: &[(
            "mac_commands::answers_that_are_repeated[",
            "uplink 2 after the request does not have the answer",
        )],
    },
    Broken {
        defect: "ignores-duty-cycle",
        caught_by: &[
            ("data::duty_cycle_is_kept", "1 % demands 99 times as long"),
            ("mac_commands::duty_cycle_of_the_network[", "the node was on the air for"),
            ("region::duty_cycle_of_each_band", "within an hour in"),
        ],
    },
    Broken {
        defect: "ignores-join-back-off",
        caught_by: &[("activation::join_back_off", "join-requests were on the air for")],
    },
    Broken {
        defect: "keeps-to-one-channel",
        caught_by: &[
            ("join::joins_use_the_three_default_channels", "the channel is not chosen at random"),
            ("region::channels_are_chosen_evenly", "did not use eight channels"),
            ("activation::channel_list_of_the_join_accept", "did not use exactly"),
        ],
    },
    Broken {
        defect: "never-asks-for-adr",
        caught_by: &[
            ("adaptive_rate::silence_lowers_the_data_rate", "ADRACKReq is not set"),
            ("adaptive_rate::downlink_answers_adr", "ADRACKReq is not set after 70 uplinks"),
            ("adaptive_rate::repetitions_do_not_count", "ADRACKReq is not set"),
        ],
    },
    Broken {
        defect: "ignores-nb-trans",
        caught_by: &[("mac_commands::repetitions[", "and the uplink was sent 1 times only")],
    },
    Broken {
        defect: "applies-refused-link-adr",
        caught_by: &[
            ("mac_commands::wrong_channel_mask[", "a refused LinkADRReq changed data rate or power"),
            ("mac_commands::wrong_data_rate_or_power[", "a refused LinkADRReq changed data rate or power"),
        ],
    },
    Broken {
        defect: "acknowledges-forever",
        caught_by: &[
            ("adaptive_rate::repeated_confirmed_downlink", "the acknowledgement came in a second uplink"),
            (
                "data::confirmed_downlink_is_acknowledged_once",
                "the ACK bit is not in the uplink after the confirmed downlink",
            ),
        ],
    },
    Broken {
        defect: "ignores-downlink-mic",
        caught_by: &[
            (
                "frame_security::wrong_downlink_is_ignored[a downlink with one bit of the MIC wrong]",
                "one bit of the MIC wrong",
            ),
            (
                "test_mode::ignored_downlinks_are_not_counted[a downlink with a wrong MIC]",
                "the node took a downlink with a wrong MIC",
            ),
        ],
    },
    Broken {
        defect: "ignores-rx-delay",
        caught_by: &[(
            "activation::delay_of_the_join_accept",
            "does not hear a downlink 3 s after its uplink",
        )],
    },
    Broken {
        defect: "changes-default-channels",
        caught_by: &[(
            "mac_commands::default_channels_are_read_only[",
            "the node let the network change channel 0",
        )],
    },
    Broken {
        defect: "leaves-its-channels",
        caught_by: &[
            ("activation::channel_list_of_the_join_accept", "did not use exactly"),
            ("mac_commands::default_channels_are_read_only[", "the default channels are not all in use"),
        ],
    },
    Broken {
        defect: "cuts-counter-to-16-bits",
        caught_by: &[(
            "frame_security::uplink_counter_beyond_16_bits",
            "the MIC of uplink 65536 does not fit",
        )],
    },
    Broken {
        defect: "opens-windows-late",
        caught_by: &[("windows::20_us_beside_the_window[", "us beside RX")],
    },
    Broken {
        defect: "acknowledges-multicast",
        caught_by: &[(
            "multicast::wrong_message_is_ignored[a confirmed message]",
            "the node's host was given a confirmed message",
        )],
    },
    Broken {
        defect: "ignores-multicast-counter",
        caught_by: &[
            (
                "multicast::wrong_message_is_ignored[a message with the counter of the last]",
                "was given a message",
            ),
            ("multicast::repeated_message_is_told_once", "told again of a message that was sent again"),
        ],
    },
];
