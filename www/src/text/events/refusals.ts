/** Why a replica refuses a message: no correct replica would send it. */
import type { Position, Refusal } from "../../../pkg/raftarium.js";
import { type Cases, match } from "../../core/match.js";
import { bytesText, count, replicaName } from "../names.js";

export function refusalText(refusal: Refusal): string {
  return match(refusal, REFUSALS);
}

const REFUSALS: Cases<Refusal, string> = {
  wrong_addressee: ({ to }) => `it is addressed to ${replicaName(to)}`,
  unknown_sender: ({ from }) => `its sender ${replicaName(from)} is no peer`,
  term_out_of_range: ({ term }) => `the term ${term} is out of range`,
  index_out_of_range: ({ index }) => `the index ${count(index)} is out of range`,
  impossible_position: ({ position }) => `there is no position ${place(position)}`,
  term_ahead: ({ term, sender }) => `the term ${term} is ahead of the sender's, ${sender}`,
  gap: ({ found, expected }) => `entry ${count(found)} stands where ${count(expected)} should`,
  falling_term: ({ before, index, term }) =>
    `after term ${before}, entry ${count(index)} falls back to term ${term}`,
  commit_beyond_prefix: ({ commit, last_index }) =>
    `the commit index ${count(commit)} is beyond the message's last index, ${count(last_index)}`,
  match_beyond_log: ({ match_index, last_index }) =>
    `the match index ${count(match_index)} is beyond the log's end, ${count(last_index)}`,
  hint_beyond_probe: ({ conflict_index, prev_log_index }) =>
    `the hint ${count(conflict_index)} is beyond the refused index ${count(prev_log_index)}`,
  second_leader: ({ known }) => `${replicaName(known)} leads this term (§5.2)`,
  snapshot_too_large: ({ total }) => `a snapshot of ${bytesText(total)} is too large`,
  chunk_beyond_snapshot: ({ end, total }) =>
    `a chunk that ends at byte ${count(end)} is beyond the snapshot's ${count(total)}`,
  no_voter: () => "its configuration has no voter",
  other_content: ({ position }) =>
    `entry ${place(position)} holds something else than the one that is here (§5.3)`,
  conflicts_with_committed: ({ index }) =>
    `it conflicts with entry ${count(index)}, which is committed (§5.4)`,
};

function place({ term, index }: Position): string {
  return `${count(index)} of term ${term}`;
}
