//! What the operator is configured to be: networks, accounts, subscribers, APNs and policy knobs.
//!
//! Plain values, filled from a lab file; nothing here behaves. Where a standard leaves freedom the knob's comment says
//! what its default is and why. Not here: validation of the lab file, which belongs to whoever reads it.

use super::esme::Esme;
use super::gateway::{NatIdle, Server};
use super::inventory::CardItem;
use super::ss::UssdService;
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;
use wire::cause::{CcCause, EmmCause, EsmCause};
use wire::id::{Iccid, Imei, Imsi, PhoneNumber};
use wire::nas::{PdnType, Qci};
use wire::plmn::Plmn;
use wire::time::Duration;

/// The whole operator.
#[derive(Clone, Debug)]
pub struct CellularConfig {
    /// The home network; its country is the one that roaming control cannot bar, with all its country codes.
    pub home: Plmn,
    /// The international dialling code of the home country, without `+`, such as `33`.
    pub country_code: String,
    /// Every network that the operator knows, its own included. A network that is absent has no agreement.
    pub networks: Vec<Network>,
    /// Customer accounts.
    pub accounts: Vec<Account>,
    /// The customers' applications at the service centre.
    pub esmes: Vec<Esme>,
    /// Subscribers, each with the name of its account.
    pub subscribers: Vec<Subscriber>,
    /// Access points.
    pub apns: Vec<Apn>,
    /// The servers behind them.
    pub servers: Vec<Server>,
    /// The address of the operator's short message service centre.
    pub smsc: PhoneNumber,
    /// Numbers that are never filtered, whoever dials or calls them: 112 and 999 by the service description.
    pub emergency_numbers: Vec<PhoneNumber>,
    /// USSD codes and their answers.
    pub ussd: Vec<UssdService>,
    /// Steering of roaming by reject.
    pub steering: Steering,
    /// Choices that the standards leave to the operator.
    pub policy: Policy,
}

/// One network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Network {
    /// Its identity.
    pub plmn: Plmn,
    /// The name that people know it by.
    pub name: String,
    /// ISO 3166 alpha-2 code of its country.
    pub country: String,
    /// How much the operator likes it.
    pub rank: Rank,
}

/// Preference among networks, best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rank {
    /// The operator itself (home or equivalent home network).
    Home,
    /// An affiliate of the operator's group.
    Affiliate,
    /// A partner of the operator's alliance.
    Alliance,
    /// Any other roaming partner.
    Partner,
    /// No roaming agreement: never served.
    NoAgreement,
}

/// A customer account and the options that hold for its fleet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Account {
    /// Its name.
    pub name: String,
    /// Numbers that its subscribers may call and be called by; `None` when the option is not ordered.
    pub voice_whitelist: Option<Vec<PhoneNumber>>,
    /// Countries in which bearers are barred.
    pub roaming_control: Vec<RoamingBar>,
    /// How many test cards were agreed; `None` sets no limit.
    pub test_sims: Option<usize>,
    /// How many prototype cards were agreed; `None` sets no limit.
    pub prototype_sims: Option<usize>,
    /// The customer has accepted the weakness of shared and dedicated access points on one card.
    pub mixed_apns_accepted: bool,
}

/// What roaming control bars in one country code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RoamingBar {
    /// Mobile country code; a country with several codes needs an entry for each.
    pub mcc: u16,
    /// What is barred there.
    pub bar: Bearers,
}

/// A set of bearers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Bearers {
    /// Calls, both directions.
    pub voice: bool,
    /// Short messages, both directions.
    pub sms: bool,
    /// Packet data.
    pub data: bool,
}

impl Bearers {
    /// Every bearer.
    pub const ALL: Self = Self { voice: true, sms: true, data: true };
}

