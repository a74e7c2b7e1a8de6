//! Changes while the core runs, and configurations that cannot be.

use super::*;
use wire::cause::EmmCause;

#[test]
fn a_suspension_detaches_at_once_and_a_resumed_card_is_served_again() {
    let mut t = Timeline::new();
    t.attach(VOICE, FRANCE);
    t.codes();
    let now = t.now();
    t.core.suspend(now, &VOICE.imsi()).unwrap();
    t.pass(secs(1));
    let cause = Some(EmmCause::EPS_NOT_ALLOWED);
    assert_eq!(t.heard(VOICE), [NasDown::DetachRequest { reattach: false, cause }]);
    assert_eq!(t.codes(), ["sim-state-changed", "network-detach", "pdn-released"]);
    assert!(matches!(t.try_attach(VOICE, FRANCE), NasDown::AttachReject { .. }));
    let now = t.now();
    t.core.resume(now, &VOICE.imsi()).unwrap();
    t.attach(VOICE, FRANCE);
}

#[test]
fn a_terminated_card_stays_terminated() {
    let mut t = Timeline::new();
    let imsi = VOICE.imsi();
    t.core.terminate(Instant::ZERO, &imsi).unwrap();
    let final_state = Err(ControlError::Cancelled { imsi: imsi.clone() });
    assert_eq!(t.core.resume(Instant::ZERO, &imsi), final_state);
    assert_eq!(t.core.set_sim_state(Instant::ZERO, &imsi, SimState::Activated), final_state);
    let (to, by) = (SimState::Activated, Actor::Customer);
    let not_suspended =
        ControlError::StateNotAllowed { imsi: OTHER.imsi(), from: SimState::Activated, to, by };
    assert_eq!(t.core.resume(Instant::ZERO, &OTHER.imsi()), Err(not_suspended));
}

#[test]
fn roaming_control_refuses_the_home_country_and_cards_without_the_feature() {
    let mut t = Timeline::new();
    let mut set = |account: &str, mcc| t.core.set_roaming_control(Instant::ZERO, account, mcc, Bearers::ALL);
    assert_eq!(set("acme", 208), Err(ControlError::HomeCountry { mcc: 208 }));
    assert_eq!(set("acme", 20), Err(ControlError::NoCountryCode(20)));
    assert_eq!(set("nobody", 214), Err(ControlError::UnknownAccount("nobody".to_owned())));
    assert_eq!(set("acme", 214), Ok(()));
    let mut mixed = config();
    mixed.subscribers[1].roaming_control_compatible = false;
    let iccid = mixed.subscribers[1].iccid.clone();
    let mut t = Timeline::with(mixed);
    let refused = ControlError::IncompatibleSim { account: "acme".to_owned(), iccid };
    assert_eq!(t.core.set_roaming_control(Instant::ZERO, "acme", 214, Bearers::ALL), Err(refused));
    assert_eq!(t.core.roaming_control("acme"), [], "nothing was changed");
    assert_eq!(t.core.set_roaming_control(Instant::ZERO, "zeta", 214, Bearers::ALL), Ok(()));
    t.pass(secs(1));
    assert_eq!(t.codes(), ["roaming-control-changed"]);
}

#[test]
fn a_card_without_the_feature_is_not_touched_by_a_configured_list() {
    let mut config = config();
    config.accounts[0].roaming_control = vec![RoamingBar { mcc: 214, bar: Bearers::ALL }];
    config.subscribers[0].roaming_control_compatible = false;
    let mut t = Timeline::with(config);
    assert!(matches!(t.try_attach(VOICE, SPAIN_BEST), NasDown::AttachAccept { pdn: Some(_), .. }));
    assert!(matches!(t.try_attach(DATA, SPAIN_BEST), NasDown::AttachReject { .. }));
}

#[test]
fn a_list_of_a_country_covers_its_codes() {
    let mut config = config();
    for plmn in ["235-01", "234-30"] {
        config.networks.push(Network {
            plmn: plmn.parse().unwrap(),
            name: plmn.to_owned(),
            country: "GB".to_owned(),
            rank: Rank::Partner,
        });
    }
    let t = Timeline::with(config);
    assert_eq!(t.core.country_codes("gb"), [234, 235]);
    assert_eq!(t.core.country_codes("ES"), [214]);
    assert_eq!(t.core.country_codes("US").len(), 7);
    assert!(t.core.country_codes("XX").is_empty());
}

#[test]
fn a_country_is_ordered_with_all_its_codes_and_the_home_country_with_none() {
    let mut t = Timeline::new();
    let now = t.now();
    let mut bar = |country: &str| t.core.set_roaming_control_of_country(now, "acme", country, Bearers::ALL);
    assert_eq!(bar("GB"), Ok(()));
    assert_eq!(bar("FR"), Err(ControlError::HomeCountry { mcc: 208 }));
    assert_eq!(bar("XX"), Err(ControlError::UnknownCountry("XX".to_owned())));
    let codes: Vec<u16> = t.core.roaming_control("acme").iter().map(|bar| bar.mcc).collect();
    assert_eq!(codes, [234, 235]);
    assert_eq!(t.core.remove_roaming_control_of_country(now, "acme", "GB"), Ok(true));
    assert_eq!(t.core.remove_roaming_control_of_country(now, "acme", "GB"), Ok(false));
    let british = CellularConfig { home: "234-30".parse().unwrap(), ..config() };
    let mut core = CellularCore::new(british, Calendar::virtual_start(), Seed(1)).unwrap();
    let refused = core.set_roaming_control(now, "acme", 235, Bearers::ALL);
    assert_eq!(refused, Err(ControlError::HomeCountry { mcc: 235 }), "the other code of the home country");
}

