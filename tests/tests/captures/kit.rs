//! The captures of runs of the kit, read by Wireshark.

use crate::dissect;
use clap::Parser as _;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// The folder of the captures of a run of these suites.
pub fn run(out: &Path, suites: &[&str]) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut words: Vec<String> = ["dtk", "run", "--json"].map(str::to_owned).to_vec();
    words.extend(suites.iter().map(|suite| (*suite).to_owned()));
    for (option, path) in
        [("--lab", root.join("lab.toml")), ("--suites", root.join("suites")), ("--out", out.into())]
    {
        words.extend([option.to_owned(), path.display().to_string()]);
    }
    // Whether the tests pass is not the question here.
    let _ = runner::run(&runner::cli::Cli::try_parse_from(words).unwrap());
    out.join("latest/captures")
}

pub fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}

#[test]
fn one_seed_gives_the_same_captures() {
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let read = |folder: &Path| -> Vec<Vec<u8>> {
        files(&run(folder, &["cellular/voice", "cellular/sms", "lorawan/data", "--capture-decrypted"]))
            .iter()
            .map(|file| std::fs::read(file).unwrap())
            .collect()
    };
    let first = read(one.path());
    assert!(first.len() > 10 && first.iter().all(|octets| octets.len() >= 100));
    assert!(first == read(two.path()));
}

#[test]
fn the_captures_of_the_kit_are_read_without_a_complaint() {
    let folder = tempfile::tempdir().unwrap();
    let captures = files(&run(folder.path(), &["cellular/"]));
    assert!(captures.len() > 10, "{captures:?}");
    let fields = [
        "_ws.col.Protocol",
        "_ws.col.Info",
        "_ws.malformed",
        "gsmtap.type",
        "e212.imsi",
        "frame.interface_name",
        "nas_eps.emm.cause",
        "gsm_a.gm.sm.apn",
    ];
    let (mut wrong, mut kinds, mut identities, mut causes) =
        (Vec::new(), BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    let mut names = BTreeSet::new();
    for file in &captures {
        let Some(frames) = dissect(file, &fields) else { return };
        for (number, frame) in frames.iter().enumerate() {
            let [protocol, info, malformed, gsmtap, imsi, ..] = frame.as_slice() else { panic!("{frame:?}") };
            let plane = &frame[5];
            let named = match plane.as_str() {
                "nas" => protocol.contains("NAS-EPS") || info.contains("(DTAP)"),
                "sms" => info.contains("(SMS)"),
                "ip" => gsmtap.is_empty(),
                // An envelope is named after what is in it.
                "sim" => {
                    matches!(protocol.as_str(), "GSM SIM" | "GSM SMS")
                        && (info.contains("ISO/IEC") || info.contains("ETSI"))
                }
                // What a test malformed on purpose is no message, and is not dissected as one.
                "malformed" => {
                    file.ends_with("cellular/faults.pcapng") || file.ends_with("cellular/quirks.pcapng")
                }
                _ => false,
            };
            if !named || !malformed.is_empty() || info.contains("nknown message") {
                wrong.push(format!("{} frame {}: {frame:?}", file.display(), number + 1));
            }
            kinds.insert((plane.clone(), protocol.clone()));
            identities.insert(imsi.clone());
            causes.insert(frame[6].clone());
            names.insert(frame[7].clone());
        }
    }
    assert!(wrong.is_empty(), "{}:\n{}", wrong.len(), wrong[..wrong.len().min(4000)].join("\n"));
    for plane in ["nas", "sms", "sim", "ip"] {
        assert!(kinds.iter().any(|(known, _)| known == plane), "{plane}: {kinds:?}");
    }
    assert!(identities.iter().any(|imsi| imsi.starts_with("20801")), "{identities:?}");
    assert!(names.contains("iot.public"), "{names:?}");
    assert!(causes.contains("11") && causes.contains("17"), "{causes:?}");
}
