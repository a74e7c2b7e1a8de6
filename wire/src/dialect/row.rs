//! The kinds of rows of which a dialect is made.

use crate::air::cellular::Rat;

/// Who a module says it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Identity {
    /// `+CGMI`.
    pub manufacturer: &'static str,
    /// `+CGMM`.
    pub model: &'static str,
    /// What stands for `{revision}`.
    pub revision: &'static str,
    /// The line of `+CGMR`.
    pub revision_line: &'static str,
    /// The lines of `ATI`; none for a module that does not have it.
    pub card: &'static [&'static str],
    /// A word of the maker, lower case, by which it is recognised.
    pub maker_word: &'static str,
    /// Words of the models, lower case, of which one is enough.
    pub model_words: &'static [&'static str],
}

/// How a question is put.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// The name alone.
    Action,
    /// The name with `?`.
    Read,
    /// The name with `=` and this.
    With(&'static str),
}

/// A question with its answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Query {
    /// The command, such as `+QCSQ`.
    pub name: &'static str,
    /// Its form.
    pub asked: Asked,
    /// Whether it is refused without a card.
    pub needs_card: bool,
    /// Answers; the first whose condition holds is given.
    pub replies: &'static [Reply],
}

/// An answer with its condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reply {
    /// When it is given.
    pub when: When,
    /// Its lines; with none the answer is the bare result code.
    pub lines: &'static [&'static str],
}

/// When an answer is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// Always.
    Always,
    /// While camped on a cell of this technology.
    On(Rat),
    /// While no cell serves.
    NoService,
}

/// How the identity of the card is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Iccid {
    /// By reading EF_ICCID (TS 31.102 4.2): the way that no maker has to provide.
    File,
    /// With a command of the maker, which gives `{iccid}` or `{iccid_filled}`.
    Query(Query),
}

/// How the remaining attempts of a code are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attempts {
    /// `+CPINR` (TS 27.007 8.65).
    Standard,
    /// With commands of the maker: the code as `+CPIN` names it, the question, and the value of its answer.
    Queries(&'static [(&'static str, Query, &'static str)]),
}

/// How a card that is taken or put in is reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HotSwap {
    /// The setting that switches the reports on, with its value; `None` where they always come.
    pub enabled_by: Option<(&'static str, &'static str)>,
    /// A card was put in.
    pub inserted: &'static [&'static str],
    /// The card was taken out.
    pub removed: &'static [&'static str],
}

/// One parameter of a setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// A number between these.
    Number(u32, u32),
    /// Hexadecimal digits, with or without `0x`.
    Hex,
}

/// A setting of a maker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Setting {
    /// The command, such as `+QCFG`.
    pub name: &'static str,
    /// The quoted first parameter that selects it, where several share a command.
    pub key: Option<&'static str>,
    /// The parameters after the key.
    pub fields: &'static [Field],
    /// How many of them, from the first, must be there and are kept.
    pub kept: usize,
    /// As delivered.
    pub initial: &'static str,
    /// What stands before the value when it is shown.
    pub shown: &'static str,
    /// What the test form says after the name.
    pub test: &'static str,
    /// Technologies that a value leaves; with a value that is not listed, all stay.
    pub technologies: &'static [(&'static str, &'static [Rat])],
    /// When the value takes effect.
    pub applies: Applies,
}

/// When a setting takes effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Applies {
    /// At once.
    AtOnce,
    /// At the next start.
    AtStart,
}

/// What an order does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Does {
    /// Signs off from the network and switches off.
    SwitchOff,
    /// Signs off from the network and starts anew, with `+CFUN` as it stands.
    Restart,
    /// The same, with full functionality afterwards.
    RestartInFull,
}

/// A command that switches off or starts anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Order {
    /// The command.
    pub name: &'static str,
    /// Its form.
    pub asked: Asked,
    /// What it does.
    pub does: Does,
    /// What is reported after the result code.
    pub reports: &'static [&'static str],
}

impl Asked {
    /// The command line that asks for `name` in this form.
    #[must_use]
    pub fn line(self, name: &str) -> String {
        match self {
            Self::Action => format!("AT{name}"),
            Self::Read => format!("AT{name}?"),
            Self::With(parameters) => format!("AT{name}={parameters}"),
        }
    }
}

impl Query {
    /// A question that is the name alone, with one answer.
    #[must_use]
    pub const fn action(name: &'static str, replies: &'static [Reply]) -> Self {
        Self { name, asked: Asked::Action, needs_card: false, replies }
    }

    /// The same, refused without a card.
    #[must_use]
    pub const fn of_card(name: &'static str, asked: Asked, replies: &'static [Reply]) -> Self {
        Self { name, asked, needs_card: true, replies }
    }

    /// The command line that asks.
    #[must_use]
    pub fn line(&self) -> String {
        self.asked.line(self.name)
    }
}

impl Reply {
    /// An answer that is always the same but for its values.
    #[must_use]
    pub const fn always(lines: &'static [&'static str]) -> Self {
        Self { when: When::Always, lines }
    }

    /// The answer on a technology.
    #[must_use]
    pub const fn on(rat: Rat, lines: &'static [&'static str]) -> Self {
        Self { when: When::On(rat), lines }
    }

    /// The answer without service.
    #[must_use]
    pub const fn without_service(lines: &'static [&'static str]) -> Self {
        Self { when: When::NoService, lines }
    }
}

impl Order {
    /// The command line that gives the order.
    #[must_use]
    pub fn line(&self) -> String {
        self.asked.line(self.name)
    }
}
