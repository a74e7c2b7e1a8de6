//! The voice whitelist in calls, both directions.

use super::*;
use wire::cause::CcCause;

fn setup(called: &str) -> NasUp {
    super::setup(&number(called))
}

/// CONNECT of a party without a number.
fn anonymous() -> CallContent {
    CallContent::Connect { connected: None }
}

/// Ends the first call of a device from its side.
fn clear(t: &mut Timeline, dev: Dev, plmn: &str) {
    t.up(dev, plmn, says(mo(0), CallContent::Disconnect(CcCause::NORMAL_CLEARING)));
    t.pass(secs(1));
    t.up(dev, plmn, says(mo(0), CallContent::ReleaseComplete(CcCause::NORMAL_CLEARING)));
    t.heard(dev);
}

/// Whether a call from the device rings; the call is over afterwards.
fn rings(t: &mut Timeline, dev: Dev, called: &str) -> bool {
    t.up(dev, FRANCE, setup(called));
    t.pass(secs(1));
    let rang = t.heard(dev).contains(&told(mo(0), CallContent::Alerting));
    clear(t, dev, FRANCE);
    rang
}

#[test]
fn each_form_of_a_listed_number_passes_and_others_do_not() {
    let forms = ["+33123456789", "0033123456789", "0123456789"];
    for listed in forms {
        let mut t = Timeline::new();
        t.attach(VOICE, FRANCE);
        t.core.set_voice_whitelist("acme", &[number(listed), number("3900")]).unwrap();
        for dialled in forms {
            assert!(rings(&mut t, VOICE, dialled), "listed {listed}, dialled {dialled}");
        }
        assert!(rings(&mut t, VOICE, "3900"));
        for dialled in ["+33123456780", "0123456780", "3901", "+333900", "+44123456789"] {
            assert!(!rings(&mut t, VOICE, dialled), "listed {listed}, dialled {dialled}");
        }
    }
}

#[test]
fn a_refused_call_is_released_after_proceeding_and_noted_with_its_account() {
    let mut t = Timeline::new();
    t.attach(VOICE, FRANCE);
    t.codes();
    t.core.set_voice_whitelist("acme", &[]).unwrap();
    let answer = t.ask(VOICE, FRANCE, setup("+33999999999"));
    assert_eq!(
        answer,
        [
            told(mo(0), CallContent::CallProceeding),
            told(mo(0), CallContent::Disconnect(CcCause::CALL_REJECTED))
        ]
    );
    let want = "MO call of 208010000000001 to +33999999999 refused #21 (call rejected): \
                not on the voice whitelist of account acme";
    assert_eq!(t.sentences(), ["voice whitelist of account acme now has 0 numbers", want]);
}

#[test]
fn an_incoming_call_off_the_list_never_reaches_the_device() {
    let mut t = Timeline::new();
    t.attach(VOICE, FRANCE);
    t.core.set_voice_whitelist("acme", &[number("0123456789")]).unwrap();
    t.codes();
    for (name, from, hidden, reached) in [
        ("listed", "+33123456789", false, true),
        ("not listed", "+33123456780", false, false),
        ("listed but withheld", "+33123456789", true, false),
    ] {
        let now = t.now();
        let call = t.core.call(now, number(from), VOICE.msisdn(), hidden);
        t.pass(secs(60));
        let heard = t.heard(VOICE);
        assert_eq!(
            heard.iter().any(|message| matches!(
                message,
                NasDown::Call(CallMessage { content: CallContent::IncomingSetup { .. }, .. })
            )),
            reached,
            "{name}"
        );
        if !reached {
            let Some(CallState::Ended { cause, by: EndedBy::Network, refused }) = t.core.call_state(call)
            else {
                panic!("{name}: {:?}", t.core.call_state(call))
            };
            assert_eq!(*cause, CcCause::CALL_REJECTED, "{name}");
            assert!(refused.is_some(), "{name}");
            assert_eq!(t.codes(), ["call-refused-by-whitelist"], "{name}");
        }
        t.codes();
    }
}

#[test]
fn nothing_filters_a_call_of_the_emergency_centre() {
    let mut t = Timeline::new();
    t.attach(VOICE, SPAIN_BEST);
    t.core.set_voice_whitelist("acme", &[]).unwrap();
    let now = t.now();
    t.core.set_roaming_control(now, "acme", 214, Bearers { voice: true, ..Bearers::default() }).unwrap();
    t.core.set_service(now, &VOICE.imsi(), Service::BarVoice, true).unwrap();
    t.codes();
    for (from, reached) in [("112", true), ("999", true), ("+33123456789", false)] {
        let now = t.now();
        t.heard(VOICE);
        let call = t.core.call(now, number(from), VOICE.msisdn(), false);
        t.pass(secs(2));
        let heard = t.heard(VOICE);
        let rang = heard.iter().any(|message| {
            matches!(message, NasDown::Call(CallMessage { content: CallContent::IncomingSetup { .. }, .. }))
        });
        assert_eq!(rang, reached, "{from}");
        t.pass(secs(60));
        assert!(matches!(t.core.call_state(call), Some(CallState::Ended { .. })), "{from}");
    }
}

