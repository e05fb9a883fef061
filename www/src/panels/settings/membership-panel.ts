/** The membership wanted: put together here, then asked of the leader in one request (§6). */
import { css, html, nothing } from "lit";
import { live } from "lit/directives/live.js";
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
import { Part } from "../../ui/part.js";
import { shared } from "../../ui/shared.css.js";

const PLACES: Record<Place, string> = { voter: "voter", learner: "learner", outsider: "out" };

export class RaftMembershipPanel extends Part {
  static override properties = { draft: { state: true } };
  static override readonly draws = ["frame"] as const;
  /** The choice that has not been asked for yet. */
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
    const view = this.controller.state.frame?.view;
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

  /** A refused choice stays, and can be asked for again. */
  #change(draft: Wish) {
    if (this.controller.attempt({ change_membership: draft })) {
      this.#forget();
    }
  }

  #forget() {
    this.draft = undefined;
  }
}
