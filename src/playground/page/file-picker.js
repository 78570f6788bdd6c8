// @ts-check
import { h } from './dom.js';
import { icon } from './icons.js';
import { sizeText } from './picture-view.js';

export const TOO_LARGE_TOGETHER = 'These files are too large to be sent together.';

/**
 * Files chosen by a button, dropped, or pasted into it.
 * @param {{ label: string, most: number, fileBytes: number }} options
 */
export function filePicker({ label, most, fileBytes }) {
  /** @type {File[]} */
  let chosen = [];
  const problem = h('p', { class: 'problem', role: 'alert' });
  const list = h('ul', { class: 'file-list' });
  const hidden = h('input', { type: 'file', multiple: most > 1, hidden: true, 'aria-label': label });
  const browse = h('button', { type: 'button', class: 'link', onclick: () => hidden.click() }, 'Browse files');
  const element = h(
    'div',
    { class: 'file-picker', role: 'group', 'aria-label': label },
    h('p', {}, icon('picture'), 'Drop a file here, paste it, or ', browse),
    list,
    problem,
    hidden,
  );

  /** @param {Iterable<File>} files */
  function add(files) {
    problem.textContent = '';
    for (const file of files) {
      const tooLarge = fileProblem(file, fileBytes);
      if (tooLarge !== undefined) problem.textContent = tooLarge;
      else if (most === 1) chosen = [file];
      else if (chosen.length < most) chosen.push(file);
      else problem.textContent = `At most ${most} files.`;
    }
    show();
  }

  function show() {
    list.replaceChildren(
      ...chosen.map((file) =>
        h(
          'li',
          {},
          file.name,
          h('span', { class: 'muted' }, ` ${sizeText(file.size)} `),
          h(
            'button',
            {
              type: 'button',
              class: 'icon-button',
              'aria-label': `Remove ${file.name}`,
              onclick: () => {
                chosen = chosen.filter((other) => other !== file);
                show();
                browse.focus();
              },
            },
            icon('close'),
          ),
        ),
      ),
    );
  }

  hidden.addEventListener('change', () => {
    add(hidden.files ?? []);
    hidden.value = '';
  });
  acceptFiles(element, add);
  return { element, files: () => chosen };
}

/**
 * Calls `add` with files dropped on or pasted into the element.
 * @param {HTMLElement} element
 * @param {(files: Iterable<File>) => void} add
 */
export function acceptFiles(element, add) {
  element.addEventListener('paste', (event) => {
    const files = event.clipboardData?.files ?? [];
    if (files.length === 0) return;
    event.preventDefault();
    event.stopPropagation();
    add(files);
  });
  /** Text is dragged as ever. @param {DragEvent} event */
  const bringsFiles = ({ dataTransfer }) => dataTransfer?.types.includes('Files') === true;
  element.addEventListener('dragover', (event) => {
    if (!bringsFiles(event)) return;
    event.preventDefault();
    element.classList.add('drop');
  });
  element.addEventListener('dragleave', () => element.classList.remove('drop'));
  element.addEventListener('drop', (event) => {
    if (!bringsFiles(event)) return;
    event.preventDefault();
    event.stopPropagation();
    element.classList.remove('drop');
    add(event.dataTransfer?.files ?? []);
  });
}

/**
 * @param {File} file
 * @param {number} fileBytes
 */
export function fileProblem({ name, size }, fileBytes) {
  if (size > fileBytes) return `“${name}” is ${sizeText(size)}. The limit here is ${sizeText(fileBytes)}.`;
  return size === 0 ? `“${name}” is empty.` : undefined;
}
