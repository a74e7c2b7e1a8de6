//! How a context proves who it is: `+CGAUTH` (TS 27.007 10.1.31).

use super::super::Modem;
use super::super::mobile::{Credentials, Protocol};
use super::super::outcome::{Flow, Outcome, Refusal};
use super::{Entry, Test, open};
use wire::at::command::Form;
use wire::time::Instant;

/// The rows of these commands.
pub(super) const ROWS: &[Entry] =
    &[open("+CGAUTH", Test::Text("(1-8),(0-2),(0-64),(0-64)"), Modem::credentials)];

/// The longest name and password.
const LONGEST: usize = 64;

impl Modem {
    pub(super) fn credentials(&mut self, _now: Instant, form: &Form) -> Outcome {
        let list = match form {
            Form::Set(list) => list,
            Form::Read => {
                let cids: Vec<u8> = self.mobile.contexts().keys().copied().collect();
                for cid in cids {
                    let text = match self.mobile.credentials(cid) {
                        None => format!("+CGAUTH: {cid},0"),
                        Some(Credentials { protocol, user, .. }) => {
                            // The password is not shown.
                            format!(
                                "+CGAUTH: {cid},{},\"{user}\"",
                                if *protocol == Protocol::Pap { 1 } else { 2 }
                            )
                        }
                    };
                    self.information(&text);
                }
                return Ok(Flow::Done);
            }
            Form::Action | Form::Test => return Err(Refusal::NoSuchForm),
        };
        let cid = u8::try_from(list.required_number(0)?).map_err(|_| Refusal::Parameter)?;
        let protocol = match list.number(1)? {
            None | Some(0) => None,
            Some(1) => Some(Protocol::Pap),
            Some(2) => Some(Protocol::Chap),
            Some(_) => return Err(Refusal::Parameter),
        };
        let [first, second] = [2, 3].map(|place| list.characters(place).unwrap_or_default().to_owned());
        let (user, password) =
            if self.config.model.password_first { (second, first) } else { (first, second) };
        let fits = self.mobile.contexts().contains_key(&cid)
            && user.len() <= LONGEST
            && password.len() <= LONGEST
            && list.len() <= 4;
        if !fits {
            return Err(Refusal::Parameter);
        }
        self.mobile.set_credentials(cid, protocol.map(|protocol| Credentials { protocol, user, password }));
        Ok(Flow::Done)
    }
}
