//! Anything that a link can say, within bounds.

use std::sync::LazyLock;

use raftarium::link::Shared;
use raftarium::rng::Pcg32;
use raftarium::sim::FORMAT;
use raftarium::sim::scenario::{Scenario, Shipped, demonstrations, shipped};
use serde_json::{Value, json};

/// One of each action. What begins with @ is put in when it is drawn.
const ACTIONS: &str = include_str!("../actions.jsonl");

/// The shipped scenarios, and one that nobody ships.
static SCENARIOS: LazyLock<Vec<Value>> = LazyLock::new(|| {
    let shipped = shipped().iter().chain(demonstrations());
    let shipped = shipped.map(Shipped::scenario);
    let all = shipped.chain([Scenario::default()]);
    all.map(|it| json!(it)).collect()
});

pub(crate) fn shared(rng: &mut Pcg32) -> Shared {
    let mut scenario = pick(rng, &SCENARIOS).clone();
    change(&mut scenario, rng);
    let total =
        scenario["replicas"].as_u64().unwrap_or(1) + scenario["spares"].as_u64().unwrap_or(0);
    let mut recording = json!({
        "behaviour": rng.below(9),
        "scenario": scenario,
        "seed": number(rng, 53),
    });
    if rng.below(2) == 1 {
        done(
            &mut recording,
            rng,
            total,
            &json!({ "events": 0, "at_us": 0 }),
        );
    } else {
        tree(&mut recording, rng, total);
    }
    let branches = recording["branches"].as_array().map_or(0, Vec::len);
    let mut view = view(rng, total);
    if branches > 0 && rng.below(2) == 1 {
        view["compared"] = json!(branches);
    }
    let text = json!({ "recording": recording, "view": view }).to_string();
    Shared::from_json(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// Branches, with all that is known of them.
fn tree(recording: &mut Value, rng: &mut Pcg32, total: u64) {
    recording["format"] = json!(FORMAT);
    let mut begins = vec![(0, 0)];
    known(recording, rng, total, (0, 0));
    let branches: Vec<Value> = (0..rng.below(5))
        .map(|_| {
            let parent = rng.below(u32::try_from(begins.len()).expect("there are few"));
            let (events, at_us) = begins[parent as usize];
            let begin = (events + number(rng, 12), at_us + number(rng, 22));
            begins.push(begin);
            let left_at = json!({ "events": begin.0, "at_us": begin.1 });
            let mut branch = json!({ "parent": parent, "left_at": left_at });
            known(&mut branch, rng, total, begin);
            branch
        })
        .collect();
    recording["shown"] = json!({
        "branch": branches.len(),
        "events": number(rng, 53),
        "at_us": number(rng, 53),
        "digest": (rng.below(2) == 1).then(|| rng.next_u32()),
    });
    let digests = |it: &Value| it["digests"].as_array().is_some_and(|it| !it.is_empty());
    if digests(recording) || branches.iter().any(digests) {
        recording["digest_bits"] = json!(8);
    }
    recording["branches"] = json!(branches);
}

/// What was done on a branch, with digests after some of it, its name and its end.
fn known(branch: &mut Value, rng: &mut Pcg32, total: u64, (events, at_us): (u64, u64)) {
    done(
        branch,
        rng,
        total,
        &json!({ "events": events, "at_us": at_us }),
    );
    let count = branch["interventions"].as_array().map_or(0, Vec::len);
    let count = u32::try_from(count).expect("there are few");
    let digests = (0..rng.below(count + 1)).map(|_| rng.below(256));
    branch["digests"] = json!(digests.collect::<Vec<_>>());
    branch["name"] = json!(pick(rng, &["", "Without the crash", "ohne „R3“ 🦀"]));
    if rng.below(2) == 1 {
        branch["end"] = json!({ "events": number(rng, 53), "at_us": number(rng, 53) });
    }
}

/// What was done since that moment.
fn done(branch: &mut Value, rng: &mut Pcg32, total: u64, since: &Value) {
    let number_of = |name: &str| since[name].as_u64().expect("it is a moment");
    let (mut events, mut at_us) = (number_of("events"), number_of("at_us"));
    let interventions = (0..rng.below(20)).map(|_| {
        // Sometimes at once, sometimes much later.
        events += number(rng, 12);
        at_us += number(rng, 22);
        let action = action(rng, total);
        let intervention = json!({ "after_events": events, "at_us": at_us, "action": action });
        events += 1;
        intervention
    });
    branch["interventions"] = json!(interventions.collect::<Vec<_>>());
}

/// A number of at most so many bits, small ones as likely as large ones.
fn number(rng: &mut Pcg32, bits: u32) -> u64 {
    let bits = rng.below(bits + 1);
    let number = u64::from(rng.next_u32()) << 32 | u64::from(rng.next_u32());
    number & ((1 << bits) - 1)
}

fn pick<'a, T>(rng: &mut Pcg32, table: &'a [T]) -> &'a T {
    let length = u32::try_from(table.len()).expect("a table is short");
    &table[rng.below(length) as usize]
}

