//! Time-line tests of the core: one operator, three devices, and everything that happened with its time.

mod alarms;
mod attach;
mod authentication;
mod calls;
mod control;
mod esme;
mod esme_queue;
mod faults;
mod gateway;
mod history;
mod information;
mod injection;
mod legacy_authentication;
mod mobility;
mod modification;
mod ota;
mod pdn;
mod restart;
mod services;
mod several_calls;
mod sms;
mod ss;
mod state;
mod subscribers;
mod whitelist;

use super::*;
use std::net::Ipv4Addr;
use wire::id::PhoneNumber;
use wire::milenage::Response;
use wire::nas::{
    AttachType, CallContent, CallMessage, Clir, PdnRequest, PdnType, PowerSaving, Qci, Side, TransactionId,
    UpdateType,
};

pub(super) const FRANCE: &str = "208-01";
pub(super) const SPAIN_BEST: &str = "214-03";
pub(super) const SPAIN_PARTNER: &str = "214-07";
pub(super) const SPAIN_STRANGER: &str = "214-01";

/// A device of the tests: its mobile has the same number as its subscriber.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Dev(pub(super) u32);

/// Data and voice, account acme.
pub(super) const VOICE: Dev = Dev(1);
/// Data only, account acme.
pub(super) const DATA: Dev = Dev(2);
/// Data and voice, account zeta.
pub(super) const OTHER: Dev = Dev(3);

impl Dev {
    pub(super) fn ue(self) -> UeId {
        UeId(self.0)
    }

    pub(super) fn imsi(self) -> Imsi {
        format!("20801000000000{}", self.0).parse().unwrap()
    }

    pub(super) fn imei(self) -> Imei {
        format!("35693803564380{}", self.0).parse().unwrap()
    }

    pub(super) fn msisdn(self) -> PhoneNumber {
        format!("+3363998000{}", self.0).parse().unwrap()
    }
}

pub(super) fn number(text: &str) -> PhoneNumber {
    text.parse().unwrap()
}

pub(super) fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

pub(super) fn cell(plmn: &str) -> CellId {
    CellId { plmn: plmn.parse().unwrap(), tac: 0x64, cell: 0x0012_beef }
}

pub(super) fn apn(name: &str) -> PdnRequest {
    PdnRequest::new(Some(name.to_owned()), PdnType::Ipv4)
}

pub(super) fn no_apn() -> PdnRequest {
    PdnRequest::new(None, PdnType::Ipv4)
}

fn subscriber(dev: Dev, account: &str, profile: Profile) -> Subscriber {
    Subscriber {
        imsi: dev.imsi(),
        iccid: format!("893301000000000000{}", dev.0).parse().unwrap(),
        card: CardItem::default(),
        imei_lock: None,
        msisdn: dev.msisdn(),
        account: account.into(),
        profile,
        apns: ["iot.private", "iot.public", "acme.dedicated"].map(str::to_owned).into(),
        static_addresses: BTreeMap::new(),
        roaming_control_compatible: true,
        state: SimState::Activated,
        services: Services::default(),
    }
}

pub(super) fn access_point(name: &str, kind: ApnKind, start: [u8; 4], size: u32) -> Apn {
    Apn {
        name: name.to_owned(),
        kind,
        pool_start: Ipv4Addr::from(start),
        pool_size: size,
        dns: vec![Ipv4Addr::new(192, 0, 2, 53).into()],
        pdn_type: PdnType::Ipv4,
        prefix: None,
        single_address: false,
        mtu: None,
        credentials: None,
        filtered: false,
        nat_idle: None,
        in_roaming: true,
        tunnel: false,
        qci: Qci::BEST_EFFORT,
    }
}

