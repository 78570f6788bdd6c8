// @ts-check
import { avatar } from './avatar.js';
import { viewComponent } from './component-view.js';
import { MessageFlags } from './discord-numbers.js';
import { h } from './dom.js';
import { viewEmbed } from './embed-view.js';
import { icon } from './icons.js';
import { plainText } from './markdown.js';
import { viewMarkdown } from './markdown-view.js';
import { isPicture, viewFile, viewGallery } from './picture-view.js';
import { clockTime, messageTime } from './time.js';

/** @import { APIMessage, APIUser } from 'discord-api-types/v10' */
/** @import { MessageContext } from './component-view.js' */

/**
 * @typedef {object} ArticleOptions
 * @property {boolean} compact Follows a message of the same author: no avatar, no name
 * @property {string | undefined} failure What Discord says under a button that got no answer
 * @property {(id: string) => APIMessage | undefined} find Another message of the channel
 * @property {(userId: string) => number} position In the member list, for the avatar's colour
 * @property {(id: string) => string | undefined} commandOf The name of the command an interaction was
 * @property {(messageId: string) => void} jump
 * @property {() => void} dismiss
 * @property {(button: HTMLElement) => void} menu
 */

/** A deferred answer that has not come when its token dies has failed. */
const THINKING_ENDS_MS = 15 * 60_000;

/** @param {APIMessage} message */
export const isEphemeral = (message) => ((message.flags ?? 0) & MessageFlags.Ephemeral) !== 0;

/** @param {APIUser} user */
export const nameOf = (user) => user.global_name ?? user.username;

/**
 * @param {APIMessage} message
 * @param {MessageContext} context
 * @param {ArticleOptions} options
 */
export function viewMessage(message, context, options) {
  const sent = new Date(message.timestamp);
  const name = nameOf(message.author);
  const head = !options.compact;
  const time = h('time', { class: 'time', datetime: message.timestamp }, head ? messageTime(sent) : clockTime(sent));
  return h(
    'article',
    {
      class: `message${head ? ' head' : ''}${isEphemeral(message) ? ' ephemeral' : ''}`,
      'data-id': message.id,
      'aria-label': `${name}, ${messageTime(sent)}`,
      tabindex: -1,
    },
    viewOrigin(message, options),
    head ? avatar({ name, bot: message.author.bot === true, position: options.position(message.author.id) }) : time,
    h(
      'div',
      { class: 'message-body' },
      head &&
        h(
          'div',
          { class: 'message-head' },
          h('span', { class: 'author' }, name),
          message.author.bot && h('span', { class: 'app-tag' }, 'APP'),
          time,
        ),
      viewBody(message, context),
      options.failure !== undefined && h('p', { class: 'failure' }, icon('warning'), options.failure),
      isEphemeral(message) &&
        h(
          'p',
          { class: 'ephemeral-note' },
          icon('eye'),
          'Only you can see this • ',
          h('button', { class: 'link', onclick: options.dismiss }, 'Dismiss message'),
        ),
    ),
    h(
      'div',
      { class: 'message-tools' },
      h(
        'button',
        {
          class: 'icon-button',
          'aria-label': 'More',
          'aria-haspopup': 'menu',
          onclick: (/** @type {MouseEvent} */ event) => {
            if (event.currentTarget instanceof HTMLElement) options.menu(event.currentTarget);
          },
        },
        icon('more'),
      ),
    ),
  );
}

/**
 * @param {APIMessage} message
 * @param {MessageContext} context
 */
function viewBody(message, context) {
  const flags = message.flags ?? 0;
  if ((flags & MessageFlags.Loading) !== 0) return viewThinking(message);
  const v2 = (flags & MessageFlags.IsComponentsV2) !== 0;
  const { attachments } = message;
  const pictures = attachments.filter(({ content_type, filename }) => isPicture(content_type, filename));
  const edited = message.edited_timestamp !== null && h('span', { class: 'edited' }, '(edited)');
  return [
    message.content !== '' && h('div', { class: 'content' }, viewMarkdown(message.content, context.names), edited),
    !v2 && message.embeds.map((embed) => viewEmbed(embed, context.names)),
    !v2 &&
      pictures.length > 0 &&
      viewGallery(
        pictures.map(({ url, filename, description, width, height }) => ({
          url,
          alt: description ?? '',
          name: filename,
          spoiler: filename.startsWith('SPOILER_'),
          ...(typeof width === 'number' && typeof height === 'number' && { width, height }),
        })),
      ),
    !v2 &&
      attachments
        .filter((attachment) => !pictures.includes(attachment))
        .map(({ url, filename, size }) => viewFile({ url, name: filename, size })),
    message.components !== undefined &&
      h(
        'div',
        { class: v2 ? 'components v2' : 'components' },
        message.components.map((component) => viewComponent(component, context)),
      ),
  ];
}

