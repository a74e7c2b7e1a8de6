//! Values that a lab file writes as text: identities, which must be quoted, and secrets, which never show themselves.

use secrecy::{ExposeSecret as _, SecretString};
use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};
use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;

/// A value that is written as quoted text. A bare number is an error that says so: it would lose its leading zeros.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text<T>(pub T);

impl<'de, T> Deserialize<'de> for Text<T>
where
    T: FromStr<Err: fmt::Display>,
{
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextVisitor<T>(PhantomData<T>);

        impl<T: FromStr<Err: fmt::Display>> Visitor<'_> for TextVisitor<T> {
            type Value = Text<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text in quotes")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Text<T>, E> {
                text.parse().map(Text).map_err(E::custom)
            }

            fn visit_i64<E: Error>(self, number: i64) -> Result<Text<T>, E> {
                Err(E::custom(format!(
                    "{number} is a number here; an identity must be written in quotes: \"{number}\""
                )))
            }
        }

        deserializer.deserialize_any(TextVisitor(PhantomData))
    }
}

/// A secret: written in the file, or taken from the environment (`{ env = "NAME" }`) or from a file (`{ file = "path" }`).
#[derive(Clone)]
pub struct Secret(SecretSource);

#[derive(Clone)]
enum SecretSource {
    Written(SecretString),
    Environment(String),
    File(String),
}

/// Why a secret cannot be had. The secret itself is never part of it.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// The variable is not set.
    #[error("environment variable {0} is not set")]
    NotSet(String),
    /// The file cannot be read.
    #[error("failed to read the secret from {path}")]
    Unreadable {
        /// The path.
        path: String,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// The text is not what it should be.
    #[error("a secret is not {expected}")]
    WrongForm {
        /// What it should be.
        expected: &'static str,
    },
}

impl Secret {
    /// The secret as a value of its own type.
    ///
    /// # Errors
    /// [`SecretError`] when it cannot be had or is not `expected`.
    pub fn reveal<T: FromStr>(&self, expected: &'static str) -> Result<T, SecretError> {
        let parse = |text: &str| text.trim().parse().map_err(|_| SecretError::WrongForm { expected });
        match &self.0 {
            SecretSource::Written(text) => parse(text.expose_secret()),
            SecretSource::Environment(name) => {
                parse(&std::env::var(name).map_err(|_| SecretError::NotSet(name.clone()))?)
            }
            SecretSource::File(path) => {
                let text = std::fs::read_to_string(path)
                    .map_err(|source| SecretError::Unreadable { path: path.clone(), source })?;
                parse(&text)
            }
        }
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret([REDACTED])")
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct SecretVisitor;

        impl<'de> Visitor<'de> for SecretVisitor {
            type Value = Secret;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text in quotes, { env = \"NAME\" } or { file = \"path\" }")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Secret, E> {
                Ok(Secret(SecretSource::Written(SecretString::from(text))))
            }

            // The number is not repeated: it is most of the secret.
            fn visit_i64<E: Error>(self, _: i64) -> Result<Secret, E> {
                Err(E::custom("a secret must be written in quotes"))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Secret, A::Error> {
                let (key, value) = map
                    .next_entry::<String, String>()?
                    .ok_or_else(|| A::Error::custom("expected { env = \"NAME\" } or { file = \"path\" }"))?;
                match key.as_str() {
                    "env" => Ok(Secret(SecretSource::Environment(value))),
                    "file" => Ok(Secret(SecretSource::File(value))),
                    _ => Err(A::Error::unknown_field(&key, &["env", "file"])),
                }
            }
        }

        deserializer.deserialize_any(SecretVisitor)
    }
}
