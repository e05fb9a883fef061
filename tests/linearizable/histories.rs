//! Histories made by hand, each with its story, its verdict and the calls that its
//! failing part names. What they say of themselves stands on their first line, in fields
//! that the checker passes over.

use std::path::Path;
use std::process::Command;

use raftarium::history::{Answer, History, Operation, Value, Verdict};
use serde_json::Value as Json;

#[test]
fn each_is_judged_as_it_says() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/linearizable/histories");
    let (mut good, mut bad) = (0, 0);
    for entry in std::fs::read_dir(folder).expect("the folder is there") {
        let path = entry.expect("it can be listed").path();
        let name = path.display();
        let text = std::fs::read_to_string(&path).expect("it can be read");
        let first = text.lines().next().expect("it has a first line");
        let says: Json = serde_json::from_str(first).expect("it is JSON");
        assert!(says["story"].is_string(), "{name}");
        let history = History::from_text(text.as_bytes());
        let history = history.unwrap_or_else(|error| panic!("{name}: {error}"));
        let verdict = history.check(10_000);
        if says["linearizable"] == true {
            assert_eq!(verdict, Verdict::Linearizable, "{name}");
            good += 1;
            continue;
        }
        let Verdict::NotLinearizable(part) = verdict else {
            panic!("{name}: {verdict:?}");
        };
        let calls: Vec<usize> = part.operations.iter().map(|op| op.called_at).collect();
        assert_eq!(Json::from(calls), says["failing"], "{name}");
        assert!(part.minimal, "{name}");
        bad += 1;
    }
    assert!(good >= 25 && bad >= 25, "{good} good ones, {bad} bad ones");
}

fn judge(arguments: &[&str], text: &str) -> (Option<i32>, String, String) {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!(
        "history-{}-{:x}.jsonl",
        std::process::id(),
        text.as_ptr().addr()
    ));
    std::fs::write(&path, text).expect("a temporary file can be written");
    let output = Command::new(env!("CARGO_BIN_EXE_raftarium"))
        .arg("linearizable")
        .args(arguments)
        .arg(&path)
        .output()
        .expect("it can be started");
    std::fs::remove_file(&path).expect("it was written");
    let text = |bytes| String::from_utf8(bytes).expect("it prints UTF-8");
    (
        output.status.code(),
        text(output.stdout),
        text(output.stderr),
    )
}

#[test]
fn the_command_line_tells_good_from_bad_by_its_exit_status() {
    let good = include_str!("histories/cas-chain.jsonl");
    let (status, said, _) = judge(&[], good);
    assert_eq!(status, Some(0));
    assert_eq!(said, "linearizable: 4 operations on 1 keys\n");

    let bad = include_str!("histories/stale-read.jsonl");
    let (status, said, _) = judge(&[], bad);
    assert_eq!(status, Some(1));
    let mut lines = said.lines();
    let first = lines.next().expect("it says something");
    assert!(first.starts_with("NOT LINEARIZABLE: key \"x\""), "{said}");
    assert!(first.ends_with("line 9"), "{said}");
    let calls: Vec<&str> = lines
        .filter_map(|line| line.split_whitespace().nth(1))
        .collect();
    assert_eq!(calls, ["2", "6", "8"], "{said}");
}

#[test]
fn the_command_line_tells_the_verdict_as_json() {
    let (status, said, _) = judge(&["--json"], include_str!("histories/cas-found.jsonl"));
    assert_eq!(status, Some(1));
    let said: Json = serde_json::from_str(&said).expect("it is JSON");
    assert_eq!(said["verdict"], "not linearizable");
    assert_eq!(said["key"], "x");
    assert_eq!(said["line"], 7);
    let last = &said["failing"][2];
    let expected = serde_json::json!({
        "process": 1, "type": "ok", "f": "cas", "key": "x", "value": [5, 6],
        "swapped": false, "found": 1, "called": 6, "ended": 7
    });
    assert_eq!(*last, expected);

    let (status, said, _) = judge(&["--json"], "");
    assert_eq!(status, Some(0), "nothing is linearizable");
    let said: Json = serde_json::from_str(&said).expect("it is JSON");
    assert_eq!(said["verdict"], "linearizable");
    assert_eq!(said["operations"], 0);
}

