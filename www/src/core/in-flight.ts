/** The messages in flight as the core hands them over: a row of plain numbers each. */
import { MessageField, type MessageKind } from "../../pkg/raftarium.js";
import { messageKinds } from "./world/load.js";

/** A message in flight. */
export interface InFlight {
  id: number;
  /** A replica's number, or minus a client's. */
  from: number;
  to: number;
  kind: MessageKind;
  term: number;
  entries: number;
  held: boolean;
  /** Whether it is the second copy of another message. */
  duplicate: boolean;
}

let kinds: readonly MessageKind[] | undefined;

/** The kinds of messages by their numbers. The core must be loaded. */
export function kindsByNumber(): readonly MessageKind[] {
  kinds ??= messageKinds();
  return kinds;
}

/** How many messages there are. */
export function countMessages(messages: Float64Array): number {
  return messages.length / MessageField.Stride;
}

/** The messages in the order of their sending, at most `limit` of them. */
export function readMessages(messages: Float64Array, limit: number): InFlight[] {
  const length = Math.min(countMessages(messages), limit);
  return Array.from({ length }, (_, place) => readAt(messages, place * MessageField.Stride));
}

/** One message; none if it has left the network. */
export function findMessage(messages: Float64Array, id: number): InFlight | undefined {
  for (let at = 0; at < messages.length; at += MessageField.Stride) {
    if (messages[at + MessageField.Id] === id) {
      return readAt(messages, at);
    }
  }
  return undefined;
}

function readAt(messages: Float64Array, at: number): InFlight {
  const field = (place: MessageField) => messages[at + place] ?? 0;
  return {
    id: field(MessageField.Id),
    from: field(MessageField.From),
    to: field(MessageField.To),
    kind: kindsByNumber()[field(MessageField.Kind)] ?? "heartbeat",
    term: field(MessageField.Term),
    entries: field(MessageField.Entries),
    held: field(MessageField.HeldUs) >= 0,
    duplicate: field(MessageField.Duplicate) === 1,
  };
}
