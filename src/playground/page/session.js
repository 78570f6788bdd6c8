// @ts-check
import { ChannelType } from './discord-numbers.js';

/** @import { Channel, Member, Snapshot } from '../wire.ts' */
/** @import { Choice } from './select-menu.js' */

/** @typedef {ReturnType<typeof createSession>} Session */

/** A channel, with Discord's number for what kind it is. @typedef {Choice & { type: number }} ChannelChoice */

/** Who is looking at what: the last snapshot, kept up to date by what followed it. */
export function createSession() {
  /** @type {Snapshot | undefined} */
  let snapshot;

  function current() {
    if (snapshot === undefined) throw new Error('nothing is shown yet');
    return snapshot;
  }

  /** Nobody can choose a direct message. */
  const guildChannels = () => current().channels.filter(({ kind }) => kind !== 'dm');

  return {
    /** Throws before the first snapshot. */
    current,
    /** @param {Snapshot} fresh */
    replace(fresh) {
      snapshot = fresh;
    },
    /** @param {Partial<Snapshot>} changes */
    update(changes) {
      snapshot = { ...current(), ...changes };
    },
    /** @returns {Member} */
    get me() {
      const { members, memberId } = current();
      const me = members.find(({ id }) => id === memberId);
      if (me === undefined) throw new Error('the snapshot lacks its own member');
      return me;
    },
    /** @returns {Channel} */
    get channel() {
      const { channels, channelId } = current();
      const channel = channels.find(({ id }) => id === channelId);
      if (channel === undefined) throw new Error('the snapshot lacks its own channel');
      return channel;
    },
    /** What every deed begins with. */
    where: () => ({ memberId: current().memberId, channelId: current().channelId }),
    /** The same in one word. */
    get place() {
      return `${current().memberId}/${current().channelId}`;
    },
    /** What selects offer. */
    choices: () => ({
      members: current().members.map(({ id, name }) => /** @type {Choice} */ ({ value: id, label: name })),
      channels: guildChannels().map(
        ({ id, name, kind }) =>
          /** @type {ChannelChoice} */ ({
            value: id,
            label: name,
            type: kind === 'thread' ? ChannelType.PublicThread : ChannelType.GuildText,
          }),
      ),
    }),
    guildChannels,
    names: {
      /** @param {string} id */
      member(id) {
        if (id === snapshot?.application.id) return snapshot.application.name;
        return snapshot?.members.find((member) => member.id === id)?.name;
      },
      /** @param {string} id */
      channel: (id) => snapshot?.channels.find((channel) => channel.id === id)?.name,
    },
  };
}