pub(super) fn config() -> CellularConfig {
    let network = |plmn: &str, name: &str, country: &str, rank| Network {
        plmn: plmn.parse().unwrap(),
        name: name.to_owned(),
        country: country.to_owned(),
        rank,
    };
    let account =
        |name: &str| Account { name: name.to_owned(), mixed_apns_accepted: true, ..Account::default() };
    let dedicated = ApnKind::Dedicated { account: "acme".to_owned() };
    CellularConfig {
        home: FRANCE.parse().unwrap(),
        country_code: "33".to_owned(),
        networks: vec![
            network(FRANCE, "Home", "FR", Rank::Home),
            network(SPAIN_BEST, "Affiliate", "ES", Rank::Affiliate),
            network(SPAIN_PARTNER, "Partner", "ES", Rank::Partner),
            network(SPAIN_STRANGER, "Stranger", "ES", Rank::NoAgreement),
        ],
        accounts: vec![account("acme"), account("zeta")],
        esmes: Vec::new(),
        subscribers: vec![
            subscriber(VOICE, "acme", Profile::DataVoice),
            subscriber(DATA, "acme", Profile::DataOnly),
            subscriber(OTHER, "zeta", Profile::DataVoice),
        ],
        apns: vec![
            access_point("iot.private", ApnKind::SharedPrivate, [10, 0, 0, 2], 100),
            access_point("iot.public", ApnKind::SharedPublic, [203, 0, 113, 10], 1),
            access_point("acme.dedicated", dedicated, [172, 16, 0, 2], 10),
            access_point("iot.wild", ApnKind::SharedPrivate, [10, 9, 0, 2], 10),
        ],
        servers: Vec::new(),
        smsc: number("+33639989000"),
        emergency_numbers: vec![number("112"), number("999")],
        ussd: ss::menu(),
        steering: Steering::default(),
        // Connections stay, so that a test without a radio need not answer paging.
        // Nothing is told that no test asks for.
        policy: Policy { inactivity: None, network_information: false, ..Policy::default() },
    }
}

/// What the card of a subscriber answers to a challenge, however old.
pub(super) fn response(
    imsi: &Imsi,
    rand: &wire::milenage::Rand,
    autn: Option<&wire::milenage::Autn>,
) -> Response {
    let card = wire::milenage::Milenage::derived(imsi);
    match autn {
        Some(autn) => Response::Res(card.open(rand, autn).unwrap().1.res),
        None => Response::Sres(card.agree(rand).gsm().0),
    }
}

/// Transactions that a mobile gives, and those of the network.
pub(super) fn mo(value: u8) -> TransactionId {
    TransactionId::new(Side::Mobile, value).unwrap()
}

pub(super) fn mt(value: u8) -> TransactionId {
    TransactionId::new(Side::Network, value).unwrap()
}

/// A device says something about a call.
pub(super) fn says(transaction: TransactionId, content: CallContent) -> NasUp {
    NasUp::Call(CallMessage::new(transaction, content))
}

/// A device is told something about a call.
pub(super) fn told(transaction: TransactionId, content: CallContent) -> NasDown {
    NasDown::Call(CallMessage::new(transaction, content))
}

/// SETUP of the first call of a device.
pub(super) fn setup(called: &PhoneNumber) -> NasUp {
    says(mo(0), CallContent::Setup { called: called.clone(), clir: Clir::Subscription })
}

/// CONNECT with the number that answered.
pub(super) fn connect(connected: &str) -> CallContent {
    CallContent::Connect { connected: Some(number(connected)) }
}

/// A core with its time, and everything that came out of it.
pub(super) struct Timeline {
    pub(super) core: CellularCore,
    now: Instant,
    nas: VecDeque<(Instant, UeId, NasDown)>,
    packets: Vec<(UeId, u8, Vec<u8>)>,
    notes: Vec<(Instant, CellularNote)>,
    pub(super) pages: Vec<(Instant, UeId)>,
    pub(super) releases: Vec<(Instant, UeId)>,
    pub(super) broadcasts: Vec<(Plmn, Vec<u8>)>,
    /// Whether challenges are answered at once, as the right card does.
    pub(super) answers_challenges: bool,
    /// Whose card is in which mobile.
    cards: BTreeMap<UeId, Imsi>,
}

impl Timeline {
    pub(super) fn new() -> Self {
        Self::with(config())
    }

    pub(super) fn with(config: CellularConfig) -> Self {
        let core = CellularCore::new(config, Calendar::virtual_start(), Seed(1)).unwrap();
        Self {
            core,
            now: Instant::ZERO,
            nas: VecDeque::new(),
            packets: Vec::new(),
            notes: Vec::new(),
            pages: Vec::new(),
            releases: Vec::new(),
            broadcasts: Vec::new(),
            answers_challenges: true,
            cards: BTreeMap::new(),
        }
    }

    pub(super) fn now(&self) -> Instant {
        self.now
    }

