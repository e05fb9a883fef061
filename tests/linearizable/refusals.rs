//! What is wrong with the text of a history is said with its place and field, in plain words.

use raftarium::history::{History, HistoryError};
use raftarium::rng::Pcg32;

use super::formats::{in_edn, in_json, read};
use super::properties::SMALL;
use super::random::{Shape, history};

fn fault(text: &str) -> String {
    match History::from_text(text.as_bytes()) {
        Ok(history) => panic!("{text} was read as {history:?}"),
        Err(error) => error.to_string(),
    }
}

/// A text, and what is said of it.
const WRONG: &[(&str, &str)] = &[
    // A mix of values with and without a key.
    (
        "{\"process\": 0, \"type\": \"invoke\", \"f\": \"write\", \"value\": [\"x\", 1]}\n\
          {\"process\": 1, \"type\": \"invoke\", \"f\": \"write\", \"value\": 1}",
        "line 2: value: must be [key, value], since line 1 has its key in the value",
    ),
    (
        "{:process 0 :type :invoke :f :write :value 1}\n{:process 1 :type :invoke :f :write :value [:x 1]}",
        "line 2: value: must be a single value, not an array: a register holds no lists",
    ),
    (
        "{:process 0 :type :invoke :f :cas :value [1 2]}\n{:process 1 :type :invoke :f :cas :value [:x [1 2]]}",
        "line 2: value: must be a single value, not an array",
    ),
    (
        "{:process 0 :type :invoke :f :cas :value [:x [1 2]]}\n{:process 1 :type :invoke :f :cas :value [1 2]}",
        "line 2: value: must be [key, [expected, new]], since line 1",
    ),
    (
        "{:process 0 :type :invoke :f :write :value [:x 1]}\n{:process 0 :type :ok :f :write :value [:y 1]}",
        "line 2: value: line 1 called with \":x\"",
    ),
    (
        "{:process 0 :type :invoke :f :write :value [:x 1]}\n{:process 1 :type :invoke :f :write :key :x :value 1}",
        "line 2: key: line 1 has its key in the value",
    ),
    (
        "{:process 0 :type :invoke :f :write :value [:x 1]}\n{:process 1 :type :invoke :f :delete}",
        "line 2: value: must be [key, value]",
    ),
    (
        "{:process 1 :type :invoke :f :delete}\n{:process 0 :type :invoke :f :write :value [:x 1]}",
        "line 2: value: is [key, value], but line 1 has no key in its value",
    ),
    (
        "{:process 1 :type :invoke :f :read}\n{:process 1 :type :ok :f :read :value nil}\n{:process 0 :type :invoke :f :write :value [:x 1]}",
        "line 3: value: is [key, value], but line 2 has no key in its value",
    ),
    (
        "{:process 0 :type :invoke :f :write :value [:x 1]}\n{:process 1 :type :invoke :f :read}\n{:process 1 :type :ok :f :read :value nil}",
        "line 3: value: must be [key, value]",
    ),
    // No values at all.
    (
        "{:process 0 :type :invoke :f :write :value [1 2 3]}",
        "a register holds no lists",
    ),
    (
        "{:process 0 :type :invoke :f :write :value #{1}}",
        "line 1: value: must be a single value",
    ),
    (
        "{:process 0 :type :invoke :f :write :value #a #b {1 2}}",
        "not a map",
    ),
    (
        "{:process 0 :type :invoke :f :write :value ##Inf}",
        "line 1: value: must be a finite number",
    ),
    (
        "{:process 0 :type :invoke :f :write :value 1/0}",
        "line 1: value: is not a number",
    ),
    (
        "{:process 0 :type :invoke :f :write :value \"\\q\"}",
        "line 1: value: has a text with an escape",
    ),
    (
        "{:process 0 :type :invoke :f :write :value 1 :value 2}",
        "line 1: value: stands there twice",
    ),
    (
        "{:process 0 :type :invoke :f :txn :value [[:r 1 nil]]}",
        "line 1: f: must be read, write",
    ),
    (
        "{:process 0 :type :okay :f :read}",
        "line 1: type: must be invoke, ok, fail or info",
    ),
    // Who and what can be told from a place within a line.
    (
        "[{:process \"a\" :type :invoke :f :read}, {:process \"a\" :type :invoke :f :read}]",
        "line 1, column 41: process: process \"a\" has not ended what it called at 1",
    ),
    (
        "[{\"process\": 1, \"type\": \"invoke\", \"f\": \"read\"},{\"process\": 2, \"type\": \"invoke\", \"f\": \"read\"},\
          {\"process\": 2, \"type\": \"ok\", \"f\": \"write\"}]",
        "line 1, column 94: f: line 1, column 48 called read, not write",
    ),
    // What has no form.
    (
        "[{\"process\": 1, \"type\": \"invoke\", \"f\": \"read\"},",
        "the list of events is not closed: a ] is missing",
    ),
    ("[]\n{}", "line 2: nothing may come after the end"),
    (
        "{:process 0 :type :invoke :f}",
        "column 29: a name in the map has no value",
    ),
    (
        "{:process 0 :type :invoke :f :read)",
        "line 1, column 35: a ) closes nothing",
    ),
    (
        "{:process 0 :error [}",
        "line 1, column 21: a } closes nothing",
    ),
    ("{:process 0 :error \"", "a text is not closed"),
    (
        "[[:process 0]]",
        "line 1: an event must be a JSON object, or a map of EDN",
    ),
    ("[1, 2]", "line 1: an event must be a JSON object"),
    ("#_", "nothing comes after a tag"),
    ("{:process :nemesis} #tag", "nothing comes after a tag"),
    (
        "{\"process\": 0,\n \"type\": \"ok\n\"}",
        "line 2, column 10: the line ends within a text",
    ),
    (
        "{\"process\": 0,\n \"type\" \"ok\"}",
        "line 2, column 9: is not JSON: expected `:`",
    ),
];

