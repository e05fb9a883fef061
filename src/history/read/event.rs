//! Turns events, read from JSON or EDN, into a history.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::super::events::NAMED_FROM;
use super::super::{Answer, Completion, EventError, History, Operation, Record, Value};
use super::{Datum, Fault};

/// The fields of an event that matter.
#[derive(Debug, Default)]
pub(super) struct Fields {
    pub(super) process: Option<Datum>,
    pub(super) kind: Option<Datum>,
    pub(super) f: Option<Datum>,
    pub(super) key: Option<Datum>,
    pub(super) value: Option<Datum>,
    pub(super) swapped: Option<Datum>,
    pub(super) existed: Option<Datum>,
    pub(super) found: Option<Datum>,
    pub(super) initial: Option<Datum>,
}

/// The place where a history has its keys.
#[derive(Clone, Copy, Debug, Default)]
enum Keys {
    /// Nothing has told yet.
    #[default]
    Unknown,
    /// In the field `key`, or there are none. This line told.
    Apart { line: usize },
    /// In the value, as `[key, value]`. This line told.
    InValue { line: usize },
}

/// The key and the value of an event.
struct Told {
    /// The key; `None` if nothing is said of it.
    key: Option<Value>,
    /// The value, without the key; `None` if the field is missing.
    value: Option<Datum>,
}

/// Fields that only some answers have.
struct Extra {
    swapped: Option<Datum>,
    found: Option<Datum>,
    existed: Option<Datum>,
}

/// A history that is being read.
#[derive(Debug, Default)]
pub(super) struct Reader {
    history: History,
    keys: Keys,
    events: usize,
    /// By name, the numbers that processes with names go by.
    processes: BTreeMap<Value, u64>,
    /// The processes with an open read whose key nothing has told yet.
    keyless: BTreeSet<u64>,
    /// The first line that, had the history its keys in the values, should have had one.
    bare: Option<usize>,
    /// The texts that are held, so that each is held once.
    texts: BTreeSet<Arc<str>>,
    held_bytes: usize,
}

impl Reader {
    /// Whether there was no event yet.
    pub(super) fn is_at_start(&self) -> bool {
        self.events == 0
    }

    pub(super) fn history(self) -> History {
        self.history
    }

    /// Takes an event in, by its line and column.
    pub(super) fn take(&mut self, place: (usize, usize), fields: Fields) -> Result<(), Fault> {
        self.events += 1;
        if self.events > History::EVENTS_MAX {
            let fault = format!(
                "more than {} events; check a shorter history, or its keys one by one",
                History::EVENTS_MAX
            );
            return Err(Fault::of_event(fault));
        }
        if let Some(initial) = fields.initial {
            if self.events != 1 || fields.kind.is_some() {
                let fault = "stands by itself on the first line, as the first event, or nowhere";
                return Err(Fault::new("initial", fault));
            }
            self.history = History::new(scalar("initial", initial)?);
            return Ok(());
        }
        let process = need("process", fields.process)?;
        // Jepsen's own remarks, such as the faults that it brings about.
        if name_of(&process).is_some_and(|name| name == "nemesis") {
            return Ok(());
        }
        let process = self.process(process)?;
        let kind = word("type", fields.kind)?;
        let open = self.history.open(process).is_some();
        let outcome = match &*kind {
            "invoke" => None,
            "ok" | "info" | "fail" => Some(&*kind),
            other => {
                let fault = format!(
                    "must be invoke, ok, fail or info, not {:#}",
                    Value::from(other)
                );
                return Err(Fault::new("type", fault));
            }
        };
        if open == outcome.is_none() {
            return self.out_of_place(process, outcome, fields.f);
        }
        let f = word("f", fields.f)?;
        let told = self.told(place.0, &f, fields.key, fields.value)?;
        let Some(outcome) = outcome else {
            return self.invoke(place, process, &f, told);
        };
        let extra = Extra {
            swapped: fields.swapped,
            found: fields.found,
            existed: fields.existed,
        };
        self.end(place, process, outcome, &f, told, extra)
    }

    /// A call by a process that has something open, or an end by one that has not.
    fn out_of_place(
        &self,
        process: u64,
        outcome: Option<&str>,
        f: Option<Datum>,
    ) -> Result<(), Fault> {
        let name = self.history.process(process);
        if let Some(open) = self.history.open(process) {
            let called_at = self.at(open.called_at);
            let fault = format!("process {name:#} has not ended what it called at {called_at}");
            return Err(Fault::new("process", fault));
        }
        // A remark, such as on faults that were brought about.
        if outcome == Some("info") && word("f", f).is_ok_and(|f| !is_known(&f)) {
            return Ok(());
        }
        let fault = format!("process {name:#} has nothing open");
        Err(Fault::new("process", fault))
    }

