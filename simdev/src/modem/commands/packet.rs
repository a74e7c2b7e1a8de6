//! Packet domain (TS 27.007 clause 10).

use super::super::Modem;
use super::super::mobile::ContextDefinition;
use super::super::outcome::{Flow, Outcome, Pending, Refusal};
use super::address_format::AddressFormat;
use super::{Entry, Test, open, setting};
use std::collections::BTreeMap;
use std::net::IpAddr;
use wire::at::command::{Form, Parameters};
use wire::at::error::CmeError;
use wire::nas::{PdnGrant, PdnType};
use wire::time::Instant;

/// The rows of these commands.
pub(super) const ROWS: &[Entry] = &[
    open("+CGATT", Test::Text("(0,1)"), Modem::packet_attach),
    open("+CGDCONT", Test::Own, Modem::define_context),
    open("+CGACT", Test::Text("(0,1)"), Modem::activate_context),
    open("+CGPADDR", Test::Own, Modem::addresses),
    open("+CGCONTRDP", Test::Own, Modem::dynamic_parameters),
    open("+CGDATA", Test::Text("(\"PPP\")"), Modem::enter_data_state),
    open("+CGEREP", Test::Text("(0-2),(0,1)"), Modem::packet_events),
    open("+CGSMS", Test::Text("(1)"), Modem::message_bearer),
];

/// Events that `+CGEREP=0` keeps.
const MOST_HELD: usize = 16;
/// Context identifiers that can be defined.
const CONTEXTS: std::ops::RangeInclusive<u32> = 1..=8;
/// `<d_comp>`, `<h_comp>`, `<IPv4AddrAlloc>`, `<request_type>`, `<P-CSCF_discovery>`, `<IM_CN_Signalling_Flag_Ind>`,
/// `<NSLPI>`, `<securePCO>`: the highest value of each.
const OPTIONS: &[u32] = &[3, 4, 2, 4, 2, 1, 1, 1];
pub(super) const PDN_TYPES: [PdnType; 3] = [PdnType::Ipv4, PdnType::Ipv6, PdnType::Ipv4v6];

impl Modem {
    pub(super) fn packet_attach(&mut self, now: Instant, form: &Form) -> Outcome {
        match form {
            Form::Read => {
                let attached = u8::from(self.mobile.has_packet_services());
                self.information(&format!("+CGATT: {attached}"));
                Ok(Flow::Done)
            }
            Form::Set(list) => match list.required_number(0)? {
                0 => {
                    self.mobile.detach(now, false);
                    Ok(Flow::Pending(Pending::Detach))
                }
                1 if self.mobile.radio_is_on() => {
                    self.mobile.attach(now);
                    Ok(Flow::Pending(Pending::Selection { abortable: false }))
                }
                1 => Err(CmeError::OPERATION_NOT_ALLOWED.into()),
                _ => Err(Refusal::Parameter),
            },
            Form::Action | Form::Test => Err(Refusal::NoSuchForm),
        }
    }

    pub(super) fn define_context(&mut self, now: Instant, form: &Form) -> Outcome {
        match form {
            Form::Test => {
                for pdn_type in PDN_TYPES {
                    self.information(&format!("+CGDCONT: (1-8),\"{pdn_type}\",,,(0),(0)"));
                }
            }
            Form::Read => {
                let row = |(cid, context): (&u8, &ContextDefinition)| {
                    let apn = context.apn.as_deref().unwrap_or_default();
                    let compression = [0, 1].map(|place| context.options.get(place).copied().unwrap_or(0));
                    let more = context.options.iter().skip(2).map(|option| format!(",{option}"));
                    let [data, header] = compression;
                    format!(
                        "+CGDCONT: {cid},\"{}\",\"{apn}\",\"0.0.0.0\",{data},{header}{}",
                        context.pdn_type,
                        more.collect::<String>()
                    )
                };
                let rows: Vec<String> = self.mobile.contexts().iter().map(row).collect();
                for row in rows {
                    self.information(&row);
                }
            }
            Form::Set(list) => {
                let cid = context_id(list.required_number(0)?)?;
                let definition = if list.len() == 1 { None } else { Some(definition(list)?) };
                self.primary_context_defined(cid, definition.is_some());
                self.mobile.define_context(now, cid, definition);
            }
            Form::Action => return Err(Refusal::NoSuchForm),
        }
        Ok(Flow::Done)
    }

