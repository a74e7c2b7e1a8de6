//! Cell broadcast messages on their way to the host (TS 27.005 3.4.1 `+CNMI`, 3.3.4 `+CSCB`).
//!
//! They are routed or not; there is no storage for them, so that `<bm>` 1 shows nothing and 3 shows class 3 alone.

use super::super::Modem;
use wire::plmn::Plmn;
use wire::sms::{BroadcastPage, MessageClass};

/// Pages that are remembered, so that a network may repeat them (TS 23.041 8.2).
const MOST_KNOWN: usize = 64;

/// A page that was shown: network, serial number, message identifier, page.
pub(super) type Shown = (Option<Plmn>, u16, u16, u8);

impl Modem {
    /// A page that was broadcast in the cell; shown once however often it is sent.
    pub(in crate::modem) fn broadcast_arrived(&mut self, octets: &[u8]) {
        let Ok(page) = BroadcastPage::parse(octets) else { return };
        let direct = match self.profile.cnmi.bm {
            2 => true,
            3 => page.class() == Some(MessageClass::Class3),
            _ => false,
        };
        if !direct || !self.profile.broadcasts.wants(page.identifier, page.coding) {
            return;
        }
        let plmn = self.mobile.serving().map(|cell| cell.id.plmn);
        let shown: Shown = (plmn, page.serial, page.identifier, page.page);
        let known = &mut self.messages.broadcasts;
        if known.contains(&shown) {
            return;
        }
        known.push_back(shown);
        if known.len() > MOST_KNOWN {
            known.pop_front();
        }
        let lines = if self.profile.text_mode {
            let BroadcastPage { serial, identifier, coding, page: number, pages, .. } = page;
            let text = page.text().map(|text| self.host_text(&text));
            let text = text.unwrap_or_else(|| hex::encode_upper(octets.get(6..).unwrap_or_default()));
            vec![format!("+CBM: {serial},{identifier},{coding},{number},{pages}"), text]
        } else {
            vec![format!("+CBM: {}", octets.len()), hex::encode_upper(octets)]
        };
        self.indicate(lines);
    }
}