    fn invoke(
        &mut self,
        place: (usize, usize),
        process: u64,
        f: &str,
        told: Told,
    ) -> Result<(), Fault> {
        let operation = operation(f, told.value)?;
        if told.key.is_none() && !matches!(self.keys, Keys::Apart { .. }) {
            if operation == Operation::Read {
                self.keyless.insert(process);
            } else if let Keys::InValue { line } = self.keys {
                return Err(no_key(f, line));
            } else {
                self.bare.get_or_insert(place.0);
            }
        }
        let key = self.held(told.key.unwrap_or_default());
        let operation = match operation {
            Operation::Write(value) => Operation::Write(self.held(value)),
            Operation::Cas { expected, new } => Operation::Cas {
                expected: self.held(expected),
                new: self.held(new),
            },
            other => other,
        };
        self.held_bytes += size_of::<Record>();
        if self.held_bytes > History::HELD_BYTES_MAX {
            let fault = format!(
                "more than {} bytes would have to be held; check a shorter history, or its keys one by one",
                History::HELD_BYTES_MAX
            );
            return Err(Fault::of_event(fault));
        }
        let at = self.history.place(place.0, place.1);
        let invoked = self.history.invoke_at(at, process, key, operation);
        invoked.map_err(|fault| of_event(&fault))
    }

    fn end(
        &mut self,
        place: (usize, usize),
        process: u64,
        outcome: &str,
        f: &str,
        told: Told,
        extra: Extra,
    ) -> Result<(), Fault> {
        let open = self.history.open(process).expect("it is open");
        let (called_at, called) = (self.at(open.called_at), open.operation.clone());
        if f != called.name() {
            let called = called.name();
            let fault = if is_known(f) {
                format!("line {called_at} called {called}, not {f}")
            } else {
                format!("line {called_at} called {called}, not {:#}", Value::from(f))
            };
            return Err(Fault::new("f", fault));
        }
        let in_value = match self.keys {
            Keys::InValue { line } => Some(line),
            Keys::Apart { .. } | Keys::Unknown => None,
        };
        let keyless = self.keyless.contains(&process);
        if let Some(key) = told
            .key
            .or_else(|| in_value.is_none().then_some(Value::Null))
        {
            if keyless {
                let key = self.held(key);
                self.history.set_key(process, key);
            } else if key != open.key {
                let field = in_value.map_or("key", |_| "value");
                let fault = format!("line {called_at} called with {:#}", open.key);
                return Err(Fault::new(field, fault));
            }
        } else if let (true, "ok", Some(line)) = (keyless, outcome, in_value) {
            return Err(no_key(f, line));
        }
        let silent = told.value.as_ref().is_none_or(Datum::is_null);
        let says_again = !matches!(called, Operation::Read | Operation::Delete) && !silent;
        let (told, again) = if says_again {
            (None, told.value)
        } else {
            (told.value, None)
        };
        if let Some(again) = again
            && operation(f, Some(again))? != called
        {
            let fault = format!("line {called_at} called {called:#}");
            return Err(Fault::new("value", fault));
        }
        let outcome = match outcome {
            "fail" => Completion::Fail,
            "info" => Completion::Info,
            _ => Completion::Ok(self.answer(&called, told, extra)?),
        };
        if keyless && matches!(self.keys, Keys::Unknown) && matches!(outcome, Completion::Ok(_)) {
            self.bare.get_or_insert(place.0);
        }
        self.keyless.remove(&process);
        let at = self.history.place(place.0, place.1);
        let ended = self.history.end_at(at, process, outcome);
        ended.map_err(|fault| of_event(&fault))
    }

    fn answer(
        &mut self,
        called: &Operation,
        value: Option<Datum>,
        extra: Extra,
    ) -> Result<Answer, Fault> {
        Ok(match called {
            Operation::Read => {
                let value = scalar("value", need("value", value)?)?;
                Answer::Value(self.held(value))
            }
            Operation::Write(_) | Operation::Append(_) => Answer::Done,
            Operation::Cas { .. } if truth("swapped", extra.swapped.as_ref())? == Some(false) => {
                let found = extra.found.map(|found| scalar("found", found));
                let found = found.transpose()?.map(|found| self.held(found));
                Answer::NotSwapped { found }
            }
            Operation::Cas { .. } => Answer::Swapped,
            Operation::Delete => truth("existed", extra.existed.as_ref())?
                .map_or(Answer::Done, |existed| Answer::Deleted { existed }),
        })
    }

