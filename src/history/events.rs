//! A history, event by event.

use std::collections::BTreeMap;
use std::num::NonZeroU32;

use super::{Answer, Completion, Number, Operation, Record, Value};

/// The requests of clients to a service and the answers, in the order in which they happened.
///
/// It is built event by event, or [read from a file](History::from_text).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct History {
    initial: Value,
    records: Vec<Record>,
    /// The open operation of each process that has one, as a place in `records`.
    open: BTreeMap<u64, usize>,
    last_at: usize,
    /// Places that are not the numbers of their lines, since several events stood in one line.
    moved: Vec<Moved>,
    last_line: usize,
    /// The names of the processes whose numbers begin at [`NAMED_FROM`].
    names: Vec<Value>,
}

/// The place of an event that was not read from a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Moved {
    place: usize,
    line: u32,
    /// `None` if it is the first event in its line.
    column: Option<NonZeroU32>,
}

/// Numbers from here on are processes with names.
pub(super) const NAMED_FROM: u64 = 1 << 63;

/// An event that no history can go on with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EventError {
    /// A process calls before it knows how its last operation ended.
    #[error("process {process} has not ended what it called at {called_at}")]
    StillOpen {
        /// The process.
        process: u64,
        /// The place of its earlier call.
        called_at: usize,
    },
    /// A process ends what it has not called.
    #[error("process {process} has nothing open")]
    NothingOpen {
        /// The process.
        process: u64,
    },
    /// An answer to another kind of operation.
    #[error("that does not answer what was asked")]
    WrongAnswer,
}

impl History {
    /// A history of nothing yet. Every key holds `initial` at first.
    pub fn new(initial: Value) -> Self {
        Self {
            initial,
            ..Self::default()
        }
    }

    /// A process asks for something.
    ///
    /// # Errors
    /// [`EventError::StillOpen`]; the history is unchanged.
    pub fn invoke(
        &mut self,
        process: u64,
        key: Value,
        operation: Operation,
    ) -> Result<(), EventError> {
        self.invoke_at(self.last_at + 1, process, key, operation)
    }

    /// A process learns how its operation ended.
    ///
    /// # Errors
    /// [`EventError::NothingOpen`], [`EventError::WrongAnswer`]; the history is unchanged.
    pub fn end(&mut self, process: u64, outcome: Completion) -> Result<(), EventError> {
        self.end_at(self.last_at + 1, process, outcome)
    }

    /// A process learns that its operation was carried out: an [end](History::end).
    ///
    /// # Errors
    /// As [`History::end`].
    pub fn ok(&mut self, process: u64, answer: Answer) -> Result<(), EventError> {
        self.end(process, Completion::Ok(answer))
    }

    /// The first value of every key.
    pub fn initial(&self) -> &Value {
        &self.initial
    }

    /// All operations, in the order of their calls.
    pub fn records(&self) -> &[Record] {
        &self.records
    }

    /// The open operation of a process.
    pub fn open(&self, process: u64) -> Option<&Record> {
        self.open.get(&process).map(|&place| &self.records[place])
    }

    /// The line of an event that was read from a text, by its place, and its column if another
    /// event stands before it in that line. Both count from 1.
    pub fn line(&self, place: usize) -> (usize, Option<usize>) {
        match self.moved.binary_search_by_key(&place, |moved| moved.place) {
            Ok(found) => {
                let Moved { line, column, .. } = self.moved[found];
                (line as usize, column.map(|column| column.get() as usize))
            }
            Err(_) => (place, None),
        }
    }

    /// The name of a process: its number, or its name in a text.
    pub fn process(&self, process: u64) -> Value {
        let place = process.checked_sub(NAMED_FROM);
        let place = place.and_then(|place| usize::try_from(place).ok());
        let name = place.and_then(|place| self.names.get(place));
        name.cloned()
            .unwrap_or_else(|| Value::Number(Number::of(process)))
    }

    /// Gives a number to a process with a name.
    pub(super) fn name_process(&mut self, name: Value) -> u64 {
        self.names.push(name);
        NAMED_FROM + self.names.len() as u64 - 1
    }

    /// Gives an event of a text its place: the number of its line, or one after the place of
    /// the event before it.
    pub(super) fn place(&mut self, line: usize, column: usize) -> usize {
        let place = line.max(self.last_at + 1);
        if place != line {
            let column = u32::try_from(column).ok().and_then(NonZeroU32::new);
            self.moved.push(Moved {
                place,
                line: u32::try_from(line).unwrap_or(u32::MAX),
                column: column.filter(|_| line == self.last_line),
            });
        }
        self.last_line = line;
        place
    }

    /// Says which key the operation is about that a process has open.
    pub(super) fn set_key(&mut self, process: u64, key: Value) {
        if let Some(&place) = self.open.get(&process) {
            self.records[place].key = key;
        }
    }

    pub(super) fn invoke_at(
        &mut self,
        at: usize,
        process: u64,
        key: Value,
        operation: Operation,
    ) -> Result<(), EventError> {
        if let Some(open) = self.open(process) {
            let called_at = open.called_at;
            return Err(EventError::StillOpen { process, called_at });
        }
        self.open.insert(process, self.records.len());
        self.last_at = at;
        self.records.push(Record {
            process,
            key,
            operation,
            called_at: at,
            ended: None,
        });
        Ok(())
    }

    pub(super) fn end_at(
        &mut self,
        at: usize,
        process: u64,
        outcome: Completion,
    ) -> Result<(), EventError> {
        let Some(&place) = self.open.get(&process) else {
            return Err(EventError::NothingOpen { process });
        };
        let record = &mut self.records[place];
        if let Completion::Ok(answer) = &outcome
            && !record.operation.admits(answer)
        {
            return Err(EventError::WrongAnswer);
        }
        record.ended = Some((at, outcome));
        self.open.remove(&process);
        self.last_at = at;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_out_of_place_is_refused_and_changes_nothing() {
        let mut history = History::default();
        let ended = history.end(1, Completion::Fail);
        assert_eq!(ended, Err(EventError::NothingOpen { process: 1 }));
        assert_eq!(history.invoke(1, Value::Null, Operation::Read), Ok(()));
        let before = history.clone();
        assert_eq!(
            history.invoke(1, Value::Null, Operation::Delete),
            Err(EventError::StillOpen {
                process: 1,
                called_at: 1
            })
        );
        for wrong in [
            Answer::Done,
            Answer::Swapped,
            Answer::NotSwapped { found: None },
            Answer::Deleted { existed: true },
        ] {
            assert_eq!(history.ok(1, wrong), Err(EventError::WrongAnswer));
        }
        assert_eq!(history, before);
        assert_eq!(history.ok(1, Answer::Value(Value::Null)), Ok(()));
        assert_eq!(
            history.records()[0].ended.as_ref().map(|end| end.0),
            Some(2)
        );
    }

    #[test]
    fn a_process_goes_on_after_an_unknown_end() {
        let mut history = History::default();
        for _ in 0..2 {
            assert_eq!(history.invoke(1, Value::Null, Operation::Delete), Ok(()));
            assert_eq!(history.end(1, Completion::Info), Ok(()));
        }
        assert_eq!(history.records().len(), 2);
    }
}
