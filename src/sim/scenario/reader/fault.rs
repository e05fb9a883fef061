//! What is wrong with a text, on its way from where it is found to the beginning of the text: each
//! field and each item that it passes adds its name to the path.

use std::fmt;

use serde::de;

use super::super::parse::{Place, ScenarioError};
use super::super::plain;

/// What is wrong, and where. In a box, since every function of a reader may return it.
#[derive(Debug)]
pub(crate) struct Fault(Box<Inner>);

#[derive(Debug)]
struct Inner {
    error: ScenarioError,
    /// In bytes; none: where the value begins that is looked at.
    at: Option<usize>,
}

impl Fault {
    /// A text that is not JSON.
    #[cold]
    pub(super) fn of_text(at: usize, fault: &str) -> Self {
        Self::new(format!("this is not JSON: {fault}"), Some(at))
    }

    /// Something about the value that is looked at.
    #[cold]
    pub(super) fn said(fault: String) -> Self {
        Self::new(fault, None)
    }

    fn new(fault: String, at: Option<usize>) -> Self {
        let error = ScenarioError::new("", fault);
        Self(Box::new(Inner { error, at }))
    }

    /// The same fault, of a value that begins there, if none within it is to blame.
    #[cold]
    pub(super) fn at(mut self, at: usize) -> Self {
        self.0.at.get_or_insert(at);
        self
    }

    /// The same fault, in the field of that name.
    #[cold]
    pub(super) fn in_field(mut self, name: &str) -> Self {
        let error = std::mem::replace(&mut self.0.error, ScenarioError::new("", ""));
        self.0.error = error.within(name);
        self
    }

    /// The same fault, in the item of that number.
    #[cold]
    pub(super) fn in_item(mut self, number: usize) -> Self {
        let error = std::mem::replace(&mut self.0.error, ScenarioError::new("", ""));
        self.0.error = error.within(format_args!("[{number}]"));
        self
    }

    /// The fault in a person's words.
    pub(super) fn tell(self, text: &str) -> ScenarioError {
        let Inner { error, at } = *self.0;
        let place = at.map(|at| {
            let before = &text[..text.floor_char_boundary(at)];
            Place {
                line: before.matches('\n').count() + 1,
                column: at - before.rfind('\n').map_or(0, |at| at + 1) + 1,
            }
        });
        ScenarioError {
            path: plain::echo(&error.path),
            fault: error.fault,
            place,
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0.error, f)
    }
}

impl std::error::Error for Fault {}

impl de::Error for Fault {
    #[cold]
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::said(plain::words(&message.to_string()))
    }
}
