/** What one may want to know about what is looked at: the likeliest question first. */
import type { ReplicaView, View } from "../../../pkg/raftarium.js";
import { isJoint } from "../../core/membership.js";
import type { Subject } from "../../core/subject.js";
import { count, replicaName } from "../../text/names.js";
import type { Asked } from "./raft-why.js";

export function questionsOf(
  subject: Subject | undefined,
  view: View,
  wonder: { readonly replica: number; readonly index: number } | undefined,
): readonly Asked[] {
  switch (subject?.kind) {
    case "replica": {
      const replica = view.replicas.find(({ id }) => id === subject.id);
      return replica ? ofReplica(replica, wonder) : [];
    }
    case "message":
      return [{ label: "What becomes of it?", question: { message: { message: subject.id } } }];
    case "client":
      return [{ label: "What does it wait for?", question: { client: { client: subject.id } } }];
    case "entry": {
      const { replica: id, index } = subject;
      const replica = view.replicas.find((it) => it.id === id);
      return replica && index <= replica.log.last_index ? [ofEntry(replica, index)] : [];
    }
    case "link":
      return [];
    case undefined:
      return [
        {
          label:
            view.leader === undefined
              ? "Why does nobody lead?"
              : `Why does ${replicaName(view.leader)} lead?`,
          question: { cluster: {} },
        },
        { label: "What does the membership wait for?", question: { change: {} } },
      ];
  }
}

function ofEntry({ id, commit_index, status }: ReplicaView, index: number): Asked {
  const known = index <= commit_index && status !== "crashed";
  return {
    label: `Why is entry ${count(index)} ${known ? "" : "not "}committed?`,
    question: { entry: { replica: id, index } },
  };
}

function ofReplica(
  replica: ReplicaView,
  wonder: { replica: number; index: number } | undefined,
): Asked[] {
  const { id, role, status, commit_index, log, membership } = replica;
  const name = replicaName(id);
  const all: Asked[] = [];
  const entry = (index: number) => ofEntry(replica, index);
  if (wonder?.replica === id) {
    all.push(entry(wonder.index));
  }
  const what =
    status !== "running"
      ? `Why does ${name} do nothing?`
      : role === "leader"
        ? `Why does ${name} lead?`
        : role === "follower"
          ? `Why does ${name} not stand?`
          : `Why does ${name} not lead yet?`;
  all.push({ label: what, question: { replica: { replica: id } } });
  if (log.last_index > 0) {
    all.push(entry(Math.min(commit_index + 1, log.last_index)));
    if (commit_index > 0) {
      all.push(entry(commit_index));
    }
  }
  all.push({ label: "Why did it vote so?", question: { vote: { replica: id } } });
  if (membership.wish || isJoint(membership) || membership.index > commit_index) {
    all.push({ label: "What does the change wait for?", question: { change: {} } });
  }
  // The one that was asked for may be among the others.
  return all.filter(({ label }, at) => all.findIndex((other) => other.label === label) === at);
}
