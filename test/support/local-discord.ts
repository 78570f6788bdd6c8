import { onTestFinished } from 'vitest';
import {
  createLocalDiscord,
  type LocalDiscord,
  type LocalDiscordOptions,
} from '../../src/playground/discord/local-discord.ts';

/** A local Discord that ends with the test it was started in. */
export async function startLocalDiscord(options: LocalDiscordOptions = {}): Promise<LocalDiscord> {
  const local = await createLocalDiscord(options);
  onTestFinished(() => local.close());
  return local;
}
