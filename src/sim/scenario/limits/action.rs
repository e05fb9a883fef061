//! The limits of an action, from a scenario's file or from the page.
//!
//! Conditions of the moment (is there a leader to crash?) are not checked
//! here: the world refuses it when it comes to that.

use std::collections::BTreeSet;

use super::{
    DELAY_US_MAX, KEY_BYTES_MAX, VALUE_BYTES_MAX, Valid, WORKING_CLIENTS_MAX, apart, rate, replica,
    size, within,
};
use crate::kv::{ClientId, Operation};
use crate::raft::ReplicaId;
use crate::sim::scenario::action::{Action, Target};
use crate::sim::scenario::{ReadMode, ScenarioError};

/// Checks the limits of an action in a world of this many replicas, spares included.
///
/// # Errors
/// The first fault found, with the path of its field inside the action.
pub fn validate_action(action: &Action, replicas: u16) -> Valid {
    let target = |path: &str, target: &Target| targeted(path, *target, replicas);
    match action {
        // Nothing in it can be beyond a limit, or only the moment can tell.
        Action::Deliver { .. }
        | Action::Drop { .. }
        | Action::Wake { .. }
        | Action::Leave { .. }
        | Action::Return { .. }
        | Action::Offer {}
        | Action::Duplicate { .. }
        | Action::Hold { .. }
        | Action::Release { .. }
        | Action::HealAll {} => Ok(()),
        Action::Tick { replica: id } => replica("tick.replica", *id, replicas),
        Action::Persist { replica: id } => replica("persist.replica", *id, replicas),
        Action::Crash { replica, .. } => target("crash.replica", replica),
        Action::Restart { replica } => target("restart.replica", replica),
        Action::Pause { replica } => target("pause.replica", replica),
        Action::Resume { replica } => target("resume.replica", replica),
        Action::TimeOut { replica } => target("time_out.replica", replica),
        Action::ChangeMembership { voters, learners } => {
            membership(voters, learners, replicas).map_err(|e| e.within("change_membership"))
        }
        Action::TransferLeadership { to } => to
            .as_ref()
            .map_or(Ok(()), |to| target("transfer_leadership.to", to)),
        Action::TakeSnapshot { replica } => target("take_snapshot.replica", replica),
        Action::JumpClock { replica, ticks } => {
            target("jump_clock.replica", replica)?;
            within("jump_clock.ticks", *ticks, 1..=1_000_000)
        }
        Action::StallClock { replica, for_us } => {
            target("stall_clock.replica", replica)?;
            within("stall_clock.for_us", *for_us, 1..=DELAY_US_MAX)
        }
        Action::Mislead { replica, .. } => target("mislead.replica", replica),
        Action::Corrupt { replica } => target("corrupt.replica", replica),
        Action::Format { replica } => target("format.replica", replica),
        Action::Isolate { replica } => target("isolate.replica", replica),
        Action::Rejoin { replica } => target("rejoin.replica", replica),
        Action::Cut { from, to, .. } => link(*from, *to, replicas).map_err(|e| e.within("cut")),
        Action::Heal { from, to, .. } => link(*from, *to, replicas).map_err(|e| e.within("heal")),
        Action::Clog { from, to, .. } => link(*from, *to, replicas).map_err(|e| e.within("clog")),
        Action::Unclog { from, to, .. } => {
            link(*from, *to, replicas).map_err(|e| e.within("unclog"))
        }
        Action::Partition { groups } => {
            partition(groups, replicas).map_err(|e| e.within("partition"))
        }
        Action::SetNetwork { quality } => quality
            .validate()
            .map_err(|e| e.within("set_network.quality")),
        Action::SetLink { from, to, quality } => {
            replica("set_link.from", *from, replicas)?;
            replica("set_link.to", *to, replicas)?;
            apart("set_link.to", *from, *to)?;
            quality.map_or(Ok(()), |quality| {
                quality.validate().map_err(|e| e.within("set_link.quality"))
            })
        }
        Action::SetClientNetwork { quality } => quality
            .validate()
            .map_err(|e| e.within("set_client_network.quality")),
        Action::SetDisk { replica: id, disk } => {
            someones(*id, replicas, disk.validate(), "disk").map_err(|e| e.within("set_disk"))
        }
        Action::SetClock {
            replica: id,
            rate_ppm,
        } => {
            replica("set_clock.replica", *id, replicas)?;
            rate("set_clock.rate_ppm", *rate_ppm)
        }
        Action::SetProtocol {
            replica: id,
            protocol,
        } => someones(*id, replicas, protocol.validate(), "protocol")
            .map_err(|e| e.within("set_protocol")),
        Action::SetTiming {
            replica: id,
            timing,
        } => {
            someones(*id, replicas, timing.validate(), "timing").map_err(|e| e.within("set_timing"))
        }
        Action::SetSnapshots { snapshots } => snapshots
            .validate()
            .map_err(|e| e.within("set_snapshots.snapshots")),
        Action::SetWorkload { workload } => workload
            .validate()
            .map_err(|e| e.within("set_workload.workload")),
        Action::Request {
            client,
            operation,
            reads,
        } => request(*client, operation, *reads).map_err(|e| e.within("request")),
    }
}

