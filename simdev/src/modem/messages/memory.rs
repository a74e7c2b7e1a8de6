//! Where short messages lie: on the card, in the modem, or in the modem's list of status reports (TS 27.005 3.1 `<mem>`).
//!
//! `MT` is both storages as one: the places of the card first, those of the modem after them. What lies in the modem
//! outlives the power. Indexes begin at 1.

use super::super::Modem;
use crate::sim::{SmsRecord, SmsStatus, SmsStoreError};
use wire::at::error::CmsError;

/// Places in the modem's own storage, and for status reports.
const EQUIPMENT_PLACES: usize = 50;
const REPORT_PLACES: usize = 20;

/// `<mem>`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::modem) enum Memory {
    /// `SM`.
    Card,
    /// `ME`.
    Equipment,
    /// `MT`: card and equipment.
    Any,
    /// `SR`: status reports.
    Reports,
}

impl Memory {
    /// What `<mem1>` may be.
    pub(in crate::modem) const READABLE: &'static [Self] =
        &[Self::Card, Self::Equipment, Self::Any, Self::Reports];
    /// What `<mem2>` and `<mem3>` may be.
    pub(in crate::modem) const WRITABLE: &'static [Self] = &[Self::Card, Self::Equipment, Self::Any];

    pub(in crate::modem) const fn name(self) -> &'static str {
        match self {
            Self::Card => "SM",
            Self::Equipment => "ME",
            Self::Any => "MT",
            Self::Reports => "SR",
        }
    }

    pub(in crate::modem) fn named(name: &str) -> Option<Self> {
        Self::READABLE.iter().copied().find(|memory| memory.name() == name)
    }
}

/// Places for messages.
#[derive(Debug)]
pub(in crate::modem) struct Shelf(Vec<Option<SmsRecord>>);

impl Shelf {
    fn place_mut(&mut self, index: u16) -> Result<&mut Option<SmsRecord>, CmsError> {
        let place = usize::from(index).checked_sub(1).and_then(|place| self.0.get_mut(place));
        place.ok_or(CmsError::INVALID_INDEX)
    }

    fn records(&self) -> Vec<(u16, SmsRecord)> {
        let numbered = (1..).zip(&self.0);
        numbered.filter_map(|(index, record)| record.clone().map(|record| (index, record))).collect()
    }

    fn store(&mut self, record: &SmsRecord) -> Result<u16, CmsError> {
        let (index, place) =
            (1..).zip(&mut self.0).find(|(_, place)| place.is_none()).ok_or(CmsError::MEMORY_FULL)?;
        *place = Some(record.clone());
        Ok(index)
    }
}

/// The storages inside the modem.
#[derive(Debug)]
pub(in crate::modem) struct Shelves {
    equipment: Shelf,
    reports: Shelf,
}

impl Default for Shelves {
    fn default() -> Self {
        Self { equipment: Shelf(vec![None; EQUIPMENT_PLACES]), reports: Shelf(vec![None; REPORT_PLACES]) }
    }
}

impl Modem {
    fn shelf(&self, memory: Memory) -> &Shelf {
        let shelves = &self.flash.shelves;
        if memory == Memory::Reports { &shelves.reports } else { &shelves.equipment }
    }

    fn shelf_mut(&mut self, memory: Memory) -> &mut Shelf {
        let shelves = &mut self.flash.shelves;
        if memory == Memory::Reports { &mut shelves.reports } else { &mut shelves.equipment }
    }

    /// How many messages there can be.
    pub(in crate::modem) fn capacity(&self, memory: Memory) -> u16 {
        let card = self.mobile.card().map_or(0, |card| u16::from(card.sms_capacity()));
        let shelf = self.shelf(memory).0.len() as u16;
        match memory {
            Memory::Card => card,
            Memory::Equipment | Memory::Reports => shelf,
            Memory::Any => card + shelf,
        }
    }

    /// How many messages there are; a defective modem counts those that it could not store.
    pub(in crate::modem) fn used(&self, memory: Memory) -> Result<usize, CmsError> {
        let hidden = if memory == Memory::Card { self.messages.hidden() } else { 0 };
        Ok(self.records(memory)?.len() + hidden)
    }

    /// All messages with their places.
    pub(in crate::modem) fn records(&self, memory: Memory) -> Result<Vec<(u16, SmsRecord)>, CmsError> {
        let on_card = || -> Result<Vec<(u16, SmsRecord)>, CmsError> {
            let card = self.mobile.card().ok_or(CmsError::SIM_NOT_INSERTED)?;
            let records = card.sms_records().map_err(|_| CmsError::SIM_FAILURE)?;
            Ok(records.into_iter().map(|(index, record)| (u16::from(index), record)).collect())
        };
        match memory {
            Memory::Card => on_card(),
            Memory::Equipment | Memory::Reports => Ok(self.shelf(memory).records()),
            Memory::Any => {
                let mut records = on_card()?;
                let behind = self.capacity(Memory::Card);
                let equipment = self.shelf(memory).records();
                records.extend(equipment.into_iter().map(|(index, record)| (index + behind, record)));
                Ok(records)
            }
        }
    }

