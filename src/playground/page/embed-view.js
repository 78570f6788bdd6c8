// @ts-check
import { colour } from './component-view.js';
import { h } from './dom.js';
import { viewMarkdown } from './markdown-view.js';
import { fileName, viewGallery, viewPicture } from './picture-view.js';
import { messageTime } from './time.js';

/** @import { APIEmbed, APIEmbedImage } from 'discord-api-types/v10' */
/** @import { Names } from './markdown-view.js' */

/**
 * @param {APIEmbed} embed
 * @param {Names} names
 */
export function viewEmbed(embed, names) {
  const box = h(
    'div',
    { class: 'embed' },
    h(
      'div',
      { class: 'embed-body' },
      embed.author && h('p', { class: 'embed-author' }, linked(embed.author.name, embed.author.url)),
      embed.title !== undefined && h('p', { class: 'embed-title' }, linked(embed.title, embed.url)),
      embed.description !== undefined && viewMarkdown(embed.description, names),
      embed.fields !== undefined &&
        h(
          'dl',
          { class: 'embed-fields' },
          embed.fields.map((field) =>
            h(
              'div',
              { class: field.inline ? 'embed-field inline' : 'embed-field' },
              h('dt', {}, viewMarkdown(field.name, names)),
              h('dd', {}, viewMarkdown(field.value, names)),
            ),
          ),
        ),
      embed.image && viewGallery([pictureOf(embed.image)]),
      (embed.footer !== undefined || embed.timestamp !== undefined) &&
        h(
          'p',
          { class: 'embed-footer' },
          [embed.footer?.text, embed.timestamp && messageTime(new Date(embed.timestamp))].filter(Boolean).join(' • '),
        ),
    ),
    embed.thumbnail && h('div', { class: 'thumbnail' }, viewPicture([pictureOf(embed.thumbnail)], 0, false)),
  );
  if (embed.color !== undefined) box.style.setProperty('--accent', colour(embed.color));
  return box;
}

/**
 * @param {string} text
 * @param {string | undefined} url
 */
function linked(text, url) {
  if (url === undefined || !/^https?:\/\//.test(url)) return text;
  return h('a', { href: url, target: '_blank', rel: 'noopener noreferrer nofollow' }, text);
}

/** @param {APIEmbedImage} image */
function pictureOf({ url, width, height }) {
  return { url, alt: '', name: fileName(url), ...(width !== undefined && height !== undefined && { width, height }) };
}
