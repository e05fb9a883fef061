//! One history in many forms: JSON Lines, arrays, Jepsen's EDN, keys in the values. Whatever the
//! form, it is the same history.

use std::fmt::Write as _;
use std::io::Read;

use raftarium::history::{Answer, Completion, History, Operation, Record, Value, Verdict};
use raftarium::rng::Pcg32;

use super::properties::{SMALL, bend};
use super::random::{Shape, history};

pub(crate) fn read(text: &str) -> History {
    History::from_text(text.as_bytes()).unwrap_or_else(|error| panic!("{error}, of {text:.999}"))
}

fn is_bad(text: &str) -> bool {
    match read(text).check(10_000) {
        Verdict::Linearizable => false,
        Verdict::NotLinearizable(_) => true,
        Verdict::Undecided { .. } => panic!("undecided: {text}"),
    }
}

/// What a history is about, without where in the text it stood.
fn meaning(history: &History) -> Vec<(Value, Value, Operation, Option<Completion>)> {
    let of = |record: &Record| {
        let ended = record.ended.clone().map(|(_, outcome)| outcome);
        let process = history.process(record.process);
        (process, record.key.clone(), record.operation.clone(), ended)
    };
    history.records().iter().map(of).collect()
}

/// An event, before it is written in some form.
struct Event {
    process: u64,
    kind: &'static str,
    f: &'static str,
    key: Value,
    /// For a `cas` there are two.
    values: Vec<Value>,
    extra: Option<(&'static str, Value)>,
}

fn events(history: &History) -> Vec<Event> {
    let mut events = Vec::new();
    for record in history.records() {
        let mut event = |at: usize, kind, values, extra| {
            let event = Event {
                process: record.process,
                kind,
                f: record.operation.name(),
                key: record.key.clone(),
                values,
                extra,
            };
            events.push((at, event));
        };
        let values = match &record.operation {
            Operation::Read | Operation::Delete => vec![Value::Null],
            Operation::Write(value) => vec![value.clone()],
            Operation::Cas { expected, new } => vec![expected.clone(), new.clone()],
            Operation::Append(text) => vec![(&**text).into()],
        };
        event(record.called_at, "invoke", values.clone(), None);
        let Some((at, outcome)) = &record.ended else {
            continue;
        };
        match outcome {
            Completion::Ok(Answer::Value(value)) => event(*at, "ok", vec![value.clone()], None),
            Completion::Ok(Answer::NotSwapped { .. }) => {
                event(*at, "ok", values, Some(("swapped", false.into())));
            }
            Completion::Ok(Answer::Deleted { existed }) => {
                event(*at, "ok", values, Some(("existed", (*existed).into())));
            }
            outcome => event(*at, outcome.name(), values, None),
        }
    }
    events.sort_by_key(|&(at, _)| at);
    events.into_iter().map(|(_, event)| event).collect()
}

fn list(items: &[String], edn: bool) -> String {
    format!("[{}]", items.join(if edn { " " } else { ", " }))
}

fn scalar(value: &Value, edn: bool) -> String {
    match value {
        Value::Null if edn => "nil".into(),
        value => value.to_string(),
    }
}

/// The fields of an event.
fn fields(event: &Event, keyed: bool, edn: bool) -> Vec<(&'static str, String)> {
    let mut value: Vec<String> = event
        .values
        .iter()
        .map(|value| scalar(value, edn))
        .collect();
    let mut value = match value.len() {
        1 => value.remove(0),
        _ => list(&value, edn),
    };
    let key = scalar(&event.key, edn);
    if keyed {
        value = list(&[key.clone(), value], edn);
    }
    let name = |name: &str| {
        if edn {
            format!(":{name}")
        } else {
            format!("{name:?}")
        }
    };
    let mut fields = vec![
        ("process", event.process.to_string()),
        ("type", name(event.kind)),
        ("f", name(event.f)),
        ("value", value),
    ];
    if !keyed {
        fields.push(("key", key));
    }
    if let Some((name, value)) = &event.extra {
        fields.push((name, value.to_string()));
    }
    fields
}

/// A history in JSON: an object a line, or in an array, in one line or in many.
pub(crate) fn in_json(
    history: &History,
    keyed: bool,
    before: &str,
    between: &str,
    after: &str,
) -> String {
    let initial = format!("{{\"initial\": {}}}", history.initial());
    let events = events(history);
    let events = events.iter().map(|event| {
        let fields = fields(event, keyed, false);
        let fields = fields
            .iter()
            .map(|(name, value)| format!("{name:?}: {value}"));
        format!("{{{}}}", fields.collect::<Vec<_>>().join(", "))
    });
    let events: Vec<String> = [initial].into_iter().chain(events).collect();
    format!("{before}{}{after}", events.join(between))
}

/// A history in EDN, with all that Jepsen and people put into such files.
pub(crate) fn in_edn(
    history: &History,
    keyed: bool,
    rng: &mut Pcg32,
    around: (&str, &str),
) -> String {
    let mut text = format!(
        "; {{ [ \" #_\n{}{{:initial {}}}",
        around.0,
        scalar(history.initial(), true)
    );
    for (index, event) in events(history).iter().enumerate() {
        text.push_str(["\n", " ", ",\r\n ", "\n; } ]\n"][rng.below(4) as usize]);
        let fields = fields(event, keyed, true);
        let fields = fields.iter().map(|(name, value)| {
            let tag = ["", "", "", "#tag ", "#a.b/c "][rng.below(5) as usize];
            format!(":{name} {tag}{value}")
        });
        let mut fields: Vec<String> = fields.collect();
        fields.push(format!(":time {}, :index {index}", index * 1000));
        fields.insert(
            rng.below(3) as usize,
            [
                ":error #error {:cause \"a \\f \\q } \\\" \" :trace [[a.B$c invoke \"x\" -1] ##NaN]}",
                ":error (\\{ \\\" \\newline #\"re]\\\"gex\" #{1 1} {:type :ok :type :fail} 1/0 0xzz)",
                ":more.of/type :bogus, \"text\" #inst \"2020-01-01T00:00:00Z\" nil nil",
                "#_:type #_:bogus :node \"n1\"",
                ":clock-offset #object[java.lang.Object 0x35 \"[\"] ; }\n",
            ][rng.below(5) as usize]
                .to_owned(),
        );
        let tag = [
            "",
            "#jepsen.history.Op",
            "#knossos.op.Op ",
            "^:meta ",
            "#_{:f :x} ",
        ];
        let tag = tag[rng.below(5) as usize];
        write!(text, "{tag}{{{}}}", fields.join(", ")).expect("a string takes everything");
        if rng.below(4) == 0 {
            text.push_str("\n{:process :nemesis, :type :info, :f :start, :value {:a #{1}}}");
        }
        if rng.below(4) == 0 {
            text.push_str("\n#_ #_ {:a 1} [\\] \"]\"]");
        }
    }
    text + around.1
}

#[test]
fn a_history_is_the_same_in_every_form() {
    let mut rng = Pcg32::fork(1, "forms", 0);
    let mut bad = 0;
    for round in 0..300 {
        let shape = Shape {
            keys: 1 + round % 3,
            operations: 20,
            appends: if round % 2 == 0 { 0 } else { 30 },
            ..SMALL
        };
        let good = history(&mut rng, shape);
        let original = if round % 3 == 0 {
            good
        } else {
            bend(&mut rng, &good)
        };
        let mut expected = meaning(&original);
        // What a cas found instead has no place in these forms.
        for (.., outcome) in &mut expected {
            if let Some(Completion::Ok(Answer::NotSwapped { found })) = outcome {
                *found = None;
            }
        }
        let verdict = |history: &History| match history.check(100_000) {
            Verdict::NotLinearizable(part) => Some(part.operations.len()),
            Verdict::Linearizable => None,
            Verdict::Undecided { .. } => panic!("undecided: {history:?}"),
        };
        let mut first = None;
        for keyed in [false, true] {
            let forms = [
                in_json(&original, keyed, "", "\n", "\n"),
                in_json(&original, keyed, "\u{feff}", "\r\n\r\n", ""),
                in_json(&original, keyed, "[", ",", "]"),
                in_json(&original, keyed, "\u{feff} [\n", ",\n", "\n]\n"),
                in_json(&original, keyed, "[\n", "\n,", "]").replace(", ", ",\n    "),
                in_json(&original, keyed, "", "  ", ""),
                in_edn(&original, keyed, &mut rng, ("[", "]")),
                in_edn(&original, keyed, &mut rng, ("(", ")\n; the end")),
                in_edn(
                    &original,
                    keyed,
                    &mut rng,
                    ("#jepsen.history/history [", "]"),
                ),
                in_edn(&original, keyed, &mut rng, ("", "")),
            ];
            for form in forms {
                let read = read(&form);
                assert_eq!(read.initial(), original.initial());
                assert_eq!(meaning(&read), expected, "{form}");
                let verdict = verdict(&read);
                assert_eq!(*first.get_or_insert(verdict), verdict, "{form}");
            }
        }
        bad += u32::from(first.flatten().is_some());
    }
    assert!(bad > 50, "{bad} bad ones");
}

/// However the text comes in, and wherever a chunk of it ends.
#[test]
fn a_long_history_is_read_piece_by_piece() {
    struct Pieces<'a>(&'a [u8], Pcg32);
    impl Read for Pieces<'_> {
        fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
            let length = 1 + self.1.below(5000) as usize;
            let length = length.min(into.len()).min(self.0.len());
            into[..length].copy_from_slice(&self.0[..length]);
            self.0 = &self.0[length..];
            Ok(length)
        }
    }
    let mut rng = Pcg32::fork(1, "long", 0);
    let shape = Shape {
        operations: 2000,
        ..SMALL
    };
    let original = history(&mut rng, shape);
    for form in [
        in_json(&original, true, "[", ",", "]"),
        in_edn(&original, true, &mut rng, ("[", "]")),
    ] {
        assert!(form.len() > 3 << 16);
        let whole = read(&form);
        assert_eq!(whole.records().len(), 2000);
        let pieces = Pieces(form.as_bytes(), rng.clone());
        assert_eq!(History::from_text(pieces).expect("it is the same"), whole);
        // A comment may be long, and so may nothing at all.
        let blank = " ".repeat(100_000);
        let form = format!("{blank}\n{form}{blank}");
        assert_eq!(meaning(&read(&form)), meaning(&whole));
    }
}