/// Checks the sizes of an operation's key and values.
///
/// # Errors
/// The first fault found, with the path of its field inside the operation.
pub fn validate_operation(operation: &Operation) -> Valid {
    let (key_max, value_max) = (KEY_BYTES_MAX as usize, VALUE_BYTES_MAX as usize);
    let key = |path| size(path, operation.key().len(), 1..=key_max, "bytes");
    let value = |path, value: &str| size(path, value.len(), 0..=value_max, "bytes");
    match operation {
        Operation::Put { value: new, .. } => {
            key("put.key")?;
            value("put.value", new)
        }
        Operation::Get { .. } => key("get.key"),
        Operation::Delete { .. } => key("delete.key"),
        Operation::CompareAndSet {
            expected,
            value: new,
            ..
        } => {
            key("compare_and_set.key")?;
            if let Some(expected) = expected {
                value("compare_and_set.expected", expected)?;
            }
            value("compare_and_set.value", new)
        }
    }
}

/// New settings in the field `field`, for one replica or for all.
fn someones(id: Option<ReplicaId>, replicas: u16, settings: Valid, field: &str) -> Valid {
    if let Some(id) = id {
        replica("replica", id, replicas)?;
    }
    settings.map_err(|e| e.within(field))
}

/// A replica that exists; a name may come to fit one.
fn targeted(path: &str, target: Target, replicas: u16) -> Valid {
    match target {
        Target::Replica(id) => replica(path, id, replicas),
        _ => Ok(()),
    }
}

/// The two ends of a link.
fn link(from: Target, to: Target, replicas: u16) -> Valid {
    targeted("from", from, replicas)?;
    targeted("to", to, replicas)?;
    apart("to", from, to)
}

fn request(client: Option<ClientId>, operation: &Operation, reads: Option<ReadMode>) -> Valid {
    if let Some(ClientId(client)) = client {
        within("client", client, 1..=1 + WORKING_CLIENTS_MAX)?;
    }
    validate_operation(operation).map_err(|e| e.within("operation"))?;
    match (reads, operation) {
        (None, _) => Ok(()),
        (Some(reads), Operation::Get { .. }) => reads.validate().map_err(|e| e.within("reads")),
        (Some(_), _) => Err(ScenarioError::new(
            "reads",
            "only a get can be served in another way than through the log",
        )),
    }
}

/// Those who shall vote and those who shall learn: known, and each named once.
fn membership(voters: &[ReplicaId], learners: &[ReplicaId], replicas: u16) -> Valid {
    let most = usize::from(replicas);
    size("voters", voters.len(), 1..=most, "replicas")?;
    size("learners", learners.len(), 0..=most, "replicas")?;
    let mut seen = BTreeSet::new();
    for (role, ids) in [("voters", voters), ("learners", learners)] {
        for (place, &id) in ids.iter().enumerate() {
            let path = format!("{role}[{place}]");
            replica(&path, id, replicas)?;
            if !seen.insert(id) {
                return Err(ScenarioError::new(path, format!("{id} is named twice")));
            }
        }
    }
    Ok(())
}

