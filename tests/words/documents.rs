//! Documents with all that there is in them.

use serde_json::{Value as Json, json};

pub(crate) fn scenario() -> Json {
    let actions: Vec<Json> = actions()
        .into_iter()
        .filter(|action| {
            let (name, _) = action
                .as_object()
                .and_then(|it| it.iter().next())
                .expect("it has one");
            // An author can't mean what falls due by itself, nor a message.
            let by_itself = ["tick", "persist", "wake", "offer"];
            let of_messages = ["deliver", "drop", "duplicate", "hold", "release"];
            !by_itself.contains(&&**name) && !of_messages.contains(&&**name)
        })
        .map(|action| json!({ "at_us": 5, "do": action }))
        .collect();
    json!({
        "title": "All", "story": "There is.", "seed": 3, "flaw": "votes-twice",
        "replicas": 5, "spares": 1,
        "timing": {
            "tick_us": 10_000, "heartbeat_ticks": 5, "retry_ticks": 1,
            "election_timeout_ticks_min": 15, "election_timeout_ticks_max": 30,
        },
        "clocks": [{ "replica": 1, "rate_ppm": 1_000_100, "phase_us": 3 }],
        "network": {
            "latency": { "uniform": { "min_us": 10, "max_us": 20 } },
            "loss": "1/20", "duplication": 0, "reordering": "0/1",
        },
        "links": [{
            "from": 1, "to": 2, "cut": true,
            "quality": { "latency": { "long_tail": { "min_us": 1, "typical_us": 2, "max_us": 3 } } },
        }],
        "client_network": { "latency": { "fixed": { "us": 5 } } },
        "disk": { "write_latency": { "fixed": { "us": 5 } } },
        "batch": { "entries_max": 5, "bytes_max": 500 },
        "protocol": {
            "pre_vote": true, "check_quorum": true, "replication": "quorum_first",
            "window_messages": 4, "window_bytes": 400, "reads": { "read_index": { "followers": true } },
            "uncommitted_bytes_max": 1000, "request_wait_us": 5, "leader_silence_ticks_max": 9,
        },
        "snapshots": { "every_entries": 5, "retain_entries": 1, "chunk_bytes": 9 },
        "store": {
            "session_expiry_us": 5, "sessions_max": 10, "key_bytes_max": 9, "value_bytes_max": 9,
            "bytes_max": 900,
        },
        "clients": { "request_timeout_us": 5_000, "retry_delay_us": 5_000, "attempts_max": 1 },
        "workload": { "clients": 2, "operations_per_second": 9, "reads": "1/2", "keys": 4 },
        "actions": actions,
    })
}

/// Every action, with something good in the place of what begins with @.
pub(crate) fn actions() -> Vec<Json> {
    let lines = include_str!("../actions.jsonl").lines();
    let actions = lines.map(|line| {
        let mut action = serde_json::from_str(line).expect("the table is good");
        put_in(&mut action, &mut 0);
        action
    });
    actions.collect()
}

/// `named` counts the replicas that an action names: each is named once.
fn put_in(value: &mut Json, named: &mut u16) {
    match value {
        Json::Object(fields) => fields.values_mut().for_each(|it| put_in(it, named)),
        Json::Array(items) => items.iter_mut().for_each(|it| put_in(it, named)),
        Json::String(name) if name.starts_with('@') => *value = good(name, named),
        _ => {}
    }
}

fn good(name: &str, named: &mut u16) -> Json {
    match name {
        "@target" | "@replica" => {
            *named += 1;
            if (name, *named) == ("@target", 1) {
                json!("leader")
            } else {
                json!(named)
            }
        }
        "@message" => json!(1),
        "@client" => json!(2),
        "@flag" => json!(true),
        "@write" => json!("torn"),
        "@number" => json!(5),
        "@rate" => json!(1_000_001),
        "@operation" => json!({ "get": { "key": "a" } }),
        "@reads" => json!({ "lease": { "drift_ppm": 5 } }),
        "@quality" => json!({ "latency": { "fixed": { "us": 5 } }, "loss": "1/9" }),
        "@disk" => json!({ "write_latency": { "fixed": { "us": 1 } } }),
        "@protocol" => json!({ "replication": "eager", "reads": { "log": {} } }),
        "@timing" => json!({ "heartbeat_ticks": 5 }),
        "@snapshots" => json!({ "every_entries": 9 }),
        "@workload" => json!({ "clients": 1 }),
        other => panic!("the table has an unknown {other}"),
    }
}

pub(crate) fn course() -> Json {
    let tiers = json!([1, 2.5, 3]);
    json!({
        "lifetime": 20, "replicas": 5, "requests": 10, "mix": 0.5, "start_wait": 2, "end_wait": 2,
        "drops": 0.1, "max_packets": 900, "seed": 3,
        "events": [{ "type": "kill_leader", "time": 4 }],
        "maximum_get_generation_fail_fraction": 1,
        "tests": {
            "maximum_get_fail_fraction": 0.5, "maximum_put_fail_fraction": 0.5,
            "maximum_get_generation_fail_fraction": 0.5, "maximum_appends_batched_fraction": 0.5,
            "benchmarks": {
                "total_msgs": tiers, "failures": tiers, "duplicates": tiers, "median_latency": tiers,
            },
        },
    })
}