/// Changes that somebody might make by hand.
fn change(scenario: &mut Value, rng: &mut Pcg32) {
    for _ in 0..rng.below(4) {
        match rng.below(9) {
            0 => scenario["title"] = json!(text(rng)),
            1 => scenario["story"] = json!(text(rng)),
            2 => scenario["seed"] = json!(number(rng, 53)),
            3 => scenario["network"] = quality(rng),
            4 => scenario["protocol"] = protocol(rng),
            5 => scenario["workload"] = workload(rng),
            6 => scenario["disk"] = json!({ "write_latency": latency(rng) }),
            7 => scenario["timing"]["tick_us"] = json!(100 + rng.below(10_000)),
            _ => {
                let at_us = number(rng, 53);
                scenario["actions"] = json!([{ "at_us": at_us, "do": { "heal_all": {} } }]);
            }
        }
    }
}

fn text(rng: &mut Pcg32) -> String {
    let letters = [
        'a', 'b', ' ', '.', '#', '"', '\\', '\n', 'ß', '\u{202e}', '🦀', '\0',
    ];
    (0..rng.below(40)).map(|_| *pick(rng, &letters)).collect()
}

fn action(rng: &mut Pcg32, total: u64) -> Value {
    let lines: Vec<&str> = ACTIONS.trim().lines().collect();
    let line = pick(rng, &lines);
    let mut action: Value = serde_json::from_str(line).expect("the table is good");
    let mut left: Vec<u64> = (1..=total).collect();
    put_in(&mut action, rng, &mut left);
    if let Some(action) = action.get_mut("partition") {
        action["groups"] = json!([[total]]);
    }
    if let Some(action) = action.get_mut("change_membership") {
        action["voters"] = json!([total]);
        action["learners"] = json!((1..total).filter(|_| rng.below(2) == 0).collect::<Vec<_>>());
    }
    // Only a read can be served in several ways.
    if let Some(action) = action.get_mut("request")
        && action["operation"].get("get").is_none()
    {
        action["reads"] = Value::Null;
    }
    for name in ["cut", "heal", "clog", "unclog", "set_link"] {
        if let Some(action) = action.get_mut(name) {
            (action["from"], action["to"]) = if total > 1 {
                (json!(1 + number(rng, 0)), json!(total))
            } else {
                return json!({ "heal_all": {} });
            };
        }
    }
    action
}

/// Puts something in for whatever begins with @.
fn put_in(value: &mut Value, rng: &mut Pcg32, left: &mut Vec<u64>) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|it| put_in(it, rng, left)),
        Value::Object(fields) => fields.values_mut().for_each(|it| put_in(it, rng, left)),
        Value::String(name) => {
            *value = match name.as_str() {
                "@replica" => json!(pick(rng, left)),
                "@target" => match rng.below(8) {
                    0 => json!("leader"),
                    1 => json!("follower"),
                    2 => json!("candidate"),
                    3 => json!("crashed"),
                    4 => json!("paused"),
                    5 => json!("any"),
                    _ => json!(pick(rng, left)),
                },
                "@message" => json!(number(rng, 53)),
                "@client" => json!(1 + number(rng, 4)),
                "@write" => json!(pick(rng, &["lost", "torn", "kept"])),
                "@flag" => json!(rng.below(2) == 1),
                "@number" => json!(1 + number(rng, 19)),
                "@rate" => json!(1_000 + number(rng, 29)),
                "@quality" => quality(rng),
                "@disk" => json!({ "write_latency": latency(rng) }),
                "@protocol" => protocol(rng),
                "@timing" => json!({ "heartbeat_ticks": 1 + rng.below(10) }),
                "@snapshots" => json!({ "every_entries": number(rng, 19) }),
                "@workload" => workload(rng),
                "@operation" => operation(rng),
                "@reads" => reads(rng),
                other => panic!("{other} is not known here"),
            }
        }
        _ => {}
    }
}

