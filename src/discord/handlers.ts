import type {
  APIModalInteractionResponseCallbackData,
  RESTPostAPIApplicationCommandsJSONBody,
} from 'discord-api-types/v10';
import type { z } from 'zod';
import type { OfferRecord } from '../generation/offer-record.ts';
import type { Sentence } from '../language/index.ts';
import type { Services } from '../services.ts';
import type { CustomId } from './custom-id.ts';
import type { Invocation, SourceMessage } from './interaction.ts';
import type { Reply } from './reply.ts';

/*
 * What commands and buttons are written against. A handler gets plain data and returns a value; it never sees a
 * discord.js object, never acknowledges and never catches. The dispatcher acknowledges inside Discord's three
 * seconds, turns the value into Discord's calls, and a thrown `BotError` into its sentence.
 */

/** What a handler's work came to. */
export type HandlerOutcome =
  /** A message of its own. */
  | { readonly kind: 'reply'; readonly reply: Reply }
  /** A generation was accepted: a message of its own, which its worker fills in. */
  | { readonly kind: 'painting'; readonly generationId: string }
  /** This very interaction was handled before, here or elsewhere. */
  | { readonly kind: 'duplicate' }
  /** A form. It must be the first answer, so the work before it has to be quick. */
  | { readonly kind: 'modal'; readonly modal: APIModalInteractionResponseCallbackData }
  /** The message that carries the button shows this instead. Never for a result: pressing leaves those as they are. */
  | { readonly kind: 'update'; readonly reply: Reply }
  /** The message that carries the button goes away, and only then are the words and pictures of `erases` forgotten. */
  | { readonly kind: 'delete-message'; readonly erases?: string }
  /** Nothing is said; whoever watches the message changes it. */
  | { readonly kind: 'quiet' };

/**
 * What a handler answers with first. `message`: one of its own, deferred when the work takes long. `update`: nothing
 * visible, the message under the button changes later. `modal`: a form, which cannot be deferred.
 */
export type FirstAnswer = 'message' | 'update' | 'modal';

/** A slash command or a message command. */
export interface Command<Input = unknown, Needs extends keyof Services = keyof Services> {
  readonly name: string;
  /** What Discord is told; the offers decide which choices and options there are. */
  describe(offers: readonly OfferRecord[]): RESTPostAPIApplicationCommandsJSONBody;
  /** Reads the options as they arrive; Discord's own checks are the client's, so they are done again here. */
  readonly input: z.ZodType<Input>;
  /** What to say of an option that `input` refuses; absent: a general sentence that names it. */
  readonly refusals?: Readonly<Record<string, Sentence>>;
  /** Is the answer for the member alone? Discord fixes it with the first answer. */
  ephemeral(input: Input): boolean;
  /** Absent: a message. */
  readonly first?: Exclude<FirstAnswer, 'update'>;
  run(call: CommandCall<Input>, services: Pick<Services, Needs>): Promise<HandlerOutcome>;
}

export interface CommandCall<Input> extends Invocation {
  readonly input: Input;
  /** The message a message command was used on. */
  readonly target?: SourceMessage;
}

/** Keeps the option types between declaration and `run`. */
export function defineCommand<Input, Needs extends keyof Services>(
  command: Command<Input, Needs>,
): Command<Input, Needs> {
  return command;
}

/** All buttons (and selects) whose custom ID starts with `v1:<family>:`. */
export interface ButtonFamily<Needs extends keyof Services = keyof Services> {
  readonly family: string;
  readonly actions: readonly string[];
  /** Is the answer for the member alone? */
  ephemeral(press: Press): boolean;
  /** Absent: a message. */
  first?(press: Press): FirstAnswer;
  run(press: Press, services: Pick<Services, Needs>): Promise<HandlerOutcome>;
}

export interface Press extends Invocation {
  readonly target: CustomId;
  /** The message the button is on, with fresh URLs. */
  readonly message: SourceMessage;
}

export function defineButtons<Needs extends keyof Services>(family: ButtonFamily<Needs>): ButtonFamily<Needs> {
  return family;
}

/** All modals whose custom ID starts with `v1:<family>:`. */
export interface ModalFamily<Needs extends keyof Services = keyof Services> {
  readonly family: string;
  readonly actions: readonly string[];
  ephemeral(submit: ModalSubmit): boolean;
  run(submit: ModalSubmit, services: Pick<Services, Needs>): Promise<HandlerOutcome>;
}

export interface ModalSubmit extends Invocation {
  readonly target: CustomId;
  /** By the custom ID of each field. */
  readonly fields: Readonly<Record<string, string | boolean | readonly string[]>>;
  /** The message the modal was opened from, when a button opened it. */
  readonly message?: SourceMessage;
}

export function defineModals<Needs extends keyof Services>(family: ModalFamily<Needs>): ModalFamily<Needs> {
  return family;
}

/** Every handler there is; `commands/index.ts` lists them. */
export interface Handlers {
  // biome-ignore lint/suspicious/noExplicitAny: each command has its own input type, and the dispatcher parses it with the command's own schema
  readonly commands: readonly Command<any>[];
  readonly buttons: readonly ButtonFamily[];
  readonly modals: readonly ModalFamily[];
}