    pub(super) fn collect(&mut self) {
        while let Some(output) = self.core.poll_output() {
            match output {
                CellularOutput::Nas { to, message: NasDown::AuthenticationRequest { rand, autn } }
                    if self.answers_challenges =>
                {
                    let res = response(&self.cards[&to], &rand, autn.as_ref());
                    self.core.handle_nas(self.now, to, cell(FRANCE), NasUp::AuthenticationResponse { res });
                }
                CellularOutput::Nas { to, message } => self.nas.push_back((self.now, to, message)),
                CellularOutput::Packet { to, bearer, packet } => self.packets.push((to, bearer, packet)),
                CellularOutput::Page { to } => self.pages.push((self.now, to)),
                CellularOutput::Release { to } => self.releases.push((self.now, to)),
                CellularOutput::Broadcast { plmn, page } => self.broadcasts.push((plmn, page)),
                CellularOutput::Note(note) => {
                    assert!(!note.subject().is_empty(), "{note}");
                    self.notes.push((self.now, note));
                }
            }
        }
    }

    /// Lets time pass, from one wake-up to the next.
    pub(super) fn pass(&mut self, span: Duration) {
        let end = self.now + span;
        self.collect();
        while let Some(wakeup) = self.core.next_wakeup().filter(|wakeup| wakeup.at <= end) {
            assert!(wakeup.at >= self.now, "a wake-up in the past: {}", wakeup.why);
            self.now = wakeup.at;
            self.core.handle_timeout(self.now);
            self.collect();
        }
        self.now = end;
        self.core.handle_timeout(end);
        self.collect();
    }

    pub(super) fn up(&mut self, dev: Dev, plmn: &str, message: NasUp) {
        if let NasUp::AttachRequest { imsi: Some(imsi), .. }
        | NasUp::LocationUpdatingRequest { imsi, .. }
        | NasUp::GprsAttachRequest { imsi, .. } = &message
        {
            self.cards.insert(dev.ue(), imsi.clone());
        }
        self.core.handle_nas(self.now, dev.ue(), cell(plmn), message);
        self.collect();
    }

    /// Sends a message and gives what comes back within a second.
    pub(super) fn ask(&mut self, dev: Dev, plmn: &str, message: NasUp) -> Vec<NasDown> {
        self.up(dev, plmn, message);
        self.pass(secs(1));
        self.heard(dev)
    }

    /// What a device has heard since it was last asked.
    pub(super) fn heard(&mut self, dev: Dev) -> Vec<NasDown> {
        let (theirs, others): (Vec<_>, Vec<_>) = self.nas.drain(..).partition(|(_, ue, _)| *ue == dev.ue());
        self.nas = others.into();
        theirs.into_iter().map(|(_, _, message)| message).collect()
    }

    pub(super) fn request(dev: Dev, attach_type: AttachType, pdn: PdnRequest) -> NasUp {
        let (imsi, imei, power) = (Some(dev.imsi()), dev.imei(), PowerSaving::default());
        NasUp::AttachRequest { imsi, imei, attach_type, pdn, guti: None, power }
    }

    /// A tracking area update of a mobile with the default bearer.
    pub(super) fn update(update: UpdateType) -> NasUp {
        NasUp::TrackingAreaUpdateRequest { update, bearers: vec![5], power: PowerSaving::default() }
    }

    pub(super) fn try_attach(&mut self, dev: Dev, plmn: &str) -> NasDown {
        let answer = self.ask(dev, plmn, Self::request(dev, AttachType::Combined, no_apn()));
        assert_eq!(answer.len(), 1, "{answer:?}");
        answer[0].clone()
    }

    /// Attaches a device and lets everything settle.
    pub(super) fn attach(&mut self, dev: Dev, plmn: &str) {
        let answer = self.try_attach(dev, plmn);
        assert!(matches!(answer, NasDown::AttachAccept { .. }), "{answer}");
        self.up(dev, plmn, NasUp::AttachComplete);
        self.pass(secs(5));
        self.heard(dev);
    }

    /// The codes of the notes since they were last asked for.
    pub(super) fn codes(&mut self) -> Vec<&'static str> {
        self.collect();
        self.notes.drain(..).map(|(_, note)| note.code()).collect()
    }

    /// The sentences of the notes since they were last asked for.
    pub(super) fn sentences(&mut self) -> Vec<String> {
        self.collect();
        self.notes.drain(..).map(|(_, note)| note.to_string()).collect()
    }

    pub(super) fn note_times(&self, code: &str) -> Vec<Instant> {
        self.notes.iter().filter(|(_, note)| note.code() == code).map(|(at, _)| *at).collect()
    }
}
