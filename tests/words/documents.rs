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

/// One of each kind.
pub(crate) fn actions() -> Vec<Json> {
    let quality = json!({ "latency": { "fixed": { "us": 5 } }, "loss": "1/9" });
    let link = json!({ "from": 1, "to": "leader", "both": true });
    vec![
        json!({ "tick": { "replica": 1 } }),
        json!({ "deliver": { "message": 1 } }),
        json!({ "drop": { "message": 1 } }),
        json!({ "persist": { "replica": 1 } }),
        json!({ "wake": { "client": 1 } }),
        json!({ "offer": {} }),
        json!({ "crash": { "replica": "leader", "write": "torn" } }),
        json!({ "restart": { "replica": "crashed" } }),
        json!({ "pause": { "replica": 2 } }),
        json!({ "resume": { "replica": "paused" } }),
        json!({ "time_out": { "replica": "any" } }),
        json!({ "change_membership": { "voters": [1, 2], "learners": [3] } }),
        json!({ "transfer_leadership": { "to": 2 } }),
        json!({ "take_snapshot": { "replica": 1 } }),
        json!({ "duplicate": { "message": 1 } }),
        json!({ "hold": { "message": 1 } }),
        json!({ "release": { "message": 1 } }),
        json!({ "cut": link }),
        json!({ "heal": link }),
        json!({ "isolate": { "replica": 1 } }),
        json!({ "rejoin": { "replica": 1 } }),
        json!({ "partition": { "groups": [["leader", 2], ["any"]] } }),
        json!({ "heal_all": {} }),
        json!({ "set_network": { "quality": quality } }),
        json!({ "set_link": { "from": 1, "to": 2, "quality": quality } }),
        json!({ "set_client_network": { "quality": quality } }),
        json!({ "set_disk": { "replica": 1, "disk": { "write_latency": { "fixed": { "us": 1 } } } } }),
        json!({ "set_clock": { "replica": 1, "rate_ppm": 1_000_001 } }),
        json!({ "set_protocol": {
            "replica": 1, "protocol": { "replication": "eager", "reads": { "log": {} } },
        } }),
        json!({ "set_snapshots": { "snapshots": { "every_entries": 9 } } }),
        json!({ "set_workload": { "workload": { "clients": 1 } } }),
        json!({ "request": {
            "client": 1, "operation": { "get": { "key": "a" } },
            "reads": { "lease": { "drift_ppm": 5 } },
        } }),
        json!({ "clog": link }),
        json!({ "unclog": link }),
        json!({ "corrupt": { "replica": 1 } }),
        json!({ "format": { "replica": 1 } }),
        json!({ "jump_clock": { "replica": 1, "ticks": 5 } }),
        json!({ "stall_clock": { "replica": 1, "for_us": 5 } }),
        json!({ "leave": { "client": 2 } }),
        json!({ "return": { "client": 2 } }),
        json!({ "mislead": { "client": 1, "replica": 3 } }),
    ]
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
