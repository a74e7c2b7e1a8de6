//! Notifications about a call: what the other side or the network did (notifySS, TS 24.080 4.2.2).

use super::Malformed;
use super::ber::{Reader, SEQUENCE, constructed, context, octet, push, push_with};
use super::code::{SsCode, SsStatus};
use super::component::{Component, InvokeId, operation};

/// The argument of notifySS.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Notification {
    /// The service that it is about.
    pub code: Option<SsCode>,
    /// Its status.
    pub status: Option<SsStatus>,
    /// Forwarding: one of the constants of [`Notification`].
    pub forwarding: Option<u8>,
    /// The call waits at the called party.
    pub is_waiting: bool,
    /// The other side put the call on hold (true) or retrieved it.
    pub on_hold: Option<bool>,
    /// The call became part of a multiparty call.
    pub multiparty: bool,
    /// The caller's number is shown although it was to be hidden.
    pub clir_rejected: bool,
    /// The call was transferred: 0 while the other side rings, 1 when it is active.
    pub transferred: Option<u8>,
}

impl Notification {
    /// The incoming call is one that was forwarded.
    pub const IS_FORWARDED: u8 = 0x04;
    /// An incoming call was forwarded.
    pub const INCOMING_FORWARDED: u8 = 0x02;
    /// The outgoing call was forwarded.
    pub const OUTGOING_FORWARDED: u8 = 0x01;

    /// The invocation of notifySS; nobody answers it.
    #[must_use]
    pub fn component(&self, id: InvokeId) -> Component {
        Component::Invoke { id, linked: None, operation: operation::NOTIFY_SS, argument: self.encode() }
    }

    /// The octets of its element.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        push_with(&mut out, SEQUENCE, |out| {
            if let Some(code) = self.code {
                push(out, context(1), &[code.0]);
            }
            if let Some(status) = self.status {
                push(out, context(4), &[status.0]);
            }
            if let Some(forwarding) = self.forwarding {
                push(out, context(5), &[forwarding]);
            }
            if self.is_waiting {
                push(out, context(14), &[]);
            }
            if let Some(on_hold) = self.on_hold {
                push(out, context(15), &[u8::from(on_hold)]);
            }
            if self.multiparty {
                push(out, context(16), &[]);
            }
            if self.clir_rejected {
                push(out, context(18), &[]);
            }
            if let Some(state) = self.transferred {
                push_with(out, constructed(19), |out| push(out, context(0), &[state]));
            }
        });
        out
    }

    /// Reads the element; what is not known in it is skipped.
    ///
    /// # Errors
    /// [`Malformed`] where it is no sequence, or a field has another size.
    pub fn parse(octets: &[u8]) -> Result<Self, Malformed> {
        let mut inner = Reader::new(Reader::new(octets).required(SEQUENCE, "notification")?);
        let mut notification = Self::default();
        while let Some((tag, value)) = inner.next()? {
            let field = || octet(value, "notification field");
            match tag {
                0x81 => notification.code = Some(SsCode(field()?)),
                0x84 => notification.status = Some(SsStatus(field()?)),
                0x85 => notification.forwarding = Some(field()?),
                0x8e => notification.is_waiting = true,
                0x8f => notification.on_hold = Some(field()? == 1),
                0x90 => notification.multiparty = true,
                0x92 => notification.clir_rejected = true,
                0xb3 => {
                    let state = Reader::new(value).required(context(0), "transfer state")?;
                    notification.transferred = Some(octet(state, "transfer state")?);
                }
                _ => {}
            }
        }
        Ok(notification)
    }

    /// Every notification of a facility element; other components and what cannot be read are left out.
    #[must_use]
    pub fn of_facility(octets: &[u8]) -> Vec<Self> {
        let components = Component::parse_all(octets).unwrap_or_default();
        let notification = |component: &Component| match component {
            Component::Invoke { operation: operation::NOTIFY_SS, argument, .. } => Self::parse(argument).ok(),
            Component::Invoke { .. }
            | Component::ReturnResult { .. }
            | Component::ReturnError { .. }
            | Component::Reject { .. } => None,
        };
        components.iter().filter_map(notification).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notifications_have_the_tags_of_the_standard() {
        // Each dissected by Wireshark 4.0 as notifySS with the field that its row names.
        let none = Notification::default();
        let rows = [
            (
                "a10e02010102011030068101428f0101",
                Notification { code: Some(SsCode::HOLD), on_hold: Some(true), ..none },
            ),
            ("a10a02010102011030028e00", Notification { is_waiting: true, ..none }),
            ("a10a02010102011030029000", Notification { multiparty: true, ..none }),
            (
                "a10e0201010201103006810192840105",
                Notification { code: Some(SsCode::BAOC), status: Some(SsStatus(5)), ..none },
            ),
            (
                "a10e0201010201103006810121850101",
                Notification {
                    code: Some(SsCode::CFU),
                    forwarding: Some(Notification::OUTGOING_FORWARDED),
                    ..none
                },
            ),
            ("a10d0201010201103005b303800101", Notification { transferred: Some(1), ..none }),
        ];
        for (octets, notification) in rows {
            let octets = hex::decode(octets).unwrap();
            assert_eq!(Notification::of_facility(&octets), [notification], "{octets:02x?}");
            assert_eq!(hex::encode(notification.component(InvokeId(1)).encode()), hex::encode(octets));
        }
    }
}
