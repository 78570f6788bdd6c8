import { type APIModalInteractionResponseCallbackData, ComponentType } from 'discord-api-types/v10';
import { findBadFile, isLocalFile } from './client-options.ts';
import { ClientRefusal, type LocalFile, type ModalValues } from './contract.ts';
import { isEntity, isEntitySelect } from './entities.ts';
import { countCharacters } from './parse.ts';
import { inputsOf } from './rules/modal.ts';

type Modal = APIModalInteractionResponseCallbackData;
type Input = ReturnType<typeof inputsOf>[number];

/** Takes a file in and returns its attachment id. */
type Upload = (file: LocalFile) => string;

/**
 * The `components` of a modal submission, and what is `chosen` in its selects of members and channels. What was not given keeps the value the modal came with.
 * Throws a `ClientRefusal` for what Discord's client would not submit.
 */
export function fillModal(modal: Modal, values: ModalValues, upload: Upload, mostFileBytes: number) {
  const inputs = modal.components.flatMap((component) => inputsOf(component));
  for (const customId of Object.keys(values)) {
    if (!inputs.some(({ custom_id }) => custom_id === customId))
      throw new ClientRefusal(`The form has no field “${customId}”.`, customId);
  }
  const filled = new Map(
    inputs.map((input) => [input.custom_id, fillInput(input, values[input.custom_id], upload, mostFileBytes)]),
  );
  const chosen = inputs
    .filter(({ type }) => isEntitySelect(type))
    .flatMap(({ custom_id }) => filled.get(custom_id)?.values ?? []);
  let nextId = 1;
  const identify = (id: number | undefined) => id || nextId++;
  const components = modal.components.map((component) => {
    const { type, id } = component;
    const shell = { type, id: identify(id) };
    const answers = inputsOf(component).map((input) => ({
      type: input.type,
      id: identify(input.id),
      custom_id: input.custom_id,
      ...filled.get(input.custom_id),
    }));
    if (type === ComponentType.Label) return { ...shell, component: answers[0] };
    return type === ComponentType.ActionRow ? { ...shell, components: answers } : shell;
  });
  return { components, chosen };
}

function fillInput(
  input: Input,
  given: ModalValues[string] | undefined,
  upload: Upload,
  mostFileBytes: number,
): { value?: unknown; values?: string[] } {
  const refuse = (problem: string) => new ClientRefusal(`“${input.custom_id}” ${problem}.`, input.custom_id);
  switch (input.type) {
    case ComponentType.TextInput: {
      const value = given ?? input.value ?? '';
      if (typeof value !== 'string') throw refuse('must be a text');
      const length = countCharacters(value);
      const { min_length: least = 0, max_length: most = 4000, required = true } = input;
      if (required && value.trim() === '') throw refuse('is required');
      if (length > most) throw refuse(`must have at most ${most} characters`);
      if (length < least && (required || length > 0)) throw refuse(`must have at least ${least} characters`);
      return { value };
    }
    case ComponentType.RadioGroup: {
      const value = given ?? input.options.find((option) => option.default)?.value ?? null;
      if (value === null ? (input.required ?? true) : !input.options.some((option) => option.value === value)) {
        throw refuse('must be one of the choices');
      }
      return { value };
    }
    case ComponentType.Checkbox: {
      const value = given ?? input.default ?? false;
      if (typeof value !== 'boolean') throw refuse('must be true or false');
      return { value };
    }
    case ComponentType.FileUpload: {
      const files = given === undefined ? [] : Array.isArray(given) ? given.filter(isLocalFile) : [];
      checkCount(files.length, input, refuse);
      for (const file of files) {
        const problem = findBadFile(file, input.file_types ?? [], mostFileBytes);
        if (problem !== undefined) throw refuse(problem);
      }
      return { values: files.map(upload) };
    }
    case ComponentType.StringSelect:
    case ComponentType.CheckboxGroup: {
      const preset = input.options.filter((option) => option.default).map((option) => option.value);
      const values = readStrings(given, preset);
      const most = input.type === ComponentType.CheckboxGroup ? input.options.length : 1;
      checkCount(values.length, { ...input, max_values: input.max_values ?? most }, refuse);
      if (values.some((value) => !input.options.some((option) => option.value === value)))
        throw refuse('must be among the choices');
      return { values };
    }
    default: {
      const values = readStrings(
        given,
        (input.default_values ?? []).map(({ id }) => id),
      );
      checkCount(values.length, input, refuse);
      if (!values.every((id) => isEntity(input, id))) throw refuse('must be among the choices');
      return { values };
    }
  }
}

function readStrings(given: ModalValues[string] | undefined, preset: string[]): string[] {
  if (given === undefined) return preset;
  if (typeof given === 'string') return [given];
  return Array.isArray(given) ? given.filter((value) => typeof value === 'string') : [];
}

function checkCount(
  count: number,
  { min_values, max_values = 1, required = true }: { min_values?: number; max_values?: number; required?: boolean },
  refuse: (problem: string) => ClientRefusal,
): void {
  if (count === 0 && !required) return;
  const least = min_values ?? (required ? 1 : 0);
  if (count < least) throw refuse(least === 1 ? 'is required' : `needs at least ${least}`);
  if (count > max_values) throw refuse(`takes at most ${max_values}`);
}
