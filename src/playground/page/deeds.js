// @ts-check
import { perform } from './connection.js';
import { openModal } from './modal-dialog.js';

/** @import { APIMessage } from 'discord-api-types/v10' */
/** @import { Deed, DeedOutcome } from '../wire.ts' */
/** @import { Entry } from './command-line.js' */
/** @import { TypedValues } from './composer.js' */
/** @import { FieldValue } from './modal-dialog.js' */
/** @import { PendingRow } from './pending-row.js' */
/** @import { Session } from './session.js' */

/** @typedef {ReturnType<typeof createDeeds>} Deeds */

/**
 * How a press went: what stands under its message from now on, and what only the member is told.
 * @typedef {{ failure: string | undefined, refusal: string | undefined }} Touched
 */

/**
 * What a member can do. What comes back is what they are told when nothing came of it, else `undefined`.
 * @param {Session} session
 * @param {{ addPending: (command: string) => PendingRow, bringIntoView: (interactionId: string) => void }} conversation
 */
export function createDeeds(session, conversation) {
  const { where } = session;

  /**
   * A command, with its row in the conversation until the bot answers.
   * @param {string} command
   * @param {Deed} deed
   * @param {readonly File[]} [files]
   */
  async function send(command, deed, files) {
    const row = conversation.addPending(command);
    const outcome = await perform(deed, files);
    if (outcome.type === 'failed') {
      row.fail(outcome.reason);
      return undefined;
    }
    row.remove();
    return settle(outcome, deed);
  }

  /**
   * A press or a choice on a message.
   * @param {Deed} deed
   * @returns {Promise<Touched>}
   */
  async function touch(deed) {
    const outcome = await perform(deed);
    // Discord's words for components.
    return outcome.type === 'failed'
      ? { failure: 'This interaction failed', refusal: undefined }
      : { failure: undefined, refusal: settle(outcome, deed) };
  }

  /**
   * @param {DeedOutcome} outcome
   * @param {Deed} deed
   */
  function settle(outcome, deed) {
    if (outcome.type === 'refused') return outcome.reason;
    if (outcome.type === 'answered') conversation.bringIntoView(outcome.interactionId);
    if (outcome.type === 'modal') ask(outcome, deed);
    return undefined;
  }

  /**
   * @param {DeedOutcome & { type: 'modal' }} opened
   * @param {Deed} opener Whoever it is by now, they were asked there
   */
  function ask({ interactionId, modal }, { memberId, channelId }) {
    const { limits, application } = session.current();
    const context = {
      ...session.choices(),
      names: session.names,
      ...limits,
      applicationName: application.name,
    };
    openModal(modal, context, async (filled) => {
      /** @type {File[]} */
      const files = [];
      const values = mapValues(filled, (value) => withoutFiles(value, files));
      const outcome = await perform({ memberId, channelId, kind: 'modal', interactionId, values }, files);
      if (outcome.type === 'answered') conversation.bringIntoView(outcome.interactionId);
      return outcome;
    });
  }

  return {
    /**
     * @param {string} content
     * @param {readonly File[]} files
     */
    async post(content, files) {
      return reasonOf(await perform({ ...where(), kind: 'post', content }, files));
    },
    /**
     * @param {Entry} entry
     * @param {TypedValues} typed
     */
    run({ label }, typed) {
      const files = Object.values(typed).filter((value) => value instanceof File);
      const options = mapValues(typed, (value) => (value instanceof File ? { file: files.indexOf(value) } : value));
      return send(label, { ...where(), kind: 'command', name: label, options }, files);
    },
    /**
     * @param {Entry} entry
     * @param {Record<string, string | number | boolean>} options As far as they are typed
     * @param {string} focused
     */
    async complete({ label }, options, focused) {
      const outcome = await perform({ ...where(), kind: 'autocomplete', name: label, options, focused });
      return outcome.type === 'choices' ? outcome.choices : [];
    },
    /**
     * @param {APIMessage} message
     * @param {string} customId
     */
    press: ({ id }, customId) => touch({ ...where(), kind: 'press', messageId: id, customId }),
    /**
     * @param {APIMessage} message
     * @param {string} customId
     * @param {string[]} values
     */
    select: ({ id }, customId, values) => touch({ ...where(), kind: 'select', messageId: id, customId, values }),
    /**
     * @param {APIMessage} message
     * @param {string} name
     */
    runOn: ({ id }, name) => send(name, { ...where(), kind: 'message-command', name, messageId: id }),
    /** @param {APIMessage} message */
    async dismiss({ id }) {
      return reasonOf(await perform({ ...where(), kind: 'dismiss', messageId: id }));
    },
    /** @param {APIMessage} message */
    async remove({ id }) {
      return reasonOf(await perform({ ...where(), kind: 'delete', messageId: id }));
    },
    async reset() {
      return reasonOf(await perform({ ...where(), kind: 'reset' }));
    },
  };
}

/** @param {DeedOutcome} outcome */
function reasonOf(outcome) {
  return 'reason' in outcome ? outcome.reason : undefined;
}

/**
 * @param {FieldValue} value
 * @param {File[]} files Takes the value's files
 */
function withoutFiles(value, files) {
  if (!Array.isArray(value)) return value;
  const own = value.filter((one) => one instanceof File);
  if (own.length === 0) return value.filter((one) => typeof one === 'string');
  return { files: own.map((file) => files.push(file) - 1) };
}

/**
 * @template From, To
 * @param {Record<string, From>} record
 * @param {(value: From) => To} change
 * @returns {Record<string, To>}
 */
function mapValues(record, change) {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value)]));
}
