// @ts-check
import { avatar } from './avatar.js';
import { byId, h } from './dom.js';
import { closeOnEscape } from './escape.js';
import { icon } from './icons.js';
import { channelIcon } from './welcome.js';

/** @import { Channel, Member, Snapshot } from '../wire.ts' */

/** As in layout.css. */
const NARROW = '(max-width: 760px)';

/**
 * Channels above, members below.
 * @param {{ onchannel: (channel: Channel) => void, onmember: (member: Member) => void }} listeners
 */
export function createSidebar({ onchannel, onmember }) {
  const sidebar = byId('sidebar', HTMLElement);
  const channelList = byId('channels', HTMLDivElement);
  const memberList = byId('members', HTMLDivElement);
  const toggle = byId('toggle-sidebar', HTMLButtonElement);
  const scrim = byId('scrim', HTMLButtonElement);
  const chat = byId('chat', HTMLElement);
  const isOpen = () => sidebar.classList.contains('open');
  toggle.append(icon('menu'));

  /** @param {boolean} open In narrow windows it is a drawer over the conversation, which waits while it is open */
  function setOpen(open) {
    if (open === isOpen()) return;
    sidebar.classList.toggle('open', open);
    scrim.hidden = !open;
    chat.inert = open;
    toggle.setAttribute('aria-expanded', String(open));
    const current = sidebar.querySelector('[aria-current]');
    if (!open) toggle.focus();
    else if (current instanceof HTMLElement) current.focus();
  }
  toggle.addEventListener('click', () => setOpen(true));
  scrim.addEventListener('click', () => setOpen(false));
  closeOnEscape(isOpen, () => setOpen(false));
  window.matchMedia(NARROW).addEventListener('change', () => setOpen(false));

  return {
    /**
     * @param {Snapshot} snapshot
     * @param {ReadonlySet<string>} unread Channel ids
     */
    show({ guildName, members, channels, memberId, channelId }, unread) {
      const focused = document.activeElement?.getAttribute('data-nav');
      byId('guild-name', HTMLSpanElement).textContent = guildName;
      const visible = channels.filter((channel) => channel.memberId === undefined || channel.memberId === memberId);
      const entry = (/** @type {Channel} */ channel) => {
        const current = channel.id === channelId;
        const isUnread = unread.has(channel.id) && !current;
        return h(
          'li',
          { class: channel.kind === 'thread' ? 'thread' : '' },
          h(
            'button',
            {
              class: `channel${current ? ' current' : ''}${isUnread ? ' unread' : ''}`,
              'aria-current': current && 'page',
              'data-nav': channel.id,
              onclick: () => {
                setOpen(false);
                onchannel(channel);
              },
            },
            channelIcon(channel),
            h('span', {}, channel.name),
            channel.ageRestricted && h('span', { class: 'age', title: 'Age-restricted' }, '18+'),
            isUnread && h('span', { class: 'sr-only' }, ' (unread)'),
          ),
        );
      };
      channelList.replaceChildren(
        h('h2', {}, 'Channels'),
        h('ul', {}, visible.filter(({ kind }) => kind !== 'dm').map(entry)),
        h('h2', {}, 'Direct messages'),
        h('ul', {}, visible.filter(({ kind }) => kind === 'dm').map(entry)),
      );
      memberList.replaceChildren(
        h('h2', {}, 'You are'),
        h(
          'ul',
          {},
          members.map((member, position) =>
            h(
              'li',
              {},
              h(
                'button',
                {
                  class: `member${member.id === memberId ? ' current' : ''}`,
                  'aria-pressed': String(member.id === memberId),
                  'data-nav': member.id,
                  onclick: () => {
                    setOpen(false);
                    onmember(member);
                  },
                },
                avatar({ name: member.name, bot: false, position }),
                h(
                  'span',
                  { class: 'member-text' },
                  h('span', {}, member.name),
                  h('span', { class: 'muted' }, member.moderator ? 'Moderator' : 'Member'),
                ),
                member.id === memberId && icon('check'),
              ),
            ),
          ),
        ),
      );
      const again = focused ? sidebar.querySelector(`[data-nav="${CSS.escape(focused)}"]`) : null;
      if (again instanceof HTMLElement) again.focus();
    },
  };
}
