//! Command lines as the device reads them: bytes into lines, lines into commands.
//!
//! Spec: ITU-T V.250 clauses 5.2 to 5.4, 3GPP TS 27.007 clause 4. A [`LineCollector`] applies the editing rules and the
//! `AT` prefix; [`commands`] takes the body of a line apart, one command at a time, since the commands before a syntax
//! error are executed. Where V.250 leaves room: `At` and `aT` are prefixes only on modules that take them, a backslash in
//! a string must be followed by two hexadecimal digits, and a control character that means nothing is dropped. Not here: what a command
//! does, echo, text after a prompt.

mod cursor;

use super::text::text_of;
use cursor::Cursor;

/// The longest body that is accepted, in characters; V.250 asks for at least 40.
pub const LONGEST_BODY: usize = 2048;

/// Cancels the line that is being typed, as most modules do.
const CANCEL: u8 = 0x18;

/// The characters that frame and edit a command line (S-registers 3 and 5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EditingCharacters {
    /// S3: ends the line.
    pub terminator: u8,
    /// S5: deletes the character before it.
    pub backspace: u8,
    /// Whether `At` and `aT` are prefixes too; to V.250 they are not, to many modules they are.
    pub mixed_prefix: bool,
}

impl Default for EditingCharacters {
    fn default() -> Self {
        Self { terminator: 13, backspace: 8, mixed_prefix: false }
    }
}

/// What one received character led to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Collected {
    /// The character means nothing and is not echoed.
    Dropped,
    /// The character belongs to a line that is not complete.
    Kept,
    /// A line ended that had no prefix: there is nothing to answer.
    NoCommand,
    /// A line ended; its body without the prefix and the terminator.
    Line(String),
    /// `A/`: the last body is to be executed again, at once.
    Repeat,
    /// A line ended that was longer than [`LONGEST_BODY`]; the whole of it is lost.
    TooLong,
}

#[derive(Clone, Debug, Default)]
enum Reading {
    #[default]
    BeforePrefix,
    /// The first letter of a prefix, upper or lower case.
    HalfPrefix(u8),
    Body(Vec<u8>),
    Overflow,
}

/// Collects received characters into command lines.
#[derive(Clone, Debug, Default)]
pub struct LineCollector {
    reading: Reading,
}

impl LineCollector {
    /// Takes one character. It never fails: what is no command line is dropped.
    pub fn push(&mut self, byte: u8, editing: EditingCharacters) -> Collected {
        let byte = byte & 0x7f | if self.in_body() { byte & 0x80 } else { 0 };
        if byte == editing.terminator {
            return match std::mem::take(&mut self.reading) {
                Reading::BeforePrefix | Reading::HalfPrefix(_) => Collected::NoCommand,
                Reading::Body(body) => Collected::Line(text_of(&body)),
                Reading::Overflow => Collected::TooLong,
            };
        }
        if byte == editing.backspace {
            return self.delete_last();
        }
        if byte == CANCEL {
            self.reading = Reading::BeforePrefix;
            return Collected::Dropped;
        }
        if byte < 0x20 || byte == 0x7f {
            return Collected::Dropped;
        }
        self.push_printable(byte, editing.mixed_prefix)
    }

    /// Whether a line has begun that is not complete.
    #[must_use]
    pub fn is_typing(&self) -> bool {
        !matches!(self.reading, Reading::BeforePrefix)
    }

    /// Forgets the line that has begun.
    pub fn reset(&mut self) {
        self.reading = Reading::BeforePrefix;
    }

    fn in_body(&self) -> bool {
        matches!(self.reading, Reading::Body(_))
    }

    fn delete_last(&mut self) -> Collected {
        match &mut self.reading {
            Reading::BeforePrefix | Reading::Overflow => return Collected::Dropped,
            Reading::HalfPrefix(_) => self.reading = Reading::BeforePrefix,
            // The prefix itself cannot be deleted (V.250 5.2.2).
            Reading::Body(body) => {
                if body.pop().is_none() {
                    return Collected::Dropped;
                }
            }
        }
        Collected::Kept
    }

