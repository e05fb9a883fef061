//! Files as people have them: whatever the course's simulator reads is run, and what it would
//! have passed over, taken otherwise or refused is remarked on, in every form of the table.

use std::path::PathBuf;

use raftarium::course::TestFile;
use raftarium::document::{Document, Kind};
use raftarium::sim::scenario::Scenario;
use serde_json::{Value as Json, json};

use super::course;

/// A file like most: 200 requests in 20 seconds, graded.
fn usual() -> Json {
    json!({
        "lifetime": 20, "replicas": 5, "requests": 200, "mix": 0.6,
        "tests": { "benchmarks": {
            "total_msgs": [900, 1500, 3000], "failures": [1, 5, 50],
            "duplicates": [1, 3, 9], "median_latency": [0.001, 0.01, 0.1],
        } },
    })
}

/// A file as the page shows it.
fn watched(text: &str) -> Scenario {
    let document = Document::read(text).expect("it is a test file");
    document.into_scenario().expect("it can be watched")
}

/// The usual file with other fields, or without those that are given as null.
fn with(fields: &Json) -> Json {
    let mut file = usual();
    for (name, value) in fields.as_object().expect("it is an object") {
        file[name] = value.clone();
    }
    file.as_object_mut()
        .expect("it is one")
        .retain(|_, it| !it.is_null());
    file
}

fn remarks(text: &str) -> Vec<String> {
    let file = TestFile::from_json(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    file.remarks
}

fn written(name: &str, text: &str) -> String {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, text).expect("a temporary file can be written");
    path.to_str().expect("it is UTF-8").to_owned()
}

/// The table of one file in each of its forms: text, Markdown, CSV and JSON.
fn tables(name: &str, text: &str, options: &[&str]) -> (Option<i32>, [String; 4]) {
    let path = written(name, text);
    let mut code = None;
    let tables = [&[][..], &["--markdown"], &["--csv"], &["--json"]].map(|format| {
        let arguments = [&[&*path], options, format].concat();
        let (status, printed) = course(&arguments);
        code = status;
        printed
    });
    (code, tables)
}

/// What the file of this text comes to: the CSV without its name, its remarks and its luck.
fn figures(name: &str, text: &str) -> String {
    let (code, csv) = course(&[&written(name, text), "--csv", "--seeds=2"]);
    assert_eq!(code, Some(0), "{csv}");
    let line = csv.lines().nth(1).expect("it has a row");
    line.split(',')
        .skip(1)
        .take(14)
        .collect::<Vec<_>>()
        .join(",")
}

#[test]
fn a_file_without_tests_is_judged_and_not_graded() {
    let kill = json!([{ "type": "kill_leader", "time": 8 }]);
    let old = with(&json!({ "tests": null, "events": kill })).to_string();
    let (code, [text, markdown, csv, json]) = tables("of-2018.json", &old, &["--seeds=3"]);
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("of-2018  3 of 3"), "{text}");
    for tier in ["bonus", "full", "partial", "none"] {
        assert!(!text.contains(tier), "{text}");
    }
    for table in [&text, &markdown, &csv, &json] {
        assert!(table.contains("it has no tests"), "{table}");
    }
    let line: Json = serde_json::from_str(&json).expect("it is JSON");
    assert_eq!(line["medians"][0]["tier"], Json::Null);
    assert!(line["medians"][0]["value"].is_number(), "{line}");
    // Most of the cluster dies: that is a failure, with tests or without.
    let mortal =
        json!([1, 1, 1, 4, 4, 4].map(|time| json!({ "type": "kill_non_leader", "time": time })));
    let mortal = with(&json!({ "tests": null, "events": mortal })).to_string();
    let (code, [text, ..]) = tables("mortal-2018.json", &mortal, &[]);
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains("were not answered"), "{text}");
}

#[test]
fn what_has_no_tiers_is_not_graded() {
    for (tests, remark) in [
        (json!({}), "tests has no benchmarks"),
        (
            json!({ "benchmarks": { "failures": [1, 2, 3] } }),
            "has no total_msgs",
        ),
    ] {
        let file = with(&json!({ "tests": tests })).to_string();
        let (code, [text, ..]) = tables("few-tiers.json", &file, &[]);
        assert_eq!(code, Some(0), "{text}");
        assert!(text.contains(remark), "{text}");
    }
}

