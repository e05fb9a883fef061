//! From a text to a history, event by event: whatever is wrong is told with its line and field.
//!
//! The text is never held as a whole. A part of it is in memory, of the length of the longest
//! event or so, and of each event only what the checker needs. Forms are told apart here
//! ([`scan`]), read by a library for each language (`json`, `edn`), and understood in one
//! place ([`event`]).

#[cfg(all(feature = "edn", not(target_family = "wasm")))]
mod edn;
mod event;
mod json;
mod scan;

use std::io::{self, Read};

use super::{History, Value};
use event::{Fields, Reader};
use scan::{Found, Syntax, Token};

/// Why a text is not a history.
#[derive(Debug, thiserror::Error)]
pub enum HistoryError {
    /// An event that no history can go on with.
    #[error(
        "line {line}{}: {field}{}{fault}",
        .column.map_or_else(String::new, |column| format!(", column {column}")),
        if .field.is_empty() { "" } else { ": " }
    )]
    Malformed {
        /// The number of its line, from 1.
        line: usize,
        /// Where in the line, in characters from 1; `None` for the first event of a line.
        column: Option<usize>,
        /// The field that is wrong; empty if it is the event as a whole.
        field: &'static str,
        /// The fault.
        fault: String,
    },
    /// The text could not be read.
    #[error(transparent)]
    Unreadable(#[from] io::Error),
}

/// A fault of an event.
#[derive(Debug)]
struct Fault {
    field: &'static str,
    what: String,
    /// Its place, in bytes from the beginning of the event, if that is known.
    at: Option<usize>,
}

impl Fault {
    fn new(field: &'static str, what: impl Into<String>) -> Self {
        Self {
            field,
            what: what.into(),
            at: None,
        }
    }

    fn of_event(fault: impl Into<String>) -> Self {
        Self::new("", fault)
    }

    fn at(at: usize, fault: impl Into<String>) -> Self {
        let at = Some(at);
        Self {
            at,
            ..Self::of_event(fault)
        }
    }
}

fn too_long() -> Fault {
    let bytes_max = History::EVENT_BYTES_MAX;
    Fault::of_event(format!(
        "more than {bytes_max} bytes in one event: that can't be one; is a bracket or a \" missing?"
    ))
}

/// The fields of an event.
fn fields(syntax: Syntax, bytes: &[u8]) -> Result<Fields, Fault> {
    let text = str::from_utf8(bytes).map_err(|error| {
        let fault = "is not UTF-8; save the file as UTF-8";
        Fault::at(error.valid_up_to(), fault)
    })?;
    if !text.starts_with('{') {
        let fault = "an event must be a JSON object, or a map of EDN";
        return Err(Fault::of_event(fault));
    }
    match syntax {
        Syntax::Json => json::fields(text),
        #[cfg(all(feature = "edn", not(target_family = "wasm")))]
        Syntax::Edn => edn::fields(text),
        // The page reads no histories, and shall not carry the library.
        #[cfg(not(all(feature = "edn", not(target_family = "wasm"))))]
        Syntax::Edn => Err(Fault::of_event(
            "EDN is not read by this build; write the history as JSON, or use the feature `edn`",
        )),
    }
}

/// The value of a field.
#[derive(Debug)]
enum Datum {
    Scalar(Value),
    List(Vec<Datum>),
    /// Something else, in words: "an object".
    Other(&'static str),
    /// A value that can't be read, and why. It does no harm in fields that are not used.
    Unreadable(String),
}

/// Lists in lists in lists are as deep as any field needs.
const DEPTH_MAX: usize = 3;

impl History {
    /// The longest event that is read, in bytes.
    pub const EVENT_BYTES_MAX: usize = 1024 * 1024;

    /// The longest history that is read from a text, in events.
    pub const EVENTS_MAX: usize = 10_000_000;

    /// The most that is held of a text, in bytes: for each operation a record, and each text
    /// among the values once. The search needs about as much again for the longest key.
    pub const HELD_BYTES_MAX: usize = 2 << 30;