    fn push_printable(&mut self, byte: u8, mixed_prefix: bool) -> Collected {
        match &mut self.reading {
            Reading::Body(body) if body.len() >= LONGEST_BODY => self.reading = Reading::Overflow,
            Reading::Body(body) => body.push(byte),
            Reading::Overflow => {}
            Reading::HalfPrefix(_) if byte == b'/' => {
                self.reading = Reading::BeforePrefix;
                return Collected::Repeat;
            }
            Reading::HalfPrefix(b'A') if byte == b'T' => self.reading = Reading::Body(Vec::new()),
            Reading::HalfPrefix(b'a') if byte == b't' => self.reading = Reading::Body(Vec::new()),
            Reading::HalfPrefix(_) if mixed_prefix && matches!(byte, b'T' | b't') => {
                self.reading = Reading::Body(Vec::new());
            }
            Reading::BeforePrefix | Reading::HalfPrefix(_) => {
                let begins = matches!(byte, b'A' | b'a');
                self.reading = if begins { Reading::HalfPrefix(byte) } else { Reading::BeforePrefix };
            }
        }
        Collected::Kept
    }
}

/// One command of a command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// A basic command: `E0`, `&F`; a missing number means 0.
    Basic {
        /// The letter in upper case, with its `&` where it has one.
        name: String,
        /// The number.
        value: u32,
    },
    /// `S3?`.
    RegisterRead(u32),
    /// `S3=13`.
    RegisterSet {
        /// Which register.
        register: u32,
        /// Its new value; a missing value means 0.
        value: u32,
    },
    /// `D`: everything up to `;` or the end of the line.
    Dial {
        /// The dial string without spaces and without the semicolon.
        string: String,
        /// Whether a semicolon ended it: a voice call (TS 27.007 clause 6.31).
        voice: bool,
    },
    /// An extended command such as `+CREG=2`.
    Extended {
        /// The name in upper case with its prefix character: `+CREG`.
        name: String,
        /// Test, read, set or action.
        form: Form,
    },
}

/// The form in which an extended command came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Form {
    /// `=?`: what is supported.
    Test,
    /// `?`: what is set.
    Read,
    /// `=` with parameters.
    Set(Parameters),
    /// No suffix.
    Action,
}

/// One parameter of a set command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Parameter {
    /// Left out: the default, or the value that is set.
    Empty,
    /// Characters without quotes: a decimal number, hexadecimal digits, or a list in brackets.
    Bare(String),
    /// A quoted string with its escapes resolved.
    Text(String),
}

/// The parameters of a set command, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parameters(Vec<Parameter>);

/// A parameter that is missing or is not what the command takes at its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("parameter {} is missing or of the wrong kind", .index + 1)]
pub struct WrongParameter {
    /// The place of the parameter, from 0.
    pub index: usize,
}

impl Parameters {
    /// How many there are, empty ones included.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none, or a single one that was left out.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.iter().all(|parameter| *parameter == Parameter::Empty)
    }

    /// The parameter at a place; one that is not there counts as left out.
    #[must_use]
    pub fn get(&self, index: usize) -> &Parameter {
        self.0.get(index).unwrap_or(&Parameter::Empty)
    }

    /// A decimal number, or `None` where it is left out.
    pub fn number(&self, index: usize) -> Result<Option<u32>, WrongParameter> {
        match self.get(index) {
            Parameter::Empty => Ok(None),
            Parameter::Bare(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
                digits.parse().map(Some).map_err(|_| WrongParameter { index })
            }
            Parameter::Bare(_) | Parameter::Text(_) => Err(WrongParameter { index }),
        }
    }

    /// A decimal number that must be there.
    pub fn required_number(&self, index: usize) -> Result<u32, WrongParameter> {
        self.number(index)?.ok_or(WrongParameter { index })
    }

    /// A quoted string, or `None` where it is left out.
    pub fn text(&self, index: usize) -> Result<Option<&str>, WrongParameter> {
        match self.get(index) {
            Parameter::Empty => Ok(None),
            Parameter::Text(text) => Ok(Some(text)),
            Parameter::Bare(_) => Err(WrongParameter { index }),
        }
    }

    /// A quoted string that must be there.
    pub fn required_text(&self, index: usize) -> Result<&str, WrongParameter> {
        self.text(index)?.ok_or(WrongParameter { index })
    }

    /// The characters of a parameter with or without quotes, as for a password that hosts send either way.
    #[must_use]
    pub fn characters(&self, index: usize) -> Option<&str> {
        match self.get(index) {
            Parameter::Empty => None,
            Parameter::Bare(text) | Parameter::Text(text) => Some(text),
        }
    }

    /// Octets written as hexadecimal digits, with or without quotes; `None` where they are left out.
    pub fn octets(&self, index: usize) -> Result<Option<Vec<u8>>, WrongParameter> {
        self.characters(index).map(hex::decode).transpose().map_err(|_| WrongParameter { index })
    }
}