#[test]
fn fields_that_nobody_reads_are_passed_over_with_a_remark() {
    let mut file = with(&json!({
        "wait": 2, "comment": "week 9", "Mix": 0.1, "start-wait": 9,
        "events": [{ "type": "kill_leader", "time": 8, "why": "to see" }],
    }));
    file["tests"]["author"] = "nobody".into();
    file["tests"]["benchmarks"]["elections"] = json!([1, 2, 3]);
    let text = file.to_string();
    let plain = with(&json!({ "events": [{ "type": "kill_leader", "time": 8 }] })).to_string();
    assert_eq!(figures("fields.json", &text), figures("plain.json", &plain));
    let (code, tables) = tables("fields.json", &text, &[]);
    assert_eq!(code, Some(0), "{}", tables[0]);
    for said in [
        "wait is passed over, as by the course's simulator: the time before the first request is start_wait",
        "comment is passed over: no such field is read",
        "Mix is passed over: the field is called mix",
        "start-wait is passed over: the field is called start_wait",
        "events[0].why is passed over",
        "tests.author is passed over",
        "tests.benchmarks.elections is passed over",
    ] {
        for table in &tables {
            // Markdown escapes what means something there; none of it does.
            assert!(table.contains(said), "{said}: {table}");
        }
    }
    // Where it is watched, they are its story.
    let story = watched(&text).story.to_string();
    assert!(story.contains("comment is passed over"), "{story}");
    // A file of nothing else tells of the first ones.
    let many: Vec<String> = (0..1_000).map(|it| format!("\"x{it}\": 0, ")).collect();
    let many = many.concat();
    let told = remarks(&usual().to_string().replacen('{', &format!("{{{many}"), 1));
    assert_eq!(told.len(), 21);
    assert_eq!(told[20], "and 980 more remarks");
}

#[test]
fn numbers_may_be_text_anywhere() {
    let numbers = json!({
        "lifetime": 20, "replicas": 5, "requests": 200, "mix": 0.6, "start_wait": 4, "end_wait": 3,
        "drops": 0.05, "max_packets": 9000, "events": [{ "type": "part_easy", "time": 2.5 }],
        "maximum_get_generation_fail_fraction": 0.3,
        "tests": {
            "maximum_get_fail_fraction": 0.4, "maximum_put_fail_fraction": 0.4,
            "maximum_appends_batched_fraction": 0.6,
            "benchmarks": {
                "total_msgs": [900, 1500, 3000], "failures": [1, 5, 50],
                "duplicates": [1, 3, 9], "median_latency": [0.001, 0.01, 0.1],
            },
        },
    });
    let mut texts = numbers.clone();
    as_text(&mut texts);
    assert_eq!(texts["tests"]["benchmarks"]["total_msgs"][0], " 900 ");
    let read = |file: &Json| TestFile::from_json(&file.to_string()).expect("it is good");
    assert_eq!(read(&texts), read(&numbers));
    for (text, number) in [
        ("2e1", "20"),
        ("+20", "20"),
        ("20.", "20"),
        ("\u{a0}20\\n", "20"),
    ] {
        let file = usual().to_string();
        let with = |lifetime: &str| {
            file.replacen("\"lifetime\":20", &format!("\"lifetime\":{lifetime}"), 1)
        };
        let of_text = TestFile::from_json(&with(&format!("\"{text}\""))).expect(text);
        assert_eq!(Ok(of_text), TestFile::from_json(&with(number)), "{text}");
    }
    for text in ["", "twenty", "20 s", "inf", "nan", "0x14", "-20", "1e400"] {
        let error = TestFile::from_json(&with(&json!({ "lifetime": text })).to_string());
        let error = error.expect_err(text).to_string();
        assert!(error.starts_with("lifetime: must be "), "{error}");
    }
}

