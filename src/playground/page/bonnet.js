// @ts-check
import { fetchDetails } from './connection.js';
import { byId, h } from './dom.js';
import { closeOnEscape } from './escape.js';
import { icon } from './icons.js';
import { viewJson } from './json-view.js';
import { recall, remember } from './storage.js';
import { clockTime, durationText } from './time.js';

/** @import { InteractionSummary } from '../wire.ts' */

const MOST_SHOWN = 50;
/** Wide enough for the panel beside the conversation; elsewhere it lies over it. As in layout.css. */
const ROOMY = '(min-width: 1200px)';

/**
 * The panel that shows how the bot and Discord talked.
 * @param {{ memberName: (id: string) => string, onclose: () => void }} around
 */
export function createBonnet({ memberName, onclose }) {
  const panel = byId('bonnet', HTMLElement);
  const toggle = byId('toggle-bonnet', HTMLButtonElement);
  toggle.append(icon('pulse'));
  const close = h(
    'button',
    { class: 'icon-button', 'aria-label': 'Close this panel', onclick: () => setOpen(false) },
    icon('close'),
  );
  const list = h('div', { class: 'bonnet-list' });
  const roomy = window.matchMedia(ROOMY);
  panel.append(
    h('header', { class: 'bonnet-head' }, h('h2', {}, 'Under the bonnet'), close),
    h(
      'p',
      { class: 'muted bonnet-intro' },
      'The last interactions: how soon the bot acknowledged, how long the whole took, and what went over the wire.',
    ),
    list,
  );

  /** @type {Map<string, InteractionSummary>} Oldest first. */
  const interactions = new Map();
  /** @type {Map<string, HTMLDetailsElement>} */
  const rows = new Map();

  /** @param {boolean} open */
  function setOpen(open) {
    panel.hidden = !open;
    toggle.setAttribute('aria-expanded', String(open));
    remember('bonnet', open ? 'open' : 'closed');
    if (!open) onclose();
    else if (!roomy.matches) close.focus();
  }
  toggle.addEventListener('click', () => setOpen(panel.hidden !== false));
  closeOnEscape(
    () => !panel.hidden && !roomy.matches,
    () => setOpen(false),
  );
  panel.hidden = !(roomy.matches && recall('bonnet') !== 'closed');
  toggle.setAttribute('aria-expanded', String(!panel.hidden));

  /** @param {InteractionSummary} interaction */
  function viewSummary({
    title,
    kind,
    memberId,
    outcome,
    acknowledgedAfterMs,
    finishedAfterMs,
    provider,
    cost,
    createdAt,
  }) {
    const parts = [
      acknowledgedAfterMs === undefined ? 'not acknowledged' : `acknowledged in ${durationText(acknowledgedAfterMs)}`,
      `total ${finishedAfterMs === undefined ? '—' : durationText(finishedAfterMs)}`,
      provider,
      cost,
    ];
    return [
      h(
        'span',
        { class: 'bonnet-line' },
        h('span', { class: `outcome ${outcome}`, title: outcome }, h('span', { class: 'sr-only' }, `${outcome}: `)),
        h('strong', { class: 'bonnet-name', title }, title),
        h('time', { class: 'muted', datetime: new Date(createdAt).toISOString() }, clockTime(new Date(createdAt))),
      ),
      h(
        'span',
        { class: 'bonnet-facts muted' },
        h('span', {}, `${memberName(memberId)} · ${kind}`),
        parts.map((part) => part !== undefined && h('span', { class: 'fact' }, part)),
      ),
    ];
  }

  /** @param {InteractionSummary} interaction */
  function put(interaction) {
    interactions.set(interaction.id, interaction);
    const known = rows.get(interaction.id);
    if (known !== undefined) {
      known.querySelector('summary')?.replaceChildren(...viewSummary(interaction));
      if (known.open) void showDetails(known, interaction);
      return;
    }
    const row = h(
      'details',
      { class: 'interaction' },
      h('summary', {}, ...viewSummary(interaction)),
      h('div', { class: 'wire' }),
    );
    row.addEventListener('toggle', () => {
      if (row.open) void showDetails(row, interaction);
    });
    rows.set(interaction.id, row);
    list.prepend(row);
    for (const [id, old] of rows) {
      if (rows.size <= MOST_SHOWN) break;
      forget(id, old);
    }
  }

  /**
   * @param {string} id
   * @param {HTMLElement} row
   */
  function forget(id, row) {
    row.remove();
    rows.delete(id);
    interactions.delete(id);
  }

  return {
    /** @param {readonly InteractionSummary[]} all */
    show(all) {
      const ids = new Set(all.map(({ id }) => id));
      for (const [id, row] of rows) if (!ids.has(id)) forget(id, row);
      list.querySelector('.bonnet-empty')?.remove();
      if (all.length === 0)
        list.append(h('p', { class: 'muted bonnet-empty' }, 'Nothing yet. Type / below and press Enter.'));
      // Those that are there already stay as they are, opened or not.
      for (const interaction of all) put(interaction);
    },
    /** @param {InteractionSummary} interaction */
    put(interaction) {
      list.querySelector('.bonnet-empty')?.remove();
      put(interaction);
    },
    /** @param {string} id */
    find: (id) => interactions.get(id),
  };
}

/**
 * @param {HTMLDetailsElement} row
 * @param {InteractionSummary} interaction
 */
async function showDetails(row, { id, createdAt }) {
  const place = row.querySelector('.wire');
  if (place === null) return;
  const details = await fetchDetails(id);
  if (details === undefined) {
    place.replaceChildren(h('p', { class: 'muted' }, 'No longer remembered.'));
    return;
  }
  place.replaceChildren(
    h('h3', {}, 'Discord → bot'),
    viewJson(details.sent, 'What Discord sent'),
    ...(details.answeredBefore
      ? [
          h('h3', {}, 'Bot → Discord'),
          h('p', { class: 'muted' }, 'The bot answered before the last restart. What it sent then is not kept.'),
        ]
      : []),
    ...details.received.flatMap(({ method, route, status, body, files, response, receivedAt, answeredAt }) => [
      h('h3', {}, 'Bot → Discord ', h('span', { class: 'muted' }, `+${durationText(receivedAt - createdAt)}`)),
      h(
        'p',
        { class: 'route' },
        `${method} ${route ?? 'unknown route'} → `,
        h('strong', { class: status < 400 ? 'good' : 'bad' }, String(status)),
        ` in ${durationText(answeredAt - receivedAt)}`,
      ),
      viewJson(files.length === 0 ? body : { payload_json: body, files }, 'What the bot sent'),
      ...(response === undefined ? [] : [h('h4', {}, 'Answer'), viewJson(response, 'What Discord answered')]),
    ]),
  );
}