    pub(super) fn activate_context(&mut self, now: Instant, form: &Form) -> Outcome {
        let list = match form {
            Form::Set(list) => list,
            Form::Read => {
                let state = |cid: &u8| (*cid, u8::from(self.mobile.connection(*cid).is_some()));
                let states: Vec<(u8, u8)> = self.mobile.contexts().keys().map(state).collect();
                let secondary = self.flash.secondary_contexts.keys().map(|cid| (*cid, 0));
                let states: BTreeMap<u8, u8> = states.into_iter().chain(secondary).collect();
                for (cid, active) in states {
                    self.information(&format!("+CGACT: {cid},{active}"));
                }
                return Ok(Flow::Done);
            }
            Form::Action | Form::Test => return Err(Refusal::NoSuchForm),
        };
        let connect = match list.required_number(0)? {
            0 => false,
            1 => true,
            _ => return Err(Refusal::Parameter),
        };
        let cids = self.listed_contexts(list, 1)?;
        let waiting: Vec<u8> =
            cids.into_iter().filter(|cid| self.mobile.connection(*cid).is_some() != connect).collect();
        self.next_session(now, connect, waiting)
    }

    /// Begins with the first of these contexts; the others follow when it is done.
    pub(in crate::modem) fn next_session(
        &mut self,
        now: Instant,
        connect: bool,
        mut cids: Vec<u8>,
    ) -> Outcome {
        if cids.is_empty() {
            return Ok(Flow::Done);
        }
        let cid = cids.remove(0);
        if connect {
            self.mobile.activate(now, cid);
        } else {
            self.mobile.deactivate(now, cid);
        }
        Ok(Flow::Pending(Pending::Sessions { cid, connect, then: cids }))
    }

    /// The contexts that a command names from a place on; all that are defined where it names none.
    fn listed_contexts(&self, list: &Parameters, from: usize) -> Result<Vec<u8>, Refusal> {
        if list.len() <= from {
            return Ok(self.mobile.contexts().keys().copied().collect());
        }
        let mut cids = Vec::new();
        for index in from..list.len() {
            let cid = context_id(list.required_number(index)?)?;
            if self.flash.secondary_contexts.contains_key(&cid) {
                // There are no dedicated bearers.
                return Err(CmeError::OPERATION_NOT_SUPPORTED.into());
            }
            if !self.mobile.contexts().contains_key(&cid) {
                return Err(Refusal::Parameter);
            }
            cids.push(cid);
        }
        Ok(cids)
    }

    pub(super) fn named_contexts(&self, form: &Form) -> Result<Vec<u8>, Refusal> {
        match form {
            Form::Action => Ok(self.mobile.contexts().keys().copied().collect()),
            Form::Set(list) => self.listed_contexts(list, 0),
            Form::Read | Form::Test => Err(Refusal::NoSuchForm),
        }
    }

    pub(super) fn show_contexts(&mut self, name: &str, cids: impl Iterator<Item = u8>) -> Outcome {
        let cids: Vec<String> = cids.map(|cid| cid.to_string()).collect();
        self.information(&format!("{name}: ({})", cids.join(",")));
        Ok(Flow::Done)
    }

    pub(super) fn addresses(&mut self, _now: Instant, form: &Form) -> Outcome {
        if *form == Form::Test {
            let cids: Vec<u8> = self.mobile.contexts().keys().copied().collect();
            return self.show_contexts("+CGPADDR", cids.into_iter());
        }
        for cid in self.named_contexts(form)? {
            let format = self.written();
            let quoted = |address: IpAddr| format!(",\"{}\"", format.text(address));
            let addresses: String = self.mobile.addresses(cid).into_iter().map(quoted).collect();
            self.information(&format!("+CGPADDR: {cid}{addresses}"));
        }
        Ok(Flow::Done)
    }

    pub(super) fn dynamic_parameters(&mut self, _now: Instant, form: &Form) -> Outcome {
        if *form == Form::Test {
            let cids: Vec<u8> = self.mobile.connections().keys().copied().collect();
            return self.show_contexts("+CGCONTRDP", cids.into_iter());
        }
        for cid in self.named_contexts(form)? {
            let Some(grant) = self.mobile.connection(cid) else { continue };
            let format = self.written();
            let line = |address| parameters_of_family(cid, grant, format, address);
            let lines: Vec<String> = self.mobile.addresses(cid).into_iter().map(line).collect();
            for line in lines {
                self.information(&line);
            }
        }
        Ok(Flow::Done)
    }