    /// Takes the key and the value apart.
    fn told(
        &mut self,
        line: usize,
        f: &str,
        key: Option<Datum>,
        value: Option<Datum>,
    ) -> Result<Told, Fault> {
        let key = key.map(|key| scalar("key", key)).transpose()?;
        let key = key.filter(|key| *key != Value::Null);
        let found = if key.is_some() {
            Some(Keys::Apart { line })
        } else {
            keys_told_by(f, value.as_ref(), line)
        };
        match (self.keys, found) {
            (Keys::Unknown, Some(Keys::InValue { .. })) => {
                if let Some(bare) = self.bare {
                    let fault = format!("is [key, value], but line {bare} has no key in its value");
                    return Err(Fault::new("value", fault));
                }
                self.keys = Keys::InValue { line };
            }
            (Keys::Unknown, Some(found)) => self.keys = found,
            (Keys::InValue { line }, Some(Keys::Apart { .. })) if key.is_some() => {
                let fault = format!(
                    "line {line} has its key in the value, as [key, value]; have all in one place"
                );
                return Err(Fault::new("key", fault));
            }
            (Keys::InValue { line }, Some(Keys::Apart { .. })) => return Err(no_key(f, line)),
            (Keys::Apart { line }, Some(Keys::InValue { .. })) => {
                let fault = format!(
                    "must be a single value, not an array: a register holds no lists. Are these \
                     [key, value]? Then every value must be, and in line {line} it is not"
                );
                return Err(Fault::new("value", fault));
            }
            _ => {}
        }
        let Keys::InValue { line } = self.keys else {
            return Ok(Told { key, value });
        };
        match value {
            Some(Datum::List(pair)) => {
                let [key, value] = <[Datum; 2]>::try_from(pair).map_err(|_| no_key(f, line))?;
                Ok(Told {
                    key: Some(scalar("value", key)?),
                    value: Some(value),
                })
            }
            value if value.as_ref().is_none_or(Datum::is_null) => Ok(Told { key: None, value }),
            Some(Datum::Unreadable(fault)) => Err(Fault::new("value", fault)),
            _ => Err(no_key(f, line)),
        }
    }

    /// The number that a process goes by.
    fn process(&mut self, process: Datum) -> Result<u64, Fault> {
        let fault = || Fault::new("process", "must be a number, 0 or more, or a text");
        let process = match process {
            Datum::Scalar(Value::Number(number)) => {
                let number = number.as_u64().filter(|&number| number < NAMED_FROM);
                return number.ok_or_else(fault);
            }
            Datum::Scalar(name @ (Value::Text(_) | Value::Word(_))) => name,
            _ => return Err(fault()),
        };
        if let Some(&number) = self.processes.get(&process) {
            return Ok(number);
        }
        let number = self.history.name_process(process.clone());
        self.processes.insert(process, number);
        Ok(number)
    }

    /// A value whose text is held once, however often it comes.
    fn held(&mut self, value: Value) -> Value {
        let (text, make): (_, fn(Arc<str>) -> Value) = match value {
            Value::Text(text) => (text, Value::Text),
            Value::Word(text) => (text, Value::Word),
            other => return other,
        };
        if let Some(held) = self.texts.get(&text) {
            return make(held.clone());
        }
        // With what a set and a counter of references need.
        self.held_bytes += text.len() + 64;
        self.texts.insert(text.clone());
        make(text)
    }

    /// The place of an event, in words.
    fn at(&self, place: usize) -> String {
        match self.history.line(place) {
            (line, None) => line.to_string(),
            (line, Some(column)) => format!("{line}, column {column}"),
        }
    }
}

/// Where a history has its keys that has such a value, if the value tells.
fn keys_told_by(f: &str, value: Option<&Datum>, line: usize) -> Option<Keys> {
    let in_value = match (f, value?) {
        (_, Datum::Scalar(Value::Null) | Datum::Unreadable(_)) => return None,
        ("read" | "write" | "append", Datum::List(pair)) => pair.len() == 2,
        ("read" | "write" | "append", _) => false,
        ("cas", Datum::List(pair)) => match &pair[..] {
            [_, Datum::List(pair)] if pair.len() == 2 => true,
            [_, Datum::Scalar(_)] => false,
            _ => return None,
        },
        ("delete", Datum::List(pair)) if pair.len() == 2 => true,
        _ => return None,
    };
    Some(if in_value {
        Keys::InValue { line }
    } else {
        Keys::Apart { line }
    })
}

/// Whether this is the name of an operation.
fn is_known(f: &str) -> bool {
    matches!(f, "read" | "write" | "cas" | "append" | "delete")
}