/// Writes all numbers as text, with space around them.
fn as_text(value: &mut Json) {
    match value {
        Json::Number(number) => *value = format!(" {number} ").into(),
        Json::Array(items) => items.iter_mut().for_each(as_text),
        Json::Object(fields) => fields.values_mut().for_each(as_text),
        _ => {}
    }
}

#[test]
fn what_python_takes_for_a_number_is_one() {
    for (fields, same, remark) in [
        (json!({ "requests": 200.0 }), json!({}), None),
        (
            json!({ "requests": 200.9, "replicas": "5.5" }),
            json!({}),
            Some("replicas is 5.5: it counts as 5"),
        ),
        (
            json!({ "drops": false, "mix": true }),
            json!({ "drops": 0, "mix": 1 }),
            Some("mix is true: it counts as 1"),
        ),
        (
            json!({ "max_packets": 5_000_000_000_000_u64 }),
            json!({ "max_packets": 1_000_000 }),
            Some("max_packets counts as 1000000"),
        ),
        (
            json!({ "events": [{ "type": " Kill_Leader", "time": "8" }] }),
            json!({ "events": [{ "type": "kill_leader", "time": 8 }] }),
            Some("events[0].type is taken for kill_leader"),
        ),
    ] {
        let read = |fields: &Json| {
            TestFile::from_json(&with(fields).to_string()).unwrap_or_else(|error| panic!("{error}"))
        };
        let (mut file, other) = (read(&fields), read(&same));
        let told = std::mem::take(&mut file.remarks);
        assert_eq!(
            file,
            TestFile {
                remarks: Vec::new(),
                ..other
            }
        );
        assert_eq!(told.is_empty(), remark.is_none(), "{told:?}");
        let said = remark.is_none_or(|remark| told.iter().any(|it| it.starts_with(remark)));
        assert!(said, "{told:?}");
    }
    // The last of several counts, and what is null is left out.
    let twice = usual()
        .to_string()
        .replacen('{', "{\"replicas\": 7, \"drops\": null, ", 1);
    let file = TestFile::from_json(&twice).expect("it is good");
    assert_eq!((file.replicas, file.drops.millionths), (5, 0));
    assert_eq!(
        file.remarks,
        [
            "replicas is there more than once: the last one counts",
            "drops is null: as if it were left out",
        ]
    );
    assert_eq!(Kind::of(&twice), Ok(Kind::TestFile));
}

#[test]
fn tiers_are_compared_as_they_are() {
    let mut file = usual();
    file["tests"]["benchmarks"]["failures"] = json!([5, 1, 50, 90]);
    file["tests"]["benchmarks"]["duplicates"] = json!([-1, "0", 1e300]);
    let (code, [text, ..]) = tables("tiers.json", &file.to_string(), &[]);
    assert_eq!(code, Some(0), "{text}");
    // No failure is below 5; no duplicate is below neither −1 nor 0.
    assert!(text.contains("  0 bonus   0 partial  "), "{text}");
    assert!(
        text.contains("tests.benchmarks.failures has more than three tiers"),
        "{text}"
    );
    assert!(
        text.contains("tests.benchmarks.failures is not ascending"),
        "{text}"
    );
}

#[test]
fn a_byte_order_mark_is_passed_over() {
    let text = format!("\u{feff}{}", usual());
    assert_eq!(
        figures("marked.json", &text),
        figures("unmarked.json", &usual().to_string())
    );
    assert_eq!(remarks(&text), Vec::<String>::new());
    assert_eq!(Kind::of(&text), Ok(Kind::TestFile));
}

#[test]
fn an_event_after_the_end_is_left_out_with_a_remark() {
    // The run ends 22 s after start_wait; what comes then still happens.
    let late = |time: Json| {
        let kill =
            json!([{ "type": "kill_leader", "time": time }, { "type": "part_end", "time": 22 }]);
        with(&json!({ "events": kill })).to_string()
    };
    for (time, told) in [
        (json!(22.5), "22.5"),
        (json!(400), "400"),
        (json!("9007199254"), "9007199254"),
        (json!(9_007_199_255_u64), "9007199255"),
        (json!(u64::MAX), "18446744073709551615"),
        (json!(1e300), "1e+300"),
    ] {
        let text = late(time);
        assert_eq!(
            figures("late.json", &text),
            figures("none.json", &usual().to_string())
        );
        let remarks = remarks(&text);
        let said =
            format!("events[0] at {told} s is left out: the run ends at 22 s after start_wait");
        assert!(remarks[0].starts_with(&said), "{remarks:?}");
        assert_eq!(remarks.len(), 1);
        watched(&text);
    }
    assert_eq!(remarks(&late(json!(22))), Vec::<String>::new());
}