/// In Jepsen's EDN, all in one line, and with names for processes.
#[test]
fn the_command_line_tells_where_in_a_line_an_event_stands() {
    let text = "[{:process \"w\" :type :invoke :f :write :value [:x 1]} \
                {:process 7 :type :invoke :f :read :value [:x nil]} \
                {:process 7 :type :ok :f :read :value [:x 9]}]";
    let (status, said, complaint) = judge(&[], text);
    assert_eq!(status, Some(1), "{complaint}");
    let expected = "NOT LINEARIZABLE: key \":x\", initially null: no order of these operations \
                    explains the answer in line 1:107\n  line  1:55 to 1:107  process 7: read: 9\n";
    assert_eq!(said, expected);
    let (_, said, _) = judge(&["--json"], &text.replace(":process 7", ":process n7"));
    let said: Json = serde_json::from_str(&said).expect("it is JSON");
    let failing = &said["failing"][0];
    assert_eq!(failing["process"], "n7");
    assert_eq!(
        (&failing["called"], &failing["called_column"]),
        (&1.into(), &55.into())
    );
    assert_eq!(
        (&failing["ended"], &failing["ended_column"]),
        (&1.into(), &108.into())
    );
}

#[test]
fn a_search_that_takes_too_long_is_given_up_and_says_so() {
    let (status, said, complaint) = judge(
        &["--steps-max", "3"],
        include_str!("histories/cas-chain.jsonl"),
    );
    assert_eq!(status, Some(3));
    assert_eq!(said, "undecided\n");
    assert!(
        complaint.contains("not decided after 3 steps"),
        "{complaint}"
    );
}

const INVOKE: &str = r#"{"process": 0, "type": "invoke", "f": "write", "value": 1}"#;
const READ: &str = r#"{"process": 0, "type": "invoke", "f": "read"}"#;
const CAS: &str = r#"{"process": 0, "type": "invoke", "f": "cas", "value": [1, 2]}"#;

