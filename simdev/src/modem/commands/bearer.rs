//! What may be asked of bearers (TS 27.007 10.1.2 `+CGDSCONT`, 10.1.3 `+CGTFT`, 10.1.24 to 10.1.27): secondary contexts,
//! traffic flow templates and quality of service.
//!
//! They are checked and kept. The operator has default bearers only: a secondary context is never active, a template
//! filters nothing, and the quality that the network gives is that of the default bearer, as it was last modified.

mod filter;

use super::super::Modem;
use super::super::outcome::{Flow, Outcome, Refusal};
use super::packet::context_id;
use super::{Entry, Test, open};
use filter::PacketFilter;
use std::collections::BTreeMap;
use wire::at::command::{Form, Parameters};
use wire::at::error::CmeError;
use wire::nas::Ambr;
use wire::time::Instant;

/// The rows of these commands.
pub(super) const ROWS: &[Entry] = &[
    open("+CGDSCONT", Test::Own, Modem::secondary_context),
    open("+CGTFT", Test::Own, Modem::flow_template),
    open("+CGEQOS", Test::Text(QUALITY), Modem::bearer_quality),
    open("+CGEQOSRDP", Test::Own, Modem::given_quality),
    open("+CGSCONTRDP", Test::Own, Modem::secondary_parameters),
];

const QUALITY: &str = "(1-8),(0-9),(0-10000000),(0-10000000),(0-10000000),(0-10000000)";
/// Classes with a guaranteed bit rate (TS 23.203 table 6.1.7).
const GUARANTEED: std::ops::RangeInclusive<u32> = 1..=4;
const HIGHEST_CLASS: u32 = 9;
/// kbit/s.
const HIGHEST_RATE: u32 = 10_000_000;
/// `<d_comp>`, `<h_comp>`, `<IM_CN_Signalling_Flag_Ind>`: the highest value of each.
const OPTIONS: [u32; 3] = [3, 4, 1];

/// A context beside a primary one: its primary, and the numbers that were set with it.
pub(in crate::modem) type SecondaryContexts = BTreeMap<u8, (u8, [u32; 3])>;

/// What was asked for and ends with the power.
#[derive(Debug, Default)]
pub(in crate::modem) struct BearerWishes {
    filters: BTreeMap<u8, Vec<PacketFilter>>,
    /// Class, and its rates where they were set: guaranteed down and up, most down and up, kbit/s.
    qualities: BTreeMap<u8, (u32, Option<[u32; 4]>)>,
}

impl Modem {
    pub(super) fn secondary_context(&mut self, _now: Instant, form: &Form) -> Outcome {
        match form {
            Form::Test => {
                let primaries = self.primary_contexts();
                for pdn_type in super::packet::PDN_TYPES {
                    self.information(&format!("+CGDSCONT: (1-8),({primaries}),\"{pdn_type}\",(0),(0),(0,1)"));
                }
            }
            Form::Read => {
                for (cid, (primary, [data, header, signalling])) in self.flash.secondary_contexts.clone() {
                    self.information(&format!("+CGDSCONT: {cid},{primary},{data},{header},{signalling}"));
                }
            }
            Form::Set(list) => self.define_secondary(list)?,
            Form::Action => return Err(Refusal::NoSuchForm),
        }
        Ok(Flow::Done)
    }

    fn primary_contexts(&self) -> String {
        self.mobile.contexts().keys().map(u8::to_string).collect::<Vec<_>>().join(",")
    }

    fn define_secondary(&mut self, list: &Parameters) -> Result<(), Refusal> {
        let cid = context_id(list.required_number(0)?)?;
        if self.mobile.contexts().contains_key(&cid) {
            return Err(CmeError::OPERATION_NOT_ALLOWED.into());
        }
        if list.len() == 1 {
            self.flash.secondary_contexts.remove(&cid);
            return Ok(());
        }
        let primary = context_id(list.required_number(1)?)?;
        if !self.mobile.contexts().contains_key(&primary) {
            return Err(CmeError::OPERATION_NOT_ALLOWED.into());
        }
        let mut options = [0; 3];
        for (place, (option, most)) in options.iter_mut().zip(OPTIONS).enumerate() {
            *option = list.number(place + 2)?.unwrap_or(0);
            if *option > most {
                return Err(Refusal::Parameter);
            }
        }
        if list.len() > 2 + OPTIONS.len() {
            return Err(Refusal::Parameter);
        }
        self.flash.secondary_contexts.insert(cid, (primary, options));
        Ok(())
    }

    /// A primary context is defined anew or not at all: it is no secondary one, and takes those beside it with it.
    pub(super) fn primary_context_defined(&mut self, cid: u8, defined: bool) {
        self.flash.secondary_contexts.remove(&cid);
        if !defined {
            self.flash.secondary_contexts.retain(|_, (primary, _)| *primary != cid);
        }
    }

    fn has_context(&self, cid: u8) -> bool {
        self.mobile.contexts().contains_key(&cid) || self.flash.secondary_contexts.contains_key(&cid)
    }

