//! The fields of a test file one by one, and the remarks on them.

use super::tree::{Tree, shown};
use crate::sim::scenario::ScenarioError;

/// At most this many remarks are made on one file; one more says how many there would be.
const REMARKS_MAX: usize = 20;

/// The value of a field, and its path.
pub(super) struct Value {
    pub(super) path: String,
    pub(super) tree: Tree,
}

/// The fields of an object that have not been asked for yet.
pub(super) struct Fields {
    path: String,
    rest: Vec<(String, Tree)>,
    asked: Vec<&'static str>,
}

impl Fields {
    pub(super) fn of(path: &str, tree: Tree) -> Result<Self, ScenarioError> {
        match tree {
            Tree::Object(rest) => Ok(Self {
                path: path.to_owned(),
                rest,
                asked: Vec::new(),
            }),
            other => {
                let fault = format!("must be an object in braces, not {}", other.told());
                Err(ScenarioError::new(path, fault))
            }
        }
    }

    /// The path of a field.
    fn path(&self, name: &str) -> String {
        if self.path.is_empty() {
            name.to_owned()
        } else {
            format!("{}.{name}", self.path)
        }
    }

    /// The value of a field. Of several with that name the last one counts, as in Python.
    pub(super) fn take(&mut self, name: &'static str, remarks: &mut Remarks) -> Option<Value> {
        self.asked.push(name);
        let taken = self.rest.extract_if(.., |(it, _)| it == name);
        let mut taken: Vec<Tree> = taken.map(|(_, tree)| tree).collect();
        let tree = taken.pop()?;
        let path = self.path(name);
        if !taken.is_empty() {
            remarks.add(format!(
                "{path} is there more than once: the last one counts"
            ));
        }
        Some(Value { path, tree })
    }

    /// The value of an optional field.
    pub(super) fn optional(&mut self, name: &'static str, remarks: &mut Remarks) -> Option<Value> {
        let value = self.take(name, remarks)?;
        if value.tree == Tree::Null {
            remarks.add(format!("{} is null: as if it were left out", value.path));
            return None;
        }
        Some(value)
    }

    /// The value of a required field.
    pub(super) fn required(
        &mut self,
        name: &'static str,
        meaning: &str,
        remarks: &mut Remarks,
    ) -> Result<Value, ScenarioError> {
        if let Some(value) = self.take(name, remarks) {
            return Ok(value);
        }
        let mut fault = format!("is missing: {meaning}");
        if let Some((other, _)) = self.rest.iter().find(|(it, _)| plain(it) == name) {
            fault = format!("{fault}; `{}` is not it", shown(other));
        }
        Err(ScenarioError::new(self.path(name), fault))
    }

    /// Remarks on the fields that were not asked for.
    pub(super) fn end(self, remarks: &mut Remarks) {
        for (name, _) in &self.rest {
            let path = self.path(&shown(name));
            let plain = plain(name);
            let meant = self.asked.iter().find(|it| **it == plain);
            remarks.add(match meant {
                Some(meant) => format!("{path} is passed over: the field is called {meant}"),
                None if path == "wait" => "wait is passed over, as by the course's simulator: \
                     the time before the first request is start_wait"
                    .to_owned(),
                None => format!("{path} is passed over: no such field is read"),
            });
        }
    }
}

/// A name as it should be written: in small letters, with underscores.
pub(super) fn plain(name: &str) -> String {
    name.trim().to_lowercase().replace(['-', ' '], "_")
}

/// Remarks for the author of a file.
#[derive(Default)]
pub(super) struct Remarks {
    first: Vec<String>,
    more: usize,
}

impl Remarks {
    pub(super) fn add(&mut self, remark: impl Into<String>) {
        if self.first.len() < REMARKS_MAX {
            self.first.push(remark.into());
        } else {
            self.more += 1;
        }
    }

    pub(super) fn told(mut self) -> Vec<String> {
        if self.more > 0 {
            self.first.push(format!("and {} more remarks", self.more));
        }
        self.first
    }
}
