// @ts-check
import { ComponentType } from './discord-numbers.js';
import { freshId, h } from './dom.js';
import { TOO_LARGE_TOGETHER } from './file-picker.js';
import { markFocus } from './focus.js';
import { icon } from './icons.js';
import { viewMarkdown } from './markdown-view.js';
import { viewField } from './modal-field.js';

/** @import { APIModalInteractionResponseCallbackData } from 'discord-api-types/v10' */
/** @import { DeedOutcome } from '../wire.ts' */
/** @import { Field, FieldContext } from './modal-field.js' */
/** @import { Names } from './markdown-view.js' */

/** @typedef {string | boolean | string[] | File[]} FieldValue */

/**
 * Shows the form an app answered with. It closes once the app took it; a form that is closed otherwise sends nothing.
 * @param {APIModalInteractionResponseCallbackData} modal
 * @param {FieldContext & { names: Names, applicationName: string, requestBytes: number }} context
 * @param {(values: Record<string, FieldValue>) => Promise<DeedOutcome>} submit
 */
export function openModal(modal, context, submit) {
  /** @type {Field[]} */
  const fields = [];
  const body = modal.components.map((component) => viewTopLevel(component));
  const titleId = freshId();
  const problem = h('p', { class: 'problem', role: 'alert' });
  const send = h('button', { type: 'submit', class: 'button primary' }, 'Submit');
  const dialog = h(
    'dialog',
    { class: 'modal', 'aria-labelledby': titleId },
    h(
      'form',
      { method: 'dialog', novalidate: true, onsubmit },
      h(
        'header',
        { class: 'modal-head' },
        h('img', { class: 'avatar', src: '/playground/page/easel.svg', alt: '' }),
        h('h2', { id: titleId }, modal.title),
        h(
          'button',
          { type: 'button', class: 'icon-button', 'aria-label': 'Close', onclick: () => dialog.close() },
          icon('close'),
        ),
      ),
      h(
        'div',
        { class: 'modal-body' },
        h(
          'p',
          { class: 'modal-notice' },
          icon('warning'),
          `This form will be submitted to ${context.applicationName}. Do not share passwords or other sensitive information.`,
        ),
        body,
      ),
      h(
        'footer',
        { class: 'modal-foot' },
        problem,
        h('button', { type: 'button', class: 'button secondary', onclick: () => dialog.close() }, 'Cancel'),
        send,
      ),
    ),
  );

  /** @param {APIModalInteractionResponseCallbackData['components'][number]} component */
  function viewTopLevel(component) {
    switch (component.type) {
      case ComponentType.TextDisplay:
        return viewMarkdown(component.content, context.names);
      case ComponentType.Label:
        return place(viewField(component.component, component.label, component.description, context));
      case ComponentType.ActionRow:
        return component.components.map((input) => place(viewField(input, input.label ?? '', undefined, context)));
      default:
        return undefined;
    }
  }

  /** @param {Field} field */
  function place(field) {
    fields.push(field);
    return field.element;
  }

  /** @param {SubmitEvent} event */
  async function onsubmit(event) {
    event.preventDefault();
    if (send.disabled) return;
    problem.textContent = '';
    const wrong = fields.filter((field) => !field.check());
    if (wrong.length > 0) {
      wrong[0]?.focus();
      return;
    }
    /** @type {Record<string, FieldValue>} */
    const values = {};
    for (const { customId, read } of fields) {
      const value = read();
      if (value !== undefined) values[customId] = value;
    }
    if (bytesIn(Object.values(values)) > context.requestBytes) {
      problem.textContent = TOO_LARGE_TOGETHER;
      return;
    }
    send.disabled = true;
    send.classList.add('busy');
    const outcome = await submit(values);
    send.disabled = false;
    send.classList.remove('busy');
    if (outcome.type === 'refused') problem.textContent = outcome.reason;
    else if (outcome.type === 'failed') problem.textContent = 'Something went wrong. Try again.';
    else dialog.close();
  }

  dialog.addEventListener('keydown', (event) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) dialog.querySelector('form')?.requestSubmit();
  });
  const restoreFocus = markFocus();
  dialog.addEventListener('close', () => {
    dialog.remove();
    restoreFocus();
  });
  document.body.append(dialog);
  dialog.showModal();
  fields[0]?.focus();
}

/** @param {readonly FieldValue[]} values */
function bytesIn(values) {
  let bytes = 0;
  for (const value of values) {
    if (!Array.isArray(value)) continue;
    for (const one of value) if (one instanceof File) bytes += one.size;
  }
  return bytes;
}
