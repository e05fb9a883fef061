/** How the network between the replicas behaves, and how long a disk takes to write. */
import { html, LitElement, nothing } from "lit";
import type { DiskSettings, Latency, LinkQuality } from "../../../pkg/raftarium.js";
import type { Host } from "../../core/controller.js";
import type { DeepRequired } from "../../core/load.js";
import { match } from "../../core/match.js";
import { percentOf, ratioOf } from "../../core/ratio.js";
import { numberField } from "../../ui/fields.js";
import { panel } from "../../ui/panel.css.js";
import { shared } from "../../ui/shared.css.js";

/** A minute: the core allows no longer delay. */
const DELAY_MS_MAX = 60_000;

export interface NetworkSettings {
  quality: DeepRequired<LinkQuality>;
  disk: DeepRequired<DiskSettings>;
}

export class RaftNetworkPanel extends LitElement {
  static override properties = {
    host: { attribute: false },
    settings: { attribute: false },
  };
  declare host: Host;
  declare settings: NetworkSettings | undefined;

  static override styles = [shared, panel];

  override render() {
    const { settings } = this;
    if (!settings) {
      return nothing;
    }
    const { quality, disk } = settings;
    const setQuality = (change: Partial<LinkQuality>) => {
      this.host.attempt({ set_network: { quality: { ...quality, ...change } } });
      this.requestUpdate();
    };
    const setDisk = (write_latency: Latency) => {
      this.host.attempt({ set_disk: { replica: undefined, disk: { write_latency } } });
      this.requestUpdate();
    };
    const chance = (label: string, name: "loss" | "duplication" | "reordering") =>
      numberField(label, percentOf(quality[name]), { max: 100, step: "any" }, (percent) =>
        setQuality({ [name]: ratioOf(percent) }),
      );
    return html`
      <h2 id="network">Network</h2>
      <p class="muted">Between the replicas; messages already on their way keep their fate.</p>
      <div class="fields" role="group" aria-labelledby="network">
        ${latencyFields("Latency", quality.latency, (latency) => setQuality({ latency }))}
        ${chance("Loss, %", "loss")} ${chance("Duplication, %", "duplication")}
        ${chance("Reordering, %", "reordering")}
      </div>
      <h2 id="disk">Disks</h2>
      <p class="muted">Nothing a replica says leaves it before its write is durable.</p>
      <div class="fields" role="group" aria-labelledby="disk">
        ${latencyFields("Write", disk.write_latency, setDisk)}
      </div>
    `;
  }
}

/** The shortest and the longest delay; what is the same is a fixed one. */
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
