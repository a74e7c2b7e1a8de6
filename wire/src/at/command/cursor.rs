//! A place in the body of a command line. Spaces outside strings and numbers are passed over (V.250 5.2.2).

use super::SyntaxError;
use std::iter::Peekable;
use std::str::Chars;

/// The longest name of an extended command, without its prefix character (V.250 5.4.1).
const LONGEST_NAME: usize = 16;

pub(super) struct Cursor<'a> {
    rest: Peekable<Chars<'a>>,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(body: &'a str) -> Self {
        Self { rest: body.chars().peekable() }
    }

    /// The next character that is not a space.
    pub(super) fn peek(&mut self) -> Option<char> {
        while self.rest.next_if_eq(&' ').is_some() {}
        self.rest.peek().copied()
    }

    pub(super) fn next(&mut self) -> Option<char> {
        self.peek();
        self.rest.next()
    }

    /// The next character, a space included.
    pub(super) fn next_raw(&mut self) -> Option<char> {
        self.rest.next()
    }

    pub(super) fn take(&mut self, wanted: char) -> bool {
        let found = self.peek() == Some(wanted);
        if found {
            self.rest.next();
        }
        found
    }

    pub(super) fn number(&mut self) -> Result<Option<u32>, SyntaxError> {
        self.peek();
        let mut value = None;
        while let Some(digit) = self.rest.peek().and_then(|next| next.to_digit(10)) {
            self.rest.next();
            let grown = value.unwrap_or(0u32).checked_mul(10).and_then(|value| value.checked_add(digit));
            value = Some(grown.ok_or(SyntaxError::NumberTooLarge)?);
        }
        Ok(value)
    }

    /// The prefix character and the name, in upper case.
    pub(super) fn extended_name(&mut self) -> Option<String> {
        let mut name = String::from(self.next()?);
        if !self.peek()?.is_ascii_alphabetic() {
            return None;
        }
        while let Some(next) = self.peek() {
            if !(next.is_ascii_alphanumeric() || "!%-./:_".contains(next)) {
                break;
            }
            name.push(next.to_ascii_uppercase());
            self.rest.next();
        }
        (name.len() <= LONGEST_NAME + 1).then_some(name)
    }

    /// A quoted string; `\` and two hexadecimal digits stand for a character (V.250 5.4.2.2).
    pub(super) fn string(&mut self) -> Result<String, SyntaxError> {
        self.next();
        let mut text = String::new();
        loop {
            match self.rest.next().ok_or(SyntaxError::OpenString)? {
                '"' => break,
                '\\' => text.push(self.escape()?),
                other => text.push(other),
            }
        }
        match self.peek() {
            None | Some(',' | ';') => Ok(text),
            Some(_) => Err(SyntaxError::BadParameter),
        }
    }

    fn escape(&mut self) -> Result<char, SyntaxError> {
        let mut code = 0;
        for _ in 0..2 {
            let digit = self.rest.next().and_then(|next| next.to_digit(16)).ok_or(SyntaxError::BadEscape)?;
            code = code * 16 + digit;
        }
        char::from_u32(code).ok_or(SyntaxError::BadEscape)
    }

    /// A parameter without quotes, up to a comma or semicolon that is not inside brackets.
    pub(super) fn bare(&mut self) -> Result<String, SyntaxError> {
        let mut text = String::new();
        let mut depth = 0u32;
        while let Some(next) = self.rest.peek().copied() {
            match next {
                ',' if depth == 0 => break,
                ';' => break,
                '"' if depth == 0 => return Err(SyntaxError::BadParameter),
                '(' => depth += 1,
                ')' => depth = depth.checked_sub(1).ok_or(SyntaxError::BadParameter)?,
                ' ' => {
                    // A space may follow a value, it may not split one.
                    return match self.peek() {
                        None | Some(',' | ';') if depth == 0 => Ok(text),
                        _ => Err(SyntaxError::BadParameter),
                    };
                }
                _ => {}
            }
            text.push(next);
            self.rest.next();
        }
        if depth == 0 { Ok(text) } else { Err(SyntaxError::BadParameter) }
    }
}
