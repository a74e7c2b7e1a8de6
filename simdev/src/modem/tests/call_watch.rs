//! Reports of calls, the lists of calls, and the time that a call may take (TS 27.007 7.18, 8.11; V.250 S7).

use super::calls::{connect, mo, mt};
use super::*;
use wire::cause::CcCause;
use wire::nas::CallContent;

#[test]
fn each_change_of_a_call_is_reported_on_request() {
    let mut bench = Bench::registered();
    bench.at("AT+CLCC=?", &["+CLCC: (0,1)", "OK"]);
    bench.at("AT+CLCC=2", &["ERROR"]);
    bench.at("AT+CLCC=1", &["OK"]);
    bench.at("ATD3900;", &["OK", "+CLCC: 1,0,2,0,0,\"3900\",129"]);
    bench.call(mo(0), CallContent::CallProceeding);
    bench.call(mo(0), CallContent::Alerting);
    bench.call(mo(0), connect());
    assert_eq!(bench.lines(), ["+CLCC: 1,0,3,0,0,\"3900\",129", "+CLCC: 1,0,0,0,0,\"3900\",129"]);
    bench.at("AT+CLCC=0", &["OK"]);
    bench.sent.clear();
    bench.at("ATH", &["OK"]);
    bench.clears(mo(0), CcCause::NORMAL_CLEARING);
    bench.at("AT+CLCC", &["OK"]);
}

#[test]
fn who_called_is_listed_as_missed_or_received() {
    let mut bench = Bench::registered();
    let (missed, received) = (Some("+33639980002"), Some("3900"));
    bench.is_called(mt(0), missed);
    bench.is_cleared(mt(0), CcCause::NORMAL_CLEARING);
    bench.is_called(mt(0), received);
    bench.type_line("ATA");
    bench.nas();
    bench.call(mt(0), CallContent::ConnectAcknowledge);
    bench.is_cleared(mt(0), CcCause::NORMAL_CLEARING);
    // One that withholds its number leaves none, and one that is dialled is in neither list.
    bench.is_called(mt(0), None);
    bench.is_cleared(mt(0), CcCause::NORMAL_CLEARING);
    bench.type_line("ATD112233;");
    bench.type_line("ATH");
    for (book, number, kind) in [("MC", "+33639980002", 145), ("RC", "3900", 129), ("LD", "112233", 129)] {
        bench.at(&format!("AT+CPBS=\"{book}\";+CPBS?"), &[&format!("+CPBS: \"{book}\",1,10"), "OK"]);
        bench.at("AT+CPBR=1,10", &[&format!("+CPBR: 1,\"{number}\",{kind},\"\""), "OK"]);
        bench.at("AT+CPBW=1", &["+CME ERROR: 3"]);
    }
}

#[test]
fn a_call_is_given_up_after_the_seconds_of_s7() {
    let rings = [CallContent::CallProceeding, CallContent::Alerting];
    for (said, want) in [(rings.to_vec(), "NO ANSWER"), (vec![CallContent::CallProceeding], "NO CARRIER")] {
        let mut bench = Bench::registered();
        bench.at("ATS7=5;D3900;", &["OK"]);
        bench.nas();
        said.into_iter().for_each(|content| bench.call(mo(0), content));
        bench.wait(Duration::from_millis(4_999));
        assert_eq!(bench.lines(), [""; 0]);
        bench.wait(secs(1));
        assert_eq!(bench.lines(), [want]);
        bench.clears(mo(0), CcCause::NORMAL_CLEARING);
    }
}

#[test]
fn a_call_that_was_answered_in_time_goes_on() {
    let mut bench = Bench::registered();
    bench.at("ATS7=5;D3900;", &["OK"]);
    bench.nas();
    bench.call(mo(0), CallContent::CallProceeding);
    bench.call(mo(0), connect());
    bench.wait(secs(60));
    bench.at("AT+CLCC", &["+CLCC: 1,0,0,0,0,\"3900\",129", "OK"]);
}
