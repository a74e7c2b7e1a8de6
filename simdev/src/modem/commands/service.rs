//! Services that the network keeps: forwarding, waiting, barring with its password, line identification (TS 27.007 7.4 to
//! 7.7, 7.11, 7.12). What is set or asked here is the network's; what it answers is shown as it came.

use super::super::Modem;
use super::super::outcome::{Flow, Outcome, Pending, Refusal};
use super::{Entry, Service, Test, open};
use wire::at::command::{Form, Parameters};
use wire::at::error::CmeError;
use wire::id::PhoneNumber;
use wire::ss::{
    BasicService, ForwardingFeature, Interrogation, ServiceRequest, SsCode, SsStatus, operation,
    service_alone,
};
use wire::time::Instant;

/// The rows of these commands.
pub(super) const ROWS: &[Entry] = &[open("+CCFC", Test::Text("(0-5)"), Modem::call_forwarding)];

/// `<reason>` of `+CCFC`.
const REASONS: [SsCode; 6] = [
    SsCode::CFU,
    SsCode::CFB,
    SsCode::CFNRY,
    SsCode::CFNRC,
    SsCode::ALL_FORWARDING,
    SsCode::ALL_CONDITIONAL_FORWARDING,
];

/// `<fac>` of barring in `+CLCK` and `+CPWD`.
const BARRINGS: &[(&str, SsCode)] = &[
    ("AO", SsCode::BAOC),
    ("OI", SsCode::BOIC),
    ("OX", SsCode::BOIC_EX_HC),
    ("AI", SsCode::BAIC),
    ("IR", SsCode::BIC_ROAM),
    ("AB", SsCode::ALL_BARRING),
    ("AG", SsCode::BARRING_OF_OUTGOING),
    ("AC", SsCode::BARRING_OF_INCOMING),
];

/// What the answer of the network is shown as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::modem) enum Shown {
    Nothing,
    Forwarding,
    Waiting,
    Lock,
    CallingLine,
    Restriction,
}

/// Voice, data and facsimile: what a command means that names no class.
const EVERY_CLASS: u32 = 7;

/// The basic service of a `<class>`; `None` for more than one.
const fn basic(class: u32) -> Option<BasicService> {
    match class {
        1 => Some(BasicService::SPEECH),
        2 => Some(BasicService::ALL_BEARER),
        4 => Some(BasicService::FAX),
        8 => Some(BasicService::SMS),
        _ => None,
    }
}

fn barring(facility: &str) -> Option<SsCode> {
    BARRINGS.iter().find(|(name, _)| *name == facility).map(|(_, code)| *code)
}

impl Modem {
    pub(super) fn call_forwarding(&mut self, now: Instant, form: &Form) -> Outcome {
        let Form::Set(list) = form else { return Err(Refusal::NoSuchForm) };
        let reason = usize::try_from(list.required_number(0)?).map_err(|_| Refusal::Parameter)?;
        let code = *REASONS.get(reason).ok_or(Refusal::Parameter)?;
        let mut request = ServiceRequest::new(code);
        request.basic = basic(list.number(4)?.unwrap_or(EVERY_CLASS));
        let (operation, shown) = match list.required_number(1)? {
            0 => (operation::DEACTIVATE_SS, Shown::Nothing),
            1 if list.text(2)?.is_none() => (operation::ACTIVATE_SS, Shown::Nothing),
            1 | 3 => {
                request.number = Some(forward_number(list)?);
                request.no_reply = no_reply(list)?;
                (operation::REGISTER_SS, Shown::Nothing)
            }
            2 if reason > 3 => return Err(CmeError::OPERATION_NOT_ALLOWED.into()),
            2 => (operation::INTERROGATE_SS, Shown::Forwarding),
            4 => (operation::ERASE_SS, Shown::Nothing),
            _ => return Err(Refusal::Parameter),
        };
        self.ask_network(now, operation, request.encode(), [None, None], shown)
    }

    /// `+CCWA=<n>,<mode>[,<class>]`.
    pub(super) fn switch_waiting(&mut self, now: Instant, list: &Parameters) -> Outcome {
        let mut request = ServiceRequest::new(SsCode::CALL_WAITING);
        request.basic = basic(list.number(2)?.unwrap_or(EVERY_CLASS));
        let (operation, shown) = match list.required_number(1)? {
            0 => (operation::DEACTIVATE_SS, Shown::Nothing),
            1 => (operation::ACTIVATE_SS, Shown::Nothing),
            2 => (operation::INTERROGATE_SS, Shown::Waiting),
            _ => return Err(Refusal::Parameter),
        };
        self.ask_network(now, operation, request.encode(), [None, None], shown)
    }

    /// `+CLCK` of a barring; `None` when the facility is none.
    pub(super) fn lock_calls(&mut self, now: Instant, list: &Parameters) -> Option<Outcome> {
        let code = barring(list.text(0).ok().flatten()?)?;
        Some(self.change_barring(now, code, list))
    }

    fn change_barring(&mut self, now: Instant, code: SsCode, list: &Parameters) -> Outcome {
        let mut request = ServiceRequest::new(code);
        request.basic = basic(list.number(3)?.unwrap_or(EVERY_CLASS));
        let group = code.members().len() > 1;
        let (operation, shown) = match list.required_number(1)? {
            0 => (operation::DEACTIVATE_SS, Shown::Nothing),
            // A group can be switched off only (TS 27.007 7.4).
            1 | 2 if group => return Err(CmeError::OPERATION_NOT_ALLOWED.into()),
            1 => (operation::ACTIVATE_SS, Shown::Nothing),
            2 => (operation::INTERROGATE_SS, Shown::Lock),
            _ => return Err(Refusal::Parameter),
        };
        let password = list.characters(2).map(str::to_owned);
        self.ask_network(now, operation, request.encode(), [password, None], shown)
    }