#[test]
fn what_is_wrong_is_said_with_its_place_and_its_field() {
    for &(text, said) in WRONG {
        let fault = fault(text);
        assert!(fault.contains(said), "{fault}\nof {text}");
    }
}

#[test]
fn nothing_is_too_deep() {
    let deep = 200_000;
    for (open, close) in [
        ("[", "]"),
        ("{:a ", "}"),
        ("#{", "}"),
        ("#t ", ""),
        ("#_ ", ""),
        ("(", ")"),
    ] {
        let nested = format!("{}1{}", open.repeat(deep), close.repeat(deep));
        let passed_over = format!("{{:error {nested} :process :nemesis}}");
        let value = format!("{{:process 0 :type :invoke :f :write :value {nested}}}");
        for text in [passed_over, value] {
            if text.len() < History::EVENT_BYTES_MAX {
                let _ = History::from_text(text.as_bytes());
            }
        }
    }
    let deep = "[".repeat(deep) + &"]".repeat(deep);
    let text = format!(r#"{{"process": 0, "type": "invoke", "f": "write", "value": {deep}}}"#);
    assert!(fault(&text).contains("not an array"));
    let text = format!(r#"{{"process": "nemesis", "error": {deep}}}"#);
    assert_eq!(read(&text).records().len(), 0);
}

/// Broken anywhere, it is refused in words for people, or read as something else.
#[test]
fn whatever_is_broken_is_said_in_plain_words() {
    const RUST: [&str; 14] = [
        "expected struct",
        "invalid type",
        "expected u",
        "expected i",
        "usize",
        "i64",
        "Some(",
        "None",
        "Err(",
        "::",
        "RawValue",
        "EdnError",
        "missing field",
        "unwrap",
    ];
    let mut rng = Pcg32::fork(1, "broken", 0);
    let (mut refused, mut accepted) = (0, 0);
    for round in 0..4000 {
        let shape = Shape {
            operations: 6,
            keys: 2,
            ..SMALL
        };
        let original = history(&mut rng, shape);
        let keyed = rng.below(2) == 0;
        let text = match round % 4 {
            0 => in_json(&original, keyed, "", "\n", ""),
            1 => in_json(&original, keyed, "[", ",\n", "]"),
            2 => in_edn(&original, keyed, &mut rng, ("[", "]")),
            _ => in_edn(&original, keyed, &mut rng, ("", "")),
        };
        let mut bytes = text.into_bytes();
        for _ in 0..=rng.below(3) {
            let length = u32::try_from(bytes.len()).expect("short");
            let at = rng.below(length) as usize;
            let pieces: [&[u8]; 12] = [
                b"", b"\"", b"{", b"}", b"[1 2]", b"nil", b"\\", b"#", b";", b"\xff", b"1e99",
                b": ",
            ];
            let piece = pieces[rng.below(12) as usize];
            let to = (at + rng.below(4) as usize).min(bytes.len());
            bytes.splice(at..to, piece.iter().copied());
        }
        match History::from_text(&bytes[..]) {
            Ok(history) => {
                history.judge(1000);
                accepted += 1;
            }
            Err(error) => {
                let said = error.to_string();
                let rust = RUST.iter().find(|word| said.contains(*word));
                assert_eq!(rust, None, "{said}");
                let lines = bytes.split(|&byte| byte == b'\n').count();
                assert!(
                    matches!(error, HistoryError::Malformed { line, .. } if (1..=lines).contains(&line)),
                    "{said}"
                );
                refused += 1;
            }
        }
    }
    assert!(
        refused > 1000 && accepted > 100,
        "{refused} refused, {accepted} accepted"
    );
}

#[test]
fn what_is_too_long_is_refused() {
    let spaces = " ".repeat(History::EVENT_BYTES_MAX);
    for text in [
        format!("{{\"process\": 0, \"x\": \"{spaces}\"}}"),
        format!("{{:process 0 :x \"{spaces}\"}}"),
    ] {
        assert!(
            fault(&text).contains("line 1: more than 1048576 bytes"),
            "{:.99}",
            fault(&text)
        );
    }
    let digits = "1".repeat(5000);
    let text = format!("{{:process 0 :type :invoke :f :write :value {digits}}}");
    assert!(fault(&text).contains("value: has a number of more than 4096 characters"));
    let text = format!("{{:process 0 :type :invoke :f :write :value \"{digits}\"}}");
    assert_eq!(read(&text).records().len(), 1);
}
