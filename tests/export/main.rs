//! Each export read back, or held against what its format is documented to be.

#![cfg(not(target_family = "wasm"))]

mod schema;

use std::collections::{BTreeMap, BTreeSet};

use raftarium::export::{
    self, NotFromTheStart, Stretch, chrome, history, lines, mermaid, shiviz, svg, tla,
};
use raftarium::history::{History, Verdict};
use raftarium::sim::scenario::{Scenario, Shipped};
use raftarium::sim::{Timeline, Tracing};
use serde_json::{Value, json};

/// What has a meaning in one format or another, or ends a line somewhere, or turns it.
const HOSTILE: &str = "</svg><script>\"'&amp;\\ ]]> \n\r\u{2028};#%%{init}%% $$ <br/>\u{202e}\u{fffe}\u{7f} \\* ==== R1 {\"R1\":9} 🦀 >> end";

/// A stretch and what it is of.
struct Traced {
    tracing: Tracing,
    title: String,
    seed: u64,
    from_us: u64,
    to_us: u64,
}

impl Traced {
    fn new(scenario: Scenario, from_us: u64, to_us: u64) -> Self {
        let (title, seed) = (scenario.title.clone(), scenario.seed.unwrap_or(1));
        let mut timeline = Timeline::new(scenario, seed);
        while timeline.due_at().is_some_and(|at_us| at_us <= to_us)
            && timeline.world().violation().is_none()
        {
            timeline.step().expect("nothing broke before");
        }
        let tracing = timeline.trace(timeline.shown(), from_us, to_us);
        let mut tracing = tracing.expect("it is shown");
        while !tracing.advance(&timeline, 100_000).done {}
        Self {
            tracing,
            title,
            seed,
            from_us,
            to_us,
        }
    }

    fn shipped(name: &str, from_us: u64, to_us: u64) -> Self {
        let file = Shipped::by_name(name).expect("it ships");
        Self::new(file.scenario(), from_us, to_us)
    }

    fn stretch(&self) -> Stretch<'_> {
        Stretch {
            graph: self.tracing.graph(),
            title: &self.title,
            seed: self.seed,
            from_us: self.from_us,
            to_us: self.to_us,
            json: export::json,
        }
    }
}

/// A world in which a key, a value and the title are hostile.
fn hostile() -> Traced {
    let request = |operation: Value| json!({"request": {"operation": operation}});
    let put = request(json!({"put": {"key": HOSTILE, "value": HOSTILE}}));
    let get = request(json!({"get": {"key": HOSTILE}}));
    let scenario = json!({
        "title": HOSTILE,
        "seed": 2,
        "replicas": 3,
        "actions": [
            {"at_us": 600_000, "do": put},
            {"at_us": 1_000_000, "do": get},
            {"at_us": 1_300_000, "do": {"crash": {"replica": 1}}},
            {"at_us": 1_500_000, "do": {"restart": {"replica": 1}}},
        ],
    });
    let scenario = Scenario::from_json(&scenario.to_string()).expect("it is a scenario");
    Traced::new(scenario, 0, 2_000_000)
}

