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
        "line 2, column 9: this is not JSON: here should be `:`",
    ),
    (
        "{\"process\": 0, \"process\": 1, \"type\": \"ok\"}",
        "line 1, column 24: the field `process` is there twice",
    ),
    (
        "{\"process\": 0, \"type\": \"invoke\", \"f\": \"write\", \"value\": \"\\ud800\"}",
        "this is not JSON: what follows a backslash has no meaning",
    ),
    (
        "{\"process\": 0, \"type\": \"a\tb\"}",
        "this is not JSON: a text in quotes has a line break or another control character in it",
    ),
    // What a terminal would obey.
    (
        "{\"process\": 0, \"type\": \"\\u001b[31m\"}",
        "type: must be invoke, ok, fail or info, not \"\\u001b[31m\"",
    ),
    (
        "{\"process\": 0, \"type\": \"invoke\", \"f\": \"\\u009b1m\"}",
        "f: must be read, write, cas, append or delete, not \"\\u009b1m\"",
    ),
    (
        "{:process 0 :type :invoke :f :read}{:process 0 :type :ok :f \"\x1b[31m\"}",
        "f: line 1 called read, not \"\\u001b[31m\"",
    ),
    // A tag, and nothing that it is about.
    ("#", "line 1: a # has no name after it"),
    ("\n # \n", "line 2, column 2: a # has no name after it"),
    ("# {:process 0}", "a # has no name after it"),
    ("#tag", "nothing comes after a tag"),
    ("#a #b ; c\n", "nothing comes after a tag"),
    ("'", "nothing comes after a tag"),
    (
        "; A comment.\n{\"process\": 0}",
        "line 1: JSON has no comments; take this line out",
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
                history.check(1000);
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

#[test]
fn what_says_nothing_may_be_of_any_length() {
    let length = History::EVENT_BYTES_MAX + 70_000;
    let (read, ok) = (
        "{:process 0 :type :invoke :f :read}",
        "{:process 0 :type :ok :f :read :value nil}",
    );
    let long = [
        "; é\n".repeat(length / 4),
        format!(";{}\n", "x".repeat(length)),
        "\n".repeat(length),
        " ".repeat(length),
        "#_ {:a 1}\n".repeat(length / 10),
    ];
    for nothing in &long {
        for text in [
            format!("{nothing}{read}\n{ok}"),
            format!("{read}\n{nothing}{ok}"),
            format!("{read}\n{ok}\n{nothing}"),
            format!("{nothing}[{nothing}{read}{ok}{nothing}]{nothing}"),
            format!("#a {nothing} [#b {read}{ok}]"),
        ] {
            let history = History::from_text(text.as_bytes());
            let records = history.expect("it is a history").records().len();
            assert_eq!(records, 1, "{nothing:.9}");
        }
        assert!(History::from_text(nothing.as_bytes()).is_ok());
        let lines = nothing.matches('\n').count();
        let wrong = fault(&format!("{nothing}{{:process 0}}"));
        let place = format!("line {}: type: is missing", lines + 1);
        assert!(wrong == place || lines == 0, "{wrong}");
    }
    // A comment that ends with the text, without the end of a line.
    let text = format!("{read}\n{ok}\n;{}", "x".repeat(length));
    assert!(History::from_text(text.as_bytes()).is_ok());
    let in_json = r#"{"process": 0, "type": "invoke", "f": "read"}"#;
    for text in [
        format!("{}{in_json}", "\r\n".repeat(length)),
        format!("[{}{in_json}{}]", "\n".repeat(length), " ".repeat(length)),
    ] {
        let history = History::from_text(text.as_bytes());
        assert_eq!(history.expect("it is a history").records().len(), 1);
    }
}

#[test]
fn what_is_long_is_not_repeated_whole() {
    let long = "é".repeat(5_000);
    let invoke = |f: &str, value: &str| {
        format!(r#"{{"process": 0, "type": "invoke", "f": "{f}", "key": "k", "value": {value}}}"#)
    };
    let ok = |f: &str, key: &str, value: &str| {
        format!(r#"{{"process": 0, "type": "ok", "f": "{f}", "key": "{key}", "value": {value}}}"#)
    };
    let quoted = format!("\"{long}\"");
    let pair = format!("[{quoted}, {quoted}]");
    for text in [
        format!(
            "{}\n{}",
            invoke("write", &quoted),
            ok("write", "k", "\"b\"")
        ),
        format!(
            "{}\n{}",
            invoke("append", &quoted),
            ok("append", "k", "\"b\"")
        ),
        format!("{}\n{}", invoke("cas", &pair), ok("cas", "k", "[1, 2]")),
        format!("{}\n{}", invoke("read", "null"), ok(&long, "k", "1")),
        format!(
            "{}\n{}",
            invoke("write", "1").replace("\"k\"", &quoted),
            ok("write", "b", "1")
        ),
        invoke(&long, "1"),
        invoke("write", "1").replace("invoke", &long),
        invoke("append", &"7".repeat(5_000)),
        ok("write", "k", "1").replace(": 0,", &format!(": {quoted},")),
        [invoke("read", "1"), invoke("read", "1")]
            .join("\n")
            .replace(": 0,", &format!(": {quoted},")),
    ] {
        let said = fault(&text);
        assert!(said.chars().count() < 260 && said.contains('…'), "{said}");
    }
}
