//! Unstructured supplementary service data (TS 27.007 7.15). The answer is a report: the command itself ends at once.

use super::super::Modem;
use super::super::mobile::UssdEvent;
use super::super::outcome::{Flow, Outcome, Refusal};
use super::{Entry, Test, open};
use wire::at::command::{Form, Parameters};
use wire::at::error::CmeError;
use wire::sms::Alphabet;
use wire::ss::{UssdString, cell_broadcast_alphabet};
use wire::time::Instant;

/// The rows of these commands.
pub(super) const ROWS: &[Entry] = &[open("+CUSD", Test::Text("(0-2)"), Modem::ussd)];

/// GSM 7-bit, language unspecified: what a host means that names no scheme.
const USUAL_SCHEME: u32 = 15;

impl Modem {
    pub(super) fn ussd(&mut self, now: Instant, form: &Form) -> Outcome {
        match form {
            Form::Read => {
                let shown = u8::from(self.local.ussd_shown);
                self.information(&format!("+CUSD: {shown}"));
            }
            Form::Set(list) => {
                let string = self.ussd_string(list)?;
                match list.number(0)?.unwrap_or(0) {
                    shown @ (0 | 1) => {
                        self.local.ussd_shown = shown == 1;
                        if let Some(string) = string {
                            self.require_fixed_string(string.text().as_deref())?;
                            self.mobile.send_ussd(now, string)?;
                        }
                    }
                    2 => self.mobile.cancel_ussd(),
                    _ => return Err(Refusal::Parameter),
                }
            }
            Form::Action | Form::Test => return Err(Refusal::NoSuchForm),
        }
        Ok(Flow::Done)
    }

    /// The string of the command, in its data coding scheme: text in the character set of the line, or octets written
    /// as hexadecimal digits where the scheme is not the GSM alphabet.
    fn ussd_string(&self, list: &Parameters) -> Result<Option<UssdString>, Refusal> {
        let scheme = list.number(2)?.unwrap_or(USUAL_SCHEME);
        let scheme = u8::try_from(scheme).map_err(|_| Refusal::Parameter)?;
        let Some(text) = list.text(1)? else { return Ok(None) };
        let string = match cell_broadcast_alphabet(scheme) {
            Alphabet::Gsm7 => {
                let text = self.text_of_host(text).ok_or(CmeError::INVALID_TEXT)?;
                wire::sms::gsm7::encode(&text).ok_or(CmeError::INVALID_TEXT)?;
                UssdString::with_scheme(&text, scheme)
            }
            Alphabet::Ucs2 | Alphabet::EightBit => {
                let octets = hex::decode(text).map_err(|_| CmeError::INVALID_TEXT)?;
                UssdString::of_octets(octets, scheme)
            }
        };
        Ok(Some(string.ok_or(CmeError::TEXT_TOO_LONG)?))
    }

    /// What the network said becomes `+CUSD: <m>[,<str>,<dcs>]`, with the text as it came: line ends and quotes included.
    pub(in crate::modem) fn ussd_told(&mut self, event: &UssdEvent) {
        if !self.local.ussd_shown {
            return self.mobile.refuse_ussd();
        }
        let text = match event {
            UssdEvent::Answer(string) | UssdEvent::Notice(string) => format!("0,{}", self.ussd_text(string)),
            UssdEvent::Question(string) => format!("1,{}", self.ussd_text(string)),
            UssdEvent::Ended => "2".to_owned(),
            UssdEvent::NotSupported => "4".to_owned(),
            UssdEvent::TimedOut => "5".to_owned(),
        };
        self.line.report(vec![format!("+CUSD: {text}")]);
    }

    fn ussd_text(&self, string: &UssdString) -> String {
        let text = match (string.alphabet(), string.text()) {
            (Alphabet::Gsm7, Some(text)) => self.host_text(&text),
            (Alphabet::Gsm7 | Alphabet::Ucs2 | Alphabet::EightBit, _) => hex::encode_upper(&string.octets),
        };
        format!("\"{text}\",{}", string.scheme)
    }
}