/// Reports of others, in our words.
#[test]
fn what_jepsen_and_its_users_write_is_read() {
    for (good, text) in [
        // A read is invoked with the value that it came to see later.
        (true, "{:process 1 :type :invoke :f :write :value 4} {:process 1 :type :ok :f :write :value 4}
                {:process 2 :type :invoke :f :read :value 4} {:process 2 :type :ok :f :read :value 4}"),
        (false, "{:process 2 :type :invoke :f :read :value 4} {:process 2 :type :ok :f :read :value 5}"),
        (true, "{:process 2 :type :invoke :f :read :value [4]} {:process 2 :type :ok :f :read :value nil}"),
        (true, "{:process 2 :type :invoke :f :read :value {:a 4}} {:process 2 :type :info :f :read :value #{}}"),
        // Names of processes, and of all else, with or without a colon.
        (true, "({\"process\" \"w1\" \"type\" \"invoke\" \"f\" :write :value 1} {:process \"w1\" :type \":ok\" :f write :value nil})"),
        (true, r#"{":process": "w 1", ":type": ":invoke", ":f": ":write", ":value": 1} {"process": "w 1", "type": "ok", "f": "write"}"#),
        (true, "{:process :n1 :type :invoke :f :read} {:process n1 :type :invoke :f :read} {:process \"n1\" :type :invoke :f :read}"),
        (true, r#"{"process": "nemesis", "type": "info", "f": "start"} {"process": ":nemesis", "type": "invoke"}"#),
        // Values of all kinds are what they are.
        (true, "{:process 0 :type :invoke :f :write :value 1N} {:process 0 :type :ok :f :write :value 0x1}
                {:process 0 :type :invoke :f :read} {:process 0 :type :ok :f :read :value 1.0M}"),
        (true, "{:process 0 :type :invoke :f :write :value 5/10} {:process 0 :type :ok :f :write :value 0.5}
                {:process 0 :type :invoke :f :write :value 2/6} {:process 0 :type :ok :f :write :value 1/3}"),
        (true, "{:process 0 :type :invoke :f :write :value \"\\u00e9\\b\\\\\"} {:process 0 :type :ok :f :write :value \"é\u{8}\\\\\"}"),
        (true, "{:process 0 :type :invoke :f :write :value \"\\ud83d\\ude00\"} {:process 0 :type :ok :f :write :value \"😀\"}"),
        (true, "{:process 0 :type :invoke :f :write :value \\u0041} {:process 0 :type :ok :f :write :value \\A}"),
        (false, "{:process 0 :type :invoke :f :write :value :a} {:process 0 :type :ok :f :write :value :a}
                {:process 0 :type :invoke :f :read} {:process 0 :type :ok :f :read :value \"a\"}"),
        (false, "{:process 0 :type :invoke :f :write :value \\a} {:process 1 :type :invoke :f :read}
                {:process 1 :type :ok :f :read :value a}"),
        (false, "{:process 0 :type :invoke :f :write :value 9007199254740993} {:process 1 :type :invoke :f :read}
                {:process 1 :type :ok :f :read :value 9007199254740992}"),
        (false, "{:process 0 :type :invoke :f :write :value 0.1} {:process 1 :type :invoke :f :read}
                {:process 1 :type :ok :f :read :value 0.10000000000000000001}"),
        // Keys in the values; what is null tells nothing.
        (true, r#"{"process": 0, "type": "invoke", "f": "read", "value": null}
                {"process": 1, "type": "invoke", "f": "cas", "value": ["x", [null, 2]]}
                {"process": 1, "type": "ok", "f": "cas", "value": null}
                {"process": 0, "type": "ok", "f": "read", "value": ["x", 2]}
                {"process": 0, "type": "invoke", "f": "read", "value": ["x", null]}
                {"process": 0, "type": "ok", "f": "read", "value": ["x", 2]}"#),
        (false, r#"{"process": 1, "type": "invoke", "f": "write", "value": ["x", 2]}
                {"process": 1, "type": "ok", "f": "write", "value": ["x", 2]}
                {"process": 0, "type": "invoke", "f": "read", "value": ["x", 2]}
                {"process": 0, "type": "ok", "f": "read", "value": null}"#),
        (true, r#"{"process": 1, "type": "invoke", "f": "append", "key": null, "value": [1, "a"]}
                {"process": 1, "type": "ok", "f": "append", "value": [1.0, "a"]}
                {"process": 1, "type": "invoke", "f": "delete", "value": [1, null]}
                {"process": 1, "type": "ok", "f": "delete", "value": [1, null], "existed": true}
                {"process": 1, "type": "invoke", "f": "read", "value": [2, null]}
                {"process": 1, "type": "info", "f": "read"}"#),
        // What says nothing may be anything.
        (true, "{:process :nemesis :type :info :f :x :value [##NaN 1/0 \"\\q\" #\"[\"]}
                {:process 0 :type :invoke :f :read :value ##NaN} {:process 0 :type :fail :f :read :value 0x}"),
        (true, r#"{"process": "nemesis", "value": 1e99999999999999999999} {"process": 0, "type": "invoke", "f": "read", "value": [1e99999999999999999999, "\ud800"]}"#),
        // A cas of a pair of values is no pair of key and value.
        (true, r#"{"process": 1, "type": "invoke", "f": "cas", "value": [1, 2]}
                {"process": 1, "type": "fail", "f": "cas", "value": [1, 2]}"#),
        // Nothing, in all its forms.
        (true, ""),
        (true, "\u{feff}"),
        (true, " [ ] "),
        (true, "()"),
        (true, "; nothing"),
        (true, "#_{:a 1}"),
    ] {
        assert_eq!(!is_bad(text), good, "{text}");
    }
}