    pub(super) fn flow_template(&mut self, _now: Instant, form: &Form) -> Outcome {
        match form {
            Form::Test => {
                for pdn_type in super::packet::PDN_TYPES {
                    self.information(&format!(
                        "+CGTFT: \"{pdn_type}\",(1-16),(0-255),,(0-255),,,,,(00000-FFFFF),(0-3)"
                    ));
                }
            }
            Form::Read => {
                let row = |cid: &u8, filter: &PacketFilter| format!("+CGTFT: {cid},{filter}");
                let filters = &self.local.bearers.filters;
                let rows: Vec<String> =
                    filters.iter().flat_map(|(cid, all)| all.iter().map(|one| row(cid, one))).collect();
                for row in rows {
                    self.information(&row);
                }
            }
            // `+CGTFT=` alone takes every template away.
            Form::Set(list) if list.is_empty() => self.local.bearers.filters.clear(),
            Form::Set(list) => self.set_filter(list)?,
            Form::Action => return Err(Refusal::NoSuchForm),
        }
        Ok(Flow::Done)
    }

    fn set_filter(&mut self, list: &Parameters) -> Result<(), Refusal> {
        let cid = context_id(list.required_number(0)?)?;
        if !self.has_context(cid) {
            return Err(filter::UNKNOWN_CONTEXT.into());
        }
        let filters = self.local.bearers.filters.entry(cid).or_default();
        if list.len() == 1 {
            filters.clear();
            return Ok(());
        }
        let wanted = PacketFilter::read(list)?;
        filters.retain(|filter| filter.identifier != wanted.identifier);
        if filters.iter().any(|filter| filter.precedence == wanted.precedence) {
            return Err(filter::SEMANTIC_ERROR.into());
        }
        filters.push(wanted);
        filters.sort_by_key(|filter| filter.identifier);
        Ok(())
    }

    pub(super) fn bearer_quality(&mut self, _now: Instant, form: &Form) -> Outcome {
        match form {
            Form::Read => {
                let row = |(cid, (class, rates)): (&u8, &(u32, Option<[u32; 4]>))| {
                    let rates = rates.iter().flatten().map(|rate| format!(",{rate}"));
                    format!("+CGEQOS: {cid},{class}{}", rates.collect::<String>())
                };
                let rows: Vec<String> = self.local.bearers.qualities.iter().map(row).collect();
                for row in rows {
                    self.information(&row);
                }
            }
            Form::Set(list) => {
                let cid = context_id(list.required_number(0)?)?;
                if !self.has_context(cid) {
                    return Err(Refusal::Parameter);
                }
                if list.len() == 1 {
                    self.local.bearers.qualities.remove(&cid);
                } else {
                    self.local.bearers.qualities.insert(cid, quality(list)?);
                }
            }
            Form::Action | Form::Test => return Err(Refusal::NoSuchForm),
        }
        Ok(Flow::Done)
    }

    pub(super) fn given_quality(&mut self, _now: Instant, form: &Form) -> Outcome {
        if *form == Form::Test {
            let cids: Vec<u8> = self.mobile.connections().keys().copied().collect();
            return self.show_contexts("+CGEQOSRDP", cids.into_iter());
        }
        for cid in self.named_contexts(form)? {
            if let Some((qci, ambr)) = self.mobile.connection(cid).map(|grant| (grant.qci, grant.ambr)) {
                // Guaranteed and highest rates are those of other classes: their four fields are empty.
                let rates = |ambr: Ambr| format!(",,,,,{},{}", ambr.down.kbits(), ambr.up.kbits());
                let rates = ambr.map_or_else(String::new, rates);
                self.information(&format!("+CGEQOSRDP: {cid},{}{rates}", qci.number()));
            }
        }
        Ok(Flow::Done)
    }

    /// No secondary context is ever active.
    pub(super) fn secondary_parameters(&mut self, _now: Instant, form: &Form) -> Outcome {
        match form {
            Form::Test => self.information("+CGSCONTRDP: ()"),
            Form::Action => {}
            Form::Set(list) => {
                let cid = context_id(list.required_number(0)?)?;
                if list.len() > 1 || !self.has_context(cid) {
                    return Err(Refusal::Parameter);
                }
            }
            Form::Read => return Err(Refusal::NoSuchForm),
        }
        Ok(Flow::Done)
    }
}

/// `<cid>,<QCI>[,<DL_GBR>,<UL_GBR>,<DL_MBR>,<UL_MBR>]`.
fn quality(list: &Parameters) -> Result<(u32, Option<[u32; 4]>), Refusal> {
    let class = list.required_number(1)?;
    if class > HIGHEST_CLASS {
        return Err(CmeError(181).into());
    }
    let mut rates = [0; 4];
    for (place, rate) in rates.iter_mut().enumerate() {
        *rate = list.number(place + 2)?.unwrap_or(0);
        if *rate > HIGHEST_RATE {
            return Err(Refusal::Parameter);
        }
    }
    let [guaranteed_down, guaranteed_up, most_down, most_up] = rates;
    let guaranteed = guaranteed_down > 0 || guaranteed_up > 0;
    let more_than_most = guaranteed_down > most_down || guaranteed_up > most_up;
    if guaranteed && (more_than_most || !GUARANTEED.contains(&class)) {
        // What the network would say: QoS not accepted.
        return Err(CmeError(137).into());
    }
    match list.len() {
        2 => Ok((class, None)),
        3..=6 => Ok((class, Some(rates))),
        _ => Err(Refusal::Parameter),
    }
}