/// One subscription: a card with its rights.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subscriber {
    /// International mobile subscriber identity.
    pub imsi: Imsi,
    /// Card identity.
    pub iccid: Iccid,
    /// The card in the inventory.
    pub card: CardItem,
    /// The only equipment the card may be used in; `None` leaves it free.
    pub imei_lock: Option<Imei>,
    /// The telephone number: one for data, SMS and calls.
    pub msisdn: PhoneNumber,
    /// The account it belongs to.
    pub account: Arc<str>,
    /// What was sold.
    pub profile: Profile,
    /// Subscribed APNs, the default first; `*` allows any APN that the operator has.
    pub apns: Arc<[String]>,
    /// Fixed addresses, by APN.
    pub static_addresses: BTreeMap<String, Ipv4Addr>,
    /// Whether the card supports roaming control.
    pub roaming_control_compatible: bool,
    /// Where it is in its life.
    pub state: SimState,
    /// Supplementary services and specific barrings.
    pub services: Services,
}

/// What was sold with a card; it does not change after provisioning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Profile {
    /// Packet data and SMS.
    DataOnly,
    /// Packet data, SMS and calls.
    DataVoice,
}

impl Profile {
    /// The word for notes: `data only`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::DataOnly => "data only",
            Self::DataVoice => "data and voice",
        }
    }
}

/// Where a card is in its life; traffic is allowed in test, sleeping and activated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum SimState {
    /// In the customer's stock, not yet usable.
    PreActivated,
    /// Activated for test.
    Test,
    /// Ready; becomes active with its first traffic.
    Sleeping,
    /// In service.
    Activated,
    /// Suspended by customer or operator; can be resumed.
    Suspended,
    /// Terminated for good.
    Cancelled,
}

impl SimState {
    /// Whether the network serves a card in this state.
    #[must_use]
    pub const fn may_use_network(self) -> bool {
        match self {
            Self::Test | Self::Sleeping | Self::Activated => true,
            Self::PreActivated | Self::Suspended | Self::Cancelled => false,
        }
    }

    /// The word for notes: `suspended`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::PreActivated => "pre-activated",
            Self::Test => "activated for test",
            Self::Sleeping => "sleeping",
            Self::Activated => "activated",
            Self::Suspended => "suspended",
            Self::Cancelled => "cancelled",
        }
    }
}

/// Supplementary services and specific barrings of a subscription.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Services {
    /// The caller's number is shown on incoming calls.
    pub clip: bool,
    /// The subscriber may withhold its own number.
    pub clir: bool,
    /// A second call: call waiting and call hold.
    pub second_call: bool,
    /// Calls can be joined (multiparty).
    pub conference: bool,
    /// The other parties of two calls can be connected, at home (explicit call transfer).
    pub transfer: bool,
    /// Calls can be forwarded.
    pub forwarding: bool,
    /// Incoming calls are barred while roaming (BIC-Roam).
    pub bar_incoming_in_roaming: bool,
    /// Bearers barred everywhere, on request of the customer.
    pub barred: Bearers,
}

impl Default for Services {
    /// The service default: CLIP, CLIR, second call and transfer active, nothing barred, the rest not part of it.
    fn default() -> Self {
        Self {
            clip: true,
            clir: true,
            second_call: true,
            conference: false,
            transfer: true,
            forwarding: false,
            bar_incoming_in_roaming: false,
            barred: Bearers::default(),
        }
    }
}