    /// Reads a history; the [module](super) documents the forms.
    ///
    /// # Errors
    /// The first event that is malformed, or that can't be read.
    pub fn from_text(text: impl Read) -> Result<Self, HistoryError> {
        Text::new(text).read()
    }
}

/// How many bytes are asked for at a time.
const CHUNK_BYTES: usize = 1 << 16;

/// A text that is being read.
struct Text<R> {
    source: R,
    /// The text that was read and not yet understood: from `from` on.
    bytes: Vec<u8>,
    from: usize,
    /// Whether there is nothing after that.
    whole: bool,
    /// Where `from` is: both count from 1.
    line: usize,
    column: usize,
    /// The line of the event before; 0 if there was none.
    last_line: usize,
}

/// The brackets around all events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Around {
    /// There are none, as far as is known.
    None,
    /// They are closed by this.
    Open(u8),
    Closed,
}

impl<R: Read> Text<R> {
    fn new(source: R) -> Self {
        Self {
            source,
            bytes: Vec::new(),
            from: 0,
            whole: false,
            line: 1,
            column: 1,
            last_line: 0,
        }
    }

    fn read(mut self) -> Result<History, HistoryError> {
        const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";
        self.fill()?;
        if self.bytes.starts_with(BYTE_ORDER_MARK) {
            self.from = BYTE_ORDER_MARK.len();
        }
        let mut around = Around::None;
        let syntax = self.syntax(&mut around)?;
        let mut reader = Reader::default();
        // Whether a tag waits for the list of events, or for the first of them.
        let mut tagged = false;
        loop {
            self.pass_blanks(syntax)?;
            if around == Around::None && reader.is_at_start() {
                if let Ok(Some((Token::Tag, length))) = syntax.token(self.rest(), self.whole) {
                    self.advance(length);
                    tagged = true;
                    continue;
                }
                if self.enter(&mut around) {
                    tagged = false;
                    continue;
                }
            }
            match syntax.form(self.rest(), self.whole) {
                Ok(Found::Form { start, end }) => {
                    self.advance(start);
                    if around == Around::Closed {
                        let fault = "nothing may come after the end of the list of events";
                        return Err(self.malformed(Fault::of_event(fault)));
                    }
                    self.event(syntax, end - start, &mut reader)?;
                    self.advance(end - start);
                    tagged = false;
                }
                Ok(Found::Passed(length)) => self.advance(length),
                Ok(Found::Unfinished) if self.rest().len() > History::EVENT_BYTES_MAX => {
                    return Err(self.malformed(too_long()));
                }
                Ok(Found::Unfinished) => self.fill()?,
                Ok(Found::Nothing) if !self.whole => self.fill()?,
                Ok(Found::Nothing) if tagged => {
                    let fault = Fault::of_event("nothing comes after a tag");
                    return Err(self.malformed(fault));
                }
                Ok(Found::Nothing) => break,
                Ok(Found::Close(at)) => {
                    self.advance(at);
                    let close = self.rest()[0];
                    if around != Around::Open(close) {
                        let fault = format!("a {} closes nothing", char::from(close));
                        return Err(self.malformed(Fault::of_event(fault)));
                    }
                    around = Around::Closed;
                    self.advance(1);
                }
                Err(scan::Fault { at, fault }) => {
                    return Err(self.malformed(Fault::at(at, fault)));
                }
            }
        }
        if let Around::Open(close) = around {
            let fault = format!(
                "the list of events is not closed: a {} is missing; was the text cut off?",
                char::from(close)
            );
            return Err(self.malformed(Fault::of_event(fault)));
        }
        Ok(reader.history())
    }

