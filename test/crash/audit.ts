import { type APIMessage, MessageFlags } from 'discord-api-types/v10';
import { z } from 'zod';
import type { InteractionRecord } from '../../src/playground/discord/contract.ts';
import { buttonsOf, picturesOf, textOf } from '../support/messages.ts';
import type { Row } from './database.ts';
import { type Payments, reviewPayments } from './payments.ts';
import { FINAL } from './settle.ts';
import type { World } from './world.ts';

/** What became of the requests (accepted: acknowledged, and stored), and what should not have. Each oversight is one line. */
export interface Audit {
  readonly accepted: number;
  readonly pictures: number;
  /** The sentence with Try again, after a vendor had been asked. */
  readonly tryAgain: number;
  readonly cancelled: number;
  /** Told at once, in a sentence, that it could not be taken: nothing was stored. */
  readonly refused: number;
  /**
   * Left at “thinking…” without a record: the process was killed while its database took longer than the answer to
   * Discord may wait. Nothing was accepted. Only a kill excuses it.
   */
  readonly unrecorded: number;
  /** Nobody answered in time: a bot was down. Nothing was accepted. */
  readonly unanswered: number;
  /** Private, and the token died first: kept for /recent. */
  readonly kept: number;
  readonly lost: readonly string[];
  readonly doubled: readonly string[];
  readonly paidTwice: readonly string[];
  readonly hung: readonly string[];
}

const callbackBody = z.object({ type: z.number() });
const FOR_MEMBER_LATER = 5;

/** The member saw “thinking…”: with its row, that is an accepted request. */
function wasAcknowledged({ callbacks, acknowledgedAfterMs }: InteractionRecord): boolean {
  return (
    acknowledgedAfterMs !== undefined &&
    callbacks.some(({ body }) => callbackBody.safeParse(body).data?.type === FOR_MEMBER_LATER)
  );
}

export async function audit(world: World, { killed = false }: { killed?: boolean } = {}): Promise<Audit> {
  const { discord } = world;
  const rows = new Map((await world.database.rows()).map((one) => [one.id, one]));
  const asked = [...world.octoai.requests, ...world.novita.requests];
  const payments = reviewPayments(asked, [...rows.values()], await world.database.attempts());
  const records = discord.interactions();
  const found = {
    accepted: 0,
    pictures: 0,
    tryAgain: 0,
    cancelled: 0,
    refused: 0,
    unrecorded: 0,
    unanswered: 0,
    kept: 0,
  };
  const lost: string[] = [];
  const hung: string[] = [];
  const doubled: string[] = [];

  for (const record of records) {
    if (record.acknowledgedAfterMs === undefined) found.unanswered += 1;
    if (!wasAcknowledged(record)) continue;
    const row = rows.get(record.id);
    const shown = messagesOf(record, world);
    const message = shown.find((one) => !isThinking(one)) ?? shown[0];
    const note = `${record.name} ${record.id}: ${row?.state ?? 'no row'}/${row?.outcome ?? '-'}, “${textOf(message).slice(0, 80)}”`;
    const fate = classify(record, message, row, payments);
    if (fate !== 'refused' && fate !== 'unrecorded') found.accepted += 1;
    if (fate === 'lost') lost.push(note);
    else if (fate === 'hung' || (fate === 'unrecorded' && !killed)) hung.push(note);
    else found[fate] += 1;
    // A “thinking…” whose token died says nothing any more, whatever comes instead.
    const said = shown.filter((one) => !isThinking(one)).length;
    if (said > 1) doubled.push(`${note}: ${said} messages`);
  }
  for (const row of rows.values()) {
    if (!FINAL.has(row.state)) hung.push(`row ${row.id} is still ${row.state}`);
  }
  return { ...found, lost, doubled, paidTwice: payments.twice, hung };
}

function classify(
  record: InteractionRecord,
  message: APIMessage | undefined,
  row: Row | undefined,
  payments: Payments,
): 'pictures' | 'tryAgain' | 'cancelled' | 'refused' | 'unrecorded' | 'kept' | 'hung' | 'lost' {
  if (message === undefined) return 'lost';
  const text = textOf(message);
  const isWaiting = isThinking(message) || text.trimEnd().endsWith('…');
  const pictures = picturesOf(message);
  if (isThinking(message) && row === undefined) return 'unrecorded';
  // Nobody can be told privately once the token has died.
  if (isWaiting) return row !== undefined && FINAL.has(row.state) && isPrivate(record) ? 'kept' : 'hung';
  if (row === undefined) return 'refused';
  if (pictures.length > 0) return pictures.every(({ name }) => name.includes(record.id)) ? 'pictures' : 'lost';
  if (buttonsOf(message)['Try again'] !== undefined) {
    // No vendor fails here: only an answer that was lost ends like this.
    return row.outcome === 'unknown' && payments.wasAsked(row) ? 'tryAgain' : 'lost';
  }
  return row.outcome === 'cancelled' && text.startsWith('Cancelled.') ? 'cancelled' : 'lost';
}

function isPrivate({ callbacks }: InteractionRecord): boolean {
  const flags = z.object({ data: z.object({ flags: z.number() }) });
  return callbacks.some(({ body }) => ((flags.safeParse(body).data?.data.flags ?? 0) & MessageFlags.Ephemeral) !== 0);
}

function isThinking({ flags }: APIMessage): boolean {
  return ((flags ?? 0) & MessageFlags.Loading) !== 0;
}

/** What the bot wrote for one interaction: as its answer, after it, or with the bot token. */
function messagesOf({ id, channelId, userId }: InteractionRecord, { discord }: World): APIMessage[] {
  return discord
    .messages(channelId, userId)
    .filter((message) => message.interaction_metadata?.id === id || message.nonce === id);
}