#[test]
fn a_configuration_that_contradicts_itself_is_refused() {
    let check =
        |config| CellularCore::new(config, Calendar::virtual_start(), Seed(1)).map(|_| ()).unwrap_err();
    let mut twice = config();
    twice.subscribers[1].imsi = VOICE.imsi();
    assert_eq!(check(twice), ConfigError::DuplicateImsi(VOICE.imsi()));
    let mut same_number = config();
    same_number.subscribers[1].msisdn = VOICE.msisdn();
    assert_eq!(check(same_number), ConfigError::DuplicateMsisdn(VOICE.msisdn()));
    let mut orphan = config();
    orphan.subscribers[0].account = "nobody".into();
    let account = "nobody".to_owned();
    assert_eq!(check(orphan), ConfigError::NoSuchAccount { imsi: VOICE.imsi(), account });
    let mut home = config();
    home.accounts[0].roaming_control = vec![RoamingBar { mcc: 208, bar: Bearers::ALL }];
    let (account, source) = ("acme".to_owned(), ControlError::HomeCountry { mcc: 208 });
    assert_eq!(check(home), ConfigError::Account { account, source });
    let mut long = config();
    let numbers = (0..21).map(|n| number(&format!("+331000000{n:02}")));
    long.accounts[0].voice_whitelist = Some(numbers.collect());
    let account = "acme".to_owned();
    let source = ControlError::WhitelistFull { account: account.clone() };
    assert_eq!(check(long), ConfigError::Account { account, source });
}

#[test]
fn the_same_inputs_give_the_same_outputs() {
    let run = || {
        let mut t = Timeline::new();
        t.attach(VOICE, FRANCE);
        t.attach(OTHER, SPAIN_BEST);
        t.up(VOICE, FRANCE, setup(&OTHER.msisdn()));
        t.pass(secs(300));
        (t.sentences(), t.heard(VOICE), t.heard(OTHER))
    };
    assert_eq!(run(), run());
}

#[test]
fn no_order_of_messages_makes_it_panic_or_lose_an_address() {
    use wire::cause::CcCause;
    let mut rng = Seed(3).rng();
    let mut t = Timeline::new();
    let plmns = [FRANCE, SPAIN_BEST, SPAIN_PARTNER, SPAIN_STRANGER];
    for _ in 0..4000 {
        let dev = [VOICE, DATA, OTHER][rng.below(3) as usize];
        let peer = [VOICE.msisdn(), OTHER.msisdn(), number("+33123456789"), number("112")]
            [rng.below(4) as usize]
            .clone();
        let names = ["iot.private", "iot.public", "acme.dedicated"];
        let message = match rng.below(19) {
            0 => Timeline::request(dev, AttachType::Combined, no_apn()),
            1 => Timeline::request(dev, AttachType::Emergency, no_apn()),
            2 => NasUp::AttachComplete,
            3 => Timeline::update(if rng.chance(500) { UpdateType::Periodic } else { UpdateType::Area }),
            4 => NasUp::DetachRequest { switch_off: rng.chance(500) },
            5 | 6 => NasUp::PdnConnectivityRequest { pti: 1, pdn: apn(names[rng.below(3) as usize]) },
            7 => NasUp::PdnDisconnectRequest { pti: 1, bearer: rng.between(5, 8) as u8 },
            8 | 9 => {
                let clir = [Clir::Subscription, Clir::Invoked, Clir::Suppressed][rng.below(3) as usize];
                says(mo(rng.below(2) as u8), CallContent::Setup { called: peer, clir })
            }
            10 => says(mo(0), CallContent::EmergencySetup { dialled: peer }),
            11 => says(mt(0), CallContent::Alerting),
            12 => says(mt(0), CallContent::Connect { connected: None }),
            14 => says(mo(0), CallContent::Hold),
            15 => says(mt(0), CallContent::Retrieve),
            16 => NasUp::Ss((0..rng.below(30)).map(|_| rng.below(256) as u8).collect()),
            17 => {
                let octets: Vec<u8> = vec![0xa1, 6, 2, 1, 1, 2, 1, rng.between(121, 126) as u8];
                NasUp::Call(CallMessage {
                    facility: Some(octets),
                    ..CallMessage::new(mo(1), CallContent::Facility)
                })
            }
            13 => says(mo(0), CallContent::Disconnect(CcCause::NORMAL_CLEARING)),
            _ => says(mo(0), CallContent::ReleaseComplete(CcCause::USER_BUSY)),
        };
        t.up(dev, plmns[rng.below(4) as usize], message);
        t.pass(Duration::from_millis(rng.below(20_000)));
        let mut addresses: Vec<_> = [VOICE, DATA, OTHER]
            .iter()
            .flat_map(|dev| t.core.sessions(&dev.imsi()))
            .filter_map(|session| session.address.ipv4())
            .collect();
        let count = addresses.len();
        addresses.sort_unstable();
        addresses.dedup();
        assert_eq!(addresses.len(), count, "an address was given out twice");
    }
    for dev in [VOICE, DATA, OTHER] {
        t.up(dev, FRANCE, NasUp::DetachRequest { switch_off: true });
    }
    t.pass(secs(400));
    assert!(t.core.calls().all(|(_, call)| matches!(call.state, CallState::Ended { .. })), "a call is stuck");
    assert_eq!(t.core.next_wakeup(), None, "nothing is left to do");
}