    /// The language of the text. Goes up to the first event, but for its tags.
    fn syntax(&mut self, around: &mut Around) -> Result<Syntax, HistoryError> {
        // The line of a comment: JSON has none.
        let mut comment = None;
        loop {
            // What says nothing in JSON says nothing in EDN either.
            let passed = self.pass_blanks(Syntax::Edn)?;
            comment = comment.or(passed);
            if *around == Around::None && self.enter(around) {
                continue;
            }
            match (Syntax::of(self.rest(), self.whole), comment) {
                (Some(Syntax::Json), Some(line)) => {
                    self.line = line;
                    let fault = Fault::of_event("JSON has no comments; take this line out");
                    return Err(self.malformed(fault));
                }
                (Some(syntax), _) => return Ok(syntax),
                (None, _) if self.rest().len() > History::EVENT_BYTES_MAX => {
                    return Err(self.malformed(too_long()));
                }
                (None, _) => self.fill()?,
            }
        }
    }

    /// Passes over blanks and comments, however long they are. Returns the line of the first
    /// comment.
    fn pass_blanks(&mut self, syntax: Syntax) -> io::Result<Option<usize>> {
        let mut comment = None;
        loop {
            let blanks = Syntax::Json.blanks(self.rest(), true);
            self.advance(blanks);
            match self.rest().first() {
                None if self.whole => return Ok(comment),
                None => self.fill()?,
                Some(b';') if syntax == Syntax::Edn => {
                    comment = comment.or(Some(self.line));
                    self.pass_line()?;
                }
                Some(_) => return Ok(comment),
            }
        }
    }

    /// Passes over the rest of a line.
    fn pass_line(&mut self) -> io::Result<()> {
        loop {
            let rest = self.rest();
            let end = rest.iter().position(|&byte| byte == b'\n');
            let length = end.unwrap_or(rest.len());
            self.advance(length);
            if end.is_some() || self.whole {
                return Ok(());
            }
            self.fill()?;
        }
    }

    /// Goes into the brackets around all events, if these come next.
    fn enter(&mut self, around: &mut Around) -> bool {
        *around = match self.rest().first() {
            Some(b'[') => Around::Open(b']'),
            Some(b'(') => Around::Open(b')'),
            _ => return false,
        };
        self.advance(1);
        true
    }

    /// Reads the next event, which has this many bytes.
    fn event(
        &mut self,
        syntax: Syntax,
        length: usize,
        reader: &mut Reader,
    ) -> Result<(), HistoryError> {
        let bytes = &self.rest()[..length];
        let read = if length > History::EVENT_BYTES_MAX {
            Err(too_long())
        } else {
            let place = (self.line, self.column);
            fields(syntax, bytes).and_then(|fields| reader.take(place, fields))
        };
        read.map_err(|fault| self.malformed(fault))?;
        self.last_line = self.line;
        Ok(())
    }

    /// The fault of the next event.
    fn malformed(&mut self, fault: Fault) -> HistoryError {
        let first = self.line != self.last_line;
        self.advance(fault.at.unwrap_or(0));
        let known = fault.at.is_some() && self.column > 1;
        HistoryError::Malformed {
            line: self.line,
            column: (known || !first).then_some(self.column),
            field: fault.field,
            fault: fault.what,
        }
    }

    fn rest(&self) -> &[u8] {
        &self.bytes[self.from..]
    }

    /// Reads on.
    fn fill(&mut self) -> io::Result<()> {
        self.bytes.drain(..self.from);
        self.from = 0;
        let mut chunk = self.source.by_ref().take(CHUNK_BYTES as u64);
        self.whole = chunk.read_to_end(&mut self.bytes)? < CHUNK_BYTES;
        Ok(())
    }

    /// Leaves bytes behind.
    fn advance(&mut self, length: usize) {
        let bytes = &self.bytes[self.from..self.from + length];
        let lines = bytes.split(|&byte| byte == b'\n').count() - 1;
        let last = bytes.iter().rposition(|&byte| byte == b'\n');
        let rest = &bytes[last.map_or(0, |at| at + 1)..];
        // A character has one byte that does not continue it.
        let characters = rest.iter().filter(|&&byte| byte & 0xc0 != 0x80).count();
        self.line += lines;
        self.column = characters + if lines == 0 { self.column } else { 1 };
        self.from += length;
    }
}
