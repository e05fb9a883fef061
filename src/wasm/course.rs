//! The course's test files, run by a page: the table that the command line prints, in steps.

use serde::Serialize;
use tsify::{Ts, Tsify};
use wasm_bindgen::prelude::*;

use super::error::{argument, argument_error};
use super::values::{give, json_text, small, whole};
use crate::course::{Choice, Progress, Row, Table, TestFile, formats, shipped};
use crate::document::{Document, Kind};
use crate::sim::Recording;
use crate::sim::scenario::{Scenario, from_json};

/// A file's name is this long at most, in bytes of UTF-8.
const NAME_BYTES_MAX: usize = 1_024;

/// A test file that ships.
#[derive(Serialize, Tsify)]
pub struct CourseFile {
    /// Its name.
    pub name: &'static str,
    /// Its text.
    pub text: &'static str,
}

/// The test files of the course that ship.
#[wasm_bindgen(js_name = courseFiles)]
pub fn course_files() -> Result<Vec<Ts<CourseFile>>, JsValue> {
    let files = shipped().iter();
    files
        .map(|&(name, text)| give(&CourseFile { name, text }))
        .collect()
}

/// The settings that test files are run with if nothing else is chosen.
#[wasm_bindgen(js_name = defaultChoice)]
pub fn default_choice() -> Result<Ts<Choice>, JsValue> {
    give(&Choice::default())
}

/// Whether a text is a test file of the course, well-formed or not.
#[wasm_bindgen(js_name = isTestFile)]
pub fn is_test_file(text: &JsValue) -> bool {
    let text = json_text(text, "text", Document::JSON_BYTES_MAX);
    text.is_ok_and(|text| Kind::of(&text) == Ok(Kind::TestFile))
}

/// Test files, run one after the other, and the results so far.
#[wasm_bindgen]
pub struct CourseTable {
    table: Table,
}

#[wasm_bindgen]
impl CourseTable {
    /// An empty table. Each file is to be run with each choice, `seeds` times, with the
    /// seeds 1, 2, 3 …; by default once, with its own seed or 1.
    #[wasm_bindgen(constructor)]
    pub fn new(
        #[wasm_bindgen(unchecked_param_type = "Choice[]")] choices: &JsValue,
        seeds: Option<f64>,
    ) -> Result<Self, JsValue> {
        let text = json_text(choices, "choices", Scenario::JSON_BYTES_MAX)?;
        let choices: Vec<Choice> =
            from_json(&text).map_err(|error| argument_error(error.within("choices")))?;
        let seeds = seeds.map(|seeds| whole(seeds, "seeds")).transpose()?;
        let table = Table::new(&choices, seeds).map_err(argument_error)?;
        Ok(Self { table })
    }

    /// Adds a file, from its text. One that is malformed has a row that says so.
    pub fn add(
        &mut self,
        #[wasm_bindgen(unchecked_param_type = "string")] name: &JsValue,
        #[wasm_bindgen(unchecked_param_type = "string")] text: &JsValue,
    ) -> Result<(), JsValue> {
        let name = string(name, "name", NAME_BYTES_MAX)?;
        // A text that is too long is told of in its row.
        let text = string(text, "text", TestFile::JSON_BYTES_MAX + 1)?;
        self.table.add(&name, &text).map_err(argument_error)
    }

    /// Adds a file that can't be read: its row says why.
    pub fn refuse(
        &mut self,
        #[wasm_bindgen(unchecked_param_type = "string")] name: &JsValue,
        #[wasm_bindgen(unchecked_param_type = "string")] fault: &JsValue,
    ) -> Result<(), JsValue> {
        let name = string(name, "name", NAME_BYTES_MAX)?;
        let fault = string(fault, "fault", NAME_BYTES_MAX)?;
        self.table.refuse(&name, &fault).map_err(argument_error)
    }

    /// Runs at most this many events. Returns whether there is more to do.
    pub fn advance(&mut self, events: f64) -> Result<bool, JsValue> {
        let events = small(events, "events")?;
        self.table.advance(events.into()).map_err(argument_error)
    }

    /// How far it is.
    pub fn progress(&self) -> Result<Ts<Progress>, JsValue> {
        give(&self.table.progress())
    }

    /// The rows: by file, and of each by choice.
    pub fn rows(&self) -> Result<Vec<Ts<Row>>, JsValue> {
        self.table.rows().iter().map(give).collect()
    }

    /// All that is needed to watch a row's first run that did not pass, or else the first;
    /// `undefined`: there was none.
    pub fn recording(&self, row: f64) -> Result<Option<Ts<Recording>>, JsValue> {
        let row = usize::from(small(row, "row")?);
        let line = self.table.lines().get(row);
        let line = line.ok_or_else(|| argument("row", &format!("there is no row {row}")))?;
        line.recording().map(give).transpose()
    }

    /// The table as comma-separated values.
    pub fn csv(&self) -> String {
        formats::csv(&self.table.rows())
    }

    /// The table as Markdown.
    pub fn markdown(&self) -> String {
        formats::markdown(&self.table.rows())
    }
}

/// A JavaScript string; anything else is refused.
fn string(value: &JsValue, name: &str, bytes_max: usize) -> Result<String, JsValue> {
    if value.is_string() {
        json_text(value, name, bytes_max)
    } else {
        Err(argument(name, "this is no text"))
    }
}