/// An access point.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Apn {
    /// Network identifier, such as `iot.private`.
    pub name: String,
    /// Who may use it and where it leads.
    pub kind: ApnKind,
    /// The first address that is given out.
    pub pool_start: Ipv4Addr,
    /// How many addresses there are.
    pub pool_size: u32,
    /// DNS servers, best first.
    pub dns: Vec<IpAddr>,
    /// The address family of the subscription.
    pub pdn_type: PdnType,
    /// The /48 out of which each session gets a /64. Without one no IPv6 address is given out: `Ipv4v6` behaves as
    /// `Ipv4`, and an `Ipv6` APN refuses every request.
    pub prefix: Option<Ipv6Addr>,
    /// Two addresses need two connections: a request for both families is granted one, with #52.
    pub single_address: bool,
    /// The largest packet, as the protocol configuration options tell it; `None` tells nothing and means 1500.
    pub mtu: Option<u16>,
    /// Who may use it, when it asks for PAP or CHAP.
    pub credentials: Option<Credentials>,
    /// Whether the content filter stands in the place of filtered servers.
    pub filtered: bool,
    /// How long an idle binding of the address translation lives; `None` never forgets one.
    pub nat_idle: Option<NatIdle>,
    /// Whether it works on visited networks.
    pub in_roaming: bool,
    /// Whether what it carries goes through a tunnel to the customer's gateway, which can be down.
    pub tunnel: bool,
    /// Class of service of its connections.
    pub qci: Qci,
}

/// User and password of an access point.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// Peer identity or name.
    pub user: String,
    /// Password or secret.
    pub password: String,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credentials").field("user", &self.user).finish_non_exhaustive()
    }
}

/// Who may use an access point.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ApnKind {
    /// Shared by all customers, private addresses behind NAT.
    SharedPrivate,
    /// Shared by all customers, public addresses.
    SharedPublic,
    /// One customer's own.
    Dedicated {
        /// The account that owns it.
        account: String,
    },
}

/// Steering of roaming by reject (GSMA IR.73): a lesser network is refused while a better one exists in its country.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Steering {
    /// Off by default.
    pub enabled: bool,
    /// The cause of the refusal. #17 by default: it leaves nothing behind on the card, where #11 would fill EF_FPLMN.
    pub cause: EmmCause,
    /// How many refusals a subscriber gets in a window before it is let in.
    pub rejects: u32,
    /// How long a subscriber's refusals and acceptances are remembered.
    pub window: Duration,
}

impl Default for Steering {
    fn default() -> Self {
        let window = Duration::from_secs(30 * 60);
        Self { enabled: false, cause: EmmCause::NETWORK_FAILURE, rejects: 4, window }
    }
}

/// What the operator grants of power saving.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct PowerPolicy {
    /// Power saving mode is granted where it is asked for.
    pub psm: bool,
    /// The longest T3324.
    pub longest_active: Duration,
    /// The longest extended T3412.
    pub longest_periodic: Duration,
    /// eDRX is granted where it is asked for.
    pub edrx: bool,
    /// Code of the longest eDRX cycle.
    pub longest_cycle: u8,
    /// Code of the paging time window.
    pub window: u8,
}

impl Default for PowerPolicy {
    /// Both are granted, as much as can be asked for; a window of 5.12 s.
    fn default() -> Self {
        Self {
            psm: true,
            longest_active: Duration::from_secs(31 * 6 * 60),
            longest_periodic: Duration::from_secs(413 * 24 * 3600),
            edrx: true,
            longest_cycle: 0b1111,
            window: 0b0011,
        }
    }
}

