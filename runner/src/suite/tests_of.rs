//! The tests of a suite file.

use super::document::Document;
use super::source::SuiteSource;
use rhai::{AST, Array, Dynamic, Engine, EvalAltResult, Map, Scope};

/// A test, or one row of a test with rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TestSpec {
    /// Identifier: `voice_whitelist::unlisted_number_is_refused`, with `[row]` behind it where there are rows.
    pub id: String,
    /// Name of the suite: `cellular/voice_whitelist`.
    pub suite: String,
    /// First line of the suite's `//!` comment.
    pub suite_title: String,
    /// Name of the function.
    pub function: String,
    /// The row's number, for a test with rows.
    pub row: Option<usize>,
    /// Line of the function, from 1.
    pub line: usize,
    /// What its comment says.
    pub document: Document,
}

/// Something wrong with a suite file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SuiteFault {
    /// Path of the file.
    pub path: String,
    /// Line, from 1; 0 where the whole file is meant.
    pub line: usize,
    /// Column in characters, from 1; 0 where the whole line is meant.
    pub column: usize,
    /// What is wrong.
    pub message: String,
}

/// Compiles a suite file.
///
/// # Errors
/// The syntax error with its place.
pub fn compile(engine: &Engine, source: &SuiteSource) -> Result<AST, SuiteFault> {
    let mut ast = engine.compile(&source.text).map_err(|error| SuiteFault {
        path: source.path.clone(),
        line: error.position().line().unwrap_or_default(),
        column: error.position().position().unwrap_or_default(),
        message: error.err_type().to_string(),
    })?;
    ast.set_source(source.path.as_str());
    Ok(ast)
}

/// Finds the tests of a suite, in the order of the file.
///
/// # Errors
/// Everything that is wrong with the file.
pub fn discover(engine: &Engine, source: &SuiteSource) -> Result<Vec<TestSpec>, Vec<SuiteFault>> {
    let ast = compile(engine, source).map_err(|fault| vec![fault])?;
    // The top level holds imports and constants: a module that is missing shows here.
    engine.run_ast(&ast).map_err(|error| vec![fault_of(source, &error)])?;
    let (mut tests, mut faults) = (Vec::new(), Vec::new());
    let suite_title =
        ast.doc().lines().next().unwrap_or_default().trim_start_matches("//!").trim().to_owned();
    let mut functions: Vec<_> =
        ast.iter_fn_def().filter(|function| function.name.starts_with("test_")).collect();
    functions.sort_by_key(|function| function.body.start_position().line());
    for function in functions {
        let line = function.body.start_position().line().unwrap_or_default();
        let fault = |message: String| SuiteFault { path: source.path.clone(), line, column: 0, message };
        let name = function.name.strip_prefix("test_").unwrap_or(&function.name);
        let document = match Document::parse(function.comments.iter().map(AsRef::as_ref)) {
            Ok(document) => document,
            Err(messages) => {
                faults.extend(messages.into_iter().map(|message| fault(format!("test_{name}: {message}"))));
                continue;
            }
        };
        let spec = TestSpec {
            id: format!("{}::{name}", source.stem()),
            suite: source.name.clone(),
            suite_title: suite_title.clone(),
            function: function.name.to_string(),
            row: None,
            line,
            document,
        };
        match function.params.len() {
            1 => tests.push(spec),
            2 => match rows(engine, &ast, name) {
                Ok(labels) => tests.extend(labels.into_iter().enumerate().map(|(row, label)| TestSpec {
                    id: format!("{}[{label}]", spec.id),
                    row: Some(row),
                    ..spec.clone()
                })),
                Err(message) => faults.push(fault(format!("test_{name}: {message}"))),
            },
            _ => faults.push(fault(format!("test_{name}: a test takes `lab`, or `lab` and a row"))),
        }
    }
    if suite_title.is_empty() {
        let message = "a suite begins with a //! comment that says what it is about".to_owned();
        faults.push(SuiteFault { path: source.path.clone(), line: 1, column: 0, message });
    }
    if faults.is_empty() { Ok(tests) } else { Err(faults) }
}

/// What went wrong at the top level of a suite.
fn fault_of(source: &SuiteSource, error: &EvalAltResult) -> SuiteFault {
    SuiteFault {
        path: source.path.clone(),
        line: error.position().line().unwrap_or_default(),
        column: error.position().position().unwrap_or_default(),
        message: crate::judge::words(error),
    }
}

/// The labels of the rows of a test.
fn rows(engine: &Engine, ast: &AST, name: &str) -> Result<Vec<String>, String> {
    let function = format!("rows_{name}");
    let rows: Array = engine.call_fn(&mut Scope::new(), ast, &function, ()).map_err(|error| {
        format!("failed to get its rows from {function}(): {}", crate::judge::words(&error))
    })?;
    let labels: Vec<String> = rows.iter().map(label).collect();
    let mut sorted = labels.clone();
    sorted.sort();
    if let Some(twice) =
        sorted.windows(2).find(|pair| pair.first() == pair.last()).and_then(|pair| pair.first())
    {
        return Err(format!("{function}() gives two rows called \"{twice}\""));
    }
    if let Some(odd) = labels.iter().find(|label| label.is_empty() || label.contains(char::is_control)) {
        return Err(format!(
            "{function}() gives a row called {odd:?}; give it a `name` of printable characters"
        ));
    }
    if labels.is_empty() { Err(format!("{function}() gives no rows")) } else { Ok(labels) }
}

/// A row's label: its `name` where it is a map that has one, else the row itself.
fn label(row: &Dynamic) -> String {
    let name = row.read_lock::<Map>().and_then(|map| map.get("name").map(ToString::to_string));
    name.unwrap_or_else(|| row.to_string())
}
