// @ts-check
import { isEphemeral, showsPicture } from './message-view.js';

/** @import { APIApplicationCommand, APIMessage } from 'discord-api-types/v10' */
/** @import { Channel, Member } from '../wire.ts' */
/** @import { MenuItem } from './menu.js' */

const MESSAGE_COMMAND = 3;

/**
 * What a member can do with a message.
 * @param {APIMessage} message
 * @param {{ me: Member, channel: Channel, commands: readonly APIApplicationCommand[] }} here
 * @param {{ run: (name: string) => void, remove: () => void }} act
 * @returns {MenuItem[]}
 */
export function messageItems(message, { me, channel, commands }, { run, remove }) {
  /** @type {MenuItem[]} */
  const items = [];
  // Discord offers no apps on what only one member sees.
  if (!isEphemeral(message)) {
    for (const { name, type } of commands) {
      if (type === MESSAGE_COMMAND)
        items.push({
          group: 'Apps',
          label: name,
          icon: showsPicture(message) ? 'picture' : 'app',
          onpick: () => run(name),
        });
    }
  }
  if (message.content !== '') items.push({ label: 'Copy text', icon: 'copy', onpick: () => copy(message.content) });
  items.push({ label: 'Copy message ID', icon: 'copy', onpick: () => copy(message.id) });
  const mine = message.author.id === me.id;
  const moderates = me.moderator && channel.kind !== 'dm';
  if (!isEphemeral(message) && (mine || moderates)) {
    items.push({ label: 'Delete message', icon: 'trash', danger: true, onpick: remove });
  }
  return items;
}

/** @param {string} text */
function copy(text) {
  // Refused where the page is not served from this computer; the member sees nothing copied then, as anywhere.
  void navigator.clipboard?.writeText(text).catch(() => {});
}
