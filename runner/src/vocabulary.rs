//! The words of a test procedure: one vocabulary for scripts and for hands.

mod field;
mod flow;
pub mod lab;
mod lorawan;
pub mod modem;
mod node;
mod operator;
mod pattern;
mod tester;
mod values;

use rhai::Engine;

/// Registers every verb.
pub fn register(engine: &mut Engine) {
    field::register(engine);
    flow::register(engine);
    lab::register(engine);
    modem::register(engine);
    node::register(engine);
    operator::register(engine);
    pattern::register(engine);
    lorawan::register(engine);
    tester::register(engine);
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::Arc;

    #[test]
    fn every_verb_is_in_the_reference() {
        let reference = include_str!("../../docs/vocabulary.md");
        let engine = crate::suite::engine(BTreeMap::new(), Arc::default());
        let missing: Vec<String> = engine
            .gen_fn_signatures(false)
            .into_iter()
            .map(|signature| signature.split('(').next().unwrap_or_default().to_owned())
            .filter(|name| !matches!(name.as_str(), "to_string" | "to_debug" | "print" | "debug"))
            .map(|name| name.rsplit('$').next().unwrap_or_default().to_owned())
            .filter(|name| !reference.contains(&format!("`{name}")))
            .collect();
        assert!(missing.is_empty(), "not in docs/vocabulary.md: {missing:?}");
    }
}