/// Choices that the standards leave to the operator.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Policy {
    /// Attach of an IMSI that the operator never issued. #8: S6a 5001, user unknown (TS 29.272 annex A).
    pub unknown_imsi: EmmCause,
    /// Attach of a card that is suspended or not yet activated. #7: the subscription exists and its packet service is
    /// taken away (S6a 5420 without GPRS data, TS 29.272 annex A).
    pub suspended: EmmCause,
    /// Attach of a terminated card. #8: the subscriber is no longer in the HSS (S6a 5001).
    pub cancelled: EmmCause,
    /// Attach on a network without agreement. #11: S6a 5004, roaming not allowed.
    pub no_agreement: EmmCause,
    /// Attach in equipment other than the one the card is locked to.
    pub imei_locked: EmmCause,
    /// An emergency attach in equipment on the black list; `None` lets it in. #5, where the regulator wants it refused
    /// (TS 24.301 5.5.1.2.5).
    pub black_in_emergency: Option<EmmCause>,
    /// Attach where roaming control bars every bearer of the subscription; `None` accepts it without any service.
    /// #13 lets the device look elsewhere and leaves nothing behind on the card.
    pub all_barred: Option<EmmCause>,
    /// An APN that is not subscribed. Networks that resolve the name first answer #27 instead.
    pub unsubscribed_apn: EsmCause,
    /// Data barred by roaming control or on request.
    pub data_barred: EsmCause,
    /// A call to or from a number off the voice whitelist.
    pub off_whitelist: CcCause,
    /// A call of a data-only subscription, as cause of the CM SERVICE REJECT.
    pub voice_not_subscribed: EmmCause,
    /// PDN connections that one subscriber may have at once, at most 11.
    pub max_pdn: usize,
    /// Session back-off T3396 that goes with #26.
    pub t3396: Option<Duration>,
    /// Periodic tracking area update timer T3412.
    pub t3412: Duration,
    /// Periodic location updating timer T3212, on GSM and UTRAN.
    pub t3212: Duration,
    /// T3402 and T3302, where the operator sets them.
    pub t3402: Option<Duration>,
    /// A connection over which nothing passes for this time is released; `None` keeps it.
    pub inactivity: Option<Duration>,
    /// Tracking areas that are granted together; an area outside is granted alone.
    pub tracking_areas: Vec<u16>,
    /// Whether the updates of a mobile that the network knows are challenged, too.
    pub authenticate_updates: bool,
    /// Networks that are told to be equivalent to each other.
    pub equivalents: Vec<Plmn>,
    /// Name, time and zone of the network are told after each registration.
    pub network_information: bool,
    /// Power saving.
    pub power: PowerPolicy,
    /// A mobile that is not heard for T3412 and this time is detached without being told; `None` never does it.
    /// Four minutes (TS 24.301 5.3.5, mobile reachable timer).
    pub implicit_detach: Option<Duration>,
    /// A mobile that is not heard for this time after that is forgotten; `None` never does it. A day: TS 23.401 leaves it
    /// to the operator.
    pub purge_after: Option<Duration>,
    /// Validity of a short message that names none; 48 h as on the operator's platform.
    pub sms_validity: Duration,
    /// The longest validity of a short message.
    pub sms_validity_max: Duration,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            unknown_imsi: EmmCause::EPS_AND_NON_EPS_NOT_ALLOWED,
            suspended: EmmCause::EPS_NOT_ALLOWED,
            cancelled: EmmCause::EPS_AND_NON_EPS_NOT_ALLOWED,
            no_agreement: EmmCause::PLMN_NOT_ALLOWED,
            imei_locked: EmmCause::ILLEGAL_ME,
            black_in_emergency: None,
            all_barred: Some(EmmCause::ROAMING_NOT_ALLOWED),
            unsubscribed_apn: EsmCause::SERVICE_OPTION_NOT_SUBSCRIBED,
            data_barred: EsmCause::OPERATOR_DETERMINED_BARRING,
            off_whitelist: CcCause::CALL_REJECTED,
            voice_not_subscribed: EmmCause::SERVICE_OPTION_NOT_SUBSCRIBED,
            max_pdn: 8,
            t3396: Some(Duration::from_secs(12 * 60)),
            t3412: Duration::from_secs(54 * 60),
            t3212: Duration::from_secs(60 * 60),
            t3402: None,
            inactivity: Some(Duration::from_secs(10)),
            tracking_areas: Vec::new(),
            authenticate_updates: false,
            equivalents: Vec::new(),
            network_information: true,
            power: PowerPolicy::default(),
            implicit_detach: Some(Duration::from_secs(4 * 60)),
            purge_after: Some(Duration::from_secs(24 * 3600)),
            sms_validity: Duration::from_secs(48 * 3600),
            sms_validity_max: Duration::from_secs(7 * 24 * 3600),
        }
    }
}
