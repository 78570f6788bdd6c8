// @ts-check
import { choicesIn, presetIn } from './component-view.js';
import { ComponentType, TextInputStyle } from './discord-numbers.js';
import { freshId, h } from './dom.js';
import { filePicker } from './file-picker.js';
import { selectMenu } from './select-menu.js';

/** @import { APIComponentInLabel, APITextInputComponent, APIFileUploadComponent, APISelectMenuComponent } from 'discord-api-types/v10' */
/** @import { Choice } from './select-menu.js' */
/** @import { ChannelChoice } from './session.js' */
/** @import { FieldValue } from './modal-dialog.js' */

/**
 * @typedef {object} FieldContext
 * @property {readonly Choice[]} members
 * @property {readonly ChannelChoice[]} channels
 * @property {number} fileBytes The most one file may hold
 */

/**
 * One input of a form.
 * @typedef {object} Field
 * @property {string} customId
 * @property {HTMLElement} element
 * @property {() => FieldValue | undefined} read `undefined`: nothing was chosen
 * @property {() => boolean} check Says beside the input what is wrong with it
 * @property {() => void} focus
 */

/**
 * @typedef {object} Input
 * @property {HTMLElement} element
 * @property {() => FieldValue | undefined} read
 * @property {() => string | undefined} problem
 * @property {boolean} required
 */

/**
 * @param {APIComponentInLabel} component
 * @param {string} label
 * @param {string | undefined} description
 * @param {FieldContext} context
 * @returns {Field}
 */
export function viewField(component, label, description, context) {
  const ids = { input: freshId(), help: freshId(), problem: freshId() };
  const input = viewInput(component, ids.input, label, context);
  const problem = h('p', { class: 'problem', id: ids.problem, role: 'alert' });
  const target = input.element.matches('input, textarea')
    ? input.element
    : input.element.querySelector('input, textarea, button');
  const described = [description !== undefined && ids.help, ids.problem].filter(Boolean).join(' ');
  target?.setAttribute('aria-describedby', described);
  // Selects and file pickers carry the label themselves.
  const labelled = target?.id === ids.input;
  const element = h(
    'div',
    { class: 'field' },
    h(
      labelled ? 'label' : 'span',
      labelled ? { class: 'field-label', for: ids.input } : { class: 'field-label' },
      label,
      input.required && h('span', { class: 'required', 'aria-hidden': 'true' }, ' *'),
    ),
    description !== undefined && h('p', { class: 'field-help', id: ids.help }, description),
    input.element,
    problem,
  );
  return {
    customId: component.custom_id,
    element,
    read: input.read,
    check() {
      problem.textContent = input.problem() ?? '';
      target?.setAttribute('aria-invalid', String(problem.textContent !== ''));
      return problem.textContent === '';
    },
    focus() {
      if (target instanceof HTMLElement) target.focus();
    },
  };
}

/**
 * @param {APIComponentInLabel} component
 * @param {string} id
 * @param {string} label
 * @param {FieldContext} context
 * @returns {Input}
 */
function viewInput(component, id, label, context) {
  switch (component.type) {
    case ComponentType.TextInput:
      return textInput(component, id);
    case ComponentType.StringSelect:
    case ComponentType.UserSelect:
    case ComponentType.RoleSelect:
    case ComponentType.MentionableSelect:
    case ComponentType.ChannelSelect:
      return selectInput(component, label, context);
    case ComponentType.FileUpload:
      return fileInput(component, label, context);
    case ComponentType.RadioGroup:
      return optionGroup(component.options, 'radio', label, component.required ?? true, 1, 1);
    case ComponentType.CheckboxGroup: {
      const required = component.required ?? true;
      const least = component.min_values ?? (required ? 1 : 0);
      return optionGroup(component.options, 'checkbox', label, required, least, component.max_values ?? 10);
    }
    case ComponentType.Checkbox: {
      const box = h('input', { type: 'checkbox', id });
      box.checked = component.default ?? false;
      return { element: box, read: () => box.checked, problem: () => undefined, required: false };
    }
    default:
      throw new Error('this page does not know an input of this form');
  }
}

