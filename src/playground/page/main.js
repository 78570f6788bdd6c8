// @ts-check
import { createBonnet } from './bonnet.js';
import { createComposer } from './composer.js';
import { confirmFirst } from './confirm-dialog.js';
import { createConnection, NO_ANSWER } from './connection.js';
import { createConversation } from './conversation.js';
import { createDeeds } from './deeds.js';
import { byId, h } from './dom.js';
import { icon } from './icons.js';
import { openMenu } from './menu.js';
import { messageItems } from './message-menu.js';
import { createSession } from './session.js';
import { createSidebar } from './sidebar.js';
import { startThemeSwitch } from './theme-switch.js';
import { channelIcon } from './welcome.js';

/** @import { APIMessage } from 'discord-api-types/v10' */
/** @import { Frame, Snapshot } from '../wire.ts' */
/** @import { View } from './connection.js' */
/** @import { Touched } from './deeds.js' */

/** Older messages come in helpings of this size. */
const MESSAGES = 100;

const session = createSession();
/** Ids of the channels something new was said in. @type {Set<string>} */
const unread = new Set();
let wantedMessages = MESSAGES;
/** The message to jump to once it is loaded. @type {string | undefined} */
let reaching;
/** A fresh view begins at its end; one that was only interrupted stays where it is. */
let anew = true;

const deeds = createDeeds(session, {
  addPending: (command) => conversation.addPending(command),
  bringIntoView: (interactionId) => conversation.bringIntoView(interactionId),
});
const composer = createComposer(deeds);
const bonnet = createBonnet({ memberName: (id) => session.names.member(id) ?? id, onclose: () => composer.focus() });
const conversation = createConversation(session, {
  commandOf(interactionId) {
    const known = bonnet.find(interactionId);
    return known?.kind === 'command' ? known.name : session.current().commandNames[interactionId];
  },
  press: async (message, customId) => tellRefusal(await deeds.press(message, customId)),
  select: async (message, customId, values) => tellRefusal(await deeds.select(message, customId, values)),
  async dismiss(message) {
    const refusal = await deeds.dismiss(message);
    if (refusal !== undefined) composer.refuse(refusal);
    return refusal;
  },
  menu: showMessageMenu,
  earlier() {
    wantedMessages = conversation.size + MESSAGES;
    connection.open();
  },
  reach(messageId) {
    reaching = messageId;
    connection.open();
  },
  suggest: (line) => composer.suggest(line),
});
const sidebar = createSidebar({
  onchannel: ({ id }) => go(session.me.id, id),
  onmember: ({ id }) => go(id, channelFor(id)),
});
const connection = createConnection({ view, onframe: receive, onlost: () => showStatus('Reconnecting…') });

/**
 * @param {Touched} touched
 * @returns What stands under the message
 */
function tellRefusal({ failure, refusal }) {
  if (refusal !== undefined) composer.refuse(refusal);
  return failure;
}

/**
 * @param {APIMessage} message
 * @param {{ x: number, y: number }} point
 */
function showMessageMenu(message, point) {
  const { me, channel } = session;
  const tell = (/** @type {string | undefined} */ refusal) => refusal !== undefined && composer.refuse(refusal);
  const items = messageItems(
    message,
    { me, channel, commands: session.current().commands },
    {
      run: (name) => void deeds.runOn(message, name).then(tell),
      remove: () =>
        confirmFirst(
          {
            title: 'Delete message',
            text: 'This deletes the message for everyone. It cannot be undone.',
            confirm: 'Delete',
          },
          () => void deeds.remove(message).then(tell),
        ),
    },
  );
  openMenu(items, { ...point, label: 'Message' });
}

