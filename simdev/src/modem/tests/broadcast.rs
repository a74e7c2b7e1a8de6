//! Cell broadcast messages at the host (TS 27.005 3.3.4, 3.4.1).

use super::*;
use wire::sms::BroadcastPage;

/// A page that a network sent: message identifier 50, English, "Belconnen".
const PAGE: &str = "011000320111C2327BFC76BBCBEE46A3D168341A8D46A3D168341A8D46A3D168341A8D46A3D168341A8D46A3D1\
                    68341A8D46A3D168341A8D46A3D168341A8D46A3D168341A8D46A3D168341A8D46A3D168341A8D46A3D100";

fn hears(bench: &mut Bench, page: Vec<u8>) -> Vec<String> {
    bench.take_text();
    bench.modem.handle_radio(bench.now, RadioDown::Broadcast(page));
    bench.drain();
    bench.lines()
}

fn page() -> Vec<u8> {
    hex::decode(PAGE).unwrap()
}

#[test]
fn a_page_is_shown_once_in_pdu_and_in_text_mode() {
    let mut bench = Bench::registered();
    bench.at("AT+CSCB=0,\"50\";+CNMI=2,1,2", &["OK"]);
    assert_eq!(hears(&mut bench, page()), ["+CBM: 88", PAGE]);
    assert_eq!(hears(&mut bench, page()), [""; 0]);
    // The next update of the message is another message.
    let mut update = page();
    update[1] += 1;
    bench.at("AT+CMGF=1", &["OK"]);
    assert_eq!(hears(&mut bench, update), ["+CBM: 273,50,1,1,1", "Belconnen"]);
}

#[test]
fn what_is_wanted_is_what_the_lists_say() {
    for (lists, shown) in [
        ("0", false),
        ("0,\"49,51-60\"", false),
        ("0,\"40-60\"", true),
        ("0,\"50\",\"0-3\"", true),
        ("0,\"50\",\"2,3\"", false),
        ("1", true),
        ("1,\"50\"", false),
        ("1,\"51\"", true),
        ("1,\"\",\"1\"", false),
    ] {
        let mut bench = Bench::registered();
        bench.at(&format!("AT+CNMI=2,1,2;+CSCB={lists}"), &["OK"]);
        assert_eq!(!hears(&mut bench, page()).is_empty(), shown, "+CSCB={lists}");
    }
}

#[test]
fn bm_says_which_class_goes_to_the_host() {
    let with_class = |coding: u8| {
        let mut page = BroadcastPage::of_text(7, 50, "text").unwrap().remove(0);
        page.coding = coding;
        page.octets()
    };
    for (bm, plain, class_3) in [(0, false, false), (1, false, false), (2, true, true), (3, false, true)] {
        for (coding, shown) in [(0x0f, plain), (0xf3, class_3)] {
            let mut bench = Bench::registered();
            bench.at(&format!("AT+CSCB=1;+CNMI=2,1,{bm}"), &["OK"]);
            assert_eq!(!hears(&mut bench, with_class(coding)).is_empty(), shown, "bm {bm}, coding {coding}");
        }
    }
}

#[test]
fn mode_0_holds_a_page_back_and_nonsense_is_no_page() {
    let mut bench = Bench::registered();
    bench.at("AT+CSCB=1;+CNMI=0,1,2", &["OK"]);
    assert_eq!(hears(&mut bench, page()), [""; 0]);
    bench.at("AT+CNMI=2", &["OK", "+CBM: 88", PAGE]);
    assert_eq!(hears(&mut bench, vec![1, 2, 3]), [""; 0]);
}

#[test]
fn without_a_cell_nothing_is_heard() {
    let mut bench = Bench::registered();
    bench.at("AT+CSCB=1;+CNMI=2,1,2", &["OK"]);
    bench.type_line("AT+CFUN=4");
    bench.nas();
    bench.network(NasDown::DetachAccept);
    assert_eq!(hears(&mut bench, page()), [""; 0]);
}