/// All kinds of stretches: from the beginning and from later, with a crash, lost and doubled
/// messages, a change of the members, a snapshot, a broken rule, hostile keys.
fn each(check: impl Fn(&Stretch<'_>)) {
    for (name, from_us, to_us) in [
        ("replicated-put", 0, 2_000_000),
        ("leader-crash", 1_000_000, 3_000_000),
        ("lossy-network", 500_000, 2_000_000),
        ("membership-change", 1_800_000, 2_600_000),
        ("snapshot-catch-up", 0, 2_000_000),
        ("reads-without-round", 0, 3_000_000),
    ] {
        check(&Traced::shipped(name, from_us, to_us).stretch());
    }
    check(&hostile().stretch());
}

/// Those from the beginning.
fn each_history(check: impl Fn(&str, &Stretch<'_>)) {
    for (name, to_us) in [
        ("lost-answer", 5_000_000),
        ("session-expiry", 10_000_000),
        ("leader-crash", 5_000_000),
        ("reads-without-round", 3_000_000),
        ("lease-ignores-drift", 8_000_000),
    ] {
        check(name, &Traced::shipped(name, 0, to_us).stretch());
    }
    check("hostile", &hostile().stretch());
}

#[test]
fn json_lines_are_as_the_schema_says_and_lose_nothing() {
    let schema: Value = serde_json::from_str(include_str!("../../docs/src/trace.schema.json"))
        .expect("the schema is JSON");
    each(|stretch| {
        let text = lines(stretch);
        let mut all = text.lines().map(|line| -> Value {
            serde_json::from_str(line).expect("each line is a JSON value")
        });
        let head = all.next().expect("there is a head");
        schema::check(&schema, &schema, &head);
        schema::check(&schema, &schema["$defs"]["head"], &head);
        assert_eq!(head["title"], stretch.title);
        let mut count = 0;
        for value in all {
            schema::check(&schema, &schema["$defs"]["happening"], &value);
            assert_eq!(value["id"], count);
            count += 1;
        }
        assert_eq!(count, stretch.graph.len());
    });
    let text = lines(&hostile().stretch());
    let asked = text.lines().find_map(|line| {
        let value: Value = serde_json::from_str(line).expect("JSON");
        let operation = value["what"].get("asked")?.get("operation")?.clone();
        Some(operation)
    });
    let put = json!({"put": {"key": HOSTILE, "value": HOSTILE}});
    assert_eq!(asked, Some(put));
}

/// The schema is no rubber stamp.
#[test]
fn the_schema_refuses_what_is_not_as_it_says() {
    let schema: Value = serde_json::from_str(include_str!("../../docs/src/trace.schema.json"))
        .expect("the schema is JSON");
    let traced = Traced::shipped("replicated-put", 0, 1_000_000);
    let text = lines(&traced.stretch());
    let whole: Value = text
        .lines()
        .nth(1)
        .and_then(|line| serde_json::from_str(line).ok())
        .expect("there is a happening");
    schema::check(&schema, &schema, &whole);
    for (field, wrong) in [
        ("id", json!("0")),
        ("at_us", json!(-1)),
        ("place", json!("elsewhere")),
        ("place", json!({"replica": 1, "client": 1})),
        ("causes", json!([0.5])),
        ("clock", json!({"R1": 0})),
        ("what", json!({"exploded": {}})),
        ("what", json!({"sent": {"message": 1}})),
        ("more", json!(1)),
    ] {
        let mut value = whole.clone();
        value[field] = wrong;
        assert!(schema::fits(&schema, &schema, &value).is_err(), "{value}");
    }
}

/// As "Trace Event Format" of the Chromium project has it: metadata, complete events, and flows
/// whose two ends have one id, name and category, are in order, and lie within a slice each.
#[test]
fn chrome_trace_events_have_threads_slices_and_flows_that_end() {
    each(|stretch| {
        let whole: Value = serde_json::from_str(&chrome(stretch)).expect("it is JSON");
        let events = whole["traceEvents"].as_array().expect("a list");
        let number = |event: &Value, field: &str| {
            let number = event[field].as_u64();
            number.unwrap_or_else(|| panic!("{field} is no number: {event}"))
        };
        let mut named = BTreeSet::new();
        let mut starts = BTreeSet::new();
        let mut flows: BTreeMap<u64, (Vec<&Value>, Vec<&Value>)> = BTreeMap::new();
        for event in events {
            assert_eq!(number(event, "pid"), 1);
            let tid = number(event, "tid");
            match event["ph"].as_str().expect("a phase") {
                "M" if event["name"] == "thread_sort_index" => {
                    number(&event["args"], "sort_index");
                }
                "M" => {
                    assert!(event["args"]["name"].is_string(), "{event}");
                    named.insert(tid);
                }
                "X" => {
                    number(event, "dur");
                    assert!(!event["name"].as_str().expect("a name").is_empty());
                    starts.insert((tid, number(event, "ts")));
                }
                "s" => flows.entry(number(event, "id")).or_default().0.push(event),
                "f" => flows.entry(number(event, "id")).or_default().1.push(event),
                other => panic!("{other}"),
            }
        }
        assert!(starts.iter().all(|(tid, _)| named.contains(tid)));
        assert!(flows.len() > 10, "{}", flows.len());
        for ends in flows.values() {
            let ([start], [end]) = (&ends.0[..], &ends.1[..]) else {
                panic!("one start and one end: {ends:?}");
            };
            assert_eq!(end["bp"], "e");
            assert_eq!((&start["name"], &start["cat"]), (&end["name"], &end["cat"]));
            let (begins, ends) = (number(start, "ts"), number(end, "ts"));
            assert!(begins <= ends, "{start} {end}");
            assert!(starts.contains(&(number(start, "tid"), begins)), "{start}");
            assert!(starts.contains(&(number(end, "tid"), ends)), "{end}");
        }
        let slices = events.iter().filter(|it| it["ph"] == "X").count();
        assert!(slices >= stretch.graph.len());
    });
}

/// As ShiViz's parser expression reads it: `.` ends at every line terminator of JavaScript. And its
/// clocks are those that ShiViz wants: each host counts its own events one by one, never forgets
/// what it knew, and knows of no event that is not there.
#[test]
fn shiviz_reads_the_log_and_the_clocks_are_whole() {
    each(|stretch| {
        let log = shiviz(stretch);
        let ends = |it: char| matches!(it, '\n' | '\r' | '\u{2028}' | '\u{2029}');
        let log = log.strip_suffix('\n').expect("the last line ends");
        let all: Vec<&str> = log.split(ends).collect();
        let mut latest: BTreeMap<String, BTreeMap<String, u64>> = BTreeMap::new();
        for pair in all.chunks(2) {
            let [first, event] = pair else {
                panic!("two lines an event");
            };
            let (host, clock) = first.split_once(' ').expect("a host and a clock");
            assert!(!host.is_empty() && !host.contains(char::is_whitespace));
            assert!(clock.starts_with('{') && clock.ends_with('}'), "{first}");
            let clock: BTreeMap<String, u64> = serde_json::from_str(clock).expect("JSON");
            let before = latest.get(host).cloned().unwrap_or_default();
            assert_eq!(clock[host], before.get(host).unwrap_or(&0) + 1);
            assert!(before.iter().all(|(other, known)| clock[other] >= *known));
            assert!(!event.is_empty());
            for (other, known) in clock.iter().filter(|(other, _)| *other != host) {
                let there = latest.get(other).map(|it| it[other]);
                assert!(there >= Some(*known), "{first}");
            }
            latest.insert(host.into(), clock);
        }
        assert!(latest.len() >= 3, "{latest:?}");
    });
}

/// The grammar of Mermaid's sequence diagrams, as far as it is used: participants, arrows with a
/// text, notes. Nothing in a text may end it or mean something else.
#[test]
fn mermaid_has_only_lines_of_its_grammar() {
    each(|stretch| {
        let text = mermaid(stretch);
        assert!(text.len() < 50_000, "{}", text.len());
        let mut all = text.lines();
        assert_eq!(all.next(), Some("sequenceDiagram"));
        let mut names: Vec<String> = Vec::new();
        let mut arrows = 0;
        for line in all {
            let line = line.trim_start();
            if let Some(name) = line.strip_prefix("participant ") {
                names.push(name.into());
                continue;
            }
            let (head, text) = line.split_once(": ").expect("a text");
            assert!(!text.is_empty());
            let mut parts = text.split('#');
            let plain = parts.next().unwrap_or_default().to_owned()
                + &parts.map(after_entity).collect::<String>();
            let means = |it: char| "#;%$<>&{}\\`*[]|~^\"".contains(it) || it.is_control();
            assert!(!plain.contains(means), "{line}");
            let ends: Vec<&str> = if let Some(over) = head.strip_prefix("Note over ") {
                over.split(',').collect()
            } else {
                arrows += 1;
                let mark = if head.contains("->>") { "->>" } else { "--x" };
                head.split(mark).collect()
            };
            assert!(
                ends.iter().all(|it| names.iter().any(|name| name == it)),
                "{line}"
            );
        }
        assert!(arrows > 10, "{arrows}");
    });
}

/// What follows an entity, without its `#`.
fn after_entity(part: &str) -> &str {
    let (number, after) = part.split_once(';').expect("an entity ends");
    assert!(number.bytes().all(|it| it.is_ascii_digit()), "{part}");
    after
}

/// A parser of XML takes it; it has nothing in it that does something; and what a person typed is
/// text in it.
#[test]
fn the_picture_is_well_formed_and_only_a_picture() {
    each(|stretch| {
        for dark in [false, true] {
            let text = svg(stretch, dark);
            let document = roxmltree::Document::parse(&text).expect("it is XML");
            let elements = || document.descendants().filter(roxmltree::Node::is_element);
            let harmless = [
                "svg", "g", "title", "text", "rect", "line", "path", "circle",
            ];
            for element in elements() {
                let name = element.tag_name().name();
                assert!(harmless.contains(&name), "{name}");
                assert!(element.attributes().all(|it| !it.name().starts_with("on")));
            }
            assert!(text.contains(if dark { "#0f141a" } else { "#ffffff" }));
            let lines =
                elements().filter(|it| it.has_tag_name(("http://www.w3.org/2000/svg", "line")));
            assert!(lines.count() > 20);
            let title = document.root_element().first_element_child();
            let title = title.and_then(|it| it.text()).unwrap_or_default();
            let visible = |text: &str| -> String {
                let all = text.chars();
                all.filter(char::is_ascii_alphanumeric).collect()
            };
            let plain = visible(stretch.title);
            assert!(visible(title).starts_with(&plain[..5]), "{title}");
        }
    });
}

/// Balanced, and nothing in it but names and numbers.
#[test]
fn the_tla_module_is_a_sequence_of_records() {
    each(|stretch| {
        let text = tla(stretch);
        let mut all = text.lines();
        assert_eq!(all.next(), Some("---- MODULE RaftariumTrace ----"));
        assert!(all.next().is_some_and(|line| line.starts_with("\\* ")));
        assert_eq!(all.next(), Some("EXTENDS Integers, Sequences"));
        assert!(text.ends_with("\n====\n"));
        let (_, trace) = text.split_once("\nTrace == <<\n").expect("a sequence");
        let (trace, _) = trace.split_once("\n>>\n").expect("it ends");
        let steps: Vec<&str> = trace.lines().collect();
        assert!(steps.len() > 20);
        for (number, step) in steps.iter().enumerate() {
            let last = number + 1 == steps.len();
            let step = step.trim();
            let record = if last {
                Some(step)
            } else {
                step.strip_suffix(',')
            };
            let record = record.expect("records are separated");
            let fields = record
                .strip_prefix("[action |-> \"")
                .and_then(|it| it.strip_suffix(']'));
            let fields = fields.unwrap_or_else(|| panic!("no record: {step}"));
            for field in format!("action |-> \"{fields}").split(", ") {
                let (name, value) = field.split_once(" |-> ").expect("a field");
                assert!(name.bytes().all(|it| it.is_ascii_alphabetic()), "{field}");
                let text = value.strip_prefix('"').and_then(|it| it.strip_suffix('"'));
                let value = text.unwrap_or(value);
                let plain = |it: u8| it.is_ascii_alphanumeric() || it == b'_';
                assert!(value.bytes().all(plain), "{field}");
            }
        }
    });
    let whole = tla(&Traced::shipped("lost-answer", 0, 2_000_000).stretch());
    let count = |action: &str| whole.matches(&format!("[action |-> \"{action}\"")).count();
    for action in ["Timeout", "RequestVote", "BecomeLeader", "ClientRequest"] {
        assert!(count(action) > 0, "no {action}");
    }
    assert!(count("Receive") > 20 && count("AdvanceCommitIndex") > 3);
    // Only a leader appends what a client asks, and only to followers.
    let leader = whole
        .lines()
        .find(|it| it.contains("\"BecomeLeader\""))
        .and_then(|it| it.split("server |-> ").nth(1))
        .and_then(|it| it.split(',').next())
        .expect("somebody leads");
    let asked = whole.lines().filter(|it| it.contains("\"ClientRequest\""));
    for line in asked {
        assert!(line.contains(&format!("server |-> {leader}")), "{line}");
    }
}

/// Where the run was right, so is what clients were told of it; where a read was stale, the checker
/// sees it in the export alone.
#[test]
fn the_checker_of_histories_reads_the_clients_history_and_judges_it() {
    each_history(|name, stretch| {
        let text = history(stretch).expect("it is from the start");
        let read = History::from_text(text.as_bytes()).expect("it is a history");
        assert!(!read.keys().is_empty(), "{name}");
        let verdict = read.check(History::STEPS_MAX);
        let stale = ["reads-without-round", "lease-ignores-drift"].contains(&name);
        assert_eq!(
            matches!(verdict, Verdict::NotLinearizable { .. }),
            stale,
            "{name}"
        );
        assert_eq!(verdict == Verdict::Linearizable, !stale, "{name}");
    });
    let later = Traced::shipped("leader-crash", 1, 2_000_000);
    let refused = history(&later.stretch());
    assert_eq!(refused, Err(NotFromTheStart { from_us: 1 }));
}
