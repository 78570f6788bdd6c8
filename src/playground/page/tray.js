// @ts-check
import { byId } from './dom.js';
import { acceptFiles, fileProblem, TOO_LARGE_TOGETHER } from './file-picker.js';
import { viewTray } from './tray-view.js';

const MOST_FILES = 10;

/**
 * The files waiting above the message box: chosen, dropped anywhere or pasted.
 * @param {{ onchange: () => void, refuse: (reason: string) => void }} listeners
 */
export function createTray({ onchange, refuse }) {
  const tray = byId('tray', HTMLDivElement);
  const chooser = byId('chooser', HTMLInputElement);
  /** @type {readonly File[]} */
  let files = [];
  let limits = { fileBytes: Infinity, requestBytes: Infinity };

  /** @param {Iterable<File>} added */
  function add(added) {
    let problem = '';
    for (const file of added) {
      const total = files.reduce((sum, { size }) => sum + size, file.size);
      const wrong =
        fileProblem(file, limits.fileBytes) ??
        (files.length === MOST_FILES ? `A message holds at most ${MOST_FILES} files.` : undefined) ??
        (total > limits.requestBytes ? TOO_LARGE_TOGETHER : undefined);
      if (wrong === undefined) files = [...files, file];
      else problem = wrong;
    }
    onchange();
    refuse(problem);
  }

  const choose = () => chooser.click();
  byId('upload', HTMLButtonElement).addEventListener('click', choose);
  chooser.addEventListener('change', () => {
    add(chooser.files ?? []);
    chooser.value = '';
  });
  acceptFiles(document.body, add);

  return {
    choose,
    get files() {
      return files;
    },
    set files(fresh) {
      files = fresh;
      onchange();
    },
    /** @param {{ fileBytes: number, requestBytes: number }} fresh */
    setLimits(fresh) {
      limits = fresh;
    },
    /** @param {ReadonlyMap<string, File>} assigned By the option it will fill */
    show(assigned) {
      tray.hidden = files.length === 0;
      tray.replaceChildren(
        ...viewTray(files, assigned, (file) => {
          files = files.filter((other) => other !== file);
          onchange();
        }),
      );
    },
  };
}
