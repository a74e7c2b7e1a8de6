//! What the service centre keeps over a restart, and how a message is written down: as the TPDU that its recipient gets.

use super::{Content, MessageId, ReceivedSms, Recipient, SmsState, Smsc};
use crate::cellular::CellularCore;
use crate::state::{Parts, StateError};
use serde::{Deserialize, Serialize};
use wire::sms::{Deliver, StatusReport, Timestamp};

/// The content of a message as TPDU. The time stamp of a DELIVER is made when it is sent, and stands empty here.
#[derive(Serialize, Deserialize)]
pub(super) enum Written {
    Message(Deliver),
    Report(StatusReport),
}

impl From<Content> for Written {
    fn from(content: Content) -> Self {
        match content {
            Content::Message { from, pid, user_data } => {
                let deliver = Deliver::new(from, Timestamp::from_octets([0; 7]), user_data);
                Self::Message(Deliver { pid, ..deliver })
            }
            Content::Report(report) => Self::Report(report),
        }
    }
}

impl From<Written> for Content {
    fn from(written: Written) -> Self {
        match written {
            Written::Message(Deliver { originator, pid, user_data, .. }) => {
                Self::Message { from: originator, pid, user_data }
            }
            Written::Report(report) => Self::Report(report),
        }
    }
}

impl Smsc {
    pub(in crate::cellular) fn parts(&mut self) -> Parts<'_> {
        vec![
            ("short-message", &mut self.messages),
            ("sms-queue", &mut self.queues),
            ("sms-reply", &mut self.replies),
            ("sms-last-submit", &mut self.last_submit),
        ]
    }
}

impl CellularCore {
    /// The inboxes of applications follow from the messages that were delivered to them.
    pub(in crate::cellular) fn sms_restored(&mut self) -> Result<(), StateError> {
        for (id, stored) in &self.smsc.messages {
            if let (Recipient::Esme { esme, .. }, SmsState::Enroute) = (&stored.recipient, stored.state)
                && self.account_of_esme(esme).is_none()
            {
                let (kind, key) = ("short-message".to_owned(), format!("{}, for ESME {esme}", id.0));
                return Err(StateError::Missing { kind, key });
            }
        }
        let mut received: Vec<ReceivedSms> = self.smsc.messages.iter().filter_map(received).collect();
        received.sort_by_key(|message| (message.at, message.id));
        for message in received {
            let form = self.canonical(&message.to).to_string();
            self.smsc.inbox.entry(form).or_default().push(message);
        }
        Ok(())
    }
}

/// A message as its application received it; `None` for one that goes elsewhere or has not arrived.
fn received((id, stored): (&MessageId, &super::Stored)) -> Option<ReceivedSms> {
    match (&stored.content, &stored.recipient, stored.state) {
        (
            Content::Message { pid, user_data, .. },
            Recipient::Application { from, to } | Recipient::Esme { from, to, .. },
            SmsState::Delivered { at },
        ) => Some(ReceivedSms {
            id: *id,
            from: from.clone(),
            to: to.clone(),
            pid: *pid,
            user_data: user_data.clone(),
            at,
        }),
        (Content::Message { .. } | Content::Report(_), _, _) => None,
    }
}
