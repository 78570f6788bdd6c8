import type { Invocation } from '../src/discord/interaction.ts';
import type { Origin } from '../src/generation/submit.ts';

/** Who asks, and where the answer goes, for a generation that an interaction starts. */
export function originOf(
  invocation: Invocation,
  { ephemeral, sealToken }: { ephemeral: boolean; sealToken: (token: string) => string },
): Origin {
  const { id, applicationId, userId, guildId, channelId, locale, ageRestricted, attachmentSizeLimit, appPermissions } =
    invocation;
  return {
    id,
    applicationId,
    userId,
    channelId,
    locale,
    ageRestricted,
    attachmentSizeLimit,
    appPermissions,
    ephemeral,
    sealedToken: sealToken(invocation.token),
    guildId,
  };
}