#[test]
fn events_happen_in_their_order_in_time() {
    let event = |kind: &str, time: u32| json!({ "type": kind, "time": time });
    let (part, end) = (event("part_hard", 3), event("part_end", 9));
    let in_order = with(&json!({ "events": [part, end] })).to_string();
    let turned = with(&json!({ "events": [end, part] })).to_string();
    assert_eq!(
        figures("in-order.json", &in_order),
        figures("turned.json", &turned)
    );
}

#[test]
fn bad_luck_is_told_and_is_no_failure() {
    let seeds = |file: &Json, name: &str| tables(name, &file.to_string(), &["--seeds=20"]);
    let (code, [text, markdown, csv, json]) = seeds(&usual(), "luck.json");
    assert_eq!(code, Some(0), "{text}");
    let line: Json = serde_json::from_str(&json).expect("it is JSON");
    let unlucky = line["unlucky"].as_u64().expect("it is a number");
    let outcomes = line["outcomes"].as_array().expect("it is a list");
    let each = outcomes.iter().filter_map(|it| it["unlucky"].as_u64());
    let each: Vec<u64> = each.collect();
    assert!(!each.is_empty() && each.len() < 10, "{each:?}");
    assert_eq!(unlucky, each.iter().sum::<u64>());
    assert!(
        text.contains(&format!("luck  20 of 20, unlucky {unlucky}  ")),
        "{text}"
    );
    assert!(
        markdown.contains(&format!("| luck | 20 of 20, unlucky {unlucky} |")),
        "{markdown}"
    );
    // Old columns are where they were; what is new comes last.
    let (heads, row) = csv.split_once('\n').expect("there are two lines");
    assert!(
        heads.starts_with("file,settings,passed,messages,"),
        "{heads}"
    );
    assert!(
        heads.ends_with(",median latency ms next below,remarks,unlucky"),
        "{heads}"
    );
    assert!(row.starts_with("luck,default,20 of 20,"), "{row}");
    assert!(row.trim_end().ends_with(&format!(",{unlucky}")), "{row}");
    for table in [&text, &markdown, &csv, &json] {
        let said = format!("unlucky: {} gets could not be made", each[0]);
        assert!(table.contains(&said), "{table}");
    }
    // With nothing but gets nothing is ever put.
    let (code, [text, ..]) = tables("gets.json", &with(&json!({ "mix": 1 })).to_string(), &[]);
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("yes, unlucky 200"), "{text}");
}

#[test]
fn gets_that_wait_for_an_answer_to_a_put_are_no_bad_luck() {
    // Nobody ever leads: the first put of each client is never answered.
    let kills = json!([0, 0, 0].map(|time| json!({ "type": "kill_non_leader", "time": time })));
    let dead = with(&json!({ "events": kills, "start_wait": 0 })).to_string();
    let (code, [text, ..]) = tables("dead.json", &dead, &[]);
    assert_eq!(code, Some(1), "{text}");
    assert!(
        text.contains("could not be made, since puts were not answered"),
        "{text}"
    );
}