fn no_key(f: &str, line: usize) -> Fault {
    let form = match f {
        "cas" => "[key, [expected, new]]",
        _ => "[key, value]",
    };
    let fault = format!("must be {form}, since line {line} has its key in the value");
    Fault::new("value", fault)
}

fn operation(f: &str, value: Option<Datum>) -> Result<Operation, Fault> {
    let need_value = |value| need("value", value);
    Ok(match f {
        // The value of a read's call is not evidence.
        "read" => Operation::Read,
        "write" => Operation::Write(scalar("value", need_value(value)?)?),
        "cas" => {
            let pair = match need_value(value)? {
                Datum::List(pair) => pair,
                Datum::Unreadable(fault) => return Err(Fault::new("value", fault)),
                _ => return Err(Fault::new("value", "must be [expected, new]")),
            };
            let [expected, new] = <[Datum; 2]>::try_from(pair)
                .map_err(|_| Fault::new("value", "must be [expected, new]"))?;
            Operation::Cas {
                expected: scalar("value", expected)?,
                new: scalar("value", new)?,
            }
        }
        "append" => match scalar("value", need_value(value)?)? {
            Value::Text(text) => Operation::Append(text),
            other => {
                let fault = format!("an append adds a text, not {other:#}");
                return Err(Fault::new("value", fault));
            }
        },
        "delete" => Operation::Delete,
        other => {
            let other = Value::from(other);
            let fault = format!("must be read, write, cas, append or delete, not {other:#}");
            return Err(Fault::new("f", fault));
        }
    })
}

impl Datum {
    fn is_null(&self) -> bool {
        matches!(self, Self::Scalar(Value::Null))
    }
}

fn need(name: &'static str, field: Option<Datum>) -> Result<Datum, Fault> {
    field.ok_or_else(|| Fault::new(name, "is missing"))
}

/// A name, such as `read`, `:read` or the keyword of EDN.
fn name_of(datum: &Datum) -> Option<&str> {
    match datum {
        Datum::Scalar(Value::Text(name) | Value::Word(name)) => {
            Some(name.strip_prefix(':').unwrap_or(name))
        }
        _ => None,
    }
}

fn word(name: &'static str, field: Option<Datum>) -> Result<String, Fault> {
    let field = need(name, field)?;
    let word = name_of(&field).map(str::to_owned);
    word.ok_or_else(|| Fault::new(name, "must be a text"))
}

fn truth(name: &'static str, field: Option<&Datum>) -> Result<Option<bool>, Fault> {
    match field {
        None => Ok(None),
        Some(Datum::Scalar(Value::Boolean(truth))) => Ok(Some(*truth)),
        Some(_) => Err(Fault::new(name, "must be true or false")),
    }
}

fn scalar(name: &'static str, datum: Datum) -> Result<Value, Fault> {
    let what = match datum {
        Datum::Scalar(value) => return Ok(value),
        Datum::List(_) if name == "key" => "an array",
        Datum::List(_) => "an array: a register holds no lists",
        Datum::Other(what) => what,
        Datum::Unreadable(fault) => return Err(Fault::new(name, fault)),
    };
    let fault =
        format!("must be a single value (a text, a number, true, false or null), not {what}");
    Err(Fault::new(name, fault))
}

fn of_event(error: &EventError) -> Fault {
    match error {
        EventError::StillOpen { .. } | EventError::NothingOpen { .. } => {
            Fault::new("process", error.to_string())
        }
        EventError::WrongAnswer => Fault::new("value", error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn invoke(reader: &mut Reader) -> Result<(), Fault> {
        let text = |text: &str| Some(Datum::Scalar(text.into()));
        let fields = Fields {
            process: Some(Datum::Scalar(1.into())),
            kind: text("invoke"),
            f: text("write"),
            value: text("a"),
            ..Fields::default()
        };
        reader.take((1, 1), fields)
    }

    #[test]
    fn a_history_may_be_so_long_and_no_longer() {
        let mut reader = Reader {
            events: History::EVENTS_MAX - 1,
            ..Reader::default()
        };
        assert!(invoke(&mut reader).is_ok());
        let fault = invoke(&mut reader).expect_err("it is one too many");
        assert!(fault.what.starts_with("more than 10000000 events"));

        let mut reader = Reader {
            held_bytes: History::HELD_BYTES_MAX - 100,
            ..Reader::default()
        };
        let fault = invoke(&mut reader).expect_err("a record and a text are too much");
        assert!(fault.what.starts_with("more than 2147483648 bytes"));
    }

    /// As the docs say.
    #[test]
    fn a_record_is_small() {
        assert!(size_of::<Record>() <= 144, "{}", size_of::<Record>());
    }
}