/**
 * @param {APITextInputComponent} component
 * @param {string} id
 * @returns {Input}
 */
function textInput(component, id) {
  const { style, placeholder, value = '', min_length: least = 0, max_length: most = 4000, required = true } = component;
  // No maxlength: text that is pasted would be cut in silence.
  const input =
    style === TextInputStyle.Paragraph
      ? h('textarea', { id, placeholder, rows: 4 })
      : h('input', { id, type: 'text', placeholder });
  input.value = value;
  input.setAttribute('aria-required', String(required));
  const left = h('span', { class: 'counter', 'aria-hidden': 'true' });
  const count = () => {
    const free = most - lengthOf(input.value);
    left.textContent = String(free);
    left.classList.toggle('over', free < 0);
  };
  input.addEventListener('input', count);
  count();
  const element = h('div', { class: 'text-input' }, input, left);
  return {
    element,
    read: () => input.value,
    problem() {
      const length = lengthOf(input.value);
      if (length === 0) return required ? 'This is a required field' : undefined;
      if (length < least) return `Must be ${least} or more in length.`;
      return length > most ? `Must be ${most} or fewer in length.` : undefined;
    },
    required,
  };
}

/**
 * In characters as Discord counts them, an emoji as one.
 * @param {string} text
 */
function lengthOf(text) {
  return [...text].length;
}

/**
 * @param {APISelectMenuComponent} component
 * @param {string} label
 * @param {FieldContext} context
 * @returns {Input}
 */
function selectInput(component, label, context) {
  const required = component.required ?? true;
  const least = required ? (component.min_values ?? 1) : 0;
  let chosen = presetIn(component);
  const element = selectMenu({
    label,
    choices: choicesIn(component, context),
    placeholder: component.placeholder ?? 'Make a selection',
    chosen,
    least,
    most: component.max_values ?? 1,
    onchange(values) {
      chosen = values;
    },
  });
  return {
    element,
    read: () => chosen,
    problem: () =>
      chosen.length < least ? (least > 1 ? `Choose at least ${least}.` : 'This is a required field') : undefined,
    required,
  };
}

/**
 * @param {APIFileUploadComponent} component
 * @param {string} label
 * @param {FieldContext} context
 * @returns {Input}
 */
function fileInput(component, label, { fileBytes }) {
  const { required = true, max_values: most = 1 } = component;
  const least = required ? (component.min_values ?? 1) : 0;
  const picker = filePicker({ label, most, fileBytes });
  return {
    element: picker.element,
    read: () => picker.files(),
    problem: () =>
      picker.files().length < least
        ? least > 1
          ? `Choose at least ${least} files.`
          : 'This is a required field'
        : undefined,
    required,
  };
}

/**
 * @param {readonly { value: string, label: string, description?: string, default?: boolean }[]} options
 * @param {'radio' | 'checkbox'} type
 * @param {string} label
 * @param {boolean} required
 * @param {number} least
 * @param {number} most
 * @returns {Input}
 */
function optionGroup(options, type, label, required, least, most) {
  const name = freshId();
  const boxes = options.map((option) => {
    const box = h('input', { type, name, value: option.value });
    box.checked = option.default ?? false;
    return box;
  });
  const chosen = () => boxes.filter((box) => box.checked).map(({ value }) => value);
  const element = h(
    'div',
    { class: 'options', role: type === 'radio' ? 'radiogroup' : 'group', 'aria-label': label },
    options.map((option, index) =>
      h(
        'label',
        { class: 'option' },
        boxes[index],
        h(
          'span',
          {},
          option.label,
          option.description !== undefined && h('span', { class: 'muted' }, option.description),
        ),
      ),
    ),
  );
  return {
    element,
    read: () => (type === 'radio' ? chosen()[0] : chosen()),
    problem() {
      const count = chosen().length;
      if (count === 0 && !required) return undefined;
      if (count < least) return least > 1 ? `Choose at least ${least}.` : 'This is a required field';
      return count > most ? `Choose at most ${most}.` : undefined;
    },
    required,
  };
}
