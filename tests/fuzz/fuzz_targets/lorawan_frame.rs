//! PHYPayloads: whatever the air brings is refused or read, and what opens with a key seals to the same message.

#![no_main]

use libfuzzer_sys::fuzz_target;
use wire::id::Key;
use wire::lorawan::{Frame, SessionKeys};

fuzz_target!(|octets: &[u8]| {
    let key = Key::new([7; 16]);
    let keys = SessionKeys { nwk_s_key: key.clone(), app_s_key: key.clone() };
    match Frame::parse(octets) {
        Ok(Frame::Data(frame)) => {
            assert_eq!(frame.octets(), octets);
            if let Ok(message) = frame.open(&keys, u32::from(frame.fcnt())) {
                let sealed = message.seal(&keys);
                let Ok(Frame::Data(again)) = Frame::parse(&sealed) else { panic!("{message:?}") };
                assert_eq!(again.open(&keys, message.fcnt).as_ref(), Ok(&message));
            }
        }
        Ok(Frame::JoinRequest(frame)) => {
            // The key is fixed, so what is sealed again fits it whatever the fuzzer gave.
            let sealed = frame.request().seal(&key);
            let Ok(Frame::JoinRequest(again)) = Frame::parse(&sealed) else { panic!("{sealed:?}") };
            assert_eq!(again.request(), frame.request());
            assert!(again.is_authentic(&key));
        }
        Ok(Frame::JoinAccept(frame)) => {
            if let Ok(accept) = frame.open(&key) {
                let Ok(Frame::JoinAccept(again)) = Frame::parse(&accept.seal(&key)) else {
                    panic!("{accept:?}")
                };
                assert_eq!(again.open(&key), Ok(accept));
            }
        }
        Ok(Frame::Proprietary(_)) | Err(_) => {}
    }
});
