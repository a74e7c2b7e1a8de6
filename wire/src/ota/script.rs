//! Commands to a remote application: one after the other, or in a template (TS 102 226 clauses 5.1 and 5.2).
//!
//! In the compact form the commands follow each other; the answer is how many were carried out, the last status word and
//! the last data. In the expanded form (tag AA) each is an object of its own (22), and an immediate action (81) may ask the
//! card for a command to the terminal. Lengths have one octet, or 81 and one.

const TEMPLATE: u8 = 0xaa;
const COMMAND: u8 = 0x22;
const IMMEDIATE_ACTION: u8 = 0x81;

/// What an application is told to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Script {
    /// Commands one after the other.
    Compact(Vec<Vec<u8>>),
    /// Commands in a template.
    Expanded {
        /// The objects of a command to the terminal, without the outer tag.
        action: Option<Vec<u8>>,
        /// The commands.
        commands: Vec<Vec<u8>>,
    },
}

/// Why data is no script.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a command or an object of the script is not whole")]
pub struct ScriptError;

impl Script {
    /// The octets.
    #[must_use]
    pub fn to_octets(&self) -> Vec<u8> {
        match self {
            Self::Compact(commands) => commands.concat(),
            Self::Expanded { action, commands } => {
                let mut content = Vec::new();
                if let Some(action) = action {
                    push(&mut content, IMMEDIATE_ACTION, action);
                }
                for command in commands {
                    push(&mut content, COMMAND, command);
                }
                let mut octets = Vec::new();
                push(&mut octets, TEMPLATE, &content);
                octets
            }
        }
    }

    /// Reads a script; objects of other kinds are passed over.
    ///
    /// # Errors
    /// [`ScriptError`] when something is cut off.
    pub fn parse(octets: &[u8]) -> Result<Self, ScriptError> {
        let Some((&TEMPLATE, _)) = octets.split_first() else { return compact(octets) };
        let (_, content, _) = object(octets)?;
        let (mut action, mut commands, mut rest) = (None, Vec::new(), content);
        while !rest.is_empty() {
            let (tag, value, behind) = object(rest)?;
            match tag {
                COMMAND => commands.push(value.to_vec()),
                IMMEDIATE_ACTION => action = Some(value.to_vec()),
                _ => {}
            }
            rest = behind;
        }
        Ok(Self::Expanded { action, commands })
    }
}

/// A command has four octets, a length and as much data; one that only reads has the wanted length and nothing behind it,
/// which the instruction tells.
fn compact(octets: &[u8]) -> Result<Script, ScriptError> {
    let (mut commands, mut rest) = (Vec::new(), octets);
    while !rest.is_empty() {
        let [_, instruction, _, _, length, ..] = rest else { return Err(ScriptError) };
        let reads = matches!(instruction, 0xb0 | 0xb2 | 0xc0 | 0xf2);
        let whole = if reads { 5 } else { 5 + usize::from(*length) };
        let (command, behind) = rest.split_at_checked(whole).ok_or(ScriptError)?;
        commands.push(command.to_vec());
        rest = behind;
    }
    Ok(Script::Compact(commands))
}

fn push(octets: &mut Vec<u8>, tag: u8, value: &[u8]) {
    octets.push(tag);
    if value.len() > 127 {
        octets.push(0x81);
    }
    octets.push(value.len() as u8);
    octets.extend(value);
}

/// Tag, value and what follows the object.
fn object(octets: &[u8]) -> Result<(u8, &[u8], &[u8]), ScriptError> {
    let (length, tag, rest) = match octets {
        [tag, 0x81, length, rest @ ..] => (*length, *tag, rest),
        [tag, length @ 0..=0x7f, rest @ ..] => (*length, *tag, rest),
        _ => return Err(ScriptError),
    };
    let (value, behind) = rest.split_at_checked(usize::from(length)).ok_or(ScriptError)?;
    Ok((tag, value, behind))
}
