//! One section that stands for many nodes.

use super::sections::NodePlan;
use super::text::Text;
use serde::Deserialize;
use toml::Spanned;
use wire::id::Eui64;

/// For how many nodes a section stands: 1 to 10,000.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "u16")]
pub struct Copies(pub u16);

impl Default for Copies {
    fn default() -> Self {
        Self(1)
    }
}

impl TryFrom<u16> for Copies {
    type Error = String;

    fn try_from(copies: u16) -> Result<Self, String> {
        let fits = (1..=10_000).contains(&copies);
        fits.then_some(Self(copies)).ok_or_else(|| format!("copies are 1 to 10000, not {copies}"))
    }
}

impl NodePlan {
    /// The nodes that the section stands for, named `name-1`, `name-2` and so on with as many digits as the last one
    /// has; their DevEUIs count up, and so do their keys: with one key
    /// for all a node would take the join-accept of another.
    #[must_use]
    pub fn all(self) -> Vec<Self> {
        let copies = self.copies.0;
        if copies == 1 {
            return vec![self];
        }
        let digits = copies.to_string().len();
        let copy = |number: u16| {
            let name = format!("{}-{number:0digits$}", self.name.get_ref());
            let dev_eui = self.dev_eui.0.value().wrapping_add(u64::from(number) - 1);
            Self {
                name: Spanned::new(self.name.span(), name),
                dev_eui: Text(Eui64::from_value(dev_eui)),
                copy: number - 1,
                ..self.clone()
            }
        };
        (1..=copies).map(copy).collect()
    }
}
