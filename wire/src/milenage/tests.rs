//! The test sets of 3GPP TS 35.208 clause 4, and challenges that other implementations made.

use super::*;

/// K, RAND, SQN, AMF, OP, OPc, f1, f1*, f2, f5, f3, f4, f5*.
type TestSet = [&'static str; 13];

const TEST_SETS: [TestSet; 7] = [
    [
        "465b5ce8b199b49faa5f0a2ee238a6bc",
        "23553cbe9637a89d218ae64dae47bf35",
        "ff9bb4d0b607",
        "b9b9",
        "cdc202d5123e20f62b6d676ac72cb318",
        "cd63cb71954a9f4e48a5994e37a02baf",
        "4a9ffac354dfafb3",
        "01cfaf9ec4e871e9",
        "a54211d5e3ba50bf",
        "aa689c648370",
        "b40ba9a3c58b2a05bbf0d987b21bf8cb",
        "f769bcd751044604127672711c6d3441",
        "451e8beca43b",
    ],
    [
        "0396eb317b6d1c36f19c1c84cd6ffd16",
        "c00d603103dcee52c4478119494202e8",
        "fd8eef40df7d",
        "af17",
        "ff53bade17df5d4e793073ce9d7579fa",
        "53c15671c60a4b731c55b4a441c0bde2",
        "5df5b31807e258b0",
        "a8c016e51ef4a343",
        "d3a628ed988620f0",
        "c47783995f72",
        "58c433ff7a7082acd424220f2b67c556",
        "21a8c1f929702adb3e738488b9f5c5da",
        "30f1197061c1",
    ],
    [
        "fec86ba6eb707ed08905757b1bb44b8f",
        "9f7c8d021accf4db213ccff0c7f71a6a",
        "9d0277595ffc",
        "725c",
        "dbc59adcb6f9a0ef735477b7fadf8374",
        "1006020f0a478bf6b699f15c062e42b3",
        "9cabc3e99baf7281",
        "95814ba2b3044324",
        "8011c48c0c214ed2",
        "33484dc2136b",
        "5dbdbb2954e8f3cde665b046179a5098",
        "59a92d3b476a0443487055cf88b2307b",
        "deacdd848cc6",
    ],
    [
        "9e5944aea94b81165c82fbf9f32db751",
        "ce83dbc54ac0274a157c17f80d017bd6",
        "0b604a81eca8",
        "9e09",
        "223014c5806694c007ca1eeef57f004f",
        "a64a507ae1a2a98bb88eb4210135dc87",
        "74a58220cba84c49",
        "ac2cc74a96871837",
        "f365cd683cd92e96",
        "f0b9c08ad02e",
        "e203edb3971574f5a94b0d61b816345d",
        "0c4524adeac041c4dd830d20854fc46b",
        "6085a86c6f63",
    ],
    [
        "4ab1deb05ca6ceb051fc98e77d026a84",
        "74b0cd6031a1c8339b2b6ce2b8c4a186",
        "e880a1b580b6",
        "9f07",
        "2d16c5cd1fdf6b22383584e3bef2a8d8",
        "dcf07cbd51855290b92a07a9891e523e",
        "49e785dd12626ef2",
        "9e85790336bb3fa2",
        "5860fc1bce351e7e",
        "31e11a609118",
        "7657766b373d1c2138f307e3de9242f9",
        "1c42e960d89b8fa99f2744e0708ccb53",
        "fe2555e54aa9",
    ],
    [
        "6c38a116ac280c454f59332ee35c8c4f",
        "ee6466bc96202c5a557abbeff8babf63",
        "414b98222181",
        "4464",
        "1ba00a1a7c6700ac8c3ff3e96ad08725",
        "3803ef5363b947c6aaa225e58fae3934",
        "078adfb488241a57",
        "80246b8d0186bcf1",
        "16c8233f05a0ac28",
        "45b0f69ab06c",
        "3f8c7587fe8e4b233af676aede30ba3b",
        "a7466cc1e6b2a1337d49d3b66e95d7b4",
        "1f53cd2b1113",
    ],
    // Set 19, with its AUTN below.
    [
        "5122250214c33e723a5dd523fc145fc0",
        "81e92b6c0ee0e12ebceba8d92a99dfa5",
        "16f3b3f70fc2",
        "c3ab",
        "c9e8763286b5b9ffbdf56e1297d0887b",
        "981d464c7c52eb6e5036234984ad0bcf",
        "2a5c23d15ee351d5",
        "62dae3853f3af9d2",
        "28d7b0f2a2ec3de5",
        "ada15aeb7bb8",
        "5349fbe098649f948f5d2e973a81c00f",
        "9744871ad32bf9bbd1dd5ce54e3e2e5a",
        "d461bc15475d",
    ],
];

fn octets<const N: usize>(text: &str) -> [u8; N] {
    hex::decode(text).unwrap().try_into().unwrap()
}

fn number(text: &str) -> Sqn {
    Sqn::from_octets(octets(text))
}

#[test]
fn the_functions_give_the_published_values() {
    for [k, rand, sqn, amf, op, opc, f1, f1_star, f2, f5, f3, f4, f5_star] in TEST_SETS {
        let milenage = Milenage::with_op(k.parse().unwrap(), &op.parse().unwrap());
        assert!(milenage == Milenage::new(k.parse().unwrap(), opc.parse().unwrap()), "OPc of {k}");
        let rand = octets(rand);
        let (mac_a, mac_s) = milenage.f1(&rand, number(sqn), octets(amf));
        assert_eq!((hex::encode(mac_a), hex::encode(mac_s)), (f1.to_owned(), f1_star.to_owned()), "{k}");
        let agreement = milenage.agree(&rand);
        assert_eq!(hex::encode(agreement.res), f2, "{k}");
        assert_eq!(hex::encode(agreement.ak), f5, "{k}");
        assert_eq!(hex::encode(agreement.ck.expose()), f3, "{k}");
        assert_eq!(hex::encode(agreement.ik.expose()), f4, "{k}");
        assert_eq!(hex::encode(milenage.f5_star(&rand)), f5_star, "{k}");
    }
}

fn set(place: usize) -> (Milenage, Rand, Sqn, [u8; 2]) {
    let [k, rand, sqn, amf, op, ..] = TEST_SETS[place];
    let milenage = Milenage::with_op(k.parse().unwrap(), &op.parse().unwrap());
    (milenage, octets(rand), number(sqn), octets(amf))
}

#[test]
fn a_challenge_has_the_autn_of_another_implementation_and_is_opened_with_the_key_alone() {
    let (milenage, rand, sqn, amf) = set(6);
    let (autn, agreement) = milenage.challenge(&rand, sqn, amf);
    assert_eq!(hex::encode(autn), "bb52e91c747ac3ab2a5c23d15ee351d5");
    assert_eq!(milenage.open(&rand, &autn), Some((Opened { sqn, amf }, agreement)));
    let (other, first, ..) = set(0);
    let (plain, _) = other.challenge(&first, Sqn::new(0, 1), AMF_EPS);
    assert_eq!(hex::encode(plain), "aa689c6483718000f48b60145beacf8e", "set 1 with SQN 1 and AMF 8000");
    assert_eq!(other.open(&rand, &autn), None);
    for place in 0..16 {
        let mut bent = autn;
        bent[place] ^= 1;
        assert_eq!(milenage.open(&rand, &bent), None, "octet {place}");
    }
}

/// TS 35.208 test set 3: AUTS is SQN xor f5*, then f1* with an AMF of zero, which the sets do not list.
#[test]
fn a_resynchronisation_is_opened_with_the_key_alone() {
    let (milenage, rand, sqn, _) = set(2);
    let auts = milenage.resynchronise(&rand, sqn);
    assert_eq!(hex::encode(&auts[..6]), "43aeaaddd33a", "9d0277595ffc xor deacdd848cc6");
    assert_eq!(milenage.open_auts(&rand, &auts), Some(sqn));
    let mut bent = auts;
    bent[13] ^= 0x80;
    assert_eq!(milenage.open_auts(&rand, &bent), None);
    assert_eq!(set(0).0.open_auts(&rand, &auts), None);
}

#[test]
fn sequence_numbers_are_taken_apart() {
    let sqn = Sqn::new(0x1234, 31);
    assert_eq!((sqn.seq(), sqn.ind()), (0x1234, 31));
    assert_eq!(hex::encode(sqn.octets()), "00000002469f");
    assert_eq!(Sqn::from_octets(sqn.octets()), sqn);
    assert_eq!(Sqn::new(u64::MAX, 0).seq(), 0x7ff_ffff_ffff, "48 bits");
}

/// TS 35.208 clause 4: set 1 gives Kc "eae4be823af9a08b" and SRES "46f8416a" by the conversion functions.
#[test]
fn gsm_gets_its_response_and_key_by_conversion() {
    let (milenage, rand, ..) = set(0);
    let (sres, kc) = milenage.agree(&rand).gsm();
    assert_eq!((hex::encode(sres), hex::encode(kc)), ("46f8416a".to_owned(), "eae4be823af9a08b".to_owned()));
}

#[test]
fn keys_that_no_file_gives_differ_by_subscriber_and_show_nothing() {
    let of = |imsi: &str| Milenage::derived(&imsi.parse().unwrap());
    let one = of("208010000000001");
    assert!(one == of("208010000000001") && one != of("208010000000002"));
    assert_eq!(format!("{one:?}"), "Milenage([REDACTED])");
    let shown = format!("{:?}", one.agree(&[0; 16]));
    assert!(shown.contains("ck: Key([REDACTED]), ik: Key([REDACTED])"), "{shown}");
}