    pub(super) fn packet_events(&mut self, _now: Instant, form: &Form) -> Outcome {
        match form {
            Form::Read => {
                let (mode, buffer) = (self.profile.cgerep, self.profile.cgerep_buffer);
                self.information(&format!("+CGEREP: {mode},{buffer}"));
            }
            Form::Set(list) => {
                let mode = list.number(0)?.unwrap_or(0);
                let buffer = list.number(1)?.unwrap_or(self.profile.cgerep_buffer);
                if mode > 2 || buffer > 1 || list.len() > 2 {
                    return Err(Refusal::Parameter);
                }
                self.profile.cgerep = mode;
                self.profile.cgerep_buffer = buffer;
                self.release_packet_events();
            }
            Form::Action | Form::Test => return Err(Refusal::NoSuchForm),
        }
        Ok(Flow::Done)
    }

    /// Keeps an event while the host does not want them; of too many the oldest is forgotten.
    pub(in crate::modem) fn hold_packet_event(&mut self, line: String) {
        let held = &mut self.local.packet_events;
        held.push_back(line);
        if held.len() > MOST_HELD {
            held.pop_front();
        }
    }

    /// `+CGEREP` changed: what was held back is sent or forgotten.
    fn release_packet_events(&mut self) {
        if self.profile.cgerep == 0 {
            return;
        }
        let held = std::mem::take(&mut self.local.packet_events);
        if self.profile.cgerep_buffer == 1 {
            for line in held {
                self.line.report(vec![line]);
            }
        }
    }

    /// Short messages go over SGs and nowhere else.
    pub(super) fn message_bearer(&mut self, _now: Instant, form: &Form) -> Outcome {
        setting(self, form, "+CGSMS", 1, 1..=1).map(|_| Flow::Done)
    }
}

pub(super) fn context_id(number: u32) -> Result<u8, Refusal> {
    u8::try_from(number).ok().filter(|_| CONTEXTS.contains(&number)).ok_or(Refusal::Parameter)
}

/// A line of `+CGCONTRDP` for one address and what goes with its family; the MTU is that of IPv4.
fn parameters_of_family(cid: u8, grant: &PdnGrant, format: AddressFormat, address: IpAddr) -> String {
    let servers = grant.dns.iter().filter(|server| server.is_ipv4() == address.is_ipv4()).take(2);
    let mut fields: Vec<String> = servers.map(|server| format!("\"{}\"", format.text(*server))).collect();
    if let (Some(mtu), true) = (grant.mtu, address.is_ipv4()) {
        // Two DNS servers, two P-CSCF addresses, `<IM_CN_Signalling_Flag>`, `<LIPA_indication>`.
        fields.resize(4, String::new());
        fields.extend(["0".to_owned(), "0".to_owned(), mtu.to_string()]);
    }
    let rest: String = fields.iter().map(|field| format!(",{field}")).collect();
    let PdnGrant { bearer, apn, .. } = grant;
    format!("+CGCONTRDP: {cid},{bearer},\"{apn}\",\"{}\",{rest}", format.with_mask(address))
}

fn definition(list: &Parameters) -> Result<ContextDefinition, Refusal> {
    let name = list.text(1)?.unwrap_or("IP");
    let pdn_type = PDN_TYPES.into_iter().find(|known| known.to_string() == name).ok_or(Refusal::Parameter)?;
    let apn = list.text(2)?.filter(|apn| !apn.is_empty());
    match apn {
        Some(apn) if !is_access_point_name(apn) => Err(Refusal::Parameter),
        apn => Ok(ContextDefinition {
            apn: apn.map(str::to_owned),
            options: options(list)?,
            ..ContextDefinition::of(pdn_type)
        }),
    }
}

/// The numbers after the address, each within what TS 27.007 10.1.1 allows.
fn options(list: &Parameters) -> Result<Vec<u32>, Refusal> {
    if list.len() > 4 + OPTIONS.len() {
        return Err(Refusal::Parameter);
    }
    let mut options = Vec::new();
    for (place, most) in (4..list.len()).zip(OPTIONS) {
        let option = list.number(place)?.unwrap_or(0);
        if option > *most {
            return Err(Refusal::Parameter);
        }
        options.push(option);
    }
    Ok(options)
}

/// Labels of letters, digits and hyphens (TS 23.003 9.1); at most 100 octets with their length octets.
fn is_access_point_name(apn: &str) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    apn.len() < 100 && apn.split('.').all(label)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_access_point_name_is_made_of_labels() {
        for right in ["iot.example", "internet", "a-b.c1"] {
            assert!(is_access_point_name(right), "{right}");
        }
        for wrong in [".", "a..b", "a b", "é", "a_b", &"x".repeat(64)] {
            assert!(!is_access_point_name(wrong), "{wrong}");
        }
    }
}
