//! Where `import` finds a module: in the kit's library and nowhere else.
//!
//! The stock resolver follows `..` and absolute paths; a suite that could reach outside would not be the kit whose hash the
//! report shows.

use super::source::SuiteSource;
use rhai::module_resolvers::ModuleResolver;
use rhai::{Engine, EvalAltResult, Module, Position, Scope, Shared};
use std::cell::RefCell;
use std::collections::BTreeMap;

/// The kit's library, each module compiled once for each engine.
pub struct Library {
    sources: BTreeMap<String, SuiteSource>,
    compiled: RefCell<BTreeMap<String, Shared<Module>>>,
    /// Modules on the way: one that comes up again imports itself.
    resolving: RefCell<Vec<String>>,
}

impl Library {
    /// A library of these files.
    #[must_use]
    pub const fn new(sources: BTreeMap<String, SuiteSource>) -> Self {
        Self { sources, compiled: RefCell::new(BTreeMap::new()), resolving: RefCell::new(Vec::new()) }
    }
}

impl ModuleResolver for Library {
    fn resolve(
        &self,
        engine: &Engine,
        _: Option<&str>,
        path: &str,
        position: Position,
    ) -> Result<Shared<Module>, Box<EvalAltResult>> {
        if let Some(module) = self.compiled.borrow().get(path) {
            return Ok(module.clone());
        }
        if self.resolving.borrow().iter().any(|other| other == path) {
            let way = self.resolving.borrow().join(" imports ");
            let message = format!("import cycle: {way} imports {path}");
            return Err(Box::new(EvalAltResult::ErrorRuntime(message.into(), position)));
        }
        let not_found = || Box::new(EvalAltResult::ErrorModuleNotFound(path.to_owned(), position));
        let source = self.sources.get(path).ok_or_else(not_found)?;
        let in_module = |error| Box::new(EvalAltResult::ErrorInModule(path.to_owned(), error, position));
        let mut ast = engine.compile(&source.text).map_err(|error| in_module(error.into()))?;
        ast.set_source(source.path.as_str());
        self.resolving.borrow_mut().push(path.to_owned());
        let module = Module::eval_ast_as_new(Scope::new(), &ast, engine);
        self.resolving.borrow_mut().pop();
        let module = Shared::new(module.map_err(in_module)?);
        self.compiled.borrow_mut().insert(path.to_owned(), module.clone());
        Ok(module)
    }
}