/** @param {APIMessage} message */
function viewThinking({ author, timestamp }) {
  if (Date.now() - Date.parse(timestamp) > THINKING_ENDS_MS) {
    return h('p', { class: 'failure' }, icon('warning'), 'The application did not respond');
  }
  return h('p', { class: 'thinking' }, dots(), `${nameOf(author)} is thinking…`);
}

/** Three dots that pulse. */
export function dots() {
  return h('span', { class: 'dots', 'aria-hidden': 'true' }, h('i'), h('i'), h('i'));
}

/**
 * The line above a message that says what it answers: a command, or a message.
 * @param {APIMessage} message
 * @param {ArticleOptions} options
 */
function viewOrigin(message, options) {
  const metadata = message.interaction_metadata;
  const parentId = parentOf(message);
  if (parentId !== undefined) return viewParent(parentId, message.referenced_message, options);
  if (metadata === undefined) return undefined;
  const begun = 'triggering_interaction_metadata' in metadata ? metadata.triggering_interaction_metadata : metadata;
  const command = options.commandOf(begun.id);
  return viewUsed(nameOf(metadata.user), options.position(metadata.user.id), command);
}

/**
 * @param {string} name
 * @param {number} position In the member list
 * @param {string | undefined} command
 */
export function viewUsed(name, position, command) {
  return h(
    'div',
    { class: 'origin' },
    avatar({ name, bot: false, position }),
    h('span', { class: 'origin-name' }, name),
    command === undefined ? 'used an app' : ['used ', h('span', { class: 'origin-command' }, icon('app'), command)],
  );
}

/**
 * The id of the message this one answers.
 * @param {APIMessage} message
 */
export function parentOf({ message_reference: reference, interaction_metadata: metadata }) {
  return (
    reference?.message_id ??
    (metadata !== undefined && 'interacted_message_id' in metadata ? metadata.interacted_message_id : undefined)
  );
}

/**
 * @param {string} parentId
 * @param {APIMessage | null | undefined} referenced `null`: it is no more; absent: Discord did not say
 * @param {ArticleOptions} options
 */
function viewParent(parentId, referenced, { find, position, jump }) {
  const parent = find(parentId) ?? referenced;
  if (!parent) {
    const words = parent === null ? 'Original message was deleted' : 'Message could not be loaded';
    return h('div', { class: 'origin' }, icon('reply'), h('em', {}, words));
  }
  const name = nameOf(parent.author);
  return h(
    'div',
    { class: 'origin' },
    avatar({ name, bot: parent.author.bot === true, position: position(parent.author.id) }),
    h('span', { class: 'origin-name' }, name),
    h('button', { class: 'origin-text', title: 'Jump to the message', onclick: () => jump(parentId) }, excerpt(parent)),
  );
}

/**
 * A message in one line.
 * @param {APIMessage} message
 */
function excerpt(message) {
  const text = plainText(message.content === '' ? textOf(message.components ?? []) : message.content);
  if (text !== '') return text.length > 120 ? `${text.slice(0, 120)}…` : text;
  return message.attachments.length > 0 ? 'Click to see attachment' : 'Click to see message';
}

/**
 * The first text among components.
 * @param {readonly unknown[]} components
 * @returns {string}
 */
function textOf(components) {
  for (const component of components) {
    if (typeof component !== 'object' || component === null) continue;
    if ('content' in component && typeof component.content === 'string') return component.content;
    if ('components' in component && Array.isArray(component.components)) {
      const text = textOf(component.components);
      if (text !== '') return text;
    }
  }
  return '';
}

/**
 * Every picture a message shows, wherever it stands.
 * @param {APIMessage} message
 */
export function showsPicture(message) {
  return JSON.stringify([message.attachments, message.embeds, message.components ?? []]).includes('"image/');
}
