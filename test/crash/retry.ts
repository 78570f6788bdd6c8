import { buttonsOf, picturesOf } from '../support/messages.ts';
import type { World } from './world.ts';

/** Presses Try again where members were offered it, up to `most` times: each must end in pictures. */
export async function retryAll({ discord }: World, most: number): Promise<{ pressed: number; failed: string[] }> {
  const offered = discord
    .interactions()
    .filter(({ id }) => buttonsOf(discord.interaction(id)?.message())['Try again'] !== undefined);
  const failed: string[] = [];
  const pressed = offered.slice(0, most);
  for (const { id, userId, channelId } of pressed) {
    const message = discord.interaction(id)?.message();
    if (message === undefined) continue;
    const again = await discord.act(userId, channelId).press(message.id, buttonsOf(message)['Try again'] ?? '');
    const final = await again.final({ withinMs: 30_000 }).catch((error: unknown) => String(error));
    if (typeof final === 'string' || picturesOf(final).length === 0)
      failed.push(`Try again on ${id} brought no picture`);
  }
  return { pressed: pressed.length, failed };
}
