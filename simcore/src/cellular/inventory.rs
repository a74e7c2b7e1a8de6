//! The card as a thing in the inventory: its form, its memory, and whether it was sold, lent for a test or a prototype.
//!
//! Spec: service description 1.3.2.1, 1.3.2.2 and 1.5; TS 102 221 (removable cards), TS 102 671 (MFF2). None of it
//! changes how the network serves a card; all of it is part of what the report says of it.

use std::fmt;
use std::str::FromStr;

/// The card's form, with its environmental class.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
pub enum FormFactor {
    /// Mini card, 25 x 15 mm.
    #[default]
    Ff2,
    /// Micro card, 15 x 12 mm.
    Ff3,
    /// Nano card, 12.3 x 8.8 mm.
    Ff4,
    /// Reinforced mini card.
    Ff2Reinforced,
    /// Reinforced micro card.
    Ff3Reinforced,
    /// Soldered chip, 5 x 6 mm.
    Mff2Basic,
    /// Soldered chip for industry.
    Mff2Industrial,
    /// Soldered chip for vehicles.
    Mff2Automotive,
}

/// What the service description says of one form.
struct FormRow {
    form: FormFactor,
    name: &'static str,
    memory: Memory,
    /// Storage and operation, degrees Celsius.
    temperature: (i8, i8),
}

const fn row(form: FormFactor, name: &'static str, memory: Memory, temperature: (i8, i8)) -> FormRow {
    FormRow { form, name, memory, temperature }
}

/// Temperature classes TS and TB.
const STANDARD: (i8, i8) = (-25, 85);
const EXTENDED: (i8, i8) = (-40, 105);

const FORMS: [FormRow; 8] = [
    row(FormFactor::Ff2, "2FF", Memory::K64, STANDARD),
    row(FormFactor::Ff3, "3FF", Memory::K64, STANDARD),
    row(FormFactor::Ff4, "4FF", Memory::K64, STANDARD),
    row(FormFactor::Ff2Reinforced, "2FFR", Memory::K64, EXTENDED),
    row(FormFactor::Ff3Reinforced, "3FFR", Memory::K64, EXTENDED),
    row(FormFactor::Mff2Basic, "MFF2-basic", Memory::K64, STANDARD),
    row(FormFactor::Mff2Industrial, "MFF2-industrial", Memory::K64, EXTENDED),
    row(FormFactor::Mff2Automotive, "MFF2-automotive", Memory::K128, EXTENDED),
];

impl FormFactor {
    fn row(self) -> &'static FormRow {
        FORMS.iter().find(|row| row.form == self).unwrap_or(&FORMS[0])
    }

    /// The name in the service description: `3FFR`.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.row().name
    }

    /// The memory that it is sold with.
    #[must_use]
    pub fn memory(self) -> Memory {
        self.row().memory
    }

    /// The lowest and the highest temperature that it stands, degrees Celsius.
    #[must_use]
    pub fn temperature(self) -> (i8, i8) {
        self.row().temperature
    }
}

impl fmt::Display for FormFactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for FormFactor {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        FORMS.iter().find(|row| row.name == text).map(|row| row.form).ok_or_else(|| {
            let known: Vec<&str> = FORMS.iter().map(|row| row.name).collect();
            format!("\"{text}\" is not a form of card: expected one of {}", known.join(", "))
        })
    }
}

/// Memory of the card.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
pub enum Memory {
    /// 64 kilobytes.
    #[default]
    K64,
    /// 128 kilobytes.
    K128,
}

impl fmt::Display for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::K64 => "64k",
            Self::K128 => "128k",
        })
    }
}

impl FromStr for Memory {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "64k" => Ok(Self::K64),
            "128k" => Ok(Self::K128),
            _ => Err(format!("\"{text}\" is not the memory of a card: expected 64k or 128k")),
        }
    }
}

/// For what a card was provided (service description 1.5).
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
pub enum SimKind {
    /// For production.
    #[default]
    Production,
    /// For a test: an agreed number of them, on a defined profile.
    Test,
    /// For a prototype: an agreed number of them, on a profile that can be changed.
    Prototype,
}

impl SimKind {
    /// Whether the profile may change after provisioning.
    #[must_use]
    pub const fn has_flexible_profile(self) -> bool {
        matches!(self, Self::Prototype)
    }
}

impl fmt::Display for SimKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Production => "production",
            Self::Test => "test",
            Self::Prototype => "prototype",
        })
    }
}

impl FromStr for SimKind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        [Self::Production, Self::Test, Self::Prototype]
            .into_iter()
            .find(|kind| kind.to_string() == text)
            .ok_or_else(|| {
                format!("\"{text}\" is not a kind of card: expected production, test or prototype")
            })
    }
}

/// A card in the inventory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct CardItem {
    /// Its form.
    pub form: FormFactor,
    /// Its memory.
    pub memory: Memory,
    /// For what it was provided.
    pub kind: SimKind,
}

impl fmt::Display for CardItem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}, {}", self.form, self.memory, self.kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_the_service_has_its_name_memory_and_temperature() {
        for row in &FORMS {
            assert_eq!(row.name.parse(), Ok(row.form));
            assert_eq!(row.form.to_string(), row.name);
            assert_eq!(row.form.memory() == Memory::K128, row.name == "MFF2-automotive", "{}", row.name);
            let standard = matches!(row.name, "2FF" | "3FF" | "4FF" | "MFF2-basic");
            assert_eq!(row.form.temperature() == (-25, 85), standard, "{}", row.name);
        }
        assert!("1FF".parse::<FormFactor>().unwrap_err().contains("2FF, 3FF, 4FF, 2FFR, 3FFR, MFF2-basic"));
        assert!("96k".parse::<Memory>().is_err() && "lent".parse::<SimKind>().is_err());
    }
}