/// A line that is fine, one that can't come after it, and what is said of that.
const MALFORMED: &[(&str, &str, &str)] = &[
    ("", "invoke", "must be a JSON object"),
    ("", "null", "must be a JSON object"),
    ("", r#"{"process": 0"#, "is not closed: a } is missing"),
    ("", r#"{"process": 0]"#, "a ] closes nothing"),
    ("", r#"{"process": "0}"#, "the line ends within a text"),
    (
        "",
        r#"{"process": 0 "f": 1}"#,
        "this is not JSON: here should be `,` or `}`",
    ),
    ("", r#"{"process": 0, "process": 1}"#, "is there twice"),
    ("", r#"{"process": "nemesis"} x"#, "must be a JSON object"),
    ("", r#"{"type": "invoke"}"#, "process: is missing"),
    (
        "",
        r#"{"process": -1, "type": "invoke"}"#,
        "process: must be a number",
    ),
    (
        "",
        r#"{"process": 1.5, "type": "invoke"}"#,
        "process: must be a number",
    ),
    (
        "",
        r#"{"process": true, "type": "invoke"}"#,
        "process: must be a number",
    ),
    (
        "",
        r#"{"process": ["a"], "type": "invoke"}"#,
        "process: must be a number",
    ),
    (
        "",
        r#"{"process": null, "type": "invoke"}"#,
        "process: must be a number",
    ),
    ("", r#"{"process": 0}"#, "type: is missing"),
    ("", r#"{"process": 0, "type": 1}"#, "type: must be a text"),
    (
        "",
        r#"{"process": 0, "type": "okay"}"#,
        "type: must be invoke, ok, fail or info",
    ),
    ("", r#"{"process": 0, "type": "invoke"}"#, "f: is missing"),
    (
        "",
        r#"{"process": 0, "type": "invoke", "f": "put"}"#,
        "f: must be read, write",
    ),
    (
        "",
        r#"{"process": 0, "type": "invoke", "f": "write"}"#,
        "value: is missing",
    ),
    (
        "",
        r#"{"process": 0, "type": "invoke", "f": "write", "value": [1]}"#,
        "not an array",
    ),
    (
        "",
        r#"{"process": 0, "type": "invoke", "f": "write", "value": {}}"#,
        "not an object",
    ),
    (
        "",
        r#"{"process": 0, "type": "invoke", "f": "cas", "value": 1}"#,
        "[expected, new]",
    ),
    (
        "",
        r#"{"process": 0, "type": "invoke", "f": "cas", "value": [1]}"#,
        "[expected, new]",
    ),
    (
        "",
        r#"{"process": 0, "type": "invoke", "f": "cas", "value": [1, []]}"#,
        "not an array",
    ),
    (
        "",
        r#"{"process": 0, "type": "invoke", "f": "append", "value": 1}"#,
        "adds a text",
    ),
    (
        "",
        r#"{"process": 0, "type": "invoke", "f": "append", "value": null}"#,
        "adds a text",
    ),
    (
        "",
        r#"{"process": 0, "type": "invoke", "f": "read", "key": [1]}"#,
        "key: must be a",
    ),
    (
        "",
        r#"{"process": 0, "type": "ok", "f": "read"}"#,
        "process 0 has nothing open",
    ),
    (
        "",
        r#"{"process": 0, "type": "info", "f": "read"}"#,
        "process 0 has nothing open",
    ),
    (
        "",
        r#"{"initial": 0, "process": 0, "type": "invoke"}"#,
        "initial: stands by itself",
    ),
    (
        READ,
        r#"{"initial": 0}"#,
        "initial: stands by itself on the first line",
    ),
    (
        INVOKE,
        INVOKE,
        "process 0 has not ended what it called at 2",
    ),
    (INVOKE, r#"{"process": 0, "type": "ok"}"#, "f: is missing"),
    (
        INVOKE,
        r#"{"process": 0, "type": "ok", "f": "read", "value": 1}"#,
        "called write",
    ),
    (
        INVOKE,
        r#"{"process": 0, "type": "ok", "f": "write", "key": 1}"#,
        "called with null",
    ),
    (
        INVOKE,
        r#"{"process": 0, "type": "ok", "f": "write", "value": 2}"#,
        "called write 1",
    ),
    (
        INVOKE,
        r#"{"process": 0, "type": "fail", "f": "write", "value": 2}"#,
        "called write 1",
    ),
    (
        INVOKE,
        r#"{"process": 1, "type": "ok", "f": "write"}"#,
        "process 1 has nothing open",
    ),
    (
        READ,
        r#"{"process": 0, "type": "ok", "f": "read"}"#,
        "value: is missing",
    ),
    (
        READ,
        r#"{"process": 0, "type": "ok", "f": "read", "value": []}"#,
        "not an array",
    ),
    (
        CAS,
        r#"{"process": 0, "type": "ok", "f": "cas", "value": [1, 3]}"#,
        "called cas [1, 2]",
    ),
    (
        CAS,
        r#"{"process": 0, "type": "ok", "f": "cas", "swapped": 1}"#,
        "swapped: must be",
    ),
];

#[test]
fn what_is_no_history_is_refused_with_its_line() {
    let long = format!(
        "{{\"story\": \"{}\"}}",
        "x".repeat(History::EVENT_BYTES_MAX)
    );
    let long = ("", &*long, "more than 1048576 bytes");
    for &(before, line, complaint) in MALFORMED.iter().chain([&long]) {
        // An empty line counts, and says nothing.
        let text = format!("\n{before}\n{line}\n{{\"never\": \"read\"}}\n");
        let error = History::from_text(text.as_bytes());
        let error = error.expect_err(line).to_string();
        let starts = ["line 3: ", "line 3, column "];
        let starts = starts.iter().any(|start| error.starts_with(start));
        assert!(starts, "{error}, of {line:.99}");
        assert!(error.contains(complaint), "{error}, of {line:.99}");
    }
    let error = History::from_text(&br#"{"initial": []}"#[..]).expect_err("no scalar");
    assert!(
        error
            .to_string()
            .starts_with("line 1: initial: must be a single value"),
        "{error}"
    );
    let (status, said, complaint) = judge(&[], &format!("{INVOKE}\n{INVOKE}\n"));
    assert_eq!(status, Some(2));
    assert_eq!(said, "");
    assert!(
        complaint.contains("jsonl: line 2: process: process 0 has not"),
        "{complaint}"
    );

    let text = [INVOKE.as_bytes(), b"\n\xff\n"].concat();
    let error = History::from_text(&text[..]).expect_err("it is no UTF-8");
    assert!(
        error.to_string().starts_with("line 2: is not UTF-8"),
        "{error}"
    );
}

#[test]
fn what_the_judge_need_not_know_is_passed_over() {
    let text = concat!(
        "{\"initial\": 5}\r\n",
        r#"{"process": "nemesis", "type": "info", "f": "kill", "value": ["n1"]}"#,
        "\r\n",
        r#"{"index": 1, "time": 2.5e9, "process": 0, "type": "invoke", "f": "read"}"#,
        "\r\n",
        "   \n",
        r#"{"process": 0, "error": ["x"], "type": "ok", "f": "read", "key": null, "value": 5}"#,
    );
    let history = History::from_text(text.as_bytes()).expect("it is well formed");
    assert_eq!(history.records().len(), 1);
    assert_eq!(history.check(100), Verdict::Linearizable);
}

#[test]
fn more_text_than_the_judge_can_keep_is_undecided() {
    let mut history = History::default();
    for (process, first) in (1..).zip(["a", "b", "c", "d", "e"]) {
        let append = Operation::Append(first.into());
        let called = history.invoke(10 + process, Value::Null, append);
        called.expect("nothing is open");
        let text = first.repeat(1_000_000);
        let called = history.invoke(process, Value::Null, Operation::Read);
        called.expect("nothing is open");
        let answer = Answer::Value(text.as_str().into());
        history.ok(process, answer).expect("it is open");
    }
    let undecided = Verdict::Undecided { key: Value::Null };
    assert_eq!(history.check(History::STEPS_MAX), undecided);
}