    /// `+CPWD` of a barring; `None` when the facility is none.
    pub(super) fn change_call_password(&mut self, now: Instant, list: &Parameters) -> Option<Outcome> {
        let code = barring(list.text(0).ok().flatten()?)?;
        let passwords = [1, 2].map(|place| list.characters(place).map(str::to_owned));
        let argument = service_alone(code);
        Some(self.ask_network(now, operation::REGISTER_PASSWORD, argument, passwords, Shown::Nothing))
    }

    /// Whether the subscription has line identification is asked of the network; without one it is not known.
    pub(super) fn ask_line(&mut self, now: Instant, code: SsCode, shown: Shown) -> Outcome {
        let argument = ServiceRequest::new(code).encode();
        let asked = self.mobile.request_operation(now, operation::INTERROGATE_SS, argument, [None, None]);
        match asked {
            Ok(()) => Ok(Flow::Pending(Pending::Ss(shown))),
            Err(_) => {
                self.show_line(shown, 2);
                Ok(Flow::Done)
            }
        }
    }

    pub(super) fn ask_network(
        &mut self,
        now: Instant,
        operation: u8,
        argument: Vec<u8>,
        passwords: [Option<String>; 2],
        shown: Shown,
    ) -> Outcome {
        self.mobile.request_operation(now, operation, argument, passwords)?;
        Ok(Flow::Pending(Pending::Ss(shown)))
    }

    /// The network has answered.
    pub(in crate::modem) fn service_ended(&mut self, now: Instant, result: Result<Vec<u8>, CmeError>) {
        let Some(Pending::Ss(shown)) = self.pending() else { return };
        let shown = *shown;
        let outcome = match result {
            Ok(octets) => {
                self.line.begin_response();
                self.show_service(shown, Interrogation::parse(&octets).ok());
                Ok(Flow::Done)
            }
            Err(_) if matches!(shown, Shown::CallingLine | Shown::Restriction) => {
                self.line.begin_response();
                self.show_line(shown, 2);
                Ok(Flow::Done)
            }
            Err(error) => Err(error.into()),
        };
        self.after_command(now, outcome, Service::Mobile);
    }

    fn show_service(&mut self, shown: Shown, answer: Option<Interrogation>) {
        let active = matches!(answer, Some(Interrogation::Groups(_)));
        let state = if active { "1,1" } else { "0,7" };
        match (shown, answer) {
            (Shown::Nothing, _) => {}
            (Shown::Waiting, _) => self.information(&format!("+CCWA: {state}")),
            (Shown::Lock, _) => self.information(&format!("+CLCK: {state}")),
            (Shown::Forwarding, Some(Interrogation::Forwarding(features))) => {
                for feature in features {
                    self.information(&forwarding_text(&feature));
                }
            }
            (Shown::Forwarding, _) => self.information("+CCFC: 0,7"),
            (Shown::CallingLine, Some(Interrogation::Generic { status, .. })) => {
                self.show_line(shown, u8::from(status.is_provisioned()));
            }
            (Shown::Restriction, Some(Interrogation::Generic { status, restriction })) => {
                self.show_line(shown, restriction_number(status, restriction));
            }
            (Shown::CallingLine | Shown::Restriction, _) => self.show_line(shown, 2),
        }
    }

    fn show_line(&mut self, shown: Shown, provisioned: u8) {
        let text = match shown {
            Shown::Restriction => format!("+CLIR: {},{provisioned}", self.profile.clir),
            Shown::Nothing | Shown::Forwarding | Shown::Waiting | Shown::Lock | Shown::CallingLine => {
                format!("+CLIP: {},{provisioned}", u8::from(self.profile.clip))
            }
        };
        self.information(&text);
    }
}

/// `<m>` of `+CLIR`.
const fn restriction_number(status: SsStatus, restriction: Option<u8>) -> u8 {
    match restriction {
        _ if !status.is_provisioned() => 0,
        Some(0) => 1,
        Some(1) => 3,
        Some(2) => 4,
        Some(_) | None => 2,
    }
}

fn forwarding_text(feature: &ForwardingFeature) -> String {
    let active = u8::from(feature.status.is_active());
    let mut text = format!("+CCFC: {active},1");
    if let Some(number) = &feature.number {
        text.push_str(&format!(",\"{number}\",{}", number.type_of_address()));
        if let Some(seconds) = feature.no_reply {
            text.push_str(&format!(",,,{seconds}"));
        }
    }
    text
}

fn forward_number(list: &Parameters) -> Result<PhoneNumber, Refusal> {
    let text = list.required_text(2)?;
    let international = list.number(3)? == Some(145) && !text.starts_with('+');
    let text = if international { format!("+{text}") } else { text.to_owned() };
    text.parse().map_err(|_| Refusal::Parameter)
}

fn no_reply(list: &Parameters) -> Result<Option<u8>, Refusal> {
    match list.number(7)? {
        None => Ok(None),
        Some(seconds @ 1..=30) => Ok(u8::try_from(seconds.max(5)).ok()),
        Some(_) => Err(Refusal::Parameter),
    }
}