    /// The message at a place; `None` where it is free.
    pub(in crate::modem) fn record(&self, memory: Memory, index: u16) -> Result<Option<SmsRecord>, CmsError> {
        if !(1..=self.capacity(memory)).contains(&index) {
            return Err(CmsError::INVALID_INDEX);
        }
        Ok(self.records(memory)?.into_iter().find(|(place, _)| *place == index).map(|(_, record)| record))
    }

    /// The storage that a place belongs to, and the place there: `MT` has none of its own.
    fn home_of(&self, memory: Memory, index: u16) -> (Memory, u16) {
        let on_card = self.capacity(Memory::Card);
        match memory {
            Memory::Any if index <= on_card => (Memory::Card, index),
            Memory::Any => (Memory::Equipment, index - on_card),
            Memory::Card | Memory::Equipment | Memory::Reports => (memory, index),
        }
    }

    /// Puts a message into the first free place and says which.
    pub(in crate::modem) fn store_record(
        &mut self,
        memory: Memory,
        record: &SmsRecord,
    ) -> Result<u16, CmsError> {
        match memory {
            Memory::Card => {
                let card = self.mobile.card_mut().ok_or(CmsError::SIM_NOT_INSERTED)?;
                card.store_sms(record).map(u16::from).map_err(from_card)
            }
            Memory::Equipment | Memory::Reports => self.shelf_mut(memory).store(record),
            Memory::Any => match self.store_record(Memory::Card, record) {
                Err(_) => {
                    let index = self.store_record(Memory::Equipment, record)?;
                    Ok(index + self.capacity(Memory::Card))
                }
                stored => stored,
            },
        }
    }

    /// Puts a message into this place, free or not.
    pub(in crate::modem) fn overwrite_record(
        &mut self,
        memory: Memory,
        index: u16,
        record: &SmsRecord,
    ) -> Result<(), CmsError> {
        match self.home_of(memory, index) {
            (Memory::Card, index) => {
                let card = self.mobile.card_mut().ok_or(CmsError::SIM_NOT_INSERTED)?;
                let index = u8::try_from(index).map_err(|_| CmsError::INVALID_INDEX)?;
                card.write_sms(index, record).map_err(from_card)
            }
            (memory, index) => {
                *self.shelf_mut(memory).place_mut(index)? = Some(record.clone());
                Ok(())
            }
        }
    }

    /// Changes what a message is. One that keeps its old mark is no reason to withhold it: nothing is told.
    pub(in crate::modem) fn mark_record(&mut self, memory: Memory, index: u16, status: SmsStatus) {
        match self.home_of(memory, index) {
            (Memory::Card, index) => {
                if let (Some(card), Ok(index)) = (self.mobile.card_mut(), u8::try_from(index)) {
                    let _ = card.set_sms_status(index, status);
                }
            }
            (memory, index) => {
                if let Ok(Some(record)) = self.shelf_mut(memory).place_mut(index) {
                    record.status = status;
                }
            }
        }
    }

    /// Frees a place.
    pub(in crate::modem) fn delete_record(&mut self, memory: Memory, index: u16) -> Result<(), CmsError> {
        match self.home_of(memory, index) {
            (Memory::Card, index) => {
                let card = self.mobile.card_mut().ok_or(CmsError::SIM_NOT_INSERTED)?;
                let index = u8::try_from(index).map_err(|_| CmsError::INVALID_INDEX)?;
                card.delete_sms(index).map_err(|_| CmsError::MEMORY_FAILURE)
            }
            (memory, index) => {
                *self.shelf_mut(memory).place_mut(index)? = None;
                Ok(())
            }
        }
    }

    /// Whether the next message finds no room.
    pub(in crate::modem) fn is_full(&self, memory: Memory) -> bool {
        self.records(memory).is_ok_and(|records| records.len() >= usize::from(self.capacity(memory)))
    }
}

const fn from_card(error: SmsStoreError) -> CmsError {
    match error {
        SmsStoreError::Full => CmsError::MEMORY_FULL,
        SmsStoreError::TooLong => CmsError::INVALID_PDU_PARAMETER,
        SmsStoreError::Card(_) => CmsError::MEMORY_FAILURE,
    }
}