fn partition(groups: &[Vec<Target>], replicas: u16) -> Valid {
    size("groups", groups.len(), 1..=usize::from(replicas), "groups")?;
    let mut seen = BTreeSet::new();
    for (group, targets) in groups.iter().enumerate() {
        size(
            &format!("groups[{group}]"),
            targets.len(),
            1..=usize::from(replicas),
            "replicas",
        )?;
        for (place, target) in targets.iter().enumerate() {
            // A name such as "follower" may stand twice: it means another one each time.
            let Target::Replica(id) = *target else {
                continue;
            };
            let path = format!("groups[{group}][{place}]");
            replica(&path, id, replicas)?;
            if !seen.insert(id) {
                return Err(ScenarioError::new(
                    path,
                    format!("{id} is already in a group"),
                ));
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is wrong with an action in a world of three replicas.
    fn said(json: &str) -> String {
        let action = Action::from_json(json).expect("it can be read");
        validate_action(&action, 3)
            .expect_err(&format!("{json} breaks a limit"))
            .to_string()
    }

    #[test]
    fn what_is_within_the_limits_is_accepted() {
        for json in [
            r#"{"tick": {"replica": 3}}"#,
            r#"{"deliver": {"message": 7}}"#,
            r#"{"crash": {"replica": "leader"}}"#,
            r#"{"cut": {"from": 1, "to": "leader"}}"#,
            r#"{"cut": {"from": "follower", "to": "follower", "both": true}}"#,
            r#"{"partition": {"groups": [[1], ["follower", "follower"]]}}"#,
            r#"{"set_link": {"from": 1, "to": 2}}"#,
            r#"{"set_disk": {"disk": {}}}"#,
            r#"{"set_clock": {"replica": 3, "rate_ppm": 1010000}}"#,
            r#"{"request": {"operation": {"put": {"key": "x", "value": ""}}}}"#,
            r#"{"request": {"client": 1001, "operation": {"get": {"key": "x"}}}}"#,
            r#"{"request": {"operation": {"get": {"key": "x"}}, "reads": {"log": {}}}}"#,
            r#"{"change_membership": {"voters": [3, 1], "learners": [2]}}"#,
            r#"{"transfer_leadership": {}}"#,
            r#"{"transfer_leadership": {"to": "follower"}}"#,
            r#"{"take_snapshot": {"replica": "leader"}}"#,
            r#"{"set_protocol": {"protocol": {"pre_vote": true}}}"#,
            r#"{"set_snapshots": {"snapshots": {"every_entries": 0}}}"#,
            r#"{"set_timing": {"timing": {"election_timeout_ticks_max": 10000}}}"#,
            r#"{"set_timing": {"replica": 3, "timing": {"heartbeat_ticks": 14}}}"#,
        ] {
            let action = Action::from_json(json).expect("it can be read");
            assert_eq!(validate_action(&action, 3), Ok(()), "{json}");
        }
    }

    #[test]
    fn what_is_beyond_a_limit_is_told_with_its_path() {
        for (json, expected) in [
            (
                r#"{"tick": {"replica": 4}}"#,
                "tick.replica: there is no replica 4, only 1 to 3",
            ),
            (
                r#"{"time_out": {"replica": 0}}"#,
                "time_out.replica: there is no replica 0, only 1 to 3",
            ),
            (
                r#"{"cut": {"from": 1, "to": 4}}"#,
                "cut.to: there is no replica 4, only 1 to 3",
            ),
            (
                r#"{"heal": {"from": 2, "to": 2}}"#,
                "heal.to: R2 has no link to itself",
            ),
            (
                r#"{"clog": {"from": 2, "to": 2}}"#,
                "clog.to: R2 has no link to itself",
            ),
            (
                r#"{"unclog": {"from": 4, "to": 2}}"#,
                "unclog.from: there is no replica 4, only 1 to 3",
            ),
            (
                r#"{"partition": {"groups": []}}"#,
                "partition.groups: must be 1 to 3 groups, not 0",
            ),
            (
                r#"{"partition": {"groups": [[1], []]}}"#,
                "partition.groups[1]: must be 1 to 3 replicas, not 0",
            ),
            (
                r#"{"partition": {"groups": [[1], [2, 1]]}}"#,
                "partition.groups[1][1]: R1 is already in a group",
            ),
            (
                r#"{"partition": {"groups": [["leader", 9]]}}"#,
                "partition.groups[0][1]: there is no replica 9, only 1 to 3",
            ),
            (
                r#"{"set_network": {"quality": {"latency": {"fixed": {"us": 60000001}}}}}"#,
                "set_network.quality.latency.fixed.us: must be 0 to 60000000, not 60000001",
            ),
            (
                r#"{"set_clock": {"replica": 1, "rate_ppm": 0}}"#,
                "set_clock.rate_ppm: must be 1000 to 1000000000, not 0",
            ),
            (
                r#"{"jump_clock": {"replica": 1, "ticks": 0}}"#,
                "jump_clock.ticks: must be 1 to 1000000, not 0",
            ),
            (
                r#"{"stall_clock": {"replica": "leader", "for_us": 60000001}}"#,
                "stall_clock.for_us: must be 1 to 60000000, not 60000001",
            ),
            (
                r#"{"set_workload": {"workload": {"keys": 0}}}"#,
                "set_workload.workload.keys: must be 1 to 1000000, not 0",
            ),
            (
                r#"{"request": {"client": 0, "operation": {"get": {"key": "x"}}}}"#,
                "request.client: must be 1 to 1001, not 0",
            ),
            (
                r#"{"request": {"operation": {"get": {"key": ""}}}}"#,
                "request.operation.get.key: must be 1 to 256 bytes, not 0",
            ),
        ] {
            assert_eq!(said(json), expected);
        }
    }

    #[test]
    fn so_is_what_is_beyond_a_limit_of_an_extension() {
        for (json, expected) in [
            (
                r#"{"change_membership": {"voters": []}}"#,
                "change_membership.voters: must be 1 to 3 replicas, not 0",
            ),
            (
                r#"{"change_membership": {"voters": [1, 2, 1]}}"#,
                "change_membership.voters[2]: R1 is named twice",
            ),
            (
                r#"{"change_membership": {"voters": [1, 2], "learners": [3, 2]}}"#,
                "change_membership.learners[1]: R2 is named twice",
            ),
            (
                r#"{"change_membership": {"voters": [1, 4]}}"#,
                "change_membership.voters[1]: there is no replica 4, only 1 to 3",
            ),
            (
                r#"{"transfer_leadership": {"to": 4}}"#,
                "transfer_leadership.to: there is no replica 4, only 1 to 3",
            ),
            (
                r#"{"take_snapshot": {"replica": 4}}"#,
                "take_snapshot.replica: there is no replica 4, only 1 to 3",
            ),
            (
                r#"{"set_protocol": {"replica": 4, "protocol": {}}}"#,
                "set_protocol.replica: there is no replica 4, only 1 to 3",
            ),
            (
                r#"{"set_protocol": {"protocol": {"window_messages": 0}}}"#,
                "set_protocol.protocol.window_messages: must be 1 to 1024, not 0",
            ),
            (
                r#"{"set_timing": {"replica": 4, "timing": {}}}"#,
                "set_timing.replica: there is no replica 4, only 1 to 3",
            ),
            (
                r#"{"set_timing": {"timing": {"heartbeat_ticks": 15}}}"#,
                "set_timing.timing.heartbeat_ticks: must be 1 to 14, not 15",
            ),
            (
                r#"{"set_timing": {"timing": {"election_timeout_ticks_min": 31}}}"#,
                "set_timing.timing.election_timeout_ticks_min: must be 2 to 30, not 31",
            ),
            (
                r#"{"set_timing": {"timing": {"election_timeout_ticks_max": 10001}}}"#,
                "set_timing.timing.election_timeout_ticks_max: must be 2 to 10000, not 10001",
            ),
            (
                r#"{"set_snapshots": {"snapshots": {"chunk_bytes": 0}}}"#,
                "set_snapshots.snapshots.chunk_bytes: must be 1 to 1048576, not 0",
            ),
            (
                r#"{"request": {"operation": {"delete": {"key": "x"}}, "reads": {"log": {}}}}"#,
                "request.reads: only a get can be served in another way than through the log",
            ),
            (
                r#"{"request": {"operation": {"get": {"key": "x"}},
                    "reads": {"lease": {"drift_ppm": 1000001}}}}"#,
                "request.reads.lease.drift_ppm: must be 0 to 1000000, not 1000001",
            ),
        ] {
            assert_eq!(said(json), expected);
        }
    }

    /// In bytes, not in characters: the limit is about memory.
    #[test]
    fn keys_and_values_have_a_longest_length() {
        let put = |key: &str, value: &str| {
            let put = Operation::Put {
                key: key.into(),
                value: value.into(),
            };
            validate_operation(&put).map_err(|e| e.to_string())
        };
        assert_eq!(put(&"k".repeat(256), &"v".repeat(4096)), Ok(()));
        assert_eq!(
            put(&"\u{e9}".repeat(129), ""),
            Err("put.key: must be 1 to 256 bytes, not 258".into())
        );
        assert_eq!(
            put("k", &"v".repeat(4097)),
            Err("put.value: must be 0 to 4096 bytes, not 4097".into())
        );
        let swap = Operation::CompareAndSet {
            key: "k".into(),
            expected: Some("v".repeat(4097)),
            value: String::new(),
        };
        let error = validate_operation(&swap).expect_err("it breaks a limit");
        assert_eq!(error.path, "compare_and_set.expected");
    }
}
