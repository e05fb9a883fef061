/** Who is to belong to the cluster: put together here, then asked of the leader at once (§6). */
import { css, html, LitElement, nothing } from "lit";
import { live } from "lit/directives/live.js";
import type { View } from "../../../pkg/raftarium.js";
import type { Host } from "../../core/controller.js";
import {
  configurationOf,
  type Place,
  placed,
  placeIn,
  type Wish,
  wishOf,
} from "../../core/membership.js";
import { membershipText, replicaName } from "../../text/names.js";
import { panel } from "../../ui/panel.css.js";
import { shared } from "../../ui/shared.css.js";

const PLACES: Record<Place, string> = { voter: "voter", learner: "learner", outsider: "out" };

export class RaftMembershipPanel extends LitElement {
  static override properties = {
    host: { attribute: false },
    view: { attribute: false },
    draft: { state: true },
  };
  declare host: Host;
  declare view: View | undefined;
  /** What was chosen, and has not been asked for yet. */
  declare private draft: Wish | undefined;

  static override styles = [
    shared,
    panel,
    css`
      td,
      thead th + th {
        width: 25%;
        text-align: center;
      }
      tbody th {
        vertical-align: middle;
      }
      td label {
        justify-content: center;
        min-height: 1.5rem;
        width: 100%;
      }
      @media (pointer: coarse) {
        td label {
          min-height: 2.5rem;
        }
      }
      p + p,
      table + p {
        margin-block-start: 0.5rem;
      }
    `,
  ];

  override render() {
    const { view } = this;
    const membership = view && configurationOf(view);
    if (!view || !membership) {
      return nothing;
    }
    const draft = this.draft ?? wishOf(membership);
    return html`
      <h2 id="heading">Membership</h2>
      <p class="muted">Now: ${membershipText(membership)}.</p>
      <table aria-labelledby="heading">
        <thead>
          <tr>
            <th>replica</th>
            ${Object.values(PLACES).map((name) => html`<th>${name}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${view.replicas.map(({ id }) => this.#row(id, draft))}
        </tbody>
      </table>
      <p>
        <button class="primary" ?disabled=${this.draft === undefined} @click=${() => this.#change(draft)}>
          Change
        </button>
        <button ?disabled=${this.draft === undefined} @click=${() => this.#forget()}>As it is</button>
      </p>
    `;
  }

  #row(id: number, draft: Wish) {
    const now = placeIn(draft, id);
    const choose = (place: Place) => {
      this.draft = placed(draft, id, place);
    };
    return html`<tr>
      <th scope="row">${replicaName(id)}</th>
      ${(Object.keys(PLACES) as Place[]).map(
        (place) => html`<td>
          <label>
            <input
              type="radio"
              name=${`place-${id}`}
              aria-label=${`${replicaName(id)} ${PLACES[place]}`}
              .checked=${live(place === now)}
              @change=${() => choose(place)}
            />
          </label>
        </td>`,
      )}
    </tr>`;
  }

  /** What is refused stays as it was chosen: it may be asked for again. */
  #change(draft: Wish) {
    if (this.host.attempt({ change_membership: draft })) {
      this.#forget();
    }
  }

  #forget() {
    this.draft = undefined;
  }
}
