/** How the network between the replicas behaves, and how long a disk takes to write. */
import { html, nothing } from "lit";
import type { Latency, LinkQuality } from "../../../pkg/raftarium.js";
import { match } from "../../core/match.js";
import { networkAndDisk } from "../../core/settings.js";
import { numberField } from "../../ui/fields.js";
import { panel } from "../../ui/panel.css.js";
import { Part } from "../../ui/part.js";
import { percentOf, ratioOf } from "../../ui/ratio.js";
import { shared } from "../../ui/shared.css.js";

/** One minute, the longest delay that the core allows. */
const DELAY_MS_MAX = 60_000;

export class RaftNetworkPanel extends Part {
  static override readonly draws = ["run", "frame"] as const;

  static override styles = [shared, panel];

  override render() {
    const { run, frame } = this.controller.state;
    if (!run || !frame) {
      return nothing;
    }
    const { quality, disk } = networkAndDisk(run, frame.view.now_us);
    const setQuality = (change: Partial<LinkQuality>) => {
      this.controller.attempt({ set_network: { quality: { ...quality, ...change } } });
      this.requestUpdate();
    };
    const setDisk = (write_latency: Latency) => {
      this.controller.attempt({ set_disk: { replica: undefined, disk: { write_latency } } });
      this.requestUpdate();
    };
    const chance = (label: string, name: "loss" | "duplication" | "reordering") =>
      numberField(label, percentOf(quality[name]), { max: 100, step: "any" }, (percent) =>
        setQuality({ [name]: ratioOf(percent) }),
      );
    return html`
      <h2 id="network">Network</h2>
      <p class="muted">Between the replicas; messages already on their way are not affected.</p>
      <div class="fields" role="group" aria-labelledby="network">
        ${latencyFields("Latency", quality.latency, (latency) => setQuality({ latency }))}
        ${chance("Loss, %", "loss")} ${chance("Duplication, %", "duplication")}
        ${chance("Reordering, %", "reordering")}
      </div>
      <h2 id="disk">Disks</h2>
      <p class="muted">A replica sends nothing before the write it depends on is durable.</p>
      <div class="fields" role="group" aria-labelledby="disk">
        ${latencyFields("Write", disk.write_latency, setDisk)}
      </div>
    `;
  }
}

/** The shortest and the longest delay; a fixed one if they are equal. */
function latencyFields(label: string, latency: Latency, set: (latency: Latency) => void) {
  const [min, max] = bounds(latency);
  const between = (shortest: number, longest: number) =>
    set(withBounds(latency, Math.round(shortest * 1000), Math.round(longest * 1000)));
  const limits = { max: DELAY_MS_MAX, step: "any" } as const;
  return html`
    ${numberField(`${label} from, ms`, min / 1000, limits, (value) =>
      between(value, Math.max(value, max / 1000)),
    )}
    ${numberField(
      "long_tail" in latency ? `${label} mostly to, ms` : `${label} to, ms`,
      max / 1000,
      limits,
      (value) => between(Math.min(value, min / 1000), value),
    )}
  `;
}

function bounds(latency: Latency): [number, number] {
  return match<Latency, [number, number]>(latency, {
    fixed: ({ us }) => [us, us],
    uniform: ({ min_us, max_us }) => [min_us, max_us],
    long_tail: ({ min_us, typical_us }) => [min_us, typical_us],
  });
}

function withBounds(latency: Latency, min_us: number, to_us: number): Latency {
  if ("long_tail" in latency) {
    const max_us = Math.max(latency.long_tail.max_us, to_us);
    return { long_tail: { min_us, typical_us: to_us, max_us } };
  }
  return min_us === to_us ? { fixed: { us: min_us } } : { uniform: { min_us, max_us: to_us } };
}
