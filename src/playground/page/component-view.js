// @ts-check
import { ButtonStyle, ComponentType, SeparatorSpacingSize } from './discord-numbers.js';
import { h } from './dom.js';
import { icon } from './icons.js';
import { viewMarkdown } from './markdown-view.js';
import { fileName, isPicture, viewFile, viewGallery, viewPicture } from './picture-view.js';
import { selectMenu } from './select-menu.js';

/** @import { APIMessage, APIMessageTopLevelComponent, APIButtonComponent, APIMediaGalleryItem, APIUnfurledMediaItem } from 'discord-api-types/v10' */
/** @import { Choice } from './select-menu.js' */
/** @import { ChannelChoice } from './session.js' */
/** @import { Names } from './markdown-view.js' */
/** @import { Picture } from './picture-view.js' */

/**
 * What the parts of a message can do and need to know.
 * @typedef {object} MessageContext
 * @property {APIMessage} message
 * @property {Names} names
 * @property {readonly Choice[]} members
 * @property {readonly ChannelChoice[]} channels
 * @property {(customId: string) => boolean} isBusy The press is on its way
 * @property {(customId: string) => void} press
 * @property {(customId: string, values: string[]) => void} select
 */

/** @typedef {APIMessageTopLevelComponent | import('discord-api-types/v10').APIComponentInMessageActionRow | import('discord-api-types/v10').APISectionAccessoryComponent} AnyComponent */

/**
 * @param {AnyComponent} component
 * @param {MessageContext} context
 * @returns {HTMLElement | undefined}
 */
export function viewComponent(component, context) {
  switch (component.type) {
    case ComponentType.ActionRow:
      return h(
        'div',
        { class: 'row' },
        component.components.map((child) => viewComponent(child, context)),
      );
    case ComponentType.Button:
      return viewButton(component, context);
    case ComponentType.StringSelect:
    case ComponentType.UserSelect:
    case ComponentType.RoleSelect:
    case ComponentType.MentionableSelect:
    case ComponentType.ChannelSelect:
      return viewSelect(component, context);
    case ComponentType.Section:
      return h(
        'div',
        { class: 'section' },
        h(
          'div',
          { class: 'section-text' },
          component.components.map((child) => viewComponent(child, context)),
        ),
        h('div', { class: 'section-accessory' }, viewComponent(component.accessory, context)),
      );
    case ComponentType.TextDisplay:
      return viewMarkdown(component.content, context.names);
    case ComponentType.Thumbnail:
      return h(
        'div',
        { class: 'thumbnail' },
        viewPicture([pictureOf(component.media, component.description, component.spoiler)], 0, false),
      );
    case ComponentType.MediaGallery:
      return viewItems(component.items);
    case ComponentType.File: {
      const { file } = component;
      return viewFile({ url: file.url, name: component.name ?? fileName(file.url), size: component.size });
    }
    case ComponentType.Separator:
      return h('div', {
        class: `separator ${component.spacing === SeparatorSpacingSize.Large ? 'separator-large' : ''} ${component.divider === false ? '' : 'separator-line'}`,
        role: component.divider === false ? undefined : 'separator',
      });
    case ComponentType.Container: {
      const box = h(
        'div',
        { class: 'container' },
        component.components.map((child) => viewComponent(child, context)),
      );
      if (typeof component.accent_color === 'number') {
        box.classList.add('accented');
        box.style.setProperty('--accent', colour(component.accent_color));
      }
      return component.spoiler ? coveredBox(box) : box;
    }
    default:
      return h('p', { class: 'broken' }, icon('warning'), 'This page does not know how to show this component.');
  }
}

/** @param {number} value 0xRRGGBB */
export function colour(value) {
  return `#${value.toString(16).padStart(6, '0')}`;
}

/** @param {HTMLElement} box */
function coveredBox(box) {
  box.setAttribute('inert', '');
  const cover = h(
    'button',
    {
      class: 'picture-cover',
      onclick: () => {
        box.removeAttribute('inert');
        cover.remove();
        whole.classList.add('revealed');
      },
    },
    h('span', {}, 'Spoiler'),
  );
  const whole = h('div', { class: 'picture-spoiler' }, box, cover);
  return whole;
}

