//! Codes of the keypad that are dialled: services by their number, the equipment's identity, and USSD for the rest
//! (TS 22.030 6.5.2). The result of a query is shown as by the command that asks the same.

use super::super::Modem;
use super::super::outcome::{Flow, Outcome, Refusal};
use super::service::Shown;
use wire::at::error::CmeError;
use wire::ss::{BasicService, ServiceRequest, SsCode, UssdString, operation, service_alone};
use wire::time::Instant;

/// What the characters before a code ask for.
const PROCEDURES: &[(&str, u8)] = &[
    ("**", operation::REGISTER_SS),
    ("##", operation::ERASE_SS),
    ("*#", operation::INTERROGATE_SS),
    ("*", operation::ACTIVATE_SS),
    ("#", operation::DEACTIVATE_SS),
];

/// Service codes (TS 22.030 annex B).
const CODES: &[(&str, SsCode)] = &[
    ("21", SsCode::CFU),
    ("67", SsCode::CFB),
    ("61", SsCode::CFNRY),
    ("62", SsCode::CFNRC),
    ("002", SsCode::ALL_FORWARDING),
    ("004", SsCode::ALL_CONDITIONAL_FORWARDING),
    ("43", SsCode::CALL_WAITING),
    ("30", SsCode::CLIP),
    ("31", SsCode::CLIR),
    ("33", SsCode::BAOC),
    ("331", SsCode::BOIC),
    ("332", SsCode::BOIC_EX_HC),
    ("35", SsCode::BAIC),
    ("351", SsCode::BIC_ROAM),
    ("330", SsCode::ALL_BARRING),
    ("333", SsCode::BARRING_OF_OUTGOING),
    ("353", SsCode::BARRING_OF_INCOMING),
];

/// A code taken apart.
#[derive(Debug, PartialEq, Eq)]
struct Mmi<'a> {
    operation: u8,
    service: &'a str,
    information: Vec<&'a str>,
}

/// `None` for what is no code: it does not begin so, or does not end with `#`.
fn take_apart(string: &str) -> Option<Mmi<'_>> {
    let body = string.strip_suffix('#')?;
    let (prefix, operation) = PROCEDURES.iter().find(|(prefix, _)| body.starts_with(prefix))?;
    let mut parts = body.get(prefix.len()..)?.split('*');
    let service = parts.next().filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))?;
    Some(Mmi { operation: *operation, service, information: parts.collect() })
}

/// The basic service of its code; `None` for everything.
fn basic(code: &str) -> Option<BasicService> {
    match code {
        "11" => Some(BasicService::SPEECH),
        "13" => Some(BasicService::FAX),
        "16" => Some(BasicService::SMS),
        "10" => Some(BasicService::ALL_TELE),
        "20" => Some(BasicService::ALL_BEARER),
        _ => None,
    }
}

impl Modem {
    /// Carries a code out; `None` when the string is a number to call.
    pub(super) fn dial_code(&mut self, now: Instant, string: &str) -> Option<Outcome> {
        let mmi = take_apart(string)?;
        if string == "*#06#" {
            let imei = self.config.imei.to_string();
            self.information(&imei);
            return Some(Ok(Flow::Done));
        }
        if let Err(refusal) = self.require_fixed_string(Some(string)) {
            return Some(Err(refusal));
        }
        let known = CODES.iter().find(|(digits, _)| *digits == mmi.service).map(|(_, code)| *code);
        Some(match (mmi.service, known) {
            ("03", _) if mmi.operation == operation::REGISTER_SS => self.dial_password(now, &mmi),
            (_, Some(code)) => self.dial_service(now, code, &mmi),
            (_, None) => self.dial_ussd(now, string),
        })
    }

    fn dial_service(&mut self, now: Instant, code: SsCode, mmi: &Mmi<'_>) -> Outcome {
        let at = |place: usize| mmi.information.get(place).copied().unwrap_or_default();
        let mut request = ServiceRequest::new(code);
        let mut operation = mmi.operation;
        let mut password = None;
        if code.is_forwarding() {
            request.basic = basic(at(1));
            if !at(0).is_empty() && matches!(operation, operation::REGISTER_SS | operation::ACTIVATE_SS) {
                operation = operation::REGISTER_SS;
                request.number = Some(at(0).parse().map_err(|_| Refusal::Parameter)?);
                request.no_reply = at(2).parse().ok();
            }
        } else if code.is_barring() {
            request.basic = basic(at(1));
            password = Some(at(0).to_owned()).filter(|digits| !digits.is_empty());
        } else {
            request.basic = basic(at(0));
        }
        let shown = match (operation, code) {
            (operation::INTERROGATE_SS, SsCode::CLIP) => Shown::CallingLine,
            (operation::INTERROGATE_SS, SsCode::CLIR) => Shown::Restriction,
            (operation::INTERROGATE_SS, SsCode::CALL_WAITING) => Shown::Waiting,
            (operation::INTERROGATE_SS, code) if code.is_barring() => Shown::Lock,
            (operation::INTERROGATE_SS, _) => Shown::Forwarding,
            _ => Shown::Nothing,
        };
        self.ask_network(now, operation, request.encode(), [password, None], shown)
    }

    /// `**03*<barring>*<old>*<new>*<new>#`.
    fn dial_password(&mut self, now: Instant, mmi: &Mmi<'_>) -> Outcome {
        let &[code, old, new, again] = mmi.information.as_slice() else { return Err(Refusal::Parameter) };
        if new != again {
            return Err(CmeError::INCORRECT_PASSWORD.into());
        }
        let known = CODES.iter().find(|(digits, known)| *digits == code && known.is_barring());
        let code = known.map_or(SsCode::ALL_BARRING, |(_, code)| *code);
        let passwords = [Some(old.to_owned()), Some(new.to_owned())];
        self.ask_network(now, operation::REGISTER_PASSWORD, service_alone(code), passwords, Shown::Nothing)
    }

    /// What is no code of a service is for the network.
    fn dial_ussd(&mut self, now: Instant, string: &str) -> Outcome {
        let string = UssdString::new(string).ok_or(CmeError::DIAL_STRING_TOO_LONG)?;
        self.local.ussd_shown = true;
        self.mobile.send_ussd(now, string)?;
        Ok(Flow::Done)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_gives_its_procedure_service_and_information() {
        let rows: &[(&str, u8, &str, &[&str])] = &[
            ("**61*0612345678*11*20#", operation::REGISTER_SS, "61", &["0612345678", "11", "20"]),
            ("*#21#", operation::INTERROGATE_SS, "21", &[]),
            ("##002#", operation::ERASE_SS, "002", &[]),
            ("*33*0000#", operation::ACTIVATE_SS, "33", &["0000"]),
            ("#43#", operation::DEACTIVATE_SS, "43", &[]),
        ];
        for (string, operation, service, information) in rows {
            let seen = take_apart(string).unwrap();
            assert_eq!((seen.operation, seen.service), (*operation, *service), "{string}");
            assert_eq!(seen.information, *information, "{string}");
        }
        for number in ["0612345678", "*31#0612345678", "#31#3900", "", "#", "+33"] {
            assert!(take_apart(number).is_none_or(|mmi| mmi.service.is_empty()), "{number}");
        }
    }
}
