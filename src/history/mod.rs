//! Histories: what clients asked of a service and were told, and the checker of whether
//! that could have come from one thing that does one operation at a time.
//!
//! # Linearizability
//!
//! A history is *linearizable* (Herlihy and Wing, 1990) if all its operations can be put
//! into one order such that
//!
//! - carried out in that order, one by one, each gives the answer that it gave; and
//! - what was answered before something else was called comes before it.
//!
//! To a client, such a service looks like a single copy, however many there are. An
//! operation takes effect at one moment between its call and its answer. One that was
//! never answered, or whose outcome is unknown, takes effect at some moment after its
//! call, or never: both must be thought of. One that failed did not happen.
//!
//! Each key is a register of its own, and a history is linearizable if the operations of
//! each key are (the same paper, theorem 1). So the checker looks at one key at a time. Its
//! search is *complete*: if there is an order it finds one, and if it says that there is
//! none, there is none. The problem is NP-complete (Gibbons and Korach, 1997), so a search
//! may take too many steps; then the verdict is [`Verdict::Undecided`], never a guess.
//!
//! A [`FailingPart`] names the few operations that show what is wrong.
//!
//! # A history as a file
//!
//! [`History::from_text`] reads events in the order in which they happened, with the conventions of
//! Jepsen's histories, in any of these forms (EDN natively only; the page reads no histories):
//!
//! - JSON: an object a line (JSON Lines), or several; or one array of objects, however it is laid
//!   out.
//! - EDN, in which Jepsen writes its `history.edn`: a map a line, or one vector or list of maps.
//!   Keywords and texts are names alike. Tags (`#jepsen.history.Op{…}`, `#inst "…"`), comments,
//!   metadata and what is discarded (`#_`) are passed over.
//!
//! Which of the two it is tells the first event. A byte order mark and CRLF may be there.
//!
//! ```json
//! {"initial": 0}
//! {"process": 0, "type": "invoke", "f": "write", "key": "x", "value": 1}
//! {"process": 1, "type": "invoke", "f": "read",  "key": "x", "value": null}
//! {"process": 1, "type": "ok",     "f": "read",  "key": "x", "value": 1}
//! {"process": 0, "type": "ok",     "f": "write", "key": "x", "value": 1}
//! {"process": 1, "type": "invoke", "f": "cas",   "key": "x", "value": [1, 2]}
//! {"process": 1, "type": "ok",     "f": "cas",   "key": "x", "value": [1, 2], "swapped": false}
//! ```
//!
//! ```clojure
//! [{:process 0, :type :invoke, :f :write, :value ["x" 1], :time 3291485317, :index 0}
//!  {:process 0, :type :ok, :f :write, :value ["x" 1], :time 3565403674, :index 1}
//!  {:process :nemesis, :type :info, :f :start, :value nil, :time 3565403700, :index 2}]
//! ```
//!
//! | field | what stands there |
//! |---|---|
//! | `process` | a number or a text: who asks. One operation at a time; after its end, of any type, the next. An event of the process `nemesis` is passed over |
//! | `type` | `invoke`: the call. `ok`: it was carried out. `fail`: it was not, and never will be. `info`: nobody knows |
//! | `f` | `read`, `write`, `cas`, `append`; and `delete`, which sets the key to null. An `info` that ends nothing and has another `f` is passed over |
//! | `key` | any single value. Missing or null: the one register of a history without keys, or the key is in the value |
//! | `value` | of a call: what to write, `[expected, new]` for `cas`, the text to append; of a `read` it says nothing, for it was not read. Of a `read` that is ok: what was read. Elsewhere null, missing, or the call's again |
//! | `swapped` | of a `cas` that is ok: `false` if it was tried, and the value was another; by default `true` |
//! | `found` | of a `cas` that did not swap: what the value was instead, if that is known |
//! | `existed` | of a `delete` that is ok: whether there was anything but null, if that is known |
//! | `initial` | alone in the first event: what every key holds at first, by default null |
//!
//! In `type` and `f`, the text `":ok"` is the same as `ok`. Values are the scalars of JSON and
//! EDN. They are equal if they are the same: a number is no text, a keyword is no text, and null
//! is no number. Numbers are compared exactly, as quantities: `1`, `1.0` and `1e0` are one, 2^53
//! and 2^53 + 1 are two. A list is no value, and is refused. `append` to null makes the text; to
//! anything but a text it is impossible, so such an append can't have been answered with `ok`.
//!
//! **Keys in the values.** With Jepsen's independent keys, a value is `[key, value]`. A history is
//! taken so if it has no `key`, every value of `read`, `write` and `append` that is not null is an
//! array of two, and every value of `cas` is `[key, [expected, new]]`. The first event that tells
//! decides, and the first that differs from it is refused with its line. A `delete` has
//! `[key, null]`. A read may leave its key to its answer.
//!
//! Other fields, such as Jepsen's `time` and `error`, are passed over with whatever they hold, and
//! so are empty lines. A malformed event is refused with its line and field ([`HistoryError`]).
//!
//! A text may be hundreds of megabytes long, for it is read piece by piece: what is held of it is
//! about 140 bytes for each operation, and each different text once. There are limits to the
//! number of events, the length of one, and what is held ([`History::EVENTS_MAX`],
//! [`History::EVENT_BYTES_MAX`], [`History::HELD_BYTES_MAX`]).
//!
//! # The key-value store
//!
//! [`asked`] and [`answered`] put what a client of [`kv`](crate::kv) asks and is told into a
//! history's words.
//!
//! # Limits
//!
//! The checker knows one register per key. A transaction over several keys, or a read of a
//! range of them, is beyond it.
//!
//! What makes a search long is one key on which dozens of operations overlap all the time.
//! Thousands of those are judged in a second or so where values are written once, or where
//! nothing but reads and writes is asked. Hard are, in a history that is bad, answers that
//! only say that a value was *not* there (`"swapped": false`, `"existed": true`), and
//! appends mixed with writes; and in any history, many compare-and-sets among few values.

mod check;
mod events;
mod harm;
mod impossible;
mod model;
mod operation;
mod part;
mod read;
mod search;
mod shrink;
mod store;
mod tally;
mod value;
mod window;

pub use check::{FailingPart, Verdict};
pub use events::{EventError, History};
pub use operation::{Answer, Completion, Operation, Record};
pub use read::HistoryError;
pub use store::{answered, asked};
pub use value::{Number, Value};