/** @param {readonly APIMediaGalleryItem[]} items */
function viewItems(items) {
  const pictures = items.map(({ media, description, spoiler }) => pictureOf(media, description, spoiler));
  const shown = pictures.filter((_picture, index) => {
    const media = items[index]?.media;
    return media !== undefined && isPicture(media.content_type ?? undefined, fileName(media.url));
  });
  const others = pictures.filter((picture) => !shown.includes(picture));
  return h('div', { class: 'media' }, shown.length > 0 && viewGallery(shown), others.map(viewFile));
}

/**
 * @param {APIUnfurledMediaItem} media
 * @param {string | null | undefined} description
 * @param {boolean | undefined} spoiler
 * @returns {Picture}
 */
function pictureOf({ url, width, height }, description, spoiler = false) {
  return {
    url,
    alt: description ?? '',
    name: fileName(url),
    spoiler,
    ...(typeof width === 'number' && typeof height === 'number' && { width, height }),
  };
}

const BUTTON_STYLES = /** @type {const} */ ({
  [ButtonStyle.Primary]: 'primary',
  [ButtonStyle.Secondary]: 'secondary',
  [ButtonStyle.Success]: 'success',
  [ButtonStyle.Danger]: 'danger',
  [ButtonStyle.Link]: 'secondary',
  [ButtonStyle.Premium]: 'primary',
});

/**
 * @param {APIButtonComponent} button
 * @param {MessageContext} context
 */
function viewButton(button, context) {
  const label = 'label' in button ? button.label : undefined;
  const emoji = 'emoji' in button ? button.emoji?.name : undefined;
  const content = [emoji && h('span', { class: 'emoji', 'aria-hidden': label !== undefined && 'true' }, emoji), label];
  const style = `button ${BUTTON_STYLES[button.style]}`;
  if (button.style === ButtonStyle.Link) {
    if (!/^https?:\/\//.test(button.url)) return h('button', { class: style, disabled: true }, ...content);
    return h(
      'a',
      { class: style, href: button.url, target: '_blank', rel: 'noopener noreferrer' },
      ...content,
      icon('external'),
    );
  }
  if (button.style === ButtonStyle.Premium) return h('button', { class: style, disabled: true }, 'Shop button');
  const { custom_id: customId, disabled = false } = button;
  const busy = context.isBusy(customId);
  return h(
    'button',
    {
      class: `${style}${busy ? ' busy' : ''}`,
      disabled,
      'aria-disabled': busy && 'true',
      'data-focus': customId,
      onclick: () => {
        if (!context.isBusy(customId)) context.press(customId);
      },
    },
    ...content,
  );
}

/**
 * @param {import('discord-api-types/v10').APISelectMenuComponent} select
 * @param {MessageContext} context
 */
function viewSelect(select, context) {
  return selectMenu({
    label: select.placeholder ?? 'Make a selection',
    choices: choicesIn(select, context),
    placeholder: select.placeholder ?? 'Make a selection',
    chosen: presetIn(select),
    least: select.min_values ?? 1,
    most: select.max_values ?? 1,
    disabled: select.disabled === true,
    busy: context.isBusy(select.custom_id),
    focusKey: select.custom_id,
    onchange: (values) => context.select(select.custom_id, values),
  });
}

/**
 * Besides its own options, members and channels are what there is to choose from; there are no roles here.
 * @param {import('discord-api-types/v10').APISelectMenuComponent} select
 * @param {{ members: readonly Choice[], channels: readonly ChannelChoice[] }} context
 * @returns {readonly Choice[]}
 */
export function choicesIn(select, { members, channels }) {
  if (select.type === ComponentType.StringSelect) return select.options.map(choiceOf);
  if (select.type === ComponentType.RoleSelect) return [];
  if (select.type !== ComponentType.ChannelSelect) return members;
  const { channel_types: types = [] } = select;
  return channels.filter(({ type }) => types.length === 0 || types.includes(type));
}

/**
 * What is chosen to begin with.
 * @param {import('discord-api-types/v10').APISelectMenuComponent} select
 */
export function presetIn(select) {
  if (select.type === ComponentType.StringSelect)
    return select.options.filter((option) => option.default).map(({ value }) => value);
  return (select.default_values ?? []).map(({ id }) => id);
}

/**
 * @param {import('discord-api-types/v10').APISelectMenuOption} option
 * @returns {Choice}
 */
function choiceOf({ value, label, description, emoji }) {
  return { value, label, description, emoji: emoji?.name ?? undefined };
}
