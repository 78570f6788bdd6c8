import type { Handlers } from '../src/discord/handlers.ts';
import { editModals } from './edit.modal.ts';
import { imagine } from './imagine.ts';
import { imagineFrom, imagineFromModals } from './imagine-from.ts';
import { jobButtons } from './job.buttons.ts';
import { models } from './models.ts';
import { recent, recentButtons } from './recent.ts';
import { resultButtons } from './result.buttons.ts';
import { status } from './status.ts';
import { usage } from './usage.ts';

/** Everything a member can do, by hand: what is not listed here does not exist. */
export const handlers: Handlers = {
  commands: [imagine, imagineFrom, recent, models, usage, status],
  buttons: [resultButtons, jobButtons, recentButtons],
  modals: [editModals, imagineFromModals],
};