/** @param {Frame} frame */
function receive(frame) {
  switch (frame.type) {
    case 'snapshot':
      session.replace(frame);
      showSnapshot(frame);
      break;
    case 'message':
      conversation.put(frame.message);
      break;
    case 'message-gone':
      conversation.drop(frame.messageId);
      break;
    case 'elsewhere':
      unread.add(frame.channelId);
      sidebar.show(session.current(), unread);
      break;
    case 'interaction':
      bonnet.put(frame.interaction);
      break;
    case 'commands':
      session.update({ commands: frame.commands });
      conversation.redraw();
      showPlace();
      break;
    case 'notices':
      session.update({ notices: frame.notices });
      showNotices();
      break;
    case 'bot':
      session.update({ botConnected: frame.connected });
      showBot();
      break;
    case 'closing':
      break;
  }
}

/** @param {Snapshot} snapshot */
function showSnapshot({ memberId, channelId, interactions, messages, more }) {
  // It answers again.
  composer.takeBack(Object.values(NO_ANSWER));
  unread.delete(channelId);
  history.replaceState(null, '', `#${memberId}/${channelId}`);
  bonnet.show(interactions);
  conversation.show(messages, { more, anew });
  anew = false;
  const target = reaching;
  reaching = undefined;
  if (target !== undefined && !conversation.land(target)) composer.refuse('That message is no longer there.');
  sidebar.show(session.current(), unread);
  showPlace();
  showBot();
  showNotices();
  reset.disabled = false;
}

function showNotices() {
  const place = byId('notices', HTMLDivElement);
  const { notices } = session.current();
  // What stands there already was announced.
  if (place.textContent === notices.join('')) return;
  place.replaceChildren(...notices.map((notice) => h('p', { class: 'notice' }, icon('warning'), notice)));
}

function showPlace() {
  const { channel } = session;
  const { commands, members, limits, application } = session.current();
  const sign = channel.kind === 'dm' ? '@' : '#';
  byId('channel-icon', HTMLSpanElement).replaceChildren(channelIcon(channel));
  byId('channel-name', HTMLHeadingElement).textContent = channel.name;
  document.title = `${sign}${channel.name} · ${application.name} playground`;
  composer.setPlace(commands, {
    channelId: channel.id,
    members,
    channels: session.guildChannels(),
    ...limits,
    placeholder: `Message ${sign}${channel.name}`,
  });
}

function showBot() {
  const { botConnected, application } = session.current();
  showStatus(botConnected ? '' : `${application.name} is not connected…`);
}

/** @param {string} text */
function showStatus(text) {
  byId('status', HTMLParagraphElement).textContent = text;
}

/**
 * The same channel for the other member; their own where it is a DM.
 * @param {string} memberId
 */
function channelFor(memberId) {
  const { channel } = session;
  if (channel.kind !== 'dm') return channel.id;
  return session.current().channels.find((candidate) => candidate.memberId === memberId)?.id ?? channel.id;
}

/**
 * @param {string} memberId
 * @param {string} channelId
 */
function go(memberId, channelId) {
  wantedMessages = MESSAGES;
  reaching = undefined;
  anew = true;
  history.replaceState(null, '', `#${memberId}/${channelId}`);
  connection.open();
  composer.focus();
}

/**
 * What the address names, and no less of it than is shown.
 * @returns {View}
 */
function view() {
  const [member, channel] = location.hash.slice(1).split('/');
  return {
    member: member || undefined,
    channel: channel || undefined,
    messages: anew ? wantedMessages : Math.max(wantedMessages, conversation.size),
    from: reaching,
  };
}

const reset = byId('reset', HTMLButtonElement);
reset.append(icon('reset'));
reset.addEventListener('click', () =>
  confirmFirst(
    {
      title: 'Reset the playground',
      text: 'This deletes every message and file of this playground. The bot keeps running, and its own record of what it painted stays: /recent and /usage still know it.',
      confirm: 'Reset',
    },
    async () => {
      anew = true;
      const refusal = await deeds.reset();
      if (refusal !== undefined) composer.refuse(refusal);
      composer.focus();
    },
  ),
);
byId('upload', HTMLButtonElement).append(icon('plus'));
startThemeSwitch();
connection.open();
composer.focus();