#[test]
fn accounts_have_lists_of_their_own() {
    let mut t = Timeline::new();
    t.attach(VOICE, FRANCE);
    t.attach(OTHER, FRANCE);
    t.core.set_voice_whitelist("acme", &[number("+33123456789")]).unwrap();
    t.core.set_voice_whitelist("zeta", &[number("+33123456780")]).unwrap();
    let matrix =
        [(VOICE, "+33123456789", true), (VOICE, "+33123456780", false), (OTHER, "+33123456789", false)];
    for (dev, dialled, want) in matrix {
        assert_eq!(rings(&mut t, dev, dialled), want, "{dev:?} {dialled}");
    }
    assert!(rings(&mut t, OTHER, "+33123456780"));
    t.core.clear_voice_whitelist("zeta").unwrap();
    assert!(rings(&mut t, OTHER, "+33123456789"), "a list that is removed filters nothing");
}

#[test]
fn twenty_numbers_fit_and_the_twenty_first_changes_nothing() {
    let mut t = Timeline::new();
    t.attach(VOICE, FRANCE);
    let numbers: Vec<_> = (0..20).map(|n| number(&format!("+331000000{n:02}"))).collect();
    t.core.set_voice_whitelist("acme", &numbers).unwrap();
    let error = t.core.add_to_voice_whitelist("acme", &number("+33999999999")).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the voice whitelist of account \"acme\" holds at most 20 numbers; it was not changed"
    );
    let too_many: Vec<_> = (0..21).map(|n| number(&format!("+332000000{n:02}"))).collect();
    assert!(t.core.set_voice_whitelist("acme", &too_many).is_err());
    assert_eq!(t.core.voice_whitelist("acme").unwrap(), numbers);
    for listed in &numbers {
        assert!(rings(&mut t, VOICE, listed.as_str()), "{listed}");
    }
    assert!(!rings(&mut t, VOICE, "+33999999999"));
    assert_eq!(t.core.remove_from_voice_whitelist("acme", &number("0100000000")), Ok(true));
    t.core.add_to_voice_whitelist("acme", &number("+33999999999")).unwrap();
    assert!(rings(&mut t, VOICE, "+33999999999"));
}

#[test]
fn emergency_numbers_pass_every_filter() {
    for dialled in ["112", "999"] {
        for plmn in [FRANCE, SPAIN_BEST] {
            let mut t = Timeline::new();
            t.attach(VOICE, plmn);
            t.core.set_voice_whitelist("acme", &[]).unwrap();
            let bar = Bearers { voice: true, sms: true, data: false };
            let now = t.now();
            t.core.set_roaming_control(now, "acme", 214, bar).unwrap();
            t.core.set_service(now, &VOICE.imsi(), Service::BarVoice, true).unwrap();
            t.codes();
            for message in
                [setup(dialled), says(mo(0), CallContent::EmergencySetup { dialled: number(dialled) })]
            {
                t.up(VOICE, plmn, message);
                t.pass(secs(10));
                let heard = t.heard(VOICE);
                assert_eq!(
                    heard,
                    [
                        told(mo(0), CallContent::CallProceeding),
                        told(mo(0), CallContent::Alerting),
                        told(mo(0), anonymous())
                    ],
                    "{dialled}"
                );
                clear(&mut t, VOICE, plmn);
                assert_eq!(t.codes(), ["emergency-call", "call-connected", "call-ended"]);
            }
        }
    }
}

#[test]
fn an_emergency_call_needs_no_registration_no_profile_and_no_agreement() {
    let mut t = Timeline::new();
    t.up(DATA, SPAIN_STRANGER, says(mo(0), CallContent::EmergencySetup { dialled: number("112") }));
    t.pass(secs(10));
    assert_eq!(
        t.heard(DATA),
        [
            told(mo(0), CallContent::CallProceeding),
            told(mo(0), CallContent::Alerting),
            told(mo(0), anonymous())
        ]
    );
    clear(&mut t, DATA, SPAIN_STRANGER);
    t.attach(DATA, FRANCE);
    t.sentences();
    t.up(DATA, FRANCE, setup("112"));
    t.pass(secs(10));
    assert!(t.heard(DATA).contains(&told(mo(0), anonymous())));
    assert!(t.sentences()[0].ends_with("the profile is data only"));
}