#[test]
fn gets_that_came_while_puts_waited_are_bad_luck_if_all_were_answered() {
    // The first leader dies among the first puts: they wait until there is another one.
    let file = json!({
        "lifetime": 10, "replicas": 3, "requests": 60,
        "events": [{ "type": "kill_leader", "time": 3 }],
        "tests": { "benchmarks": {
            "total_msgs": [500, 1000, 2000], "failures": [5, 10, 20],
            "duplicates": [5, 10, 20], "median_latency": [0.01, 0.1, 1],
        } },
    });
    let (code, [text, _, _, json]) = tables("waiting.json", &file.to_string(), &[]);
    assert_eq!(code, Some(0), "{text}");
    let line: Json = serde_json::from_str(&json).expect("it is JSON");
    let outcome = &line["outcomes"][0];
    let count = |name: &str| outcome["tally"][name].as_u64().expect("it is a number");
    assert_eq!(count("puts_answered"), count("puts"));
    assert!(count("gets_while_puts_waited") > 0, "{line}");
    let early = count("gets_before_any_put") + count("gets_while_puts_waited");
    assert_eq!(
        (count("gets_not_made"), Some(early)),
        (early, outcome["unlucky"].as_u64())
    );
    let said = format!(
        "unlucky: {early} gets could not be made, since no put of their clients was answered yet"
    );
    assert!(text.contains(&said), "{text}");
}

#[test]
fn a_number_that_is_negative_is_told_so() {
    for (fields, said) in [
        (
            json!({ "max_packets": -5 }),
            "max_packets: must not be negative, but is -5",
        ),
        (
            json!({ "max_packets": "-5.5" }),
            "max_packets: must not be negative, but is -5.5",
        ),
        (
            json!({ "events": [{ "type": "kill_leader", "time": -1 }] }),
            "events[0].time: must not be negative, but is -1",
        ),
        (
            json!({ "events": [{ "type": "kill_leader", "time": -1e300 }] }),
            "events[0].time: must not be negative, but is -1e+300",
        ),
        (
            json!({ "max_packets": [] }),
            "max_packets: must be a number, not a list",
        ),
    ] {
        let error = TestFile::from_json(&with(&fields).to_string()).expect_err(said);
        assert_eq!(error.to_string(), said);
    }
    // Python's int() cuts that off.
    let text = with(&json!({ "max_packets": -0.5 })).to_string();
    assert_eq!(remarks(&text), ["max_packets is -0.5: it counts as 0"]);
}

#[test]
fn what_a_file_says_reaches_no_terminal_as_it_is() {
    let name = "bad\u{1b}[31m\nname\u{202e}";
    let text = with(&json!({ name: 1 })).to_string();
    let (code, tables) = tables("escapes.json", &text, &[]);
    assert_eq!(code, Some(0), "{}", tables[0]);
    let raw = |table: &str| table.contains(['\u{1b}', '\u{202e}']);
    for (table, lines) in tables.iter().zip([4, 6, 2, 1]) {
        assert!(!raw(table), "{table}");
        assert_eq!(table.lines().count(), lines, "{table}");
    }
    let said = "bad\\u001b[31m\\u000aname\\u202e is passed over: no such field is read";
    assert!(tables[0].contains(said), "{}", tables[0]);
    assert!(tables[2].contains(said), "{}", tables[2]);
    for fields in [
        json!({ "replicas": name }),
        json!({ "events": [{ "type": name, "time": 1 }] }),
        json!({ "replicas": null, "\u{85}Replicas\n": 5 }),
    ] {
        let error = TestFile::from_json(&with(&fields).to_string()).expect_err("it is bad");
        let error = error.to_string();
        assert!(!error.contains(char::is_control), "{error:?}");
        assert!(error.contains("\\u00"), "{error}");
    }
}

#[test]
fn what_is_missing_says_what_it_is_and_how_it_is_written() {
    for (fields, said) in [
        (
            json!({ "lifetime": null }),
            "lifetime: is missing: the seconds over which",
        ),
        (
            json!({ "lifetime": null, "Lifetime": 20 }),
            "lifetime: is missing: the seconds over which requests are spread; `Lifetime` is not it",
        ),
        (
            json!({ "events": [{ "time": 1 }] }),
            "events[0].type: is missing",
        ),
        (
            json!({ "events": {} }),
            "events: must be a list of events, not an object",
        ),
        (
            json!({ "tests": 5 }),
            "tests: must be an object in braces, not 5",
        ),
    ] {
        let error = TestFile::from_json(&with(&fields).to_string()).expect_err(said);
        assert!(error.to_string().starts_with(said), "{error}");
    }
}
