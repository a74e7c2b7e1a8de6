//! The address of a store: `sqlite:FILE`, `sqlite://FILE` or just a path.

use super::StoreError;
use std::path::PathBuf;

#[derive(Debug)]
pub(super) struct Address {
    pub file: PathBuf,
}

impl Address {
    /// Whether the address is of a PostgreSQL server.
    pub fn is_postgres(url: &str) -> bool {
        matches!(url.split_once(':'), Some(("postgres" | "postgresql", _)))
    }

    pub fn parse(url: &str) -> Result<Self, StoreError> {
        let file = match url.split_once(':') {
            Some(("sqlite", rest)) => rest.strip_prefix("//").unwrap_or(rest),
            Some(("postgres" | "postgresql", _)) => return Err(StoreError::PostgresNotSupported),
            Some((scheme, rest)) if rest.starts_with("//") => {
                return Err(StoreError::UnknownScheme { scheme: scheme.to_owned() });
            }
            Some(_) | None => url,
        };
        // `:memory:` would be forgotten as soon as the program ends.
        if file.is_empty() || file == ":memory:" || file.ends_with('/') {
            return Err(StoreError::NoFile);
        }
        Ok(Self { file: PathBuf::from(file) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_found_in_every_spelling() {
        let rows = [
            ("sqlite:out/dtk.sqlite", "out/dtk.sqlite"),
            ("sqlite://out/dtk.sqlite", "out/dtk.sqlite"),
            ("sqlite:///var/lib/dtk.sqlite", "/var/lib/dtk.sqlite"),
            ("out/dtk.sqlite", "out/dtk.sqlite"),
            ("odd:name.sqlite", "odd:name.sqlite"),
        ];
        for (url, want) in rows {
            assert_eq!(Address::parse(url).unwrap().file, PathBuf::from(want), "{url}");
        }
    }

    #[test]
    fn what_is_no_file_is_refused_without_showing_a_password() {
        let rows = [
            ("postgres://dtk:geheim@db/dtk", "PostgreSQL is not supported"),
            ("postgresql:///dtk", "PostgreSQL is not supported"),
            ("mysql://root:geheim@db/dtk", "\"mysql\" is not a known kind"),
            ("sqlite:", "names no file"),
            ("", "names no file"),
            ("sqlite::memory:", "names no file"),
            ("out/", "names no file"),
        ];
        for (url, want) in rows {
            let text = Address::parse(url).unwrap_err().to_string();
            assert!(text.contains(want) && !text.contains("geheim"), "{url}: {text}");
        }
    }
}