fn latency(rng: &mut Pcg32) -> Value {
    let (a, b, c) = (1 + number(rng, 20), number(rng, 20), number(rng, 20));
    match rng.below(3) {
        0 => json!({ "fixed": { "us": a } }),
        1 => json!({ "uniform": { "min_us": a, "max_us": a + b } }),
        _ => json!({ "long_tail": { "min_us": a, "typical_us": a + b, "max_us": a + b + c } }),
    }
}

fn chance(rng: &mut Pcg32) -> Value {
    let denominator = 1 + rng.below(1_000_000);
    json!(format!("{}/{denominator}", rng.below(denominator + 1)))
}

fn quality(rng: &mut Pcg32) -> Value {
    json!({ "latency": latency(rng), "loss": chance(rng), "reordering": chance(rng) })
}

fn protocol(rng: &mut Pcg32) -> Value {
    let reads = reads(rng);
    json!({
        "pre_vote": rng.below(2) == 1,
        "check_quorum": reads.get("lease").is_some() || rng.below(2) == 1,
        "replication": pick(rng, &["eager", "quorum_first"]),
        "window_messages": 1 + rng.below(1_024),
        "reads": reads,
        "request_wait_us": number(rng, 25),
    })
}

fn reads(rng: &mut Pcg32) -> Value {
    match rng.below(3) {
        0 => json!({ "log": {} }),
        1 => json!({ "read_index": { "followers": rng.below(2) == 1 } }),
        _ => json!({ "lease": { "drift_ppm": number(rng, 19) } }),
    }
}

fn workload(rng: &mut Pcg32) -> Value {
    json!({ "clients": 1 + rng.below(9), "operations_per_second": number(rng, 10), "reads": chance(rng) })
}

fn operation(rng: &mut Pcg32) -> Value {
    let key = format!("k{}", text(rng));
    let value = text(rng);
    match rng.below(4) {
        0 => json!({ "get": { "key": key } }),
        1 => json!({ "delete": { "key": key } }),
        2 => json!({ "put": { "key": key, "value": value } }),
        _ => {
            let expected = (rng.below(2) == 1).then(|| text(rng));
            json!({ "compare_and_set": { "key": key, "expected": expected, "value": value } })
        }
    }
}

fn view(rng: &mut Pcg32, total: u64) -> Value {
    let from_us = number(rng, 52);
    let selections = [
        json!({ "replica": { "id": total } }),
        json!({ "message": { "id": from_us } }),
        json!({ "client": { "id": 1 } }),
        json!({ "link": { "from": 1, "to": total } }),
        json!({ "entry": { "replica": 1, "index": from_us } }),
    ];
    let mut view = json!({ "paused": rng.below(2) == 1 });
    if rng.below(2) == 1 {
        view["speed_ppm"] = json!(1 + number(rng, 29));
        view["tab"] = json!(pick(
            rng,
            &["inspect", "story", "table", "settings", "legend"]
        ));
    }
    if rng.below(2) == 1 {
        view["selection"] = pick(rng, &selections).clone();
        view["logs"] = json!({ "zoom_percent": 10 + rng.below(900), "first": from_us });
        view["sight"] = json!(pick(rng, &["both", "spacetime", "of a later version"]));
        view["happened"] =
            json!({ "at": pick(rng, &selections), "with": "k1", "sort": "messages" });
        view["span"] = json!({ "from_us": from_us, "to_us": from_us + number(rng, 30) });
    }
    view
}