/// Why a command line is not made of commands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SyntaxError {
    /// A command begins with a character that no command begins with.
    #[error("a command cannot begin with {0:?}")]
    NotACommand(char),
    /// The name of an extended command is missing, too long, or does not begin with a letter.
    #[error("the name of an extended command is missing or malformed")]
    BadName,
    /// After a complete command something follows that is neither `;` nor the end.
    #[error("{0:?} follows a complete command")]
    Trailing(char),
    /// A string has no closing quote.
    #[error("a string is not closed")]
    OpenString,
    /// A backslash is not followed by two hexadecimal digits.
    #[error("a backslash is not followed by two hexadecimal digits")]
    BadEscape,
    /// A parameter mixes quoted and bare characters, or has a space inside a number.
    #[error("a parameter is malformed")]
    BadParameter,
    /// An S-register command without a number, or without `?` or `=`.
    #[error("an S-register command is malformed")]
    BadRegister,
    /// A number does not fit 32 bits.
    #[error("a number is too large")]
    NumberTooLarge,
}

/// The commands of a line's body from left to right; it ends after the first error.
pub fn commands(body: &str) -> impl Iterator<Item = Result<Command, SyntaxError>> {
    let mut cursor = Cursor::new(body);
    let mut broken = false;
    std::iter::from_fn(move || {
        if broken {
            return None;
        }
        let command = next_command(&mut cursor).transpose()?;
        broken = command.is_err();
        Some(command)
    })
}

fn next_command(cursor: &mut Cursor<'_>) -> Result<Option<Command>, SyntaxError> {
    while cursor.take(';') {}
    match cursor.peek() {
        None => Ok(None),
        Some('+' | '#' | '^' | '%' | '*' | '$' | '!') => extended(cursor).map(Some),
        Some('D' | 'd') => Ok(Some(dial(cursor))),
        Some('S' | 's') => register(cursor).map(Some),
        Some('&') => {
            cursor.next();
            match cursor.peek() {
                Some(letter) if letter.is_ascii_alphabetic() => basic(cursor, "&").map(Some),
                other => Err(SyntaxError::NotACommand(other.unwrap_or('&'))),
            }
        }
        Some(letter) if letter.is_ascii_alphabetic() => basic(cursor, "").map(Some),
        Some(other) => Err(SyntaxError::NotACommand(other)),
    }
}

fn basic(cursor: &mut Cursor<'_>, prefix: &str) -> Result<Command, SyntaxError> {
    let letter = cursor.next().unwrap_or_default().to_ascii_uppercase();
    let value = cursor.number()?.unwrap_or(0);
    Ok(Command::Basic { name: format!("{prefix}{letter}"), value })
}

fn register(cursor: &mut Cursor<'_>) -> Result<Command, SyntaxError> {
    cursor.next();
    let register = cursor.number()?.ok_or(SyntaxError::BadRegister)?;
    if cursor.take('?') {
        Ok(Command::RegisterRead(register))
    } else if cursor.take('=') {
        Ok(Command::RegisterSet { register, value: cursor.number()?.unwrap_or(0) })
    } else {
        Err(SyntaxError::BadRegister)
    }
}

fn dial(cursor: &mut Cursor<'_>) -> Command {
    cursor.next();
    let mut string = String::new();
    let mut quoted = false;
    while let Some(next) = cursor.next_raw() {
        match next {
            ';' if !quoted => return Command::Dial { string, voice: true },
            ' ' if !quoted => {}
            '"' => {
                quoted = !quoted;
                string.push(next);
            }
            _ => string.push(next),
        }
    }
    Command::Dial { string, voice: false }
}

fn extended(cursor: &mut Cursor<'_>) -> Result<Command, SyntaxError> {
    let name = cursor.extended_name().ok_or(SyntaxError::BadName)?;
    let form = if cursor.take('?') {
        Form::Read
    } else if cursor.take('=') {
        if cursor.take('?') { Form::Test } else { Form::Set(parameters(cursor)?) }
    } else {
        Form::Action
    };
    match cursor.peek() {
        None | Some(';') => Ok(Command::Extended { name, form }),
        Some(other) => Err(SyntaxError::Trailing(other)),
    }
}

fn parameters(cursor: &mut Cursor<'_>) -> Result<Parameters, SyntaxError> {
    let mut list = Vec::new();
    loop {
        list.push(match cursor.peek() {
            Some('"') => Parameter::Text(cursor.string()?),
            None | Some(',' | ';') => Parameter::Empty,
            Some(_) => Parameter::Bare(cursor.bare()?),
        });
        if !cursor.take(',') {
            return Ok(Parameters(list));
        }
    }
}

#[cfg(test)]
mod tests;
